"""What does the booth cost beside the same examination in this process, and what happens when it is full?

One at a time, in turns, the same photographs are examined here and in a fresh confined worker. Then two
threads keep the booth busy, and then more than it takes. Run it as root to see memory.

    python -m bench.booth [--sessions 60] [--seconds 30]
"""

import argparse
import os
import statistics
import sys
import tempfile
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from pathlib import Path
from typing import TypeVar

from lineproof.booth.examine import Kit, examine, load_kit
from lineproof.booth.relay import Booth
from lineproof.booth.sealed_file import seal_files
from lineproof.booth.warm import warm
from lineproof.booth.wire import Job
from lineproof.decision.policy import shipped_policy
from lineproof.errors import TooMany, Unavailable
from lineproof.ports import Assignment, Evidence, Examination
from lineproof.specimen.people import ALICE, draw_capture, draw_document
from lineproof.terms import SessionId, Way

READ_ON = date(2026, 11, 1)
BUSY, TOO_BUSY = 2, 24
GOAL = 1.3

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Photographs:
    """Two files, and their bytes."""

    document: Path
    capture: Path

    def job(self) -> Job:
        """Give what a worker examines once it is opened."""
        return Job(an_assignment(), self.document.read_bytes(), self.capture.read_bytes())

    def sealed(self, booth: Booth) -> Evidence:
        """Seal them for a session of their own."""
        return seal_files(
            document=self.document,
            capture=self.capture,
            session=SessionId(uuid.uuid4()),
            epoch=booth.epoch(),
        )


@dataclass(slots=True)
class Load:
    """What came of sessions that were asked for at once. seconds: of those that were examined."""

    seconds: list[float] = field(default_factory=list)
    said: Counter[str] = field(default_factory=Counter)
    retry_after_s: list[int] = field(default_factory=list)


def _keeper_of(booth: Booth) -> int:
    """Give the process number of the keeper that a booth started."""
    process = booth.keepers.running[-1].process
    if process is None:
        raise ValueError("this booth's keeper is another process's")
    return process.pid


def an_assignment(session: SessionId | None = None) -> Assignment:
    """Assign an examination by face."""
    return Assignment(session or SessionId(uuid.uuid4()), shipped_policy("specimen"), Way.FACE, READ_ON)


def main() -> int:
    """Run the measurements and print their tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--sessions", type=int, default=60)
    parser.add_argument("--seconds", type=float, default=30.0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="lineproof-bench-") as folder, Booth() as booth:
        photographs = Photographs(Path(folder) / "document.jpg", Path(folder) / "capture.jpg")
        photographs.document.write_bytes(draw_document(ALICE))
        photographs.capture.write_bytes(draw_capture(ALICE))
        kit = load_kit()
        warm(kit)
        ratio = one_at_a_time(photographs, booth, kit, sessions=options.sessions)
        memory(photographs, booth)
        print("\n| asking at once | examined a second | p50 | p99 | told to come back | lost |")
        print("|---|---|---|---|---|---|")
        lost = sum(under_load(photographs, booth, many, options.seconds) for many in (BUSY, TOO_BUSY))
    print(f"\nthe booth costs {ratio:.2f} times the examination in this process (goal: {GOAL})")
    return 0 if ratio <= GOAL and not lost else 1


def one_at_a_time(photographs: Photographs, booth: Booth, kit: Kit, *, sessions: int) -> float:
    """Examine here and in the booth by turns; print medians, and give the ratio of the CPU seconds."""
    here: list[float] = []
    there: list[float] = []
    sealing: list[float] = []
    here_cpu = there_cpu = 0.0
    for number in range(sessions + 2):
        job = photographs.job()
        cpu = time.process_time()
        seconds, examination = timed(partial(examine, job, kit))
        assert isinstance(examination, Examination)
        in_process_cpu = time.process_time() - cpu
        took, evidence = timed(partial(photographs.sealed, booth))
        before = cpu_of(booth)
        also, answer = timed(partial(ask, booth, evidence))
        assert {f.check for f in answer.findings} == {f.check for f in examination.findings}
        in_booth_cpu = cpu_of(booth) - before
        if number >= 2:  # noqa: PLR2004 -- the first two warm up
            here.append(seconds)
            sealing.append(took)
            there.append(also)
            here_cpu += in_process_cpu
            there_cpu += in_booth_cpu
    print(f"{sessions} sessions by face, one at a time, document and capture the same:\n")
    print("| | wall ms, median | p99 | CPU ms, mean |\n|---|---|---|---|")
    for name, times, spent in (("in this process", here, here_cpu), ("in the booth", there, there_cpu)):
        print(f"| {name} | {_ms(times, 50)} | {_ms(times, 99)} | {1000 * spent / sessions:.0f} |")
    print(f"| sealing the files, in a process of its own (the client's side) | {_ms(sealing, 50)} | | |")
    print(f"\nwall {statistics.median(there) / statistics.median(here):.2f}, CPU {there_cpu / here_cpu:.2f}")
    return statistics.median(there) / statistics.median(here)


def memory(photographs: Photographs, booth: Booth) -> None:
    """Print the keeper's share of memory and the most that a worker held for itself."""
    if os.geteuid() != 0:
        print("\nmemory: not seen, since only root may look into the keeper")
        return
    keeper = _keeper_of(booth)
    evidence = photographs.sealed(booth)
    most = {"Pss": 0, "Private_Dirty": 0}
    asking = threading.Thread(target=ask, args=(booth, evidence))
    asking.start()
    while asking.is_alive():
        for worker in Path(f"/proc/{keeper}/task/{keeper}/children").read_text(encoding="ascii").split():
            most = {kind: max(seen, held(int(worker), kind)) for kind, seen in most.items()}
        time.sleep(0.01)
    pss, own = most["Pss"] >> 10, most["Private_Dirty"] >> 10
    keepers = held(keeper, "Pss") >> 10
    print(f"\nmemory (PSS): keeper {keepers} MB; a worker at most {pss} MB, {own} of it its own")


