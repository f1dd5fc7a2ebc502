"""Whether the printed fields agree with the zone: sure agreement, sure difference, and all between."""

# ruff: noqa: RUF001 -- letters that look like other letters are the subject

from dataclasses import replace
from datetime import date

import pytest

from lineproof.decision.finding import Check, Outcome
from lineproof.decision.reasons import ReasonCode
from lineproof.document.fields import IdentityDocument
from lineproof.document.printed import (
    MOST_LINES,
    SURE,
    VERY_SURE,
    Agreement,
    FieldComparison,
    ZoneFields,
    all_agree,
    check_printed,
    compare_printed,
    zone_fields,
)
from lineproof.document.printed_dates import dates_in, whole_date
from lineproof.document.printed_labels import PrintedField, is_label, label_in
from lineproof.document.printed_line import PrintedLine

ZONE = ZoneFields(
    surname="ERIKSSON",
    given_names="ANNA MARIA",
    number="L898902C3",
    born_on=date(1974, 8, 12),
    expires_on=date(2032, 4, 15),
    personal_number="ZE184226B",
)
# Label, value, left edge and upper edge: as a passport prints them, eight pixels to the millimetre.
ENTRIES = {
    PrintedField.NUMBER: ("Passport No./Passeport No", "L898902C3", 680, 130),
    PrintedField.SURNAME: ("Surname/Nom", "ERIKSSON", 360, 195),
    PrintedField.GIVEN_NAMES: ("Given names/Prénoms", "ANNA MARIA", 360, 257),
    PrintedField.BORN_ON: ("Date of birth/Date de naissance", "12 AUG/AOÛT 1974", 360, 382),
    PrintedField.EXPIRES_ON: ("Date of expiry/Date d'expiration", "15 APR/AVR 2032", 680, 445),
}
OTHERS = (("Date of issue/Date de délivrance", "16 APR/AVR 2022", 360, 445), ("Sex/Sexe", "F", 590, 382))


def a_line(
    text: str, left: float, top: float, *, height: float = 27, confidence: float = 0.99
) -> PrintedLine:
    """Place a line: about as wide as it is printed."""
    return PrintedLine(text, confidence, left, top, left + 0.55 * height * len(text), top + height)


def an_entry(label: str, value: str, left: float, top: float, confidence: float = 0.99) -> list[PrintedLine]:
    """Place a label and its value below."""
    return [a_line(label, left, top, height=15), a_line(value, left, top + 17, confidence=confidence)]


def a_page(
    values: dict[PrintedField, str] | None = None,
    *,
    confidence: float = 0.99,
    without_labels: bool = False,
) -> list[PrintedLine]:
    """Print a page that agrees with ZONE but for the values given; None of a value leaves it out."""
    lines: list[PrintedLine] = []
    for field, (label, value, left, top) in ENTRIES.items():
        printed = an_entry(label, (values or {}).get(field, value), left, top, confidence)
        lines += printed[1:] if without_labels else printed
    for label, value, left, top in OTHERS:
        lines += an_entry(label, value, left, top)
    return [line for line in lines if line.text]


def became(field: PrintedField, lines: list[PrintedLine], zone: ZoneFields = ZONE) -> Agreement:
    """Say what became of one field."""
    (compared,) = (each for each in compare_printed(zone, lines) if each.field is field)
    return compared.agreement


def test_page_that_says_what_its_zone_says_agrees_in_every_field():
    assert [each.agreement for each in compare_printed(ZONE, a_page())] == [Agreement.AGREES] * 5
    assert all_agree(ZONE, a_page())
    assert {finding.outcome for finding in check_printed(ZONE, a_page())} == {Outcome.PASS}


def test_agreement_needs_no_labels():
    assert all_agree(ZONE, a_page(without_labels=True))


