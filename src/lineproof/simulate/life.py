"""The life of an operator's lines in fast time, through the real procedures, from a seed.

Day by day the events of the day are drawn and planned at times of their own, and with what follows from them
performed in their order; a worker runs every six hours, as it would. Every so many days, and at the end, the
invariants are looked for in the tables (`invariants`). At the end the log is published, and a monitor judges
every entry of it.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from lineproof.decision.policy import AgentTerms, Policy
from lineproof.simulate.world import World

if TYPE_CHECKING:
    from lineproof.simulate.invariants import Broken

START = datetime(2026, 1, 5, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
AGENTS, REVIEWERS, INSPECTOR = 4, 6, "inspector"
WORKER_EVERY_HOURS = 6


@dataclass(frozen=True, slots=True)
class Plan:
    """What is simulated. busy: how often something happens to a line, beside the usual. check_every: days."""

    lines: int
    days: int
    policy: Policy
    seed: int
    busy: float = 1.0
    check_every: int = 10


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a simulation is. day: from 1. acts: performed so far."""

    day: int
    lines: int
    acts: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a simulation.

    events, refused: how often, by name. broken: rows by which an invariant is broken, on which day; empty
    where all hold. checks: how often all of them were looked for. findings: the monitor's, by rule, those of
    deadlines apart. late_found: findings that a deadline was not kept. late_made: decisions that the
    simulation made late, or not yet and too late.
    """

    lines: int
    people: int
    day: int
    events: Mapping[str, int]
    refused: Mapping[str, int]
    states: Mapping[str, int]
    invariants: int
    checks: int
    broken: tuple["Broken", ...]
    entries: int
    findings: Mapping[str, int]
    late_found: int
    late_made: int
    seconds: float

    @property
    def holds(self) -> bool:
        """Tell whether every invariant holds, and the monitor found nothing but what was made late."""
        return not self.broken and not self.findings and self.late_found == self.late_made


def simulate(folder: Path, plan: Plan, *, tell: Callable[[Progress], None] | None = None) -> Outcome:
    """Simulate as planned, on a record of its own in an empty folder.

    Raises Stopped with the seed, the day and the event where something is raised that no procedure declares;
    Unavailable where the folder cannot be used.
    """
    # A draw differs with each record's key, and the same seed gives the same life: all is looked at again.
    policy = replace(plan.policy, agents=AgentTerms(second_looks=1.0))
    world = World.opened(folder, policy, start=START, seed=plan.seed)
    from lineproof.simulate.operating import begin, judge, live

    operator = begin(world, plan, folder)
    started = time.perf_counter()
    lived = live(operator, plan, tell=tell, started=started)
    return judge(operator, lived, started=started)
