"""Merkle tree hashing of RFC 6962 section 2.1, in constant memory.

A `CompactRange` keeps the roots of the complete subtrees to the left: at most one hash a level, so a log
of a million entries needs twenty hashes to go on.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(entry: bytes) -> bytes:
    """Hash one entry: SHA-256(0x00 || entry)."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash two subtrees: SHA-256(0x01 || left || right)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True)
class CompactRange:
    """The first `size` leaves of a log, as the roots of its complete subtrees, largest first."""

    size: int = 0
    roots: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        """Refuse roots that cannot be those of `size` leaves."""
        if self.size < 0 or len(self.roots) != self.size.bit_count():
            raise ValueError("a compact range has one root for each set bit of its size")

    def append(self, leaf: bytes) -> Self:
        """Give the range with one more leaf hash."""
        return self.extend((leaf,))

    def extend(self, leaves: Iterable[bytes]) -> Self:
        """Give the range with more leaf hashes."""
        roots, size = [*self.roots], self.size
        for leaf in leaves:
            node, above = leaf, size
            while above & 1:
                node = node_hash(roots.pop(), node)
                above >>= 1
            roots.append(node)
            size += 1
        return type(self)(size, tuple(roots))

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
