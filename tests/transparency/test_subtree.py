"""Subtrees: draft-ietf-plants-merkle-tree-certs, "Subtrees"; published and own cases."""

import random
from collections.abc import Iterator, Sequence

import pytest

from lineproof.errors import NotPermitted
from lineproof.transparency.proof import consistency_proof, inclusion_proof
from lineproof.transparency.subtree import (
    is_subtree,
    subtree_proof,
    verify_subtree,
    verify_subtree_inclusion,
)
from lineproof.transparency.tree import EMPTY_ROOT
from tests.transparency.test_proof import (
    LEAVES,
    OTHER,
    cases,
    decoded,
    is_refused,
    mth,
    of_a_log,
    path,
    split,
)

MOST_LEAVES = 40
SMALL = 14


# The draft's own words, slowly.


def bit_ceil(count: int) -> int:
    power = 1
    while power < count:
        power *= 2
    return power


def subtrees(size: int) -> Iterator[tuple[int, int]]:
    """Every valid subtree of a tree of this size that is not empty."""
    for end in range(1, size + 1):
        for start in range(end):
            if start % bit_ceil(end - start) == 0:
                yield start, end


def subproof(start: int, end: int, first: int, last: int, *, known: bool) -> list[bytes]:
    """SUBTREE_SUBPROOF(start, end, D[first:last], known); all counted from the log's first leaf."""
    if (start, end) == (first, last):
        return [] if known else [mth(first, last)]
    k = first + split(last - first)
    if end <= k:
        return [*subproof(start, end, first, k, known=known), mth(k, last)]
    if k <= start:
        return [*subproof(start, end, k, last, known=known), mth(first, k)]
    assert start == first
    return [*subproof(k, end, k, last, known=False), mth(first, k)]


def accepts(place: tuple[int, int, int], subtree: bytes, root: bytes, proof: Sequence[bytes]) -> bool:
    """Tell whether a proof is taken for a subtree's start and end and the tree's size."""
    start, end, size = place
    return not is_refused(
        lambda: verify_subtree(
            start=start, end=end, size=size, subtree_root=subtree, root_hash=root, proof=proof
        )
    )


def contains(leaf: bytes, place: tuple[int, int, int], root: bytes, proof: Sequence[bytes]) -> bool:
    """Tell whether a proof is taken for a leaf's index and the subtree's start and end."""
    index, start, end = place
    return not is_refused(
        lambda: verify_subtree_inclusion(
            leaf, index=index, start=start, end=end, subtree_root=root, proof=proof
        )
    )


def test_subtree_is_valid_where_the_draft_says():
    for end in range(65):
        for start in range(-2, 67):
            assert is_subtree(start, end) is (0 <= start <= end and start % bit_ceil(end - start) == 0)
    assert is_subtree(1 << 62, (1 << 63) - 1)
    assert not is_subtree(1 << 61, (1 << 63) - 1)


def test_every_subtree_of_every_small_tree_has_the_proof_of_the_draft():
    for size in range(1, MOST_LEAVES + 1):
        hash_at, root = of_a_log(size), mth(0, size)
        for start, end in subtrees(size):
            proof = subtree_proof(start, end, size, hash_at)
            assert list(proof) == subproof(start, end, 0, size, known=True)
            assert accepts((start, end, size), mth(start, end), root, proof)


def test_subtrees_of_larger_trees_have_the_proof_of_the_draft():
    chosen = random.Random(9162)
    for start, end in chosen.sample(list(subtrees(300)), 600):
        for size in {end, min(end + 1, 300), chosen.randint(end, 300)}:
            proof = subtree_proof(start, end, size, of_a_log(size))
            assert list(proof) == subproof(start, end, 0, size, known=True)
            assert accepts((start, end, size), mth(start, end), mth(0, size), proof)


def test_inclusion_and_consistency_are_special_cases():
    for size in range(1, MOST_LEAVES + 1):
        hash_at = of_a_log(size)
        for index in range(size):
            assert subtree_proof(index, index + 1, size, hash_at) == inclusion_proof(index, size, hash_at)
            assert subtree_proof(0, index + 1, size, hash_at) == consistency_proof(index + 1, size, hash_at)


def test_every_leaf_of_every_subtree_is_in_it_and_at_one_place_only():
    for start, end in subtrees(MOST_LEAVES):
        root = mth(start, end)
        for index in range(start, end):
            proof = path(index - start, start, end)
            assert contains(LEAVES[index], (index, start, end), root, proof)
            assert not contains(OTHER, (index, start, end), root, proof)
            assert not contains(LEAVES[index], (index, start, end), OTHER, proof)
            for wrong in (*range(start - 1, index), *range(index + 1, end + 1)):
                assert not contains(LEAVES[index], (wrong, start, end), root, proof)


