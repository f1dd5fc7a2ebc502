"""Read the PDF417 of a North American driving licence or identity card.

AAMVA DL/ID Card Design Standard (2020 and 2025), annex D; clauses are those of the 2020 edition.

Versions 01 (2000) to 11 (2025). The form is read strictly; the few known ways in which issuers depart from it
are tolerated one by one, each reported in the result with where it is documented. No signature or check digit
is in it, so it proves nothing alone: anybody can print one. What it says is compared with the other parts of
the same card.

Only what identifies the card and its holder is taken. The standard also has colour of eyes and hair, weight,
race and address; they are passed over and kept nowhere.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum

from lineproof.errors import Malformed

COMPLIANCE = b"@\n\x1e\r"
MOST_BYTES = 4096
FIRST_VERSION, LAST_VERSION = 1, 11

_REMEDY = "Photograph the barcode again, flat and in focus, or present another document."
_FILE_TYPE, _OLD_FILE_TYPE = "ANSI ", "AAMVA"
_ELEMENT_END, _SEGMENT_END = "\n", "\r"
_DESIGNATOR = re.compile(r"(DL|ID|EN|Z[A-Z])([0-9]{4})([0-9]{4})")
_DESIGNATOR_LENGTH = 10
_TYPE_LENGTH = 2
_ELEMENT = re.compile(r"([A-Z]{3})([^\x00-\x1f\x7f-\x9f]{0,200})")
_NUMBER = re.compile(r"[A-Z0-9][A-Z0-9 *.\-]{0,24}")
# D.12.5: what stands for a mandatory element that the holder does not have, or that is not known.
_NO_VALUE = frozenset({"", "NONE", "unavl", "UNAVL"})
# Of Canada's order CCYYMMDD and the States' MMDDCCYY, between these years only one can hold: no month is 19.
_FIRST_YEAR, _LAST_YEAR = 1900, 2199
_DATE_DIGITS = 8
_FIRST_VERSION_OF_ORDER = 2
_FIRST_VERSION_OF_FIRST_NAME = 4
_SOUTH_CAROLINA = "636005"


class CardKind(Enum):
    """The card, by the type of its subfile: D.12.4."""

    DRIVING_LICENCE = "DL"
    IDENTITY_CARD = "ID"
    ENHANCED = "EN"


class Truncation(Enum):
    """Whether a name was cut to fit: elements DDE, DDF, DDG."""

    TRUNCATED = "T"
    NOT_TRUNCATED = "N"
    UNKNOWN = "U"


class Deviation(Enum):
    """A known departure from the standard, and where it is documented."""

    # Maryland, version 01: "AAMVA" in place of "ANSI "; c0shea/IdParser, issue 24.
    OLD_FILE_TYPE = "old_file_type"
    # Ontario: the subfile's offset is stated as nought; rechner/py-aamva, issue 2.
    NO_OFFSET = "no_offset"
    # South Carolina, version 01: the offset is stated one too large; c0shea/IdParser, IdParser/Barcode.cs.
    OFFSET_ONE_TOO_LARGE = "offset_one_too_large"
    # A length that is not the subfile's, as in a published example; w3c/vc-barcodes, issue 13.
    OTHER_LENGTH = "other_length"
    # Colorado: an element without content or name; c0shea/IdParser, issue 33.
    EMPTY_ELEMENT = "empty_element"
    # Wyoming, version 04: dates in the other country's order; c0shea/IdParser, AbstractParser.cs.
    OTHER_DATE_ORDER = "other_date_order"


@dataclass(frozen=True, slots=True)
class AamvaCard:
    """What the barcode of one card says.

    issuer_number: the six digits of ISO/IEC 7812-1 that name the jurisdiction. jurisdiction_version: None in
    version 01, which has none. number: the customer's, element DAQ. surname: "" where the holder has none.
    given_names: first and middle names with single spaces. surname_truncated, given_names_truncated: UNKNOWN
    where the version has no such element; TRUNCATED as soon as one part is. issued_on: None where it is not
    stated. country: "USA", "CAN", another code of three letters, or "" where it is not stated. deviations:
    departures from the standard that were tolerated, in the order above.
    """

    version: int
    issuer_number: str
    jurisdiction_version: int | None
    kind: CardKind
    number: str
    surname: str
    given_names: str
    surname_truncated: Truncation
    given_names_truncated: Truncation
    born_on: date
    expires_on: date
    issued_on: date | None
    jurisdiction: str
    country: str
    deviations: tuple[Deviation, ...]


@dataclass(frozen=True, slots=True)
class _Header:
    version: int
    issuer_number: str
    jurisdiction_version: int | None
    entries: int
    end: int


def is_aamva(content: bytes) -> bool:
    """Tell whether content claims to be of this standard, by its first characters."""
    return content.startswith((COMPLIANCE + _FILE_TYPE.encode(), COMPLIANCE + _OLD_FILE_TYPE.encode()))


def parse_aamva(content: bytes) -> AamvaCard:
    """Parse the content of one PDF417, in ISO 8859-1.

    In order: (1) header; (2) subfile designators; (3) the card's own subfile, cut into elements; (4) fields.
    Raises Malformed, saying which part is impossible and never what it holds. Annex D, D.12.
    """
    if len(content) > MOST_BYTES:
        raise _malformed("is longer than a barcode can be")
    deviations: set[Deviation] = set()
    text = content.decode("latin-1")
    header = _header(text, deviations)  # 1
    kind, offset, length = _designated(text, header, deviations)  # 2
    elements = _elements(text, kind, offset, length, deviations)  # 3
    surname, given_names = _names(elements, header.version)  # 4
    country = _matching(elements, "DCG", "[A-Z]{3}") if "DCG" in elements else ""
    canadian = country == "CAN" or header.version < _FIRST_VERSION_OF_ORDER
    days = {
        each: _date(elements, each, canadian=canadian, deviations=deviations)
        for each in ("DBA", "DBB", "DBD")
        if each != "DBD" or elements.get(each, "") not in _NO_VALUE
    }
    return AamvaCard(
        version=header.version,
        issuer_number=header.issuer_number,
        jurisdiction_version=header.jurisdiction_version,
        kind=kind,
        number=_matching(elements, "DAQ", _NUMBER.pattern),
        surname=surname,
        given_names=given_names,
        surname_truncated=_truncation(elements, "DDE"),
        given_names_truncated=_truncation(elements, "DDF", "DDG"),
        born_on=days["DBB"],
        expires_on=days["DBA"],
        issued_on=days.get("DBD"),
        jurisdiction=_matching(elements, "DAJ", "[A-Z]{2,3}"),
        country=country,
        deviations=tuple(each for each in Deviation if each in deviations),
    )


def _malformed(what: str) -> Malformed:
    return Malformed(f"The barcode of the card {what}.", remedy=_REMEDY)


def _header(text: str, deviations: set[Deviation]) -> _Header:
    """Read what stands before the subfile designators: D.12.3, table D.1."""
    if not text.startswith(COMPLIANCE.decode()):
        raise _malformed("does not begin as one of this standard")
    numbers = re.compile("([0-9]{6})([0-9]{2})([0-9]{2})([0-9]{2})?").match(text, 9)
    if numbers is None:
        raise _malformed("has no header")
    issuer, version = numbers[1], int(numbers[2])
    file_type = text[4:9]
    if not FIRST_VERSION <= version <= LAST_VERSION:
        raise _malformed(f"is of a version that is not known, {version:02}")
    if file_type == _OLD_FILE_TYPE and version == FIRST_VERSION:
        deviations.add(Deviation.OLD_FILE_TYPE)
    elif file_type != _FILE_TYPE:
        raise _malformed("is of another file type")
    if version == FIRST_VERSION:
        return _Header(version, issuer, None, int(numbers[3]), numbers.end(3))
    if numbers[4] is None:
        raise _malformed("has no header")
    return _Header(version, issuer, int(numbers[3]), int(numbers[4]), numbers.end(4))


def _designated(text: str, header: _Header, deviations: set[Deviation]) -> tuple[CardKind, int, int]:
    """Give kind, offset and length of the card's subfile, which is the first: D.12.4."""
    if not header.entries:
        raise _malformed("has no subfile")
    found = [
        _DESIGNATOR.match(text, header.end + number * _DESIGNATOR_LENGTH) for number in range(header.entries)
    ]
    if not all(found):
        raise _malformed("has an impossible subfile designator")
    kinds = [each[1] for each in found if each is not None and not each[1].startswith("Z")]
    first = found[0]
    if len(kinds) != 1 or first is None or first[1] != kinds[0]:
        raise _malformed("does not have exactly one card in it, as its first subfile")
    body = header.end + header.entries * _DESIGNATOR_LENGTH
    offset, length = int(first[2]), int(first[3])
    if offset == 0:
        deviations.add(Deviation.NO_OFFSET)
        offset = body
    elif (offset, header.issuer_number, header.version) == (body + 1, _SOUTH_CAROLINA, FIRST_VERSION):
        deviations.add(Deviation.OFFSET_ONE_TOO_LARGE)
        offset = body
    if offset < body or not text.startswith(first[1], offset):
        raise _malformed("does not have its subfile where its header says")
    return CardKind(first[1]), offset, length


