"""Which servers of a record run: each notes itself in a small file there, for `lineproof check`.

RECORD/run/PROCESS.json, folder 0700, file 0600, removed when the server ends. It names the program alone:
the process of the pages and the keepers come and go, so they are looked for among its children. What a
killed server leaves names nobody: a process is known by its number, when it started and since which boot.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from lineproof.booth.inspection.processes import is_alive, started_ticks
from lineproof.errors import Unavailable

_BOOT = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True, slots=True)
class Server:
    """A program that serves. started_at: UTC, ISO 8601. started_ticks, boot: so that its number names it."""

    program: int
    started_ticks: int
    boot: str
    started_at: str
    address: str
    release: str

    @property
    def runs(self) -> bool:
        """Tell whether this very process is alive."""
        try:
            return (
                is_alive(self.program)
                and started_ticks(self.program) == self.started_ticks
                and _boot() == self.boot
            )
        except OSError:
            return False


@contextmanager
def noting(record: Path) -> Iterator["Note"]:
    """Give a note that says once that this process serves; it is taken away again in the end."""
    note = Note(record / "run" / f"{os.getpid()}.json")
    try:
        yield note
    finally:
        note.take_away()


class Note:
    """The file of one server."""

    def __init__(self, path: Path) -> None:
        """Make one that is not written."""
        self._path = path

    def write(self, *, address: str, release: str) -> None:
        """Say that this process serves, whole or not at all; nothing where there is no /proc to look at.

        Notes of servers that were killed are taken away.
        """
        if not _BOOT.exists():
            return
        now = datetime.now(UTC).isoformat(timespec="seconds")
        server = Server(os.getpid(), started_ticks(os.getpid()), _boot(), now, address, release)
        folder = self._path.parent
        folder.mkdir(mode=0o700, exist_ok=True)
        for path in folder.glob("*.json"):
            noted = _read(path)
            if noted is None or not noted.runs:
                path.unlink(missing_ok=True)
        aside = self._path.with_suffix(".part")
        aside.unlink(missing_ok=True)
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(asdict(server), file)
        aside.replace(self._path)

    def take_away(self) -> None:
        """Remove the file, if it was written, and the folder, if it is the last."""
        with suppress(OSError):
            self._path.unlink(missing_ok=True)
            self._path.parent.rmdir()


def running_servers(record: Path) -> list[Server]:
    """Read which servers of a record run; Unavailable when none does, or their notes may not be read."""
    folder = record / "run"
    try:
        noted = [_read(path) for path in sorted(folder.glob("*.json"))]
    except PermissionError as error:
        raise Unavailable(
            f"{folder} may not be read.", remedy="Check as the user who serves, or as root."
        ) from error
    running = [server for server in noted if server is not None and server.runs]
    if not running:
        raise Unavailable(
            f"No server of the record in {record} is running here.",
            remedy=f"Start one with: lineproof serve --record {record}",
        )
    return running


def _read(path: Path) -> Server | None:
    """Read a note; None for what is none, or is of another release's form."""
    try:
        return Server(**json.loads(path.read_bytes()))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError):
        return None


def _boot() -> str:
    return _BOOT.read_text(encoding="ascii").strip()
