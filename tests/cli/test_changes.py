"""`lineproof holders`, `sim` and `port`: what they ask for, print and refuse."""

import json
import os
import re
import shutil
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from lineproof import wiring
from lineproof.cli.main import lineproof as command
from lineproof.errors import Conflict, LineproofError, Malformed, NotFound, NotPermitted
from tests.cli.conftest import Command
from tests.fakes.specimens import ALICE, MALLORY
from tests.flows.changes import a_card, ask_port_out, ask_sim
from tests.flows.conftest import desk

if TYPE_CHECKING:
    from tests.flows.desk import Desk

__all__ = ["desk"]
NUMBER = "+999555001001"
CARD = a_card().text
Run = Callable[..., Result]


@pytest.fixture
def run(desk: "Desk") -> Run:
    """Runs the command in this process, on a record with Alice's line."""
    desk.register()

    def invoke(*words: object) -> Result:
        place = ["--record", os.environ[wiring.RECORD_VARIABLE], "--policy", "specimen"]
        return CliRunner().invoke(command, [*map(str, words), *place])

    return invoke


def session_of(desk: "Desk", *, of=ALICE) -> uuid.UUID:
    return desk.verified(of, now=datetime.now(UTC))


def refused(result: Result, kind: type[LineproofError], *words: str) -> None:
    """Require that the command ended with an error of a kind, which the top of the process prints."""
    assert isinstance(result.exception, kind), result
    assert all(word in str(result.exception) for word in words), result.exception


class TestSim:
    def test_it_is_asked_for_and_stopped(self, desk: "Desk", run: Run):
        session = session_of(desk)
        asked = run("sim", "replace", NUMBER, "--sim", CARD, "--session", session)
        assert asked.exit_code == 0, asked
        due_at = desk.row("SimReplacement").due_at
        assert f"switched on at {due_at:%Y-%m-%d %H:%M} UTC" in asked.output
        stopped = run("sim", "stop", NUMBER, "--session", session)
        assert "stays on its card" in stopped.output
        refused(run("sim", "stop", NUMBER, "--session", session), NotFound, "No other SIM is asked for")

    def test_object_has_the_time(self, desk: "Desk", run: Run):
        asked = run("sim", "replace", NUMBER, "--sim", CARD, "--session", session_of(desk), "--json")
        row = desk.row("SimReplacement")
        assert json.loads(asked.output) == {"replacement": str(row.id), "due_at": row.due_at.isoformat()}

    def test_what_is_due_is_switched_and_counted(self, desk: "Desk", run: Run):
        ask_sim(desk, now=datetime.now(UTC) - timedelta(hours=5))
        assert "switched on: 1." in run("sim", "due").output
        assert json.loads(run("sim", "due", "--json").output) == {"switched": 0}

    def test_another_person_a_number_of_nobody_and_no_card_are_refused(self, desk: "Desk", run: Run):
        other = session_of(desk, of=MALLORY)
        refused(run("sim", "replace", NUMBER, "--sim", CARD, "--session", other), NotPermitted, "dispute it")
        elsewhere = ["sim", "replace", "+999555009009", "--sim", CARD, "--session", other]
        refused(run(*elsewhere), NotFound, "not registered here")
        refused(run("sim", "replace", NUMBER, "--sim", "89", "--session", other), Malformed, "SIM card")
        assert run("sim", "replace", NUMBER, "--sim", CARD).exit_code == 2
        assert run("sim", "replace", NUMBER, "--sim", CARD, "--session", "me").exit_code == 2


