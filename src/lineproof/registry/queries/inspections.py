"""What is inspected, and where each inspection is."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from lineproof.line.inspection import InspectionState
from lineproof.registry.models import Inspection


@dataclass(frozen=True, slots=True)
class InspectionRow:
    """One inspection. drawn, disclosed: how many entries. not_kept: of how many the rules were not."""

    id: UUID
    inspector: str
    kind: str
    state: InspectionState
    due_at: datetime | None
    positions: tuple[int, ...]
    disclosed: int
    not_kept: int


def read_inspections() -> tuple[InspectionRow, ...]:
    """List every inspection, the newest first."""
    rows = (
        Inspection.objects.select_related("inspector")
        .prefetch_related("entries")
        .order_by("-opened_at", "id")
    )
    return tuple(_row(row) for row in rows)


def _row(row: Inspection) -> InspectionRow:
    entries = list(row.entries.all())
    return InspectionRow(
        row.id,
        row.inspector.name,
        row.kind,
        InspectionState(row.state),
        row.due_at,
        tuple(sorted(entry.position for entry in entries)),
        sum(entry.disclosed_at is not None for entry in entries),
        sum(entry.judgement == "not_kept" for entry in entries),
    )
