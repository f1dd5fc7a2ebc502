"""Second looks at what agents attested: drawn by nobody, never by who attested, and no line waits for one."""

import copy
import math
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from django.db import IntegrityError, transaction

from lineproof.decision.interval import wilson_interval
from lineproof.decision.policy import parse_policy
from lineproof.errors import Conflict, Erased, Malformed, NotFound, NotPermitted
from lineproof.line.second_look import LookResult, WrongReason
from lineproof.terms import StaffName, Way
from lineproof.transparency.monitor import Monitor
from tests.fakes.specimens import ALICE, BO
from tests.flows.changes import SECOND, ask_port_out, ask_sim, entries, line_of, switch_due

if TYPE_CHECKING:
    from tests.flows.desk import Desk

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
# Ten working days after a Wednesday.
DUE = datetime(2026, 7, 16, tzinfo=UTC)
ADA, RHEA, SOL = (StaffName(name) for name in ("ada", "rhea", "sol"))
NOT_THERE = WrongReason.HOLDER_WAS_NOT_THERE


def looking_at(desk: "Desk", share: float) -> "Desk":
    """Have this share of what agents attest drawn."""
    content = copy.deepcopy(dict(desk.services.policy.content))
    content["agents"]["second_looks"] = share
    desk.services = replace(desk.services, policy=parse_policy(content))
    return desk


@pytest.fixture
def all_drawn(desk: "Desk") -> "Desk":
    """A desk where everything is looked at again."""
    return looking_at(desk, 1.0)


def look_of(desk: "Desk", **where: Any) -> UUID:
    return desk.row("SecondLook", **where).id


def finish(
    desk: "Desk",
    look: UUID,
    result: LookResult = LookResult.CONFIRMED,
    reason: WrongReason | None = None,
    *,
    by: StaffName = RHEA,
    now: datetime = NOW + timedelta(days=1),
) -> UUID | None:
    from lineproof.registry.flows.second_look import finish_look

    return finish_look(desk.services, look, by, result, reason, now=now)


def a_second_mobile(number: int = 0) -> Any:
    from tests.flows.desk import a_mobile

    return a_mobile(f"+99955500200{number}")


def offer_line(desk: "Desk") -> object:
    from lineproof.registry.flows.transfer_line import offer_line as offer

    return offer(desk.services, line_of(desk), desk.verified(), now=NOW)


def number(desk: "Desk", *, by: StaffName = RHEA) -> str:
    from lineproof.registry.queries.second_looks import read_number_of_look

    return read_number_of_look(desk.services.keys, look_of(desk), by)


def statistics() -> Any:
    from lineproof.registry.queries.agents import read_agent_statistics

    return read_agent_statistics()


def found_in_log(desk: "Desk", *, at: datetime) -> list[str]:
    watching = Monitor(at=at)
    for row in desk.rows("Entry"):
        watching.add(row.position, bytes(row.body))
    return [f"{one.rule.value}: {one.what}" for one in watching.finish().findings]


