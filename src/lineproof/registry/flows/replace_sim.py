"""Put a line on another SIM: asked for by its holder, switched on when they had time to object.

1. one transaction: who was verified in the session must hold the line; it is mobile and active, no other SIM
   is asked for, and the card is another one than it is on
2. the new card's number is sealed under the holder's key of the line; it is switched on at the end of the
   cooling-off, not before
3. holds: no porting out, no passing on, no answers of high risk, for as long after that as the policy says
4. the holder is told, with the time until which they can stop it; entry; a second look, if it is drawn
stop_sim, at any time until it is switched on, however late that is:
5. one transaction: the holder is verified; the card's number is removed; the holder is told, entry. The holds
   stay: somebody tried
switch_due_sims, one transaction each:
6. is it still asked for, and its time over? The line is no longer who asked's, or not active: stopped as in 5
7. the line has the new card's number; order; the holds are counted anew if it was late; told, entry
8. after the commit: send the orders

Why: whoever has a number moved to a card of their own gets every code that is sent to it. An office that is
late switches late, never early.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from lineproof.errors import NotFound
from lineproof.line.clock import deadline
from lineproof.line.notice import NoticeKind
from lineproof.line.second_look import LookedAt
from lineproof.line.sim import (
    SimEvent,
    SimState,
    event_when_due,
    holds_after,
    next_sim_state,
    refuse_no_sim,
    refuse_same_sim,
)
from lineproof.line.state import LineState
from lineproof.ports import Services, SwitchState
from lineproof.registry import models, personal
from lineproof.registry.flows import lines
from lineproof.registry.flows.after_commit import finish
from lineproof.registry.flows.held_line import (
    custody_of_protector,
    custody_of_verified,
    owner_of,
    refuse_in_course,
    set_hold,
)
from lineproof.registry.flows.holding import give_notice
from lineproof.registry.flows.log import LogWriter
from lineproof.registry.flows.orders import order
from lineproof.registry.flows.second_look import draw_second_look
from lineproof.registry.flows.verify_holder import OwnPage
from lineproof.registry.models.choices import Retention
from lineproof.terms import HolderId, Iccid, LineId, LineKind, ReplacementId, SessionId
from lineproof.transparency.entry import EntryKind, Stage

_PLACE = "simreplacement.sealed_iccid"


@dataclass(frozen=True, slots=True)
class SimAsked:
    """A replacement that is cooling off, and when it is switched on."""

    replacement: ReplacementId
    due_at: datetime


def ask_sim(services: Services, line: LineId, session: SessionId, iccid: Iccid, *, now: datetime) -> SimAsked:
    """Ask for another SIM for a line, in the name of the holder who was verified in a session.

    Raises NotPermitted when they are not its holder, Conflict when the line is
    not a mobile one that is active, is on that card, or has another SIM asked for.
    """
    policy = services.policy
    with transaction.atomic():
        custody = custody_of_verified(services, line, session, now=now)  # 1
        row, holder = custody.line, HolderId(custody.holder_id)
        refuse_no_sim(LineKind(row.kind), LineState(row.state))
        refuse_in_course(row)
        present = lines.unseal_line(services, row, holder)
        refuse_same_sim(present, replace(present, iccid=iccid))
        due_at = deadline(now, policy.clocks.sim_cooling, policy.calendar)
        with LogWriter(services, owner_of(custody), now=now) as log:
            asked = models.SimReplacement.objects.create(  # 2
                line=row,
                custody=custody,
                state=SimState.ASKED.value,
                sealed_iccid=_seal(services, iccid, holder),
                subject=log.subject,
                asked_at=now,
                due_at=due_at,
            )
            for hold in holds_after(due_at, policy.clocks, policy.calendar):  # 3
                set_hold(row, hold, log)
            give_notice(  # 4
                NoticeKind.SIM_REPLACEMENT_ASKED, holder, log, line=line, deadline=due_at
            )
            log.enter(
                EntryKind.SIM_REPLACEMENT_ASKED,
                {"line": str(line), "replacement": str(asked.id)},
                stage=Stage.WAITS_FOR_PARTY,
                due_at=due_at,
            )
            draw_second_look(custody, session, LookedAt.SIM_REPLACEMENT, log)
    finish(services, now=now)  # 8
    return SimAsked(ReplacementId(asked.id), due_at)


def stop_sim(
    services: Services, replacement: ReplacementId, by: SessionId | OwnPage, *, now: datetime
) -> None:
    """Stop a replacement, in the name of the holder, who was verified in a session or is on their page.

    Whoever holds the line can, also if it was asked for by its holder before. Raises NotFound for an unknown
    replacement, NotPermitted when they do not hold the line, Conflict when it is switched on already, or
    stopped.
    """
    with transaction.atomic():  # 5
        row = models.SimReplacement.objects.select_for_update().filter(id=replacement).first()
        if row is None:
            raise NotFound("There is no such replacement of a SIM.")
        custody = custody_of_protector(services, LineId(row.line_id), by, now=now)
        event = SimEvent.STOPPED_BY_HOLDER if custody == row.custody else SimEvent.HOLDER_CHANGED
        with LogWriter(services, owner_of(row.custody), now=now, subject=bytes(row.subject)) as log:
            _stop(row, event, log)
    finish(services, now=now)


def switch_due_sims(services: Services, *, now: datetime) -> int:
    """Switch every replacement whose cooling-off is over, and give how many were.

    Stopped and run again at any time, or by two at once, it switches each once.
    """
    switched = sum(_switch(services, replacement, now) for replacement in _due(now))
    finish(services, now=now)  # 8
    return switched


def stop_open_sim(line: models.Line, event: SimEvent, log: LogWriter) -> bool:
    """Stop the replacement that a line has, from another procedure and in its transaction; False without one.

    Its entries stand under its own subject.
    """
    row = line.replacements.filter(state=SimState.ASKED.value).select_related("custody").first()
    if row is not None:
        _stop(row, event, log)
    return row is not None


def forget_sims(replacements: QuerySet[models.SimReplacement], log: LogWriter) -> None:
    """Remove replacements of a line or person that is erased; one that is open ends, and nobody is told."""
    for row in replacements.filter(state=SimState.ASKED.value):
        log.enter(
            EntryKind.SIM_REPLACEMENT_STOPPED,
            {},
            stage=Stage.ENDED,
            outcome=SimEvent.ERASED.value,
            answers=row.due_at,
            parties=(),
            subject=bytes(row.subject),
        )
    replacements.delete()


def _due(now: datetime) -> list[UUID]:
    rows = models.SimReplacement.objects.filter(state=SimState.ASKED.value, due_at__lte=now)
    return list(rows.order_by("due_at", "id").values_list("id", flat=True))


@transaction.atomic
def _switch(services: Services, replacement: UUID, now: datetime) -> int:
    row = (  # 6; read again: it may have been stopped, or switched by another process
        models.SimReplacement.objects.select_for_update()
        .filter(id=replacement, state=SimState.ASKED.value, due_at__lte=now)
        .select_related("line", "custody")
        .first()
    )
    if row is None:
        return 0
    event = event_when_due(still_held=row.custody.until is None, state=LineState(row.line.state))
    with LogWriter(services, owner_of(row.custody), now=now, subject=bytes(row.subject)) as log:
        if event is not SimEvent.COOLED_OFF:
            _stop(row, event, log)
            return 0
        _put_on(row, log)  # 7
    return 1


def _put_on(row: models.SimReplacement, log: LogWriter) -> None:
    services, line, holder = log.services, row.line, HolderId(row.custody.holder_id)
    request = replace(lines.unseal_line(services, line, holder), iccid=_unseal(services, row, holder))
    line.sealed_identifier = lines.seal_line(services, request, holder)
    line.save(update_fields=["sealed_identifier"])
    order(line, SwitchState.ON, log)
    _end(row, SimEvent.COOLED_OFF, log)
    for hold in holds_after(log.now, services.policy.clocks, services.policy.calendar):
        set_hold(line, hold, log)
    give_notice(NoticeKind.SIM_REPLACED, holder, log, line=LineId(line.id))
    log.enter(EntryKind.SIM_REPLACED, {"line": str(line.id), "replacement": str(row.id)}, answers=row.due_at)


def _stop(row: models.SimReplacement, event: SimEvent, log: LogWriter) -> None:
    subject, holder = bytes(row.subject), HolderId(row.custody.holder_id)
    _end(row, event, log)
    give_notice(
        NoticeKind.SIM_REPLACEMENT_STOPPED,
        holder,
        log,
        line=LineId(row.line_id),
        subject=subject,
        stage=Stage.UNDER_WAY,
    )
    log.enter(
        EntryKind.SIM_REPLACEMENT_STOPPED,
        {"line": str(row.line_id), "replacement": str(row.id)},
        stage=Stage.ENDED,
        outcome=event.value,
        answers=row.due_at,
        parties=[owner_of(row.custody)],
        subject=subject,
    )


def _end(row: models.SimReplacement, event: SimEvent, log: LogWriter) -> None:
    row.state = next_sim_state(SimState(row.state), event).value
    row.sealed_iccid, row.ended_at = None, log.now
    row.save(update_fields=["state", "sealed_iccid", "ended_at"])


def _seal(services: Services, iccid: Iccid, holder: HolderId) -> bytes:
    return personal.seal(
        services.keys, {"iccid": iccid.text}, subject=holder, retention=Retention.LINE, place=_PLACE
    )


def _unseal(services: Services, row: models.SimReplacement, holder: HolderId) -> Iccid:
    sealed = bytes(row.sealed_iccid or b"")
    value = personal.unseal(services.keys, sealed, subject=holder, retention=Retention.LINE, place=_PLACE)
    return Iccid.parse(value["iccid"] or "")
