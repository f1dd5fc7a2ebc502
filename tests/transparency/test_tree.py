"""Merkle tree hashing of RFC 6962 section 2.1."""

import hashlib

import pytest

from lineproof.transparency.tree import EMPTY_ROOT, CompactRange, leaf_hash, node_hash, range_of

# The tree of the Certificate Transparency project's own tests (merkle_tree_test.cc):
# eight entries, and the root of each of its first n leaves.
ENTRIES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def mth(entries: list[bytes]) -> bytes:
    """Hash as RFC 6962 section 2.1 writes it, word for word and slowly."""
    if not entries:
        return hashlib.sha256(b"").digest()
    if len(entries) == 1:
        return hashlib.sha256(b"\x00" + entries[0]).digest()
    k = 1
    while k * 2 < len(entries):
        k *= 2
    return hashlib.sha256(b"\x01" + mth(entries[:k]) + mth(entries[k:])).digest()


@pytest.mark.parametrize("size", range(9))
def test_roots_are_those_of_certificate_transparency(size: int):
    root = range_of(leaf_hash(entry) for entry in ENTRIES[:size]).root()
    assert root.hex() == ROOTS[size]
    assert mth(ENTRIES[:size]).hex() == ROOTS[size]


def test_every_size_to_seventy_has_the_root_of_the_standard():
    entries = [number.to_bytes(1 + number % 5, "big") for number in range(70)]
    folded = CompactRange()
    for size in range(71):
        assert folded.root() == mth(entries[:size])
        assert len(folded.roots) == size.bit_count()
        if size < 70:
            folded = folded.append(leaf_hash(entries[size]))


def test_empty_log_has_the_hash_of_nothing():
    assert CompactRange().root() == EMPTY_ROOT == hashlib.sha256(b"").digest()


def test_leaf_cannot_be_taken_for_a_node():
    left, right = leaf_hash(b"a"), leaf_hash(b"b")
    assert leaf_hash(left + right) != node_hash(left, right)


@pytest.mark.parametrize(("place", "size"), [(place, size) for size in range(1, 9) for place in range(size)])
def test_any_changed_entry_changes_the_root(place: int, size: int):
    changed = ENTRIES[:size]
    changed[place] += b"!"
    assert range_of(map(leaf_hash, changed)).root() != range_of(map(leaf_hash, ENTRIES[:size])).root()


def test_folding_on_from_a_kept_range_gives_the_same_as_folding_anew():
    leaves = [leaf_hash(entry) for entry in ENTRIES]
    for size in range(9):
        kept = range_of(leaves[:size])
        again = CompactRange(kept.size, kept.roots)
        for leaf in leaves[size:]:
            again = again.append(leaf)
        assert again == range_of(leaves)


@pytest.mark.parametrize("size", [*range(20), 255, 256, 257, 1023, 1024, 1025, 3000])
def test_many_leaves_at_once_give_the_same_as_one_at_a_time(size: int):
    leaves = [leaf_hash(b"%d" % number) for number in range(size + 2100)]
    folded = CompactRange()
    for leaf in leaves[:size]:
        folded = folded.append(leaf)
    assert range_of(leaves[:size]) == folded
    for more in (0, 1, 2, 3, 255, 256, 1024, 2100):
        assert folded.extend(iter(leaves[size : size + more])) == range_of(leaves[: size + more])


def test_complete_subtree_at_once_gives_the_same_as_its_leaves():
    leaves = [leaf_hash(b"%d" % number) for number in range(100)]
    for level in range(6):
        for size in range(65):
            kept, subtree = range_of(leaves[:size]), leaves[size : size + (1 << level)]
            if size % len(subtree):
                with pytest.raises(ValueError, match="multiple of its leaves"):
                    kept.append(range_of(subtree).root(), level=level)
            else:
                joined = kept.append(range_of(subtree).root(), level=level)
                assert joined == range_of(leaves[: size + len(subtree)])


@pytest.mark.parametrize(("size", "roots"), [(0, 1), (1, 0), (1, 2), (2, 2), (3, 1), (-1, 0), (7, 2)])
def test_roots_that_cannot_be_those_of_the_size_are_refused(size: int, roots: int):
    with pytest.raises(ValueError, match="one root for each set bit"):
        CompactRange(size, (bytes(32),) * roots)
