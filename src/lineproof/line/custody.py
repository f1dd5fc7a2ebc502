"""Who held a line when: intervals that never overlap, at most one of them open."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from lineproof.errors import Conflict
from lineproof.terms import HolderId


@dataclass(frozen=True, slots=True)
class Custody:
    """One holder's time with a line, from `since` up to but not including `until` (None: still)."""

    holder: HolderId
    since: datetime
    until: datetime | None


def begin_custody(earlier: Iterable[Custody], *, holder: HolderId, since: datetime) -> Custody:
    """Begin a holder's custody; Conflict if anybody holds the line at or after `since`."""
    for custody in earlier:
        if custody.until is None or custody.until > since:
            raise Conflict(
                "The line is already in somebody's name.", remedy="It must be given up or transferred first."
            )
    return Custody(holder, since, None)


def free_slot(taken: Iterable[int]) -> int:
    """Give the lowest slot, from 1, that none of a holder's lines of a kind has."""
    occupied = set(taken)
    slot = 1
    while slot in occupied:
        slot += 1
    return slot


def within_cap(*, held: int, cap: int) -> bool:
    """Tell whether a holder of `held` lines of a kind may hold one more."""
    return held < cap
