"""The official change of holder, cell by cell, and both sides of its two deadlines."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from lineproof.errors import Conflict
from lineproof.line.transfer import (
    OPEN,
    TABLE,
    TransferEnd,
    TransferEvent,
    TransferState,
    may_accept,
    may_complete,
    next_transfer_state,
)

CELLS = list(product(TransferState, TransferEvent))
END = datetime(2026, 7, 8, tzinfo=UTC)
SECOND = timedelta(seconds=1)
_S, _E = TransferState, TransferEvent
# Written out by hand: what the table must say, not what it says.
ENDS = {
    _S.OFFERED: {_E.BY_GIVER, _E.NOT_BY_GIVER, _E.BY_DISPUTE, _E.BY_CORRECTION, _E.EXPIRED},
    _S.ACCEPTED: {_E.BY_GIVER, _E.NOT_BY_GIVER, _E.BY_RECEIVER, _E.BY_DISPUTE, _E.BY_CORRECTION},
    _S.COMPLETED: set(),
    _S.CANCELLED: set(),
}


def expected(state: TransferState, event: TransferEvent) -> TransferState | None:
    """Say what follows by the procedure, not by the table; None: it cannot happen."""
    if event in ENDS[state]:
        return _S.CANCELLED
    onwards = {(_S.OFFERED, _E.ACCEPTED): _S.ACCEPTED, (_S.ACCEPTED, _E.COMPLETED): _S.COMPLETED}
    return onwards.get((state, event))


@pytest.mark.parametrize(("state", "event"), CELLS)
def test_every_cell_of_the_table_is_as_the_procedure_says(state: TransferState, event: TransferEvent):
    after = expected(state, event)
    if after is None:
        with pytest.raises(Conflict, match=state.value):
            next_transfer_state(state, event)
    else:
        assert next_transfer_state(state, event) is after


def test_table_has_no_other_cells():
    assert {cell for cell in CELLS if expected(*cell) is not None} == set(TABLE)


def test_no_line_changes_hands_that_was_not_accepted():
    assert {state for state, event in TABLE if event is _E.COMPLETED} == {_S.ACCEPTED}


def test_nothing_follows_the_end():
    assert {state for state, _ in TABLE} == OPEN


def test_every_end_is_an_event():
    assert {end.value for end in TransferEnd} == {event.value for event in _E} - {"accepted", "completed"}


@pytest.mark.parametrize(("now", "may"), [(END - SECOND, True), (END, False), (END + SECOND, False)])
def test_offer_is_accepted_before_its_end(now: datetime, may: bool):
    assert may_accept(accept_by=END, now=now) is may


@pytest.mark.parametrize(("now", "may"), [(END - SECOND, False), (END, True), (END + SECOND, True)])
def test_transfer_is_completed_from_the_end_of_the_time_to_think_on(now: datetime, may: bool):
    assert may_complete(complete_at=END, now=now) is may
