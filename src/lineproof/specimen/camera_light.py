"""Light on a page and on a table: a lamp, its reflection in laminate, a soft shadow, holograms."""

import math
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from lineproof.specimen.camera_levels import Level
from lineproof.specimen.camera_pose import Box, Points, Pose

Field = NDArray[np.float32]

NODES = (56, 40)  # at which the light on a page is reckoned, across and down
HOLOGRAM_PX = 320


@dataclass(frozen=True, slots=True, eq=False)
class Lamp:
    """A lamp above the table, on the page's axes in millimetres.

    ambient: share of the light that comes from everywhere. gloss: a reflection's peak, where white paper
    is 1; shininess: how narrow it is. shade: direction, distance from the page's upper left corner and
    softness of the edge of a shadow, and how much light it takes.
    """

    place: Points
    ambient: float
    gloss: float
    shininess: float
    shade: tuple[float, float, float, float]
    reference: Points

    def on(self, places: Points, normals: Points, pose: Pose) -> tuple[Points, Points]:
        """Give the light on places in space, about 1 at the reference, and the glare that is seen there."""
        to_lamp, to_eye = self.place - places, pose.eye - places
        away = np.linalg.norm(to_lamp, axis=-1)
        to_lamp /= away[..., None]
        to_eye /= np.linalg.norm(to_eye, axis=-1)[..., None]
        slant = np.clip((to_lamp * normals).sum(axis=-1), 0, None)
        whole = self.reference - self.place
        lit = slant * (whole @ whole) / away**2 / (abs(whole[2]) / math.sqrt(whole @ whole))
        axis = pose.turn[2] * (1, 1, -1)
        falloff = np.clip(-(to_eye @ axis), 0.2, 1) ** 4  # of a simple lens, toward its corners
        angle, offset, soft, depth = self.shade
        edge = places[..., 0] * math.cos(angle) + places[..., 1] * math.sin(angle) - offset
        shaded = 1 - depth / (1 + np.exp(-edge / soft))
        between = to_lamp + to_eye
        between /= np.linalg.norm(between, axis=-1)[..., None]
        glare = self.gloss * np.clip((between * normals).sum(axis=-1), 0, 1) ** self.shininess
        return (self.ambient + (1 - self.ambient) * lit) * shaded * falloff, glare * falloff


def draw_lamp(
    rng: np.random.Generator, level: Level, pose: Pose, *, page_mm: tuple[float, float], zone_mm: Box
) -> Lamp:
    """Hang the lamp where its reflection falls on the page: over the zone only where the level says so."""
    left, top, width, height = zone_mm
    middle = np.array([left + width / 2, top + height / 2, 0.0])
    gloss = rng.uniform(*level.glare) * (rng.random() < 0.7)
    shade = (
        rng.uniform(0, 2 * math.pi), 0.0, rng.uniform(5, 30),
        rng.uniform(0.15, 0.55) if rng.random() < level.shadow else 0.0,
    )  # fmt: skip
    through = np.array(page_mm) * rng.uniform(0.1, 0.9, 2)
    offset = float(through @ (math.cos(shade[0]), math.sin(shade[0])))
    zone = np.stack(np.meshgrid(np.linspace(left, left + width, 12), np.linspace(top, top + height, 4)), -1)
    for _ in range(6):
        if level.glare_on_zone:
            seen = np.array([left + width * rng.random(), top + height * rng.random()])
        else:
            seen = np.array(page_mm) * rng.uniform(0, 1, 2) * (1.0, 0.7)
        sight = pose.surface.lift(seen) - pose.eye
        lamp = Lamp(
            place=pose.surface.lift(seen)
            + sight * (1, 1, -1) / np.linalg.norm(sight) * rng.uniform(250, 900),
            ambient=rng.uniform(0.25, 0.7),
            gloss=gloss,
            shininess=rng.uniform(150, 900),
            shade=(shade[0], offset, *shade[2:]),
            reference=middle,
        )
        if level.glare_on_zone or gloss == 0 or _glare_at(lamp, zone, pose) < 0.02:
            return lamp
    return Lamp(
        place=lamp.place, ambient=lamp.ambient, gloss=0.0, shininess=1.0, shade=lamp.shade, reference=middle
    )


def _glare_at(lamp: Lamp, on_page: Points, pose: Pose) -> float:
    places, normals = _surface_at(pose, on_page)
    return float(lamp.on(places, normals, pose)[1].max())


