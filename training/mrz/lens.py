"""How a lens out of focus and a hand that moves spread each point of the print, for the reader.

`damage.blurred` makes the blur of ordinary photographs. This makes that of small and blurred print, as a
mixture of the two causes and as large, pixels included, as it is asked to be.
"""

import cv2
import numpy as np

from training.mrz.damage import Picture, between

_RAYS = 600
# Variance that comes by itself, in pixels: a pixel is as wide as it is, and each ray falls on two by two.
_PIXEL, _SHARED = 1 / 12, 1 / 6


def defocused(rng: np.random.Generator, picture: Picture, *, deviation_px: float) -> Picture:
    """Spread every point so that its whole blur has this deviation along either axis, on average.

    What is asked to be sharper than pixels allow is left as it is.
    """
    variance = deviation_px**2 - _PIXEL - _SHARED
    if variance <= 0:
        return picture
    kernel = _spread(rng, np.sqrt(variance))
    return cv2.filter2D(picture, -1, kernel, borderType=cv2.BORDER_REPLICATE)


def _spread(rng: np.random.Generator, deviation_px: float) -> Picture:
    """Trace rays from one point: a disc, softened by the lens's errors and drawn out by the hand.

    Each is shared by the four pixels it falls between, by their nearness.
    """
    turn, away = rng.uniform(0, 2 * np.pi, _RAYS), np.sqrt(rng.random(_RAYS))
    rays = np.stack([away * np.cos(turn), away * np.sin(turn)])
    rays = rays + between(rng, 0, 0.6) * rng.standard_normal((2, _RAYS))
    moved = rng.uniform(-1, 1, _RAYS) * between(rng, 0, 1.2)
    along = between(rng, 0, np.pi)
    rays = rays + moved * np.array([[np.cos(along)], [np.sin(along)]])
    rays -= rays.mean(axis=1, keepdims=True)
    rays *= deviation_px / np.sqrt(rays.var(axis=1).mean())
    reach = int(np.ceil(np.abs(rays).max())) + 1
    kernel = np.zeros((2 * reach + 1, 2 * reach + 1))
    whole = np.floor(rays).astype(int)
    right, down = rays - whole
    for dx, by_x in ((0, 1 - right), (1, right)):
        for dy, by_y in ((0, 1 - down), (1, down)):
            np.add.at(kernel, (whole[1] + reach + dy, whole[0] + reach + dx), by_x * by_y)
    return (kernel / kernel.sum()).astype(np.float32)
