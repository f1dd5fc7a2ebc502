"""What do the log's tree, its proofs and its verification cost, without a database?

Hashing is beside pymerkle, in turns with it, and beside the floor: as many calls of hashlib as the tree has
hashes, and nothing else. Rates that are compared are of CPU time: the machine may have other work. Then logs
are written with `Growth` into a folder, as they are published; inclusion proofs are made from their tiles and
verified; and each log is verified as a stranger does, in turns with the floor for its own entries. Each of
these is a process of its own, whose memory is looked at.

    python -m bench.log_proofs [--leaves 200000] [--sizes 10000 1000000] [--folder DIR]

A log of 10,000,000 is a size too: 5 GB on the disk, and ten minutes more.
"""

import argparse
import hashlib
import json
import random
import resource
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bench.log import an_entry
from lineproof.tiles.directory import TileFolder
from lineproof.tiles.reading import verify_published
from lineproof.transparency.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint
from lineproof.transparency.growth import Growth
from lineproof.transparency.note import NoteKey
from lineproof.transparency.proof import Receipt, TileHashes, inclusion_proof, receipt_bytes, verify_inclusion
from lineproof.transparency.tile import TILE_WIDTH, bundle_path, parse_bundle
from lineproof.transparency.tree import HASH_BYTES, CompactRange, leaf_hash, range_of

ROOT = Path(__file__).resolve().parents[1]
PEER = ROOT / ".venv" / "peers-log" / "bin" / "python"
ROUNDS = 5
VERIFY_ROUNDS = 3
PROOFS = 1000
SHORT_ENTRY_BYTES = 64
MIB = 1024
# Of the logs that are made here and thrown away.
SIGNER = Ed25519PrivateKey.from_private_bytes(bytes(32))
KEY = NoteKey("log.example/bench", public_key=SIGNER.public_key().public_bytes_raw())

Said = dict[str, Any]


