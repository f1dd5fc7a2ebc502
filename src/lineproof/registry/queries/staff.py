"""Who is enrolled, and how often each has acted."""

from dataclasses import dataclass
from typing import assert_never

from django.db.models import Count

from lineproof.registry.models import Staff
from lineproof.terms import StaffRole


@dataclass(frozen=True, slots=True)
class StaffRow:
    """acts: attestations of an agent, opinions of a reviewer, tokens that an inspector was ever issued."""

    name: str
    acts: int


def read_staff(role: StaffRole) -> tuple[StaffRow, ...]:
    """Read the members of staff of a role, by name."""
    rows = Staff.objects.filter(role=role.value).annotate(acts=Count(_acts_of(role))).order_by("name")
    return tuple(StaffRow(row.name, row.acts) for row in rows.only("name"))


def _acts_of(role: StaffRole) -> str:
    match role:
        case StaffRole.AGENT:
            return "attestations"
        case StaffRole.REVIEWER:
            return "opinions"
        case StaffRole.INSPECTOR:
            return "tokens"
        case _:
            assert_never(role)
