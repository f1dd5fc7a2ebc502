"""Correct a wrongly registered line: announce each step, give time, two people sign, undo when put right."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from lineproof.line.correction import Cause
from lineproof.line.ladder import Choice, Step, Wait
from tests.flows.corrected import ADA, RHEA, SOL, TOVE, UMA, Corrected, entries_of, told

if TYPE_CHECKING:
    from tests.flows.desk import Desk

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


def test_ladder_is_climbed_step_by_step_each_with_its_notice_and_two_people(desk: "Desk"):
    case = Corrected.found(desk)
    assert (case.state, case.orders, told(desk)) == (("found", "active"), [], [])
    case.announce()
    assert case.state == ("notified", "active")
    assert told(desk) == [("restriction", "2026-08-01T00:00")]
    case.sign(RHEA, SOL)
    assert (case.state, case.orders) == (("restricted", "restricted"), ["outgoing_barred"])
    case.sign(RHEA, SOL)
    assert (case.state, case.orders[1:]) == (("suspended", "suspended"), ["emergency_only"])
    case.sign(RHEA, SOL)
    assert (case.state, case.orders[2:]) == (("terminated", "quarantine"), ["off"])
    assert desk.row("Custody").until == case.now
    assert told(desk) == [
        ("restriction", "2026-08-01T00:00"),
        ("line_restricted", None),
        ("suspension", "2026-08-16T00:00"),
        ("line_suspended", None),
        ("termination", "2026-08-31T00:00"),
        ("line_terminated", "2026-09-08T00:00"),
    ]
    steps = [(row.step, row.first.name, row.second.name, row.third) for row in desk.rows("CorrectionStep")]
    assert steps == [(step, "rhea", "sol", None) for step in ("restrict", "suspend", "terminate")]


def test_log_shows_each_step_its_people_and_its_deadline_and_nobody(desk: "Desk"):
    case = Corrected.found(desk).until("restricted")
    entries = entries_of(desk, case.id)
    assert [(each["kind"], each["outcome"]) for each in entries] == [
        ("correction_found", "missing_verification"),
        ("notice_given", "restriction"),
        ("line_restricted", ""),
        ("notice_given", "line_restricted"),
        ("notice_given", "suspension"),
        ("line_switched", "outgoing_barred"),
    ]
    assert [each["stage"] for each in entries] == [
        *("waits_for_people", "waits_for_party", "under_way", "under_way", "waits_for_party"),
        "waits_for_party",
    ]
    assert len(entries[1]["by"]) == 1
    assert set(entries[1]["by"]) < set(entries[2]["by"])
    assert entries[2]["answers"] == entries[1]["due_at"] == "2026-08-01T00:00:00Z"
    assert len(set(entries[2]["by"])) == 2
    assert b"rhea" not in b"".join(bytes(row.body) for row in desk.rows("Entry"))


def test_without_a_restriction_the_first_step_is_to_suspend(desk: "Desk"):
    from tests.flows.corrected import under

    under(desk, restrict_after=None)
    case = Corrected.found(desk).announce()
    assert told(desk) == [("suspension", "2026-08-16T00:00")]
    case.sign(RHEA, SOL)
    assert (case.state, case.orders) == (("suspended", "suspended"), ["emergency_only"])


# Nothing without its deadline, its notice, two people and a third


@pytest.mark.parametrize("state", ["notified", "restricted", "suspended"])
def test_nothing_can_be_signed_a_second_before_the_deadline(desk: "Desk", state: str):
    case = Corrected.found(desk).until(state)
    before = desk.everything()
    early = case.sign(RHEA, SOL, at=case.row.due_at - timedelta(seconds=1))
    assert (early.wait, early.decided) == (Wait.NOT_DUE, None)
    assert desk.everything() == before
    assert case.sign(RHEA, SOL, at=case.row.due_at).decided is Choice.CARRY_OUT


def test_deadline_follows_the_days_and_the_holidays_of_the_jurisdiction(desk: "Desk"):
    from dataclasses import replace
    from datetime import date

    from tests.flows.corrected import under

    calendar = replace(
        desk.services.policy.calendar,
        zone="Europe/Berlin",
        last_day_moves=True,
        holidays=frozenset({date(2026, 8, 3)}),
    )
    under(desk, calendar=calendar, restrict_after=desk.services.policy.correction.extension)
    case = Corrected.found(desk)
    case.now = datetime(2026, 7, 2, 22, tzinfo=UTC)  # 3 July there; 30 days later is a Sunday
    case.announce()
    assert case.row.due_at == datetime(2026, 8, 4, 22, tzinfo=UTC)


def test_one_person_does_nothing_and_does_not_count_twice(desk: "Desk"):
    from lineproof.errors import NotPermitted

    case = Corrected.found(desk).announce()
    assert case.sign(RHEA).decided is None
    assert case.state == ("notified", "active")
    before = desk.everything()
    with pytest.raises(NotPermitted, match="rhea has already given an opinion"):
        case.sign(RHEA)
    assert desk.everything() == before
    assert case.sign(SOL).decided is Choice.CARRY_OUT


def test_agent_does_not_sign_and_a_stranger_does_not(desk: "Desk"):
    from lineproof.errors import NotFound

    case = Corrected.found(desk).announce()
    with pytest.raises(NotFound, match="no reviewer named ada"):
        case.sign(ADA)
    with pytest.raises(NotFound, match="no reviewer named uma"):
        case.sign(UMA)


def test_with_two_reviewers_nothing_is_announced_and_nothing_signed(desk: "Desk"):
    from lineproof.errors import NotPermitted
    from lineproof.registry.models import Staff

    case = Corrected.found(desk)
    tove = Staff.objects.get(name="tove")
    tove.delete()
    with pytest.raises(NotPermitted, match="There are 2 reviewers here"):
        case.announce()
    tove.save(force_insert=True)
    case.announce()
    tove.delete()
    with pytest.raises(NotPermitted, match="Enrol another reviewer"):
        case.sign(RHEA)
    assert case.state == ("notified", "active")


def test_where_nobody_would_be_left_for_the_appeal_nothing_is_signed(desk: "Desk"):
    """Rhea announced it; with Sol and Tove everybody would have had a part."""
    from lineproof.errors import NotPermitted

    case = Corrected.found(desk).announce(RHEA)
    case.sign(SOL)
    with pytest.raises(NotPermitted, match="nobody could hear the appeal"):
        case.sign(TOVE)
    assert case.state == ("notified", "active")
    assert case.sign(RHEA).decided is Choice.CARRY_OUT


def test_two_who_disagree_do_nothing_and_a_third_decides(desk: "Desk"):
    from lineproof.registry.flows.enrol_staff import enrol_staff
    from lineproof.terms import StaffRole

    enrol_staff(desk.services, UMA, StaffRole.REVIEWER, public_key=None, now=NOON)
    case = Corrected.found(desk).announce()
    case.sign(RHEA)
    assert case.sign(SOL, choice=Choice.PUT_OFF).decided is None
    assert case.state == ("notified", "active")
    assert case.sign(TOVE).decided is Choice.CARRY_OUT
    step = desk.row("CorrectionStep")
    assert (step.first.name, step.second.name) == ("rhea", "tove")


def test_two_who_put_it_off_give_the_holder_longer_and_are_asked_anew(desk: "Desk"):
    case = Corrected.found(desk).announce()
    assert case.sign(RHEA, SOL, choice=Choice.PUT_OFF).decided is Choice.PUT_OFF
    assert case.state == ("notified", "active")
    assert told(desk)[1:] == [("correction_extended", "2026-08-31T00:00")]
    assert case.sign(RHEA, at=case.now).wait is Wait.NOT_DUE
    assert case.sign(RHEA, SOL).decided is Choice.CARRY_OUT
    assert case.now.isoformat()[:10] == "2026-08-31"


@pytest.mark.parametrize("state", ["notified", "restricted", "suspended"])
def test_nothing_is_done_while_the_notice_is_on_its_way(desk: "Desk", state: str):
    case = Corrected.found(desk).until(state).deliver("given")
    assert case.sign(RHEA, SOL).wait is Wait.NOTICE_UNDER_WAY
    assert case.state[0] == state


def test_who_was_not_reached_is_restricted_by_three_with_a_fourth_for_the_appeal(desk: "Desk"):
    from lineproof.errors import NotPermitted
    from lineproof.registry.flows.enrol_staff import enrol_staff
    from lineproof.terms import StaffRole

    case = Corrected.found(desk).announce().deliver("undelivered")
    with pytest.raises(NotPermitted, match="There are 3 reviewers here who may decide, and it takes 4"):
        case.sign(RHEA)
    enrol_staff(desk.services, UMA, StaffRole.REVIEWER, public_key=None, now=NOON)
    for reviewer in (RHEA, SOL):
        case.deliver("undelivered")
        assert case.sign(reviewer).decided is None
    case.deliver("undelivered")
    assert case.state == ("notified", "active")
    assert case.sign(TOVE).decided is Choice.CARRY_OUT
    assert case.row.state == "restricted"
    assert desk.row("CorrectionStep").third.name == "tove"


def test_signature_for_three_does_not_count_for_two_once_the_notice_arrived(desk: "Desk"):
    from lineproof.registry.flows.enrol_staff import enrol_staff
    from lineproof.terms import StaffRole

    enrol_staff(desk.services, UMA, StaffRole.REVIEWER, public_key=None, now=NOON)
    case = Corrected.found(desk).announce().deliver("undelivered")
    case.sign(RHEA)
    case.deliver("delivered")
    assert case.sign(SOL).decided is None
    assert case.sign(RHEA).decided is Choice.CARRY_OUT


@pytest.mark.parametrize("state", ["restricted", "suspended"])
def test_who_was_not_reached_is_neither_suspended_nor_ended(desk: "Desk", state: str):
    case = Corrected.found(desk).until(state).deliver("undelivered")
    assert case.sign(RHEA, SOL, TOVE).wait is Wait.UNREACHED
    assert case.state[0] == state


@pytest.mark.parametrize("state", ["notified", "restricted", "suspended"])
def test_open_appeal_keeps_every_step_from_being_signed(desk: "Desk", state: str):
    case = Corrected.found(desk).until(state)
    appeal = case.appeal()
    before = desk.everything()
    assert case.sign(RHEA, SOL).wait is Wait.APPEALED
    assert desk.everything() == before
    appeal.delete()
    assert case.sign(RHEA, SOL).decided is Choice.CARRY_OUT


@pytest.mark.parametrize("elsewhere", ["in_transfer", "porting_out"])
def test_step_waits_while_the_line_is_being_passed_on(desk: "Desk", elsewhere: str):
    case = Corrected.found(desk).announce()
    line = case.row.line
    line.state = elsewhere
    line.save()
    assert case.sign(RHEA, SOL).wait is Wait.LINE_ELSEWHERE
    line.state = "active"
    line.save()
    assert case.sign(RHEA, SOL).decided is Choice.CARRY_OUT


def test_only_the_step_that_was_announced_can_be_signed(desk: "Desk"):
    case = Corrected.found(desk)
    assert case.sign(RHEA, step=Step.RESTRICT).wait is Wait.NOT_ANNOUNCED
    case.announce()
    for step in (Step.SUSPEND, Step.TERMINATE):
        assert case.sign(RHEA, SOL, step=step).wait is Wait.NOT_ANNOUNCED
    assert case.state == ("notified", "active")


def test_list_is_signed_together_and_what_cannot_be_says_why(desk: "Desk"):
    from lineproof.registry.flows.correct_lines import sign_step
    from tests.fakes.specimens import BO
    from tests.flows.desk import a_mobile

    first = Corrected.found(desk).announce()
    line = desk.register(desk.present(BO), a_mobile("+999555001002")).line
    second = Corrected.found(desk, line=desk.row("Line", id=line)).announce()
    second.deliver("given")
    ids = [second.id, first.id, second.id]
    for reviewer in (RHEA, SOL):
        signed = sign_step(
            desk.services, ids, Step.RESTRICT, reviewer, Choice.CARRY_OUT, now=first.row.due_at
        )
    assert [(each.correction, each.wait, each.decided) for each in signed] == [
        (second.id, Wait.NOTICE_UNDER_WAY, None),
        (first.id, None, Choice.CARRY_OUT),
    ]


def test_list_with_an_unknown_correction_changes_nothing(desk: "Desk"):
    import uuid

    from lineproof.errors import NotFound
    from lineproof.registry.flows.correct_lines import announce_corrections

    case = Corrected.found(desk)
    before = desk.everything()
    with pytest.raises(NotFound, match="no correction"):
        announce_corrections(desk.services, [case.id, uuid.uuid4()], RHEA, now=case.now)
    assert desk.everything() == before


# No step by itself


def test_a_year_later_every_task_that_is_due_has_changed_no_line(desk: "Desk"):
    from lineproof.registry.flows.erase import erase_due
    from lineproof.registry.flows.find_corrections import find_corrections
    from lineproof.registry.flows.provision import provision
    from lineproof.registry.queries.corrections import read_corrections

    case = Corrected.found(desk).until("restricted")
    before = desk.rows("Line")[0].state, desk.count("Order"), case.state
    a_year_later = case.now + timedelta(days=365)
    find_corrections(desk.services, now=a_year_later, dry_run=False)
    provision(desk.services, now=a_year_later)
    erase_due(desk.services, now=a_year_later)
    assert (desk.rows("Line")[0].state, desk.count("Order"), case.state) == before
    assert [(row.id, row.is_due) for row in read_corrections(now=a_year_later)] == [(case.id, True)]


def test_what_waits_for_whom_is_listed_without_saying_who_signed_what(desk: "Desk"):
    from dataclasses import fields

    from lineproof.registry.queries.corrections import CorrectionRow, read_corrections

    case = Corrected.found(desk)
    (row,) = read_corrections(now=case.now)
    assert (row.state.value, row.step, row.wait, row.is_due) == ("found", None, None, True)
    case.announce()
    (row,) = read_corrections(now=case.now)
    assert (row.step, row.wait, row.is_due, row.signed) == (Step.RESTRICT, Wait.NOT_DUE, False, 0)
    case.sign(RHEA)
    (row,) = read_corrections(now=case.now)
    assert (row.wait, row.is_due, row.signed) == (None, True, 1)
    assert {field.name for field in fields(CorrectionRow)} == {
        *("id", "cause", "state", "found_at", "step", "due_at", "wait", "signed", "stuck"),
    }


def test_notice_of_a_disowned_line_goes_to_the_line_alone(desk: "Desk"):
    Corrected.found(desk, Cause.HOLDER_DISPUTE).announce()
    kinds = {row.kind: row.to_line_only for row in desk.rows("Notice")}
    assert kinds == {"line_registered": False, "restriction": True}
