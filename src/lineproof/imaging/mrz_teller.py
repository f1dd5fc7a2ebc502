"""Tell the letter O from the figure 0 where the reader cannot, by a closer look at the one character.

In OCR-B they differ by their corners and by a sixteenth of their height, which is less than a pixel at the
size at which lines are read. Where the grammar allows one alone nothing is asked; where both may stand, as in
a number, the look decides, and how sure it is becomes the character's confidence.
"""

from collections.abc import Callable, Sequence

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
_BOTH, _DOUBTED = 0.5, 0.997


def tell_apart(
    one: Floats,
    other: Floats,
    kind: MrzFormat,
    line: int,
    *,
    finer: Callable[[], Cutter],
    row: int,
    characters_at: Doubles,
    networks: MrzNetworks,
) -> tuple[Floats, Floats]:
    """Give both readings' beliefs in a line's characters with O and 0 told apart.

    one, other: (n, 37), as the reader has them. finer: makes the zone ready for cutting at the size of
    patches, which is seldom needed; row, characters_at: where the line is in it.
    """
    asked = [
        position
        for position, belief in enumerate((one + other) / 2)
        if _is_asked(belief) and allowed_characters(kind, line, position) >= set(ALIKE)
    ]
    if not asked:
        return one, other
    cutting = finer()
    told = networks.told_apart([cutting.patch(row, characters_at, position) for position in asked])
    return _told(one, asked, told), _told(other, asked, told)


def _is_asked(belief: Floats) -> bool:
    pair = belief[_AT]
    likeliest = int(belief.argmax()) in _AT
    return likeliest and pair.sum() > _BOTH and pair.max() < _DOUBTED * pair.sum()


def _told(belief: Floats, asked: Sequence[int], told: Floats) -> Floats:
    """Share what a reading believes of the two as they were told apart."""
    changed = belief.copy()
    pair = belief[np.ix_(asked, _AT)].sum(axis=1, keepdims=True)
    changed[np.ix_(asked, _AT)] = pair * told
    return changed
