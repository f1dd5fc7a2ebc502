"""The life of a line as one table: (state, event) to state. What is not in the table cannot happen.

Terms: 3GPP TS 22.088 (barring of outgoing calls, from which emergency calls are exempt: TS 22.101, 10.1).
"""

from enum import Enum

from lineproof.errors import Conflict


class LineState(Enum):
    """Where a line is in its life.

    APPLIED: asked for, and in no record of lines yet. RESTRICTED: it can be called and cannot call, but for
    emergencies. SUSPENDED: emergency calls, the operator and public warnings are all there is. IN_TRANSFER:
    offered to another person; it works as before. PORTING_IN: still with another operator. SURRENDERED,
    TERMINATED: ended by its holder, by the operator; the network is not told yet. QUARANTINE: the network
    has switched it off, and its number is nobody's. REISSUED: its number may be given to somebody else.
    """

    APPLIED = "applied"
    PENDING = "pending"
    PORTING_IN = "porting_in"
    ACTIVE = "active"
    RESTRICTED = "restricted"
    SUSPENDED = "suspended"
    IN_TRANSFER = "in_transfer"
    PORTING_OUT = "porting_out"
    PORTED_OUT = "ported_out"
    SURRENDERED = "surrendered"
    TERMINATED = "terminated"
    QUARANTINE = "quarantine"
    REISSUED = "reissued"


class LineEvent(Enum):
    """What can happen to a line: the last step of a procedure, or the network's answer to an order."""

    ACCEPTED = "accepted"
    IMPORTED = "imported"
    PORT_IN_ASKED = "asked_to_be_ported_in"
    PORTED_IN = "ported_in"
    PORT_IN_REFUSED = "refused_by_the_other_operator"
    SWITCHED_ON = "switched_on"
    SWITCHED_OFF = "switched_off"
    RESTRICTED = "restricted"
    SUSPENDED = "suspended"
    TERMINATED = "terminated"
    RESTORED = "restored"
    TRANSFER_OFFERED = "offered_for_transfer"
    TRANSFER_ENDED = "taken_back_from_transfer"
    TRANSFERRED = "transferred"
    PORT_OUT_ASKED = "asked_to_be_ported_out"
    PORT_OUT_ENDED = "kept_from_porting_out"
    PORTED_OUT = "ported_out"
    SURRENDERED = "surrendered"
    RELEASED = "released"


_S, _E = LineState, LineEvent

TABLE: dict[tuple[LineState, LineEvent], LineState] = {
    (_S.APPLIED, _E.ACCEPTED): _S.PENDING,
    (_S.APPLIED, _E.IMPORTED): _S.ACTIVE,
    (_S.APPLIED, _E.PORT_IN_ASKED): _S.PORTING_IN,
    (_S.PORTING_IN, _E.PORTED_IN): _S.PENDING,
    (_S.PORTING_IN, _E.PORT_IN_REFUSED): _S.REISSUED,
    (_S.PENDING, _E.SWITCHED_ON): _S.ACTIVE,
    (_S.PENDING, _E.SURRENDERED): _S.SURRENDERED,
    (_S.ACTIVE, _E.RESTRICTED): _S.RESTRICTED,
    (_S.ACTIVE, _E.SUSPENDED): _S.SUSPENDED,
    (_S.ACTIVE, _E.TRANSFER_OFFERED): _S.IN_TRANSFER,
    (_S.ACTIVE, _E.PORT_OUT_ASKED): _S.PORTING_OUT,
    (_S.ACTIVE, _E.SURRENDERED): _S.SURRENDERED,
    (_S.RESTRICTED, _E.SUSPENDED): _S.SUSPENDED,
    (_S.RESTRICTED, _E.RESTORED): _S.ACTIVE,
    (_S.RESTRICTED, _E.SURRENDERED): _S.SURRENDERED,
    (_S.SUSPENDED, _E.TERMINATED): _S.TERMINATED,
    (_S.SUSPENDED, _E.RESTORED): _S.ACTIVE,
    (_S.SUSPENDED, _E.SURRENDERED): _S.SURRENDERED,
    (_S.IN_TRANSFER, _E.TRANSFER_ENDED): _S.ACTIVE,
    (_S.IN_TRANSFER, _E.TRANSFERRED): _S.ACTIVE,
    (_S.PORTING_OUT, _E.PORT_OUT_ENDED): _S.ACTIVE,
    (_S.PORTING_OUT, _E.PORTED_OUT): _S.PORTED_OUT,
    (_S.SURRENDERED, _E.SWITCHED_OFF): _S.QUARANTINE,
    (_S.TERMINATED, _E.SWITCHED_OFF): _S.QUARANTINE,
    # An appeal that overturns the end of a line gives it back, as long as its number is nobody's.
    (_S.SURRENDERED, _E.RESTORED): _S.ACTIVE,
    (_S.TERMINATED, _E.RESTORED): _S.ACTIVE,
    (_S.QUARANTINE, _E.RESTORED): _S.ACTIVE,
    (_S.QUARANTINE, _E.RELEASED): _S.REISSUED,
}

# In whose name a line is as long as it is in one of these; in the others it is in nobody's.
HELD = frozenset(
    {_S.PENDING, _S.PORTING_IN, _S.ACTIVE, _S.RESTRICTED, _S.SUSPENDED, _S.IN_TRANSFER, _S.PORTING_OUT}
)


def next_state(state: LineState, event: LineEvent) -> LineState:
    """Give the state after an event; Conflict when the table has no such step."""
    try:
        return TABLE[state, event]
    except KeyError:
        was, what = state.value.replace("_", " "), event.value.replace("_", " ")
        raise Conflict(f"A line that is {was} cannot be {what}.") from None
