"""A finding: what one check established, with its measures."""

import math
from dataclasses import dataclass
from enum import Enum

from lineproof.decision.reasons import ReasonCode


class Outcome(Enum):
    """Three values, not two: a check that could not be carried out neither passed nor failed."""

    PASS = "pass"  # noqa: S105 -- an outcome, not a password
    INDETERMINATE = "indeterminate"
    FAIL = "fail"


class Check(Enum):
    """Every check there is. A closed list: none is about what a person is, only about genuineness."""

    EVIDENCE_DISTINCT = "evidence_distinct"
    DOCUMENT_READ = "document_read"
    ONE_DOCUMENT = "one_document"
    CHECK_DIGITS = "check_digits"
    DOCUMENT_ACCEPTED = "document_accepted"
    DOCUMENT_IN_DATE = "document_in_date"
    DOCUMENT_GENUINE = "document_genuine"
    # Of the rest of the page; never a fail.
    PRINTED_NAME_AGREES = "printed_name_agrees"
    PRINTED_NUMBER_AGREES = "printed_number_agrees"
    PRINTED_DATES_AGREE = "printed_dates_agree"
    BARCODE_AGREES = "barcode_agrees"
    PORTRAIT_ORIGINAL = "portrait_original"
    PORTRAIT_FOUND = "portrait_found"
    # Of the capture's quality, by the names of ISO/IEC 29794-5; never a fail.
    FACE_OCCLUSION_PREVENTION = "face_occlusion_prevention"
    INTER_EYE_DISTANCE = "inter_eye_distance"
    SHARPNESS = "sharpness"
    UNDER_EXPOSURE_PREVENTION = "under_exposure_prevention"
    OVER_EXPOSURE_PREVENTION = "over_exposure_prevention"
    DYNAMIC_RANGE = "dynamic_range"
    ILLUMINATION_UNIFORMITY = "illumination_uniformity"
    HEAD_POSE_YAW = "head_pose_yaw"
    HEAD_POSE_PITCH = "head_pose_pitch"
    HEAD_POSE_ROLL = "head_pose_roll"
    COMPRESSION_ARTIFACTS = "compression_artifacts"
    ONE_FACE = "one_face"
    SAME_PERSON = "same_person"
    LIVE = "live"
    PASSIVE_LIVENESS = "passive_liveness"
    HOLDER_PRESENT = "holder_present"
    HOLDER_CERTAIN = "holder_certain"
    WITHIN_CAP = "within_cap"
    # By the date of birth in the document, and by nothing else.
    ADULT_BY_DOCUMENT = "adult_by_document"


# Checks that earlier releases recorded and none carries out any more; rows that name them stay as they are.
RETIRED_CHECKS = ("capture_fit",)


@dataclass(frozen=True, slots=True)
class Unit:
    """The range and the step of a measure: `low` to `high`, rounded to a multiple of `step`."""

    symbol: str
    low: float
    high: float
    step: float


class Measured(Enum):
    """What can be measured, each with its unit below. Nothing else leaves the booth as a number."""

    SIMILARITY = "similarity"
    EYE_DISTANCE = "eye_distance"
    RIVAL_FACE = "rival_face"
    FACE_CONFIDENCE = "face_confidence"
    SHARPNESS = "sharpness"
    UNDER_EXPOSED_SHARE = "under_exposed_share"
    OVER_EXPOSED_SHARE = "over_exposed_share"
    DYNAMIC_RANGE = "dynamic_range"
    LIGHT_DIFFERENCE = "light_difference"
    YAW_OFFSET = "yaw_offset"
    PITCH_OFFSET = "pitch_offset"
    ROLL = "roll"
    COMPRESSION_QUALITY = "compression_quality"
    HEAD_TURN = "head_turn"
    ATTACK_SCORE = "attack_score"
    READING_CONFIDENCE = "reading_confidence"
    REPAIRED_CHARACTERS = "repaired_characters"
    WRONG_CHECK_DIGITS = "wrong_check_digits"
    DAYS_TO_EXPIRY = "days_to_expiry"
    FIELDS_DIFFERING = "fields_differing"
    PORTRAIT_TURN = "portrait_turn"
    PORTRAIT_SLANT = "portrait_slant"
    PORTRAIT_OUTSIDE = "portrait_outside"
    PORTRAIT_DARK_RIM = "portrait_dark_rim"
    PORTRAIT_LIGHT_RIM = "portrait_light_rim"
    PORTRAIT_NOISE = "portrait_noise"
    PORTRAIT_SHARPNESS = "portrait_sharpness"
    LINES_HELD = "lines_held"
    CAP = "cap"
    ATTESTATIONS_BY_AGENT = "attestations_by_agent"

    @property
    def unit(self) -> Unit:
        """Give the unit, range and step."""
        return _UNITS[self]


