"""Let a number go to another operator: asked for by its holder, gone when they had time to object.

1. one transaction: who was verified in the session must hold the line; it is mobile and active, nothing holds
   it from being ported out, and no other SIM is asked for
2. the line is porting out, and works as before; the holder is told until when they can object; entry; a
   second look, if it is drawn
stop_port_out, at any time until the number has left:
3. one transaction: the holder is verified; the line is active; told, entry
confirm_port_out, when the other operator says that it takes the number:
4. one transaction: not before the holder had time to object, and not after as long again
5. custody ends; the number is not ours, and nothing finds the line by it any more; what still waits to be
   ordered for it, another SIM's number say, is closed, with an entry; order off; told, entry
end_due_ports, one transaction each:
6. not confirmed in time: as in 3, the line stays with its holder
7. after the commit: send the orders

Lateness has a direction: an office that is late keeps the line where it is, switched on.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from lineproof.line.clock import deadline
from lineproof.line.hold import HoldKind
from lineproof.line.notice import NoticeKind
from lineproof.line.porting import (
    OperatorName,
    PortingEvent,
    PortingState,
    refuse_not_portable,
    refuse_untimely,
)
from lineproof.line.second_look import LookedAt
from lineproof.line.state import LineEvent, LineState
from lineproof.ports import Services, SwitchState
from lineproof.registry import models
from lineproof.registry.flows import lines
from lineproof.registry.flows.after_commit import finish
from lineproof.registry.flows.held_line import (
    custody_of_protector,
    custody_of_verified,
    owner_of,
    refuse_in_course,
    refuse_line_held,
)
from lineproof.registry.flows.holding import give_notice
from lineproof.registry.flows.log import LogWriter
from lineproof.registry.flows.orders import order
from lineproof.registry.flows.portings import custody_in, end_porting, forget_number, porting_of
from lineproof.registry.flows.provision import overtake_orders
from lineproof.registry.flows.second_look import draw_second_look
from lineproof.registry.flows.verify_holder import OwnPage
from lineproof.terms import HolderId, LineId, LineKind, PortingId, SessionId
from lineproof.transparency.entry import EntryKind, Stage


@dataclass(frozen=True, slots=True)
class PortOutAsked:
    """A number that is to leave: from when the other operator can confirm it, and until when."""

    porting: PortingId
    due_at: datetime
    closes_at: datetime


def ask_port_out(
    services: Services, line: LineId, session: SessionId, to_operator: OperatorName, *, now: datetime
) -> PortOutAsked:
    """Ask that a line's number goes to another operator, in the name of the holder verified in a session.

    Raises NotPermitted when they are not its holder, Conflict when the line is not a mobile one that is
    active, or something holds it.
    """
    policy = services.policy
    with transaction.atomic():
        custody = custody_of_verified(services, line, session, now=now)  # 1
        row, holder = custody.line, HolderId(custody.holder_id)
        refuse_not_portable(LineKind(row.kind), LineState(row.state))
        refuse_in_course(row)
        refuse_line_held(row, HoldKind.PORT_OUT, now=now)
        due_at = deadline(now, policy.clocks.port_out, policy.calendar)
        closes_at = deadline(due_at, policy.clocks.port_out, policy.calendar)
        with LogWriter(services, owner_of(custody), now=now) as log:
            lines.move(row, LineEvent.PORT_OUT_ASKED)  # 2
            porting = models.Porting.objects.create(
                line=row,
                state=PortingState.LEAVING.value,
                other_operator=to_operator.text,
                subject=log.subject,
                asked_at=now,
                due_at=due_at,
                closes_at=closes_at,
            )
            give_notice(NoticeKind.PORT_OUT_ASKED, holder, log, line=line, deadline=due_at)
            log.enter(
                EntryKind.PORT_OUT_ASKED,
                {"line": str(line), "porting": str(porting.id), "to": to_operator.text},
                stage=Stage.WAITS_FOR_PARTY,
                due_at=due_at,
            )
            draw_second_look(custody, session, LookedAt.PORT_OUT, log)
    finish(services, now=now)  # 7
    return PortOutAsked(PortingId(porting.id), due_at, closes_at)


def stop_port_out(services: Services, porting: PortingId, by: SessionId | OwnPage, *, now: datetime) -> None:
    """Keep a number here, in the name of the holder, who was verified in a session or is on their page.

    Raises NotFound for an unknown porting, NotPermitted when they do not hold the line, Conflict when the
    number has left, stays already, or is not one that leaves.
    """
    with transaction.atomic():
        row = porting_of(porting, PortingEvent.STOPPED_BY_HOLDER)  # 3
        custody = custody_of_protector(services, LineId(row.line_id), by, now=now)
        with LogWriter(services, owner_of(custody), now=now, subject=bytes(row.subject)) as log:
            _stay(row, custody, PortingEvent.STOPPED_BY_HOLDER, log)
    finish(services, now=now)


def confirm_port_out(services: Services, porting: PortingId, *, now: datetime) -> None:
    """Let a number go, since the other operator takes it.

    Raises NotFound for an unknown porting, Conflict before the holder had time to object, after the time for
    confirming it, and when the number has left, stays already, or is not one that leaves.
    """
    with transaction.atomic():
        row = porting_of(porting, PortingEvent.TAKEN)  # 4
        refuse_untimely(now=now, due_at=row.due_at, closes_at=row.closes_at)
        custody = custody_in(row)
        with LogWriter(services, owner_of(custody), now=now, subject=bytes(row.subject)) as log:
            line, holder = row.line, lines.end_custody(row.line, log)  # 5
            lines.move(line, LineEvent.PORTED_OUT)
            forget_number(line)
            end_porting(row, PortingEvent.TAKEN, log)
            overtake_orders(services, line.id, now=now)
            order(line, SwitchState.OFF, log)
            give_notice(NoticeKind.LINE_PORTED_OUT, holder, log, line=LineId(line.id))
            record: dict[str, object] = {"line": str(line.id), "porting": str(row.id)}
            log.enter(EntryKind.LINE_PORTED_OUT, record, answers=row.due_at)
    finish(services, now=now)  # 7


def end_due_ports(services: Services, *, now: datetime) -> int:
    """Keep the numbers here that the other operator did not confirm in time, and give how many they are."""
    due = models.Porting.objects.filter(state=PortingState.LEAVING.value, closes_at__lte=now)
    kept = sum(
        _end_due(services, each, now)
        for each in list(due.order_by("closes_at", "id").values_list("id", flat=True))
    )
    finish(services, now=now)  # 7
    return kept


def end_open_port_out(line: models.Line, event: PortingEvent, log: LogWriter) -> bool:
    """Keep a line's number here, from another procedure and in its transaction; False if it does not leave.

    Its entries stand under its own subject.
    """
    row = line.portings.filter(state=PortingState.LEAVING.value).first()
    if row is not None:
        _stay(row, custody_in(row), event, log)
    return row is not None


@transaction.atomic
def _end_due(services: Services, porting: UUID, now: datetime) -> int:
    row = (  # 6; read again: it may have been stopped meanwhile
        models.Porting.objects.select_for_update()
        .filter(id=porting, state=PortingState.LEAVING.value, closes_at__lte=now)
        .select_related("line")
        .first()
    )
    if row is None:
        return 0
    custody = custody_in(row)
    with LogWriter(services, owner_of(custody), now=now, subject=bytes(row.subject)) as log:
        _stay(row, custody, PortingEvent.NOT_CONFIRMED, log)
    return 1


def _stay(row: models.Porting, custody: models.Custody, event: PortingEvent, log: LogWriter) -> None:
    line, subject = row.line, bytes(row.subject)
    end_porting(row, event, log)
    lines.move(line, LineEvent.PORT_OUT_ENDED)
    give_notice(
        NoticeKind.PORT_OUT_ENDED,
        HolderId(custody.holder_id),
        log,
        line=LineId(line.id),
        subject=subject,
        stage=Stage.UNDER_WAY,
    )
    log.enter(
        EntryKind.PORT_OUT_ENDED,
        {"line": str(line.id), "porting": str(row.id)},
        stage=Stage.ENDED,
        outcome=event.value,
        answers=row.due_at,
        parties=[owner_of(custody)],
        subject=subject,
    )
