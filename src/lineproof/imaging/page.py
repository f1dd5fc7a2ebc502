"""Straighten the side of a document that has the machine readable zone: upright and seen from right above.

The page is found from its zone alone, whose place on it the standard fixes, so that page borders, which
tables and hands hide, are not needed. ICAO Doc 9303 parts 4 to 7, section 3: nominal sizes and places.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from lineproof.document.mrz_format import MrzFormat
from lineproof.imaging.decode import DecodedImage
from lineproof.imaging.mrz_outcome import MrzReading

PITCH_MM, LINE_DISTANCE_MM = 2.54, 6.35


@dataclass(frozen=True, slots=True)
class PagePlan:
    """The side of one format: its size, and where on it the zone is.

    zone_left_mm: of the first character's left edge, from the page's. lowest_line_mm: of the middle of the
    lowest line, from the lower edge. portrait_mm: about the middle of the portrait, from the upper left.
    """

    width_mm: float
    height_mm: float
    zone_left_mm: float
    lowest_line_mm: float
    portrait_mm: tuple[float, float]


PLANS = {
    MrzFormat.TD3: PagePlan(125.0, 88.0, 6.0, 9.40, (23.0, 38.0)),
    # The zone of a card is on the back, where no portrait is; its resolution is taken at the middle.
    MrzFormat.TD1: PagePlan(85.6, 53.98, 4.7, 5.25, (42.8, 17.0)),
    MrzFormat.TD2: PagePlan(105.0, 74.0, 6.0, 9.40, (20.0, 32.0)),
    MrzFormat.MRV_A: PagePlan(120.0, 80.0, 4.1, 9.40, (22.0, 34.0)),
    MrzFormat.MRV_B: PagePlan(105.0, 74.0, 6.0, 9.40, (20.0, 32.0)),
}

# Eight hold a portrait's eyes ninety pixels apart; beyond sixteen a print has nothing more to show.
LEAST_PX_PER_MM, MOST_PX_PER_MM = 8.0, 16.0


@dataclass(frozen=True, slots=True)
class StraightPage:
    """One side of a document, upright.

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


@dataclass(frozen=True, slots=True)
class ZoneOnPage:
    """Where the block of a zone's lines is on its page, from the upper left corner."""

    left_mm: float
    top_mm: float
    width_mm: float
    height_mm: float


def zone_on_page(kind: MrzFormat) -> ZoneOnPage:
    """Say where the block is, as MrzReading.corners bounds it: half a pitch around the lines' middles."""
    plan = PLANS[kind]
    between = (kind.line_count - 1) * LINE_DISTANCE_MM
    return ZoneOnPage(
        left_mm=plan.zone_left_mm,
        top_mm=plan.height_mm - plan.lowest_line_mm - between - PITCH_MM / 2,
        width_mm=kind.line_length * PITCH_MM,
        height_mm=between + PITCH_MM,
    )


def straighten(image: DecodedImage, reading: MrzReading) -> StraightPage:
    """Straighten the page whose zone was read in this image.

    The zone is one tenth of a passport page's height, so the far edge of the page is an extrapolation: it is
    good to one or two millimetres for a flat page, worse for a bent one.
    """
    plan = PLANS[reading.format]
    to_photo = _page_to_photo(reading) * np.array([[image.scale], [image.scale], [1.0]])
    px_per_mm = min(MOST_PX_PER_MM, max(LEAST_PX_PER_MM, _scale_at(to_photo, *plan.portrait_mm)))
    size = (round(plan.width_mm * px_per_mm), round(plan.height_mm * px_per_mm))
    # Pixel centres lie half a pixel into both images.
    half = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
    matrix = np.linalg.inv(half) @ to_photo @ np.diag([1 / px_per_mm, 1 / px_per_mm, 1]) @ half
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    pixels = cv2.warpPerspective(image.pixels, matrix, size, flags=flags)
    return StraightPage(pixels=pixels, px_per_mm=px_per_mm)


def _page_to_photo(reading: MrzReading) -> NDArray[np.float64]:
    """Compute the homography from millimetres on the page to pixels of the original photograph."""
    zone = zone_on_page(reading.format)
    right, bottom = zone.left_mm + zone.width_mm, zone.top_mm + zone.height_mm
    corners = [(zone.left_mm, zone.top_mm), (right, zone.top_mm), (right, bottom), (zone.left_mm, bottom)]
    page, photo = np.array(corners, np.float32), np.array(reading.corners, np.float32)
    return cv2.getPerspectiveTransform(page, photo).astype(np.float64)


def _scale_at(homography: NDArray[np.float64], x: float, y: float) -> float:
    """Measure how many pixels a unit becomes at a point, in the direction where it becomes more."""
    here, right, below = (
        (mapped := homography @ (x + dx, y + dy, 1.0))[:2] / mapped[2] for dx, dy in ((0, 0), (1, 0), (0, 1))
    )
    return float(max(np.linalg.norm(right - here), np.linalg.norm(below - here)))
