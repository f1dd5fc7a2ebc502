"""Which measured faces are fit to be compared, and what is said about the others."""

from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineproof.decision.finding import Check, Outcome
from lineproof.decision.reasons import CATALOGUE, ReasonCode
from lineproof.face.quality import QUALITY_CHECKS, FaceMeasures, QualityLimits, check_capture_quality

LIMITS = QualityLimits()
GOOD = FaceMeasures(
    confidence=0.95,
    eye_distance_px=90.0,
    sharpness=0.5,
    under_exposed_share=0.0,
    over_exposed_share=0.0,
    dynamic_range_bits=7.0,
    light_difference_stops=0.2,
    yaw_offset=0.0,
    pitch_offset=0.0,
    roll_degrees=0.0,
    compression_quality=90.0,
)
SPOILED = [
    ("confidence", 0.61, Check.FACE_OCCLUSION_PREVENTION, ReasonCode.CAPTURE_COVERED),
    ("eye_distance_px", 9.0, Check.INTER_EYE_DISTANCE, ReasonCode.CAPTURE_TOO_FAR),
    ("sharpness", 0.0, Check.SHARPNESS, ReasonCode.CAPTURE_BLURRED),
    ("under_exposed_share", 1.0, Check.UNDER_EXPOSURE_PREVENTION, ReasonCode.CAPTURE_TOO_DARK),
    ("over_exposed_share", 1.0, Check.OVER_EXPOSURE_PREVENTION, ReasonCode.CAPTURE_TOO_BRIGHT),
    ("dynamic_range_bits", 1.0, Check.DYNAMIC_RANGE, ReasonCode.CAPTURE_TOO_PALE),
    ("light_difference_stops", 6.0, Check.ILLUMINATION_UNIFORMITY, ReasonCode.CAPTURE_LIT_FROM_ONE_SIDE),
    ("yaw_offset", 0.9, Check.HEAD_POSE_YAW, ReasonCode.CAPTURE_TURNED_AWAY),
    ("yaw_offset", -0.9, Check.HEAD_POSE_YAW, ReasonCode.CAPTURE_TURNED_AWAY),
    ("pitch_offset", 0.9, Check.HEAD_POSE_PITCH, ReasonCode.CAPTURE_NOT_LEVEL),
    ("pitch_offset", -0.9, Check.HEAD_POSE_PITCH, ReasonCode.CAPTURE_NOT_LEVEL),
    ("roll_degrees", 60.0, Check.HEAD_POSE_ROLL, ReasonCode.CAPTURE_TILTED),
    ("roll_degrees", -60.0, Check.HEAD_POSE_ROLL, ReasonCode.CAPTURE_TILTED),
    ("compression_quality", 1.0, Check.COMPRESSION_ARTIFACTS, ReasonCode.CAPTURE_COMPRESSED),
]


def unfit(measures: FaceMeasures) -> dict[Check, ReasonCode | None]:
    """Give the checks that did not pass, with their reasons."""
    findings = check_capture_quality(measures, LIMITS)
    return {finding.check: finding.reason for finding in findings if finding.outcome is not Outcome.PASS}


def test_a_good_face_is_fit():
    assert unfit(GOOD) == {}


@pytest.mark.parametrize(("name", "value", "check", "reason"), SPOILED)
def test_each_fault_alone_is_named_and_nothing_else_is(
    name: str, value: float, check: Check, reason: ReasonCode
):
    assert unfit(replace(GOOD, **{name: value})) == {check: reason}


def test_every_component_has_a_fault_above():
    assert {check for _, _, check, _ in SPOILED} == set(QUALITY_CHECKS)
    assert {name for name, _, _, _ in SPOILED} == {field.name for field in fields(FaceMeasures)}


def test_a_face_exactly_on_every_limit_is_fit():
    on_limit = {limit.name.partition("_")[2]: getattr(LIMITS, limit.name) for limit in fields(QualityLimits)}
    assert set(on_limit) == {field.name for field in fields(FaceMeasures)}
    assert unfit(FaceMeasures(**on_limit)) == {}


def test_findings_come_in_one_order_and_each_once():
    found = [finding.check for finding in check_capture_quality(GOOD, LIMITS)]
    assert tuple(found) == QUALITY_CHECKS
    assert len(set(found)) == len(found)


def test_poor_quality_is_never_a_fail():
    worst = FaceMeasures(0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 8.0, 1.0, 1.0, 180.0, 0.0)
    findings = check_capture_quality(worst, LIMITS)
    assert {finding.outcome for finding in findings} == {Outcome.INDETERMINATE}


@given(st.sampled_from(FaceMeasures.__slots__), st.sampled_from([float("nan"), float("inf"), -float("inf")]))
def test_a_measure_that_is_not_a_number_is_never_fit_and_is_not_reported(name: str, value: float):
    findings = check_capture_quality(replace(GOOD, **{name: value}), LIMITS)
    (bad,) = [finding for finding in findings if finding.outcome is not Outcome.PASS]
    assert bad.measures == ()


def test_every_fault_says_what_to_do_in_words_of_its_own():
    remedies = {CATALOGUE[reason].remedy for _, _, _, reason in SPOILED}
    assert len(remedies) == len({reason for _, _, _, reason in SPOILED})
    assert "Turn towards the window" in CATALOGUE[ReasonCode.CAPTURE_TOO_DARK].remedy
