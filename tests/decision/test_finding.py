"""What one check established."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineproof.decision.finding import (
    Check,
    Finding,
    Measure,
    Measured,
    Outcome,
    failed,
    indeterminate,
    passed,
)
from lineproof.decision.reasons import ReasonCode

MEASURED = st.sampled_from(Measured)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)


@pytest.mark.parametrize("outcome", [Outcome.FAIL, Outcome.INDETERMINATE])
def test_finding_against_somebody_says_why(outcome: Outcome):
    with pytest.raises(ValueError, match="reason"):
        Finding(Check.LIVE, outcome)


def test_pass_has_no_reason():
    with pytest.raises(ValueError, match="reason"):
        Finding(Check.LIVE, Outcome.PASS, ReasonCode.NOT_PROVEN_LIVE)


def test_the_three_makers_make_the_three_outcomes():
    measure = Measure(Measured.SIMILARITY, 0.5)
    assert passed(Check.LIVE, measure) == Finding(Check.LIVE, Outcome.PASS, None, (measure,))
    for make, outcome in ((failed, Outcome.FAIL), (indeterminate, Outcome.INDETERMINATE)):
        made = make(Check.LIVE, ReasonCode.NOT_PROVEN_LIVE, measure)
        assert made == Finding(Check.LIVE, outcome, ReasonCode.NOT_PROVEN_LIVE, (measure,))


@given(what=MEASURED, value=NUMBERS)
def test_measure_lies_in_its_range_and_on_its_step(what: Measured, value: float):
    measure, unit = Measure(what, value), what.unit
    assert unit.low <= measure.value <= unit.high
    steps = (measure.value - unit.low) / unit.step
    assert math.isclose(steps, round(steps), abs_tol=1e-6)


@given(what=MEASURED, value=NUMBERS)
def test_measure_of_a_measure_is_the_same(what: Measured, value: float):
    measure = Measure(what, value)
    assert Measure(what, measure.value) == measure


@given(what=MEASURED, place=st.floats(0, 1))
def test_measure_within_its_range_moves_by_at_most_half_a_step(what: Measured, place: float):
    value = what.unit.low + place * (what.unit.high - what.unit.low)
    assert abs(Measure(what, value).value - value) <= what.unit.step / 2 * (1 + 1e-6)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_not_a_number_is_no_measure(value: float):
    with pytest.raises(ValueError, match="finite"):
        Measure(Measured.SIMILARITY, value)


@pytest.mark.parametrize("what", Measured)
def test_every_measure_has_a_unit_with_whole_levels(what: Measured):
    unit = what.unit
    assert unit.low < unit.high
    steps = (unit.high - unit.low) / unit.step
    assert math.isclose(steps, round(steps))
