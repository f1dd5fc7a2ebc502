"""No attacker of the narrated incidents succeeds, and each would without the guard that stops them.

A guard is taken away by patching our own modules, which no other test does: that the incident then says that
the attacker succeeded is what shows that it looks.
"""

import importlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from lineproof.errors import LineproofError
from lineproof.line.case import ReviewerOpinion, Settlement
from lineproof.ports import Services
from lineproof.simulate.attacks.told import INCIDENTS, Incident, LogShows, Told

# Those that wait for months in the office, or start sixteen threads.
SLOW = {
    "sim-swap",
    "borrowed-documents",
    "colluding-reviewers",
    "transfer-race",
    "cap-race",
    "late-office",
    "insider-cut",
}
FLOWS = "lineproof.registry.flows"


def at_once(moment: datetime, *_: object) -> datetime:
    """A deadline that is over at once."""
    return moment


def nothing(*_: object, **__: object) -> None:
    """A check that refuses nobody."""


def one_suffices(given: Sequence[ReviewerOpinion]) -> Settlement | None:
    """One person who counts for two: the database would not take a decision by one."""
    if not given:
        return None
    return Settlement(given[0].opinion, (given[0].reviewer,) * 2, ())


# Of each incident a guard that stops it, and what stands in its place. Of two behind each other, both go.
GUARDS: list[tuple[str, str, str, Callable[..., Any]]] = [
    ("sim-swap", "replace_sim", "deadline", at_once),
    ("sim-swap", "port_out", "refuse_line_held", nothing),
    ("borrowed-documents", "register_line", "within_cap", lambda **_: True),
    ("borrowed-documents", "verification", "refuse_over_limit", nothing),
    ("colluding-reviewers", "appeal_decision", "refuse_involved", nothing),
    ("colluding-reviewers", "decide_dispute", "refuse_too_few refuse_unheard", nothing),
    ("transfer-race", "dispute_line", "stop_what_is_under_way", nothing),
    ("cap-race", "register_line", "count_lines", lambda *_: 0),
    ("late-office", "review_case", "settle", one_suffices),
    ("recycled-number", "reissue_numbers", "deadline", at_once),
    ("insider-cut", "correct_lines", "why_wait", nothing),
    ("insider-cut", "appeal_decision", "refuse_involved", nothing),
]


def named(name: str, *more: str) -> Any:
    """Name a case, and mark it where it takes long."""
    marks = [pytest.mark.long] if name in SLOW else []
    return pytest.param(name, *more, marks=marks, id="-".join((name, *more)))


@pytest.fixture
def played(services: Services, tmp_path: Path) -> Callable[[str], Told]:
    """Plays an incident on an empty record."""
    from lineproof.simulate.attacks.play import incident_called, play

    return lambda name: play(incident_called(name), services, tmp_path)


@pytest.mark.parametrize("name", [named(name) for name in INCIDENTS])
def test_attacker_does_not_succeed(name: str, played: Callable[[str], Told]):
    told = played(name)
    assert told.attacker_succeeded is False, told.won
    assert told.steps
    assert told.incident.remains
    assert told.log.entries > 0
    assert not told.log.problems
    # What an office is late with, everybody sees; nothing else is found.
    late = [one for one in told.log.findings if one.startswith("deadline_kept: ")]
    assert list(told.log.findings) == late
    assert bool(late) == (name == "late-office")


@pytest.mark.parametrize(
    ("name", "module", "guard"), [named(name, module, guard) for name, module, guard, _ in GUARDS]
)
def test_attacker_would_succeed_without_the_guard(
    name: str, module: str, guard: str, played: Callable[[str], Told], monkeypatch: pytest.MonkeyPatch
):
    (instead,) = [other for *which, other in GUARDS if which == [name, module, guard]]
    for each in guard.split():
        monkeypatch.setattr(importlib.import_module(f"{FLOWS}.{module}"), each, instead)
    told = played(name)
    assert told.attacker_succeeded is True
    assert told.won


