"""Proofs that an entry is in a log and that a log only grew: RFC 6962 section 2.1, RFC 9162 section 2.1.

And receipts, C2SP tlog-proof: an entry's proof with the signed checkpoint it leads to, in one file that
is verified without asking anybody.
"""

import base64
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hmac import compare_digest

from lineproof.errors import Malformed, NotPermitted
from lineproof.transparency.checkpoint import MOST_ENTRIES, Checkpoint, open_checkpoint
from lineproof.transparency.note import NoteKey, exact_base64
from lineproof.transparency.tile import TILE_WIDTH, TilePlace, parse_tile
from lineproof.transparency.tree import HASH_BYTES, leaf_hash, node_hash

# Takes a level and an index, gives the hash of the complete subtree of 2**level leaves number index.
HashReader = Callable[[int, int], bytes]

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
    if not 0 <= index < size:
        raise ValueError("the leaf is not in the tree")
    start, end = 0, size
    path = []
    while end - start > 1:
        middle = start + _left_leaves(end - start)
        if index < middle:
            path.append(_range_hash(middle, end, hash_at))
            end = middle
        else:
            path.append(_range_hash(start, middle, hash_at))
            start = middle
    return tuple(reversed(path))


def consistency_proof(old: int, new: int, hash_at: HashReader) -> tuple[bytes, ...]:
    """Prove that the tree of the first `old` leaves is the beginning of that of the first `new`.

    hash_at: is asked for complete subtrees of the first `new` leaves only.
    Returns hashes of 32 bytes in the order of the standard; none if the sizes are equal.
    Raises ValueError unless 0 < old <= new: of the empty tree there is nothing to prove. RFC 6962, 2.1.2.
    """
    if not 0 < old <= new:
        raise ValueError("consistency is between a tree that is not empty and one not smaller")
    start, end = 0, new
    proof = []
    while end != old:
        middle = start + _left_leaves(end - start)
        if old <= middle:
            proof.append(_range_hash(middle, end, hash_at))
            end = middle
        else:
            proof.append(_range_hash(start, middle, hash_at))
            start = middle
    if start:  # the old tree's own root is known to whoever verifies; another subtree's is not
        proof.append(_range_hash(start, end, hash_at))
    return tuple(reversed(proof))


def verify_inclusion(leaf: bytes, *, index: int, size: int, proof: Sequence[bytes], root_hash: bytes) -> None:
    """Verify that a leaf is number `index` of the `size` leaves that have this root hash.

    leaf: the leaf's hash, 32 bytes. proof: as inclusion_proof gives it.
    Raises NotPermitted, saying what does not fit. RFC 9162, 2.1.3.2.
    """
    if not 0 <= index < size:
        raise NotPermitted(f"There is no leaf {index} in a tree of {size}.")
    _check_lengths([leaf, root_hash, *proof])
    at, last = index, size - 1
    found = leaf
    for sibling in proof:
        if last == 0:
            raise NotPermitted("The inclusion proof is too long.")
        if at & 1 or at == last:
            found = node_hash(sibling, found)
            at, last = _skip_levels_without_sibling(at, last)
        else:
            found = node_hash(found, sibling)
        at, last = at >> 1, last >> 1
    if last != 0:
        raise NotPermitted("The inclusion proof is too short.")
    if not compare_digest(found, root_hash):
        raise NotPermitted("The inclusion proof does not lead to the root hash.")


def verify_consistency(
    *, old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]
) -> None:
    """Verify that the tree of `old` leaves with old_root is the beginning of that of `new` with new_root.

    old_root, new_root: 32 bytes each. proof: as consistency_proof gives it.
    Raises NotPermitted, saying what does not fit; also for old = 0, where a proof would prove nothing.
    RFC 9162, 2.1.4.2.
    """
    if not 0 < old <= new:
        raise NotPermitted(f"There is no consistency to prove between {old} and {new} leaves.")
    if old == new:
        if proof or not compare_digest(old_root, new_root):
            raise NotPermitted("Two trees of one size do not have one root hash and an empty proof.")
        return
    _check_lengths([old_root, new_root, *proof])
    # A complete old tree is itself the first subtree, and is left out of the proof.
    steps = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    found_old, found_new = _roots_of_consistency(old, new, steps)
    if not compare_digest(found_old, old_root):
        raise NotPermitted("The consistency proof does not lead to the old root hash.")
    if not compare_digest(found_new, new_root):
        raise NotPermitted("The consistency proof does not lead to the new root hash.")


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


def _left_leaves(count: int) -> int:
    """Give how many of a tree's leaves are in its left subtree: the largest power of two below count."""
    return 1 << (count - 1).bit_length() - 1


def _range_hash(start: int, end: int, hash_at: HashReader) -> bytes:
    """Hash leaves start to end - 1, which are a subtree of some tree, complete or at its right edge."""
    count = end - start
    if count & (count - 1) == 0:
        level = count.bit_length() - 1
        return hash_at(level, start >> level)
    middle = start + _left_leaves(count)
    return node_hash(_range_hash(start, middle, hash_at), _range_hash(middle, end, hash_at))


def _roots_of_consistency(old: int, new: int, steps: Sequence[bytes]) -> tuple[bytes, bytes]:
    """Compute both root hashes from a proof, the first subtree being steps[0]. RFC 9162, 2.1.4.2."""
    if not steps:
        raise NotPermitted("The consistency proof is too short.")
    at, last = old - 1, new - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    found_old = found_new = steps[0]
    for step in steps[1:]:
        if last == 0:
            raise NotPermitted("The consistency proof is too long.")
        if at & 1 or at == last:
            found_old, found_new = node_hash(step, found_old), node_hash(step, found_new)
            at, last = _skip_levels_without_sibling(at, last)
        else:
            found_new = node_hash(found_new, step)
        at, last = at >> 1, last >> 1
    if last != 0:
        raise NotPermitted("The consistency proof is too short.")
    return found_old, found_new


def _skip_levels_without_sibling(at: int, last: int) -> tuple[int, int]:
    """Go up past the levels at which a node at the right edge stands alone. RFC 9162, 2.1.3.2, step 4."""
    while at and not at & 1:
        at, last = at >> 1, last >> 1
    return at, last


def _check_lengths(hashes: Sequence[bytes]) -> None:
    """Refuse what is no hash: joined to another, it could pass for two."""
    if any(len(one) != HASH_BYTES for one in hashes):
        raise NotPermitted("A hash of the proof does not have 32 bytes.")
