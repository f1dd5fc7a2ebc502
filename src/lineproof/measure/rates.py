"""Error rates of a comparison, with their intervals (ISO/IEC 19795-1).

FMR, the false match rate: the share of completed comparisons of two people at or above a threshold.
FNMR, the false non-match rate: the share of completed comparisons of somebody with themselves below it.
GFAR and GFRR, the generalized false accept and reject rates: the same over all intended comparisons, of which
those that failed for want of a face in either photograph are non-matches.

Per pair, every comparison counts once. Per identity, every person with a completed genuine comparison weighs
the same: the number to quote, since few people make up most pairs.

A threshold is set at a false match rate in whole millionths of similarity: the least one whose FMR is at most
the target. Within every replicate of the bootstrap it is set anew, so that the interval of an FNMR holds
the doubt about the threshold too.
"""

import math
from dataclasses import dataclass

import numpy as np

from lineproof.errors import Malformed
from lineproof.measure.bootstrap import (
    REPLICATES,
    Estimate,
    Floats,
    percentile_estimate,
    rate_estimate,
)
from lineproof.measure.counts import FMR, GENERALIZED_PER_IDENTITY, HAIR, PER_IDENTITY, Counted
from lineproof.measure.progress import Progress, silent
from lineproof.measure.scores import FAILED, STEPS, Integers, ScoreSet

# Rule of 3: without any false match among n comparisons, the FMR is below 3/n with 95 % confidence. So fewer
# than 3/FMR comparisons cannot show that FMR.
RULE_OF_THREE = 3
# Rule of 30 (Doddington): with fewer errors than this a rate is not yet known within 30 % at 90 % confidence.
RULE_OF_THIRTY = 30
DET_STEPS_PER_DECADE = 10


@dataclass(frozen=True, slots=True)
class Misses:
    """Shares of genuine comparisons that do not match. generalized: failures count as non-matches."""

    per_identity: Estimate
    per_pair: Estimate
    generalized_per_identity: Estimate
    generalized_per_pair: Estimate


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """What happens at one threshold.

    target_fmr: the FMR the threshold was set for; None when the threshold was given.
    threshold: similarity, a comparison matches at or above it. None when the target cannot be measured;
        then the rates are None too, and why says what is missing.
    fmr: what the threshold gives on these comparisons; false_matches: how many that are.
    non_matches: completed genuine comparisons that do not match; people_not_matched: of how many people.
    few_false_matches, few_non_matches: fewer than thirty false matches, and fewer than thirty people with a
        non-match: the rule of 30 asks for independent errors, which those of one person are not.
    """

    target_fmr: float | None
    threshold: float | None
    fmr: Estimate | None
    false_matches: int | None
    non_matches: int | None
    people_not_matched: int | None
    generalized_fmr: float | None
    misses: Misses | None
    few_false_matches: bool
    few_non_matches: bool
    why: str | None

    @property
    def per_identity(self) -> Estimate:
        """Give the FNMR per identity; Malformed when the point could not be measured."""
        return self._measured.per_identity

    @property
    def generalized_per_identity(self) -> Estimate:
        """Give the GFRR per identity; Malformed when the point could not be measured."""
        return self._measured.generalized_per_identity

    @property
    def _measured(self) -> Misses:
        if self.misses is None:
            raise Malformed(self.why or "This point was not measured.")
        return self.misses


@dataclass(frozen=True, slots=True)
class Rates:
    """All rates of one measurement: at target FMRs, along the DET curve, at given thresholds."""

    at_targets: tuple[OperatingPoint, ...]
    det: tuple[OperatingPoint, ...]
    at_thresholds: tuple[OperatingPoint, ...]


@dataclass(frozen=True, slots=True)
class PairedDifference:
    """Two ways of comparing the same people, each at the threshold of the same FMR.

    baseline, variant: FNMR per identity. difference: variant minus baseline, below zero is better; its
    interval is of the difference within each replicate. generalized_difference: the same of the GFRR.
    """

    target_fmr: float
    baseline: OperatingPoint
    variant: OperatingPoint
    difference: Estimate
    generalized_difference: Estimate


