"""Register a line in the name of the person whose document was verified, and have it switched on.

1. parse: an application exists only if it is well formed; the line must be free, the terms those in force,
   and what an agent has seen, a permit, a guardian's or an organisation's papers, of use under the policy
2. examine the evidence in the booth; what it refers is put by as ciphertext, and gone again without a case
3. begin the one transaction; verify and record the attestation
4. read who the holder is, by document, how many lines they or the organisation that they sign for have, and
   whether they are of full age
5. decide
6. accept:       holder, binding, organisation, line, custody and who vouched for it, until when a visitor's
                 is registered, order, notice, entries; a second look at it, where an agent attested and it is
                 drawn
   not verified: the decision with its reasons, entry
   refer:        the decision, and a case with the application sealed under its own key, entries
7. after the commit: send the orders
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never
from uuid import UUID

from django.db import transaction

from lineproof.decision.decide import Decision, Verdict
from lineproof.decision.finding import Check, Finding, Measure, Measured, Outcome, indeterminate, passed
from lineproof.decision.organisation import Organisation
from lineproof.decision.reasons import ReasonCode
from lineproof.document.fields import IdentityDocument
from lineproof.errors import Conflict, Unavailable
from lineproof.holder.identity import check_holder_certain, known_holder
from lineproof.line.custody import within_cap
from lineproof.line.porting import OperatorName
from lineproof.line.request import LineRequest
from lineproof.line.second_look import LookedAt
from lineproof.ports import Examination, Presentation, Services
from lineproof.registry.flows import holding, lines
from lineproof.registry.flows.after_commit import finish
from lineproof.registry.flows.application import RegisterApplication
from lineproof.registry.flows.giving_back import reverified
from lineproof.registry.flows.keeping import awaiting_referral
from lineproof.registry.flows.log import LogWriter, SaltOwner
from lineproof.registry.flows.minors import adult_findings, guardianship_shown
from lineproof.registry.flows.organisations import (
    enter_organisation,
    find_organisation,
    organisation_shown,
)
from lineproof.registry.flows.portings import enter_port_in
from lineproof.registry.flows.second_look import draw_second_look
from lineproof.registry.flows.verification import (
    attested_findings,
    document_in,
    examine,
    record_decision,
)
from lineproof.registry.flows.visits import end_for, permit_shown
from lineproof.registry.models.choices import Retention
from lineproof.registry.queries.caps import CapOf
from lineproof.registry.queries.holder import count_lines
from lineproof.terms import CaseId, HolderId, LineId, LineKind, Origin, Procedure


@dataclass(frozen=True, slots=True)
class Registration:
    """What became of an application: a line and its holder, or a case, or neither with the reasons.

    decision_id: for its receipt. evidence_until: until when the photographs of a case are kept at most; None
    where they are not. registered_until: when the registration of a visitor's line is over; None: it
    has no end.
    """

    decision: Decision
    decision_id: UUID
    findings: tuple[Finding, ...]
    examination: Examination
    holder: HolderId | None = None
    line: LineId | None = None
    case: CaseId | None = None
    evidence_until: datetime | None = None
    registered_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Registered:
    """A line that was entered, whose it is, and when its registration is over; None: it has no end."""

    holder: HolderId
    line: LineId
    until: datetime | None


def register_line(
    services: Services,
    request: LineRequest,
    presentation: Presentation,
    *,
    now: datetime,
    terms_version: str = "",
    from_operator: OperatorName | None = None,
) -> Registration:
    """Register a line, or say why not, or open a case.

    terms_version: of the contract's terms, which the applicant was shown and accepts; it is noted with the
    line. Where it is "", nothing is noted: nobody says that they were accepted. from_operator: the one that
    its number is to come from (`port_in`).
    Raises Conflict when the line is registered already, or for terms that are not those in force; Malformed
    for a permit that is over, and for papers that make no difference; Malformed and Unavailable from the
    booth; NotFound for an unknown agent; NotPermitted for a wrong attestation; TooMany for one more than the
    agent may give now. In each case nothing was changed.
    """
    lines.refuse_registered(lines.line_index_of(services, request))  # 1
    if terms_version:
        lines.refuse_other_terms(services, terms_version)
    permit_until = permit_shown(services, presentation, now=now)
    for_minor = guardianship_shown(services, presentation)
    organisation = organisation_shown(services, presentation)
    with awaiting_referral(services, presentation.session, now=now) as pending:
        examination = examine(services, presentation, now=now, case_key=pending.public_key)  # 2
        pending.put_by(presentation.evidence, examination)
        document = document_in(examination, now=now)
        owner = SaltOwner(presentation.session, Retention.DECISION)
        with transaction.atomic(), LogWriter(services, owner, now=now) as log:  # 3
            findings = attested_findings(presentation, examination, log)
            if document is not None:  # 4
                findings += record_findings(services, document, request, organisation)
                findings += adult_findings(services, document.born_on, now=now)
            decision, row = record_decision(
                findings, presentation, log, procedure=Procedure.REGISTRATION
            )  # 5
            registration = Registration(decision, row.id, findings, examination)
            if document is not None:  # 6
                application = RegisterApplication(
                    document, request, terms_version, from_operator, permit_until, for_minor, organisation
                )
                match decision.verdict:
                    case Verdict.ACCEPT:
                        done = complete_registration(application, log)
                        custody = lines.note_vouchers(done.line, presentation.session)
                        draw_second_look(custody, presentation.session, LookedAt.REGISTRATION, log)
                        registration = replace(
                            registration, holder=done.holder, line=done.line, registered_until=done.until
                        )
                    case Verdict.REFER:
                        case = holding.refer(application, row, pending, log)
                        registration = replace(registration, case=case, evidence_until=pending.kept_until)
                    case Verdict.NOT_VERIFIED:
                        pass
                    case _ as never:
                        assert_never(never)
            elif decision.verdict is not Verdict.NOT_VERIFIED:
                raise Unavailable("The booth read no document and did not say why.", remedy="Try again.")
    finish(services, now=now)  # 7
    return registration


def complete_registration(application: RegisterApplication, log: LogWriter) -> Registered:
    """Enter an accepted application: the holder, found by document or made, the binding and the line.

    Raises Conflict when the document is bound to two holders, or the line was registered meanwhile.
    """
    known = holding.read_bindings(log.services, application.document)
    if check_holder_certain(known).outcome is not Outcome.PASS:
        raise Conflict("The document is contested.", remedy="Settle first whose it is.")
    holder = known_holder(known) or holding.create_holder(application.document, log)
    log.owner = SaltOwner(holder, Retention.IDENTITY)
    holding.bind_document(application.document, holder, log)
    until = end_for(application.document, application.permit_until, log)
    reverified(holder, log, registered_until=until)
    operator, signs_for = application.from_operator, application.organisation
    origin = Origin.REGISTERED if operator is None else Origin.PORTED_IN
    line = lines.enter_line(
        application.request,
        holder,
        log,
        origin=origin,
        registered_until=until,
        for_minor=application.for_minor,
        organisation=None if signs_for is None else enter_organisation(signs_for, log),
    )
    if application.terms_version:
        lines.note_terms(line, holder, application.terms_version, accepted_at=log.now)
    if operator is not None:
        enter_port_in(line, operator, log)
    return Registered(holder, line, until)


def record_findings(
    services: Services,
    document: IdentityDocument,
    request: LineRequest,
    organisation: Organisation | None = None,
) -> tuple[Finding, ...]:
    """Find out from the record whether the holder is certain and within the cap of this kind of line.

    organisation: for which the applicant signs, and whose cap it is then; None for a line of their own.
    """
    known = holding.read_bindings(services, document)
    certain = check_holder_certain(known)
    if certain.outcome is not Outcome.PASS:
        return certain, indeterminate(Check.WITHIN_CAP, ReasonCode.DOCUMENT_CONTESTED)
    held, cap = _held_and_cap(services, known_holder(known), request.kind, organisation)
    measures = (Measure(Measured.LINES_HELD, held), Measure(Measured.CAP, cap))
    if within_cap(held=held, cap=cap):
        return certain, passed(Check.WITHIN_CAP, *measures)
    # A cap is a rule about lines, not about the person: people decide, the machine does not refuse.
    return certain, indeterminate(Check.WITHIN_CAP, ReasonCode.CAP_REACHED, *measures)


def _held_and_cap(
    services: Services, holder: HolderId | None, kind: LineKind, organisation: Organisation | None
) -> tuple[int, int]:
    policy = services.policy
    if organisation is None:
        return 0 if holder is None else count_lines(holder, kind), policy.caps[kind]
    known = find_organisation(services, organisation)
    held = 0 if known is None else CapOf(kind, None, known.id).count()
    # A pack that knows organisations no more, since the case was referred, has room for none of their lines.
    return held, 0 if policy.organisations is None else policy.organisations.caps[kind]
