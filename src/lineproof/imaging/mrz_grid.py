"""Lay the grid of 2 x 44 characters over a proposed zone.

The plane of the zone is measured in pitches, the width of one character with its gap: the centre of
character c (0..43) of line r (0, 1) is at (c + 0.5, 2.5 r). A `Grid` is the homography from there to
the photograph. It comes about in three steps:

    1. each line's comb: the rhythm of the gaps between characters, which gives the pitch at both ends
       without saying how many characters there are;
    2. the run: which 44 places of the comb hold characters, by the glyph table;
    3. the fit: one homography through all characters, repeated with the characters' own offsets.
"""

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from lineproof.imaging.glyphs import (
    CHARACTERS,
    PATCH_HEIGHT_PX,
    PATCH_WIDTH_PX,
    PITCH_PX,
    GlyphTable,
    patches_at,
)

Floats = NDArray[np.float32]
Grey = NDArray[np.uint8]

COLUMNS = 44
ROWS = 2
ROW_DISTANCE = 2.5  # 6.35 mm by 2.54 mm

# Places looked at beyond either end of the zone: to see that no character stands there.
OUTSIDE = 4
PLACES = COLUMNS + 2 * OUTSIDE

_GLYPHS = len(CHARACTERS)
_ROW_PX = 3 * PATCH_HEIGHT_PX
_PAD_PX = 8  # beyond the outermost places, for patches that are tried beside them
_SOFTNESS = 10.0  # of the choice between neighbouring offsets, in log density
# The comb's window reaches this many pitches beyond the proposed ends, in steps of so many pixels.
_COMB_MARGIN, _COMB_STEP_PX = 1, 2
# Correlation of a line's ink with its comb: half of a perfect one for clear text, below this for none.
_LEAST_RHYTHM = 0.12


@dataclass(frozen=True, slots=True)
class Grid:
    """Where the zone lies: the homography from pitches to pixels of the image it was fitted to."""

    homography: NDArray[np.float64]

    def at(self, points: NDArray[np.floating]) -> NDArray[np.float64]:
        """Map points in pitches, shape (n, 2), to pixels."""
        mapped = np.column_stack([points, np.ones(len(points))]) @ self.homography.T
        return mapped[:, :2] / mapped[:, 2:]

    def upside_down(self) -> "Grid":
        """Lay the grid over the same zone, turned by half."""
        turned = np.array([[-1, 0, COLUMNS], [0, -1, ROW_DISTANCE], [0, 0, 1]])
        return Grid(self.homography @ turned)

    def row(self, grey: Grey, line: int) -> Floats:
        """Cut out one line with its margins, upright, PITCH_PX to the pitch: the strip of a row."""
        width = PLACES * PITCH_PX + 2 * _PAD_PX
        corner = np.array([[1 / PITCH_PX, 0, -OUTSIDE - _PAD_PX / PITCH_PX], [0, 1 / PITCH_PX, 0], [0, 0, 1]])
        corner[1, 2] = ROW_DISTANCE * line - _ROW_PX / 2 / PITCH_PX
        half_pixel = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
        matrix = np.linalg.inv(half_pixel) @ self.homography @ corner @ half_pixel
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        strip = cv2.warpPerspective(
            grey, matrix, (width, _ROW_PX), flags=flags, borderMode=cv2.BORDER_REPLICATE
        )
        return strip.astype(np.float32)


def grid_through(ends: NDArray[np.floating]) -> Grid:
    """Span a grid over the ends of both centre lines: upper left, upper right, lower right, lower left."""
    corners = [[0, 0], [COLUMNS, 0], [COLUMNS, ROW_DISTANCE], [0, ROW_DISTANCE]]
    homography = cv2.getPerspectiveTransform(np.array(corners, np.float32), np.asarray(ends, np.float32))
    return Grid(homography.astype(np.float64))


