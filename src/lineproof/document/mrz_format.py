"""The five machine readable zones and where each field stands: ICAO Doc 9303 (8th ed.) parts 3 to 7, as data.

    TD3    2 x 44  passports                          part 4, 4.2.2
    TD1    3 x 30  cards                              part 5, 4.2.2
    TD2    2 x 36  larger cards                       part 6, 4.2.2
    MRV-A  2 x 44  visas                              part 7, 4.2.2
    MRV-B  2 x 36  visas that leave room for a stamp  part 7, 5.2.2

A format is bound to the number of its lines, to their exact length and to the first letter of the document
code, all three: four shortened passport zones out of 95 once passed as TD2 by chance.
"""

import string
from dataclasses import dataclass
from enum import Enum, StrEnum

from lineproof.errors import Malformed

FILLER = "<"
DIGITS = frozenset(string.digits)
LETTERS = frozenset(string.ascii_uppercase)
ALPHABET = DIGITS | LETTERS | {FILLER}
REMEDY = "Read the document again, or type the lines exactly as printed."


class MrzFormat(Enum):
    """The formats of a zone, by the names of the standard."""

    TD1 = "TD1"
    TD2 = "TD2"
    TD3 = "TD3"
    MRV_A = "MRV-A"
    MRV_B = "MRV-B"

    @property
    def line_count(self) -> int:
        """Give the number of lines."""
        return _SHAPES[self][0]

    @property
    def line_length(self) -> int:
        """Give the number of characters in each line."""
        return _SHAPES[self][1]


class Entry(StrEnum):
    """What a field of the zone holds; the words are those said to people."""

    DOCUMENT_CODE = "document code"
    CODE_DETAIL = "second letter of the document code"
    ISSUER = "issuing state"
    NAME = "name"
    NUMBER = "document number"
    NUMBER_CHECK = "check digit of the document number"
    NATIONALITY = "nationality"
    BIRTH = "date of birth"
    BIRTH_CHECK = "check digit of the date of birth"
    SEX = "sex"
    EXPIRY = "date of expiry"
    EXPIRY_CHECK = "check digit of the date of expiry"
    PERSONAL_NUMBER = "personal number"
    PERSONAL_NUMBER_CHECK = "check digit of the personal number"
    OPTIONAL_DATA = "optional data"
    FURTHER_OPTIONAL_DATA = "further optional data"
    COMPOSITE_CHECK = "composite check digit"


@dataclass(frozen=True, slots=True)
class Field:
    """One field of the zone: where it is, which characters it may hold, and its whole pattern.

    line and positions count from nought; end is not included.
    """

    name: Entry
    line: int
    start: int
    end: int
    characters: frozenset[str]
    pattern: str

    def of(self, lines: tuple[str, ...]) -> str:
        """Cut this field out of the lines."""
        return lines[self.line][self.start : self.end]


_SHAPES = {
    MrzFormat.TD1: (3, 30),
    MrzFormat.TD2: (2, 36),
    MrzFormat.TD3: (2, 44),
    MrzFormat.MRV_A: (2, 44),
    MrzFormat.MRV_B: (2, 36),
}

_TEXT = LETTERS | {FILLER}
_NO_VISA = _TEXT - {"V"}
_DATE = DIGITS | {FILLER}
# Which letters may begin the document code, and which may follow. V never follows in the code of a card.
_CODES = {
    MrzFormat.TD1: ("ACI", _NO_VISA),
    MrzFormat.TD2: ("ACI", _NO_VISA),
    MrzFormat.TD3: ("P", _TEXT),
    MrzFormat.MRV_A: ("V", _TEXT),
    MrzFormat.MRV_B: ("V", _TEXT),
}

_STATE = (_TEXT, "[A-Z]{1,3}<*")
_NAME = (_TEXT, "[A-Z][A-Z<]*")
_NUMBER = (ALPHABET, "[A-Z0-9][A-Z0-9<]*")
_BIRTH = (_DATE, "[0-9]{6}|[0-9]{4}<{2}|[0-9]{2}<{4}|<{6}")
_EXPIRY = (DIGITS, "[0-9]{6}")
_SEX = (frozenset("FM<"), "[FM<]")
_DIGIT = (DIGITS, "[0-9]")
# A filler stands for the digit of a number that goes on in the optional data, or that is not there.
_DIGIT_OR_FILLER = (DIGITS | {FILLER}, "[0-9<]")
_FREE = (ALPHABET, "[A-Z0-9<]*")


def _beginning(kind: MrzFormat) -> tuple[Field, ...]:
    first, second = _CODES[kind]
    return (
        Field(Entry.DOCUMENT_CODE, 0, 0, 1, frozenset(first), f"[{first}]"),
        Field(Entry.CODE_DETAIL, 0, 1, 2, second, f"[{''.join(sorted(second))}]"),
        Field(Entry.ISSUER, 0, 2, 5, *_STATE),
    )


