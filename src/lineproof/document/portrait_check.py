"""May the portrait on the page have been replaced?

A picture pasted over the portrait, or exchanged in the file, may differ from the page in its edges, in how it
lies, in noise and in sharpness. Each is a plain number, measured by imaging; here it is held against a limit.
None of them proves anything: worn laminate, a bent page or a strong light can show the same, and a good
forgery shows none of it. So what is beyond a limit is a reason for a person to look at the document. It is
never a fail by machine, and a pass says only that nothing of this kind was seen.

ICAO Doc 9303-3, section 3 (a portrait is printed upright, clear of the machine readable zone).
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from lineproof.decision.finding import Check, Finding, Measure, Measured, indeterminate, passed
from lineproof.decision.reasons import ReasonCode


class PortraitMeasure(Enum):
    """What is measured of the portrait against its page. `PortraitMeasures` has units and directions."""

    TURN = "turn"
    SLANT = "slant"
    OUTSIDE = "outside"
    DARK_RIM = "dark_rim"
    LIGHT_RIM = "light_rim"
    LESS_NOISE = "less_noise"
    MORE_NOISE = "more_noise"
    SHARPER = "sharper"


_MOST_TOLD = 3
_MEASURED = {
    PortraitMeasure.TURN: (Measured.PORTRAIT_TURN, "turn_degrees"),
    PortraitMeasure.SLANT: (Measured.PORTRAIT_SLANT, "slant_degrees"),
    PortraitMeasure.OUTSIDE: (Measured.PORTRAIT_OUTSIDE, "outside_mm"),
    PortraitMeasure.DARK_RIM: (Measured.PORTRAIT_DARK_RIM, "dark_rim_percent"),
    PortraitMeasure.LIGHT_RIM: (Measured.PORTRAIT_LIGHT_RIM, "light_rim_percent"),
    PortraitMeasure.LESS_NOISE: (Measured.PORTRAIT_NOISE, "noise_stops"),
    PortraitMeasure.MORE_NOISE: (Measured.PORTRAIT_NOISE, "noise_stops"),
    PortraitMeasure.SHARPER: (Measured.PORTRAIT_SHARPNESS, "sharpness_stops"),
}


@dataclass(frozen=True, slots=True)
class PortraitMeasures:
    """What was measured of one portrait against its page; None where it could not be.

    eye_distance_px: of the face on the straightened page.
    framed: a frame was found around the face. Without one, as where the picture melts into the page, the five
        measures that follow are None.
    turn_degrees: how far the frame is turned against the page, -6 to 6, positive is clockwise; 0 is upright.
    slant_degrees: the largest angle between two opposite edges; 0 is a rectangle.
    outside_mm: how far the frame reaches over the page's edge or into its zone; 0 is not at all.
    dark_rim_percent, light_rim_percent: how much darker (lighter) a line along one edge is than the paper and
        the picture beside it, less three times the same along the edge where it is least; per cent of the
        paper. 0 where all edges are about alike, as those of a printed frame are.
    noise_stops: how much more noise is in the portrait than in the print beside it; 1 is twice, -1 is half.
    sharpness_stops: how much sharper the sharpest lines of the portrait are than those of the print beside
        it; above 0 is sharper. A portrait is usually softer than text.
    """

    eye_distance_px: float
    framed: bool
    turn_degrees: float | None
    slant_degrees: float | None
    outside_mm: float | None
    dark_rim_percent: float | None
    light_rim_percent: float | None
    noise_stops: float | None
    sharpness_stops: float | None


@dataclass(frozen=True, slots=True)
class PortraitLimits:
    """Beyond these a person looks. A value exactly on a limit is within it.

    Chosen on drawn pages in drawn photographs; docs/measurements.md has the rates. Below the least eye
    distance (6 mm at ten pixels to the millimetre) too little print is left to compare with.
    """

    least_eye_distance_px: float = 60.0
    most_turn_degrees: float = 1.0
    most_slant_degrees: float = 2.0
    most_outside_mm: float = 1.5
    most_dark_rim_percent: float = 6.0
    most_light_rim_percent: float = 10.0
    most_less_noise_stops: float = 0.8
    most_more_noise_stops: float = 1.2
    most_sharper_stops: float = 1.0


def check_portrait_original(measures: PortraitMeasures | None, limits: PortraitLimits) -> Finding:
    """Check whether anything suggests that the portrait was replaced; never a fail.

    measures: None where no portrait was found. Not examined, and so indeterminate, when the face is smaller
    than the limit, or neither noise nor sharpness could be compared. The finding carries the first measures
    that are beyond a limit.
    """
    if measures is None or not measures.eye_distance_px >= limits.least_eye_distance_px:
        return indeterminate(Check.PORTRAIT_ORIGINAL, ReasonCode.PORTRAIT_NOT_EXAMINED)
    eyes = Measure(Measured.EYE_DISTANCE, min(measures.eye_distance_px, Measured.EYE_DISTANCE.unit.high))
    beyond = beyond_limits(measures, limits)
    if beyond:
        told = (_MEASURED[each] for each in beyond[:_MOST_TOLD])
        values = ((what, getattr(measures, name)) for what, name in told)
        numbers = tuple(Measure(what, value) for what, value in values if math.isfinite(value))
        return indeterminate(Check.PORTRAIT_ORIGINAL, ReasonCode.PORTRAIT_MAY_BE_REPLACED, eyes, *numbers)
    if measures.noise_stops is None and measures.sharpness_stops is None:
        return indeterminate(Check.PORTRAIT_ORIGINAL, ReasonCode.PORTRAIT_NOT_EXAMINED, eyes)
    return passed(Check.PORTRAIT_ORIGINAL, eyes)


def beyond_limits(measures: PortraitMeasures, limits: PortraitLimits) -> tuple[PortraitMeasure, ...]:
    """Name the measures beyond their limits, in the order of PortraitMeasure; one that is no number is."""
    return tuple(_beyond(measures, limits))


def _beyond(measures: PortraitMeasures, limits: PortraitLimits) -> Iterator[PortraitMeasure]:
    """Give the measures beyond their limits, in the order of PortraitMeasure."""
    turn, noise = measures.turn_degrees, measures.noise_stops
    held = (
        (PortraitMeasure.TURN, None if turn is None else abs(turn), limits.most_turn_degrees),
        (PortraitMeasure.SLANT, measures.slant_degrees, limits.most_slant_degrees),
        (PortraitMeasure.OUTSIDE, measures.outside_mm, limits.most_outside_mm),
        (PortraitMeasure.DARK_RIM, measures.dark_rim_percent, limits.most_dark_rim_percent),
        (PortraitMeasure.LIGHT_RIM, measures.light_rim_percent, limits.most_light_rim_percent),
        (PortraitMeasure.LESS_NOISE, None if noise is None else -noise, limits.most_less_noise_stops),
        (PortraitMeasure.MORE_NOISE, noise, limits.most_more_noise_stops),
        (PortraitMeasure.SHARPER, measures.sharpness_stops, limits.most_sharper_stops),
    )
    for what, value, most in held:
        if value is not None and (math.isnan(value) or value > most):
            yield what
