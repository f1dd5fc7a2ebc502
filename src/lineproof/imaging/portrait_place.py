"""Find the printed frame of the portrait: the rectangle in which the face stands on the page.

The page is upright and straight (`imaging.page`), so each edge of the frame is nearly a line of pixels, as
long as the frame and no longer, with a step across it. Hair, clothes and the pattern of the paper make steps
too, but not in a line; the bar of a heading and a column of text make lines, but these do not end at the
frame's corners. So the four edges are chosen together:
    1. steps across, and steps down, each where it stands out from the steps around it
    2. for each side the few lines along which most stands out, within the turns that are looked for
    3. the four that are clear between their corners and stop there, and whose shape a portrait can have
    4. each is laid again through the steps along it

ICAO Doc 9303-3, section 3 (a portrait is printed upright); ISO/IEC 19794-5 (how large a face is in it).
"""

import math
from dataclasses import dataclass
from enum import Enum

import cv2
import numpy as np
import numpy.typing as npt

from lineproof.imaging.cutout import Image, reduced
from lineproof.imaging.face import Face

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]

# A face with more pixels than this between its eyes is reduced first, by a whole number.
_WORK_EYES_PX = 48
# The most and the least that the frame may reach from the middle of the eyes, in eye distances. In a portrait
# to ISO/IEC 19794-5 the eyes are a quarter to a third of its width apart; some crop closer, some wider.
_LEAST_BESIDE, _MOST_BESIDE = 1.15, 2.9
_LEAST_ABOVE, _MOST_ABOVE = 0.9, 3.1
_LEAST_BELOW, _MOST_BELOW = 1.7, 4.6
# Nearer than this to the edge of the page a line is that edge.
_BORDER = 0.2
# Height by width; 45 by 35 mm is 1.29.
_USUAL_SHAPE, _SHAPE_WEIGHT = 1.28, 2.0
_MOST_TURN_DEGREES, _TURN_STEP_DEGREES = 6.0, 1.0
# A step stands out when it is this many times the median step around.
_STANDS_OUT = 4.0
# How much it counts besides how strong it is, and from how many times as strong it counts in full.
_STRENGTH, _STRONG = 0.3, 4.0
_MOST_LINES, _APART = 5, 0.1  # lines looked at for each side; eye distances between them
_BEYOND, _BEYOND_WEIGHT = 0.4, 0.5  # how far past the corners a line must have stopped, and what it costs
# Three edges must be clear, and the fourth on half its length: it may be lost in paper of its own colour.
CLEAR, _HALF_CLEAR = 0.8, 0.5
_LEAST_WORK_EYES_PX = 8.0
_ON_LINE_PX = 1.25  # how near its line a step must be to belong to it
_NEAR = 0.05  # how far from its line an edge is looked for at last, in eye distances
_POINTS = 40


@dataclass(frozen=True, slots=True)
class Edge:
    """One edge of the frame.

    at_px: where its middle is, in pixels of the page: x of an upright edge, y of a level one.
    turn_degrees: how far it is turned from the page's own axis; positive is clockwise.
    clearness: the share of its length on which it stands out, 0 to 1, larger is clearer.
    """

    at_px: float
    turn_degrees: float
    clearness: float


@dataclass(frozen=True, slots=True)
class PortraitFrame:
    """The printed rectangle around a face, in pixels of the page."""

    left: Edge
    top: Edge
    right: Edge
    bottom: Edge

    @property
    def turn_degrees(self) -> float:
        """Give how far the frame is turned against the page; positive is clockwise.

        A turned picture turns its level and its upright edges the same way. What straightening left of a
        slant turns only one pair, or the two in opposite directions, and is no turn of the picture.
        """
        level = (self.top.turn_degrees + self.bottom.turn_degrees) / 2
        upright = (self.left.turn_degrees + self.right.turn_degrees) / 2
        return min(level, upright, key=abs) if level * upright > 0 else 0.0

    @property
    def slant_degrees(self) -> float:
        """Give the larger angle between two opposite edges, of those that are clear; 0 is a rectangle.

        Two pictures that lie on each other, a little turned, show an edge of one and an edge of the other.
        """
        pairs = ((self.left, self.right), (self.top, self.bottom))
        clear = [(a, b) for a, b in pairs if min(a.clearness, b.clearness) >= CLEAR]
        return max((abs(a.turn_degrees - b.turn_degrees) for a, b in clear), default=0.0)


