"""A booth of one's own, a relay that can be killed, and a specimen to examine."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from lineproof.booth.relay import Booth
from lineproof.decision.policy import shipped_policy
from lineproof.ports import Assignment, SealPurpose, SealTerms
from lineproof.specimen.people import ALICE, draw_capture, draw_document
from lineproof.terms import SessionId, Way
from tests.fakes.photographs import Photographs

SESSION = SessionId(UUID("4b3c1d4e-9f6a-4f0e-8a51-0c9d2f7b6e11"))
RELAY = Path(__file__).with_name("relay_process.py")


@pytest.fixture(scope="session")
def alice(tmp_path_factory: pytest.TempPathFactory) -> Photographs:
    """Alice's passport and her face, as files."""
    folder = tmp_path_factory.mktemp("alice")
    photographs = Photographs(folder / "document.jpg", folder / "capture.jpg")
    photographs.document.write_bytes(draw_document(ALICE))
    (folder / "capture.jpg").write_bytes(draw_capture(ALICE))
    return photographs


@pytest.fixture(scope="session")
def booth() -> Iterator[Booth]:
    """One running booth."""
    with Booth() as running:
        yield running


@pytest.fixture(scope="session")
def an_assignment() -> Callable[..., Assignment]:
    """Builds assignments: an_assignment(way=Way.COUNTER)."""

    def build(
        *, way: Way = Way.FACE, session: SessionId = SESSION, case_key: bytes | None = None
    ) -> Assignment:
        policy = shipped_policy("specimen")
        return Assignment(session, policy, way, date(2026, 11, 21), case_key=case_key)

    return build


@pytest.fixture(scope="session")
def the_terms() -> SealTerms:
    """Terms of a seal to a key of nobody."""
    return SealTerms(
        SESSION, SealPurpose.EXAMINE, b"c" * 16, datetime(2030, 1, 1, tzinfo=UTC), b"\4" + b"k" * 64
    )


@dataclass(slots=True)
class Relay:
    """A process that holds a booth: what it says, its keeper, and the workers alive now."""

    process: subprocess.Popen[str]
    keeper: int

    def ask(self, photographs: Photographs) -> None:
        """Start an examination."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps([str(photographs.document), str(photographs.capture)]) + "\n")
        self.process.stdin.flush()

    def answer(self) -> Any:
        """Wait for its end: the outcome of each check, or {"error": ..., "what": ...}."""
        assert self.process.stdout is not None
        return json.loads(self.process.stdout.readline())

    def worker(self) -> int:
        """Wait for a worker, and give its process number."""
        due = time.monotonic() + 20
        while time.monotonic() < due:
            if workers := children(self.keeper):
                return workers[0]
            time.sleep(0.001)
        raise AssertionError("no worker came")


def children(pid: int) -> list[int]:
    """List the living children of a process."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@pytest.fixture
def relay(tmp_path: Path) -> Iterator[Relay]:
    """A relay in a process of its own. It holds the content of tmp_path / "held.bin"."""
    held, temporary = tmp_path / "held.bin", tmp_path / "temporary"
    held.write_bytes(b"")
    temporary.mkdir()
    with subprocess.Popen(
        [sys.executable, str(RELAY), str(held)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={"TMPDIR": str(temporary), "HOME": str(tmp_path)},
        text=True,
    ) as process:
        assert process.stdout is not None
        yield Relay(process, json.loads(process.stdout.readline())["keeper"])
        process.kill()
