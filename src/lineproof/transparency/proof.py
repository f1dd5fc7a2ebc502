"""Proofs that an entry is in a log and that a log only grew: RFC 6962 section 2.1, RFC 9162 section 2.1.

And receipts, C2SP tlog-proof: an entry's proof with the signed checkpoint it leads to, in one file that
is verified without asking anybody.
"""

import base64
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from lineproof.errors import Malformed, NotPermitted
from lineproof.transparency.checkpoint import MOST_ENTRIES, Checkpoint, open_checkpoint
from lineproof.transparency.note import NoteKey, exact_base64
from lineproof.transparency.subtree import (
    HashReader,
    subtree_proof,
    verify_subtree,
    verify_subtree_inclusion,
)
from lineproof.transparency.tile import TILE_WIDTH, TilePlace, parse_tile
from lineproof.transparency.tree import HASH_BYTES, leaf_hash, node_hash

TILE_LEVELS = 8  # a tile of 256 hashes is this many levels high
TILES_KEPT = 64
MOST_PROOF_HASHES = 63  # no path in a tree of less than 2**63 leaves is longer
RECEIPT_TITLE = "c2sp.org/tlog-proof@v1"

_RECEIPT = re.compile(
    rf"{re.escape(RECEIPT_TITLE)}\n"
    r"(?:extra (?P<extra>[^\n]+)\n)?"
    r"index (?P<index>0|[1-9][0-9]{0,18})\n"
    rf"(?P<proof>(?:[^\n]+\n){{0,{MOST_PROOF_HASHES}}})"
)


def inclusion_proof(index: int, size: int, hash_at: HashReader) -> tuple[bytes, ...]:
    """Give the audit path of leaf `index` in the tree of the first `size` leaves.

    index: from 0. hash_at: is asked for complete subtrees of these leaves only.
    Returns hashes of 32 bytes from the leaf's sibling up to the root's child, at most one a level.
    Raises ValueError if the leaf is not in the tree. RFC 6962, 2.1.1.
    """
    return subtree_proof(index, index + 1, size, hash_at)


def consistency_proof(old: int, new: int, hash_at: HashReader) -> tuple[bytes, ...]:
    """Prove that the tree of the first `old` leaves is the beginning of that of the first `new`.

    hash_at: is asked for complete subtrees of the first `new` leaves only.
    Returns hashes of 32 bytes in the order of the standard; none if the sizes are equal.
    Raises ValueError unless 0 < old <= new: of the empty tree there is nothing to prove. RFC 6962, 2.1.2.
    """
    return subtree_proof(0, old, new, hash_at)


def verify_inclusion(leaf: bytes, *, index: int, size: int, proof: Sequence[bytes], root_hash: bytes) -> None:
    """Verify that a leaf is number `index` of the `size` leaves that have this root hash.

    leaf: the leaf's hash, 32 bytes. proof: as inclusion_proof gives it.
    Raises NotPermitted, saying what does not fit. RFC 9162, 2.1.3.2.
    """
    verify_subtree_inclusion(leaf, index=index, start=0, end=size, subtree_root=root_hash, proof=proof)


def verify_consistency(
    *, old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]
) -> None:
    """Verify that the tree of `old` leaves with old_root is the beginning of that of `new` with new_root.

    old_root, new_root: 32 bytes each. proof: as consistency_proof gives it.
    Raises NotPermitted, saying what does not fit; also for old = 0, where a proof would prove nothing.
    RFC 9162, 2.1.4.2.
    """
    if old == 0:
        raise NotPermitted("That a log without entries is the beginning of another proves nothing.")
    verify_subtree(start=0, end=old, size=new, subtree_root=old_root, root_hash=new_root, proof=proof)


