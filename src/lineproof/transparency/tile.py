"""Where the tree and the entries of a log lie, and the bytes of each piece: C2SP tlog-tiles.

A tile holds up to 256 hashes of one level: hash i of tile n at level l is the root of the complete subtree
over 256**l entries number n * 256 + i. A bundle holds the entries under one tile of level 0. Only the last
of a level may be partial. What is complete never changes again.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lineproof.errors import Malformed
from lineproof.transparency.tree import HASH_BYTES

TILE_WIDTH = 256
MOST_ENTRY_BYTES = 0xFFFF
MOST_LEVEL = 63
LENGTH_BYTES = 2

# Seven groups of three digits hold every index that a log of 2**63 entries can have.
_PATH = re.compile(
    r"tile/(?P<level>entries|[0-9]{1,2})/(?P<index>(?:x[0-9]{3}/){0,6}[0-9]{3})(?:\.p/(?P<width>[0-9]{1,3}))?"
)


@dataclass(frozen=True, slots=True)
class TilePlace:
    """One tile, or one bundle of entries.

    level: 0 to 63; None for a bundle of entries. index: its number within the level, from 0.
    width: how many hashes or entries it holds, 1 to 256; 256 is a full one.
    Raises ValueError for anything else.
    """

    level: int | None
    index: int
    width: int = TILE_WIDTH

    def __post_init__(self) -> None:
        """Refuse a place that no log has."""
        if self.level is not None and not 0 <= self.level <= MOST_LEVEL:
            raise ValueError("a tile's level is 0 to 63")
        if not 0 <= self.index < 1 << 63:
            raise ValueError("a tile's index is 0 to 2**63 - 1")
        if not 1 <= self.width <= TILE_WIDTH:
            raise ValueError("a tile is 1 to 256 wide")

    @property
    def path(self) -> str:
        """Give where it lies below the log's prefix, with / between the parts."""
        level = "entries" if self.level is None else str(self.level)
        return f"tile/{level}/{_index_path(self.index)}" + (
            "" if self.width == TILE_WIDTH else f".p/{self.width}"
        )


def tile_path(level: int, index: int, *, width: int = TILE_WIDTH) -> str:
    """Give where a tile of hashes lies: tile/0/x001/234, with .p/W at the end of a partial one.

    Raises ValueError for a level, index or width that no tile has. C2SP tlog-tiles, "Merkle Tree".
    """
    return TilePlace(level, index, width).path


def bundle_path(index: int, *, width: int = TILE_WIDTH) -> str:
    """Give where a bundle of entries lies: tile/entries/x001/234, with .p/W at the end of a partial one.

    Raises ValueError for an index or width that no bundle has. C2SP tlog-tiles, "Log entries".
    """
    return TilePlace(None, index, width).path


def parse_path(path: str) -> TilePlace:
    """Read the path of a tile or a bundle.

    A place has one path only: needless zeros and .p/256 are refused.
    Raises Malformed for anything else. C2SP tlog-tiles, "Merkle Tree", "Partial Tiles", "Log entries".
    """
    found = _PATH.fullmatch(path)
    if found is None:
        raise Malformed("This is not the path of a tile.")
    level = None if found["level"] == "entries" else int(found["level"])
    index = int(found["index"].replace("x", "").replace("/", ""))
    width = TILE_WIDTH if found["width"] is None else int(found["width"])
    try:
        place = TilePlace(level, index, width)
    except ValueError as impossible:
        raise Malformed("No log has a tile of this path.") from impossible
    if place.path != path:
        raise Malformed("This tile has another path.")
    return place


