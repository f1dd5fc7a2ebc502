"""A synthetic person's face, drawn by code from a seed: no real person's texture or shape is in it.

Such faces look like mannequins. They serve to show and to test the procedure; they say nothing about
how accurately any comparison works on people.
"""

import math
from dataclasses import dataclass, replace
from enum import Enum

import cv2
import numpy as np
from numpy.typing import NDArray

from lineproof.specimen.canvas import Picture
from lineproof.specimen.features import Colour, Features
from lineproof.specimen.paint import paint_head
from lineproof.specimen.relief import (
    ANGLE_LIMIT,
    BOTTOM,
    COLUMNS,
    ROWS,
    TOP,
    Expression,
    Map,
    Relief,
    shape_head,
)
from lineproof.specimen.seeding import features_of

STUDIO_GREY: Colour = (214, 219, 224)
UNITS_PER_SIDE = 3.05  # head units across a square picture
EYE_LINE = 0.46  # height of the head's middle in the picture, as a share


class Light(Enum):
    """Where the light comes from: toward the right of the picture, down it, and out of it."""

    EVEN = (0.0, -0.35, 1.0)
    LEFT = (-0.55, -0.35, 0.90)
    RIGHT = (0.55, -0.35, 0.90)
    ABOVE = (0.1, -1.0, 0.6)


def draw_face(
    *,
    seed: int,
    yaw_degrees: float = 0.0,
    light: Light = Light.EVEN,
    smile: float = 0.0,
    mouth_open: float = 0.0,
    size_px: int = 512,
    background: Colour = STUDIO_GREY,
) -> NDArray[np.uint8]:
    """Draw the synthetic person with this seed, head and shoulders, in a square picture.

    yaw_degrees: positive turns the nose toward the right edge of the picture; drawn for -45 to 45.
    smile, mouth_open: 0 to 1. Returns rows, columns, red-green-blue; the same arguments give the
    same pixels. One seed is one person: every picture of it shares shape, colours and marks.
    """
    figure = draw_figure(
        seed=seed, yaw_degrees=yaw_degrees, light=light, smile=smile, mouth_open=mouth_open, size_px=size_px
    )
    cover = figure[..., 3:].astype(np.float32) / 255
    across = np.linspace(-0.04, 0.04, size_px, dtype=np.float32) * light.value[0]
    wall = np.asarray(background, np.float32) * (1 + across[None, :, None])
    return np.clip(wall + cover * (figure[..., :3] - wall), 0, 255).astype(np.uint8)


def draw_figure(
    *,
    seed: int,
    yaw_degrees: float = 0.0,
    light: Light = Light.EVEN,
    smile: float = 0.0,
    mouth_open: float = 0.0,
    size_px: int = 512,
) -> NDArray[np.uint8]:
    """Draw the same as draw_face, cut out: rows, columns, red-green-blue-cover, to lay over a scene."""
    sitter = model_sitter(seed=seed, smile=smile, mouth_open=mouth_open)
    return draw_sitter(sitter, yaw_degrees=yaw_degrees, light=light, size_px=size_px)


@dataclass(frozen=True, slots=True, eq=False)
class Sitter:
    """One synthetic person in one expression, modelled once and drawn at any yaw: the slow half of a drawing.

    normal: where the relief faces, outward. paint: what lies on it, unlit. Both in its rows and columns.
    """

    features: Features
    relief: Relief
    normal: Picture
    paint: Picture


def model_sitter(*, seed: int, smile: float = 0.0, mouth_open: float = 0.0) -> Sitter:
    """Model the synthetic person with this seed; arguments as in draw_face."""
    features = features_of(seed)
    expression = Expression(smile=smile, mouth_open=mouth_open)
    relief = shape_head(features, expression=expression)
    paint = paint_head(features, relief=relief, expression=expression)
    return Sitter(features, relief, _normal(relief), paint)


