"""The real server keeps the log published, and whoever is told the key verifies it over http."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from lineproof.errors import NotPermitted
from lineproof.tiles.directory import TileFolder
from lineproof.tiles.reading import verify_published
from lineproof.tiles.url import TileUrl
from lineproof.transparency.note import NoteKey

_SERVE = """
import sys
from pathlib import Path
from lineproof.decision.policy import shipped_policy
from lineproof.web.server import serve_pages
def ready(address):
    print(address, flush=True)

serve_pages(Path(sys.argv[1]), port=0, ready=ready, published_by=shipped_policy(sys.argv[2]))
"""
COMMAND = Path(sys.executable).with_name("lineproof")


@contextmanager
def serving(record: Path, policy: str) -> Iterator[str]:
    command = [sys.executable, "-c", _SERVE, str(record), policy]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip() + "log"
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def lineproof(*arguments: object) -> str:
    environment = {name: value for name, value in os.environ.items() if name != "LINEPROOF_RECORD"}
    said = [str(COMMAND), *map(str, arguments)]
    return subprocess.run(
        said, env=environment, timeout=60, check=True, capture_output=True, text=True
    ).stdout


def wait_until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.1)


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Path:
    record = tmp_path_factory.mktemp("served") / "record"
    lineproof("agents", "add", "ada", "--record", record)
    lineproof("log", "origin", "example.net/log", "--record", record)
    return record


def test_log_is_published_within_seconds_and_verified_over_http(record: Path):
    key = NoteKey.parse(lineproof("log", "key", "--record", record).split()[-1])
    with serving(record, "specimen") as address:
        source = TileUrl(address)
        wait_until(lambda: source.checkpoint() is not None)
        found = verify_published(source, keys=[key])
    assert (found.problems, found.entries) == ((), 1)


def test_log_for_inspectors_is_published_and_verified_with_a_token_until_it_is_revoked(
    record: Path, tmp_path: Path
):
    key = NoteKey.parse(lineproof("log", "key", "--record", record).split()[-1])
    token = lineproof("inspectors", "add", "ines", "--record", record).splitlines()[2].strip()
    folder = TileFolder(record / "log")
    with serving(record, "generic") as address:
        wait_until(lambda: b"\n3\n" in (folder.checkpoint() or b""))
        with pytest.raises(NotPermitted, match="for inspectors"):
            TileUrl(address).checkpoint()
        source = TileUrl(address, token=token)
        found = verify_published(source, keys=[key])
        assert (found.problems, found.entries) == ((), 3)
        lineproof("inspectors", "revoke", "ines", "--record", record)
        with pytest.raises(NotPermitted, match="revoked"):
            verify_published(source, keys=[key])