class TileHashes:
    """Hashes of subtrees, read from the tiles of a log of `size` entries.

    read_tile: gives the bytes of the tile at a place, which is as wide as in a log of this size; may be
    asked again for a tile, as only the last 64 are kept. Its errors are passed on.
    The hashes are what the tiles say: they are proven by the proof made of them, against a root hash.
    """

    def __init__(self, read_tile: Callable[[TilePlace], bytes], size: int) -> None:
        self.size = size
        self._read_tile = read_tile
        self._hashes = lru_cache(maxsize=TILES_KEPT)(self._read_hashes)

    def hash_at(self, level: int, index: int) -> bytes:
        """Give the hash of the complete subtree of 2**level leaves number `index`, 32 bytes.

        Raises ValueError if the log has no such subtree, Malformed if its tile has not the right width.
        C2SP tlog-tiles, "Merkle Tree" and "Partial Tiles".
        """
        if level < 0 or index < 0 or (index + 1) << level > self.size:
            raise ValueError("the log has no such subtree")
        tile_level, height = divmod(level, TILE_LEVELS)
        number, first = divmod(index << height, TILE_WIDTH)
        present = (self.size >> TILE_LEVELS * tile_level) - number * TILE_WIDTH
        hashes = self._hashes(TilePlace(tile_level, number, min(TILE_WIDTH, present)))
        row = hashes[first : first + (1 << height)]
        while len(row) > 1:
            row = tuple(node_hash(row[at], row[at + 1]) for at in range(0, len(row), 2))
        return row[0]

    def _read_hashes(self, place: TilePlace) -> tuple[bytes, ...]:
        return parse_tile(self._read_tile(place), width=place.width)


@dataclass(frozen=True, slots=True)
class Receipt:
    """Evidence that an entry is in a log, which needs no connection to be verified.

    index: the entry's number, from 0. proof: the inclusion proof in the tree of the checkpoint, hashes of
    32 bytes, at most 63. checkpoint: the log's signed checkpoint, byte for byte.
    extra: opaque; not authenticated by anything, so nobody may believe it. Lineproof leaves it empty.
    Raises ValueError for another index or proof.
    """

    index: int
    proof: tuple[bytes, ...]
    checkpoint: bytes
    extra: bytes = b""

    def __post_init__(self) -> None:
        """Refuse what no receipt can hold."""
        if not 0 <= self.index <= MOST_ENTRIES:
            raise ValueError("an entry's number is 0 to 2**63 - 1")
        if len(self.proof) > MOST_PROOF_HASHES or any(len(one) != HASH_BYTES for one in self.proof):
            raise ValueError("an inclusion proof is at most 63 hashes of 32 bytes")


def receipt_bytes(receipt: Receipt) -> bytes:
    """Write a receipt. The usual end of its file's name is .tlog-proof. C2SP tlog-proof, "Format"."""
    lines = [RECEIPT_TITLE]
    if receipt.extra:
        lines.append(f"extra {base64.b64encode(receipt.extra).decode()}")
    lines.append(f"index {receipt.index}")
    lines += [base64.b64encode(one).decode() for one in receipt.proof]
    return "\n".join([*lines, "", ""]).encode() + receipt.checkpoint


def parse_receipt(content: bytes) -> Receipt:
    """Read a receipt. Nothing in it is verified yet, nor is the checkpoint read.

    Raises Malformed for what is no receipt: numbers and base64 have one form only.
    C2SP tlog-proof, "Format".
    """
    head, empty_line, checkpoint = content.partition(b"\n\n")
    try:
        found = _RECEIPT.fullmatch(head.decode() + "\n")
    except UnicodeDecodeError as wrong:
        raise Malformed("A receipt is text in UTF-8.") from wrong
    if found is None or not empty_line:
        raise Malformed("A receipt is a title, an index, a proof, an empty line and a checkpoint.")
    proof = tuple(exact_base64(line) for line in found["proof"].split("\n")[:-1])
    extra = b"" if found["extra"] is None else exact_base64(found["extra"])
    try:
        return Receipt(int(found["index"]), proof, checkpoint, extra)
    except ValueError as impossible:
        raise Malformed("No receipt has this index or proof.") from impossible


def verify_receipt(receipt: Receipt, entry: bytes, keys: Sequence[NoteKey], origin: str) -> Checkpoint:
    """Verify that an entry is in the log of this origin, and give the checkpoint that says so.

    entry: the entry's bytes. keys: those of the log. Extra data is not looked at.
    Raises Malformed if the checkpoint is none, NotPermitted if it is not signed by a key of the log or is
    another log's, or if the proof does not lead from the entry to its root hash.
    C2SP tlog-proof; RFC 9162, 2.1.3.2.
    """
    checkpoint = open_checkpoint(receipt.checkpoint, keys=keys, origin=origin)
    verify_inclusion(
        leaf_hash(entry),
        index=receipt.index,
        size=checkpoint.size,
        proof=receipt.proof,
        root_hash=checkpoint.root_hash,
    )
    return checkpoint
