"""Look again, more closely, at the characters that the reader doubts.

In small print out of focus Z looks like I, and O like Q; in OCR-B the letter O and the figure 0 differ by a
sixteenth of their height, which is less than a pixel at the size at which lines are read. A network that sees
the one character about twice as large, and has not learnt from the reader, is asked for its own opinion, and
how sure both are together becomes the character's confidence.

    1. where the reader sees O or 0, both may stand and it is not all but sure, the look alone decides between
       the two
    2. where it doubts, the look and the reading count alike
    3. where the look takes another character for likeliest than the readings do, they do not agree; what was
       read so is for a person, whichever is chosen
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lineproof.document.mrz_format import MrzFormat, allowed_characters
from lineproof.imaging.mrz_networks import CHARACTERS, MrzNetworks
from lineproof.imaging.mrz_strips import Cutter

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

ALIKE = "O0"
_AT = [CHARACTERS.index(each) for each in ALIKE]
# Where the reader's belief is in these two alone, and less than this share of it in one of them.
_BOTH, _ALL_BUT_SURE = 0.5, 0.997
_DOUBTED = 0.97  # belief in the likeliest character, of both readings on average, below which it is doubted
_LOOK = 0.5  # the weight of the look, against the reading's
_LEAST = 1e-6  # what is believed less is believed so much, so that neither forbids what the other sees


@dataclass(frozen=True, slots=True)
class LookedAt:
    """Both readings' beliefs in a line's characters, (n, 37), after a look. agreed: it contradicts none."""

    one: Floats
    other: Floats
    agreed: bool


def look_closer(
    one: Floats,
    other: Floats,
    kind: MrzFormat,
    line: int,
    *,
    finer: Callable[[], Cutter],
    row: int,
    characters_at: Doubles,
    networks: MrzNetworks,
) -> LookedAt:
    """Look closer at what two readings of a line doubt.

    one, other: (n, 37), as the reader has them; what each believes of a place altogether stays as it is.
    finer: makes the zone ready for cutting at the size of patches, which is seldom needed; row and
    characters_at: where the line is in it.
    """
    belief = (one + other) / 2
    between = [at for at in range(len(belief)) if _is_between(belief[at], kind, line, at)]
    asked = sorted({*between, *np.flatnonzero(belief.max(axis=1) < _DOUBTED).tolist()})
    if not asked:
        return LookedAt(one, other, agreed=True)
    cutting = finer()
    seen = networks.told_apart([cutting.patch(row, characters_at, position) for position in asked])
    told = dict(zip(asked, seen, strict=True))
    one, other = one.copy(), other.copy()
    for position in between:
        pair = told[position][_AT] / told[position][_AT].sum()
        for reading in (one, other):
            reading[position, _AT] = reading[position, _AT].sum() * pair
    belief, agreed = (one + other) / 2, True
    for position in np.flatnonzero(belief.max(axis=1) < _DOUBTED).tolist():
        agreed &= bool(told[position].argmax() == belief[position].argmax())
        for reading in (one, other):
            reading[position] = _together(reading[position], told[position])
    return LookedAt(one, other, agreed)


def _is_between(belief: Floats, kind: MrzFormat, line: int, position: int) -> bool:
    """Tell whether O or 0 is seen, both may stand there, and which it is is not all but sure."""
    pair = belief[_AT]
    seen = int(belief.argmax()) in _AT and pair.sum() > _BOTH and pair.max() < _ALL_BUT_SURE * pair.sum()
    return bool(seen) and allowed_characters(kind, line, position) >= set(ALIKE)


def _together(belief: Floats, look: Floats) -> Floats:
    """Weigh a reading's belief in each character with the look's; the sum stays the reading's."""
    whole = belief.sum()
    both = (belief / whole + _LEAST) ** (1 - _LOOK) * (look + _LEAST) ** _LOOK
    return whole * both / both.sum()
