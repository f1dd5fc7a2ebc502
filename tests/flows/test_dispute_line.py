"""Say that a line in one's name is not one's own; have its user heard; take it back."""

import json
import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from lineproof.errors import Conflict, NotFound, NotPermitted
from lineproof.line.clock import deadline
from lineproof.line.dispute import DisputeKind, Statement, answer_term
from lineproof.line.state import LineState
from lineproof.terms import DisputeId, LineId, SessionId, StaffName
from tests.fakes.specimens import ALICE, BO

if TYPE_CHECKING:
    from lineproof.registry.flows.dispute_line import OpenedDispute
    from tests.flows.desk import Desk

ADA, BEA, RHEA, SOL, TOVE = (StaffName(name) for name in ("ada", "bea", "rhea", "sol", "tove"))
SECOND = timedelta(seconds=1)
NOT_MINE, NOT_NEEDED = DisputeKind.NOT_MINE, DisputeKind.NOT_NEEDED


def a_line(desk: "Desk") -> LineId:
    """Register Alice's line, attested by Ada, and enrol Bea, an agent who had no part in it."""
    line = desk.register().line
    assert line is not None
    desk.enrol_agent(BEA)
    return line


def opened(desk: "Desk", line: LineId, kind: DisputeKind = NOT_MINE, **at: Any) -> "OpenedDispute":
    """Have Alice, verified now, dispute a line."""
    from lineproof.registry.flows.dispute_line import open_dispute
    from tests.flows.desk import NOW

    now = at.get("now", NOW)
    return open_dispute(desk.services, line, kind, desk.verified(ALICE, now=now), now=now)


def hear(desk: "Desk", dispute: DisputeId, said: Statement = Statement.OTHER, **by: Any) -> None:
    """Have an agent, Bea unless told otherwise, note what the line's user said."""
    from lineproof.registry.flows.dispute_line import hear_user
    from tests.flows.desk import NOW

    hear_user(desk.services, dispute, said, by.get("agent", BEA), now=by.get("now", NOW))


def entries(desk: "Desk", since: int = 0) -> list[dict[str, Any]]:
    return [json.loads(bytes(row.body)) for row in desk.rows("Entry")[since:]]


def test_dispute_is_received_at_once_with_its_deadline_and_the_line_works_on(desk: "Desk"):
    from lineproof.registry.queries.disputes import holder_of, is_disputed
    from tests.flows.desk import NOW

    line, policy = a_line(desk), desk.services.policy
    assert not is_disputed(line)
    holder = desk.row("Holder").id
    since = desk.count("Entry")
    dispute = opened(desk, line)
    assert dispute.due_at == deadline(NOW, policy.clocks.dispute, policy.calendar)
    assert dispute.answer_by == deadline(NOW, answer_term(policy.clocks.dispute), policy.calendar)
    assert NOW < dispute.answer_by < dispute.due_at
    assert is_disputed(line)
    assert holder_of(dispute.id) == holder
    assert desk.row("Line").state == "active"
    assert [order.state for order in desk.rows("Order")] == ["on"]
    said = [(e["kind"], e["outcome"], e["stage"]) for e in entries(desk, since)[-3:]]
    assert said == [
        ("dispute_opened", "not_mine", "waits_for_people"),
        ("notice_given", "dispute_received", "waits_for_people"),
        ("notice_given", "line_disputed", "waits_for_people"),
    ]


def test_holder_is_told_on_their_page_and_the_user_through_the_line_alone(desk: "Desk"):
    from lineproof.registry.queries.holder import read_holder_page

    dispute = opened(desk, a_line(desk))
    received, disputed = (desk.row("Notice", kind=kind) for kind in ("dispute_received", "line_disputed"))
    assert (received.to_line_only, received.deadline) == (False, dispute.due_at)
    assert (disputed.to_line_only, disputed.deadline) == (True, dispute.answer_by)
    page = read_holder_page(desk.services.keys, desk.row("Holder").id)
    assert "A line is disputed" not in [notice.text.subject for notice in page.notices]
    assert "Your dispute was received" in [notice.text.subject for notice in page.notices]
    (shown,) = page.disputes
    assert (shown.kind, shown.state.value, shown.reasons) == (NOT_MINE, "open", ())


def test_dispute_has_a_receipt(desk: "Desk", tmp_path):
    from dataclasses import replace

    from lineproof.registry.flows.publish_log import publish_log
    from lineproof.registry.queries.receipts import read_receipt
    from lineproof.tiles.directory import TileFolder

    line = a_line(desk)
    dispute = opened(desk, line)
    desk.services = replace(desk.services, tiles=TileFolder(tmp_path / "log"))
    publish_log(desk.services)
    record = json.loads(read_receipt(desk.services, dispute.id).record)
    assert (record["line"], record["kind"]) == (str(line), "not_mine")


