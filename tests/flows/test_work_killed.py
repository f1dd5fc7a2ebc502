"""A worker is stopped, or killed at every call that writes: nothing is half done, and the next goes on.

The calls are found and the process is killed as in test_append_killed.py.
"""

import json
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lineproof.tiles.directory import TileFolder
from lineproof.transparency.tree import leaf_hash

pytestmark = pytest.mark.long
COMMAND = Path(sys.executable).with_name("lineproof")
CALLS = "pwrite64,fdatasync,fsync,rename,renameat2,ftruncate,link,linkat"
LINES = 2
# Lines of one holder, whose orders wait; and a log with a name.
PREPARE = """
import os, sys
from datetime import UTC, datetime
from pathlib import Path
from lineproof import wiring
from lineproof.decision.policy import shipped_policy
services = wiring.open_record(Path(sys.argv[1]), policy=shipped_policy("specimen"), keeps_referrals=False)
from django.db import transaction
from lineproof.line.request import LineRequest
from lineproof.registry import models, personal
from lineproof.registry.flows.lines import enter_line
from lineproof.registry.flows.log import LogWriter, SaltOwner
from lineproof.registry.flows.log_origin import set_log_origin
from lineproof.registry.models.choices import Retention
from lineproof.terms import AccessId, HolderId
now = datetime.now(UTC)
holder = models.Holder(created_at=now, likeness_index=os.urandom(32))
holder.sealed_identity = personal.seal(services.keys, {"full_name": "Alice"}, subject=holder.id,
    retention=Retention.IDENTITY, place="holder.sealed_identity")
holder.save(force_insert=True)
for number in range(int(sys.argv[2])):
    with transaction.atomic(), LogWriter(services, SaltOwner(holder.id, Retention.IDENTITY), now=now) as log:
        enter_line(LineRequest(AccessId.parse(f"alice.{number}", "1 Quay Street")), HolderId(holder.id), log)
set_log_origin()
"""
# A round of the real worker, between two words; slow: each order takes so many seconds.
WORK = """
import sys, time
from dataclasses import replace
from pathlib import Path
from lineproof import structured, wiring
from lineproof.cli.work import _stopping
from lineproof.decision.policy import shipped_policy
services, vault = wiring.open_record_with_case_keys(Path(sys.argv[1]), policy=shipped_policy("specimen"))
from lineproof.registry.flows.due import due_tasks
from lineproof.working import Worker
class Slow:
    def switch(self, order):
        print("telling", file=sys.stderr, flush=True)
        time.sleep(float(sys.argv[2]))
worker = Worker(replace(services, network=Slow()), due_tasks(vault))
print("begin", file=sys.stderr, flush=True)
with _stopping(worker):
    worker.run_once()
print("end", file=sys.stderr, flush=True)
"""


def prepared(record: Path, lines: int = LINES) -> Path:
    subprocess.run([sys.executable, "-c", PREPARE, str(record), str(lines)], check=True, capture_output=True)
    return record


def command(record: Path, slow: float = 0) -> list[str]:
    return [sys.executable, "-c", WORK, str(record), str(slow)]


def carried_out(record: Path) -> int:
    """Count the orders that are done, as SQLite recovers the record; each is done whole, or not at all."""
    with sqlite3.connect(record / "record.sqlite3") as database:
        orders = database.execute(
            "SELECT o.open, d.id IS NOT NULL, l.state FROM registry_order o JOIN registry_line l"
            " ON l.id = o.line_id LEFT JOIN registry_orderdone d ON d.order_id = o.id"
        ).fetchall()
        entries = database.execute(
            "SELECT position, body, leaf_hash FROM registry_entry ORDER BY 1"
        ).fetchall()
    assert set(orders) <= {(1, 0, "pending"), (0, 1, "active")}, "half an order"
    assert [position for position, *_ in entries] == list(range(len(entries))), "a gap"
    assert all(leaf == leaf_hash(body) for _, body, leaf in entries)
    switched = sum(json.loads(body)["kind"] == "line_switched_on" for _, body, _ in entries)
    done = sum(order == (0, 1, "active") for order in orders)
    assert switched == done, "a change without its entry, or the reverse"
    return done


