"""Wilson's interval, held against values that are published and against its own definition."""

import math
from statistics import NormalDist

import pytest

from lineproof.decision.interval import wilson_interval

Z = NormalDist().inv_cdf(0.975)


@pytest.mark.parametrize(
    ("found", "of", "low", "high"),
    [
        # R. G. Newcombe (1998), Two-sided confidence intervals for the single proportion, table I, method 3.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_published_intervals_are_found(found: int, of: int, low: float, high: float):
    interval = wilson_interval(found, of)
    assert interval is not None
    assert [round(end, 4) for end in interval] == [low, high]


@pytest.mark.parametrize(("found", "of"), [(found, of) for of in (1, 2, 7, 40) for found in range(of + 1)])
def test_ends_are_the_shares_from_which_what_was_found_is_just_as_far_as_the_level(found: int, of: int):
    interval = wilson_interval(found, of)
    assert interval is not None
    for end in interval:
        if 0 < end < 1:
            assert abs(found / of - end) == pytest.approx(Z * math.sqrt(end * (1 - end) / of))
    assert interval[0] <= found / of <= interval[1]


def test_nothing_counted_has_no_interval_and_more_found_than_counted_is_refused():
    assert wilson_interval(0, 0) is None
    with pytest.raises(ValueError, match="among"):
        wilson_interval(2, 1)
