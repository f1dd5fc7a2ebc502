"""Change the signatory of an organisation's line: somebody else answers for it from now on.

1. one transaction: the new signatory was freshly verified, and in that session an agent attested to the
   organisation's papers, which name them; the agent did not vouch for the registration in the former's name
2. the line is that organisation's, active, and another's than theirs; it is not disputed, to be corrected or
   on its way to somebody, no appeal about it is open, and no hold keeps it
3. they accept the contract's terms, and are of full age where the policy asks
4. custody passes, with the organisation; the number is sealed under the new signatory's key, both are told,
   entry with the agent; where it is drawn, somebody looks at it once more
5. after the commit: waiting orders are sent

The former signatory is not asked: who has left an organisation may not be found. They are told, by every
way that they gave, and what they say is heard.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from lineproof.decision.organisation import Organisation
from lineproof.errors import Conflict, NotPermitted
from lineproof.line.correction import OPEN
from lineproof.line.dispute import refuse_voucher
from lineproof.line.hold import HoldKind
from lineproof.line.notice import NoticeKind
from lineproof.line.second_look import LookedAt
from lineproof.line.state import LineState
from lineproof.ports import Services
from lineproof.registry import models
from lineproof.registry.flows import lines
from lineproof.registry.flows.after_commit import finish
from lineproof.registry.flows.held_line import refuse_in_course, refuse_line_held
from lineproof.registry.flows.log import LogWriter, SaltOwner
from lineproof.registry.flows.organisations import (
    agent_who_attested,
    enter_organisation,
    find_organisation,
)
from lineproof.registry.flows.receiving import refuse_to_answer_for, tell_it_passed
from lineproof.registry.flows.second_look import draw_second_look
from lineproof.registry.flows.verify_holder import verification_in
from lineproof.registry.models.choices import Retention
from lineproof.registry.queries.appeals import is_appealed
from lineproof.registry.queries.corrections import rests
from lineproof.terms import HolderId, LineId, SessionId
from lineproof.transparency.entry import EntryKind, Stage

_OPEN = [state.value for state in OPEN]


@dataclass(frozen=True, slots=True)
class NewSignatory:
    """Who is to sign for an organisation, by the session in which they were verified for it."""

    organisation: Organisation
    session: SessionId


def change_signatory(
    services: Services, line: LineId, signatory: NewSignatory, *, terms_version: str, now: datetime
) -> None:
    """Let a line of an organisation be in the name of another signatory.

    Raises NotPermitted if nobody is freshly verified in the session, if no agent attested in it to the papers
    of this organisation, where the line is none of its (whether there is such a line, is not said), and for
    an agent who vouched for the former signatory; Conflict for who is its signatory already, for a line that
    is not active, while it is disputed, to be corrected or appealed, or a hold keeps it, for terms that are
    not those in force, for who was erased, and for who is too young. Nothing has changed then.
    """
    with transaction.atomic():
        verified = verification_in(services, signatory.session, now=now)  # 1
        receiver = HolderId(verified.holder_id)
        agent = agent_who_attested(signatory.organisation, signatory.session)
        custody = _custody_of(services, line, signatory.organisation)  # 2
        row, giver = custody.line, HolderId(custody.holder_id)
        refuse_voucher(agent, lines.vouchers_of(custody))
        _refuse_own(receiver, giver)
        _refuse_in_course(custody, now=now)
        refuse_to_answer_for(services, receiver, terms_version, now=now)  # 3
        request = lines.unseal_line(services, row, giver)
        with LogWriter(services, SaltOwner(receiver, Retention.IDENTITY), now=now) as log:
            organisation = enter_organisation(signatory.organisation, log)  # 4
            lines.end_custody(row, log, passes_within=True)
            until = verified.registered_until
            lines.take_custody(row, receiver, log, registered_until=until, organisation=organisation)
            row.sealed_identifier = lines.seal_line(services, request, receiver)
            row.save(update_fields=["sealed_identifier"])
            lines.note_terms(line, receiver, terms_version, accepted_at=now)
            lines.note_vouchers(line, signatory.session)
            tell_it_passed(
                NoticeKind.SIGNATORY_CHANGED,
                line,
                log,
                giver=giver,
                receiver=receiver,
                registered_until=until,
            )
            log.enter(
                EntryKind.SIGNATORY_CHANGED,
                {"line": str(line), "kind": row.kind, "identifier": request.name, "agent": agent.text},
                stage=Stage.ENDED,
                by=[agent.text],
                # The new signatory first: from now on theirs is the receipt of the line.
                parties=[SaltOwner(each, Retention.IDENTITY) for each in (receiver, giver)],
                about=line,
            )
            passed = row.custodies.get(until=None)
            draw_second_look(passed, signatory.session, LookedAt.SIGNATORY_CHANGE, log)
    finish(services, now=now)  # 5


def _custody_of(services: Services, line: LineId, organisation: Organisation) -> models.Custody:
    """Find the custody of an organisation's line. Of all others one answer says nothing."""
    known = find_organisation(services, organisation)
    models.Line.objects.select_for_update().filter(id=line).first()  # no other change to it meanwhile
    held = models.Custody.objects.filter(line=line, until=None, disowned_at=None, organisation=known)
    custody = None if known is None else held.select_related("line").first()
    if custody is None:
        raise NotPermitted(
            "No such line is registered for that organisation.",
            remedy="Check the number or account, and the organisation's register and number.",
        )
    return custody


def _refuse_own(receiver: HolderId, giver: HolderId) -> None:
    if receiver == giver:
        raise Conflict(
            "They are the line's signatory already.", remedy="Have whoever is to sign instead verified."
        )


def _refuse_in_course(custody: models.Custody, *, now: datetime) -> None:
    """Raise Conflict while anything about a line is under way that its present signatory has a part in."""
    line = custody.line
    refuse_in_course(line)
    open_ones = line.corrections.filter(state__in=_OPEN)
    disputes = models.Dispute.objects.filter(custody__line=line)
    if any(map(rests, line.corrections.all())) or any(is_appealed(each.id) for each in disputes):
        raise Conflict("An appeal about this line is open.", remedy="Come again when it is decided.")
    if open_ones.exists():
        raise Conflict(
            "The line is to be corrected.",
            remedy="Have its signatory put that right first, or wait until it has ended.",
        )
    if line.state != LineState.ACTIVE.value:
        raise Conflict(
            f"A line that is {line.state.replace('_', ' ')} stays with its signatory.",
            remedy="Come again when it is active.",
        )
    refuse_line_held(line, HoldKind.TRANSFER, now=now)
