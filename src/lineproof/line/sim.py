"""Another SIM for a line: when it may be asked for, when it is switched on, and what stops it.

Whoever has a number moved to a card of their own has every code that is sent to it. That is why the holder is
told and has time to object before a card is switched on, and why the number stays here for a while after it:
India lets no number be ported for 7 days (TRAI, Mobile Number Portability, Ninth Amendment, 2024).
"""

from datetime import datetime
from enum import Enum

from lineproof.decision.clocks import Calendar, Clocks
from lineproof.errors import Conflict
from lineproof.line.clock import deadline
from lineproof.line.hold import Hold, HoldKind
from lineproof.line.request import LineRequest
from lineproof.line.state import LineState
from lineproof.terms import LineKind


class SimState(Enum):
    """Where a replacement is. ASKED: cooling off; the line is on the card that it was on."""

    ASKED = "asked"
    SWITCHED = "switched"
    STOPPED = "stopped"


class SimEvent(Enum):
    """What ends a replacement. COOLED_OFF: nobody objected in time; the others stop it.

    ERASED: what is known of the line, or of who asked, reached its end first.
    """

    COOLED_OFF = "cooled_off"
    STOPPED_BY_HOLDER = "by_holder"
    DISPUTED = "disputed"
    HOLDER_CHANGED = "holder_changed"
    LINE_NOT_ACTIVE = "line_not_active"
    ERASED = "erased"


_S, _E = SimState, SimEvent

TABLE: dict[tuple[SimState, SimEvent], SimState] = {
    (_S.ASKED, _E.COOLED_OFF): _S.SWITCHED,
    (_S.ASKED, _E.STOPPED_BY_HOLDER): _S.STOPPED,
    (_S.ASKED, _E.DISPUTED): _S.STOPPED,
    (_S.ASKED, _E.HOLDER_CHANGED): _S.STOPPED,
    (_S.ASKED, _E.LINE_NOT_ACTIVE): _S.STOPPED,
    (_S.ASKED, _E.ERASED): _S.STOPPED,
}


def next_sim_state(state: SimState, event: SimEvent) -> SimState:
    """Give the state after an event; Conflict when the table has no such step."""
    try:
        return TABLE[state, event]
    except KeyError:
        raise Conflict(
            f"The other SIM is {state.value} already.", remedy="Ask for another one, if it is wanted."
        ) from None


def refuse_no_sim(kind: LineKind, state: LineState) -> None:
    """Raise Conflict where a line has no SIM, or is not in a state in which it may get another."""
    if kind is not LineKind.MOBILE:
        raise Conflict("An internet access has no SIM.", remedy="Name a mobile line.")
    if state is not LineState.ACTIVE:
        raise Conflict(
            f"A line that is {state.value.replace('_', ' ')} gets no other SIM.",
            remedy="Settle first what is under way with the line.",
        )


def refuse_same_sim(present: LineRequest, asked: LineRequest) -> None:
    """Raise Conflict where the card that is asked for is the one that the line is on."""
    if present.iccid == asked.iccid:
        raise Conflict("The line is on that card already.", remedy="Copy the number of the new card.")


def event_when_due(*, still_held: bool, state: LineState) -> SimEvent:
    """Give what happens when the cooling-off is over. still_held: by who asked."""
    if not still_held:
        return SimEvent.HOLDER_CHANGED
    return SimEvent.COOLED_OFF if state is LineState.ACTIVE else SimEvent.LINE_NOT_ACTIVE


def holds_after(switched_at: datetime, clocks: Clocks, calendar: Calendar) -> tuple[Hold, ...]:
    """Give what a replacement that is switched at a moment keeps from being done, and until when."""
    port = deadline(switched_at, clocks.sim_hold_port, calendar)
    answers = deadline(switched_at, clocks.sim_hold_answers, calendar)
    return (
        Hold(HoldKind.PORT_OUT, port),
        Hold(HoldKind.TRANSFER, port),
        Hold(HoldKind.HIGH_RISK_ANSWERS, answers),
    )
