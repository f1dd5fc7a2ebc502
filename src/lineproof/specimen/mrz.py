"""Machine readable zones, composed: ICAO Doc 9303 (8th ed.) part 3 section 4, and parts 4 to 7."""

import unicodedata
from datetime import date
from typing import assert_never

from lineproof.errors import Malformed
from lineproof.specimen.fields import DocumentFields
from lineproof.specimen.kinds import DocumentKind

NAME_LENGTH = 39
CARD_NAME_LENGTH = 30
SHORT_NAME_LENGTH = 31
WEIGHTS = (7, 3, 1)

# ICAO Doc 9303-3, section 6.A: letters that become two, or that Unicode does not take apart.
TRANSLITERATION = {
    "Ä": "AE", "Å": "AA", "Æ": "AE", "Ö": "OE", "Ø": "OE", "Œ": "OE", "Ü": "UE", "ẞ": "SS", "Þ": "TH",
    "Ð": "D", "Đ": "D", "Ħ": "H", "Ł": "L", "Ŋ": "N", "Ŧ": "T", "Ĳ": "IJ",
}  # fmt: skip


def compose_mrz(fields: DocumentFields, kind: DocumentKind = DocumentKind.PASSPORT) -> tuple[str, ...]:
    """Compose the lines of a document's zone, with all its check digits.

    For either side of a card the zone is the same; it is printed on the back. A name that does not fit
    is shortened as the standard says; a reader must expect that. A number of more than nine characters
    goes on in the optional data of a card of either size. Raises Malformed when an entry cannot be
    written in the zone at all.
    """
    match kind:
        case DocumentKind.PASSPORT:
            return _compose_passport(fields)
        case DocumentKind.CARD_FRONT | DocumentKind.CARD_BACK:
            return _compose_card(fields)
        case DocumentKind.OFFICIAL_CARD:
            return _compose_official_card(fields)
        case DocumentKind.VISA_A:
            return _compose_visa(fields, length=44, name_length=NAME_LENGTH)
        case DocumentKind.VISA_B:
            return _compose_visa(fields, length=36, name_length=SHORT_NAME_LENGTH)
        case _:
            assert_never(kind)


def check_digit(text: str) -> str:
    """Compute the check digit of a run of A-Z, 0-9 and fillers: ICAO Doc 9303-3, section 4.9."""
    return str(sum(_value(character) * WEIGHTS[place % 3] for place, character in enumerate(text)) % 10)


def transliterate(name: str) -> str:
    """Write a name in A to Z: apostrophes and commas vanish, hyphens and spaces become single fillers."""
    letters = "".join(TRANSLITERATION.get(letter, letter) for letter in name.replace("ß", "ẞ").upper())
    plain = "".join(c for c in unicodedata.normalize("NFD", letters) if not unicodedata.combining(c))
    return "<".join(plain.replace("'", "").replace("’", "").replace(",", "").replace("-", " ").split())  # noqa: RUF001


def _compose_passport(fields: DocumentFields) -> tuple[str, str]:
    """9303-4, section 4.2.2."""
    upper = f"{_opening(fields, 'P')}{_names(fields, NAME_LENGTH)}"
    number = _with_digit(_filled(fields.number, 9))
    born, expires = _with_digit(_date(fields.born_on)), _with_digit(_date(fields.expires_on))
    # an empty personal number has a filler, not a zero, for its check digit: 9303-4, section 4.2.2.2
    personal = _with_digit(_filled(fields.personal_number, 14)) if fields.personal_number else "<" * 15
    composite = check_digit(number + born + expires + personal)
    return upper, f"{number}{_code(fields.nationality)}{born}{_sex(fields)}{expires}{personal}{composite}"


def _compose_card(fields: DocumentFields) -> tuple[str, str, str]:
    """9303-5, section 4.2.2."""
    number, rest = _number(fields.number, room=15)
    upper = number + _joined(rest, fields.personal_number, 15)
    born, expires = _with_digit(_date(fields.born_on)), _with_digit(_date(fields.expires_on))
    further = _filled(fields.further_data, 11, may_be_empty=True)
    composite = check_digit(upper + born + expires + further)
    middle = f"{born}{_sex(fields)}{expires}{_code(fields.nationality)}{further}{composite}"
    return _opening(fields, "I") + upper, middle, _names(fields, CARD_NAME_LENGTH)


