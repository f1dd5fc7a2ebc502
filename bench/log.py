"""What does the log cost: appending durably beside bare SQLite, publishing, verifying, and memory?

Appending is giving a group of entries their places in one transaction, as a procedure does. Its peer, in
turns with it, is SQLite alone: the same bytes, a row each, a transaction for each group, in the same journal
mode and with the same promise to survive a power cut. Then logs of two sizes are filled, published and
verified, each in a process of its own whose memory is looked at.

    python -m bench.log [--groups 150] [--sizes 10000 1000000] [--folder DIR]
"""

import argparse
import json
import resource
import secrets
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lineproof.transparency.entry import EntryBody, EntryKind, Stage, entry_bytes

GROUPS = (1, 20, 200)
ROUNDS = 5
FILL_AT_ONCE = 1000
NOW = datetime(2026, 11, 1, tzinfo=UTC)
MIB = 1024


@dataclass(frozen=True, slots=True)
class Appending:
    """Entries a second, medians over the rounds, of one size of group."""

    group: int
    log: float
    bare: float

    @property
    def ratio(self) -> float:
        """Give the share of the peer's rate that the log reaches."""
        return self.log / self.bare


def main() -> None:
    """Measure and print."""
    arguments = _arguments()
    if arguments.child:
        _child(arguments.child, Path(arguments.folder))
        return
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        _print_appending(Path(folder), arguments.groups)
        for size in arguments.sizes:
            _print_size(Path(folder) / f"record-{size}", size)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--groups", type=int, default=150, help="transactions a round, of each size of group")
    parser.add_argument(
        "--sizes", type=int, nargs="*", default=[10_000, 1_000_000], help="entries of each log"
    )
    parser.add_argument("--folder", help="where to measure: a folder on the disk that is asked about")
    parser.add_argument(
        "--child", choices=["append", *(name for name, _ in _CHILDREN)], help=argparse.SUPPRESS
    )
    parser.add_argument("--size", type=int, help=argparse.SUPPRESS)
    return parser.parse_args()


def an_entry() -> bytes:
    """Compose an entry of the usual length."""
    return entry_bytes(
        EntryBody(
            kind=EntryKind.DECIDED,
            at=NOW,
            subject=secrets.token_bytes(16),
            stage=Stage.UNDER_WAY,
            outcome="accept",
            by=(),
            due_at=None,
            answers=None,
            policy_digest="ab" * 32,
            release="0.1.0+" + "ab" * 16,
            models="cd" * 32,
            confinement="seccomp",
        ),
        (secrets.token_bytes(32),),
    )


def _print_appending(folder: Path, groups: int) -> None:
    said = _in_child("append", folder / "appending", groups)
    print(f"appending, durable; {ROUNDS} rounds of {groups} groups, in turns; {said['bytes']} bytes an entry")
    print("  group   log, entries/s   SQLite alone   share of it   fsync alone, a second")
    for row in said["rows"]:
        appended = Appending(row["group"], row["log"], row["bare"])
        print(
            f"  {appended.group:5}   {appended.log:14,.0f}   {appended.bare:12,.0f}   {appended.ratio:12.2f}"
            f"   {said['fsync']:21,.0f}"
        )


def _print_size(folder: Path, size: int) -> None:
    for name, says in _CHILDREN:
        said = _in_child(name, folder, size)
        print(
            f"{size:,} entries: {says} {said['seconds']:.2f} s, "
            f"{said['added'] / said['seconds']:,.0f} a second; "
            f"memory {said['peak_mib']:.0f} MiB, {said['peak_mib'] - said['before_mib']:.1f} above the start"
            + (f"; {said['files']:,} files, {said['mib']:.1f} MiB" if "files" in said else "")
        )


def _in_child(name: str, folder: Path, size: int) -> dict[str, Any]:
    """Do one thing in a process of its own, and give what it says."""
    command = [
        sys.executable,
        "-m",
        "bench.log",
        "--child",
        name,
        "--folder",
        str(folder),
        "--size",
        str(size),
    ]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE)  # noqa: S603 -- ourselves
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def _child(name: str, folder: Path) -> None:
    size = int(_arguments().size)
    if name == "append":
        print(json.dumps(_append(folder, size)))
        return
    act = {"fill": _fill, "publish": _publish, "grow": _grow, "verify": _verify}[name]
    prepared = act(folder, size)
    before, began = _peak_mib(), time.perf_counter()
    said = prepared()
    print(
        json.dumps(
            {
                "seconds": time.perf_counter() - began,
                "added": size,
                "before_mib": before,
                "peak_mib": _peak_mib(),
            }
            | said
        )
    )


def _peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MIB


