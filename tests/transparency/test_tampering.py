"""Every way to tamper with a published log is detected, by `log verify` or by verifying a receipt.

Mallory writes into the published folder, and in the last classes holds the key that signs as well: then an
earlier checkpoint, which somebody kept elsewhere, is what shows it.
"""

import base64
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from lineproof.errors import Malformed, NotPermitted
from lineproof.tiles.directory import TileFolder
from lineproof.tiles.reading import verify_published
from lineproof.transparency.checkpoint import Checkpoint, sign_checkpoint
from lineproof.transparency.growth import Growth
from lineproof.transparency.note import NoteKey
from lineproof.transparency.proof import (
    Receipt,
    TileHashes,
    inclusion_proof,
    parse_receipt,
    receipt_bytes,
    verify_receipt,
)
from lineproof.transparency.tree import leaf_hash, range_of

ORIGIN, SIZE, EARLIER = "example.net/log", 700, 300
ENTRIES = [b'{"kind":"decided","number":%d}' % number for number in range(SIZE)]
SIGNING, OTHER = (Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32) for number in (1, 2))


def key_of(signing: Ed25519PrivateKey, name: str = ORIGIN) -> NoteKey:
    return NoteKey(name, public_key=signing.public_key().public_bytes_raw())


KEY = key_of(SIGNING)


def signed(entries: list[bytes], *, by: Ed25519PrivateKey = SIGNING, origin: str = ORIGIN) -> bytes:
    """Sign the checkpoint of entries, as whoever holds the key can."""
    said = Checkpoint(origin, len(entries), range_of(map(leaf_hash, entries)).root())
    return sign_checkpoint(said, [(key_of(by, origin), by.sign)])


def write(folder: Path, entries: list[bytes], checkpoint: bytes) -> None:
    """Write a whole log over whatever is there."""
    growth, files = Growth(0, [], []), {"checkpoint": checkpoint}
    for entry in entries:
        files |= dict(growth.add(entry))
    for path, content in (files | dict(growth.parts())).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("honest")
    for size in (EARLIER, SIZE):
        write(folder, ENTRIES[:size], signed(ENTRIES[:size]))
    return folder


@pytest.fixture
def folder(honest: Path, tmp_path: Path) -> Path:
    """A copy of the honest log, for Mallory."""
    return Path(shutil.copytree(honest, tmp_path / "log"))


def problems(folder: Path, *, earlier: list[bytes] | None = None, key: NoteKey = KEY) -> str:
    """Verify as `lineproof log verify` does; earlier: the entries of a checkpoint that was kept."""
    noted = None if earlier is None else signed(earlier)
    return "\n".join(verify_published(TileFolder(folder), keys=[key], earlier=noted).problems)


def change(path: Path, at: int = 0) -> None:
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(bytes(content))


def forge(*, at: int) -> list[bytes]:
    """Give the entries of a log in which one is another."""
    return [*ENTRIES[:at], b'{"kind":"decided","number":-1}', *ENTRIES[at + 1 :]]


@dataclass(frozen=True, slots=True)
class Tampering:
    """What Mallory does to the folder, and what verifying says, beside a checkpoint of `earlier` if any."""

    act: Callable[[Path], None]
    says: str
    earlier: list[bytes] | None = None


def swap_entries(folder: Path) -> None:
    place = folder / "tile/entries/001"
    content = place.read_bytes()
    length = 2 + len(ENTRIES[256])
    place.write_bytes(content[length : 2 * length] + content[:length] + content[2 * length :])


def swap_bundles(folder: Path) -> None:
    first, second = folder / "tile/entries/000", folder / "tile/entries/001"
    one, other = first.read_bytes(), second.read_bytes()
    first.write_bytes(other)
    second.write_bytes(one)


