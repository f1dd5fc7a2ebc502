"""The pictures: which there are, that they are the same every time, and that they name nobody."""

import re
import struct

import matplotlib as mpl
import pytest

from lineproof.measure.plots import draw_plots
from tests.measure.reports import a_report


def made(**given):
    """A report with one threshold for the groups, so that few pictures are drawn."""
    return a_report(**{"targets": (1e-1, 1e-6), "spread": 0.8, "replicates": 60, **given})


def drawn(report) -> dict[str, bytes]:
    return {picture.name: picture.content for picture in draw_plots(report)}


def words(svg: bytes) -> str:
    """The text of an SVG."""
    return " ".join(re.findall(r">([^<>]+)</(?:text|tspan)>", svg.decode()))


@pytest.fixture(scope="module")
def pictures():
    return drawn(made())


def test_curve_and_groups_are_drawn_each_as_svg_and_png(pictures):
    assert {"det.svg", "det.png"} < set(pictures)
    groups = {name for name in pictures if name.startswith("groups-")}
    assert {"groups-1e-1.svg", "groups-1e-1.png"} <= groups
    assert {name.removesuffix(".svg") for name in pictures if name.endswith(".svg")} == {
        name.removesuffix(".png") for name in pictures if name.endswith(".png")
    }
    for name, content in pictures.items():
        assert content.startswith(b"\x89PNG" if name.endswith(".png") else b"<?xml"), name


def test_axes_are_labelled_in_words(pictures):
    said = words(pictures["det.svg"])
    for text in (
        *(
            "False match rate: different people taken for one",
            "False non-match rate: one person not recognised",
        ),
        *("per identity: the rate to quote", "its 95 % interval", "per pair", "test-pack, all pairs", "10 %"),
    ):
        assert text in said, text
    said = words(pictures["groups-1e-1.svg"])
    for text in ("Not recognised", "Taken for each other", "north", "south", "times the mean of the groups"):
        assert text in said, text


def test_pictures_are_the_same_every_time_whatever_the_readers_settings(pictures):
    with mpl.rc_context({"font.size": 30, "lines.linewidth": 9, "svg.hashsalt": None, "text.usetex": True}):
        assert drawn(made()) == pictures
        assert mpl.rcParams["font.size"] == 30


def test_pictures_tell_no_time_and_fetch_nothing(pictures):
    for name, content in pictures.items():
        if name.endswith(".svg"):
            links = set(re.findall(rb'(?:href|src)="([^#][^"]*)"', content)) | set(
                re.findall(rb"url\(([^#)][^)]*)\)", content)
            )
            assert links == set()
            assert b"<dc:date>" not in content
        else:
            kinds = []
            at = 8
            while at < len(content):
                (length,) = struct.unpack(">I", content[at : at + 4])
                kinds.append(content[at + 4 : at + 8])
                at += 12 + length
            assert set(kinds) <= {b"IHDR", b"pHYs", b"IDAT", b"IEND"}


def test_small_group_and_its_size_are_in_no_picture(pictures):
    for name, content in pictures.items():
        if name.endswith(".svg"):
            assert not re.search(r"\bfew\b(?! )", words(content).replace("fewer", ""))
            assert ">few<" not in content.decode()


def test_without_groups_only_the_curve_is_drawn():
    assert set(drawn(made(people=30, grouped=False))) == {"det.svg", "det.png"}


def test_groups_may_be_called_anything():
    """Signs that mean something in XML or a formula, a script without glyphs here, one from right to left."""
    labels = ('<$x_1^{2$ & "y">', "北部 الشمال", "few")
    svg = drawn(made(people=40, labels=labels))["groups-1e-1.svg"].decode()
    assert '&lt;$x_1^{2$ &amp; "y"&gt;' in svg
    assert "北部 الشمال" in svg


def test_curve_that_cannot_be_drawn_says_so():
    """Nobody fails to match: there is no place for nought on an axis of normal deviates."""
    report = made(people=30, spread=0.0, grouped=False)
    assert "no curve" in words(drawn(report)["det.svg"])
