"""A picture of somebody held before a camera: flat, bent, folded, cut out, or on a screen."""

import math
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from lineproof.specimen.motion import Place

Shot = NDArray[np.float32]  # rows, columns, red-green-blue, 0 to 255
Cover = NDArray[np.float32]  # rows, columns, 0 where the background shows, 1 where the picture does

EYE_LEVEL = 0.46  # where on the picture the hand's axis passes, as a share of its height
DISTANCE = 2.8  # of the camera, in widths of the picture


def hold_flat(
    picture: NDArray[np.uint8],
    place: Place,
    *,
    size: tuple[int, int],
    width_px: float,
    yaw_degrees: float,
    pitch_degrees: float = 0.0,
    fill: bool = False,
) -> Shot:
    """See a flat picture turned about its middle, in perspective, in a frame that is empty around it.

    picture: rows, columns, channels. size: width and height of the frame.
    width_px: how wide the picture is from the front. yaw_degrees: positive brings its left side nearer, as a
    head does that turns towards the right of the image. fill: whether its edge is drawn out over the rest.
    """
    rows, columns = picture.shape[:2]
    corners = np.array([[0, 0], [columns, 0], [columns, rows], [0, rows]], np.float64)
    points = np.column_stack((_from_axis(corners, picture, place, width_px), np.zeros(4)))
    seen = _project(points, place, yaw_degrees=yaw_degrees, pitch_degrees=pitch_degrees, width_px=width_px)
    mapping = cv2.getPerspectiveTransform(
        corners.astype(np.float32), (seen + middle(place, size)).astype(np.float32)
    )
    border = cv2.BORDER_REPLICATE if fill else cv2.BORDER_CONSTANT
    return cv2.warpPerspective(picture, mapping, size, borderMode=border).astype(np.float32)


