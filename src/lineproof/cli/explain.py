"""Draw how a document was read, as SVG: outlines and characters, no pixel of the photograph.

What was read surely is drawn dark; what is doubted, amber; what the grammar or a check digit changed,
red. The drawing says of a person what the zone says, and nothing else.
"""

import math
from collections.abc import Iterator
from html import escape
from pathlib import Path

from lineproof.decision.reasons import CATALOGUE
from lineproof.document.checks import SURE_ENOUGH
from lineproof.errors import Unavailable
from lineproof.ports import Examination, SeenZone

_INK, _PAPER, _QUIET, _DOUBT, _REPAIR = "#1b2a30", "#f6f4ee", "#6b7a80", "#b45f06", "#b00020"
# Without a photograph's size, where nothing was read.
_EMPTY = (1600, 1200)
_LINES_APART = (
    2.5  # in pitches; the block reaches half a pitch above the first line's middle and below the last's
)
_CAPITAL = 1.32  # size of type, by the pitch

Point = tuple[float, float]


def write_drawing(path: Path, examination: Examination) -> None:
    """Draw a reading into a file; Unavailable if it cannot be written."""
    try:
        path.write_text(draw_reading(examination), "utf-8")
    except OSError as error:
        raise Unavailable(
            f"The drawing cannot be written to {path}: {error.strerror}.",
            remedy="Name a file in a folder that is there and may be written to.",
        ) from error


def draw_reading(examination: Examination) -> str:
    """Write the drawing of one examination."""
    seen, zone = examination.seen, examination.zone
    width, height = (seen.width_px, seen.height_px) if seen else _EMPTY
    margin = width * 0.02
    frame = f'stroke="{_QUIET}" stroke-width="{width / 300:.1f}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">',
        f"<title>{escape(_title(examination))}</title>",
        f'<rect width="{width}" height="{height}" fill="{_PAPER}" {frame}/>',
    ]
    if seen and zone:
        outline = " ".join(f"{x},{y}" for x, y in seen.corners)
        parts.append(
            f'<polygon points="{outline}" fill="#fff" stroke="{_QUIET}" stroke-width="{width / 600:.1f}"/>'
        )
        parts += _characters(seen, zone, frozenset(examination.repaired))
    parts += _notes(examination, size=width / 62, margin=margin)
    return "\n".join([*parts, "</svg>", ""])


def _title(examination: Examination) -> str:
    return "The zone as it was read" if examination.zone else "The zone was not read"


def _characters(seen: SeenZone, zone: tuple[str, ...], repaired: frozenset[tuple[int, int]]) -> Iterator[str]:
    rows = (len(zone) - 1) * _LINES_APART + 1
    for number, line in enumerate(zone):
        for at, character in enumerate(line):
            down = (number * _LINES_APART + 0.5) / rows
            left, right = (_within(seen.corners, (at + side) / len(line), down) for side in (0.0, 1.0))
            (x0, y0), (x1, y1) = left, right
            pitch = math.hypot(x1 - x0, y1 - y0)
            slope = math.degrees(math.atan2(y1 - y0, x1 - x0))
            sure = int(seen.sureness[number][at]) / 10
            colour = _REPAIR if (number, at) in repaired else _INK if sure >= SURE_ENOUGH else _DOUBT
            yield (
                f'<text transform="translate({(x0 + x1) / 2:.1f} {(y0 + y1) / 2:.1f}) rotate({slope:.2f})" '
                f'text-anchor="middle" dominant-baseline="central" font-family="monospace" '
                f'font-size="{pitch * _CAPITAL:.1f}" fill="{colour}">{escape(character)}</text>'
            )


def _within(corners: tuple[tuple[int, int], ...], across: float, down: float) -> Point:
    """Give the place of the unit square's point in the four corners, as a photograph shows a plane."""
    (x0, y0), (x1, y1), (x2, y2), (x3, y3) = corners
    dx1, dx2, dx3 = x1 - x2, x3 - x2, x0 - x1 + x2 - x3
    dy1, dy2, dy3 = y1 - y2, y3 - y2, y0 - y1 + y2 - y3
    area = (dx1 * dy2 - dx2 * dy1) or 1
    g, h = (dx3 * dy2 - dx2 * dy3) / area, (dx1 * dy3 - dx3 * dy1) / area
    w = g * across + h * down + 1
    return (
        ((x1 - x0 + g * x1) * across + (x3 - x0 + h * x3) * down + x0) / w,
        ((y1 - y0 + g * y1) * across + (y3 - y0 + h * y3) * down + y0) / w,
    )


def _notes(examination: Examination, *, size: float, margin: float) -> Iterator[str]:
    """Say below the frame's upper edge what the colours mean, and what is not a pass."""
    notes = [
        (_INK, "read surely"),
        (_DOUBT, "doubted"),
        (_REPAIR, "changed by the zone's grammar or a check digit"),
    ]
    lines = notes if examination.zone else []
    for finding in examination.findings:
        if finding.reason is not None and finding.check.value.startswith("document_read"):
            reason = CATALOGUE[finding.reason]
            lines = [*lines, (_INK, reason.says), (_QUIET, reason.remedy)]
    for at, (colour, sentence) in enumerate(lines):
        y = margin + (at + 1) * size * 1.5
        yield (
            f'<text x="{margin:.1f}" y="{y:.1f}" font-family="sans-serif" font-size="{size:.1f}" '
            f'fill="{colour}">{escape(sentence)}</text>'
        )
