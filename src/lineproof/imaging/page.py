"""Straighten a passport's data page: upright and seen from right above.

The page is found from its machine readable zone alone, whose place on it the standard fixes, so that
page borders, which tables and hands hide, are not needed. ICAO Doc 9303 part 4, 3.1 and figure 3.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from lineproof.imaging.decode import DecodedImage
from lineproof.imaging.mrz_lines import MrzReading

PAGE_WIDTH_MM, PAGE_HEIGHT_MM = 125.0, 88.0

# The block of the two lines as MrzReading.corners bounds it: 44 pitches of 2.54 mm from 6 mm on, half a
# pitch above the middle of the upper line (15.75 mm from the lower edge) to half a pitch below the other.
_ZONE_LEFT_MM, _ZONE_WIDTH_MM = 6.0, 44 * 2.54
_ZONE_TOP_MM, _ZONE_HEIGHT_MM = PAGE_HEIGHT_MM - 15.75 - 1.27, 3.5 * 2.54

# Eight hold a portrait's eyes ninety pixels apart; beyond sixteen a print has nothing more to show.
LEAST_PX_PER_MM, MOST_PX_PER_MM = 8.0, 16.0

# Where a portrait is: its resolution is the one that matters.
_PORTRAIT_MIDDLE_MM = (23.0, 38.0)


@dataclass(frozen=True, slots=True)
class StraightPage:
    """The data page, 125 by 88 mm, upright.

    pixels: uint8, shape (height, width, 3), red, green, blue; what the photograph does not show is
    black. px_per_mm: the resolution, that of the photograph at the portrait within the bounds above.
    """

    pixels: NDArray[np.uint8]
    px_per_mm: float

    def crop(self, *, left_mm: float, top_mm: float, width_mm: float, height_mm: float) -> NDArray[np.uint8]:
        """Cut out a part, measured from the page's upper left corner; clipped to the page."""
        left, top, right, bottom = (
            max(0, round(each * self.px_per_mm))
            for each in (left_mm, top_mm, left_mm + width_mm, top_mm + height_mm)
        )
        return self.pixels[top:bottom, left:right]


def straighten(image: DecodedImage, reading: MrzReading) -> StraightPage:
    """Straighten the page whose zone was read in this image.

    The zone is one tenth of the page's height, so the far edge of the page is an extrapolation: it is
    good to about a millimetre for a flat page, worse for a bent one.
    """
    to_photo = _page_to_photo(reading) * np.array([[image.scale], [image.scale], [1.0]])
    px_per_mm = min(MOST_PX_PER_MM, max(LEAST_PX_PER_MM, _scale_at(to_photo, *_PORTRAIT_MIDDLE_MM)))
    size = (round(PAGE_WIDTH_MM * px_per_mm), round(PAGE_HEIGHT_MM * px_per_mm))
    # Pixel centres lie half a pixel into both images.
    half = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
    matrix = np.linalg.inv(half) @ to_photo @ np.diag([1 / px_per_mm, 1 / px_per_mm, 1]) @ half
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    pixels = cv2.warpPerspective(image.pixels, matrix, size, flags=flags)
    return StraightPage(pixels=pixels, px_per_mm=px_per_mm)


def _page_to_photo(reading: MrzReading) -> NDArray[np.float64]:
    """Compute the homography from millimetres on the page to pixels of the original photograph."""
    right, bottom = _ZONE_LEFT_MM + _ZONE_WIDTH_MM, _ZONE_TOP_MM + _ZONE_HEIGHT_MM
    corners = [(_ZONE_LEFT_MM, _ZONE_TOP_MM), (right, _ZONE_TOP_MM), (right, bottom), (_ZONE_LEFT_MM, bottom)]
    page, photo = np.array(corners, np.float32), np.array(reading.corners, np.float32)
    return cv2.getPerspectiveTransform(page, photo).astype(np.float64)


def _scale_at(homography: NDArray[np.float64], x: float, y: float) -> float:
    """Measure how many pixels a unit becomes at a point, in the direction where it becomes more."""
    here, right, below = (
        (mapped := homography @ (x + dx, y + dy, 1.0))[:2] / mapped[2] for dx, dy in ((0, 0), (1, 0), (0, 1))
    )
    return float(max(np.linalg.norm(right - here), np.linalg.norm(below - here)))