class _Side(Enum):
    """The sides, with whether the edge is upright and which way from the face it lies."""

    LEFT = (True, -1)
    TOP = (False, -1)
    RIGHT = (True, 1)
    BOTTOM = (False, 1)

    @property
    def upright(self) -> bool:
        """Tell whether the edge runs down the page."""
        return self.value[0]

    @property
    def crossed_by(self) -> tuple["_Side", "_Side"]:
        """Give the sides whose edges end this one: where it begins, and where it ends."""
        return (_Side.TOP, _Side.BOTTOM) if self.upright else (_Side.LEFT, _Side.RIGHT)


@dataclass(frozen=True, slots=True)
class _Line:
    """A line that may be an edge: where it is at `middle` along it, and its tangent: across by along."""

    side: _Side
    at: float
    tangent: float
    middle: float

    def at_along(self, along: Doubles) -> Doubles:
        """Give where the line is across, at these places along it."""
        return self.at + self.tangent * (along - self.middle)


@dataclass(frozen=True, slots=True, eq=False)
class _Steps:
    """The steps across upright lines, or across level ones with rows and columns exchanged.

    steps: grey levels a pixel; stands: how far they stand out, 0 to 1; both float32, rows along the edge and
    columns across it. least: the step that stands out. across, along: where the middle of the eyes is.
    """

    steps: Floats
    stands: Floats
    least: float
    across: float
    along: float


def find_frame(page_rgb: Image, face: Face) -> PortraitFrame | None:
    """Find the frame around a face on an upright page; None where the picture melts into the page.

    page_rgb: uint8, shape (height, width, 3). face: as `find_portrait` gives it, in pixels of the page. At
    least three edges of a frame are clear on most of their length; the fourth may be lost in paper of its own
    colour.
    """
    by = max(1, min(round(face.eye_distance_px / _WORK_EYES_PX), *page_rgb.shape[:2]))
    eyes = face.eye_distance_px / by
    middle = np.mean(face.landmarks[:2], axis=0) / by - (by - 1) / (2 * by)
    left, top = (
        max(0, int(v)) for v in middle - np.array([_MOST_BESIDE + _BORDER, _MOST_ABOVE + _BORDER]) * eyes
    )
    right, bottom = (
        int(v) + 1 for v in middle + np.array([_MOST_BESIDE + _BORDER, _MOST_BELOW + _BORDER]) * eyes
    )
    part = page_rgb[top * by : bottom * by, left * by : right * by]
    if min(part.shape[:2]) < 2 * eyes * by or eyes < _LEAST_WORK_EYES_PX:
        return None
    grey = reduced(np.asarray(cv2.cvtColor(part, cv2.COLOR_RGB2GRAY), np.uint8), by).astype(np.float32)
    x, y = float(middle[0] - left), float(middle[1] - top)
    steps = {True: _steps(grey, x, y, eyes), False: _steps(grey.T, y, x, eyes)}  # 1
    lines = {side: _lines(steps[side.upright], side, eyes) for side in _Side}  # 2
    chosen = _choose(lines, steps, eyes)  # 3
    if chosen is None:
        return None
    left_at, top_at, right_at, bottom_at = (line.at for line in chosen)
    ends = ((top_at, bottom_at), (left_at, right_at)) * 2
    edges = [
        _edge(line, steps[line.side.upright], low, high, eyes)  # 4
        for line, (low, high) in zip(chosen, ends, strict=True)
    ]
    if not _is_frame(edges):
        return None
    moved = (
        Edge(
            (edge.at_px + (left if side.upright else top)) * by + (by - 1) / 2,
            edge.turn_degrees,
            edge.clearness,
        )
        for side, edge in zip(_Side, edges, strict=True)
    )
    return PortraitFrame(*moved)


def _is_frame(edges: list[Edge]) -> bool:
    """Tell a frame from lines that happen to lie around a face."""
    least, *others = sorted(edge.clearness for edge in edges)
    return least >= _HALF_CLEAR and min(others) >= CLEAR


def _steps(grey: Floats, across: float, along: float, eyes: float) -> _Steps:
    """Measure steps across upright lines, averaged along them: noise and fine patterns do not survive."""
    length = max(3, round(eyes / 6)) | 1
    smooth = cv2.boxFilter(np.ascontiguousarray(grey), -1, (1, length))
    step = np.abs(cv2.Sobel(smooth, cv2.CV_32F, 1, 0, ksize=3, scale=0.25))
    usual = float(np.median(step[::3, ::3])) + 0.5
    least = _STANDS_OUT * usual
    # A step a pixel beside the line counts as well, or a line that leans a little; the line itself, more.
    near = cv2.dilate(np.minimum(step / least, 1), np.ones((1, 3), np.uint8))
    stands = (1 - _STRENGTH) * near + _STRENGTH * np.minimum(step / (_STRONG * least), 1)
    return _Steps(step, stands, least, across, along)


