"""Where things stand on each kind of document, as data: three or more layouts of each.

All places are millimetres from the page's upper left corner. A row of entries names what stands side by
side and how much of the width each gets.
"""

from dataclasses import dataclass
from enum import Enum

from lineproof.specimen.kinds import Box, DocumentKind
from lineproof.specimen.labels import Entry

Row = tuple[tuple[Entry, float], ...]
E = Entry


class Heading(Enum):
    """How the state and the document are named: on a bar of colour, above a rule, or beside the left edge."""

    BAR = "bar"
    RULE = "rule"
    SIDE = "side"


class Edge(Enum):
    """How a portrait's edge looks: cut, framed by a line, or melting into the paper."""

    CUT = "cut"
    FRAMED = "framed"
    MELTED = "melted"


@dataclass(frozen=True, slots=True)
class Layout:
    """One layout.

    entries: the box that the rows share. portrait, ghost: None on a side that has none. inline: labels
    stand before the entries, not above. number_at: left foot of the number printed large once more, with
    its height. signature: a box. stamp: middle, letter height and turn of the word SPECIMEN. chip: upper
    left corner of a chip's contacts. block: a box of dark and light cells, as a barcode looks. notes: left
    foot of lines of small print. whitened: how much paler the zone's background is.
    """

    heading: Heading
    heading_mm: float
    entries: Box
    rows: tuple[Row, ...]
    stamp: tuple[float, float, float, float]
    portrait: Box | None = None
    edge: Edge = Edge.CUT
    ghost: Box | None = None
    inline: bool = False
    number_at: tuple[float, float, float] | None = None
    signature: Box | None = None
    chip: tuple[float, float] | None = None
    block: Box | None = None
    notes: tuple[float, float] | None = None
    whitened: float = 0.7


_PASSPORT_ROWS = (
    ((E.TYPE, 0.6), (E.CODE, 0.7), (E.NUMBER, 1.6)),
    ((E.SURNAME, 1),),
    ((E.GIVEN_NAMES, 1),),
    ((E.NATIONALITY, 1), (E.PERSONAL_NUMBER, 1)),
    ((E.BORN_ON, 1), (E.SEX, 0.4), (E.PLACE_OF_BIRTH, 1.4)),
    ((E.ISSUED_ON, 1), (E.EXPIRES_ON, 1)),
)
_PASSPORTS = (
    Layout(Heading.BAR, 12.5, (45, 15, 74, 47.5), _PASSPORT_ROWS, (86, 38, 14, 14), portrait=(6, 17, 35, 45),
           ghost=(101, 38, 17, 22)),
    Layout(Heading.RULE, 11, (46, 13.5, 73, 50), (
        ((E.SURNAME, 1),), ((E.GIVEN_NAMES, 1),), ((E.NATIONALITY, 1), (E.HEIGHT, 0.7)),
        ((E.BORN_ON, 1), (E.SEX, 0.5), (E.EYES, 1)), ((E.PLACE_OF_BIRTH, 1), (E.PERSONAL_NUMBER, 1)),
        ((E.ISSUED_ON, 1), (E.AUTHORITY, 1.2)), ((E.EXPIRES_ON, 1),),
    ), (88, 36, 13, -12), portrait=(8, 16.5, 34, 44), edge=Edge.FRAMED, ghost=(103, 41, 16, 21),
        number_at=(92, 8.2, 4.2), whitened=0.5),
    Layout(Heading.SIDE, 9, (52, 6, 66, 56), (
        ((E.TYPE, 0.5), (E.CODE, 0.6), (E.NUMBER, 1.4)), ((E.SURNAME, 1),), ((E.GIVEN_NAMES, 1),),
        ((E.NATIONALITY, 1), (E.BORN_ON, 1)), ((E.PLACE_OF_BIRTH, 1), (E.SEX, 0.5)),
        ((E.ISSUED_ON, 1), (E.EXPIRES_ON, 1)), ((E.AUTHORITY, 1),),
    ), (85, 34, 14, 20), portrait=(13, 10, 36, 46), edge=Edge.MELTED, ghost=(102, 43, 16, 20),
        signature=(16, 56.5, 28, 6), whitened=0.8),
    Layout(Heading.BAR, 8, (45, 10.5, 74, 52), (
        ((E.NUMBER, 1), (E.TYPE, 0.5), (E.CODE, 0.5)), ((E.SURNAME, 1),), ((E.GIVEN_NAMES, 1),),
        ((E.SEX, 0.5), (E.BORN_ON, 1), (E.NATIONALITY, 1)), ((E.PLACE_OF_BIRTH, 1),),
        ((E.AUTHORITY, 1.3), (E.ISSUED_ON, 1)), ((E.PERSONAL_NUMBER, 1.3), (E.EXPIRES_ON, 1)),
    ), (84, 36, 13, 9), portrait=(6, 12.5, 35, 45), edge=Edge.MELTED, ghost=(100, 20, 18, 23), whitened=0.3),
)  # fmt: skip

