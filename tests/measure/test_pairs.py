"""The pairs file and the photographs it names: what is right, and every way of being wrong, by its line."""

import stat
import unicodedata
from pathlib import Path

import pytest

from lineproof.errors import LineproofError, Malformed, NotFound, Unavailable
from lineproof.measure.pairs import Photograph, read_pairs, require_photographs

GOOD = "1\t2\nBo\t1\t2\nÁda\t1\t3\nBo\t1\tÁda\t1\nÁda\t3\tBo\t2\n"


@pytest.fixture
def pairs(tmp_path: Path):
    """Writes a pairs file, text or bytes."""

    def write(content: str | bytes) -> Path:
        path = tmp_path / "pairs.txt"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def numbers(listing) -> list[tuple[str, int, str, int]]:
    """The pairs of a listing, in words."""
    rows = zip(listing.references, listing.probes, strict=True)
    return [
        (first.identity, first.number, second.identity, second.number)
        for first, second in ((listing.photographs[a], listing.photographs[b]) for a, b in rows)
    ]


def test_pairs_are_read_fold_by_fold_and_photographs_are_in_order(pairs):
    listing = read_pairs(pairs(GOOD))
    assert numbers(listing) == [
        *(("Bo", 1, "Bo", 2), ("Áda", 1, "Áda", 3)),
        *(("Bo", 1, "Áda", 1), ("Áda", 3, "Bo", 2)),
    ]
    assert list(listing.photographs) == sorted(listing.photographs)
    assert len(listing.sha256) == 64


@pytest.mark.parametrize(
    "content",
    [
        GOOD.replace("\n", "\r\n"),
        b"\xef\xbb\xbf" + GOOD.encode(),
        GOOD.rstrip("\n"),
        GOOD + "\n\r\n  \n",
        GOOD.replace("1\t2\n", "2\n", 1),
        GOOD.replace("1\t2\n", "1 2\n", 1),
    ],
    ids=["windows", "byte order mark", "no last newline", "blank lines at the end", "one fold", "space"],
)
def test_what_other_programs_write_is_read_as_well(pairs, content):
    assert numbers(read_pairs(pairs(content))) == numbers(read_pairs(pairs(GOOD)))


def test_folds_take_turns(pairs):
    text = "2\t1\nBo\t1\t2\nBo\t1\tEd\t1\nEd\t1\t2\nEd\t2\tBo\t2\n"
    assert [row[0] == row[2] for row in numbers(read_pairs(pairs(text)))] == [True, False, True, False]


def test_names_with_spaces_and_any_letters_are_names_of_folders(pairs):
    name = "ليلى بنت Zoë d'O-1"
    (listing,) = [read_pairs(pairs(f"1\n{name}\t1\t2\n{name}\t1\tBo\t12345\n"))]
    assert Photograph("Bo", 12345).path(Path("x")) == Path("x/Bo/Bo_12345.jpg")
    assert Photograph(name, 1).path(Path("x")) == Path(f"x/{name}/{name}_0001.jpg")
    assert {photograph.identity for photograph in listing.photographs} == {name, "Bo"}


