"""Undo a correction at once, whatever it has come to: the holder was verified, or the finding was wrong."""

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from lineproof.line.correction import Cause
from lineproof.terms import Way
from tests.fakes.specimens import ALICE, ALICES_RENEWED, BO
from tests.flows.corrected import RHEA, SOL, Corrected, entries_of, told

if TYPE_CHECKING:
    from tests.flows.desk import Desk

ANNOUNCED = ["notified", "restricted", "suspended"]


@pytest.mark.parametrize(
    ("state", "way"),
    [*((state, Way.FACE) for state in [*ANNOUNCED, "terminated"]), ("restricted", Way.COUNTER)],
)
def test_who_is_verified_has_the_line_back_at_once_by_either_way(desk: "Desk", state: str, way: Way):
    case = Corrected.found(desk).until(state)
    assert desk.verify_holder(desk.present(way=way), now=case.now + timedelta(hours=1)).holder is not None
    assert case.state == ("put_right", "active")
    assert desk.network.states[case.row.line_id].value == "on"
    assert told(desk)[-1] == ("line_restored", None)
    assert desk.count("Custody", until=None, holder=case.row.holder_id) == 1
    kinds = [each["kind"] for each in entries_of(desk, case.id)]
    assert kinds[-5:] == (
        [*kinds[-5:-3], "holder_reverified", "notice_given", "correction_ended"]
        if state == "notified"
        else ["holder_reverified", "line_restored", "notice_given", "correction_ended", "line_switched_on"]
    )
    assert entries_of(desk, case.id)[-1]["stage"] == "ended"


def test_what_nobody_was_told_of_ends_without_a_notice(desk: "Desk"):
    case = Corrected.found(desk)
    desk.verified()
    assert case.state == ("put_right", "active")
    assert (told(desk), case.orders) == ([], [])


def test_who_registers_another_line_or_links_a_document_was_verified_as_well(desk: "Desk"):
    from tests.flows.desk import a_mobile

    first = Corrected.found(desk).until("restricted")
    desk.register(desk.present(), a_mobile("+999555001002"))
    assert first.state == ("put_right", "active")
    line = desk.row("Line", id=desk.rows("Custody")[-1].line_id)
    second = Corrected.found(desk, Cause.DOCUMENT_EXPIRED, line=line).until("suspended")
    desk.link(ALICE, ALICES_RENEWED)
    assert second.state == ("put_right", "active")


def test_who_is_referred_is_put_right_when_two_people_accept(desk: "Desk"):
    case = Corrected.found(desk).until("restricted")
    referred = desk.verify_holder(desk.present(attended=False)).case
    assert referred is not None
    assert case.row.state == "restricted"
    desk.accept(referred, RHEA, SOL)
    assert case.state == ("put_right", "active")


@pytest.mark.parametrize(
    "cause",
    [Cause.CAP_EXCEEDED, Cause.CONTESTED_BINDING, Cause.HOLDER_DISPUTE, Cause.USED_BY_ANOTHER],
)
def test_verification_does_not_put_right_what_it_does_not_settle(desk: "Desk", cause: Cause):
    from lineproof.registry.models import Correction

    case = Corrected.found(desk).until("restricted")
    Correction.objects.filter(id=case.id).update(cause=cause.value)
    desk.verified()
    assert case.state == ("restricted", "restricted")


def test_somebody_elses_verification_changes_nothing(desk: "Desk"):
    case = Corrected.found(desk).until("restricted")
    desk.verified(BO)
    assert case.state == ("restricted", "restricted")


def test_orders_that_the_network_did_not_take_go_out_in_their_order(desk: "Desk"):
    case = Corrected.found(desk).announce()
    desk.network.down = True
    case.sign(RHEA, SOL)
    desk.verified(now=case.now + timedelta(hours=1))
    assert case.orders == []
    desk.network.down = False
    desk.verified(now=case.now + timedelta(hours=2))
    assert case.orders == ["outgoing_barred", "on"]
    entries = entries_of(desk, case.id)
    assert [(each["kind"], each["stage"]) for each in entries[-2:]] == [
        ("line_switched", "under_way"),
        ("line_switched_on", "ended"),
    ]


def test_line_whose_number_may_be_anothers_is_not_given_back(desk: "Desk"):
    case = Corrected.found(desk).until("terminated")
    line = case.row.line
    line.state, line.identifier_index = "reissued", None
    line.save()
    desk.verified()
    assert case.state == ("terminated", "reissued")


def test_line_that_was_erased_is_not_given_back(desk: "Desk"):
    from lineproof.registry.flows.erase import erase_due

    case = Corrected.found(desk).until("terminated")
    later = case.now + timedelta(days=desk.services.policy.retention.line.days)
    erase_due(desk.services, now=later)
    assert desk.count("Correction") == desk.count("CorrectionStep") == desk.count("Vote") == 0
    desk.verify_holder(now=later)
    assert desk.row("Line").state == "quarantine"


def test_nothing_of_a_line_is_erased_while_an_appeal_may_give_it_back(desk: "Desk"):
    from lineproof.registry.flows.erase import erase_due

    case = Corrected.found(desk).until("terminated")
    appeal = case.appeal()
    later = case.now + timedelta(days=365)
    erase_due(desk.services, now=later)
    assert case.row.line.sealed_identifier is not None
    assert case.row.holder.sealed_identity is not None
    appeal.delete()
    erase_due(desk.services, now=later)
    assert desk.count("Correction") == 0
    assert desk.row("Line").sealed_identifier is None


# Withdrawn, overturned, given up


