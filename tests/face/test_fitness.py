"""Which measured faces are fit to be compared, and which cause is named for the others."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineproof.face.quality import FaceMeasures, QualityIssue, QualityLimits, fitness

LIMITS = QualityLimits()
GOOD = FaceMeasures(
    confidence=0.95,
    eye_distance_px=90.0,
    sharpness=0.3,
    luminance=120.0,
    contrast=40.0,
    clipped_share=0.01,
    yaw_offset=0.0,
    roll_degrees=0.0,
)


def test_a_good_face_is_fit() -> None:
    assert fitness(GOOD, LIMITS) == ()


@pytest.mark.parametrize(
    ("spoiled", "issue"),
    [
        ({"confidence": 0.61}, QualityIssue.UNCLEAR),
        ({"eye_distance_px": 20.0}, QualityIssue.TOO_SMALL),
        ({"sharpness": 0.0}, QualityIssue.BLURRED),
        ({"luminance": 10.0}, QualityIssue.TOO_DARK),
        ({"luminance": 250.0}, QualityIssue.TOO_BRIGHT),
        ({"contrast": 2.0}, QualityIssue.FLAT),
        ({"clipped_share": 0.9}, QualityIssue.CLIPPED),
        ({"yaw_offset": 0.9}, QualityIssue.TURNED_AWAY),
        ({"yaw_offset": -0.9}, QualityIssue.TURNED_AWAY),
        ({"roll_degrees": 60.0}, QualityIssue.TILTED),
        ({"roll_degrees": -60.0}, QualityIssue.TILTED),
    ],
)
def test_each_fault_alone_is_named_and_nothing_else_is(
    spoiled: dict[str, float], issue: QualityIssue
) -> None:
    assert fitness(replace(GOOD, **spoiled), LIMITS) == (issue,)


def test_a_face_exactly_on_every_limit_is_fit() -> None:
    edge = FaceMeasures(
        confidence=LIMITS.least_confidence,
        eye_distance_px=LIMITS.least_eye_distance_px,
        sharpness=LIMITS.least_sharpness,
        luminance=LIMITS.most_luminance,
        contrast=LIMITS.least_contrast,
        clipped_share=LIMITS.most_clipped_share,
        yaw_offset=-LIMITS.most_yaw_offset,
        roll_degrees=LIMITS.most_roll_degrees,
    )
    assert fitness(edge, LIMITS) == ()


def test_every_cause_is_named_together_in_one_order() -> None:
    worst = FaceMeasures(0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 180.0)
    expected = tuple(issue for issue in QualityIssue if issue is not QualityIssue.TOO_BRIGHT)
    assert fitness(worst, LIMITS) == expected


@given(st.sampled_from(FaceMeasures.__slots__))
def test_a_measure_that_is_not_a_number_is_never_fit(name: str) -> None:
    assert fitness(replace(GOOD, **{name: float("nan")}), LIMITS) != ()