BAD = {
    "empty": ("", 1, "not the number of folds"),
    "no header": ("Bo\t1\t2\nBo\t1\tEd\t1\n", 1, "not the number of folds"),
    "nought": ("0\nBo\t1\t2\n", 1, "not the number of folds"),
    "too many folds": ("1\t2\t3\nBo\t1\t2\n", 1, "not the number of folds"),
    "fewer pairs": ("2\nBo\t1\t2\nBo\t1\tEd\t1\n", 4, "announces 4 pairs, and there are 2"),
    "more pairs": ("1\nBo\t1\t2\nBo\t1\tEd\t1\nBo\t2\tEd\t1\n", 4, "announces 2 pairs, and there are 3"),
    "impostor first": ("1\nBo\t1\tEd\t1\nBo\t1\t2\n", 2, "a genuine pair of 3 fields is due"),
    "spaces": ("1\nBo 1 2\nBo\t1\tEd\t1\n", 2, "the line has 1"),
    "blank line": ("1\n\nBo\t1\tEd\t1\n", 2, "the line has 1"),
    "number nought": ("1\nBo\t0\t2\nBo\t1\tEd\t1\n", 2, "number of a photograph"),
    "no number": ("1\nBo\t1\t2\nBo\t1\tEd\tx\n", 3, "number of a photograph"),
    "other digits": ("1\nBo\t1\t٢\nBo\t1\tEd\t1\n", 2, "number of a photograph"),
    "large number": ("1\nBo\t1\t1000000\nBo\t1\tEd\t1\n", 2, "number of a photograph"),
    "itself": ("1\nBo\t1\t01\nBo\t1\tEd\t1\n", 2, "compared with itself"),
    "impostor of oneself": ("1\nBo\t1\t2\nBo\t1\tBo\t2\n", 3, "names one person twice"),
    "twice": ("2\nBo\t1\t2\nEd\t1\t2\nBo\t1\tEd\t1\nBo\t1\tEd\t1\n", 5, "already stands in line 4"),
    "twice, turned": ("2\nBo\t1\t2\nBo\t2\t1\nBo\t1\tEd\t1\nBo\t2\tEd\t1\n", 3, "already stands in line 2"),
    "upwards": ("1\nBo\t1\t2\n../Bo\t1\tEd\t1\n", 3, "cannot be that of a folder"),
    "dots": ("1\n..\t1\t2\nBo\t1\tEd\t1\n", 2, "cannot be that of a folder"),
    "dot": ("1\n.\t1\t2\nBo\t1\tEd\t1\n", 2, "cannot be that of a folder"),
    "absolute": ("1\n/etc/passwd\t1\t2\nBo\t1\tEd\t1\n", 2, "cannot be that of a folder"),
    "backslash": ("1\n..\\Bo\t1\t2\nBo\t1\tEd\t1\n", 2, "cannot be that of a folder"),
    "control": ("1\nB\x1b[2Jo\t1\t2\nBo\t1\tEd\t1\n", 2, "cannot be that of a folder"),
    "nul": ("1\nB\0o\t1\t2\nBo\t1\tEd\t1\n", 2, "cannot be that of a folder"),
    "no name": ("1\n\t1\t2\nBo\t1\tEd\t1\n", 2, "a name is empty"),
    "space around": ("1\nBo\t1\t2\nBo\t1\tEd \t1\n", 3, "begins or ends with a space"),
    "long": (f"1\nBo\t1\t2\nBo\t1\t{'é' * 121}\t1\n", 3, "longer than a file's name"),
    "another form": (
        f"1\nÉd\t1\t2\nBo\t1\t{unicodedata.normalize('NFD', 'Éd')}\t1\n",
        3,
        "a name of line 2 has another form of Unicode",
    ),
    "another encoding": ("1\nBo\t1\t2\nBo\t1\tÉd\t1\n".encode("latin-1"), 3, "not text in UTF-8"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_wrong_is_refused_by_its_line_with_a_remedy_and_without_a_name(pairs, case):
    content, line, words = BAD[case]
    with pytest.raises(Malformed) as refused:
        read_pairs(pairs(content))
    assert refused.value.what.startswith(f"{pairs(content)}, line {line}: "), refused.value.what
    assert words in refused.value.what
    assert refused.value.remedy
    said = str(refused.value).removeprefix(str(pairs(content)))
    assert not [name for name in ("Bo", "Ed", "Éd", "passwd", "\x1b") if name in said]


def test_file_that_is_not_there_is_named(tmp_path: Path):
    for path in (tmp_path / "none.txt", tmp_path):
        with pytest.raises(Unavailable, match=r"pairs file .* cannot be read"):
            read_pairs(path)


def images(folder: Path, *photographs: tuple[str, int]) -> Path:
    """A folder of images in which these photographs lie, empty."""
    for name, number in photographs:
        path = Photograph(name, number).path(folder)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return folder


EVERY = (("Bo", 1), ("Bo", 2), ("Áda", 1), ("Áda", 3))


def test_photographs_are_found_in_their_order(pairs, tmp_path: Path):
    listing = read_pairs(pairs(GOOD))
    paths = require_photographs(listing, images(tmp_path / "images", *EVERY))
    assert [path.name for path in paths] == ["Bo_0001.jpg", "Bo_0002.jpg", "Áda_0001.jpg", "Áda_0003.jpg"]


def test_missing_photograph_is_told_by_the_first_line_that_names_it(pairs, tmp_path: Path):
    folder, listing = images(tmp_path / "images", *EVERY), read_pairs(pairs(GOOD))
    (folder / "Áda" / "Áda_0003.jpg").unlink()
    with pytest.raises(NotFound) as refused:
        require_photographs(listing, folder)
    assert refused.value.what == f"{pairs(GOOD)}, line 3: the second photograph is missing from {folder}."
    (folder / "Bo" / "Bo_0001.jpg").unlink()
    with pytest.raises(NotFound, match=r"line 2: the first photograph .*, and so are 1 others"):
        require_photographs(listing, folder)


def test_folder_where_a_photograph_is_due_and_a_folder_that_is_none_are_refused(pairs, tmp_path: Path):
    listing = read_pairs(pairs(GOOD))
    folder = images(tmp_path / "images", *EVERY)
    (folder / "Bo" / "Bo_0002.jpg").unlink()
    (folder / "Bo" / "Bo_0002.jpg").mkdir()
    for place in (folder, tmp_path / "nowhere", pairs(GOOD)):
        with pytest.raises(NotFound) as refused:
            require_photographs(listing, place)
        assert refused.value.remedy


def test_folder_that_may_not_be_read_is_no_fault_of_ours(pairs, tmp_path: Path):
    folder, listing = images(tmp_path / "images", *EVERY), read_pairs(pairs(GOOD))
    (folder / "Bo").chmod(0)
    try:
        require_photographs(listing, folder)  # root may read it all the same
    except LineproofError as refused:
        assert "line 2" in refused.what  # noqa: PT017 -- whether it is raised depends on who runs the tests
    finally:
        (folder / "Bo").chmod(stat.S_IRWXU)