@pytest.mark.parametrize("state", ["found", *ANNOUNCED, "terminated"])
def test_wrong_finding_is_withdrawn_by_one_reviewer_and_undone(desk: "Desk", state: str):
    from lineproof.registry.flows.correct_lines import withdraw

    case = Corrected.found(desk).until(state)
    withdraw(desk.services, case.id, SOL, now=case.now + timedelta(seconds=1))
    assert case.state == ("withdrawn", "active")
    assert case.row.ended_by.name == "sol"
    assert desk.network.states[case.row.line_id].value == "on"
    ended = next(each for each in entries_of(desk, case.id) if each["kind"] == "correction_ended")
    assert (ended["outcome"], len(ended["by"])) == ("withdrawn", 1)


def test_what_has_ended_is_not_withdrawn(desk: "Desk"):
    from lineproof.errors import Conflict
    from lineproof.registry.flows.correct_lines import withdraw

    case = Corrected.found(desk)
    desk.verified()
    with pytest.raises(Conflict, match="put right cannot be withdrawn"):
        withdraw(desk.services, case.id, SOL, now=case.now)


@pytest.mark.parametrize("state", ["found", *ANNOUNCED, "terminated"])
def test_overturned_correction_is_undone_and_says_where_its_procedure_is(desk: "Desk", state: str):
    from django.db import transaction

    from lineproof.registry.flows.after_commit import finish
    from lineproof.registry.flows.corrections import party_of
    from lineproof.registry.flows.giving_back import overturn
    from lineproof.registry.flows.log import LogWriter

    case = Corrected.found(desk).until(state)
    case.appeal()
    row, then = case.row, case.now + timedelta(seconds=1)
    writer = LogWriter(desk.services, party_of(row), now=then, subject=bytes(row.subject))
    with transaction.atomic(), writer as log:
        stage = overturn(row, log)
    finish(desk.services, now=then)
    assert case.state == ("overturned", "active")
    assert stage.value == ("ended" if state in {"found", "notified"} else "under_way")
    stages = [each["stage"] for each in entries_of(desk, case.id)]
    # While the appeal is open, its procedure has not ended.
    assert stages[-1] == "waits_for_people"
    assert "ended" not in stages or state == "terminated"
    with transaction.atomic(), LogWriter(desk.services, party_of(row), now=then) as log:
        assert overturn(case.row, log).value == "ended"


def test_whoever_had_a_part_is_known_to_the_appeal(desk: "Desk"):
    from lineproof.registry.flows.correct_lines import extend
    from lineproof.registry.flows.corrections import holder_of, involved_in
    from lineproof.registry.models import Appeal, Staff
    from tests.flows.corrected import ADA, TOVE

    case = Corrected.found(desk)
    assert involved_in(case.id) == frozenset()
    case.announce(RHEA)
    assert involved_in(case.id) == {RHEA}
    extend(desk.services, case.id, "abroad", ADA, now=case.now)
    case.sign(SOL)
    assert involved_in(case.id) == {RHEA, ADA, SOL}
    appeal = case.appeal()
    heard_by = Staff.objects.get(name="tove")
    Appeal.objects.filter(id=appeal.id).update(
        state="upheld", heard_by=heard_by, reason="stands", decided_at=case.now
    )
    assert involved_in(case.id) == {RHEA, ADA, SOL, TOVE}
    assert holder_of(case.row) == case.row.holder_id


@pytest.mark.parametrize("state", ["found", *ANNOUNCED])
def test_line_that_is_not_its_holders_any_more_is_not_corrected_further(desk: "Desk", state: str):
    from django.db import transaction

    from lineproof.registry.flows.lines import end_custody
    from lineproof.registry.flows.log import LogWriter

    case = Corrected.found(desk).until(state)
    before = case.state[1]
    then = case.now + timedelta(seconds=1)
    with transaction.atomic(), LogWriter(desk.services, None, now=then) as log:
        end_custody(case.row.line, log)
    assert case.state == ("given_up", before)
    assert entries_of(desk, case.id)[-1]["outcome"] == "given_up"


def test_line_that_ends_by_one_cause_ends_what_was_found_besides(desk: "Desk"):
    case = Corrected.found(desk)
    other = Corrected.found(desk, Cause.USED_BY_ANOTHER, line=case.row.line)
    case.until("terminated")
    assert other.row.state == "given_up"


def test_what_is_put_right_otherwise_is_undone_before_the_line_changes_hands(desk: "Desk"):
    from django.db import transaction

    from lineproof.registry.flows.corrections import put_right
    from lineproof.registry.flows.log import LogWriter

    case = Corrected.found(desk, Cause.HOLDER_DISPUTE).until("suspended")
    with transaction.atomic(), LogWriter(desk.services, None, now=case.now) as log:
        assert put_right(case.row.line, [Cause.USED_BY_ANOTHER], log) == 0
        assert put_right(case.row.line, [Cause.HOLDER_DISPUTE], log) == 1
    assert case.state == ("put_right", "active")


@pytest.mark.parametrize("clock_behind", [timedelta(), timedelta(minutes=5)])
def test_order_that_restores_a_line_goes_out_after_the_one_that_barred_it(
    desk: "Desk", clock_behind: timedelta
):
    """Given at one moment, or by a clock that is behind: the other way about it would stay barred."""
    from lineproof.registry.flows.provision import provision

    case = Corrected.found(desk).announce()
    desk.network.down = True
    case.sign(RHEA, SOL)
    desk.verified(now=case.now - clock_behind)
    assert case.state == ("put_right", "active")
    assert case.orders == []
    desk.network.down = False
    provision(desk.services, now=case.now + timedelta(hours=2))
    assert case.orders == ["outgoing_barred", "on"]
    numbers = [(row.ordered_at, row.number) for row in desk.rows("Order")]
    assert len(set(numbers)) == len(numbers) == 3