@pytest.mark.parametrize(
    ("field", "printed", "in_zone"),
    [
        (PrintedField.NUMBER, "K123456D7", "L898902C3"),
        (PrintedField.NUMBER, "L898903C3", "L898902C3"),
        (PrintedField.SURNAME, "NORDQVAST", "ERIKSSON"),
        (PrintedField.GIVEN_NAMES, "MALLORY", "ANNA MARIA"),
        (PrintedField.BORN_ON, "12 AUG 1984", "1974-08-12"),
        (PrintedField.BORN_ON, "13.08.1974", "1974-08-12"),
        (PrintedField.EXPIRES_ON, "15 APR/AVR 2033", "2032-04-15"),
    ],
)
def test_value_read_surely_under_its_label_that_the_zone_does_not_say_differs(
    field: PrintedField, printed: str, in_zone: str
):
    compared = compare_printed(ZONE, a_page({field: printed}))
    assert [each for each in compared if each.agreement is not Agreement.AGREES] == [
        FieldComparison(field, Agreement.DIFFERS, printed, in_zone)
    ]


@pytest.mark.parametrize(
    ("field", "printed"),
    [
        (PrintedField.NUMBER, "K123456D7"),
        (PrintedField.SURNAME, "NORDQVAST"),
        (PrintedField.BORN_ON, "12 AUG 1984"),
    ],
)
def test_unsure_reading_makes_no_difference(field: PrintedField, printed: str):
    assert became(field, a_page({field: printed}, confidence=SURE - 0.01)) is Agreement.NOT_SEEN


def test_one_character_makes_a_difference_only_where_it_is_read_very_surely():
    page = {PrintedField.NUMBER: "L898903C3"}
    assert became(PrintedField.NUMBER, a_page(page, confidence=VERY_SURE - 0.01)) is Agreement.NOT_SEEN
    assert became(PrintedField.NUMBER, a_page(page, confidence=VERY_SURE)) is Agreement.DIFFERS


@pytest.mark.parametrize("printed", ["L89B902C3", "1898902C3", "L89890C3", "L898902C", "IL898902C3"])
def test_what_readers_confuse_or_lose_makes_no_difference(printed: str):
    assert became(PrintedField.NUMBER, a_page({PrintedField.NUMBER: printed})) is Agreement.NOT_SEEN


def test_unsure_reading_that_agrees_exactly_agrees():
    assert all_agree(ZONE, a_page(confidence=0.3))


@pytest.mark.parametrize("field", list(PrintedField))
def test_value_that_is_not_on_the_page_is_not_seen(field: PrintedField):
    page = a_page({field: ""})
    assert became(field, page) is Agreement.NOT_SEEN
    assert [e.agreement for e in compare_printed(ZONE, page)].count(Agreement.AGREES) == 4


@pytest.mark.parametrize("field", [PrintedField.SURNAME, PrintedField.BORN_ON, PrintedField.EXPIRES_ON])
def test_other_value_without_a_label_is_not_taken_for_the_fields(field: PrintedField):
    other = {PrintedField.SURNAME: "NORDQVAST"}.get(field, "01 JAN 2001")
    assert became(field, a_page({field: other}, without_labels=True)) is Agreement.NOT_SEEN


def test_only_text_with_the_form_of_the_number_needs_no_label():
    page = a_page({PrintedField.NUMBER: "K123456D7"}, without_labels=True)
    assert became(PrintedField.NUMBER, page) is Agreement.DIFFERS
    two = [*page, a_line("M765432E1", 680, 300)]
    assert became(PrintedField.NUMBER, two) is Agreement.NOT_SEEN
    other_form = a_page({PrintedField.NUMBER: "123456789"}, without_labels=True)
    assert became(PrintedField.NUMBER, other_form) is Agreement.NOT_SEEN


def test_personal_number_is_not_taken_for_the_number():
    page = a_page({PrintedField.NUMBER: ZONE.personal_number})
    assert became(PrintedField.NUMBER, page) is Agreement.NOT_SEEN


