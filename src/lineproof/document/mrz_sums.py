"""What each check digit of a zone is computed over, as sums that must come out as nought.

ICAO Doc 9303-3, 4.9: a character's value times 7, 3, 1 in turn, added up, without its tens. Taken together
with the check digit itself, at weight -1, the sum is nought exactly where the digit holds.
"""

from dataclasses import dataclass

from lineproof.document.mrz import CHECK_WEIGHTS, character_value
from lineproof.document.mrz_format import COMPOSITE_PARTS, FIELDS, FILLER, Entry, Field, MrzFormat

Place = tuple[int, int]  # line and position, from nought
_CHECKED = (
    (Entry.NUMBER, Entry.NUMBER_CHECK),
    (Entry.BIRTH, Entry.BIRTH_CHECK),
    (Entry.EXPIRY, Entry.EXPIRY_CHECK),
    (Entry.PERSONAL_NUMBER, Entry.PERSONAL_NUMBER_CHECK),
)


@dataclass(frozen=True, slots=True)
class CheckSum:
    """One check digit, with what it is computed over. weights: of each place, its own included."""

    check: Place
    weights: dict[Place, int]

    def of(self, lines: tuple[str, ...]) -> int:
        """Add up, 0 to 9; 0 where the digit holds."""
        return (
            sum(weight * character_value(lines[line][at]) for (line, at), weight in self.weights.items()) % 10
        )


def check_sums(kind: MrzFormat, lines: tuple[str, ...]) -> tuple[CheckSum, ...] | None:
    """Give the sums of every check digit that these lines must have, the composite one last.

    None where a filler stands for a digit that is elsewhere or missing: a number that goes on in the optional
    data, a personal number without its digit. A personal number that is not there has no sum.
    """
    fields = {field.name: field for field in FIELDS[kind]}
    sums = []
    for covered, check in _CHECKED:
        if covered not in fields:
            continue
        if fields[check].of(lines) == FILLER:
            if covered is not Entry.PERSONAL_NUMBER or fields[covered].of(lines).strip(FILLER):
                return None
            continue
        sums.append(_sum(_places(fields[covered]), fields[check]))
    if Entry.COMPOSITE_CHECK in fields:
        places = [(line, at) for line, start, end in COMPOSITE_PARTS[kind] for at in range(start, end)]
        sums.append(_sum(places, fields[Entry.COMPOSITE_CHECK]))
    return tuple(sums)


def _places(field: Field) -> list[Place]:
    return [(field.line, at) for at in range(field.start, field.end)]


def _sum(covered: list[Place], check: Field) -> CheckSum:
    weights = {place: CHECK_WEIGHTS[at % 3] for at, place in enumerate(covered)}
    place = (check.line, check.start)
    return CheckSum(place, weights | {place: -1})
