"""The states of an inspection, cell by cell."""

from itertools import product

import pytest

from lineproof.errors import Conflict
from lineproof.line.inspection import TABLE, InspectionEvent, InspectionState, next_inspection_state

CELLS = list(product(InspectionState, InspectionEvent))


@pytest.mark.parametrize(("state", "event"), CELLS)
def test_every_cell(state: InspectionState, event: InspectionEvent):
    if (state, event) in TABLE:
        assert next_inspection_state(state, event) is TABLE[state, event]
    else:
        with pytest.raises(Conflict, match=f"{state.value} cannot be"):
            next_inspection_state(state, event)


def test_nothing_is_reported_that_was_not_drawn_nor_closed_while_an_answer_is_due():
    assert {cell[0] for cell in TABLE if cell[1] is InspectionEvent.REPORTED} == {InspectionState.DRAWN}
    assert (InspectionState.REPORTED, InspectionEvent.CLOSED) not in TABLE