@pytest.mark.long
@pytest.mark.parametrize("guarded", [True, False])
def test_race_without_its_guard_is_won_also_when_the_cancellation_is_first(
    played: Callable[[str], Told], monkeypatch: pytest.MonkeyPatch, *, guarded: bool
):
    """Which of sixteen is first, nobody says: that chance kept the line is no guard."""
    from lineproof.simulate.attacks import transfer_race

    def last_first(acts: Sequence[Callable[[], object]]) -> tuple[list[object], list[LineproofError]]:
        done: list[object] = []
        refused: list[LineproofError] = []
        for act in reversed(acts):
            try:
                done.append(act())
            except LineproofError as error:
                refused.append(error)
        return done, refused

    monkeypatch.setattr(transfer_race, "at_once", last_first)
    if not guarded:
        where = importlib.import_module(f"{FLOWS}.dispute_line")
        monkeypatch.setattr(where, "stop_what_is_under_way", nothing)
    won = () if guarded else ("had a say in the transfer although the line was disputed",)
    assert played("transfer-race").won == won


def test_every_incident_has_a_guard_that_is_taken_away():
    assert {name for name, *_ in GUARDS} == set(INCIDENTS)


def test_who_is_attacked_is_told_at_once_at_every_place(played: Callable[[str], Told]):
    """The notice goes to the page, the contact point and the line itself, on the card that it is still on."""
    asked = [step for step in played("sim-swap").steps if "another SIM card" in step.did]
    assert [step.told for step in asked] == [
        ("Alice (page, e-mail, the line itself): Another SIM card was asked for.",)
    ]


def test_what_was_refused_is_told_in_the_sentence_of_the_procedure(played: Callable[[str], Told]):
    refused = [step.outcome for step in played("recycled-number").steps if step.refused]
    assert (
        refused
        == [
            (
                "That number or account is already registered. Choose another, or have its holder "
                "transfer or give it up."
            )
        ]
        * 3
    )


def test_a_log_that_does_not_verify_is_a_success_of_the_attacker():
    incident = Incident("a", "A", "who", "what", "with", ("this",), nothing)
    assert not Told(incident, (), (), LogShows(9, (), ("deadline_kept: late",))).attacker_succeeded
    assert Told(incident, (), (), LogShows(9, ("entry 3 is another",), ())).attacker_succeeded


def run_command(tmp_path: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LINEPROOF_", "XDG_"))}
    command = [sys.executable, "-c", "from lineproof.cli.main import main; main()", "attack", *arguments]
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={**kept, "HOME": str(tmp_path), "TMPDIR": str(tmp_path), "COLUMNS": "80"},
    )


@pytest.mark.long
def test_command_tells_all_the_same_twice_and_leaves_nothing_behind(tmp_path: Path):
    """Who is first in a race differs; what is told does not."""
    first, second = (run_command(tmp_path, "--json") for _ in range(2))
    assert first.returncode == second.returncode == 0, first.stderr
    assert first.stdout == second.stdout
    told = json.loads(first.stdout)
    assert told["succeeded"] == 0
    assert [one["name"] for one in told["incidents"]] == list(INCIDENTS)
    assert list(tmp_path.glob("lineproof-attack-*")) == []


@pytest.mark.long
def test_command_tells_one_in_lines_that_fit_a_terminal(tmp_path: Path):
    ran = run_command(tmp_path, "recycled-number")
    assert ran.returncode == 0, ran.stderr
    assert "The attacker got nothing of it." in ran.stdout
    assert "What remains possible:" in ran.stdout
    assert max(map(len, ran.stdout.splitlines())) <= 80


@pytest.mark.long
def test_command_refuses_an_incident_that_there_is_not(tmp_path: Path):
    ran = run_command(tmp_path, "moon-landing")
    assert ran.returncode == 2
    assert "sim-swap" in ran.stderr


def test_command_exits_3_when_an_attacker_succeeds(
    played: Callable[[str], Told], monkeypatch: pytest.MonkeyPatch
):
    from click.testing import CliRunner

    from lineproof.cli import attack
    from lineproof.registry.flows import reissue_numbers

    monkeypatch.setattr(reissue_numbers, "deadline", at_once)
    monkeypatch.setattr(attack, "_played", lambda names: map(played, names))
    ran = CliRunner().invoke(attack.attack, ["recycled-number"])
    assert ran.exit_code == 3
    assert "The attacker succeeded: has the number released early" in ran.output
