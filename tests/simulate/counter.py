"""A counter at which what the guards of the procedures keep from happening is tried, one way each."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from lineproof.decision.applicants import OrganisationTerms
from lineproof.decision.attestation import NO_PAPERS, SeenPapers
from lineproof.decision.organisation import Organisation
from lineproof.line.appeal import AppealKind, AppealReason
from lineproof.line.case import Opinion, ReviewerOpinion
from lineproof.line.delivery import Channel
from lineproof.line.dispute import DisputeChoice, DisputeKind, DisputeReason, Statement
from lineproof.line.ladder import Choice, Step
from lineproof.line.porting import OperatorName
from lineproof.line.used_by_another import CourtReference, OrderOfCourt
from lineproof.simulate.messages import SimulatedMessages
from lineproof.simulate.passport import Passport
from lineproof.terms import LineId, LineKind, Msisdn, StaffName, Way

if TYPE_CHECKING:
    from lineproof.simulate.world import World

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclass
class Counter:
    """A counter at which what a guard keeps from happening is tried."""

    world: "World"

    def __post_init__(self) -> None:
        self.ann, self.ben = (self.world.enrol_agent(name) for name in ("ann", "ben"))
        self.reviewers = [self.world.enrol_reviewer(name) for name in ("rhea", "sol", "tess", "uma")]
        self.numbers: list[tuple[LineId, str]] = []

    @property
    def now(self) -> datetime:
        return self.world.wait(timedelta(seconds=1))

    def register(self, holder: Passport, *, way: Way = Way.COUNTER, **named: Any) -> Any:
        from lineproof.registry.flows.register_line import register_line

        request = named.get("request") or self.world.a_number()
        attended = self.ann if way is Way.COUNTER else None
        papers = named.get("papers", NO_PAPERS)
        presentation = self.world.present(holder, way=way, attended_by=attended, papers=papers)
        done = register_line(self.world.services, request, presentation, now=self.now)
        if done.line is not None:
            self.numbers.append((done.line, request.name))
        return done

    def a_line(self, holder: Passport) -> LineId:
        line: LineId = self.register(holder).line
        return line

    def fill(self, holder: Passport, lines: int) -> None:
        for _ in range(lines):
            assert self.a_line(holder) is not None

    def verified(self, holder: Passport) -> Any:
        return self.world.verified(holder, self.ann)

    def offer(self, line: LineId, holder: Passport) -> Any:
        from lineproof.registry.flows.transfer_line import offer_line

        return offer_line(self.world.services, line, self.verified(holder), now=self.now)

    def another_sim(self, line: LineId, holder: Passport) -> None:
        from lineproof.registry.flows.replace_sim import ask_sim, switch_due_sims

        services, session = self.world.services, self.verified(holder)
        asked = ask_sim(services, line, session, self.world.a_sim(), now=self.now)
        self.world.wait(asked.due_at - self.world.now)
        assert switch_due_sims(services, now=self.now) == 1

    def port_out(self, line: LineId, holder: Passport) -> Any:
        from lineproof.registry.flows.port_out import ask_port_out

        to = OperatorName.parse("Utopia Mobile")
        return ask_port_out(self.world.services, line, self.verified(holder), to, now=self.now).porting

    def dispute(self, line: LineId, holder: Passport) -> Any:
        from lineproof.registry.flows.dispute_line import open_dispute

        session = self.verified(holder)
        kind = DisputeKind.NOT_NEEDED
        return open_dispute(self.world.services, line, kind, session, now=self.now).id

    def hear_user(self, dispute: Any, agent: StaffName, said: Statement = Statement.OTHER) -> None:
        from lineproof.registry.flows.dispute_line import hear_user

        hear_user(self.world.services, dispute, said, agent, now=self.now)

    def dismiss(self, dispute: Any, *reviewers: StaffName) -> Any:
        from lineproof.registry.flows.decide_dispute import give_opinion

        choice, reason = DisputeChoice.DISMISSED, DisputeReason.TAKEN_BACK
        services, given = self.world.services, None
        for reviewer in reviewers:
            given = give_opinion(services, dispute, reviewer, choice, reason, now=self.now)
        return given

    def referred(self, holder: Passport) -> Any:
        return self.register(holder, way=Way.FACE).case

    def opine(self, case: Any, *reviewers: StaffName) -> Any:
        from lineproof.registry.flows.review_case import review_case

        review = None
        for reviewer in reviewers:
            opinion = ReviewerOpinion(reviewer, Opinion.ACCEPT, None)
            review = review_case(self.world.services, case, opinion, now=self.now)
        if review is not None and review.line is not None:
            self.numbers.append((review.line, "+999000000099"))
        return review

    def announced(self, line: LineId) -> Any:
        from lineproof.registry.flows.close_line_used_by_another import report_used_by_another
        from lineproof.registry.flows.correct_lines import announce_corrections
        from lineproof.registry.flows.deliver_notices import deliver_notices

        services, order = self.world.services, OrderOfCourt(CourtReference.parse("2 K 17"), self.ann)
        correction = report_used_by_another(services, line, source=order, now=self.now)
        announce_corrections(services, [correction], self.reviewers[0], now=self.now)
        deliver_notices(services, now=self.now)
        return correction

    def sign(self, correction: Any, step: Step, *reviewers: StaffName) -> None:
        from lineproof.registry.flows.correct_lines import sign_step

        for reviewer in reviewers:
            sign_step(self.world.services, [correction], step, reviewer, Choice.CARRY_OUT, now=self.now)


def transfer_while_held(at: Counter) -> None:
    holder = at.world.somebody()
    line = at.a_line(holder)
    at.another_sim(line, holder)
    at.offer(line, holder)


def port_while_held(at: Counter) -> None:
    holder = at.world.somebody()
    line = at.a_line(holder)
    at.another_sim(line, holder)
    at.port_out(line, holder)


def port_too_soon(at: Counter) -> None:
    from lineproof.registry.flows.port_out import confirm_port_out

    holder = at.world.somebody()
    porting = at.port_out(at.a_line(holder), holder)
    confirm_port_out(at.world.services, porting, now=at.now)


def transfer_while_disputed(at: Counter) -> None:
    holder = at.world.somebody()
    line = at.a_line(holder)
    at.dispute(line, holder)
    at.offer(line, holder)


def sim_while_disputed(at: Counter) -> None:
    holder = at.world.somebody()
    line = at.a_line(holder)
    at.dispute(line, holder)
    at.another_sim(line, holder)


def beyond_the_cap(at: Counter) -> None:
    holder = at.world.somebody()
    at.fill(holder, at.world.services.policy.caps[LineKind.MOBILE] + 1)


def organisation_beyond_its_cap(at: Counter) -> None:
    """Have two people register a line each for an organisation that may have one."""
    services, organisation = at.world.services, Organisation("Quay Ltd", "Companies House", "01234567")
    terms = OrganisationTerms(dict.fromkeys(LineKind, 1))
    at.world.services = replace(services, policy=replace(services.policy, organisations=terms))
    for _ in range(2):
        papers = SeenPapers(organisation=organisation)
        assert at.register(at.world.somebody(), papers=papers).line is not None


def unheard(at: Counter) -> None:
    holder = at.world.somebody()
    assert at.dismiss(at.dispute(at.a_line(holder), holder), *at.reviewers[:2])


def decided_by_voucher(at: Counter) -> None:
    holder = at.world.somebody()
    line = at.opine(at.referred(holder), *at.reviewers[:2]).line
    dispute = at.dispute(line, holder)
    at.hear_user(dispute, at.ben)
    assert at.dismiss(dispute, *at.reviewers[1:3])


def heard_by_voucher(at: Counter) -> None:
    holder = at.world.somebody()
    at.hear_user(at.dispute(at.a_line(holder), holder), at.ann)


def decided_alone(at: Counter) -> None:
    holder = at.world.somebody()
    dispute = at.dispute(at.a_line(holder), holder)
    at.hear_user(dispute, at.ben)
    assert at.dismiss(dispute, at.reviewers[0])


def appeal_by_involved(at: Counter) -> None:
    from lineproof.registry.flows.appeal_decision import hear_appeal, open_appeal

    holder, services = at.world.somebody(), at.world.services
    dispute = at.dispute(at.a_line(holder), holder)
    at.hear_user(dispute, at.ben)
    assert at.dismiss(dispute, *at.reviewers[:2])
    appeal = open_appeal(services, AppealKind.DISPUTE, dispute, now=at.now)
    hear_appeal(services, appeal, at.reviewers[0], AppealReason.DECIDED_BY_THE_RULES, now=at.now)


def step_too_soon(at: Counter) -> None:
    correction = at.announced(at.a_line(at.world.somebody()))
    at.world.wait(2 * DAY)
    at.sign(correction, Step.RESTRICT, *at.reviewers[:2])


def step_while_appealed(at: Counter) -> None:
    from lineproof.registry.flows.appeal_decision import open_appeal

    correction = at.announced(at.a_line(at.world.somebody()))
    at.world.wait(31 * DAY)
    open_appeal(at.world.services, AppealKind.CORRECTION, correction, now=at.now)
    at.sign(correction, Step.RESTRICT, *at.reviewers[:2])


def one_person_twice(at: Counter) -> None:
    at.opine(at.referred(at.world.somebody()), at.reviewers[0], at.reviewers[0])


def number_too_soon(at: Counter) -> None:
    from lineproof.line.request import LineRequest
    from lineproof.registry.flows.reissue_numbers import release_numbers
    from lineproof.registry.flows.surrender_line import surrender_line

    holder, services = at.world.somebody(), at.world.services
    line = at.a_line(holder)
    surrender_line(services, line, at.verified(holder), now=at.now)
    assert release_numbers(services, now=at.now) == 1
    again = LineRequest(Msisdn.parse(at.numbers[0][1]), at.world.a_sim())
    assert at.register(at.world.somebody(), request=again).line is not None


def never_switched_on(at: Counter) -> None:
    at.a_line(at.world.somebody())


def cap_unseen(at: Counter) -> None:
    """Have a case accepted whose applicant came to the cap after it was referred."""
    holder, cap = at.world.somebody(), at.world.services.policy.caps[LineKind.MOBILE]
    at.fill(holder, cap - 1)
    case = at.referred(holder)
    at.fill(holder, 1)
    assert at.opine(case, *at.reviewers[:2]).line is not None


def taken_back_beyond_the_cap(at: Counter) -> None:
    from lineproof.registry.flows.surrender_line import surrender_line, take_back

    holder, services = at.world.somebody(), at.world.services
    line = at.a_line(holder)
    surrender_line(services, line, at.verified(holder), now=at.now)
    at.fill(holder, services.policy.caps[LineKind.MOBILE])
    take_back(services, line, at.verified(holder), now=at.now)


def received_beyond_the_cap(at: Counter) -> None:
    from lineproof.registry.flows.transfer_line import accept_line, complete_due_transfers

    giver, receiver, services = at.world.somebody(), at.world.somebody(), at.world.services
    at.fill(receiver, services.policy.caps[LineKind.MOBILE])
    code, terms = at.offer(at.a_line(giver), giver).code, services.policy.terms_version
    accepted = accept_line(services, code, at.verified(receiver), terms_version=terms, now=at.now)
    at.world.wait(accepted.complete_at - at.world.now)
    assert complete_due_transfers(services, now=at.now) == 1


def signs_twice(at: Counter) -> None:
    correction = at.announced(at.a_line(at.world.somebody()))
    at.world.wait(31 * DAY)
    at.sign(correction, Step.RESTRICT, at.reviewers[0], at.reviewers[0])


def signed_by_two_unreached(at: Counter) -> None:
    """Have two restrict a line whose holder the notice never reached."""
    from lineproof.registry.flows.deliver_notices import deliver_notices

    channels = {Channel.SMS: SimulatedMessages(down=True)}
    at.world.services = replace(at.world.services, messages=channels)
    correction = at.announced(at.a_line(at.world.somebody()))
    for _ in range(32):
        at.world.wait(DAY)
        deliver_notices(at.world.services, now=at.now)
    at.sign(correction, Step.RESTRICT, *at.reviewers[:2])


def case_decided_alone(at: Counter) -> None:
    assert at.opine(at.referred(at.world.somebody()), at.reviewers[0]).line is not None


def said_silent_too_soon(at: Counter) -> None:
    holder = at.world.somebody()
    dispute = at.dispute(at.a_line(holder), holder)
    at.hear_user(dispute, at.ben, Statement.DID_NOT_ANSWER)
    assert at.dismiss(dispute, *at.reviewers[:2])


def number_registered_twice(at: Counter) -> None:
    request = at.world.a_number()
    for _ in range(2):
        at.register(at.world.somebody(), request=request)
