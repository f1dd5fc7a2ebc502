"""The product cuts no line without notice, a deadline, people and an appeal, and keeps emergency calls."""

import inspect
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import TYPE_CHECKING

import pytest

from lineproof.decision.policy import policy_names, shipped_policy
from lineproof.line import correction, ladder
from lineproof.line.correction import ANNOUNCED, TABLE, CorrectionEvent, CorrectionState
from lineproof.line.eyes import EYES
from lineproof.line.ladder import ANNOUNCED_BY, EVENT_OF, Announced, Step, why_wait
from lineproof.line.notice import NOTICES, NoticeState
from lineproof.line.state import TABLE as LINE_TABLE
from lineproof.line.state import LineEvent, LineState
from lineproof.ports import SwitchState
from tests.flows.corrected import RHEA, SOL, Corrected, entries_of

if TYPE_CHECKING:
    from tests.flows.desk import Desk

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
CUTS = {CorrectionEvent.RESTRICTED, CorrectionEvent.SUSPENDED, CorrectionEvent.TERMINATED}


def test_no_state_is_cut_from_in_which_nothing_was_announced():
    assert {state for state, event in TABLE if event in CUTS} == ANNOUNCED
    assert set(EVENT_OF.values()) == CUTS


def test_every_way_to_a_cut_line_goes_through_its_notice():
    """Without the notice of the first step, no cut can be reached from a finding, whatever happens."""
    reached, before = {CorrectionState.FOUND}, set()
    while reached != before:
        before = set(reached)
        reached |= {
            after
            for (state, event), after in TABLE.items()
            if state in reached and event is not CorrectionEvent.NOTIFIED
        }
    cut = {CorrectionState.RESTRICTED, CorrectionState.SUSPENDED, CorrectionState.TERMINATED}
    assert not reached & cut


@pytest.mark.parametrize("step", Step)
def test_each_step_is_announced_by_a_notice_that_says_how_to_appeal_and_to_have_longer(step: Step):
    notice = NOTICES[ANNOUNCED_BY[step]]
    assert "appeal" in notice.objection
    assert "longer" in notice.objection
    assert "verified" in notice.remedy


@pytest.mark.parametrize("step", Step)
def test_what_may_be_signed_was_announced_is_due_arrived_and_is_not_appealed(step: Step):
    assert why_wait(step, None, now=NOON) is not None
    for notice, line, appealed, late in product(NoticeState, LineState, [False, True], [-1, 0]):
        announced = Announced(step, NOON, notice, line, appealed=appealed)
        if why_wait(step, announced, now=NOON + timedelta(seconds=late)) is None:
            assert (appealed, late) == (False, 0)
            arrived = notice is NoticeState.DELIVERED
            assert arrived or (notice, step) == (NoticeState.UNDELIVERED, Step.RESTRICT)


def test_no_step_takes_fewer_than_two_people():
    assert min(ladder.eyes_for(state) for state in NoticeState) == EYES == 2


@pytest.mark.parametrize("name", policy_names())
def test_every_policy_gives_time_before_each_step(name: str):
    policy = shipped_policy(name)
    terms = [
        policy.correction.restrict_after,
        policy.correction.suspend_after,
        policy.correction.terminate_after,
    ]
    assert all(term.count > 0 for term in terms if term is not None)
    assert policy.correction.extension.count > 0


def test_emergency_calls_are_kept_until_the_line_has_ended():
    """Nothing but an ending switches a line off: no step before it has that order."""
    from lineproof.registry.flows.correct_lines import _ORDERS

    assert {step for step, order in _ORDERS.items() if order is SwitchState.OFF} == {Step.TERMINATE}
    assert {state for state, event in LINE_TABLE if event is LineEvent.TERMINATED} == {LineState.SUSPENDED}


@pytest.mark.parametrize("state", ["restricted", "suspended"])
def test_cut_line_calls_for_help_on_the_network(desk: "Desk", state: str):
    case = Corrected.found(desk).until(state)
    assert case.orders
    assert "off" not in case.orders
    assert desk.network.states[case.row.line_id] in {
        SwitchState.OUTGOING_BARRED,
        SwitchState.EMERGENCY_ONLY,
    }


@pytest.mark.parametrize("cause", [correction.Cause.MISSING_VERIFICATION, correction.Cause.HOLDER_DISPUTE])
def test_each_cut_has_its_notice_its_deadline_and_two_people_in_the_log(
    desk: "Desk", cause: correction.Cause
):
    entries = entries_of(desk, Corrected.found(desk, cause).until("terminated").id)
    for kind, notice in (
        ("line_restricted", "restriction"),
        ("line_suspended", "suspension"),
        ("line_terminated", "termination"),
    ):
        (cut,) = [at for at, entry in enumerate(entries) if entry["kind"] == kind]
        (told,) = [at for at, entry in enumerate(entries) if entry["outcome"] == notice]
        assert told < cut
        assert entries[cut]["answers"] == entries[told]["due_at"] <= entries[cut]["at"]
        assert len(set(entries[cut]["by"])) == 2


def test_database_takes_no_step_by_one_person_and_no_announcement_without_its_deadline(desk: "Desk"):
    from django.db import IntegrityError, transaction

    from lineproof.registry.models import Correction, CorrectionStep, Staff

    case = Corrected.found(desk).announce()
    rhea, sol = Staff.objects.get(name="rhea"), Staff.objects.get(name="sol")
    by = {"correction_id": case.id, "step": "restrict", "done_at": case.now}
    for wrong in (
        {"first": rhea, "second": rhea},
        {"first": rhea, "second": sol, "third": sol},
        {"first": rhea, "second": sol, "third": rhea},
    ):
        with pytest.raises(IntegrityError, match="different_people"), transaction.atomic():
            CorrectionStep.objects.create(**by, **wrong)
    row = Correction.objects.filter(id=case.id)
    for changed in (
        {"due_at": None},
        {"due_at": case.now},
        {"step": ""},
        {"step": "terminate"},
        {"state": "suspended"},
        {"state": "terminated"},
        {"announced_by": None},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            row.update(**changed)


def test_nothing_but_two_signatures_cuts_a_line():
    """The events of a cut are named in one place of the procedures, which asks for the signatures."""
    from lineproof.registry.flows import (
        announcing,
        correct_lines,
        corrections,
        find_corrections,
        giving_back,
    )

    cutting = [
        module.__name__.rpartition(".")[2]
        for module in (announcing, correct_lines, corrections, find_corrections, giving_back)
        if "LINE_EVENT_OF" in inspect.getsource(module)
    ]
    assert cutting == ["correct_lines"]
    assert inspect.getsource(correct_lines).count("_carry_out(") == 2  # where it is, and where it is called
    assert "now()" not in inspect.getsource(correct_lines) + inspect.getsource(correction)


def test_looking_finds_a_cut_before_its_time(desk: "Desk", monkeypatch: pytest.MonkeyPatch):
    """The control: with the guard taken away, the line is cut, and a monitor finds it in the log."""
    from lineproof.registry.flows import correct_lines
    from tests.flows.test_monitored import monitored

    case = Corrected.found(desk).announce()
    monkeypatch.setattr(correct_lines, "why_wait", lambda *_, **__: None)
    case.sign(RHEA, SOL, at=case.row.due_at - timedelta(seconds=1))
    assert case.row.state == "restricted"
    report = monitored(desk, at=case.now)
    assert [one.rule.value for one in report.findings] == ["notice_before_cut"]
    assert "had time to act" in report.findings[0].what
