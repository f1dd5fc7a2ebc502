"""Is a measured face fit to be compared? Rules over plain numbers; the pixels stay in imaging.

A face that is not fit is not a face that fails: the caller asks for another photograph or says
"indeterminate". Which measures to take follows ISO/IEC 29794-5; the limits are our own, set so that
at most 0.5 % of the photographs in `tools/calibrate_faces.py` are marked.
"""

import enum
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FaceMeasures:
    """What was measured of one face, in the units and directions given here.

    confidence: of the detector, 0 to 1, larger is surer that this is a face.
    eye_distance_px: between the centres of the eyes, in pixels of the image as it was examined.
    sharpness: variance of the Laplacian over variance of the luminance, over the face brought to 112 x 112
        pixels; 0 for a flat image, larger is sharper (or noisier).
    luminance: mean over the inner face, 0 (black) to 255 (white).
    contrast: standard deviation of the same luminance, grey levels, larger is more contrast.
    clipped_share: share of the inner face, 0 to 1, that is nearly black or nearly white: detail lost.
    yaw_offset: where the nose lies beside the plane of eyes and mouth, in eye distances; 0 is frontal,
        positive is towards the right of the image. About 0.25 at a head turn of 30 degrees.
    roll_degrees: slope of the line of the eyes, 0 is level, positive is clockwise in the image.
    """

    confidence: float
    eye_distance_px: float
    sharpness: float
    luminance: float
    contrast: float
    clipped_share: float
    yaw_offset: float
    roll_degrees: float


# How prominent a second face may be beside the main one. From the first on it is not plain whose face is
# meant, and a person looks; from the second on two people are before the camera. Of 300 LFW captures, which
# are press photographs, 2 reach the second and 10 more the first; most with somebody behind reach neither.
DOUBTFUL_RIVAL = 0.6
TWO_FACES = 0.9


class QualityIssue(enum.Enum):
    """One cause why a face is not fit to be compared."""

    UNCLEAR = "unclear"  # the detector itself is unsure
    TOO_SMALL = "too_small"
    BLURRED = "blurred"
    TOO_DARK = "too_dark"
    TOO_BRIGHT = "too_bright"
    FLAT = "flat"  # so little contrast that no feature can be told
    CLIPPED = "clipped"  # glare or deep shadow over the face
    TURNED_AWAY = "turned_away"
    TILTED = "tilted"


@dataclass(frozen=True, slots=True)
class QualityLimits:
    """The bounds within which a face is compared; units as in `FaceMeasures`.

    The defaults are loose: they mark 17 of 3,811 LFW photographs and 11 of their 3,809 simulated portraits.
    LFW gives no reason for narrower ones: the comparison missed no more of those marked than of the others.
    A policy that can ask for another photograph asks for 30 px between the eyes: with 20, a grey portrait
    loses five genuine comparisons in a hundred.
    """

    least_confidence: float = 0.7
    least_eye_distance_px: float = 22.0
    least_sharpness: float = 0.02
    least_luminance: float = 40.0
    most_luminance: float = 230.0
    least_contrast: float = 10.0
    most_clipped_share: float = 0.5
    most_yaw_offset: float = 0.8
    most_roll_degrees: float = 35.0


def fitness(measures: FaceMeasures, limits: QualityLimits) -> tuple[QualityIssue, ...]:
    """List every cause why this face is not fit to be compared; an empty tuple means it is fit.

    The order is that of `QualityIssue`, so that the same photograph always gives the same answer. A value
    exactly on a limit is fit; a measure that is not a number is not.

    ISO/IEC 29794-5 (face image quality).
    """
    fit = {
        QualityIssue.UNCLEAR: measures.confidence >= limits.least_confidence,
        QualityIssue.TOO_SMALL: measures.eye_distance_px >= limits.least_eye_distance_px,
        QualityIssue.BLURRED: measures.sharpness >= limits.least_sharpness,
        QualityIssue.TOO_DARK: measures.luminance >= limits.least_luminance,
        QualityIssue.TOO_BRIGHT: measures.luminance <= limits.most_luminance,
        QualityIssue.FLAT: measures.contrast >= limits.least_contrast,
        QualityIssue.CLIPPED: measures.clipped_share <= limits.most_clipped_share,
        QualityIssue.TURNED_AWAY: abs(measures.yaw_offset) <= limits.most_yaw_offset,
        QualityIssue.TILTED: abs(measures.roll_degrees) <= limits.most_roll_degrees,
    }
    return tuple(issue for issue in QualityIssue if not fit[issue])