def draw_sitter(
    sitter: Sitter, *, yaw_degrees: float = 0.0, light: Light = Light.EVEN, size_px: int = 512
) -> NDArray[np.uint8]:
    """Draw a modelled person as draw_figure does."""
    yaw = math.radians(yaw_degrees)
    lit = _shade(sitter, light=light, yaw=yaw)
    return _draw_dressed(lit, sitter, yaw=yaw, light=light, size_px=size_px)


def drape_figure(figure: NDArray[np.uint8], *, over: Sitter) -> Sitter:
    """Lay a frontal picture of somebody, cut out as draw_figure draws it, over the shape of a head.

    It is what a program does that animates a single photograph. Where the photograph sees nothing, at the
    sides, the edge of the figure is drawn out.
    """
    per_unit = figure.shape[0] / UNITS_PER_SIDE
    right = over.relief.radius * np.sin(np.clip(over.relief.angle, -math.pi / 2, math.pi / 2))
    x = ((right + UNITS_PER_SIDE / 2) * per_unit).astype(np.float32)
    y = (over.relief.y * per_unit + figure.shape[0] * EYE_LINE).astype(np.float32)
    paint = cv2.remap(_drawn_out(figure), x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return replace(over, paint=paint.astype(np.float32))


def _drawn_out(figure: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Draw the edge of a figure out to both sides, row by row; a row without it stays as it is."""
    covered = figure[..., 3] == 255
    columns = figure.shape[1]
    left, right = covered.argmax(axis=1), columns - 1 - covered[:, ::-1].argmax(axis=1)
    within = np.clip(np.arange(columns), (left + 3)[:, None], (right - 3)[:, None])
    drawn = np.take_along_axis(figure[..., :3], within[..., None], axis=1)
    return np.where(covered.any(axis=1)[:, None, None], drawn, figure[..., :3])


def draw_draped(
    sitter: Sitter, *, yaw_degrees: float, light: Light = Light.EVEN, size_px: int = 512
) -> NDArray[np.uint8]:
    """Draw a sitter whose paint carries its own light, as draw_figure does."""
    yaw = math.radians(yaw_degrees)
    return _draw_dressed(sitter.paint, sitter, yaw=yaw, light=light, size_px=size_px)


def _draw_dressed(
    lit: Picture, sitter: Sitter, *, yaw: float, light: Light, size_px: int
) -> NDArray[np.uint8]:
    head, head_cover = _project(lit, sitter.relief.radius, yaw=yaw, size_px=size_px)
    coat, coat_cover = _dress(sitter.features, light=light, size_px=size_px)
    picture = head + coat_cover[..., None] * (coat - head)
    cover = np.maximum(head_cover, coat_cover)[..., None] * 255
    return np.clip(np.dstack([cv2.GaussianBlur(picture, (0, 0), size_px / 900), cover]), 0, 255).astype(
        np.uint8
    )


def _normal(relief: Relief) -> Picture:
    """Give the cross product of the surface's two tangents, outward, of length 1."""
    down, across = np.gradient(relief.radius, (BOTTOM - TOP) / (ROWS - 1), 2 * ANGLE_LIMIT / (COLUMNS - 1))
    sine, cosine = np.sin(relief.angle), np.cos(relief.angle)
    normal = np.dstack(
        [
            relief.radius * sine - across * cosine,
            -relief.radius * down,
            relief.radius * cosine + across * sine,
        ]
    )
    normal /= np.linalg.norm(normal, axis=2, keepdims=True) + 1e-6
    return normal


def _shade(sitter: Sitter, *, light: Light, yaw: float) -> Picture:
    """Light a painted head: soft light from all round, one lamp, a little gloss."""
    lamp = _lamp(light, yaw=yaw)
    facing = np.clip(sitter.normal @ lamp, 0, 1)
    glint = lamp + _lamp_vector((math.sin(-yaw), 0, math.cos(yaw)))
    gloss = np.clip(sitter.normal @ (glint / np.linalg.norm(glint)), 0, 1) ** 28
    warmth = 1 - (1 - facing[..., None]) * np.array((0.38, 0.44, 0.47), np.float32)
    return sitter.paint * warmth * 1.08 + 18 * (gloss * (1 - 0.4 * sitter.relief.hair))[..., None]


def _lamp(light: Light, *, yaw: float) -> NDArray[np.float32]:
    """The lamp's direction as seen from the head, which has turned by yaw under it."""
    x, y, z = light.value
    turned = (x * math.cos(yaw) - z * math.sin(yaw), y, x * math.sin(yaw) + z * math.cos(yaw))
    return _lamp_vector(turned)


def _lamp_vector(direction: tuple[float, float, float]) -> NDArray[np.float32]:
    vector = np.array(direction, np.float32)
    return vector / np.linalg.norm(vector)


def _sight(size_px: int) -> tuple[Map, Map]:
    """Where each line of sight passes: right of the head's axis and below its middle, in head units."""
    scale = UNITS_PER_SIDE / size_px
    x, y = np.meshgrid(
        (np.arange(size_px, dtype=np.float32) + 0.5) * scale - UNITS_PER_SIDE / 2,
        (np.arange(size_px, dtype=np.float32) + 0.5 - size_px * EYE_LINE) * scale,
    )
    return x, y


def _project(picture: Picture, radius: Map, *, yaw: float, size_px: int) -> tuple[Picture, Map]:
    """See the head from the front after turning it: the picture, and where it covers the background.

    Each pixel's line of sight is walked from the eye inward until it is inside the relief.
    """
    x, y = _sight(size_px)
    row = (y - TOP) * ((ROWS - 1) / (BOTTOM - TOP))
    to_column = (COLUMNS - 1) / (2 * ANGLE_LIMIT)

    def place(z: Map) -> tuple[Map, Map]:
        distance, angle = cv2.cartToPolar(z, x)
        angle = np.where(angle > np.pi, angle - np.float32(2 * np.pi), angle) - np.float32(yaw)
        return distance, (angle + np.float32(ANGLE_LIMIT)) * np.float32(to_column)

    def inside(z: Map) -> NDArray[np.bool_]:
        distance, column = place(z)
        return distance + 0.02 < cv2.remap(
            radius, column, row, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )

    nearest, step_in, steps = 1.30, 0.06, 24
    far = np.full_like(x, -0.2)
    for index in range(steps):
        z = np.full_like(x, nearest - step_in * index)
        far = np.where((far < -0.15) & inside(z), z, far)
    hit = far > -0.15
    near = far + step_in
    for _ in range(5):
        middle = (near + far) / 2
        within = inside(middle)
        far, near = np.where(within, middle, far), np.where(within, near, middle)
    _, column = place(far)
    seen = cv2.remap(picture, column, row, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    cover = cv2.GaussianBlur(hit.astype(np.float32), (0, 0), 0.8)
    return seen, np.clip(cover * 2 - 1, 0, 1)


def _dress(features: Features, *, light: Light, size_px: int) -> tuple[Picture, Map]:
    """Draw shoulders and a collar, to lie in front of the neck: the cloth, and where it covers."""
    x, y = _sight(size_px)
    unit_px = size_px / UNITS_PER_SIDE
    slope = 1.22 + 0.16 * np.abs(x) ** 1.6 + 0.9 * np.clip(np.abs(x) - 1.05, 0, 1) ** 2
    neckline = slope + 0.26 * np.exp(-((x / 0.34) ** 4))
    cover = np.clip((y - neckline) * unit_px / 1.5 + 0.5, 0, 1)
    fold = 1 + 0.10 * light.value[0] * x - 0.12 * np.abs(x) + 0.05 * np.sin(x * 6 + y * 3)
    edge = np.exp(-(((y - neckline - 0.045) / 0.05) ** 2)) * np.exp(-((x / 0.55) ** 6))
    return np.asarray(features.coat, np.float32) * (fold + 0.22 * edge)[..., None], cover