def test_stranger_cannot_dispute_a_line_nor_learn_whether_it_is_there(desk: "Desk"):
    from lineproof.registry.flows.dispute_line import open_dispute
    from tests.flows.desk import NOW

    line, session = a_line(desk), desk.verified(BO)
    before = desk.everything()
    told = []
    for asked in (line, LineId(uuid.uuid4())):
        with pytest.raises(NotPermitted, match="not in the name of who was verified") as error:
            open_dispute(desk.services, asked, NOT_MINE, session, now=NOW)
        told.append(str(error.value))
    assert told[0] == told[1]
    assert desk.everything() == before


def test_nobody_verified_disputes_nothing(desk: "Desk"):
    from lineproof.registry.flows.dispute_line import open_dispute
    from tests.flows.desk import NOW

    with pytest.raises(NotPermitted, match="Nobody was verified"):
        open_dispute(desk.services, a_line(desk), NOT_MINE, SessionId(uuid.uuid4()), now=NOW)


def test_line_that_was_the_holders_once_is_not_theirs_to_dispute(desk: "Desk"):
    from tests.flows.desk import NOW

    line = a_line(desk)
    desk.end_lines(desk.row("Holder").id, until=NOW + SECOND)
    with pytest.raises(NotPermitted, match="not in the name"):
        opened(desk, line, now=NOW + 2 * SECOND)


def test_line_has_one_open_dispute(desk: "Desk"):
    line = a_line(desk)
    opened(desk, line)
    for kind in DisputeKind:
        with pytest.raises(Conflict, match="disputed already"):
            opened(desk, line, kind)
    assert desk.count("Dispute") == 1


def test_database_takes_no_second_open_dispute(desk: "Desk"):
    from django.db import IntegrityError, transaction

    opened(desk, a_line(desk))
    row = desk.row("Dispute")
    row.pk = uuid.uuid4()
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)


@pytest.mark.parametrize("asked", ["transfer", "porting", "sim"])
def test_dispute_stops_what_is_under_way_and_nothing_of_it_begins_again(desk: "Desk", asked: str):
    from lineproof.registry.flows.transfer_line import offer_line
    from tests.flows.changes import ask_port_out, ask_sim
    from tests.flows.desk import NOW
    from tests.flows.test_monitored import monitored

    line = a_line(desk)
    begin = {
        "transfer": lambda: offer_line(desk.services, line, desk.verified(ALICE), now=NOW),
        "porting": lambda: ask_port_out(desk, line=line, now=NOW),
        "sim": lambda: ask_sim(desk, line=line, now=NOW),
    }
    begin[asked]()
    opened(desk, line)
    assert desk.row("Line").state == "active"
    ended = {"transfer": ("Transfer", "cancelled"), "porting": ("Porting", "stayed")}
    table, state = ended.get(asked, ("SimReplacement", "stopped"))
    assert desk.row(table).state == state
    for again in begin.values():
        with pytest.raises(Conflict):
            again()
    assert monitored(desk, at=NOW + timedelta(minutes=1)).findings == ()


def test_line_that_is_still_elsewhere_is_not_disputed_here(desk: "Desk"):
    line = a_line(desk)
    row = desk.row("Line")
    row.state = LineState.PORTING_IN.value
    row.save()
    with pytest.raises(Conflict, match="porting in cannot be disputed"):
        opened(desk, line)


@pytest.mark.parametrize("said", [Statement.USES_IT_WITH_LEAVE, Statement.SAYS_IT_IS_THEIRS, Statement.OTHER])
def test_user_is_heard_in_closed_words_as_often_as_they_speak(desk: "Desk", said: Statement):
    dispute = opened(desk, a_line(desk)).id
    hear(desk, dispute, said)
    assert desk.row("Dispute").state == "heard"
    hear(desk, dispute, Statement.OTHER)
    assert [row.statement for row in desk.rows("DisputeStatement")] == [said.value, "other"]
    heard = [entry for entry in entries(desk) if entry["kind"] == "user_heard"]
    assert [(entry["outcome"], len(entry["by"])) for entry in heard] == [("heard", 1)] * 2
    assert said.value not in json.dumps(entries(desk))


@pytest.mark.parametrize(("late", "taken"), [(-SECOND, False), (timedelta(), True)])
def test_user_is_called_silent_only_when_their_time_is_over(desk: "Desk", late: timedelta, taken: bool):
    dispute = opened(desk, a_line(desk))
    then = dispute.answer_by + late
    if taken:
        hear(desk, dispute.id, Statement.DID_NOT_ANSWER, now=then)
        assert entries(desk)[-1]["outcome"] == "did_not_answer"
    else:
        with pytest.raises(NotPermitted, match="to answer"):
            hear(desk, dispute.id, Statement.DID_NOT_ANSWER, now=then)
        assert desk.count("DisputeStatement") == 0


