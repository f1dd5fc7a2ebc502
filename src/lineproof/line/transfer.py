"""The official change of holder as one table: an offer, its acceptance, a time to think, and the end.

A transfer has its own state; the line is in transfer for as long as one is open. Nothing here happens by
being late: an offer that nobody accepts is over, and a line that is not handed over stays with its giver.
"""

from datetime import datetime
from enum import Enum

from lineproof.errors import Conflict


class TransferState(Enum):
    """Where a transfer is. ACCEPTED: both want it, and either can still take it back."""

    OFFERED = "offered"
    ACCEPTED = "accepted"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class TransferEnd(Enum):
    """Why a transfer came to nothing. EXPIRED: nobody accepted the offer in time.

    NOT_BY_GIVER: the line's holder says that they did not offer it.
    """

    BY_GIVER = "by_giver"
    NOT_BY_GIVER = "not_by_giver"
    BY_RECEIVER = "by_receiver"
    BY_DISPUTE = "by_dispute"
    BY_CORRECTION = "by_correction"
    EXPIRED = "expired"


class TransferEvent(Enum):
    """What can happen to a transfer. The others are the ways in which it comes to nothing."""

    ACCEPTED = "accepted"
    COMPLETED = "completed"
    BY_GIVER = "by_giver"
    NOT_BY_GIVER = "not_by_giver"
    BY_RECEIVER = "by_receiver"
    BY_DISPUTE = "by_dispute"
    BY_CORRECTION = "by_correction"
    EXPIRED = "expired"


_S, _E = TransferState, TransferEvent

TABLE: dict[tuple[TransferState, TransferEvent], TransferState] = {
    (_S.OFFERED, _E.ACCEPTED): _S.ACCEPTED,
    # Until somebody accepts, nobody but the giver has a part in it; whoever does not want it lets it be.
    (_S.OFFERED, _E.BY_GIVER): _S.CANCELLED,
    (_S.OFFERED, _E.NOT_BY_GIVER): _S.CANCELLED,
    (_S.OFFERED, _E.BY_DISPUTE): _S.CANCELLED,
    (_S.OFFERED, _E.BY_CORRECTION): _S.CANCELLED,
    (_S.OFFERED, _E.EXPIRED): _S.CANCELLED,
    (_S.ACCEPTED, _E.BY_GIVER): _S.CANCELLED,
    (_S.ACCEPTED, _E.NOT_BY_GIVER): _S.CANCELLED,
    (_S.ACCEPTED, _E.BY_RECEIVER): _S.CANCELLED,
    (_S.ACCEPTED, _E.BY_DISPUTE): _S.CANCELLED,
    (_S.ACCEPTED, _E.BY_CORRECTION): _S.CANCELLED,
    (_S.ACCEPTED, _E.COMPLETED): _S.COMPLETED,
}

# As long as it is in one of these, it can still end either way.
OPEN = frozenset({_S.OFFERED, _S.ACCEPTED})


def next_transfer_state(state: TransferState, event: TransferEvent) -> TransferState:
    """Give the state after an event; Conflict when the table has no such step."""
    try:
        return TABLE[state, event]
    except KeyError:
        what = event.value.replace("_", " ")
        raise Conflict(f"A transfer that is {state.value} cannot be ended or carried on: {what}.") from None


def may_accept(*, accept_by: datetime, now: datetime) -> bool:
    """Tell whether an offer can still be accepted: before its deadline, and not at it."""
    return now < accept_by


def may_complete(*, complete_at: datetime, now: datetime) -> bool:
    """Tell whether the time to think is over: at its end, and not before."""
    return now >= complete_at