def combed(grid: Grid, grey: Grey) -> Grid | None:
    """Stretch the grid along its lines until its columns fall into the rhythm of the characters.

    The first column of the result is a whole character of each line, not yet the first one.
    Returns None where there is no rhythm: no text of one pitch.
    """
    profiles = np.stack([_ink_profile(grid, grey, line) for line in range(ROWS)])
    waves, pitches, bends = _comb_waves()
    answers = profiles @ waves
    best = int(np.abs(answers).sum(axis=0).argmax())
    loudest = np.linalg.norm(profiles, axis=1) * np.sqrt(profiles.shape[1])
    if not (np.abs(answers[:, best]) > _LEAST_RHYTHM * loudest).all():
        return None
    phases = -np.angle(answers[:, best]) / (2 * np.pi) - 0.5
    return _through_columns(grid, [_edges(phase, pitches[best], bends[best]) for phase in phases])


def _through_columns(grid: Grid, edges: list[Floats]) -> Grid:
    """Fit a grid to the edges of the columns of each line, given along the old grid's lines."""
    slip = round(float(edges[0].mean() - edges[1].mean()) / float(np.diff(edges[0]).mean()))
    edges[1] = edges[1] + slip * np.gradient(edges[1])
    old = np.concatenate([_on_row(edges[line], line) for line in range(ROWS)])
    new = np.concatenate([_on_row(np.arange(COLUMNS + 1.0), line) for line in range(ROWS)])
    return _fitted(new, grid.at(old), otherwise=grid)


def _on_row(along: NDArray[np.floating], line: int) -> NDArray[np.float64]:
    return np.column_stack([along, np.full(len(along), ROW_DISTANCE * line)])


def _fitted(pitches: NDArray[np.float64], pixels: NDArray[np.float64], *, otherwise: Grid) -> Grid:
    """Fit the homography from pitches to pixels by least squares; where none fits, keep another."""
    if not np.isfinite(pixels).all():
        return otherwise
    homography, _ = cv2.findHomography(pitches, pixels, 0)
    return otherwise if homography is None else Grid(homography)


