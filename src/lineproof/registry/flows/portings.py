"""What porting out and porting in share; used by the procedures, in their transaction."""

from lineproof.errors import NotFound
from lineproof.line.clock import deadline
from lineproof.line.porting import OperatorName, PortingEvent, PortingState, next_porting_state
from lineproof.registry import models
from lineproof.registry.flows.log import LogWriter
from lineproof.terms import LineId, PortingId
from lineproof.transparency.entry import EntryKind


def enter_port_in(line: LineId, from_operator: OperatorName, log: LogWriter) -> None:
    """Enter that a line's number is to come from another operator, which has its turn now, and by when."""
    policy = log.services.policy
    due_at = deadline(log.now, policy.clocks.port_in, policy.calendar)
    porting = models.Porting.objects.create(
        line_id=line,
        state=PortingState.COMING.value,
        other_operator=from_operator.text,
        subject=log.subject,
        asked_at=log.now,
        due_at=due_at,
    )
    log.enter(
        EntryKind.PORT_IN_ASKED,
        {"line": str(line), "porting": str(porting.id), "from": from_operator.text},
        due_at=due_at,
    )


def porting_of(porting: PortingId, event: PortingEvent) -> models.Porting:
    """Read a porting that an event can end; NotFound when there is none, Conflict when it cannot."""
    row = models.Porting.objects.select_for_update().filter(id=porting).select_related("line").first()
    if row is None:
        raise NotFound("There is no such porting.")
    next_porting_state(PortingState(row.state), event)
    return row


def custody_in(porting: models.Porting) -> models.Custody:
    """Give the custody of a line whose number is on its way; NotFound if nobody holds it."""
    custody = models.Custody.objects.filter(line_id=porting.line_id, until=None).first()
    if custody is None:
        raise NotFound("Nobody holds that line.")
    return custody


def end_porting(row: models.Porting, event: PortingEvent, log: LogWriter) -> None:
    """End a porting; Conflict when the table has no such step."""
    row.state = next_porting_state(PortingState(row.state), event).value
    row.ended_at = log.now
    row.save(update_fields=["state", "ended_at"])


def forget_number(line: models.Line) -> None:
    """Empty what a line is found by: its number is another operator's."""
    line.identifier_index = line.identifier_index_next = None
    line.save(update_fields=["identifier_index", "identifier_index_next"])
