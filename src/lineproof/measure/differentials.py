"""Error rates of demographic groups at one common threshold, and how far they differ (ISO/IEC 19795-10).

People of one group resemble each other more: so the FMR of a group is that of impostors of the same group,
and comparisons across groups stand apart. The threshold is the same for all, as it is in use. A
differential is the ratio of a group's rate to the geometric mean of all groups shown; the largest
differential is the ratio of the largest rate to the least. Each has an interval by resampling people.

A group of fewer than ten people is not shown, and not named: it would speak of persons. Neither is a rate of
a group that shows, when fewer than ten of its people stand behind it, nor the counts it would be made of.
"""

import itertools
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lineproof.measure.bootstrap import (
    LEAST_IDENTITIES,
    REPLICATES,
    Estimate,
    Floats,
    Integers,
    percentile_estimate,
    rate_estimate,
    resamples,
)
from lineproof.measure.group_counts import GroupCounts
from lineproof.measure.groups import NO_GROUP, Grouping
from lineproof.measure.progress import Progress, silent
from lineproof.measure.rates import RULE_OF_THIRTY
from lineproof.measure.scores import STEPS, ScoreSet

NOT_KEPT = "Not measurable by group: too few of the most alike comparisons were kept to reach this threshold."


@dataclass(frozen=True, slots=True)
class GroupRates:
    """One group at the common threshold.

    identities: its people in the pairs file; photographs: of these; without_face: of those, no face found.
    fnmr_identities: people with a completed genuine comparison; non_matches and fnmr, per identity, are of
        these: None with fewer than ten of them.
    impostor_identities: people with a completed comparison with somebody else of the group; false_matches and
        fmr are of these: None with fewer than ten of them.
    Differentials: to the geometric mean of the groups; None when a group has no error at all.
    few_non_matches, few_false_matches: fewer than thirty people with a non-match; thirty false matches.
    """

    group: str
    identities: int
    photographs: int
    without_face: int
    fnmr_identities: int
    genuine_comparisons: int | None
    non_matches: int | None
    impostor_identities: int
    impostor_comparisons: int | None
    false_matches: int | None
    fnmr: Estimate | None
    fmr: Estimate | None
    fnmr_differential: Estimate | None
    fmr_differential: Estimate | None
    few_non_matches: bool
    few_false_matches: bool


@dataclass(frozen=True, slots=True)
class CrossRate:
    """The FMR of impostors of two groups; None with fewer than ten people of either in such comparisons.

    group, other: in alphabetical order.
    """

    group: str
    other: str
    impostor_comparisons: int | None
    false_matches: int | None
    fmr: Estimate | None


@dataclass(frozen=True, slots=True)
class GroupsAtThreshold:
    """All groups at one threshold.

    Largest differentials: None when a group has no error at all, or only one group is shown. A largest one is
    never below 1, and larger by chance alone the fewer errors there are: its interval cannot hold 1.
    why: what is missing when the impostors of this threshold were not kept; then groups is empty.
    """

    target_fmr: float
    threshold: float
    groups: tuple[GroupRates, ...]
    cross: tuple[CrossRate, ...]
    largest_fnmr_differential: Estimate | None
    largest_fmr_differential: Estimate | None
    why: str | None


@dataclass(frozen=True, slots=True)
class GroupReport:
    """The groups at every threshold, and who is not shown: in groups too small, or in none."""

    at_thresholds: tuple[GroupsAtThreshold, ...]
    suppressed_groups: int
    suppressed_identities: int
    identities_without_group: int


def measure_groups(
    scores: ScoreSet,
    grouping: Grouping,
    *,
    photographs: Integers,
    without_face: Integers,
    at: tuple[tuple[float, float], ...],
    seed: int,
    replicates: int = REPLICATES,
    progress: Progress = silent,
) -> GroupReport:
    """Measure every group at each threshold.

    photographs, without_face: how many of each identity there are, and show no face, shape (persons,).
    at: the thresholds, each as target FMR and similarity.
    """
    member = grouping.group_of != NO_GROUP
    sizes = np.bincount(grouping.group_of[member], minlength=len(grouping.labels))
    large = np.nonzero(sizes >= LEAST_IDENTITIES)[0]
    place = np.full(len(grouping.labels) + 1, len(large))
    place[large] = np.arange(len(large))
    # NO_GROUP, -1, finds the last place: that of the rest.
    counted = GroupCounts(
        scores,
        place[grouping.group_of],
        groups=len(large),
        steps=np.array([round(threshold * STEPS) for _, threshold in at], np.int64),
    )
    value = counted.rates(np.ones(scores.persons, np.int64))
    drawn = np.empty((replicates, *value.shape))
    for number, weights in enumerate(resamples(scores.persons, seed=seed, replicates=replicates)):
        drawn[number] = counted.rates(weights)
        progress(number + 1, replicates)
    shown = _Shown(
        labels=tuple(grouping.labels[group] for group in large),
        identities=sizes[large],
        photographs=counted.by_group(photographs),
        without_face=counted.by_group(without_face),
    )
    small = (sizes > 0) & (sizes < LEAST_IDENTITIES)
    return GroupReport(
        at_thresholds=tuple(
            _at_threshold(target, threshold, _Read(counted, index, shown, value[index], drawn[:, index]))
            for index, (target, threshold) in enumerate(at)
        ),
        suppressed_groups=int(small.sum()),
        suppressed_identities=int(sizes[small].sum()),
        identities_without_group=int((~member).sum()),
    )


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class _Shown:
    """The groups that are shown, in their order."""

    labels: tuple[str, ...]
    identities: Integers
    photographs: Integers
    without_face: Integers


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class _Read:
    """What was read of all groups at one threshold. value: shape (rates,); drawn: (replicates, rates)."""

    counted: GroupCounts
    index: int
    shown: _Shown
    value: Floats
    drawn: Floats

    def category(self, group: int, other: int) -> int:
        """Give the place of a pair of groups among the counts of impostors."""
        return group * len(self.shown.labels) + other

    def enough_impostors(self, group: int, other: int) -> bool:
        """Tell whether ten people of each group at least stand in the comparisons of the two."""
        people = self.counted.impostor_people
        return bool(min(people[group, other], people[other, group]) >= LEAST_IDENTITIES)


