"""What has reached its end is erased without being asked for: sessions, decided cases, holders, lines."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from lineproof.decision.policy import shipped_policy
from lineproof.errors import Conflict, NotFound, NotPermitted
from lineproof.terms import StaffName
from tests.fakes.specimens import BO

if TYPE_CHECKING:
    from tests.flows.desk import Desk

PERIODS = shipped_policy("specimen").retention
SECOND = timedelta(seconds=1)
RHEA, SOL = StaffName("rhea"), StaffName("sol")


def due(desk: "Desk", *, days: int, before: timedelta = timedelta(), **options: int):
    """Erase what is due so many days after everything happened."""
    from lineproof.registry.flows.erase import erase_due
    from tests.flows.desk import NOW

    return erase_due(desk.services, now=NOW + timedelta(days=days) - before, **options)


def outcomes(desk: "Desk", kind: str) -> list[str]:
    entries = [json.loads(bytes(row.body)) for row in desk.rows("Entry")]
    return [entry["outcome"] for entry in entries if entry["kind"] == kind]


@pytest.mark.parametrize("before", [SECOND, timedelta()])
def test_session_is_kept_to_the_end_of_its_period_and_not_a_second_longer(desk: "Desk", before: timedelta):
    session = desk.present()
    desk.verify(session)
    done = due(desk, days=PERIODS.decision.days, before=before)
    kept = bool(before)
    assert done.sessions == (not kept)
    assert desk.count("DataKey", subject=session.session) == kept
    assert desk.count("SealedSalt", subject=session.session) == kept
    assert desk.count("EntryPlace", subject=session.session) == kept
    attested = desk.row("AttestationRecord")
    assert [attested.document_digest is None, attested.signature is None] == [not kept] * 2
    assert outcomes(desk, "sessions_erased") == ([] if kept else ["decision"])


def test_erased_attestation_is_still_counted_and_cannot_be_given_again(desk: "Desk"):
    presentation = desk.present()
    desk.verify(presentation)
    due(desk, days=PERIODS.decision.days)
    assert desk.row("Staff", name="ada").attestations.count() == 1
    with pytest.raises(Conflict, match="attested already"):
        desk.verify(presentation)


def test_decision_itself_stays_for_it_names_nobody(desk: "Desk"):
    desk.verify(desk.present())
    before = {table: desk.everything()[table] for table in ("Decision", "DecisionFinding", "DecisionReason")}
    due(desk, days=PERIODS.decision.days)
    assert {table: desk.everything()[table] for table in before} == before


def test_session_of_an_open_case_waits_for_its_people(desk: "Desk"):
    case = desk.referred()
    before = desk.everything()
    assert due(desk, days=10 * PERIODS.decision.days).sessions == 0
    assert desk.everything() == before
    desk.refuse(case, RHEA, SOL)
    assert due(desk, days=PERIODS.decision.days).sessions == 1


def test_staff_stay_enrolled_provably(desk: "Desk"):
    before = desk.count("SealedSalt")
    due(desk, days=10 * PERIODS.decision.days)
    assert (desk.count("SealedSalt"), desk.count("Staff")) == (before, 4)


@pytest.mark.parametrize("before", [SECOND, timedelta()])
def test_application_that_the_policy_keeps_for_a_time_goes_at_its_end(desk: "Desk", before: timedelta):
    from lineproof.registry.models.choices import Retention
    from lineproof.registry.personal import unseal

    longer = replace(PERIODS, case=replace(PERIODS.case, days=3))
    desk.services = replace(desk.services, policy=replace(desk.services.policy, retention=longer))
    case = desk.referred()
    desk.refuse(case, RHEA, SOL)
    sealed = bytes(desk.row("Case").sealed_application)
    where = {"subject": case, "retention": Retention.CASE, "place": "case.sealed_application"}
    assert unseal(desk.services.keys, sealed, **where)["kind"] == "P"
    assert due(desk, days=3, before=before).applications == (not before)
    if before:
        assert unseal(desk.services.keys, sealed, **where)["kind"] == "P"
        return
    assert desk.row("Case").sealed_application is None
    assert outcomes(desk, "sessions_erased") == ["case"]
    with pytest.raises(NotFound, match="erased"):
        unseal(desk.services.keys, sealed, **where)


def test_open_case_keeps_its_application(desk: "Desk"):
    desk.referred()
    assert due(desk, days=1000).applications == 0
    assert desk.row("Case").sealed_application


def test_batches_take_all_and_each_has_its_entry(desk: "Desk"):
    for _ in range(3):
        desk.verify(desk.present())
    assert due(desk, days=PERIODS.decision.days, most_at_once=2).sessions == 3
    assert outcomes(desk, "sessions_erased") == ["decision", "decision"]


def test_run_that_was_stopped_is_gone_on_with(desk: "Desk", tmp_path):
    """Sessions are erased already when the keys fail at a holder who keeps another line."""
    from lineproof.vault.file import open_vault
    from tests.flows.desk import NOW, a_mobile

    desk.verify(desk.present(BO))
    holder = desk.register().holder
    desk.end_lines(holder, until=NOW + SECOND)
    desk.register(desk.present(), a_mobile("+999555001002"))
    ours, days = desk.services, max(PERIODS.line.days, PERIODS.decision.days) + 1
    desk.services = replace(ours, keys=open_vault(tmp_path / "another"))
    with pytest.raises(NotPermitted):
        due(desk, days=days)
    assert desk.count("AttestationRecord", document_digest=None) == 3
    assert desk.count("Line", identifier_index=None) == 0
    desk.services = ours
    done = due(desk, days=days)
    assert (done.sessions, done.holders) == (0, 1)
    assert desk.count("Line", identifier_index=None) == 1


def test_running_again_finds_nothing_due(desk: "Desk"):
    from tests.flows.desk import NOW

    desk.end_lines(desk.register().holder, until=NOW + SECOND)
    desk.verify(desk.present(BO))
    days = PERIODS.identity.days + 1
    first = due(desk, days=days)
    assert (first.holders, first.sessions) == (1, 2)
    before = desk.everything()
    again = due(desk, days=days)
    assert (again.holders, again.sessions, again.applications) == (0, 0, 0)
    assert desk.everything() == before


def test_holder_of_a_line_is_never_due(desk: "Desk"):
    from lineproof.registry.queries.holder import read_holder_page

    holder = desk.register().holder
    assert holder is not None
    due(desk, days=36_000)
    assert read_holder_page(desk.services.keys, holder).lines


def test_nobody_is_told_of_what_came_due_since_nobody_can_be_found(desk: "Desk"):
    from tests.flows.desk import NOW

    desk.end_lines(desk.register().holder, until=NOW + SECOND)
    due(desk, days=PERIODS.identity.days + 1)
    assert outcomes(desk, "holder_erased") == ["at_end"]
    assert desk.count("Notice") == 0
