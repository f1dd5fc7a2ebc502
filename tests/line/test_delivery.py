"""When a notice is sent again, and when it has reached its holder, or not."""

from datetime import UTC, datetime, timedelta

import pytest

from lineproof.decision.clocks import Calendar, NoticeTerms, Term, TermUnit
from lineproof.errors import Conflict
from lineproof.line.delivery import (
    SENT_BY,
    TABLE,
    Attempt,
    Course,
    NoticeEvent,
    event_of,
    is_in_time,
    next_attempt,
    next_state,
)
from lineproof.line.notice import NoticeState

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
DAILY = NoticeTerms(3, Term(24, TermUnit.HOURS))
CALENDAR = Calendar("Etc/UTC", frozenset(range(5)), frozenset(), last_day_moves=False)
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
FAILED = [Attempt(NOON + n * DAY, accepted=False) for n in range(3)]
STAYS = None
CELLS = {
    NoticeState.GIVEN: [NoticeState.DELIVERED, NoticeState.UNDELIVERED, NoticeState.UNDELIVERED],
    NoticeState.DELIVERED: [STAYS, STAYS, STAYS],
    NoticeState.UNDELIVERED: [STAYS, STAYS, STAYS],
}


@pytest.mark.parametrize("state", NoticeState)
@pytest.mark.parametrize("event", NoticeEvent)
def test_every_cell_of_the_table(state: NoticeState, event: NoticeEvent):
    expected = CELLS[state][list(NoticeEvent).index(event)]
    assert TABLE.get((state, event)) is expected
    if expected is STAYS:
        with pytest.raises(Conflict, match=f"{state.value} stays so"):
            next_state(state, event)
    else:
        assert next_state(state, event) is expected


def due(attempts: list[Attempt], *, now: datetime) -> int | None:
    return next_attempt(attempts, terms=DAILY, calendar=CALENDAR, now=now)


def test_first_attempt_is_due_at_once():
    assert due([], now=NOON) == 1


@pytest.mark.parametrize("made", [1, 2])
def test_next_attempt_is_due_when_the_time_between_them_is_over_and_not_before(made: int):
    last = FAILED[made - 1].at
    assert due(FAILED[:made], now=last) is None
    assert due(FAILED[:made], now=last + DAY - SECOND) is None
    assert due(FAILED[:made], now=last + DAY) == made + 1


def test_no_attempt_is_due_after_the_last_or_after_one_that_was_taken_over():
    assert due(FAILED, now=NOON + 100 * DAY) is None
    assert due([*FAILED[:1], Attempt(NOON + DAY, accepted=True)], now=NOON + 100 * DAY) is None


def test_days_between_attempts_are_those_of_the_calendar():
    """A notice that fails at noon is tried again when the next day has ended."""
    terms = NoticeTerms(2, Term(1, TermUnit.DAYS))
    midnight = datetime(2026, 7, 3, tzinfo=UTC)
    for now, number in ((midnight - SECOND, None), (midnight, 2)):
        assert next_attempt(FAILED[:1], terms=terms, calendar=CALENDAR, now=now) == number


def event(
    *places: list[Attempt], now: datetime, deadline: datetime | None = None, reached: bool = False
) -> NoticeEvent | None:
    course = Course(NOON, deadline, places, reached)
    return event_of(course, terms=DAILY, calendar=CALENDAR, now=now)


def test_notice_has_reached_its_holder_when_one_channel_took_it_over():
    assert event(FAILED[:1], now=NOON, reached=True) is NoticeEvent.REACHED
    assert event(now=NOON + 100 * DAY, deadline=NOON + DAY, reached=True) is NoticeEvent.REACHED


def test_notice_is_on_its_way_until_every_place_is_used_up():
    assert event(FAILED, FAILED[:2], now=NOON + 50 * DAY) is None
    assert event(FAILED, FAILED, now=NOON + 2 * DAY) is NoticeEvent.USED_UP


def test_notice_that_can_go_nowhere_has_as_long_as_the_attempts_would_take():
    assert event(now=NOON + 3 * DAY - SECOND) is None
    assert event(now=NOON + 3 * DAY) is NoticeEvent.USED_UP


def test_notice_is_too_late_at_its_deadline_and_not_before():
    deadline = NOON + DAY
    assert event([], now=deadline - SECOND, deadline=deadline) is None
    assert event([], now=deadline, deadline=deadline) is NoticeEvent.TOO_LATE
    assert is_in_time(deadline, now=deadline - SECOND)
    assert not is_in_time(deadline, now=deadline)
    assert is_in_time(None, now=deadline)


def test_what_is_sent_goes_by_mail_or_text_message():
    assert sorted(channel.value for channel in SENT_BY) == ["email", "sms"]
