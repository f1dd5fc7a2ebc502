"""Read a machine readable zone: ICAO Doc 9303 (8th ed.) parts 3 to 7, all five formats.

Where each field stands is in mrz_format; nothing is padded, cut or repaired here.

A wrong check digit is an outcome, not an error: it is a value in the result.
"""

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from lineproof.document.mrz_dates import birth_date, expiry_date
from lineproof.document.mrz_format import (
    ALPHABET,
    COMPOSITE_PARTS,
    DIGITS,
    FIELDS,
    FILLER,
    LETTERS,
    REMEDY,
    Entry,
    MrzFormat,
    format_of,
)
from lineproof.errors import Malformed

COMPOSITE = "composite"

CHECK_WEIGHTS = (7, 3, 1)  # in turn: Doc 9303-3, 4.9
_VALUES = {character: int(character, 36) for character in DIGITS | LETTERS} | {FILLER: 0}
# The rest of a long document number: at least one character, and the check digit.
_SHORTEST_CONTINUATION = 2

_Entries = dict[Entry, str]


class Sex(StrEnum):
    """The sex as the zone writes it; the filler stands for unspecified, printed as X elsewhere."""

    FEMALE = "F"
    MALE = "M"
    UNSPECIFIED = "<"


@dataclass(frozen=True, slots=True)
class Mrz:
    """What the zone of one document says.

    document_code: without filler: "P", "ID", "AC". issuer, nationality: the codes of Doc 9303-3 section 5,
    without fillers: "D", "UTO".
    surname, given_names: primary and secondary identifier, with single spaces for fillers; a document may
    have only the primary. name_truncated: the name fills its field to the last position, so more of it may
    be printed elsewhere on the page; never compare it for equality then.
    number: whole, also when it goes on in the optional data. Without trailing fillers; a filler inside is a
    space or sign in print.
    born_on: None when the zone gives the date as wholly or partly unknown. expires_on: of a visa, the day
    until which it is valid.
    optional_data: what the issuer put where it may choose, in the order of the zone, without trailing
    fillers and without the rest of a long number: two texts for TD1, one for the others, "" where empty.
    check_digits: in the order of the standard, each check digit's field and whether it holds. A visa has
    three, without a composite one.
    """

    format: MrzFormat
    document_code: str
    issuer: str
    surname: str
    given_names: str
    name_truncated: bool
    number: str
    nationality: str
    born_on: date | None
    sex: Sex
    expires_on: date
    optional_data: tuple[str, ...]
    check_digits: tuple[tuple[str, bool], ...]

    @property
    def personal_number(self) -> str:
        """Give a passport's personal number, "" for none; no other format says what its optional data are."""
        return self.optional_data[0] if self.format is MrzFormat.TD3 else ""

    @property
    def check_digits_valid(self) -> bool:
        """Say whether every check digit holds: that the zone was read, not that it is genuine."""
        return all(holds for _, holds in self.check_digits)


def check_digit(text: str) -> str:
    """Compute the check digit of a text in the zone's alphabet.

    Raises Malformed for any other character. Doc 9303-3, 4.9.
    """
    if not ALPHABET.issuperset(text):
        raise Malformed("A check digit exists only for digits, capital letters and '<'.", remedy=REMEDY)
    return str(sum(_VALUES[each] * CHECK_WEIGHTS[at % 3] for at, each in enumerate(text)) % 10)


def character_value(character: str) -> int:
    """Give a character's value in a check digit: 0 to 9, A 10 to Z 35, the filler 0. Doc 9303-3, 4.9."""
    return _VALUES[character]


def is_blind_between(one: str, other: str) -> bool:
    """Say whether no check digit, the composite included, can tell two characters apart.

    Their values differ by a multiple of ten: G and 6, L and 1, U and 0. No change from one to the
    other may ever be drawn from a check digit.
    """
    return (_VALUES[one] - _VALUES[other]) % 10 == 0


