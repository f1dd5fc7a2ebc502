"""A verifier that is not ours accepts our log and refuses it changed: Go's x/mod/sumdb, from Debian."""

import base64
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lineproof.transparency.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint
from lineproof.transparency.proof import TileHashes, consistency_proof, inclusion_proof
from lineproof.transparency.tile import (
    TILE_WIDTH,
    TilePlace,
    bundle_bytes,
    bundle_path,
    places_for,
    tile_bytes,
    tile_path,
)
from lineproof.transparency.tree import leaf_hash, range_of
from tests.transparency.test_note import a_signer, an_ml_dsa_signer

GO_PATH = Path("/usr/share/gocode")
SOURCE = Path(__file__).parent / "go" / "verify.go"
pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(
        shutil.which("go") is None or not (GO_PATH / "src/golang.org/x/mod/sumdb").is_dir(),
        reason="Go or its package x/mod is missing: tools/install-go",
    ),
]
ORIGIN = "alice.example/log"
ALICE, MALLORY = a_signer(ORIGIN), a_signer(ORIGIN, seed=6)
OLDER, SIZE = 100_003, 200_000
PROVEN = (0, 1, 255, 256, 65535, 65536, 131071, 131072, 199_935, 199_936, 199_999)


def entry(number: int) -> bytes:
    return b'{"n":%d}' % number + b" " * (number % 7)


LEVELS = list[list[bytes]]


def levels_of(leaves: list[bytes]) -> LEVELS:
    """Hash each level of tiles from the full tiles of the one below."""
    levels = [leaves]
    while len(levels[-1]) >= TILE_WIDTH:
        row = levels[-1]
        full = range(0, len(row) - TILE_WIDTH + 1, TILE_WIDTH)
        levels.append([range_of(row[at : at + TILE_WIDTH]).root() for at in full])
    return levels


def grow(folder: Path, levels: LEVELS, old: int, new: int) -> None:
    """Write what a log that grew has to write, then its checkpoint."""
    for place in places_for(old, new):
        numbers = range(place.index * TILE_WIDTH, place.index * TILE_WIDTH + place.width)
        if place.level is None:
            content = bundle_bytes([entry(number) for number in numbers])
        else:
            content = tile_bytes([levels[place.level][number] for number in numbers])
        file = folder / place.path
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("xb") as fresh:
            fresh.write(content)
    checkpoint = Checkpoint(ORIGIN, new, range_of(levels[0][:new]).root())
    (folder / "checkpoint").write_bytes(sign_checkpoint(checkpoint, [ALICE]))


def proofs(folder: Path) -> Iterator[str]:
    """Make proofs from the tiles as they were written."""

    def read_tile(place: TilePlace) -> bytes:
        return (folder / place.path).read_bytes()

    hash_at = TileHashes(read_tile, SIZE).hash_at
    for number in PROVEN:
        yield line(f"inclusion {number}", inclusion_proof(number, SIZE, hash_at))
    yield line("consistency", consistency_proof(OLDER, SIZE, hash_at))


def line(title: str, hashes: tuple[bytes, ...]) -> str:
    return " ".join([title, *(base64.b64encode(one).decode() for one in hashes)]) + "\n"


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Publish a log twice, as it grows."""
    folder = tmp_path_factory.mktemp("log")
    levels = levels_of([leaf_hash(entry(number)) for number in range(SIZE)])
    grow(folder, levels, 0, OLDER)
    (folder / "checkpoint").rename(folder / "older")
    grow(folder, levels, OLDER, SIZE)
    (folder / "proofs").write_text("".join(proofs(folder)))
    return folder


@pytest.fixture(scope="module")
def verifier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the verifier, without a network."""
    folder = tmp_path_factory.mktemp("go")
    environment = {
        **os.environ,
        "GO111MODULE": "off",
        "GOPATH": str(GO_PATH),
        "GOCACHE": str(folder / "cache"),
        "GOFLAGS": "",
        "CGO_ENABLED": "0",
    }
    command = ["go", "build", "-p", "1", "-o", str(folder / "verify"), str(SOURCE)]
    subprocess.run(command, env=environment, check=True, timeout=300, capture_output=True)
    return folder / "verify"


