"""Second looks in a simulation: at everything that an agent attested, since a draw differs with each key."""

from datetime import timedelta
from uuid import UUID

from lineproof.line.second_look import LookResult, LookState, WrongReason
from lineproof.registry import models
from lineproof.registry.flows.second_look import finish_look
from lineproof.simulate.agenda import Act
from lineproof.simulate.operator import Operator
from lineproof.terms import StaffName

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
_LATE_OFFICE = 0.05
_FOUND = {LookResult.CONFIRMED: 0.75, LookResult.NOT_REACHED: 0.22, LookResult.WRONG: 0.03}


def look_again(op: Operator) -> str:
    """Plan every look that was drawn and is not planned yet."""
    waiting = models.SecondLook.objects.filter(state=LookState.OPEN.value)
    new = [
        row for row in waiting.order_by("drawn_at", "custody_id", "procedure") if row.id not in op.deadlines
    ]
    for row in new:
        op.decide_by(row.id, row.due_at)
        last = row.due_at - op.now
        after = last + op.between(DAY, 5 * DAY) if op.happens(_LATE_OFFICE) else op.between(HOUR, 5 * DAY)
        result = op.drawn(_FOUND)
        reason = op.one_of(tuple(WrongReason)) if result is LookResult.WRONG else None
        op.plan("a second look", _looks(op, row.id, op.one_of(op.reviewers), result, reason), after=after)
    return f"{len(new)} new"


def forget_lapsed(op: Operator) -> None:
    """Wait no more for looks at what was erased."""
    lapsed = models.SecondLook.objects.filter(state=LookState.LAPSED.value, id__in=list(op.deadlines))
    for look in lapsed.values_list("id", flat=True):
        op.deadlines.pop(look)


def _looks(
    op: Operator, look: UUID, reviewer: StaffName, result: LookResult, reason: WrongReason | None
) -> Act:
    def act() -> str:
        if look not in op.deadlines:
            return "not needed any more"
        finish_look(op.services, look, reviewer, result, reason, now=op.now)
        op.decided(look)
        return result.value

    return act
