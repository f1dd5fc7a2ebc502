"""Two people decide a dispute, blind to each other, once its line's user was heard; an appeal turns it."""

import threading
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from lineproof.errors import Conflict, LineproofError, Malformed, NotFound, NotPermitted
from lineproof.line.clock import deadline
from lineproof.line.dispute import DisputeChoice, DisputeKind, DisputeReason, Statement
from lineproof.line.eyes import Agreed
from lineproof.line.state import LineState
from lineproof.terms import DisputeId, LineKind, StaffName, StaffRole
from tests.fakes.specimens import BO
from tests.flows.test_dispute_line import (
    ADA,
    BEA,
    NOT_MINE,
    NOT_NEEDED,
    RHEA,
    SECOND,
    SOL,
    TOVE,
    a_line,
    entries,
    hear,
    opened,
)

if TYPE_CHECKING:
    from tests.flows.desk import Desk

HOUR = timedelta(hours=1)
UPHELD, DISMISSED = DisputeChoice.UPHELD, DisputeChoice.DISMISSED
REASON = {
    (NOT_MINE, UPHELD): DisputeReason.DOCUMENT_WAS_MISUSED,
    (NOT_MINE, DISMISSED): DisputeReason.HOLDER_REGISTERED_IT,
    (NOT_NEEDED, UPHELD): DisputeReason.HOLDER_GAVE_IT_UP,
    (NOT_NEEDED, DISMISSED): DisputeReason.BOUND_TO_KEEP_IT,
}


def a_dispute(desk: "Desk", kind: DisputeKind = NOT_MINE) -> DisputeId:
    """Open a dispute about Alice's line, and hear its user."""
    dispute = opened(desk, a_line(desk), kind).id
    hear(desk, dispute, Statement.USES_IT_WITH_LEAVE)
    return dispute


def opine(
    desk: "Desk", dispute: DisputeId, *reviewers: StaffName, choice: DisputeChoice = UPHELD, **other: Any
) -> Agreed | None:
    """Have reviewers give the same opinion, and give what the last one led to."""
    from lineproof.registry.flows.decide_dispute import give_opinion
    from tests.flows.desk import NOW

    kind = DisputeKind(desk.row("Dispute", id=dispute).kind)
    reason, now = other.get("reason", REASON[kind, choice]), other.get("now", NOW + HOUR)
    said = [give_opinion(desk.services, dispute, who, choice, reason, now=now) for who in reviewers]
    return said[-1]


def decided(desk: "Desk", kind: DisputeKind, choice: DisputeChoice) -> DisputeId:
    dispute = a_dispute(desk, kind)
    assert opine(desk, dispute, RHEA, SOL, choice=choice) is not None
    return dispute


def orders(desk: "Desk") -> list[str]:
    """List what the network was ordered, in order."""
    return [row.state for row in sorted(desk.rows("Order"), key=lambda row: row.ordered_at)]


def overturned(desk: "Desk", dispute: DisputeId, *, now: Any = None) -> bool:
    """Turn a decision round, in the transaction of an appeal that goes on under its pseudonym."""
    from django.db import transaction

    from lineproof.registry.flows.after_commit import finish
    from lineproof.registry.flows.decide_dispute import overturn
    from lineproof.registry.flows.dispute_line import continue_log, read_dispute
    from tests.flows.desk import NOW

    now = now or NOW + timedelta(days=1)
    with transaction.atomic():
        row = read_dispute(dispute)
        with continue_log(desk.services, row, now=now) as log:
            goes_on = overturn(row, log)
    finish(desk.services, now=now)
    return goes_on


def test_one_opinion_decides_nothing_and_is_not_shown(desk: "Desk"):
    dispute = a_dispute(desk)
    assert opine(desk, dispute, RHEA) is None
    assert desk.row("Dispute").state == "heard"
    given = entries(desk)[-1]
    assert (given["kind"], given["outcome"], len(given["by"])) == ("opinion_given", "", 1)


