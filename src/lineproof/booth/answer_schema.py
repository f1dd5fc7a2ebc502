"""What the booth may say of each check, and how many bits that is at most.

A worker that was taken over by a malicious image can lie in every field, and so write anything into the
fields themselves. What it can carry out is bounded by the number of different answers there are: this table
closes them, `parse_answer` refuses what is outside, and `bound` counts them. An embedding does not fit.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import comb, log2, prod

from lineproof.decision.finding import Check, Finding, Measured, Outcome
from lineproof.decision.reasons import ReasonCode
from lineproof.document.mrz_format import MrzFormat
from lineproof.ports import Stage
from lineproof.referral import WRAPPED_KEY_BYTES

ZONE_SHAPES = frozenset((kind.line_count, kind.line_length) for kind in MrzFormat)
ZONE_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789<"
MOST_REPAIRED = 24  # places told; a reading with more repairs says how many, and where the first are
MILLISECONDS_STEP, MOST_MILLISECONDS = 10, 20_000
MOST_PIXELS_A_SIDE = 2**16 - 1

_FAIL, _UNSURE = Outcome.FAIL, Outcome.INDETERMINATE


@dataclass(frozen=True, slots=True)
class Sayable:
    """What may be said of one check: a pass or one of these, with at most `most` of these measures, in order.

    most: -1 for all of them.
    """

    against: tuple[tuple[Outcome, ReasonCode], ...]
    measures: tuple[Measured, ...] = ()
    most: int = -1

    def allows(self, finding: Finding) -> bool:
        """Tell whether a finding is one of those that may be said."""
        said = finding.outcome is Outcome.PASS or (finding.outcome, finding.reason) in self.against
        places = [self.measures.index(each.what) for each in finding.measures if each.what in self.measures]
        whole = len(places) == len(finding.measures) and places == sorted(set(places))
        return said and whole and (self.most < 0 or len(places) <= self.most)

    def ways(self) -> int:
        """Count how many different things may be said, nothing among them."""
        steps = [round((each.unit.high - each.unit.low) / each.unit.step) + 1 for each in self.measures]
        most = len(steps) if self.most < 0 else self.most
        chosen = [1] + [0] * most  # how many ways there are to give so many of the measures
        for count in steps:
            for size in range(most, 0, -1):
                chosen[size] += chosen[size - 1] * count
        return 1 + (1 + len(self.against)) * sum(chosen)


def _unsure(*reasons: ReasonCode) -> tuple[tuple[Outcome, ReasonCode], ...]:
    return tuple((_UNSURE, reason) for reason in reasons)


def _failed(*reasons: ReasonCode) -> tuple[tuple[Outcome, ReasonCode], ...]:
    return tuple((_FAIL, reason) for reason in reasons)


_PRINTED = Sayable(
    _unsure(ReasonCode.PRINTED_FIELDS_DIFFER, ReasonCode.PRINTED_FIELDS_NOT_READ, ReasonCode.CHECK_NOT_DONE),
    (Measured.FIELDS_DIFFERING,),
)

OF_THE_DOCUMENT = {
    Check.DOCUMENT_READ: Sayable(
        (
            *_failed(
                ReasonCode.DOCUMENT_NOT_IN_VIEW,
                ReasonCode.DOCUMENT_LINE_CUT_SHORT,
                ReasonCode.DOCUMENT_NOT_CLEAR,
            ),
            *_unsure(ReasonCode.DOCUMENT_READ_UNSURE),
        ),
        (Measured.READING_CONFIDENCE, Measured.REPAIRED_CHARACTERS),
    ),
    Check.ONE_DOCUMENT: Sayable(_failed(ReasonCode.TWO_DOCUMENTS)),
    Check.CHECK_DIGITS: Sayable(_failed(ReasonCode.CHECK_DIGITS_WRONG), (Measured.WRONG_CHECK_DIGITS,)),
    Check.DOCUMENT_ACCEPTED: Sayable(_failed(ReasonCode.DOCUMENT_NOT_ACCEPTED)),
    Check.DOCUMENT_IN_DATE: Sayable(_failed(ReasonCode.DOCUMENT_EXPIRED), (Measured.DAYS_TO_EXPIRY,)),
    Check.DOCUMENT_GENUINE: Sayable(_unsure(ReasonCode.DOCUMENT_NOT_PROVEN_GENUINE)),
    Check.PRINTED_NAME_AGREES: _PRINTED,
    Check.PRINTED_NUMBER_AGREES: _PRINTED,
    Check.PRINTED_DATES_AGREE: _PRINTED,
    Check.BARCODE_AGREES: Sayable(
        _unsure(ReasonCode.BARCODE_NOT_READ, ReasonCode.BARCODE_DIFFERS), (Measured.FIELDS_DIFFERING,)
    ),
}

OF_FACES = {
    Check.EVIDENCE_DISTINCT: Sayable(_failed(ReasonCode.SAME_IMAGE_TWICE)),
    Check.PORTRAIT_ORIGINAL: Sayable(
        _unsure(ReasonCode.PORTRAIT_MAY_BE_REPLACED, ReasonCode.PORTRAIT_NOT_EXAMINED),
        (
            Measured.EYE_DISTANCE,
            Measured.PORTRAIT_TURN,
            Measured.PORTRAIT_SLANT,
            Measured.PORTRAIT_OUTSIDE,
            Measured.PORTRAIT_DARK_RIM,
            Measured.PORTRAIT_LIGHT_RIM,
            Measured.PORTRAIT_NOISE,
            Measured.PORTRAIT_SHARPNESS,
        ),
        most=4,
    ),
    Check.PORTRAIT_FOUND: Sayable(_failed(ReasonCode.PORTRAIT_NOT_FOUND), (Measured.EYE_DISTANCE,)),
    Check.FACE_OCCLUSION_PREVENTION: Sayable(
        _unsure(ReasonCode.CAPTURE_COVERED), (Measured.FACE_CONFIDENCE,)
    ),
    Check.INTER_EYE_DISTANCE: Sayable(_unsure(ReasonCode.CAPTURE_TOO_FAR), (Measured.EYE_DISTANCE,)),
    Check.SHARPNESS: Sayable(_unsure(ReasonCode.CAPTURE_BLURRED), (Measured.SHARPNESS,)),
    Check.UNDER_EXPOSURE_PREVENTION: Sayable(
        _unsure(ReasonCode.CAPTURE_TOO_DARK), (Measured.UNDER_EXPOSED_SHARE,)
    ),
    Check.OVER_EXPOSURE_PREVENTION: Sayable(
        _unsure(ReasonCode.CAPTURE_TOO_BRIGHT), (Measured.OVER_EXPOSED_SHARE,)
    ),
    Check.DYNAMIC_RANGE: Sayable(_unsure(ReasonCode.CAPTURE_TOO_PALE), (Measured.DYNAMIC_RANGE,)),
    Check.ILLUMINATION_UNIFORMITY: Sayable(
        _unsure(ReasonCode.CAPTURE_LIT_FROM_ONE_SIDE), (Measured.LIGHT_DIFFERENCE,)
    ),
    Check.HEAD_POSE_YAW: Sayable(_unsure(ReasonCode.CAPTURE_TURNED_AWAY), (Measured.YAW_OFFSET,)),
    Check.HEAD_POSE_PITCH: Sayable(_unsure(ReasonCode.CAPTURE_NOT_LEVEL), (Measured.PITCH_OFFSET,)),
    Check.HEAD_POSE_ROLL: Sayable(_unsure(ReasonCode.CAPTURE_TILTED), (Measured.ROLL,)),
    Check.COMPRESSION_ARTIFACTS: Sayable(
        _unsure(ReasonCode.CAPTURE_COMPRESSED), (Measured.COMPRESSION_QUALITY,)
    ),
    Check.ONE_FACE: Sayable(
        (*_failed(ReasonCode.NO_FACE, ReasonCode.TWO_FACES), *_unsure(ReasonCode.TWO_FACES)),
        (Measured.RIVAL_FACE,),
    ),
    Check.SAME_PERSON: Sayable(
        (*_failed(ReasonCode.FACE_NOT_MATCHED), *_unsure(ReasonCode.FACE_MATCH_UNSURE)),
        (Measured.SIMILARITY,),
    ),
    Check.LIVE: Sayable(
        _unsure(
            *(ReasonCode.NOT_PROVEN_LIVE, ReasonCode.CHALLENGE_NOT_CURRENT, ReasonCode.CHALLENGE_NOT_SEEN),
            *(ReasonCode.CHALLENGE_NOT_FOLLOWED, ReasonCode.FACE_CHANGED, ReasonCode.TWO_FACES),
        ),
        (Measured.SIMILARITY, Measured.HEAD_TURN),
    ),
    Check.HOLDER_PRESENT: Sayable(_unsure(ReasonCode.HOLDER_NOT_ATTESTED)),
}

SAYABLE = OF_THE_DOCUMENT | OF_FACES
_FACE_STAGES = frozenset({Stage.DECODE, Stage.PORTRAIT, Stage.CAPTURE, Stage.COMPARE})


@dataclass(frozen=True, slots=True)
class Bound:
    """Bits that an answer can carry at most. faces: of what it says of faces, and the times of their stages.

    whole: of everything. explained: where a reading is to be explained as well, for `lineproof read` alone.
    referred: where the key of a case was named, and a wrapped key may come with it.
    """

    faces: float
    whole: float
    explained: float
    referred: float


def bound() -> Bound:
    """Count the answers there are; the bits are the logarithm."""
    times = MOST_MILLISECONDS // MILLISECONDS_STEP + 2  # and none
    faces = _ways(OF_FACES.values()) * times ** len(_FACE_STAGES)
    rest = _ways(OF_THE_DOCUMENT.values()) * times ** (len(Stage) - len(_FACE_STAGES))
    zone = 1 + sum(len(ZONE_ALPHABET) ** (count * length) for count, length in ZONE_SHAPES)
    most = max(count * length for count, length in ZONE_SHAPES)
    repaired = sum(comb(most, many) for many in range(MOST_REPAIRED + 1))
    attested = 2
    whole = faces * rest * zone * repaired * attested
    place = (MOST_PIXELS_A_SIDE + 1) ** 2
    seen = 1 + place**5 * 10**most
    wrapped = 1 + 256**WRAPPED_KEY_BYTES
    return Bound(log2(faces), log2(whole), log2(whole * seen), log2(whole * wrapped))


def _ways(sayable: Iterable[Sayable]) -> int:
    return prod(each.ways() for each in sayable)
