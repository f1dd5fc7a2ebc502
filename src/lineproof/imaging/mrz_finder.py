"""Find where in a photograph machine readable zones lie: which lines there are, and how they run.

    1. the finder looks at the whole photograph, at the smallest of several sizes first, and also turned; what
       it takes for lines is joined to regions, long and thin
    2. each region is turned level and looked at again, closely; now each line is apart from the next. Lines
       that run out of what is looked at are followed
    3. a curve is laid through each line, all are given one extent, and a line that must be there and was
       not seen is laid where it should be

It proposes, the likeliest first, and judges nothing: only the reader can tell.
"""

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from lineproof.imaging.mrz_networks import MASK_STEP_PX, MrzNetworks
from lineproof.imaging.mrz_rows import ZonePlace, rows_through
from lineproof.imaging.pyramid import Pyramid

Floats = NDArray[np.float32]
Grey = NDArray[np.uint8]

_LARGEST_ENLARGEMENT = 2.5
_LINE = 0.35  # the share of belief from which a place is taken for one of a line
_JOIN_CELLS = 7  # reach of the joining of lines to a region
_LEAST_CELLS = 20
_SHORTEST_CELLS, _SLIMMEST = 16.0, 1.8  # length of a region, and length by width
_MOST_REGIONS = 3
# The level look at a region: its width in pixels, and how much further than the region it reaches.
_LEVEL_WIDTH_PX, _WIDER, _HIGHER = 512, 1.14, 0.10
_LARGEST_LEVEL_ENLARGEMENT = 4.0
_ALIASING_ZOOM = 0.6  # reduced to less than this in one step, print would alias
_SAME = 1.05  # two regions are one if neither length nor middle differ by more
_AT_THE_END, _FURTHER, _MOST_FOLLOWED = 0.025, 0.5, 2  # shares of what is looked at, of the lines; looks
_ASKEW = 0.1  # tangent of the angle between a region and its lines from which they are looked at again


@dataclass(frozen=True, slots=True)
class Look:
    """One look at the whole photograph: its longest side as it is reduced, and whether turned by 45 degrees.

    The finder knows zones that lie about level or upright best; one that lies askew is found turned.
    """

    side_px: int
    turned: bool = False


# One after the other, until a zone is read.
LOOKS = (Look(384), Look(640), Look(512, turned=True), Look(1024), Look(896, turned=True))


@dataclass(frozen=True, slots=True, eq=False)
class Region:
    """Where lines may be: its middle, its direction, its length and width, in pixels, and how much belief.

    direction: of unit length, along the lines; the zone may also lie the other way round.
    """

    middle: NDArray[np.float64]
    direction: NDArray[np.float64]
    length: float
    width: float
    belief: float

    def is_like(self, other: "Region") -> bool:
        """Tell whether another look saw the same: what came of it will come again."""
        apart = float(np.linalg.norm(self.middle - other.middle))
        alike = 1 / _SAME < self.length / other.length < _SAME
        return alike and apart < (_SAME - 1) * self.length


def find_regions(photo: Pyramid, networks: MrzNetworks, *, look: Look) -> list[Region]:
    """Look at a photograph once; regions in the photograph's pixels, the likeliest first. Step 1."""
    small, to_photo = _reduced(photo, look)
    shares = networks.line_shares(small)
    lines = (shares > _LINE).astype(np.uint8)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (_JOIN_CELLS, _JOIN_CELLS))
    count, labels = cv2.connectedComponents(cv2.dilate(lines, kernel))
    ys, xs = np.nonzero(lines)
    of = labels[ys, xs]
    sizes = np.bincount(of, minlength=count)
    regions = []
    for label in np.argsort(-sizes)[: 4 * _MOST_REGIONS]:
        if sizes[label] < _LEAST_CELLS:
            break
        here = of == label
        region = _region(xs[here], ys[here], shares, to_photo)
        if region is not None:
            regions.append(region)
    return sorted(regions, key=lambda region: -region.belief)[:_MOST_REGIONS]


def _reduced(photo: Pyramid, look: Look) -> tuple[Grey, NDArray[np.float64]]:
    """Reduce a photograph for a look; also return what takes its pixels back, a (2, 3) matrix."""
    shrink = min(look.side_px / max(photo.grey.shape), _LARGEST_ENLARGEMENT)
    grey, scale = photo.at_least(shrink)
    method = cv2.INTER_AREA if shrink < 1 else cv2.INTER_CUBIC
    small = cv2.resize(grey, None, fx=shrink / scale, fy=shrink / scale, interpolation=method)
    if not look.turned:
        return small, np.array([[1 / shrink, 0, 0], [0, 1 / shrink, 0]])
    height, width = small.shape
    side = int(np.ceil(np.hypot(height, width)))
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), 45, 1.0)
    turn[:, 2] += side / 2 - np.array([width / 2, height / 2])
    turned = cv2.warpAffine(small, turn, (side, side), borderValue=float(small.mean()))
    return turned, cv2.invertAffineTransform(turn) / shrink