def test_two_of_one_opinion_decide_with_their_reasons(desk: "Desk"):
    from tests.flows.desk import NOW

    dispute = a_dispute(desk)
    opine(desk, dispute, RHEA)
    agreed = opine(desk, dispute, SOL, reason=DisputeReason.NO_TRACE_OF_HOLDER)
    assert agreed == Agreed("upheld", (RHEA, SOL), ("document_was_misused", "no_trace_of_holder"))
    assert (desk.row("Dispute").state, desk.row("Dispute").ended_at) == ("upheld", NOW + HOUR)
    said = entries(desk)[-1]
    assert (said["kind"], said["outcome"], len(said["by"])) == ("dispute_decided", "upheld", 2)
    due = desk.row("Dispute").due_at
    assert said["answers"] == f"{due:%Y-%m-%dT%H:%M:%SZ}"


def test_holder_and_line_are_told_with_the_time_to_appeal(desk: "Desk"):
    from lineproof.registry.queries.holder import read_holder_page
    from tests.flows.desk import NOW

    decided(desk, NOT_MINE, UPHELD)
    policy = desk.services.policy
    until = deadline(NOW + HOUR, policy.clocks.appeal_open, policy.calendar)
    notices = [row for row in desk.rows("Notice") if row.kind == "dispute_decided"]
    assert [(row.to_line_only, row.deadline) for row in notices] == [(False, until), (True, until)]
    (shown,) = read_holder_page(desk.services.keys, desk.row("Holder").id).disputes
    assert (shown.state.value, shown.reasons) == ("upheld", (DisputeReason.DOCUMENT_WAS_MISUSED,))


@pytest.mark.parametrize("late", [-SECOND, timedelta()])
def test_nobody_gives_an_opinion_before_the_user_was_heard_or_their_time_is_over(
    desk: "Desk", late: timedelta
):
    dispute = opened(desk, a_line(desk))
    then = dispute.answer_by + late
    if late < timedelta():
        with pytest.raises(NotPermitted, match="was not heard yet"):
            opine(desk, dispute.id, RHEA, now=then)
        assert desk.count("Vote") == 0
    else:
        assert opine(desk, dispute.id, RHEA, SOL, now=then) is not None


def test_dispute_of_what_was_erased_is_not_decided_under_no_pseudonym(desk: "Desk"):
    from lineproof.errors import Erased

    dispute = a_dispute(desk, NOT_MINE)
    row = desk.row("Dispute")
    row.subject = b""
    row.save()
    before = desk.everything()
    with pytest.raises(Erased, match="What was disputed was erased"):
        opine(desk, dispute, RHEA)
    assert desk.everything() == before


def test_what_is_decided_late_is_decided_all_the_same(desk: "Desk"):
    dispute = a_dispute(desk)
    late = desk.row("Dispute").due_at + timedelta(days=1)
    assert opine(desk, dispute, RHEA, SOL, now=late) is not None


def test_same_person_does_not_count_twice(desk: "Desk"):
    dispute = a_dispute(desk)
    opine(desk, dispute, RHEA)
    with pytest.raises(NotPermitted, match="rhea has already given"):
        opine(desk, dispute, RHEA)
    assert (desk.count("Vote"), desk.row("Dispute").state) == (1, "heard")


def test_with_two_reviewers_it_waits_and_says_so_whatever_they_think(desk: "Desk"):
    desk.row("Staff", name="tove").delete()
    dispute = a_dispute(desk)
    before = desk.everything()
    for choice in DisputeChoice:
        with pytest.raises(NotPermitted, match="2 reviewers here who may decide, and it takes 3"):
            opine(desk, dispute, RHEA, choice=choice)
    assert desk.everything() == before


