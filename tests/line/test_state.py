"""The life of a line, cell by cell."""

from itertools import product

import pytest

from lineproof.errors import Conflict
from lineproof.line.state import TABLE, LineEvent, LineState, next_state

CELLS = list(product(LineState, LineEvent))


@pytest.mark.parametrize(("state", "event"), [cell for cell in CELLS if cell in TABLE])
def test_step_in_the_table_is_taken(state: LineState, event: LineEvent):
    assert next_state(state, event) is TABLE[state, event]


@pytest.mark.parametrize(("state", "event"), [cell for cell in CELLS if cell not in TABLE])
def test_step_that_is_not_in_the_table_is_a_conflict_that_says_so(state: LineState, event: LineEvent):
    with pytest.raises(Conflict, match=f"{state.value} cannot be {event.value.replace('_', ' ')}"):
        next_state(state, event)


def test_pending_line_that_is_switched_on_is_active():
    assert next_state(LineState.PENDING, LineEvent.SWITCHED_ON) is LineState.ACTIVE


def test_active_line_is_not_switched_on_a_second_time():
    with pytest.raises(Conflict):
        next_state(LineState.ACTIVE, LineEvent.SWITCHED_ON)


def test_every_state_can_be_reached_from_pending():
    reached, before = {LineState.PENDING}, set()
    while reached != before:
        before = set(reached)
        reached |= {after for (state, _), after in TABLE.items() if state in reached}
    assert reached == set(LineState)