def place_in(photo: Pyramid, region: Region, networks: MrzNetworks) -> ZonePlace | None:
    """Look at a region closely; None if it holds no line. Steps 2 and 3.

    A region that took in more than the lines lies askew of them; then they are looked at again, level. Where
    lines run out of what is looked at, the region took in a part of them; then they are followed.
    """
    place = _look(photo, region, networks)
    if place is not None and abs(place.slope) > _ASKEW:
        level = _levelled(place, region)
        again = _look(photo, level, networks)
        if again is not None:
            place, region = again, level
    for _ in range(_MOST_FOLLOWED):
        if place is None or not any(_runs_out(place, region)):
            break
        region = _followed(place, region)
        longer = _look(photo, region, networks)
        if longer is None or longer.length <= place.length:
            break
        place = longer
    return place


def _runs_out(place: ZonePlace, region: Region) -> tuple[bool, bool]:
    """Tell whether the lines run out of what is looked at to the left, and to the right."""
    width = region.length * _WIDER
    return place.left < _AT_THE_END * width, place.right > (1 - _AT_THE_END) * width


def _followed(place: ZonePlace, region: Region) -> Region:
    """Give the region of the lines of a place and, where they run out of it, beyond."""
    to_left, to_right = (_FURTHER if runs_out else 0.0 for runs_out in _runs_out(place, region))
    level = _levelled(place, region)
    return replace(
        level,
        middle=level.middle + level.direction * level.length * (to_right - to_left) / 2,
        length=level.length * (1 + to_left + to_right),
    )


def _levelled(place: ZonePlace, region: Region) -> Region:
    """Give the region of the lines of a place, along them."""
    ends = np.array([place.left, place.right])
    middle = place.point(ends, np.polyval(place.rows.mean(axis=0), ends)).mean(axis=0)
    direction = place.along + place.slope * place.across
    stretch = float(np.linalg.norm(direction))
    width = place.height + (len(place.rows) - 1) * (place.apart_left + place.apart_right) / 2
    return Region(middle, direction / stretch, place.length * stretch, width, region.belief)


def _look(photo: Pyramid, region: Region, networks: MrzNetworks) -> ZonePlace | None:
    along = region.direction
    across = np.array([-along[1], along[0]])
    zoom = min(_LEVEL_WIDTH_PX / (region.length * _WIDER), _LARGEST_LEVEL_ENLARGEMENT)
    size = (round(region.length * _WIDER * zoom), round((region.width + 2 * _HIGHER * region.length) * zoom))
    corner = region.middle - along * size[0] / zoom / 2 - across * size[1] / zoom / 2
    level = _level(photo, corner, along, across, zoom=zoom, size=size)
    shares = networks.line_shares(level)
    return rows_through(
        shares, line=_LINE, corner=corner, along=along, across=across, px_per_cell=MASK_STEP_PX / zoom
    )


def _level(
    photo: Pyramid,
    corner: NDArray[np.float64],
    along: NDArray[np.float64],
    across: NDArray[np.float64],
    *,
    zoom: float,
    size: tuple[int, int],
) -> Grey:
    """Turn part of the photograph level; where it is much reduced, finely first and then reduced."""
    grey, scale = photo.at_least(zoom)
    zoom = zoom / scale
    fine = 1 if zoom > _ALIASING_ZOOM else 2
    step = 1 / (zoom * fine)
    matrix = np.column_stack(
        [along * step, across * step, corner * scale + (along + across) * step / 2 - 0.5]
    )
    flags = (cv2.INTER_LINEAR if fine > 1 else cv2.INTER_CUBIC) | cv2.WARP_INVERSE_MAP
    wide = (size[0] * fine, size[1] * fine)
    level = cv2.warpAffine(grey, matrix, wide, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return cv2.resize(level, size, interpolation=cv2.INTER_AREA) if fine > 1 else level


def _region(
    xs: NDArray[np.intp], ys: NDArray[np.intp], shares: Floats, to_photo: NDArray[np.float64]
) -> Region | None:
    """Lay a region through cells; None unless they lie long and thin."""
    weights = shares[ys, xs].astype(np.float64)
    cells = np.stack([xs + 0.5, ys + 0.5], axis=1)
    middle = np.average(cells, axis=0, weights=weights)
    apart = cells - middle
    _, axes = np.linalg.eigh((apart * weights[:, None]).T @ apart)
    direction = axes[:, 1]
    across = np.array([-direction[1], direction[0]])
    along_by, across_by = apart @ direction, apart @ across
    length, width = float(np.ptp(along_by)) + 1, float(np.ptp(across_by)) + 1
    if length < _SHORTEST_CELLS or length / width < _SLIMMEST:
        return None
    middle = middle + direction * (along_by.max() + along_by.min()) / 2
    middle = middle + across * (across_by.max() + across_by.min()) / 2
    cell = MASK_STEP_PX * float(np.sqrt(np.linalg.det(to_photo[:, :2])))
    direction = to_photo[:, :2] @ direction
    direction = direction / np.linalg.norm(direction) * (1 if direction[0] >= 0 else -1)
    return Region(
        middle=to_photo[:, :2] @ (middle * MASK_STEP_PX) + to_photo[:, 2],
        direction=direction,
        length=length * cell,
        width=width * cell,
        belief=float(weights.sum()),
    )