def bundle_bytes(entries: Sequence[bytes]) -> bytes:
    """Write 1 to 256 entries one after the other, before each its length in two bytes, big-endian.

    Raises ValueError for another number of entries, and for an entry of more than 65,535 bytes.
    C2SP tlog-tiles, "Log entries".
    """
    if not 1 <= len(entries) <= TILE_WIDTH:
        raise ValueError("a bundle has 1 to 256 entries")
    if any(len(entry) > MOST_ENTRY_BYTES for entry in entries):
        raise ValueError("an entry has at most 65,535 bytes")
    return b"".join(len(entry).to_bytes(LENGTH_BYTES, "big") + entry for entry in entries)


def parse_bundle(content: bytes, *, count: int) -> tuple[bytes, ...]:
    """Read the entries of a bundle, of which there are exactly `count`.

    Raises Malformed if there are fewer or more, if one is cut off, or if anything follows.
    C2SP tlog-tiles, "Log entries".
    """
    entries = []
    at = 0
    for _ in range(count):
        start = at + LENGTH_BYTES
        at = start + int.from_bytes(content[at:start], "big")
        entries.append(content[start:at])
    # Of an entry that is cut off the end lies behind the bundle's, and so does every later one.
    if at > len(content):
        raise Malformed(f"A bundle of {count} entries ends too early.")
    if at < len(content):
        raise Malformed(f"Something follows the {count} entries of a bundle.")
    return tuple(entries)


def tile_bytes(hashes: Sequence[bytes]) -> bytes:
    """Write 1 to 256 hashes of 32 bytes one after the other.

    Raises ValueError for another number of hashes, or hashes of another length.
    C2SP tlog-tiles, "Merkle Tree".
    """
    if not 1 <= len(hashes) <= TILE_WIDTH:
        raise ValueError("a tile has 1 to 256 hashes")
    if any(len(one) != HASH_BYTES for one in hashes):
        raise ValueError("a hash has 32 bytes")
    return b"".join(hashes)


def parse_tile(content: bytes, *, width: int) -> tuple[bytes, ...]:
    """Read the hashes of a tile, of which there are exactly `width`, 32 bytes each.

    Raises Malformed for a tile of another length. C2SP tlog-tiles, "Merkle Tree".
    """
    if len(content) != width * HASH_BYTES:
        raise Malformed(f"A tile {width} wide has {width * HASH_BYTES} bytes, not {len(content)}.")
    return tuple(content[at : at + HASH_BYTES] for at in range(0, len(content), HASH_BYTES))


def places_for(old_size: int, new_size: int) -> Iterator[TilePlace]:
    """List what a log that grew from old_size to new_size entries has to write, in this order.

    First the bundles, then the tiles of level 0, 1 and so on: everything stands before what is computed
    from it. Within a level from left to right, so a partial piece, if there is one, comes last.
    Partial pieces are those of new_size alone; what did not change since old_size is not listed. The
    checkpoint of new_size may be published when all of these are durable, and not before.
    Raises ValueError if old_size is negative or larger than new_size.
    C2SP tlog-tiles, "Partial Tiles".
    """
    if not 0 <= old_size <= new_size:
        raise ValueError("a log only grows")
    return _places(old_size, new_size)


def _places(old_size: int, new_size: int) -> Iterator[TilePlace]:
    yield from _places_of_level(None, old_size, new_size)
    level = 0
    while new_size:
        yield from _places_of_level(level, old_size, new_size)
        old_size //= TILE_WIDTH
        new_size //= TILE_WIDTH
        level += 1


def _places_of_level(level: int | None, old_count: int, new_count: int) -> Iterator[TilePlace]:
    """List the pieces of one level that grew from old_count to new_count hashes or entries."""
    if old_count == new_count:
        return
    for index in range(old_count // TILE_WIDTH, -(-new_count // TILE_WIDTH)):
        yield TilePlace(level, index, min(TILE_WIDTH, new_count - index * TILE_WIDTH))


def _index_path(index: int) -> str:
    """Write an index in groups of three digits, an x before all but the last: x001/x234/067."""
    digits = str(index)
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    return "/".join([*(f"x{group}" for group in groups[:-1]), groups[-1]])
