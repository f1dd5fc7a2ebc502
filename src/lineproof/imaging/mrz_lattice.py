"""Lay a known number of characters over what the reader says of a strip's columns.

The reader says for each column how likely a character's middle is there, and which. The zone's characters are
evenly spaced, so the likeliest way to place exactly n of them, neighbours about one pitch apart, is found by
dynamic programming over the columns; a hidden character, or two that ran into each other, lose no place.

Work is bounded: n steps, each over all columns at once.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lineproof.imaging.mrz_networks import BETWEEN

Floats = NDArray[np.float32]

# Distance of neighbours by the pitch.
_NEAREST, _FARTHEST = 0.62, 1.45
# What a departure from the pitch costs, in log likelihood, by its square in pitches.
_UNEVENNESS = 9.0
# A column that says "no character" this surely is not believed to be surer.
_SUREST = 8.0
_MIDDLE = np.array([0.25, 0.5, 0.25])
# A character's own columns reach this far from its middle, another's middle beside it that far, in pitches.
_OWN, _BESIDE = 0.7, 1.35
# Distances that differ from the median by more than this share are those of characters that were not seen.
_UNUSUAL, _FEWEST_FOR_ROOM = 0.35, 5


@dataclass(frozen=True, slots=True)
class Laid:
    """Where the characters of a line are.

    columns: the column of each one's middle, (n,). log_likelihoods: what the reader says there, (n, 37), of
    all characters; they need not sum to one, for none may be there. score: mean gain of a place over none,
    larger is likelier. before, after: how surely one more character stands before the first and after the
    last, 0 to 1.
    """

    columns: NDArray[np.intp]
    log_likelihoods: Floats
    score: float
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class Counted:
    """What the reader sees of a line on its own.

    characters: how many it names. room: how many have room from the first to the last, by their usual
    distance; of a line some of whose characters are not seen, this is nearer the truth. sureness: of those
    named, on average, 0 to 1.
    """

    characters: int
    room: int
    sureness: float


def count_characters(log_likelihoods: Floats) -> Counted:
    """Count the characters of a line. Columns that name one character and touch are one character.

    log_likelihoods: (t, 38).
    """
    best = log_likelihoods.argmax(axis=1)
    inside = np.flatnonzero(best != BETWEEN)
    if not len(inside):
        return Counted(0, 0, 0.0)
    begins = np.diff(inside, prepend=-2) > 1
    begins |= best[inside] != np.concatenate([[BETWEEN], best[inside][:-1]])
    of = np.cumsum(begins) - 1
    peaks = np.zeros(int(of[-1]) + 1)
    np.maximum.at(peaks, of, np.exp(log_likelihoods.max(axis=1)[inside]))
    middles = np.bincount(of, weights=inside) / np.bincount(of)
    return Counted(len(peaks), _room(middles), float(peaks.mean()))


def _room(middles: NDArray[np.float64]) -> int:
    apart = np.diff(middles)
    usual = apart[np.abs(apart / np.median(apart) - 1) < _UNUSUAL] if len(apart) else apart
    if len(usual) < _FEWEST_FOR_ROOM:
        return len(middles)
    return 1 + round(float((middles[-1] - middles[0]) / usual.mean()))


def lay(log_likelihoods: Floats, characters: int, *, pitch: float) -> Laid | None:
    """Place exactly so many characters; None where they do not fit.

    log_likelihoods: (t, 38). pitch: how many columns a character is wide, about.
    """
    columns = len(log_likelihoods)
    distances = np.arange(max(1, round(_NEAREST * pitch)), int(np.ceil(_FARTHEST * pitch)) + 1)
    if columns < max(characters * distances[0], len(_MIDDLE)):
        return None
    gain = log_likelihoods[:, 1:].max(axis=1) - np.maximum(log_likelihoods[:, BETWEEN], -_SUREST)
    gain = np.clip(gain, -_SUREST, _SUREST)
    # Of the columns that name one character its middle one is wanted.
    gain = np.convolve(gain, _MIDDLE, "same")
    costs = _UNEVENNESS * np.square(distances / pitch - 1)
    # Row c of `before` holds the best so far at the columns that lie each of the distances before column c.
    reach = int(distances[-1])
    best = np.full(reach + columns, -np.inf)
    before = np.lib.stride_tricks.sliding_window_view(best, len(distances))[:columns, ::-1]
    best[reach:] = gain
    came = np.empty((characters, columns), np.intp)
    every = np.arange(columns)
    for step in range(1, characters):
        from_before = before - costs
        came[step] = from_before.argmax(axis=1)
        best[reach:] = from_before[every, came[step]] + gain
    last = int(best.argmax()) - reach
    if last < 0 or not np.isfinite(best[reach + last]):
        return None
    places = np.empty(characters, np.intp)
    places[-1] = last
    for step in range(characters - 1, 0, -1):
        places[step - 1] = places[step] - distances[came[step, places[step]]]
    return Laid(
        columns=places,
        log_likelihoods=log_likelihoods[places, 1:],
        score=float(gain[places].mean()),
        before=_stands(log_likelihoods[places[0] :: -1], pitch),
        after=_stands(log_likelihoods[places[-1] :], pitch),
    )


def _stands(outwards: Floats, pitch: float) -> float:
    """Tell how surely another character may stand beyond the first column's; 1 where nothing is seen.

    outwards: what the reader says from that character's middle on, away from the line.
    """
    farthest = round(_BESIDE * pitch) + 1
    own = 1
    while own < min(len(outwards), round(_OWN * pitch) + 1) and outwards[own].argmax() != BETWEEN:
        own += 1
    beyond = outwards[own:farthest, BETWEEN]
    if len(outwards) < farthest - 1 or not len(beyond):
        return 1.0
    return float(1 - np.exp(beyond.min()))
