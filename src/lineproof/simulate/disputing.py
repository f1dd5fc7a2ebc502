"""Disputes in a simulation, and what courts and holders say about who uses a line."""

from datetime import datetime, timedelta

from lineproof.line.appeal import AppealKind
from lineproof.line.dispute import REASONS, DisputeChoice, DisputeKind, DisputeReason, Statement
from lineproof.line.used_by_another import CourtReference, OrderOfCourt, Source, WordOfHolder
from lineproof.registry import models
from lineproof.registry.flows.close_line_used_by_another import report_used_by_another
from lineproof.registry.flows.decide_dispute import give_opinion
from lineproof.registry.flows.dispute_line import hear_user, open_dispute, withdraw_dispute
from lineproof.registry.flows.lines import unseal_line
from lineproof.registry.flows.take_over_line import LineInHand, take_over_line
from lineproof.simulate.agenda import Act
from lineproof.simulate.appealing import may_appeal
from lineproof.simulate.operator import Operator
from lineproof.simulate.passport import Passport
from lineproof.terms import DisputeId, HolderId, LineId, StaffName

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
_LATE_OFFICE = 0.12
NOBODY = "nobody holds one"


def dispute(op: Operator, line: LineId | None = None) -> str:
    """Have a holder say that a line is not theirs, or not needed."""
    held = op.held_line() if line is None else None
    line, holder = held if held is not None else (line, None if line is None else op.holder_of(line))
    if line is None or holder is None:
        return NOBODY
    kind = op.one_of(tuple(DisputeKind))
    opened = open_dispute(op.services, line, kind, op.verified(holder), now=op.now)
    op.decide_by(opened.id, opened.due_at)
    if op.happens(0.1):
        after = op.between(HOUR, 4 * DAY)
        op.plan("a dispute is taken back", lambda: _withdraw(op, opened.id, holder), after=after)
        return kind.value
    if op.happens(0.7):
        after = op.between(HOUR, 12 * DAY)
        op.plan("a line's user is heard", lambda: _hear(op, opened.id, opened.answer_by), after=after)
    late = op.happens(_LATE_OFFICE)
    last = opened.due_at - op.now
    after = last + op.between(DAY, 9 * DAY) if late else last * 0.6
    _plan_opinions(op, opened.id, kind, after=after)
    return kind.value


def _plan_opinions(op: Operator, about: DisputeId, kind: DisputeKind, *, after: timedelta) -> None:
    """Plan as many opinions as can be wanted: who vouched is refused, and all are before the user spoke."""
    choice = op.one_of(tuple(DisputeChoice))
    fitting = [reason for reason, text in REASONS.items() if text.choice is choice and kind in text.kinds]
    after = timedelta(seconds=int(after.total_seconds()))
    for number, reviewer in enumerate(op.some_of(op.reviewers, 5)):
        reason = op.one_of(fitting)
        # The first tries before anybody was heard, which is mostly refused.
        delay = DAY if number == 0 else after + number * HOUR
        op.plan("an opinion on a dispute", _opines(op, about, reviewer, choice, reason), after=delay)


def _opines(
    op: Operator, about: DisputeId, reviewer: StaffName, choice: DisputeChoice, reason: DisputeReason
) -> Act:
    def act() -> str:
        if about not in op.deadlines:
            return "not needed any more"
        decided = give_opinion(op.services, about, reviewer, choice, reason, now=op.now)
        if decided is None:
            return "one of two"
        op.decided(about)
        if op.happens(0.3):
            may_appeal(op, AppealKind.DISPUTE, about)
        if op.happens(0.3):
            after = op.between(HOUR, 60 * DAY)
            op.plan("a disowned line is taken over", lambda: _take_over(op, about), after=after)
        return decided.choice

    return act


def _hear(op: Operator, about: DisputeId, answer_by: datetime) -> str:
    silent = op.now >= answer_by and op.happens(0.5)
    statement = Statement.DID_NOT_ANSWER if silent else op.one_of(tuple(Statement))
    hear_user(op.services, about, statement, op.one_of(op.agents), now=op.now)
    return statement.value


def _withdraw(op: Operator, about: DisputeId, holder: Passport) -> None:
    withdraw_dispute(op.services, about, op.verified(holder), now=op.now)
    op.deadlines.pop(about, None)


def _take_over(op: Operator, about: DisputeId) -> str | None:
    """Have who uses a disputed line take it over: mostly it is not disowned, and they are refused."""
    custody = models.Dispute.objects.select_related("custody__line").get(id=about).custody
    if custody.until is not None:
        return "it is somebody else's"
    # What is printed on its SIM is nowhere but in the record here.
    printed = unseal_line(op.services, custody.line, HolderId(custody.holder_id))
    shown, terms = LineInHand(printed, op.one_of(op.agents)), op.services.policy.terms_version
    take_over_line(op.services, shown, op.verified(op.somebody()), terms_version=terms, now=op.now)
    return None


def say_used_by_another(op: Operator) -> str:
    """Have a court, or the holder, say that somebody else uses a line."""
    held = op.held_line()
    if held is None:
        return NOBODY
    line, holder = held
    by_court = op.happens(0.6)
    source: Source = WordOfHolder(op.verified(holder))
    if by_court:
        reference = CourtReference.parse(f"{op.world.chance.randrange(1, 9999)} K 26")
        source = OrderOfCourt(reference, op.one_of(op.agents))
    report_used_by_another(op.services, line, source=source, now=op.now)
    return "by a court" if by_court else "by its holder"