def test_agent_who_attested_the_registration_does_not_hear_its_user(desk: "Desk"):
    dispute = opened(desk, a_line(desk)).id
    with pytest.raises(NotPermitted, match="ada vouched"):
        hear(desk, dispute, agent=ADA)
    for nobody in (StaffName("nobody"), RHEA):
        with pytest.raises(NotFound, match="no agent"):
            hear(desk, dispute, agent=nobody)
    assert desk.row("Dispute").state == "open"


def test_unknown_dispute_is_not_found(desk: "Desk"):
    from lineproof.registry.flows.dispute_line import withdraw_dispute
    from lineproof.registry.queries.disputes import holder_of
    from tests.flows.desk import NOW

    unknown = DisputeId(uuid.uuid4())
    with pytest.raises(NotFound, match="no such dispute"):
        hear(desk, unknown)
    with pytest.raises(NotFound, match="no such dispute"):
        withdraw_dispute(desk.services, unknown, desk.verified(), now=NOW)
    with pytest.raises(NotFound, match="no such dispute"):
        holder_of(unknown)


@pytest.mark.parametrize("heard", [False, True])
def test_who_opened_it_takes_it_back_and_can_open_it_again(desk: "Desk", heard: bool):
    from lineproof.registry.flows.dispute_line import withdraw_dispute
    from lineproof.registry.queries.disputes import is_disputed
    from tests.flows.desk import NOW

    line = a_line(desk)
    dispute = opened(desk, line).id
    if heard:
        hear(desk, dispute)
    withdraw_dispute(desk.services, dispute, desk.verified(), now=NOW)
    assert (desk.row("Dispute").state, desk.row("Line").state) == ("withdrawn", "active")
    assert not is_disputed(line)
    assert (entries(desk)[-1]["kind"], entries(desk)[-1]["stage"]) == ("dispute_withdrawn", "ended")
    with pytest.raises(Conflict, match="is withdrawn cannot be withdrawn"):
        withdraw_dispute(desk.services, dispute, desk.verified(), now=NOW)
    with pytest.raises(Conflict, match="is withdrawn cannot be heard"):
        hear(desk, dispute)
    assert opened(desk, line).id != dispute


def test_nobody_else_takes_it_back(desk: "Desk"):
    from lineproof.registry.flows.dispute_line import withdraw_dispute
    from tests.flows.desk import NOW

    dispute = opened(desk, a_line(desk)).id
    with pytest.raises(NotPermitted, match="not of who was verified"):
        withdraw_dispute(desk.services, dispute, desk.verified(BO), now=NOW)
    assert desk.row("Dispute").state == "open"


@pytest.mark.parametrize(("late", "listed"), [(-SECOND, 0), (timedelta(), 1)])
def test_office_that_is_late_is_listed_and_the_line_stays_on(desk: "Desk", late: timedelta, listed: int):
    from lineproof.registry.queries.disputes import read_disputes, read_overdue_disputes

    dispute = opened(desk, a_line(desk))
    assert len(read_overdue_disputes(dispute.due_at + late)) == listed
    (row,) = read_disputes()
    assert (row.id, row.state.value, row.opinions, row.statements) == (dispute.id, "open", 0, ())
    assert desk.row("Line").state == "active"


def test_nothing_is_erased_while_an_appeal_against_a_dispute_is_open(desk: "Desk"):
    from lineproof.registry.models import Appeal
    from tests.flows.desk import NOW

    dispute = opened(desk, a_line(desk)).id
    appeal = {"kind": "dispute", "about": dispute, "state": "open", "subject": bytes(16)}
    Appeal.objects.create(**appeal, opened_at=NOW, due_at=NOW)
    holder = desk.row("Holder").id
    desk.end_lines(holder, until=NOW + SECOND)
    late = NOW + timedelta(days=desk.services.policy.retention.identity.days + 1)
    desk.erase(holder, now=late)
    assert desk.row("Holder").sealed_identity is not None
    assert bytes(desk.row("Dispute").subject) != b""
    Appeal.objects.update(state="withdrawn", decided_at=NOW)
    desk.erase(holder, now=late)
    assert desk.row("Holder").sealed_identity is None
    assert bytes(desk.row("Dispute").subject) == b""


def test_holder_who_is_erased_leaves_no_way_from_a_dispute_into_the_log(desk: "Desk"):
    from lineproof.registry.flows.dispute_line import withdraw_dispute
    from tests.flows.desk import NOW

    dispute = opened(desk, a_line(desk)).id
    withdraw_dispute(desk.services, dispute, desk.verified(), now=NOW)
    holder = desk.row("Holder").id
    desk.end_lines(holder, until=NOW + SECOND)
    desk.erase(holder, now=NOW + timedelta(days=desk.services.policy.retention.identity.days + 1))
    assert bytes(desk.row("Dispute").subject) == b""
    assert desk.count("EntryPlace", about=dispute) == 0
