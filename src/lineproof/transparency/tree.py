"""Merkle tree hashing of RFC 6962 section 2.1, in constant memory.

A `CompactRange` keeps the roots of the complete subtrees to the left: at most one hash a level, so a log
of a million entries needs twenty hashes to go on.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Self

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()

# Copying a hash that was begun costs half of what beginning one does.
_LEAF, _NODE = hashlib.sha256(b"\x00"), hashlib.sha256(b"\x01")
_LEAVES_AT_ONCE = 1024


def leaf_hash(entry: bytes) -> bytes:
    """Hash one entry: SHA-256(0x00 || entry)."""
    begun = _LEAF.copy()
    begun.update(entry)
    return begun.digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash two subtrees: SHA-256(0x01 || left || right)."""
    begun = _NODE.copy()
    begun.update(left + right)
    return begun.digest()


@dataclass(frozen=True, slots=True)
class CompactRange:
    """The first `size` leaves of a log, as the roots of its complete subtrees, largest first."""

    size: int = 0
    roots: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        """Refuse roots that cannot be those of `size` leaves."""
        if self.size < 0 or len(self.roots) != self.size.bit_count():
            raise ValueError("a compact range has one root for each set bit of its size")

    def append(self, root: bytes, *, level: int = 0) -> Self:
        """Give the range with one more leaf hash, or with the root of a complete subtree of 2**level leaves.

        Raises ValueError where such a subtree cannot begin: `size` is no multiple of its leaves.
        """
        if self.size % (1 << level):
            raise ValueError("a complete subtree begins at a multiple of its leaves")
        roots, rest = [*self.roots, root], self.size >> level
        while rest & 1:
            right = roots.pop()
            roots.append(node_hash(roots.pop(), right))
            rest >>= 1
        return type(self)(self.size + (1 << level), tuple(roots))

    def extend(self, leaves: Iterable[bytes]) -> Self:
        """Give the range with more leaf hashes, as `append` does for each, in a third of the time.

        leaves: taken some hundreds at a time, so they need not be in memory together.
        """
        folded, coming = self, iter(leaves)
        while row := list(islice(coming, _LEAVES_AT_ONCE)):
            folded = folded._with_row(row)
        return folded

    def _with_row(self, row: list[bytes]) -> Self:
        """Give the range with these leaf hashes, hashing level by level; the row is used up."""
        roots, alone, rest = [*self.roots], [], self.size
        size = self.size + len(row)
        while row:
            if rest & 1:
                row.insert(0, roots.pop())
            if len(row) & 1:
                alone.append(row.pop())
            row = list(map(node_hash, row[::2], row[1::2]))
            rest >>= 1
        return type(self)(size, (*roots, *reversed(alone)))

    def root(self) -> bytes:
        """Give the tree head's hash: MTH of RFC 6962."""
        if not self.roots:
            return EMPTY_ROOT
        root = self.roots[-1]
        for left in reversed(self.roots[:-1]):
            root = node_hash(left, root)
        return root


def range_of(leaves: Iterable[bytes]) -> CompactRange:
    """Fold leaf hashes into a range."""
    return CompactRange().extend(leaves)
