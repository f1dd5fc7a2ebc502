"""Lines are cut along their characters' uprights, which a tilted page shows aslant."""

import cv2
import numpy as np
import pytest

from lineproof.imaging.decode import decode
from lineproof.imaging.mrz_outcome import MrzReading
from lineproof.imaging.mrz_reading import read_mrz
from lineproof.imaging.mrz_rows import ZonePlace
from lineproof.imaging.mrz_strips import Cutter, cutter
from lineproof.imaging.pyramid import Pyramid
from lineproof.specimen.camera_levels import SCENE
from lineproof.specimen.held_out import specimen_photograph

PITCH_PX, APART_PX, LEFT_PX, TOP_PX = 14.0, 35.0, 60.0, 80.0
PLACE = ZonePlace(
    corner=np.zeros(2),
    along=np.array([1.0, 0.0]),
    across=np.array([0.0, 1.0]),
    rows=np.array([[0.0, 0.0, TOP_PX], [0.0, 0.0, TOP_PX + APART_PX]]),
    seen=(True, True),
    left=LEFT_PX,
    right=LEFT_PX + 44 * PITCH_PX,
    apart_left=APART_PX,
    apart_right=APART_PX,
    height=13.0,
)


def bars(lean: float) -> np.ndarray:
    """Draw an upright bar for every second character of both lines, all leaning alike."""
    page = np.full((200, 760), 220, np.uint8)
    for at in range(0, 44, 2):
        middle = LEFT_PX + (at + 0.5) * PITCH_PX
        for row in range(2):
            y = TOP_PX + row * APART_PX
            ends = [
                (round((middle + lean * (y + off - TOP_PX)) * 16), round((y + off) * 16)) for off in (-7, 7)
            ]
            cv2.line(page, *ends, 20, 3, cv2.LINE_AA, shift=4)
    return page


def middles(lean: float) -> tuple[np.ndarray, np.ndarray]:
    """Say where the characters of both lines are."""
    x = LEFT_PX + (np.arange(44) + 0.5) * PITCH_PX
    upper = np.stack([x, np.full(44, TOP_PX)], axis=1)
    return upper, upper + np.array([lean * APART_PX, APART_PX])


def cutting(lean: float) -> Cutter:
    return cutter(Pyramid(bars(lean)), PLACE, characters=44)


def unevenness(pixels: np.ndarray) -> float:
    """Say how much pixels of one column differ, over the rows that bars cover."""
    return float(pixels[8:16].astype(float).std(axis=0).mean())


@pytest.mark.parametrize("lean", [-0.35, 0.2, 0.35])
def test_what_leans_is_cut_upright(lean: float):
    given = cutting(lean)
    leaning = given.leaning(*middles(lean))
    x = middles(lean)[0][:, 0]
    aslant, upright = (each.strip_through(0, x, size=1.0).pixels for each in (given, leaning))
    assert leaning.lean == pytest.approx([lean, 0], abs=1e-6)
    assert unevenness(upright) < unevenness(aslant) / 4


def test_a_few_characters_laid_elsewhere_do_not_decide():
    upper, lower = middles(0.2)
    lower[5:15, 0] += 40
    assert cutting(0.2).leaning(upper, lower).lean == pytest.approx([0.2, 0], abs=1e-6)


@pytest.mark.parametrize("scattered", [False, True])
def test_where_nothing_is_known_of_the_uprights_lines_are_cut_as_before(scattered: bool):
    upper, lower = middles(0.2)
    if scattered:
        lower = lower + np.random.default_rng(1).normal(0, 40, lower.shape)
    given = cutting(0.2)
    assert given.leaning(upper, lower if scattered else upper) is given


@pytest.mark.parametrize("number", [610528, 610799])
def test_a_tilted_page_is_read_exactly(number: int):
    """In both a Z was once taken for an I, because it leaned."""
    shown = specimen_photograph(SCENE, number)
    reading = read_mrz(decode(shown.jpeg))
    assert isinstance(reading, MrzReading)
    assert reading.lines == shown.lines
