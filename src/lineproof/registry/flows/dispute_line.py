"""Say that a line in one's name is not one's own, or is not needed; have its user heard; take it back.

To open:
1. one transaction: who was verified holds the line, by their document, and has disputed it not already
2. a transfer or a porting that is under way is stopped: a dispute wins any race
3. the dispute, entry; it is received at once, with its deadline: notice, and a place for its receipt
4. notice to the line itself, for who uses it: by when they can be heard
5. after the commit: orders that wait are sent
The line works as before while it is open, and after its deadline, until two people decide: `decide_dispute`.

To hear the line's user: somebody who had no part in its registration notes in closed words what they said, as
often as they have something to say; entry. That they did not answer can be noted once their time is over.

To take it back: who disputes is verified again, and says so as long as it is not decided; entry.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from lineproof.errors import Erased, NotFound, NotPermitted
from lineproof.line.clock import deadline
from lineproof.line.dispute import (
    DisputeEvent,
    DisputeKind,
    DisputeState,
    Statement,
    answer_term,
    next_dispute_state,
    refuse_decided,
    refuse_early_silence,
    refuse_undisputable,
    refuse_voucher,
)
from lineproof.line.notice import NoticeKind
from lineproof.line.porting import PortingEvent
from lineproof.line.sim import SimEvent
from lineproof.line.state import LineState
from lineproof.line.transfer import TransferEnd
from lineproof.ports import Services
from lineproof.registry import models
from lineproof.registry.flows import holding
from lineproof.registry.flows.after_commit import finish
from lineproof.registry.flows.enrol_staff import staff_of
from lineproof.registry.flows.log import LogWriter, SaltOwner
from lineproof.registry.flows.port_out import end_open_port_out
from lineproof.registry.flows.replace_sim import stop_open_sim
from lineproof.registry.flows.transfers import stop_transfer_of
from lineproof.registry.flows.verify_holder import OwnPage, protecting_holder, verified_holder
from lineproof.registry.models.choices import Retention
from lineproof.registry.queries.disputes import read_said_before, read_vouchers
from lineproof.terms import DisputeId, HolderId, LineId, SessionId, StaffName, StaffRole
from lineproof.transparency.entry import EntryKind, Stage


@dataclass(frozen=True, slots=True)
class OpenedDispute:
    """What is told to who disputes. answer_by: until when the line's user is heard. due_at: decided until."""

    id: DisputeId
    answer_by: datetime
    due_at: datetime


def open_dispute(
    services: Services, line: LineId, kind: DisputeKind, by: SessionId | OwnPage, *, now: datetime
) -> OpenedDispute:
    """Open a dispute about a line in its holder's name, who was verified in a session or is on their page.

    Raises NotPermitted when nobody was verified in the session, or the line is in nobody's name whom the
    document shown there names; Conflict when it is disputed already, was with the same words before, or
    cannot be in its state.
    """
    policy = services.policy
    with transaction.atomic():
        holder = protecting_holder(services, by, now=now)  # 1
        custody = _custody_of(line, holder)
        refuse_undisputable(LineState(custody.line.state))
        refuse_decided(kind, read_said_before(custody))
        with LogWriter(services, SaltOwner(holder, Retention.IDENTITY), now=now) as log:
            stop_what_is_under_way(custody.line, log)  # 2
            row = models.Dispute.objects.create(  # 3
                custody=custody,
                kind=kind.value,
                state=DisputeState.OPEN.value,
                subject=log.subject,
                opened_at=now,
                answer_by=deadline(now, answer_term(policy.clocks.dispute), policy.calendar),
                due_at=deadline(now, policy.clocks.dispute, policy.calendar),
            )
            log.enter(
                EntryKind.DISPUTE_OPENED,
                {"dispute": str(row.id), "line": str(line), "holder": str(holder), "kind": kind.value},
                stage=Stage.WAITS_FOR_PEOPLE,
                outcome=kind.value,
                due_at=row.due_at,
                about=row.id,
            )
            holding.give_notice(
                NoticeKind.DISPUTE_RECEIVED,
                holder,
                log,
                line=line,
                deadline=row.due_at,
                stage=Stage.WAITS_FOR_PEOPLE,
            )
            tell_user(  # 4
                NoticeKind.LINE_DISPUTED, row, log, deadline=row.answer_by, stage=Stage.WAITS_FOR_PEOPLE
            )
    finish(services, now=now)  # 5
    return OpenedDispute(DisputeId(row.id), row.answer_by, row.due_at)


