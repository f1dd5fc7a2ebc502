"""The machine readable zone of a TD3 travel document, composed: ICAO Doc 9303-3 section 4 and 9303-4."""

import unicodedata
from datetime import date

from lineproof.errors import Malformed
from lineproof.specimen.fields import PassportFields

NAME_LENGTH = 39
WEIGHTS = (7, 3, 1)

# ICAO Doc 9303-3, section 6.A: letters that become two, or that Unicode does not take apart.
TRANSLITERATION = {
    "Ä": "AE", "Å": "AA", "Æ": "AE", "Ö": "OE", "Ø": "OE", "Œ": "OE", "Ü": "UE", "ẞ": "SS", "Þ": "TH",
    "Ð": "D", "Đ": "D", "Ħ": "H", "Ł": "L", "Ŋ": "N", "Ŧ": "T", "Ĳ": "IJ",
}  # fmt: skip


def compose_mrz(fields: PassportFields) -> tuple[str, str]:
    """Compose the two lines of 44 characters, with all five check digits.

    A name that does not fit is cut at its 39th character; a reader must expect that. Raises
    Malformed when an entry cannot be written in the zone at all.
    """
    names = f"{_name(fields.surname)}<<{_name(fields.given_names)}"
    upper = f"P<{_code(fields.issuer)}{names[:NAME_LENGTH]:<<{NAME_LENGTH}}"
    number = _with_digit(_filled(fields.number, 9))
    born, expires = _with_digit(_date(fields.born_on)), _with_digit(_date(fields.expires_on))
    # an empty personal number has a filler, not a zero, for its check digit: 9303-4, section 4.2.2.2
    personal = _with_digit(_filled(fields.personal_number, 14)) if fields.personal_number else "<" * 15
    sex = "<" if fields.sex == "X" else fields.sex
    composite = check_digit(number + born + expires + personal)
    return upper, f"{number}{_code(fields.nationality)}{born}{sex}{expires}{personal}{composite}"


def check_digit(text: str) -> str:
    """Compute the check digit of a run of A-Z, 0-9 and fillers: ICAO Doc 9303-3, section 4.9."""
    return str(sum(_value(character) * WEIGHTS[place % 3] for place, character in enumerate(text)) % 10)


def transliterate(name: str) -> str:
    """Write a name in A to Z: apostrophes and commas vanish, hyphens and spaces become single fillers."""
    letters = "".join(TRANSLITERATION.get(letter, letter) for letter in name.replace("ß", "ẞ").upper())
    plain = "".join(c for c in unicodedata.normalize("NFD", letters) if not unicodedata.combining(c))
    return "<".join(plain.replace("'", "").replace("’", "").replace(",", "").replace("-", " ").split())  # noqa: RUF001


def _name(name: str) -> str:
    written = transliterate(name)
    if not all("A" <= character <= "Z" or character == "<" for character in written):
        raise Malformed(
            "A name has characters that the machine readable zone cannot carry.",
            remedy="Write it in Latin letters, as the passport office would.",
        )
    return written


def _filled(text: str, length: int) -> str:
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