def test_date_of_the_other_field_under_a_label_is_a_matter_of_layout():
    page = a_page({PrintedField.BORN_ON: "15 APR 2032"})
    assert became(PrintedField.BORN_ON, page) is Agreement.NOT_SEEN


def test_two_dates_under_one_label_leave_a_choice_and_no_difference():
    page = [*a_page({PrintedField.BORN_ON: "01 JAN 2001"}), a_line("02 FEB 2002", 365, 425)]
    assert became(PrintedField.BORN_ON, page) is Agreement.NOT_SEEN


def test_label_below_its_value_takes_no_value_of_the_next_row():
    page = [
        a_line("1Z AUG 1974", 360, 100, confidence=0.4),
        a_line("03 MAR 2003", 360, 101),
        a_line("Date of birth", 360, 128, height=15),
        a_line("16 APR 2022", 360, 170),
    ]
    assert became(PrintedField.BORN_ON, page) is Agreement.NOT_SEEN


def test_value_right_of_its_label_is_its_value():
    page = [a_line("Date of birth", 40, 100, height=20), a_line("01 JAN 2001", 220, 98)]
    assert became(PrintedField.BORN_ON, page) is Agreement.DIFFERS


@pytest.mark.parametrize(
    "printed",
    ["ERIKSSON, ANNA MARIA", "ANNA MARIA ERIKSSON", "Eriksson Anna-Maria", "ЭРИКССОН/ERIKSSON"],
)
def test_surname_beside_other_names_or_another_script_agrees(printed: str):
    assert became(PrintedField.SURNAME, [a_line(printed, 100, 100)]) is Agreement.AGREES


@pytest.mark.parametrize(
    ("printed", "surname"), [("WBWGEFOKOWPPXLA", "WBWGEFOKO WPPXLA"), ("VANDER MEER", "VAN DER MEER")]
)
def test_name_agrees_whose_spaces_were_lost_in_reading(printed: str, surname: str):
    page = a_page({PrintedField.SURNAME: printed})
    assert became(PrintedField.SURNAME, page, replace(ZONE, surname=surname)) is Agreement.AGREES


@pytest.mark.parametrize(
    "printed", ["12081974", "1208 1974", "X12081974", "12.08 1974", "19740812", "08121974"]
)
def test_date_agrees_whose_spaces_were_lost_in_reading_but_means_no_day_by_itself(printed: str):
    assert became(PrintedField.BORN_ON, a_page({PrintedField.BORN_ON: printed})) is Agreement.AGREES
    assert not dates_in("12081974")


@pytest.mark.parametrize("printed", ["120819745", "12081975", "1208197", "12 08", "K12089174"])
def test_figures_that_are_not_the_day_do_not_agree(printed: str):
    assert became(PrintedField.BORN_ON, a_page({PrintedField.BORN_ON: printed})) is not Agreement.AGREES


def test_name_on_two_lines_agrees():
    zone = replace(ZONE, given_names="ANNA MARIA JOSEPHINA")
    page = [a_line("ANNA MARIA", 360, 274), a_line("JOSEPHINA", 362, 303)]
    assert became(PrintedField.GIVEN_NAMES, page, zone) is Agreement.AGREES


def test_label_and_value_in_one_line_agree():
    page = [a_line("Surname: ERIKSSON", 10, 10), a_line("Given names ANNA MARIA", 10, 50)]
    assert became(PrintedField.SURNAME, page) is Agreement.AGREES
    assert became(PrintedField.GIVEN_NAMES, page) is Agreement.AGREES


