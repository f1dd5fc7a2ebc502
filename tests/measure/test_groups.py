"""The groups file: who is in which group is what it says, and what is wrong in it is told by its line."""

from pathlib import Path

import pytest

from lineproof.errors import Malformed, Unavailable
from lineproof.measure.groups import NO_GROUP, read_groups

PEOPLE = ("Ada", "Bo, the second", "Ed", "Zoë")
GOOD = 'identity,group\nZoë,south\n"Bo, the second",north\nAda,south\n'


@pytest.fixture
def groups(tmp_path: Path):
    """Writes a groups file."""

    def write(content: str | bytes) -> Path:
        path = tmp_path / "groups.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


@pytest.mark.parametrize(
    "content",
    [GOOD, GOOD.replace("\n", "\r\n"), "\ufeff" + GOOD, GOOD.replace(",south", " , south "), GOOD + "\n\n"],
    ids=["plain", "windows", "byte order mark", "spaces", "blank lines"],
)
def test_people_are_in_the_group_the_file_says_and_others_in_none(groups, content):
    grouping = read_groups(groups(content), PEOPLE)
    assert grouping.labels == ("north", "south")
    assert grouping.group_of.tolist() == [1, 0, NO_GROUP, 1]


BAD = {
    "empty": ("", 1, "the header is not identity,group"),
    "no header": ("Ada,south\n", 1, "the header is not identity,group"),
    "semicolons": ("identity;group\nAda;south\n", 1, "the header is not identity,group"),
    "blank first": ("\nidentity,group\nAda,south\n", 1, "the header is not identity,group"),
    "nobody": ("identity,group\n", 2, "nobody in it"),
    "three columns": ("identity,group\nAda,south,1\n", 2, "two columns are due, and there are 3"),
    "one column": ("identity,group\nAda,south\nEd\n", 3, "two columns are due, and there are 1"),
    "no group": ("identity,group\nAda, \n", 2, "is empty"),
    "no identity": ("identity,group\n,south\n", 2, "is empty"),
    "twice, same group": ("identity,group\nAda,south\nEd,north\nAda,south\n", 4, "already stands in line 2"),
    "twice": ("identity,group\nAda,south\nAda,north\n", 3, "already stands in line 2"),
    "unknown": ("identity,group\nAda,south\nAda_L,south\n", 3, "not in the pairs file."),
    "unknowns": ("identity,group\nX,a\nAda,south\nY,b\nW,a\n", 2, "and neither are those of 2 other lines"),
    "long": (f"identity,group\nAda,{'x' * 41}\n", 2, "longer than 40 characters"),
    "control": ("identity,group\nAda,so\x1b[31muth\n", 2, "cannot be printed"),
    "line break inside": ('identity,group\nAda,"so\nuth"\n', 3, "cannot be printed"),
    "open quote": ('identity,group\nAda,"south\n', 2, "this is not CSV"),
    "stray quote": ('identity,group\nAda,"sou"th\n', 2, "this is not CSV"),
    "lone return": ("identity,group\nAda,so\ruth\n", 3, "two columns are due, and there are 1"),
    "another encoding": ("identity,group\nZoë,south\n".encode("latin-1"), 2, "not text in UTF-8"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_wrong_is_refused_by_its_line_with_a_remedy_and_without_a_name(groups, case):
    content, line, words = BAD[case]
    path = groups(content)
    with pytest.raises(Malformed) as refused:
        read_groups(path, PEOPLE)
    assert refused.value.what.startswith(f"{path}, line {line}: "), refused.value.what
    assert words in refused.value.what
    assert refused.value.remedy
    said = str(refused.value).removeprefix(str(path))
    assert not [name for name in ("Ada", "Zoë", "\x1b") if name in said]


def test_more_than_twenty_groups_are_refused(groups):
    people = tuple(f"P{k}" for k in range(21))
    rows = [f"{name},G{name}" for name in people]
    assert len(read_groups(groups("\n".join(["identity,group", *rows[:20]])), people).labels) == 20
    with pytest.raises(Malformed, match="21 groups; at most 20"):
        read_groups(groups("\n".join(["identity,group", *rows])), people)


def test_file_that_is_not_there_is_named(tmp_path: Path):
    with pytest.raises(Unavailable, match=r"groups file .* cannot be read"):
        read_groups(tmp_path / "none.csv", PEOPLE)
