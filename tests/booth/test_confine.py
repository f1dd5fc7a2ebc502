"""Hostile code inside a confined worker reaches no file, no network and no more memory."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

CAP_SYS_RESOURCE = 24
HOSTILE = Path(__file__).with_name("hostile_worker.py")


@pytest.fixture(scope="module")
def tried(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What hostile code in a worker tried, and what became of each attempt."""
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "lying.txt").write_text("a secret")
    ran = subprocess.run(
        [sys.executable, str(HOSTILE), str(folder)], capture_output=True, timeout=30, check=True
    )
    assert sorted(path.name for path in folder.iterdir()) == ["lying.txt"]
    return json.loads(ran.stdout)


@pytest.mark.parametrize(
    "attempt",
    [
        "read a file",
        "write a new file",
        "overwrite a file",
        "list a folder",
        "open a socket",
        "open a pair of sockets",
        "open a pipe",
        "double the descriptor",
        "make a file in memory",
        "import a module",
        "use another descriptor",
    ],
)
def test_a_confined_worker_cannot(tried, attempt):
    assert tried[attempt].startswith("OSError"), tried[attempt]


def test_a_confined_worker_cannot_take_a_gigabyte_and_a_half(tried):
    assert tried["take memory"] == "MemoryError"


def test_a_confined_worker_leaves_no_core_dump_and_gains_no_privileges(tried):
    assert tried["core size"] == "(0, 0)"
    assert tried["dumpable"] == "0"
    assert tried["no new privileges"] == "1"


def test_a_confined_worker_cannot_run_for_ever(tried):
    assert tried["processor seconds"] == "(20, 20)"


def test_a_confined_worker_cannot_lift_its_limits_unless_it_is_privileged(tried):
    lifted = tried["lift a limit"]
    # A privileged worker can, since no system-call filter is built yet: docs/trust.md.
    assert lifted == "done" if may_lift_limits() else lifted.startswith("ValueError")


def may_lift_limits() -> bool:
    """Tell whether this process has CAP_SYS_RESOURCE."""
    status = Path("/proc/self/status").read_text()
    capabilities = next(line.split()[1] for line in status.splitlines() if line.startswith("CapEff:"))
    return bool(int(capabilities, 16) >> CAP_SYS_RESOURCE & 1)