def hold_folded(
    picture: NDArray[np.uint8],
    place: Place,
    *,
    size: tuple[int, int],
    width_px: float,
    yaw_degrees: float,
    fold_degrees: float,
) -> tuple[Shot, Cover]:
    """See a picture folded along its upright middle line, which is nearest to the camera, and turned.

    fold_degrees: by which each half leans back, 0 to 60. The picture was stretched beforehand, so that from
    the front it looks as it would flat.
    """
    rows, columns = picture.shape[:2]
    slope = math.tan(math.radians(fold_degrees))
    shot, cover = np.zeros((size[1], size[0], 3), np.float32), np.zeros((size[1], size[0]), np.float32)
    halves = [(0, columns // 2), (columns // 2, columns)]
    for left, right in halves if yaw_degrees < 0 else halves[::-1]:  # what is nearer is laid over the rest
        corners = np.array([[left, 0], [right, 0], [right, rows], [left, rows]], np.float64)
        flat = _from_axis(corners, picture, place, width_px)
        points = np.column_stack((flat, np.abs(flat[:, 0]) * slope))
        seen = _project(points, place, yaw_degrees=yaw_degrees, pitch_degrees=0, width_px=width_px)
        if (seen[1, 0] - seen[0, 0]) < 1:  # this half is seen from behind, or on its edge
            continue
        mapping = cv2.getPerspectiveTransform(
            corners.astype(np.float32), (seen + middle(place, size)).astype(np.float32)
        )
        lean = math.radians(fold_degrees + (yaw_degrees if left else -yaw_degrees))
        shown = cv2.warpPerspective(picture, mapping, size).astype(np.float32) * math.cos(lean) ** 0.4
        part = np.zeros((rows, columns), np.uint8)
        part[:, left:right] = 255
        here = cv2.warpPerspective(part, mapping, size).astype(np.float32) / 255
        shot += here[..., None] * (shown - shot)
        cover = np.maximum(cover, here)
    return shot, cover


def hold_bent(
    picture: NDArray[np.uint8],
    place: Place,
    *,
    size: tuple[int, int],
    width_px: float,
    yaw_degrees: float,
    bend_degrees: float,
) -> tuple[Shot, Cover]:
    """See a picture bent round an upright cylinder, bulging towards the camera, and turned about its axis.

    bend_degrees: from the middle of the picture to its edge, more than 0 and up to 90.
    """
    rows, columns = picture.shape[:2]
    bend, yaw, roll = (math.radians(v) for v in (bend_degrees, yaw_degrees, place.roll_degrees))
    radius = width_px * place.scale / 2 / bend
    x, y = np.meshgrid(np.arange(size[0], dtype=np.float32), np.arange(size[1], dtype=np.float32))
    across, down = middle(place, size)
    x, y = x - across, y - down
    x, y = x * math.cos(roll) + y * math.sin(roll), y * math.cos(roll) - x * math.sin(roll)
    # The hand turns the picture about the middle of its back, a little behind the paper.
    around = np.arcsin(np.clip((x + 0.5 * radius * math.sin(yaw)) / radius, -1, 1)) - yaw
    on_paper = around / bend  # -1 to 1 from edge to edge
    source_x = ((on_paper + 1) / 2 * columns).astype(np.float32)
    source_y = (y / (width_px * place.scale / columns) + rows * EYE_LEVEL).astype(np.float32)
    inside = (
        (np.abs(on_paper) <= 1)
        & (np.abs(x + 0.5 * radius * math.sin(yaw)) < radius)
        & (source_y >= 0)
        & (source_y < rows)
    )
    seen = cv2.remap(picture, source_x, source_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    shade = np.cos(np.clip(around + yaw, -1.5, 1.5)) ** 0.4  # paper that turns away is darker
    return seen.astype(np.float32) * shade[..., None].astype(np.float32), inside.astype(np.float32)


def add_moire(shot: Shot, *, seed: int) -> Shot:
    """Lay the pattern over a shot that a screen's grid and a camera's make together; lift its blacks.

    The same seed gives the same pattern, as it stays in the frames of one scene.
    """
    rows, columns = shot.shape[:2]
    tint = np.array([0.96, 1.0, 1.06], np.float32)
    return (14 + 0.92 * shot * tint) * _pattern(seed, rows, columns)[..., None]


@lru_cache(maxsize=2)
def _pattern(seed: int, rows: int, columns: int) -> Cover:
    rng = np.random.default_rng([seed, 3])
    x, y = np.meshgrid(np.arange(columns, dtype=np.float32), np.arange(rows, dtype=np.float32))
    pattern = np.zeros_like(x)
    for _ in range(2):
        angle, pitch_px = rng.uniform(0, math.pi), rng.uniform(4, 14)
        pattern += np.sin(2 * math.pi * (x * math.cos(angle) + y * math.sin(angle)) / pitch_px)
    return 1 + 0.05 * pattern


def _from_axis(
    points: NDArray[np.float64], picture: NDArray[np.uint8], place: Place, width_px: float
) -> NDArray[np.float64]:
    """Measure points of a picture from where the hand's axis passes, in pixels of the frame."""
    rows, columns = picture.shape[:2]
    return (points - (columns / 2, rows * EYE_LEVEL)) * (width_px * place.scale / columns)


def _project(
    points: NDArray[np.float64], place: Place, *, yaw_degrees: float, pitch_degrees: float, width_px: float
) -> NDArray[np.float64]:
    """See points in space (right, down, away) after turning them, from the middle of the thing."""
    yaw, pitch, roll = (math.radians(v) for v in (yaw_degrees, pitch_degrees, place.roll_degrees))
    x, y, z = points.T
    x, z = x * math.cos(yaw) - z * math.sin(yaw), x * math.sin(yaw) + z * math.cos(yaw)
    y, z = y * math.cos(pitch) - z * math.sin(pitch), y * math.sin(pitch) + z * math.cos(pitch)
    far = 1 + z / (DISTANCE * width_px)
    x, y = x / far, y / far
    return np.column_stack((x * math.cos(roll) - y * math.sin(roll), x * math.sin(roll) + y * math.cos(roll)))


def middle(place: Place, size: tuple[int, int]) -> NDArray[np.float64]:
    """Give the pixel at which the middle of a thing is seen."""
    return np.array([size[0] * (0.5 + place.right), size[1] * 0.5 + size[0] * place.down])
