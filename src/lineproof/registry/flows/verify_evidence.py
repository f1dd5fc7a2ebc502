"""Verify a person's evidence and record the decision; register nothing.

1. examine in the booth
2. one transaction: attestation, decision, entries
3. after the commit: waiting orders are sent
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from lineproof.decision.decide import Decision
from lineproof.decision.finding import Finding
from lineproof.ports import Examination, Presentation, Services
from lineproof.registry.flows.after_commit import finish
from lineproof.registry.flows.log import LogWriter, SaltOwner
from lineproof.registry.flows.verification import (
    attested_findings,
    examine,
    record_decision,
)
from lineproof.registry.models.choices import Retention
from lineproof.terms import Procedure


@dataclass(frozen=True, slots=True)
class Verification:
    """What verifying gave. decision_id: for its receipt."""

    decision: Decision
    decision_id: UUID
    findings: tuple[Finding, ...]
    examination: Examination


def verify_evidence(services: Services, presentation: Presentation, *, now: datetime) -> Verification:
    """Verify what is presented and record the decision.

    Raises what the booth raises (Malformed, Unavailable), NotFound for an unknown agent and NotPermitted for
    a wrong attestation; in each case nothing is recorded.
    """
    examination = examine(services, presentation, now=now)  # 1
    owner = SaltOwner(presentation.session, Retention.DECISION)
    with transaction.atomic(), LogWriter(services, owner, now=now) as log:  # 2
        findings = attested_findings(presentation, examination, log)
        decision, row = record_decision(findings, presentation, log, procedure=Procedure.VERIFICATION)
    finish(services, now=now)  # 3
    return Verification(decision, row.id, findings, examination)
