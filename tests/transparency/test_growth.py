"""The edge of a tree, from which its tiles grow."""

from itertools import pairwise

import pytest

from lineproof.transparency.growth import Growth, edge_roots, edge_widths, level_roots
from lineproof.transparency.tile import parse_bundle, parse_path, places_for
from lineproof.transparency.tree import leaf_hash, range_of

# Around the ends of tiles of level 0 and 1.
SIZES = (0, 1, 2, 255, 256, 257, 300, 511, 512, 700, 65_535, 65_536, 65_537, 66_000, 131_072 + 300)
ENTRIES = [b"entry %d" % number for number in range(SIZES[-1])]


def grow(growth: Growth, start: int, stop: int) -> list[tuple[str, bytes]]:
    files = [file for entry in ENTRIES[start:stop] for file in growth.add(entry)]
    return files + list(growth.parts())


@pytest.fixture(scope="module")
def published() -> dict[str, bytes]:
    """Every file of a log that was published at each of the sizes, each time from its edge alone."""
    files: dict[str, bytes] = {}
    for old, new in pairwise(SIZES):
        hashes, count = [], old
        for level, width in enumerate(edge_widths(old)):
            path = f"tile/{level}/" + parse_index(count // 256)
            content = files[f"{path}.p/{width}"] if width else b""
            hashes.append([content[at : at + 32] for at in range(0, len(content), 32)])
            count //= 256
        growth = Growth(old, ENTRIES[old - old % 256 : old], hashes)
        written = grow(growth, old, new)
        assert {path for path, _ in written} == {place.path for place in places_for(old, new)}
        assert len({path for path, _ in written}) == len(written)
        assert all(files.get(path, content) == content for path, content in written)
        files |= dict(written)
    return files


def parse_index(index: int) -> str:
    digits = f"{index:06}" if index > 999 else f"{index:03}"
    return f"x{digits[:3]}/{digits[3:]}" if len(digits) > 3 else digits


def test_every_file_is_what_the_entries_say(published: dict[str, bytes]):
    leaves = [leaf_hash(entry) for entry in ENTRIES]
    for path, content in published.items():
        place = parse_path(path)
        start = place.index * 256
        if place.level is None:
            assert list(parse_bundle(content, count=place.width)) == ENTRIES[start : start + place.width]
        elif place.level == 0:
            assert content == b"".join(leaves[start : start + place.width])


def test_upper_tiles_are_hashed_from_the_full_ones_below(published: dict[str, bytes]):
    upper = [path for path in published if path.startswith("tile/1/")]
    assert len(upper) >= 5
    for path in upper:
        place, content = parse_path(path), published[path]
        for number in range(place.width):
            below = published[f"tile/0/{parse_index(place.index * 256 + number)}"]
            root = range_of([below[at : at + 32] for at in range(0, 8192, 32)]).root()
            assert content[number * 32 : number * 32 + 32] == root


def test_what_is_below_is_written_before_what_is_hashed_from_it():
    paths = [path for path, _ in grow(Growth(0, [], []), 0, 65_800)]
    order = {path: at for at, path in enumerate(paths)}
    for path, at in order.items():
        place = parse_path(path)
        if place.level == 0:
            assert order[path.replace("tile/0/", "tile/entries/")] < at
        elif place.level == 1:
            assert all(order[f"tile/0/{parse_index(place.index * 256 + n)}"] < at for n in range(place.width))


@pytest.mark.parametrize("size", SIZES)
def test_roots_of_an_edge_are_those_of_the_compact_range(size: int):
    folded, levels = range_of(map(leaf_hash, ENTRIES[:size])), []
    hashes = [leaf_hash(entry) for entry in ENTRIES[:size]]
    while hashes:
        edge = len(hashes) % 256
        levels.append(hashes[len(hashes) - edge :])
        hashes = [range_of(hashes[at : at + 256]).root() for at in range(0, len(hashes) - edge, 256)]
    assert tuple(map(len, levels)) == edge_widths(size)
    assert edge_roots(levels) == level_roots(folded)


@pytest.mark.parametrize(
    ("size", "entries", "hashes"),
    [(1, [], [[bytes(32)]]), (1, [b""], []), (1, [b""], [[]]), (0, [b""], []), (256, [], [[], [], []])],
)
def test_edge_of_another_size_is_refused(size: int, entries: list[bytes], hashes: list[list[bytes]]):
    with pytest.raises(ValueError, match="as its size says"):
        Growth(size, entries, hashes)


def test_nothing_new_grows_nothing():
    growth = Growth(3, ENTRIES[:3], [[leaf_hash(entry) for entry in ENTRIES[:3]]])
    assert list(growth.parts()) == []