def test_third_opinion_settles_it_if_somebody_is_left_for_the_appeal(desk: "Desk"):
    from lineproof.registry.flows.enrol_staff import enrol_staff
    from tests.flows.desk import NOW

    dispute = a_dispute(desk)
    opine(desk, dispute, RHEA, choice=UPHELD)
    assert opine(desk, dispute, SOL, choice=DISMISSED) is None
    with pytest.raises(NotPermitted, match="nobody could hear the appeal"):
        opine(desk, dispute, TOVE)
    enrol_staff(desk.services, StaffName("una"), StaffRole.REVIEWER, public_key=None, now=NOW)
    agreed = opine(desk, dispute, TOVE)
    assert agreed is not None
    assert (agreed.choice, agreed.by) == ("upheld", (RHEA, TOVE))


def test_who_accepted_the_registration_does_not_decide_about_it(desk: "Desk"):
    """Referred, accepted by Rhea and Sol, and disputed by whose document it was."""
    from lineproof.registry.flows.enrol_staff import enrol_staff
    from lineproof.registry.queries.disputes import involved_in
    from tests.flows.desk import NOW

    line = desk.accept(desk.referred(), RHEA, SOL).line
    assert line is not None
    desk.enrol_agent(BEA)
    dispute = opened(desk, line).id
    hear(desk, dispute)
    with pytest.raises(NotPermitted, match="1 reviewers here"):
        opine(desk, dispute, TOVE)
    for name in ("una", "vera"):
        enrol_staff(desk.services, StaffName(name), StaffRole.REVIEWER, public_key=None, now=NOW)
    with pytest.raises(NotPermitted, match="rhea had a part in this before"):
        opine(desk, dispute, RHEA)
    assert opine(desk, dispute, TOVE, StaffName("una")) is not None
    assert involved_in(dispute) == {RHEA, SOL, TOVE, BEA, StaffName("una")}


def test_involved_are_who_attested_heard_and_gave_an_opinion(desk: "Desk"):
    from lineproof.registry.queries.disputes import involved_in

    dispute = decided(desk, NOT_MINE, DISMISSED)
    assert involved_in(dispute) == {ADA, BEA, RHEA, SOL}


def test_reason_of_another_decision_is_refused(desk: "Desk"):
    dispute = a_dispute(desk)
    with pytest.raises(Malformed, match="is no reason"):
        opine(desk, dispute, RHEA, choice=UPHELD, reason=DisputeReason.HOLDER_GAVE_IT_UP)
    with pytest.raises(NotFound, match="no reviewer named nobody"):
        opine(desk, dispute, StaffName("nobody"))


def test_what_is_decided_takes_no_further_opinion(desk: "Desk"):
    dispute = decided(desk, NOT_MINE, DISMISSED)
    with pytest.raises(Conflict, match="is dismissed cannot be"):
        opine(desk, dispute, TOVE)
    with pytest.raises(Conflict, match="people decided it"):
        opened(desk, desk.row("Line").id)


def test_dismissed_changes_nothing(desk: "Desk"):
    from lineproof.registry.queries.disputes import is_disputed

    dispute = a_dispute(desk)
    untouched = ("Line", "Custody", "Order", "Correction")
    before = {table: rows for table, rows in desk.everything().items() if table in untouched}
    opine(desk, dispute, RHEA, SOL, choice=DISMISSED)
    assert {table: rows for table, rows in desk.everything().items() if table in untouched} == before
    assert not is_disputed(desk.row("Line").id)
    assert entries(desk)[-1]["stage"] == "ended"


