"""Verify a published log from its files alone: every entry, leaf hash and tile, up to the checkpoint.

Everything is computed from the entries and compared with what is published, so that whatever was changed is
named where it lies. At most one bundle, and 256 hashes of each level, are in memory at a time.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from lineproof.errors import Malformed, NotFound
from lineproof.transparency.checkpoint import Checkpoint
from lineproof.transparency.tile import TILE_WIDTH, bundle_path, parse_bundle, tile_path
from lineproof.transparency.tree import HASH_BYTES, CompactRange, leaf_hash, range_of

MOST_PROBLEMS = 20
_LEVEL_BITS = TILE_WIDTH.bit_length() - 1

Read = Callable[[str], bytes]
Visit = Callable[[int, bytes], None]


@dataclass(frozen=True, slots=True)
class Audit:
    """What verifying found. entries, files: how many were verified. problems: empty if all is in order."""

    entries: int
    files: int
    problems: tuple[str, ...]


@dataclass(slots=True)
class _Progress:
    """Where an audit is: hashes of each level's tile that is not full yet, and what it found."""

    read: Read
    size: int
    visit: Visit | None
    folded: CompactRange = field(default_factory=CompactRange)
    levels: list[list[bytes]] = field(default_factory=list)
    files: int = 0
    problems: list[str] = field(default_factory=list)


def audit_log(
    read: Read, *, checkpoint: Checkpoint, earlier: Checkpoint | None = None, visit: Visit | None = None
) -> Audit:
    """Verify every file under a checkpoint, whose signature the caller has verified.

    read: gives a tile or bundle by its path; raises NotFound, or Malformed, where there is none to be had.
    Anything else that it raises passes. earlier: a checkpoint of the same log, verified too, that was noted
    before: the log must still begin with it. visit: is given the number and bytes of each entry whose hash is
    the published one, in their order; that the checkpoint is of these hashes is known only at the end.
    At most 20 problems are named.
    """
    at = _Progress(read, checkpoint.size, visit)
    if earlier is not None and earlier.size > checkpoint.size:
        at.problems.append(
            f"checkpoint: rolled back: {earlier.size} entries were noted, there are only {checkpoint.size}"
        )
        earlier = None
    if earlier is not None and not earlier.size:
        _compare(at, at.folded, earlier)
    for index in range(-(-checkpoint.size // TILE_WIDTH)):
        hashes = _read_entries(at, index)
        if hashes is None:
            at.problems.append(f"nothing from entry {at.folded.size} on can be verified")
            return _result(at)
        _fold(at, hashes, earlier)
        if len(at.problems) > MOST_PROBLEMS:
            at.problems[MOST_PROBLEMS:] = [f"and more; not verified from entry {at.folded.size} on"]
            return _result(at)
    for level in range(1, len(at.levels)):
        if at.levels[level]:
            _check_tile(at, level, checkpoint.size >> 8 * (level + 1), at.levels[level])
    if at.folded.root() != checkpoint.root_hash:
        at.problems.append("checkpoint: its root hash is not that of the entries")
    return _result(at)


def _result(at: _Progress) -> Audit:
    return Audit(at.folded.size, at.files, tuple(at.problems))


def _fold(at: _Progress, hashes: list[bytes], earlier: Checkpoint | None) -> None:
    """Go on by the entries of one bundle; compare the tree with an earlier checkpoint that ends in it."""
    before = at.folded
    if len(hashes) == TILE_WIDTH:
        root = range_of(hashes).root()
        at.folded = before.append(root, level=_LEVEL_BITS)
        _climb(at, 1, root)
    else:
        at.folded = before.extend(hashes)
    if earlier is not None and before.size < earlier.size <= at.folded.size:
        _compare(at, before.extend(hashes[: earlier.size - before.size]), earlier)


def _compare(at: _Progress, folded: CompactRange, earlier: Checkpoint) -> None:
    """Compare the tree up to an earlier checkpoint with its root hash."""
    if earlier.root_hash != folded.root():
        at.problems.append(
            f"checkpoint: forked: the first {earlier.size} entries are not those that were noted before"
        )


def _read_entries(at: _Progress, index: int) -> list[bytes] | None:
    """Read a bundle and its tile of leaf hashes, and show its entries; give their hashes.

    Where the bundle cannot be read, the tile's are given; None where neither can.
    """
    width = min(TILE_WIDTH, at.size - index * TILE_WIDTH)
    bundle, tile = bundle_path(index, width=width), tile_path(0, index, width=width)
    content = _read(at, bundle, bundle_path(index))
    entries = None
    if content is not None:
        where, found = content
        try:
            entries = parse_bundle(found, count=TILE_WIDTH if where != bundle else width)[:width]
        except Malformed as error:
            at.problems.append(f"{where}: {error.what}")
    if entries is not None:
        hashes = list(map(leaf_hash, entries))
        published = _check_tile(at, 0, index, hashes)
        _show(at, index, entries, hashes, published)
        return hashes
    content = _read(at, tile, tile_path(0, index))
    if content is None or len(content[1]) < width * HASH_BYTES:
        return None
    return [content[1][place * HASH_BYTES :][:HASH_BYTES] for place in range(width)]


def _show(
    at: _Progress, index: int, entries: Sequence[bytes], hashes: Sequence[bytes], published: bytes
) -> None:
    if at.visit is None:
        return
    for place, (entry, computed) in enumerate(zip(entries, hashes, strict=True)):
        if published[place * HASH_BYTES :][:HASH_BYTES] == computed:
            at.visit(index * TILE_WIDTH + place, entry)


def _climb(at: _Progress, level: int, root: bytes) -> None:
    """Add the hash of a full tile to the level above it."""
    while len(at.levels) <= level:
        at.levels.append([])
    hashes = at.levels[level]
    hashes.append(root)
    if len(hashes) == TILE_WIDTH:
        _check_tile(at, level, (at.folded.size >> 8 * (level + 1)) - 1, hashes)
        root = range_of(hashes).root()
        hashes.clear()
        _climb(at, level + 1, root)


def _check_tile(at: _Progress, level: int, index: int, hashes: list[bytes]) -> bytes:
    """Compare a published tile with the hashes that it must have; give it, or nothing."""
    width = len(hashes)
    content = _read(at, tile_path(level, index, width=width), tile_path(level, index))
    if content is None:
        return b""
    where, found = content
    expected = width if where == tile_path(level, index, width=width) else TILE_WIDTH
    if len(found) != expected * HASH_BYTES:
        at.problems.append(f"{where}: {len(found)} bytes, not {expected * HASH_BYTES}")
        return b""
    if found[: width * HASH_BYTES] == b"".join(hashes):
        return found
    for place, computed in enumerate(hashes):
        if found[place * HASH_BYTES :][:HASH_BYTES] != computed:
            what = "entry" if not level else f"tile of level {level - 1},"
            at.problems.append(f"{where}: its hash {place} is not of {what} {index * TILE_WIDTH + place}")
            break
    return found


def _read(at: _Progress, path: str, full: str) -> tuple[str, bytes] | None:
    """Read a file, or the full one where a part is gone: which it was, and its content. None: a problem."""
    for where in dict.fromkeys((path, full)):
        try:
            content = at.read(where)
        except NotFound:
            continue
        except Malformed as error:
            at.problems.append(f"{where}: {error.what}")
            return None
        at.files += 1
        return where, content
    at.problems.append(f"{path}: it is not there")
    return None