def _open(folder: Path) -> Any:
    from lineproof import wiring
    from lineproof.decision.policy import shipped_policy

    return wiring.open_record(folder, policy=shipped_policy("generic"))


def _append(folder: Path, groups: int) -> dict[str, Any]:
    """Append groups to a log and to a table of SQLite's, in turns."""
    _open(folder)
    from django.db import connection, transaction

    from lineproof.registry.sql.append import append_entries

    def to_log(bodies: list[bytes]) -> None:
        with transaction.atomic():
            append_entries(bodies)

    with connection.cursor() as cursor:
        modes = [cursor.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")]
    bare = sqlite3.connect(folder / "bare.sqlite3", isolation_level=None)
    bare.execute(f"PRAGMA journal_mode={modes[0]}")
    bare.execute(f"PRAGMA synchronous={modes[1]}")
    bare.execute("CREATE TABLE entry (position INTEGER PRIMARY KEY, body BLOB NOT NULL)")

    def to_bare(bodies: list[bytes]) -> None:
        bare.execute("BEGIN IMMEDIATE")
        bare.executemany("INSERT INTO entry (body) VALUES (?)", [(body,) for body in bodies])
        bare.execute("COMMIT")

    rows = []
    for group in GROUPS:
        times: dict[str, list[float]] = {"log": [], "bare": []}
        for _ in range(ROUNDS):
            bodies = [[an_entry() for _ in range(group)] for _ in range(groups)]
            times["log"].append(group * groups / _seconds(to_log, bodies))
            times["bare"].append(group * groups / _seconds(to_bare, bodies))
        rows.append({"group": group} | {name: statistics.median(rates) for name, rates in times.items()})
    return {"rows": rows, "bytes": len(an_entry()), "fsync": _fsyncs_a_second(folder)}


def _seconds(append: Callable[[list[bytes]], None], groups: list[list[bytes]]) -> float:
    began = time.perf_counter()
    for bodies in groups:
        append(bodies)
    return time.perf_counter() - began


def _fsyncs_a_second(folder: Path) -> float:
    """Measure the floor: a page written and brought to the disk."""
    import os

    with (folder / "floor").open("wb") as file:
        began = time.perf_counter()
        for _ in range(200):
            file.write(bytes(4096))
            file.flush()
            os.fsync(file.fileno())
        return 200 / (time.perf_counter() - began)


def _batches(size: int) -> Iterator[list[bytes]]:
    for begin in range(0, size, FILL_AT_ONCE):
        yield [an_entry() for _ in range(min(FILL_AT_ONCE, size - begin))]


def _fill(folder: Path, size: int) -> Callable[[], dict[str, Any]]:
    """Append so many entries, a thousand at a time."""
    _open(folder)
    from django.db import transaction

    from lineproof.registry.sql.append import append_entries

    def fill() -> dict[str, Any]:
        for bodies in _batches(size):
            with transaction.atomic():
                append_entries(bodies)
        return {}

    return fill


def _publish(folder: Path, size: int) -> Callable[[], dict[str, Any]]:
    """Publish them all at once."""
    services = _open(folder)
    from lineproof.registry.flows.publish_log import publish_log

    def publish() -> dict[str, Any]:
        if publish_log(services).added != size:
            raise ValueError("not everything was published")
        found = [path.stat().st_size for path in (folder / "log" / "tile").rglob("*") if path.is_file()]
        return {"files": len(found), "mib": sum(found) / MIB / MIB}

    return publish


def _grow(folder: Path, size: int) -> Callable[[], dict[str, Any]]:
    """Publish a thousand more, twenty at a time, as a server does."""
    del size
    services = _open(folder)
    from django.db import transaction

    from lineproof.registry.flows.publish_log import publish_log
    from lineproof.registry.sql.append import append_entries

    def grow() -> dict[str, Any]:
        spent = 0.0
        for _ in range(50):
            with transaction.atomic():
                append_entries([an_entry() for _ in range(20)])
            began = time.perf_counter()
            publish_log(services)
            spent += time.perf_counter() - began
        return {"seconds": spent / 50, "added": 20}

    return grow


def _verify(folder: Path, size: int) -> Callable[[], dict[str, Any]]:
    """Verify what is published, without the record."""
    from lineproof.tiles.directory import TileFolder
    from lineproof.tiles.reading import verify_published

    def verify() -> dict[str, Any]:
        found = verify_published(TileFolder(folder / "log"), keys=())
        if found.problems or found.entries < size:
            raise ValueError("the published log is not in order")
        return {}

    return verify


_CHILDREN = (
    ("fill", "filled, a thousand at a time,"),
    ("publish", "published at once"),
    ("verify", "verified"),
    ("grow", "twenty more published"),
)

if __name__ == "__main__":
    main()
