"""A second look at what an agent attested: which are drawn, who looks, and what they may find; one table.

Who attests can let anybody through whom they know. A share of what they attest is looked at once more, drawn
so that nobody can choose or foresee it. Nobody waits for a look, and nothing is done to a line by one.
"""

from collections.abc import Collection
from enum import Enum

from lineproof.errors import Conflict, Malformed, NotPermitted
from lineproof.terms import StaffName

_BYTES, _WHOLE = 8, 2.0**64


class LookedAt(Enum):
    """What was done on an agent's attestation."""

    REGISTRATION = "registration"
    SIM_REPLACEMENT = "sim_replacement"
    TRANSFER = "transfer"
    PORT_OUT = "port_out"
    SIGNATORY_CHANGE = "signatory_change"


class LookState(Enum):
    """Where a look is. LAPSED: what is known of the line or its holder reached its end first."""

    OPEN = "open"
    CONFIRMED = "confirmed"
    NOT_REACHED = "not_reached"
    WRONG = "wrong"
    LAPSED = "lapsed"


class LookEvent(Enum):
    """What can happen to a look."""

    CONFIRMED = "confirmed"
    NOT_REACHED = "not_reached"
    WRONG = "wrong"
    ERASED = "erased"


class LookResult(Enum):
    """What a reviewer may say. NOT_REACHED: nobody answered, and no papers were to be seen.

    CONFIRMED: it is as it was attested. WRONG: it is not, and why.
    """

    CONFIRMED = "confirmed"
    NOT_REACHED = "not_reached"
    WRONG = "wrong"


class WrongReason(Enum):
    """Why what was attested is not so; the page of the procedure says each in a sentence."""

    HOLDER_WAS_NOT_THERE = "holder_was_not_there"
    NOT_THEIR_DOCUMENT = "not_their_document"
    NOT_ASKED_FOR = "not_asked_for"


_S, _E = LookState, LookEvent

TABLE: dict[tuple[LookState, LookEvent], LookState] = {
    (_S.OPEN, _E.CONFIRMED): _S.CONFIRMED,
    (_S.OPEN, _E.NOT_REACHED): _S.NOT_REACHED,
    (_S.OPEN, _E.WRONG): _S.WRONG,
    (_S.OPEN, _E.ERASED): _S.LAPSED,
}

REASONS: dict[WrongReason, str] = {
    WrongReason.HOLDER_WAS_NOT_THERE: "The holder says that they were not there, or the papers show it.",
    WrongReason.NOT_THEIR_DOCUMENT: "The document that was shown is not the holder's own.",
    WrongReason.NOT_ASKED_FOR: "The holder was there, and did not ask for what was done.",
}


def is_drawn(mac: bytes, *, share: float) -> bool:
    """Tell whether what a keyed digest stands for is among this share of all, from 0 (none) to 1 (all).

    mac: 8 bytes or more that whoever has no key cannot tell from random ones.
    """
    return int.from_bytes(mac[:_BYTES], "big") < share * _WHOLE


def next_look_state(state: LookState, event: LookEvent) -> LookState:
    """Give the state after an event; Conflict when the table has no such step."""
    try:
        return TABLE[state, event]
    except KeyError:
        raise Conflict(f"That look is over: it is {state.value.replace('_', ' ')}.") from None


def refuse_who_attested(person: StaffName, vouchers: Collection[StaffName]) -> None:
    """Raise NotPermitted for who attested what is looked at, or vouched for the line's registration."""
    if person in vouchers:
        raise NotPermitted(
            f"{person.text} attested that, or vouched for the line.",
            remedy="Somebody who did not must look at it.",
        )


def refuse_wrong_without_reason(result: LookResult, reason: WrongReason | None) -> None:
    """Raise Malformed where something is said to be wrong and not why, or the other way about."""
    if (result is LookResult.WRONG) != (reason is not None):
        raise Malformed(
            "What is wrong has a reason, and nothing else has.",
            remedy=f"The reasons are: {', '.join(each.value for each in WrongReason)}.",
        )
