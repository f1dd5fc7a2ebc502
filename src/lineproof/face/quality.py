"""Is a measured face fit to be compared? Rules over plain numbers; the pixels stay in imaging.

A face that is not fit is not a face that fails: each finding here is a pass or indeterminate, never a
fail, and tells the person what to do about it. Components have the names of ISO/IEC 29794-5 where they
are the same thing; docs/divergences.md says where the measure behind a name is another one.
"""

import math
from dataclasses import dataclass

from lineproof.decision.finding import Check, Finding, Measure, Measured, indeterminate, passed
from lineproof.decision.reasons import ReasonCode


@dataclass(frozen=True, slots=True)
class FaceMeasures:
    """What was measured of one face, in the units and directions given here.

    confidence: of the detector, 0 to 1, larger is surer that this is a whole face.
    eye_distance_px: between the centres of the eyes, in pixels of the image as it was examined.
    sharpness: share of the gradient energy that a small blur takes away, in the direction where it is less,
        over the face brought to one size; 0 for a flat image, about 0.5 for a sharp one.
    under_exposed_share, over_exposed_share: share of the inner face, 0 to 1, so dark or so bright that
        detail is lost. The mean luminance is not judged: it would judge skin.
    dynamic_range_bits: entropy of the luminance of the inner face, 0 (flat) to 8.
    light_difference_stops: how much brighter one half of the face is than the other; 1 is twice as bright.
    yaw_offset: where the nose lies beside the plane of eyes and mouth, in eye distances; 0 is frontal,
        positive is towards the right of the image. About 0.25 at a head turn of 30 degrees.
    pitch_offset: the same downwards in the image; 0 is the alignment template's face.
    roll_degrees: slope of the line of the eyes, 0 is level, positive is clockwise in the image.
    compression_quality: of the JPEG file it came in, 1 to 100; 100 for files that lose nothing.
    """

    confidence: float
    eye_distance_px: float
    sharpness: float
    under_exposed_share: float
    over_exposed_share: float
    dynamic_range_bits: float
    light_difference_stops: float
    yaw_offset: float
    pitch_offset: float
    roll_degrees: float
    compression_quality: float


# How prominent a second face may be beside the main one. From the first on it is not plain whose face is
# meant, and a person looks; from the second on two people are before the camera. Of 300 LFW captures, which
# are press photographs, 2 reach the second and 10 more the first; most with somebody behind reach neither.
DOUBTFUL_RIVAL = 0.6
TWO_FACES = 0.9


@dataclass(frozen=True, slots=True)
class QualityLimits:
    """The bounds within which a face is compared without a word; units as in `FaceMeasures`.

    Each default is where the error-versus-discard curve says that photographs beyond it lose genuine
    comparisons, or where one in 200 good photographs would be marked, whichever marks fewer; what departs
    from that is said in docs/measurements.md, which shows the curves: `python -m bench.quality`.
    """

    least_confidence: float = 0.9
    least_eye_distance_px: float = 20.0
    least_sharpness: float = 0.3
    most_under_exposed_share: float = 0.95
    most_over_exposed_share: float = 0.1
    least_dynamic_range_bits: float = 4.5
    most_light_difference_stops: float = 2.0
    most_yaw_offset: float = 0.6
    most_pitch_offset: float = 0.35
    most_roll_degrees: float = 35.0
    least_compression_quality: float = 8.0


@dataclass(frozen=True, slots=True)
class _Rule:
    """One component: its check, what is measured, and the limit it is held against."""

    check: Check
    measured: Measured
    limit: str
    reason: ReasonCode

    def find(self, measures: FaceMeasures, limits: QualityLimits) -> Finding:
        kind, _, name = self.limit.partition("_")
        value, limit = float(getattr(measures, name)), float(getattr(limits, self.limit))
        if not math.isfinite(value):
            return indeterminate(self.check, self.reason)
        measure = Measure(self.measured, value)
        fit = value >= limit if kind == "least" else abs(value) <= limit
        return passed(self.check, measure) if fit else indeterminate(self.check, self.reason, measure)


_RULES = (
    _Rule(
        Check.FACE_OCCLUSION_PREVENTION,
        Measured.FACE_CONFIDENCE,
        "least_confidence",
        ReasonCode.CAPTURE_COVERED,
    ),
    _Rule(
        Check.INTER_EYE_DISTANCE,
        Measured.EYE_DISTANCE,
        "least_eye_distance_px",
        ReasonCode.CAPTURE_TOO_FAR,
    ),
    _Rule(Check.SHARPNESS, Measured.SHARPNESS, "least_sharpness", ReasonCode.CAPTURE_BLURRED),
    _Rule(
        Check.UNDER_EXPOSURE_PREVENTION,
        Measured.UNDER_EXPOSED_SHARE,
        "most_under_exposed_share",
        ReasonCode.CAPTURE_TOO_DARK,
    ),
    _Rule(
        Check.OVER_EXPOSURE_PREVENTION,
        Measured.OVER_EXPOSED_SHARE,
        "most_over_exposed_share",
        ReasonCode.CAPTURE_TOO_BRIGHT,
    ),
    _Rule(
        Check.DYNAMIC_RANGE, Measured.DYNAMIC_RANGE, "least_dynamic_range_bits", ReasonCode.CAPTURE_TOO_PALE
    ),
    _Rule(
        Check.ILLUMINATION_UNIFORMITY,
        Measured.LIGHT_DIFFERENCE,
        "most_light_difference_stops",
        ReasonCode.CAPTURE_LIT_FROM_ONE_SIDE,
    ),
    _Rule(Check.HEAD_POSE_YAW, Measured.YAW_OFFSET, "most_yaw_offset", ReasonCode.CAPTURE_TURNED_AWAY),
    _Rule(Check.HEAD_POSE_PITCH, Measured.PITCH_OFFSET, "most_pitch_offset", ReasonCode.CAPTURE_NOT_LEVEL),
    _Rule(Check.HEAD_POSE_ROLL, Measured.ROLL, "most_roll_degrees", ReasonCode.CAPTURE_TILTED),
    _Rule(
        Check.COMPRESSION_ARTIFACTS,
        Measured.COMPRESSION_QUALITY,
        "least_compression_quality",
        ReasonCode.CAPTURE_COMPRESSED,
    ),
)
QUALITY_CHECKS = tuple(rule.check for rule in _RULES)


def limit_of(check: Check) -> str:
    """Name the field of `QualityLimits` that holds for a component: least_ or most_, then the measure."""
    return next(rule.limit for rule in _RULES if rule.check is check)


def check_capture_quality(measures: FaceMeasures, limits: QualityLimits) -> tuple[Finding, ...]:
    """Find for each component of quality whether the face is fit to be compared, in one fixed order.

    A value exactly on a limit is fit; a measure that is not a number is not. Never a fail.
    ISO/IEC 29794-5 (face image quality).
    """
    return tuple(rule.find(measures, limits) for rule in _RULES)
