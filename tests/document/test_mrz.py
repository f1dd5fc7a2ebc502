"""The machine readable zone of passports: ICAO Doc 9303 parts 3 and 4."""

import string
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineproof.document.mrz import (
    ALPHABET,
    TD3_LENGTH,
    Sex,
    Td3,
    allowed_td3,
    check_digit,
    is_blind_between,
    parse_td3,
)
from lineproof.errors import Malformed

VECTORS = Path(__file__).parents[1] / "vectors" / "mrz"
READ_ON = date(2026, 7, 1)

OUTCOMES = sorted([*VECTORS.glob("td3_valid_*.txt"), *VECTORS.glob("td3_bad_*.txt")])
WRONG_DIGITS = {
    "td3_bad_number_digit": ("document number", "composite"),
    "td3_bad_birth_digit": ("date of birth", "composite"),
    "td3_bad_expiry_digit": ("date of expiry", "composite"),
    "td3_bad_personal_number_digit": ("personal number", "composite"),
    "td3_bad_composite_digit": ("composite",),
    "td3_personal_number_digit_missing": ("personal number",),
}
REFUSED = sorted(
    {path.stem for path in VECTORS.glob("*.txt")} - {path.stem for path in OUTCOMES} - set(WRONG_DIGITS)
)


def lines_of(name: str) -> tuple[str, str]:
    """Read a vector."""
    first, second = (VECTORS / f"{name}.txt").read_text().splitlines()
    return first, second


def parsed(name: str, *, read_on: date = READ_ON) -> Td3:
    """Parse a vector."""
    return parse_td3(lines_of(name), read_on=read_on)


def failed(zone: Td3) -> tuple[str, ...]:
    """List the check digits that do not hold."""
    return tuple(field for field, holds in zone.check_digits if not holds)


def test_the_specimen_of_the_standard_is_read_field_by_field() -> None:
    zone = parsed("td3_valid_doc9303_specimen")
    assert (zone.document_code, zone.issuer, zone.nationality) == ("P", "UTO", "UTO")
    assert (zone.surname, zone.given_names, zone.name_truncated) == ("ERIKSSON", "ANNA MARIA", False)
    assert (zone.number, zone.personal_number, zone.sex) == ("L898902C3", "ZE184226B", Sex.FEMALE)
    assert (zone.born_on, zone.expires_on) == (date(1974, 8, 12), date(2012, 4, 15))
    assert zone.check_digits_valid


@pytest.mark.parametrize("name", [path.stem for path in OUTCOMES if path.stem.startswith("td3_valid_")])
def test_every_valid_zone_is_read_with_all_check_digits(name: str) -> None:
    assert parsed(name).check_digits_valid


@pytest.mark.parametrize("name", WRONG_DIGITS)
def test_a_wrong_check_digit_is_a_value_and_names_its_field(name: str) -> None:
    assert failed(parsed(name)) == WRONG_DIGITS[name]


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_a_passport_zone_is_refused_with_a_remedy(name: str) -> None:
    with pytest.raises(Malformed) as refusal:
        parsed(name)
    assert refusal.value.remedy


def test_a_smaller_format_is_refused_even_when_it_calls_itself_a_passport() -> None:
    """Four shortened passport lines once passed as TD2 by chance."""
    with pytest.raises(Malformed, match="exactly 44"):
        parsed("td2_with_document_code_p")


def test_a_visa_of_the_same_shape_is_not_a_passport() -> None:
    with pytest.raises(Malformed, match="document code"):
        parsed("visa_document_code_v")


def test_one_line_or_three_are_not_a_zone() -> None:
    first, second = lines_of("td3_valid_doc9303_specimen")
    for lines in [(first,), (first, second, second)]:
        with pytest.raises(Malformed):
            parse_td3(lines, read_on=READ_ON)


def test_no_message_repeats_what_the_document_says() -> None:
    for name in REFUSED:
        with pytest.raises(Malformed) as refusal:
            parsed(name)
        assert "ERIKSSON" not in str(refusal.value).upper()


def test_a_name_that_fills_its_field_may_be_truncated() -> None:
    assert parsed("td3_valid_name_fills_field").name_truncated


