"""Does the barcode of a card agree with its machine readable zone, or with what is printed on it?

The same holder, number and dates stand in all of them, and who alters a card seldom alters all alike.
Nothing in the barcodes known here is signed, so agreement shows that the card is consistent, not that it is
genuine; a difference is for a person to look at, never a fail by machine.

A barcode whose content is of no known identity format is counted and dropped: a QR code could hold anything,
and what it holds is shown and kept nowhere.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import assert_never

from lineproof.decision.finding import Check, Finding, Measure, Measured, indeterminate, passed
from lineproof.decision.reasons import ReasonCode
from lineproof.document.aamva import AamvaCard, Truncation, is_aamva, parse_aamva
from lineproof.document.printed import Agreement, FieldComparison, ZoneFields, compare_printed
from lineproof.document.printed_labels import PrintedField
from lineproof.document.printed_line import PrintedLine
from lineproof.document.transliteration import may_be_cut_from, may_be_spelled, transliterations
from lineproof.errors import Malformed


@dataclass(frozen=True, slots=True)
class BarcodeContents:
    """What the barcodes of one photograph hold.

    cards: those that could be parsed, each once. damaged: how many claim a known format and are not of it.
    unknown: how many hold anything else.
    """

    cards: tuple[AamvaCard, ...]
    damaged: int
    unknown: int


def parse_contents(contents: Iterable[bytes]) -> BarcodeContents:
    """Parse what can be parsed of the contents of barcodes, and count the rest."""
    cards: list[AamvaCard] = []
    damaged = unknown = 0
    for content in contents:
        if not is_aamva(content):
            unknown += 1
            continue
        try:
            card = parse_aamva(content)
        except Malformed:
            damaged += 1
            continue
        # Some cards carry the same symbol twice.
        if card not in cards:
            cards.append(card)
    return BarcodeContents(tuple(cards), damaged, unknown)


def compare_barcode(card: AamvaCard, zone: ZoneFields) -> tuple[FieldComparison, ...]:
    """Compare each field of a card's barcode with its zone, in the order of PrintedField.

    NOT_SEEN where one of the two does not state the field. For a difference, on_page is what the barcode
    says.
    """
    return tuple(_compare(field, card, zone) for field in PrintedField)


def check_barcode(
    contents: BarcodeContents, zone: ZoneFields, lines: Sequence[PrintedLine]
) -> tuple[Finding, ...]:
    """Check that a card's barcode agrees with its zone and its print; pass or indeterminate, never fail.

    lines: of print; none where none was read. A field differs that differs from one of the two.

    No finding at all where no barcode of a known format was seen: most documents have none. Two different
    cards, or one that claims a known format and is not of it, are as good as not read.
    """
    if not contents.cards and not contents.damaged:
        return ()
    if len(contents.cards) != 1 or contents.damaged:
        return (indeterminate(Check.BARCODE_AGREES, ReasonCode.BARCODE_NOT_READ),)
    (card,) = contents.cards
    compared = compare_barcode(card, zone)
    both = (*compared, *compare_printed(fields_of(card), lines))
    differing = len({each.field for each in both if each.agreement is Agreement.DIFFERS})
    measure = Measure(Measured.FIELDS_DIFFERING, differing)
    if differing:
        return (indeterminate(Check.BARCODE_AGREES, ReasonCode.BARCODE_DIFFERS, measure),)
    if all(each.agreement is Agreement.NOT_SEEN for each in compared):
        return (indeterminate(Check.BARCODE_AGREES, ReasonCode.BARCODE_NOT_READ, measure),)
    return (passed(Check.BARCODE_AGREES, measure),)


def fields_of(card: AamvaCard) -> ZoneFields:
    """Give a barcode's fields as a zone would state them, to be compared with what is printed.

    A name that cannot be spelled in a zone's letters is left empty, and so compared with nothing.
    """
    return ZoneFields(
        surname=_spelled(card.surname),
        given_names=_spelled(card.given_names),
        number=_compact(card.number),
        born_on=card.born_on,
        expires_on=card.expires_on,
        name_truncated=_may_be_cut(card.surname_truncated) or _may_be_cut(card.given_names_truncated),
    )


def _compare(field: PrintedField, card: AamvaCard, zone: ZoneFields) -> FieldComparison:
    in_barcode, in_zone = _stated(field, card, zone)
    if not in_barcode or not in_zone:
        return FieldComparison(field, Agreement.NOT_SEEN)
    if _agrees(field, card, zone):
        return FieldComparison(field, Agreement.AGREES)
    return FieldComparison(field, Agreement.DIFFERS, on_page=in_barcode, in_zone=in_zone)


def _stated(field: PrintedField, card: AamvaCard, zone: ZoneFields) -> tuple[str, str]:
    match field:
        case PrintedField.SURNAME:
            return card.surname, zone.surname
        case PrintedField.GIVEN_NAMES:
            return card.given_names, zone.given_names
        case PrintedField.NUMBER:
            return _compact(card.number), _compact(zone.number)
        case PrintedField.BORN_ON:
            return card.born_on.isoformat(), "" if zone.born_on is None else zone.born_on.isoformat()
        case PrintedField.EXPIRES_ON:
            return card.expires_on.isoformat(), zone.expires_on.isoformat()
        case _:
            assert_never(field)


def _agrees(field: PrintedField, card: AamvaCard, zone: ZoneFields) -> bool:
    match field:
        case PrintedField.SURNAME:
            cut = _may_be_cut(card.surname_truncated)
            return _names_agree(card.surname, zone.surname, barcode_cut=cut, zone_cut=zone.name_truncated)
        case PrintedField.GIVEN_NAMES:
            cut = _may_be_cut(card.given_names_truncated)
            return _names_agree(
                card.given_names, zone.given_names, barcode_cut=cut, zone_cut=zone.name_truncated
            )
        case PrintedField.NUMBER | PrintedField.BORN_ON | PrintedField.EXPIRES_ON:
            in_barcode, in_zone = _stated(field, card, zone)
            return in_barcode == in_zone
        case _:
            assert_never(field)


def _names_agree(in_barcode: str, in_zone: str, *, barcode_cut: bool, zone_cut: bool) -> bool:
    """Say whether a name in the barcode may be the zone's, either of them perhaps cut short."""
    if may_be_spelled(in_barcode, in_zone):
        return True
    spellings = [each.replace("<", " ") for each in transliterations(in_barcode)]
    if zone_cut and any(may_be_cut_from(in_zone, each) for each in spellings):
        return True
    return barcode_cut and any(may_be_cut_from(each, in_zone) for each in spellings)


def _may_be_cut(truncation: Truncation) -> bool:
    return truncation is not Truncation.NOT_TRUNCATED


def _spelled(name: str) -> str:
    """Choose the shortest spelling, without marks: every right way to print the name may be spelled so."""
    spelling = min(transliterations(name), key=lambda each: (len(each), each), default="")
    return spelling.replace("<", " ")


def _compact(number: str) -> str:
    return "".join(each for each in number if each.isalnum())
