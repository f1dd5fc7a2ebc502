"""That a line is used by somebody other than its holder: who may say so. Nothing that is done on a line does.

A holder says it of their own line; a court says it in an order, which somebody has seen. There is no third
way: no figure, no pattern and no machine says it. What was said and has come to its end is said again by
another order, or by the holder once what came of it could not be appealed any more.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Self

from lineproof.decision.clocks import Calendar, Term
from lineproof.errors import Conflict, Malformed, NotPermitted
from lineproof.line.clock import deadline
from lineproof.terms import SessionId, StaffName

MOST_CHARACTERS = 64
_REFERENCE = re.compile(rf"[A-Za-z0-9][A-Za-z0-9 ./:\-]{{1,{MOST_CHARACTERS - 1}}}")


class WhoSaidSo(Enum):
    """On whose word a line is said to be used by another."""

    HOLDER = "holder"
    COURT = "court"


@dataclass(frozen=True, slots=True)
class CourtReference:
    """What a court calls its order: 2 to 64 letters, digits, spaces, dots, slashes, colons or hyphens."""

    text: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a reference; spaces are joined into one."""
        bare = " ".join(text.split())
        if not _REFERENCE.fullmatch(bare):
            raise Malformed(
                "That is not the reference of a court's order.",
                remedy=f"Copy its number as the court writes it: 2 to {MOST_CHARACTERS} letters, digits, "
                "spaces or ./:-",
            )
        return cls(bare)


@dataclass(frozen=True, slots=True)
class WordOfHolder:
    """The holder says so, who was verified in a session.

    besides_minor: that it is somebody else than the minor for whom the line is registered, if it is for one.
    """

    session: SessionId
    besides_minor: bool = False


@dataclass(frozen=True, slots=True)
class OrderOfCourt:
    """A court says so. seen_by: the agent who has read the order itself."""

    reference: CourtReference
    seen_by: StaffName


Source = WordOfHolder | OrderOfCourt


@dataclass(frozen=True, slots=True)
class SaidBefore:
    """What was said of a line before. ended_at: None while it is being corrected. order: of a court's."""

    ended_at: datetime | None
    order: OrderOfCourt | None = None


def refuse_said_before(
    source: Source, earlier: Collection[SaidBefore], *, term: Term, calendar: Calendar, now: datetime
) -> None:
    """Raise Conflict for what is being corrected, for an order a second time, and for a word said too soon.

    NotPermitted for an order by who has read an earlier one: whoever makes orders up cannot begin it anew.
    term: how long after the end of what was said last the holder can say it again.
    """
    ends = [each.ended_at for each in earlier if each.ended_at is not None]
    if len(ends) < len(earlier):
        raise Conflict(
            "This was said of that line before, and is being corrected.",
            remedy="Look at its correction; whoever is concerned can appeal against it.",
        )
    if isinstance(source, OrderOfCourt):
        orders = [each.order for each in earlier if each.order is not None]
        if source.reference.text.casefold() in {order.reference.text.casefold() for order in orders}:
            raise Conflict(
                "By that order it was said of that line before, and came to its end.",
                remedy="Only another order of a court begins it again.",
            )
        if source.seen_by in {order.seen_by for order in orders}:
            raise NotPermitted(
                f"{source.seen_by.text} has read an earlier order about that line.",
                remedy="Another agent must read this one.",
            )
        return
    until = max((deadline(each, term, calendar) for each in ends), default=now)
    if now < until:
        raise Conflict(
            f"This was said of that line before, and can be said again from {until:%Y-%m-%d %H:%M} UTC.",
            remedy="Come back then, or transfer the line to who uses it.",
        )