def under_load(photographs: Photographs, booth: Booth, many: int, seconds: float) -> int:
    """Ask from many threads for so long; print what came, and give how many sessions were lost."""
    load, lock, until = Load(), threading.Lock(), time.monotonic() + seconds
    asked = Counter[str]()

    def keep_asking() -> None:
        while time.monotonic() < until:
            evidence = photographs.sealed(booth)
            with lock:
                asked["sessions"] += 1
            began = time.perf_counter()
            try:
                ask(booth, evidence)
            except TooMany as full:
                with lock:
                    load.said["told"] += 1
                    load.retry_after_s.append(full.retry_after_s or 0)
                time.sleep(full.retry_after_s or 1)
            except Unavailable:
                with lock:
                    load.said["lost"] += 1
            else:
                with lock:
                    load.seconds.append(time.perf_counter() - began)

    threads = [threading.Thread(target=keep_asking) for _ in range(many)]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lost = asked["sessions"] - len(load.seconds) - load.said["told"]
    told = f"{load.said['told']}"
    if load.retry_after_s:
        told += f", in {min(load.retry_after_s)} to {max(load.retry_after_s)} s"
    rate = len(load.seconds) / (time.monotonic() - began)
    print(
        f"| {many} | {rate:.2f} | {_ms(load.seconds, 50)} ms | {_ms(load.seconds, 99)} ms | {told} | {lost} |"
    )
    return lost


def ask(booth: Booth, evidence: Evidence) -> Examination:
    """Have evidence examined."""
    return booth.examine(evidence, an_assignment(evidence.terms.session))


def timed(act: Callable[[], Result]) -> tuple[float, Result]:
    """Do something, and give its seconds too."""
    began = time.perf_counter()
    result = act()
    return time.perf_counter() - began, result


def cpu_of(booth: Booth) -> float:
    """Give the CPU seconds of the keeper, of its workers once they have ended, and of this process."""
    keeper = _keeper_of(booth)
    children = Path(f"/proc/{keeper}/task/{keeper}/children")
    while children.read_text(encoding="ascii").strip():
        time.sleep(0.002)
    fields = Path(f"/proc/{keeper}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK") + time.process_time()


def held(pid: int, kind: str) -> int:
    """Read what a process holds, in KiB; 0 when it is gone."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith(f"{kind}:"))


def _ms(seconds: list[float], percent: int) -> str:
    if not seconds:
        return "-"
    at = min(len(seconds) - 1, round(percent / 100 * (len(seconds) - 1)))
    return f"{1000 * sorted(seconds)[at]:.0f}"


if __name__ == "__main__":
    sys.exit(main())
