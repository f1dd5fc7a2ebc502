"""Until when what is known is kept, to the second."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from lineproof.decision.clocks import Calendar, Term
from lineproof.decision.policy import Period
from lineproof.line.custody import Custody
from lineproof.line.retention import identity_kept_until, line_kept_until
from lineproof.terms import HolderId

ALICE = HolderId(uuid.uuid4())
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
FIRST_END, LAST_END = BEGAN + timedelta(days=10), BEGAN + timedelta(days=50, hours=3)


def a_custody(until: datetime | None = FIRST_END) -> Custody:
    """Build a custody that has ended, unless told otherwise."""
    return Custody(ALICE, BEGAN, until)


UTC_DAYS = Calendar("Etc/UTC", frozenset(range(7)), frozenset(), last_day_moves=False)


def line_end(custody: Custody, *, days: int, quarantine: str = "0 hours") -> datetime | None:
    return line_kept_until(custody, Period(days, "x"), quarantine=Term.parse(quarantine), calendar=UTC_DAYS)


@pytest.mark.parametrize("days", [0, 1, 36_525])
def test_line_is_kept_for_its_period_from_its_end(days: int):
    assert line_end(a_custody(), days=days) == FIRST_END + timedelta(days=days)


@pytest.mark.parametrize(("days", "kept"), [(0, 48), (1, 48), (2, 48), (3, 72)])
def test_line_is_not_erased_before_its_number_may_be_anothers(days: int, kept: int):
    assert line_end(a_custody(), days=days, quarantine="48 hours") == FIRST_END + timedelta(hours=kept)


def test_end_of_a_line_that_is_held_is_not_known():
    assert line_end(a_custody(None), days=0) is None


def test_identity_counts_from_the_end_of_the_last_line():
    custodies = [a_custody(LAST_END), a_custody()]
    for order in (custodies, custodies[::-1]):
        end = identity_kept_until(order, Period(30, "x"), known_since=BEGAN)
        assert end == LAST_END + timedelta(days=30)


def test_identity_of_who_holds_any_line_has_no_end():
    for order in ([a_custody(), a_custody(None)], [a_custody(None), a_custody()]):
        assert identity_kept_until(order, Period(0, "x"), known_since=BEGAN) is None


def test_identity_of_who_never_held_a_line_counts_from_when_it_was_known():
    assert identity_kept_until([], Period(2, "x"), known_since=BEGAN) == BEGAN + timedelta(days=2)
