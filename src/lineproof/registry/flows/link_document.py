"""Link a further document to a holder, who is freshly verified with both in one session.

1. examine the document that is already bound, and the new one, each with the same capture; the photographs of
   the new one are put by as ciphertext if the booth refers them, and gone again without a case
2. one transaction: verify and record the attestations
3. read whose the bound document is
4. decide on the findings of both, and on whether both name one person
5. accept:       bind the new document; contested if it is bound to somebody else; notice, entries
   not verified: the decision with its reasons, entry
   refer:        the decision, and a case
6. after the commit: waiting orders are sent
"""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.db import transaction

from lineproof.decision.decide import Decision, Verdict, fill_missing
from lineproof.decision.finding import Check, Finding, Outcome, indeterminate, passed
from lineproof.decision.reasons import ReasonCode
from lineproof.document.fields import IdentityDocument
from lineproof.errors import Malformed, NotFound
from lineproof.holder.identity import check_holder_certain, known_holder
from lineproof.line.notice import NoticeKind
from lineproof.ports import Presentation, Services
from lineproof.registry.flows import holding
from lineproof.registry.flows.after_commit import finish
from lineproof.registry.flows.application import LinkApplication
from lineproof.registry.flows.giving_back import reverified
from lineproof.registry.flows.keeping import awaiting_referral
from lineproof.registry.flows.log import LogWriter, SaltOwner
from lineproof.registry.flows.verification import (
    attested_findings,
    document_in,
    examine,
    record_decision,
)
from lineproof.registry.flows.visits import end_for
from lineproof.registry.models.choices import Retention
from lineproof.terms import CaseId, HolderId, Procedure
from lineproof.transparency.entry import EntryKind, Stage


@dataclass(frozen=True, slots=True)
class Link:
    """What became of it. case: where people will decide, if they must.

    decision_id: for its receipt. evidence_until: until when the further document's photographs are kept at
    most; None where they are not.
    """

    decision: Decision
    decision_id: UUID
    findings: tuple[Finding, ...]
    holder: HolderId
    case: CaseId | None = None
    evidence_until: datetime | None = None


def link_document(services: Services, *, bound: Presentation, further: Presentation, now: datetime) -> Link:
    """Link the document of `further` to the holder of the document of `bound`.

    Raises NotFound when the first document is not bound to a holder here, Malformed when the two are not of
    one session, and what the booth and the attestations raise; in each case nothing was changed.
    """
    if bound.session != further.session or bound.way is not further.way:
        raise Malformed("Both documents must be presented in one session.", remedy="Present both again.")
    with awaiting_referral(services, further.session, now=now) as pending:
        examinations = (  # 1
            examine(services, bound, now=now),
            examine(services, further, now=now, case_key=pending.public_key),
        )
        pending.put_by(further.evidence, examinations[1])
        if examinations[0].zone is not None and examinations[0].zone == examinations[1].zone:
            raise Malformed(
                "Both photographs show the same document.",
                remedy="Present the bound document and the further one.",
            )
        known_document, new_document = (document_in(e, now=now) for e in examinations)
        owner = SaltOwner(bound.session, Retention.DECISION)
        with transaction.atomic(), LogWriter(services, owner, now=now) as log:  # 2
            findings: tuple[Finding, ...] = ()
            for presentation, examination in zip((bound, further), examinations, strict=True):
                attested = attested_findings(presentation, examination, log)
                findings += fill_missing(attested, policy=services.policy, way=presentation.way)
            holder = _holder_of(services, known_document)  # 3
            log.owner = SaltOwner(holder, Retention.IDENTITY)
            findings += _same_person(services, holder, known_document, new_document)  # 4
            decision, row = record_decision(findings, further, log, procedure=Procedure.LINK)
            link = Link(decision, row.id, findings, holder)
            if new_document is not None:  # 5
                if decision.verdict is Verdict.ACCEPT:
                    complete_link(LinkApplication(new_document, holder), log)
                elif decision.verdict is Verdict.REFER:
                    case = holding.refer(LinkApplication(new_document, holder), row, pending, log)
                    link = replace(link, case=case, evidence_until=pending.kept_until)
    finish(services, now=now)  # 6
    return link


def complete_link(application: LinkApplication, log: LogWriter) -> None:
    """Bind the further document and tell the holder; Conflict if the holder was erased meanwhile."""
    holding.refuse_erased(application.holder)
    log.owner = SaltOwner(application.holder, Retention.IDENTITY)
    holding.bind_document(application.document, application.holder, log)
    holding.give_notice(NoticeKind.DOCUMENT_LINKED, application.holder, log, line=None)
    record: dict[str, object] = {"holder": str(application.holder), "kind": application.document.kind}
    log.enter(EntryKind.DOCUMENT_LINKED, record, stage=Stage.ENDED)
    reverified(application.holder, log, registered_until=end_for(application.document, None, log))


def _holder_of(services: Services, document: IdentityDocument | None) -> HolderId:
    if document is not None:
        known = holding.read_bindings(services, document)
        holder = known_holder(known) if check_holder_certain(known).outcome is Outcome.PASS else None
        if holder is not None:
            return holder
    raise NotFound(
        "The first document is not bound to one holder here.",
        remedy="Present a document that a line was registered with.",
    )


def _same_person(
    services: Services, holder: HolderId, known: IdentityDocument | None, new: IdentityDocument | None
) -> tuple[Finding, ...]:
    """Find out whether both documents name one person: the same birth, and no unique number of another's.

    Names change, a birth does not.
    """
    if known is None or new is None:
        return ()
    if holding.read_bindings(services, new).by_personal_number - {holder}:
        return (indeterminate(Check.HOLDER_CERTAIN, ReasonCode.DOCUMENT_CONTESTED),)
    if known.born_on is None or known.born_on != new.born_on:
        return (indeterminate(Check.HOLDER_CERTAIN, ReasonCode.DOCUMENTS_DISAGREE),)
    return (passed(Check.HOLDER_CERTAIN),)
