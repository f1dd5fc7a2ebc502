"""Find where in a photograph the two lines of a machine readable zone may be.

The finder proposes, in the order of likelihood, and judges nothing: guilloches, ruled backgrounds and
other printed text look like the zone to it, and only the reader can tell. It works on thin dark marks
(black-hat) at a reduced size, joined into long thin blobs; two such blobs that lie parallel, near
each other and of about one length, are a proposal. Any rotation is found the same way.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

# The width of one character with its gap is 2.54 mm and the lines are 6.35 mm apart (Doc 9303-4, 3.2),
# so their distance in widths of the line:
LINE_DISTANCE = 6.35 / (44 * 2.54)

# Longest side at which marks are looked for; the smaller for noisy and blurred photographs.
_FINDER_SIDES_PX = (1200, 800)
# Reach of the joining in finder pixels, tried in this order: it must bridge the gaps between the
# characters and not the gap between the lines, for pages that fill much or little of the photograph.
_REACHES_PX = (15, 11, 21)
# Share of the strongest contrast that counts as a mark: usual, on a strong weave, in uneven light.
_MARK_SHARES = (0.35, 0.6, 0.18)
_MOST_PIECES, _MOST_BLOBS = 60, 24
_SHORTEST_SHARE = 0.2  # of the photograph's longest side
_THINNEST, _THICKEST = 0.008, 0.25  # thickness of a blob by its length
# Pieces of one line: of how different a thickness, and overlap and gap by the longer one's length.
_THICKER, _DEEPEST_OVERLAP, _WIDEST_GAP = 2.0, -0.05, 0.25
# Two lines of one zone: their distance, their shift along each other and their lengths, by the longer.
_FARTHEST_SLIP, _LEAST_ALIKE = 0.5, 0.4
_NEAREST, _FARTHEST = 0.55 * LINE_DISTANCE, 1.8 * LINE_DISTANCE


@dataclass(frozen=True, slots=True)
class ZoneGuess:
    """A place where the zone may be: the centre lines of two rows, in pixels of the searched image.

    ends: float32, shape (4, 2): left and right end of the upper row, right and left end of the lower.
    Never mirrored, but perhaps upside down: that the reader has to try.
    """

    ends: Floats


@dataclass(frozen=True, slots=True)
class _Blob:
    """A long thin blob: its two ends, its length and how thick it is."""

    ends: Floats
    length: float
    thickness: float

    @property
    def direction(self) -> Floats:
        return (self.ends[1] - self.ends[0]) / self.length


def find_zones(grey: NDArray[np.uint8]) -> Iterator[ZoneGuess]:
    """Propose places for the zone, the likeliest first, each found with the next coarser means.

    grey: uint8, shape (height, width). Every proposal is a hypothesis; many come when nothing is there.
    """
    for side_px in _FINDER_SIDES_PX:
        shrink = np.float32(min(1.0, side_px / max(grey.shape)))
        small = cv2.resize(grey, None, fx=float(shrink), fy=float(shrink), interpolation=cv2.INTER_AREA)
        yield from (ZoneGuess(ends=ends / shrink) for ends in _proposed_ends(small))


def _proposed_ends(grey: NDArray[np.uint8]) -> Iterator[Floats]:
    contrast = _dark_marks(grey)
    usual, strongest = np.percentile(contrast[::2, ::2], (50, 99.7))
    lone: list[_Blob] = []
    for share in _MARK_SHARES:
        marks = (contrast > usual + share * (strongest - usual)).astype(np.uint8)
        for reach in _REACHES_PX:
            blobs = _long_blobs(marks, reach)
            pairs = sorted(_pairs(blobs), key=lambda pair: -min(each.length for each in pair))
            lone += [] if pairs else blobs[:1]
            yield from (_joint_ends(*pair) for pair in pairs)
    # One line found, the other lost in its background: it must be on one side or the other.
    for blob in lone:
        yield _with_neighbour(blob, 1)
        yield _with_neighbour(blob, -1)


def _dark_marks(grey: NDArray[np.uint8]) -> Floats:
    """Measure how much darker each pixel is than its surroundings, as a share of their brightness."""
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (11, 11))
    paper = cv2.morphologyEx(cv2.GaussianBlur(grey, (3, 3), 0), cv2.MORPH_CLOSE, kernel)
    return (paper.astype(np.float32) - grey) / (paper.astype(np.float32) + 16)


def _long_blobs(marks: NDArray[np.uint8], reach_px: int) -> list[_Blob]:
    """Join marks within reach; return the long thin results, the longest first."""
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach_px, reach_px))
    joined = cv2.morphologyEx(marks, cv2.MORPH_CLOSE, kernel)
    # Thin bridges between the lines, from the background's pattern, are cut.
    joined = cv2.morphologyEx(joined, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(joined)
    shortest = _SHORTEST_SHARE * max(marks.shape)
    spans = np.hypot(stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT])
    slim = stats[:, cv2.CC_STAT_AREA] < _THICKEST * np.square(spans)
    candidates = np.flatnonzero(slim & (spans > shortest / 4))
    longest_first = candidates[np.argsort(-spans[candidates])][:_MOST_PIECES]
    blobs = [_blob(labels, stats[each], int(each)) for each in longest_first if each > 0]
    thin = [each for each in blobs if _is_thin(each)]
    whole = sorted(_chained(thin), key=lambda each: -each.length)
    return [each for each in whole if each.length > shortest][:_MOST_BLOBS]


def _chained(blobs: list[_Blob]) -> list[_Blob]:
    """Join blobs that continue each other: one line broken where its print is faint."""
    whole = sorted(blobs, key=lambda each: -each.length)
    at = 0
    while at < len(whole):
        rest = whole[at + 1 :]
        piece = next((each for each in rest if _continues(whole[at], each)), None)
        if piece is None:
            at += 1
        else:
            whole = [*whole[:at], _united(whole[at], piece), *(each for each in rest if each is not piece)]
    return whole


def _continues(one: _Blob, other: _Blob) -> bool:
    across = np.array([-one.direction[1], one.direction[0]])
    aside = np.abs((other.ends - one.ends[0]) @ across)
    along = np.sort((other.ends - one.ends[0]) @ one.direction)
    gap = max(float(along[0]) - one.length, -float(along[1]))
    alike = 1 / _THICKER < one.thickness / other.thickness < _THICKER
    return (
        alike
        and float(aside.max()) < max(one.thickness, 0.02 * one.length)
        and _DEEPEST_OVERLAP < gap / one.length < _WIDEST_GAP
    )


def _united(one: _Blob, other: _Blob) -> _Blob:
    points = np.concatenate([one.ends, other.ends])
    along = (points - one.ends[0]) @ one.direction
    ends = points[[int(along.argmin()), int(along.argmax())]]
    length = float(np.linalg.norm(ends[1] - ends[0])) + 1
    return _Blob(ends=ends, length=length, thickness=(one.thickness + other.thickness) / 2)


def _is_thin(blob: _Blob) -> bool:
    return _THINNEST < blob.thickness / blob.length < _THICKEST


def _blob(labels: NDArray[np.int32], stats: NDArray[np.int32], label: int) -> _Blob:
    left, top, width, height = (int(each) for each in stats[:4])
    window = labels[top : top + height, left : left + width] == label
    rows, columns = np.nonzero(window)
    points = np.stack([columns + left, rows + top], axis=1).astype(np.float32)
    vx, vy, x, y = cv2.fitLine(points, cv2.DIST_L2, 0, 0.01, 0.01).ravel()
    along = (points - (x, y)) @ np.array([vx, vy], np.float32)
    low, high = float(along.min()), float(along.max())
    ends = np.array([[x + low * vx, y + low * vy], [x + high * vx, y + high * vy]], np.float32)
    return _Blob(ends=ends, length=high - low + 1, thickness=len(points) / (high - low + 1))


def _pairs(blobs: list[_Blob]) -> Iterator[tuple[_Blob, _Blob]]:
    """Choose the blobs that could be the two lines of one zone."""
    for one, other in combinations(blobs, 2):
        if abs(float(one.direction @ other.direction)) < np.cos(np.radians(8)):
            continue
        longer = max(one.length, other.length)
        across = np.array([-one.direction[1], one.direction[0]])
        between = other.ends.mean(axis=0) - one.ends.mean(axis=0)
        distance = abs(float(between @ across)) / longer
        slip = abs(float(between @ one.direction)) / longer
        alike = min(one.length, other.length) / longer
        if _NEAREST < distance < _FARTHEST and slip < _FARTHEST_SLIP and alike > _LEAST_ALIKE:
            yield one, other


def _joint_ends(one: _Blob, other: _Blob) -> Floats:
    """Give both lines the extent of their union: the shorter one has lost part of itself."""
    between = other.ends.mean(axis=0) - one.ends.mean(axis=0)
    if float(one.direction[0] * between[1] - one.direction[1] * between[0]) < 0:
        one, other = other, one  # or the zone would be proposed as in a mirror
    if float(one.direction @ other.direction) < 0:
        other = _Blob(ends=other.ends[::-1], length=other.length, thickness=other.thickness)
    low = min(float((end - one.ends[0]) @ one.direction) for end in (one.ends[0], other.ends[0]))
    high = max(float((end - one.ends[0]) @ one.direction) for end in (one.ends[1], other.ends[1]))

    def stretched(blob: _Blob) -> Floats:
        start = float((blob.ends[0] - one.ends[0]) @ one.direction)
        return np.stack([blob.ends[0] + blob.direction * (at - start) for at in (low, high)])

    return np.concatenate([stretched(one), stretched(other)[::-1]]).astype(np.float32)


def _with_neighbour(blob: _Blob, side: int) -> Floats:
    across = np.array([-blob.direction[1], blob.direction[0]], np.float32)
    beside = blob.ends + side * LINE_DISTANCE * blob.length * across
    upper, lower = (blob.ends, beside) if side > 0 else (beside, blob.ends)
    return np.concatenate([upper, lower[::-1]]).astype(np.float32)
