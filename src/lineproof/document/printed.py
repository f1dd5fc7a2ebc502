"""Does what is printed on the page agree with its machine readable zone?

Doc 9303-3, section 3, prints on the page what the zone repeats: names, number, dates of birth and expiry.
Who alters a page seldom alters both alike. But what is read from a page is read with errors, so:
    1. a field AGREES where some text on the page is a right way to print what the zone says, but for spaces,
       which readers lose, and but for O or 0 and I or 1 in a number, which much print does not tell apart;
    2. it DIFFERS only where a text of that very kind was read surely and is nothing the zone could mean:
       under its own label, or the only text of the form of this zone's number;
    3. anything else, a near miss included, is NOT_SEEN.
A difference is for a person to look at. It is never a fail by machine: issuers print names in ways that no
rule foresees, and a reader can be sure and wrong.

What is printed is about a person: comparisons hold names and numbers, and stay where the image stays.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import assert_never

from lineproof.decision.finding import Check, Finding, Measure, Measured, indeterminate, passed
from lineproof.decision.reasons import ReasonCode
from lineproof.document.fields import IdentityDocument
from lineproof.document.printed_dates import PrintedDate, dates_in, is_closed_up, whole_date
from lineproof.document.printed_labels import PrintedField, is_label, label_in
from lineproof.document.printed_line import PrintedLine, continues, value_beside
from lineproof.document.transliteration import (
    may_be_cut_from,
    may_be_spelled,
    transliterations,
    without_marks,
)

# A difference is drawn from no reading less sure than this in any character. Where one character alone makes
# the difference, the reading must be surer still. Measured on drawn pages; see tests/imaging.
SURE, VERY_SURE = 0.9, 0.97
MOST_LINES = 64

# What readers take for each other, whatever they say of their certainty.
_ALIKE = str.maketrans("OQDILTZSBG", "0001117586")
_SAME_IN_PRINT = str.maketrans("OI", "01")
_NUMBER = re.compile(r"[A-Z0-9]{5,14}")
_LEAST_DIGITS = 4
_LONGEST_TEXT = 120


class Agreement(Enum):
    """What became of one field."""

    AGREES = "agrees"
    DIFFERS = "differs"
    NOT_SEEN = "not_seen"


@dataclass(frozen=True, slots=True)
class ZoneFields:
    """What a zone says of the fields that a page repeats. Names with spaces for fillers.

    born_on: None where the zone leaves part of it unknown. name_truncated: more of the name may be printed.
    personal_number: "" where there is none; it is not compared, but must not be taken for the number.
    """

    surname: str
    given_names: str
    number: str
    born_on: date | None
    expires_on: date
    personal_number: str = ""
    name_truncated: bool = False


@dataclass(frozen=True, slots=True)
class FieldComparison:
    """What became of one field. on_page, in_zone: for a difference, what stands where; otherwise empty."""

    field: PrintedField
    agreement: Agreement
    on_page: str = ""
    in_zone: str = ""


_FIELDS_OF = {
    Check.PRINTED_NAME_AGREES: (PrintedField.SURNAME, PrintedField.GIVEN_NAMES),
    Check.PRINTED_NUMBER_AGREES: (PrintedField.NUMBER,),
    Check.PRINTED_DATES_AGREE: (PrintedField.BORN_ON, PrintedField.EXPIRES_ON),
}


def zone_fields(document: IdentityDocument, *, name_truncated: bool) -> ZoneFields:
    """Take what a page repeats from a document's zone."""
    return ZoneFields(
        surname=document.surname,
        given_names=document.given_names,
        number=document.number,
        born_on=document.born_on,
        expires_on=document.expires_on,
        personal_number=document.personal_number,
        name_truncated=name_truncated,
    )


def compare_printed(zone: ZoneFields, lines: Sequence[PrintedLine]) -> tuple[FieldComparison, ...]:
    """Compare each field of the zone with the lines read on its page, in the order of PrintedField.

    lines: of the page outside the zone, in any order; more than MOST_LINES are not looked at.
    """
    seen = tuple(lines[:MOST_LINES])
    return tuple(_compare(field, zone, seen) for field in PrintedField)


def all_agree(zone: ZoneFields, lines: Sequence[PrintedLine]) -> bool:
    """Say whether every field that the zone gives was seen and agrees: no more of the page need be read."""
    return all(
        each.agreement is Agreement.AGREES or not _in_zone(each.field, zone)
        for each in compare_printed(zone, lines)
    )


def check_printed(zone: ZoneFields, lines: Sequence[PrintedLine]) -> tuple[Finding, ...]:
    """Check that the printed name, number and dates agree with the zone; pass or indeterminate, never fail.

    A check passes when each of its fields that the zone gives agrees. One field that differs is a reason for
    a person to look, whatever became of the others; a field that was not seen leaves the check open.
    """
    compared = compare_printed(zone, lines)
    return tuple(
        _finding(check, [each for each in compared if each.field in fields and _in_zone(each.field, zone)])
        for check, fields in _FIELDS_OF.items()
    )


