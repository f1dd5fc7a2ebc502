"""Hostile code inside the production keeper's worker reaches nothing, and harms its own job alone."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from lineproof.errors import Unavailable
from lineproof.ports import Assignment
from lineproof.terms import Way
from tests.booth.attacks import NOT_IN_THE_OPEN, attempts
from tests.booth.hostile import HostileBooth

ATTACKS = Path(__file__).with_name("attacks.py")


@pytest.fixture(scope="module")
def hostile() -> Iterator[HostileBooth]:
    with HostileBooth(job_s=3.0) as booth:
        yield booth


@pytest.fixture(scope="module")
def counter(an_assignment) -> Assignment:
    return an_assignment(way=Way.COUNTER)


def folder_of(folder: Path) -> Path:
    folder.mkdir()
    for name in ("lying", "second", "third"):
        (folder / f"{name}.txt").write_text("a secret")
    return folder


@pytest.fixture(scope="module")
def tried(hostile: HostileBooth, counter: Assignment, tmp_path_factory) -> dict[str, str]:
    """What hostile code in a worker tried, and what became of each attempt."""
    folder = folder_of(tmp_path_factory.mktemp("hostile") / "inside")
    came = json.loads(hostile.order(counter, f"attack {folder}"))
    assert sorted(path.name for path in folder.iterdir()) == ["lying.txt", "second.txt", "third.txt"]
    assert (folder / "lying.txt").read_text() == "a secret"
    return came


@pytest.mark.parametrize("attempt", list(attempts("")))
def test_a_confined_worker_cannot(tried, attempt):
    assert tried[attempt].startswith("refused"), tried[attempt]


def test_where_nothing_confines_the_same_attempts_succeed(tmp_path):
    """The positive control: what the worker is refused can be done, and the attempts really do it."""
    folder = folder_of(tmp_path / "outside")
    ran = subprocess.run(
        [sys.executable, str(ATTACKS), str(folder)], capture_output=True, timeout=30, check=True
    )
    came = json.loads(ran.stdout)
    # io_uring and file attributes are switched off on some machines.
    refused = {name for name, said in came.items() if said != "done"} - {
        "set up an io_uring",
        "set an attribute",
    }
    assert not refused, {name: came[name] for name in refused}
    assert came.keys() | NOT_IN_THE_OPEN == attempts("").keys()


def test_a_confined_worker_cannot_take_a_gigabyte_and_a_half(hostile, counter):
    assert hostile.order(counter, "memory") == b"MemoryError"


@pytest.mark.parametrize("command", ["hang", "babble", "lie", "half", "die"])
def test_a_worker_that_misbehaves_harms_its_own_job_alone(hostile, counter, command):
    """Nothing is decided of its own job, and another that runs meanwhile is answered."""
    came = []
    beside = threading.Thread(target=lambda: came.append(hostile.order(counter, "memory")))
    beside.start()
    began = time.monotonic()
    with pytest.raises(Unavailable):
        hostile.examine(hostile.evidence(counter, command), counter)
    beside.join()
    assert came == [b"MemoryError"]
    assert time.monotonic() - began < 20
