"""Find places of dense parallel bars, as a PDF417 has them, and which way they run.

The structure tensor of each cell says how much light and dark change there and in which direction. Bars
change strongly and in one direction alone; photographs, guilloches and noise change in all directions, and
lines of text in two.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import cv2
import numpy as np
from numpy.typing import NDArray

# The image is looked at with this longest side, in cells of so many pixels.
_SIDE_PX, _CELL_PX = 1600, 8
# Mean squared change of brightness, in squared levels a pixel, from which a cell is dense.
_DENSE = 150.0
# Share of the change that lies in one direction, 0 to 1, from which a cell is of one direction.
_ONE_WAY = 0.45
# The smallest place, in cells, its least width across the bars, and how much of the rectangle around it must
# be such cells. The smallest PDF417 is 90 modules wide, and two pixels a module are needed.
_LEAST_CELLS, _LEAST_WIDTH_CELLS, _LEAST_FILLED = 64, 18, 0.5
# What is added on each side, in cells: the quiet zone, and the cells that were half outside.
_MARGIN_CELLS = 3
# Places looked at, the largest first, whatever the number wanted.
_MOST_LOOKED_AT = 12

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Bars:
    """A place of parallel bars, in pixels of the image.

    middle: (x, y) of its middle. across_degrees: the direction across the bars, from the image's x axis
    towards its y axis, -90 to 90. width_px is across the bars, height_px along them.
    """

    middle: tuple[float, float]
    across_degrees: float
    width_px: float
    height_px: float


def find_bars(grey: NDArray[np.uint8], *, most: int) -> tuple[Bars, ...]:
    """Find places of parallel bars, those of most cells first; at most `most`.

    grey: uint8, shape (height, width).
    """
    scale = min(1.0, _SIDE_PX / max(grey.shape))
    small = grey if scale == 1.0 else cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    across, aslant = _direction_vectors(small)
    if across.size == 0:
        return ()
    found: list[Bars] = []
    for cells in islice(_components(across, aslant), _MOST_LOOKED_AT):
        place = _place(cells, across, aslant)
        # Sectors overlap, so most places are found twice.
        if place is not None and not any(_is_in(place, other) for other in found):
            found.append(place)
    return tuple(_scaled(place, _CELL_PX / scale) for place in found[:most])


def _direction_vectors(grey: NDArray[np.uint8]) -> tuple[Floats, Floats]:
    """Give each cell's change as a unit vector at twice its direction's angle; nought where no bars are."""
    rows, columns = grey.shape[0] // _CELL_PX, grey.shape[1] // _CELL_PX
    if not rows or not columns:
        return np.empty((0, 0), np.float32), np.empty((0, 0), np.float32)
    cut = grey[: rows * _CELL_PX, : columns * _CELL_PX]
    dx, dy = (cv2.Scharr(cut, cv2.CV_32F, *order, scale=1 / 32) for order in ((1, 0), (0, 1)))
    size = (columns, rows)
    xx, yy, xy = (
        cv2.blur(cv2.resize(each, size, interpolation=cv2.INTER_AREA), (3, 3))
        for each in (dx * dx, dy * dy, dx * dy)
    )
    energy, across, aslant = xx + yy, xx - yy, 2 * xy
    length = np.hypot(across, aslant)
    is_bar = (energy > _DENSE) & (length > _ONE_WAY * energy)
    across, aslant = across / np.maximum(length, 1e-6), aslant / np.maximum(length, 1e-6)
    return np.where(is_bar, across, 0).astype(np.float32), np.where(is_bar, aslant, 0).astype(np.float32)


def _components(across: Floats, aslant: Floats) -> Iterator[NDArray[np.int64]]:
    """Give connected cells of nearly one direction, shape (n, 2) of (column, row), the most cells first."""
    # Four overlapping sectors of 90 degrees (of the doubled angle, 180): every direction is well inside one.
    found: list[NDArray[np.int64]] = []
    for angle in np.radians([0, 90, 180, 270]):
        along = across * np.cos(angle) + aslant * np.sin(angle)
        mask = (along > np.cos(np.radians(60))).astype(np.uint8)
        count, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=4)
        for label in range(1, count):
            if stats[label, cv2.CC_STAT_AREA] >= _LEAST_CELLS:
                left, top, width, height = stats[label, :4]
                rows, columns = np.nonzero(labels[top : top + height, left : left + width] == label)
                found.append(np.column_stack([columns + left, rows + top]))
    yield from sorted(found, key=len, reverse=True)


def _place(cells: NDArray[np.int64], across: Floats, aslant: Floats) -> Bars | None:
    """Lay a rectangle across the bars around the cells; None where they do not fill it."""
    columns, rows = cells.T
    doubled = np.arctan2(float(aslant[rows, columns].sum()), float(across[rows, columns].sum()))
    angle = doubled / 2
    turned = (cells + 0.5) @ np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    low, high = turned.min(axis=0) - 0.5, turned.max(axis=0) + 0.5
    width, height = high - low
    if width < _LEAST_WIDTH_CELLS or len(cells) < _LEAST_FILLED * width * height:
        return None
    middle = (low + high) / 2 @ np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    margin = 2 * _MARGIN_CELLS
    return Bars(
        (float(middle[0]), float(middle[1])),
        float(np.degrees(angle)),
        float(width + margin),
        float(height + margin),
    )


def _is_in(bars: Bars, other: Bars) -> bool:
    """Tell whether the middle of one place lies in another."""
    angle = np.radians(other.across_degrees)
    right, down = bars.middle[0] - other.middle[0], bars.middle[1] - other.middle[1]
    across, along = right * np.cos(angle) + down * np.sin(angle), down * np.cos(angle) - right * np.sin(angle)
    return bool(abs(across) < other.width_px / 2 and abs(along) < other.height_px / 2)


def _scaled(bars: Bars, factor: float) -> Bars:
    x, y = bars.middle
    return Bars(
        (x * factor, y * factor), bars.across_degrees, bars.width_px * factor, bars.height_px * factor
    )
