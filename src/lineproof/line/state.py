"""The life of a line as one table: (state, event) to state. What is not in the table cannot happen.

This version knows a line's birth only; restriction, suspension, transfer, surrender and termination are
not built yet.
"""

from enum import Enum

from lineproof.errors import Conflict


class LineState(Enum):
    """Where a line is in its life."""

    PENDING = "pending"
    ACTIVE = "active"


class LineEvent(Enum):
    """What can happen to a line."""

    SWITCHED_ON = "switched_on"


TABLE: dict[tuple[LineState, LineEvent], LineState] = {
    (LineState.PENDING, LineEvent.SWITCHED_ON): LineState.ACTIVE,
}


def next_state(state: LineState, event: LineEvent) -> LineState:
    """Give the state after an event; Conflict when the table has no such step."""
    try:
        return TABLE[state, event]
    except KeyError:
        raise Conflict(f"A line that is {state.value} cannot be {event.value.replace('_', ' ')}.") from None
