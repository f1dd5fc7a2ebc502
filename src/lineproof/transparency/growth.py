"""The right edge of a tree from which its tiles grow, in constant memory: at most 255 hashes a level.

A tile is made once, when it is full, or as a part at the end of a publication. What is below it was made
before it, so a tile is never there without what it is hashed from.
"""

from collections.abc import Iterator, Sequence

from lineproof.transparency.tile import TILE_WIDTH, bundle_bytes, bundle_path, tile_path
from lineproof.transparency.tree import CompactRange, leaf_hash, range_of

_LEVEL_BITS = TILE_WIDTH.bit_length() - 1


def edge_widths(size: int) -> tuple[int, ...]:
    """Give how many hashes of each level, from 0, are in a tile that is not full, in a tree of `size`."""
    widths = []
    while size:
        widths.append(size % TILE_WIDTH)
        size >>= _LEVEL_BITS
    return tuple(widths)


def edge_roots(hashes: Sequence[Sequence[bytes]]) -> tuple[tuple[bytes, ...], ...]:
    """Fold the hashes of each level's edge, from 0, to the roots that a compact range keeps of that level."""
    return tuple(range_of(level).roots for level in hashes)


def level_roots(folded: CompactRange) -> tuple[tuple[bytes, ...], ...]:
    """Give a compact range's roots by the level of the tiles that they are in, from 0."""
    roots, at = [], len(folded.roots)
    for width in edge_widths(folded.size):
        roots.append(folded.roots[at - width.bit_count() : at])
        at -= width.bit_count()
    return tuple(roots)


class Growth:
    """A tree that grows by entries, and the files in which it is published."""

    def __init__(self, size: int, entries: Sequence[bytes], hashes: Sequence[Sequence[bytes]]) -> None:
        """Begin at the edge of a tree of `size`.

        entries: of the bundle that is not full. hashes: of the tiles of each level, from 0, that are not
        full; as many as `edge_widths` says. ValueError for another number.
        """
        if tuple(map(len, hashes)) != edge_widths(size) or len(entries) != size % TILE_WIDTH:
            raise ValueError("an edge has as many hashes as its size says")
        self._size = size
        self._entries = list(entries)
        self._levels = [list(level) for level in hashes]
        self._grown: set[int] = set()

    def add(self, entry: bytes) -> Iterator[tuple[str, bytes]]:
        """Add an entry; give the path and content of each file that is full now, what is below first."""
        self._entries.append(entry)
        self._size += 1
        if len(self._entries) == TILE_WIDTH:
            yield bundle_path(self._size // TILE_WIDTH - 1), bundle_bytes(self._entries)
            self._entries.clear()
        yield from self._push(0, leaf_hash(entry))

    def parts(self) -> Iterator[tuple[str, bytes]]:
        """Give the path and content of each file that has grown and is not full, what is below first."""
        count = self._size
        if self._entries and self._grown:
            yield (
                bundle_path(count // TILE_WIDTH, width=len(self._entries)),
                bundle_bytes(self._entries),
            )
        for level, hashes in enumerate(self._levels):
            count >>= _LEVEL_BITS
            if hashes and level in self._grown:
                yield tile_path(level, count, width=len(hashes)), b"".join(hashes)

    def _push(self, level: int, added: bytes) -> Iterator[tuple[str, bytes]]:
        if level == len(self._levels):
            self._levels.append([])
        hashes = self._levels[level]
        hashes.append(added)
        self._grown.add(level)
        if len(hashes) == TILE_WIDTH:
            yield tile_path(level, (self._size >> _LEVEL_BITS * (level + 1)) - 1), b"".join(hashes)
            root = range_of(hashes).root()
            hashes.clear()
            yield from self._push(level + 1, root)
