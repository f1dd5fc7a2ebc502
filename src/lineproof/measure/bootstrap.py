"""Intervals by resampling the people, not their comparisons.

Comparisons that share a person are not independent: one difficult face fails in all its comparisons. So whole
identities are drawn with replacement, as many as there are. An identity drawn w times brings its genuine
comparisons w times; a comparison of identities a and b counts w(a) * w(b) times, since either may be what
makes it alike. This is the vertex (pigeonhole) bootstrap: Snijders and Borgatti 1999, Owen 2007; it errs on
the wide side. ISO/IEC 19795-1 asks for intervals that account for such dependence.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

REPLICATES = 1000
LEVEL = 0.95
# Fewer people than this say nothing about the people who were not asked.
LEAST_IDENTITIES = 10
# The share of replicates that may lack a value, being beyond what was kept, before there is no interval.
MOST_LACKING = 0.01

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A rate or a ratio with its 95 % interval; low and high are None when none can be given."""

    value: float
    low: float | None
    high: float | None


def resamples(persons: int, *, seed: int, replicates: int) -> Iterator[Integers]:
    """Draw how often each identity stands in each replicate: shape (persons,), summing to persons.

    The same seed draws the same people, whatever is measured of them: so differences are paired.
    """
    random = np.random.default_rng(seed)
    for _ in range(replicates):
        yield np.bincount(random.integers(0, persons, persons), minlength=persons)


def rate_estimate(value: float, replicated: Floats, *, identities: int, failed: int) -> Estimate:
    """Give a rate its interval: percentiles of the replicates, where needed wider.

    Percentiles are too narrow upward when few people err. So the interval reaches at least as far as Wilson's
    (1927) for as many independent trials as would scatter like the replicates; and for no more than there are
    people while fewer than LEAST_IDENTITIES err at all, since nothing is known of those who did not turn up.
    When nobody, or everybody, errs, it is the exact one (Clopper and Pearson 1934), people as trials.

    identities: how many people stand behind the rate; with fewer than LEAST_IDENTITIES there is no interval.
    failed: how many of them err at all.
    """
    if identities < LEAST_IDENTITIES or math.isnan(value):
        return Estimate(value, None, None)
    beyond = ((1 - LEVEL) / 2) ** (1 / identities)
    if value <= 0:
        return Estimate(0.0, 0.0, 1 - beyond)
    if value >= 1:
        return Estimate(1.0, beyond, 1.0)
    found = percentile_estimate(value, replicated)
    if found.low is None or found.high is None:
        return found
    scatter = float(np.nanvar(replicated))
    trials = value * (1 - value) / scatter if scatter > 0 else math.inf
    if failed < LEAST_IDENTITIES:
        trials = min(trials, identities)
    low, high = _wilson(value, trials)
    return Estimate(value, min(found.low, low), max(found.high, high))


def _wilson(share: float, trials: float) -> tuple[float, float]:
    z = NormalDist().inv_cdf((1 + LEVEL) / 2)
    middle = share + z * z / (2 * trials)
    half = z * math.sqrt(share * (1 - share) / trials + (z / (2 * trials)) ** 2)
    scale = 1 + z * z / trials
    return (middle - half) / scale, (middle + half) / scale


def percentile_estimate(value: float, replicated: Floats) -> Estimate:
    """Give any figure its percentile interval; none when too many replicates lack the figure."""
    present = replicated[np.isfinite(replicated)]
    if not len(present) or len(present) < (1 - MOST_LACKING) * len(replicated):
        return Estimate(value, None, None)
    low, high = np.quantile(present, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Estimate(value, float(low), float(high))
