"""What comes of reading a machine readable zone: the lines with their doubts, or the step that failed."""

from dataclasses import dataclass
from enum import Enum

from lineproof.document.mrz_format import MrzFormat

# A reading at least this sure ends the search for a better one.
_SURE = 0.5


class Step(Enum):
    """Where reading ended, in the order of the steps."""

    ZONE_NOT_FOUND = "zone not found"
    LINE_CUT_SHORT = "the lines do not have the characters they must have, or are not all in the photograph"
    CHARACTERS_NOT_CLEAR = "characters not clear"


@dataclass(frozen=True, slots=True)
class NotRead:
    """No reading, and the furthest step that any proposed place came to."""

    step: Step


@dataclass(frozen=True, slots=True)
class Repair:
    """A character that the grammar of the zone or a check digit changed; line and position from nought."""

    line: int
    position: int
    seen: str
    taken: str


@dataclass(frozen=True, slots=True)
class MrzReading:
    """The lines as read, and where they lie.

    confidences: one per character, 0 to 1, larger is surer: the reader's belief in it, of its two readings
    the less sure one's, after a closer look at what it doubts. agreed: both readings saw the same characters
    everywhere, and no closer look another one.
    corners: of the block of all lines, in pixels of the upright original photograph: upper left, upper
    right, lower right, lower left as the document is read; as many pitches wide as a line has characters, and
    from half a pitch above the middle of the first line to half a pitch below that of the last.
    rotation_degrees: 0, 90, 180 or 270, how far the document lies turned clockwise.
    second_zone: another zone is in view, which can be read as well.
    """

    format: MrzFormat
    lines: tuple[str, ...]
    confidences: tuple[tuple[float, ...], ...]
    repairs: tuple[Repair, ...]
    agreed: bool
    corners: tuple[tuple[float, float], ...]
    rotation_degrees: int
    second_zone: bool = False

    @property
    def least_confidence(self) -> float:
        """Return the confidence of the least sure character."""
        return min(min(line) for line in self.confidences)

    @property
    def is_sure(self) -> bool:
        """Tell whether it may end the search: no doubt of any kind. Whether it is accepted, rules decide."""
        return self.agreed and not self.repairs and self.least_confidence >= _SURE
