"""Find lines of print on a page: a text detector with differentiable binarisation, and what follows it.

The network gives for each pixel how likely it is the core of a line of text; cores are shrunk lines, which
keeps neighbours apart, and each is expanded again by the rule of the method, area x ratio / perimeter: Liao
and others, "Real-time Scene Text Detection with Differentiable Binarization", AAAI 2020, section 3.3.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from lineproof.imaging.cutout import Image

# A whole page is searched at this longest side, a part of it at the same scale. Of drawn passports, at 416 a
# surname of two letters was missed; at 480 all was found, but some labels seemed taller than entries.
SEARCH_SIDE_PX = 608
# The network halves its input five times.
_STEP_PX = 32
_CORE_FROM, _LINE_FROM = 0.3, 0.5
_EXPANSION = 1.6
_THINNEST_PX = 3.0
MOST_CONTOURS = 400
# A straightened page has level print; stamps and patterns lie otherwise.
_STEEPEST_DEGREES = 8.0

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Region:
    """An upright part of a page in its pixels, from its upper left corner."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def area(self) -> float:
        """Give its area, 0 for a region that is none."""
        return max(0.0, self.right - self.left) * max(0.0, self.bottom - self.top)

    def shared_with(self, other: "Region") -> float:
        """Give the area that both have."""
        return Region(
            max(self.left, other.left),
            max(self.top, other.top),
            min(self.right, other.right),
            min(self.bottom, other.bottom),
        ).area


@dataclass(frozen=True, slots=True)
class TextPlace:
    """A line of text that was found: a rectangle that may be tilted a little.

    centre_x, centre_y, width, height: pixels of the page; width lies along the text. degrees: clockwise.
    likelihood: mean over its core, 0 to 1.
    """

    centre_x: float
    centre_y: float
    width: float
    height: float
    degrees: float
    likelihood: float


def find_text(page_rgb: Image, part: Region, detector: cv2.dnn.Net) -> tuple[TextPlace, ...]:
    """Find the level lines of text on a part of an upright page, in no particular order.

    page_rgb: uint8, shape (height, width, 3). part: of at least one pixel. Time and memory are those of a map
    of SEARCH_SIDE_PX squared and of MOST_CONTOURS contours at most, whatever the page.
    """
    left, top, right, bottom = (round(side) for side in (part.left, part.top, part.right, part.bottom))
    searched = page_rgb[top:bottom, left:right]
    rows, columns = searched.shape[:2]
    shrink = SEARCH_SIDE_PX / max(page_rgb.shape[:2])
    size = tuple(max(1, round(side * shrink / _STEP_PX)) * _STEP_PX for side in (columns, rows))
    small = cv2.resize(searched, size, interpolation=cv2.INTER_AREA)
    detector.setInput(cv2.dnn.blobFromImage(small, 1 / 127.5, mean=(127.5,) * 3, swapRB=True))
    core = np.asarray(detector.forward(), np.float32).reshape(size[1], size[0])
    places = _places(core, columns / size[0], rows / size[1])
    return tuple(
        replace(each, centre_x=each.centre_x + left, centre_y=each.centre_y + top) for each in places
    )


def _places(core: Floats, across: float, down: float) -> Iterator[TextPlace]:
    """Make places of the map. across, down: pixels of the page per pixel of the map."""
    contours, _ = cv2.findContours(
        (core > _CORE_FROM).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE
    )
    for contour in sorted(contours, key=cv2.contourArea, reverse=True)[:MOST_CONTOURS]:
        (x, y), (width, height), degrees = cv2.minAreaRect(contour)
        # From the middles of pixels to their edges; and OpenCV gives a rectangle in any of its four turns.
        width, height, turns = width + 1, height + 1, round(degrees / 90)
        degrees -= 90 * turns
        if turns % 2:
            width, height = height, width
        thin = min(width, height) < _THINNEST_PX
        if thin or abs(degrees) > _STEEPEST_DEGREES or (likely := _likelihood(core, contour)) < _LINE_FROM:
            continue
        offset = width * height * _EXPANSION / (2 * (width + height))
        yield TextPlace(
            # Pixel centres lie half a pixel into both.
            (x + 0.5) * across,
            (y + 0.5) * down,
            (width + 2 * offset) * across,
            (height + 2 * offset) * down,
            degrees,
            likely,
        )


def _likelihood(core: Floats, contour: npt.NDArray[np.int32]) -> float:
    left, top, width, height = cv2.boundingRect(contour)
    inside = np.zeros((height, width), np.uint8)
    cv2.drawContours(inside, [contour], 0, 1, cv2.FILLED, offset=(-left, -top))
    return float(cv2.mean(core[top : top + height, left : left + width], inside)[0])
