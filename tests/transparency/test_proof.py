"""Inclusion and consistency: RFC 6962 section 2.1, RFC 9162 section 2.1; published and own cases."""

import base64
import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from lineproof.errors import Malformed, NotPermitted
from lineproof.transparency.proof import (
    TileHashes,
    consistency_proof,
    inclusion_proof,
    verify_consistency,
    verify_inclusion,
)
from lineproof.transparency.subtree import HashReader
from lineproof.transparency.tile import TilePlace, tile_bytes
from lineproof.transparency.tree import leaf_hash, node_hash, range_of
from tests.conftest import SHARED

VECTORS = SHARED / "vectors" / "merkle" / "testdata"
LEAVES = [leaf_hash(b"entry %d" % number) for number in range(300)]
OTHER = leaf_hash(b"another entry")


# The standard's own words, slowly.


def split(count: int) -> int:
    k = 1
    while k * 2 < count:
        k *= 2
    return k


_ROOTS: dict[tuple[int, int], bytes] = {}


def mth(start: int, end: int) -> bytes:
    """MTH(D[start:end]) of RFC 6962, 2.1; remembered."""
    if end - start == 1:
        return LEAVES[start]
    if (start, end) not in _ROOTS:
        middle = start + split(end - start)
        _ROOTS[start, end] = node_hash(mth(start, middle), mth(middle, end))
    return _ROOTS[start, end]


def path(m: int, start: int, end: int) -> list[bytes]:
    """PATH(m, D[start:end]) of RFC 6962, 2.1.1."""
    if end - start == 1:
        return []
    k = split(end - start)
    if m < k:
        return [*path(m, start, start + k), mth(start + k, end)]
    return [*path(m - k, start + k, end), mth(start, start + k)]


def subproof(m: int, start: int, end: int, *, known: bool) -> list[bytes]:
    """SUBPROOF(m, D[start:end], known) of RFC 6962, 2.1.2."""
    if m == end - start:
        return [] if known else [mth(start, end)]
    k = split(end - start)
    if m <= k:
        return [*subproof(m, start, start + k, known=known), mth(start + k, end)]
    return [*subproof(m - k, start + k, end, known=False), mth(start, start + k)]


def of_a_log(size: int) -> HashReader:
    """Give hashes of complete subtrees of the first leaves, and of no other."""

    def hash_at(level: int, index: int) -> bytes:
        assert 0 <= index << level < (index + 1) << level <= size
        return mth(index << level, (index + 1) << level)

    return hash_at


