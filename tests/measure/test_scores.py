"""Scores for counting: the same as `compare` gives, each comparison once, failures counted as such."""

from itertools import combinations, product

import numpy as np
import pytest

from lineproof.errors import Malformed
from lineproof.face.compare import Calibration, Capture, Embedding, Portrait, compare
from lineproof.face.quality import FaceMeasures
from lineproof.measure.scores import (
    BLOCK_SCORES,
    FAILED,
    STEPS,
    _blocks,
    impostor_weight,
    named_persons,
    score_across,
    score_everyone,
    score_listed,
)
from tests.measure.score_sets import a_score_set, embeddings_by_chance

MEASURES = FaceMeasures(**dict.fromkeys(FaceMeasures.__dataclass_fields__, 1.0))
CALIBRATION = Calibration("pack", "1", "none", ())


def compared(left: np.ndarray, right: np.ndarray) -> int:
    """What the product's own comparison says, in whole millionths; FAILED without a face."""
    if not left.any() or not right.any():
        return FAILED
    score = compare(
        portrait=Portrait(Embedding("pack", left), MEASURES),
        capture=Capture(Embedding("pack", right), MEASURES, rival=0.0),
        calibration=CALIBRATION,
    )
    return int(np.floor(score.similarity * STEPS + 1e-6))


def by_person(scores) -> list[tuple[int, int]]:
    """The genuine comparisons as (person, score), sorted."""
    return sorted(zip(scores.genuine_person.tolist(), scores.genuine_score.tolist(), strict=True))


def kept(scores) -> list[tuple[int, int, int]]:
    """The kept impostors as (score, person, person), sorted."""
    rows = zip(
        scores.kept_score.tolist(), scores.kept_first.tolist(), scores.kept_second.tolist(), strict=True
    )
    return sorted((score, min(a, b), max(a, b)) for score, a, b in rows)


def brute_force(rows, person, pairs) -> tuple[list[tuple[int, int]], list[tuple[int, int, int]]]:
    """Genuine and impostor comparisons of the given pairs of rows, one by one."""
    genuine, impostors = [], []
    for i, j in pairs:
        score, a, b = compared(rows[i], rows[j]), int(person[i]), int(person[j])
        if a == b:
            genuine.append((a, score))
        elif score != FAILED:
            impostors.append((score, min(a, b), max(a, b)))
    return sorted(genuine), sorted(impostors)


def test_listed_comparisons_score_as_compare_does_and_fail_without_a_face():
    rows, person = embeddings_by_chance(12, seed=1, without_face=0.2)
    pairs = list(combinations(range(len(rows)), 2))[::3]
    first, second = np.array(pairs).T
    scores = score_listed(rows, person=person, references=first, probes=second, persons=12)
    genuine, impostors = brute_force(rows, person, pairs)
    assert (by_person(scores), kept(scores)) == (genuine, impostors)
    assert FAILED in scores.genuine_score
    assert scores.impostor_count == len(impostors) < scores.impostors_intended
    assert scores.impostors_intended == sum(person[i] != person[j] for i, j in pairs)


def test_everybody_is_compared_with_everybody_once():
    rows, person = embeddings_by_chance(14, seed=2, without_face=0.15)
    scores = score_everyone(rows, person=person, persons=14)
    genuine, impostors = brute_force(rows, person, combinations(range(len(rows)), 2))
    assert (by_person(scores), kept(scores)) == (genuine, impostors)
    assert scores.kept_all
    assert scores.impostors.sum() == len(impostors)
    assert scores.impostors_intended == sum(a != b for a, b in combinations(person, 2))


def test_blocks_hold_every_row_once_whatever_their_size():
    for rows, columns in ((0, 0), (1, 1), (7, 3 * BLOCK_SCORES), (5000, 5000), (9, 1)):
        covered = [row for block in _blocks(rows, columns) for row in range(block.start, block.stop)]
        assert covered == list(range(rows))


def test_several_blocks_count_what_one_does():
    rows, person = embeddings_by_chance(1000, seed=3, dimensions=2)
    assert len(list(_blocks(len(rows), len(rows)))) > 1
    told = []
    scores = score_everyone(rows, person=person, persons=1000, progress=lambda *step: told.append(step))
    every = len(rows) * (len(rows) - 1) // 2
    assert len(scores.genuine_score) + scores.impostor_count == every
    assert [of for _, of in told] == [every] * len(told)
    assert told[-1][0] == every
    assert sorted(told) == told


@pytest.mark.parametrize("most_kept", [0, 1, 7, 40])
def test_most_alike_are_kept_with_all_ties_or_none(most_kept):
    rows, person = embeddings_by_chance(10, seed=4, dimensions=2)
    rows = np.repeat(rows, 2, axis=0)  # so that every score has ties
    person = np.repeat(person, 2)
    whole = score_everyone(rows, person=person, persons=10)
    some = score_everyone(rows, person=person, persons=10, most_kept=most_kept)
    assert not some.kept_all
    assert len(some.kept_score) <= most_kept
    lowest = some.kept_score.min(initial=STEPS + 1)
    assert kept(some) == [row for row in kept(whole) if row[0] >= lowest]
    np.testing.assert_array_equal(some.impostors, whole.impostors)


def test_what_was_made_from_one_photograph_is_not_compared_with_it():
    rows, person = embeddings_by_chance(8, seed=5, without_face=0.1)
    portraits = rows[::2]
    scores = score_across(
        portraits,
        rows,
        reference_person=person[::2],
        probe_person=person,
        persons=8,
        reference_source=np.arange(len(rows))[::2],
        probe_source=np.arange(len(rows)),
    )
    pairs = [(i, j) for i, j in product(range(0, len(rows), 2), range(len(rows))) if i != j]
    genuine, impostors = brute_force(rows, person, pairs)
    assert (by_person(scores), kept(scores)) == (genuine, impostors)
    assert scores.impostors_intended == sum(person[i] != person[j] for i, j in pairs)


def test_without_sources_every_reference_meets_every_probe():
    rows, person = embeddings_by_chance(5, seed=6)
    scores = score_across(rows, rows, reference_person=person, probe_person=person, persons=5)
    assert len(scores.genuine_score) + scores.impostor_count == len(rows) ** 2


def test_weight_of_impostors_is_what_drawing_them_again_would_count():
    rows, person = embeddings_by_chance(7, seed=7, without_face=0.1)
    once = score_everyone(rows, person=person, persons=7)
    across = score_across(rows[::2], rows, reference_person=person[::2], probe_person=person, persons=7)
    random = np.random.default_rng(8)
    for scores in (once, across):
        for weights in random.integers(0, 4, (20, 7)):
            one_by_one = (weights[scores.kept_first] * weights[scores.kept_second]).sum()
            assert impostor_weight(scores, weights) == one_by_one


def test_people_are_numbered_by_their_names_and_by_nothing_else():
    numbers, count = named_persons(["Bo", "Ärla", "Ada", "Bo"])
    assert (numbers.tolist(), count) == ([1, 2, 0, 1], 3)


def test_listed_comparisons_of_which_some_were_dropped_are_refused():
    whole = a_score_set({0: [0.5]}, [(0, 1, 0.2)])
    fields = {name: getattr(whole, name) for name in type(whole).__slots__}
    with pytest.raises(Malformed, match="all must be kept"):
        type(whole)(**{**fields, "kept_all": False})
