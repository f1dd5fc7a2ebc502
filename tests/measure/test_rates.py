"""Error rates worked out by hand, their intervals, and what is not said for want of comparisons."""

import numpy as np
import pytest

from lineproof.errors import Malformed
from lineproof.measure.rates import (
    det_targets,
    fnmr_at_fmr,
    measure_rates,
    paired_difference,
    rate_name,
)
from lineproof.measure.scores import score_everyone
from tests.measure.score_sets import a_score_set, embeddings_by_chance

# Ten couples, four comparisons each: similarities 0.01 to 0.40.
FORTY = [(2 * (k % 10), 2 * (k % 10) + 1, (k + 1) / 100) for k in range(40)]


def at(scores, target, *, replicates=200):
    return fnmr_at_fmr(scores, target, seed=1, replicates=replicates)


def test_threshold_is_the_least_that_holds_the_false_match_rate():
    """Forty impostors at 0.01 to 0.40. A tenth is four: 0.37 to 0.40. So 0.36 must be kept out, just."""
    point = at(a_score_set({0: [0.9]}, FORTY), 0.1)
    assert point.threshold == 0.360001
    assert (point.false_matches, point.fmr.value) == (4, 0.1)
    # 0.35 of 40 is 14, exactly: a share of a whole number must not fall a hair short.
    assert at(a_score_set({0: [0.9]}, FORTY), 0.35).false_matches == 14
    # 0.124 of 40 is 4.96: four, not five.
    assert at(a_score_set({0: [0.9]}, FORTY), 0.124).false_matches == 4


def test_rates_per_identity_and_per_pair_are_as_worked_out_by_hand():
    """At 0.360001. Person 0: 1 of 4 below; person 1: 1 of 1; person 2: 0 of 5; the others have none.

    Per pair: 2 of 10. Per identity: (1/4 + 1 + 0) / 3 = 5/12.
    """
    genuine = {0: [0.36, 0.37, 0.5, 0.9], 1: [0.1], 2: [0.4, 0.5, 0.6, 0.7, 0.8]}
    point = at(a_score_set(genuine, FORTY), 0.1)
    assert point.misses.per_pair.value == 2 / 10
    assert point.per_identity.value == pytest.approx(5 / 12)
    assert (point.non_matches, point.people_not_matched) == (2, 2)


def test_comparison_at_the_threshold_matches():
    scores = a_score_set({0: [0.5]}, FORTY)
    given = measure_rates(
        scores, targets=(), thresholds=(0.4, 0.5, 0.500001), seed=1, replicates=9, det=False
    )
    assert [point.false_matches for point in given.at_thresholds] == [1, 0, 0]
    assert [point.misses.per_pair.value for point in given.at_thresholds] == [0, 0, 1]


def test_failures_are_non_matches_of_the_generalized_rates_only():
    """Person 0: one of two failed. Person 1: all failed. Person 2: none. Of 50 impostors 10 failed."""
    scores = a_score_set({0: [-1, 0.9], 1: [-1], 2: [0.9, 0.2]}, FORTY, failed_impostors=10)
    point = at(scores, 0.1)
    assert point.per_identity.value == pytest.approx((0 + 1 / 2) / 2)
    assert point.misses.per_pair.value == pytest.approx(1 / 3)
    assert point.generalized_per_identity.value == pytest.approx((1 / 2 + 1 + 1 / 2) / 3)
    assert point.misses.generalized_per_pair.value == pytest.approx(3 / 5)
    assert point.fmr.value == 4 / 40
    assert point.generalized_fmr == 4 / 50


def test_ties_are_kept_out_together():
    tied = [(2 * k, 2 * k + 1, 0.3) for k in range(40)]
    point = at(a_score_set({0: [0.3, 0.300001]}, tied), 0.5)
    assert (point.threshold, point.false_matches) == (0.300001, 0)
    assert (point.fmr.value, point.fmr.low, point.fmr.high) == (0, 0, None)
    assert point.misses.per_pair.value == 0.5


def test_impostors_that_look_the_same_leave_only_a_threshold_that_nothing_reaches():
    same = [(2 * k, 2 * k + 1, 1.0) for k in range(40)]
    point = at(a_score_set({0: [1.0]}, same), 0.1)
    assert point.threshold == 1.000001
    assert point.misses.per_pair.value == 1


def test_too_few_comparisons_say_so_instead_of_a_rate():
    """The rule of 3: an FMR of 0.1 needs thirty comparisons."""
    point = at(a_score_set({0: [0.9]}, FORTY[:29]), 0.1)
    assert (point.threshold, point.fmr, point.misses, point.false_matches) == (None,) * 4
    assert "1e-1 needs at least 30 comparisons" in point.why
    assert "there are 29" in point.why
    with pytest.raises(Malformed, match="Not measurable"):
        _ = point.per_identity
    assert at(a_score_set({0: [0.9]}, FORTY[:30]), 0.1).threshold is not None


