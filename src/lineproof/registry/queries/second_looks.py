"""Second looks at what agents attested: those that wait, whose line each is about, and who may not do one."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from lineproof.errors import Erased, NotFound
from lineproof.line.second_look import (
    LookedAt,
    LookEvent,
    LookState,
    next_look_state,
    refuse_who_attested,
)
from lineproof.ports import KeyService
from lineproof.registry.models import SecondLook, Vouching
from lineproof.registry.models.choices import Retention
from lineproof.registry.personal import unseal
from lineproof.terms import LineId, StaffName


@dataclass(frozen=True, slots=True)
class LookRow:
    """One look as the office lists it: nothing of the line's holder."""

    id: UUID
    line: LineId
    agent: StaffName
    procedure: LookedAt
    state: LookState
    drawn_at: datetime
    due_at: datetime


def read_looks(*, open_only: bool = True, overdue_at: datetime | None = None) -> tuple[LookRow, ...]:
    """List looks, those that are due first. overdue_at: only what is open and was due by then."""
    rows = SecondLook.objects.all()
    if open_only or overdue_at is not None:
        rows = rows.filter(ended_at=None)
    if overdue_at is not None:
        rows = rows.filter(due_at__lte=overdue_at)
    return _listed(rows)


def read_number_of_look(keys: KeyService, look: UUID, reviewer: StaffName) -> str:
    """Give the number or account that a look is about, so that its holder can be called.

    Raises NotFound for an unknown look, NotPermitted for who may not do it, Conflict once it is over, Erased
    when the line's data is gone.
    """
    row = SecondLook.objects.filter(id=look).select_related("custody__line").first()
    if row is None:
        raise NotFound("There is no such look.", remedy="List them with: lineproof agents looks list")
    refuse_who_attested(reviewer, may_not_look(look))
    next_look_state(LookState(row.state), LookEvent.CONFIRMED)
    line = row.custody.line
    last = line.custodies.order_by("-since").first()
    if line.sealed_identifier is None or last != row.custody:
        raise Erased("The line is somebody else's now, or was erased.", remedy="Say that it was not reached.")
    value = unseal(
        keys,
        bytes(line.sealed_identifier),
        subject=row.custody.holder_id,
        retention=Retention.LINE,
        place="line.sealed_identifier",
    )
    return value["identifier"] or ""


def may_not_look(look: UUID) -> frozenset[StaffName]:
    """Give who may not do a look: who attested what it is about, or vouched for the line's registration."""
    attested = SecondLook.objects.filter(id=look).values_list("agent__name", flat=True)
    vouched = Vouching.objects.filter(custody__second_looks=look).values_list("staff__name", flat=True)
    return frozenset(map(StaffName, {*attested, *vouched}))


def _listed(rows: QuerySet[SecondLook]) -> tuple[LookRow, ...]:
    return tuple(
        LookRow(
            row.id,
            LineId(row.custody.line_id),
            StaffName(row.agent.name),
            LookedAt(row.procedure),
            LookState(row.state),
            row.drawn_at,
            row.due_at,
        )
        for row in rows.select_related("custody", "agent").order_by("due_at", "id")
    )