def _surface_at(pose: Pose, on_page: Points) -> tuple[Points, Points]:
    """Give the places and the unit normals of points of the page."""
    places = pose.surface.lift(on_page)
    right, down = (pose.surface.lift(on_page + step) for step in np.eye(2) * 0.5)
    normals = np.cross(right - places, down - places)
    return places, normals / np.linalg.norm(normals, axis=-1)[..., None]


def light_page(
    rng: np.random.Generator, lamp: Lamp, pose: Pose, page_mm: tuple[float, float]
) -> tuple[Field, Field]:
    """Reckon the light on the page and the glare, at NODES points; laminate is never quite even."""
    across, down = ((np.arange(n) + 0.5) / n * mm for n, mm in zip(NODES, page_mm, strict=True))
    places, normals = _surface_at(pose, np.stack(np.meshgrid(across, down), axis=-1))
    if lamp.gloss > 0:
        coarse = rng.standard_normal((6, 9, 2)).astype(np.float32)
        normals[..., :2] += 0.02 * cv2.resize(coarse, NODES, interpolation=cv2.INTER_CUBIC)
        normals /= np.linalg.norm(normals, axis=-1)[..., None]
    gain, glare = lamp.on(places, normals, pose)
    return gain.astype(np.float32), glare.astype(np.float32)


def add_hologram(
    rng: np.random.Generator, light: Field, *, strength: float, px_per_mm: float, zone_mm: Box, on_zone: bool
) -> None:
    """Lay a shimmering pattern over a part of the lit page, in place; clear of the zone unless on_zone.

    light: rows, columns, blue-green-red; 1 is white paper.
    """
    rows, columns = light.shape[:2]
    side = round(rng.uniform(18, 42) * px_per_mm)
    zone_top = round((zone_mm[1] - 1.5) * px_per_mm)
    lowest = rows if on_zone else zone_top
    if on_zone:
        top = round(
            (zone_mm[1] + zone_mm[3] * rng.uniform(0.1, 0.9)) * px_per_mm - side * rng.uniform(0.2, 0.8)
        )
    else:
        top = int(rng.integers(-side // 3, max(zone_top - side // 2, 1)))
    left = int(rng.integers(-side // 3, columns - side // 2))
    pattern = cv2.resize(_hologram(int(rng.integers(8))), (side, side), interpolation=cv2.INTER_AREA)
    upper, lower = max(top, 0), min(top + side, lowest)
    start, end = max(left, 0), min(left + side, columns)
    if upper >= lower or start >= end:
        return
    part = pattern[upper - top : lower - top, start - left : end - left]
    seen = light[upper:lower, start:end]
    seen *= 1 - 0.4 * strength * part[..., 3:]
    seen += strength * part[..., 3:] * part[..., :3]


@cache
def _hologram(number: int) -> Field:
    """Draw a pattern of fine lines whose colour runs through the rainbow: blue-green-red-cover, 0 to 1."""
    rng = np.random.default_rng([number, 0x401])
    y, x = (np.mgrid[:HOLOGRAM_PX, :HOLOGRAM_PX] / HOLOGRAM_PX - 0.5).astype(np.float32) * 2
    radius, angle = np.hypot(x, y), np.arctan2(y, x)
    petals = int(rng.integers(4, 9))
    rosette = radius * (1 + 0.25 * np.sin(petals * angle + rng.uniform(0, 6)))
    slope = math.cos(rng.uniform(0, 6)) * x + math.sin(rng.uniform(0, 6)) * y
    hue = (180 * np.mod(0.9 * rosette + 0.7 * slope + rng.random(), 1)).astype(np.uint8)
    vivid = np.full_like(hue, 200)
    colour = cv2.cvtColor(np.dstack([hue, vivid, np.full_like(hue, 255)]), cv2.COLOR_HSV2BGR)
    lines = 0.5 + 0.5 * np.sin(rosette * rng.uniform(40, 110))
    relief = 0.5 + 0.5 * np.sin(7 * slope + 5 * np.sin(3 * angle))
    cover = (0.35 + 0.45 * lines + 0.2 * relief) * np.clip((1 - rosette) * 12, 0, 1)
    if number % 3 == 0:  # small repeated marks instead of one rosette
        tiles = np.sin(9 * x + 3 * y) * np.sin(9 * y - 3 * x)
        cover = np.clip(tiles * 4 - 1, 0, 1) * np.clip((1.0 - np.maximum(abs(x), abs(y))) * 8, 0, 1)
    return np.dstack([colour.astype(np.float32) / 255, cover.astype(np.float32)])