CLASSES = {
    "changed entry": Tampering(
        lambda folder: change(folder / "tile/entries/001", at=40),
        "tile/0/001: its hash 1 is not of entry 257",
    ),
    "changed entry, and its leaf hash": Tampering(
        lambda folder: write(folder, forge(at=257), signed(ENTRIES)),
        "checkpoint: its root hash is not that of the entries",
    ),
    "two entries in each other's place": Tampering(
        swap_entries, "tile/0/001: its hash 0 is not of entry 256"
    ),
    "two bundles in each other's place": Tampering(swap_bundles, "tile/0/000: its hash 0 is not of entry 0"),
    "entry removed": Tampering(
        lambda folder: (folder / "tile/entries/002.p/188").write_bytes(b""), "tile/entries/002.p/188: "
    ),
    "bundle removed": Tampering(lambda folder: (folder / "tile/entries/000").unlink(), "it is not there"),
    "changed tile of leaf hashes": Tampering(
        lambda folder: change(folder / "tile/0/000", at=8191), "tile/0/000: its hash 255 is not of entry 255"
    ),
    "changed partial tile": Tampering(
        lambda folder: change(folder / "tile/0/002.p/188", at=32), "tile/0/002.p/188: its hash 1 is not of"
    ),
    "changed partial tile above": Tampering(
        lambda folder: change(folder / "tile/1/000.p/2", at=32), "tile/1/000.p/2: its hash 1 is not of tile"
    ),
    "checkpoint of another root": Tampering(
        lambda folder: (folder / "checkpoint").write_bytes(signed(ENTRIES).replace(b"700", b"699")),
        "checkpoint: The signature by example.net/log is not of this text.",
    ),
    "checkpoint signed by another key": Tampering(
        lambda folder: (folder / "checkpoint").write_bytes(signed(ENTRIES, by=OTHER)),
        "checkpoint: No known key signed this note.",
    ),
    "checkpoint of another log": Tampering(
        lambda folder: (folder / "checkpoint").write_bytes(signed(ENTRIES, origin="example.org/log")),
        "checkpoint: No known key signed this note.",
    ),
    "checkpoint that is none": Tampering(
        lambda folder: (folder / "checkpoint").write_bytes(b"700\n"), "checkpoint: A note is"
    ),
    "checkpoint removed": Tampering(lambda folder: (folder / "checkpoint").unlink(), "it is not there"),
    "whole log written anew, signed by another key": Tampering(
        lambda folder: write(folder, forge(at=3), signed(forge(at=3), by=OTHER)), "No known key signed"
    ),
    "older checkpoint replayed": Tampering(
        lambda folder: (folder / "checkpoint").write_bytes(signed(ENTRIES[:EARLIER])),
        "checkpoint: rolled back: 600 entries were noted, there are only 300",
        earlier=ENTRIES[:600],
    ),
    "log rolled back and signed": Tampering(
        lambda folder: write(folder, ENTRIES[:EARLIER], signed(ENTRIES[:EARLIER])),
        "checkpoint: rolled back: 600 entries were noted, there are only 300",
        earlier=ENTRIES[:600],
    ),
    "log forked and signed": Tampering(
        lambda folder: write(folder, forge(at=299), signed(forge(at=299))),
        "checkpoint: forked: the first 300 entries are not those that were noted before",
        earlier=ENTRIES[:EARLIER],
    ),
    "log forked at the same size and signed": Tampering(
        lambda folder: write(folder, forge(at=0), signed(forge(at=0))),
        "checkpoint: forked: the first 700 entries",
        earlier=ENTRIES,
    ),
    "two entries exchanged, and signed": Tampering(
        lambda folder: write(folder, exchanged(), signed(exchanged())),
        "checkpoint: forked",
        earlier=ENTRIES[:EARLIER],
    ),
}


def exchanged() -> list[bytes]:
    return [ENTRIES[1], ENTRIES[0], *ENTRIES[2:]]


def test_honest_log_is_in_order_and_begins_with_every_checkpoint_kept_of_it(honest: Path):
    """The control."""
    for kept in (None, [], ENTRIES[:1], ENTRIES[:EARLIER], ENTRIES):
        assert problems(honest, earlier=kept) == ""


