"""What a holder can do with a line on their own page: what keeps it where it is, as things stand now."""

from dataclasses import dataclass

from lineproof.errors import Conflict, NotFound
from lineproof.line.dispute import DisputeKind, refuse_decided, refuse_undisputable
from lineproof.line.state import LineState
from lineproof.registry.models import Custody
from lineproof.registry.queries.disputes import read_said_before
from lineproof.registry.queries.holds import (
    OpenPorting,
    OpenReplacement,
    find_open_porting,
    find_open_replacement,
)
from lineproof.registry.queries.transfers import OpenTransfer, read_open_transfers
from lineproof.terms import HolderId, LineId


@dataclass(frozen=True, slots=True)
class PossibleActs:
    """What could be begun or stopped now. disputes: what could be said of the line. leaving: to elsewhere."""

    disputes: tuple[DisputeKind, ...]
    replacement: OpenReplacement | None
    transfer: OpenTransfer | None
    leaving: OpenPorting | None


def read_possible_acts(holder: HolderId, line: LineId) -> PossibleActs:
    """Read what a holder can do with a line of theirs; NotFound where it is not in their name."""
    custody = Custody.objects.filter(line_id=line, holder=holder, until=None).select_related("line").first()
    if custody is None:
        raise NotFound("That line is not in your name.", remedy="Go back to your lines.")
    transfers = (one for one in read_open_transfers(holder) if one.line == line and one.is_giver)
    return PossibleActs(
        disputes=tuple(kind for kind in DisputeKind if _may_dispute(custody, kind)),
        replacement=_replacement(line),
        transfer=next(transfers, None),
        leaving=_leaving(line),
    )


def _may_dispute(custody: Custody, kind: DisputeKind) -> bool:
    try:
        refuse_undisputable(LineState(custody.line.state))
        refuse_decided(kind, read_said_before(custody))
    except Conflict:
        return False
    return True


def _replacement(line: LineId) -> OpenReplacement | None:
    try:
        return find_open_replacement(line)
    except NotFound:
        return None


def _leaving(line: LineId) -> OpenPorting | None:
    try:
        found = find_open_porting(line)
    except NotFound:
        return None
    return found if found.leaving else None
