"""Halves of a photograph: where things are in them, and how many are made."""

import cv2
import numpy as np
import pytest

from lineproof.imaging.pyramid import Pyramid


def photograph(rows: int = 301, columns: int = 403) -> np.ndarray:
    noise = np.random.default_rng(1).integers(0, 255, (rows // 10, columns // 10), np.uint8)
    return cv2.resize(noise, (columns, rows), interpolation=cv2.INTER_CUBIC)


@pytest.mark.parametrize(
    ("scale", "given"),
    [(1.0, 1.0), (0.51, 1.0), (0.5, 0.5), (0.3, 0.5), (0.25, 0.25), (0.13, 0.25), (3.0, 1.0)],
)
def test_the_smallest_size_that_is_large_enough(scale: float, given: float):
    grey, at = Pyramid(photograph()).at_least(scale)
    assert at == given
    assert grey.shape == (int(301 * at), int(403 * at))


def test_a_point_stays_where_it_is():
    grey = np.zeros((300, 400), np.uint8)
    grey[120:136, 200:216] = 255  # its middle is (208, 128)
    half, scale = Pyramid(grey).at_least(0.25)
    ys, xs = np.nonzero(half)
    assert (xs.mean() + 0.5, ys.mean() + 0.5) == (208 * scale, 128 * scale)


def test_a_half_is_the_mean_of_two_by_two():
    grey = photograph()
    half, _ = Pyramid(grey).at_least(0.5)
    mean = grey[:300, :402].reshape(150, 2, 201, 2).mean(axis=(1, 3))
    assert np.abs(half - mean).max() <= 0.5  # rounded


def test_nothing_is_halved_to_nothing():
    grey, scale = Pyramid(photograph(40, 4000)).at_least(0.001)
    assert scale == 0.5
    assert grey.shape == (20, 2000)


def test_a_half_is_made_once():
    pyramid = Pyramid(photograph())
    assert pyramid.at_least(0.3)[0] is pyramid.at_least(0.5)[0]