def fnmr_at_fmr(
    scores: ScoreSet, target_fmr: float, *, seed: int, replicates: int = REPLICATES
) -> OperatingPoint:
    """Measure the FNMR at the threshold of one FMR.

    A target that the comparisons cannot show gives a point without a threshold that says why.
    """
    rates = measure_rates(scores, targets=(target_fmr,), seed=seed, replicates=replicates, det=False)
    return rates.at_targets[0]


def measure_rates(
    scores: ScoreSet,
    *,
    targets: tuple[float, ...],
    thresholds: tuple[float, ...] = (),
    seed: int,
    replicates: int = REPLICATES,
    det: bool = True,
    progress: Progress = silent,
) -> Rates:
    """Measure the error rates at target FMRs, along the DET curve and at given thresholds.

    targets: each above 0 and at most 1. thresholds: similarities. seed: of the resampling of people.
    progress: told how many replicates are done, of how many.
    Raises Malformed when there is no genuine or no impostor comparison, or a target is not a rate.
    """
    _require_comparisons(scores)
    if not all(0 < target <= 1 for target in targets):
        raise Malformed("A target FMR lies above 0 and at most at 1.")
    counted = Counted(scores)
    curve = det_targets(scores.impostor_count) if det else ()
    shown = [target for target in dict.fromkeys((*targets, *curve)) if may_show(scores, target)]
    given = np.array([round(threshold * STEPS) for threshold in thresholds], np.int64)
    read, _ = _read(counted, shown, given, seed=seed, replicates=replicates, progress=progress)
    found = dict(zip(shown, read, strict=False))
    return Rates(
        at_targets=tuple(found.get(target) or _not_shown(scores, target) for target in targets),
        det=tuple(found[target] for target in curve),
        at_thresholds=tuple(read[len(shown) :]),
    )


def paired_difference(
    baseline: ScoreSet, variant: ScoreSet, target_fmr: float, *, seed: int, replicates: int = REPLICATES
) -> PairedDifference:
    """Measure by how much a variant's FNMR per identity differs from a baseline's at one FMR.

    Both sets number the same identities in the same way. In each replicate the same people are drawn for
    both, and each has its own threshold there. Raises Malformed when the numbers of identities differ, or
    when either set cannot show the target.
    """
    if baseline.persons != variant.persons:
        raise Malformed(
            f"A baseline of {baseline.persons} identities and a variant of {variant.persons} are not paired."
        )
    for scores in (baseline, variant):
        _require_comparisons(scores)
        if not may_show(scores, target_fmr):
            raise Malformed(f"The difference cannot be measured. {_not_shown(scores, target_fmr).why}")
    none = np.zeros(0, np.int64)
    (before, drawn_before), (after, drawn_after) = (
        _read(Counted(scores), [target_fmr], none, seed=seed, replicates=replicates)
        for scores in (baseline, variant)
    )
    # The same seed drew the same people for both: so this is the difference within each replicate.
    changes = (drawn_after - drawn_before)[:, :, 0]
    change = after[0].per_identity.value - before[0].per_identity.value
    generalized = after[0].generalized_per_identity.value - before[0].generalized_per_identity.value
    return PairedDifference(
        target_fmr=target_fmr,
        baseline=before[0],
        variant=after[0],
        difference=percentile_estimate(change, changes[:, PER_IDENTITY]),
        generalized_difference=percentile_estimate(generalized, changes[:, GENERALIZED_PER_IDENTITY]),
    )


def rate_name(rate: float) -> str:
    """Write a rate as it is asked for: 1e-4; or with more digits where it has them."""
    digits, exponent = f"{rate:.6e}".split("e")
    return f"{digits.rstrip('0').rstrip('.')}e{int(exponent)}"


def may_show(scores: ScoreSet, target_fmr: float) -> bool:
    """Tell whether there are enough impostor comparisons to show an FMR, by the rule of 3."""
    return scores.impostor_count * target_fmr * (1 + HAIR) >= RULE_OF_THREE


