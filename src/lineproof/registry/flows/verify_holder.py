"""Verify who somebody is, so that they can do something with lines in their name; register nothing.

1. examine the evidence in the booth; what it refers is put by as ciphertext, and gone again without a case
2. begin the one transaction; verify and record the attestation
3. read who the holder is, by document
4. decide
5. accept:       the holder, who may be new here; binding; that they were verified, entry; what was to be
                 corrected about their lines for want of that stops, and is undone
   not verified: the decision with its reasons, entry
   refer:        the decision, and a case
6. after the commit: waiting orders are sent

Every procedure on a line that exists asks `verified_holder` who is before it: transfer, SIM replacement,
dispute, surrender, correction. It holds for as long as the policy says, and for nobody else. What only keeps
a line where it is asks `protecting_holder`: who is in a visit of their own page need show no document again.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.db import transaction

from lineproof.decision.decide import Decision, Verdict
from lineproof.decision.finding import Finding, Outcome
from lineproof.errors import Conflict, NotPermitted, Unavailable
from lineproof.holder.identity import check_holder_certain, known_holder
from lineproof.line.clock import deadline
from lineproof.ports import Presentation, Services
from lineproof.registry import models
from lineproof.registry.flows import holding
from lineproof.registry.flows.after_commit import finish
from lineproof.registry.flows.application import VerifyApplication
from lineproof.registry.flows.giving_back import reverified
from lineproof.registry.flows.keeping import awaiting_referral
from lineproof.registry.flows.log import LogWriter, SaltOwner
from lineproof.registry.flows.organisations import organisation_shown
from lineproof.registry.flows.verification import attested_findings, document_in, examine, record_decision
from lineproof.registry.flows.visits import end_for, permit_shown
from lineproof.registry.models.choices import Retention
from lineproof.terms import CaseId, HolderId, Procedure, SessionId
from lineproof.transparency.entry import EntryKind, Stage


@dataclass(frozen=True, slots=True)
class HolderVerified:
    """What became of it. holder: whom the document names, where it was accepted. case: where people decide.

    decision_id: for its receipt. evidence_until: until when the photographs of a case are kept at most; None
    where they are not. registered_until: of a visitor, until when their lines are registered at least; None:
    by what was shown, without an end.
    """

    decision: Decision
    decision_id: UUID
    findings: tuple[Finding, ...]
    holder: HolderId | None = None
    case: CaseId | None = None
    evidence_until: datetime | None = None
    registered_until: datetime | None = None


def verify_holder(services: Services, presentation: Presentation, *, now: datetime) -> HolderVerified:
    """Verify who presents a document, as a holder who is known here or a new one.

    Raises what the booth and the attestation raise, and Malformed for a permit that is over or makes no
    difference, and for an organisation's papers that make none; in each case nothing was changed.
    """
    permit_until = permit_shown(services, presentation, now=now)
    organisation_shown(services, presentation)
    with awaiting_referral(services, presentation.session, now=now) as pending:
        examination = examine(services, presentation, now=now, case_key=pending.public_key)  # 1
        pending.put_by(presentation.evidence, examination)
        document = document_in(examination, now=now)
        owner = SaltOwner(presentation.session, Retention.DECISION)
        with transaction.atomic(), LogWriter(services, owner, now=now) as log:  # 2
            findings = attested_findings(presentation, examination, log)
            if document is not None:  # 3
                findings += (check_holder_certain(holding.read_bindings(services, document)),)
            decision, row = record_decision(findings, presentation, log, procedure=Procedure.HOLDER)  # 4
            verified = HolderVerified(decision, row.id, findings)
            if document is not None:  # 5
                application = VerifyApplication(document, presentation.session, permit_until)
                if decision.verdict is Verdict.ACCEPT:
                    holder = complete_verification(application, row, log)
                    until = end_for(document, permit_until, log)
                    verified = replace(verified, holder=holder, registered_until=until)
                elif decision.verdict is Verdict.REFER:
                    case = holding.refer(application, row, pending, log)
                    verified = replace(verified, case=case, evidence_until=pending.kept_until)
            elif decision.verdict is not Verdict.NOT_VERIFIED:
                raise Unavailable("The booth read no document and did not say why.", remedy="Try again.")
    finish(services, now=now)  # 6
    return verified


def complete_verification(
    application: VerifyApplication, decision: models.Decision, log: LogWriter
) -> HolderId:
    """Enter an accepted verification: the holder, found by document or made, the binding, and that it was.

    Raises Conflict when the document is bound to two holders.
    """
    known = holding.read_bindings(log.services, application.document)
    if check_holder_certain(known).outcome is not Outcome.PASS:
        raise Conflict("The document is contested.", remedy="Settle first whose it is.")
    holder = known_holder(known) or holding.create_holder(application.document, log)
    log.owner = SaltOwner(holder, Retention.IDENTITY)
    holding.bind_document(application.document, holder, log)
    until = end_for(application.document, application.permit_until, log)
    models.HolderVerification.objects.create(
        session=application.session,
        holder_id=holder,
        decision=decision,
        verified_at=log.now,
        registered_until=until,
    )
    log.enter(
        EntryKind.HOLDER_VERIFIED,
        {"holder": str(holder), "session": str(application.session)},
        stage=Stage.ENDED,
    )
    reverified(holder, log, registered_until=until)
    return holder


def verified_holder(services: Services, session: SessionId, *, now: datetime) -> HolderId:
    """Give the holder who was verified in a session; NotPermitted if nobody was, or it is too long ago.

    A door hands in the session of who is before it, and nobody else's.
    """
    return HolderId(verification_in(services, session, now=now).holder_id)


def verified_until(services: Services, session: SessionId, *, now: datetime) -> datetime:
    """Give until when a verification holds; NotPermitted as `verified_holder` does."""
    row, policy = verification_in(services, session, now=now), services.policy
    return deadline(row.verified_at, policy.clocks.verified_within, policy.calendar)


@dataclass(frozen=True, slots=True)
class OwnPage:
    """Somebody in a visit of their own page: enough for what keeps a line where it is, and no more."""

    holder: HolderId


def protecting_holder(services: Services, by: SessionId | OwnPage, *, now: datetime) -> HolderId:
    """Give the holder who keeps a line where it is: verified in a session, or in a visit of their own page.

    Raises NotPermitted as `verified_holder` does; NotFound for whose page was erased.
    """
    if not isinstance(by, OwnPage):
        return verified_holder(services, by, now=now)
    holding.refuse_erased(by.holder)
    return by.holder


def verification_in(services: Services, session: SessionId, *, now: datetime) -> models.HolderVerification:
    """Give the verification of `verified_holder`, with until when it lets a line be registered."""
    row = models.HolderVerification.objects.filter(session=session).first()
    policy = services.policy
    if row is None or now >= deadline(row.verified_at, policy.clocks.verified_within, policy.calendar):
        raise NotPermitted(
            "Nobody was verified in this session within {term}.",
            remedy="Show the document again, at a counter or by face.",
            term=policy.clocks.verified_within,
        )
    return row
