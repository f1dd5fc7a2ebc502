"""Inspect a random sample of what was done."""

import hashlib
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lineproof.decision.policy import parse_policy
from lineproof.errors import Conflict, Erased, Malformed, NotFound, NotPermitted, Unavailable
from lineproof.line.inspection import Judgement, OperatorAnswer
from lineproof.terms import StaffName
from lineproof.tiles.directory import TileFolder
from lineproof.transparency.entry import EntryKind, commit
from tests.fakes.specimens import ALICE, BO
from tests.flows.test_monitored import monitored

if TYPE_CHECKING:
    from tests.flows.desk import Desk

INES, RHEA, SOL, TOVE, ADA = (StaffName(name) for name in ("ines", "rhea", "sol", "tove", "ada"))
NONCE, OTHER = b"\x01" * 32, b"\x02" * 32
COMMITMENT = hashlib.sha256(NONCE).digest()
# Ten working days from Wednesday, 1 July.
ANSWER_DUE = datetime(2026, 7, 16, tzinfo=UTC)


@pytest.fixture
def enrolled(desk: "Desk", tmp_path: Path) -> "Desk":
    """A record whose log is published in a folder, and inspector Ines."""
    from lineproof.registry.flows.inspector_access import issue_inspector_token
    from tests.flows.desk import NOW

    content = dict(desk.services.policy.content)
    policy = parse_policy({**content, "caps": {"mobile": 20, "fixed": 20}})
    desk.services = replace(desk.services, tiles=TileFolder(tmp_path / "log"), policy=policy)
    issue_inspector_token(desk.services, INES, now=NOW)
    return desk


@pytest.fixture
def inspected(enrolled: "Desk") -> "Desk":
    """The same, with eleven lines, and what was done so far published."""
    from tests.flows.desk import a_mobile, an_access

    for number in range(10):
        enrolled.register(enrolled.present(ALICE), a_mobile(f"+99955500100{number}"))
    enrolled.register(enrolled.present(BO), an_access())
    publish(enrolled)
    return enrolled


def publish(desk: "Desk") -> None:
    from lineproof.registry.flows.log_origin import set_log_origin
    from lineproof.registry.flows.publish_log import publish_log

    set_log_origin()
    publish_log(desk.services)


@pytest.fixture
def open_(enrolled: "Desk") -> Callable[..., uuid.UUID]:
    """Opens an inspection of lines by Ines, with her commitment, unless told otherwise."""
    from lineproof.registry.flows.inspect import open_inspection
    from tests.flows.desk import NOW

    def open_(kind=EntryKind.LINE_REGISTERED, asked=5, commitment=COMMITMENT, by=INES):
        return open_inspection(enrolled.services, by, kind=kind, asked=asked, commitment=commitment, now=NOW)

    return open_


@pytest.fixture
def drawn(inspected: "Desk", open_) -> tuple[uuid.UUID, tuple[int, ...]]:
    """An inspection whose sample is drawn, and the entries of the sample."""
    from lineproof.registry.flows.inspect import draw_inspected
    from tests.flows.desk import NOW

    inspection = open_()
    publish(inspected)
    return inspection, draw_inspected(inspected.services, inspection, NONCE, now=NOW).positions


def hand_over(desk: "Desk", inspection: uuid.UUID, position: int, *reviewers: StaffName):
    """Have reviewers agree to disclose an entry, and give what the last one got."""
    from lineproof.registry.flows.inspect import disclose
    from tests.flows.desk import NOW

    return [disclose(desk.services, inspection, position, who, now=NOW) for who in reviewers][-1]


def report(desk: "Desk", inspection: uuid.UUID, **said: Judgement) -> None:
    from lineproof.registry.flows.inspect import report_inspection
    from tests.flows.desk import NOW

    judgements = {int(at.removeprefix("at")): judgement for at, judgement in said.items()}
    report_inspection(desk.services, inspection, judgements, now=NOW)


def test_sample_is_drawn_from_the_first_checkpoint_after_the_opening(inspected: "Desk", open_):
    from lineproof.registry.flows.inspect import draw_inspected
    from tests.flows.desk import NOW, a_mobile

    inspection = open_()
    size = inspected.count("Entry")
    publish(inspected)
    inspected.register(inspected.present(BO), a_mobile("+999555002001"))
    publish(inspected)
    sample = draw_inspected(inspected.services, inspection, NONCE, now=NOW)
    assert sample.checkpoint.size == size
    # One in ten of eleven, rounded up.
    assert len(sample.positions) == 2
    kinds = {row.position: bytes(row.body) for row in inspected.rows("Entry")}
    assert all(b'"kind":"line_registered"' in kinds[at] for at in sample.positions)


def test_sample_is_not_drawn_before_the_opening_is_published(inspected: "Desk", open_):
    from lineproof.registry.flows.inspect import draw_inspected
    from tests.flows.desk import NOW

    inspection = open_()
    before = inspected.everything()
    with pytest.raises(Conflict, match="not published yet"):
        draw_inspected(inspected.services, inspection, NONCE, now=NOW)
    assert inspected.everything() == before
    with pytest.raises(Unavailable):
        draw_inspected(replace(inspected.services, tiles=None), inspection, NONCE, now=NOW)


def test_other_nonce_than_the_one_committed_to_draws_nothing(inspected: "Desk", open_):
    from lineproof.registry.flows.inspect import draw_inspected
    from tests.flows.desk import NOW

    inspection = open_()
    publish(inspected)
    with pytest.raises(NotPermitted, match="not the nonce"):
        draw_inspected(inspected.services, inspection, OTHER, now=NOW)


