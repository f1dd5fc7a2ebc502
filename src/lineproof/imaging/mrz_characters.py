"""Which character each place of a line is taken for: the likeliest that the grammar allows."""

from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from lineproof.document.mrz_format import MrzFormat, allowed_characters
from lineproof.imaging.mrz_networks import CHARACTERS
from lineproof.imaging.mrz_outcome import Repair

Floats = NDArray[np.float32]


@dataclass(slots=True)
class ReadLine:
    """A line as it is read so far.

    one, other: the belief of each reading in each of CHARACTERS at each place, (n, 37). repairs: by position.
    """

    text: str
    one: Floats
    other: Floats
    repairs: dict[int, Repair]

    @property
    def belief(self) -> Floats:
        """Give what both readings believe together, (n, 37)."""
        return (self.one + self.other) / 2

    @property
    def confidences(self) -> tuple[float, ...]:
        """Give for each character the belief of the less sure reading in it."""
        places = np.arange(len(self.text)), [CHARACTERS.index(each) for each in self.text]
        return tuple(np.minimum(self.one[places], self.other[places]).tolist())

    def change(self, repair: Repair) -> None:
        """Change a character; with what the grammar changed there before it is one repair."""
        at = repair.position
        self.text = self.text[:at] + repair.taken + self.text[at + 1 :]
        before = self.repairs.get(at)
        self.repairs[at] = repair if before is None else replace(repair, seen=before.seen)


def by_grammar(one: Floats, other: Floats, kind: MrzFormat, line: int) -> ReadLine:
    """Take the likeliest character at each place, or where the grammar forbids it the likeliest it allows.

    one, other: the belief of each reading in each of CHARACTERS at each place of this line, (n, 37).
    """
    text, repairs = "", {}
    for position, belief in enumerate(one + other):
        allowed = _allowed(kind, line, position)
        seen = int(belief.argmax())
        taken = seen if seen in allowed else max(allowed, key=lambda at: float(belief[at]))
        if taken != seen:
            repairs[position] = Repair(line, position, CHARACTERS[seen], CHARACTERS[taken])
        text += CHARACTERS[taken]
    return ReadLine(text, one, other, repairs)


@cache
def _allowed(kind: MrzFormat, line: int, position: int) -> tuple[int, ...]:
    return tuple(CHARACTERS.index(each) for each in allowed_characters(kind, line, position))
