"""Cut a square out of an image: turned, scaled and shifted, without skipping pixels.

The map is a similarity (turn, one scale, shift). Between point patterns it is the least-squares one in
closed form: Umeyama, "Least-squares estimation of transformation parameters between two point patterns",
IEEE PAMI 13(4), 1991.
"""

import math
from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from lineproof.errors import Malformed

Image = npt.NDArray[np.uint8]
Map = npt.NDArray[np.float64]


def similarity_map(source: Sequence[tuple[float, float]], target: Sequence[tuple[float, float]]) -> Map:
    """Give the least-squares similarity that takes the source points to the target points, shape (2, 3).

    Raises Malformed if all source points are the same.
    """
    origin, aim = np.array(source, np.float64), np.array(target, np.float64)
    a, b = origin - origin.mean(axis=0), aim - aim.mean(axis=0)
    spread = float((a**2).sum())
    if spread == 0:
        raise Malformed("The landmarks of a face all lie on one point.")
    cos = float((a * b).sum()) / spread
    sin = float((a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]).sum()) / spread
    turn = np.array([[cos, -sin], [sin, cos]])
    shift = aim.mean(axis=0) - turn @ origin.mean(axis=0)
    return np.column_stack((turn, shift))


def reduced(image: Image, by: int) -> Image:
    """Average squares of `by` pixels each way; what is left over at the right and at the bottom is dropped.

    image: uint8, shape (height, width, 3), at least `by` each way. By whole numbers this takes a fifth to a
    twentieth of the time of averaging to any size, and nothing is skipped, as warping alone would: an
    embedding would change with the resolution of the camera.
    """
    if by == 1:
        return image
    height, width = image.shape[0] // by, image.shape[1] // by
    whole = image[: height * by, : width * by]
    return np.asarray(cv2.resize(whole, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def cut_square(image: Image, into: Map, side_px: int) -> Image:
    """Cut out the square of that side into which the similarity map takes the image.

    image: uint8, shape (height, width, 3). Returns uint8, shape (side_px, side_px, 3); what lies outside
    the image is black.
    """
    by = int(1 / max(math.hypot(into[0, 0], into[1, 0]), 1 / min(image.shape[:2])))
    if by > 1:
        image, into = _reduced_part(image, into, side_px, by=by)
    return np.asarray(cv2.warpAffine(image, into, (side_px, side_px)), np.uint8)


def _reduced_part(image: Image, into: Map, side_px: int, *, by: int) -> tuple[Image, Map]:
    """Reduce the part of the image that the square shows, and give the map from that part."""
    corners = np.array([[0, 0, 1], [side_px, 0, 1], [side_px, side_px, 1], [0, side_px, 1]], np.float64)
    seen = corners @ np.array(cv2.invertAffineTransform(into)).T
    height, width = image.shape[:2]
    left, top = (int(v) for v in np.clip(np.floor(seen.min(axis=0)) - by, 0, (width - by, height - by)))
    right, bottom = (
        int(v) for v in np.clip(np.ceil(seen.max(axis=0)) + by, (left + by, top + by), (width, height))
    )
    small = reduced(image[top:bottom, left:right], by)
    # A pixel of the reduced part lies in the middle of those it was made of.
    middle = (by - 1) / 2
    shift = into[:, :2] @ np.array([left + middle, top + middle]) + into[:, 2]
    return small, np.column_stack((into[:, :2] * by, shift))
