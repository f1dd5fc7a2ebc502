"""A line that somebody else uses is corrected on its holder's word or a court's, and on nothing else."""

import json
import uuid
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from lineproof.errors import Conflict, Malformed, NotFound, NotPermitted
from lineproof.line.used_by_another import CourtReference, OrderOfCourt, WordOfHolder
from lineproof.terms import LineId, SessionId, StaffName
from tests.fakes.specimens import BO

if TYPE_CHECKING:
    from tests.flows.desk import Desk

ADA, RHEA, SOL = (StaffName(name) for name in ("ada", "rhea", "sol"))
ORDER = OrderOfCourt(CourtReference.parse("Crim. 12/2026"), ADA)


def report(desk: "Desk", line: LineId, source: WordOfHolder | OrderOfCourt) -> uuid.UUID:
    from lineproof.registry.flows.close_line_used_by_another import report_used_by_another
    from tests.flows.desk import NOW

    return report_used_by_another(desk.services, line, source=source, now=NOW)


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


def test_it_is_said_once_of_a_line_while_its_holder_holds_it(desk: "Desk"):
    line = a_line(desk)
    report(desk, line, WordOfHolder(desk.verified()))
    before = desk.everything()
    with pytest.raises(Conflict, match="said of that line before"):
        report(desk, line, ORDER)
    assert desk.everything() == before


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
