"""Lines of text on a page, and which of them stand under or beside a label.

Documents print a label above its value or, on many cards, to the left of it. Where more than one line may be
meant, none is: a wrong guess would make a difference of two fields that agree.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from lineproof.document.printed_labels import is_label

# A value lies at most so many heights (of the smaller line) below its label, or (of the label) right of it.
_REACH_BELOW, _REACH_RIGHT = 3.0, 12.0


@dataclass(frozen=True, slots=True)
class PrintedLine:
    """One line of text read on a page.

    confidence: of its least sure character, 0 to 1, larger is surer. left, top, right, bottom: the upright
    box around it, in pixels of the page, from its upper left corner.
    """

    text: str
    confidence: float
    left: float
    top: float
    right: float
    bottom: float

    @property
    def height(self) -> float:
        """Give the height of the box."""
        return self.bottom - self.top

    @property
    def middle(self) -> float:
        """Give the height of its middle on the page."""
        return (self.top + self.bottom) / 2


def continues(upper: PrintedLine, lower: PrintedLine) -> bool:
    """Say whether a line may be the second of a name that was too long for one."""
    return (
        lower.top > upper.middle
        and lower.top - upper.bottom < upper.height
        and abs(lower.left - upper.left) < upper.height
    )


def value_beside(
    label: PrintedLine, rivals: Sequence[PrintedLine], lines: Sequence[PrintedLine]
) -> PrintedLine | None:
    """Find the one line under a label, or to the right of it; None where there is none or a choice.

    rivals: those of the lines that it may be.
    """
    under = [line for line in rivals if _is_under(label, line) and not _is_parted(label, line, lines)]
    over = [line for line in rivals if _is_under(line, label)]
    right = [line for line in rivals if _is_right_of(label, line)]
    if len(under) == 1 and over:
        # Some documents print the label under its value.
        gap = under[0].top - label.bottom
        return under[0] if all(label.top - line.bottom > gap for line in over) else None
    found = under or right
    return found[0] if len(found) == 1 else None


def _is_under(upper: PrintedLine, lower: PrintedLine) -> bool:
    overlap = min(upper.right, lower.right) - max(upper.left, lower.left)
    reach = _REACH_BELOW * min(upper.height, lower.height)
    return overlap > 0 and lower.middle > upper.bottom and lower.top - upper.bottom < reach


def _is_parted(label: PrintedLine, line: PrintedLine, lines: Sequence[PrintedLine]) -> bool:
    """Say whether another label stands between a label and a line."""
    return any(
        _is_under(label, other) and _is_under(other, line)
        for other in lines
        if other not in {label, line} and is_label(other.text)
    )


def _is_right_of(label: PrintedLine, line: PrintedLine) -> bool:
    gap = line.left - label.right
    return label.top < line.middle < label.bottom and -label.height < gap < _REACH_RIGHT * label.height