@pytest.mark.parametrize("name", CLASSES)
def test_tampering_is_detected_and_said_where(folder: Path, name: str):
    tampering = CLASSES[name]
    tampering.act(folder)
    assert tampering.says in problems(folder, earlier=tampering.earlier)


@pytest.mark.parametrize("name", [name for name, tampering in CLASSES.items() if tampering.earlier])
def test_what_the_holder_of_the_key_does_shows_only_beside_an_earlier_checkpoint(folder: Path, name: str):
    """Why a checkpoint is kept elsewhere: without one, such a log is in order."""
    CLASSES[name].act(folder)
    assert problems(folder) == ""


def test_log_is_not_verified_by_a_key_that_is_not_its_own(honest: Path):
    for other in (key_of(OTHER), key_of(SIGNING, "example.org/log")):
        assert "No known key signed" in problems(honest, key=other)


def test_earlier_checkpoint_must_itself_be_one_of_this_log(honest: Path):
    for wrong in (signed(ENTRIES, by=OTHER), signed(ENTRIES, origin="example.org/log")):
        with pytest.raises(NotPermitted):
            verify_published(TileFolder(honest), keys=[KEY], earlier=wrong)
    with pytest.raises(Malformed):
        verify_published(TileFolder(honest), keys=[KEY], earlier=b"nothing")


def receipt_of(folder: Path, index: int) -> Receipt:
    tree = TileHashes(lambda place: (folder / place.path).read_bytes(), SIZE)
    proof = inclusion_proof(index, SIZE, tree.hash_at)
    return Receipt(index, proof, (folder / "checkpoint").read_bytes())


def verify(content: bytes, entry: bytes = ENTRIES[257], key: NoteKey = KEY) -> Checkpoint:
    return verify_receipt(parse_receipt(content), entry, (key,), ORIGIN)


def test_honest_receipt_is_verified_offline(honest: Path):
    """The control."""
    for index in (0, 255, 256, 257, 699):
        assert verify(receipt_bytes(receipt_of(honest, index)), ENTRIES[index]).size == SIZE


def test_receipt_for_another_entry_or_place_or_log_is_refused(honest: Path):
    receipt = receipt_of(honest, 257)
    wrong = [
        receipt_bytes(replace(receipt, index=258)),
        receipt_bytes(replace(receipt, index=256)),
        receipt_bytes(replace(receipt, index=SIZE + 257)),
        receipt_bytes(replace(receipt, proof=receipt.proof[:-1])),
        receipt_bytes(replace(receipt, proof=(*receipt.proof, bytes(32)))),
        receipt_bytes(replace(receipt, proof=receipt.proof[::-1])),
        receipt_bytes(replace(receipt, checkpoint=signed(forge(at=257)))),
        receipt_bytes(replace(receipt, checkpoint=signed(ENTRIES[:EARLIER]))),
        receipt_bytes(replace(receipt, checkpoint=signed(ENTRIES, by=OTHER))),
        receipt_bytes(replace(receipt, checkpoint=signed(ENTRIES, origin="example.org/log"))),
    ]
    for content in wrong:
        with pytest.raises(NotPermitted):
            verify(content)
    for entry in (ENTRIES[256], ENTRIES[257] + b" ", b""):
        with pytest.raises(NotPermitted):
            verify(receipt_bytes(receipt), entry)


def test_receipt_changed_in_any_bit_that_counts_is_refused(honest: Path):
    content = receipt_bytes(receipt_of(honest, 257))
    for at in range(len(content)):
        changed = content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]
        with pytest.raises((NotPermitted, Malformed)):
            verify(changed)


def test_signature_is_over_the_whole_checkpoint():
    """Whoever changes a hash in it, well-formed, changes what was signed."""
    checkpoint = signed(ENTRIES)
    root = base64.b64encode(range_of(map(leaf_hash, ENTRIES)).root())
    other = base64.b64encode(range_of(map(leaf_hash, forge(at=9))).root())
    assert checkpoint.count(root) == 1
    with pytest.raises(NotPermitted):
        verify(receipt_bytes(Receipt(0, (), checkpoint.replace(root, other))), ENTRIES[0])
