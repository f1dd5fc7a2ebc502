"""Squares are cut out where the map says, whatever the resolution, without skipping pixels."""

import math

import cv2
import numpy as np
import pytest

from lineproof.imaging.cutout import cut_square, reduced, similarity_map


def a_spot(x: float, y: float, *, width: int = 900, height: int = 700, sigma: float = 12.0) -> np.ndarray:
    """Draw a soft bright spot in the dark, centred between pixels where asked."""
    across, down = np.meshgrid(np.arange(width), np.arange(height))
    light = 250 * np.exp(-((across - x) ** 2 + (down - y) ** 2) / (2 * sigma**2))
    return np.repeat(light[..., None], 3, axis=2).astype(np.uint8)


def middle_of(image: np.ndarray) -> tuple[float, float]:
    """Give the centre of what is bright."""
    light = image[..., 0].astype(np.float64)
    across, down = np.meshgrid(np.arange(image.shape[1]), np.arange(image.shape[0]))
    return float((light * across).sum() / light.sum()), float((light * down).sum() / light.sum())


@pytest.mark.parametrize("scale", [0.09, 0.13, 0.2, 0.3, 0.45, 0.51, 0.8, 1.7])
@pytest.mark.parametrize("degrees", [0, 25, -160])
def test_what_is_seen_lies_where_the_map_puts_it(scale: float, degrees: float) -> None:
    """To a tenth of a pixel, though large images are averaged down first."""
    x, y = 480.3, 341.8
    into = cv2.getRotationMatrix2D((x, y), degrees, scale).astype(np.float64)
    into[:, 2] += (52.4 - x, 61.7 - y)
    seen = middle_of(cut_square(a_spot(x, y, sigma=4 / scale), into, 112))
    assert math.dist(seen, (52.4, 61.7)) < 0.1


def test_nothing_is_skipped_in_a_large_image() -> None:
    """Every second column is bright: warping alone would see all of them or none."""
    stripes = np.zeros((800, 800, 3), np.uint8)
    stripes[:, ::2] = 200
    into = np.array([[0.125, 0, 0], [0, 0.125, 0]])
    assert np.abs(cut_square(stripes, into, 90)[5:-5, 5:-5].astype(int) - 100).max() <= 1


@pytest.mark.parametrize("left_top", [(-300.0, -200.0), (850.0, 650.0), (5000.0, 5000.0)])
def test_what_lies_outside_the_image_is_black(left_top: tuple[float, float]) -> None:
    into = np.array([[0.2, 0, -0.2 * left_top[0]], [0, 0.2, -0.2 * left_top[1]]])
    cut = cut_square(np.full((700, 900, 3), 180, np.uint8), into, 112)
    assert cut.shape == (112, 112, 3)
    inside = max(0, min(900, left_top[0] + 560) - max(0, left_top[0])) * max(
        0, min(700, left_top[1] + 560) - max(0, left_top[1])
    )
    assert abs(float((cut[..., 0] > 90).mean()) * 560**2 - inside) < 0.03 * 560**2


@pytest.mark.parametrize("scale", [1e-6, 1e-3, 0.02])
def test_a_map_that_makes_an_image_vanish_is_no_error(scale: float) -> None:
    into = np.array([[scale, 0, 10.0], [0, scale, 10.0]])
    assert cut_square(np.full((40, 30, 3), 9, np.uint8), into, 16).shape == (16, 16, 3)


def test_reducing_averages_whole_squares_and_drops_the_rest() -> None:
    image = np.zeros((7, 8, 3), np.uint8)
    image[:2, :2] = [[[0], [40]], [[80], [120]]]
    small = reduced(image, 2)
    assert small.shape == (3, 4, 3)
    assert small[0, 0].tolist() == [60, 60, 60]
    assert not small[1:].any()


def test_reducing_by_one_changes_nothing() -> None:
    image = np.random.default_rng(0).integers(0, 255, (5, 6, 3), dtype=np.uint8)
    assert reduced(image, 1) is image


def test_similarity_of_two_points_is_exact() -> None:
    found = similarity_map([(0.0, 0.0), (10.0, 0.0)], [(5.0, 5.0), (5.0, 25.0)])
    assert found @ np.array([10, 0, 1]) == pytest.approx((5, 25))