def writes_of(record: Path, trace: Path) -> list[tuple[str, int]]:
    """Trace a run; give each call that writes while it works, as its name and its number among its like."""
    watched = ["strace", "-f", "-qq", "-s", "5", "-e", f"trace={CALLS},write", "-o", str(trace)]
    subprocess.run([*watched, *command(record)], check=True, capture_output=True)
    counts: dict[str, int] = {}
    found, working = [], False
    for line in trace.read_text(errors="replace").splitlines():
        call = re.search(r"\b(\w+)\(", line)
        if call is None:
            continue
        name = call[1]
        counts[name] = counts.get(name, 0) + 1
        if name == "write":
            working = working or '"begin' in line
            if '"end' in line:
                break
        elif working:
            found.append((name, counts[name]))
    return found


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is missing: tools/install-strace")
def test_worker_killed_at_every_call_that_writes_leaves_whole_changes_and_the_next_goes_on(tmp_path: Path):
    begun = prepared(tmp_path / "begun")
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
        kept.add(carried_out(record))
        if number % 8 == 0:
            subprocess.run(command(record), check=True, capture_output=True)
            assert carried_out(record) == LINES
            checkpoint = TileFolder(record / "log").checkpoint()
            assert checkpoint is not None
            with sqlite3.connect(record / "record.sqlite3") as database:
                ((entries,),) = database.execute("SELECT count(*) FROM registry_entry").fetchall()
            assert int(checkpoint.splitlines()[1]) == entries
        shutil.rmtree(record)
    assert kept == set(range(LINES + 1)), "killed before, between and after the changes"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_worker_that_is_told_to_stop_ends_the_unit_in_hand_and_begins_no_other(
    tmp_path: Path, number: signal.Signals
):
    """Twelve lines wait, a unit has five, and the network is in the midst of the second."""
    record = prepared(tmp_path / "record", 12)
    with subprocess.Popen(command(record, 0.3), stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        said = ""
        while said.count("telling") < 2:
            said += process.stderr.readline()
        process.send_signal(number)
        began = time.monotonic()
        _, rest = process.communicate(timeout=20)
    assert process.returncode == 0
    assert time.monotonic() - began < 5
    assert (said + rest).count("telling") == 5
    assert carried_out(record) == 5


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_command_works_until_it_is_told_to_stop_and_says_that_it_drained(
    tmp_path: Path, number: signal.Signals
):
    record = prepared(tmp_path / "record")
    said = [str(COMMAND), "work", "--record", str(record), "--interval", "3600", "--policy", "specimen"]
    with subprocess.Popen(said, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        lines = [json.loads(process.stderr.readline()) for _ in range(1 + LINES)]
        while lines[-1]["event"] != "task_done" or lines[-1]["task"] != "publish_log":
            lines.append(json.loads(process.stderr.readline()))
        time.sleep(0.5)  # it rests now, for an hour
        began = time.monotonic()
        process.send_signal(number)
        out, err = process.communicate(timeout=20)
    assert time.monotonic() - began < 5
    assert (process.returncode, out) == (0, "")
    assert lines[0]["event"] == "started"
    assert [json.loads(line)["event"] for line in err.splitlines()] == ["drained"]
    assert sum(line["event"] == "order_carried_out" for line in lines) == LINES
    assert carried_out(record) == LINES
    assert "alice" not in json.dumps(lines).lower()


def test_two_workers_on_one_record_carry_each_order_out_once(tmp_path: Path):
    record = prepared(tmp_path / "record", 20)
    both = [subprocess.Popen(command(record, 0.01), stderr=subprocess.PIPE, text=True) for _ in range(2)]
    for process in both:
        _, err = process.communicate(timeout=60)
        assert (process.returncode, "end" in err) == (0, True), err
    assert carried_out(record) == 20
