"""The shape of a zone: which way up it lies, how many lines it has and how long they are.

A card's has three lines of 30 characters, others two of 36 or of 44: Doc 9303-4 to -7. And a line of it, with
its characters laid.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lineproof.imaging.mrz_lattice import Counted, Laid, count_characters, lay
from lineproof.imaging.mrz_networks import STRIP_CAPITAL_PX, STRIP_STEP_PX, MrzNetworks
from lineproof.imaging.mrz_rows import CAPITAL_BY_PITCH, LINES_BY_PITCH, ZonePlace
from lineproof.imaging.mrz_strips import Cutter, Strip, cutter
from lineproof.imaging.pyramid import Pyramid

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

LENGTHS = (30, 36, 44)
LINES_OF = {30: 3, 36: 2, 44: 2}
FIRST_SIZE = 1.0  # of capitals in a reading, by what is usual
# Less sure of its characters than this on average, or fewer of them, and what was found is no text of a zone.
_LEAST_SURENESS, _FEWEST_CHARACTERS = 0.55, 14
_HARDLY_ANY = 7  # fewer characters than this, cut for the likeliest length, and no other length is tried
_LINE_SURENESS = 0.4
_SURE = 0.9  # on average
_COUNT_OFF = 1  # by which a count may miss the length that the line was cut for and still speak for it


@dataclass(frozen=True, slots=True)
class Line:
    """One line as cut and laid.

    x: of its characters' middles along the line, (n,); middles: where they are in the photograph, (n, 2).
    """

    row: int
    laid: Laid
    x: Doubles
    middles: Doubles


@dataclass(frozen=True, slots=True)
class Shape:
    """How long the lines of a zone are and which way up, and the line that said so."""

    length: int
    upside_down: bool
    cutting: Cutter
    line: Line


def find_shapes(
    photo: Pyramid, place: ZonePlace, networks: MrzNetworks, *, ways: Sequence[bool] = (False, True)
) -> list[Shape]:
    """Say how long the lines may be and whether they are upside down, the likeliest first.

    ways: whether upside down, those to look at. Empty if this is no zone.

    The reader counts well only what is cut at about the right size. So a line is cut for the likeliest length
    first, and for the others as long as its count speaks against the length it was cut for; the one it speaks
    for comes next.
    """
    seen = [row for row, there in enumerate(place.seen) if there]
    row = seen[len(seen) // 2]
    found: list[tuple[int, float, Shape]] = []
    lengths = _likeliest_lengths(place, lines=len(seen))
    while lengths:
        length = lengths.pop(0)
        cutting = cutter(photo, place, characters=length)
        read = [_read_way(cutting, row, length, networks, upside_down=way) for way in ways]
        strip, log_likelihoods, counted, way = max(
            read, key=lambda each: each[2].sureness * min(1, each[2].characters / 20)
        )
        if counted.characters < _HARDLY_ANY:
            break
        if counted.characters < _FEWEST_CHARACTERS or counted.sureness < _LEAST_SURENESS:
            continue
        ways = (way,)
        if _is_sure(counted):
            lengths.sort(key=lambda each: abs(each - counted.room))
        line = lay_line(row, strip, log_likelihoods, length)
        if line is None:
            continue
        off = abs(counted.room - length)
        found.append((off, -counted.sureness, Shape(length, way, cutting, line)))
        if off <= _COUNT_OFF:
            break
    return [each[2] for each in sorted(found, key=lambda each: each[:2])]


def _is_sure(counted: Counted) -> bool:
    """Tell whether a line is seen so well, and is so long, that its count can be believed."""
    whole = any(abs(counted.room - length) <= _COUNT_OFF for length in LENGTHS)
    return whole and counted.sureness > _SURE


def _read_way(
    cutting: Cutter,
    row: int,
    length: int,
    networks: MrzNetworks,
    *,
    upside_down: bool,
) -> tuple[Strip, Floats, Counted, bool]:
    strip = cutting.strip(row, characters=length, upside_down=upside_down)
    log_likelihoods = networks.log_likelihoods(strip.pixels)
    return strip, log_likelihoods, count_characters(log_likelihoods), upside_down


def _likeliest_lengths(place: ZonePlace, *, lines: int) -> list[int]:
    """Order the lengths by how well they fit the distance of the lines; three lines are a card's."""
    by_distance = 2 * place.length / (place.apart_left + place.apart_right) * LINES_BY_PITCH
    card, *others = LENGTHS
    others.sort(key=lambda each: abs(np.log(each / by_distance)))
    return [card, *others] if lines > LINES_OF[others[0]] else [*others, card]


def lay_row(row: int, strip: Strip, length: int, networks: MrzNetworks) -> Line | None:
    """Read one row for the first time; None where it holds no line."""
    log_likelihoods = networks.log_likelihoods(strip.pixels)
    counted = count_characters(log_likelihoods)
    if counted.characters < _FEWEST_CHARACTERS or counted.sureness < _LINE_SURENESS:
        return None
    return lay_line(row, strip, log_likelihoods, length)


def lay_line(
    row: int, strip: Strip, log_likelihoods: Floats, length: int, *, size: float = FIRST_SIZE
) -> Line | None:
    """Lay so many characters over what the reader says of a strip; None where they do not fit.

    size: of the strip's capitals, by what is usual.
    """
    laid = lay(log_likelihoods, length, pitch=_pitch(size))
    if laid is None:
        return None
    at = (_finely(laid, log_likelihoods) + 0.5) * STRIP_STEP_PX - 0.5
    every = np.arange(len(strip.x))
    middles = np.stack([np.interp(at, every, strip.middles[:, axis]) for axis in range(2)], axis=1)
    return Line(row=row, laid=laid, x=np.interp(at, every, strip.x), middles=middles)


def _finely(laid: Laid, log_likelihoods: Floats) -> Doubles:
    """Place each character between columns, by how far its neighbouring columns say the same."""
    said = 1 + laid.log_likelihoods.argmax(axis=1)
    last = len(log_likelihoods) - 1
    before, here, after = (
        np.exp(log_likelihoods[np.clip(laid.columns + step, 0, last), said].astype(np.float64))
        for step in (-1, 0, 1)
    )
    return laid.columns + (after - before) / (before + here + after + 1e-9)


def _pitch(size: float) -> float:
    """Return how many of the reader's columns a character takes."""
    return STRIP_CAPITAL_PX * size / CAPITAL_BY_PITCH / STRIP_STEP_PX