def test_proof_is_taken_exactly_for_the_subtrees_whose_proof_it_is():
    """Some have the same: [2, 3) in a tree of three, and [2, 4) in one of four."""
    proofs = {
        (start, end, size): subproof(start, end, 0, size, known=True)
        for size in range(1, SMALL)
        for start, end in subtrees(size)
    }
    for proof in proofs.values():
        for (start, end, size), right in proofs.items():
            taken = accepts((start, end, size), mth(start, end), mth(0, size), proof)
            assert taken is (proof == right)


def test_changed_proof_is_refused():
    for size in range(1, SMALL):
        root = mth(0, size)
        for start, end in subtrees(size):
            subtree, proof = mth(start, end), subtree_proof(start, end, size, of_a_log(size))
            assert not accepts((start, end, size), OTHER, root, proof)
            assert not accepts((start, end, size), subtree, OTHER, proof)
            assert not accepts((start, end, size), OTHER, OTHER, (OTHER, *proof))
            assert not accepts((start, end, size), subtree, root, (*proof, OTHER))
            assert not accepts((start, end, size), subtree, root, (OTHER, *proof))
            for at in range(len(proof)):
                assert not accepts((start, end, size), subtree, root, proof[:at] + proof[at + 1 :])
                assert not accepts((start, end, size), subtree, root, (*proof[:at], OTHER, *proof[at + 1 :]))


def test_what_is_no_subtree_of_the_tree_is_refused_whatever_the_proof():
    for size in range(1, SMALL):
        valid = set(subtrees(size))
        for start in range(-1, size + 2):
            for end in range(-1, size + 2):
                if (start, end) in valid or start == end:
                    continue
                for count in range(5):
                    assert not accepts((start, end, size), mth(0, size), mth(0, size), [mth(0, size)] * count)
                with pytest.raises(ValueError):
                    subtree_proof(start, end, size, of_a_log(size))


def test_empty_subtree_is_the_hash_of_nothing_and_needs_no_proof():
    for size in range(5):
        for at in range(size + 1):
            assert accepts((at, at, size), EMPTY_ROOT, OTHER, ())
            assert not accepts((at, at, size), OTHER, OTHER, ())
            assert not accepts((at, at, size), EMPTY_ROOT, OTHER, (OTHER,))
            with pytest.raises(ValueError):
                subtree_proof(at, at, size, of_a_log(size))
        assert not accepts((size + 1, size + 1, size), EMPTY_ROOT, OTHER, ())
    assert not accepts((-1, -1, 5), EMPTY_ROOT, OTHER, ())
    assert not contains(EMPTY_ROOT, (1, 1, 1), EMPTY_ROOT, ())


def test_hash_of_another_length_is_refused_even_where_its_bytes_would_fit():
    """Two hashes of 16 and 48 bytes join to the same bytes as two of 32."""
    left, right = LEAVES[2], LEAVES[3]
    assert accepts((2, 3, 4), left, mth(0, 4), (right, mth(0, 2)))
    assert not accepts((2, 3, 4), left[:16], mth(0, 4), (left[16:] + right, mth(0, 2)))
    assert contains(left, (2, 2, 4), mth(2, 4), (right,))
    assert not contains(left[:16], (2, 2, 4), mth(2, 4), (left[16:] + right,))
    assert not contains(b"root", (2, 2, 3), b"root", ())


def test_largest_tree_there_can_be_is_verified_at_once():
    most = (1 << 63) - 1
    assert not accepts((most - 1, most, most), OTHER, OTHER, [OTHER] * 62)
    assert not accepts((0, most - 1, most), OTHER, OTHER, [OTHER] * 63)


# The published cases: transparency-dev/merkle.


@pytest.mark.shared
def test_published_cases_of_inclusion_in_a_subtree():
    found = cases("subtreeinclusion")
    assert len(found) == 204
    assert sum(not case["wantErr"] for _, case in found) == 12
    for name, case in found:
        taken = contains(
            decoded(case["leafHash"]),
            (case["leafIdx"], case["start"], case["end"]),
            decoded(case["root"]),
            [decoded(one) for one in case["proof"] or ()],
        )
        assert taken is not case["wantErr"], name


@pytest.mark.shared
def test_published_cases_of_consistency_of_a_subtree():
    found = cases("subtreeconsistency")
    assert len(found) == 118
    assert sum(not case["wantErr"] for _, case in found) == 12
    for name, case in found:
        taken = accepts(
            (case["start"], case["end"], case["size"]),
            decoded(case["root1"]),
            decoded(case["root2"]),
            [decoded(one) for one in case["proof"] or ()],
        )
        assert taken is not case["wantErr"], name


def test_an_error_is_not_permitted_and_says_why():
    with pytest.raises(NotPermitted, match=r"no subtree \[2, 6\) in a tree of 8"):
        verify_subtree(start=2, end=6, size=8, subtree_root=OTHER, root_hash=OTHER, proof=())
    with pytest.raises(NotPermitted, match=r"no leaf 6 in the subtree \[4, 6\)"):
        verify_subtree_inclusion(OTHER, index=6, start=4, end=6, subtree_root=OTHER, proof=())