def _two_lines(kind: MrzFormat, number_check: tuple[frozenset[str], str], *rest: Field) -> tuple[Field, ...]:
    """Lay out what the four formats of two lines have in common, and the rest of the lower line."""
    return (
        *_beginning(kind),
        Field(Entry.NAME, 0, 5, kind.line_length, *_NAME),
        Field(Entry.NUMBER, 1, 0, 9, *_NUMBER),
        Field(Entry.NUMBER_CHECK, 1, 9, 10, *number_check),
        Field(Entry.NATIONALITY, 1, 10, 13, *_STATE),
        Field(Entry.BIRTH, 1, 13, 19, *_BIRTH),
        Field(Entry.BIRTH_CHECK, 1, 19, 20, *_DIGIT),
        Field(Entry.SEX, 1, 20, 21, *_SEX),
        Field(Entry.EXPIRY, 1, 21, 27, *_EXPIRY),
        Field(Entry.EXPIRY_CHECK, 1, 27, 28, *_DIGIT),
        *rest,
    )


FIELDS: dict[MrzFormat, tuple[Field, ...]] = {
    MrzFormat.TD1: (
        *_beginning(MrzFormat.TD1),
        Field(Entry.NUMBER, 0, 5, 14, *_NUMBER),
        Field(Entry.NUMBER_CHECK, 0, 14, 15, *_DIGIT_OR_FILLER),
        Field(Entry.OPTIONAL_DATA, 0, 15, 30, *_FREE),
        Field(Entry.BIRTH, 1, 0, 6, *_BIRTH),
        Field(Entry.BIRTH_CHECK, 1, 6, 7, *_DIGIT),
        Field(Entry.SEX, 1, 7, 8, *_SEX),
        Field(Entry.EXPIRY, 1, 8, 14, *_EXPIRY),
        Field(Entry.EXPIRY_CHECK, 1, 14, 15, *_DIGIT),
        Field(Entry.NATIONALITY, 1, 15, 18, *_STATE),
        Field(Entry.FURTHER_OPTIONAL_DATA, 1, 18, 29, *_FREE),
        Field(Entry.COMPOSITE_CHECK, 1, 29, 30, *_DIGIT),
        Field(Entry.NAME, 2, 0, 30, *_NAME),
    ),
    MrzFormat.TD2: _two_lines(
        MrzFormat.TD2,
        _DIGIT_OR_FILLER,
        Field(Entry.OPTIONAL_DATA, 1, 28, 35, *_FREE),
        Field(Entry.COMPOSITE_CHECK, 1, 35, 36, *_DIGIT),
    ),
    MrzFormat.TD3: _two_lines(
        MrzFormat.TD3,
        _DIGIT,
        Field(Entry.PERSONAL_NUMBER, 1, 28, 42, *_FREE),
        Field(Entry.PERSONAL_NUMBER_CHECK, 1, 42, 43, *_DIGIT_OR_FILLER),
        Field(Entry.COMPOSITE_CHECK, 1, 43, 44, *_DIGIT),
    ),
    MrzFormat.MRV_A: _two_lines(MrzFormat.MRV_A, _DIGIT, Field(Entry.OPTIONAL_DATA, 1, 28, 44, *_FREE)),
    MrzFormat.MRV_B: _two_lines(MrzFormat.MRV_B, _DIGIT, Field(Entry.OPTIONAL_DATA, 1, 28, 36, *_FREE)),
}

# What the composite check digit is computed over: (line, start, end). A visa has none.
COMPOSITE_PARTS: dict[MrzFormat, tuple[tuple[int, int, int], ...]] = {
    MrzFormat.TD1: ((0, 5, 30), (1, 0, 7), (1, 8, 15), (1, 18, 29)),
    MrzFormat.TD2: ((1, 0, 10), (1, 13, 20), (1, 21, 35)),
    MrzFormat.TD3: ((1, 0, 10), (1, 13, 20), (1, 21, 43)),
    MrzFormat.MRV_A: (),
    MrzFormat.MRV_B: (),
}

_ALLOWED = {
    (kind, field.line, position): field.characters
    for kind, fields in FIELDS.items()
    for field in fields
    for position in range(field.start, field.end)
}


def allowed_characters(kind: MrzFormat, line: int, position: int) -> frozenset[str]:
    """Say which characters the standard allows at one position of a zone, both counted from nought.

    Raises KeyError outside the lines of the format.
    """
    return _ALLOWED[kind, line, position]


def formats_of_shape(line_count: int, line_length: int) -> tuple[MrzFormat, ...]:
    """Give the formats with so many lines of so many characters; () when there is none."""
    return tuple(kind for kind, shape in _SHAPES.items() if shape == (line_count, line_length))


def format_of(lines: tuple[str, ...]) -> MrzFormat:
    """Give the one format that lines can have, by their number, exact length and document code.

    What stands behind the first letter is not looked at, but for its characters.
    Raises Malformed when no zone has this shape, this alphabet or, in this shape, this letter. Nothing is
    padded, cut or repaired.
    """
    lengths = {len(line) for line in lines}
    possible = formats_of_shape(len(lines), lengths.pop()) if len(lengths) == 1 else ()
    if not possible:
        raise Malformed(
            "A machine readable zone has exactly three lines of 30 characters, or two of 36 or of 44.",
            remedy=REMEDY,
        )
    if not all(ALPHABET.issuperset(line) for line in lines):
        raise Malformed("The zone holds a character other than digits, capitals and '<'.", remedy=REMEDY)
    for kind in possible:
        if lines[0][0] in allowed_characters(kind, 0, 0):
            return kind
    raise Malformed(
        f"No document with lines of {possible[0].line_length} characters has this document code.",
        remedy="Present a passport, an identity card or a visa, with the whole of its zone in view.",
    )
