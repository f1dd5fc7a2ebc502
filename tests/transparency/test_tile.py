"""Tiles: where they lie and what is in them. C2SP tlog-tiles."""

import hashlib
from collections.abc import Sequence
from itertools import pairwise

import pytest

from lineproof.errors import Malformed
from lineproof.transparency.tile import (
    TilePlace,
    bundle_bytes,
    bundle_path,
    parse_bundle,
    parse_path,
    parse_tile,
    places_for,
    tile_bytes,
    tile_path,
)

PLACES = {
    "tile/0/000": TilePlace(0, 0),
    "tile/0/x001/234": TilePlace(0, 1234),
    "tile/0/x001/x234/067": TilePlace(0, 1234067),  # the specification's own example
    "tile/63/999.p/1": TilePlace(63, 999, 1),
    "tile/2/x001/000.p/255": TilePlace(2, 1000, 255),
    "tile/entries/000.p/17": TilePlace(None, 0, 17),
    "tile/entries/x999/999": TilePlace(None, 999999),
    "tile/0/x009/x223/x372/x036/x854/x775/807": TilePlace(0, 2**63 - 1),
}


@pytest.mark.parametrize(("path", "place"), PLACES.items())
def test_place_has_the_path_of_the_specification_and_back(path: str, place: TilePlace):
    if place.level is None:
        assert bundle_path(place.index, width=place.width) == path
    else:
        assert tile_path(place.level, place.index, width=place.width) == path
    assert parse_path(path) == place


@pytest.mark.parametrize(
    "path",
    [
        *("", "tile", "tile/0", "tile/0/", "tile/0/0", "tile/0/00", "tile/0/0000", "tile/0/x000/001"),
        *("tile/00/000", "tile/64/000", "tile/-1/000", "tile/entry/000", "tile/8/0/000", "/tile/0/000"),
        *("tile/0/001/234", "tile/0/x001", "tile/0/x001/x234", "tile/0/X001/234", "tile/0/x1/234"),
        *("tile/0/000.p/0", "tile/0/000.p/256", "tile/0/000.p/01", "tile/0/000.p/", "tile/0/000.p"),
        *(
            "tile/0/000/",
            "tile/0/000\n",
            " tile/0/000",
            "tile/0/\u0660\u0660\u0660",
            "tile/0/../000",
            "checkpoint",
        ),
        "tile/0/x009/x223/x372/x036/x854/x775/808",
        "tile/0/" + "x001/" * 9 + "000",
    ],
)
def test_no_other_path_is_taken(path: str):
    with pytest.raises(Malformed):
        parse_path(path)


@pytest.mark.parametrize(
    "place", [(-1, 0, 256), (64, 0, 256), (0, -1, 256), (0, 1 << 63, 256), (0, 0, 0), (0, 0, 257)]
)
def test_place_that_no_log_has_is_not_made(place: tuple[int, int, int]):
    with pytest.raises(ValueError):
        TilePlace(*place)


BUNDLES = ([b""], [b"a"], [b"", b""], [b"one", b"", b"three"], [b"x" * 65535], [b"e"] * 256)


@pytest.mark.parametrize("entries", BUNDLES)
def test_bundle_is_read_as_it_was_written(entries: Sequence[bytes]):
    assert parse_bundle(bundle_bytes(entries), count=len(entries)) == tuple(entries)


def test_bundle_has_two_bytes_of_length_before_each_entry():
    assert bundle_bytes([b"abc", b"", b"\x00" * 258]) == b"\x00\x03abc\x00\x00\x01\x02" + b"\x00" * 258


@pytest.mark.parametrize("entries", [[], [b""] * 257, [b"x" * 65536]])
def test_bundle_that_cannot_be_written_is_refused(entries: Sequence[bytes]):
    with pytest.raises(ValueError):
        bundle_bytes(entries)


@pytest.mark.parametrize("cut", range(1, 11))
def test_bundle_that_ends_early_is_refused(cut: int):
    with pytest.raises(Malformed):
        parse_bundle(bundle_bytes([b"one", b"", b"two"])[:-cut], count=3)


@pytest.mark.parametrize("count", [0, 1, 2, 4, 256])
def test_bundle_of_another_number_of_entries_is_refused(count: int):
    with pytest.raises(Malformed):
        parse_bundle(bundle_bytes([b"one", b"", b"two"]), count=count)


def test_bundle_with_something_behind_it_is_refused():
    with pytest.raises(Malformed):
        parse_bundle(bundle_bytes([b"one"]) + b"\x00", count=1)


def test_tile_is_its_hashes_one_after_the_other():
    hashes = tuple(hashlib.sha256(bytes([number])).digest() for number in range(256))
    assert tile_bytes(hashes) == b"".join(hashes)
    assert parse_tile(tile_bytes(hashes), width=256) == hashes
    assert len(tile_bytes(hashes)) == 8192


def test_tile_of_another_width_is_refused():
    for content, width in ((bytes(31), 1), (bytes(33), 1), (bytes(64), 1), (bytes(32), 2), (b"", 1)):
        with pytest.raises(Malformed):
            parse_tile(content, width=width)
    for hashes in ([], [bytes(32)] * 257, [bytes(31)]):
        with pytest.raises(ValueError):
            tile_bytes(hashes)


def test_log_of_seventy_thousand_has_the_tiles_of_the_specification():
    """C2SP tlog-tiles, "Partial Tiles": the example in words."""
    tiles = [place for place in places_for(0, 70000) if place.level is not None]
    assert tiles == [
        *(TilePlace(0, index) for index in range(273)),
        TilePlace(0, 273, 112),
        TilePlace(1, 0),
        TilePlace(1, 1, 17),
        TilePlace(2, 0, 1),
    ]
    bundles = [place for place in places_for(0, 70000) if place.level is None]
    assert bundles == [TilePlace(None, place.index, place.width) for place in tiles if place.level == 0]
    assert list(places_for(0, 256))[1:] == [TilePlace(0, 0), TilePlace(1, 0, 1)]


def all_of(size: int) -> set[TilePlace]:
    """List the pieces of a log of one size, from the formula of the specification."""
    places = set()
    for level in (None, 0, 1, 2, 3):
        count = size // 256 ** (level or 0)
        places |= {TilePlace(level, index) for index in range(count // 256)}
        if count % 256:
            places.add(TilePlace(level, count // 256, count % 256))
    return places


SIZES = (0, 1, 2, 255, 256, 257, 511, 512, 513, 700, 65535, 65536, 65537, 65792, 66000)


@pytest.mark.parametrize("old", SIZES)
def test_growing_log_writes_what_is_new_and_only_that(old: int):
    for new in SIZES:
        if new < old:
            with pytest.raises(ValueError):
                places_for(old, new)
            continue
        listed = list(places_for(old, new))
        assert len(listed) == len(set(listed))
        assert set(listed) == all_of(new) - all_of(old)


def test_everything_is_written_before_what_is_computed_from_it():
    listed = list(places_for(200, 66000))
    levels = [-1 if place.level is None else place.level for place in listed]
    assert levels == sorted(levels)
    for earlier, later in pairwise(listed):
        if earlier.level == later.level:
            assert (earlier.index + 1, earlier.width) == (later.index, 256) or later.width < 256


def test_log_that_did_not_grow_writes_nothing():
    assert list(places_for(0, 0)) == []
    assert list(places_for(70000, 70000)) == []
    with pytest.raises(ValueError):
        places_for(-1, 5)
