"""Read the two lines of a passport's machine readable zone: ICAO Doc 9303 part 3 (8th ed.) and part 4.

Only TD3, the size of passports, is known: two lines of 44 characters. The format is bound to the
document code and to the length of the lines; nothing is padded, cut or repaired here, because four
shortened passport lines out of 95 once passed as a smaller format by chance.

A wrong check digit is an outcome, not an error: it is a value in the result.
"""

import re
import string
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from lineproof.errors import Malformed

FILLER = "<"
DIGITS = frozenset(string.digits)
LETTERS = frozenset(string.ascii_uppercase)
ALPHABET = DIGITS | LETTERS | {FILLER}
TD3_LINES = 2
TD3_LENGTH = 44

# Years after the reading that a two-digit year of expiry may still mean; later ones are in the past.
EXPIRY_HORIZON_YEARS = 30

_WEIGHTS = (7, 3, 1)
_VALUES = {character: int(character, 36) for character in DIGITS | LETTERS} | {FILLER: 0}
_REMEDY = "Read the document again, or type the two lines exactly as printed."


class Sex(StrEnum):
    """The sex as the zone writes it; the filler stands for unspecified, printed as X elsewhere."""

    FEMALE = "F"
    MALE = "M"
    UNSPECIFIED = "<"


@dataclass(frozen=True, slots=True)
class Field:
    """One field of the zone: where it is, which characters it may hold, and its whole pattern.

    start, end: positions in the line counted from nought, end not included.
    """

    name: str
    line: int
    start: int
    end: int
    characters: frozenset[str]
    pattern: str

    def of(self, lines: tuple[str, str]) -> str:
        """Cut this field out of the lines."""
        return lines[self.line][self.start : self.end]


_NAME_SET = LETTERS | {FILLER}
_NUMBER_SET = ALPHABET

# Doc 9303-4, 4.2.2: the data structure of the TD3 zone.
_DOCUMENT_CODE = Field("document code", 0, 0, 2, _NAME_SET, "[A-Z][A-Z<]")
_ISSUER = Field("issuing state", 0, 2, 5, _NAME_SET, "[A-Z]{1,3}<*")
_NAME = Field("name", 0, 5, 44, _NAME_SET, "[A-Z][A-Z<]*")
_NUMBER = Field("document number", 1, 0, 9, _NUMBER_SET, "[A-Z0-9][A-Z0-9<]*")
_NUMBER_CHECK = Field("check digit of the document number", 1, 9, 10, DIGITS, "[0-9]")
_NATIONALITY = Field("nationality", 1, 10, 13, _NAME_SET, "[A-Z]{1,3}<*")
_BIRTH = Field("date of birth", 1, 13, 19, DIGITS | {FILLER}, "[0-9]{6}|[0-9]{4}<{2}|[0-9]{2}<{4}|<{6}")
_BIRTH_CHECK = Field("check digit of the date of birth", 1, 19, 20, DIGITS, "[0-9]")
_SEX = Field("sex", 1, 20, 21, frozenset("FM<"), "[FM<]")
_EXPIRY = Field("date of expiry", 1, 21, 27, DIGITS, "[0-9]{6}")
_EXPIRY_CHECK = Field("check digit of the date of expiry", 1, 27, 28, DIGITS, "[0-9]")
_PERSONAL = Field("personal number", 1, 28, 42, _NUMBER_SET, "[A-Z0-9<]*")
_PERSONAL_CHECK = Field("check digit of the personal number", 1, 42, 43, DIGITS | {FILLER}, "[0-9<]")
_COMPOSITE = Field("composite check digit", 1, 43, 44, DIGITS, "[0-9]")

TD3_FIELDS = (
    *(_DOCUMENT_CODE, _ISSUER, _NAME, _NUMBER, _NUMBER_CHECK, _NATIONALITY, _BIRTH, _BIRTH_CHECK),
    *(_SEX, _EXPIRY, _EXPIRY_CHECK, _PERSONAL, _PERSONAL_CHECK, _COMPOSITE),
)
_ALLOWED = {
    (field.line, position): field.characters
    for field in TD3_FIELDS
    for position in range(field.start, field.end)
}


@dataclass(frozen=True, slots=True)
class Td3:
    """What the zone of one passport says.

    issuer, nationality: the codes of Doc 9303-3 section 5, without fillers: "D", "UTO".
    surname, given_names: with single spaces for fillers. name_truncated: the name fills its field to
    the last position, so more of it may be printed elsewhere on the page; never compare it for
    equality then.
    number, personal_number: without trailing fillers; a filler inside is a space or sign in print.
    born_on: None when the zone gives the date as wholly or partly unknown.
    check_digits: in the order of the zone, each check digit's field and whether it holds.
    """

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
    personal_number: str
    check_digits: tuple[tuple[str, bool], ...]

    @property
    def check_digits_valid(self) -> bool:
        """Say whether every check digit holds: that the zone was read, not that it is genuine."""
        return all(holds for _, holds in self.check_digits)