def _elements(
    text: str, kind: CardKind, offset: int, length: int, deviations: set[Deviation]
) -> Mapping[str, str]:
    """Cut the subfile into its elements, each an identifier of three letters and a value: D.12.5."""
    end = text.find(_SEGMENT_END, offset)
    if end < 0:
        raise _malformed("is cut short")
    if end + 1 != offset + length:
        deviations.add(Deviation.OTHER_LENGTH)
    elements: dict[str, str] = {}
    for part in text[offset + len(kind.value) : end].split(_ELEMENT_END):
        if not part:
            deviations.add(Deviation.EMPTY_ELEMENT)
            continue
        element = _ELEMENT.fullmatch(part)
        if element is None:
            raise _malformed("has an impossible element")
        if element[1] in elements:
            raise _malformed(f"has element {element[1]} twice")
        elements[element[1]] = element[2].strip(" ")
    return elements


def _matching(elements: Mapping[str, str], name: str, pattern: str) -> str:
    value = elements.get(name, "")
    if not re.fullmatch(pattern, value):
        raise _malformed(f"has no possible element {name}")
    return value


def _names(elements: Mapping[str, str], version: int) -> tuple[str, str]:
    """Give surname and given names; how they are written changed with versions 02 and 04."""
    if version == FIRST_VERSION:
        surname, *given = elements.get("DAA", "").split(",")[:3]
    elif version < _FIRST_VERSION_OF_FIRST_NAME:
        surname, given = elements.get("DCS", ""), [elements.get("DCT", "")]
    else:
        surname, given = elements.get("DCS", ""), [elements.get("DAC", ""), elements.get("DAD", "")]
    names = _name(surname), " ".join(filter(None, map(_name, given)))
    if not any(names):
        raise _malformed("has no name")
    return names


