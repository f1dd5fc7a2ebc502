"""Measure what sets the portrait apart from the page that it is printed on. Judges nothing.

    1. noise: a camera's lies on the whole photograph alike, unless a part of it came from elsewhere
    2. sharpness: nothing in a printed portrait is sharper than the sharpest print beside it
    3. rims: a shadow, a cut or a white rim along some edges of the frame and not along others; a printed
       frame runs around all of it alike
    4. how the frame lies: turned, no rectangle, or where no portrait is printed

Not measured: blocks of compression, because issuers print portraits from compressed files, which show them as
well; and whether the pattern of the paper goes on across the portrait, because which documents print it over
the portrait is not known here.

Units and directions are in `document.portrait_check.PortraitMeasures`.
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from lineproof.document.portrait_check import PortraitMeasures
from lineproof.imaging.cutout import Image
from lineproof.imaging.face import Face
from lineproof.imaging.portrait_place import Edge, PortraitFrame, find_frame

Floats = npt.NDArray[np.float32]
Flags = npt.NDArray[np.bool_]
Box = tuple[float, float, float, float]  # left, top, right, bottom, in pixels of the page

# 1. The mask that takes constants, slopes and straight lines away and leaves noise: J. Immerkaer, "Fast noise
# variance estimation", Computer Vision and Image Understanding 64(2), 1996. The quietest seventh of small
# squares has the least pattern in it; squares in shadow or burnt out have no noise to compare.
_NOISE_MASK = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
_NOISE_OF_MASK = math.sqrt(math.pi / 2) / 6
_SQUARE_PX, _FEWEST_SQUARES, _QUIET_SHARE = 12, 12, 0.15
_DARK, _BRIGHT = 60, 235
# Below this, in grey levels, noise is that of rounding.
_LEAST_NOISE = 0.25
# 2. The steepest edges: what a small blur leaves of them by what a larger one does, in sides of squares.
_FINE_BLUR_PX, _COARSE_BLUR_PX = 3, 7
# Which edges are steep: this share of the pixels, of at least so many grey levels a pixel.
_STEEP_SHARE, _LEAST_STEEP, _FEWEST_EDGE_PX = 0.04, 6, 40
_SHARPEST_QUANTILE = 0.9
# 3. Millimetres from the edge, outward: the picture, the paper, and where a rim may be.
_PROFILE_MM = np.arange(-1.6, 2.41, 0.1)
_PICTURE_MM, _PAPER_MM, _RIM_MM = (-1.55, -0.75), (1.25, 2.35), (-0.65, 1.05)
_PROFILES, _FEWEST_PROFILES, _CORNER_SHARE = 32, 6, 0.07
# Where picture and paper differ more than this, blur makes the step between them too wide to see a rim in.
_MOST_STEP, _LEAST_PAPER, _FEWEST_EDGES = 70, 40.0, 2
# Glare on laminate and blur make the line of a printed frame fainter along one edge, as many times at most.
_FAINTER = 3.0

# Around the middle of the eyes, in eye distances: what is surely portrait; the frame where none was found;
# how far around it print is looked at, to the left, above, to the right and below; what is left out between.
_PORTRAIT_PART = (-1.5, -1.3, 1.5, 2.0)
# A number punched through the page has the sharpest edges of all; it runs across the chin or below.
_UPPER_PART = (-1.5, -1.3, 1.5, 0.6)
_USUAL_FRAME = (-2.3, -2.3, 2.3, 3.4)
_AROUND, _MARGIN = (-0.8, -0.8, 2.2, 0.5), 0.15
_LEAST_EYES_PX = 16.0


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """The portrait with the print around it, grey. The flags, of the same shape, say what is compared.

    inside: surely portrait. upper: of that, down to the nose. outside: print around it.
    """

    grey: Image
    inside: Flags
    upper: Flags
    outside: Flags


def measure_apart(
    page_rgb: Image, face: Face, *, px_per_mm: float, zone_top_mm: float | None = None
) -> PortraitMeasures:
    """Measure one portrait against its page.

    page_rgb, px_per_mm: as `imaging.page.StraightPage` has them. face: as `find_portrait` gives it there.
    zone_top_mm: the upper edge of the machine readable zone, from that of the page; None if it has none.
    """
    frame = find_frame(page_rgb, face)
    part = _cut_part(page_rgb, face, frame)
    dark = light = None
    if frame is not None:
        dark, light = _uneven_rims(page_rgb, frame, px_per_mm)
    return PortraitMeasures(
        eye_distance_px=face.eye_distance_px,
        framed=frame is not None,
        turn_degrees=None if frame is None else frame.turn_degrees,
        slant_degrees=None if frame is None else frame.slant_degrees,
        outside_mm=None if frame is None else _outside_mm(page_rgb, frame, px_per_mm, zone_top_mm),
        dark_rim_percent=dark,
        light_rim_percent=light,
        noise_stops=None if part is None else _noise_stops(part),
        sharpness_stops=None if part is None else _sharpness_stops(part),
    )


def _cut_part(page_rgb: Image, face: Face, frame: PortraitFrame | None) -> _Part | None:
    """Cut out the portrait with the print around it; None for a face too small to be compared with it."""
    eyes = face.eye_distance_px
    if not eyes >= _LEAST_EYES_PX:
        return None
    x, y = (float(v) for v in np.mean(face.landmarks[:2], axis=0))
    framed = _shifted((x, y, x, y), _USUAL_FRAME, eyes)
    if frame is not None:
        framed = (frame.left.at_px, frame.top.at_px, frame.right.at_px, frame.bottom.at_px)
    inside, upper, outside = (np.zeros(page_rgb.shape[:2], np.bool_) for _ in range(3))
    around = _within(outside, _shifted(framed, _AROUND, eyes))
    if not outside[around].size:
        return None
    outside[around] = True
    outside[_within(outside, _shifted(framed, (-_MARGIN, -_MARGIN, _MARGIN, _MARGIN), eyes))] = False
    inside[_within(inside, _shifted((x, y, x, y), _PORTRAIT_PART, eyes))] = True
    upper[_within(upper, _shifted((x, y, x, y), _UPPER_PART, eyes))] = True
    grey = np.asarray(cv2.cvtColor(page_rgb[around], cv2.COLOR_RGB2GRAY), np.uint8)
    return _Part(grey, inside[around], upper[around], outside[around])


def _shifted(box: Box, by: Box, unit: float) -> Box:
    left, top, right, bottom = (edge + share * unit for edge, share in zip(box, by, strict=True))
    return left, top, right, bottom


def _within(page: Flags, box: Box) -> tuple[slice, slice]:
    """Give the rows and columns of a box, as far as it is on the page."""
    height, width = page.shape
    left, top, right, bottom = (max(0, round(edge)) for edge in box)
    return slice(min(top, height), min(bottom, height)), slice(min(left, width), min(right, width))


def _noise_stops(part: _Part) -> float | None:
    """Compare the noise (1)."""
    rows, columns = (side // _SQUARE_PX for side in part.grey.shape)
    if not rows or not columns:
        return None
    noise = cv2.convertScaleAbs(cv2.filter2D(part.grey, cv2.CV_16S, _NOISE_MASK))
    means = [_squares(image, rows, columns) for image in (noise, part.grey, part.inside, part.outside)]
    noisy, light, inside, outside = means
    lit = (light > _DARK) & (light < _BRIGHT)
    levels = []
    for wholly in (inside == 1, outside == 1):
        usable = noisy[lit & wholly]
        if usable.size < _FEWEST_SQUARES:
            return None
        levels.append(float(np.quantile(usable, _QUIET_SHARE)) * _NOISE_OF_MASK + _LEAST_NOISE)
    return math.log2(levels[0] / levels[1])


def _squares(image: npt.NDArray[np.uint8] | Flags, rows: int, columns: int) -> Floats:
    """Average small squares; what is left over at the right and at the bottom is dropped."""
    whole = image[: rows * _SQUARE_PX, : columns * _SQUARE_PX].astype(np.float32)
    return np.asarray(cv2.resize(whole, (columns, rows), interpolation=cv2.INTER_AREA), np.float32)


def _sharpness_stops(part: _Part) -> float | None:
    """Compare the sharpest lines (2)."""
    fine, coarse = (_steepness(cv2.blur(part.grey, (px, px))) for px in (_FINE_BLUR_PX, _COARSE_BLUR_PX))
    kept = []
    for where in (part.upper, part.outside):
        counts = cv2.calcHist([fine], [0], where.view(np.uint8), [256], [0, 256]).ravel()
        steep = np.cumsum(counts[::-1])[::-1] <= _STEEP_SHARE * counts.sum()
        edges = np.flatnonzero(where & (fine >= max(_LEAST_STEEP, int(steep.argmax()))))
        if edges.size < _FEWEST_EDGE_PX:
            return None
        left = fine.ravel()[edges] / np.maximum(coarse.ravel()[edges], 1).astype(np.float32)
        kept.append(float(np.quantile(left, _SHARPEST_QUANTILE)))
    return math.log2(kept[0] / kept[1])


def _steepness(grey: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Give the steps across and down together, in grey levels a pixel."""
    across, down = (cv2.convertScaleAbs(cv2.Sobel(grey, cv2.CV_16S, dx, 1 - dx), alpha=0.25) for dx in (1, 0))
    return np.asarray(cv2.add(across, down), np.uint8)