def _finding(check: Check, compared: list[FieldComparison]) -> Finding:
    differing = sum(each.agreement is Agreement.DIFFERS for each in compared)
    measure = Measure(Measured.FIELDS_DIFFERING, differing)
    if differing:
        return indeterminate(check, ReasonCode.PRINTED_FIELDS_DIFFER, measure)
    if {each.agreement for each in compared} != {Agreement.AGREES}:
        return indeterminate(check, ReasonCode.PRINTED_FIELDS_NOT_READ, measure)
    return passed(check, measure)


def _compare(field: PrintedField, zone: ZoneFields, lines: tuple[PrintedLine, ...]) -> FieldComparison:
    if not _in_zone(field, zone):
        return FieldComparison(field, Agreement.NOT_SEEN)
    if any(_agrees(field, zone, text) for text in _texts(lines)):
        return FieldComparison(field, Agreement.AGREES)
    line = _value(field, zone, lines)
    if line is not None and _differs(field, zone, line):
        return FieldComparison(field, Agreement.DIFFERS, on_page=line.text, in_zone=_in_zone(field, zone))
    return FieldComparison(field, Agreement.NOT_SEEN)


def _in_zone(field: PrintedField, zone: ZoneFields) -> str:
    match field:
        case PrintedField.SURNAME:
            return zone.surname
        case PrintedField.GIVEN_NAMES:
            return zone.given_names
        case PrintedField.NUMBER:
            return zone.number
        case PrintedField.BORN_ON:
            return "" if zone.born_on is None else zone.born_on.isoformat()
        case PrintedField.EXPIRES_ON:
            return zone.expires_on.isoformat()
        case _:
            assert_never(field)


def _texts(lines: tuple[PrintedLine, ...]) -> Iterator[str]:
    """Give the texts that may be a field's whole value: lines, what follows a label, and two lines in one."""
    for line in lines:
        text = line.text[:_LONGEST_TEXT]
        yield text
        yield from (part for part in re.split(r"[:/]", text) if part != text)
        words = text.split()
        for at in range(1, len(words)):
            if is_label(" ".join(words[:at])):
                yield " ".join(words[at:])
    for upper in lines:
        below = [line for line in lines if continues(upper, line)]
        if len(below) == 1 and not is_label(upper.text) and not is_label(below[0].text):
            yield f"{upper.text} {below[0].text}"[:_LONGEST_TEXT]


# 1. Agreement.


def _agrees(field: PrintedField, zone: ZoneFields, text: str) -> bool:
    match field:
        case PrintedField.SURNAME:
            return _names_agree(text, zone.surname, zone.given_names, cut=zone.name_truncated)
        case PrintedField.GIVEN_NAMES:
            return _names_agree(text, zone.given_names, zone.surname, cut=zone.name_truncated)
        case PrintedField.NUMBER:
            return _as_in_print(_compact(zone.number)) in {_as_in_print(each) for each in _numbers_in(text)}
        case PrintedField.BORN_ON:
            return zone.born_on is not None and _is_dated(text, zone.born_on)
        case PrintedField.EXPIRES_ON:
            return _is_dated(text, zone.expires_on)
        case _:
            assert_never(field)


def _names_agree(text: str, name: str, other: str, *, cut: bool) -> bool:
    """Say whether a text is this part of the name, alone or beside the other part, in either order."""
    wholes = (name, f"{name} {other}", f"{other} {name}") if other else (name,)
    if any(
        may_be_spelled(text, whole) or may_be_spelled(_closed_up(text), _closed_up(whole)) for whole in wholes
    ):
        return True
    return cut and any(may_be_cut_from(name, whole) for whole in transliterations(text))


def _numbers_in(text: str) -> frozenset[str]:
    """Give every run of a text's words as one number, without spaces and signs."""
    words = [_compact(word) for word in text.split()[:8]]
    runs = ("".join(words[a:b]) for a in range(len(words)) for b in range(a + 1, len(words) + 1))
    return frozenset(runs)


def _closed_up(text: str) -> str:
    return "".join(text.split())


def _as_in_print(number: str) -> str:
    return number.translate(_SAME_IN_PRINT)


def _compact(text: str) -> str:
    return "".join(each for each in without_marks(text) if each.isascii() and each.isalnum())


def _is_dated(text: str, day: date) -> bool:
    return _any_is(dates_in(text), day) or is_closed_up(text, day)


def _any_is(dates: frozenset[PrintedDate], day: date) -> bool:
    return any(each.may_be(day) for each in dates)


# 2. Difference.