def _reach(side: _Side) -> tuple[float, float]:
    """Give the least and the most distance of a side from the middle of the eyes, in eye distances."""
    match side:
        case _Side.TOP:
            return _LEAST_ABOVE, _MOST_ABOVE
        case _Side.BOTTOM:
            return _LEAST_BELOW, _MOST_BELOW
        case _Side.LEFT | _Side.RIGHT:
            return _LEAST_BESIDE, _MOST_BESIDE


def _lines(steps: _Steps, side: _Side, eyes: float) -> list[_Line]:
    """Find the few lines of one side along which most stands out, over what is surely part of the edge."""
    before, after = (_LEAST_ABOVE, _LEAST_BELOW) if side.upright else (_LEAST_BESIDE, _LEAST_BESIDE)
    rows = np.linspace(steps.along - before * eyes, steps.along + after * eyes, _POINTS // 2)
    rows = np.clip(rows, 0, steps.stands.shape[0] - 1)
    direction = side.value[1]
    near, far = (steps.across + direction * reach * eyes for reach in _reach(side))
    border = _BORDER * eyes
    columns = np.arange(
        math.ceil(max(border, min(near, far))), min(steps.stands.shape[1] - border, max(near, far))
    ).astype(np.int32)
    if not columns.size:
        return []
    middle = float(rows.mean())
    tangents = np.tan(
        np.radians(np.arange(-_MOST_TURN_DEGREES, _MOST_TURN_DEGREES + 0.01, _TURN_STEP_DEGREES))
    )
    shifts = np.rint(tangents[:, None] * (rows - middle)).astype(np.int32)
    places = np.clip(columns[None, None, :] + shifts[:, :, None], 0, steps.stands.shape[1] - 1)
    shown = steps.stands[rows.astype(np.int32)[None, :, None], places].mean(axis=1)
    best, turn = shown.max(axis=0), shown.argmax(axis=0)
    found: list[_Line] = []
    while len(found) < _MOST_LINES and best.max() > 0:
        at = int(best.argmax())
        found.append(_Line(side, float(columns[at]), float(tangents[turn[at]]), middle))
        best[np.abs(columns - columns[at]) <= _APART * eyes] = 0
    return found


def _choose(lines: dict[_Side, list[_Line]], steps: dict[bool, _Steps], eyes: float) -> list[_Line] | None:
    """Choose the four lines that make the likeliest frame, in the order of the sides."""
    if not all(lines.values()):
        return None
    left, top, right, bottom = (
        _worth(lines, side, steps[side.upright], eyes)
        for side in (_Side.LEFT, _Side.TOP, _Side.RIGHT, _Side.BOTTOM)
    )
    # Each axis is a choice of one line: left, top, right, bottom.
    worth = (
        left[:, :, None, :]
        + right.transpose(1, 0, 2)[None, :, :, :]
        + top.transpose(1, 0, 2)[:, :, :, None]
        + bottom.transpose(1, 2, 0)[:, None, :, :]
    )
    at = {side: np.array([line.at for line in lines[side]]) for side in _Side}
    width = at[_Side.RIGHT][None, :] - at[_Side.LEFT][:, None]
    height = at[_Side.BOTTOM][None, :] - at[_Side.TOP][:, None]
    shape = height[None, :, None, :] / width[:, None, :, None]
    worth = worth - _SHAPE_WEIGHT * np.abs(np.log(shape / _USUAL_SHAPE))
    best = np.unravel_index(int(worth.argmax()), worth.shape)
    return [lines[side][int(index)] for side, index in zip(_Side, best, strict=True)]


def _worth(lines: dict[_Side, list[_Line]], side: _Side, steps: _Steps, eyes: float) -> Doubles:
    """Say how clear each line of a side is between each two corners, less what of it goes on beyond them.

    Returns float64, shape (lines of the side, lines that cross it first, lines that cross it last).
    """
    first, last = side.crossed_by
    own = lines[side]
    low = _crossings(own, lines[first])[:, :, None, None]
    high = _crossings(own, lines[last])[:, None, :, None]
    shares = np.linspace(0.02, 0.98, _POINTS)
    past = np.linspace(0.1, _BEYOND, _POINTS // 4) * eyes
    within = _shown(own, steps, low + (high - low) * shares)
    before, after = _shown(own, steps, low - past), _shown(own, steps, high + past)
    return within.mean(axis=-1) - _BEYOND_WEIGHT * (before.mean(axis=-1) + after.mean(axis=-1)) / 2


def _crossings(lines: list[_Line], others: list[_Line]) -> Doubles:
    """Say where along each of these lines each of the others crosses it: shape (lines, others)."""
    across = np.array([line.at for line in lines])[:, None]
    at, tangent, middle = (
        np.array([getattr(line, name) for line in others]) for name in ("at", "tangent", "middle")
    )
    return np.asarray(at + tangent * (across - middle), np.float64)


def _shown(lines: list[_Line], steps: _Steps, along: Doubles) -> Doubles:
    """Look up what stands out on each line at these places along it; nothing does outside the part."""
    at, tangent, middle = (
        np.array([getattr(line, name) for line in lines])[:, None, None, None]
        for name in ("at", "tangent", "middle")
    )
    columns = np.rint(at + tangent * (along - middle)).astype(np.int32)
    rows = np.broadcast_to(np.rint(along).astype(np.int32), columns.shape)
    height, width = steps.stands.shape
    inside = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
    found = steps.stands[np.clip(rows, 0, height - 1), np.clip(columns, 0, width - 1)]
    return np.where(inside, found, 0.0).astype(np.float64)


def _edge(line: _Line, steps: _Steps, low: float, high: float, eyes: float) -> Edge:
    """Lay a line again through the clearest step near it at each place between its corners."""
    height, width = steps.stands.shape
    rows = np.linspace(low + 0.03 * (high - low), high - 0.03 * (high - low), _POINTS)
    near = max(2, round(_NEAR * eyes))
    columns = np.rint(line.at_along(rows)).astype(np.int32)[:, None] + np.arange(-near, near + 1)
    inside = (rows >= 0) & (rows <= height - 1)
    seen = steps.steps[
        np.clip(np.rint(rows).astype(np.int32), 0, height - 1)[:, None], np.clip(columns, 0, width - 1)
    ]
    peak = seen.argmax(axis=1)
    usable = inside & (seen.max(axis=1) >= steps.least)
    if usable.sum() < _POINTS // 4:
        return _as_edge(
            line.side, line.at + line.tangent * ((low + high) / 2 - line.middle), line.tangent, 0.0
        )
    along = rows[usable]
    across = _between_pixels(seen[usable], peak[usable]) + columns[usable, 0]
    tangent, at = _robust_line(along - (low + high) / 2, across)
    on_line = np.abs(across - at - tangent * (along - (low + high) / 2)) <= _ON_LINE_PX
    return _as_edge(line.side, at, tangent, float(on_line.sum() / _POINTS))


def _between_pixels(seen: Floats, peak: npt.NDArray[np.intp]) -> Doubles:
    """Place each peak by the centre of gravity of the three steps around it."""
    rows = np.arange(len(peak))
    inner = np.clip(peak, 1, seen.shape[1] - 2)
    before, here, after = (seen[rows, inner + shift].astype(np.float64) for shift in (-1, 0, 1))
    return inner + (after - before) / np.maximum(before + here + after, 1e-6)


def _robust_line(along: Doubles, across: Doubles) -> tuple[float, float]:
    """Fit a line three times, through what is near the last one: its tangent, and where it is at nought."""
    tangent, at = 0.0, float(np.median(across))
    for _ in range(3):
        away = np.abs(across - at - tangent * along)
        near = away <= max(_ON_LINE_PX / 2, float(np.median(away)) * 1.5)
        x, y = along[near], across[near]
        spread = float(((x - x.mean()) ** 2).sum())
        if spread < 1:
            break
        tangent = float(((x - x.mean()) * (y - y.mean())).sum()) / spread
        at = float(y.mean() - tangent * x.mean())
    return tangent, at


def _as_edge(side: _Side, at: float, tangent: float, clearness: float) -> Edge:
    # Turned clockwise, a level edge sinks to the right and an upright one leans to the left at its foot.
    degrees = math.degrees(math.atan(tangent))
    return Edge(at, -degrees if side.upright else degrees, clearness)