def hear_user(
    services: Services, dispute: DisputeId, statement: Statement, agent: StaffName, *, now: datetime
) -> None:
    """Note what the line's user said to an agent, or that they did not answer.

    Raises NotFound for an unknown dispute or agent; NotPermitted for an agent who attested the registration,
    and where somebody is called silent who still has time; Conflict when the dispute is not open any more.
    """
    with transaction.atomic():
        row = read_dispute(dispute)
        staff = staff_of(agent, StaffRole.AGENT)
        refuse_voucher(agent, read_vouchers(dispute))
        state = next_dispute_state(DisputeState(row.state), DisputeEvent.USER_HEARD)
        refuse_early_silence(statement, answer_by=row.answer_by, now=now)
        models.DisputeStatement.objects.create(
            dispute=row, statement=statement.value, agent=staff, heard_at=now
        )
        row.state = state.value
        row.save(update_fields=["state"])
        with continue_log(services, row, now=now) as log:
            silent = statement is Statement.DID_NOT_ANSWER
            log.enter(
                EntryKind.USER_HEARD,
                {"dispute": str(row.id), "agent": staff.name, "statement": statement.value},
                stage=Stage.WAITS_FOR_PEOPLE,
                outcome=statement.value if silent else "heard",
                by=[staff.name],
            )
    finish(services, now=now)


def withdraw_dispute(services: Services, dispute: DisputeId, session: SessionId, *, now: datetime) -> None:
    """Take a dispute back, as its holder, who was verified in a session.

    Raises NotFound for an unknown dispute; NotPermitted for anybody else than who opened it; Conflict when it
    is decided, or was taken back.
    """
    with transaction.atomic():
        holder = verified_holder(services, session, now=now)
        row = read_dispute(dispute)
        if row.custody.holder_id != holder:
            raise NotPermitted(
                "That dispute is not of who was verified here.", remedy="Whoever opened it can take it back."
            )
        row.state = next_dispute_state(DisputeState(row.state), DisputeEvent.WITHDRAWN).value
        row.ended_at = now
        row.save(update_fields=["state", "ended_at"])
        with continue_log(services, row, now=now) as log:
            record: dict[str, object] = {"dispute": str(row.id)}
            log.enter(EntryKind.DISPUTE_WITHDRAWN, record, stage=Stage.ENDED)
    finish(services, now=now)


def read_dispute(dispute: DisputeId) -> models.Dispute:
    """Read a dispute with its custody and its line; NotFound for an unknown one."""
    row = models.Dispute.objects.filter(id=dispute).select_related("custody__line").first()
    if row is None:
        raise NotFound("There is no such dispute.", remedy="List them with: lineproof disputes list")
    return row


def continue_log(services: Services, row: models.Dispute, *, now: datetime) -> LogWriter:
    """Go on with the entries of a dispute, under the pseudonym and the party that it began with.

    Raises Erased where those went with the line's data, or with its holder's: nothing is left to be decided.
    """
    if not row.subject:
        raise Erased("What was disputed was erased.", remedy="Nothing is left to be decided.")
    owner = SaltOwner(row.custody.holder_id, Retention.IDENTITY)
    return LogWriter(services, owner, now=now, subject=bytes(row.subject))


def stop_what_is_under_way(line: models.Line, log: LogWriter) -> None:
    """Stop a transfer, another SIM and a porting out: the line is still here when the dispute is decided."""
    stop_transfer_of(line, TransferEnd.BY_DISPUTE, log)
    stop_open_sim(line, SimEvent.DISPUTED, log)
    end_open_port_out(line, PortingEvent.DISPUTED, log)


def tell_user(
    kind: NoticeKind, row: models.Dispute, log: LogWriter, *, deadline: datetime, stage: Stage | None = None
) -> None:
    """Give a notice to the line itself, for whoever uses it: who that is, is not known here."""
    holding.give_notice(
        kind,
        HolderId(row.custody.holder_id),
        log,
        line=LineId(row.custody.line_id),
        deadline=deadline,
        stage=stage,
        to_line_only=True,
    )


def _custody_of(line: LineId, holder: HolderId) -> models.Custody:
    """Give a holder's custody of a line. Of another's line it is not even said whether it is there."""
    custodies = models.Custody.objects.filter(line=line, holder=holder, until=None, disowned_at=None)
    custody = custodies.select_related("line").first()
    if custody is None:
        raise NotPermitted(
            "That line is not in the name of who was verified here.",
            remedy="If it is under another document of theirs, link that first, or ask at a counter.",
        )
    return custody
