"""What a holder can do with a line on their own page, as things stand now.

What keeps it where it is, they do in any visit; what moves or ends it, once they showed their document again.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from lineproof.errors import Conflict, NotFound
from lineproof.line.dispute import DisputeKind, refuse_decided, refuse_undisputable
from lineproof.line.hold import HoldKind, held_until
from lineproof.line.sim import refuse_no_sim
from lineproof.line.state import LineEvent, LineState, next_state
from lineproof.registry.models import Custody
from lineproof.registry.queries.disputes import is_disputed, read_said_before
from lineproof.registry.queries.holds import (
    OpenPorting,
    OpenReplacement,
    find_open_porting,
    find_open_replacement,
    read_holds,
)
from lineproof.registry.queries.transfers import OpenTransfer, read_open_transfers
from lineproof.terms import HolderId, LineId, LineKind


@dataclass(frozen=True, slots=True)
class PossibleActs:
    """What could be begun or stopped now. disputes: what could be said of the line. leaving: to elsewhere.

    passes_on, gets_sim, is_given_up: whether it can be offered to somebody, get another SIM, be given up.
    """

    disputes: tuple[DisputeKind, ...]
    replacement: OpenReplacement | None
    transfer: OpenTransfer | None
    leaving: OpenPorting | None
    passes_on: bool
    gets_sim: bool
    is_given_up: bool


def read_possible_acts(holder: HolderId, line: LineId, *, now: datetime) -> PossibleActs:
    """Read what a holder can do with a line of theirs; NotFound where it is not in their name."""
    custody = Custody.objects.filter(line_id=line, holder=holder, until=None).select_related("line").first()
    if custody is None:
        raise NotFound("That line is not in your name.", remedy="Go back to your lines.")
    transfers = (one for one in read_open_transfers(holder) if one.line == line and one.is_giver)
    state, replacement = LineState(custody.line.state), _replacement(line)
    in_course = replacement is not None or is_disputed(line)
    holds = read_holds(line)
    return PossibleActs(
        disputes=tuple(kind for kind in DisputeKind if _may_dispute(custody, kind)),
        replacement=replacement,
        transfer=next(transfers, None),
        leaving=_leaving(line),
        passes_on=not in_course
        and _is_allowed(lambda: next_state(state, LineEvent.TRANSFER_OFFERED))
        and held_until(holds, HoldKind.TRANSFER, now=now) is None,
        gets_sim=not in_course and _is_allowed(lambda: refuse_no_sim(LineKind(custody.line.kind), state)),
        is_given_up=_is_allowed(lambda: next_state(state, LineEvent.SURRENDERED)),
    )


def _may_dispute(custody: Custody, kind: DisputeKind) -> bool:
    return _is_allowed(lambda: refuse_undisputable(LineState(custody.line.state))) and _is_allowed(
        lambda: refuse_decided(kind, read_said_before(custody))
    )


def _is_allowed(rule: Callable[[], object]) -> bool:
    """Ask a rule that raises Conflict for what it does not allow."""
    try:
        rule()
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
