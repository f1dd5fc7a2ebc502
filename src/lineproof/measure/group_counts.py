"""The counts of demographic groups, under any weights of the people."""

import numpy as np
import numpy.typing as npt

from lineproof.measure.bootstrap import Floats, Integers
from lineproof.measure.scores import FAILED, STEPS, ScoreSet


class GroupCounts:
    """The counts of each group under any weights of the people.

    group_of: for each identity its group, from 0, or the number of groups for the rest. steps: thresholds, in
    millionths. Impostors are counted by category: the lower group times the number of groups, plus the upper.
    people, genuine, non_matches, impostors, matches: the counts of the measurement itself, unweighted.
    people_not_matched: the people behind non_matches.
    impostor_people: how many people of a group stand in completed impostor comparisons with another (or the
        same) group, shape (groups, groups).
    kept: for each threshold whether the comparisons that reach it were all kept.
    """

    def __init__(self, scores: ScoreSet, group_of: Integers, *, groups: int, steps: Integers) -> None:
        self._scores, self._group_of, self._groups = scores, group_of, groups
        completed = scores.genuine_score != FAILED
        person, score = scores.genuine_person[completed], scores.genuine_score[completed]
        self._size: Integers = np.bincount(person, minlength=scores.persons)
        self._below: Integers = np.array(
            [np.bincount(person[score < step], minlength=scores.persons) for step in steps]
        ).reshape(len(steps), scores.persons)
        self._share: Floats = self._below / np.maximum(self._size, 1)
        low = np.minimum(group_of[scores.kept_first], group_of[scores.kept_second])
        high = np.maximum(group_of[scores.kept_first], group_of[scores.kept_second])
        self._category = np.where(high < groups, low * groups + high, groups * groups)
        rising = scores.kept_score[::-1]
        self._reach = [len(rising) - int(np.searchsorted(rising, step, side="left")) for step in steps]
        lowest = int(scores.kept_score[-1]) if len(rising) else STEPS + 1
        ones: Integers = np.ones(scores.persons, np.int64)
        self.people, self.impostors = self._people(ones), self._impostors(ones)
        self.genuine, self.matches = self._by_group(self._size).astype(np.int64), self._matches(ones)
        self.non_matches = self._each_by_group(self._below)
        self.people_not_matched = self._each_by_group(self._below > 0)
        self.impostor_people = self._impostor_people()
        self.kept = [scores.kept_all or int(step) >= lowest for step in steps]

    def rates(self, weights: Integers) -> Floats:
        """Give the FNMR per identity of each group, then the FMR of each category, at each threshold."""
        missed = np.array([self._by_group(weights * each) for each in self._share])
        missed = missed.reshape(len(self._share), self._groups)
        with np.errstate(invalid="ignore", divide="ignore"):
            fnmr = missed / self._people(weights)
            fmr = self._matches(weights) / self._impostors(weights)
        return np.hstack([fnmr, fmr])

    def by_group(self, values: Integers) -> Integers:
        """Add up a number of each identity: shape (groups,)."""
        return self._by_group(values).astype(np.int64)

    def _people(self, weights: Integers) -> Integers:
        """Count the identities of each group with a completed genuine comparison."""
        return self._by_group(weights * (self._size > 0)).astype(np.int64)

    def _impostor_people(self) -> Integers:
        """Count who stands in impostor comparisons. With everybody: who has a usable photograph."""
        count, everyone = self._groups, self._scores.everyone
        if everyone is not None:
            usable = self._by_group((everyone.references + everyone.probes > 0).astype(np.int64))
            return np.repeat(usable.astype(np.int64)[:, None], count, axis=1)
        first, second = self._scores.kept_first.astype(np.int64), self._scores.kept_second.astype(np.int64)
        meets = np.concatenate(
            [first * (count + 1) + self._group_of[second], second * (count + 1) + self._group_of[first]]
        )
        person, other = np.divmod(np.unique(meets), count + 1)
        table = np.zeros((count + 1, count + 1), np.int64)
        np.add.at(table, (self._group_of[person], other), 1)
        return table[:count, :count]

    def _impostors(self, weights: Integers) -> Integers:
        """Count the completed impostor comparisons in each category."""
        everyone = self._scores.everyone
        if everyone is None:
            return self._by_category(self._pairs(weights, len(self._category)))
        left, right = weights * everyone.references, weights * everyone.probes
        first, second = self._by_group(left), self._by_group(right)
        table = np.multiply.outer(first, second)
        both = table + table.T
        np.fill_diagonal(both, table.diagonal() - self._by_group(left * right))
        if everyone.once:
            # A cross category is counted from both sides; within a group each pair is counted twice.
            both = both / 2
        return np.triu(both).astype(np.int64).ravel()

    def _matches(self, weights: Integers) -> Integers:
        """Count those at or above each threshold: shape (thresholds, categories)."""
        pairs = self._pairs(weights, max(self._reach, default=0))
        counted = [self._by_category(pairs[:reach]) for reach in self._reach]
        return np.array(counted, np.int64).reshape(len(self._reach), self._groups**2)

    def _pairs(self, weights: Integers, count: int) -> Integers:
        return weights[self._scores.kept_first[:count]] * weights[self._scores.kept_second[:count]]

    def _by_category(self, pairs: Integers) -> Integers:
        last = self._groups * self._groups
        totals = np.bincount(self._category[: len(pairs)], weights=pairs, minlength=last + 1)
        return totals[:last].astype(np.int64)

    def _each_by_group(self, values: npt.NDArray[np.integer | np.bool_]) -> Integers:
        """Add up rows, one for each threshold: shape (thresholds, groups)."""
        totals = [self._by_group(row.astype(np.int64)) for row in values]
        return np.array(totals, np.int64).reshape(len(values), self._groups)

    def _by_group(self, values: npt.NDArray[np.float64] | Integers) -> Floats:
        totals = np.bincount(self._group_of, weights=values, minlength=self._groups + 1)
        return totals[: self._groups].astype(np.float64)
