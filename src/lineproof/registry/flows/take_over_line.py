"""Take over a line that its holder disowned, by who uses it: it becomes theirs, and works on.

1. one transaction: who uses it was freshly verified, and is somebody else than who disowned it
2. the line is disowned and not ended; an agent who did not vouch for its registration has it in hand: they
   copy from its SIM, or from the access itself, what the record has. Nobody appeals, and no hold keeps it
3. they accept the contract's terms, are of full age where the policy asks, and have room for one more line
4. what was to be corrected of the line is put right, and what was done to it is undone
5. custody passes, the number is sealed under the new holder's key, both are told, entry with the agent
6. after the commit: orders are sent

Whoever holds a SIM card has the line already; here they get it in their own name, and answer for it.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from lineproof.errors import Conflict, NotPermitted
from lineproof.line.correction import Cause
from lineproof.line.dispute import refuse_voucher
from lineproof.line.hold import HoldKind
from lineproof.line.notice import NoticeKind
from lineproof.line.request import LineRequest
from lineproof.ports import Services
from lineproof.registry import models
from lineproof.registry.flows import corrections, lines
from lineproof.registry.flows.after_commit import finish
from lineproof.registry.flows.enrol_staff import staff_of
from lineproof.registry.flows.held_line import refuse_line_held
from lineproof.registry.flows.log import LogWriter, SaltOwner
from lineproof.registry.flows.receiving import refuse_to_receive, tell_it_passed
from lineproof.registry.flows.verify_holder import verification_in
from lineproof.registry.models.choices import Retention
from lineproof.registry.queries.corrections import rests
from lineproof.terms import HolderId, LineId, LineKind, SessionId, StaffName, StaffRole
from lineproof.transparency.entry import EntryKind, Stage


@dataclass(frozen=True, slots=True)
class LineInHand:
    """A line that an agent has before them. line: what they copied from it, its SIM or address as well."""

    line: LineRequest
    seen_by: StaffName


def take_over_line(
    services: Services, shown: LineInHand, session: SessionId, *, terms_version: str, now: datetime
) -> LineId:
    """Let a disowned line be its user's, who was verified in a session; give which.

    Raises NotFound for an unknown agent; NotPermitted if nobody is freshly verified in the session, where
    what is shown is no line that can be taken over (whether there is such a line, is not said), and for an
    agent who vouched for its registration; Conflict for who disowned it, while an appeal is open or a hold
    keeps it, for terms that are not those in force, for who was erased, at the cap, and for who is too young
    for a line in their own name. Nothing has changed then.
    """
    with transaction.atomic():
        verified = verification_in(services, session, now=now)  # 1
        receiver = HolderId(verified.holder_id)
        agent = staff_of(shown.seen_by, StaffRole.AGENT)
        custody = _disowned(services, shown.line)  # 2
        line, giver = custody.line, HolderId(custody.holder_id)
        refuse_voucher(shown.seen_by, lines.vouchers_of(custody))
        _refuse_appealed(line)
        refuse_line_held(line, HoldKind.TRANSFER, now=now)
        _refuse_who_disowned(receiver, giver)
        refuse_to_receive(services, receiver, LineKind(line.kind), terms_version, now=now)  # 3
        owner = SaltOwner(receiver, Retention.IDENTITY)
        with LogWriter(services, owner, now=now) as log:
            corrections.put_right(line, tuple(Cause), log)  # 4
            lines.end_custody(line, log)  # 5
            lines.take_custody(line, receiver, log, registered_until=verified.registered_until)
            line.sealed_identifier = lines.seal_line(services, shown.line, receiver)
            line.save(update_fields=["sealed_identifier"])
            lines.note_terms(LineId(line.id), receiver, terms_version, accepted_at=now)
            lines.note_vouchers(LineId(line.id), session, accepted_by=[shown.seen_by])
            tell_it_passed(
                NoticeKind.LINE_TAKEN_OVER,
                LineId(line.id),
                log,
                giver=giver,
                receiver=receiver,
                registered_until=verified.registered_until,
            )
            log.enter(
                EntryKind.LINE_TAKEN_OVER,
                {
                    "line": str(line.id),
                    "kind": line.kind,
                    "identifier": shown.line.name,
                    "agent": agent.name,
                },
                stage=Stage.ENDED,
                by=[agent.name],
                # The new holder first: from now on theirs is the receipt of the line.
                parties=[SaltOwner(each, Retention.IDENTITY) for each in (receiver, giver)],
                about=line.id,
            )
    finish(services, now=now)  # 6
    return LineId(line.id)


def _disowned(services: Services, shown: LineRequest) -> models.Custody:
    """Find the disowned line of which this is a true copy. Of all others one answer says nothing."""
    index = lines.line_index_of(services, shown)
    disowned = models.Custody.objects.filter(
        index.matches("line__identifier_index"), until=None, disowned_at__isnull=False
    )
    custody = disowned.select_related("line").first()
    if custody is None or lines.unseal_line(services, custody.line, HolderId(custody.holder_id)) != shown:
        raise NotPermitted(
            "No line that can be taken over is as it was copied here.",
            remedy="Copy number and SIM, or account and address, from the line itself. Only a line that its "
            "holder disowned, in a dispute that was upheld, can be taken over.",
        )
    return custody


def _refuse_appealed(line: models.Line) -> None:
    for row in line.corrections.filter(cause=Cause.HOLDER_DISPUTE.value, ended_at=None):
        if rests(row):
            raise Conflict(
                "An appeal about this line is open: it may be its holder's again.",
                remedy="Whoever appealed can take it back; or come again when it is decided.",
            )


def _refuse_who_disowned(receiver: HolderId, giver: HolderId) -> None:
    if receiver == giver:
        raise Conflict(
            "The line was registered in their name, and they said that it is not theirs.",
            remedy="Appeal against the decision of the dispute.",
        )