def _value(field: PrintedField, zone: ZoneFields, lines: tuple[PrintedLine, ...]) -> PrintedLine | None:
    """Find the line that must be this field's value; None where two may be, or none is."""
    suitable = [line for line in lines if _suits(field, line.text)]
    labels = [line for line in lines if label_in(line.text) is field]
    if labels:
        # A name in two scripts stands in two lines, and Cyrillic capitals are surely read as Latin ones: with
        # any other text under the label, it is not known which of them is the name in Latin letters.
        is_name = field in {PrintedField.SURNAME, PrintedField.GIVEN_NAMES}
        rivals = [line for line in lines if not is_label(line.text)] if is_name else suitable
        found = [value_beside(label, rivals, lines) for label in labels]
        return found[0] if len(set(found)) == 1 and found[0] in suitable else None
    if field is PrintedField.NUMBER:
        alone = [line for line in suitable if _form(_compact(line.text)) == _form(_compact(zone.number))]
        return alone[0] if len(suitable) == len(alone) == 1 else None
    return None


def _suits(field: PrintedField, text: str) -> bool:
    """Say whether a text is of the kind that a field prints, and of no other."""
    match field:
        case PrintedField.BORN_ON | PrintedField.EXPIRES_ON:
            return bool(whole_date(text))
        case PrintedField.NUMBER:
            compact = _compact(text)
            enough = sum(each.isdigit() for each in compact) >= _LEAST_DIGITS
            return enough and bool(_NUMBER.fullmatch(compact)) and not dates_in(text)
        case PrintedField.SURNAME | PrintedField.GIVEN_NAMES:
            return bool(transliterations(text)) and "/" not in text and not is_label(text)
        case _:
            assert_never(field)


def _differs(field: PrintedField, zone: ZoneFields, line: PrintedLine) -> bool:
    match field:
        case PrintedField.SURNAME:
            return not zone.name_truncated and _is_another_name(line, zone.surname)
        case PrintedField.GIVEN_NAMES:
            return not zone.name_truncated and _is_another_name(line, zone.given_names)
        case PrintedField.NUMBER:
            compact = _compact(line.text)
            return compact != _compact(zone.personal_number) and _is_another(
                compact, _compact(zone.number), line.confidence
            )
        case PrintedField.BORN_ON | PrintedField.EXPIRES_ON:
            day = zone.born_on if field is PrintedField.BORN_ON else zone.expires_on
            return day is not None and _is_another_date(line, day, zone)
        case _:
            assert_never(field)


def _is_another_name(line: PrintedLine, name: str) -> bool:
    """Say whether a line is surely another name, and not more or less of this one, or this one misread."""
    spelled = {each.replace("<", " ") for each in transliterations(line.text)}
    ours = {_bare(each) for each in name.split()}
    for each in spelled:
        theirs = {_bare(word) for word in each.split()}
        if theirs <= ours or ours <= theirs or _bare(each) == _bare(name):
            return False
    return all(_is_another(each, name, line.confidence) for each in spelled)


def _bare(name: str) -> str:
    """Reduce a spelling to what is left when marks are not read: of UE, UXX and U, U; no letter twice."""
    for spelled, bare in (("NXX", "N"), ("UXX", "U"), ("AE", "A"), ("OE", "O"), ("UE", "U")):
        name = name.replace(spelled, bare)
    return re.sub(r"(.)\1+", r"\1", name.replace(" ", ""))


def _is_another_date(line: PrintedLine, day: date, zone: ZoneFields) -> bool:
    dates = whole_date(line.text)
    if any(other is not None and _any_is(dates, other) for other in (zone.born_on, zone.expires_on)):
        return False
    return all(_is_another(_digits(each), _digits_of(day, each), line.confidence) for each in dates)


def _digits(printed: PrintedDate) -> str:
    return f"{printed.day:02d}{printed.month:02d}{printed.year:02d}"


def _digits_of(day: date, like: PrintedDate) -> str:
    return f"{day:%d%m}{day.year if like.year > 99 else day.year % 100:02d}"  # noqa: PLR2004 -- two digits


def _is_another(printed: str, ours: str, confidence: float) -> bool:
    """Say whether a reading is too sure and too unlike to be a misreading of ours."""
    if confidence < SURE or _is_left_of(printed, ours) or _is_left_of(ours, printed):
        return False
    if printed.translate(_ALIKE) == ours.translate(_ALIKE):
        return False
    return confidence >= VERY_SURE or _changes(printed, ours) > 1


def _is_left_of(some: str, every: str) -> bool:
    """Say whether one text is what is left of another when characters are lost: readers lose them surely."""
    rest = iter(every)
    return all(each in rest for each in some)


def _changes(one: str, other: str) -> int:
    """Count the characters to change, add or take away to make one text of the other (Levenshtein)."""
    row = list(range(len(other) + 1))
    for down, mine in enumerate(one, start=1):
        last, row[0] = row[0], down
        for across, yours in enumerate(other, start=1):
            last, row[across] = row[across], min(row[across] + 1, row[across - 1] + 1, last + (mine != yours))
    return row[-1]


def _form(number: str) -> str:
    return "".join("9" if each.isdigit() else "A" for each in number)