_CARD_FRONTS = (
    Layout(Heading.BAR, 8.5, (32, 10.5, 50, 40), (
        ((E.SURNAME, 1),), ((E.GIVEN_NAMES, 1),), ((E.SEX, 0.5), (E.NATIONALITY, 1), (E.BORN_ON, 1.2)),
        ((E.NUMBER, 1), (E.EXPIRES_ON, 1)), ((E.PERSONAL_NUMBER, 1),),
    ), (55, 31, 9.5, 13), portrait=(4, 12, 25, 32), ghost=(69, 32, 13, 16.5), signature=(4, 45.5, 25, 6)),
    Layout(Heading.RULE, 8, (4, 27, 46, 25), (
        ((E.SURNAME, 1), (E.SEX, 0.3)), ((E.GIVEN_NAMES, 1),), ((E.BORN_ON, 1), (E.EXPIRES_ON, 1)),
        ((E.NUMBER, 1), (E.NATIONALITY, 0.8)),
    ), (28, 36, 8.5, 10), portrait=(54, 11, 28, 35), edge=Edge.FRAMED, ghost=(35, 10.5, 12.5, 16),
        chip=(9.6, 13), number_at=(56, 51.5, 2.6)),
    Layout(Heading.SIDE, 7, (39, 4, 44, 46), (
        ((E.NUMBER, 1),), ((E.SURNAME, 1),), ((E.GIVEN_NAMES, 1),), ((E.NATIONALITY, 1), (E.SEX, 0.5)),
        ((E.BORN_ON, 1), (E.PLACE_OF_BIRTH, 1)), ((E.ISSUED_ON, 1), (E.EXPIRES_ON, 1)),
    ), (60, 28, 9, 18), portrait=(9.5, 6, 27, 35), edge=Edge.MELTED, ghost=(68, 34, 13, 16.5),
        signature=(10, 43, 26, 8)),
    Layout(Heading.BAR, 7, (4, 9.5, 46, 42), (
        ((E.NUMBER, 1),), ((E.SURNAME, 1),), ((E.GIVEN_NAMES, 1),), ((E.BORN_ON, 1), (E.SEX, 0.4)),
        ((E.NATIONALITY, 1), (E.PERSONAL_NUMBER, 1)), ((E.EXPIRES_ON, 1),),
    ), (27, 32, 9, -12), portrait=(53, 10, 28, 36), edge=Edge.MELTED, ghost=(34, 33, 14, 18)),
)  # fmt: skip

