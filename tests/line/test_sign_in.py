"""How often a code is asked for, and what somebody may type."""

from datetime import UTC, datetime, timedelta

import pytest

from lineproof.errors import Malformed, TooMany
from lineproof.line.sign_in import DocumentNumber, parse_code, refuse_too_many

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)


@pytest.mark.parametrize("typed", ["L898902C3", " l898902c3 ", "L898-902 C3", "L.898902/C3"])
def test_number_of_a_document_is_the_same_however_it_is_typed(typed: str):
    assert DocumentNumber.parse(typed) == DocumentNumber("L898902C3")


@pytest.mark.parametrize("typed", ["", "L8", "L898902C3<<", "\uff2c898902C3", "L" * 23, "L898'--", "٣٤٥٦"])
def test_what_no_document_has_is_refused(typed: str):
    with pytest.raises(Malformed, match="not the number of a document"):
        DocumentNumber.parse(typed)


def test_number_of_a_document_is_not_shown_where_it_is_printed_by_mistake():
    assert "L898902C3" not in repr(DocumentNumber("L898902C3"))


@pytest.mark.parametrize("typed", ["012345", " 012 345", "012-345"])
def test_code_is_its_digits(typed: str):
    assert parse_code(typed) == "012345"


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "12345a", "٠١٢٣٤٥"])
def test_what_is_no_code_is_refused(typed: str):
    with pytest.raises(Malformed, match="six digits"):
        parse_code(typed)


def test_it_may_be_asked_for_again_once_the_first_of_three_is_an_hour_ago():
    asked = [NOW - 59 * MINUTE, NOW - 30 * MINUTE, NOW - MINUTE]
    with pytest.raises(TooMany) as refused:
        refuse_too_many(asked[::-1], most=3, now=NOW)
    assert refused.value.retry_after_s == 60
    with pytest.raises(TooMany) as refused:
        refuse_too_many(asked, most=3, now=NOW + 60 * SECOND - timedelta(microseconds=1))
    assert refused.value.retry_after_s == 1
    refuse_too_many(asked, most=3, now=NOW + 60 * SECOND)


def test_of_many_askings_the_wait_is_until_enough_of_them_are_an_hour_ago():
    asked = [NOW - minutes * MINUTE for minutes in (50, 40, 30, 20)]
    with pytest.raises(TooMany) as refused:
        refuse_too_many(asked, most=3, now=NOW)
    assert refused.value.retry_after_s == 20 * 60