class TestDrawing:
    def test_drawn_registration_is_as_any_other_but_for_the_look(self, desk: "Desk"):
        """The control is the same registration without a draw."""
        looking_at(desk, 0.0).register()
        plain = (desk.row("Line").state, [row.kind for row in desk.rows("Notice")], len(desk.network.orders))
        looking_at(desk, 1.0).register(desk.present(BO), a_second_mobile())
        line = desk.row("Line", custodies__second_looks__isnull=False)
        notices = [row.kind for row in desk.rows("Notice") if row.line_id == line.id]
        assert (line.state, notices, len(desk.network.orders) - plain[2]) == plain
        row = desk.row("SecondLook")
        assert (row.procedure, row.state, row.drawn_at, row.due_at) == ("registration", "open", NOW, DUE)
        assert (row.agent.name, row.reviewer, row.ended_at) == ("ada", None, None)

    def test_none_is_drawn_where_the_policy_wants_none(self, desk: "Desk"):
        looking_at(desk, 0.0).register()
        ask_sim(desk, now=NOW)
        assert desk.count("SecondLook") == 0
        assert entries(desk, "second_look_drawn") == []

    def test_what_no_agent_attested_is_not_drawn(self, all_drawn: "Desk"):
        all_drawn.accept(all_drawn.referred(), RHEA, SOL)
        assert all_drawn.count("Line") == 1
        assert all_drawn.count("SecondLook") == 0

    def test_what_is_not_verified_or_referred_is_not_drawn(self, all_drawn: "Desk"):
        from lineproof.decision.finding import Check, failed
        from lineproof.decision.reasons import ReasonCode

        other = failed(Check.SAME_PERSON, ReasonCode.FACE_NOT_MATCHED)
        assert all_drawn.register(all_drawn.present(instead=[other])).line is None
        assert all_drawn.count("AttestationRecord") == 1
        assert all_drawn.count("SecondLook") == 0

    @pytest.mark.parametrize(
        ("ask", "procedure"),
        [
            (lambda desk: ask_sim(desk, now=NOW), "sim_replacement"),
            (lambda desk: ask_port_out(desk, now=NOW), "port_out"),
            (offer_line, "transfer"),
        ],
    )
    def test_change_that_is_asked_for_on_an_attestation_is_drawn_and_goes_on(
        self, desk: "Desk", ask: Callable[["Desk"], object], procedure: str
    ):
        looking_at(desk, 0.0).register()
        ask(looking_at(desk, 1.0))
        row = desk.row("SecondLook")
        assert (row.procedure, row.agent.name, row.custody_id) == (procedure, "ada", desk.row("Custody").id)

    def test_sim_that_was_drawn_is_switched_on_in_its_time(self, all_drawn: "Desk"):
        all_drawn.register()
        asked = ask_sim(all_drawn, now=NOW)
        assert switch_due(all_drawn, now=asked.due_at) == 1
        assert all_drawn.count("SecondLook", state="open") == 2

    def test_nothing_leads_from_a_look_to_a_session(self, all_drawn: "Desk"):
        session = all_drawn.present().session
        all_drawn.register(all_drawn.present(session=session))
        row = all_drawn.row("SecondLook")
        values = {str(getattr(row, each.attname)) for each in row._meta.concrete_fields}
        assert str(session) not in values
        assert session.bytes not in bytes(row.subject)

    def test_registration_that_fails_leaves_no_look(self, all_drawn: "Desk"):
        all_drawn.register()
        before = all_drawn.everything()
        with pytest.raises(Conflict):
            all_drawn.register(all_drawn.present(BO))
        assert all_drawn.everything() == before

    def test_same_session_is_drawn_always_or_never_and_the_share_holds(self, desk: "Desk"):
        """2,000 sessions under the record's own key: within five standard deviations of the binomial."""
        from lineproof.line.second_look import is_drawn
        from lineproof.registry.flows.second_look import DRAW_PURPOSE

        keys, share, many = desk.services.keys, 0.02, 2000
        sessions = [uuid.uuid4() for _ in range(many)]
        first, again = (
            [is_drawn(keys.mac(each.bytes, purpose=DRAW_PURPOSE), share=share) for each in sessions]
            for _ in range(2)
        )
        assert first == again
        assert abs(sum(first) - many * share) <= 5 * math.sqrt(many * share * (1 - share))

    def test_flow_draws_as_its_rule_says(self, desk: "Desk"):
        from lineproof.line.second_look import is_drawn
        from lineproof.registry.flows.second_look import DRAW_PURPOSE

        looking_at(desk, 0.5).register()
        drawn = []
        for number in range(12):
            session = desk.verified()
            asked = ask_sim(desk, by=session, now=NOW + number * SECOND)
            from tests.flows.changes import stop_sim

            stop_sim(desk, asked.replacement, by=session, now=NOW + number * SECOND)
            drawn.append(is_drawn(desk.services.keys.mac(session.bytes, purpose=DRAW_PURPOSE), share=0.5))
        assert desk.count("SecondLook", procedure="sim_replacement") == sum(drawn)