_CARD_BACKS = (
    Layout(Heading.RULE, 4.5, (4, 6, 48, 22), (
        ((E.ADDRESS, 1),), ((E.PLACE_OF_BIRTH, 1), (E.HEIGHT, 0.6)), ((E.AUTHORITY, 1), (E.ISSUED_ON, 0.9)),
    ), (40, 17, 8, 8), block=(54, 7.5, 28, 12), notes=(54, 23.5)),
    Layout(Heading.BAR, 5, (4, 6.5, 70, 22), (
        ((E.AUTHORITY, 1.3), (E.ISSUED_ON, 1)), ((E.ADDRESS, 1),),
        ((E.EYES, 1), (E.HEIGHT, 0.8), (E.PLACE_OF_BIRTH, 1.3)),
    ), (44, 17.5, 8, -7), whitened=0.3, number_at=(62, 3.6, 2.6)),
    Layout(Heading.RULE, 4, (22, 6, 60, 15), (
        ((E.PLACE_OF_BIRTH, 1), (E.ISSUED_ON, 1)), ((E.AUTHORITY, 1), (E.PERSONAL_NUMBER, 1)),
    ), (50, 15, 7.5, 5), chip=(5, 8), notes=(22, 23.5), whitened=0.9),
    Layout(Heading.BAR, 4.2, (4, 15.5, 78, 13.5), (
        ((E.ADDRESS, 1.4), (E.AUTHORITY, 1)), ((E.ISSUED_ON, 1), (E.EYES, 0.7), (E.HEIGHT, 0.7)),
    ), (44, 21, 7, 6), block=(4, 6, 77.6, 8), whitened=0.55),
)  # fmt: skip

_OFFICIAL_CARDS = (
    Layout(Heading.BAR, 9.5, (37, 11.5, 64, 38), (
        ((E.SURNAME, 1),), ((E.GIVEN_NAMES, 1),), ((E.NATIONALITY, 1), (E.SEX, 0.4), (E.BORN_ON, 1)),
        ((E.NUMBER, 1), (E.PERSONAL_NUMBER, 1)), ((E.ISSUED_ON, 1), (E.EXPIRES_ON, 1)),
    ), (70, 29, 11, 12), portrait=(5, 12.5, 28, 36), ghost=(86, 29, 14, 18)),
    Layout(Heading.RULE, 9, (36, 11, 65, 38.5), (
        ((E.NUMBER, 1), (E.EXPIRES_ON, 1)), ((E.SURNAME, 1),), ((E.GIVEN_NAMES, 1),),
        ((E.BORN_ON, 1), (E.PLACE_OF_BIRTH, 1)), ((E.HEIGHT, 0.8), (E.EYES, 0.8), (E.NATIONALITY, 1)),
        ((E.AUTHORITY, 1), (E.ISSUED_ON, 0.8)),
    ), (69, 29, 10.5, -10), portrait=(5, 12, 27, 34), edge=Edge.FRAMED, ghost=(85, 16, 15, 19),
        whitened=0.4),
    Layout(Heading.SIDE, 8, (45, 4, 56, 44), (
        ((E.SURNAME, 1),), ((E.GIVEN_NAMES, 1),), ((E.NUMBER, 1), (E.NATIONALITY, 0.8)),
        ((E.SEX, 0.4), (E.BORN_ON, 1), (E.PERSONAL_NUMBER, 1)), ((E.ADDRESS, 1),), ((E.EXPIRES_ON, 1),),
    ), (72, 26, 10.5, 16), portrait=(12, 5, 30, 38), edge=Edge.MELTED, ghost=(86, 32, 13, 16),
        signature=(13, 43.5, 26, 6), whitened=0.85),
)  # fmt: skip

