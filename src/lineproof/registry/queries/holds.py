"""What may not be done with a line for a while, and what is under way with it."""

from dataclasses import dataclass
from datetime import datetime

from lineproof.errors import NotFound
from lineproof.line.hold import Hold, HoldKind
from lineproof.line.porting import OPEN, PortingState
from lineproof.line.sim import SimState
from lineproof.registry import models
from lineproof.terms import LineId, PortingId, ReplacementId


@dataclass(frozen=True, slots=True)
class OpenReplacement:
    """Another SIM that was asked for and is switched on at due_at."""

    id: ReplacementId
    due_at: datetime


@dataclass(frozen=True, slots=True)
class OpenPorting:
    """A number on its way: to another operator where it is `leaving`, else from one.

    due_at, closes_at: from when and until when one that leaves can be confirmed; of one that comes, by when
    it ought to be let go, or None of earlier releases, and None.
    """

    id: PortingId
    leaving: bool
    other_operator: str
    due_at: datetime | None
    closes_at: datetime | None


@dataclass(frozen=True, slots=True)
class LatePorting:
    """A number that another operator ought to have let go by due_at: nothing of its holder, and no number."""

    id: PortingId
    line: LineId
    other_operator: str
    due_at: datetime


def read_late_portings(*, now: datetime) -> tuple[LatePorting, ...]:
    """Read the numbers that another operator ought to have let go by now, those that wait longest first."""
    rows = models.Porting.objects.filter(ended_at=None, state=PortingState.COMING.value, due_at__lt=now)
    return tuple(
        LatePorting(PortingId(row.id), LineId(row.line_id), row.other_operator, row.due_at)
        for row in rows.order_by("due_at", "id")
        if row.due_at is not None
    )


def read_holds(line: LineId) -> tuple[Hold, ...]:
    """Read every hold of a line, those that are over too; `line/hold.py` says which holds now."""
    rows = models.Hold.objects.filter(line=line).order_by("until", "id")
    return tuple(Hold(HoldKind(kind), until) for kind, until in rows.values_list("kind", "until"))


def find_open_replacement(line: LineId) -> OpenReplacement:
    """Find the replacement of a line's SIM that is cooling off; NotFound without one."""
    row = models.SimReplacement.objects.filter(line=line, state=SimState.ASKED.value).first()
    if row is None:
        raise NotFound("No other SIM is asked for, for that line.")
    return OpenReplacement(ReplacementId(row.id), row.due_at)


def find_open_porting(line: LineId) -> OpenPorting:
    """Find the open porting of a line's number; NotFound without one."""
    row = models.Porting.objects.filter(line=line, state__in=[state.value for state in OPEN]).first()
    if row is None:
        raise NotFound("The number of that line is not on its way anywhere.")
    leaving = PortingState(row.state) is PortingState.LEAVING
    return OpenPorting(PortingId(row.id), leaving, row.other_operator, row.due_at, row.closes_at)
