"""The transfers that somebody has a part in, and that are not over."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from lineproof.line.transfer import OPEN, TransferState
from lineproof.registry.models import Transfer
from lineproof.terms import HolderId, LineId, TransferId


@dataclass(frozen=True, slots=True)
class OpenTransfer:
    """One transfer, as one of its parties may see it: nothing of the other.

    until: when its offer is over or, once it is accepted, when the line changes hands.
    """

    id: TransferId
    line: LineId
    state: TransferState
    is_giver: bool
    until: datetime


def read_open_transfers(holder: HolderId) -> tuple[OpenTransfer, ...]:
    """Read the open transfers that somebody gives or receives in, the one due first at the top."""
    rows = Transfer.objects.filter(
        Q(giver=holder) | Q(receiver=holder), state__in=[state.value for state in OPEN]
    )
    found = (
        OpenTransfer(
            id=TransferId(row.id),
            line=LineId(row.line_id),
            state=TransferState(row.state),
            is_giver=row.giver_id == holder,
            until=row.complete_at or row.accept_by,
        )
        for row in rows
    )
    return tuple(sorted(found, key=lambda one: (one.until, one.id)))