def check_digit(text: str) -> str:
    """Compute the check digit of a text in the zone's alphabet.

    Raises Malformed for any other character. Doc 9303-3, 4.9.
    """
    if not ALPHABET.issuperset(text):
        raise Malformed("A check digit exists only for digits, capital letters and '<'.", remedy=_REMEDY)
    return str(sum(_VALUES[each] * _WEIGHTS[at % 3] for at, each in enumerate(text)) % 10)


def is_blind_between(one: str, other: str) -> bool:
    """Say whether no check digit, the composite included, can tell two characters apart.

    Their values differ by a multiple of ten: G and 6, L and 1, U and 0. No change from one to the
    other may ever be drawn from a check digit.
    """
    return (_VALUES[one] - _VALUES[other]) % 10 == 0


def allowed_td3(line: int, position: int) -> frozenset[str]:
    """Say which characters the standard allows at one position of the zone, both counted from nought.

    Raises KeyError outside two lines of 44.
    """
    return _ALLOWED[line, position]


def parse_td3(lines: tuple[str, str], *, read_on: date) -> Td3:
    """Parse the two lines of a passport.

    read_on: the day of reading, which gives two-digit years their century. A birth is in the latest
    year that does not put it after read_on. An expiry is at most EXPIRY_HORIZON_YEARS calendar years
    after read_on, and otherwise in the past: a long expired passport is an outcome, not an error.
    Raises Malformed when this cannot be a TD3 zone: wrong number or length of lines, a foreign
    character, a document code that does not begin with P, a field against its pattern, a date that
    is in no calendar. Doc 9303-4, 4.2.2.
    """
    _require_td3(lines)
    for field in TD3_FIELDS:
        if not re.fullmatch(field.pattern, field.of(lines)):
            raise Malformed(f"The {field.name} in the machine readable zone is impossible.", remedy=_REMEDY)
    name = _NAME.of(lines)
    surname, _, given_names = name.partition(FILLER * 2)
    return Td3(
        document_code=_DOCUMENT_CODE.of(lines).rstrip(FILLER),
        issuer=_ISSUER.of(lines).rstrip(FILLER),
        surname=_spaced(surname),
        given_names=_spaced(given_names),
        name_truncated=not name.endswith(FILLER),
        number=_NUMBER.of(lines).rstrip(FILLER),
        nationality=_NATIONALITY.of(lines).rstrip(FILLER),
        born_on=_birth(_BIRTH.of(lines), read_on=read_on),
        sex=Sex(_SEX.of(lines)),
        expires_on=_expiry(_EXPIRY.of(lines), read_on=read_on),
        personal_number=_PERSONAL.of(lines).rstrip(FILLER),
        check_digits=_check_digits(lines),
    )


def _require_td3(lines: tuple[str, str]) -> None:
    if len(lines) != TD3_LINES or any(len(line) != TD3_LENGTH for line in lines):
        raise Malformed(
            f"A passport's zone has two lines of exactly {TD3_LENGTH} characters.", remedy=_REMEDY
        )
    if not all(ALPHABET.issuperset(line) for line in lines):
        raise Malformed("The zone holds a character other than digits, capitals and '<'.", remedy=_REMEDY)
    if not lines[0].startswith("P"):
        raise Malformed(
            "The document code does not begin with P, so this is not a passport.",
            remedy="Present a passport, or choose another way to verify.",
        )


def _check_digits(lines: tuple[str, str]) -> tuple[tuple[str, bool], ...]:
    pairs = ((_NUMBER, _NUMBER_CHECK), (_BIRTH, _BIRTH_CHECK), (_EXPIRY, _EXPIRY_CHECK))
    second = lines[1]
    composite = second[0:10] + second[13:20] + second[21:43]
    return (
        *((field.name, check_digit(field.of(lines)) == digit.of(lines)) for field, digit in pairs),
        (_PERSONAL.name, _personal_number_holds(_PERSONAL.of(lines), _PERSONAL_CHECK.of(lines))),
        ("composite", check_digit(composite) == _COMPOSITE.of(lines)),
    )


def _personal_number_holds(number: str, digit: str) -> bool:
    """Allow a filler for the digit only when there is no number: Doc 9303-4, 4.2.2.2, note (j)."""
    if digit == FILLER:
        return not number.strip(FILLER)
    return check_digit(number) == digit


def _spaced(name: str) -> str:
    return " ".join(name.replace(FILLER, " ").split())


def _birth(text: str, *, read_on: date) -> date | None:
    if FILLER in text:
        return None
    this_century = read_on.year - read_on.year % 100
    year = this_century + int(text[:2])
    if (year, int(text[2:4]), int(text[4:6])) > (read_on.year, read_on.month, read_on.day):
        year -= 100
    return _calendar_date(year, text, field=_BIRTH)


def _expiry(text: str, *, read_on: date) -> date:
    latest = read_on.year + EXPIRY_HORIZON_YEARS
    year = latest - (latest - int(text[:2])) % 100
    return _calendar_date(year, text, field=_EXPIRY)


def _calendar_date(year: int, text: str, *, field: Field) -> date:
    try:
        return date(year, int(text[2:4]), int(text[4:6]))
    except ValueError:
        raise Malformed(f"The {field.name} in the zone is in no calendar.", remedy=_REMEDY) from None
