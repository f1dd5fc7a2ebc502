"""How many registrations and look-ups does the record take a second, as it grows, beside a bare driver?

For each size, in a process of its own: people are registered by the procedure, with a booth that has no
pictures; one of these registrations is copied by SQL until the record has so many lines; then registrations
and look-ups are timed, in turns with the very same statements given to the same file by SQLite's driver
alone, in the same transactions, with the same promise to survive a power cut. The booth's time is taken
off. What is read was read before: a cold cache is not measured.

    python -m bench.record [--sizes 10000 1000000 10000000] [--registrations 100] [--folder DIR]
"""

import argparse
import cProfile
import json
import pstats
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.record_fill import fill, marks
from bench.record_statements import Bare, Statement, statements_of
from lineproof.decision.policy import shipped_policy
from lineproof.line.request import LineRequest
from lineproof.ports import Assignment, Epoch, Evidence, Examination, Examiner, NetworkOrder, Presentation
from lineproof.referral import Opening
from lineproof.simulate.passport import Passport
from lineproof.simulate.world import World
from lineproof.terms import StaffName

if TYPE_CHECKING:
    from lineproof.registry.flows.register_line import Registration

SIZES = (10_000, 1_000_000, 10_000_000)
ROUNDS = 5
REAL_PEOPLE = 200
LOOK_UPS = 200
NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
DATABASE = "record.sqlite3"
# Above this the disk would not hold them, and nothing here looks for them but by their key: the log's entries
# with their openings, and what decisions were found on.
LARGEST_WHOLE = 1_000_000
LEFT_OUT = frozenset({"registry_entry", "registry_entryplace", "registry_decisionfinding"})
_BYTES_A_LINE, _BYTES_LEFT = 8_000, 3_000
_GIB = 1 << 30


@dataclass(slots=True)
class TimedBooth:
    """An `Examiner` that remembers how long it took, and whose work no profile sees."""

    inner: Examiner
    seconds: float = 0
    cpu_seconds: float = 0
    profile: cProfile.Profile | None = None

    @property
    def workshop(self) -> Any:
        """Give what the booth works with."""
        return self.inner.workshop

    def epoch(self) -> Epoch:
        """Give the key to seal for."""
        return self.inner.epoch()

    def examine(self, evidence: Evidence, assignment: Assignment) -> Examination:
        """Examine as `ports.Examiner` says."""
        if self.profile is not None:
            self.profile.disable()
        began, cpu_began = time.perf_counter(), time.process_time()
        found = self.inner.examine(evidence, assignment)
        self.seconds += time.perf_counter() - began
        self.cpu_seconds += time.process_time() - cpu_began
        if self.profile is not None:
            self.profile.enable()
        return found

    def review(self, parts: bytes, opening: Opening) -> bytes:
        """Give what was photographed."""
        return self.inner.review(parts, opening)


class QuietNetwork:
    """A `Network` that carries everything out and remembers nothing."""

    def switch(self, order: NetworkOrder) -> None:
        """Do it."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who was registered."""

    passport: Passport
    request: LineRequest


class Counter:
    """A record that people are registered in."""

    def __init__(self, folder: Path) -> None:
        """Open it with one agent."""
        self.world = World.opened(folder, shipped_policy("specimen"), start=NOW, seed=1)
        self.booth = TimedBooth(self.world.booth)
        self.services = replace(
            self.world.services, examiner=self.booth, network=QuietNetwork(), referrals=None
        )
        self.agent: StaffName = self.world.enrol_agent("ada")
        self.people: list[Person] = []

    def prepare(self, number: int) -> list[tuple[Person, Presentation]]:
        """Have so many people come with their documents."""
        people = [Person(self.world.somebody(), self.world.a_number()) for _ in range(number)]
        return [(person, self.world.present(person.passport, attended_by=self.agent)) for person in people]

    def register(self, person: Person, presentation: Presentation) -> "Registration":
        """Register one of them by the procedure."""
        from lineproof.registry.flows.register_line import register_line

        done = register_line(self.services, person.request, presentation, now=NOW)
        if done.line is None:
            raise ValueError("a registration that should have been accepted was not")
        self.people.append(person)
        return done


