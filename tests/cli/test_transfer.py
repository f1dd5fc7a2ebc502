"""`lineproof transfer` and `lineproof lines`, in this process, on the clock of the machine."""

import json
import os
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from lineproof.cli.main import lineproof as command
from lineproof.errors import LineproofError
from lineproof.ports import Services
from lineproof.terms import SessionId
from tests.fakes.specimens import ALICE, BO, Passport

if TYPE_CHECKING:
    from tests.flows.desk import Desk

NUMBER = "+999555001001"


class Counter:
    """Alice with a line, since two hours before now; the command, on her record."""

    def __init__(self, desk: "Desk", folder: Path) -> None:
        from lineproof.registry.flows.register_line import register_line
        from tests.flows.desk import a_mobile

        self.desk, self.folder = desk, folder
        began = datetime.now(UTC) - timedelta(hours=2)
        assert register_line(desk.services, a_mobile(), desk.present(ALICE), now=began).line

    def verified(self, passport: Passport) -> SessionId:
        return self.desk.verified(passport, now=datetime.now(UTC))

    def run(self, *arguments: object) -> str:
        """Run the command with the specimen's rules, and give what it printed."""
        where = ["--record", str(self.folder), "--policy", "specimen"]
        done = CliRunner().invoke(command, [*map(str, arguments), *where], standalone_mode=False)
        if done.exception is not None:
            raise done.exception
        return done.output

    def json(self, *arguments: object) -> dict[str, Any]:
        shown: dict[str, Any] = json.loads(self.run(*arguments, "--json"))
        return shown

    def moved(self, table: str, **columns: datetime) -> None:
        """Move what is on record in time, since nobody waits for a day here."""
        from django.apps import apps

        apps.get_model("registry", table).objects.update(**columns)


@pytest.fixture
def counter(services: Services, tmp_path: Path) -> Counter:
    from lineproof.wiring import RECORD_VARIABLE
    from tests.flows.desk import Desk

    return Counter(Desk.opened(services, tmp_path), Path(os.environ[RECORD_VARIABLE]))


def test_line_is_offered_accepted_and_handed_over(counter: Counter):
    said = counter.run("transfer", "offer", NUMBER, "--session", counter.verified(ALICE))
    assert "shown this once" in said
    (code,) = (line.strip() for line in said.splitlines() if line.startswith("  "))
    session = counter.verified(BO)
    said = counter.run("transfer", "accept", code, "--session", session, "--terms", "1")
    assert "Until then either can take it back" in said
    assert counter.json("transfer", "due") == {"completed": 0, "expired": 0}
    counter.moved("Transfer", complete_at=datetime.now(UTC))
    assert "changed hands: 1." in counter.run("transfer", "due")
    assert [row.until is None for row in counter.desk.rows("Custody")] == [False, True]


@pytest.mark.parametrize(("who", "outcome"), [(ALICE, "by_giver"), (BO, "by_receiver")])
def test_either_takes_it_back(counter: Counter, who: Passport, outcome: str):
    offered = counter.json("transfer", "offer", NUMBER, "--session", counter.verified(ALICE))
    assert set(offered) == {"transfer", "code", "accept_by"}
    session = counter.verified(BO)
    accepted = counter.json("transfer", "accept", offered["code"], "--session", session, "--terms", "1")
    assert set(accepted) == {"transfer", "line", "complete_at"}
    session = counter.verified(who)
    ended = counter.json("transfer", "cancel", accepted["transfer"], "--session", session)
    assert ended == {"transfer": accepted["transfer"], "outcome": outcome}


def test_holder_says_that_they_did_not_offer_it(counter: Counter):
    offered = counter.json("transfer", "offer", NUMBER, "--session", counter.verified(ALICE))
    session = counter.verified(ALICE)
    said = counter.run("transfer", "cancel", offered["transfer"], "--session", session, "--not-me")
    assert "by who holds the line, and says that they did not offer it." in said
    shown = CliRunner().invoke(command, ["agents", "statistics", "--record", str(counter.folder)])
    assert "offers denied 1" in shown.output