def test_fewer_than_thirty_errors_are_marked():
    genuine = {person: [0.1 if person < 29 else 0.9] for person in range(60)}
    impostors = [(2 * k, 2 * k + 1, 0.9 if k < 29 else 0.2) for k in range(100)]
    few = measure_rates(
        a_score_set(genuine, impostors), targets=(), thresholds=(0.5,), seed=1, replicates=9, det=False
    )
    (point,) = few.at_thresholds
    assert (point.few_false_matches, point.few_non_matches) == (True, True)
    genuine[40] = [0.1]
    impostors[60] = (120, 121, 0.9)
    (point,) = measure_rates(
        a_score_set(genuine, impostors), targets=(), thresholds=(0.5,), seed=1, replicates=9, det=False
    ).at_thresholds
    assert (point.few_false_matches, point.few_non_matches) == (False, False)


def test_errors_of_one_person_are_not_thirty_errors():
    genuine = {0: [0.1] * 100, **{person: [0.9] for person in range(1, 40)}}
    (point,) = measure_rates(
        a_score_set(genuine, FORTY), targets=(), thresholds=(0.5,), seed=1, replicates=9, det=False
    ).at_thresholds
    assert (point.non_matches, point.people_not_matched, point.few_non_matches) == (100, 1, True)


def test_fewer_than_ten_people_give_a_rate_and_no_interval():
    nine = at(a_score_set({person: [0.9, 0.1] for person in range(9)}, FORTY), 0.1).per_identity
    ten = at(a_score_set({person: [0.9, 0.1] for person in range(10)}, FORTY), 0.1).per_identity
    assert (nine.value, nine.low, nine.high) == (0.5, None, None)
    assert ten.low is not None


def test_det_falls_by_tenths_of_a_decade_to_what_the_comparisons_can_show():
    assert det_targets(2) == ()
    assert det_targets(3) == (1.0,)
    targets = det_targets(3_000)
    assert (len(targets), targets[0], targets[10], targets[-1]) == (31, 1.0, pytest.approx(0.1), 1e-3)


def test_det_never_falls_as_the_threshold_rises():
    rows, person = embeddings_by_chance(60, seed=3)
    scores = score_everyone(rows, person=person, persons=60)
    det = measure_rates(scores, targets=(0.1, 1e-3), seed=1, replicates=20).det
    thresholds = [point.threshold for point in det]
    assert thresholds == sorted(thresholds)
    for rate in (lambda point: point.per_identity.value, lambda point: point.misses.per_pair.value):
        assert [rate(point) for point in det] == sorted(rate(point) for point in det)
    assert all(point.fmr.value <= point.target_fmr * (1 + 1e-12) for point in det)
    assert (det[0].fmr.value, det[0].per_identity.value) == (1, 0)


def test_same_seed_gives_the_same_digits_and_another_one_others():
    rows, person = embeddings_by_chance(40, seed=4)
    scores = score_everyone(rows, person=person, persons=40)
    first, second, other = (
        measure_rates(scores, targets=(0.05, 0.01), thresholds=(0.8,), seed=seed, replicates=50)
        for seed in (7, 7, 8)
    )
    assert first == second
    assert first.at_targets[0].per_identity.value == other.at_targets[0].per_identity.value
    assert first.at_targets[0].per_identity != other.at_targets[0].per_identity


def test_comparisons_of_one_kind_only_are_refused():
    with pytest.raises(Malformed, match="different people"):
        at(a_score_set({0: [0.9]}, [], persons=2), 0.1)
    with pytest.raises(Malformed, match="one person"):
        at(a_score_set({0: [-1]}, FORTY), 0.1)
    with pytest.raises(Malformed, match="above 0"):
        at(a_score_set({0: [0.9]}, FORTY), 0.0)


def test_difference_is_taken_within_each_replicate():
    """The same people, the variant always 0.1 better for half of them: the interval of the difference is

    narrower than that of either rate, since what a replicate draws is common to both.
    """
    random = np.random.default_rng(5)
    people = {person: random.random(6).round(6).tolist() for person in range(80)}
    better = {person: [min(1, s + 0.1) for s in scores] for person, scores in people.items()}
    before, after = (a_score_set(each, FORTY, persons=80) for each in (people, better))
    difference = paired_difference(before, after, 0.1, seed=1, replicates=300)
    assert difference.difference.value < 0
    assert difference.difference.high < 0
    width = difference.difference.high - difference.difference.low
    assert width < difference.baseline.per_identity.high - difference.baseline.per_identity.low
    same = paired_difference(before, before, 0.1, seed=1, replicates=50).difference
    assert (same.value, same.low, same.high) == (0, 0, 0)
    with pytest.raises(Malformed, match="not paired"):
        paired_difference(before, a_score_set(people, FORTY, persons=81), 0.1, seed=1)
    with pytest.raises(Malformed, match="cannot be measured"):
        paired_difference(before, after, 1e-3, seed=1)


@pytest.mark.parametrize(
    ("rate", "name"), [(1e-4, "1e-4"), (0.01, "1e-2"), (2e-5, "2e-5"), (0.000125, "1.25e-4"), (1, "1e0")]
)
def test_rates_are_named_as_they_are_asked_for(rate, name):
    assert rate_name(rate) == name
