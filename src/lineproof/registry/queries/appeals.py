"""Which appeals are open, and against what."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from lineproof.line.appeal import AppealKind, AppealState
from lineproof.registry.models import Appeal


@dataclass(frozen=True, slots=True)
class AppealRow:
    """One appeal as the office lists it."""

    id: UUID
    kind: AppealKind
    about: UUID
    state: AppealState
    opened_at: datetime
    due_at: datetime


def is_appealed(about: UUID) -> bool:
    """Tell whether an appeal against a case, a correction or a dispute is open: until then it rests."""
    return Appeal.objects.filter(about=about, state=AppealState.OPEN.value).exists()


def read_appeals(*, open_only: bool = True) -> tuple[AppealRow, ...]:
    """List appeals, those that are due first."""
    rows = Appeal.objects.order_by("due_at", "opened_at", "id")
    if open_only:
        rows = rows.filter(state=AppealState.OPEN.value)
    return tuple(
        AppealRow(row.id, AppealKind(row.kind), row.about, AppealState(row.state), row.opened_at, row.due_at)
        for row in rows
    )
