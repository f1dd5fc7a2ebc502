"""Correct a line once for a cause and on one ladder at a time; and give its holder longer."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from lineproof.line.correction import Cause
from lineproof.line.ladder import Choice, Wait
from tests.flows.corrected import ADA, RHEA, SOL, Corrected, told

if TYPE_CHECKING:
    from tests.flows.desk import Desk

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


# Once per cause, one ladder at a time


def test_finding_is_announced_once(desk: "Desk"):
    from lineproof.errors import Conflict

    case = Corrected.found(desk).announce()
    with pytest.raises(Conflict, match="notified cannot be notified"):
        case.announce()


def test_line_has_one_ladder_at_a_time_and_the_next_follows_when_it_ended(desk: "Desk"):
    from lineproof.registry.flows.correct_lines import announce_corrections, withdraw

    first = Corrected.found(desk).announce()
    second = Corrected.found(desk, Cause.USED_BY_ANOTHER, line=first.row.line)
    assert announce_corrections(desk.services, [second.id], RHEA, now=second.now) == ()
    assert second.row.state == "found"
    withdraw(desk.services, first.id, SOL, now=first.now)
    assert second.announce().row.state == "notified"


@pytest.mark.parametrize("state", ["found", "notified", "restricted", "suspended", "put_right", "withdrawn"])
def test_line_is_found_once_for_a_cause_whatever_became_of_it(desk: "Desk", state: str):
    from django.db import transaction

    from lineproof.registry.flows.correct_lines import withdraw
    from lineproof.registry.flows.corrections import open_correction
    from lineproof.registry.flows.log import LogWriter

    case = Corrected.found(desk)
    if state == "put_right":
        desk.verified()
    elif state == "withdrawn":
        withdraw(desk.services, case.id, RHEA, now=case.now)
    else:
        case.until(state)
    assert case.row.state == state
    line = case.row.line
    with transaction.atomic(), LogWriter(desk.services, None, now=case.now) as log:
        assert open_correction(line, Cause.MISSING_VERIFICATION, log) is None
        assert open_correction(line, Cause.USED_BY_ANOTHER, log) is not None


def test_line_that_changed_hands_is_found_anew_and_one_that_came_back_too(desk: "Desk"):
    """Once per cause is once for as long as one person holds the line."""
    from django.db import transaction

    from lineproof.registry.flows.corrections import open_correction
    from lineproof.registry.flows.lines import end_custody, take_custody
    from lineproof.registry.flows.log import LogWriter
    from tests.fakes.specimens import BO

    case = Corrected.found(desk)
    line, alice = case.row.line, case.row.holder_id
    desk.verified(BO)
    bo = next(row.id for row in desk.rows("Holder") if row.id != alice)
    for days, holder in enumerate((bo, alice), 1):
        then = case.now + timedelta(days=days)
        with transaction.atomic(), LogWriter(desk.services, None, now=then) as log:
            end_custody(line, log)
            take_custody(line, holder, log)
            assert open_correction(line, Cause.MISSING_VERIFICATION, log) is not None
            assert open_correction(line, Cause.MISSING_VERIFICATION, log) is None
    assert [row.state for row in desk.rows("Correction")].count("given_up") == 2


def test_nobodys_line_is_not_corrected(desk: "Desk"):
    from django.db import transaction

    from lineproof.registry.flows.corrections import open_correction
    from lineproof.registry.flows.log import LogWriter

    holder = desk.register().holder
    desk.end_lines(holder, until=NOON + timedelta(seconds=1))
    with transaction.atomic(), LogWriter(desk.services, None, now=NOON) as log:
        assert open_correction(desk.row("Line"), Cause.MISSING_VERIFICATION, log) is None


# Longer


def test_who_is_abroad_has_longer_once_and_every_step_that_follows_comes_later(desk: "Desk"):
    from lineproof.errors import Conflict
    from lineproof.registry.flows.correct_lines import extend

    case = Corrected.found(desk).announce()
    until = extend(desk.services, case.id, "abroad", ADA, now=case.now)
    assert until == case.row.due_at == datetime(2026, 8, 31, tzinfo=UTC)
    with pytest.raises(Conflict, match="on this ground before"):
        extend(desk.services, case.id, "abroad", RHEA, now=case.now)
    assert case.sign(RHEA, at=until - timedelta(seconds=1)).wait is Wait.NOT_DUE
    case.sign(RHEA, SOL)
    case.sign(RHEA, SOL)
    assert told(desk) == [
        ("restriction", "2026-08-01T00:00"),
        ("correction_extended", "2026-08-31T00:00"),
        ("line_restricted", None),
        ("suspension", "2026-09-15T00:00"),
        ("line_suspended", None),
        ("termination", "2026-09-30T00:00"),
    ]


def test_each_ground_gives_longer_and_the_deadline_that_is_over_is_put_off_from_now(desk: "Desk"):
    from lineproof.registry.flows.correct_lines import extend

    case = Corrected.found(desk).announce()
    late = case.row.due_at + timedelta(days=4, hours=10)
    assert extend(desk.services, case.id, "hospital", RHEA, now=late) == datetime(2026, 9, 5, tzinfo=UTC)
    assert extend(desk.services, case.id, "disability", RHEA, now=late) == datetime(2026, 10, 5, tzinfo=UTC)


def test_signature_from_before_counts_no_more_once_the_holder_has_longer(desk: "Desk"):
    from lineproof.registry.flows.correct_lines import extend

    case = Corrected.found(desk).announce()
    case.sign(RHEA)
    extend(desk.services, case.id, "abroad", ADA, now=case.now)
    assert case.sign(SOL).decided is None
    assert case.sign(RHEA).decided is Choice.CARRY_OUT


def test_ground_that_the_policy_does_not_have_gives_nothing(desk: "Desk"):
    from lineproof.errors import Malformed
    from lineproof.registry.flows.correct_lines import extend

    case = Corrected.found(desk).announce()
    with pytest.raises(Malformed, match="abroad, disability, hospital"):
        extend(desk.services, case.id, "busy", RHEA, now=case.now)


@pytest.mark.parametrize("state", ["found", "terminated"])
def test_where_nothing_is_announced_nothing_is_put_off(desk: "Desk", state: str):
    from lineproof.errors import Conflict
    from lineproof.registry.flows.correct_lines import extend

    case = Corrected.found(desk).until(state)
    with pytest.raises(Conflict, match="Nothing is announced"):
        extend(desk.services, case.id, "abroad", RHEA, now=case.now)


def test_ground_lies_sealed_and_in_no_entry(desk: "Desk"):
    """That somebody is in hospital is nobody's business who reads the record or the log."""
    from lineproof.registry.flows.correct_lines import extend
    from lineproof.registry.queries.keys import check_keys

    case = Corrected.found(desk).announce()
    extend(desk.services, case.id, "hospital", ADA, now=case.now)
    assert b"hospital" not in desk.raw_files()
    assert check_keys(desk.services.keys).problems == []