def det_targets(impostors: int) -> tuple[float, ...]:
    """List the FMRs of a DET curve, falling: ten a decade from 1 down to what the comparisons can show."""
    if impostors < RULE_OF_THREE:
        return ()
    steps = math.floor(math.log10(impostors / RULE_OF_THREE) * DET_STEPS_PER_DECADE + HAIR)
    return tuple(10.0 ** (-step / DET_STEPS_PER_DECADE) for step in range(steps + 1))


def _require_comparisons(scores: ScoreSet) -> None:
    if scores.impostor_count == 0:
        raise Malformed(
            "No two photographs of different people could be compared.",
            remedy="Name at least two people with a photograph in which a face is found.",
        )
    if not (scores.genuine_score != FAILED).any():
        raise Malformed(
            "No two photographs of one person could be compared.",
            remedy="Name at least one person with two photographs in which a face is found.",
        )


def _not_shown(scores: ScoreSet, target_fmr: float) -> OperatingPoint:
    needed = math.ceil(RULE_OF_THREE / target_fmr * (1 - HAIR))
    return OperatingPoint(
        target_fmr=target_fmr,
        threshold=None,
        fmr=None,
        false_matches=None,
        non_matches=None,
        people_not_matched=None,
        generalized_fmr=None,
        misses=None,
        few_false_matches=False,
        few_non_matches=False,
        why=(
            f"Not measurable: an FMR of {rate_name(target_fmr)} needs at least {needed:,} comparisons of "
            f"different people (rule of 3); there are {scores.impostor_count:,}."
        ),
    )


def _read(
    counted: Counted,
    targets: list[float],
    given: Integers,
    *,
    seed: int,
    replicates: int,
    progress: Progress = silent,
) -> tuple[list[OperatingPoint], Floats]:
    """Read the points at the thresholds of the targets, then those at given thresholds, in millionths.

    Returns also what every replicate gave at the thresholds that it set anew for the targets.
    """
    own = np.array([counted.threshold_at(target) for target in targets], np.int64)
    fixed = np.concatenate([own, given])
    value = counted.read(fixed)
    drawn = counted.replicates(np.array(targets), fixed, seed=seed, replicates=replicates, progress=progress)
    # The FNMR at a target is that of the threshold each replicate sets anew. The FMR is that of the one
    # threshold in use: how it would turn out among other people.
    set_anew, at_fixed = drawn[:, :, : len(targets)], drawn[:, :, len(targets) :]
    misses = np.concatenate([set_anew, at_fixed[:, :, len(targets) :]], axis=2)
    misses[:, FMR] = at_fixed[:, FMR]
    wanted = [*targets, *(None for _ in given)]
    points = [
        _point(counted, target, int(fixed[at]), value=value[:, at], drawn=misses[:, :, at])
        for at, target in enumerate(wanted)
    ]
    return points, set_anew


def _point(
    counted: Counted, target: float | None, step: int, *, value: Floats, drawn: Floats
) -> OperatingPoint:
    """Make a point of what was read. value: shape (READ,); drawn: shape (replicates, READ)."""
    misses = [
        rate_estimate(float(value[row]), drawn[:, row], identities=people, failed=failed)
        for row, (people, failed) in enumerate(counted.people(step))
    ]
    matches = counted.false_matches(step)
    non_matches, people_not_matched = counted.non_matches(step)
    # No resampling shows a false match where there is none, and comparisons that share people are no trials
    # from which to say how many there could be.
    fmr = percentile_estimate(float(value[FMR]), drawn[:, FMR]) if matches else Estimate(0.0, 0.0, None)
    return OperatingPoint(
        target_fmr=target,
        threshold=step / STEPS,
        fmr=fmr,
        false_matches=matches,
        non_matches=non_matches,
        people_not_matched=people_not_matched,
        generalized_fmr=matches / counted.scores.impostors_intended,
        misses=Misses(*misses),
        few_false_matches=matches < RULE_OF_THIRTY,
        few_non_matches=people_not_matched < RULE_OF_THIRTY,
        why=None,
    )