def _at_threshold(target: float, threshold: float, read: _Read) -> GroupsAtThreshold:
    if not read.counted.kept[read.index]:
        return GroupsAtThreshold(target, threshold, (), (), None, None, why=NOT_KEPT)
    count = len(read.shown.labels)
    within = [count + read.category(group, group) for group in range(count)]
    enough = read.counted.people >= LEAST_IDENTITIES
    met = np.array([read.enough_impostors(group, group) for group in range(count)], bool)
    fnmr = _Ratios(read, list(range(count)), shown=enough)
    fmr = _Ratios(read, within, shown=met)
    return GroupsAtThreshold(
        target_fmr=target,
        threshold=threshold,
        groups=tuple(_group(read, group, fnmr, fmr) for group in range(count)),
        cross=tuple(_cross(read, *pair) for pair in itertools.combinations(range(count), 2)),
        largest_fnmr_differential=fnmr.largest(),
        largest_fmr_differential=fmr.largest(),
        why=None,
    )


class _Ratios:
    """The rates of all groups, of one kind, and the ratios between them, in each replicate too."""

    def __init__(self, read: _Read, columns: list[int], *, shown: npt.NDArray[np.bool_]) -> None:
        self.value, self.drawn = read.value[columns], read.drawn[:, columns]
        self._shown = shown
        # A rate of zero has no ratio to anything; neither has a single group.
        self._may = int(shown.sum()) > 1 and bool((self.value[shown] > 0).all())

    def to_mean(self, group: int) -> Estimate | None:
        """Give one group's ratio to the geometric mean of all."""
        if not self._may or not self._shown[group]:
            return None
        with np.errstate(divide="ignore", invalid="ignore"):
            mean = np.exp(np.log(self.value[self._shown]).mean())
            drawn = self.drawn[:, group] / np.exp(np.log(self.drawn[:, self._shown]).mean(axis=1))
        return percentile_estimate(float(self.value[group] / mean), drawn)

    def largest(self) -> Estimate | None:
        """Give the ratio of the largest rate to the least."""
        if not self._may:
            return None
        with np.errstate(divide="ignore", invalid="ignore"):
            drawn = self.drawn[:, self._shown].max(axis=1) / self.drawn[:, self._shown].min(axis=1)
        value = self.value[self._shown]
        return percentile_estimate(float(value.max() / value.min()), drawn)


def _group(read: _Read, group: int, fnmr: _Ratios, fmr: _Ratios) -> GroupRates:
    counted, shown, own = read.counted, read.shown, read.category(group, group)
    people, failed = int(counted.people[group]), int(counted.people_not_matched[read.index, group])
    enough, met = people >= LEAST_IDENTITIES, read.enough_impostors(group, group)
    false_matches = int(counted.matches[read.index, own])
    missed = rate_estimate(float(fnmr.value[group]), fnmr.drawn[:, group], identities=people, failed=failed)
    return GroupRates(
        group=shown.labels[group],
        identities=int(shown.identities[group]),
        photographs=int(shown.photographs[group]),
        without_face=int(shown.without_face[group]),
        fnmr_identities=people,
        genuine_comparisons=int(counted.genuine[group]) if enough else None,
        non_matches=int(counted.non_matches[read.index, group]) if enough else None,
        impostor_identities=int(counted.impostor_people[group, group]),
        impostor_comparisons=int(counted.impostors[own]) if met else None,
        false_matches=false_matches if met else None,
        fnmr=missed if enough else None,
        fmr=_fmr(int(counted.impostors[own]), false_matches, fmr.drawn[:, group]) if met else None,
        fnmr_differential=fnmr.to_mean(group),
        fmr_differential=fmr.to_mean(group),
        few_non_matches=enough and failed < RULE_OF_THIRTY,
        few_false_matches=met and false_matches < RULE_OF_THIRTY,
    )


def _cross(read: _Read, group: int, other: int) -> CrossRate:
    category, met = read.category(group, other), read.enough_impostors(group, other)
    impostors = int(read.counted.impostors[category])
    false_matches = int(read.counted.matches[read.index, category])
    drawn = read.drawn[:, len(read.shown.labels) + category]
    return CrossRate(
        group=read.shown.labels[group],
        other=read.shown.labels[other],
        impostor_comparisons=impostors if met else None,
        false_matches=false_matches if met else None,
        fmr=_fmr(impostors, false_matches, drawn) if met else None,
    )


def _fmr(impostors: int, false_matches: int, drawn: Floats) -> Estimate | None:
    if impostors == 0:
        return None
    if false_matches == 0:
        return Estimate(0.0, 0.0, None)
    return percentile_estimate(false_matches / impostors, drawn)