def _uneven_rims(
    page_rgb: Image, frame: PortraitFrame, px_per_mm: float
) -> tuple[float | None, float | None]:
    """Say how uneven the dark and the light rims of the frame are (3); None where too few edges show them."""
    upright = (frame.top.at_px, frame.bottom.at_px)
    level = (frame.left.at_px, frame.right.at_px)
    edges = (
        (frame.left, upright, True, -1),
        (frame.right, upright, True, 1),
        (frame.top, level, False, -1),
        (frame.bottom, level, False, 1),
    )
    rims = []
    for edge, ends, is_upright, outward in edges:
        profiles = _profiles(page_rgb, edge, ends, px_per_mm=px_per_mm * outward, upright=is_upright)
        if (found := _rims(profiles)) is not None:
            rims.append(found)
    if len(rims) < _FEWEST_EDGES:
        return None, None
    dark, light = (max(0.0, max(each) - _FAINTER * max(0.0, min(each))) for each in zip(*rims, strict=True))
    return dark, light


def _profiles(
    page_rgb: Image, edge: Edge, ends: tuple[float, float], *, px_per_mm: float, upright: bool
) -> Floats:
    """Cut across an edge at many places: float32, shape (places, millimetres), grey.

    px_per_mm: negative where outward is towards the left or the top.
    """
    low, high = ends
    along = np.linspace(low + _CORNER_SHARE * (high - low), high - _CORNER_SHARE * (high - low), _PROFILES)
    lean = math.tan(math.radians(edge.turn_degrees)) * (-1 if upright else 1)
    across = edge.at_px + lean * (along - (low + high) / 2)
    columns = (across[:, None] + px_per_mm * _PROFILE_MM).astype(np.float32)
    rows = np.repeat(along[:, None], len(_PROFILE_MM), axis=1).astype(np.float32)
    places = (columns, rows) if upright else (rows, columns)
    seen = cv2.remap(page_rgb, *places, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(cv2.blur(cv2.cvtColor(seen, cv2.COLOR_RGB2GRAY).astype(np.float32), (1, 3)), np.float32)


def _rims(profiles: Floats) -> tuple[float, float] | None:
    """Measure the dark and the light rim of one edge, in per cent of the paper; None if too little shows."""
    picture, paper = (np.median(profiles[:, _between(part)], axis=1) for part in (_PICTURE_MM, _PAPER_MM))
    rim = profiles[:, _between(_RIM_MM)]
    shows = np.abs(picture - paper) < _MOST_STEP
    if np.count_nonzero(shows) < _FEWEST_PROFILES:
        return None
    dark = np.minimum(picture, paper) - rim.min(axis=1)
    light = rim.max(axis=1) - np.maximum(picture, paper)
    by = np.maximum(paper, _LEAST_PAPER) / 100
    dark_percent, light_percent = (float(np.median((depth / by)[shows])) for depth in (dark, light))
    return dark_percent, light_percent


def _between(part: tuple[float, float]) -> Flags:
    return (part[0] <= _PROFILE_MM) & (part[1] >= _PROFILE_MM)


def _outside_mm(page_rgb: Image, frame: PortraitFrame, px_per_mm: float, zone_top_mm: float | None) -> float:
    """Say how far the frame reaches over the page's edge or into the zone (4)."""
    height, width = (side / px_per_mm for side in page_rgb.shape[:2])
    lowest = height if zone_top_mm is None else zone_top_mm
    left, top, right, bottom = (
        edge.at_px / px_per_mm for edge in (frame.left, frame.top, frame.right, frame.bottom)
    )
    return max(0.0, -left, -top, right - width, bottom - lowest)
