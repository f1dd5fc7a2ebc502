"""Simulated photographs: a page on a desk, and a face before a room, as a phone would take them."""

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from lineproof.errors import Malformed

Shot = NDArray[np.float32]  # rows, columns, red-green-blue, 0 to 255

TURNS = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}
DESKS = ((122, 92, 66), (92, 74, 60), (148, 132, 112), (70, 74, 80), (58, 78, 84))
WALLS = ((196, 190, 178), (172, 182, 186), (188, 176, 166), (160, 170, 158))


def photograph(
    page: NDArray[np.uint8],
    *,
    seed: int,
    width_px: int = 1800,
    height_px: int = 1350,
    fill: float = 0.80,
    tilt_degrees: float = 6.0,
    light_fall: float = 0.18,
    blur_px: float = 0.7,
    noise: float = 3.0,
    jpeg_quality: int = 88,
    rotation_degrees: int = 0,
) -> bytes:
    """Photograph a flat page lying on a desk; the defaults are an ordinary careful phone photograph.

    page: rows, columns, red-green-blue. fill: the page's share of the picture's width. tilt_degrees:
    how far the phone leans, in a direction that depends on the seed. light_fall: how much darker
    the far side is, 0 to 1. noise: deviation in grey levels. rotation_degrees: the finished picture
    is turned clockwise, as by a phone held another way. Returns a JPEG; the same arguments give the
    same bytes. Raises Malformed for a rotation that is not a quarter turn.
    """
    rng = np.random.default_rng([seed, 0xCA3])
    size = (width_px, height_px)
    corners = _place_page(page, rng, size=size, fill=fill, tilt_degrees=tilt_degrees)
    rows, columns = page.shape[:2]
    own = np.array([[0, 0], [columns, 0], [columns, rows], [0, rows]], np.float32)
    mapping = cv2.getPerspectiveTransform(own, corners)
    seen = cv2.warpPerspective(page, mapping, size).astype(np.float32)
    cover = np.zeros((height_px, width_px), np.uint8)
    cv2.fillConvexPoly(cover, np.round(corners * 16).astype(np.int32), 255, cv2.LINE_AA, shift=4)
    shot = _draw_desk(rng, size=size)
    shadow = cv2.GaussianBlur(
        np.roll(cover, (width_px // 250, width_px // 300), (0, 1)), (0, 0), width_px / 160
    )
    shot *= 1 - 0.45 * shadow[..., None].astype(np.float32) / 255
    shot += cover[..., None].astype(np.float32) / 255 * (seen - shot)
    _light(shot, rng, fall=light_fall)
    return _expose(shot, rng, blur_px=blur_px, noise=noise, jpeg_quality=jpeg_quality, turn=rotation_degrees)


def photograph_capture(
    figure: NDArray[np.uint8],
    *,
    seed: int,
    light_fall: float = 0.10,
    blur_px: float = 0.6,
    noise: float = 3.0,
    jpeg_quality: int = 88,
    rotation_degrees: int = 0,
) -> bytes:
    """Photograph a person before a room, held at arm's length.

    figure: rows, columns, red-green-blue-cover, as draw_figure returns it; the picture is as wide and a
    quarter higher. Returns a JPEG; the same arguments give the same bytes. Raises Malformed for a
    figure without cover, or a rotation that is not a quarter turn.
    """
    if figure.ndim != 3 or figure.shape[2] != 4:
        raise Malformed("The figure is not a cut-out.", remedy="Draw it with draw_figure.")
    rng = np.random.default_rng([seed, 0x5E1F])
    rows, columns = figure.shape[:2]
    shot = draw_room(rng, size=(columns, rows * 5 // 4))
    lower = shot[-rows:]
    lower += figure[..., 3:].astype(np.float32) / 255 * (figure[..., :3].astype(np.float32) - lower)
    _light(shot, rng, fall=light_fall)
    return _expose(shot, rng, blur_px=blur_px, noise=noise, jpeg_quality=jpeg_quality, turn=rotation_degrees)


def frame_of(megapixels: float) -> tuple[int, int]:
    """Return the width and height of a picture of that size, four to three as phones take them."""
    width = round((megapixels * 1e6 * 4 / 3) ** 0.5)
    return width, round(width * 3 / 4)


def _place_page(
    page: NDArray[np.uint8],
    rng: np.random.Generator,
    *,
    size: tuple[int, int],
    fill: float,
    tilt_degrees: float,
) -> NDArray[np.float32]:
    """Return where the page's corners fall, clockwise from its upper left, seen by a leaning phone."""
    rows, columns = page.shape[:2]
    toward, roll = rng.uniform(0, 2 * math.pi), math.radians(rng.normal(0, 1.2))
    lean_x, lean_y = (
        math.radians(tilt_degrees) * math.cos(toward),
        math.radians(tilt_degrees) * math.sin(toward),
    )
    high = rows / columns
    corners = np.array([[-0.5, -high / 2], [0.5, -high / 2], [0.5, high / 2], [-0.5, high / 2]])
    corners = corners @ np.array([[math.cos(roll), math.sin(roll)], [-math.sin(roll), math.cos(roll)]])
    # farther things are smaller: a phone about one and a half page widths away
    depth = 1 + (corners[:, :1] * math.sin(lean_x) + corners[:, 1:] * math.sin(lean_y)) / 1.5
    corners = corners * np.array([math.cos(lean_x), math.cos(lean_y)]) / depth
    middle = np.array(size) * (0.5 + rng.uniform(-0.012, 0.012, 2))
    spread = corners.max(axis=0) - corners.min(axis=0)
    scale = min(fill * size[0] / spread[0], 0.94 * size[1] / spread[1])
    return (corners * scale + middle).astype(np.float32)


def _blots(rng: np.random.Generator, size: tuple[int, int], *, across: int, down: int) -> NDArray[np.float32]:
    """Return smooth noise of deviation about 1, with this many blots each way."""
    coarse = rng.standard_normal((down, across), np.float32)
    return cv2.resize(coarse, size, interpolation=cv2.INTER_CUBIC)


def _draw_desk(rng: np.random.Generator, *, size: tuple[int, int]) -> Shot:
    """Draw a table top with a grain along its length, at half the size and then enlarged."""
    half = (size[0] // 2, size[1] // 2)
    grain = _blots(rng, half, across=7, down=half[1] // 2) + 0.7 * _blots(rng, half, across=24, down=half[1])
    shade = 1 + 0.055 * grain + 0.04 * _blots(rng, half, across=4, down=3)
    desk = np.asarray(DESKS[rng.integers(len(DESKS))], np.float32) * shade[..., None]
    return cv2.resize(desk, size, interpolation=cv2.INTER_LINEAR)


def draw_room(rng: np.random.Generator, *, size: tuple[int, int]) -> Shot:
    """Draw a wall with a window or a picture on one side and a shelf's edge, all out of focus."""
    width, height = size
    room = np.empty((height, width, 3), np.float32)
    room[:] = WALLS[rng.integers(len(WALLS))]
    left = 0 if rng.random() < 0.5 else round(width * 0.70)
    top, bottom = round(height * rng.uniform(0.02, 0.12)), round(height * rng.uniform(0.40, 0.55))
    room[top:bottom, left : left + round(width * 0.30)] = rng.uniform(205, 235) + rng.uniform(-14, 14, 3)
    room[round(height * rng.uniform(0.66, 0.8)) :] *= rng.uniform(0.6, 0.85)
    room = cv2.GaussianBlur(room, (0, 0), width / 45)
    return room * (1 + 0.02 * _blots(rng, size, across=5, down=5))[..., None]


def _light(shot: Shot, rng: np.random.Generator, *, fall: float) -> None:
    """Darken the side away from the lamp, and the corners a little, as a lens does."""
    rows, columns = shot.shape[:2]
    x, y = (
        np.linspace(-1, 1, columns, dtype=np.float32)[None, :],
        np.linspace(-1, 1, rows, dtype=np.float32)[:, None],
    )
    toward = rng.uniform(0, 2 * math.pi)
    slope = math.cos(toward) * x + math.sin(toward) * y
    shot *= (1 + 0.5 * fall * slope - 0.05 * (x**2 + y**2))[..., None]


def _expose(
    shot: Shot, rng: np.random.Generator, *, blur_px: float, noise: float, jpeg_quality: int, turn: int
) -> bytes:
    """Finish a picture as a camera does: blur, noise, turning, compression."""
    if turn not in (0, *TURNS):
        raise Malformed(f"A photograph cannot be turned by {turn} degrees.", remedy="Use 0, 90, 180 or 270.")
    picture = np.clip(shot, 0, 255).astype(np.uint8)
    if blur_px > 0:
        picture = cv2.GaussianBlur(picture, (0, 0), blur_px)
    grain = np.rint(noise * rng.standard_normal(picture.shape[:2], np.float32)).astype(np.int16)
    picture = cv2.add(picture, cv2.merge([grain] * 3), dtype=cv2.CV_8U)
    if turn:
        picture = cv2.rotate(picture, TURNS[turn])
    _, encoded = cv2.imencode(".jpg", picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, jpeg_quality])
    return encoded.tobytes()