def verify(verifier: Path, folder: Path, key: str = ALICE[0].text, origin: str = ORIGIN) -> tuple[int, str]:
    done = subprocess.run(
        [str(verifier), str(folder), key, origin], capture_output=True, text=True, check=False, timeout=120
    )
    return done.returncode, done.stdout.strip()


def test_log_its_proofs_and_checkpoints_are_accepted(verifier: Path, published: Path):
    assert verify(verifier, published) == (0, "verified 200000 entries")


def test_checkpoint_that_ml_dsa_44_signed_as_well_is_accepted(verifier: Path, published: Path):
    file = published / "checkpoint"
    content = file.read_bytes()
    said = open_checkpoint(content, keys=[ALICE[0]], origin=ORIGIN)
    try:
        file.write_bytes(sign_checkpoint(said, [an_ml_dsa_signer(ORIGIN), ALICE]))
        assert verify(verifier, published) == (0, "verified 200000 entries")
        file.write_bytes(sign_checkpoint(said, [an_ml_dsa_signer(ORIGIN)]))
        assert verify(verifier, published)[0] == 1
    finally:
        file.write_bytes(content)


def test_key_or_origin_of_another_log_is_refused(verifier: Path, published: Path):
    assert verify(verifier, published, key=MALLORY[0].text)[0] == 1
    assert verify(verifier, published, origin="bo.example/log") == (
        1,
        "checkpoint: not three lines of this log",
    )


def flip(content: bytes, at: int) -> bytes:
    changed = bytearray(content)
    changed[at] ^= 1
    return bytes(changed)


def another_root(content: bytes) -> bytes:
    """Sign, with the log's own key, a root hash that its tiles do not have."""
    return sign_checkpoint(Checkpoint(ORIGIN, SIZE, leaf_hash(content)), [ALICE])


def another_proof(content: bytes) -> bytes:
    lines = content.splitlines(keepends=True)
    return b"".join([lines[0].replace(b"inclusion 0", b"inclusion 1"), *lines[1:]])


def another_history(content: bytes) -> bytes:
    """An earlier checkpoint, signed by the log, that is not the beginning of this one."""
    return sign_checkpoint(Checkpoint(ORIGIN, OLDER, leaf_hash(content)), [ALICE])


CHANGES: dict[str, tuple[str, Callable[[bytes], bytes], str]] = {
    "entry": (bundle_path(300), lambda content: flip(content, 5), "entry"),
    "last entry": (bundle_path(781, width=64), lambda content: flip(content, -1), "entry"),
    "entry left out": (bundle_path(781, width=64), lambda content: content[:-2], "bundle"),
    "tile": (tile_path(0, 300), lambda content: flip(content, 77), "tiles"),
    "tile of tiles": (tile_path(1, 2), lambda content: flip(content, 77), "tiles"),
    "partial tile": (tile_path(2, 0, width=3), lambda content: flip(content, 77), "tiles"),
    "narrower tile": (tile_path(0, 781, width=64), lambda content: content[:-32], "tiles"),
    "size in a checkpoint": ("checkpoint", lambda content: content.replace(b"200000", b"199999"), "check"),
    "signature": ("checkpoint", lambda content: flip(content, -10), "checkpoint"),
    "root hash": ("checkpoint", another_root, "tiles"),
    "proof": ("proofs", another_proof, "inclusion"),
    "history": ("older", another_history, "consistency"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_log_in_which_one_thing_is_changed_is_refused(name: str, verifier: Path, published: Path):
    path, change, said = CHANGES[name]
    file = published / path
    content = file.read_bytes()
    try:
        file.write_bytes(change(content))
        status, sentence = verify(verifier, published)
    finally:
        file.write_bytes(content)
    assert (status, sentence[: len(said)]) == (1, said)
