"""Where a page lies before a camera: a bent surface in space, a pinhole, a lens that distorts a little.

Millimetres on the page run right and down from its upper left corner. A point in space is given on the
page's own axes, its third number the height above the table, toward the camera.
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from lineproof.specimen.camera_levels import CAP_MM, Level

Points = NDArray[np.float64]
Map = NDArray[np.float32]
Box = tuple[float, float, float, float]  # left, top, width, height in millimetres on the page
Region = tuple[int, int, int, int]  # left, top, width, height in pixels of the photograph

GRID_PX = 16  # rays are traced at every so many pixels, and what they meet is interpolated between
SMALLEST_PX, LARGEST_PX = 0.3e6, 3.0e6  # of a photograph whose frame is not given


@dataclass(frozen=True, slots=True, eq=False)
class Surface:
    """A page bent in one direction, so that it is flat along the other, as paper is.

    along: unit vector on the page. For lengths `arc` from `origin` in that direction: how far the page
    has come `across` the table, and how high it stands.
    """

    origin: Points
    along: Points
    arc: Points
    across: Points
    height: Points

    def lift(self, on_page: Points) -> Points:
        """Give the places in space of points of the page."""
        sideways = np.array([-self.along[1], self.along[0]])
        arc, rest = (on_page - self.origin) @ self.along, (on_page - self.origin) @ sideways
        across, height = np.interp(arc, self.arc, self.across), np.interp(arc, self.arc, self.height)
        flat = self.origin + across[..., None] * self.along + rest[..., None] * sideways
        return np.concatenate([flat, height[..., None]], axis=-1)

    def meet(self, eye: Points, rays: Points) -> Points:
        """Give the points of the page that rays from the eye meet: the plane first, then ever nearer."""
        sideways = np.array([-self.along[1], self.along[0]])
        flat = eye[:2] - rays[..., :2] * (eye[2] / rays[..., 2:])
        if not self.height.any():
            return flat
        for _ in range(7):
            across = (flat - self.origin) @ self.along
            height = np.interp(across, self.across, self.height)
            flat = eye[:2] + rays[..., :2] * ((height - eye[2])[..., None] / rays[..., 2:])
        arc = np.interp((flat - self.origin) @ self.along, self.across, self.arc)
        rest = (flat - self.origin) @ sideways
        return self.origin + arc[..., None] * self.along + rest[..., None] * sideways


@dataclass(frozen=True, slots=True, eq=False)
class Pose:
    """A page before a camera. turn: the page's axes (right, down, away) seen from the camera.

    anchor: the point of the table on the optical axis, distance_mm away. focal_px, middle: the pinhole.
    A pixel at radius r from the middle, in units of reach_px, is seen at r (1 + distortion r²).
    frame: width and height in pixels.
    """

    surface: Surface
    turn: Points
    anchor: Points
    distance_mm: float
    focal_px: float
    middle: Points
    distortion: float
    reach_px: float
    frame: tuple[int, int]
    tilt_degrees: float

    @property
    def eye(self) -> Points:
        """The pinhole's place in space, on the page's axes."""
        back = self.turn.T @ np.array([0.0, 0.0, -self.distance_mm])
        return np.array([self.anchor[0] + back[0], self.anchor[1] + back[1], -back[2]])

    def project(self, in_space: Points) -> Points:
        """Give the pixels at which points in space are seen."""
        from_anchor = in_space * (1, 1, -1) - np.append(self.anchor, 0.0)
        seen = from_anchor @ self.turn.T + (0, 0, self.distance_mm)
        straight = seen[..., :2] / seen[..., 2:] * (self.focal_px / self.reach_px)
        bent = straight
        for _ in range(6):  # the lens says where a pixel looks; where a point falls is found by trying
            bent = straight / (1 + self.distortion * (bent**2).sum(axis=-1, keepdims=True))
        return bent * self.reach_px + self.middle

    def see(self, on_page: Points) -> Points:
        """Give the pixels at which points of the page are seen."""
        return self.project(self.surface.lift(on_page))

    def rays(self, pixels: Points) -> Points:
        """Give the directions in which pixels look, on the page's axes."""
        bent = (pixels - self.middle) / self.reach_px
        straight = bent * (1 + self.distortion * (bent**2).sum(axis=-1, keepdims=True))
        straight *= self.reach_px / self.focal_px
        ahead = np.concatenate([straight, np.ones((*straight.shape[:-1], 1))], axis=-1)
        return (ahead @ self.turn) * (1, 1, -1)

    def look(self, region: Region, *, px_per_mm: float) -> tuple[Map, Map]:
        """Say for each pixel of a region which pixel of a page of that resolution it looks at."""
        left, top, width, height = region
        across, down = -(-width // GRID_PX) + 1, -(-height // GRID_PX) + 1
        # the middles of the cells from which cv2.resize interpolates
        x = left + (np.arange(across) + 0.5) * GRID_PX - 0.5 - GRID_PX / 2
        y = top + (np.arange(down) + 0.5) * GRID_PX - 0.5 - GRID_PX / 2
        met = self.surface.meet(self.eye, self.rays(np.stack(np.meshgrid(x, y), axis=-1)))
        met = met * px_per_mm - 0.5
        size, half = (across * GRID_PX, down * GRID_PX), GRID_PX // 2
        fine = [cv2.resize(met[..., i].astype(np.float32), size) for i in (0, 1)]
        right, under = (f[half : half + height, half : half + width] for f in fine)
        return right, under

    def scale(self, on_page: Points) -> Points:
        """Give the pixels per millimetre at a point of the page: a column each for right and down."""
        steps = np.array([[0.5, 0], [-0.5, 0], [0, 0.5], [0, -0.5]])
        right, left, down, up = self.see(on_page + steps)
        return np.column_stack([right - left, down - up])


def cap_height_px(pose: Pose, zone_mm: Box) -> float:
    """Measure a capital of the zone, in pixels, as it is seen at the zone's middle."""
    middle = np.array([zone_mm[0] + zone_mm[2] / 2, zone_mm[1] + zone_mm[3] / 2])
    foot, top = pose.see(middle + np.array([[0, CAP_MM / 2], [0, -CAP_MM / 2]]))
    return float(np.hypot(*(top - foot)))


def outline(box: Box, *, each: int = 9) -> Points:
    """Give points around a box, clockwise from its upper left corner; with each=1 its four corners."""
    left, top, width, height = box
    corners = np.array([[left, top], [left + width, top], [left + width, top + height], [left, top + height]])
    steps = np.linspace(0, 1, each, endpoint=False)[:, None]
    sides = [a + steps * (b - a) for a, b in zip(corners, np.roll(corners, -1, axis=0), strict=True)]
    return np.concatenate(sides)


def draw_pose(
    rng: np.random.Generator, level: Level, *, page_mm: tuple[float, float], zone_mm: Box, enlarged: float
) -> Pose:
    """Draw how a page lies before the camera.

    In order:

    1. the page's bend, the camera's lean, direction and distance
    2. the focal length at which the level's size comes about
    3. the frame, and the page's place in it: the zone is always inside

    enlarged: by how much the picture is larger than the one that will be handed over.
    """
    surface = _draw_surface(rng, page_mm, bent=rng.random() < level.bent)
    tilt, toward = math.radians(rng.uniform(*level.tilt_degrees)), rng.uniform(0, 2 * math.pi)
    rotation = math.radians(rng.uniform(*level.rotation_degrees))
    if rng.random() < level.quarter_turned:
        rotation += math.pi / 2 * int(rng.integers(1, 4))
    turn = (
        cv2.Rodrigues(np.array([0, 0, rotation]))[0]
        @ cv2.Rodrigues(tilt * np.array([math.cos(toward), math.sin(toward), 0]))[0]
    )
    pose = Pose(
        surface=surface, turn=turn, anchor=np.array(page_mm) * rng.uniform(0.4, 0.6, 2),
        distance_mm=max(page_mm) * rng.uniform(1.5, 2.7), focal_px=1.0, middle=np.zeros(2), distortion=0.0,
        reach_px=1.0, frame=(1, 1), tilt_degrees=math.degrees(tilt),
    )  # fmt: skip
    page, zone = pose.see(outline((0, 0, *page_mm))), pose.see(outline(zone_mm))
    extent = np.ptp(page, axis=0)
    fill = rng.uniform(*level.fill)
    # 2.
    if level.cap_height_px is None:
        assert level.frame_px is not None
        frame = level.frame_px if rng.random() < 0.6 else level.frame_px[::-1]
        focal = min(fill * frame[0] / extent[0], 0.94 * frame[1] / extent[1])
    else:
        focal = rng.uniform(*level.cap_height_px) * enlarged / cap_height_px(pose, zone_mm)
        frame = _frame_for(extent * focal, np.ptp(zone, axis=0) * focal, fill=fill, most=enlarged**2)
    # 3.
    middle = _place(rng, page * focal, zone * focal, frame)
    return Pose(
        surface=surface, turn=turn, anchor=pose.anchor, distance_mm=pose.distance_mm, focal_px=focal,
        middle=middle, distortion=rng.uniform(*level.distortion), reach_px=math.hypot(*frame) / 2,
        frame=frame, tilt_degrees=pose.tilt_degrees,
    )  # fmt: skip


def _draw_surface(rng: np.random.Generator, page_mm: tuple[float, float], *, bent: bool) -> Surface:
    """Bend the page over a wide cylinder, or curl it up out of a booklet's spine; or leave it flat."""
    arc = np.arange(-260.0, 261.0)
    origin, along = np.array(page_mm) / 2, np.array([1.0, 0.0])
    slope = np.zeros_like(arc)
    if bent and rng.random() < 0.5:
        toward = rng.choice([0.0, math.pi / 2]) + rng.normal(0, 0.1)
        along = np.array([math.cos(toward), math.sin(toward)])
        slope = np.clip(arc / rng.uniform(180, 600) * rng.choice([-1, 1]), -0.4, 0.4)
    elif bent:
        along = np.array([0.0, 1.0])  # the spine runs along the upper edge
        from_spine = np.clip(arc + page_mm[1] / 2, 0, None)
        slope = -rng.uniform(0.15, 0.45) * np.exp(-from_spine / rng.uniform(10, 30))
    across, height = np.cumsum(np.cos(slope)), np.cumsum(np.sin(slope))
    middle = len(arc) // 2
    return Surface(
        origin=origin, along=along, arc=arc, across=across - across[middle], height=height - height[middle]
    )


def _frame_for(page_px: Points, zone_px: Points, *, fill: float, most: float) -> tuple[int, int]:
    """Give a frame of four to three, or three to four, for a page of that extent; most: times LARGEST_PX."""
    shape = np.array([4, 3]) if page_px[0] >= page_px[1] else np.array([3, 4])
    unit = (page_px / fill / shape).max()
    unit = min(max(unit, math.sqrt(SMALLEST_PX * most / 12)), math.sqrt(LARGEST_PX * most / 12))
    unit = max(unit, (zone_px * 1.06 / shape).max())
    width, height = np.ceil(unit * shape / 2) * 2
    return int(width), int(height)


def _place(rng: np.random.Generator, page: Points, zone: Points, frame: tuple[int, int]) -> Points:
    """Say where the optical axis stands in the frame: the page inside where it fits, the zone in any case."""
    middle = np.zeros(2)
    for axis in (0, 1):
        size = frame[axis]
        inner = page if np.ptp(page[:, axis]) < 0.98 * size else zone
        margin = min(0.02 * size, (size - np.ptp(inner[:, axis])) / 2)
        low, high = sorted((margin - inner[:, axis].min(), size - 1 - margin - inner[:, axis].max()))
        centred = size / 2 - (page[:, axis].min() + page[:, axis].max()) / 2
        drawn = rng.uniform(low, high)
        middle[axis] = np.clip(0.5 * (centred + drawn), low, high)
    return middle