def main() -> None:
    """Measure and print."""
    arguments = _arguments()
    if arguments.child:
        print(json.dumps(_measure(Path(arguments.folder), arguments.child, arguments.registrations)))
        return
    found: list[dict[str, Any]] = []
    for size in arguments.sizes:
        with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
            if not _fits(Path(folder), size):
                print(f"{size:,} lines: not measured, the disk is too small")
                continue
            found.append(_in_child(Path(folder) / "record", size, arguments.registrations))
        _print_size(found[-1], found[0])


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", type=int, nargs="*", default=list(SIZES), help="lines of each record")
    parser.add_argument("--registrations", type=int, default=100, help="of each side in a round")
    parser.add_argument("--folder", help="where to measure: a folder on the disk that is asked about")
    parser.add_argument("--child", type=int, help=argparse.SUPPRESS)
    return parser.parse_args()


def _fits(folder: Path, size: int) -> bool:
    import shutil

    needed = size * (_BYTES_A_LINE if size <= LARGEST_WHOLE else _BYTES_LEFT)
    return shutil.disk_usage(folder).free > needed


def _in_child(folder: Path, size: int, registrations: int) -> dict[str, Any]:
    """Measure one size in a process of its own: a process opens one record."""
    command = [sys.executable, "-m", "bench.record", "--child", str(size)]
    command += ["--folder", str(folder), "--registrations", str(registrations)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE)  # noqa: S603 -- ourselves
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def _print_size(said: dict[str, Any], first: dict[str, Any]) -> None:
    left = f", without {', '.join(said['left_out'])}" if said["left_out"] else ""
    print(
        f"{said['lines']:,} lines: {said['gib']:.2f} GiB{left}; filled in {said['fill_s']:.0f} s; "
        f"{said['statements']} statements a registration"
    )
    print(
        "                      a second: flow   bare driver   share   of the first size   CPU ms: flow   bare"
    )
    for name, each in said["rates"].items():
        at_first = first["rates"][name]
        print(
            f"  {name:24}   {each['flow']:7,.0f}   {each['bare']:11,.0f}   {each['flow'] / each['bare']:5.2f}"
            f"   {each['flow'] / at_first['flow']:8.2f}, {each['bare'] / at_first['bare']:7.2f}"
            f"   {each['flow_cpu_ms']:12.2f}   {each['bare_cpu_ms']:.3f}"
        )
    print("  of a registration's time: " + ", ".join(f"{n} {s:.0%}" for n, s in said["spent"].items()))
    print("  gone through from end to end: " + "; ".join(said["scans"]))


def _measure(folder: Path, lines: int, registrations: int) -> dict[str, Any]:
    """Fill one record and time what is done in it."""
    from django.db import connection

    counter, database = Counter(folder), folder / DATABASE
    for come in counter.prepare(REAL_PEOPLE - 1):
        counter.register(*come)
    before = marks(database)
    (last,) = counter.prepare(1)
    counter.register(*last)
    connection.close()
    left_out = frozenset[str]() if lines <= LARGEST_WHOLE else LEFT_OUT
    began = time.perf_counter()
    fill(database, before, lines - REAL_PEOPLE, without=left_out)
    filled = time.perf_counter() - began
    bare = Bare(database)
    registration = _one_registration(counter)
    look_ups = _look_ups(counter)
    rates = {"registrations": _registration_rates(counter, bare, registration, registrations)}
    rates |= {name: _look_up_rates(bare, act, counter.people) for name, act in look_ups.items()}
    return {
        "lines": lines,
        "gib": database.stat().st_size / _GIB,
        "left_out": sorted(left_out),
        "fill_s": filled,
        "statements": len(registration),
        "rates": rates,
        "spent": _spent(counter, registrations),
        "scans": bare.scans(registration),
    }


def _one_registration(counter: Counter) -> list[Statement]:
    (come,) = counter.prepare(1)
    return statements_of(lambda: counter.register(*come))