@pytest.mark.parametrize(
    ("printed", "zone", "agreement"),
    [
        ("MÜLLER", "MUELLER", Agreement.AGREES),
        ("Müller", "MULLER", Agreement.AGREES),
        ("MULLER", "MUELLER", Agreement.NOT_SEEN),  # the marks may not have been read
        ("ERIKSSON SVENSSON", "ERIKSSON", Agreement.NOT_SEEN),  # more of the name is printed
        ("DR ERIKSSON", "ERIKSSON", Agreement.NOT_SEEN),
        ("ERIKSEN", "ERIKSSON", Agreement.DIFFERS),
        ("ИВАНОВ", "IVANOV", Agreement.AGREES),
        ("ΠΑΠΑΣ", "PAPAS", Agreement.NOT_SEEN),  # no table spells Greek
    ],
)
def test_name_agrees_in_every_right_spelling_and_differs_in_none_that_is_near(
    printed: str, zone: str, agreement: Agreement
):
    page = an_entry("Surname", printed, 360, 195)
    assert became(PrintedField.SURNAME, page, replace(ZONE, surname=zone)) is agreement


def test_cut_name_agrees_with_the_whole_one_and_never_differs():
    zone = replace(ZONE, surname="WOOLOOMOOLOO", given_names="DINGO P", name_truncated=True)
    page = an_entry("Given names", "DINGO POTOROO", 360, 257)
    assert became(PrintedField.GIVEN_NAMES, page, zone) is Agreement.AGREES
    other = an_entry("Given names", "MALLORY", 360, 257)
    assert became(PrintedField.GIVEN_NAMES, other, zone) is Agreement.NOT_SEEN
    assert became(PrintedField.GIVEN_NAMES, page, replace(zone, name_truncated=False)) is not Agreement.AGREES


def test_name_in_two_scripts_under_one_label_makes_no_difference():
    # Cyrillic capitals look Latin: a reader of Latin letters is sure of them, and wrong.
    page = [*an_entry("Surname", "BAXOB", 360, 195), a_line("VAKH0V", 360, 240, confidence=0.5)]
    assert became(PrintedField.SURNAME, page, replace(ZONE, surname="VAKHOV")) is Agreement.NOT_SEEN


@pytest.mark.parametrize(
    ("printed", "zone"),
    [
        ("L 898902 C3", "L898902C3"),
        ("No L898902C3", "L898902C3"),
        ("AB-123.456", "AB123456"),
        ("AB 12", "AB<12"),
        ("J66G60EX4", "J66G6OEX4"),
        ("FV00MY8XS", "FV0OMY8XS"),
        ("1163F82", "II63F82"),
    ],
)
def test_number_agrees_however_it_is_spaced_and_whichever_of_o_and_0_is_read(printed: str, zone: str):
    page = [a_line(printed, 10, 10)]
    assert became(PrintedField.NUMBER, page, replace(ZONE, number=zone)) is Agreement.AGREES


def test_field_that_the_zone_does_not_give_is_asked_of_no_page():
    zone = replace(ZONE, born_on=None, given_names="")
    page = a_page({PrintedField.BORN_ON: "01 JAN 2001", PrintedField.GIVEN_NAMES: ""})
    assert became(PrintedField.BORN_ON, page, zone) is Agreement.NOT_SEEN
    assert all_agree(zone, page)
    assert {finding.outcome for finding in check_printed(zone, page)} == {Outcome.PASS}


def test_difference_is_for_a_person_and_never_a_fail():
    page = a_page({PrintedField.BORN_ON: "12 AUG 1984", PrintedField.EXPIRES_ON: "", PrintedField.NUMBER: ""})
    findings = {each.check: each for each in check_printed(ZONE, page)}
    dates = findings[Check.PRINTED_DATES_AGREE]
    assert (dates.outcome, dates.reason) == (Outcome.INDETERMINATE, ReasonCode.PRINTED_FIELDS_DIFFER)
    number = findings[Check.PRINTED_NUMBER_AGREES]
    assert (number.outcome, number.reason) == (Outcome.INDETERMINATE, ReasonCode.PRINTED_FIELDS_NOT_READ)
    assert findings[Check.PRINTED_NAME_AGREES].outcome is Outcome.PASS


def test_empty_page_leaves_every_check_open():
    assert {each.reason for each in check_printed(ZONE, [])} == {ReasonCode.PRINTED_FIELDS_NOT_READ}


