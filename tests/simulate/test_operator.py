"""A few days of a small operator; what stops a simulation, and what the command says of one."""

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from lineproof import wiring
from lineproof.cli.simulate import simulate
from lineproof.decision.policy import shipped_policy
from lineproof.errors import Conflict
from lineproof.simulate import life
from lineproof.simulate.agenda import Agenda, Planned, Stopped
from lineproof.simulate.life import START, Outcome, Plan
from lineproof.tiles.directory import TileFolder

if TYPE_CHECKING:
    from lineproof.simulate.operator import Operator
    from lineproof.simulate.world import World

PLAN = Plan(5, 3, shipped_policy("specimen"), 3, busy=75, check_every=2)


@pytest.fixture
def operator(world: "World", tmp_path: Path) -> "Operator":
    from lineproof.simulate.operating import begin

    world.now = START
    world.services = replace(world.services, tiles=TileFolder(tmp_path / "log"))
    return begin(world, PLAN, Path(os.environ[wiring.RECORD_VARIABLE]))


def test_a_few_days_are_lived_and_all_holds(operator: "Operator") -> None:
    from lineproof.simulate.operating import judge, live

    outcome = judge(operator, live(operator, PLAN, tell=None, started=0), started=0)
    assert outcome.holds
    assert outcome.lines >= 5
    assert outcome.checks == 2
    assert outcome.entries > 50
    assert outcome.events["a registration: accept"] >= 4
    assert sum(outcome.states.values()) == outcome.lines


def test_what_a_procedure_declares_is_counted_and_anything_else_stops_it(operator: "Operator") -> None:
    def refused() -> None:
        raise Conflict("It is so already.")

    def broken() -> None:
        raise KeyError("what")

    operator.perform(Planned(START, 1, "something", refused), day=1)
    assert operator.refused == {"something: Conflict": 1}
    with pytest.raises(Stopped, match="seed 3, day 7, something else: KeyError: 'what'"):
        operator.perform(Planned(START, 2, "something else", broken), day=7)


def test_no_two_acts_are_at_the_same_time(operator: "Operator") -> None:
    times = []
    for number in range(3):
        operator.perform(Planned(START, number, "look", lambda: times.append(operator.now)), day=1)
    assert len(set(times)) == 3


def test_a_decision_after_its_deadline_is_counted_as_late_and_one_that_is_missing_too(
    operator: "Operator",
) -> None:
    from uuid import UUID

    early, late, missing = (UUID(int=number) for number in range(3))
    for each in (early, late, missing):
        operator.decide_by(each, START + life.DAY)
    operator.decided(early)
    assert (operator.late, operator.overdue) == (0, 0)
    operator.world.now = START + 2 * life.DAY
    operator.decided(late)
    assert (operator.late, operator.overdue) == (1, 1)


def test_acts_are_performed_in_the_order_of_their_times_with_those_planned_meanwhile() -> None:
    agenda, done = Agenda(), list[str]()
    agenda.plan(START + 3 * life.HOUR, "third", lambda: None)
    agenda.plan(START + life.HOUR, "first", lambda: None)
    agenda.plan(START + 9 * life.DAY, "another day", lambda: None)
    for planned in agenda.until(START + life.DAY):
        done.append(planned.name)
        if planned.name == "first":
            agenda.plan(START + 2 * life.HOUR, "second", lambda: None)
    assert done == ["first", "second", "third"]


# The command


def an_outcome(**changed: object) -> Outcome:
    outcome = Outcome(
        lines=4,
        people=3,
        day=10,
        events={"a registration: accept": 4},
        refused={"a line is offered: Conflict": 2},
        states={"active": 4},
        invariants=30,
        checks=1,
        broken=(),
        entries=40,
        findings={},
        late_found=1,
        late_made=1,
        seconds=2.0,
    )
    return replace(outcome, **changed)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changed", "code", "says"),
    [
        ({}, 0, "All holds."),
        ({"findings": {"two_people": 1}}, 3, "broken: two_people: 1"),
        ({"late_found": 2}, 3, "Late decisions: 1 made, 2 found by the monitor"),
    ],
    ids=["all holds", "a rule is broken", "another number of late decisions"],
)
def test_the_command_says_what_came_of_it(
    monkeypatch: pytest.MonkeyPatch, changed: dict[str, object], code: int, says: str
) -> None:
    monkeypatch.setattr(life, "simulate", lambda *_, **__: an_outcome(**changed))
    said = CliRunner().invoke(simulate, ["--policy", "in"])
    assert said.exit_code == code
    assert says in said.output
    printed = CliRunner().invoke(simulate, ["--policy", "in", "--json"])
    assert json.loads(printed.stdout)["ok"] is (code == 0)


def test_the_command_prints_the_rows_that_break_an_invariant(
    monkeypatch: pytest.MonkeyPatch, emptied: object
) -> None:
    del emptied
    from lineproof.simulate.invariants import INVARIANTS, Broken

    broken = (Broken(INVARIANTS[0], (("the line's id",),)),)
    monkeypatch.setattr(life, "simulate", lambda *_, **__: an_outcome(broken=broken))
    said = CliRunner().invoke(simulate, [])
    assert said.exit_code == 3
    assert f"broken: one_holder_at_a_time: {INVARIANTS[0].says}" in said.output
    assert "the line's id" in said.output


def test_a_simulation_that_stops_says_where_and_exits_with_1(monkeypatch: pytest.MonkeyPatch) -> None:
    def stops(*_: object, **__: object) -> Outcome:
        raise Stopped(7, 3, "a registration", KeyError("what"))

    monkeypatch.setattr(life, "simulate", stops)
    said = CliRunner().invoke(simulate, ["--json"])
    assert said.exit_code == 1
    assert json.loads(said.stdout)["error"] == "seed 7, day 3, a registration: KeyError: 'what'"
