"""Numbers that go and come: cell by cell, and when one may leave."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from lineproof.errors import Conflict, Malformed
from lineproof.line.porting import (
    OPEN,
    OUT,
    TABLE,
    OperatorName,
    PortingEvent,
    PortingState,
    next_porting_state,
    refuse_no_number,
    refuse_not_portable,
    refuse_untimely,
)
from lineproof.line.request import LineRequest
from lineproof.line.state import LineState
from lineproof.terms import AccessId, LineKind

CELLS = list(product(PortingState, PortingEvent))
DUE, CLOSES = datetime(2026, 7, 7, tzinfo=UTC), datetime(2026, 7, 10, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(("state", "event"), [cell for cell in CELLS if cell in TABLE])
def test_step_in_the_table_is_taken(state: PortingState, event: PortingEvent):
    assert next_porting_state(state, event) is TABLE[state, event]


@pytest.mark.parametrize(("state", "event"), [cell for cell in CELLS if cell not in TABLE])
def test_step_that_is_not_in_the_table_is_a_conflict(state: PortingState, event: PortingEvent):
    with pytest.raises(Conflict, match=r"A number that .* cannot be "):
        next_porting_state(state, event)


def test_every_open_porting_can_end_and_no_other_can():
    assert {state for state, _ in TABLE} == OPEN
    assert set(TABLE.values()) == set(PortingState) - OPEN
    assert {event for _, event in TABLE} == set(PortingEvent)


def test_number_that_leaves_never_came_by_that_and_the_reverse():
    assert all((state in OUT) == (after in OUT) for (state, _), after in TABLE.items())


@pytest.mark.parametrize("state", LineState)
def test_only_an_active_mobile_line_is_ported_out(state: LineState):
    if state is LineState.ACTIVE:
        refuse_not_portable(LineKind.MOBILE, state)
    else:
        with pytest.raises(Conflict, match="is not ported out"):
            refuse_not_portable(LineKind.MOBILE, state)
    with pytest.raises(Conflict, match="no number to take along"):
        refuse_not_portable(LineKind.FIXED, state)


@pytest.mark.parametrize(
    ("now", "refused"),
    [
        (DUE - SECOND, "stays until 2026-07-07 00:00 UTC"),
        (DUE, ""),
        (CLOSES - SECOND, ""),
        (CLOSES, "to be confirmed before 2026-07-10 00:00 UTC"),
    ],
)
def test_number_leaves_between_its_two_times(now: datetime, refused: str):
    if not refused:
        refuse_untimely(now=now, due_at=DUE, closes_at=CLOSES)
    else:
        with pytest.raises(Conflict, match=refused):
            refuse_untimely(now=now, due_at=DUE, closes_at=CLOSES)


def test_number_without_its_times_never_leaves():
    with pytest.raises(ValueError, match="has its time"):
        refuse_untimely(now=DUE, due_at=None, closes_at=None)


def test_internet_access_is_no_number_that_can_come():
    with pytest.raises(Malformed, match="Only a mobile number"):
        refuse_no_number(LineRequest(AccessId.parse("bo.brannoch", "12 Quay Street, Port Utopia")))


@pytest.mark.parametrize("text", ["Utopia Mobile", "O2", "AT&T", "T-Mobile", "Bob's Tel.", "x" * 40])
def test_name_of_an_operator_is_taken(text: str):
    assert OperatorName.parse(f"  {text} ").text == text


@pytest.mark.parametrize(
    "text", ["", "x", "x" * 41, "Utopia\u202eMobile", "<b>Mobile</b>", "-Mobile", "Müller", "A;B"]
)
def test_name_that_is_none_is_refused(text: str):
    with pytest.raises(Malformed, match="not the name of an operator"):
        OperatorName.parse(text)
