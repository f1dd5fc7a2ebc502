"""A canvas laid over the relief of a head, and the marks that can be made on it."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from lineproof.specimen.relief import ANGLE_LIMIT, BOTTOM, COLUMNS, ROWS, TOP, Map

Picture = NDArray[np.float32]  # rows, columns, red-green-blue, 0 to 255


@dataclass(frozen=True, slots=True)
class Canvas:
    """A picture and, for each of its cells, the place on the face: right of the nose, down, on the front.

    side is the distance from the middle line, so that one formula paints both halves.
    """

    picture: Picture
    x: Map
    y: Map
    side: Map
    front: Map

    def within(self, *, angles: tuple[float, float], heights: tuple[float, float]) -> "Canvas":
        """Look at a part of the whole canvas; painting there paints the whole."""
        left, right = (round((a + ANGLE_LIMIT) / (2 * ANGLE_LIMIT) * (COLUMNS - 1)) for a in angles)
        top, bottom = (round((h - TOP) / (BOTTOM - TOP) * (ROWS - 1)) for h in heights)
        part = np.s_[max(0, top) : bottom, left:right]
        return Canvas(self.picture[part], self.x[part], self.y[part], self.side[part], self.front[part])

    def paint(self, weight: Map, colour: ArrayLike) -> None:
        """Lay a colour over the face, from weight 0 (nothing) to 1 (opaque)."""
        cover = (np.clip(weight, 0, 1) * self.front)[..., None]
        np.add(self.picture, cover * (np.asarray(colour, np.float32) - self.picture), out=self.picture)


def times(colour: ArrayLike, factor: ArrayLike) -> NDArray[np.float32]:
    """Return a colour with each part scaled, by one factor or by a picture of factors."""
    return np.asarray(colour, np.float32) * np.asarray(factor, np.float32)


def line(distance: Map, half_width: float) -> Map:
    """Return 1 on a line and 0 beyond its half width, with a soft edge."""
    return np.exp(-((distance / half_width) ** 2))


def blots(rng: np.random.Generator, picture: Picture, *, cells: float) -> Map:
    """Return smooth noise of deviation about 1, with blots of this size."""
    rows, columns = picture.shape[:2]
    coarse = rng.standard_normal((int(rows / cells) + 2, int(columns / cells) + 2), np.float32)
    return cv2.resize(coarse, (columns, rows), interpolation=cv2.INTER_CUBIC)


def strands(rng: np.random.Generator, picture: Picture) -> Map:
    """Return noise drawn out downward, as hair falls, from -1 to 1."""
    rows, columns = picture.shape[:2]
    coarse = rng.standard_normal((rows // 24, columns // 2), np.float32)
    return np.clip(0.6 * cv2.resize(coarse, (columns, rows), interpolation=cv2.INTER_CUBIC), -1, 1)
