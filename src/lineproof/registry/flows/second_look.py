"""Look once more at some of what agents attested: drawn by nobody, done by a reviewer; nobody waits for it.

draw_second_look, in the transaction of what rests on an attestation:
1. is it drawn? a keyed digest of the session, whose key nobody sees, compared with the policy's share
2. the look is entered, with its deadline; entry. The line goes on as if there were none
finish_look:
3. one transaction: the look is open; who looks did not attest it, nor vouch for the line
4. what they found, entry
5. it was wrong: a finding about the line is entered, if its holder still holds it. As of every finding,
   nobody is told and nothing is done until people announce it, with a deadline, and two sign
forget_looks, when the line or its holder is erased:
6. one that is open ends; nothing leads from any to the log any more
Late or never done, a look changes nothing for the line: it is told to the office, and seen in the log.
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from lineproof.errors import NotFound
from lineproof.line.clock import deadline
from lineproof.line.correction import Cause
from lineproof.line.second_look import (
    LookedAt,
    LookEvent,
    LookResult,
    LookState,
    WrongReason,
    is_drawn,
    next_look_state,
    refuse_who_attested,
    refuse_wrong_without_reason,
)
from lineproof.ports import Services
from lineproof.registry import models
from lineproof.registry.flows.corrections import open_correction
from lineproof.registry.flows.enrol_staff import staff_of
from lineproof.registry.flows.held_line import owner_of
from lineproof.registry.flows.log import LogWriter
from lineproof.registry.queries.second_looks import may_not_look
from lineproof.terms import SessionId, StaffName, StaffRole
from lineproof.transparency.entry import EntryKind, Stage

DRAW_PURPOSE = "draw of second looks v1"
_EVENTS = {
    LookResult.CONFIRMED: LookEvent.CONFIRMED,
    LookResult.NOT_REACHED: LookEvent.NOT_REACHED,
    LookResult.WRONG: LookEvent.WRONG,
}


def draw_second_look(
    custody: models.Custody, session: SessionId, procedure: LookedAt, log: LogWriter
) -> UUID | None:
    """Enter a second look at what was done in a session, if an agent attested in it and it is drawn.

    log: of the procedure, in whose transaction it is; the look has entries of its own. The same session is
    drawn always or never: neither who attests nor the office can try again. Gives the look, or None.
    """
    services, now = log.services, log.now
    attested = models.AttestationRecord.objects.filter(session=session).order_by("given_at", "id").first()
    if attested is None:
        return None
    mac = services.keys.mac(session.bytes, purpose=DRAW_PURPOSE)  # 1
    if not is_drawn(mac, share=services.policy.agents.second_looks):
        return None
    due_at = deadline(now, services.policy.clocks.second_look, services.policy.calendar)
    with LogWriter(services, owner_of(custody), now=now) as own:  # 2
        row = models.SecondLook.objects.create(
            custody=custody,
            agent_id=attested.agent_id,
            procedure=procedure.value,
            state=LookState.OPEN.value,
            subject=own.subject,
            drawn_at=now,
            due_at=due_at,
        )
        own.enter(
            EntryKind.SECOND_LOOK_DRAWN,
            {"look": str(row.id), "line": str(custody.line_id)},
            stage=Stage.WAITS_FOR_PEOPLE,
            by=[attested.agent.name],
            due_at=due_at,
        )
    return row.id


def finish_look(
    services: Services,
    look: UUID,
    reviewer: StaffName,
    result: LookResult,
    reason: WrongReason | None = None,
    *,
    now: datetime,
) -> UUID | None:
    """Say what a second look found; give the correction that was entered for it, or None.

    Raises NotFound for an unknown look or reviewer; Malformed for a reason where there is none to give, or
    the other way about; NotPermitted for who attested it or vouched for the line; Conflict when it is over.
    """
    refuse_wrong_without_reason(result, reason)
    with transaction.atomic():
        row = models.SecondLook.objects.select_for_update().filter(id=look).first()  # 3
        if row is None:
            raise NotFound("There is no such look.", remedy="List them with: lineproof agents looks list")
        refuse_who_attested(reviewer, may_not_look(look))
        staff = staff_of(reviewer, StaffRole.REVIEWER)
        with _continue_log(services, row, now=now) as log:
            _end(row, _EVENTS[result], log, staff=staff, reason=reason)  # 4
            if result is not LookResult.WRONG or row.custody.until is not None:
                return None
            found = open_correction(row.custody.line, Cause.ATTESTATION_WRONG, log)  # 5
            return None if found is None else found.id


def forget_looks(looks: QuerySet[models.SecondLook], log: LogWriter) -> None:
    """End what is open of looks whose line or holder is erased, and empty their pseudonyms.

    The entry is about nobody: of whom nothing is left, nothing can be shown.
    """
    for row in looks.filter(state=LookState.OPEN.value):  # 6
        _end(row, LookEvent.ERASED, log)
    looks.update(subject=b"")


def _continue_log(services: Services, row: models.SecondLook, *, now: datetime) -> LogWriter:
    return LogWriter(services, owner_of(row.custody), now=now, subject=bytes(row.subject))


def _end(
    row: models.SecondLook,
    event: LookEvent,
    log: LogWriter,
    *,
    staff: models.Staff | None = None,
    reason: WrongReason | None = None,
) -> None:
    row.state = next_look_state(LookState(row.state), event).value
    row.reason = "" if reason is None else reason.value
    row.reviewer, row.ended_at = staff, log.now
    row.save(update_fields=["state", "reason", "reviewer", "ended_at"])
    log.enter(
        EntryKind.SECOND_LOOK_DONE,
        {"look": str(row.id), "line": str(row.custody.line_id), "reason": row.reason},
        stage=Stage.ENDED,
        outcome=event.value,
        by=[] if staff is None else [staff.name],
        answers=row.due_at,
        parties=[] if staff is None else None,
        subject=bytes(row.subject),
    )
