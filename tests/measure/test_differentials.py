"""Groups at one threshold: rates by hand, ratios, impostors of the same group, and what is not shown."""

import numpy as np
import pytest

from lineproof.measure.differentials import NOT_KEPT, measure_groups
from lineproof.measure.group_counts import GroupCounts
from lineproof.measure.groups import NO_GROUP, Grouping
from lineproof.measure.scores import score_across, score_everyone, score_listed
from tests.measure.score_sets import a_score_set, embeddings_by_chance

AT = ((0.1, 0.5),)


def grouping(*group_of: int, labels: tuple[str, ...] = ("east", "north", "south")) -> Grouping:
    return Grouping(labels, np.array(group_of, np.int64), "0" * 64)


def measured(scores, groups, *, photographs=None, without_face=None, at=AT, replicates=50):
    """Measure the groups; each person has two photographs with a face unless said otherwise."""
    every = np.full(scores.persons, 2)
    return measure_groups(
        scores,
        groups,
        photographs=every if photographs is None else photographs,
        without_face=0 * every if without_face is None else without_face,
        at=at,
        seed=1,
        replicates=replicates,
    )


def two_groups(*, genuine=None, impostors=()):
    """Ten people of group 0 and ten of group 1. Each group is all against all; of these some match."""
    own = {person: [0.9, 0.9] for person in range(20)}
    within = [(a, b, 0.1) for g in (0, 10) for a in range(g, g + 10) for b in range(a + 1, g + 10)]
    matching = {(a, b): (a, b, score) for a, b, score in impostors}
    across = [(a, b, 0.1) for a in range(10) for b in range(10, 20)]
    rows = [matching.get((a, b), (a, b, score)) for a, b, score in (*within, *across)]
    return a_score_set({**own, **(genuine or {})}, rows), grouping(*[0] * 10, *[1] * 10)


def test_rates_of_each_group_are_as_worked_out_by_hand():
    """Group 0: one person misses 1 of 2, of ten: 5 %. Group 1: two people miss all: 20 %.

    Within group 0 one of 45 impostors matches, within group 1 three; across, two of 100.
    """
    scores, groups = two_groups(
        genuine={0: [0.1, 0.9], 10: [0.1, 0.2], 11: [0.3, 0.3]},
        impostors=[(0, 1, 0.5), (10, 11, 0.6), (10, 12, 0.7), (11, 12, 0.8), (0, 10, 0.9), (5, 19, 0.9)],
    )
    (each,) = measured(scores, groups).at_thresholds
    east, north = each.groups
    assert (east.group, east.fnmr.value, north.group, north.fnmr.value) == ("east", 0.05, "north", 0.2)
    assert (east.fmr.value, north.fmr.value) == (1 / 45, 3 / 45)
    assert [(g.non_matches, g.genuine_comparisons, g.false_matches) for g in each.groups] == [
        *((1, 20, 1), (4, 20, 3)),
    ]
    (cross,) = each.cross
    assert (cross.group, cross.other, cross.fmr.value) == ("east", "north", 2 / 100)
    # Geometric means: of 0.05 and 0.2 it is 0.1; of 1/45 and 3/45 it is sqrt(3)/45.
    assert (east.fnmr_differential.value, north.fnmr_differential.value) == (
        pytest.approx(0.5),
        pytest.approx(2.0),
    )
    assert east.fmr_differential.value == pytest.approx(3**-0.5)
    assert each.largest_fnmr_differential.value == pytest.approx(4)
    assert each.largest_fmr_differential.value == pytest.approx(3)
    assert (east.few_non_matches, east.few_false_matches) == (True, True)


def test_group_without_an_error_leaves_no_ratio_but_an_interval():
    scores, groups = two_groups(genuine={0: [0.1, 0.9]}, impostors=[(0, 1, 0.5)])
    (each,) = measured(scores, groups).at_thresholds
    east, north = each.groups
    assert (north.fnmr.value, north.fnmr.high) == (0, pytest.approx(1 - 0.025 ** (1 / 10)))
    assert (north.fmr.value, north.fmr.low, north.fmr.high) == (0, 0, None)
    assert east.fnmr_differential is north.fmr_differential is None
    assert each.largest_fnmr_differential is each.largest_fmr_differential is None


def test_one_group_alone_differs_from_nothing():
    scores, _ = two_groups(genuine={0: [0.1, 0.9]})
    (each,) = measured(scores, grouping(*[0] * 10, *[NO_GROUP] * 10)).at_thresholds
    assert len(each.groups) == 1
    assert each.groups[0].fnmr_differential is each.largest_fnmr_differential is None


def naive(scores, group_of, groups, weights, step) -> list[float]:
    """FNMR per identity of each group, then FMR of each pair of groups, comparison by comparison."""
    found = []
    for group in range(groups):
        shares = []
        for person in np.nonzero(group_of == group)[0]:
            own = scores.genuine_score[(scores.genuine_person == person) & (scores.genuine_score >= 0)]
            shares += [float((own < step).mean())] * weights[person] if len(own) else []
        found.append(sum(shares) / len(shares) if shares else np.nan)
    times = weights[scores.kept_first] * weights[scores.kept_second]
    first, second = group_of[scores.kept_first], group_of[scores.kept_second]
    for a in range(groups):
        for b in range(groups):
            here = (np.minimum(first, second) == a) & (np.maximum(first, second) == b)
            total = times[here].sum()
            found.append(times[here & (scores.kept_score >= step)].sum() / total if total else np.nan)
    return found


