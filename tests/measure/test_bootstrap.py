"""Intervals by resampling people: their arithmetic, and how often they hold the truth."""

import math

import numpy as np
import pytest

from lineproof.measure.bootstrap import Estimate, percentile_estimate, rate_estimate, resamples
from lineproof.measure.counts import FMR, PER_IDENTITY, Counted
from tests.measure.score_sets import a_score_set

NONE = np.zeros(0)


def test_every_replicate_draws_as_many_people_as_there_are():
    drawn = list(resamples(7, seed=1, replicates=50))
    assert all(weights.sum() == 7 and len(weights) == 7 for weights in drawn)
    assert [weights.tolist() for weights in resamples(7, seed=1, replicates=50)] == [
        weights.tolist() for weights in drawn
    ]
    assert len({tuple(weights) for weights in drawn}) > 40


def test_interval_where_nobody_or_everybody_fails_is_the_exact_one():
    """Clopper and Pearson, none of 20: the upper end solves (1 - p)^20 = 0.025, so p = 0.1684."""
    none, everybody = (
        rate_estimate(value, np.full(9, value), identities=20, failed=failed)
        for value, failed in ((0.0, 0), (1.0, 20))
    )
    assert (none.low, none.high) == (0, pytest.approx(0.16843, abs=1e-5))
    assert (everybody.low, everybody.high) == (pytest.approx(1 - 0.16843, abs=1e-5), 1)


def test_interval_with_few_failures_reaches_as_far_as_wilsons():
    """1 of 100: Wilson's interval is 0.0018 to 0.0545. What was resampled shows less than that."""
    found = rate_estimate(0.01, np.linspace(0.005, 0.02, 101), identities=100, failed=1)
    assert (found.low, found.high) == (pytest.approx(0.001767, abs=1e-6), pytest.approx(0.054487, abs=1e-6))


def test_interval_with_many_failures_is_wilsons_for_what_the_replicates_scatter_like():
    """0.1 with a variance of 0.0009 is 100 trials: 0.0552 to 0.1744, though 400 people stand behind it."""
    replicates = np.array([0.07, 0.13] * 50)
    found = rate_estimate(0.1, replicates, identities=400, failed=40)
    assert (found.low, found.high) == (pytest.approx(0.05523, abs=1e-5), pytest.approx(0.17437, abs=1e-5))
    still = rate_estimate(0.5, np.full(50, 0.5), identities=400, failed=400)
    assert (still.low, still.high) == (0.5, 0.5)


def test_upper_end_does_not_fall_when_one_more_person_fails():
    """Resampling alone would say 0 % to 3.6 % for none of 100 and less than that for a tenth of one."""
    none = rate_estimate(0.0, np.zeros(50), identities=100, failed=0)
    tenth = rate_estimate(0.001, np.linspace(0, 0.003, 50), identities=100, failed=1)
    assert none.high is not None
    assert tenth.high > none.high


def test_fewer_than_ten_people_have_no_interval():
    assert rate_estimate(0.5, np.array([0.4, 0.6]), identities=9, failed=4) == Estimate(0.5, None, None)
    found = rate_estimate(math.nan, np.array([0.4]), identities=90, failed=4)
    assert (found.low, found.high) == (None, None)


def test_replicates_without_the_figure_make_it_unknown_when_they_are_many():
    figures = np.linspace(1, 2, 1000)
    figures[:10] = np.nan
    assert percentile_estimate(1.5, figures).low is not None
    figures[:11] = np.inf
    assert percentile_estimate(1.5, figures) == Estimate(1.5, None, None)
    assert percentile_estimate(1.5, NONE) == Estimate(1.5, None, None)


def clustered_people(random: np.random.Generator) -> dict[int, list[float]]:
    """Eighty people with ten comparisons each; one in eight is difficult, and misses half of them."""
    difficult = random.random(80) < 0.125
    missed = random.random((80, 10)) < np.where(difficult, 0.5, 0.01)[:, None]
    return {person: np.where(row, 0.1, 0.9).tolist() for person, row in enumerate(missed)}


def holds(low: float, high: float, truth: float) -> bool:
    return low <= truth <= high


def binomial(errors: int, trials: int, truth: float) -> bool:
    """Whether the usual interval, which takes comparisons for independent, holds the truth: the control."""
    share = errors / trials
    half = 1.96 * math.sqrt(share * (1 - share) / trials)
    return holds(share - half, share + half, truth)


def test_interval_of_the_fnmr_holds_the_truth_as_often_as_it_says():
    """The truth is 0.125 * 0.5 + 0.875 * 0.01. Errors come in people: counting comparisons is too sure."""
    truth, random, tries = 0.125 * 0.5 + 0.875 * 0.01, np.random.default_rng(20261121), 80
    held = control = 0
    for _ in range(tries):
        genuine = clustered_people(random)
        counted = Counted(a_score_set(genuine, [(0, 1, 0.2)], persons=80))
        step = np.array([500_000])
        drawn = counted.replicates(np.zeros(0), step, seed=1, replicates=80)[:, PER_IDENTITY, 0]
        value = float(counted.read(step)[PER_IDENTITY, 0])
        (people, failed), *_ = counted.people(500_000)
        found = rate_estimate(value, drawn[np.isfinite(drawn)], identities=people, failed=failed)
        held += holds(found.low, found.high, truth)
        errors = sum(score < 0.5 for scores in genuine.values() for score in scores)
        control += binomial(errors, 800, truth)
    assert 0.9 * tries <= held <= 0.99 * tries
    assert control < 0.75 * tries


def test_interval_of_the_fmr_holds_the_truth_though_comparisons_share_people():
    """Forty people, all against all. One in five is like many: two such match 4 times in 10, one with

    another 1 in 10, others 1 in 100. The truth is 0.04 * 0.4 + 0.32 * 0.1 + 0.64 * 0.01.
    """
    truth, random, tries = 0.04 * 0.4 + 0.32 * 0.1 + 0.64 * 0.01, np.random.default_rng(20261122), 60
    first, second = np.triu_indices(40, 1)
    held = control = 0
    for _ in range(tries):
        alike = (random.random(40) < 0.2).astype(int)
        match = random.random(len(first)) < np.array([0.01, 0.1, 0.4])[alike[first] + alike[second]]
        impostors = zip(first.tolist(), second.tolist(), np.where(match, 0.9, 0.1).tolist(), strict=True)
        counted = Counted(a_score_set({0: [0.9]}, impostors))
        drawn = counted.replicates(np.zeros(0), np.array([500_000]), seed=1, replicates=80)[:, FMR, 0]
        found = percentile_estimate(float(match.mean()), drawn)
        held += holds(found.low, found.high, truth)
        control += binomial(int(match.sum()), len(match), truth)
    assert 0.9 * tries <= held
    assert control < 0.8 * tries
