"""Fingers that hold a document: where they lie on it, and how they look."""

import math
from dataclasses import dataclass

import cv2
import numpy as np

from lineproof.specimen.camera_levels import Level
from lineproof.specimen.camera_pose import Box, Points, Pose
from lineproof.specimen.camera_sensor import Picture, Sensor

LENGTH_MM = 190.0  # of a finger and the hand and arm behind it
HAND_MM = 62.0  # from the tip to where the hand is
CLEARANCE_MM = 2.0
SKINS = (
    (0.36, 0.50, 0.78), (0.27, 0.40, 0.66), (0.19, 0.30, 0.52), (0.10, 0.17, 0.33), (0.05, 0.09, 0.19),
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Finger:
    """A finger lying on the page. tip, root: middles of its ends, in millimetres on the page."""

    tip: Points
    root: Points
    radius_mm: float
    skin: tuple[float, float, float]  # light reflected, blue-green-red

    def reaches(self, box: Box, *, within_mm: float = 0.0) -> bool:
        """Say whether the finger lies over a box of the page, or nearer to it than that."""
        left, top, width, height = box
        points = self.tip + np.linspace(0, 1, 60)[:, None] * (self.root - self.tip)
        gap = np.maximum(np.maximum((left, top) - points, points - (left + width, top + height)), 0)
        return bool(np.hypot(*gap.T).min() < self.radius_mm + within_mm)


def draw_fingers(
    rng: np.random.Generator, level: Level, *, page_mm: tuple[float, float], zone_mm: Box
) -> tuple[Finger, ...]:
    """Put fingers at the page's edges: clear of the zone, or one over its characters at a covered level."""
    skin = SKINS[rng.integers(len(SKINS))]
    if level.covered:
        return (_over_zone(rng, skin, zone_mm),)
    if rng.random() >= level.fingers:
        return ()
    side = int(rng.integers(4))
    tried = (_at_edge(rng, skin, page_mm, side) for _ in range(int(rng.integers(2, 6))))
    return tuple(f for f in tried if not f.reaches(zone_mm, within_mm=CLEARANCE_MM))[:1]


def _at_edge(
    rng: np.random.Generator, skin: tuple[float, float, float], page_mm: tuple[float, float], side: int
) -> Finger:
    along, depth = rng.random(), rng.uniform(-2, 9)
    width, height = page_mm
    tip = np.array(
        [
            (width * along, depth),
            (width - depth, height * along),
            (width * along, height - depth),
            (depth, height * along),
        ][side]
    )
    return _finger(rng, skin, tip, side)


def _over_zone(rng: np.random.Generator, skin: tuple[float, float, float], zone_mm: Box) -> Finger:
    """Lay a finger from the left, the right or below so that whole characters are under it."""
    left, top, width, height = zone_mm
    side = int(rng.integers(1, 4))
    depth, down = rng.uniform(3, 22), top + height * rng.uniform(0.2, 0.8)
    tip = np.array(
        [
            (0.0, 0.0),
            (left + width - depth, down),
            (left + width * rng.uniform(0.08, 0.92), top + height * rng.uniform(0.3, 0.8)),
            (left + depth, down),
        ][side]
    )
    return _finger(rng, skin, tip, side)


def _finger(rng: np.random.Generator, skin: tuple[float, float, float], tip: Points, side: int) -> Finger:
    """Point a finger inward from a side: 0 is above, and on clockwise."""
    outward = -math.pi / 2 + side * math.pi / 2 + rng.uniform(-0.6, 0.6)
    root = tip + LENGTH_MM * np.array([math.cos(outward), math.sin(outward)])
    return Finger(tip=tip, root=root, radius_mm=rng.uniform(6.5, 9.5), skin=skin)


def lay_finger(picture: Picture, finger: Finger, pose: Pose, sensor: Sensor, *, exposure: float) -> None:
    """Lay a finger over a picture in its code, in place; it is round, and takes light from beside it."""
    tip, root = pose.project(np.array([[*finger.tip, 0.0], [*finger.root, 0.0]]))
    radius = finger.radius_mm * math.sqrt(abs(np.linalg.det(pose.scale(finger.tip))))
    rows, columns = picture.shape[:2]
    low = np.floor(np.maximum(np.minimum(tip, root) - 4 * radius, 0)).astype(int)
    high = np.ceil(np.minimum(np.maximum(tip, root) + 4 * radius, (columns, rows))).astype(int)
    if (high <= low).any():
        return
    step = max(radius / 24, 1.0)
    size = high - low
    across, down = np.maximum(np.ceil(size / step).astype(int), 2)
    x = (np.arange(across) + 0.5) * size[0] / across + low[0] - tip[0]
    y = (np.arange(down) + 0.5) * size[1] / down + low[1] - tip[1]
    toward = (root - tip) / np.hypot(*(root - tip))
    along = x[None] * toward[0] + y[:, None] * toward[1]
    beside = y[:, None] * toward[0] - x[None] * toward[1]
    hand = np.clip((along / radius * finger.radius_mm - HAND_MM) / 60, 0, 1)
    wide = radius * (1 + 0.10 * np.clip(along / radius, 0, 8) / 4 + 2.0 * hand * hand * (3 - 2 * hand))
    from_middle = np.hypot(np.minimum(along, 0), beside) / wide
    cover = np.clip((1 - from_middle) * 9, 0, 1)
    cover = cover * cover * (3 - 2 * cover)
    shadow = 0.45 * np.exp(-np.clip(from_middle - 1, 0, None) * 4.0)
    light = _flesh(finger, along / radius, beside / radius, from_middle) * exposure
    skin = sensor.encode(np.ascontiguousarray(light.astype(np.float32)))
    whole = (int(size[0]), int(size[1]))
    part = picture[low[1] : high[1], low[0] : high[0]]
    kept = ((1 - cover) * (1 - shadow) ** 0.5).astype(np.float32)
    weights = [cv2.resize(w, whole) for w in (cover.astype(np.float32), kept)]
    # blendLinear divides by the sum of the weights, so the shadow is taken off before
    darkened = cv2.multiply(part, cv2.merge([np.clip(weights[1] + weights[0], 0, 1)] * 3), dtype=cv2.CV_8U)
    part[:] = cv2.blendLinear(cv2.resize(skin, whole), darkened, weights[0], 1 - weights[0])


def _flesh(finger: Finger, along: Points, beside: Points, from_middle: Points) -> Points:
    """Shade a finger as a round thing with a nail and two creases."""
    round_ = np.sqrt(np.clip(1 - from_middle**2, 0, 1))
    lit = 0.30 + 0.70 * np.clip(0.88 * round_ + 0.35 * beside, 0, 1.1)
    lit *= 1 - 0.25 * np.exp(-(((along - 2.6) / 0.12) ** 2)) - 0.15 * np.exp(-(((along - 2.9) / 0.10) ** 2))
    light = np.asarray(finger.skin) * lit[..., None]
    nail = np.clip((1 - np.hypot((along - 0.25) / 0.85, beside / 0.58)) * 7, 0, 1)[..., None]
    gleam = 0.12 * np.exp(-((beside - 0.15) ** 2) * 40)[..., None]
    return light * (1 - nail) + nail * (light * (1.1, 1.08, 1.12) + 0.05 + gleam)