def every_kind():
    """The same people listed, all against all, and portraits against photographs."""
    rows, person = embeddings_by_chance(18, seed=1, without_face=0.1)
    first, second = np.triu_indices(len(rows), 1)
    yield score_listed(rows, person=person, references=first[::2], probes=second[::2], persons=18)
    yield score_everyone(rows, person=person, persons=18)
    yield score_across(rows[::2], rows, reference_person=person[::2], probe_person=person, persons=18)


def test_counts_under_any_weights_are_those_of_counting_one_by_one():
    random = np.random.default_rng(2)
    group_of = random.integers(0, 4, 18)  # 3 stands for the rest
    steps = np.array([300_000, 600_000, 850_000])
    for scores in every_kind():
        counted = GroupCounts(scores, group_of, groups=3, steps=steps)
        for weights in [np.ones(18, int), *random.integers(0, 4, (25, 18))]:
            rates = counted.rates(weights)
            for index, step in enumerate(steps):
                np.testing.assert_allclose(
                    rates[index], naive(scores, group_of, 3, weights, step), equal_nan=True
                )


def test_group_of_fewer_than_ten_people_is_neither_shown_nor_named():
    scores, _ = two_groups(genuine={0: [0.1, 0.9], 19: [0.1, 0.1]})
    report = measured(scores, grouping(*[0] * 10, *[1] * 9, 2))
    (each,) = report.at_thresholds
    assert [group.group for group in each.groups] == ["east"]
    assert each.cross == ()
    assert (report.suppressed_groups, report.suppressed_identities) == (2, 10)
    assert "north" not in repr(report)
    assert "south" not in repr(report)


def test_people_in_no_group_are_counted_as_such():
    scores, _ = two_groups()
    report = measured(scores, grouping(*[0] * 10, *[NO_GROUP] * 10))
    assert (report.identities_without_group, report.suppressed_groups) == (10, 0)


def test_rate_behind_which_fewer_than_ten_people_stand_is_not_shown_nor_its_counts():
    """Ten people, of whom nine have a genuine comparison: what eight of them did must not follow."""
    scores, groups = two_groups(genuine={0: [0.1, 0.9], 9: []})
    (each,) = measured(scores, groups).at_thresholds
    east = each.groups[0]
    assert (east.identities, east.fnmr_identities) == (10, 9)
    assert (east.fnmr, east.non_matches, east.genuine_comparisons) == (None, None, None)
    assert east.few_non_matches is False
    assert east.fmr is not None


def test_impostors_among_fewer_than_ten_people_of_a_group_are_not_shown():
    """Listed pairs: all groups are large, but of south only two people were compared with each other."""
    own = {person: [0.9, 0.1] for person in range(30)}
    within = [(a, (a + 1) % 10, 0.9) for a in range(10)] + [
        (10 + a, 10 + (a + 1) % 10, 0.1) for a in range(10)
    ]
    scores = a_score_set(own, [*within, (20, 21, 0.9), *((a, 10, 0.9) for a in range(10))])
    groups = grouping(*[0] * 10, *[1] * 10, *[2] * 10)
    (each,) = measured(scores, groups).at_thresholds
    east, north, south = each.groups
    assert (east.impostor_identities, north.impostor_identities, south.impostor_identities) == (10, 10, 2)
    assert (south.fmr, south.false_matches, south.impostor_comparisons) == (None, None, None)
    assert (east.false_matches, north.false_matches) == (10, 0)
    crossed = {(pair.group, pair.other): pair for pair in each.cross}
    # Ten of east, but one of north.
    assert crossed["east", "north"].fmr is crossed["east", "north"].false_matches is None
    assert crossed["east", "south"].fmr is None


def test_group_that_has_no_rate_does_not_take_the_ratios_of_the_others():
    own = {person: [0.9, 0.1 if person % 3 else 0.9] for person in range(20)}
    scores = a_score_set({**own, 20: [0.9]}, [(0, 1, 0.1)], persons=30)
    (each,) = measured(scores, grouping(*[0] * 10, *[1] * 10, *[2] * 10)).at_thresholds
    assert [group.fnmr_differential is None for group in each.groups] == [False, False, True]


def test_photographs_without_a_face_are_counted_by_group():
    scores, groups = two_groups()
    without = np.zeros(20, np.int64)
    without[[0, 3, 12]] = (1, 2, 1)
    (each,) = measured(scores, groups, without_face=without).at_thresholds
    assert [(group.photographs, group.without_face) for group in each.groups] == [(20, 3), (20, 1)]


def test_threshold_below_what_was_kept_says_so():
    rows, person = embeddings_by_chance(20, seed=3)
    scores = score_everyone(rows, person=person, persons=20, most_kept=20)
    report = measured(scores, grouping(*[0] * 10, *[1] * 10), at=((0.5, 0.4), (0.01, 1.0)))
    assert [each.why for each in report.at_thresholds] == [NOT_KEPT, None]
    assert report.at_thresholds[0].groups == ()


@pytest.mark.parametrize("at", [(), AT])
def test_no_group_to_show_or_no_threshold_is_no_error(at):
    scores, _ = two_groups()
    report = measured(scores, grouping(*[0] * 4, *[1] * 4, *[NO_GROUP] * 12), at=at)
    assert [each.groups for each in report.at_thresholds] == [()] * len(at)
    assert report.suppressed_groups == 2


def test_same_seed_gives_the_same_digits():
    scores, groups = two_groups(
        genuine={0: [0.1, 0.9], 12: [0.1, 0.1]}, impostors=[(0, 1, 0.9), (13, 14, 0.9)]
    )
    assert measured(scores, groups) == measured(scores, groups)