def test_line_that_is_not_theirs_does_not_count_and_is_corrected_and_not_cut(desk: "Desk"):
    from lineproof.registry.queries.disputes import is_disputed
    from lineproof.registry.queries.holder import count_lines, read_lines
    from tests.flows.desk import NOW

    decided(desk, NOT_MINE, UPHELD)
    holder, line, custody = (desk.row(table) for table in ("Holder", "Line", "Custody"))
    assert (custody.disowned_at, custody.slot, custody.until) == (NOW + HOUR, None, None)
    assert count_lines(holder.id, LineKind.MOBILE) == 0
    assert [held.disowned for held in read_lines(desk.services.keys, holder.id)] == [True]
    assert line.state == "active"
    assert orders(desk) == ["on"]
    correction = desk.row("Correction")
    assert (correction.cause, correction.state, correction.line_id) == ("holder_dispute", "found", line.id)
    assert bytes(correction.subject) != bytes(desk.row("Dispute").subject)
    # Whoever has it does not carry it away, and the holder cannot speak of it again.
    assert is_disputed(line.id)
    with pytest.raises(NotPermitted, match="not in the name"):
        opened(desk, line.id, NOT_NEEDED)


def test_holder_of_a_disowned_line_registers_another_within_the_cap(desk: "Desk"):
    from tests.flows.desk import a_mobile

    dispute = decided(desk, NOT_MINE, UPHELD)
    assert desk.register(desk.present(), a_mobile("+999555001002")).line is not None
    assert sorted((row.slot is None, row.slot or 0) for row in desk.rows("Custody")) == [
        (False, 1),
        (True, 0),
    ]
    # Given back on appeal, it takes the next place.
    overturned(desk, dispute)
    assert sorted(row.slot for row in desk.rows("Custody")) == [1, 2]


def test_line_that_is_not_needed_ends_as_one_given_up(desk: "Desk"):
    from lineproof.registry.queries.disputes import is_disputed
    from tests.flows.desk import NOW

    decided(desk, NOT_NEEDED, UPHELD)
    line, custody = desk.row("Line"), desk.row("Custody")
    assert (line.state, custody.until, custody.disowned_at) == ("quarantine", NOW + HOUR, None)
    assert orders(desk) == ["on", "off"]
    assert desk.count("Notice", kind="line_surrendered") == 1
    assert desk.count("Correction") == 0
    assert not is_disputed(line.id)
    kinds = [(entry["kind"], entry["stage"]) for entry in entries(desk)[-2:]]
    assert kinds == [("dispute_decided", "under_way"), ("line_switched", "ended")]


@pytest.mark.parametrize("state", [LineState.RESTRICTED, LineState.SUSPENDED])
def test_line_that_is_not_needed_ends_from_wherever_it_is(desk: "Desk", state: LineState):
    dispute = a_dispute(desk, NOT_NEEDED)
    line = desk.row("Line")
    line.state = state.value
    line.save()
    opine(desk, dispute, RHEA, SOL)
    assert desk.row("Line").state == "quarantine"


@pytest.mark.parametrize("kind", DisputeKind)
def test_line_that_ended_meanwhile_is_left_alone(desk: "Desk", kind: DisputeKind):
    from tests.flows.desk import NOW

    dispute = a_dispute(desk, kind)
    desk.end_lines(desk.row("Holder").id, until=NOW + SECOND)
    opine(desk, dispute, RHEA, SOL)
    assert (desk.row("Dispute").state, desk.count("Order"), desk.count("Correction")) == ("upheld", 1, 0)
    assert desk.row("Custody").disowned_at is None
    assert entries(desk)[-1]["stage"] == "ended"


# What an appeal does


def test_disowned_line_is_the_holders_again_on_appeal(desk: "Desk"):
    dispute = decided(desk, NOT_MINE, UPHELD)
    assert overturned(desk, dispute) is False
    custody = desk.row("Custody")
    assert (custody.disowned_at, custody.slot) == (None, 1)
    assert desk.row("Dispute").state == "dismissed"
    assert desk.row("Correction").state == "overturned"
    assert desk.row("Line").state == "active"