def test_a_holder_with_one_name_has_no_given_names() -> None:
    zone = parsed("td3_valid_surname_only")
    assert (zone.surname, zone.given_names) == ("ARKFREITH", "")


def test_fillers_of_a_one_letter_state_are_dropped() -> None:
    zone = parsed("td3_valid_german_issuer_one_letter")
    assert (zone.issuer, zone.nationality) == ("D", "D")


@pytest.mark.parametrize("name", ["td3_valid_birth_day_unknown", "td3_valid_birth_wholly_unknown"])
def test_a_partly_unknown_date_of_birth_is_no_date(name: str) -> None:
    assert parsed(name).born_on is None


@pytest.mark.parametrize(
    ("read_on", "born_on"),
    [
        (date(2074, 8, 11), date(1974, 8, 12)),
        (date(2074, 8, 12), date(2074, 8, 12)),
        (date(1999, 1, 1), date(1974, 8, 12)),
    ],
)
def test_nobody_is_born_after_the_reading(read_on: date, born_on: date) -> None:
    assert parsed("td3_valid_doc9303_specimen", read_on=read_on).born_on == born_on


@pytest.mark.parametrize(
    ("read_on_year", "expiry_year"), [(1982, 2012), (1981, 1912), (2026, 2012), (2082, 2112)]
)
def test_an_expiry_is_at_most_thirty_years_ahead_and_else_past(read_on_year: int, expiry_year: int) -> None:
    zone = parsed("td3_valid_doc9303_specimen", read_on=date(read_on_year, 1, 1))
    assert zone.expires_on.year == expiry_year


def test_check_digits_are_those_of_the_standard() -> None:
    """Doc 9303-3, 4.9 and its appendix A."""
    assert check_digit("520727") == "3"
    assert check_digit("AB2134<<<") == "5"
    assert check_digit("HA672242<658022549601086<<<<<<<<<<<<<<0") == "8"
    assert check_digit("") == "0"


def test_a_check_digit_of_foreign_characters_does_not_exist() -> None:
    for text in ("abc", "Ä", "1 2", "²"):
        with pytest.raises(Malformed):
            check_digit(text)


@given(st.text(alphabet=sorted(ALPHABET), max_size=44), st.data())
def test_a_check_digit_misses_exactly_the_blind_pairs(text: str, data: st.DataObject) -> None:
    """G and 6, L and 1, U and 0 differ by ten: their exchange is never seen, any other single one is."""
    if not text:
        return
    at = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.sampled_from(sorted(ALPHABET)))
    changed = text[:at] + other + text[at + 1 :]
    assert (check_digit(changed) == check_digit(text)) == is_blind_between(text[at], other)


def test_the_pairs_that_readers_confuse_are_blind() -> None:
    assert all(is_blind_between(*pair) for pair in ("G6", "L1", "U0"))
    assert not any(is_blind_between(*pair) for pair in ("O0", "B8", "S5", "Z2", "D0", "I1"))


def test_the_grammar_gives_every_position_its_characters() -> None:
    letters = frozenset(string.ascii_uppercase + "<")
    assert all(allowed_td3(0, position) == letters for position in range(TD3_LENGTH))
    assert allowed_td3(1, 0) == ALPHABET
    assert allowed_td3(1, 9) == frozenset(string.digits)
    assert allowed_td3(1, 20) == frozenset("MF<")
    assert allowed_td3(1, 43) == frozenset(string.digits)
    with pytest.raises(KeyError):
        allowed_td3(1, TD3_LENGTH)


@given(st.text(max_size=50), st.text(max_size=50))
def test_any_text_is_parsed_or_refused(first: str, second: str) -> None:
    with pytest.raises(Malformed):
        parse_td3((first, second), read_on=READ_ON)


@given(st.data())
def test_any_zone_of_the_grammar_is_parsed_or_refused(data: st.DataObject) -> None:
    first, second = (
        "".join(data.draw(st.sampled_from(sorted(allowed_td3(line, at)))) for at in range(TD3_LENGTH))
        for line in (0, 1)
    )
    try:
        zone = parse_td3((first, second), read_on=data.draw(st.dates(date(1980, 1, 1), date(2200, 1, 1))))
    except Malformed:
        return
    assert len(zone.check_digits) == 5