def test_sample_is_drawn_once_and_a_commitment_used_once(inspected: "Desk", open_, drawn):
    from lineproof.registry.flows.inspect import draw_inspected
    from tests.flows.desk import NOW

    with pytest.raises(Conflict, match="drawn cannot be sample drawn"):
        draw_inspected(inspected.services, drawn[0], NONCE, now=NOW)
    with pytest.raises(Conflict, match="used before"):
        open_()


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"kind": EntryKind.STAFF_ENROLLED}, Malformed),
        ({"asked": 0}, Malformed),
        ({"asked": 61}, Malformed),
        ({"commitment": b"short"}, Malformed),
        ({"by": RHEA}, NotFound),
    ],
)
def test_inspection_that_cannot_be_is_not_opened(enrolled: "Desk", open_, wrong, error):
    before = enrolled.everything()
    with pytest.raises(error):
        open_(**wrong)
    assert enrolled.everything() == before


def test_two_people_disclose_and_what_they_hand_over_opens_the_entry(inspected: "Desk", drawn):
    inspection, (position, *_) = drawn
    assert hand_over(inspected, inspection, position, RHEA) is None
    handed = hand_over(inspected, inspection, position, SOL)
    entry = inspected.row("Entry", position=position)
    assert handed.entry == bytes(entry.body)
    assert commit(handed.record, salt=handed.salt).hex().encode() in handed.entry
    row = inspected.row("InspectedEntry", position=position)
    assert {row.first.name, row.second.name} == {"rhea", "sol"}


def test_one_person_twice_discloses_nothing(inspected: "Desk", drawn):
    inspection, (position, *_) = drawn
    hand_over(inspected, inspection, position, RHEA)
    with pytest.raises(NotPermitted, match="rhea has already"):
        hand_over(inspected, inspection, position, RHEA)
    assert inspected.row("InspectedEntry", position=position).disclosed_at is None


def test_database_refuses_one_person_as_two(inspected: "Desk", drawn):
    from django.db import IntegrityError

    inspection, (position, *_) = drawn
    hand_over(inspected, inspection, position, RHEA, SOL)
    row = inspected.row("InspectedEntry", position=position)
    row.second = row.first
    with pytest.raises(IntegrityError, match="two_people_disclose"):
        row.save()


def test_entry_that_was_not_drawn_is_not_disclosed(inspected: "Desk", drawn):
    inspection, positions = drawn
    other = next(row.position for row in inspected.rows("Entry") if row.position not in positions)
    with pytest.raises(NotFound, match="not in the sample"):
        hand_over(inspected, inspection, other, RHEA)


def test_agent_does_not_disclose(inspected: "Desk", drawn):
    with pytest.raises(NotFound, match="no reviewer named ada"):
        hand_over(inspected, drawn[0], drawn[1][0], ADA)


def test_what_was_erased_is_not_disclosed_and_cannot_be_told(inspected: "Desk", drawn):
    inspection, (position, other) = drawn
    inspected.row("EntryPlace", position=position).delete()
    hand_over(inspected, inspection, other, RHEA, SOL)
    hand_over(inspected, inspection, position, RHEA)
    with pytest.raises(Erased):
        hand_over(inspected, inspection, position, SOL)
    with pytest.raises(Malformed, match=f"entry {position} is about was not disclosed"):
        report(inspected, inspection, **{f"at{position}": Judgement.KEPT, f"at{other}": Judgement.KEPT})
    report(inspected, inspection, **{f"at{position}": Judgement.CANNOT_TELL, f"at{other}": Judgement.KEPT})


def test_every_entry_is_judged(inspected: "Desk", drawn):
    with pytest.raises(Malformed, match="Every entry drawn is judged"):
        report(inspected, drawn[0], **{f"at{drawn[1][0]}": Judgement.CANNOT_TELL})


def test_operator_answers_what_is_not_kept_by_the_deadline(inspected: "Desk", drawn):
    from lineproof.registry.flows.inspect import answer_inspection, close_inspection
    from tests.flows.desk import NOW

    inspection, (position, other) = drawn
    for each in drawn[1]:
        hand_over(inspected, inspection, each, RHEA, SOL)
    report(inspected, inspection, **{f"at{position}": Judgement.NOT_KEPT, f"at{other}": Judgement.KEPT})
    assert inspected.row("Inspection").due_at == ANSWER_DUE
    with pytest.raises(Conflict, match="reported cannot be closed"):
        close_inspection(inspected.services, inspection, now=NOW)
    with pytest.raises(Malformed, match=f"Answer: {position}"):
        answer_inspection(inspected.services, inspection, {}, TOVE, now=NOW)
    answers = {position: OperatorAnswer.PUT_RIGHT}
    answer_inspection(inspected.services, inspection, answers, TOVE, now=NOW)
    close_inspection(inspected.services, inspection, now=NOW)
    assert inspected.row("Inspection").state == "closed"
    assert monitored(inspected, at=NOW + timedelta(minutes=1)).findings == ()


def test_answer_that_is_late_is_found_by_the_monitor_and_taken_all_the_same(inspected: "Desk", drawn):
    from lineproof.registry.flows.inspect import answer_inspection

    inspection, (position, other) = drawn
    report(
        inspected, inspection, **{f"at{position}": Judgement.CANNOT_TELL, f"at{other}": Judgement.CANNOT_TELL}
    )
    second = timedelta(seconds=1)
    assert monitored(inspected, at=ANSWER_DUE).findings == ()
    assert {rule.value for rule in monitored(inspected, at=ANSWER_DUE + second).broken} == {"deadline_kept"}
    answer_inspection(inspected.services, inspection, {}, TOVE, now=ANSWER_DUE + second)
    assert inspected.row("Inspection").state == "answered"