def test_more_lines_than_a_document_has_are_not_looked_at():
    page = [a_line(f"LINE{'X' * (at % 20)}", 10, 40 * at) for at in range(MOST_LINES)] + a_page()
    assert not any(each.agreement is Agreement.AGREES for each in compare_printed(ZONE, page))


def test_fields_of_a_document_are_those_of_its_zone():
    document = IdentityDocument(
        kind="P", issuer="UTO", number=ZONE.number, surname=ZONE.surname, given_names=ZONE.given_names,
        nationality="UTO", born_on=ZONE.born_on, sex="F", expires_on=ZONE.expires_on,
        personal_number=ZONE.personal_number,
    )  # fmt: skip
    assert zone_fields(document, name_truncated=False) == ZONE
    assert zone_fields(document, name_truncated=True) == replace(ZONE, name_truncated=True)


@pytest.mark.parametrize(
    "printed",
    [
        *("12 AUG 1974", "12AUG1974", "12.08.1974", "12/08/74", "12-08-1974", "1974-08-12", "12 08 1974"),
        *("12 AUG/AOUT 74", "12 AUG / AOÛT 1974", "12 août 1974", "12 de agosto de 1974", "12. August 1974"),
        *("12 agosto 1974", "12 augustus 1974", "12 sierpnia 1974", "12 SIE/AUG 1974", "12 Ağustos 1974"),
        *("12 августа 1974", "12 srpen 1974", "August 12, 1974", "1974 AUG 12", "Date of birth 12 AUG 1974"),
    ],
)
def test_date_is_understood_in_this_form(printed: str):
    assert any(each.may_be(date(1974, 8, 12)) for each in dates_in(printed))


@pytest.mark.parametrize(
    "printed", ["31 FEB 1999", "12 XYZ 1974", "1O MAR 2034", "12 1974", "0 AUG 1974", "", "PORT"]
)
def test_text_that_is_no_date_means_no_day(printed: str):
    assert dates_in(printed) == frozenset()


def test_date_may_mean_two_days_and_a_short_year_any_century():
    assert {(each.day, each.month) for each in dates_in("08/12/1974")} == {(8, 12), (12, 8)}
    (short,) = dates_in("29 FEB 00")
    assert short.may_be(date(2000, 2, 29))
    assert not short.may_be(date(2001, 3, 1))
    # Polish for November, Croatian for October: a word that begins the names of several months means each.
    assert {each.month for each in dates_in("01 JU 1974")} == set()
    assert {each.month for each in dates_in("01 JUI 1974")} == {6, 7}


def test_date_among_other_words_is_no_whole_date():
    assert whole_date("12 AUG 1974")
    assert not whole_date("Date of birth 12 AUG 1974")


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("Surname/Nom", PrintedField.SURNAME),
        ("Name/Surname/Nom", PrintedField.SURNAME),
        ("Soyadı / Surname", PrintedField.SURNAME),
        ("Фамилия", PrintedField.SURNAME),
        ("Vornamen/Given names/Prénoms", PrintedField.GIVEN_NAMES),
        ("Passport No./Passeport N°", PrintedField.NUMBER),
        ("Dateofbirth/Dies natalis", PrintedField.BORN_ON),
        ("Data urodzenia", PrintedField.BORN_ON),
        ("Gültig bis/Date of expiry", PrintedField.EXPIRES_ON),
        ("Срок действия", PrintedField.EXPIRES_ON),
        ("Nom de naissance", None),
        ("Sex/Sexe Place of birth/Lieu de naissance", None),
        ("Date of issue/Datum", None),
        ("Date of birth Date of expiry", None),
        ("Personal No.", None),
        ("ERIKSSON", None),
    ],
)
def test_label_says_of_which_field_it_is_or_nothing(text: str, field: PrintedField | None):
    assert label_in(text) is field


def test_label_of_no_field_of_ours_is_still_a_label():
    assert is_label("Place of birth")
    assert not is_label("ERIKSSON")