def test_each_party_finds_the_transfer_again_and_nothing_of_the_other(counter: Counter):
    alices, bos = counter.verified(ALICE), counter.verified(BO)
    assert counter.run("transfer", "list", "--session", alices) == "They have no open transfer.\n"
    offered = counter.json("transfer", "offer", NUMBER, "--session", alices)
    assert "offered  as giver  until " in counter.run("transfer", "list", "--session", alices)
    assert counter.json("transfer", "list", "--session", bos) == {"transfers": []}
    accepted = counter.json("transfer", "accept", offered["code"], "--session", bos, "--terms", "1")
    for session, role in ((alices, "giver"), (bos, "receiver")):
        said = counter.run("transfer", "list", "--session", session, "--json")
        shown = {"transfer": offered["transfer"], "line": accepted["line"], "state": "accepted"}
        assert json.loads(said) == {
            "transfers": [{**shown, "as": role, "until": accepted["complete_at"]}],
        }
    counter.run("transfer", "cancel", offered["transfer"], "--session", bos)
    assert counter.json("transfer", "list", "--session", alices) == {"transfers": []}


def test_taking_it_back_is_said_in_a_sentence(counter: Counter):
    session = counter.verified(ALICE)
    offered = counter.json("transfer", "offer", NUMBER, "--session", session)
    said = counter.run("transfer", "cancel", offered["transfer"], "--session", session)
    assert said == "Taken back by who holds the line. The line stays with its holder.\n"


def test_offer_that_nobody_accepted_is_ended(counter: Counter):
    counter.run("transfer", "offer", NUMBER, "--session", counter.verified(ALICE))
    counter.moved("Transfer", accept_by=datetime.now(UTC))
    assert counter.json("transfer", "due") == {"completed": 0, "expired": 1}


def test_line_is_given_up_taken_back_and_its_number_released(counter: Counter):
    session = counter.verified(ALICE)
    assert "can have it back" in counter.run("lines", "surrender", NUMBER, "--session", session)
    assert "switched on" in counter.run("lines", "take-back", NUMBER, "--session", session)
    assert set(counter.json("lines", "surrender", NUMBER, "--session", session)) == {"line"}
    assert counter.run("lines", "release") == "Numbers released: 0.\n"
    for row in counter.desk.rows("Custody"):
        row.since, row.until = row.since - timedelta(days=8), row.until - timedelta(days=8)
        row.save()
    assert counter.json("lines", "release") == {"released": 1}


@pytest.mark.parametrize(
    "arguments",
    [["transfer", "offer"], ["lines", "surrender"], ["lines", "take-back"]],
    ids=lambda words: words[1],
)
def test_nothing_is_done_with_the_line_of_somebody_else(counter: Counter, arguments: list[str]):
    """Whoever was verified as somebody else learns nothing of whose it is."""
    for session in (counter.verified(BO), SessionId(uuid.uuid4())):
        with pytest.raises(LineproofError):
            counter.run(*arguments, NUMBER, "--session", session)
    assert counter.desk.row("Line").state == "active"


@pytest.mark.parametrize(
    "arguments",
    [["transfer", "offer", NUMBER], ["transfer", "accept", "code"], ["lines", "surrender", NUMBER]],
)
def test_session_and_terms_must_be_given(arguments: list[str]):
    done = CliRunner().invoke(command, arguments)
    assert done.exit_code == 2
    assert "--session" in done.output


def test_holder_whose_number_is_anothers_by_now_is_erased_by_their_session(counter: Counter):
    session = counter.verified(ALICE)
    counter.run("lines", "surrender", NUMBER, "--session", session)
    said = counter.json("erase", "--session", session)
    assert said["erased"] == ["recognition"]
    for arguments in ([], [NUMBER, "--session", session], ["--due", "--session", session]):
        assert CliRunner().invoke(command, ["erase", *map(str, arguments)]).exit_code == 2
