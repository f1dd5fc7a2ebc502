"""How the lines of a zone run: a curve through each, one extent for all, and how high their capitals are.

A zone is a rectangle in the world, so in a photograph its lines converge as its far end is smaller: from the
distance between them at either end follows how the pitch changes along them. A page that lies open is bent; a
parabola through each line follows that.
"""

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

# ICAO Doc 9303-3, section 4: lines are 6.35 mm apart, characters 2.54 mm; capitals of OCR-B are 2.4 mm high.
LINES_BY_PITCH = 6.35 / 2.54
CAPITAL_BY_PITCH = 0.943
CAPITAL_BY_LINES = CAPITAL_BY_PITCH / LINES_BY_PITCH

_LEAST_CELLS = 10
_SHORTEST_CELLS, _SHORTEST_SHARE = 12, 0.5  # of a piece of line; of a line, by the longest one's length
_CURVED_SHARE = 0.6  # shorter lines are laid straight
_WEIGHT_ACROSS = 0.7  # of a line's height: how far off a piece of it may lie
_DEEPEST_OVERLAP = 0.3
_MOST_ROWS = 5
# Neighbouring lines are at most this far apart, by their length: 6.35 mm of 30 characters' 76.2 mm, and more.
_FARTHEST_NEIGHBOURS = 0.097


@dataclass(frozen=True, slots=True)
class ZonePlace:
    """Where the lines of a zone run, in pixels of the photograph, left to right as seen; perhaps upside down.

    corner, along, across: a level frame; a point (x, y) in it is corner + x along + y across.
    rows: one parabola per line, from the top: y as coefficients of x squared, x and one, shape (k, 3).
    seen: whether each was seen, and not merely laid where one should be.
    left, right: where all lines begin and end, in x. apart_left, apart_right: the distance of neighbouring
    lines there. height: of the core of a line, as seen.
    """

    corner: Doubles
    along: Doubles
    across: Doubles
    rows: Doubles
    seen: tuple[bool, ...]
    left: float
    right: float
    apart_left: float
    apart_right: float
    height: float

    @property
    def length(self) -> float:
        """Return how long the lines are, in pixels."""
        return self.right - self.left

    def with_neighbours(self) -> "ZonePlace":
        """Lay one more line above and one below, where the finder may have missed it."""
        step = np.polyfit([self.left, self.right], [self.apart_left, self.apart_right], 1)
        step = np.array([0.0, *step])
        rows = np.concatenate([self.rows[:1] - step, self.rows, self.rows[-1:] + step])
        return replace(self, rows=rows, seen=(False, *self.seen, False))

    def stretched(self, pitches: float) -> "ZonePlace":
        """Take the lines further at both ends, by so many forty-fourths of their length."""
        more = self.length * pitches / 44
        slope, start = np.polyfit([self.left, self.right], [self.apart_left, self.apart_right], 1)
        left, right = self.left - more, self.right + more
        least = 0.4 * (self.apart_left + self.apart_right) / 2
        return replace(
            self,
            left=left,
            right=right,
            apart_left=max(least, slope * left + start),
            apart_right=max(least, slope * right + start),
        )

    @property
    def slope(self) -> float:
        """Return how far from level the lines run: the tangent of their angle to `along`."""
        middle = (self.left + self.right) / 2
        return float(np.mean(2 * self.rows[:, 0] * middle + self.rows[:, 1]))

    def point(self, x: Doubles, y: Doubles) -> Doubles:
        """Give points of the photograph, shape (..., 2)."""
        return self.corner + x[..., None] * self.along + y[..., None] * self.across


@dataclass(slots=True)
class _Line:
    """Cells that lie along one line."""

    xs: Doubles
    ys: Doubles
    weights: Doubles

    @property
    def span(self) -> float:
        return float(np.ptp(self.xs)) + 1

    def fitted(self, degree: int) -> Doubles:
        curve = np.polyfit(self.xs, self.ys, degree, w=self.weights)
        return np.concatenate([np.zeros(2 - degree), curve])

    def height(self) -> float:
        """Return its height in cells, from how far its cells lie off it."""
        off = self.ys - np.polyval(self.fitted(1), self.xs)
        spread = float(np.sqrt(np.average(np.square(off), weights=self.weights)))
        return max(1.0, spread * float(np.sqrt(12)))

    def takes(self, other: "_Line") -> bool:
        """Tell whether another piece continues this line."""
        off = abs(float(np.average(other.ys - np.polyval(self.fitted(1), other.xs), weights=other.weights)))
        overlap = min(self.xs.max(), other.xs.max()) - max(self.xs.min(), other.xs.min())
        return off < _WEIGHT_ACROSS * max(1.5, self.height()) and overlap < _DEEPEST_OVERLAP * other.span + 3

    def join(self, other: "_Line") -> None:
        self.xs = np.concatenate([self.xs, other.xs])
        self.ys = np.concatenate([self.ys, other.ys])
        self.weights = np.concatenate([self.weights, other.weights])