def _compose_official_card(fields: DocumentFields) -> tuple[str, str]:
    """9303-6, section 4.2.2."""
    number, rest = _number(fields.number, room=7)
    born, expires = _with_digit(_date(fields.born_on)), _with_digit(_date(fields.expires_on))
    optional = _joined(rest, fields.personal_number, 7)
    composite = check_digit(number + born + expires + optional)
    lower = f"{number}{_code(fields.nationality)}{born}{_sex(fields)}{expires}{optional}{composite}"
    return _opening(fields, "I") + _names(fields, SHORT_NAME_LENGTH), lower


def _compose_visa(fields: DocumentFields, *, length: int, name_length: int) -> tuple[str, str]:
    """9303-7, sections 4.2.2 and 5.2.2: no composite, and no check digit of the optional data."""
    number = _with_digit(_filled(fields.number, 9))
    born, expires = _with_digit(_date(fields.born_on)), _with_digit(_date(fields.expires_on))
    optional = _filled(fields.personal_number, length - 28, may_be_empty=True)
    lower = f"{number}{_code(fields.nationality)}{born}{_sex(fields)}{expires}{optional}"
    return _opening(fields, "V") + _names(fields, name_length), lower


def _opening(fields: DocumentFields, usual: str) -> str:
    code = fields.document_code or usual
    if not (1 <= len(code) <= 2 and code.isascii() and code.isalpha() and code[0] in _first_letters(usual)):
        raise Malformed(
            f"{code!r} is not a code of this kind of document.",
            remedy=f"Begin it with {' or '.join(_first_letters(usual))}, and add at most one letter.",
        )
    return f"{code.upper():<<2}{_code(fields.issuer)}"


def _first_letters(usual: str) -> str:
    return "IAC" if usual == "I" else usual


def _number(number: str, *, room: int) -> tuple[str, str]:
    """Give a number's own ten places, and what goes on in the optional data: 9303-5, 4.2.2, note j.

    A number that goes on has a filler for its digit; the digit of all of it follows its end, and a filler.
    """
    if len(number) <= 9:
        return _with_digit(_filled(number, 9)), ""
    whole = _filled(number, 9 + room - 2).rstrip("<")
    return f"{whole[:9]}<", f"{whole[9:]}{check_digit(whole)}<"


def _joined(rest: str, optional: str, length: int) -> str:
    """Write the end of a long number, and after it as optional data what the issuer adds, if it has room."""
    added = optional if len(rest) + len(optional) <= length else ""
    if not rest:
        added = optional
    return rest + _filled(added, length - len(rest), may_be_empty=True)


def _names(fields: DocumentFields, length: int) -> str:
    """Write both names in so many places: 9303-4, section 4.2.3.

    Of a name that is too long at least the first letter of the given names is kept, and the last place
    is a letter, which says that something may be missing.
    """
    surname, given = _name(fields.surname), _name(fields.given_names)
    text = f"{_cut(surname, length - 3)}<<{given}" if given else surname
    return f"{_cut(text, length):<<{length}}"


def _cut(text: str, length: int) -> str:
    """Cut a name so that it ends in a letter: where a filler would end it, a longer part before loses one."""
    while len(text) > length and text[length - 1] == "<":
        ends = len(text[:length].rstrip("<"))
        spared = [place for place in range(1, ends) if "<" not in text[place - 1 : place + 1]]
        if not spared:  # nothing but initials
            break
        text = text[: spared[-1]] + text[spared[-1] + 1 :]
    return text[:length]


def _name(name: str) -> str:
    written = transliterate(name)
    if not all("A" <= character <= "Z" or character == "<" for character in written):
        raise Malformed(
            "A name has characters that the machine readable zone cannot carry.",
            remedy="Write it in Latin letters, as the passport office would.",
        )
    return written


def _sex(fields: DocumentFields) -> str:
    return "<" if fields.sex == "X" else fields.sex


def _filled(text: str, length: int, *, may_be_empty: bool = False) -> str:
    if may_be_empty and not text:
        return "<" * length
    if len(text) > length or not (text.isascii() and text.isalnum()):
        raise Malformed(
            f"An entry is not {length} or fewer letters and digits.",
            remedy="Shorten it, and leave out punctuation.",
        )
    return f"{text.upper():<<{length}}"


def _code(code: str) -> str:
    if not (1 <= len(code) <= 3 and code.isascii() and code.isalpha()):
        raise Malformed(
            f"{code!r} is not a code of a state.",
            remedy="Use the three letters of ICAO Doc 9303-3, such as UTO.",
        )
    return f"{code.upper():<<3}"


def _date(day: date) -> str:
    return day.strftime("%y%m%d")


def _with_digit(text: str) -> str:
    return text + check_digit(text)


def _value(character: str) -> int:
    return 0 if character == "<" else int(character, 36)
