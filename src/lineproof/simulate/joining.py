"""How people come to the operator of a simulation: registrations, and what people decide of referred ones."""

from collections.abc import Callable
from datetime import timedelta

from lineproof.decision.finding import Finding
from lineproof.decision.reasons import ReasonCode
from lineproof.line.appeal import AppealKind
from lineproof.line.case import Opinion, ReviewerOpinion, Whose
from lineproof.line.language import Language
from lineproof.line.porting import PortingState
from lineproof.line.request import LineRequest
from lineproof.registry import models
from lineproof.registry.flows.contact_points import add_contact_point
from lineproof.registry.flows.port_in import confirm_port_in, refuse_port_in
from lineproof.registry.flows.register_line import register_line
from lineproof.registry.flows.review_case import review_case
from lineproof.registry.flows.settle_identity import WhoseOpinion, settle_identity
from lineproof.registry.models.choices import CaseKind, CaseState
from lineproof.simulate.agenda import Act
from lineproof.simulate.appealing import may_appeal
from lineproof.simulate.examiner import ANOTHER_PERSON
from lineproof.simulate.operator import OTHER_OPERATOR, Operator
from lineproof.simulate.passport import Passport
from lineproof.simulate.signing import papers_of, signed
from lineproof.terms import (
    CaseId,
    EmailAddress,
    HolderId,
    LineId,
    LineIdentifier,
    Msisdn,
    PortingId,
    StaffName,
    Way,
)

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
_AGAINST = (ReasonCode.NOT_PROVEN_LIVE, ReasonCode.FACE_MATCH_UNSURE, ReasonCode.DOCUMENT_NOT_CLEAR)
# Of all who register: who holds lines already; who collects them; who asks for a number that is in use.
_KNOWN, _COLLECTS, _TAKEN = 0.25, 0.08, 0.02
# Of all lines: internet accesses. Of the mobile ones: those whose number comes from another operator.
_FIXED, _COMES = 0.15, 0.08
_LATE_OFFICE = 0.12


def register(op: Operator) -> str:
    """Have somebody register a line, in front of an agent, by face, or both."""
    passport, request = _applicant(op), _request(op)
    from_operator = OTHER_OPERATOR if isinstance(request.identifier, Msisdn) and op.happens(_COMES) else None
    if from_operator is not None and op.left and op.happens(0.5):
        request = LineRequest(op.left.pop(0), request.iccid)
    way = Way.COUNTER if op.happens(0.65) else Way.FACE
    attended = way is Way.COUNTER or op.happens(0.5)
    instead: tuple[Finding, ...] = (ANOTHER_PERSON,) if way is Way.FACE and op.happens(0.15) else ()
    agent = op.one_of(op.agents) if attended else None
    papers = papers_of(op, attended=attended)
    presentation = op.world.present(passport, way=way, attended_by=agent, instead=instead, papers=papers)
    terms = op.services.policy.terms_version
    done = register_line(
        op.services, request, presentation, now=op.now, terms_version=terms, from_operator=from_operator
    )
    if done.line is not None and done.holder is not None:
        _note(op, done.line, done.holder, passport, request)
        signed(op, done.line, papers)
        if op.happens(0.3):
            op.plan("an address is given", lambda: _give_address(op, passport), after=HOUR)
    elif done.case is not None:
        _refer(op, done.case, passport, request)
        if done.evidence_until is not None:
            op.agenda.plan(done.evidence_until, "photographs reach their end", lambda: _destroy(op))
    return done.decision.verdict.value


def _applicant(op: Operator) -> Passport:
    if op.people and op.happens(_COLLECTS):
        return op.people[0]
    return op.one_of(op.people) if op.people and op.happens(_KNOWN) else op.somebody()


def _request(op: Operator) -> LineRequest:
    if op.lines and op.happens(_TAKEN):
        return _asked(op, op.number_of[op.one_of(op.lines)])
    if op.free and op.happens(0.5):
        return _asked(op, op.free.pop(0))
    return op.world.an_access() if op.happens(_FIXED) else op.world.a_number()


def _asked(op: Operator, name: LineIdentifier) -> LineRequest:
    return LineRequest(name, op.world.a_sim() if isinstance(name, Msisdn) else None)


def _note(op: Operator, line: LineId, holder: HolderId, passport: Passport, request: LineRequest) -> None:
    """Note a line that was registered; one whose number is to come is let go by its operator, or is not."""
    op.note_line(line, holder, passport, request)
    porting = models.Porting.objects.filter(line=line, state=PortingState.COMING.value).first()
    if porting is not None:
        about, after = PortingId(porting.id), op.between(HOUR, 6 * DAY)
        ends: dict[Callable[[Operator, PortingId, LineId], str] | None, float]
        ends = {_let_go: 0.8, _kept: 0.15, None: 0.05}
        end = op.drawn(ends)
        if end is not None:
            op.plan("a number from elsewhere", lambda: end(op, about, line), after=after)


