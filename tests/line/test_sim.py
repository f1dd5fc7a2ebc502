"""Another SIM: cell by cell, when it may be asked for, and for how long it holds other things up."""

from datetime import UTC, datetime
from itertools import product

import pytest

from lineproof.decision.policy import shipped_policy
from lineproof.errors import Conflict
from lineproof.line.hold import HoldKind
from lineproof.line.request import LineRequest
from lineproof.line.sim import (
    TABLE,
    SimEvent,
    SimState,
    event_when_due,
    holds_after,
    next_sim_state,
    refuse_no_sim,
    refuse_same_sim,
)
from lineproof.line.state import LineState
from lineproof.terms import Iccid, LineKind, Msisdn, luhn_digit

CELLS = list(product(SimState, SimEvent))
SWITCHED_AT = datetime(2026, 7, 1, 16, tzinfo=UTC)


def a_card(digits: str) -> Iccid:
    return Iccid.parse(digits + luhn_digit(digits))


@pytest.mark.parametrize(("state", "event"), [cell for cell in CELLS if cell in TABLE])
def test_step_in_the_table_is_taken(state: SimState, event: SimEvent):
    assert next_sim_state(state, event) is TABLE[state, event]


@pytest.mark.parametrize(("state", "event"), [cell for cell in CELLS if cell not in TABLE])
def test_step_that_is_not_in_the_table_is_a_conflict_that_says_so(state: SimState, event: SimEvent):
    with pytest.raises(Conflict, match=f"is {state.value} already"):
        next_sim_state(state, event)


def test_only_what_cooled_off_is_switched_and_everything_else_stops_it():
    assert {event for (_, event), after in TABLE.items() if after is SimState.SWITCHED} == {
        SimEvent.COOLED_OFF
    }
    assert {state for state, _ in TABLE} == {SimState.ASKED}
    assert {event for _, event in TABLE} == set(SimEvent)


@pytest.mark.parametrize("state", LineState)
def test_only_an_active_mobile_line_gets_another_sim(state: LineState):
    if state is LineState.ACTIVE:
        refuse_no_sim(LineKind.MOBILE, state)
    else:
        with pytest.raises(Conflict, match="gets no other SIM"):
            refuse_no_sim(LineKind.MOBILE, state)
    with pytest.raises(Conflict, match="has no SIM"):
        refuse_no_sim(LineKind.FIXED, state)


def test_card_that_the_line_is_on_is_no_other_card():
    number, first, second = (
        Msisdn.parse("+999555001001"),
        a_card("8999" + "1" * 14),
        a_card("8999" + "2" * 14),
    )
    refuse_same_sim(LineRequest(number, first), LineRequest(number, second))
    with pytest.raises(Conflict, match="on that card already"):
        refuse_same_sim(LineRequest(number, first), LineRequest(number, first))


@pytest.mark.parametrize("state", LineState)
@pytest.mark.parametrize("still_held", [True, False])
def test_cooled_off_is_only_what_its_holder_still_holds_and_works(state: LineState, still_held: bool):
    event = event_when_due(still_held=still_held, state=state)
    if not still_held:
        assert event is SimEvent.HOLDER_CHANGED
    elif state is LineState.ACTIVE:
        assert event is SimEvent.COOLED_OFF
    else:
        assert event is SimEvent.LINE_NOT_ACTIVE


def test_holds_are_counted_from_the_switch():
    policy = shipped_policy("specimen")
    holds = {hold.kind: hold.until for hold in holds_after(SWITCHED_AT, policy.clocks, policy.calendar)}
    assert holds == {
        HoldKind.PORT_OUT: datetime(2026, 7, 9, tzinfo=UTC),
        HoldKind.TRANSFER: datetime(2026, 7, 9, tzinfo=UTC),
        HoldKind.HIGH_RISK_ANSWERS: datetime(2026, 7, 4, 16, tzinfo=UTC),
    }


@pytest.mark.parametrize("name", ["generic", "specimen"])
def test_no_pack_that_ships_switches_at_once_or_lets_a_number_leave_at_once(name: str):
    clocks = shipped_policy(name).clocks
    assert clocks.sim_cooling.count > 0
    assert clocks.sim_hold_port.count >= 7
    assert clocks.port_out.count > 0
