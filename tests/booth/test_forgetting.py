"""Photographs is nowhere but in a living worker: canaries are searched for in memory and in files."""

import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.fakes.photographs import Photographs

MOST_BYTES_AT_ONCE = 64 << 20


def marked(jpeg: bytes, canary: bytes) -> bytes:
    """Put a canary into a JPEG as a comment."""
    return jpeg[:2] + b"\xff\xfe" + (len(canary) + 2).to_bytes(2, "big") + canary + jpeg[2:]


def is_in_memory(pid: int, canary: bytes) -> bool:
    """Search everything that a process can write to."""
    return bool(found_in_memory(pid, [canary]))


def found_in_memory(pid: int, canaries: list[bytes]) -> set[bytes]:
    """Give those that are found in what a process can write to, and search no further once one is."""
    for content in memory_of(pid):
        if found := {canary for canary in canaries if canary in content}:
            return found
    return set()


def memory_of(pid: int) -> Iterable[bytes]:
    """Read everything that a process can write to, one mapping after another."""
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            span, rights, *_ = line.split()
            if not rights.startswith("rw"):
                continue
            begin, end = (int(place, 16) for place in span.split("-"))
            try:
                memory.seek(begin)
                content = b"".join(_chunks(memory, end - begin))
            except OSError:  # unmapped meanwhile
                continue
            yield content


def _chunks(memory, size: int) -> Iterable[bytes]:
    while size > 0 and (part := memory.read(min(size, MOST_BYTES_AT_ONCE))):
        size -= len(part)
        yield part


@pytest.fixture
def canary() -> bytes:
    """32 bytes that are nowhere else."""
    return secrets.token_bytes(32)


@pytest.fixture
def marked_alice(alice, canary, tmp_path: Path) -> Photographs:
    """Alice's evidence, each file with the canary in it."""
    evidence = Photographs(tmp_path / "document.jpg", tmp_path / "capture.jpg")
    for clean, copy in ((alice.document, evidence.document), (alice.capture, evidence.capture)):
        copy.write_bytes(marked(clean.read_bytes(), canary))
    return evidence


def test_no_process_that_lives_on_holds_evidence_and_no_temporary_file_was_made(
    relay, marked_alice, canary, tmp_path
):
    held = secrets.token_bytes(32)
    (tmp_path / "held.bin").write_bytes(held)
    for _ in range(2):
        relay.ask(marked_alice)
        assert relay.answer()["same_person"] == "pass"
    assert is_in_memory(relay.process.pid, held), "the positive control: what the relay holds is found"
    assert not is_in_memory(relay.process.pid, canary)
    if os.geteuid() == 0:
        assert not is_in_memory(relay.keeper, canary)
    else:  # Nobody else may look, the keeper's own user included.
        with pytest.raises(PermissionError):
            is_in_memory(relay.keeper, canary)
    assert not list((tmp_path / "temporary").iterdir())


def test_a_living_worker_holds_evidence_and_only_root_can_read_it(relay, marked_alice, canary):
    relay.ask(marked_alice)
    worker, found = relay.worker(), False
    while not found:
        os.kill(worker, signal.SIGSTOP)
        try:
            found = is_in_memory(worker, canary)
        except PermissionError:
            assert os.geteuid() != 0
            break
        finally:
            os.kill(worker, signal.SIGCONT)
        time.sleep(0.05)  # so that it comes on between two searches
    assert found or os.geteuid() != 0
    assert relay.answer()["same_person"] == "pass"


def test_a_recorded_verification_leaves_nothing_of_the_evidence_in_any_file(marked_alice, canary, tmp_path):
    home = tmp_path / "home"
    for folder in ("home/temporary", "record"):
        (tmp_path / folder).mkdir(parents=True)
    command = [str(Path(sys.executable).with_name("lineproof")), "verify", "--policy", "specimen"]
    command += ["--document", str(marked_alice.document), "--capture", str(marked_alice.capture)]
    ran = subprocess.run(
        [*command, "--record", str(tmp_path / "record")],
        env={"HOME": str(home), "TMPDIR": str(home / "temporary"), "PATH": os.defpath},
        stdout=subprocess.DEVNULL,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 4
    recorded = [file for file in (tmp_path / "record").rglob("*") if file.is_file()]
    assert "record.sqlite3" in {file.name for file in recorded}
    pixels = marked_alice.document.read_bytes()[-64:-32]
    name = b"ABELARD"
    for file in recorded:
        content = file.read_bytes()
        for secret in (canary, pixels, name):
            assert secret not in content, file.name
    assert not [file for file in home.rglob("*") if file.is_file()]
