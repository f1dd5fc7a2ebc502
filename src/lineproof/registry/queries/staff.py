"""Who is enrolled, and how often each has acted."""

from dataclasses import dataclass

from django.db.models import Count

from lineproof.registry.models import Staff
from lineproof.terms import StaffRole


@dataclass(frozen=True, slots=True)
class StaffRow:
    """acts: attestations of an agent, opinions of a reviewer."""

    name: str
    acts: int


def read_staff(role: StaffRole) -> tuple[StaffRow, ...]:
    """Read the members of staff of a role, by name."""
    acts = "attestations" if role is StaffRole.AGENT else "opinions"
    rows = Staff.objects.filter(role=role.value).annotate(acts=Count(acts)).order_by("name")
    return tuple(StaffRow(row.name, row.acts) for row in rows.only("name"))
