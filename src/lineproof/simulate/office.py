"""What runs by itself at the operator of a simulation, what breaks down, and who inspects it."""

import hashlib
from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from lineproof.line.inspection import Judgement, OperatorAnswer
from lineproof.line.state import LineState
from lineproof.registry import models
from lineproof.registry.flows.after_commit import finish
from lineproof.registry.flows.deliver_notices import deliver_notices
from lineproof.registry.flows.erase import erase_due
from lineproof.registry.flows.inspect import (
    INSPECTED,
    answer_inspection,
    close_inspection,
    disclose,
    draw_inspected,
    open_inspection,
    report_inspection,
)
from lineproof.registry.flows.port_in import tell_late_ports
from lineproof.registry.flows.port_out import end_due_ports
from lineproof.registry.flows.publish_log import publish_log
from lineproof.registry.flows.reissue_numbers import release_numbers
from lineproof.registry.flows.remind_holders import remind_holders
from lineproof.registry.flows.replace_sim import switch_due_sims
from lineproof.registry.flows.transfer_line import complete_due_transfers, end_stale_offers
from lineproof.simulate.agenda import Act
from lineproof.simulate.looking import forget_lapsed
from lineproof.simulate.operator import Operator
from lineproof.terms import LineId, StaffName

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def work(op: Operator) -> None:
    """Do what a worker does every few hours: orders, and what has become due. Notices go out in `deliver`."""
    services, now = op.services, op.now
    finish(services, now=now)
    _count(op, "SIMs switched", switch_due_sims(services, now=now))
    _count(op, "lines changed hands", complete_due_transfers(services, now=now))
    _count(op, "offers ran out", end_stale_offers(services, now=now))
    _count(op, "numbers not taken in time", end_due_ports(services, now=now))
    _count(op, "told that a number is late", tell_late_ports(services, now=now))


def deliver(op: Operator) -> None:
    """Do what a worker does with the notices on their way. A real one does it every few minutes."""
    delivered = deliver_notices(op.services, now=op.now)
    _count(op, "notices delivered", delivered.delivered)
    _count(op, "notices not delivered", delivered.undelivered)


def close_the_day(op: Operator) -> None:
    """Do what a worker does at night: remind who is to be reminded, release numbers, erase what is due."""
    _count(op, "holders reminded", remind_holders(op.services, now=op.now))
    _count(op, "numbers released", release_numbers(op.services, now=op.now))
    released = models.Line.objects.filter(state=LineState.REISSUED.value)
    known = [LineId(each) for each in released.values_list("id", flat=True)]
    op.free += sorted((op.forget_line(each) for each in known if each in op.number_of), key=str)
    erased = erase_due(op.services, now=op.now)
    _count(op, "holders erased as due", erased.holders)
    _count(op, "sessions erased as due", erased.sessions)
    forget_lapsed(op)


def _count(op: Operator, name: str, count: int) -> None:
    if count:
        op.events[name] += count


# What breaks down


def lose_network(op: Operator) -> None:
    """Have the network out of reach for some hours."""
    op.world.network.down = True
    op.plan("the network is back", lambda: _restore(op), after=op.between(HOUR, 20 * HOUR))


def _restore(op: Operator) -> None:
    op.world.network.down = False


def lose_messages(op: Operator) -> None:
    """Have the channel of messages out of reach, for hours or for days."""
    op.messages.down = True
    op.plan("messages go out again", lambda: _send_again(op), after=op.between(HOUR, 6 * DAY))


def _send_again(op: Operator) -> None:
    op.messages.down = False


# Inspections


def inspect(op: Operator) -> None:
    """Have an inspector draw a sample of what was done."""
    nonce = op.world.chance.randbytes(32)
    commitment = hashlib.sha256(nonce).digest()
    kind = op.one_of(INSPECTED)
    inspection = open_inspection(
        op.services, op.inspector, kind=kind, asked=5, commitment=commitment, now=op.now
    )
    op.plan("the log is published", lambda: _publish(op), after=HOUR)
    op.plan("a sample is drawn", lambda: _draw(op, inspection, nonce), after=2 * HOUR)


def _publish(op: Operator) -> None:
    publish_log(op.services)


def _draw(op: Operator, inspection: UUID, nonce: bytes) -> str:
    sample = draw_inspected(op.services, inspection, nonce, now=op.now)
    first, second = op.some_of(op.reviewers, 2)
    for position in sample.positions:
        for reviewer in (first, second):
            act = _discloses(op, inspection, position, reviewer)
            op.plan("an entry is disclosed", act, after=op.between(HOUR, DAY))
    op.plan("an inspector reports", lambda: _report(op, inspection), after=2 * DAY)
    return "empty" if not sample.positions else "of some entries"


def _discloses(op: Operator, inspection: UUID, position: int, reviewer: StaffName) -> Act:
    def act() -> str:
        disclosed = disclose(op.services, inspection, position, reviewer, now=op.now)
        return "one of two" if disclosed is None else "to the inspector"

    return act


def _report(op: Operator, inspection: UUID) -> str:
    rows = list(models.InspectedEntry.objects.filter(inspection=inspection).order_by("position"))
    # Which entries are in a sample, and so which were erased, differs between two lives of a seed: what is
    # drawn here must not depend on it.
    drawn = [op.one_of((Judgement.KEPT, Judgement.KEPT, Judgement.NOT_KEPT)) for _ in rows]
    judgements = {
        row.position: Judgement.CANNOT_TELL if row.disclosed_at is None else judgement
        for row, judgement in zip(rows, drawn, strict=True)
    }
    op.decide_by(inspection, report_inspection(op.services, inspection, judgements, now=op.now))
    answers = [op.one_of(tuple(OperatorAnswer)) for _ in rows]
    wrong = {
        at: answer
        for (at, judgement), answer in zip(judgements.items(), answers, strict=True)
        if judgement is Judgement.NOT_KEPT
    }
    after = op.between(15 * DAY, 20 * DAY) if op.happens(0.2) else op.between(DAY, 6 * DAY)
    op.plan("an inspection is answered", lambda: _answer(op, inspection, wrong), after=after)
    return "not all was kept" if wrong else "all was kept"


def _answer(op: Operator, inspection: UUID, answers: Mapping[int, OperatorAnswer]) -> None:
    answer_inspection(op.services, inspection, answers, op.one_of(op.reviewers), now=op.now)
    op.decided(inspection)
    op.plan("an inspection is closed", lambda: _close(op, inspection), after=DAY)


def _close(op: Operator, inspection: UUID) -> None:
    close_inspection(op.services, inspection, now=op.now)
