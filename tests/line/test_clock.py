"""Deadlines: each kind of term at both sides of its edges, in zones whose clocks change."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from lineproof.decision.clocks import Calendar, Term
from lineproof.errors import Malformed
from lineproof.line.clock import deadline, end_of_keeping

MON_TO_FRI = frozenset(range(5))
PLAIN = Calendar("Etc/UTC", MON_TO_FRI, frozenset(), last_day_moves=False)
MOVES = replace(PLAIN, last_day_moves=True)
INDIA = replace(PLAIN, zone="Asia/Kolkata")


def ends(start: str, term: str, calendar: Calendar = PLAIN) -> str:
    """Give the deadline of a term from a start, both as text."""
    return deadline(datetime.fromisoformat(start), Term.parse(term), calendar).isoformat()


@pytest.mark.parametrize(
    ("start", "term", "end"),
    [
        ("2026-07-01T00:00:00+00:00", "3 days", "2026-07-05T00:00:00+00:00"),
        ("2026-07-01T23:59:59+00:00", "3 days", "2026-07-05T00:00:00+00:00"),
        ("2026-07-02T00:00:00+00:00", "3 days", "2026-07-06T00:00:00+00:00"),
        ("2026-02-27T12:00:00+00:00", "1 day", "2026-03-01T00:00:00+00:00"),
        ("2028-02-28T12:00:00+00:00", "1 day", "2028-03-01T00:00:00+00:00"),
        ("2026-07-01T12:00:00+00:00", "0 days", "2026-07-02T00:00:00+00:00"),
    ],
)
def test_first_day_does_not_count_and_the_last_counts_whole(start: str, term: str, end: str):
    assert ends(start, term) == end


def test_days_are_those_of_the_calendars_zone():
    """18:29 UTC is still the 1st in Kolkata, 18:30 is the 2nd."""
    assert ends("2026-07-01T18:29:59+00:00", "1 day", INDIA) == "2026-07-02T18:30:00+00:00"
    assert ends("2026-07-01T18:30:00+00:00", "1 day", INDIA) == "2026-07-03T18:30:00+00:00"


@pytest.mark.parametrize(
    ("start", "term", "end"),
    [
        ("2026-07-01T12:00:00+00:00", "2 working days", "2026-07-04T00:00:00+00:00"),  # Wednesday to Friday
        ("2026-07-01T12:00:00+00:00", "3 working days", "2026-07-07T00:00:00+00:00"),  # to Monday
        ("2026-07-04T12:00:00+00:00", "1 working day", "2026-07-07T00:00:00+00:00"),  # from a Saturday
        ("2026-07-01T12:00:00+00:00", "0 working days", "2026-07-02T00:00:00+00:00"),
    ],
)
def test_working_days_leave_out_the_days_of_rest(start: str, term: str, end: str):
    assert ends(start, term) == end


def test_holiday_is_no_working_day():
    calendar = replace(PLAIN, holidays=frozenset({date(2026, 7, 2), date(2026, 7, 6)}))
    assert ends("2026-07-01T12:00:00+00:00", "2 working days", calendar) == "2026-07-08T00:00:00+00:00"


def test_week_of_a_jurisdiction_that_rests_on_friday():
    calendar = replace(PLAIN, working_week=frozenset({0, 1, 2, 3, 6}))
    assert ends("2026-07-01T12:00:00+00:00", "2 working days", calendar) == "2026-07-06T00:00:00+00:00"


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026-07-01T12:00:00+00:00", "2026-07-04T00:00:00+00:00"),  # Friday: worked on
        ("2026-07-02T12:00:00+00:00", "2026-07-07T00:00:00+00:00"),  # Saturday: Monday instead
        ("2026-07-03T12:00:00+00:00", "2026-07-07T00:00:00+00:00"),  # Sunday: Monday instead
    ],
)
def test_last_day_that_is_not_worked_on_moves_where_the_calendar_says_so(start: str, end: str):
    assert ends(start, "2 days", MOVES) == end


def test_last_day_moves_past_a_holiday():
    calendar = replace(MOVES, holidays=frozenset({date(2026, 7, 6)}))
    assert ends("2026-07-02T12:00:00+00:00", "2 days", calendar) == "2026-07-08T00:00:00+00:00"


@pytest.mark.parametrize(
    ("zone", "start", "end", "hours"),
    [
        pytest.param("Europe/Berlin", "2026-03-28T12:00:00+01:00", "2026-03-29T22:00:00", 35, id="spring"),
        pytest.param("Europe/Berlin", "2026-10-24T12:00:00+02:00", "2026-10-25T23:00:00", 37, id="autumn"),
        # The clock goes forward at midnight: the day of the deadline ends when the next begins, at 01:00.
        pytest.param(
            "America/Havana", "2026-03-06T12:00:00-05:00", "2026-03-08T05:00:00", 36, id="no midnight"
        ),
        # The clock goes back at 01:00 to midnight: there are two, and the day ends with the first.
        pytest.param(
            "America/Havana", "2026-10-30T12:00:00-04:00", "2026-11-01T04:00:00", 36, id="two midnights"
        ),
    ],
)
def test_day_ends_at_its_midnight_when_the_clock_changes(zone: str, start: str, end: str, hours: int):
    calendar = replace(PLAIN, zone=zone)
    assert ends(start, "1 day", calendar) == f"{end}+00:00"
    passed = datetime.fromisoformat(end).replace(tzinfo=UTC) - datetime.fromisoformat(start)
    assert passed == timedelta(hours=hours)


def test_hours_pass_whatever_the_clock_does():
    calendar = replace(PLAIN, zone="Europe/Berlin", last_day_moves=True)
    assert ends("2026-03-28T12:00:00+01:00", "24 hours", calendar) == "2026-03-29T11:00:00+00:00"


def test_deadline_is_the_same_moment_whatever_the_zone_of_its_start():
    start, term = datetime(2026, 7, 1, 1, tzinfo=timezone(timedelta(hours=3))), Term.parse("1 day")
    assert deadline(start, term, INDIA) == deadline(start.astimezone(UTC), term, INDIA)


@pytest.mark.parametrize("term", ["1 day", "1 hour", "1 working day"])
def test_deadline_of_a_time_without_zone_cannot_be_asked_for(term: str):
    with pytest.raises(ValueError, match="aware"):
        deadline(datetime(2026, 7, 1, 12), Term.parse(term), PLAIN)  # noqa: DTZ001 -- what is refused


def test_zone_that_nobody_knows_is_refused_by_name():
    with pytest.raises(Malformed, match="no zone 'Atlantis/Port_Utopia'"):
        ends("2026-07-01T12:00:00+00:00", "1 day", replace(PLAIN, zone="Atlantis/Port_Utopia"))


def test_year_without_a_working_day_has_no_end_and_says_so():
    days = frozenset(date(2026, 7, 1) + timedelta(days=day) for day in range(400))
    with pytest.raises(Malformed, match="a year without a working day"):
        ends("2026-07-01T12:00:00+00:00", "1 working day", replace(PLAIN, holidays=days))


def test_end_of_keeping_is_full_days_later():
    start = datetime(2026, 2, 27, 23, 59, 59, tzinfo=UTC)
    assert end_of_keeping(start, days=3) == datetime(2026, 3, 2, 23, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["", "3", "days", "-1 days", "1.5 days", "3 weeks", "03 days", "99999 days", 3, None]
)
def test_term_that_is_none_is_refused(text: object):
    with pytest.raises(ValueError, match="is not a term such as"):
        Term.parse(text)


@pytest.mark.parametrize(
    "text", ["0 days", "1 day", "30 days", "1 hour", "24 hours", "1 working day", "10 working days"]
)
def test_term_is_written_as_it_is_read(text: str):
    assert str(Term.parse(text)) == text
