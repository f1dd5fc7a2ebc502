"""Register a number that comes from another operator, and have it switched on when that lets it go.

1. only a mobile number can come; all else is as for any line (`register_line`): who asks is verified, the cap
   counts, people decide what is referred
2. accepted, by whomever: the line is in the holder's name and waits; no order; told, entries
confirm_port_in, when the other operator lets the number go:
3. one transaction: the line is pending; order on, entry
refuse_port_in, when it does not:
4. one transaction: custody ends, and nothing finds the line by its number any more; told, entry
tell_late_ports, when it has done neither in its time; one transaction each:
5. the holder is told, once, that the other operator is late. Nothing else changes: it may still let it go
6. after the commit: send the orders
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from lineproof.line.notice import NoticeKind
from lineproof.line.porting import OperatorName, PortingEvent, PortingState, refuse_no_number
from lineproof.line.request import LineRequest
from lineproof.line.state import LineEvent
from lineproof.ports import Presentation, Services, SwitchState
from lineproof.registry import models
from lineproof.registry.flows import lines
from lineproof.registry.flows.after_commit import finish
from lineproof.registry.flows.held_line import owner_of
from lineproof.registry.flows.holding import give_notice
from lineproof.registry.flows.log import LogWriter
from lineproof.registry.flows.orders import order
from lineproof.registry.flows.portings import custody_in, end_porting, forget_number, porting_of
from lineproof.registry.flows.register_line import Registration, register_line
from lineproof.terms import HolderId, LineId, PortingId
from lineproof.transparency.entry import EntryKind, Stage


def ask_port_in(
    services: Services,
    request: LineRequest,
    from_operator: OperatorName,
    presentation: Presentation,
    *,
    now: datetime,
) -> Registration:
    """Register a number that is to come from another operator, or say why not, or open a case.

    Raises Malformed for an internet access, and what `register_line` raises.
    """
    refuse_no_number(request)  # 1
    return register_line(services, request, presentation, now=now, from_operator=from_operator)  # 2


def confirm_port_in(services: Services, porting: PortingId, *, now: datetime) -> None:
    """Have a line switched on whose number the other operator lets go.

    Raises NotFound for an unknown porting, Conflict when it has come, was refused, or is one that leaves.
    """
    with transaction.atomic():
        row = porting_of(porting, PortingEvent.GIVEN)  # 3
        owner = owner_of(custody_in(row))
        with LogWriter(services, owner, now=now, subject=bytes(row.subject)) as log:
            lines.move(row.line, LineEvent.PORTED_IN)
            end_porting(row, PortingEvent.GIVEN, log)
            order(row.line, SwitchState.ON, log)
            record: dict[str, object] = {"line": str(row.line_id), "porting": str(row.id)}
            log.enter(EntryKind.LINE_PORTED_IN, record, answers=row.due_at)
    finish(services, now=now)  # 6


def refuse_port_in(services: Services, porting: PortingId, *, now: datetime) -> None:
    """End a line whose number the other operator does not let go.

    Raises NotFound for an unknown porting, Conflict when it has come, was refused, or is one that leaves.
    """
    with transaction.atomic():
        row = porting_of(porting, PortingEvent.REFUSED)  # 4
        owner = owner_of(custody_in(row))
        with LogWriter(services, owner, now=now, subject=bytes(row.subject)) as log:
            holder = lines.end_custody(row.line, log)
            lines.move(row.line, LineEvent.PORT_IN_REFUSED)
            forget_number(row.line)
            end_porting(row, PortingEvent.REFUSED, log)
            give_notice(NoticeKind.PORT_IN_REFUSED, holder, log, line=LineId(row.line_id))
            log.enter(
                EntryKind.PORT_IN_REFUSED,
                {"line": str(row.line_id), "porting": str(row.id)},
                stage=Stage.ENDED,
                answers=row.due_at,
            )
    finish(services, now=now)  # 6


def tell_late_ports(services: Services, *, now: datetime) -> int:
    """Tell each holder once whose number another operator did not let go in its time; give how many.

    It may be stopped and run again at any time, and by several at once.
    """
    late = models.Porting.objects.filter(
        ended_at=None, state=PortingState.COMING.value, due_at__lte=now, late_told_at=None
    )
    told = sum(_tell_late(services, each, now) for each in list(late.values_list("id", flat=True)))
    finish(services, now=now)  # 6
    return told


@transaction.atomic
def _tell_late(services: Services, porting: UUID, now: datetime) -> int:
    rows = models.Porting.objects.select_for_update()  # 5; read again: it may have come meanwhile
    row = rows.filter(id=porting, state=PortingState.COMING.value, late_told_at=None).first()
    if row is None:
        return 0
    row.late_told_at = now
    row.save(update_fields=["late_told_at"])
    custody = custody_in(row)
    with LogWriter(services, owner_of(custody), now=now, subject=bytes(row.subject)) as log:
        give_notice(NoticeKind.PORT_IN_LATE, HolderId(custody.holder_id), log, line=LineId(row.line_id))
    return 1