def test_line_that_its_correction_restricted_works_again_on_appeal(desk: "Desk"):
    dispute = decided(desk, NOT_MINE, UPHELD)
    line, correction = desk.row("Line"), desk.row("Correction")
    reviewer = desk.row("Staff", name="rhea")
    line.state = LineState.RESTRICTED.value
    line.save()
    correction.state, correction.announced_by = "restricted", reviewer
    correction.notice = desk.row("Notice", kind="line_disputed")
    correction.noticed_at, correction.step = correction.found_at, "suspend"
    correction.due_at = correction.found_at + timedelta(days=45)
    correction.save()
    assert overturned(desk, dispute) is False
    assert (desk.row("Line").state, desk.row("Correction").state) == ("active", "overturned")
    assert orders(desk) == ["on", "on"]


def test_disowned_line_that_its_correction_ended_is_given_back_on_appeal(desk: "Desk"):
    from tests.flows.desk import NOW

    dispute = decided(desk, NOT_MINE, UPHELD)
    line, correction, custody = (desk.row(table) for table in ("Line", "Correction", "Custody"))
    line.state = LineState.QUARANTINE.value
    line.save()
    custody.until = NOW + 2 * HOUR
    custody.save()
    correction.state, correction.announced_by = "terminated", desk.row("Staff", name="rhea")
    correction.noticed_at = correction.found_at
    correction.save()
    rhea, sol = (desk.row("Staff", name=name) for name in ("rhea", "sol"))
    correction.steps.create(step="terminate", first=rhea, second=sol, done_at=custody.until)
    assert overturned(desk, dispute) is False
    assert desk.row("Line").state == "active"
    again = desk.row("Custody", until=None)
    assert (again.holder_id, again.disowned_at, again.slot) == (custody.holder_id, None, 1)
    assert desk.row("Correction").state == "overturned"


@pytest.mark.parametrize("network_down", [False, True])
def test_line_that_was_given_up_is_given_back_on_appeal(desk: "Desk", network_down: bool):
    dispute = a_dispute(desk, NOT_NEEDED)
    desk.network.down = network_down
    opine(desk, dispute, RHEA, SOL)
    assert desk.row("Line").state == ("surrendered" if network_down else "quarantine")
    desk.network.down = False
    holder = desk.row("Holder").id
    assert overturned(desk, dispute) is True
    assert (desk.row("Line").state, desk.row("Custody", until=None).holder_id) == ("active", holder)
    assert orders(desk)[-1] == "on"
    assert desk.count("OrderDone") == desk.count("Order")
    assert desk.count("Notice", kind="line_restored") == 1
    assert desk.row("Dispute").state == "dismissed"


@pytest.mark.parametrize("gone", ["reissued", "erased", "given back before"])
def test_line_that_cannot_be_given_back_is_left_as_it_is(desk: "Desk", gone: str):
    dispute = decided(desk, NOT_NEEDED, UPHELD)
    line = desk.row("Line")
    if gone == "reissued":
        line.state = LineState.REISSUED.value
    elif gone == "erased":
        line.sealed_identifier = line.identifier_index = None
    else:
        custody = desk.row("Custody")
        custody.pk, custody.since, custody.until = None, custody.until, None
        custody.save(force_insert=True)
        line.state = LineState.ACTIVE.value
    line.save()
    assert overturned(desk, dispute) is False
    assert desk.row("Dispute").state == "dismissed"
    assert (desk.row("Line").state, orders(desk)) == (line.state, ["on", "off"])


def test_line_that_ended_otherwise_before_the_decision_is_not_given_back(desk: "Desk"):
    from tests.flows.desk import NOW

    dispute = a_dispute(desk, NOT_NEEDED)
    desk.end_lines(desk.row("Holder").id, until=NOW + SECOND)
    line = desk.row("Line")
    line.state = LineState.QUARANTINE.value
    line.save()
    opine(desk, dispute, RHEA, SOL)
    assert overturned(desk, dispute) is False
    assert desk.row("Line").state == "quarantine"


def test_what_an_appeal_ended_a_second_appeal_gives_back(desk: "Desk"):
    from tests.flows.desk import NOW

    dispute = decided(desk, NOT_NEEDED, DISMISSED)
    assert overturned(desk, dispute) is True
    assert desk.row("Line").state == "quarantine"
    assert overturned(desk, dispute, now=NOW + timedelta(days=2)) is True
    assert desk.row("Line").state == "active"


