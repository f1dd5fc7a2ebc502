"""Read the two lines of a passport's machine readable zone (ICAO Doc 9303 part 4, TD3) in a photograph.

    1. find: places where the zone may be (mrz_zone)
    2. grid: 2 x 44 characters laid over each, either way up (mrz_grid)
    3. length: exactly 44 in each line, whole within the photograph; nothing is padded or cut
    4. characters: the likeliest of all 37 at each place
    5. grammar: where the standard forbids that one and an allowed one is nearly as likely, the allowed
       one is taken and the change reported as a repair

No check digit is looked at here, for one that had a part in the reading could not vouch for it.
"""

from dataclasses import dataclass
from enum import Enum
from itertools import islice

import cv2
import numpy as np
from numpy.typing import NDArray

from lineproof.document.mrz import allowed_td3
from lineproof.imaging.decode import DecodedImage
from lineproof.imaging.glyphs import CHARACTERS, GlyphTable, load_glyphs
from lineproof.imaging.mrz_grid import (
    COLUMNS,
    OUTSIDE,
    ROW_DISTANCE,
    ROWS,
    Grid,
    character_densities,
    combed,
    find_runs,
    fitted_to_characters,
    grid_through,
    held_margin,
    shifted,
)
from lineproof.imaging.mrz_zone import find_zones

Floats = NDArray[np.float32]

_GLYPHS = len(CHARACTERS)
# The block of both lines, half a pitch around their middles, in pitches.
_CORNERS = np.array([[0, -0.5], [COLUMNS, -0.5], [COLUMNS, ROW_DISTANCE + 0.5], [0, ROW_DISTANCE + 0.5]])
_END = 4  # characters at either end that must be there for a line to be whole
_MOST_GUESSES = 16
# Several guesses lead to the same zone; after so many that did and failed, others will not do better.
_MOST_FAILURES = 4
# Log densities are those of the fitted normals, which are surer of themselves than photographs allow.
_TEMPERATURE = 6.0
# A place whose likeliest character is this unlikely shows something else: a finger, a stamp, glare.
_STRANGE, _STRANGENESS_SCALE = -75.0, 8.0
# Of the 44 places this share must look like characters before it is a zone at all, short or not.
_LEAST_RUN_SCORE, _LEAST_RUN_SHARE = -60.0, 0.6
_LEAST_CONFIDENCE = 0.1
_LEAST_REPAIRED_CONFIDENCE = 0.05


class Step(Enum):
    """Where reading ended, in the order of the steps."""

    ZONE_NOT_FOUND = "zone not found"
    LINE_CUT_SHORT = "a line does not have 44 characters, or they are not all in the photograph"
    CHARACTERS_NOT_CLEAR = "characters not clear"


@dataclass(frozen=True, slots=True)
class NotRead:
    """No reading, and the furthest step that any proposed place came to."""

    step: Step


@dataclass(frozen=True, slots=True)
class Repair:
    """A character that the grammar of the zone changed; line and position count from nought."""

    line: int
    position: int
    seen: str
    taken: str


@dataclass(frozen=True, slots=True)
class LineText:
    """One line as read: its text, one confidence per character, and what the grammar changed."""

    text: str
    confidences: tuple[float, ...]
    repairs: tuple[Repair, ...]


@dataclass(frozen=True, slots=True)
class MrzReading:
    """The two lines as read, and where they lie.

    confidences: one per character, 0 to 1, larger is surer; those of repaired characters are low.
    corners: of the block of both lines, in pixels of the upright original photograph: upper left,
    upper right, lower right, lower left as the page is read; each 44 pitches by 3.5.
    rotation_degrees: 0, 90, 180 or 270, how far the page lies turned clockwise.
    """

    lines: tuple[str, str]
    confidences: tuple[tuple[float, ...], tuple[float, ...]]
    repairs: tuple[Repair, ...]
    corners: tuple[tuple[float, float], ...]
    rotation_degrees: int

    @property
    def least_confidence(self) -> float:
        """Return the confidence of the least sure character."""
        return min(min(line) for line in self.confidences)


def read_mrz(image: DecodedImage) -> MrzReading | NotRead:
    """Find and read the zone of a passport, lying any way up, or say which step failed.

    The glyph table must be loaded before a process is confined: see `load_glyphs`.
    """
    grey = cv2.cvtColor(image.pixels, cv2.COLOR_RGB2GRAY)
    glyphs = load_glyphs()
    failures: list[Step] = []
    for guess in islice(find_zones(grey), _MOST_GUESSES):
        grid = _placed(grid_through(guess.ends), grey, glyphs)
        if grid is None:
            continue
        outcome = _read_in(grid, grey, glyphs, scale=image.scale)
        if isinstance(outcome, MrzReading):
            return outcome
        failures.append(outcome)
        if len(failures) == _MOST_FAILURES:
            break
    return NotRead(step=max(failures, key=list(Step).index, default=Step.ZONE_NOT_FOUND))


