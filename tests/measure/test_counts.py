"""Counting under weights: every small case against counting one by one."""

from itertools import combinations_with_replacement, product

import numpy as np
import pytest

from lineproof.measure.counts import (
    FMR,
    GENERALIZED_PER_IDENTITY,
    GENERALIZED_PER_PAIR,
    PER_IDENTITY,
    PER_PAIR,
    Counted,
)
from lineproof.measure.scores import STEPS, score_everyone
from tests.measure.score_sets import a_score_set, embeddings_by_chance

LEVELS = (0.2, 0.4, 0.6)
TARGETS = (0.01, 1 / 3, 0.5, 1.0)


def one_by_one(genuine, impostors, weights, step) -> dict[int, float]:
    """Every rate at a threshold, by looking at each comparison as often as its people were drawn."""
    found = {}
    for kind, failures in ((0, False), (2, True)):
        shares, misses, count = [], 0, 0
        for person, scores in genuine.items():
            counted = [score for score in scores if failures or score >= 0]
            below = [score < step / STEPS - 1e-9 for score in counted]
            if counted:
                shares += [sum(below) / len(below)] * weights[person]
            misses, count = misses + weights[person] * sum(below), count + weights[person] * len(below)
        found[kind] = sum(shares) / len(shares) if shares else float("nan")
        found[kind + 1] = misses / count if count else float("nan")
    times = [(weights[a] * weights[b], score >= step / STEPS - 1e-9) for a, b, score in impostors]
    total = sum(weight for weight, _ in times)
    found[FMR] = sum(weight for weight, match in times if match) / total if total else float("nan")
    return found


def threshold_one_by_one(impostors, weights, target) -> int | None:
    """The least threshold in millionths with an FMR of at most the target; None without impostors."""
    total = sum(weights[a] * weights[b] for a, b, _ in impostors)
    if not total:
        return None
    candidates = [0, *(round(level * STEPS) + 1 for level in LEVELS)]
    for step in candidates:
        matches = sum(weights[a] * weights[b] for a, b, score in impostors if round(score * STEPS) >= step)
        if matches <= target * total + 1e-12:
            return step
    raise AssertionError


def small_sets():
    """Three people: up to three impostor comparisons and some genuine ones, at three levels of score."""
    couples = ((0, 1), (0, 2), (1, 2))
    own = ({0: [0.4]}, {0: [0.2, 0.6], 1: [0.4]}, {0: [-1, 0.4], 1: [0.6, 0.6, 0.2], 2: [-1]})
    for count in (1, 2, 3):
        for levels in combinations_with_replacement(LEVELS, count):
            for genuine in own:
                yield genuine, [(*couple, level) for couple, level in zip(couples, levels, strict=False)]


WEIGHTS = [weights for weights in product(range(4), repeat=3) if sum(weights) == 3]


def test_every_small_case_reads_as_counting_one_by_one_does():
    for genuine, impostors in small_sets():
        counted = Counted(a_score_set(genuine, impostors, persons=3))
        given = np.array([0, 200_000, 200_001, 400_000, 600_000, 600_001, STEPS + 1])
        for weights in WEIGHTS:
            read = counted.replicate(np.array(weights), np.array(TARGETS), given)
            steps = [*(threshold_one_by_one(impostors, weights, target) for target in TARGETS), *given]
            for place, step in enumerate(steps):
                if step is None:
                    assert np.isnan(read[:, place]).all()
                    continue
                if not sum(weights[a] * weights[b] for a, b, _ in impostors):
                    continue
                expected = one_by_one(genuine, impostors, weights, step)
                rows = (PER_IDENTITY, PER_PAIR, GENERALIZED_PER_IDENTITY, GENERALIZED_PER_PAIR, FMR)
                np.testing.assert_allclose(read[:, place], [expected[row] for row in rows], atol=1e-12)


def test_measurement_itself_is_the_case_in_which_everybody_is_drawn_once():
    for genuine, impostors in small_sets():
        counted = Counted(a_score_set(genuine, impostors, persons=3))
        for target in TARGETS:
            step = counted.threshold_at(target)
            assert step == threshold_one_by_one(impostors, (1, 1, 1), target)
            drawn = counted.replicate(np.ones(3, np.int64), np.array([target]), np.array([step]))
            read = counted.read(np.array([step]))
            np.testing.assert_array_equal(drawn[:, :1], read)
            np.testing.assert_array_equal(drawn[:, 1:], read)
            matches = sum(round(score * STEPS) >= step for *_, score in impostors)
            assert counted.false_matches(step) == matches
            below = [
                person
                for person, scores in genuine.items()
                for score in scores
                if 0 <= score < step / STEPS - 1e-9
            ]
            assert counted.non_matches(step) == (len(below), len(set(below)))


def test_all_non_matches_are_exactly_one_and_none_exactly_nought():
    thirds = {person: [0.1] * (3 + person % 4) for person in range(41)}
    counted = Counted(a_score_set(thirds, [(0, 1, 0.5)]))
    read = counted.read(np.array([0, 100_000, 100_001]))
    assert read[PER_IDENTITY].tolist() == read[PER_PAIR].tolist() == [0.0, 0.0, 1.0]


@pytest.mark.parametrize("most_kept", [30, 200])
def test_kept_impostors_give_the_rates_of_all_or_none(most_kept):
    rows, person = embeddings_by_chance(25, seed=1)
    whole = Counted(score_everyone(rows, person=person, persons=25))
    some = Counted(score_everyone(rows, person=person, persons=25, most_kept=most_kept))
    targets, given = np.array([0.002, 0.01, 0.05, 0.3, 1.0]), np.array([300_000, 700_000, 900_000])
    random = np.random.default_rng(2)
    known = 0
    for _ in range(40):
        weights = np.bincount(random.integers(0, 25, 25), minlength=25)
        expected = whole.replicate(weights, targets, given)
        found = some.replicate(weights, targets, given)
        present = np.isfinite(found[FMR])
        known += int(present.sum())
        np.testing.assert_array_equal(found[:, present], expected[:, present])
        assert present.tolist() == sorted(present[:5], reverse=True) + sorted(present[5:])
    assert 0 < known < 40 * 8


def test_nobody_drawn_with_an_impostor_reads_as_not_known():
    counted = Counted(a_score_set({0: [0.9], 1: [0.9]}, [(0, 1, 0.5)]))
    assert np.isnan(counted.replicate(np.array([2, 0]), np.array([0.5]), np.array([1]))).all()