def _ink_profile(grid: Grid, grey: Grey, line: int) -> Floats:
    """Sum the ink of one line over its height; remove what varies slower than the characters."""
    row = grid.row(grey, line)
    core = row[(_ROW_PX - PITCH_PX) // 2 : (_ROW_PX + PITCH_PX) // 2]
    ink = -core.mean(axis=0, keepdims=True)
    ink = ink - cv2.blur(ink, (2 * PITCH_PX + 1, 1))
    loudness = np.sqrt(np.maximum(cv2.blur(np.square(ink), (8 * PITCH_PX + 1, 1)), 0.0))
    even = (ink / (loudness + 0.3 * float(loudness.mean()) + 1e-3))[0]
    beyond = (OUTSIDE - _COMB_MARGIN) * PITCH_PX + _PAD_PX
    return even[beyond:-beyond].reshape(-1, _COMB_STEP_PX).mean(axis=1)


@cache
def _comb_waves() -> tuple[NDArray[np.complex64], Floats, Floats]:
    """List the combs: how many characters the window would hold, and how the pitch changes in it."""
    samples = (COLUMNS + 2 * _COMB_MARGIN) * PITCH_PX // _COMB_STEP_PX
    at = ((np.arange(samples) + 0.5) / samples)[:, None]
    pitches, bends = np.meshgrid(np.arange(33.0, 58.0, 0.4), np.arange(-0.26, 0.27, 0.02), indexing="ij")
    pitches, bends = pitches.ravel(), bends.ravel()
    turns = pitches * ((1 - bends) * at + bends * at**2)
    return (
        np.exp(-2j * np.pi * turns).astype(np.complex64),
        pitches.astype(np.float32),
        bends.astype(np.float32),
    )


def _edges(phase: float, pitch: float, bend: float) -> Floats:
    """Find 45 edges of columns about the middle of the window, in the old grid's pitches.

    phase: the turn, modulo one, at which characters begin.
    """
    middle = pitch * (0.5 - bend / 4)
    turns = np.round(middle - COLUMNS / 2 - phase) + phase + np.arange(COLUMNS + 1)
    # Invert turn = pitch ((1 - bend) t + bend t^2); beyond the window the quadratic is not trusted.
    share = turns / pitch
    for _ in range(8):
        share = share + (turns / pitch - (1 - bend) * share - bend * share**2) / (1 - bend + 2 * bend * share)
    return share * (COLUMNS + 2 * _COMB_MARGIN) - _COMB_MARGIN


@dataclass(frozen=True, slots=True)
class Run:
    """Where in a row's strip the 44 characters are.

    first: the place of the first one, counted from the strip's margin on. drop_px: how much lower than
    the grid the row lies. score: the mean log density of the likeliest characters. share: of the 44
    places, the share that look more like a character than like none.
    """

    first: int
    drop_px: int
    score: float
    share: float


def find_runs(grid: Grid, grey: Grey, glyphs: GlyphTable) -> tuple[Run, Run]:
    """Find in both rows the 44 neighbouring places that hold characters, at the likeliest height."""
    upper, lower = (_find_run(grid.row(grey, line), glyphs) for line in range(ROWS))
    return upper, lower


def _find_run(row: Floats, glyphs: GlyphTable) -> Run:
    runs = [_run_at(row, glyphs, drop_px) for drop_px in range(-9, 10, 3)]
    return max(runs, key=lambda run: run.score)


def _run_at(row: Floats, glyphs: GlyphTable, drop_px: int) -> Run:
    densities = _densities(row, glyphs, np.arange(PLACES), dx=0, dy=drop_px)
    held = held_margin(densities).clip(-40, 40)
    first = int(np.convolve(held, np.ones(COLUMNS), "valid").argmax())
    run = slice(first, first + COLUMNS)
    score = float(densities[run, :_GLYPHS].max(axis=1).clip(-120).mean())
    return Run(first=first, drop_px=drop_px, score=score, share=float((held[run] > 0).mean()))


def held_margin(densities: Floats) -> Floats:
    """Say by how much each place looks more like a character than like none, in log density."""
    return densities[:, :_GLYPHS].max(axis=1) - densities[:, _GLYPHS:].max(axis=1)


def _densities(row: Floats, glyphs: GlyphTable, places: NDArray[np.intp], *, dx: int, dy: int) -> Floats:
    lefts = _PAD_PX + places * PITCH_PX + (PITCH_PX - PATCH_WIDTH_PX) // 2 + dx
    tops = np.full(len(places), (_ROW_PX - PATCH_HEIGHT_PX) // 2 + dy)
    return glyphs.log_densities(patches_at(row, lefts, tops))


def shifted(grid: Grid, runs: tuple[Run, Run]) -> Grid:
    """Move the grid so that its columns are those of the runs."""
    columns = np.arange(COLUMNS) + 0.5
    new, old = [], []
    for line, run in enumerate(runs):
        new.append(_on_row(columns, line))
        old.append(_on_row(columns + run.first - OUTSIDE, line) + np.array([0, run.drop_px / PITCH_PX]))
    return _fitted(np.concatenate(new), grid.at(np.concatenate(old)), otherwise=grid)


def fitted_to_characters(grid: Grid, grey: Grey, glyphs: GlyphTable, *, reach_px: int, step_px: int) -> Grid:
    """Fit the grid to where within reach each character is clearest."""
    offsets = range(-reach_px, reach_px + 1, step_px)
    places = np.arange(COLUMNS) + OUTSIDE
    new, old = [], []
    for line in range(ROWS):
        row = grid.row(grey, line)
        tried = [(dx, dy) for dx in offsets for dy in offsets]
        best = np.stack(
            [_densities(row, glyphs, places, dx=dx, dy=dy)[:, :_GLYPHS].max(axis=1) for dx, dy in tried]
        )
        # The mean of the places weighted by likelihood is finer than the steps.
        weights = np.exp((best - best.max(axis=0)) / _SOFTNESS)
        moves = (weights / weights.sum(axis=0)).T @ np.array(tried) / PITCH_PX
        clear = best.max(axis=0) > np.percentile(best.max(axis=0), 20)
        centres = _on_row(np.arange(COLUMNS) + 0.5, line)
        new.append(centres[clear])
        old.append((centres + moves)[clear])
    return _fitted(np.concatenate(new), grid.at(np.concatenate(old)), otherwise=grid)


def character_densities(grid: Grid, grey: Grey, glyphs: GlyphTable, line: int) -> Floats:
    """Score every place of a line and of its margins, shape (52, classes), forgiving one pixel."""
    row = grid.row(grey, line)
    near = (-1, 0, 1)
    tried = [_densities(row, glyphs, np.arange(PLACES), dx=dx, dy=dy) for dx in near for dy in near]
    return np.max(tried, axis=0)
