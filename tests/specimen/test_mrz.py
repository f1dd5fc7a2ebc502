"""Composed machine readable zones: ICAO Doc 9303-3 and 9303-4."""

from dataclasses import replace
from datetime import date

import pytest

from lineproof.errors import Malformed
from lineproof.specimen.document import PassportFields, compose_mrz, passport_fields
from lineproof.specimen.mrz import check_digit, transliterate

ERIKSSON = PassportFields(
    surname="Eriksson",
    given_names="Anna Maria",
    number="L898902C3",
    nationality="UTO",
    born_on=date(1974, 8, 12),
    sex="F",
    issued_on=date(2007, 4, 16),
    expires_on=date(2012, 4, 15),
    personal_number="ZE184226B",
)


def test_icaos_own_example_comes_out_letter_for_letter():
    assert compose_mrz(ERIKSSON) == (
        "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
        "L898902C36UTO7408122F1204159ZE184226B<<<<<10",
    )


def test_check_digit_of_the_standards_date_is_three():
    """ICAO Doc 9303-3, appendix A, example 1: 520727 has check digit 3."""
    assert check_digit("520727") == "3"


@pytest.mark.parametrize(
    ("printed", "written"),
    [
        ("O'Tarrin", "OTARRIN"),
        ("Penhallow-Ashdown", "PENHALLOW<ASHDOWN"),
        ("van der  Meer", "VAN<DER<MEER"),
        ("Söderlynd", "SOEDERLYND"),
        ("Weiß", "WEISS"),
        ("Cléo", "CLEO"),
        ("Ågren Łuk", "AAGREN<LUK"),
    ],
)
def test_names_are_written_as_the_standard_writes_them(printed: str, written: str):
    assert transliterate(printed) == written


def test_every_seed_gives_two_lines_of_44_with_another_number():
    zones = [compose_mrz(passport_fields(seed, today=date(2026, 1, 1))) for seed in range(60)]
    assert all(len(line) == 44 for zone in zones for line in zone)
    assert len({lower[:9] for _, lower in zones}) == 60


def test_long_name_is_cut_and_the_line_keeps_its_length():
    upper, _ = compose_mrz(replace(ERIKSSON, surname="Nilavadhanananda" * 2, given_names="Chayapa"))
    assert upper == "P<UTONILAVADHANANANDANILAVADHANANANDA<<CHAYA"


def test_missing_personal_number_leaves_fillers_and_no_check_digit():
    _, lower = compose_mrz(replace(ERIKSSON, personal_number=""))
    assert lower[28:43] == "<" * 15


def test_unstated_sex_is_a_filler():
    _, lower = compose_mrz(replace(ERIKSSON, sex="X"))
    assert lower[20] == "<"


@pytest.mark.parametrize(
    "wrong",
    [
        {"number": "TOOLONG123"},
        {"number": "AB 12"},
        {"nationality": "UTOPIA"},
        {"surname": "Иванов"},
        {"number": ""},
    ],
)
def test_entry_that_cannot_be_written_is_refused(wrong: dict[str, str]):
    with pytest.raises(Malformed):
        compose_mrz(replace(ERIKSSON, **wrong))


@pytest.mark.parametrize("seed", range(20))
def test_document_is_in_date_unless_asked_to_be_expired(seed: int):
    today = date(2026, 1, 1)
    valid, past = passport_fields(seed, today=today), passport_fields(seed, today=today, expired=True)
    assert valid.issued_on < today < valid.expires_on
    assert past.expires_on < today
    assert (valid.surname, valid.born_on) == (past.surname, past.born_on)