def _name(value: str) -> str:
    """Bring a name to single spaces; several names in one element stand with commas between."""
    value = " ".join(value.replace(",", " ").split(" "))
    return "" if value.strip() in _NO_VALUE else " ".join(value.split())


def _truncation(elements: Mapping[str, str], *names: str) -> Truncation:
    values = {elements.get(name, "U") or "U" for name in names}
    known = {each.value for each in Truncation}
    if not values <= known:
        raise _malformed(f"has no possible element {' or '.join(names)}")
    return next(
        each
        for each in (Truncation.TRUNCATED, Truncation.UNKNOWN, Truncation.NOT_TRUNCATED)
        if each.value in values
    )


def _date(elements: Mapping[str, str], name: str, *, canadian: bool, deviations: set[Deviation]) -> date:
    """Read MMDDCCYY, or CCYYMMDD on a Canadian card and in version 01."""
    digits = _matching(elements, name, f"[0-9]{{{_DATE_DIGITS}}}")
    year_first = _FIRST_YEAR <= int(digits[:4]) <= _LAST_YEAR
    year, month, day = (
        (digits[:4], digits[4:6], digits[6:]) if year_first else (digits[4:], digits[:2], digits[2:4])
    )
    if year_first is not canadian:
        deviations.add(Deviation.OTHER_DATE_ORDER)
    try:
        found = date(int(year), int(month), int(day))
    except ValueError:
        raise _malformed(f"has a date in element {name} that is in no calendar") from None
    if not _FIRST_YEAR <= found.year <= _LAST_YEAR:
        raise _malformed(f"has a date in element {name} that is in no calendar")
    return found
