"""Holds: what may not be done with a line for a while, so that a thief gains nothing by being quick."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from lineproof.errors import Conflict


class HoldKind(Enum):
    """What a hold keeps from being done. HIGH_RISK_ANSWERS: telling others that nothing has changed."""

    PORT_OUT = "port_out"
    TRANSFER = "transfer"
    HIGH_RISK_ANSWERS = "high_risk_answers"


@dataclass(frozen=True, slots=True)
class Hold:
    """One hold, up to but not including `until`."""

    kind: HoldKind
    until: datetime


def held_until(holds: Iterable[Hold], kind: HoldKind, *, now: datetime) -> datetime | None:
    """Give until when something may not be done; None where it may be."""
    return max((hold.until for hold in holds if hold.kind is kind and hold.until > now), default=None)


def refuse_held(holds: Iterable[Hold], kind: HoldKind, *, now: datetime) -> None:
    """Raise Conflict where a hold keeps this from being done now, saying until when."""
    until = held_until(holds, kind, now=now)
    if until is not None:
        raise Conflict(
            "This cannot be done with the line until {until}.",
            remedy="It protects the holder after a change to the line. Come back then.",
            until=until,
        )
