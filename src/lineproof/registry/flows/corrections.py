"""Corrections as the procedures enter and end them, in their transaction; `correct_lines` has the steps.

What is here imports no flow that moves lines, so that whatever ends a custody can end its corrections.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from lineproof.decision.reasons import ReasonCode
from lineproof.line.correction import (
    ANNOUNCED,
    CAUSES,
    OPEN,
    Cause,
    CorrectionEvent,
    CorrectionState,
    next_correction_state,
)
from lineproof.line.notice import NoticeKind
from lineproof.line.state import LineEvent, LineState, next_state
from lineproof.ports import SwitchState
from lineproof.registry import models
from lineproof.registry.flows.holding import give_notice
from lineproof.registry.flows.log import LogWriter, SaltOwner, new_subject
from lineproof.registry.flows.orders import order
from lineproof.registry.models.choices import CaseState, Retention
from lineproof.registry.queries import disputes
from lineproof.registry.queries.appeals import is_appealed
from lineproof.registry.queries.caps import CapOf
from lineproof.terms import HolderId, LineId, StaffName
from lineproof.transparency.entry import EntryKind, Stage

_OPEN = [state.value for state in OPEN]


def open_correction(
    line: models.Line, cause: Cause, log: LogWriter, *, again: bool = False
) -> models.Correction | None:
    """Enter a finding about a line and its holder; nobody is told yet, and nothing is done.

    None where nobody holds the line, or a correction of this cause was ever entered for it since this holder
    came to hold it: once per cause, and of a registration that lapsed once for each end it has had. again:
    unless one is still open; for who decides anew that it is so.
    """
    custody = line.custodies.filter(until=None).first()
    if custody is None:
        return None
    of_cause = line.corrections.filter(cause=cause.value)
    if of_cause.filter(state__in=_OPEN).exists() or not (again or is_first_of_cause(custody, cause)):
        return None
    row = models.Correction.objects.create(
        line=line,
        holder_id=custody.holder_id,
        cause=cause.value,
        state=CorrectionState.FOUND.value,
        subject=new_subject(),
        found_at=log.now,
    )
    log.enter(
        EntryKind.CORRECTION_FOUND,
        {"correction": str(row.id), "line": str(line.id)},
        stage=Stage.WAITS_FOR_PEOPLE,
        outcome=cause.value,
        parties=[party_of(row)],
        subject=bytes(row.subject),
    )
    return row


def is_first_of_cause(custody: models.Custody, cause: Cause) -> bool:
    """Tell whether no correction of a cause was entered for a line since its holder came to hold it.

    What ended and was begun anew for the same holder counts as one time: a line that was given back.
    """
    return not earlier_of_cause(custody, cause).exists()


def earlier_of_cause(custody: models.Custody, cause: Cause) -> QuerySet[models.Correction]:
    """Give the corrections of a cause that were entered for a line since its holder came to hold it."""
    line = custody.line
    before = line.corrections.filter(holder=custody.holder_id, cause=cause.value)
    other = line.custodies.exclude(holder=custody.holder_id).order_by("-until").first()
    if other is not None:
        before = before.filter(found_at__gte=other.until)
    if cause is Cause.REGISTRATION_LAPSED and custody.registered_until is not None:
        before = before.filter(found_at__gte=custody.registered_until)
    return before


def party_of(row: models.Correction) -> SaltOwner:
    """Give whose salt the entries of a correction have."""
    return SaltOwner(row.holder_id, Retention.IDENTITY)


def holder_of(row: models.Correction) -> HolderId:
    """Give for which holder a line is corrected."""
    return HolderId(row.holder_id)


def involved_in(correction: UUID) -> frozenset[StaffName]:
    """Give everybody who had a part in a correction: who announced, signed, gave longer or heard an appeal.

    So had who had one in the dispute that it carries out. None of them hears an appeal against it.
    """
    staff, row = models.Staff.objects, models.Correction.objects.get(id=correction)
    people = {
        *staff.filter(announcements__id=correction).values_list("name", flat=True),
        *staff.filter(extensions__correction=correction).values_list("name", flat=True),
        *staff.filter(votes__about=correction).values_list("name", flat=True),
        *staff.filter(appeals__about=correction).values_list("name", flat=True),
    }
    dispute = disputes.dispute_of(row)
    of_dispute = frozenset[StaffName]() if dispute is None else disputes.involved_in(dispute)
    return of_dispute | {StaffName(name) for name in people}


def end_correction(
    row: models.Correction,
    event: CorrectionEvent,
    log: LogWriter,
    *,
    by: models.Staff | None = None,
) -> None:
    """End a correction whose line has not ended: what was done to the line is undone, and its holder told.

    by: who withdrew it; the writer must be of the correction's own procedure then.
    Raises Conflict when it has ended already.
    """
    state = CorrectionState(row.state)
    cut = state in {CorrectionState.RESTRICTED, CorrectionState.SUSPENDED}
    undone = event is not CorrectionEvent.GIVEN_UP
    if cut and undone:
        restore(row, log)
    if state in ANNOUNCED and undone:
        tell(row, NoticeKind.LINE_RESTORED, log)
    note_end(row, event, log, stage=Stage.UNDER_WAY if cut and undone else Stage.ENDED, by=by)


def note_end(
    row: models.Correction,
    event: CorrectionEvent,
    log: LogWriter,
    *,
    stage: Stage,
    by: models.Staff | None = None,
) -> None:
    """Record that a correction ended, with its entry; its procedure waits for an appeal that is open."""
    if stage is Stage.ENDED and is_appealed(row.id):
        stage = Stage.WAITS_FOR_PEOPLE
    row.state = next_correction_state(CorrectionState(row.state), event).value
    row.step, row.notice, row.told_ahead, row.due_at = "", None, None, None
    row.ended_at, row.ended_by = log.now, by
    row.save(update_fields=["state", "step", "notice", "told_ahead", "due_at", "ended_at", "ended_by"])
    log.enter(
        EntryKind.CORRECTION_ENDED,
        {"correction": str(row.id), "line": str(row.line_id)},
        stage=stage,
        outcome=event.value,
        by=[] if by is None else [by.name],
        parties=[party_of(row)],
        subject=bytes(row.subject),
    )


def tell(
    row: models.Correction,
    kind: NoticeKind,
    log: LogWriter,
    *,
    due_at: datetime | None = None,
    stage: Stage = Stage.UNDER_WAY,
    by: Sequence[str] = (),
) -> models.Notice:
    """Give a notice of a correction: to its holder, or to whoever uses a line that its holder disowned."""
    return give_notice(
        kind,
        holder_of(row),
        log,
        line=LineId(row.line_id),
        subject=bytes(row.subject),
        deadline=due_at,
        stage=stage,
        to_line_only=CAUSES[Cause(row.cause)].to_line_only,
        by=by,
    )


def restore(row: models.Correction, log: LogWriter) -> None:
    """Let a line be active again, and order it switched on; Conflict when it is in no state for it."""
    line = row.line
    line.state = next_state(LineState(line.state), LineEvent.RESTORED).value
    line.save(update_fields=["state"])
    order(line, SwitchState.ON, log, subject=bytes(row.subject))
    log.enter(
        EntryKind.LINE_RESTORED,
        {"correction": str(row.id), "line": str(line.id)},
        parties=[party_of(row)],
        subject=bytes(row.subject),
    )


def put_right(line: models.Line, causes: Collection[Cause], log: LogWriter) -> int:
    """End the corrections of a line of these causes, since what was wrong is not any more; give how many.

    For the procedures that put it right otherwise than by verifying the holder: call it before the line
    changes hands.
    """
    values = [cause.value for cause in causes]
    rows = line.corrections.filter(cause__in=values, state__in=_OPEN)
    for row in rows:
        end_correction(row, CorrectionEvent.PUT_RIGHT, log)
    return len(rows)


def custody_ended(custody: models.Custody, log: LogWriter, *, as_many_as_before: bool) -> None:
    """End what was to be corrected about a line that its holder does not hold any more.

    Where they, or the organisation whose it was, are within the cap again by that, the other lines that
    counted with it are put right at once; not where as many count as before.
    """
    ended = models.Correction.objects.filter(line=custody.line_id, holder=custody.holder_id, state__in=_OPEN)
    for row in ended:
        end_correction(row, CorrectionEvent.GIVEN_UP, log)
    if not as_many_as_before:
        settle_cap(CapOf.holding(custody), log)


def settle_cap(counted: CapOf, log: LogWriter) -> None:
    """Put right those of the lines that count together that are not beyond the cap any more."""
    beyond = lines_beyond_cap(counted, counted.cap(log.services.policy))
    rows = models.Correction.objects.filter(
        cause=Cause.CAP_EXCEEDED.value, state__in=_OPEN, line__in=counted.held.values("line")
    )
    for row in rows.exclude(line__in=beyond):
        end_correction(row, CorrectionEvent.PUT_RIGHT, log)


def lines_beyond_cap(counted: CapOf, cap: int | None) -> frozenset[LineId]:
    """Give those of the lines that count together that are beyond a cap: the latest ones; None: no cap.

    What two people accepted, knowing that it was beyond the cap, does not count.
    """
    custodies = list(counted.held.filter(disowned_at=None).select_related("line").order_by("since", "id"))
    if cap is None or len(custodies) <= cap:
        return frozenset()
    lines = [each.line for each in custodies if not _is_accepted_beyond_cap(each.line)]
    return frozenset(LineId(line.id) for line in lines[cap:])


def _is_accepted_beyond_cap(line: models.Line) -> bool:
    """Tell whether a line was registered by a case that had been referred for the cap."""
    first = line.orders.order_by("ordered_at", "number", "id").first()
    return (
        first is not None
        and models.Case.objects.filter(
            subject=bytes(first.subject),
            state=CaseState.ACCEPTED.value,
            decision__reasons__code=ReasonCode.CAP_REACHED.value,
        ).exists()
    )
