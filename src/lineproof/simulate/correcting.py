"""The office that corrects lines, in a simulation: it announces, signs, gives longer and withdraws."""

from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from lineproof.line.appeal import AppealKind
from lineproof.line.correction import ANNOUNCED, Cause, CorrectionState
from lineproof.line.ladder import Choice, Step
from lineproof.registry import models
from lineproof.registry.flows.correct_lines import announce_corrections, extend, sign_step, withdraw
from lineproof.registry.flows.find_corrections import find_corrections
from lineproof.registry.flows.surrender_line import surrender_line
from lineproof.simulate.agenda import Act
from lineproof.simulate.appealing import may_appeal
from lineproof.simulate.operator import Operator
from lineproof.terms import LineId, StaffName

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def find(op: Operator) -> str:
    """Look for lines that are wrongly registered."""
    found = find_corrections(op.services, now=op.now, dry_run=False)
    return f"{sum(found.findings.values())} found"


def announce(op: Operator) -> str:
    """Announce what was found, most of it; some of those concerned appeal, or are given longer."""
    found = models.Correction.objects.filter(state=CorrectionState.FOUND.value)
    ids = [row.id for row in _in_order(op, found) if op.happens(0.7)]
    announced = announce_corrections(op.services, ids, op.one_of(op.reviewers), now=op.now) if ids else ()
    for each in announced:
        _what_follows(op, each)
    return f"{len(announced)} announced"


def _in_order(op: Operator, rows: Iterable[models.Correction]) -> list[models.Correction]:
    """Sort by what every life of a seed has in common: lines of a base were entered at one moment."""
    return sorted(rows, key=lambda row: (row.found_at, row.cause, str(op.number_of.get(LineId(row.line_id)))))


def _what_follows(op: Operator, correction: UUID) -> None:
    if op.happens(0.6):
        after = op.between(DAY, 70 * DAY)
        op.plan("somebody comes to put it right", lambda: _come(op, correction), after=after)
    if op.happens(0.2):
        may_appeal(op, AppealKind.CORRECTION, correction, within=50 * DAY)
    if op.happens(0.15):
        after = op.between(DAY, 40 * DAY)
        op.plan("a holder is given longer", lambda: _extend(op, correction), after=after)
    if op.happens(0.1):
        after = op.between(DAY, 60 * DAY)
        op.plan("a finding is withdrawn", lambda: _withdraw(op, correction), after=after)


def _come(op: Operator, correction: UUID) -> str:
    """Have the holder verified, which puts some causes right, or else pass on or give up what is too much."""
    row = models.Correction.objects.filter(id=correction).first()  # it goes with the holder's identity
    holder = None if row is None else op.holder_of(LineId(row.line_id))
    if row is None or holder is None:
        return "nobody holds it"
    session = op.verified(holder)
    if row.cause == Cause.CAP_EXCEEDED.value and op.happens(0.7):
        surrender_line(op.services, LineId(row.line_id), session, now=op.now)
        return "gives it up"
    return f"verified, {row.cause}"


def _extend(op: Operator, correction: UUID) -> None:
    ground = op.one_of(sorted(op.services.policy.correction.extension_grounds))
    extend(op.services, correction, ground, op.one_of([*op.agents, *op.reviewers]), now=op.now)


def _withdraw(op: Operator, correction: UUID) -> None:
    withdraw(op.services, correction, op.one_of(op.reviewers), now=op.now)


def sign(op: Operator) -> str:
    """Plan the signatures of steps that are due, and of some that are not: these must wait."""
    states = [state.value for state in ANNOUNCED]
    planned = 0
    for row in _in_order(op, models.Correction.objects.filter(state__in=states)):
        due = row.due_at is not None and row.due_at <= op.now
        if not op.happens(0.5 if due else 0.05):
            continue
        choice = Choice.PUT_OFF if op.happens(0.05) else Choice.CARRY_OUT
        for number, reviewer in enumerate(op.some_of(op.reviewers, 3)):
            act = _signs(op, row.id, Step(row.step), reviewer, choice)
            op.plan("a signature", act, after=HOUR * (number + 1))
        planned += 1
    return f"{planned} lines"


def _signs(op: Operator, correction: UUID, step: Step, reviewer: StaffName, choice: Choice) -> Act:
    def act() -> str:
        (signed,) = sign_step(op.services, [correction], step, reviewer, choice, now=op.now)
        if signed.wait is not None:
            return f"waits, {signed.wait.value}"
        if signed.decided is None:
            return "one more is wanted"
        return step.value if signed.decided is Choice.CARRY_OUT else signed.decided.value

    return act
