"""Until when a visitor's line is registered, at both edges of each day."""

from datetime import UTC, date, datetime, timedelta

import pytest

from lineproof.decision.applicants import VisitorTerms
from lineproof.decision.clocks import Calendar, Term
from lineproof.line.clock import end_of_day, last_day
from lineproof.line.visit import ShownPapers, is_permit_over, longer, registered_until, remind_from

MANILA = Calendar("Asia/Manila", frozenset(range(7)), frozenset(), last_day_moves=False)
TERMS = VisitorTerms(frozenset({"PHL"}), Term.parse("30 days"), Term.parse("7 days"))
# The 1st of July, late in the evening in Manila, which is eight hours ahead.
NOW = datetime(2026, 7, 1, 14, 30, tzinfo=UTC)
FAR = date(2034, 3, 14)


def midnight(year: int, month: int, day: int) -> datetime:
    """Give the moment at which a day ends in Manila."""
    return datetime(year, month, day, 16, tzinfo=UTC)


def until(
    *, issuer: str = "UTO", expires_on: date = FAR, permit: date | None = None, now: datetime = NOW
) -> datetime | None:
    return registered_until(ShownPapers(issuer, expires_on, permit), TERMS, MANILA, now=now)


def test_term_counts_from_the_day_after_and_its_last_day_counts_whole():
    assert until() == midnight(2026, 7, 31)
    assert until(now=datetime(2026, 7, 1, 15, 59, tzinfo=UTC)) == midnight(2026, 7, 31)
    assert until(now=datetime(2026, 7, 1, 16, 0, tzinfo=UTC)) == midnight(2026, 8, 1)


def test_document_of_an_issuer_at_home_has_no_end():
    assert until(issuer="PHL", expires_on=date(2026, 7, 2), permit=date(2026, 7, 3)) is None


def test_policy_without_visitors_makes_no_difference():
    papers = ShownPapers("UTO", date(2026, 7, 2))
    assert registered_until(papers, None, MANILA, now=NOW) is None


@pytest.mark.parametrize(
    ("expires_on", "ends"),
    [
        (date(2026, 7, 30), midnight(2026, 7, 30)),
        (date(2026, 7, 31), midnight(2026, 7, 31)),
        (date(2026, 8, 1), midnight(2026, 7, 31)),
    ],
)
def test_no_line_is_registered_for_longer_than_its_document_is_in_date(expires_on: date, ends: datetime):
    assert until(expires_on=expires_on) == ends


@pytest.mark.parametrize(
    ("permit", "ends"),
    [
        (date(2026, 7, 1), midnight(2026, 7, 1)),
        (date(2026, 7, 30), midnight(2026, 7, 30)),
        (date(2028, 2, 29), midnight(2028, 2, 29)),
        (date(2034, 3, 14), midnight(2034, 3, 14)),
        (date(2034, 3, 15), midnight(2034, 3, 14)),
    ],
)
def test_permit_takes_the_place_of_the_term_be_it_shorter_or_longer(permit: date, ends: datetime):
    assert until(permit=permit) == ends


def test_permit_is_good_to_the_end_of_its_last_day():
    assert not is_permit_over(date(2026, 7, 1), MANILA, now=midnight(2026, 7, 1) - timedelta(seconds=1))
    assert is_permit_over(date(2026, 7, 1), MANILA, now=midnight(2026, 7, 1))


def test_no_end_is_later_than_any():
    early, late = midnight(2026, 7, 1), midnight(2026, 7, 2)
    assert longer(early, late) == longer(late, early) == late
    assert longer(early, None) is longer(None, early) is longer(None, None) is None


def test_reminder_leaves_so_many_whole_days():
    assert remind_from(midnight(2026, 7, 31), TERMS, MANILA) == midnight(2026, 7, 24)


def test_whole_days_are_those_of_the_zone_also_where_a_clock_is_put_back():
    berlin = Calendar("Europe/Berlin", frozenset(range(7)), frozenset(), last_day_moves=False)
    ends = end_of_day(date(2026, 10, 28), berlin)
    assert ends == datetime(2026, 10, 28, 23, tzinfo=UTC)
    assert remind_from(ends, TERMS, berlin) == datetime(2026, 10, 21, 22, tzinfo=UTC)
    assert last_day(ends, berlin) == date(2026, 10, 28)
    assert last_day(ends + timedelta(microseconds=1), berlin) == date(2026, 10, 29)
