"""What is beyond a limit is for a person to look at; nothing about a portrait is a fail by machine."""

import math
from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineproof.decision.finding import Measured, Outcome
from lineproof.decision.reasons import ReasonCode
from lineproof.document.portrait_check import (
    PortraitLimits,
    PortraitMeasure,
    PortraitMeasures,
    beyond_limits,
    check_portrait_original,
)

LIMITS = PortraitLimits()
GENUINE = PortraitMeasures(
    eye_distance_px=90.0,
    framed=True,
    turn_degrees=0.2,
    slant_degrees=0.4,
    outside_mm=0.0,
    dark_rim_percent=1.0,
    light_rim_percent=2.0,
    noise_stops=-0.2,
    sharpness_stops=-0.6,
)
UNFRAMED = replace(
    GENUINE,
    framed=False,
    turn_degrees=None,
    slant_degrees=None,
    outside_mm=None,
    dark_rim_percent=None,
    light_rim_percent=None,
)


def test_a_portrait_like_its_page_passes_and_names_nothing() -> None:
    finding = check_portrait_original(GENUINE, LIMITS)
    assert (finding.outcome, finding.reason) == (Outcome.PASS, None)
    assert beyond_limits(GENUINE, LIMITS) == ()


def test_a_portrait_that_melts_into_its_page_is_examined_by_noise_and_sharpness_alone() -> None:
    assert check_portrait_original(UNFRAMED, LIMITS).outcome is Outcome.PASS
    exchanged = replace(UNFRAMED, noise_stops=-1.5)
    assert beyond_limits(exchanged, LIMITS) == (PortraitMeasure.LESS_NOISE,)
    assert [each.what for each in check_portrait_original(exchanged, LIMITS).measures] == [
        Measured.EYE_DISTANCE,
        Measured.PORTRAIT_NOISE,
    ]


@pytest.mark.parametrize(
    ("changed", "beyond"),
    [
        ({"turn_degrees": 1.1}, PortraitMeasure.TURN),
        ({"turn_degrees": -1.1}, PortraitMeasure.TURN),
        ({"slant_degrees": 2.1}, PortraitMeasure.SLANT),
        ({"outside_mm": 1.6}, PortraitMeasure.OUTSIDE),
        ({"dark_rim_percent": 6.1}, PortraitMeasure.DARK_RIM),
        ({"light_rim_percent": 10.1}, PortraitMeasure.LIGHT_RIM),
        ({"noise_stops": -0.9}, PortraitMeasure.LESS_NOISE),
        ({"noise_stops": 1.3}, PortraitMeasure.MORE_NOISE),
        ({"sharpness_stops": 1.1}, PortraitMeasure.SHARPER),
    ],
)
def test_each_measure_beyond_its_limit_is_a_reason_to_look_and_is_named(
    changed: dict[str, float], beyond: PortraitMeasure
) -> None:
    finding = check_portrait_original(replace(GENUINE, **changed), LIMITS)
    assert finding.outcome is Outcome.INDETERMINATE
    assert finding.reason is ReasonCode.PORTRAIT_MAY_BE_REPLACED
    assert beyond_limits(replace(GENUINE, **changed), LIMITS) == (beyond,)
    assert len(finding.measures) == 2


def test_a_value_on_its_limit_is_within_it() -> None:
    on_limits = PortraitMeasures(
        eye_distance_px=LIMITS.least_eye_distance_px,
        framed=True,
        turn_degrees=-LIMITS.most_turn_degrees,
        slant_degrees=LIMITS.most_slant_degrees,
        outside_mm=LIMITS.most_outside_mm,
        dark_rim_percent=LIMITS.most_dark_rim_percent,
        light_rim_percent=LIMITS.most_light_rim_percent,
        noise_stops=-LIMITS.most_less_noise_stops,
        sharpness_stops=LIMITS.most_sharper_stops,
    )
    assert check_portrait_original(on_limits, LIMITS).outcome is Outcome.PASS


def test_a_portrait_softer_than_the_text_is_no_reason_however_soft() -> None:
    assert check_portrait_original(replace(GENUINE, sharpness_stops=-5.0), LIMITS).outcome is Outcome.PASS


@pytest.mark.parametrize("eye_distance_px", [0.0, 59.9, math.nan])
def test_a_portrait_too_small_is_not_examined_whatever_else_was_measured(eye_distance_px: float) -> None:
    small = replace(GENUINE, eye_distance_px=eye_distance_px, turn_degrees=5.0)
    finding = check_portrait_original(small, LIMITS)
    assert finding.outcome is Outcome.INDETERMINATE
    assert finding.reason is ReasonCode.PORTRAIT_NOT_EXAMINED


def test_without_a_portrait_or_anything_to_compare_nothing_was_examined() -> None:
    for measures in (None, replace(UNFRAMED, noise_stops=None, sharpness_stops=None)):
        finding = check_portrait_original(measures, LIMITS)
        assert finding.reason is ReasonCode.PORTRAIT_NOT_EXAMINED


def test_a_frame_beyond_a_limit_is_named_though_nothing_else_could_be_measured() -> None:
    turned = replace(GENUINE, turn_degrees=3.0, noise_stops=None, sharpness_stops=None)
    assert beyond_limits(turned, LIMITS) == (PortraitMeasure.TURN,)


_NUMBER = st.none() | st.floats()


@given(st.floats(), st.booleans(), st.tuples(*[_NUMBER] * 7))
def test_whatever_was_measured_it_never_fails_and_a_pass_names_no_reason(
    eyes: float, framed: bool, rest: tuple[float | None, ...]
) -> None:
    names = [field.name for field in fields(PortraitMeasures)][2:]
    measures = PortraitMeasures(eyes, framed, **dict(zip(names, rest, strict=True)))
    finding = check_portrait_original(measures, LIMITS)
    assert finding.outcome is not Outcome.FAIL
    assert (finding.outcome is Outcome.PASS) == (finding.reason is None)
    if finding.outcome is Outcome.PASS:
        assert not any(value is not None and math.isnan(value) for value in rest)
