"""Where the log is published: the Protocols of what keeps it, and of what only reads it.

A published log is a checkpoint and files that never change: tiles of hashes and bundles of entries, under the
paths of C2SP tlog-tiles (transparency/tile.py). Only the checkpoint is ever replaced, by compare-and-swap.
"""

from typing import Protocol

from lineproof.transparency.tile import LENGTH_BYTES, MOST_ENTRY_BYTES, TILE_WIDTH

# A bundle of the longest entries, each with its length before it: 16 MiB.
MOST_FILE_BYTES = TILE_WIDTH * (LENGTH_BYTES + MOST_ENTRY_BYTES)
MOST_CHECKPOINT_BYTES = 64 * 1024
# How many seconds whoever reads over http may keep a file. A part never changes, but is gone once its tile
# is full. The checkpoint nobody may keep.
FULL_KEPT_S, PART_KEPT_S = 365 * 24 * 60 * 60, 60


class TileSource(Protocol):
    """A published log as anybody reads it. May be called from several threads and processes at once.

    Every method raises Unavailable when the place cannot be reached now.
    """

    def read(self, path: str) -> bytes:
        """Give a tile or bundle. NotFound if it is not there, Malformed if it is too large or `path` is none.

        path: as `tile.tile_path` and `tile.bundle_path` write it.
        """
        ...

    def checkpoint(self) -> bytes | None:
        """Give the signed checkpoint; None before the first. Malformed if it is too large."""
        ...


class TileStore(TileSource, Protocol):
    """A published log as its publisher writes it: durable, and shared by several processes."""

    def write(self, path: str, content: bytes) -> None:
        """Keep a tile or bundle, full or partial, durably, before returning; all of it or nothing.

        May be called twice: the same bytes again change nothing. Conflict where other bytes are there: no
        file is ever replaced. Malformed where `path` is none, or the content larger than any tile or bundle.
        """
        ...

    def swap_checkpoint(self, old: bytes | None, new: bytes) -> None:
        """Replace the checkpoint, durably, before returning: whoever reads finds the old or the new, whole.

        Conflict, and nothing is changed, when the present one is not `old`; None: there is none. Of several
        processes that swap the same `old` one does.
        """
        ...

    def discard_partials(self, path: str) -> None:
        """Remove what there is of partial widths of a tile or bundle, whose full one is published.

        path: of the full one. Whoever asks for a partial one afterwards takes the full one (C2SP tlog-tiles).
        May be called twice, and where there are none. NotFound, and nothing is removed, without the full one.
        """
        ...