class TestLooking:
    @pytest.mark.parametrize(
        ("result", "reason"),
        [(LookResult.CONFIRMED, None), (LookResult.NOT_REACHED, None), (LookResult.WRONG, NOT_THERE)],
    )
    def test_what_was_found_is_recorded_and_the_line_stays_as_it_is(
        self, all_drawn: "Desk", result: LookResult, reason: WrongReason | None
    ):
        all_drawn.register()
        line, orders = vars(all_drawn.row("Line")).copy(), len(all_drawn.network.orders)
        notices = all_drawn.count("Notice")
        finish(all_drawn, look_of(all_drawn), result, reason)
        row = all_drawn.row("SecondLook")
        assert (row.state, row.reason, row.reviewer.name) == (
            result.value,
            reason.value if reason else "",
            "rhea",
        )
        after = vars(all_drawn.row("Line")).copy()
        assert {k: v for k, v in after.items() if k != "_state"} == {
            k: v for k, v in line.items() if k != "_state"
        }
        assert (len(all_drawn.network.orders), all_drawn.count("Notice")) == (orders, notices)

    def test_wrong_one_enters_a_finding_that_people_decide_on(self, all_drawn: "Desk"):
        all_drawn.register()
        correction = finish(all_drawn, look_of(all_drawn), LookResult.WRONG, NOT_THERE)
        row = all_drawn.row("Correction")
        assert (row.id, row.cause, row.state, row.announced_by) == (
            correction,
            "attestation_wrong",
            "found",
            None,
        )

    def test_verifying_the_holder_puts_it_right(self, all_drawn: "Desk"):
        all_drawn.register()
        finish(all_drawn, look_of(all_drawn), LookResult.WRONG, NOT_THERE)
        all_drawn.verified()
        assert all_drawn.row("Correction").state == "put_right"

    def test_nothing_is_found_about_whoever_holds_the_line_since(self, all_drawn: "Desk"):
        registered = all_drawn.register()
        all_drawn.end_lines(registered.holder, until=NOW + SECOND)
        assert finish(all_drawn, look_of(all_drawn), LookResult.WRONG, NOT_THERE) is None
        assert all_drawn.count("Correction") == 0

    @pytest.mark.parametrize(
        ("by", "result", "reason", "error"),
        [
            (ADA, LookResult.CONFIRMED, None, NotPermitted),
            (StaffName("nobody"), LookResult.CONFIRMED, None, NotFound),
            (RHEA, LookResult.CONFIRMED, NOT_THERE, Malformed),
            (RHEA, LookResult.NOT_REACHED, NOT_THERE, Malformed),
            (RHEA, LookResult.WRONG, None, Malformed),
        ],
    )
    def test_who_may_not_and_what_cannot_be_said_changes_nothing(
        self, all_drawn: "Desk", by, result, reason, error
    ):
        all_drawn.register()
        before = all_drawn.everything()
        with pytest.raises(error):
            finish(all_drawn, look_of(all_drawn), result, reason, by=by)
        assert all_drawn.everything() == before

    def test_reviewer_who_vouched_for_the_line_does_not_look_at_what_is_done_with_it(self, desk: "Desk"):
        desk.accept(desk.referred(), RHEA, SOL)
        ask_sim(looking_at(desk, 1.0), now=NOW)
        look = look_of(desk)
        for voucher in (RHEA, SOL):
            with pytest.raises(NotPermitted, match="vouched"):
                finish(desk, look, by=voucher)
        assert finish(desk, look, by=StaffName("tove")) is None
        assert desk.row("SecondLook").state == "confirmed"

    def test_agent_who_is_not_the_one_who_attested_is_no_reviewer_either(self, all_drawn: "Desk"):
        all_drawn.enrol_agent(StaffName("bea"))
        all_drawn.register()
        with pytest.raises(NotFound, match="no reviewer"):
            finish(all_drawn, look_of(all_drawn), by=StaffName("bea"))

    def test_look_is_done_once(self, all_drawn: "Desk"):
        all_drawn.register()
        finish(all_drawn, look_of(all_drawn))
        before = all_drawn.everything()
        with pytest.raises(Conflict, match="is over"):
            finish(all_drawn, look_of(all_drawn), by=SOL)
        assert all_drawn.everything() == before

    def test_unknown_look_is_not_found(self, desk: "Desk"):
        with pytest.raises(NotFound, match="no such look"):
            finish(desk, uuid.uuid4())

    def test_database_refuses_a_look_by_who_attested(self, all_drawn: "Desk"):
        all_drawn.register()
        row = all_drawn.row("SecondLook")
        row.state, row.ended_at, row.reviewer = "confirmed", NOW, row.agent
        with pytest.raises(IntegrityError, match="nobody_looks_at_their_own"), transaction.atomic():
            row.save()
        row.reviewer = None
        with pytest.raises(IntegrityError, match="a_look_that_is_over_says_by_whom"), transaction.atomic():
            row.save()
        row.state, row.reviewer = "wrong", all_drawn.row("Staff", name="rhea")
        with pytest.raises(IntegrityError, match="a_wrong_attestation_has_a_reason"), transaction.atomic():
            row.save()