class TestPort:
    def test_number_is_asked_for_and_stopped(self, desk: "Desk", run: Run):
        session = session_of(desk)
        asked = run("port", "out", NUMBER, "--to", "Utopia Mobile", "--session", session)
        assert asked.exit_code == 0, asked
        row = desk.row("Porting")
        assert f"Until {row.due_at:%Y-%m-%d %H:%M} UTC" in asked.output
        assert f"before {row.closes_at:%Y-%m-%d %H:%M} UTC, Utopia Mobile can take it" in asked.output
        refused(run("port", "confirm", NUMBER), Conflict, "its holder can object until then")
        refused(run("port", "refuse", NUMBER), Conflict, "is to go to another operator")
        assert "The number stays" in run("port", "stop", NUMBER, "--session", session).output
        refused(run("port", "stop", NUMBER, "--session", session), NotFound, "not on its way")

    def test_object_has_the_times(self, desk: "Desk", run: Run):
        asked = run("port", "out", NUMBER, "--to", "AT&T", "--session", session_of(desk), "--json")
        row = desk.row("Porting")
        times = {"due_at": row.due_at.isoformat(), "closes_at": row.closes_at.isoformat()}
        assert json.loads(asked.output) == {"porting": str(row.id), **times}

    def test_other_operator_takes_it(self, desk: "Desk", run: Run):
        ask_port_out(desk, now=datetime.now(UTC) - timedelta(days=8))
        row = desk.row("Porting")
        now = datetime.now(UTC)
        type(row).objects.update(due_at=now - timedelta(hours=1), closes_at=now + timedelta(hours=1))
        assert "went to Utopia Mobile" in run("port", "confirm", NUMBER).output
        refused(run("port", "confirm", NUMBER), NotFound, "not registered here")

    def test_what_is_not_taken_in_time_stays_and_is_counted(self, desk: "Desk", run: Run):
        ask_port_out(desk, now=datetime.now(UTC) - timedelta(days=30))
        assert "stay: 1." in run("port", "due").output
        assert json.loads(run("port", "due", "--json").output) == {"kept": 0, "told_late": 0}

    @pytest.mark.parametrize(
        ("word", "says"), [("confirm", "came from Utopia Mobile"), ("refuse", "did not let the number go")]
    )
    def test_number_that_comes(self, desk: "Desk", run: Run, word: str, says: str):
        from lineproof.registry.flows.port_in import ask_port_in
        from tests.flows.changes import UTOPIA
        from tests.flows.desk import NOW, a_mobile

        coming = a_mobile("+999555001002")
        ask_port_in(desk.services, coming, UTOPIA, desk.present(), now=NOW)
        assert says in run("port", word, coming.name).output

    def test_name_that_is_none_is_refused(self, desk: "Desk", run: Run):
        session = session_of(desk)
        refused(run("port", "out", NUMBER, "--to", "<b>", "--session", session), Malformed, "an operator")


@pytest.mark.long
def test_from_a_verification_to_another_sim_and_a_number_that_comes(
    lineproof: Command, given, record_with_ada: Path, tmp_path: Path
):
    """With a booth, each step a process of its own."""
    record = shutil.copytree(record_with_ada, tmp_path / "record")
    on, by, policy = ["--record", record], ["--attended-by", "ada"], ["--policy", "specimen"]
    registered = lineproof("register", *given(), *by, *on, "--mobile", NUMBER, "--sim", a_card(7).text)
    assert registered.code == 0, registered
    verified = lineproof("holders", "verify", *given(), *by, *on)
    found = re.search(r"(?m)^Session (\S+): holds for 24 hours\.$", verified.out)
    assert found is not None, verified
    session = found[1]
    asked = lineproof("sim", "replace", NUMBER, "--sim", CARD, "--session", session, *policy, *on, "--json")
    assert datetime.fromisoformat(asked.json["due_at"]) > datetime.now(UTC) + timedelta(hours=3)
    assert lineproof("sim", "due", *policy, *on, "--json").json == {"switched": 0}
    leaving = lineproof("port", "out", NUMBER, "--to", "Utopia Mobile", "--session", session, *policy, *on)
    leaving.refuses("Another SIM is asked for")
    nobody = lineproof("sim", "stop", NUMBER, "--session", uuid.UUID(int=1), *policy, *on)
    nobody.refuses("Nobody was verified in this session")
    coming = ["port", "in", "+999555001002", "--sim", a_card(2).text, "--from", "Utopia Mobile"]
    assert "when Utopia Mobile lets it go" in lineproof(*coming, *given(), *by, *on).out
    assert "did not let" in lineproof("port", "refuse", "+999555001002", *policy, *on).out
    unattended = lineproof("holders", "verify", *given(), *on, "--json")
    assert (unattended.code, unattended.json["session"]) == (4, None)
    assert unattended.json["case"]
    said = lineproof("holders", "verify", *given(), *on)
    assert said.code == 4
    assert "kept sealed for them until they have decided, at most until" in said.out
