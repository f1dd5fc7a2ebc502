"""An import is killed by the kernel, anywhere, again and again, and ends as one that was not."""

import io
import json
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from lineproof.specimen.existing_base import write_base

pytestmark = pytest.mark.long

ROWS = 1200
# Brings a base in, and says on standard output how far it is.
IMPORT = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from lineproof import wiring
from lineproof.decision.policy import shipped_policy
services = wiring.open_record(Path(sys.argv[1]), policy=shipped_policy("specimen"), keeps_referrals=False)
from lineproof.registry.flows.import_lines import ImportSource, SourceFormat, import_lines
now = datetime(2026, 7, 1, 12, tzinfo=UTC)
with open(sys.argv[2], "rb") as rows:
    source = ImportSource(SourceFormat.CSV, rows)
    importing = import_lines(services, source, write=True, now=now, batch_rows=50)
    finished = False
    while not finished:
        step = importing.step(now=now)
        finished = step.finished
        print(step.counts.rows, flush=True)
"""
# Opens everything that was brought in, and prints it without the identifiers that are drawn.
OPEN = """
import json, sys
from collections import Counter
from pathlib import Path
from lineproof import wiring
from lineproof.decision.policy import shipped_policy
services = wiring.open_record(Path(sys.argv[1]), policy=shipped_policy("specimen"), keeps_referrals=False)
from lineproof.registry import models
from lineproof.registry.flows.lines import unseal_line
from lineproof.registry.queries.holder import read_holder_page
lines = []
for custody in models.Custody.objects.select_related("line__imported"):
    page = read_holder_page(services.keys, custody.holder_id)
    request = unseal_line(services, custody.line, custody.holder_id)
    claimed = custody.line.imported
    lines.append([request.name, request.detail, page.name, len(page.lines), page.documents, custody.slot,
                  str(custody.since), claimed.source_row, str(claimed.verified_on), claimed.verified_how])
run = models.ImportRun.objects.get()
counts = {f.name: str(getattr(run, f.name)) for f in run._meta.fields if f.name != "source_digest"}
problems = sorted(models.ImportProblem.objects.values_list("row", "kind"))
bodies = [json.loads(bytes(row.body)) for row in models.Entry.objects.order_by("position")]
log = sorted(Counter((body["kind"], body["outcome"], body["stage"]) for body in bodies).items())
print(json.dumps([sorted(lines), counts, problems, log, models.Notice.objects.count()]))
"""


def run(code: str, *arguments: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def opened(record: Path) -> list[Any]:
    said, _ = run(OPEN, record).communicate(timeout=120)
    content: list[Any] = json.loads(said)
    return content


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("base") / "base.csv"
    with path.open("w", newline="") as stream:
        write_base(stream, lines=ROWS, seed=11, problem_share=0.1)
    return path


def test_killed_import_goes_on_and_ends_with_the_same_record_as_one_that_was_not(base: Path, tmp_path: Path):
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    run(IMPORT, whole, base).communicate(timeout=300)
    kills = 0
    while True:
        process = run(IMPORT, killed, base)
        assert process.stdout is not None
        # Not between two batches, where it says how far it is, but some time into one of the next.
        for _ in range(5):
            if process.stdout.readline() == "":
                break
        time.sleep(0.013 * (kills + 1))
        process.kill()
        process.stdout.close()
        if process.wait(timeout=60) == 0:
            break
        assert process.returncode == -signal.SIGKILL
        kills += 1
        assert kills < 60
    assert kills >= 3
    assert opened(killed) == opened(whole)
    assert len(opened(whole)[0]) > ROWS * 0.8
    with sqlite3.connect(killed / "record.sqlite3") as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_base_as_it_is_tried_has_problems_and_several_lines_of_a_holder():
    """The control: what is compared above is not trivial."""
    stream = io.StringIO(newline="")
    tally = write_base(stream, lines=ROWS, seed=11, problem_share=0.1)
    assert len(tally.problems) == 10
    assert sum(tally.problems.values()) > 60
