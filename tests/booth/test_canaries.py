"""After fifty sessions of every kind nothing of the evidence is in any process or file that lives on.

Looked for: bytes of each photograph's file, rows of its pixels, the first numbers of its embedding. Looked
through: the program's memory and the keeper's, the record with its write-ahead log, temporary files, and
where core files would lie. Each search has a positive control.
"""

import io
import json
import os
import secrets
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.booth.test_forgetting import found_in_memory, is_in_memory, marked

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(os.geteuid() != 0, reason="only root may look into the keeper"),
]
HERE = Path(__file__).parent
KINDS = ("accepted",) * 22 + ("referred",) * 12 + ("killed",) * 6 + ("garbled",) * 6 + ("stopped",) * 4
ENDS = {
    "accepted": {"accept", "refer", "not_verified"},  # noise can spoil a reading; most are accepted
    "referred": {"refer", "not_verified"},
    "killed": {"Unavailable"},
    "garbled": {"Malformed"},
    "stopped": {"Unavailable"},
}


@dataclass(slots=True)
class Needles:
    """What must be nowhere, by what it is."""

    file: list[bytes] = field(default_factory=list)
    pixels: list[bytes] = field(default_factory=list)
    embedding: list[bytes] = field(default_factory=list)

    def all(self) -> list[bytes]:
        return [*self.file, *self.pixels, *self.embedding]


def unlike_any_other(photograph: bytes, generator: np.random.Generator) -> bytes:
    """Add a little noise, so that no two sessions have a row of pixels in common."""
    pixels = np.asarray(Image.open(io.BytesIO(photograph))).astype(np.int16)
    noisy = np.clip(pixels + generator.integers(-3, 4, pixels.shape), 0, 255).astype(np.uint8)
    written = io.BytesIO()
    Image.fromarray(noisy).save(written, "JPEG", quality=95)
    return marked(written.getvalue(), secrets.token_bytes(32))


def core_files(home: Path) -> list[Path]:
    """List what lies where core files would."""
    where_cores_lie = [Path(), home, Path("/tmp"), Path("/var/crash"), Path("/var/lib/systemd/coredump")]
    return [core for folder in where_cores_lie for core in folder.glob("core*") if core.is_file()]


def look_at(path: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(HERE / "looking_process.py"), str(path)], stdout=subprocess.PIPE, text=True
    )


@pytest.fixture(scope="module")
def sessions(alice, tmp_path_factory) -> Iterator[tuple[subprocess.Popen[str], int, Path, Needles]]:
    """A program that has seen fifty sessions and lives on: itself, its keeper, its home, the needles."""
    home = tmp_path_factory.mktemp("canaries")
    pictures = tmp_path_factory.mktemp("pictures")
    (home / "temporary").mkdir()
    held = secrets.token_bytes(32)
    (home / "held.bin").write_bytes(held)
    generator, needles, said = np.random.default_rng(5), Needles(), Counter()
    with subprocess.Popen(
        [sys.executable, str(HERE / "registering_process.py"), str(home / "record"), str(home / "held.bin")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=home,
        env={"TMPDIR": str(home / "temporary"), "HOME": str(home), "PATH": os.defpath},
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        keeper = json.loads(process.stdout.readline())["keeper"]
        for number in range(len(KINDS)):
            kind = KINDS[number * 7 % len(KINDS)]  # mixed
            paths = []
            for part, clean in (("document", alice.document), ("capture", alice.capture)):
                photograph = unlike_any_other(clean.read_bytes(), generator)
                paths.append(pictures / f"{number}-{part}.jpg")
                paths[-1].write_bytes(photograph)
                needles.file += [photograph[6:38], photograph[len(photograph) // 2 :][:32]]
            if kind == "accepted" and number % 5 == 0:
                with look_at(paths[1]) as looking:
                    assert looking.stdout is not None
                    needles.pixels.append(bytes.fromhex(looking.stdout.readline()))
                    needles.embedding.append(bytes.fromhex(looking.stdout.readline()))
                    looking.kill()
            asked = {"document": str(paths[0]), "capture": str(paths[1]), "kind": kind, "number": number}
            process.stdin.write(json.dumps(asked) + "\n")
            process.stdin.flush()
            came = json.loads(process.stdout.readline())["said"]
            assert came in ENDS[kind], (kind, came)
            said[kind, came] += 1
        process.stdin.close()
        assert json.loads(process.stdout.readline())["held"] == len(held)
        assert said["accepted", "accept"] >= 1
        assert said["referred", "refer"] >= 1
        yield process, keeper, home, needles
        process.kill()


def test_no_process_that_lives_on_holds_anything_of_a_photograph(sessions):
    process, keeper, home, needles = sessions
    held = (home / "held.bin").read_bytes()
    assert is_in_memory(process.pid, held), "the positive control: what the program holds is found"
    for pid in (process.pid, keeper):
        assert not found_in_memory(pid, needles.all())


def test_no_file_holds_anything_of_a_photograph(sessions):
    _, _, home, needles = sessions
    assert not core_files(home)
    found = [file for file in home.rglob("*") if file.is_file()]
    assert {"record.sqlite3", "record.sqlite3-wal"} <= {file.name for file in found}
    (home / "temporary" / "control").write_bytes(b"before" + needles.file[7] + b"behind")
    contents = {file: file.read_bytes() for file in home.rglob("*") if file.is_file()}
    hit = {file.name for file, content in contents.items() if any(n in content for n in needles.all())}
    assert hit == {"control"}, "the positive control is found, and nothing else"


def test_needles_are_in_a_process_that_holds_what_they_are_of(alice, tmp_path):
    """The positive control of pixels and embedding: they are found where an examination is not forgotten."""
    photograph = tmp_path / "capture.jpg"
    photograph.write_bytes(unlike_any_other(alice.capture.read_bytes(), np.random.default_rng(9)))
    with look_at(photograph) as looking:
        assert looking.stdout is not None
        pixels, embedding = (bytes.fromhex(looking.stdout.readline()) for _ in range(2))
        for needle in (pixels, embedding, photograph.read_bytes()[6:38]):
            assert is_in_memory(looking.pid, needle)
        looking.kill()
