"""Deadlines."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from lineproof.line.clock import deadline


def test_deadline_is_full_days_later():
    start = datetime(2026, 2, 27, 23, 59, 59, tzinfo=UTC)
    assert deadline(start, days=3) == datetime(2026, 3, 2, 23, 59, 59, tzinfo=UTC)


def test_deadline_is_the_same_moment_whatever_the_zone_of_its_start():
    start = datetime(2026, 7, 1, 1, tzinfo=timezone(timedelta(hours=3)))
    assert deadline(start, days=1) == deadline(start.astimezone(UTC), days=1)


def test_deadline_of_a_time_without_zone_cannot_be_asked_for():
    with pytest.raises(ValueError, match="aware"):
        deadline(datetime(2026, 7, 1, 12), days=3)  # noqa: DTZ001 -- what is refused
