"""Cut the lines of a zone out of a photograph, each as a level strip whose capitals are of one height."""

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from lineproof.imaging.mrz_networks import (
    PATCH_CAPITAL_PX,
    PATCH_HEIGHT_PX,
    PATCH_WIDTH_PX,
    STRIP_CAPITAL_PX,
    STRIP_HEIGHT_PX,
    STRIP_STEP_PX,
)
from lineproof.imaging.mrz_rows import CAPITAL_BY_LINES, CAPITAL_BY_PITCH, ZonePlace
from lineproof.imaging.pyramid import Pyramid

Grey = NDArray[np.uint8]
Doubles = NDArray[np.float64]

# How much further than the line a strip reaches at either end, in capitals.
BEYOND = 1.6
_WIDEST_PX = 1400
_EVENNESS_DEGREE = 3  # of the curve that says how the pitch changes along a line
# Larger capitals than this, by a strip's, are reduced first, so that every pixel counts.
_FINEST = 1.4
# How far the distance between lines and the pitch may disagree on the size of capitals.
_TALLEST, _FLATTEST = 1.15, 0.70
UPRIGHT = np.zeros(2)
# Of two characters above each other that are nearer than this, or lean so otherwise than most, one was laid
# where it is not; with a smaller share of good ones than this nothing is known.
_LEAST_APART_PX, _SAME_LEAN, _LEAST_SHARE = 1.0, 0.15, 0.5


