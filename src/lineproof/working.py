"""The worker: runs every task that is due, in the order of their table, until it is told to stop.

1. each task whose turn it is, a unit of it; what goes wrong in one is written, and the others go on
2. a task that did something is run again at once, for a few seconds, then the others; else it rests
3. a task that failed waits, longer each time, or as long as what is unavailable says
4. between two units: told to stop? then nothing more is begun
Whatever is on record is whole at every moment, so that a worker may also be killed.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from django.db import close_old_connections

from lineproof import structured
from lineproof.errors import LineproofError
from lineproof.line.order import doubling
from lineproof.ports import Services
from lineproof.registry.flows.due import DueTask, TaskName
from lineproof.structured import Event, Level

FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(minutes=5)
# However much is to be done, others are left a moment; and no sleep is longer than a stop may take.
BREATH_S = 0.05
SLICE_S = 0.2
# A task with a backlog goes on so long before the next has its turn.
WHILE_S = 5.0
# Of one task, when everything that is due is done once.
MOST_UNITS = 10_000


@dataclass(slots=True)
class Turn:
    """How far a task is. done: of what it counts, since the start. failed: the last time, how; or None."""

    due_at: datetime
    done: int = 0
    failures: int = 0
    failed: type[Exception] | None = None


@dataclass(slots=True)
class Worker:
    """Runs tasks one after the other, in one thread. clock: says what time it is."""

    services: Services
    tasks: Sequence[DueTask]
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    turns: dict[TaskName, Turn] = field(default_factory=dict)
    _stopping: bool = False

    def stop(self) -> None:
        """Begin nothing more. May be called from a signal's handler, and more than once."""
        self._stopping = True

    def work(self, *, interval_s: float) -> None:
        """Run what is due every so many seconds, until stopped."""
        while not self._stopping:
            self._sleep(BREATH_S if self.run_round() else interval_s)

    def run_round(self) -> int:
        """Run each task whose turn it is, for a few seconds at most; give how much was done."""
        return sum(self._run_for_a_while(task) for task in self.tasks if self._is_due(task))

    def run_once(self) -> Mapping[TaskName, Turn]:
        """Run each task until nothing of it is due, or it fails; give how far each is."""
        for task in self.tasks:
            for _ in range(MOST_UNITS):
                if self._stopping or not self._run(task):
                    break
        return self.turns

    def _run_for_a_while(self, task: DueTask) -> int:
        total, until = 0, time.monotonic() + WHILE_S
        while not self._stopping and (done := self._run(task)):  # 4
            total += done
            if time.monotonic() >= until:
                break
        return total

    def _is_due(self, task: DueTask) -> bool:
        return self._turn(task).due_at <= self.clock()

    def _turn(self, task: DueTask) -> Turn:
        return self.turns.setdefault(task.name, Turn(self.clock()))

    def _run(self, task: DueTask) -> int:
        turn, now, began = self._turn(task), self.clock(), time.perf_counter()
        try:
            done = task.run(self.services, now)  # 1
        except Exception as error:  # noqa: BLE001 -- the top of a unit: the other tasks go on
            self._note_failure(task, turn, error)
            # A connection that a fault left behind is not used again.
            close_old_connections()
            return 0
        turn.done, turn.failures, turn.failed = turn.done + done, 0, None
        turn.due_at = now if done else now + task.every  # 2
        if done:
            took = round((time.perf_counter() - began) * 1000)
            structured.log(Level.INFO, Event.TASK_DONE, task=task.name, count=done, duration_ms=took)
        return done

    def _note_failure(self, task: DueTask, turn: Turn, error: Exception) -> None:
        turn.failures, turn.failed = turn.failures + 1, type(error)
        wait = doubling(turn.failures, first=FIRST_WAIT, longest=LONGEST_WAIT)
        if isinstance(error, LineproofError):
            wait = min(LONGEST_WAIT, max(wait, timedelta(seconds=error.retry_after_s or 0)))
        else:
            structured.write_incident(error)
        turn.due_at = self.clock() + wait  # 3
        structured.log(
            Level.ERROR,
            Event.TASK_FAILED,
            task=task.name,
            error=type(error),
            count=turn.failures,
            retry_s=round(wait.total_seconds()),
        )

    def _sleep(self, seconds: float) -> None:
        """Sleep in slices: a handler of a signal ends a slice, not the whole."""
        until = time.monotonic() + seconds
        while not self._stopping and (left := until - time.monotonic()) > 0:
            time.sleep(min(SLICE_S, left))
