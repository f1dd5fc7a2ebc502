"""Repair by check digits what the reader doubts: the likeliest change by which every check digit holds.

In small and blurred print Z looks like I, T like 1, S like 5. What the reader takes for likeliest is then
wrong now and then, while its second choice is right, and a check digit can tell. A change is made only where

    1. every check digit holds after it, the composite one included
    2. it is of one character or two, each one that the reader itself holds possible
    3. no other such change is nearly as likely

Each is reported as a repair and none is accepted without a person (document/checks.py): a digit that chose
between two readings cannot vouch for either. G and 6, L and 1, U and 0 are never exchanged, for no sum can
tell them. A print whose digits are wrong stays so: what is read surely is not changed.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from lineproof.document.mrz import character_value, is_blind_between
from lineproof.document.mrz_format import FILLER, MrzFormat, allowed_characters
from lineproof.document.mrz_sums import CheckSum, check_sums
from lineproof.imaging.mrz_characters import ReadLine
from lineproof.imaging.mrz_networks import CHARACTERS
from lineproof.imaging.mrz_outcome import Repair

# The reader's belief from which a character is possible; chosen, as the next, on 600 drawn photographs that
# no rate was measured on: 50 wrong readings became exact, and no exact one wrong.
_POSSIBLE = 0.03
# By how much, in log likelihood, the likeliest change must surpass the next.
_CLEARLY = 0.25
_MOST_CANDIDATES = 48  # which bounds the pairs


@dataclass(frozen=True, slots=True)
class _Change:
    """One character in another's place. costs: log likelihood lost. turns: what it adds to each sum."""

    line: int
    position: int
    seen: str
    taken: str
    costs: float
    turns: tuple[int, ...]


def digits_hold(kind: MrzFormat, lines: tuple[str, ...]) -> bool:
    """Tell whether every check digit holds; false also where that cannot be told here."""
    sums = check_sums(kind, lines)
    return sums is not None and not any(each.of(lines) for each in sums)


def by_check_digits(kind: MrzFormat, read: Sequence[ReadLine]) -> tuple[Repair, ...]:
    """Say which characters to change so that every check digit holds; none where they do, or none is likely.

    read: the zone's lines, within its grammar. ICAO Doc 9303-3, 4.9.
    """
    lines = tuple(each.text for each in read)
    sums = check_sums(kind, lines)
    off = tuple(each.of(lines) for each in sums) if sums else ()
    if not sums or not any(off):
        return ()
    changes = sorted(_changes(kind, read, sums), key=lambda each: each.costs)[:_MOST_CANDIDATES]
    righting = sorted(_righting(changes, off), key=lambda each: each[0])
    if not righting or (len(righting) > 1 and righting[1][0] - righting[0][0] < _CLEARLY):
        return ()
    return tuple(Repair(each.line, each.position, each.seen, each.taken) for each in righting[0][1])


def _changes(kind: MrzFormat, read: Sequence[ReadLine], sums: Sequence[CheckSum]) -> Iterator[_Change]:
    """Give every change of one character that a sum notices and the reader holds possible."""
    checks = {each.check for each in sums}
    beliefs = [each.belief for each in read]
    for line, at in sorted({place for each in sums for place in each.weights}):
        seen, belief = read[line].text[at], beliefs[line][at]
        for number in np.flatnonzero(belief >= _POSSIBLE):
            taken = CHARACTERS[number]
            digit_or_none = (line, at) in checks and FILLER in (seen, taken)
            if (
                digit_or_none
                or taken not in allowed_characters(kind, line, at)
                or is_blind_between(seen, taken)
            ):
                continue
            step = character_value(taken) - character_value(seen)
            turns = tuple(each.weights.get((line, at), 0) * step % 10 for each in sums)
            costs = math.log(max(_POSSIBLE, belief[CHARACTERS.index(seen)]) / belief[number])
            yield _Change(line, at, seen, taken, costs, turns)


def _righting(
    changes: Sequence[_Change], off: tuple[int, ...]
) -> Iterator[tuple[float, tuple[_Change, ...]]]:
    """Give each change, and each two in different places, after which every sum is nought, with its cost."""
    for many in (1, 2):
        for together in combinations(changes, many):
            turned = [sum(each) % 10 for each in zip(off, *(each.turns for each in together), strict=True)]
            if any(turned) or len({(each.line, each.position) for each in together}) < many:
                continue
            yield sum(each.costs for each in together), together
