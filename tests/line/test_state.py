"""The life of a line, cell by cell."""

from itertools import product

import pytest

from lineproof.errors import Conflict
from lineproof.line.state import HELD, TABLE, LineEvent, LineState, next_state

CELLS = list(product(LineState, LineEvent))


def words(member: LineState | LineEvent) -> str:
    return member.value.replace("_", " ")


@pytest.mark.parametrize(("state", "event"), [cell for cell in CELLS if cell in TABLE])
def test_step_in_the_table_is_taken(state: LineState, event: LineEvent):
    assert next_state(state, event) is TABLE[state, event]


@pytest.mark.parametrize(("state", "event"), [cell for cell in CELLS if cell not in TABLE])
def test_step_that_is_not_in_the_table_is_a_conflict_that_says_so(state: LineState, event: LineEvent):
    with pytest.raises(Conflict, match=f"{words(state)} cannot be {words(event)}"):
        next_state(state, event)


def test_pending_line_that_is_switched_on_is_active():
    assert next_state(LineState.PENDING, LineEvent.SWITCHED_ON) is LineState.ACTIVE


def test_active_line_is_not_switched_on_a_second_time():
    with pytest.raises(Conflict):
        next_state(LineState.ACTIVE, LineEvent.SWITCHED_ON)


def test_every_state_can_be_reached_from_an_application():
    reached, before = {LineState.APPLIED}, set()
    while reached != before:
        before = set(reached)
        reached |= {after for (state, _), after in TABLE.items() if state in reached}
    assert reached == set(LineState)


def test_line_is_never_terminated_that_was_not_suspended_first():
    assert {state for state, event in TABLE if event is LineEvent.TERMINATED} == {LineState.SUSPENDED}


def test_every_step_against_a_holder_can_be_undone_until_the_number_is_anothers():
    for event in (LineEvent.RESTRICTED, LineEvent.SUSPENDED, LineEvent.TERMINATED):
        for after in {TABLE[cell] for cell in TABLE if cell[1] is event}:
            assert TABLE[after, LineEvent.RESTORED] is LineState.ACTIVE
    assert TABLE[LineState.QUARANTINE, LineEvent.RESTORED] is LineState.ACTIVE
    assert (LineState.REISSUED, LineEvent.RESTORED) not in TABLE


def test_number_is_reissued_only_from_quarantine_or_when_it_never_came():
    assert {cell[0] for cell, after in TABLE.items() if after is LineState.REISSUED} == {
        LineState.QUARANTINE,
        LineState.PORTING_IN,
    }


def test_who_holds_a_line_is_nobody_once_it_has_ended():
    ended = {LineState.SURRENDERED, LineState.TERMINATED, LineState.QUARANTINE, LineState.REISSUED}
    assert set(LineState) - HELD == ended | {LineState.APPLIED, LineState.PORTED_OUT}
