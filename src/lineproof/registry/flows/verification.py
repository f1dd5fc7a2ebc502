"""What every procedure that verifies a person does first: examine, attest, decide, record."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q

from lineproof.decision.attestation import attest, verify_attestation
from lineproof.decision.decide import Decision, Verdict, decide
from lineproof.decision.finding import Finding
from lineproof.document.fields import IdentityDocument, document_of
from lineproof.document.mrz import parse_mrz
from lineproof.errors import Conflict
from lineproof.ports import Assignment, Examination, Presentation, Services
from lineproof.registry import models
from lineproof.registry.flows.enrol_staff import refuse_over_limit, staff_of
from lineproof.registry.flows.log import LogWriter
from lineproof.terms import Procedure, StaffRole
from lineproof.transparency.entry import EntryKind, Stage


def examine(
    services: Services, presentation: Presentation, *, now: datetime, case_key: bytes | None = None
) -> Examination:
    """Have the booth examine what is presented. Outside any transaction: it takes a while.

    case_key: of the case that could follow, see `keeping.py`; None where nothing would be kept.
    """
    attestation = presentation.attestation
    assignment = Assignment(
        presentation.session,
        services.policy,
        presentation.way,
        now.date(),
        attested_digest=None if attestation is None else attestation.document_digest,
        challenge=None if presentation.evidence.turn is None else presentation.evidence.turn.challenge,
        case_key=case_key,
    )
    return services.examiner.examine(presentation.evidence, assignment)


def document_in(examination: Examination, *, now: datetime) -> IdentityDocument | None:
    """Give the document that was read, or None if none was."""
    if examination.zone is None:
        return None
    return document_of(parse_mrz(examination.zone, read_on=now.date()))


def attested_findings(
    presentation: Presentation, examination: Examination, log: LogWriter
) -> tuple[Finding, ...]:
    """Verify and record the agent's attestation, if there is one, and give the findings with it.

    NotFound for an unknown agent; NotPermitted when the signature is not over this session and the
    document image that the booth examined; Conflict when that was attested already; TooMany when the agent
    has given as many attestations as they may.
    """
    attestation = presentation.attestation
    if attestation is None:
        return examination.findings
    agent = staff_of(attestation.agent, StaffRole.AGENT)
    verify_attestation(
        attestation,
        public_key=bytes(agent.public_key or b""),
        session=presentation.session,
        is_document=examination.attested_document,
    )
    # An erased attestation says only whose session it was: it still counts for every document, or it could be
    # given again.
    if models.AttestationRecord.objects.filter(
        Q(document_digest=attestation.document_digest) | Q(document_digest=None), session=presentation.session
    ).exists():
        raise Conflict("This session was attested already.", remedy="Attest again, in a new session.")
    refuse_over_limit(agent, now=log.now)
    models.AttestationRecord.objects.create(
        agent=agent,
        session=presentation.session,
        document_digest=attestation.document_digest,
        signature=attestation.signature,
        permit_until=attestation.papers.permit_until,
        guardianship=attestation.papers.guardianship,
        organisation=attestation.papers.organisation is not None,
        given_at=log.now,
    )
    log.enter(
        EntryKind.ATTESTED,
        {
            "agent": agent.name,
            "session": str(presentation.session),
            "signature": attestation.signature.hex(),
            **attestation.papers.said(),
        },
        by=[agent.name],
    )
    return attest(examination.findings, attestations_by_agent=agent.attestations.count())


def record_decision(
    findings: Iterable[Finding], presentation: Presentation, log: LogWriter, *, procedure: Procedure
) -> tuple[Decision, models.Decision]:
    """Decide, and record the decision with its findings and reasons in the caller's transaction."""
    findings = tuple(findings)
    decision = decide(findings, policy=log.services.policy, way=presentation.way, procedure=procedure)
    row = models.Decision.objects.create(
        session=presentation.session,
        way=presentation.way.value,
        outcome=decision.verdict.value,
        policy=decision.policy,
        policy_digest=decision.policy_digest,
        release=log.services.release,
        people=0,
        decided_at=log.now,
    )
    models.DecisionReason.objects.bulk_create(
        models.DecisionReason(decision=row, code=reason.code.value) for reason in decision.reasons
    )
    models.DecisionFinding.objects.bulk_create(
        models.DecisionFinding(
            decision=row,
            check_name=finding.check.value,
            outcome=finding.outcome.value,
            reason="" if finding.reason is None else finding.reason.value,
            measures={measure.what.value: measure.value for measure in finding.measures},
        )
        for finding in findings
    )
    goes_on = procedure is not Procedure.VERIFICATION and decision.verdict is not Verdict.NOT_VERIFIED
    log.enter(
        EntryKind.DECIDED,
        {
            "decision": str(row.id),
            "procedure": procedure.value,
            "way": presentation.way.value,
            "reasons": [reason.code.value for reason in decision.reasons],
        },
        stage=Stage.UNDER_WAY if goes_on else Stage.ENDED,
        outcome=decision.verdict.value,
        about=row.id,
    )
    return decision, row
