"""The passkeys by which a holder opens their pages."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from lineproof.registry.models import HolderPasskey
from lineproof.terms import HolderId


@dataclass(frozen=True, slots=True)
class HeldPasskey:
    """One passkey. used_at: when it last opened the pages; None: never."""

    id: UUID
    made_at: datetime
    used_at: datetime | None


def read_passkeys(holder: HolderId) -> tuple[HeldPasskey, ...]:
    """Read a holder's passkeys, in the order in which they were made."""
    rows = HolderPasskey.objects.filter(holder=holder).order_by("made_at", "id")
    return tuple(HeldPasskey(row.id, row.made_at, row.used_at) for row in rows)
