"""Take a guard out of a procedure, go where it stood, and something independent of it finds what happens.

Found by an invariant, by the monitor, or by the database, which refuses the row: each case says by what.
"""

from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from lineproof.line.appeal import AppealKind, AppealReason
from lineproof.line.case import Opinion, ReviewerOpinion
from lineproof.line.dispute import DisputeChoice, DisputeKind, DisputeReason, Statement
from lineproof.line.eyes import Agreed
from lineproof.line.ladder import Choice, Step
from lineproof.line.porting import OperatorName
from lineproof.line.used_by_another import CourtReference, OrderOfCourt
from lineproof.simulate.passport import Passport
from lineproof.terms import LineId, LineKind, Msisdn, StaffName, Way

if TYPE_CHECKING:
    from lineproof.simulate.world import World

pytestmark = pytest.mark.long
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FLOWS = "lineproof.registry.flows."


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
        presentation = self.world.present(holder, way=way, attended_by=attended)
        done = register_line(self.world.services, request, presentation, now=self.now)
        if done.line is not None:
            self.numbers.append((done.line, request.name))
        return done

    def a_line(self, holder: Passport) -> LineId:
        line: LineId = self.register(holder).line
        return line

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

    def hear_user(self, dispute: Any, agent: StaffName) -> None:
        from lineproof.registry.flows.dispute_line import hear_user

        hear_user(self.world.services, dispute, Statement.OTHER, agent, now=self.now)

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
    for _ in range(at.world.services.policy.caps[LineKind.MOBILE] + 1):
        assert at.a_line(holder) is not None


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


def _nothing(*_: Any, **__: Any) -> None:
    """Stand where a guard stood."""


def _first_decides(votes: Any, **_: Any) -> Agreed:
    return Agreed(votes[0].choice, (votes[0].person,), (votes[0].reason,))


@dataclass(frozen=True)
class Guard:
    """A guard, what takes its place, how to get past it, and what finds that. refused: by the database."""

    where: str
    instead: Callable[..., Any]
    goes: Callable[[Counter], None]
    found: Collection[str] = ()
    refused: str = ""


GUARDS = (
    Guard("transfer_line.refuse_held", _nothing, transfer_while_held, {"no_transfer_while_held"}),
    Guard("port_out.refuse_line_held", _nothing, port_while_held, {"no_port_out_while_held"}),
    Guard("port_out.refuse_untimely", _nothing, port_too_soon, refused="a_number_never_leaves_early"),
    Guard(
        "transfer_line.refuse_in_course",
        _nothing,
        transfer_while_disputed,
        {"no_transfer_while_disputed"},
    ),
    Guard("replace_sim.refuse_in_course", _nothing, sim_while_disputed, {"a_sim_is_its_holders"}),
    Guard("register_line.within_cap", lambda **_: True, beyond_the_cap, {"within_the_cap"}),
    Guard(
        "decide_dispute.refuse_user_unheard",
        _nothing,
        unheard,
        {"a_user_is_heard_first", "user_heard_first"},
    ),
    Guard(
        "decide_dispute.read_vouchers",
        lambda _: frozenset(),
        decided_by_voucher,
        {"no_dispute_is_decided_by_who_vouched"},
    ),
    Guard(
        "dispute_line.refuse_voucher",
        _nothing,
        heard_by_voucher,
        {"no_dispute_is_decided_by_who_vouched"},
    ),
    Guard(
        "decide_dispute.agreed",
        _first_decides,
        decided_alone,
        {"no_dispute_is_decided_alone", "two_people"},
    ),
    Guard(
        "appeal_decision.refuse_involved",
        _nothing,
        appeal_by_involved,
        {"appeals_are_heard_by_others", "other_person_on_appeal"},
    ),
    Guard(
        "correct_lines.why_wait",
        _nothing,
        step_too_soon,
        {"a_step_is_announced", "a_step_is_not_early", "notice_before_cut"},
    ),
    Guard(
        "correct_lines.why_wait",
        _nothing,
        step_while_appealed,
        {"an_appeal_stops_it", "notice_before_cut"},
    ),
    Guard(
        "review_case.add_opinion",
        lambda given, new: (*given, new),
        one_person_twice,
        refused="registry_caseopinion.case_id, registry_caseopinion.reviewer_id",
    ),
    Guard(
        "reissue_numbers.deadline",
        lambda start, *_: start,
        number_too_soon,
        {"a_number_is_on_one_line"},
    ),
    Guard("lines.order", _nothing, never_switched_on, {"the_network_agrees"}),
)


def found_in(at: Counter) -> set[str]:
    """Name the invariants and the monitor's rules that are broken."""
    from lineproof.registry.models import Entry
    from lineproof.simulate.invariants import broken_in, terms_of
    from lineproof.transparency.monitor import Monitor

    terms = terms_of(at.world.services.policy)
    broken = broken_in(terms, network=at.world.network, numbers=at.numbers)
    monitor = Monitor(at=at.world.now)
    for entry in Entry.objects.order_by("position"):
        monitor.add(entry.position, bytes(entry.body))
    return {one.invariant.name for one in broken} | {rule.value for rule in monitor.finish().broken}


@pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: f"{guard.where} {guard.goes.__name__}")
def test_what_a_guard_keeps_out_is_found_where_the_guard_is_not(
    world: "World", monkeypatch: pytest.MonkeyPatch, guard: Guard
) -> None:
    from django.db import IntegrityError

    at = Counter(world)
    monkeypatch.setattr(FLOWS + guard.where, guard.instead)
    if guard.refused:
        with pytest.raises(IntegrityError, match=guard.refused):
            guard.goes(at)
        return
    guard.goes(at)
    assert found_in(at) == set(guard.found)


@pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: f"{guard.where} {guard.goes.__name__}")
def test_with_the_guard_in_its_place_nothing_is_found(world: "World", guard: Guard) -> None:
    from lineproof.errors import LineproofError

    at = Counter(world)
    with suppress(LineproofError, AssertionError):  # refused, or not done: that is what the guard is for
        guard.goes(at)
    assert found_in(at) == set()
