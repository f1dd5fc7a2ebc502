"""`lineproof disputes` and what `lineproof agents` says, on the record of the desk."""

import json
import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click
import pytest
from click.testing import CliRunner, Result

from lineproof.cli.disputes import CHOICES, KINDS, STATEMENTS, disputes
from lineproof.cli.staff import agents
from lineproof.errors import LineproofError, TooMany
from lineproof.line.dispute import DisputeChoice, DisputeKind, Statement
from lineproof.terms import SessionId
from lineproof.wiring import RECORD_VARIABLE

if TYPE_CHECKING:
    from tests.flows.desk import Desk

NUMBER = "+999555001001"
SPECIMEN = ("--policy", "specimen")


def invoked(*arguments: str, group: click.Group = disputes) -> Result:
    return CliRunner().invoke(group, [*arguments, "--record", os.environ[RECORD_VARIABLE]])


def said(*arguments: str, group: click.Group = disputes) -> str:
    """Run a command on the record that is open, and give what it prints."""
    ran = invoked(*arguments, group=group)
    assert ran.exit_code == 0, ran.output
    return ran.output


def verified(desk: "Desk") -> SessionId:
    return desk.verified(now=datetime.now(UTC))


def test_words_of_the_command_are_those_of_the_rules():
    assert [kind.value for kind in DisputeKind] == KINDS
    assert [statement.value for statement in Statement] == STATEMENTS
    assert [choice.value for choice in DisputeChoice] == CHOICES


def test_line_is_disputed_heard_and_decided_from_the_command_line(desk: "Desk"):
    from lineproof.terms import StaffName

    desk.register()
    desk.enrol_agent(StaffName("bea"))
    assert "No dispute waits." in said("list")
    session = str(verified(desk))
    opening = ("open", NUMBER, "--kind", "not_mine", "--session", session, *SPECIMEN, "--json")
    opened = json.loads(said(*opening))
    dispute = opened["dispute"]
    assert set(opened) == {"dispute", "answer_by", "due_at"}
    assert "not heard; has until" in said("list")
    assert "Noted." in said("hear", dispute, "--as", "bea", "--said", "uses_it_with_leave")
    (row,) = json.loads(said("list", "--json"))
    assert (row["dispute"], row["state"], row["statements"]) == (dispute, "heard", ["uses_it_with_leave"])
    think = ("opinion", dispute, "--choice", "upheld", "--reason", "document_was_misused", *SPECIMEN, "--as")
    assert "A second reviewer's opinion is wanted" in said(*think, "rhea")
    decided = said(*think, "sol")
    assert "Decided: upheld by 2 people." in decided
    assert "by somebody else" in decided
    assert "No dispute waits." in said("list")
    assert json.loads(said("list", "--all", "--json"))[0]["state"] == "upheld"
    (ada, bea) = json.loads(said("statistics", "--json", group=agents))
    assert (ada["name"], ada["lines"], ada["upheld"], bea["lines"]) == ("ada", 1, 1, 0)
    assert "disputes upheld 1  (20.7% to 100.0%)" in said("statistics", group=agents)


def test_dispute_is_received_in_sentences_and_taken_back(desk: "Desk"):
    desk.register()
    opening = ("open", NUMBER, "--kind", "not_needed", *SPECIMEN, "--session")
    received = said(*opening, str(verified(desk)))
    dispute = str(desk.row("Dispute").id)
    assert f"Received: dispute {dispute}." in received
    assert "The line works as before." in received
    assert f"lineproof log receipt {dispute}" in received
    assert "Taken back." in said("withdraw", dispute, "--session", str(verified(desk)))
    assert said("list", "--overdue") == "No dispute waits.\n"


def test_line_used_by_another_is_said_by_its_holder_or_a_court(desk: "Desk"):
    desk.register()
    report = ("used-by-another", NUMBER, *SPECIMEN)
    assert invoked(*report).exit_code == 2
    assert invoked(*report, "--court", "1/26").exit_code == 2
    session = str(verified(desk))
    assert invoked(*report, "--session", session, "--court", "1/26", "--seen-by", "ada").exit_code == 2
    assert "The line works as before." in said(*report, "--court", "1/26", "--seen-by", "ada")
    assert desk.row("CourtOrder").seen_by.name == "ada"
    refused = invoked(*report, "--session", session).exception
    assert isinstance(refused, LineproofError)
    assert "said of that line before" in str(refused)


@pytest.mark.parametrize(
    "arguments",
    [
        ("open", NUMBER, "--kind", "mine", "--session", "0" * 32),
        ("open", NUMBER, "--kind", "not_mine", "--session", "x"),
        ("list", "--all", "--overdue"),
        ("hear", "0" * 32, "--as", "ada", "--said", "free words"),
        ("opinion", "0" * 32, "--as", "rhea", "--choice", "upheld", "--reason", "because"),
    ],
)
def test_words_that_are_not_known_are_a_usage_error(desk: "Desk", arguments: tuple[str, ...]):
    assert invoked(*arguments).exit_code == 2
    assert desk.count("Dispute") == 0


def test_agent_is_limited_and_let_go_on_from_the_command_line(desk: "Desk"):
    assert "may give 0 attestations" in said("limit", "ada", "--per-day", "0", group=agents)
    assert "limit 0 in 24 hours" in said("statistics", group=agents)
    with pytest.raises(TooMany):
        desk.register()
    assert "without a limit" in said("limit", "ada", "--none", group=agents)
    assert desk.register().line is not None
    for wrong in ((), ("--none", "--per-day", "1"), ("--per-day", "many")):
        assert invoked("limit", "ada", *wrong, group=agents).exit_code == 2