def main() -> None:
    """Measure and print."""
    arguments = _arguments()
    if arguments.child:
        print(json.dumps(_CHILDREN[arguments.child](arguments)))
        return
    usual = len(an_entry())
    print(f"hashing into a tree: leaves a second of CPU time, medians of {ROUNDS} rounds in turns;")
    print(f"{arguments.leaves:,} leaves; floor: as many calls of hashlib, and nothing else")
    print("  bytes a leaf   Lineproof   pymerkle   times faster       floor   of the floor")
    for length in (SHORT_ENTRY_BYTES, usual):
        _print_hashing(arguments.leaves, length)
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        for size in arguments.sizes:
            _print_log(Path(folder) / f"log-{size}", size, usual)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--leaves", type=int, default=200_000, help="leaves to hash in each round")
    parser.add_argument(
        "--sizes", type=int, nargs="*", default=[10_000, 1_000_000], help="entries of each log"
    )
    parser.add_argument(
        "--folder", type=Path, help="where to measure: a folder on the disk that is asked about"
    )
    parser.add_argument("--child", choices=list(_CHILDREN), help=argparse.SUPPRESS)
    parser.add_argument("--size", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--length", type=int, help=argparse.SUPPRESS)
    return parser.parse_args()


def _print_hashing(leaves: int, length: int) -> None:
    rates: dict[str, list[float]] = {"hash": [], "peer": [], "floor": []}
    for _ in range(ROUNDS):
        ours = _in_child("hash", None, leaves, length)
        peer = _said_by([str(PEER), str(ROOT / "bench" / "log_peer_program.py"), str(leaves), str(length)])
        if ours["root"] != peer["root"]:
            raise ValueError("the two trees do not have the same root hash")
        floor = _in_child("floor_of_leaves", None, leaves, length)
        for name, said in zip(rates, (ours, peer, floor), strict=True):
            rates[name].append(leaves / said["seconds"])
    rate, of_peer, of_floor = (statistics.median(each) for each in rates.values())
    print(
        f"  {length:12}   {rate:9,.0f}   {of_peer:8,.0f}   {rate / of_peer:12.1f}"
        f"   {of_floor:9,.0f}   {rate / of_floor:12.2f}"
    )


def _print_log(folder: Path, size: int, length: int) -> None:
    built = _in_child("build", folder, size, length)
    print(f"{size:,} entries of {length} bytes, in {built['files']:,} files, {built['mib']:,.1f} MiB")
    print(
        f"  written with Growth, durably: {size / built['seconds']:,.0f} entries a second; {_memory(built)}"
    )
    proved = _in_child("prove", folder, size, length)
    print(
        f"  inclusion proof, of {PROOFS}: {proved['bytes']:.0f} bytes (at most {proved['most_bytes']}), "
        f"its receipt {proved['receipt_bytes']:.0f}; made from tiles in {proved['make_us']:.0f} us "
        f"(of 100: 99 within {proved['make_99_us']:.0f}), verified in {proved['verify_us']:.0f} us"
    )
    verified, floors = [], []
    for _ in range(VERIFY_ROUNDS):
        verified.append(_in_child("verify", folder, size, length))
        floors.append(_in_child("floor_of_log", folder, size, length)["cpu_seconds"])
    seconds, cpu_seconds = (
        statistics.median(said[name] for said in verified) for name in ("seconds", "cpu_seconds")
    )
    floor = statistics.median(floors)
    print(
        f"  verified: {size / seconds:,.0f} a second; of CPU time {size / cpu_seconds:,.0f} a second, "
        f"hashing alone {size / floor:,.0f}: {cpu_seconds / floor:.2f} times the floor; "
        + _memory(verified[0])
    )


def _memory(said: Said) -> str:
    return f"memory {said['peak_mib']:.0f} MiB, {said['peak_mib'] - said['before_mib']:.1f} above the start"


def _in_child(name: str, folder: Path | None, size: int, length: int) -> Said:
    """Do one thing in a process of its own, and give what it says."""
    command = [sys.executable, "-m", "bench.log_proofs", "--child", name, "--size", str(size)]
    command += ["--length", str(length), *(["--folder", str(folder)] if folder else [])]
    return _said_by(command)


def _said_by(command: Sequence[str]) -> Said:
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE)  # noqa: S603 -- ourselves, or the peer
    said: Said = json.loads(done.stdout)
    return said


def _peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MIB


def _measured(act: Callable[[], Said | None]) -> Said:
    before, began, cpu_began = _peak_mib(), time.perf_counter(), time.process_time()
    said = act() or {}
    return {
        "seconds": time.perf_counter() - began,
        "cpu_seconds": time.process_time() - cpu_began,
        "before_mib": before,
        "peak_mib": _peak_mib(),
    } | said


def _entries(count: int, length: int) -> list[bytes]:
    """Make the entries that log_peer_program.py makes too."""
    return [b"%0*d" % (length, number) for number in range(count)]


def _hash(arguments: argparse.Namespace) -> Said:
    entries = _entries(arguments.size, arguments.length)
    began = time.process_time()
    root = range_of(map(leaf_hash, entries)).root()
    return {"seconds": time.process_time() - began, "root": root.hex()}


def _floor_of_leaves(arguments: argparse.Namespace) -> Said:
    entries = _entries(arguments.size, arguments.length)
    began = time.process_time()
    _hash_alone(entries)
    return {"seconds": time.process_time() - began}


def _hash_alone(entries: Sequence[bytes]) -> None:
    """Call hashlib once for each entry and once for each node above them."""
    two = bytes(2 * HASH_BYTES)
    for entry in entries:
        hashlib.sha256(b"\x00" + entry).digest()
        hashlib.sha256(b"\x01" + two).digest()