class TestLateness:
    @pytest.mark.parametrize(("late", "overdue"), [(-SECOND, False), (timedelta(), True)])
    def test_look_is_listed_as_overdue_from_its_deadline_on(
        self, all_drawn: "Desk", late: timedelta, overdue: bool
    ):
        from lineproof.registry.queries.second_looks import read_looks

        all_drawn.register()
        assert len(read_looks(overdue_at=DUE + late)) == overdue

    def test_late_one_changes_nothing_for_the_line_and_is_found_in_the_log(self, all_drawn: "Desk"):
        all_drawn.register()
        before = all_drawn.everything()
        switch_due(all_drawn, now=DUE + timedelta(days=30))
        assert all_drawn.everything() == before
        assert found_in_log(all_drawn, at=DUE) == []
        (late,) = found_in_log(all_drawn, at=DUE + SECOND)
        assert late.startswith("deadline_kept: This was due at 2026-07-16T00:00:00Z")
        finish(all_drawn, look_of(all_drawn), now=DUE + SECOND)
        (late,) = found_in_log(all_drawn, at=DUE + SECOND)
        assert "done late" in late

    def test_one_that_is_done_by_its_deadline_is_not(self, all_drawn: "Desk"):
        all_drawn.register()
        finish(all_drawn, look_of(all_drawn), now=DUE)
        assert found_in_log(all_drawn, at=DUE + timedelta(days=90)) == []


class TestLog:
    def test_entries_are_of_a_procedure_of_their_own_and_say_who_only_by_pseudonym(self, all_drawn: "Desk"):
        all_drawn.register()
        finish(all_drawn, look_of(all_drawn), LookResult.WRONG, NOT_THERE)
        (drawn,), (done,) = entries(all_drawn, "second_look_drawn"), entries(all_drawn, "second_look_done")
        (registered,), (attested,) = entries(all_drawn, "line_registered"), entries(all_drawn, "attested")
        assert drawn["subject"] == done["subject"] != registered["subject"]
        assert (drawn["due_at"], done["answers"]) == ("2026-07-16T00:00:00Z", "2026-07-16T00:00:00Z")
        assert (done["outcome"], done["stage"]) == ("wrong", "ended")
        (agent,), (reviewer,) = drawn["by"], done["by"]
        assert agent != reviewer
        assert agent not in attested["by"]
        everything = str(drawn) + str(done)
        line = all_drawn.row("Line").id
        for told in ("'ada'", "'rhea'", "holder_was", str(line), str(look_of(all_drawn)), "+999"):
            assert told not in everything


