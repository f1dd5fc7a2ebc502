"""Proofs that a subtree is part of a tree: draft-ietf-plants-merkle-tree-certs, "Subtrees".

Subtree [start, end) is the Merkle tree over leaves start to end - 1. It is valid if start is a multiple of
the smallest power of two that is not below end - start: only then does it share enough hashes with every
larger tree. A single leaf is a subtree, and so is the whole tree as it once was: one procedure makes and
verifies the inclusion proofs and the consistency proofs of RFC 9162, section 2.1, and those that a cosigner
of subtrees needs (C2SP tlog-cosignature).
"""

from collections.abc import Callable, Sequence
from hmac import compare_digest

from lineproof.errors import NotPermitted
from lineproof.transparency.tree import EMPTY_ROOT, HASH_BYTES, node_hash

# Takes a level and an index, gives the hash of the complete subtree of 2**level leaves number index.
HashReader = Callable[[int, int], bytes]


def is_subtree(start: int, end: int) -> bool:
    """Tell whether [start, end) is a valid subtree of every tree of `end` leaves or more.

    An empty one is. The draft's "Definition of a Subtree".
    """
    return 0 <= start <= end and start % _power_not_below(end - start) == 0


def subtree_proof(start: int, end: int, size: int, hash_at: HashReader) -> tuple[bytes, ...]:
    """Prove that subtree [start, end) is part of the tree of the first `size` leaves.

    hash_at: is asked for complete subtrees of the first `size` leaves only.
    Returns hashes of 32 bytes in the order of the draft, from below upwards.
    Raises ValueError for what is no subtree of this tree, and for an empty one: there is nothing to prove.
    The draft's "Generating a Subtree Consistency Proof".
    """
    if not start < end <= size or not is_subtree(start, end):
        raise ValueError("the tree has no such subtree")
    sought, first, last = start, 0, size  # within the node [first, last), what is left of the subtree
    proof = []
    while (sought, end) != (first, last):
        middle = first + _left_leaves(last - first)
        if end <= middle:
            proof.append(_range_hash(middle, last, hash_at))
            last = middle
        else:
            proof.append(_range_hash(first, middle, hash_at))
            first, sought = middle, max(middle, sought)
    if sought != start:  # the subtree's own root is known to whoever verifies; that of a piece of it is not
        proof.append(_range_hash(first, last, hash_at))
    return tuple(reversed(proof))


def verify_subtree_inclusion(
    leaf: bytes, *, index: int, start: int, end: int, subtree_root: bytes, proof: Sequence[bytes]
) -> None:
    """Verify that a leaf is number `index` of the log, in subtree [start, end) with this root hash.

    leaf: the leaf's hash, 32 bytes. index: counted from the log's first leaf, not the subtree's.
    proof: as RFC 9162, 2.1.3.1, makes it for the subtree as a tree of its own.
    Raises NotPermitted, saying what does not fit. The draft's "Verifying a Subtree Inclusion Proof".
    """
    if not start <= index < end or not is_subtree(start, end):
        raise NotPermitted(f"There is no leaf {index} in the subtree [{start}, {end}).")
    _check_lengths([leaf, subtree_root])
    at = index - start
    verify_subtree(
        start=at, end=at + 1, size=end - start, subtree_root=leaf, root_hash=subtree_root, proof=proof
    )


def verify_subtree(
    *, start: int, end: int, size: int, subtree_root: bytes, root_hash: bytes, proof: Sequence[bytes]
) -> None:
    """Verify that subtree [start, end) with subtree_root is part of the tree of `size` leaves with root_hash.

    subtree_root, root_hash: 32 bytes each. proof: as subtree_proof gives it.
    An empty subtree is part of every tree that reaches it: its proof is empty, and says nothing of the tree.
    Raises NotPermitted, saying what does not fit. The draft's "Verifying a Subtree Consistency Proof".
    """
    #   1. the subtree is one of this tree
    #   2. an empty one has the hash of nothing, and an empty proof
    #   3. rise from its last leaf to the first hash: the subtree's own root, or that of the largest piece of
    #      it that ends with this leaf and is a node of the tree
    #   4. rise from there to the root
    #   5. both hashes are those that were expected
    if not end <= size or not is_subtree(start, end):
        raise NotPermitted(f"There is no subtree [{start}, {end}) in a tree of {size}.")  # 1
    if start == end:
        if proof or not compare_digest(subtree_root, EMPTY_ROOT):
            raise NotPermitted("An empty subtree does not have the root hash of nothing and an empty proof.")
        return  # 2
    first, at, last = start, end - 1, size - 1
    while first != at and (at & 1 or at == last):  # 3
        first, at, last = first >> 1, at >> 1, last >> 1
    steps = [subtree_root, *proof] if first == at else list(proof)
    found_subtree, found_root = _roots_above(first, at, last, steps)  # 4
    if not compare_digest(found_subtree, subtree_root):  # 5
        raise NotPermitted("The proof does not lead to the root hash of the subtree.")
    if not compare_digest(found_root, root_hash):
        raise NotPermitted("The proof does not lead to the root hash of the tree.")


def _roots_above(first: int, at: int, last: int, steps: Sequence[bytes]) -> tuple[bytes, bytes]:
    """Compute the root hashes of the subtree and of the tree from steps[0] and what is joined to it.

    first, at, last: numbers, on the level of steps[0], of the nodes over the subtree's first leaf, its last
    leaf and the tree's last leaf. What joins from the left belongs to both trees while the subtree begins
    further left; what joins from the right belongs to the larger one alone.
    """
    if not steps:
        raise NotPermitted("The proof is too short.")
    if len(steps) > 1:  # one alone is only compared
        _check_lengths(steps)
    found_subtree = found_root = steps[0]
    for step in steps[1:]:
        if last == 0:
            raise NotPermitted("The proof is too long.")
        if at & 1 or at == last:
            if first < at:
                found_subtree = node_hash(step, found_subtree)
            found_root = node_hash(step, found_root)
            while not at & 1:  # at the tree's right edge, a node without a sibling rises as it is
                first, at, last = first >> 1, at >> 1, last >> 1
        else:
            found_root = node_hash(found_root, step)
        first, at, last = first >> 1, at >> 1, last >> 1
    if last != 0:
        raise NotPermitted("The proof is too short.")
    return found_subtree, found_root


def _power_not_below(count: int) -> int:
    """Give the smallest power of two that is at least count; 1 for 0."""
    return 1 << max(count - 1, 0).bit_length()


def _left_leaves(count: int) -> int:
    """Give how many of a tree's leaves are in its left subtree: the largest power of two below count."""
    return _power_not_below(count) // 2


def _range_hash(start: int, end: int, hash_at: HashReader) -> bytes:
    """Hash leaves start to end - 1, which are a subtree of some tree, complete or at its right edge."""
    count = end - start
    if count & (count - 1) == 0:
        level = count.bit_length() - 1
        return hash_at(level, start >> level)
    middle = start + _left_leaves(count)
    return node_hash(_range_hash(start, middle, hash_at), _range_hash(middle, end, hash_at))


def _check_lengths(hashes: Sequence[bytes]) -> None:
    """Refuse what is no hash: joined to another, it could pass for two."""
    if any(len(one) != HASH_BYTES for one in hashes):
        raise NotPermitted("A hash of the proof does not have 32 bytes.")
