"""A process that appends to the log is killed at every call that writes: no gap, no fork, nothing half done.

The calls are found by tracing a run; then the run is done again from the same record once for each of them,
and killed there by the kernel (strace's injection of SIGKILL), which is at once and without a goodbye.
"""

import re
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from lineproof.transparency.tree import leaf_hash

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(shutil.which("strace") is None, reason="strace is missing: tools/install-strace"),
]
CALLS = "pwrite64,write,fsync,fdatasync,ftruncate,rename,renameat2,unlink,openat"
GROUPS = (1, 20, 3)
# Says on standard error that a commit is done; at the end, the write-ahead log is written back.
APPEND = """
import sys
from pathlib import Path
from lineproof import wiring
from lineproof.decision.policy import shipped_policy
wiring.open_record(Path(sys.argv[1]), policy=shipped_policy("specimen"), keeps_referrals=False)
from django.db import connection, transaction
from lineproof.registry.personal import forget_residue
from lineproof.registry.sql.append import append_entries
print("begin", file=sys.stderr, flush=True)
for number, group in enumerate(map(int, sys.argv[2:])):
    with transaction.atomic():
        append_entries([b"%d.%d" % (number, part) for part in range(group)])
    print("done", file=sys.stderr, flush=True)
forget_residue()
print("end", file=sys.stderr, flush=True)
"""


def command(record: Path) -> list[str]:
    return [sys.executable, "-c", APPEND, str(record), *map(str, GROUPS)]


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A record that has the entries of one run."""
    record = tmp_path_factory.mktemp("begun") / "record"
    subprocess.run(command(record), check=True, capture_output=True)
    return record


def writes_of(record: Path, trace: Path) -> list[tuple[str, int]]:
    """Trace a run; give each call that writes while it appends, as its name and its number among its like."""
    watched = ["strace", "-f", "-qq", "-s", "5", "-e", f"trace={CALLS}", "-o", str(trace), *command(record)]
    subprocess.run(watched, check=True, capture_output=True)
    counts: dict[str, int] = {}
    found, appending = [], False
    for line in trace.read_text(errors="replace").splitlines():
        call = re.search(r"\b(\w+)\(", line)
        if call is None:
            continue
        name = call[1]
        counts[name] = counts.get(name, 0) + 1
        if name == "write" and '"begin' in line:
            appending = True
        elif appending and not (name == "openat" and "O_CREAT" not in line):
            found.append((name, counts[name]))
        if name == "write" and '"end' in line:
            break
    return found


def bodies_of(record: Path) -> list[bytes]:
    """Read a record as SQLite recovers it; places and hashes are checked."""
    with sqlite3.connect(record / "record.sqlite3") as database:
        rows = database.execute("SELECT position, body, leaf_hash FROM registry_entry ORDER BY 1").fetchall()
    assert [position for position, *_ in rows] == list(range(len(rows))), "a gap"
    assert all(leaf == leaf_hash(body) for _, body, leaf in rows)
    return [body for _, body, _ in rows]


def test_appending_killed_at_every_call_that_writes_leaves_whole_changes_and_goes_on(
    begun: Path, tmp_path: Path
):
    before = bodies_of(begun)
    groups = [[b"%d.%d" % (number, part) for part in range(group)] for number, group in enumerate(GROUPS)]
    whole = [sum(groups[:count], start=before) for count in range(len(groups) + 1)]
    calls = writes_of(Path(shutil.copytree(begun, tmp_path / "traced")), tmp_path / "trace")
    assert {"pwrite64", "fdatasync"} <= {name for name, _ in calls}
    assert len(calls) > 20
    kept = set()
    for number, (name, count) in enumerate(calls):
        record = Path(shutil.copytree(begun, tmp_path / str(number)))
        inject = f"inject={name}:signal=KILL:when={count}"
        watched = ["strace", "-f", "-qq", "-e", f"trace={name}", "-e", inject, "-o", "/dev/null"]
        ran = subprocess.run([*watched, *command(record)], capture_output=True, text=True, check=False)
        assert "end" not in ran.stderr, (name, count, "it was not killed")
        bodies = bodies_of(record)
        assert bodies in whole, (name, count, "half of a change")
        assert whole.index(bodies) >= ran.stderr.count("done"), (name, count, "a commit was lost")
        kept.add(whole.index(bodies))
        if number % 8 == 0:
            subprocess.run(command(record), check=True, capture_output=True)
            assert bodies_of(record) == bodies + whole[-1][len(before) :]
        shutil.rmtree(record)
    assert kept == {0, 1, 2, 3}, "killed before, between and after the changes"
