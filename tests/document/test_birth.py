"""Whether the holder of a document is old enough, at both sides of the birthday."""

from datetime import date

import pytest

from lineproof.decision.applicants import MinorTerms
from lineproof.decision.finding import Check, Outcome
from lineproof.decision.reasons import CATALOGUE, ReasonCode
from lineproof.document.birth import came_of_age, check_adult

EIGHTEEN = MinorTerms(18)


@pytest.mark.parametrize(
    ("born_on", "birthday"),
    [
        (date(2008, 7, 1), date(2026, 7, 1)),
        (date(2008, 2, 29), date(2026, 3, 1)),
        (date(2006, 2, 29 - 1), date(2024, 2, 28)),
        (date(2010, 12, 31), date(2028, 12, 31)),
    ],
)
def test_full_age_begins_with_the_birthday(born_on: date, birthday: date):
    assert came_of_age(born_on, years=18) == birthday
    before = date.fromordinal(birthday.toordinal() - 1)
    assert check_adult(born_on, EIGHTEEN, on=birthday).outcome is Outcome.PASS
    found = check_adult(born_on, EIGHTEEN, on=before)
    assert (found.outcome, found.reason) == (Outcome.INDETERMINATE, ReasonCode.GUARDIAN_NEEDED)


def test_who_is_born_on_a_leap_day_has_the_day_itself_where_the_year_has_it():
    assert came_of_age(date(2008, 2, 29), years=20) == date(2028, 2, 29)


def test_birth_that_is_not_wholly_known_is_for_people():
    found = check_adult(None, EIGHTEEN, on=date(2026, 7, 1))
    assert (found.check, found.outcome) == (Check.ADULT_BY_DOCUMENT, Outcome.INDETERMINATE)
    assert found.reason is ReasonCode.BIRTH_NOT_KNOWN


@pytest.mark.parametrize("born_on", [None, date(2026, 7, 1), date(2025, 1, 1), date(1926, 7, 1)])
def test_it_never_fails(born_on: date | None):
    assert check_adult(born_on, EIGHTEEN, on=date(2026, 7, 1)).outcome is not Outcome.FAIL


def test_reason_says_to_come_with_a_guardian_and_in_whose_name_the_line_is_then():
    remedy = CATALOGUE[ReasonCode.GUARDIAN_NEEDED].remedy
    assert "parent or guardian" in remedy
    assert "in their name" in remedy