_VISA_ROWS = (
    ((E.ISSUED_AT, 1.2), (E.ENTRIES, 1)),
    ((E.VALID_FROM, 1), (E.VALID_UNTIL, 1), (E.STAY, 0.8)),
    ((E.SURNAME, 1),),
    ((E.GIVEN_NAMES, 1),),
    ((E.PASSPORT_NUMBER, 1), (E.BORN_ON, 1), (E.SEX, 0.4)),
)
_SHORT_VISA_ROWS = (
    ((E.SURNAME, 1), (E.SEX, 0.3)),
    ((E.GIVEN_NAMES, 1), (E.BORN_ON, 0.9)),
    ((E.VALID_FROM, 1), (E.VALID_UNTIL, 1)),
    ((E.ENTRIES, 1), (E.STAY, 1), (E.PASSPORT_NUMBER, 1.2)),
)
_INLINE_VISA_ROWS = (
    ((E.VALID_FROM, 1), (E.VALID_UNTIL, 1)), ((E.ENTRIES, 1), (E.STAY, 1)),
    ((E.ISSUED_AT, 1), (E.ISSUED_ON, 1)),
    ((E.PASSPORT_NUMBER, 1), (E.NATIONALITY, 1)), ((E.SURNAME, 1),), ((E.GIVEN_NAMES, 1),),
    ((E.BORN_ON, 1), (E.SEX, 1)),
)  # fmt: skip
_VISAS_A = (
    Layout(Heading.BAR, 10, (38, 12.5, 78, 42), _VISA_ROWS, (76, 34, 13, 12), portrait=(5, 13.5, 29, 37),
           ghost=(97, 32, 16, 20.5), number_at=(86, 6.9, 4.0), whitened=0.0),
    Layout(Heading.RULE, 9, (40, 11.5, 76, 44), _INLINE_VISA_ROWS, (78, 34, 12, -9), portrait=(6, 14, 30, 38),
           edge=Edge.MELTED, ghost=(98, 33, 16, 20.5), inline=True, number_at=(84, 7.4, 4.4), whitened=0.15),
    Layout(Heading.SIDE, 9, (38, 6, 78, 48), (((E.NUMBER, 1), (E.NATIONALITY, 0.8)), *_VISA_ROWS),
           (76, 30, 13, 15), whitened=0.25, signature=(11, 45, 25, 8)),  # the portrait's place is left blank
    Layout(Heading.BAR, 8, (36, 10.5, 80, 44),
           (((E.TYPE, 0.5), (E.NUMBER, 1), (E.ISSUED_ON, 1)), *_VISA_ROWS),
           (74, 32, 12, 8), portrait=(5, 11, 27, 35), edge=Edge.FRAMED, ghost=(98, 34, 15, 19), whitened=0.1),
)  # fmt: skip
_VISAS_B = (
    Layout(Heading.BAR, 9, (35, 11, 66, 38), _SHORT_VISA_ROWS, (68, 29, 11, 12), portrait=(5, 12, 27, 34),
           ghost=(85, 29, 14, 18), number_at=(73, 6.4, 3.8), whitened=0.0),
    Layout(Heading.RULE, 8, (34, 10, 67, 39), _INLINE_VISA_ROWS, (67, 29, 10, -8), portrait=(5, 11, 26, 33),
           edge=Edge.FRAMED, ghost=(86, 29, 14, 18), inline=True, number_at=(71, 6.6, 3.8), whitened=0.2),
    Layout(Heading.SIDE, 8, (42, 4, 59, 44), (((E.NUMBER, 1), (E.TYPE, 0.4)), *_SHORT_VISA_ROWS),
           (70, 26, 10.5, 16), portrait=(11, 5, 28, 36), edge=Edge.MELTED, ghost=(86, 4.5, 14, 18),
           whitened=0.1),
    Layout(Heading.BAR, 7.5, (35, 10, 66, 38), (*_SHORT_VISA_ROWS, ((E.NUMBER, 1), (E.ISSUED_AT, 1))),
           (68, 28, 10.5, 9), whitened=0.3, signature=(5, 42, 26, 7)),
)  # fmt: skip

LAYOUTS: dict[DocumentKind, tuple[Layout, ...]] = {
    DocumentKind.PASSPORT: _PASSPORTS,
    DocumentKind.CARD_FRONT: _CARD_FRONTS,
    DocumentKind.CARD_BACK: _CARD_BACKS,
    DocumentKind.OFFICIAL_CARD: _OFFICIAL_CARDS,
    DocumentKind.VISA_A: _VISAS_A,
    DocumentKind.VISA_B: _VISAS_B,
}