@dataclass(frozen=True, slots=True)
class Cutter:
    """A zone made ready for cutting strips: part of the photograph, perhaps reduced.

    pixels: (h, w). origin, scale: a point p of the photograph is at (p - origin) * scale here. lean: how far
    along the lines characters' uprights go for one across, at x = 0 and as it grows, (2,).
    """

    pixels: Grey
    origin: Doubles
    scale: float
    place: ZonePlace
    lean: Doubles

    def leaning(self, upper: Doubles, lower: Doubles) -> "Cutter":
        """Cut along characters' uprights from now on: a page that is tilted shows them aslant.

        upper, lower: the middles of the characters of two lines in the photograph, (n, 2) each; those of the
        same number stand above each other.
        """
        place = self.place
        along, across = (lower - upper) @ place.along, (lower - upper) @ place.across
        apart = np.abs(across) > _LEAST_APART_PX
        leans = along / np.where(apart, across, 1)
        usual = apart & (np.abs(leans - np.median(leans)) < _SAME_LEAN)
        if usual.sum() < _LEAST_SHARE * len(usual):
            return self
        x = ((upper + lower) / 2 - place.corner) @ place.along
        slope, start = np.polyfit(x[usual], leans[usual], 1)
        return replace(self, lean=np.array([start, slope]))

    def strip(self, row: int, *, characters: int, upside_down: bool = False) -> "Strip":
        """Cut one line as it is seen to run.

        characters: how many it is thought to have, which says how high its capitals are.
        """
        place = self.place
        capital = place.length / characters * CAPITAL_BY_PITCH
        beyond = BEYOND * capital
        width = (place.length + 2 * beyond) / capital * STRIP_CAPITAL_PX
        width_px = max(8, min(_WIDEST_PX, int(width)) // STRIP_STEP_PX) * STRIP_STEP_PX
        share = ((np.arange(width_px) + 0.5) / width_px * (place.length + 2 * beyond) - beyond) / place.length
        # The nearer end is larger: by how far apart the lines are there.
        near = place.apart_left * share / (place.apart_right * (1 - share) + place.apart_left * share)
        x = place.left + place.length * near
        return self._cut(row, x[::-1] if upside_down else x, capital_px=capital, size=1.0)

    def patch(self, row: int, characters_at: Doubles, position: int) -> Grey:
        """Cut one character with the halves of its neighbours, (40, 56), closer than in a strip."""
        curve = np.polyfit(np.arange(len(characters_at)) + 0.5, characters_at, _EVENNESS_DEGREE)
        pitch_px = PATCH_CAPITAL_PX / CAPITAL_BY_PITCH
        at = position + 0.5 + (np.arange(PATCH_WIDTH_PX) + 0.5 - PATCH_WIDTH_PX / 2) / pitch_px
        capital = _capital(characters_at)
        size = PATCH_CAPITAL_PX / STRIP_CAPITAL_PX
        cut = self._cut(row, np.polyval(curve, at), capital_px=capital, size=size, height_px=PATCH_HEIGHT_PX)
        return cut.pixels

    def strip_through(self, row: int, characters_at: Doubles, *, size: float) -> "Strip":
        """Cut one line again, evenly along characters that were found.

        characters_at: x of each character's middle, in reading order. size: of capitals, by what is usual.
        """
        count = len(characters_at)
        curve = np.polyfit(np.arange(count) + 0.5, characters_at, _EVENNESS_DEGREE)
        pitch_px = STRIP_CAPITAL_PX * size / CAPITAL_BY_PITCH
        beyond = BEYOND * CAPITAL_BY_PITCH
        width_px = int((count + 2 * beyond) * pitch_px) // STRIP_STEP_PX * STRIP_STEP_PX
        at = (np.arange(width_px) + 0.5) / pitch_px - beyond
        return self._cut(row, np.polyval(curve, at), capital_px=_capital(characters_at), size=size)

    def _cut(
        self, row: int, x: Doubles, *, capital_px: float, size: float, height_px: int = STRIP_HEIGHT_PX
    ) -> "Strip":
        """Cut one line at places along it, given in reading order."""
        place = self.place
        ends = [place.left, place.right]
        apart = np.interp(x, ends, [place.apart_left, place.apart_right])
        mean_apart = (place.apart_left + place.apart_right) / 2
        tall = np.clip(mean_apart * CAPITAL_BY_LINES / capital_px, _FLATTEST, _TALLEST) ** 0.5
        step = capital_px * tall * apart / mean_apart / (STRIP_CAPITAL_PX * size)
        below = np.arange(height_px) + 0.5 - height_px / 2
        if x[-1] < x[0]:
            below = -below  # upside down
        middles = place.point(x, np.polyval(place.rows[row], x))
        level = ((middles - self.origin) * self.scale - 0.5).astype(np.float32)
        off = np.outer(below, step * self.scale).astype(np.float32)
        leans = np.polyval(self.lean[::-1], x)
        upright = (place.across + leans[:, None] * place.along).astype(np.float32)
        cut = cv2.remap(
            self.pixels,
            level[:, 0] + off * upright[:, 0],
            level[:, 1] + off * upright[:, 1],
            cv2.INTER_LINEAR if capital_px * self.scale > STRIP_CAPITAL_PX * size else cv2.INTER_CUBIC,
            borderMode=cv2.BORDER_REPLICATE,
        )
        return Strip(pixels=cut, x=x, middles=middles)


@dataclass(frozen=True, slots=True)
class Strip:
    """One line, level, in reading order.

    pixels: (24, w). x: of each column, along the line in the place's frame, (w,). middles: where in the
    photograph each column's middle is, (w, 2).
    """

    pixels: Grey
    x: Doubles
    middles: Doubles


def _capital(characters_at: Doubles) -> float:
    """Return how high capitals are, by the pitch of characters that were found."""
    count = len(characters_at)
    return abs(float(characters_at[-1] - characters_at[0])) / (count - 1) * CAPITAL_BY_PITCH


def cutter(
    photo: Pyramid,
    place: ZonePlace,
    *,
    characters: int,
    capital_px: float = STRIP_CAPITAL_PX,
    lean: Doubles = UPRIGHT,
) -> Cutter:
    """Make a zone ready for cutting at about this height of capitals."""
    capital = place.length / characters * CAPITAL_BY_PITCH
    margin = 3 * capital
    ends = np.array([place.left - margin, place.right + margin])
    tops = np.polyval(place.rows[0], ends) - margin
    bottoms = np.polyval(place.rows[-1], ends) + margin
    corners = place.point(np.concatenate([ends, ends]), np.concatenate([tops, bottoms]))
    scale = min(1.0, _FINEST * capital_px / capital)
    grey, reduced = photo.at_least(scale)
    corners = corners * reduced
    height, width = grey.shape
    left, top = np.clip(np.floor(corners.min(axis=0)).astype(int), 0, (width - 1, height - 1))
    right, bottom = np.clip(
        np.ceil(corners.max(axis=0)).astype(int) + 1, (left + 1, top + 1), (width, height)
    )
    part = grey[top:bottom, left:right]
    origin = np.array([left, top], np.float64) / reduced
    if scale < reduced:
        further = scale / reduced
        part = cv2.resize(part, None, fx=further, fy=further, interpolation=cv2.INTER_AREA)
    return Cutter(pixels=part, origin=origin, scale=scale, place=place, lean=lean)
