"""The list of comparisons to measure: pairs.txt, as Labeled Faces in the Wild lays it out.

The first line is the number of folds and the number of pairs of each kind in a fold, or that number alone.
Then, fold by fold, the genuine pairs (name, i, j) and the impostor pairs (name, i, name, j), separated by
tabs. Photograph i of a person is NAME/NAME_0001.jpg in the folder of images.

Errors name a line and never a person: whoever holds the file can look.
"""

import hashlib
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from lineproof.errors import Malformed, NotFound, Unavailable

MOST_BYTES = 256 * 1024 * 1024
LARGEST_NUMBER = 999_999
# A file's name has at most 255 bytes on the systems there are; the number and the ending need 11.
MOST_NAME_BYTES = 240
GENUINE_FIELDS, IMPOSTOR_FIELDS = 3, 4
FORM = "A genuine pair is NAME, i, j and an impostor pair is NAME, i, NAME, j, separated by tabs."
SIDES = ("first", "second")

Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, order=True)
class Photograph:
    """One photograph of one identity. number: from 1."""

    identity: str
    number: int

    def path(self, folder: Path) -> Path:
        """Name its file in the folder of images."""
        return folder / self.identity / f"{self.identity}_{self.number:04d}.jpg"


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Listing:
    """What a pairs file names: photographs, each once and in order, and which are compared.

    references, probes: for each pair the places of its first and second photograph.
    named_at: for each photograph the line that first names it, and on which side, 0 or 1.
    path, sha256: of the file.
    """

    photographs: tuple[Photograph, ...]
    references: Integers
    probes: Integers
    named_at: tuple[tuple[int, int], ...]
    path: Path
    sha256: str

    def called(self, place: int) -> str:
        """Say for an error which photograph is meant, by the line that first names it."""
        line, side = self.named_at[place]
        return f"{self.path}, line {line}: the {SIDES[side]} photograph"