class TestNumber:
    def test_reviewer_is_given_the_number_to_call(self, all_drawn: "Desk"):
        all_drawn.register()
        assert number(all_drawn) == "+999555001001"

    def test_nobody_else_is_and_nobody_once_it_is_over(self, all_drawn: "Desk"):
        registered = all_drawn.register()
        with pytest.raises(NotPermitted):
            number(all_drawn, by=ADA)
        finish(all_drawn, look_of(all_drawn))
        with pytest.raises(Conflict):
            number(all_drawn)
        assert registered.line is not None

    def test_number_that_is_somebody_elses_by_now_is_not_given(self, all_drawn: "Desk"):
        from lineproof.registry.models import Custody

        registered = all_drawn.register()
        bo = all_drawn.verify_holder(all_drawn.present(BO)).holder
        all_drawn.end_lines(registered.holder, until=NOW + SECOND)
        custody = all_drawn.row("Custody")
        Custody.objects.create(
            line=custody.line, holder_id=bo, kind="mobile", slot=0, since=NOW + 2 * SECOND, until=None
        )
        with pytest.raises(Erased, match="somebody else's now"):
            number(all_drawn)


class TestStatistics:
    def test_looks_are_counted_for_who_attested_with_the_interval_of_what_was_wrong(self, all_drawn: "Desk"):
        all_drawn.enrol_agent(StaffName("bea"))
        presented = [all_drawn.present(who, way=Way.COUNTER) for who in (ALICE, ALICE, BO, BO)]
        for index, presentation in enumerate(presented):
            all_drawn.register(presentation, a_second_mobile(index))
        looks = [row.id for row in all_drawn.rows("SecondLook")]
        finish(all_drawn, looks[0])
        finish(all_drawn, looks[1], LookResult.NOT_REACHED)
        finish(all_drawn, looks[2], LookResult.WRONG, NOT_THERE)
        of = {row.name: row.looks for row in statistics()}
        ada = of["ada"]
        assert (ada.drawn, ada.confirmed, ada.wrong) == (4, 1, 1)
        assert (ada.low, ada.high) == wilson_interval(1, 2)
        assert (of["bea"].drawn, of["bea"].low, of["bea"].high) == (0, None, None)


class TestErasing:
    def test_open_look_lapses_with_the_holders_data_and_leads_nowhere(self, all_drawn: "Desk"):
        registered = all_drawn.register()
        end = NOW + timedelta(days=1)
        all_drawn.end_lines(registered.holder, until=end)
        line = all_drawn.row("Line")
        line.state = "quarantine"
        line.save()
        all_drawn.erase(registered.holder, now=end + timedelta(days=400))
        row = all_drawn.row("SecondLook")
        assert (row.state, bytes(row.subject), row.reviewer) == ("lapsed", b"", None)
        (done,) = entries(all_drawn, "second_look_done")
        assert (done["outcome"], done["by"], done["commitments"]) == ("erased", [], [])
        assert [
            each for each in found_in_log(all_drawn, at=end + timedelta(days=401)) if "look" in each
        ] == []
        with pytest.raises(Conflict):
            finish(all_drawn, row.id, now=end + timedelta(days=401))

    def test_look_that_is_over_keeps_its_result(self, all_drawn: "Desk"):
        registered = all_drawn.register()
        finish(all_drawn, look_of(all_drawn))
        all_drawn.end_lines(registered.holder, until=NOW + SECOND)
        line = all_drawn.row("Line")
        line.state = "quarantine"
        line.save()
        all_drawn.erase(registered.holder, now=NOW + timedelta(days=400))
        row = all_drawn.row("SecondLook")
        assert (row.state, bytes(row.subject), row.reviewer.name) == ("confirmed", b"", "rhea")