def _let_go(op: Operator, porting: PortingId, _: LineId) -> str:
    confirm_port_in(op.services, porting, now=op.now)
    return "has come"


def _kept(op: Operator, porting: PortingId, line: LineId) -> str:
    refuse_port_in(op.services, porting, now=op.now)
    op.forget_line(line)
    return "stays there"


def _give_address(op: Operator, passport: Passport) -> None:
    address = EmailAddress.parse(f"{passport.number.lower()}@example.org")
    add_contact_point(op.services, op.verified(passport), address, Language.ENGLISH, now=op.now)


def _destroy(op: Operator) -> str:
    """Destroy the photographs of referrals whose time is over."""
    from lineproof.registry.flows.settle_evidence import settle_evidence

    return f"{settle_evidence(op.services, op.vault, now=op.now).cases} cases"


# Referrals


def _refer(op: Operator, case: CaseId, passport: Passport, request: LineRequest) -> None:
    """Plan the opinions on a case: two who agree, or one who differs before them; some offices are late."""
    op.decide_by(case, models.Case.objects.get(id=case).due_at)
    wanted = op.drawn({Opinion.ACCEPT: 0.6, Opinion.RETURN: 0.2, Opinion.REFUSE: 0.2})
    reviewers = op.some_of(op.reviewers, 3)
    opinions = [(each, wanted) for each in reviewers[:2]]
    if op.happens(0.15):
        other = Opinion.RETURN if wanted is Opinion.ACCEPT else Opinion.ACCEPT
        opinions.insert(0, (reviewers[2], other))
    after = op.between(3 * DAY, 9 * DAY) if op.happens(_LATE_OFFICE) else op.between(HOUR, 30 * HOUR)
    for reviewer, opinion in opinions:
        _plan_opinion(op, case, (passport, request), (reviewer, opinion), after=after)
        after += op.between(HOUR, 12 * HOUR)
    if wanted is Opinion.ACCEPT:
        # What cannot be accepted as it is, is returned by two others.
        for reviewer in sorted(set(op.reviewers) - set(reviewers), key=str)[:2]:
            after += HOUR
            _plan_opinion(op, case, (passport, request), (reviewer, Opinion.RETURN), after=after)


def _plan_opinion(
    op: Operator,
    case: CaseId,
    of: tuple[Passport, LineRequest],
    opinion: tuple[StaffName, Opinion],
    *,
    after: timedelta,
) -> None:
    op.plan("an opinion on a case", lambda: _opine(op, case, of, *opinion), after=after)


def _opine(
    op: Operator, case: CaseId, of: tuple[Passport, LineRequest], reviewer: StaffName, opinion: Opinion
) -> str:
    if case not in op.deadlines:
        return "not needed any more"
    reason = None if opinion is Opinion.ACCEPT else op.one_of(_AGAINST)
    review = review_case(op.services, case, ReviewerOpinion(reviewer, opinion, reason), now=op.now)
    if review.settlement is None:
        return "one of two"
    op.decided(case)
    if review.line is not None and review.holder is not None:
        _note(op, review.line, review.holder, *of)
    elif op.happens(0.5):
        may_appeal(op, AppealKind.CASE, case)
    return review.settlement.opinion.value


# Two holders who may be one person


def look_at_identities(op: Operator) -> str:
    """Plan the opinions on every case of two holders that nobody has looked at yet."""
    waiting = models.Case.objects.filter(state=CaseState.OPEN.value).exclude(kind=CaseKind.REFERRAL.value)
    new = [row for row in waiting.order_by("opened_at") if row.id not in op.deadlines]
    for row in new:
        op.decide_by(row.id, row.due_at)
        whose = op.one_of((Whose.AS_THEY_ARE, Whose.COME_AND_SHOW))
        after = op.between(4 * DAY, 8 * DAY) if op.happens(_LATE_OFFICE) else op.between(HOUR, 24 * HOUR)
        for reviewer in op.some_of(op.reviewers, 2):
            opinion = WhoseOpinion(reviewer, whose)
            op.plan("an opinion on two holders", _settles(op, CaseId(row.id), opinion), after=after)
            after += HOUR
    return f"{len(new)} new"


def _settles(op: Operator, case: CaseId, opinion: WhoseOpinion) -> Act:
    def act() -> str:
        settled = settle_identity(op.services, case, opinion, now=op.now)
        if settled is None:
            return "one of two"
        op.decided(case)
        return settled.value

    return act