def parse_mrz(lines: tuple[str, ...], *, read_on: date) -> Mrz:
    """Parse the lines of a zone, of whichever format their shape and document code bind them to.

    read_on: the day of reading, which gives two-digit years their century, see mrz_dates.
    Raises Malformed when this cannot be a zone: wrong number or length of lines, a foreign character, a
    document code that documents of this shape do not have, a field against its pattern, a long number
    without its end, a date that is in no calendar. Doc 9303 parts 4 to 6, 4.2.2, and part 7, 4.2.2 and 5.2.2.
    """
    kind = format_of(lines)
    entries = _entries(kind, lines)
    number, number_holds, optional_data = _number(entries)
    surname, _, given_names = entries[Entry.NAME].partition(FILLER * 2)
    return Mrz(
        format=kind,
        document_code=(entries[Entry.DOCUMENT_CODE] + entries[Entry.CODE_DETAIL]).rstrip(FILLER),
        issuer=entries[Entry.ISSUER].rstrip(FILLER),
        surname=_spaced(surname),
        given_names=_spaced(given_names),
        name_truncated=not entries[Entry.NAME].endswith(FILLER),
        number=number,
        nationality=entries[Entry.NATIONALITY].rstrip(FILLER),
        born_on=birth_date(entries[Entry.BIRTH], read_on=read_on),
        sex=Sex(entries[Entry.SEX]),
        expires_on=expiry_date(entries[Entry.EXPIRY], read_on=read_on),
        optional_data=optional_data,
        check_digits=(
            (Entry.NUMBER.value, number_holds),
            (Entry.BIRTH.value, check_digit(entries[Entry.BIRTH]) == entries[Entry.BIRTH_CHECK]),
            (Entry.EXPIRY.value, check_digit(entries[Entry.EXPIRY]) == entries[Entry.EXPIRY_CHECK]),
            *_further_check_digits(kind, lines, entries),
        ),
    )


def _entries(kind: MrzFormat, lines: tuple[str, ...]) -> _Entries:
    entries = {field.name: field.of(lines) for field in FIELDS[kind]}
    for field in FIELDS[kind]:
        if not re.fullmatch(field.pattern, entries[field.name]):
            raise Malformed(f"The {field.name} in the machine readable zone is impossible.", remedy=REMEDY)
    return entries


def _number(entries: _Entries) -> tuple[str, bool, tuple[str, ...]]:
    """Give the whole document number, whether its check digit holds, and the optional data without it.

    A number of more than nine characters has a filler for its check digit, goes on at the beginning of the
    optional data and ends there with the check digit of all of it and a filler: Doc 9303-5 and 9303-6, 4.2.2,
    note (j). Where the filler stands and that does not follow, which number it is cannot be said.
    """
    number, digit = entries[Entry.NUMBER], entries[Entry.NUMBER_CHECK]
    optional = [
        entries[each]
        for each in (Entry.PERSONAL_NUMBER, Entry.OPTIONAL_DATA, Entry.FURTHER_OPTIONAL_DATA)
        if each in entries
    ]
    if digit == FILLER:
        continuation, end, optional[0] = optional[0].partition(FILLER)
        digit = continuation[-1:]
        whole = not number.endswith(FILLER) and end and len(continuation) >= _SHORTEST_CONTINUATION
        if not whole or digit not in DIGITS:
            raise Malformed(
                "The document number should go on in the optional data, and it does not.", remedy=REMEDY
            )
        number += continuation[:-1]
    return number.rstrip(FILLER), check_digit(number) == digit, tuple(x.rstrip(FILLER) for x in optional)


def _further_check_digits(
    kind: MrzFormat, lines: tuple[str, ...], entries: _Entries
) -> list[tuple[str, bool]]:
    further = []
    if Entry.PERSONAL_NUMBER in entries:
        holds = _personal_number_holds(entries[Entry.PERSONAL_NUMBER], entries[Entry.PERSONAL_NUMBER_CHECK])
        further.append((Entry.PERSONAL_NUMBER.value, holds))
    if Entry.COMPOSITE_CHECK in entries:
        covered = "".join(lines[line][start:end] for line, start, end in COMPOSITE_PARTS[kind])
        further.append((COMPOSITE, check_digit(covered) == entries[Entry.COMPOSITE_CHECK]))
    return further


def _personal_number_holds(number: str, digit: str) -> bool:
    """Allow a filler for the digit only when there is no number: Doc 9303-4, 4.2.2.2, note (j)."""
    if digit == FILLER:
        return not number.strip(FILLER)
    return check_digit(number) == digit


def _spaced(name: str) -> str:
    return " ".join(name.replace(FILLER, " ").split())
