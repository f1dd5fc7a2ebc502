"""A line that somebody else uses is corrected on its holder's word or a court's, and on nothing else."""

import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from lineproof.errors import Conflict, Malformed, NotFound, NotPermitted
from lineproof.line.used_by_another import CourtReference, OrderOfCourt, WordOfHolder
from lineproof.terms import LineId, SessionId, StaffName
from tests.fakes.specimens import BO
from tests.flows.corrected import Corrected

if TYPE_CHECKING:
    from tests.flows.desk import Desk

ADA, BEA, RHEA = (StaffName(name) for name in ("ada", "bea", "rhea"))
ORDER = OrderOfCourt(CourtReference.parse("Crim. 12/2026"), ADA)


def report(
    desk: "Desk", line: LineId, source: WordOfHolder | OrderOfCourt, *, now: datetime | None = None
) -> uuid.UUID:
    from lineproof.registry.flows.close_line_used_by_another import report_used_by_another
    from tests.flows.desk import NOW

    return report_used_by_another(desk.services, line, source=source, now=now or NOW)


def said_and_withdrawn(desk: "Desk", source: OrderOfCourt | None = None) -> LineId:
    """Have it said of Alice's line, by her unless told otherwise, and withdrawn at once."""
    from lineproof.registry.flows.correct_lines import withdraw
    from tests.flows.desk import NOW

    line = a_line(desk)
    correction = report(desk, line, source or WordOfHolder(desk.verified()))
    withdraw(desk.services, correction, RHEA, now=NOW)
    return line


def a_line(desk: "Desk") -> LineId:
    line = desk.register().line
    assert line is not None
    return line


def test_on_the_holders_word_a_correction_begins_and_the_line_works_on(desk: "Desk"):
    line = a_line(desk)
    correction = desk.row("Correction", id=report(desk, line, WordOfHolder(desk.verified())))
    assert (correction.cause, correction.state, correction.line_id) == ("used_by_another", "found", line)
    assert desk.row("Line").state == "active"
    assert desk.count("CourtOrder") == 0
    said = [json.loads(bytes(row.body)) for row in desk.rows("Entry")][-2:]
    assert [(entry["kind"], entry["outcome"], entry["by"]) for entry in said] == [
        ("used_by_another_reported", "holder", []),
        ("correction_found", "used_by_another", []),
    ]
    assert said[0]["subject"] != said[1]["subject"]


def test_on_a_courts_word_who_has_read_it_is_named_and_its_reference_is_sealed(desk: "Desk"):
    from lineproof.registry.models.choices import Retention
    from lineproof.registry.personal import unseal

    correction = desk.row("Correction", id=report(desk, a_line(desk), ORDER))
    order = desk.row("CourtOrder")
    assert (order.correction_id, order.seen_by.name) == (correction.id, "ada")
    opened = unseal(
        desk.services.keys,
        bytes(order.sealed_reference),
        subject=correction.holder_id,
        retention=Retention.IDENTITY,
        place="courtorder.sealed_reference",
    )
    assert opened == {"reference": "Crim. 12/2026"}
    assert b"12/2026" not in desk.raw_files()
    said = [json.loads(bytes(row.body)) for row in desk.rows("Entry")][-2]
    assert (said["outcome"], len(said["by"])) == ("court", 1)


def test_it_is_not_said_again_while_it_is_being_corrected(desk: "Desk"):
    line = a_line(desk)
    report(desk, line, WordOfHolder(desk.verified()))
    again = WordOfHolder(desk.verified())
    before = desk.everything()
    for source in (ORDER, again):
        with pytest.raises(Conflict, match="said of that line before, and is being corrected"):
            report(desk, line, source)
    assert desk.everything() == before


@pytest.mark.parametrize("first", [None, ORDER])
def test_another_order_of_a_court_begins_it_again_once_it_has_ended(desk: "Desk", first: OrderOfCourt | None):
    line = said_and_withdrawn(desk, first)
    desk.enrol_agent(BEA)
    another = OrderOfCourt(CourtReference.parse("Crim. 13/2026"), BEA)
    correction = desk.row("Correction", id=report(desk, line, another))
    assert (correction.cause, correction.state) == ("used_by_another", "found")
    assert sorted(row.state for row in desk.rows("Correction")) == ["found", "withdrawn"]