def tiles_of(size: int) -> Callable[[TilePlace], bytes]:
    """Make the tiles of a log."""

    def read_tile(place: TilePlace) -> bytes:
        assert place.level is not None
        span = 256**place.level
        first = place.index * 256
        assert place.width == min(256, size // span - first)
        return tile_bytes(
            [mth(n * span, (n + 1) * span) for n in range(first, first + place.width)],
        )

    return read_tile


@pytest.mark.parametrize("sizes", [range(1, 101), range(101, 181), range(181, 241), range(241, 301)])
def test_every_leaf_of_every_small_tree_has_the_proof_of_the_standard(sizes: range):
    for size in sizes:
        hash_at, root_hash = of_a_log(size), mth(0, size)
        for index in range(size):
            proof = inclusion_proof(index, size, hash_at)
            assert list(proof) == path(index, 0, size)
            verify_inclusion(LEAVES[index], index=index, size=size, proof=proof, root_hash=root_hash)


def pairs() -> list[tuple[int, int]]:
    """Every pair of sizes to 64, and a sample of those to 300."""
    chosen = random.Random(6962)
    small = [(old, new) for new in range(1, 65) for old in range(1, new + 1)]
    return small + [(chosen.randint(1, new), new) for new in range(65, 301) for _ in range(8)]


def test_every_pair_of_small_trees_has_the_proof_of_the_standard():
    for old, new in pairs():
        proof = consistency_proof(old, new, of_a_log(new))
        assert list(proof) == subproof(old, 0, new, known=True)
        verify_consistency(old=old, new=new, old_root=mth(0, old), new_root=mth(0, new), proof=proof)


def test_root_is_that_of_the_sequencer():
    assert all(mth(0, size) == range_of(LEAVES[:size]).root() for size in (1, 2, 3, 100, 256, 299))


def test_inclusion_in_a_small_tree_is_of_one_leaf_at_one_place_only():
    for size in range(1, 20):
        root_hash = mth(0, size)
        for index in range(size):
            proof = inclusion_proof(index, size, of_a_log(size))
            for wrong in range(size):
                if wrong != index:
                    refused_inclusion(LEAVES[index], wrong, size, proof, root_hash)
                    refused_inclusion(LEAVES[wrong], index, size, proof, root_hash)
            refused_inclusion(LEAVES[index], index, size, (*proof, OTHER), root_hash)
            refused_inclusion(LEAVES[index], index, size, (OTHER, *proof), root_hash)
            refused_inclusion(LEAVES[index], index, size, proof, OTHER)
            refused_inclusion(OTHER, index, size, proof, root_hash)
            for at in range(len(proof)):
                refused_inclusion(LEAVES[index], index, size, proof[:at] + proof[at + 1 :], root_hash)
                changed = (*proof[:at], OTHER, *proof[at + 1 :])
                refused_inclusion(LEAVES[index], index, size, changed, root_hash)


def refused_inclusion(leaf: bytes, index: int, size: int, proof: tuple[bytes, ...], root: bytes) -> None:
    with pytest.raises(NotPermitted):
        verify_inclusion(leaf, index=index, size=size, proof=proof, root_hash=root)


def test_consistency_of_small_trees_is_of_these_two_only():
    for old, new in [pair for pair in pairs() if pair[1] < 20]:
        proof = consistency_proof(old, new, of_a_log(new))
        old_root, new_root = mth(0, old), mth(0, new)
        refused_consistency(old, new, OTHER, new_root, proof)
        refused_consistency(old, new, old_root, OTHER, proof)
        refused_consistency(old, new, OTHER, OTHER, (OTHER, *proof))
        refused_consistency(old, new, old_root, new_root, (*proof, OTHER))
        refused_consistency(old, new, old_root, new_root, (OTHER, *proof))
        refused_consistency(0, new, old_root, new_root, proof)
        refused_consistency(-1, new, old_root, new_root, proof)
        if old != new:
            refused_consistency(new, old, new_root, old_root, proof)
            refused_consistency(new, new, old_root, new_root, proof)
        for at in range(len(proof)):
            refused_consistency(old, new, old_root, new_root, proof[:at] + proof[at + 1 :])
            refused_consistency(old, new, old_root, new_root, (*proof[:at], OTHER, *proof[at + 1 :]))


def refused_consistency(old: int, new: int, first: bytes, then: bytes, proof: tuple[bytes, ...]) -> None:
    with pytest.raises(NotPermitted):
        verify_consistency(old=old, new=new, old_root=first, new_root=then, proof=proof)


def test_hash_of_another_length_is_refused_even_where_its_bytes_would_fit():
    """Two hashes of 16 and 48 bytes join to the same bytes as two of 32."""
    left, right = LEAVES[0], LEAVES[1]
    refused_inclusion(left[:16], 0, 2, (left[16:] + right,), mth(0, 2))
    refused_consistency(1, 2, left[:16], mth(0, 2), (left[16:] + right,))


def test_proof_of_what_is_not_in_the_tree_is_not_made():
    for index, size in ((0, 0), (1, 1), (-1, 1), (5, 3)):
        with pytest.raises(ValueError):
            inclusion_proof(index, size, of_a_log(size))
    for old, new in ((0, 0), (0, 5), (-1, 5), (6, 5)):
        with pytest.raises(ValueError):
            consistency_proof(old, new, of_a_log(new))


@pytest.mark.parametrize("size", [1, 2, 3, 255, 256, 257, 299, 300])
def test_tiles_give_every_subtree_of_the_log(size: int):
    tiles = TileHashes(tiles_of(size), size)
    for level in range(10):
        for index in range(size >> level):
            assert tiles.hash_at(level, index) == mth(index << level, (index + 1) << level)
        with pytest.raises(ValueError):
            tiles.hash_at(level, size >> level)
    for level, index in ((-1, 0), (0, -1)):
        with pytest.raises(ValueError):
            tiles.hash_at(level, index)


def test_tiles_of_a_large_log_are_asked_for_as_it_has_them():
    """A log of 70,000: level 2 has one hash, of a full tile of level 1."""
    asked = []

    def read_tile(place: TilePlace) -> bytes:
        asked.append(place)
        return bytes(place.width * 32)

    tiles = TileHashes(read_tile, 70000)
    for level, index in ((0, 0), (0, 69999), (7, 545), (8, 272), (15, 1), (16, 0)):
        tiles.hash_at(level, index)
    assert asked == [
        *(TilePlace(0, 0), TilePlace(0, 273, 112), TilePlace(0, 272)),
        *(TilePlace(1, 1, 17), TilePlace(1, 0), TilePlace(2, 0, 1)),
    ]


def test_tile_is_read_once_for_a_proof():
    asked = []

    def read_tile(place: TilePlace) -> bytes:
        asked.append(place)
        return tiles_of(300)(place)

    hash_at = TileHashes(read_tile, 300).hash_at
    assert list(inclusion_proof(100, 300, hash_at)) == path(100, 0, 300)
    assert len(asked) == len(set(asked)) == 2


@pytest.mark.parametrize("change", [lambda tile: tile[:-32], lambda tile: tile + bytes(32), lambda _: b""])
def test_tile_of_another_width_is_not_used(change: Callable[[bytes], bytes]):
    tiles = TileHashes(lambda place: change(tiles_of(300)(place)), 300)
    with pytest.raises(Malformed):
        tiles.hash_at(0, 299)


# The published cases: transparency-dev/merkle.


def cases(folder: str) -> list[tuple[str, dict]]:
    files = sorted((VECTORS / folder).rglob("*.json"))
    return [(str(file.relative_to(VECTORS)), json.loads(Path(file).read_text("utf-8"))) for file in files]


def decoded(text: str | None) -> bytes:
    return base64.b64decode(text or "")


def is_refused(verify: Callable[[], None]) -> bool:
    try:
        verify()
    except NotPermitted:
        return True
    return False


@pytest.mark.shared
def test_published_cases_of_inclusion():
    found = cases("inclusion")
    assert len(found) == 98
    for name, case in found:
        refused = is_refused(
            lambda case=case: verify_inclusion(
                decoded(case["leafHash"]),
                index=case["leafIdx"],
                size=case["treeSize"],
                proof=[decoded(one) for one in case["proof"] or ()],
                root_hash=decoded(case["root"]),
            )
        )
        assert refused is case["wantErr"], name


@pytest.mark.shared
def test_published_cases_of_consistency():
    found = cases("consistency")
    assert len(found) == 98
    for name, case in found:
        refused = is_refused(
            lambda case=case: verify_consistency(
                old=case["size1"],
                new=case["size2"],
                old_root=decoded(case["root1"]),
                new_root=decoded(case["root2"]),
                proof=[decoded(one) for one in case["proof"] or ()],
            )
        )
        assert refused is case["wantErr"], name
