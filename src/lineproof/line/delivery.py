"""When a notice is sent again, and when it has reached its holder, or not.

Each place that it goes to (a contact point, or the line itself) is tried so often, so long apart, as the
policy says. It reached its holder as soon as one channel took it over, they opened their page, or it was
handed to them. It did not when every place is used up, or when its deadline is over first: what comes after
that is too late to act on. Where there is no place to send it to, it has as long as the attempts would take.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum

from lineproof.decision.clocks import Calendar, NoticeTerms
from lineproof.errors import Conflict
from lineproof.line.clock import deadline
from lineproof.line.notice import NoticeState
from lineproof.line.state import LineState


class Channel(Enum):
    """By what a notice reaches its holder. PAGE: they opened it. COUNTER: an agent handed it to them."""

    EMAIL = "email"
    SMS = "sms"
    PAGE = "page"
    COUNTER = "counter"


# What a message is sent by, and a contact point is of.
SENT_BY = frozenset({Channel.EMAIL, Channel.SMS})
# In which a mobile line takes a message; in others a network would take it over and bring it to nobody.
TAKES_MESSAGES = frozenset(
    {LineState.ACTIVE, LineState.RESTRICTED, LineState.IN_TRANSFER, LineState.PORTING_OUT}
)


class NoticeEvent(Enum):
    """What can happen to a notice that was given."""

    REACHED = "reached"
    USED_UP = "used_up"
    TOO_LATE = "too_late"


TABLE: dict[tuple[NoticeState, NoticeEvent], NoticeState] = {
    (NoticeState.GIVEN, NoticeEvent.REACHED): NoticeState.DELIVERED,
    (NoticeState.GIVEN, NoticeEvent.USED_UP): NoticeState.UNDELIVERED,
    (NoticeState.GIVEN, NoticeEvent.TOO_LATE): NoticeState.UNDELIVERED,
}


def next_state(state: NoticeState, event: NoticeEvent) -> NoticeState:
    """Give the state after an event; Conflict when the table has no such step."""
    try:
        return TABLE[state, event]
    except KeyError:
        raise Conflict(f"A notice that is {state.value} stays so.") from None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt on one place."""

    at: datetime
    accepted: bool


@dataclass(frozen=True, slots=True)
class Course:
    """A notice and what was tried: for each place that it can go to now, its attempts in their order.

    reached: by any channel, also one that is not there any more.
    """

    given_at: datetime
    deadline: datetime | None
    places: Sequence[Sequence[Attempt]]
    reached: bool


def is_in_time(deadline_at: datetime | None, *, now: datetime) -> bool:
    """Tell whether who is told now can still act: before the deadline, where there is one."""
    return deadline_at is None or now < deadline_at


def next_attempt(
    attempts: Sequence[Attempt], *, terms: NoticeTerms, calendar: Calendar, now: datetime
) -> int | None:
    """Give the number, from 1, of the attempt on a place that is due now; None where none is."""
    if any(attempt.accepted for attempt in attempts) or len(attempts) >= terms.attempts:
        return None
    if attempts and now < deadline(attempts[-1].at, terms.apart, calendar):
        return None
    return len(attempts) + 1


def event_of(course: Course, *, terms: NoticeTerms, calendar: Calendar, now: datetime) -> NoticeEvent | None:
    """Say what has happened to a notice that is given; None while it is on its way."""
    if course.reached:
        return NoticeEvent.REACHED
    if not is_in_time(course.deadline, now=now):
        return NoticeEvent.TOO_LATE
    if course.places:
        used_up = all(len(attempts) >= terms.attempts for attempts in course.places)
    else:
        whole = replace(terms.apart, count=terms.apart.count * terms.attempts)
        used_up = now >= deadline(course.given_at, whole, calendar)
    return NoticeEvent.USED_UP if used_up else None
