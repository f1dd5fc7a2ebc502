"""Transfer a line to another holder: the only way in which a line changes hands.

1. the giver, freshly verified, holds the line, and no hold keeps it; it is in transfer and works as before; a
   second look at who was verified, if it is drawn
2. they get a code, once, and hand it to whom they choose: nobody is looked up
3. the receiver, freshly verified and another, brings the code in time, accepts the contract's terms, is of
   full age where the policy asks, and has room for one more line; the time to think begins, and both are told
   until when it lasts
4. until it is completed, either can take it back; a dispute, a correction or giving the line up ends it too
   Whose line it is can say that they did not offer it: it is counted for the agent who attested that they did
5. the time to think is over: in one transaction the giver's custody ends and the receiver's begins, the
   number is sealed under the receiver's key, the line is active, and both are told
6. an offer that nobody accepted in time is over, and the giver is told
7. after the commit: waiting orders are sent

Each party is verified when they act: the giver for (1), the receiver for (3), within the policy's window.
(4) and (5) are one race, and the database decides it: whoever commits first finds the transfer open, and the
other does not. An office that is late with (5) leaves the line with its giver.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from lineproof.errors import Conflict, NotFound, NotPermitted
from lineproof.line.clock import deadline
from lineproof.line.hold import Hold, HoldKind, held_until, refuse_held
from lineproof.line.notice import NoticeKind
from lineproof.line.second_look import LookedAt
from lineproof.line.state import LineEvent, LineState
from lineproof.line.transfer import (
    TransferEnd,
    TransferEvent,
    TransferState,
    may_accept,
    may_complete,
    next_transfer_state,
)
from lineproof.ports import Services
from lineproof.registry import models
from lineproof.registry.flows import lines
from lineproof.registry.flows.after_commit import finish
from lineproof.registry.flows.held_line import custody_of_verified, owner_of, refuse_in_course
from lineproof.registry.flows.holding import give_notice
from lineproof.registry.flows.log import LogWriter, SaltOwner
from lineproof.registry.flows.receiving import refuse_to_receive, tell_it_passed
from lineproof.registry.flows.second_look import draw_second_look
from lineproof.registry.flows.transfers import end_transfer, owners_of, parties_of
from lineproof.registry.flows.verify_holder import OwnPage, protecting_holder, verification_in
from lineproof.registry.models.choices import Retention
from lineproof.terms import HolderId, LineId, LineKind, SessionId, TransferId
from lineproof.transparency.entry import EntryKind, Stage


@dataclass(frozen=True, slots=True)
class Offer:
    """A line that is offered. code: to be handed to the receiver; it is shown this once, and kept nowhere."""

    transfer: TransferId
    code: str
    accept_by: datetime


@dataclass(frozen=True, slots=True)
class Acceptance:
    """A transfer that both want. complete_at: when the line changes hands, unless either takes it back."""

    transfer: TransferId
    line: LineId
    complete_at: datetime


def offer_line(services: Services, line: LineId, session: SessionId, *, now: datetime) -> Offer:
    """Offer a line for transfer, by its holder.

    Raises NotPermitted if nobody is freshly verified in the session, or they do not hold the line, Conflict
    while a hold or another SIM that was asked for keeps it from being transferred, or when it is not active.
    """
    policy = services.policy
    with transaction.atomic():
        custody = custody_of_verified(services, line, session, now=now)  # 1
        row, giver = custody.line, HolderId(custody.holder_id)
        refuse_held(_holds_on(row), HoldKind.TRANSFER, now=now)
        refuse_in_course(row)
        # People copy it by hand, and a command takes no part of it for an option.
        code = secrets.token_hex(16)
        accept_by = deadline(now, policy.clocks.transfer_accept, policy.calendar)
        with LogWriter(services, owner_of(custody), now=now) as log:
            lines.move(row, LineEvent.TRANSFER_OFFERED)
            offered = models.Transfer.objects.create(  # 2
                line=row,
                giver_id=giver,
                state=TransferState.OFFERED.value,
                code_digest=_digest(code),
                subject=log.subject,
                offered_at=now,
                accept_by=accept_by,
                offered_before=_agent_of(session),
            )
            give_notice(NoticeKind.TRANSFER_OFFERED, giver, log, line=line, deadline=accept_by)
            log.enter(
                EntryKind.TRANSFER_OFFERED,
                {"line": str(line), "transfer": str(offered.id)},
                stage=Stage.WAITS_FOR_PARTY,
                due_at=accept_by,
            )
            draw_second_look(custody, session, LookedAt.TRANSFER, log)
    finish(services, now=now)  # 7
    return Offer(TransferId(offered.id), code, accept_by)


def accept_line(
    services: Services, code: str, session: SessionId, *, terms_version: str, now: datetime
) -> Acceptance:
    """Accept an offered line, by whom its holder gave the code.

    terms_version: of the contract's terms, which the receiver was shown and accepts.
    Raises NotPermitted if nobody is freshly verified in the session, or the code is unknown, used or too old;
    Conflict for the line's own holder, for terms that are not those in force, at the cap, for who is too
    young for a line in their own name, and while a hold keeps the line. In each case nothing was changed, and
    the code still holds.
    """
    policy = services.policy
    with transaction.atomic():
        verified = verification_in(services, session, now=now)  # 3
        receiver = HolderId(verified.holder_id)
        offered = _open_offer(code, now)
        line = models.Line.objects.get(id=offered.line_id)
        refuse_held(_holds_on(line), HoldKind.TRANSFER, now=now)
        _refuse_own_line(offered, receiver)
        refuse_to_receive(services, receiver, LineKind(line.kind), terms_version, now=now)
        offered.state = next_transfer_state(TransferState.OFFERED, TransferEvent.ACCEPTED).value
        offered.receiver_id, offered.accepted_at, offered.code_digest = receiver, now, None
        offered.terms_version, offered.registered_until = terms_version, verified.registered_until
        complete_at = deadline(now, policy.clocks.transfer_cooling, policy.calendar)
        offered.complete_at = complete_at
        offered.save(force_update=True)
        owner, subject = SaltOwner(offered.giver_id, Retention.IDENTITY), bytes(offered.subject)
        with LogWriter(services, owner, now=now, subject=subject) as log:
            for party in parties_of(offered):
                give_notice(
                    NoticeKind.TRANSFER_ACCEPTED, party, log, line=LineId(line.id), deadline=complete_at
                )
            log.enter(
                EntryKind.TRANSFER_ACCEPTED,
                {"line": str(line.id), "transfer": str(offered.id), "terms": terms_version},
                stage=Stage.WAITS_FOR_PARTY,
                due_at=complete_at,
                answers=offered.accept_by,
                parties=owners_of(offered),
            )
    finish(services, now=now)  # 7
    return Acceptance(TransferId(offered.id), LineId(line.id), complete_at)


def cancel_transfer(
    services: Services, transfer: TransferId, by: SessionId | OwnPage, *, now: datetime, denies: bool = False
) -> TransferEnd:
    """Take back a transfer, by either party, until it is completed; give by whom it was.

    denies: whose line it is says that they did not offer it.
    Raises NotPermitted if nobody is freshly verified in the session, or another than whose line it is denies
    it; NotFound if they have no part in such a transfer, Conflict once it is over.
    """
    with transaction.atomic():  # 4
        holder = protecting_holder(services, by, now=now)
        row = models.Transfer.objects.select_for_update().filter(id=transfer).first()
        if row is None or holder not in parties_of(row):
            raise NotFound("There is no such transfer of theirs.", remedy="Look at its number again.")
        outcome = TransferEnd.BY_GIVER if holder == row.giver_id else TransferEnd.BY_RECEIVER
        if denies and outcome is TransferEnd.BY_RECEIVER:
            raise NotPermitted(
                "It was not offered in their name.", remedy="Whoever does not want it takes it back."
            )
        outcome = TransferEnd.NOT_BY_GIVER if denies else outcome
        owner = SaltOwner(row.giver_id, Retention.IDENTITY)
        with LogWriter(services, owner, now=now, subject=bytes(row.subject)) as log:
            end_transfer(row, outcome, log)
    finish(services, now=now)  # 7
    return outcome


def complete_due_transfers(services: Services, *, now: datetime) -> int:
    """Complete every transfer whose time to think is over; give how many changed hands.

    A line that a hold keeps meanwhile stays with its giver until the hold is over. It may be stopped and run
    again at any time, and by several at once: each transfer is a transaction of its own.
    """
    due = models.Transfer.objects.filter(state=TransferState.ACCEPTED.value, complete_at__lte=now)
    ids = list(due.order_by("complete_at", "id").values_list("id", flat=True))
    done = sum(_complete(services, each, now) for each in ids)
    finish(services, now=now)  # 7
    return done


def end_stale_offers(services: Services, *, now: datetime) -> int:
    """End every offer that nobody accepted in time; give how many."""
    stale = models.Transfer.objects.filter(state=TransferState.OFFERED.value, accept_by__lte=now)
    done = sum(_expire(services, each, now) for each in list(stale.values_list("id", flat=True)))
    finish(services, now=now)  # 7
    return done


@transaction.atomic
def _expire(services: Services, transfer: UUID, now: datetime) -> bool:
    row = models.Transfer.objects.select_for_update().get(id=transfer)  # 6
    if row.state != TransferState.OFFERED.value:
        return False
    owner = SaltOwner(row.giver_id, Retention.IDENTITY)
    with LogWriter(services, owner, now=now, subject=bytes(row.subject)) as log:
        end_transfer(row, TransferEnd.EXPIRED, log)
    return True


@transaction.atomic
def _complete(services: Services, transfer: UUID, now: datetime) -> bool:
    """Hand one line over, if that may still be; False where somebody else was first, or a hold keeps it."""
    row = models.Transfer.objects.select_for_update().select_related("line").get(id=transfer)  # 5
    line, complete_at = row.line, row.complete_at
    if row.state != TransferState.ACCEPTED.value or complete_at is None:
        return False
    if not may_complete(complete_at=complete_at, now=now) or not _is_givers(row):
        return False
    if held_until(_holds_on(line), HoldKind.TRANSFER, now=now) is not None:
        return False
    giver, receiver = parties_of(row)
    request = lines.unseal_line(services, line, giver)
    owner = SaltOwner(giver, Retention.IDENTITY)
    with LogWriter(services, owner, now=now, subject=bytes(row.subject)) as log:
        row.state = next_transfer_state(TransferState(row.state), TransferEvent.COMPLETED).value
        row.ended_at = now
        row.save(update_fields=["state", "ended_at"])
        lines.end_custody(line, log)
        lines.take_custody(line, receiver, log, registered_until=row.registered_until)
        line.sealed_identifier = lines.seal_line(services, request, receiver)
        line.save(update_fields=["sealed_identifier"])
        lines.move(line, LineEvent.TRANSFERRED)
        lines.note_terms(LineId(line.id), receiver, row.terms_version, accepted_at=row.accepted_at or now)
        tell_it_passed(
            NoticeKind.LINE_TRANSFERRED,
            LineId(line.id),
            log,
            giver=giver,
            receiver=receiver,
            registered_until=row.registered_until,
        )
        log.enter(
            EntryKind.LINE_TRANSFERRED,
            {
                "line": str(line.id),
                "transfer": str(row.id),
                "kind": line.kind,
                "identifier": request.name,
            },
            stage=Stage.ENDED,
            answers=complete_at,
            # The receiver first: from now on theirs is the receipt of the line.
            parties=[SaltOwner(holder, Retention.IDENTITY) for holder in (receiver, giver)],
            about=line.id,
        )
    return True


def _open_offer(code: str, now: datetime) -> models.Transfer:
    offers = models.Transfer.objects.select_for_update()
    offered = offers.filter(code_digest=_digest(code), state=TransferState.OFFERED.value).first()
    if offered is None or not may_accept(accept_by=offered.accept_by, now=now):
        raise NotPermitted(
            "This code does not open a transfer any more: it is good once, and until the offer's end.",
            remedy="Ask whoever gave it to you to offer the line again.",
        )
    return offered


def _refuse_own_line(offered: models.Transfer, receiver: HolderId) -> None:
    if receiver == offered.giver_id:
        raise Conflict("The line is theirs already.", remedy="Give the code to whom the line is to go to.")


def _is_givers(row: models.Transfer) -> bool:
    in_transfer = row.line.state == LineState.IN_TRANSFER.value
    return in_transfer and row.line.custodies.filter(holder_id=row.giver_id, until=None).exists()


def _agent_of(session: SessionId) -> models.Staff | None:
    """Give the agent who attested a session, which itself is not noted: it would lead to the evidence."""
    return models.Staff.objects.filter(attestations__session=session).first()


def _holds_on(line: models.Line) -> list[Hold]:
    return [Hold(HoldKind(hold.kind), hold.until) for hold in line.holds.all()]


def _digest(code: str) -> bytes:
    return hashlib.sha256(code.strip().encode()).digest()
