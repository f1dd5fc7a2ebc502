"""Numbers that go to another operator or come from one: which state follows, and when one may go."""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Self

from lineproof.errors import Conflict, Malformed
from lineproof.line.request import LineRequest
from lineproof.line.state import LineState
from lineproof.terms import LineKind, Msisdn

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9 .&'\-]{0,38}[A-Za-z0-9.])")


@dataclass(frozen=True, slots=True)
class OperatorName:
    """The name of another operator: 2 to 40 letters, digits, spaces and . & ' -."""

    text: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a name; spaces are made single."""
        name = " ".join(text.split())
        if not _NAME.fullmatch(name):
            raise Malformed(
                "That is not the name of an operator.",
                remedy="Use 2 to 40 letters, digits, spaces, dots, ampersands, apostrophes or hyphens.",
            )
        return cls(name)


class PortingState(Enum):
    """Where a porting is. LEAVING, then LEFT or STAYED: out. COMING, then CAME or REFUSED: in."""

    LEAVING = "leaving"
    LEFT = "left"
    STAYED = "stayed"
    COMING = "coming"
    CAME = "came"
    REFUSED = "refused"


class PortingEvent(Enum):
    """What ends a porting. TAKEN, GIVEN, REFUSED: by the other operator. NOT_CONFIRMED: its time is over."""

    TAKEN = "taken"
    GIVEN = "given"
    STOPPED_BY_HOLDER = "by_holder"
    DISPUTED = "disputed"
    NOT_CONFIRMED = "not_confirmed"
    REFUSED = "refused"


_S, _E = PortingState, PortingEvent
OPEN = frozenset({_S.LEAVING, _S.COMING})
OUT = frozenset({_S.LEAVING, _S.LEFT, _S.STAYED})

TABLE: dict[tuple[PortingState, PortingEvent], PortingState] = {
    (_S.LEAVING, _E.TAKEN): _S.LEFT,
    (_S.LEAVING, _E.STOPPED_BY_HOLDER): _S.STAYED,
    (_S.LEAVING, _E.DISPUTED): _S.STAYED,
    (_S.LEAVING, _E.NOT_CONFIRMED): _S.STAYED,
    (_S.COMING, _E.GIVEN): _S.CAME,
    (_S.COMING, _E.REFUSED): _S.REFUSED,
}


_IS = {
    _S.LEAVING: "is to go to another operator",
    _S.LEFT: "has gone to another operator",
    _S.STAYED: "stays here",
    _S.COMING: "is to come from another operator",
    _S.CAME: "has come from another operator",
    _S.REFUSED: "another operator did not let go",
}
_CANNOT = {
    _E.TAKEN: "taken by it",
    _E.GIVEN: "given by it",
    _E.STOPPED_BY_HOLDER: "kept here",
    _E.DISPUTED: "kept here for a dispute",
    _E.NOT_CONFIRMED: "kept here for want of a confirmation",
    _E.REFUSED: "refused by it",
}


def next_porting_state(state: PortingState, event: PortingEvent) -> PortingState:
    """Give the state after an event; Conflict when the table has no such step."""
    try:
        return TABLE[state, event]
    except KeyError:
        what = _CANNOT[event]
        raise Conflict(
            f"A number that {_IS[state]} cannot be {what}.", remedy="Look at where the number is now."
        ) from None


def refuse_not_portable(kind: LineKind, state: LineState) -> None:
    """Raise Conflict where a line has no number that could go, or is not in a state in which it may."""
    if kind is not LineKind.MOBILE:
        raise Conflict("An internet access has no number to take along.", remedy="Name a mobile line.")
    if state is not LineState.ACTIVE:
        raise Conflict(
            f"A line that is {state.value.replace('_', ' ')} is not ported out.",
            remedy="Settle first what is under way with the line.",
        )


def refuse_no_number(request: LineRequest) -> None:
    """Raise Malformed where what is asked for is no number, which alone can come from another operator."""
    if not isinstance(request.identifier, Msisdn):
        raise Malformed(
            "Only a mobile number can come from another operator.",
            remedy="Register an internet access anew.",
        )


def refuse_untimely(*, now: datetime, due_at: datetime | None, closes_at: datetime | None) -> None:
    """Raise Conflict unless a number may leave now: from due_at, when the holder had time to object.

    At closes_at, the end of a second term, it is too late: an office that ends it late ends it all the same.
    """
    if due_at is None or closes_at is None:
        raise ValueError("a number that leaves has its time")
    if now < due_at:
        raise Conflict(
            f"The number stays until {due_at:%Y-%m-%d %H:%M} UTC: its holder can object until then.",
            remedy="Confirm it then.",
        )
    if now >= closes_at:
        raise Conflict(
            f"It was to be confirmed before {closes_at:%Y-%m-%d %H:%M} UTC. The number stays.",
            remedy="Its holder can ask for it again.",
        )
