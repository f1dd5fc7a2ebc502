"""Give an opinion on a referred case; with the second that agrees, the case is decided.

1. one transaction: the case must be open, the reviewer enrolled and new to the case
2. record the opinion, entry
3. two of one opinion? its photographs are recorded as destroyed, entry; a decision by people, entry
   accept: do what was applied for, entries
   return: with their reasons; the applicant may present again
   refuse: with their reasons
4. destroy the case's key, unless the policy keeps it for a time: the application is unreadable from here on
5. after the commit: send the orders; destroy the photographs' key, and remove them
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.db import transaction

from lineproof.decision.reasons import ReasonCode
from lineproof.errors import Conflict, NotFound
from lineproof.line.case import Opinion, ReviewerOpinion, Settlement, add_opinion, settle
from lineproof.ports import Services
from lineproof.registry import models, personal
from lineproof.registry.flows.after_commit import finish
from lineproof.registry.flows.application import (
    LinkApplication,
    RegisterApplication,
    VerifyApplication,
    from_json,
)
from lineproof.registry.flows.enrol_staff import staff_of
from lineproof.registry.flows.keeping import end_keeping, remove
from lineproof.registry.flows.lines import note_vouchers
from lineproof.registry.flows.link_document import complete_link
from lineproof.registry.flows.log import LogWriter, SaltOwner
from lineproof.registry.flows.register_line import complete_registration, record_findings
from lineproof.registry.flows.verify_holder import complete_verification
from lineproof.registry.models.choices import CaseKind, CaseState, DecisionOutcome, EvidenceEnd, Retention
from lineproof.terms import CaseId, HolderId, LineId, StaffName, StaffRole
from lineproof.transparency.entry import EntryKind, Stage


@dataclass(frozen=True, slots=True)
class Review:
    """What the opinion led to. settlement: None while a second opinion is wanted.

    decision_id: of the people, for its receipt. evidence_destroyed: whether photographs of the case were kept
    until now, and are no more.
    """

    settlement: Settlement | None
    decision_id: UUID | None = None
    holder: HolderId | None = None
    line: LineId | None = None
    evidence_destroyed: bool = False


def review_case(services: Services, case: CaseId, opinion: ReviewerOpinion, *, now: datetime) -> Review:
    """Give one reviewer's opinion on a referral.

    Raises NotFound for an unknown case or reviewer, NotPermitted for a second opinion by the same person,
    Conflict when the case is decided, is not one that an opinion closes, or cannot be accepted as it is.
    """
    with transaction.atomic():  # 1
        row, referral = _open_referral(services, case)
        reviewer = staff_of(opinion.reviewer, StaffRole.REVIEWER)
        opinions = add_opinion(_opinions(row), opinion)
        owner = SaltOwner(referral.session, Retention.DECISION)
        with LogWriter(services, owner, now=now, subject=bytes(row.subject)) as log:
            models.CaseOpinion.objects.create(  # 2
                case=row,
                reviewer=reviewer,
                opinion=opinion.opinion.value,
                reason="" if opinion.reason is None else opinion.reason.value,
                given_at=now,
            )
            settlement = settle(opinions)
            log.enter(
                EntryKind.OPINION_GIVEN,
                {"case": str(case), "reviewer": reviewer.name},
                stage=Stage.WAITS_FOR_PEOPLE if settlement is None else Stage.UNDER_WAY,
                by=[reviewer.name],
            )
            review = Review(None) if settlement is None else _decide(row, referral, settlement, log)
    finish(services, now=now, erased=True)  # 5
    if review.evidence_destroyed:
        remove(services, models.CaseEvidence.objects.get(case=case))
    return review


_ENDINGS = {
    Opinion.ACCEPT: (DecisionOutcome.ACCEPTED_BY_PEOPLE, CaseState.ACCEPTED),
    Opinion.RETURN: (DecisionOutcome.RETURNED_BY_PEOPLE, CaseState.RETURNED),
    Opinion.REFUSE: (DecisionOutcome.REFUSED_BY_PEOPLE, CaseState.REFUSED),
}


def _decide(row: models.Case, referral: models.Decision, settlement: Settlement, log: LogWriter) -> Review:
    kept = models.CaseEvidence.objects.filter(case=row, destroyed_at=None).first()  # 3
    if kept is not None:
        end_keeping(kept, EvidenceEnd.AT_DECISION, log)
    outcome, state = _ENDINGS[settlement.opinion]
    decision = models.Decision.objects.create(
        session=referral.session,
        way=referral.way,
        outcome=outcome.value,
        policy=log.services.policy.name,
        policy_digest=log.services.policy.digest,
        release=log.services.release,
        people=len(settlement.by),
        decided_at=log.now,
    )
    for code in settlement.reasons:
        models.DecisionReason.objects.create(decision=decision, code=code.value)
    accepted = settlement.opinion is Opinion.ACCEPT
    log.enter(
        EntryKind.CASE_DECIDED,
        {
            "decision": str(decision.id),
            "way": decision.way,
            "reasons": [code.value for code in settlement.reasons],
        },
        stage=Stage.UNDER_WAY if accepted else Stage.ENDED,
        outcome=outcome.value,
        by=[name.text for name in settlement.by],
        answers=row.due_at,
        about=decision.id,
    )
    review = Review(settlement)
    if accepted:
        holder, line = _carry_out(row, referral, decision, log, accepted_by=settlement.by)
        review = replace(review, holder=holder, line=line)
    row.state, row.decided_at = state.value, log.now
    if log.services.policy.retention.case.days == 0:  # 4
        row.sealed_application = None
        personal.destroy(row.id, Retention.CASE)
    row.save(update_fields=["state", "sealed_application", "decided_at"])
    return replace(review, decision_id=decision.id, evidence_destroyed=kept is not None)


def _carry_out(
    row: models.Case,
    referral: models.Decision,
    decision: models.Decision,
    log: LogWriter,
    *,
    accepted_by: Sequence[StaffName],
) -> tuple[HolderId, LineId | None]:
    """Do what was applied for; what was read unsurely is not, since nobody can correct it in this version."""
    if referral.reasons.filter(code=ReasonCode.DOCUMENT_READ_UNSURE.value).exists():
        raise Conflict(
            "The document was not read with certainty, and what was read cannot be corrected here.",
            remedy="Return the case, so that the applicant presents it again.",
        )
    sealed = personal.unseal(
        log.services.keys,
        bytes(row.sealed_application or b""),
        subject=row.id,
        retention=Retention.CASE,
        place="case.sealed_application",
    )
    match from_json(sealed):
        case RegisterApplication() as application:
            _refuse_cap_unseen(application, referral, log.services)
            done = complete_registration(application, log)
            note_vouchers(done.line, referral.session, accepted_by=accepted_by)
            return done.holder, done.line
        case LinkApplication() as application:
            complete_link(application, log)
            return application.holder, None
        case VerifyApplication() as application:
            return complete_verification(application, decision, log), None


def _refuse_cap_unseen(
    application: RegisterApplication, referral: models.Decision, services: Services
) -> None:
    """Raise Conflict where the cap was reached since the case was referred: nobody was asked about that."""
    if referral.reasons.filter(code=ReasonCode.CAP_REACHED.value).exists():
        return
    found = record_findings(services, application.document, application.request, application.organisation)
    if any(finding.reason is ReasonCode.CAP_REACHED for finding in found):
        raise Conflict(
            "Since the case was referred, its applicant came to hold as many lines of this kind as one may.",
            remedy="Return the case: who applies again has that weighed by people, or gives up a line first.",
        )


def accept_on_appeal(row: models.Case, log: LogWriter, *, heard_by: StaffName) -> None:
    """Do what was applied for, where an appeal overturned the opinion of two people.

    Where the application is not kept any more, nothing is left to be done: the applicant presents again.
    Raises Conflict as `review_case` does for a case that cannot be accepted as it is.
    """
    if row.sealed_application is None or row.decision is None:
        return
    decision = models.Decision.objects.create(
        session=row.decision.session,
        way=row.decision.way,
        outcome=DecisionOutcome.ACCEPTED_ON_APPEAL.value,
        policy=log.services.policy.name,
        policy_digest=log.services.policy.digest,
        release=log.services.release,
        people=1,
        decided_at=log.now,
    )
    _carry_out(row, row.decision, decision, log, accepted_by=[heard_by])
    row.sealed_application = None
    personal.destroy(row.id, Retention.CASE)
    row.save(update_fields=["sealed_application"])


def _open_referral(services: Services, case: CaseId) -> tuple[models.Case, models.Decision]:
    row = models.Case.objects.filter(id=case).select_related("decision").first()
    if row is None:
        raise NotFound("There is no such case.", remedy="List them with: lineproof cases list")
    if row.kind != CaseKind.REFERRAL.value or row.decision is None:
        raise Conflict(
            f"A case of the kind {row.kind} is not a referral.", remedy="Settle it: lineproof cases settle"
        )
    if row.decision.policy != services.policy.name:
        raise Conflict(
            f"The case was referred under the policy {row.decision.policy}.",
            remedy="Decide it under the same.",
        )
    if row.state != CaseState.OPEN.value:
        raise Conflict("The case is already decided.", remedy="Nothing is left to be done on it.")
    return row, row.decision


def _opinions(row: models.Case) -> list[ReviewerOpinion]:
    return [
        ReviewerOpinion(
            StaffName(given.reviewer.name),
            Opinion(given.opinion),
            ReasonCode(given.reason) if given.reason else None,
        )
        for given in row.opinions.select_related("reviewer").order_by("given_at", "id")
    ]
