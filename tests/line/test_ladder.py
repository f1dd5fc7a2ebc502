"""The ladder of correction: which step, when, and by how many."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from lineproof.decision.clocks import Calendar, CorrectionLadder, Term
from lineproof.errors import Malformed
from lineproof.line.correction import CorrectionState
from lineproof.line.ladder import (
    LINE_EVENT_OF,
    Announced,
    Step,
    Wait,
    eyes_for,
    first_deadline,
    next_deadline,
    next_step,
    put_off,
    why_wait,
)
from lineproof.line.notice import NoticeState
from lineproof.line.state import TABLE, LineState

UTC_DAYS = Calendar("Etc/UTC", frozenset(range(5)), frozenset(), last_day_moves=False)
INDIA = CorrectionLadder(
    restrict_after=Term.parse("30 days"),
    suspend_after=Term.parse("45 days"),
    terminate_after=Term.parse("60 days"),
    extension=Term.parse("30 days"),
    extension_grounds=frozenset({"abroad"}),
)
TWO_STEPS = replace(INDIA, restrict_after=None)
NOON = datetime.fromisoformat("2026-07-01T12:00:00+00:00")


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+00:00")


def following(step: Step, now: str, ladder: CorrectionLadder = INDIA, calendar: Calendar = UTC_DAYS) -> str:
    """Give the deadline of a step that is announced at a time, of a ladder that began on 1 July at noon."""
    due = next_deadline(step, first_notice=NOON, now=at(now), ladder=ladder, calendar=calendar)
    return due.isoformat()[:16]


@pytest.mark.parametrize(
    ("state", "ladder", "step"),
    [
        (CorrectionState.FOUND, INDIA, Step.RESTRICT),
        (CorrectionState.FOUND, TWO_STEPS, Step.SUSPEND),
        (CorrectionState.RESTRICTED, INDIA, Step.SUSPEND),
        (CorrectionState.RESTRICTED, TWO_STEPS, Step.SUSPEND),
        (CorrectionState.SUSPENDED, INDIA, Step.TERMINATE),
        (CorrectionState.SUSPENDED, TWO_STEPS, Step.TERMINATE),
    ],
)
def test_next_step_is_the_ladders(state: CorrectionState, ladder: CorrectionLadder, step: Step):
    assert next_step(state, ladder) is step


NEXT = {CorrectionState.FOUND, CorrectionState.RESTRICTED, CorrectionState.SUSPENDED}


@pytest.mark.parametrize("state", [state for state in CorrectionState if state not in NEXT])
def test_there_is_no_further_step_from_any_other_state(state: CorrectionState):
    assert next_step(state, INDIA) is None


def test_first_step_comes_at_the_end_of_its_last_day():
    assert first_deadline(NOON, INDIA, UTC_DAYS) == at("2026-08-01T00:00")
    assert first_deadline(NOON, TWO_STEPS, UTC_DAYS) == at("2026-08-16T00:00")


@pytest.mark.parametrize(
    ("step", "now", "due"),
    [
        # On time, each is counted from the first notice: 45 and 60 days.
        (Step.SUSPEND, "2026-08-01T00:00:00", "2026-08-16T00:00"),
        (Step.TERMINATE, "2026-08-16T00:00:00", "2026-08-31T00:00"),
        # Late by a second or by a month, the 15 days between the two are kept, and the day is whole.
        (Step.SUSPEND, "2026-08-01T00:00:01", "2026-08-17T00:00"),
        (Step.SUSPEND, "2026-08-01T23:59:59", "2026-08-17T00:00"),
        (Step.SUSPEND, "2026-09-03T09:00:00", "2026-09-19T00:00"),
        (Step.TERMINATE, "2026-09-30T12:00:00", "2026-10-16T00:00"),
    ],
)
def test_later_step_is_counted_from_the_first_notice_and_leaves_time(step: Step, now: str, due: str):
    assert following(step, now) == due


def test_without_a_restriction_the_end_is_counted_from_the_suspension():
    assert following(Step.TERMINATE, "2026-08-16T00:00:00", TWO_STEPS) == "2026-08-31T00:00"
    assert following(Step.TERMINATE, "2026-08-17T08:00:00", TWO_STEPS) == "2026-09-02T00:00"


def test_terms_of_different_units_leave_what_lies_between_them():
    """From 24 hours, 2 July at noon, to the end of 6 July lie four days and a half."""
    mixed = replace(INDIA, restrict_after=Term.parse("24 hours"), suspend_after=Term.parse("3 working days"))
    assert following(Step.SUSPEND, "2026-07-02T12:00:00", mixed) == "2026-07-07T00:00"
    assert following(Step.SUSPEND, "2026-07-10T12:00:00", mixed) == "2026-07-15T00:00"


def test_where_clocks_change_between_two_steps_a_day_is_not_lost():
    """In Berlin 25 October 2026 has 25 hours."""
    berlin = replace(UTC_DAYS, zone="Europe/Berlin")
    start = datetime.fromisoformat("2026-09-20T12:00:00+00:00")
    planned = next_deadline(
        Step.SUSPEND, first_notice=start, now=at("2026-10-20T22:00:00"), ladder=INDIA, calendar=berlin
    )
    assert planned == at("2026-11-04T23:00:00")
    late = next_deadline(
        Step.SUSPEND, first_notice=start, now=at("2026-10-27T12:00:00"), ladder=INDIA, calendar=berlin
    )
    assert late == at("2026-11-11T23:00:00")


def test_last_day_that_is_not_worked_on_moves_where_the_pack_says_so():
    moves = replace(UTC_DAYS, last_day_moves=True, holidays=frozenset({date(2026, 8, 17)}))
    assert first_deadline(NOON, TWO_STEPS, moves) == at("2026-08-19T00:00")  # from Saturday the 15th
    assert following(Step.SUSPEND, "2026-08-01T00:00:01", calendar=moves) == "2026-08-20T00:00"


@pytest.mark.parametrize("suspend", ["30 days", "29 days"])
def test_pack_whose_steps_are_not_one_after_the_other_stops_the_ladder(suspend: str):
    with pytest.raises(Malformed, match="suspend_after is not longer"):
        following(Step.SUSPEND, "2026-08-01T00:00:00", replace(INDIA, suspend_after=Term.parse(suspend)))


@pytest.mark.parametrize(
    ("due", "term", "until"),
    [
        ("2026-08-01T00:00:00", "30 days", "2026-08-31T00:00"),  # its last day was 31 July
        ("2026-08-05T10:00:00", "30 days", "2026-09-05T00:00"),
        ("2026-08-01T00:00:00", "48 hours", "2026-08-03T00:00"),
        ("2026-08-01T00:00:00", "2 working days", "2026-08-05T00:00"),  # from a Friday
        ("2026-08-01T00:00:00", "0 days", "2026-08-01T00:00"),
    ],
)
def test_what_is_put_off_ends_so_much_later(due: str, term: str, until: str):
    assert put_off(at(due), Term.parse(term), UTC_DAYS).isoformat()[:16] == until


DUE = Announced(
    Step.RESTRICT, at("2026-08-01T00:00:00"), NoticeState.DELIVERED, LineState.ACTIVE, appealed=False
)
DUE_STATES = {
    Step.RESTRICT: LineState.ACTIVE,
    Step.SUSPEND: LineState.RESTRICTED,
    Step.TERMINATE: LineState.SUSPENDED,
}


def due(step: Step, **changed: object) -> Announced:
    return replace(DUE, step=step, line=DUE_STATES[step], **changed)


@pytest.mark.parametrize("step", Step)
def test_step_may_be_signed_from_its_deadline_on_and_not_a_second_before(step: Step):
    assert why_wait(step, due(step), now=DUE.due_at) is None
    assert why_wait(step, due(step), now=DUE.due_at - timedelta(seconds=1)) is Wait.NOT_DUE
    assert why_wait(step, due(step), now=DUE.due_at + timedelta(days=999)) is None


@pytest.mark.parametrize("step", Step)
def test_step_waits_while_an_appeal_is_open_or_the_notice_is_on_its_way(step: Step):
    assert why_wait(step, due(step, appealed=True), now=DUE.due_at) is Wait.APPEALED
    assert why_wait(step, due(step, notice=NoticeState.GIVEN), now=DUE.due_at) is Wait.NOTICE_UNDER_WAY


@pytest.mark.parametrize(
    ("step", "wait"),
    [(Step.RESTRICT, None), (Step.SUSPEND, Wait.UNREACHED), (Step.TERMINATE, Wait.UNREACHED)],
)
def test_who_was_not_reached_is_restricted_at_most(step: Step, wait: Wait | None):
    assert why_wait(step, due(step, notice=NoticeState.UNDELIVERED), now=DUE.due_at) is wait


@pytest.mark.parametrize("asked", Step)
@pytest.mark.parametrize("announced", Step)
def test_only_the_step_that_was_announced_can_be_signed(asked: Step, announced: Step):
    wait = why_wait(asked, due(announced), now=DUE.due_at)
    assert (wait is Wait.NOT_ANNOUNCED) == (asked is not announced)


def test_nothing_can_be_signed_that_was_not_announced():
    assert why_wait(Step.RESTRICT, None, now=DUE.due_at) is Wait.NOT_ANNOUNCED


@pytest.mark.parametrize("step", Step)
@pytest.mark.parametrize("line", LineState)
def test_step_waits_where_the_life_of_the_line_has_none(step: Step, line: LineState):
    wait = why_wait(step, replace(due(step), line=line), now=DUE.due_at)
    assert (wait is None) == ((line, LINE_EVENT_OF[step]) in TABLE)
    assert wait in {None, Wait.LINE_ELSEWHERE}


def test_two_sign_and_three_where_the_holder_was_not_reached():
    assert [eyes_for(state) for state in (NoticeState.DELIVERED, NoticeState.UNDELIVERED)] == [2, 3]