def test_who_entered_one_order_enters_no_other_about_the_line(desk: "Desk"):
    """Else an agent who makes orders up begins it anew as often as it takes."""
    line = said_and_withdrawn(desk, ORDER)
    another = OrderOfCourt(CourtReference.parse("Crim. 13/2026"), ADA)
    before = desk.everything()
    with pytest.raises(NotPermitted, match="ada has read an earlier order"):
        report(desk, line, another)
    assert desk.everything() == before


@pytest.mark.parametrize("text", ["Crim. 12/2026", " crim.  12/2026"])
def test_same_order_never_begins_it_again(desk: "Desk", text: str):
    from tests.flows.desk import NOW

    line = said_and_withdrawn(desk, ORDER)
    same, before = OrderOfCourt(CourtReference.parse(text), ADA), desk.everything()
    with pytest.raises(Conflict, match="By that order it was said of that line before"):
        report(desk, line, same, now=NOW + timedelta(days=999))
    assert desk.everything() == before


@pytest.mark.parametrize("first", [None, ORDER])
@pytest.mark.parametrize("early", [timedelta(seconds=1), timedelta()])
def test_holder_says_it_again_only_when_the_end_of_the_former_cannot_be_appealed_any_more(
    desk: "Desk", first: OrderOfCourt | None, early: timedelta
):
    """It ended on 1 July; seven days from then are over with the eighth."""
    line = said_and_withdrawn(desk, first)
    now = datetime(2026, 7, 9, tzinfo=UTC) - early
    again = WordOfHolder(desk.verified(now=now))
    if not early:
        assert report(desk, line, again, now=now)
        return
    before = desk.everything()
    with pytest.raises(Conflict, match="can be said again from 2026-07-09 00:00 UTC"):
        report(desk, line, again, now=now)
    assert desk.everything() == before


def test_line_that_was_ended_by_it_and_taken_back_can_be_said_of_again(desk: "Desk"):
    from lineproof.registry.flows.surrender_line import take_back

    line = a_line(desk)
    case = Corrected(desk, report(desk, line, ORDER), desk.row("Correction").found_at).until("terminated")
    take_back(desk.services, line, desk.verified(now=case.now), now=case.now + timedelta(seconds=1))
    with pytest.raises(Conflict, match="By that order"):
        report(desk, line, ORDER, now=case.now + timedelta(days=1))
    soon = case.now + timedelta(days=1)
    session = desk.verified(now=soon)
    with pytest.raises(Conflict, match="can be said again from"):
        report(desk, line, WordOfHolder(session), now=soon)
    later = case.now + timedelta(days=9)
    assert report(desk, line, WordOfHolder(desk.verified(now=later)), now=later)


def test_nobody_says_it_of_anothers_line(desk: "Desk"):
    line = a_line(desk)
    for session, said in ((desk.verified(BO), "not in the name"), (SessionId(uuid.uuid4()), "Nobody was")):
        with pytest.raises(NotPermitted, match=said):
            report(desk, line, WordOfHolder(session))
    assert desk.count("Correction") == 0


def test_courts_order_needs_a_line_that_is_held_and_an_agent_who_is_enrolled(desk: "Desk"):
    line = a_line(desk)
    with pytest.raises(NotFound, match="Nobody holds"):
        report(desk, LineId(uuid.uuid4()), ORDER)
    for nobody in (StaffName("nobody"), RHEA):
        with pytest.raises(NotFound, match="no agent"):
            report(desk, line, OrderOfCourt(ORDER.reference, nobody))
    assert desk.count("Correction") == desk.count("CourtOrder") == 0


@pytest.mark.parametrize("text", ["", " ", "1", "x" * 65, "a\nb\x00", "Ötzi 1", "1;2", "<b>", "/1"])
def test_what_is_no_reference_is_refused(text: str):
    with pytest.raises(Malformed, match="not the reference"):
        CourtReference.parse(text)


@pytest.mark.parametrize(
    ("text", "read"), [("  2  K 17/26 ", "2 K 17/26"), ("x" * 64, "x" * 64), ("a:b-c.d", "a:b-c.d")]
)
def test_reference_is_read_as_the_court_writes_it(text: str, read: str):
    assert CourtReference.parse(text).text == read


def test_reference_goes_with_the_holders_identity(desk: "Desk"):
    from tests.flows.desk import NOW

    report(desk, a_line(desk), ORDER)
    holder = desk.row("Holder").id
    desk.end_lines(holder, until=NOW + timedelta(seconds=1))
    desk.erase(holder, now=NOW + timedelta(days=desk.services.policy.retention.identity.days + 1))
    assert desk.count("CourtOrder") == 0
