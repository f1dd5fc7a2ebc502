"""Publish the entries of the log: tiles, bundles, and then a signed checkpoint.

    1. read the published checkpoint; a key of this record that signs now has signed it, under its origin
    2. fold the log to its end by its leaf hashes; the published checkpoint is a head that this record noted
    3. nothing is new, and the keys that signed are those that sign now: end
    4. the edge of the published tree, where new tiles grow, is what its head says
    5. the new entries, folded on from the published head, give that end
    6. write each bundle and tile that gets full, and at the end the parts: what is below first
    7. note the head, sign a checkpoint of it with every key that signs now; swap it for the one that was read
    8. discard the parts of tiles that are full now

(2) before (7): what has the entry of a key's retirement in it is not signed by that key.
(2), (4) and (5) before (6): a file is never replaced, so nothing wrong may ever become one. (6) before (7):
a checkpoint says that everything under it can be read. (7) before (8): somebody may still read an earlier
tree. Killed anywhere, the next publication goes on: it finds the files with the bytes that it would write.
Whoever publishes at the same time writes the same bytes; of two swaps one holds, and the other begins again.

The tree is never in memory: at most 255 hashes of each level and 256 entries are.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from lineproof.errors import Conflict, NotFound, Unavailable
from lineproof.ports import Services
from lineproof.registry.flows.log_origin import set_log_origin
from lineproof.registry.models import TreeHead
from lineproof.registry.queries.log import LogHead, read_bodies, read_log_end, read_range
from lineproof.registry.queries.log_keys import signers_of
from lineproof.registry.queries.published import SEE, PublishedCheckpoint, read_published, read_tile
from lineproof.tile_store import TileStore
from lineproof.transparency.checkpoint import Checkpoint, sign_checkpoint
from lineproof.transparency.growth import Growth, edge_roots, edge_widths, level_roots
from lineproof.transparency.tile import TILE_WIDTH, TilePlace, bundle_path, tile_path
from lineproof.transparency.tree import HASH_BYTES, CompactRange, leaf_hash

_TRIES = 5


@dataclass(frozen=True, slots=True)
class Published:
    """What is published now. added: how many entries this publication added."""

    head: LogHead
    added: int


class _OvertakenError(Exception):
    """Another publisher was quicker."""


def publish_log(services: Services) -> Published:
    """Publish every entry that has its place; give what is published then.

    Without new ones it does nothing, unless other keys sign now than did.

    Raises Conflict where the published log is not a beginning of the record's: the record was restored or
    changed, or the published log was; NotPermitted where no key that signs now has signed it; Unavailable
    when this process publishes nothing, when the store cannot be reached, or when others were quicker every
    time.
    """
    tiles = services.tiles
    if tiles is None:
        raise Unavailable("This process publishes no log.", remedy="Use: lineproof log publish")
    for _ in range(_TRIES):
        try:
            return _publish(services, tiles)
        except _OvertakenError:
            continue
    raise Unavailable(
        "Others publish this log at the same time.", remedy="Leave it to them.", retry_after_s=5
    )


def _publish(services: Services, tiles: TileStore) -> Published:
    present = read_published(tiles, services.keys)  # 1
    end = read_log_end()  # 2
    old = CompactRange() if present is None else _kept_range(present.checkpoint, newest=end.size)
    head = LogHead(end.size, end.root())
    if present is not None and head.size == old.size and present.up_to_date:  # 3
        _discard_parts(tiles, 0, old.size)
        return Published(head, 0)
    growth = _growth(tiles, present, old)  # 4
    _check_new_entries(old, head)  # 5
    for body in read_bodies(old.size, head.size):  # 6
        for path, content in growth.add(body):
            tiles.write(path, content)
    for path, content in growth.parts():
        tiles.write(path, content)
    origin = set_log_origin()
    TreeHead.objects.get_or_create(  # 7
        size=end.size, defaults={"root_hash": head.root_hash, "range_roots": b"".join(end.roots)}
    )
    signers = signers_of(services.keys, origin)
    signed = sign_checkpoint(Checkpoint(origin, head.size, head.root_hash), signers)
    _swap(tiles, None if present is None else present.content, signed)
    _discard_parts(tiles, old.size, head.size)  # 8
    return Published(head, head.size - old.size)


def _kept_range(checkpoint: Checkpoint, *, newest: int) -> CompactRange:
    """Give the record's head of a published checkpoint; Conflict if the record has no such head.

    newest: how many entries the record has.
    """
    kept = read_range(checkpoint.size)
    if kept is None and checkpoint.size > newest:
        raise Conflict(
            f"{checkpoint.size} entries are published, and the record has {newest}: it was rolled back.",
            remedy=SEE,
        )
    if kept is None or kept.root() != checkpoint.root_hash:
        raise Conflict(
            f"The {checkpoint.size} entries that are published are not the record's first {checkpoint.size}: "
            "the log has forked.",
            remedy=SEE,
        )
    return kept


def _growth(tiles: TileStore, present: PublishedCheckpoint | None, old: CompactRange) -> Growth:
    """Read the edge of the published tree: entries from the record, hashes above them from the store."""
    begin = old.size - old.size % TILE_WIDTH
    entries = list(read_bodies(begin, old.size))
    hashes: list[Sequence[bytes]] = [[leaf_hash(entry) for entry in entries]]
    for level, width in list(enumerate(edge_widths(old.size)))[1:]:
        hashes.append(_edge_hashes(tiles, present, level, old.size >> 8 * level, width))
    if not old.size:
        hashes = []
    for level, (found, kept) in enumerate(zip(edge_roots(hashes), level_roots(old), strict=True)):
        if found != kept:
            where = f"Tile {old.size >> 8 * (level + 1)} of level {level} in the published log"
            raise Conflict(
                f"{where if level else f'An entry of the record from {begin} on'} is not what was published.",
                remedy=SEE,
            )
    return Growth(old.size, entries, hashes)


def _edge_hashes(
    tiles: TileStore, present: PublishedCheckpoint | None, level: int, count: int, width: int
) -> list[bytes]:
    """Read the hashes of a level's tile that is not full, which has `count` hashes up to there."""
    if not width:
        return []
    place = TilePlace(level, count // TILE_WIDTH, width)
    try:
        content = read_tile(tiles, place)
    except NotFound as error:
        if tiles.checkpoint() != (None if present is None else present.content):
            raise _OvertakenError from error
        raise Conflict(f"{place.path} is gone from the published log.", remedy=SEE) from error
    return [content[at : at + HASH_BYTES] for at in range(0, len(content), HASH_BYTES)]


def _check_new_entries(old: CompactRange, head: LogHead) -> None:
    """Fold the entries on from the published head; Conflict if that does not give the newest head."""
    folded = old.extend(map(leaf_hash, read_bodies(old.size, head.size)))
    if folded.size != head.size or folded.root() != head.root_hash:
        raise Conflict(
            f"The record's entries from {old.size} on are not those that it ends with.",
            remedy="Nothing was published. See what is broken: lineproof log verify",
        )


def _swap(tiles: TileStore, old: bytes | None, new: bytes) -> None:
    try:
        tiles.swap_checkpoint(old, new)
    except Conflict as error:
        raise _OvertakenError from error


def _discard_parts(tiles: TileStore, old_size: int, new_size: int) -> None:
    """Discard the parts of the tiles that got full between two sizes, and of the last full one before."""
    old_count, new_count, level = old_size, new_size, 0
    while new_count >= TILE_WIDTH:
        last = new_count // TILE_WIDTH
        first = last - 1 if not old_size else max(0, old_count // TILE_WIDTH - 1)
        for index in range(first, last):
            full = (bundle_path(index), tile_path(level, index)) if not level else (tile_path(level, index),)
            for path in full:
                # A full one that is gone is for `lineproof log verify` to say.
                with suppress(NotFound):
                    tiles.discard_partials(path)
        old_count, new_count, level = old_count // TILE_WIDTH, last, level + 1
