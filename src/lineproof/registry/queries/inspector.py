"""Who inspects, and whether a token opens the log now."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, Q

from lineproof.registry.models import InspectorToken, Staff
from lineproof.terms import StaffRole


@dataclass(frozen=True, slots=True)
class InspectorRow:
    """tokens: how many hold now. until: when the last of them ends; None where none holds."""

    name: str
    tokens: int
    until: datetime | None


def read_inspectors(*, now: datetime) -> tuple[InspectorRow, ...]:
    """Read the inspectors, by name."""
    held = Q(tokens__revoked_at=None, tokens__expires_at__gt=now)
    rows = Staff.objects.filter(role=StaffRole.INSPECTOR.value).annotate(
        held=Count("tokens", filter=held), until=Max("tokens__expires_at", filter=held)
    )
    found = rows.order_by("name").values_list("name", "held", "until")
    return tuple(InspectorRow(name, tokens, until) for name, tokens, until in found)


def may_read_log(token: str, *, now: datetime) -> bool:
    """Tell whether a token opens the published log now.

    It is looked up by its digest, so that how long that takes says nothing of a token that would open it.
    """
    held = InspectorToken.objects.filter(revoked_at=None, expires_at__gt=now)
    return held.filter(token_digest=token_digest(token), staff__role=StaffRole.INSPECTOR.value).exists()


def token_digest(token: str) -> bytes:
    """Give what is kept of a token: SHA-256."""
    return hashlib.sha256(token.encode()).digest()
