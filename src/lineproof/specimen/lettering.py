"""Letters on a page: three typefaces that come with OpenCV, and colours laid down through a mask."""

from enum import Enum
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

Ink = tuple[int, int, int]
Page = NDArray[np.uint8]  # rows, columns, red-green-blue
Mask = NDArray[np.uint8]  # rows, columns: 0 nothing, 255 opaque


class Face(Enum):
    """A typeface, by OpenCV's name."""

    ROUND = "sans"
    SLANTED = "italic"
    HUMANIST = "uni"


@cache
def _loaded(face: Face) -> cv2.FontFace:
    return cv2.FontFace(face.value)


def write(
    page: Page,
    text: str,
    at: tuple[float, float],
    *,
    size_px: float,
    ink: Ink | int,
    face: Face = Face.ROUND,
    weight: int = 400,
    width_px: float = 1e9,
    anchor: str = "left",
) -> None:
    """Write one line of text with its foot at `at`, smaller where it would be wider than width_px.

    page: changed in place; may also be a mask. weight: from 300, light, to 800, bold. anchor: whether
    `at` is the text's left or right end, or its middle.
    """
    size = max(round(size_px), 4)
    wide = text_width(text, size_px=size, face=face, weight=weight)
    if wide > width_px:
        size = max(int(size * width_px / wide), 4)
        wide = text_width(text, size_px=size, face=face, weight=weight)
    left = at[0] - {"left": 0.0, "middle": wide / 2, "right": float(wide)}[anchor]
    cv2.putText(page, text, (round(left), round(at[1])), ink, _loaded(face), size, weight)


def text_width(text: str, *, size_px: float, face: Face = Face.ROUND, weight: int = 400) -> int:
    """Measure how far a line of text extends, in pixels."""
    _, _, width, _ = cv2.getTextSize((9999, 9999), text, (0, 0), _loaded(face), round(size_px), weight)
    return width


def lay(page: Page, mask: Mask, ink: Ink, *, at: tuple[int, int] = (0, 0), strength: float = 1.0) -> None:
    """Lay an ink over a page through a mask, whose upper left corner comes to column and row `at`.

    What of the mask falls outside the page is left out.
    """
    left, top = at
    rows, columns = page.shape[:2]
    mask = mask[max(0, -top) : rows - top, max(0, -left) : columns - left]
    part = page[max(0, top) :, max(0, left) :][: mask.shape[0], : mask.shape[1]]
    if not mask.size:
        return
    cover = cv2.merge([mask] * 3)
    if strength < 1:
        cover = cv2.multiply(cover, (strength,) * 4)
    inked = cv2.multiply(cover, tuple(float(part_of) for part_of in (*ink, 0)), scale=1 / 255)
    kept = cv2.multiply(part, cv2.bitwise_not(cover), scale=1 / 255)
    part[:] = cv2.add(inked, kept)


def turned_text(text: str, *, size_px: float, degrees: float, weight: int = 600) -> Mask:
    """Write a text into a mask of its own, turned counterclockwise."""
    size = max(round(size_px), 4)
    wide = text_width(text, size_px=size, weight=weight)
    side = int(np.hypot(wide, size)) + 8
    flat = np.zeros((side, side), np.uint8)
    write(
        flat, text, (side / 2, side / 2 + size * 0.36), size_px=size, ink=255, weight=weight, anchor="middle"
    )
    turn = cv2.getRotationMatrix2D((side / 2, side / 2), degrees, 1.0)
    turned = cv2.warpAffine(flat, turn, (side, side))
    inked = np.flatnonzero(turned.any(axis=1))
    return turned[inked[0] : inked[-1] + 1]
