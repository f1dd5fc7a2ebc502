"""The worker: each task in its turn, one apart from the other, until it is told to stop."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from lineproof.errors import Unavailable
from lineproof.ports import Services
from tests.fakes.specimens import ALICE

if TYPE_CHECKING:
    from lineproof.registry.flows.due import DueTask
    from lineproof.working import Worker
    from tests.flows.desk import Desk


class Clock:
    """Says the time that a test wants."""

    def __init__(self) -> None:
        from tests.flows.desk import NOW

        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock(desk: "Desk") -> Clock:
    return Clock()


class Script:
    """A task that does what it is told, one word a run: a count, or an error; then nothing."""

    def __init__(self, *steps: int | Exception) -> None:
        self.steps, self.runs = list(steps), 0

    def __call__(self, _services: Services, _now: datetime) -> int:
        self.runs += 1
        step = self.steps.pop(0) if self.steps else 0
        if isinstance(step, Exception):
            raise step
        return step


@pytest.fixture
def worker(desk: "Desk", clock: Clock) -> Callable[..., "Worker"]:
    """Builds workers of tasks: the first, the second, ... by the names there are."""
    from lineproof.registry.flows.due import DueTask, TaskName
    from lineproof.working import Worker

    def build(*runs: Any, every: timedelta = timedelta()) -> "Worker":
        tasks = [DueTask(name, run, every) for name, run in zip(TaskName, runs, strict=False)]
        return Worker(desk.services, tasks, clock=clock)

    return build


def test_task_that_did_something_runs_again_at_once_and_one_that_did_nothing_rests(worker, clock: Clock):
    task = Script(2, 0, 0)
    one = worker(task, every=timedelta(days=1))
    assert [one.run_round() for _ in range(4)] == [2, 0, 0, 0]
    assert task.runs == 2
    clock.pass_by(24 * 3600 - 1)
    one.run_round()
    assert task.runs == 2
    clock.pass_by(1)
    one.run_round()
    assert task.runs == 3


def test_task_with_a_backlog_lets_the_others_have_their_turn(worker, monkeypatch):
    from lineproof import working

    monkeypatch.setattr(working, "WHILE_S", 0)
    endless, other = Script(*(1 for _ in range(99))), Script(1)
    assert worker(endless, other).run_round() == 2
    assert (endless.runs, other.runs) == (1, 1)


@pytest.mark.parametrize("error", [Unavailable("Away."), ZeroDivisionError()])
def test_error_of_one_task_leaves_the_others_to_go_on(worker, error: Exception, capsys):
    failing, other = Script(error), Script(1)
    assert worker(failing, other).run_round() == 1
    assert (failing.runs, other.runs) == (1, 2)


def test_task_that_fails_waits_twice_as_long_each_time_up_to_five_minutes(worker, clock: Clock):
    task = Script(*(Unavailable("Away.") for _ in range(9)))
    one = worker(task)
    for number, wait_s in enumerate((5, 10, 20, 40, 80, 160, 300, 300), 1):
        one.run_round()
        assert task.runs == number
        clock.pass_by(wait_s - 1)
        one.run_round()
        assert task.runs == number, "too early"
        clock.pass_by(1)


def test_task_waits_as_long_as_what_is_unavailable_says_but_never_for_ever(worker, clock: Clock):
    task = Script(Unavailable("Busy.", retry_after_s=60), Unavailable("Busy.", retry_after_s=10**6))
    one = worker(task)
    one.run_round()
    clock.pass_by(59)
    one.run_round()
    assert task.runs == 1
    clock.pass_by(1)
    one.run_round()
    assert task.runs == 2
    clock.pass_by(300)
    one.run_round()
    assert task.runs == 3


def test_task_that_works_again_begins_with_the_shortest_wait(worker, clock: Clock):
    task = Script(Unavailable("Away."), Unavailable("Away."), 0, Unavailable("Away."), 0)
    one = worker(task)
    for seconds in (5, 10, 0, 5):
        one.run_round()
        clock.pass_by(seconds)
    one.run_round()
    assert task.runs == 5


def test_nothing_is_begun_after_the_stop_but_the_unit_in_hand_is_ended(worker):
    ended = []

    def stopping(_services: Services, _now: datetime) -> int:
        one.stop()
        ended.append(True)
        return 1

    other = Script(1)
    one = worker(stopping, other)
    one.work(interval_s=3600)
    assert (ended, other.runs) == ([True], 0)


def test_once_runs_each_until_nothing_is_due_and_tells_how_much(worker):
    from lineproof.registry.flows.due import TaskName

    many, failing, last = Script(3, 3, 1), Script(2, Unavailable("Away."), 5), Script(0)
    turns = worker(many, failing, last).run_once()
    assert [(turns[name].done, turns[name].failed) for name in list(TaskName)[:3]] == [
        (7, None),
        (2, Unavailable),
        (0, None),
    ]
    assert (many.runs, failing.runs, last.runs) == (4, 2, 1)


@pytest.fixture
def tasks(desk: "Desk") -> "tuple[DueTask, ...]":
    from lineproof.registry.flows.due import due_tasks

    assert desk.services.referrals is not None
    return due_tasks(desk.services.referrals.keys)  # type: ignore[arg-type]


def test_every_task_has_a_name_of_its_own_and_every_name_its_task(tasks):
    from lineproof.registry.flows.due import TaskName

    assert [task.name for task in tasks] == list(TaskName)


def test_what_is_due_in_a_real_record_is_done_in_the_order_of_the_table(desk: "Desk", tasks, tmp_path):
    """An order that waits, photographs and a holder whose time is over, entries that are not published."""
    from lineproof.registry.flows.due import TaskName
    from lineproof.registry.flows.log_origin import set_log_origin
    from lineproof.tiles.directory import TileFolder
    from lineproof.working import Worker
    from tests.flows.desk import NOW, an_access

    set_log_origin()
    ended = desk.register(desk.present(ALICE))
    desk.end_lines(ended.holder, until=NOW + timedelta(seconds=1))
    desk.referred(None, an_access())
    desk.network.down = True
    desk.accept(desk.referred(None, an_access("bbb")), *desk_reviewers())
    desk.network.down = False
    years = timedelta(days=desk.services.policy.retention.identity.days + 1)
    services = replace(desk.services, tiles=TileFolder(tmp_path / "log"))
    turns = Worker(services, tasks, clock=lambda: NOW + years).run_once()
    assert {name: turn.failed for name, turn in turns.items()} == dict.fromkeys(TaskName)
    assert turns[TaskName.PROVISION].done == 1
    assert turns[TaskName.SETTLE_EVIDENCE].done == 1
    assert turns[TaskName.ERASE_DUE].done >= 1
    assert turns[TaskName.PUBLISH_LOG].done == desk.count("Entry")
    again = Worker(services, tasks, clock=lambda: NOW + years).run_once()
    assert {turn.done for turn in again.values()} == {0}


def desk_reviewers() -> tuple[Any, ...]:
    from tests.flows.desk import RHEA, SOL

    return RHEA, SOL


def test_log_without_a_name_is_not_given_one_by_a_worker(desk: "Desk", tasks, tmp_path):
    from lineproof.registry.queries.log import read_origin
    from lineproof.tiles.directory import TileFolder
    from lineproof.working import Worker
    from tests.flows.desk import NOW

    services = replace(desk.services, tiles=TileFolder(tmp_path / "log"))
    Worker(services, tasks, clock=lambda: NOW).run_once()
    assert read_origin() is None


def test_erasure_in_units_erases_the_same_as_all_at_once(desk: "Desk"):
    """One holder of three in each unit; of whom nothing is due keeps nobody back."""
    from lineproof.registry.flows.erase import erase_due
    from tests.fakes.specimens import BO
    from tests.flows.desk import NOW, a_mobile, an_access

    for passport, line in ((ALICE, a_mobile()), (BO, an_access())):
        done = desk.register(desk.present(passport), line)
        desk.end_lines(done.holder, until=NOW + timedelta(seconds=1))
    later = NOW + timedelta(days=desk.services.policy.retention.identity.days + 1)
    units = [erase_due(desk.services, now=later, most_at_once=1, most_batches=1).holders for _ in range(3)]
    assert units == [1, 1, 0]
    assert {row.sealed_identity for row in desk.rows("Holder")} == {None}