def rows_through(
    shares: Floats, *, line: float, corner: Doubles, along: Doubles, across: Doubles, px_per_cell: float
) -> ZonePlace | None:
    """Lay rows through what the finder took for lines in a level look; None where there are none.

    shares: belief in a line per cell. line: the belief from which a cell counts. corner, along, across: the
    look's frame in the photograph.
    """
    lines = _lines(shares, line)
    if not lines:
        return None
    longest = max(each.span for each in lines)
    lines = [each for each in lines if each.span >= _SHORTEST_SHARE * longest]
    left, right = min(float(each.xs.min()) for each in lines), max(float(each.xs.max()) for each in lines)
    middle = (left + right) / 2
    curves = _curves([each for each in lines if each.span >= _CURVED_SHARE * longest])
    curves += [each.fitted(1) for each in lines if each.span < _CURVED_SHARE * longest]
    order = np.argsort([np.polyval(each, middle) for each in curves])[:_MOST_ROWS]
    rows = np.stack([curves[at] for at in order])
    seen = [True] * len(rows)
    height = float(np.median([each.height() for each in lines]))
    if len(rows) == 2 and np.polyval(rows[1] - rows[0], middle) > _FARTHEST_NEIGHBOURS * (right - left):  # noqa: PLR2004
        # Two lines that are so far apart have one between them.
        rows, seen = np.insert(rows, 1, rows.mean(axis=0), axis=0), [True, False, True]
    apart_left, apart_right = _apart(rows, left - 0.5, right + 0.5)
    scale = px_per_cell
    return ZonePlace(
        corner=corner,
        along=along,
        across=across,
        rows=rows * np.array([1 / scale, 1.0, scale]),
        seen=tuple(seen),
        left=(left - 0.5) * scale,
        right=(right + 0.5) * scale,
        apart_left=apart_left * scale,
        apart_right=apart_right * scale,
        height=height * scale,
    )


def _lines(shares: Floats, line: float) -> list[_Line]:
    """Gather cells to lines; pieces that continue each other are one."""
    count, labels = cv2.connectedComponents((shares > line).astype(np.uint8))
    ys, xs = np.nonzero(labels)
    of = labels[ys, xs]
    pieces = []
    for label in np.flatnonzero(np.bincount(of, minlength=count) >= _LEAST_CELLS):
        here = of == label
        if np.ptp(xs[here]) >= 3:  # noqa: PLR2004 -- less is a dot
            weights = shares[ys[here], xs[here]].astype(np.float64)
            pieces.append(_Line(xs[here] + 0.5, ys[here] + 0.5, weights))
    lines: list[_Line] = []
    for piece in sorted(pieces, key=lambda each: -float(each.weights.sum())):
        owner = next((each for each in lines if each.takes(piece)), None)
        if owner is not None:
            owner.join(piece)
        elif piece.span >= _SHORTEST_CELLS:
            lines.append(piece)
    return lines


def _curves(lines: list[_Line]) -> list[Doubles]:
    """Lay a parabola through each of the long lines; all bend alike, for they are on one page."""
    count = len(lines)
    xs, ys, weights = (
        np.concatenate([getattr(each, name) for each in lines]) for name in ("xs", "ys", "weights")
    )
    of = np.repeat(np.arange(count), [len(each.xs) for each in lines])
    own = (of[:, None] == np.arange(count)[None]).astype(np.float64)
    design = np.concatenate([np.square(xs)[:, None], own * xs[:, None], own], axis=1)
    solved, *_ = np.linalg.lstsq(design * weights[:, None], ys * weights, rcond=None)
    return [np.array([solved[0], solved[1 + at], solved[1 + count + at]]) for at in range(count)]


def _apart(rows: Doubles, left: float, right: float) -> tuple[float, float]:
    """Measure the distance of neighbouring rows at both ends; of one row, guess it from its length."""
    if len(rows) == 1:
        guess = (right - left) / 44 * LINES_BY_PITCH
        return guess, guess
    step = (rows[-1] - rows[0]) / (len(rows) - 1)
    at = np.linspace(left, right, 9)
    slope, start = np.polyfit(at, np.polyval(step, at), 1)
    ends = slope * np.array([left, right]) + start
    least = 0.4 * float(ends.mean())
    return max(least, float(ends[0])), max(least, float(ends[1]))
