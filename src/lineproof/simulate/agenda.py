"""What is still to happen in a simulation, in the order of its times."""

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

# An act gives a word for what came of it, which is counted beside its name; None where nothing more is said.
Act = Callable[[], str | None]


@dataclass(frozen=True, slots=True, order=True)
class Planned:
    """One act. number: of two at the same time, the one planned first is first."""

    at: datetime
    number: int
    name: str = field(compare=False)
    act: Act = field(compare=False)


@dataclass(slots=True)
class Agenda:
    """Acts to come. An act may plan others, at its own time or later."""

    _heap: list[Planned] = field(default_factory=list)
    _planned: int = 0

    def plan(self, at: datetime, name: str, act: Act) -> None:
        """Plan an act."""
        self._planned += 1
        heapq.heappush(self._heap, Planned(at, self._planned, name, act))

    def until(self, end: datetime) -> Iterator[Planned]:
        """Give the acts before a time, one by one, with those that are planned meanwhile."""
        while self._heap and self._heap[0].at < end:
            yield heapq.heappop(self._heap)


class Stopped(Exception):
    """Something that no procedure declares was raised: a fault of the program, or of the simulation."""

    def __init__(self, seed: int, day: int, event: str, cause: Exception) -> None:
        super().__init__(f"seed {seed}, day {day}, {event}: {type(cause).__name__}: {cause}")
