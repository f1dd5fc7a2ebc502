"""Appeals in a simulation: some of those whom a decision is against appeal, and somebody hears them."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from lineproof.line.appeal import AppealKind, AppealReason
from lineproof.registry import models
from lineproof.registry.flows.appeal_decision import hear_appeal, open_appeal, withdraw_appeal
from lineproof.simulate.operator import Operator

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
_LATE_OFFICE, _TRIES = 0.12, 4
Overturned = Callable[[], None]


def may_appeal(op: Operator, kind: AppealKind, about: UUID, *, within: timedelta = 20 * DAY) -> None:
    """Have somebody appeal some time later."""
    op.plan(f"an appeal, {kind.value}", lambda: _appeal(op, kind, about), after=op.between(HOUR, within))


def _appeal(op: Operator, kind: AppealKind, about: UUID) -> None:
    appeal = open_appeal(op.services, kind, about, now=op.now)
    op.decide_by(appeal, models.Appeal.objects.get(id=appeal).due_at)
    if op.happens(0.15):
        op.plan("an appeal is withdrawn", lambda: _withdraw(op, appeal), after=op.between(HOUR, 4 * DAY))
        return
    after = op.between(15 * DAY, 30 * DAY) if op.happens(_LATE_OFFICE) else op.between(DAY, 10 * DAY)
    op.plan("an appeal is heard", lambda: _hear(op, appeal, 1), after=after)


def _hear(op: Operator, appeal: UUID, tries: int) -> str:
    """Hear an appeal. Who is drawn may have had a part in it, and is refused: then somebody else is drawn."""
    if tries < _TRIES:
        again = f"an appeal is heard, by {tries + 1}"
        op.plan(again, lambda: _hear(op, appeal, tries + 1), after=2 * HOUR)
    if appeal not in op.deadlines:
        return "not needed any more"
    reviewer = op.one_of(op.reviewers)
    reason = op.one_of(tuple(AppealReason))
    state = hear_appeal(op.services, appeal, reviewer, reason, now=op.now)
    op.decided(appeal)
    return state.value


def _withdraw(op: Operator, appeal: UUID) -> None:
    withdraw_appeal(op.services, appeal, now=op.now)
    op.deadlines.pop(appeal, None)