@dataclass(slots=True)
class _Side:
    """How many a second, and CPU milliseconds for each, of the rounds of one side."""

    rates: list[float] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)

    def round(self, acts: Sequence[Callable[[], object]], booth: TimedBooth | None = None) -> None:
        """Do one round; a booth's time in it is taken off."""
        wall_before, cpu_before = (0.0, 0.0) if booth is None else (booth.seconds, booth.cpu_seconds)
        began, cpu_began = time.perf_counter(), time.process_time()
        for act in acts:
            act()
        wall, cpu = time.perf_counter() - began, time.process_time() - cpu_began
        if booth is not None:
            wall, cpu = wall - booth.seconds + wall_before, cpu - booth.cpu_seconds + cpu_before
        self.rates.append(len(acts) / wall)
        self.cpu_ms.append(1000 * cpu / len(acts))


def _medians(flow: _Side, bare: _Side) -> dict[str, float]:
    """Give the medians of both; the first round warmed them."""
    return {
        "flow": statistics.median(flow.rates[1:]),
        "bare": statistics.median(bare.rates[1:]),
        "flow_cpu_ms": statistics.median(flow.cpu_ms[1:]),
        "bare_cpu_ms": statistics.median(bare.cpu_ms[1:]),
    }


def _registration_rates(
    counter: Counter, bare: Bare, registration: list[Statement], number: int
) -> dict[str, float]:
    """Register by the flow and by the bare driver, in turns."""
    by_flow, by_bare = _Side(), _Side()
    for _ in range(ROUNDS + 1):
        come = counter.prepare(number)
        by_flow.round([partial(counter.register, *each) for each in come], counter.booth)
        by_bare.round([partial(bare.do, each) for each in bare.renewed(registration, number)])
    return _medians(by_flow, by_bare)


def _look_ups(counter: Counter) -> dict[str, Callable[[Person], object]]:
    """Give what is looked up of one person, by name."""
    from lineproof.document.fields import document_of
    from lineproof.document.mrz import parse_mrz
    from lineproof.registry.flows.holding import read_bindings
    from lineproof.registry.queries.holder import find_holder_by_name, find_line_by_name, read_holder_page

    services = counter.services
    return {
        "holder's page by number": lambda person: read_holder_page(
            services.keys, find_holder_by_name(services.keys, person.request.name)
        ),
        "line by number": lambda person: find_line_by_name(services.keys, person.request.name),
        "holder by document": lambda person: read_bindings(
            services, document_of(parse_mrz(person.passport.zone, read_on=NOW.date()))
        ),
    }


def _look_up_rates(bare: Bare, act: Callable[[Person], object], people: Sequence[Person]) -> dict[str, float]:
    """Look people up by the product and by the bare driver, in turns; both have read them before."""
    acts = [partial(act, person) for person in people[:LOOK_UPS]]
    said = [statements_of(each) for each in acts]
    by_flow, by_bare = _Side(), _Side()
    for _ in range(ROUNDS + 1):
        by_flow.round(acts)
        by_bare.round([partial(bare.do, statements) for statements in said])
    return _medians(by_flow, by_bare)


def _spent(counter: Counter, number: int) -> dict[str, float]:
    """Give the shares of a registration's time, as a profile sees them."""
    come = counter.prepare(number)
    profile = counter.booth.profile = cProfile.Profile()
    profile.enable()
    for person, presentation in come:
        counter.register(person, presentation)
    profile.disable()
    counter.booth.profile = None
    total: dict[str, float] = dict.fromkeys(("SQLite", "framework", "sealing and vault", "log", "rest"), 0)
    for (file, _, function), (_, _, own, *_) in pstats.Stats(profile).stats.items():  # type: ignore[attr-defined]
        total[_part_of(file, function)] += own
    return {name: seconds / sum(total.values()) for name, seconds in total.items()}


def _part_of(file: str, function: str) -> str:
    """Say to which part of the program a function belongs; Python's own are in the rest."""
    if "sqlite3." in function:
        return "SQLite"
    if "/django/" in file or "sqlparse" in file:
        return "framework"
    named = f"{file} {function}"
    if any(word in named for word in ("/vault/", "cryptography", "personal.py", "blind_index", "/hmac.py")):
        return "sealing and vault"
    if any(word in named for word in ("/transparency/", "flows/log.py", "sql/append.py")):
        return "log"
    return "rest"


if __name__ == "__main__":
    main()
