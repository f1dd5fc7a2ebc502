"""Until when a visitor's line is registered. By that alone nothing happens to it: it is corrected as any."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from lineproof.decision.applicants import VisitorTerms
from lineproof.decision.clocks import Calendar
from lineproof.line.clock import deadline, end_of_day, last_day


@dataclass(frozen=True, slots=True)
class ShownPapers:
    """What the rule goes by. issuer, expires_on: of the document. permit_until: None where none was shown."""

    issuer: str
    expires_on: date
    permit_until: date | None = None


def registered_until(
    papers: ShownPapers, terms: VisitorTerms | None, calendar: Calendar, *, now: datetime
) -> datetime | None:
    """Give the moment at which the registration of a line is over; None where it has no end.

    It is the end of the policy's term, or of the permit's last day in its place, and never after the end of
    the document's. Each of those days counts whole, in the calendar's zone.
    """
    if terms is None or papers.issuer in terms.home:
        return None
    stay = (
        deadline(now, terms.line_for, calendar)
        if papers.permit_until is None
        else end_of_day(papers.permit_until, calendar)
    )
    return min(stay, end_of_day(papers.expires_on, calendar))


def longer(one: datetime | None, other: datetime | None) -> datetime | None:
    """Give the later of two ends; None, which is no end, is later than any."""
    return None if one is None or other is None else max(one, other)


def remind_from(until: datetime, terms: VisitorTerms, calendar: Calendar) -> datetime:
    """Give the moment from which the holder is reminded: so many whole days before the end."""
    return end_of_day(last_day(until, calendar) - timedelta(days=terms.remind_before.count), calendar)


def is_permit_over(permit_until: date, calendar: Calendar, *, now: datetime) -> bool:
    """Tell whether a permit's last day is over."""
    return end_of_day(permit_until, calendar) <= now