def _build(arguments: argparse.Namespace) -> Said:
    """Write a log of random entries as it is published: tiles, bundles, and the checkpoint last."""
    tiles, size = TileFolder(arguments.folder), arguments.size
    written: list[int] = []

    def write(path: str, content: bytes) -> None:
        tiles.write(path, content)
        written.append(len(content))

    def build() -> Said:
        growth, folded = Growth(0, [], []), CompactRange()
        for begin in range(0, size, TILE_WIDTH):
            entries = [secrets.token_bytes(arguments.length) for _ in range(min(TILE_WIDTH, size - begin))]
            folded = folded.extend(map(leaf_hash, entries))
            for entry in entries:
                for path, content in growth.add(entry):
                    write(path, content)
        for path, content in growth.parts():
            write(path, content)
        checkpoint = Checkpoint(KEY.name, size, folded.root())
        tiles.swap_checkpoint(None, sign_checkpoint(checkpoint, [(KEY, SIGNER.sign)]))
        return {"files": len(written), "mib": sum(written) / MIB / MIB}

    return _measured(build)


def _prove(arguments: argparse.Namespace) -> Said:
    """Make and verify proofs of entries drawn at random, each from tiles that were not read before."""
    tiles = TileFolder(arguments.folder)
    content = tiles.checkpoint() or b""
    checkpoint = open_checkpoint(content, keys=(KEY,), origin=KEY.name)
    make_us, verify_us, lengths, receipts = [], [], [], []
    chosen = random.Random(6962)  # noqa: S311 -- which entries, the same ones each time
    for index in chosen.sample(range(checkpoint.size), min(PROOFS, checkpoint.size)):
        number, place = divmod(index, TILE_WIDTH)
        width = min(TILE_WIDTH, checkpoint.size - number * TILE_WIDTH)
        leaf = leaf_hash(parse_bundle(tiles.read(bundle_path(number, width=width)), count=width)[place])
        began = time.perf_counter()
        hashes = TileHashes(lambda place: tiles.read(place.path), checkpoint.size)
        proof = inclusion_proof(index, checkpoint.size, hashes.hash_at)
        made = time.perf_counter()
        verify_inclusion(leaf, index=index, size=checkpoint.size, proof=proof, root_hash=checkpoint.root_hash)
        verify_us.append((time.perf_counter() - made) * 1e6)
        make_us.append((made - began) * 1e6)
        lengths.append(len(proof) * HASH_BYTES)
        receipts.append(len(receipt_bytes(Receipt(index, proof, content))))
    return {
        "make_us": statistics.median(make_us),
        "make_99_us": statistics.quantiles(make_us, n=100)[-1],
        "verify_us": statistics.median(verify_us),
        "bytes": statistics.median(lengths),
        "most_bytes": max(lengths),
        "receipt_bytes": statistics.median(receipts),
    }


def _verify(arguments: argparse.Namespace) -> Said:
    """Verify a published log whole, signature included."""

    def verify() -> None:
        found = verify_published(TileFolder(arguments.folder), keys=[KEY])
        if found.problems or found.entries != arguments.size:
            raise ValueError("the log is not in order")

    return _measured(verify)


def _floor_of_log(arguments: argparse.Namespace) -> Said:
    """Hash the log's own entries, and as many nodes; reading them is not in the time."""
    tiles, size, seconds = TileFolder(arguments.folder), arguments.size, 0.0
    for number in range(-(-size // TILE_WIDTH)):
        width = min(TILE_WIDTH, size - number * TILE_WIDTH)
        entries = parse_bundle(tiles.read(bundle_path(number, width=width)), count=width)
        began = time.process_time()
        _hash_alone(entries)
        seconds += time.process_time() - began
    return {"cpu_seconds": seconds}


_CHILDREN: dict[str, Callable[[argparse.Namespace], Said]] = {
    "hash": _hash,
    "floor_of_leaves": _floor_of_leaves,
    "build": _build,
    "prove": _prove,
    "verify": _verify,
    "floor_of_log": _floor_of_log,
}

if __name__ == "__main__":
    main()