_UNITS = {
    Measured.SIMILARITY: Unit("", 0.0, 1.0, 0.001),
    Measured.EYE_DISTANCE: Unit("px", 0, 1000, 1),
    Measured.RIVAL_FACE: Unit("", 0.0, 1.0, 0.01),
    # Coarse on purpose: a step tells a person what to mend, and says little else about a face.
    Measured.FACE_CONFIDENCE: Unit("", 0.0, 1.0, 0.02),
    Measured.SHARPNESS: Unit("", 0.0, 1.0, 0.02),
    Measured.UNDER_EXPOSED_SHARE: Unit("", 0.0, 1.0, 0.05),
    Measured.OVER_EXPOSED_SHARE: Unit("", 0.0, 1.0, 0.05),
    Measured.DYNAMIC_RANGE: Unit("bits", 0.0, 8.0, 0.25),
    Measured.LIGHT_DIFFERENCE: Unit("stops", 0.0, 8.0, 0.25),
    Measured.YAW_OFFSET: Unit("eye distances", -1.0, 1.0, 0.05),
    Measured.PITCH_OFFSET: Unit("eye distances", -1.0, 1.0, 0.05),
    Measured.ROLL: Unit("degrees", -180, 180, 5),
    Measured.COMPRESSION_QUALITY: Unit("", 0, 100, 5),
    Measured.HEAD_TURN: Unit("eye distances", 0.0, 1.0, 0.01),
    Measured.ATTACK_SCORE: Unit("", 0.0, 1.0, 0.01),
    Measured.READING_CONFIDENCE: Unit("", 0.0, 1.0, 0.01),
    Measured.REPAIRED_CHARACTERS: Unit("characters", 0, 90, 1),
    Measured.WRONG_CHECK_DIGITS: Unit("digits", 0, 5, 1),
    Measured.FIELDS_DIFFERING: Unit("fields", 0, 5, 1),
    Measured.PORTRAIT_TURN: Unit("degrees", -6, 6, 0.25),
    Measured.PORTRAIT_SLANT: Unit("degrees", 0, 30, 0.25),
    Measured.PORTRAIT_OUTSIDE: Unit("mm", 0, 50, 0.5),
    Measured.PORTRAIT_DARK_RIM: Unit("%", 0, 100, 1),
    Measured.PORTRAIT_LIGHT_RIM: Unit("%", 0, 100, 1),
    Measured.PORTRAIT_NOISE: Unit("stops", -4, 4, 0.1),
    Measured.PORTRAIT_SHARPNESS: Unit("stops", -4, 4, 0.1),
    Measured.DAYS_TO_EXPIRY: Unit("days", -36500, 36500, 1),
    Measured.LINES_HELD: Unit("lines", 0, 9999, 1),
    Measured.CAP: Unit("lines", 0, 9999, 1),
    Measured.ATTESTATIONS_BY_AGENT: Unit("attestations", 0, 10**9, 1),
}


@dataclass(frozen=True, slots=True)
class Measure:
    """One measured number, brought into its unit's range and onto its step when made."""

    what: Measured
    value: float

    def __post_init__(self) -> None:
        """Quantise; refuse what is not a number."""
        unit = self.what.unit
        if not math.isfinite(self.value):
            raise ValueError(f"{self.what.name} is not a finite number")
        steps = round((min(max(self.value, unit.low), unit.high) - unit.low) / unit.step)
        object.__setattr__(self, "value", round(unit.low + steps * unit.step, 6))


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check established. Anything but a pass names its catalogued reason; a pass has none."""

    check: Check
    outcome: Outcome
    reason: ReasonCode | None = None
    measures: tuple[Measure, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a finding against somebody that does not say why."""
        if (self.outcome is Outcome.PASS) != (self.reason is None):
            raise ValueError(f"{self.check.value}: a finding has a reason exactly when it is not a pass")


def passed(check: Check, *measures: Measure) -> Finding:
    """Make a finding that the check was carried out and met."""
    return Finding(check, Outcome.PASS, None, measures)


def failed(check: Check, reason: ReasonCode, *measures: Measure) -> Finding:
    """Make a finding that the check was carried out and not met."""
    return Finding(check, Outcome.FAIL, reason, measures)


def indeterminate(check: Check, reason: ReasonCode, *measures: Measure) -> Finding:
    """Make a finding that the check could not be carried out, or gave no clear result."""
    return Finding(check, Outcome.INDETERMINATE, reason, measures)
