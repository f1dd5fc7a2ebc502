"""Deadlines, in the jurisdiction's time zone and days. Time comes in; nothing here asks what time it is.

The day on which something happens does not count, and the last day counts whole (Regulation (EEC, Euratom)
1182/71, article 3): who is told on the 1st, with three days to act, has until the end of the 4th.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from lineproof.decision.clocks import Calendar, Term, TermUnit
from lineproof.errors import Malformed


def deadline(start: datetime, term: Term, calendar: Calendar) -> datetime:
    """Give the moment at which a term from an aware `start` is over, in UTC.

    What is done before that moment is in time. A term of hours passes by itself, through nights, holidays and
    changes of the clock; of days, it ends with the last of them, at midnight of the calendar's zone.
    Malformed when the time zone database does not know the zone.
    """
    if start.tzinfo is None:
        raise ValueError("a deadline needs an aware time")
    if term.unit is TermUnit.HOURS:
        return start.astimezone(UTC) + timedelta(hours=term.count)
    zone = find_zone(calendar.zone)
    day = start.astimezone(zone).date()
    if term.unit is TermUnit.DAYS:
        day += timedelta(days=term.count)
        if calendar.last_day_moves:
            day = _working_from(day, calendar)
    else:
        for _ in range(term.count):
            day = _working_from(day + timedelta(days=1), calendar)
    return _end_of(day, zone)


def end_of_day(day: date, calendar: Calendar) -> datetime:
    """Give the moment at which a day is over in the calendar's zone, in UTC: it counts whole."""
    return _end_of(day, find_zone(calendar.zone))


def last_day(deadline: datetime, calendar: Calendar) -> date:
    """Give the last day, in the calendar's zone, on which there is still time before an aware deadline."""
    return (deadline - timedelta(microseconds=1)).astimezone(find_zone(calendar.zone)).date()


def end_of_keeping(start: datetime, *, days: int) -> datetime:
    """Give the moment `days` times 24 hours after an aware `start`, when what is kept reaches its end."""
    if start.tzinfo is None:
        raise ValueError("a deadline needs an aware time")
    return start + timedelta(days=days)


@cache
def find_zone(name: str) -> ZoneInfo:
    """Give a time zone; Malformed when the time zone database does not know it."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise Malformed(
            f"The time zone database has no zone {name!r}.",
            remedy='In the policy pack, calendar.zone is a name such as "Asia/Kolkata".',
        ) from error


def _working_from(day: date, calendar: Calendar) -> date:
    """Give the first working day from `day` on."""
    for _ in range(_LONGEST_REST):
        if calendar.is_working(day):
            return day
        day += timedelta(days=1)
    raise Malformed(
        "In the policy pack, there is a year without a working day.", remedy="Look at calendar.holidays."
    )


def _end_of(day: date, zone: ZoneInfo) -> datetime:
    """Give the moment at which a day ends in a zone: when the next begins, whatever its clock does then."""
    return datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)


_LONGEST_REST = 366