def read_text(path: Path, *, called: str) -> tuple[str, str]:
    """Read a text file of the operator: its text and the SHA-256 digest of its bytes in hexadecimal.

    called: what it is, for the errors. Raises Unavailable or Malformed when there is no such text.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise Unavailable(
            f"The {called} {path} cannot be read.", remedy="Check that it exists and is yours to read."
        ) from error
    if len(content) > MOST_BYTES:
        raise Malformed(f"The {called} {path} is larger than {MOST_BYTES:,} bytes.", remedy="Split it.")
    try:
        return content.decode("utf-8-sig"), hashlib.sha256(content).hexdigest()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise Malformed(
            f"{path}, line {line}: the {called} is not text in UTF-8.", remedy="Save it in UTF-8."
        ) from error


def read_pairs(path: Path) -> Listing:
    """Read a pairs file.

    Raises Malformed, naming the file and the line, for anything that is not as the first lines of this
    module say: a number of pairs that is not the one announced, a pair that stands in it twice, a name that
    is no plain name of a folder.
    """
    text, sha256 = read_text(path, called="pairs file")
    lines = [line.rstrip("\r") for line in text.split("\n")]
    while lines and not lines[-1].strip():
        lines.pop()
    folds, pairs = _header(path, lines[0] if lines else "")
    expected = 1 + folds * pairs * 2
    if len(lines) != expected:
        raise Malformed(
            f"{path}, line {min(len(lines), expected) + 1}: line 1 announces {expected - 1:,} pairs, "
            f"and there are {len(lines) - 1:,}.",
            remedy="Take the whole file, or correct its first line.",
        )
    rows = [
        _pair(f"{path}, line {number}", line, genuine=(number - 2) % (2 * pairs) < pairs)
        for number, line in enumerate(lines[1:], start=2)
    ]
    _refuse_repeated_pairs(path, rows)
    _refuse_names_written_twice(path, rows)
    return _listing(path, rows, sha256)


def require_photographs(listing: Listing, folder: Path) -> tuple[Path, ...]:
    """Give the files of all photographs, in order.

    Raises NotFound when the folder or one of them is missing, naming the line that first names it.
    """
    if not _is_there(folder.is_dir):
        raise NotFound(
            f"{folder} is no folder of images, or not yours to read.",
            remedy="Name the folder that holds NAME/NAME_0001.jpg.",
        )
    paths = tuple(photograph.path(folder) for photograph in listing.photographs)
    missing = [place for place, path in enumerate(paths) if not _is_there(path.is_file)]
    if missing:
        first = min(missing, key=lambda place: listing.named_at[place])
        others = f", and so are {len(missing) - 1:,} others" if len(missing) > 1 else ""
        raise NotFound(
            f"{listing.called(first)} is missing from {folder}{others}.",
            remedy="Name the folder with all photographs, as NAME/NAME_0001.jpg, or a pairs file without it.",
        )
    return paths


def _is_there(question: Callable[[], bool]) -> bool:
    """Ask about a file; what may not be looked at is not there."""
    try:
        return question()
    except OSError:
        return False


def _header(path: Path, line: str) -> tuple[int, int]:
    fields = line.split("\t") if "\t" in line else line.split()
    numbers = [_number(field) for field in fields]
    match numbers:
        case [int(folds), int(pairs)]:
            return folds, pairs
        case [int(pairs)]:
            return 1, pairs
        case _:
            raise Malformed(
                f"{path}, line 1: this is not the number of folds and of pairs of each kind.",
                remedy="Begin the file with FOLDS, a tab and PAIRS, or with PAIRS alone.",
            )


def _pair(where: str, line: str, *, genuine: bool) -> tuple[Photograph, Photograph]:
    fields = line.split("\t")
    wanted = GENUINE_FIELDS if genuine else IMPOSTOR_FIELDS
    if len(fields) != wanted:
        kind = "a genuine" if genuine else "an impostor"
        raise Malformed(
            f"{where}: {kind} pair of {wanted} fields is due here, and the line has {len(fields)}.",
            remedy=FORM,
        )
    first = _photograph(where, fields[0], fields[1])
    second = _photograph(where, fields[-2] if not genuine else fields[0], fields[-1])
    if first == second:
        raise Malformed(f"{where}: a photograph is compared with itself.", remedy="Name two photographs.")
    if not genuine and first.identity == second.identity:
        raise Malformed(f"{where}: an impostor pair names one person twice.", remedy="Name two people.")
    return first, second


def _photograph(where: str, identity: str, number: str) -> Photograph:
    _require_plain_name(where, identity)
    counted = _number(number)
    if counted is None:
        raise Malformed(
            f"{where}: where the number of a photograph is due, there is none.",
            remedy=f"Photographs are numbered from 1 to {LARGEST_NUMBER}. {FORM}",
        )
    return Photograph(identity, counted)


def _require_plain_name(where: str, identity: str) -> None:
    """Refuse a name that would leave the folder of images, or that a reader cannot tell from another."""
    if not identity.strip():
        raise Malformed(f"{where}: a name is empty.", remedy=FORM)
    if identity in {".", ".."} or any(sign in identity for sign in "/\\") or not identity.isprintable():
        raise Malformed(
            f"{where}: a name cannot be that of a folder in the folder of images.",
            remedy="A name has no /, no \\ and no control characters, and is not . or ..",
        )
    if identity != identity.strip():
        raise Malformed(
            f"{where}: a name begins or ends with a space.",
            remedy="Take the space away, here and in the files.",
        )
    if len(identity.encode()) > MOST_NAME_BYTES:
        raise Malformed(
            f"{where}: a name is longer than a file's name may be.",
            remedy=f"Shorten it to {MOST_NAME_BYTES} bytes, here and in the files.",
        )


def _number(field: str) -> int | None:
    if not (field.isascii() and field.isdigit() and len(field) <= len(str(LARGEST_NUMBER))):
        return None
    return int(field) or None


def _refuse_repeated_pairs(path: Path, rows: list[tuple[Photograph, Photograph]]) -> None:
    """Refuse a pair that stands in the file twice, either way round: it would count twice."""
    seen: dict[tuple[Photograph, Photograph], int] = {}
    for number, (first, second) in enumerate(rows, start=2):
        pair = (first, second) if first < second else (second, first)
        earlier = seen.setdefault(pair, number)
        if earlier != number:
            raise Malformed(
                f"{path}, line {number}: this pair already stands in line {earlier}.",
                remedy="Leave one of them out, and correct line 1.",
            )


def _refuse_names_written_twice(path: Path, rows: list[tuple[Photograph, Photograph]]) -> None:
    """Refuse one name in two encodings: the person would be compared with themselves as an impostor."""
    written: dict[str, tuple[str, int]] = {}
    for number, pair in enumerate(rows, start=2):
        for photograph in pair:
            plain = unicodedata.normalize("NFC", photograph.identity)
            identity, earlier = written.setdefault(plain, (photograph.identity, number))
            if identity != photograph.identity:
                raise Malformed(
                    f"{path}, line {number}: a name of line {earlier} has another form of Unicode here.",
                    remedy="Write each name in one form, here and in the names of files: NFC.",
                )


def _listing(path: Path, rows: list[tuple[Photograph, Photograph]], sha256: str) -> Listing:
    named_at: dict[Photograph, tuple[int, int]] = {}
    for number, pair in enumerate(rows, start=2):
        for side, photograph in enumerate(pair):
            named_at.setdefault(photograph, (number, side))
    photographs = sorted(named_at)
    place = {photograph: at for at, photograph in enumerate(photographs)}
    places = np.array([[place[first], place[second]] for first, second in rows], np.int64).reshape(-1, 2)
    return Listing(
        photographs=tuple(photographs),
        references=places[:, 0].copy(),
        probes=places[:, 1].copy(),
        named_at=tuple(named_at[photograph] for photograph in photographs),
        path=path,
        sha256=sha256,
    )
