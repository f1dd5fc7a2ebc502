"""The end of a line whose user is told by the line alone: announced while it still takes messages."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from lineproof.line.correction import CAUSES, Cause
from lineproof.line.delivery import Channel
from lineproof.line.ladder import Choice, Step, Wait
from tests.fakes.messages import FakeMessages
from tests.flows.corrected import ADA, RHEA, SOL, Corrected, entries_of, told, under

if TYPE_CHECKING:
    from tests.flows.desk import Desk

SECOND = timedelta(seconds=1)
ORDINARY = [cause for cause in Cause if not CAUSES[cause].to_line_only and cause is not Cause.CAP_EXCEEDED]


@pytest.fixture
def texts(desk: "Desk") -> FakeMessages:
    """What is sent to the line."""
    messages = FakeMessages()
    desk.services = replace(desk.services, messages={Channel.SMS: messages})
    return messages


def disowned(desk: "Desk") -> Corrected:
    return Corrected.found(desk, Cause.HOLDER_DISPUTE)


def brought(case: Corrected) -> list[str]:
    """Deliver what can be delivered now, and give the state of the notices of suspension and end."""
    from lineproof.registry.flows.deliver_notices import deliver_notices

    deliver_notices(case.desk.services, now=case.now)
    rows = [row for row in case.desk.rows("Notice") if row.kind in {"suspension", "termination"}]
    return [row.state for row in rows]


def test_end_is_announced_with_the_suspension_each_with_its_own_deadline(desk: "Desk"):
    disowned(desk).until("restricted")
    assert told(desk) == [
        ("restriction", "2026-08-01T00:00"),
        ("line_restricted", None),
        ("suspension", "2026-08-16T00:00"),
        ("termination", "2026-08-31T00:00"),
    ]


def test_end_is_announced_with_the_first_step_where_that_is_the_suspension(desk: "Desk"):
    under(desk, restrict_after=None)
    disowned(desk).announce()
    assert told(desk) == [("suspension", "2026-08-16T00:00"), ("termination", "2026-08-31T00:00")]


@pytest.mark.parametrize("cause", ORDINARY)
def test_whoever_is_told_elsewhere_too_is_told_of_the_end_when_it_comes_next(desk: "Desk", cause: Cause):
    case = Corrected.found(desk, cause).until("restricted")
    assert "termination" not in [kind for kind, _ in told(desk)]
    assert case.row.told_ahead is None


def test_both_notices_reach_the_line_and_it_ends_at_the_deadline_of_the_second(
    desk: "Desk", texts: FakeMessages
):
    case = disowned(desk).until("restricted").deliver("given")
    assert brought(case) == ["delivered", "delivered"]
    assert [message.to.text for message in texts.sent][-2:] == ["+999555001001"] * 2
    suspended = [case.sign(who) for who in (RHEA, SOL)][-1]
    assert suspended.decided is Choice.CARRY_OUT
    row = case.row
    assert (row.step, row.notice.kind, row.notice.state, row.told_ahead) == (
        *("terminate", "termination", "delivered"),
        None,
    )
    assert row.due_at == row.notice.deadline == datetime(2026, 8, 31, tzinfo=UTC)
    early = case.sign(RHEA, SOL, at=row.due_at - SECOND)
    assert early.wait is Wait.NOT_DUE
    assert case.state == ("suspended", "suspended")
    assert case.sign(RHEA, SOL, at=row.due_at).decided is Choice.CARRY_OUT
    assert case.state == ("terminated", "quarantine")


def test_suspension_that_comes_late_puts_off_the_end_and_says_so(desk: "Desk"):
    case = disowned(desk).until("restricted")
    late = case.row.due_at + timedelta(days=3, hours=9)
    case.sign(RHEA, SOL, at=late)
    until = datetime(2026, 9, 4, tzinfo=UTC)
    assert case.row.due_at == until
    assert told(desk)[-2:] == [("line_suspended", None), ("correction_extended", "2026-09-04T00:00")]
    (longer,) = [each for each in entries_of(desk, case.id) if each["kind"] == "correction_extended"]
    assert (longer["answers"], longer["due_at"]) == ("2026-08-31T00:00:00Z", "2026-09-04T00:00:00Z")
    assert len(set(longer["by"])) == 2
    assert case.sign(RHEA, SOL, at=until - SECOND).wait is Wait.NOT_DUE
    assert case.sign(RHEA, SOL, at=until).decided is Choice.CARRY_OUT


def test_suspension_that_is_put_off_beyond_the_end_leaves_as_long_between_them(desk: "Desk"):
    from lineproof.registry.flows.correct_lines import extend

    case = disowned(desk).until("restricted")
    extend(desk.services, case.id, "abroad", ADA, now=case.now)
    assert case.row.due_at > case.row.told_ahead.deadline
    case.deliver().sign(RHEA, SOL)
    assert case.row.due_at - case.now == timedelta(days=15)


def test_nothing_is_suspended_while_the_notice_of_the_end_is_on_its_way(desk: "Desk"):
    """Suspended, the line could not take it any more."""
    case = disowned(desk).until("restricted")
    ahead = case.row.told_ahead
    ahead.state = "given"
    ahead.save()
    before = desk.everything()
    assert case.sign(RHEA).wait is Wait.NOTICE_UNDER_WAY
    after = desk.everything()
    after.pop("Notice"), before.pop("Notice")  # the helper delivers what was given
    assert after == before
    assert case.deliver().sign(RHEA, SOL).decided is Choice.CARRY_OUT


def test_line_whose_user_was_not_told_of_its_end_is_never_ended_and_it_shows(desk: "Desk"):
    from lineproof.registry.queries.corrections import count_stuck_corrections, read_corrections

    case = disowned(desk).until("restricted")
    ahead = case.row.told_ahead
    ahead.state = "undelivered"
    ahead.save()
    assert count_stuck_corrections() == 0
    from lineproof.registry.flows.correct_lines import sign_step

    for who in (RHEA, SOL):
        sign_step(desk.services, [case.id], Step.SUSPEND, who, Choice.CARRY_OUT, now=case.row.due_at)
    assert case.state == ("suspended", "suspended")
    assert count_stuck_corrections() == 1
    a_year_later = case.row.due_at + timedelta(days=365)
    (signed,) = sign_step(desk.services, [case.id], Step.TERMINATE, RHEA, Choice.CARRY_OUT, now=a_year_later)
    assert signed.wait is Wait.UNREACHED
    assert case.state == ("suspended", "suspended")
    assert [row.stuck for row in read_corrections(now=case.now)] == [True]


def test_notice_of_the_end_that_nothing_brings_is_undelivered_before_the_suspension_is_due(desk: "Desk"):
    """No channel is there: both fail together, and nothing is suspended."""
    case = disowned(desk).until("restricted").deliver("given")
    case.now = case.row.due_at - SECOND
    assert brought(case) == ["undelivered", "undelivered"]
    assert case.sign(RHEA, at=case.row.due_at).wait is Wait.UNREACHED


def test_what_is_put_right_leaves_no_end_announced(desk: "Desk"):
    from django.db import transaction

    from lineproof.registry.flows.corrections import put_right
    from lineproof.registry.flows.log import LogWriter

    case = disowned(desk).until("restricted")
    with transaction.atomic(), LogWriter(desk.services, None, now=case.now) as log:
        assert put_right(case.row.line, [Cause.HOLDER_DISPUTE], log) == 1
    assert (case.state, case.row.told_ahead) == (("put_right", "active"), None)


def test_what_an_earlier_release_announced_goes_on_as_it_began(desk: "Desk"):
    """Suspended without a notice given ahead, its end is announced then, as before."""
    case = disowned(desk).until("restricted")
    row, ahead = case.row, case.row.told_ahead
    row.told_ahead = None
    row.save()
    ahead.delete()
    case.sign(RHEA, SOL)
    assert (case.row.step, case.row.notice.kind) == ("terminate", "termination")
    assert case.row.notice.given_at == case.now


def test_monitor_finds_nothing_wrong_with_an_end_that_was_told_ahead(desk: "Desk"):
    from lineproof.transparency.monitor import Monitor

    case = disowned(desk).until("restricted")
    case.sign(RHEA, SOL, at=case.row.due_at + timedelta(days=2))
    case.sign(RHEA, SOL)
    assert case.row.state == "terminated"
    watching = Monitor(at=case.now)
    for row in desk.rows("Entry"):
        watching.add(row.position, bytes(row.body))
    assert watching.finish().findings == ()


def test_database_refuses_an_end_told_ahead_of_anything_but_a_suspension(desk: "Desk"):
    from django.db import IntegrityError, transaction

    case = disowned(desk).announce()
    row = case.row
    row.told_ahead = row.notice
    with pytest.raises(IntegrityError, match="an_end_is_told_ahead"), transaction.atomic():
        row.save()
