"""A card's barcode is compared with zone and print field by field; other barcodes are only counted."""

from datetime import date

import pytest

from lineproof.decision.finding import Outcome
from lineproof.decision.reasons import ReasonCode
from lineproof.document.aamva import AamvaCard, parse_aamva
from lineproof.document.barcode import check_barcode, compare_barcode, fields_of, parse_contents
from lineproof.document.printed import Agreement, ZoneFields, compare_printed
from lineproof.document.printed_labels import PrintedField
from lineproof.document.printed_line import PrintedLine
from tests.fakes.aamva_card import a_barcode

SURNAME, GIVEN, NUMBER, BORN, EXPIRES = PrintedField


def a_card(**changes: str) -> AamvaCard:
    return parse_aamva(a_barcode(**changes))


def a_zone(**changes: object) -> ZoneFields:
    valid = {
        "surname": "SAMPLE",
        "given_names": "MICHAEL JOHN",
        "number": "T64235789",
        "born_on": date(1986, 6, 6),
        "expires_on": date(2034, 12, 10),
    }
    return ZoneFields(**valid | changes)  # type: ignore[arg-type]


def agreements(card: AamvaCard, zone: ZoneFields) -> dict[PrintedField, Agreement]:
    return {each.field: each.agreement for each in compare_barcode(card, zone)}


def test_barcode_and_zone_of_one_card_agree_in_every_field():
    assert agreements(a_card(), a_zone()) == dict.fromkeys(PrintedField, Agreement.AGREES)


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        (SURNAME, {"surname": "SIMPLE"}),
        (GIVEN, {"given_names": "MICHAEL"}),
        (NUMBER, {"number": "T64235780"}),
        (BORN, {"born_on": date(1988, 6, 6)}),
        (EXPIRES, {"expires_on": date(2035, 12, 10)}),
    ],
)
def test_field_that_was_altered_differs_and_no_other_does(field: PrintedField, changes: dict[str, object]):
    found = agreements(a_card(), a_zone(**changes))
    assert found == dict.fromkeys(PrintedField, Agreement.AGREES) | {field: Agreement.DIFFERS}


def test_difference_says_what_stands_where():
    (number,) = (each for each in compare_barcode(a_card(), a_zone(number="X1")) if each.field is NUMBER)
    assert (number.on_page, number.in_zone) == ("T64235789", "X1")


@pytest.mark.parametrize(
    ("name", "in_zone"),
    [
        ("O'BRIEN", "OBRIEN"),
        ("SMITH-JONES", "SMITH JONES"),
        ("MÜLLER", "MUELLER"),
        ("PEÑA", "PENA"),
        ("BÉLANGER", "BELANGER"),
    ],
)
def test_name_agrees_as_the_zone_may_spell_it(name: str, in_zone: str):
    assert agreements(a_card(DCS=name), a_zone(surname=in_zone))[SURNAME] is Agreement.AGREES


def test_signs_between_the_digits_of_a_number_say_nothing():
    assert agreements(a_card(DAQ="T6423-57 89"), a_zone())[NUMBER] is Agreement.AGREES


def test_name_that_the_barcode_cut_short_agrees_with_the_whole():
    zone = a_zone(given_names="MICHAEL JOHN PAUL")
    assert agreements(a_card(DAD="JO", DDG="T"), zone)[GIVEN] is Agreement.AGREES
    assert agreements(a_card(DAD="JO"), zone)[GIVEN] is Agreement.DIFFERS


def test_name_that_the_zone_cut_short_agrees_with_the_whole():
    assert agreements(a_card(), a_zone(given_names="MICHAEL J"))[GIVEN] is Agreement.DIFFERS
    assert (
        agreements(a_card(), a_zone(given_names="MICHAEL J", name_truncated=True))[GIVEN] is Agreement.AGREES
    )


def test_cut_name_that_is_another_differs_all_the_same():
    card = a_card(DCS="SIMPLE", DDE="T")
    assert agreements(card, a_zone(name_truncated=True))[SURNAME] is Agreement.DIFFERS


def test_what_one_of_the_two_does_not_state_is_not_seen():
    found = agreements(a_card(DAC="NONE", DAD="NONE"), a_zone(born_on=None))
    assert found[GIVEN] is found[BORN] is Agreement.NOT_SEEN


def test_print_is_compared_with_the_barcode_where_there_is_no_zone():
    texts = ["SAMPLE", "MICHAEL JOHN", "T64235789", "06/06/1986", "12/10/2034"]
    lines = [PrintedLine(text, 0.99, 10, 40 * at, 300, 40 * at + 20) for at, text in enumerate(texts)]
    found = {each.field: each.agreement for each in compare_printed(fields_of(a_card()), lines)}
    assert found == dict.fromkeys(PrintedField, Agreement.AGREES)


def a_page_of(**changed: str) -> list[PrintedLine]:
    texts = {"surname": "SAMPLE", "given": "MICHAEL JOHN", "number": "T64235789", "born": "06/06/1986"}
    lines = [f"{label}: {text}" for label, text in ({**texts, **changed}).items()]
    return [PrintedLine(text, 0.99, 10, 40 * at, 300, 40 * at + 20) for at, text in enumerate(lines)]


@pytest.mark.parametrize(
    ("zone", "lines", "differing"),
    [
        ({}, [], 0),
        ({}, a_page_of(), 0),
        ({"number": "T11111111"}, a_page_of(), 1),
        (
            {},
            [
                PrintedLine("Date of birth", 0.99, 10, 10, 300, 30),
                PrintedLine("07 06 1985", 0.99, 10, 40, 300, 60),
            ],
            1,
        ),
        (
            {"born_on": date(1985, 6, 7)},
            [
                PrintedLine("Date of birth", 0.99, 10, 10, 300, 30),
                PrintedLine("07 06 1985", 0.99, 10, 40, 300, 60),
            ],
            1,
        ),
    ],
    ids=["no print", "all agree", "zone differs", "print differs", "zone and print differ in one field"],
)
def test_field_differs_that_differs_from_the_zone_or_from_the_print(zone, lines, differing):
    (finding,) = check_barcode(parse_contents([a_barcode()]), a_zone(**zone), lines)
    assert [measure.value for measure in finding.measures] == [differing]
    assert finding.outcome is (Outcome.INDETERMINATE if differing else Outcome.PASS)
    assert finding.reason is (ReasonCode.BARCODE_DIFFERS if differing else None)


def test_name_in_the_barcode_is_spelled_as_every_right_print_may_be():
    assert fields_of(a_card(DCS="MUÑOZ MÜLLER")).surname == "MUNOZ MULLER"


def test_barcodes_that_are_no_identity_format_are_counted_and_not_kept():
    secret = b"https://example.org/?token=secret"
    contents = parse_contents(
        [secret, a_barcode(), a_barcode(), a_barcode(DBB="0"), b"WIFI:S:home;P:secret;;"]
    )
    assert (len(contents.cards), contents.damaged, contents.unknown) == (1, 1, 2)
    assert "secret" not in repr(contents)


def test_two_cards_in_one_photograph_are_both_there():
    contents = parse_contents([a_barcode(), a_barcode(DAQ="OTHER1")])
    assert [card.number for card in contents.cards] == ["T64235789", "OTHER1"]