def _placed(guess: Grid, grey: NDArray[np.uint8], glyphs: GlyphTable) -> Grid | None:
    """Lay the grid over a guess, the right way up; None where no text of the font is."""
    rhythm = combed(guess, grey)
    if rhythm is None:
        return None
    ways = [(way, find_runs(way, grey, glyphs)) for way in (rhythm, rhythm.upside_down())]
    grid, runs = max(ways, key=lambda way: sum(run.score for run in way[1]))
    if not all(run.score > _LEAST_RUN_SCORE and run.share > _LEAST_RUN_SHARE for run in runs):
        return None
    grid = shifted(grid, runs)
    grid = fitted_to_characters(grid, grey, glyphs, reach_px=4, step_px=2)
    return fitted_to_characters(grid, grey, glyphs, reach_px=1, step_px=1)


def _read_in(grid: Grid, grey: NDArray[np.uint8], glyphs: GlyphTable, *, scale: float) -> MrzReading | Step:
    corners = grid.at(_CORNERS)
    height, width = grey.shape
    if corners.min() < 0 or corners[:, 0].max() > width or corners[:, 1].max() > height:
        return Step.LINE_CUT_SHORT
    densities = [character_densities(grid, grey, glyphs, line) for line in range(ROWS)]
    if not all(_has_44(each) for each in densities):
        return Step.LINE_CUT_SHORT
    first, second = (
        read_by_grammar(_likelihoods(each[OUTSIDE:-OUTSIDE]), line=line)
        for line, each in enumerate(densities)
    )
    if first is None or second is None:
        return Step.CHARACTERS_NOT_CLEAR
    return MrzReading(
        lines=(first.text, second.text),
        confidences=(first.confidences, second.confidences),
        repairs=first.repairs + second.repairs,
        corners=tuple((float(x), float(y)) for x, y in corners / scale),
        rotation_degrees=_quarter_turn(corners),
    )


def _has_44(densities: Floats) -> bool:
    """Say whether the line ends where the grid does: characters up to its ends, and none beside them.

    A weave in the paper can look a little like a character, so what stands beside the line counts
    only if it is as much of one as the line's own.
    """
    margin, best = held_margin(densities), densities[:, :_GLYPHS].max(axis=1)
    line = slice(OUTSIDE, OUTSIDE + COLUMNS)
    whole = bool((margin[line][:_END] > 0).all() and (margin[line][-_END:] > 0).all())
    alike = (margin > np.median(margin[line]) / 2) & (best > best[line].min())
    return whole and not alike[OUTSIDE - 1] and not alike[OUTSIDE + COLUMNS]


def _likelihoods(densities: Floats) -> Floats:
    """Turn log densities into shares of belief in each character, which need not sum to one."""
    shares = np.exp((densities - densities.max(axis=1, keepdims=True)) / _TEMPERATURE)
    shares = shares[:, :_GLYPHS] / shares.sum(axis=1, keepdims=True)
    best = densities[:, :_GLYPHS].max(axis=1, keepdims=True)
    ordinary = 1 / (1 + np.exp(np.clip((_STRANGE - best) / _STRANGENESS_SCALE, -30, 30)))
    return shares * ordinary


def read_by_grammar(shares: Floats, *, line: int) -> LineText | None:
    """Take the likeliest character at each place, or a nearly as likely one that the grammar allows.

    shares: the belief in each of CHARACTERS at each place, shape (44, 37). Returns None where no
    character is likely enough, or where none of the likely ones is allowed.
    """
    characters = [_by_grammar(share, line, position) for position, share in enumerate(shares)]
    if None in characters:
        return None
    seen, taken, confidences = zip(*filter(None, characters), strict=True)
    changed = [at for at in range(COLUMNS) if seen[at] != taken[at]]
    return LineText(
        text="".join(taken),
        confidences=confidences,
        repairs=tuple(Repair(line=line, position=at, seen=seen[at], taken=taken[at]) for at in changed),
    )


def _by_grammar(share: Floats, line: int, position: int) -> tuple[str, str, float] | None:
    """Return what is seen at one place, what the grammar takes instead, and the belief in that."""
    allowed = [at for at, character in enumerate(CHARACTERS) if character in allowed_td3(line, position)]
    seen = int(share.argmax())
    taken = max(allowed, key=lambda at: float(share[at]))
    least = _LEAST_CONFIDENCE if taken == seen else _LEAST_REPAIRED_CONFIDENCE
    if share[taken] < least:
        return None
    return CHARACTERS[seen], CHARACTERS[taken], float(share[taken])


def _quarter_turn(corners: NDArray[np.float64]) -> int:
    across, down = corners[1] - corners[0]
    return round(float(np.degrees(np.arctan2(down, across))) / 90) % 4 * 90