@pytest.mark.parametrize("kind", DisputeKind)
def test_what_was_dismissed_is_carried_out_on_appeal(desk: "Desk", kind: DisputeKind):
    dispute = decided(desk, kind, DISMISSED)
    assert overturned(desk, dispute) is (kind is NOT_NEEDED)
    assert desk.row("Dispute").state == "upheld"
    if kind is NOT_MINE:
        assert desk.row("Custody").disowned_at is not None
        assert desk.row("Correction").state == "found"
    else:
        assert desk.row("Line").state == "quarantine"


def test_dispute_that_is_not_decided_cannot_be_overturned(desk: "Desk"):
    dispute = a_dispute(desk)
    with pytest.raises(Conflict, match="is heard cannot be overturned"):
        overturned(desk, dispute)


def test_sixteen_who_decide_at_once_decide_once(desk: "Desk"):
    """Each with the same opinion: two of them decide, and the others find it decided."""
    from django.db import connection

    from lineproof.registry.flows.enrol_staff import enrol_staff
    from tests.flows.desk import NOW

    names = [StaffName(f"reviewer{number}") for number in range(16)]
    for name in names:
        enrol_staff(desk.services, name, StaffRole.REVIEWER, public_key=None, now=NOW)
    dispute = a_dispute(desk, NOT_NEEDED)
    together, said = threading.Barrier(len(names)), []

    def decide(name: StaffName) -> None:
        together.wait()
        try:
            agreed = opine(desk, dispute, name)
            said.append("first" if agreed is None else "decided")
        except LineproofError as error:
            said.append(type(error).__name__)
        finally:
            connection.close()

    threads = [threading.Thread(target=decide, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(said) == ["Conflict"] * 14 + ["decided", "first"]
    assert desk.count("Vote") == 2
    assert orders(desk) == ["on", "off"]
    assert [entry["kind"] for entry in entries(desk)].count("dispute_decided") == 1


def test_one_of_a_dispute_and_a_withdrawal_at_once_wins(desk: "Desk"):
    """The second opinion and the holder who takes it back, together: whichever is later finds it ended."""
    from django.db import connection

    from lineproof.registry.flows.dispute_line import withdraw_dispute
    from tests.flows.desk import NOW

    dispute = a_dispute(desk)
    opine(desk, dispute, RHEA)
    session, together, said = desk.verified(), threading.Barrier(2), []

    def run(what: Any) -> None:
        together.wait()
        try:
            what()
            said.append("done")
        except Conflict:
            said.append("conflict")
        finally:
            connection.close()

    acts = [
        lambda: opine(desk, dispute, SOL),
        lambda: withdraw_dispute(desk.services, dispute, session, now=NOW),
    ]
    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(said) == ["conflict", "done"]
    assert desk.row("Dispute").state in {"upheld", "withdrawn"}


def test_vouchers_of_a_registration_are_who_attested_it_and_nobody_for_anothers(desk: "Desk"):
    from tests.flows.desk import a_mobile

    desk.register()
    desk.register(desk.present(BO), a_mobile("+999555001002"))
    unattended = desk.referred(desk.present(attended=False), a_mobile("+999555001003"))
    desk.accept(unattended, RHEA, SOL)
    names = [
        sorted(row.vouchings.values_list("staff__name", flat=True))
        for row in sorted(desk.rows("Custody"), key=lambda row: row.id)
    ]
    assert names == [["ada"], ["ada"], ["rhea", "sol"]]
    sessions = {str(row.session) for row in desk.rows("Decision")} | {
        row.session.hex for row in desk.rows("Decision")
    }
    for table in ("Vouching", "Custody", "Line"):
        assert not [value for row in desk.everything()[table] for value in row if str(value) in sessions]
    assert len(sessions) == 6
