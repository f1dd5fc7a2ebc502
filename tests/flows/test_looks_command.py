"""`lineproof agents looks` on the record of the desk."""

import json
from typing import TYPE_CHECKING

from lineproof.cli.looks import REASONS, RESULTS
from lineproof.cli.staff import agents
from lineproof.errors import LineproofError, NotPermitted
from lineproof.line.second_look import LookResult, WrongReason
from tests.fakes.specimens import BO
from tests.flows.test_disputes_command import SPECIMEN, invoked, said
from tests.flows.test_second_look import a_second_mobile, looking_at

if TYPE_CHECKING:
    from tests.flows.desk import Desk


def test_words_of_the_command_are_those_of_the_rules():
    assert [result.value for result in LookResult] == RESULTS
    assert [reason.value for reason in WrongReason] == REASONS


def test_looks_are_listed_shown_and_done_from_the_command_line(desk: "Desk"):
    assert "No look waits." in said("looks", "list", group=agents)
    looking_at(desk, 1.0).register()
    desk.register(desk.present(BO), a_second_mobile())
    rows = json.loads(said("looks", "list", "--json", group=agents))
    assert [set(row) for row in rows] == [
        {"look", "line", "agent", "procedure", "state", "drawn_at", "due_at"}
    ] * 2
    numbers = {said("looks", "show", row["look"], "--as", "rhea", group=agents).strip() for row in rows}
    assert numbers == {"+999555001001", "+999555002000"}
    first, second = (row["look"] for row in rows)
    assert "attested by ada  open" in said("looks", "list", group=agents)
    done = ("looks", "done")
    kept = said(*done, first, "--as", "rhea", "--result", "confirmed", *SPECIMEN, group=agents)
    assert kept == "Recorded. The line stays as it is.\n"
    wrong = ("--result", "wrong", "--reason", "not_asked_for")
    found = said(*done, second, "--as", "sol", *wrong, *SPECIMEN, group=agents)
    assert f"Entered: correction {desk.row('Correction').id}." in found
    assert "No look waits." in said("looks", "list", group=agents)
    assert len(json.loads(said("looks", "list", "--all", "--json", group=agents))) == 2
    assert "second looks 2  confirmed 1  wrong 1  (9.5% to 90.5%)" in said("statistics", group=agents)
    (ada,) = json.loads(said("statistics", "--json", group=agents))
    assert (ada["looks"]["drawn"], ada["looks"]["wrong"]) == (2, 1)


def test_who_may_not_look_is_refused_and_both_lists_at_once_are_no_use(desk: "Desk"):
    looking_at(desk, 1.0).register()
    look = str(desk.row("SecondLook").id)
    ran = invoked("looks", "done", look, "--as", "ada", "--result", "confirmed", *SPECIMEN, group=agents)
    assert isinstance(ran.exception, NotPermitted)
    assert isinstance(invoked("looks", "show", look, "--as", "ada", group=agents).exception, LineproofError)
    assert invoked("looks", "list", "--all", "--overdue", group=agents).exit_code == 2
    assert look in said("looks", "list", "--overdue", group=agents)
