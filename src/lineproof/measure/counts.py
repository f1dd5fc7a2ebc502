"""A score set made ready to be counted: at any threshold, under any weights of its people."""

import numpy as np

from lineproof.measure.bootstrap import Floats, Integers, resamples
from lineproof.measure.progress import Progress, silent
from lineproof.measure.scores import FAILED, STEPS, Numbers, ScoreSet, impostor_weight

# A share of a whole number of comparisons may come out a hair below that number.
HAIR = 1e-12

# The rows of what is read at thresholds.
PER_IDENTITY, PER_PAIR, GENERALIZED_PER_IDENTITY, GENERALIZED_PER_PAIR, FMR = range(5)
READ = 5


class Counted:
    """The counts of one score set. Shares of genuine comparisons are those that do not match."""

    def __init__(self, scores: ScoreSet) -> None:
        self.scores = scores
        failed = int(np.searchsorted(scores.genuine_score, FAILED, side="right"))
        self._completed = _Genuine(scores, failed)
        self._intended = _Genuine(scores, 0)
        self._failures = failed > 0
        self._above: Integers = np.append(np.cumsum(scores.impostors[::-1])[::-1], 0)
        self._rising: Numbers = scores.kept_score[::-1]
        # The least threshold that keeps out the k-th kept comparison; after the last one, everything matches.
        self._keeps_out: Integers = np.append(scores.kept_score + 1, 0).astype(np.int64)
        lowest = int(scores.kept_score[-1]) if len(scores.kept_score) else STEPS + 1
        self._floor = 0 if scores.kept_all else lowest

    def people(self, step: int) -> tuple[tuple[int, int], ...]:
        """Count for each of the first four rows the people behind it, and those with a non-match."""
        sets = (self._completed, self._completed, self._intended, self._intended)
        return tuple((each.people, each.below(step)[1]) for each in sets)

    def threshold_at(self, target_fmr: float) -> int:
        """Find the least threshold, in millionths, whose FMR is at most the target."""
        return int(np.argmax(self._above <= target_fmr * self._above[0] * (1 + HAIR)))

    def false_matches(self, step: int) -> int:
        """Count the impostor comparisons at or above a threshold in millionths."""
        return int(self._above[min(max(step, 0), STEPS + 1)])

    def non_matches(self, step: int) -> tuple[int, int]:
        """Count the completed genuine comparisons below a threshold in millionths, and whose they are."""
        return self._completed.below(step)

    def read(self, steps: Integers) -> Floats:
        """Read all rates at thresholds in millionths: shape (READ, len(steps))."""
        ones = np.ones(self.scores.persons, np.int64)
        fmr = self._above[np.clip(steps, 0, STEPS + 1)] / self._above[0]
        return np.vstack([*self._misses(ones, steps), fmr])

    def replicates(
        self, targets: Floats, given: Integers, *, seed: int, replicates: int, progress: Progress = silent
    ) -> Floats:
        """Read all rates in each replicate: shape (replicates, READ, len(targets) + len(given))."""
        drawn = np.empty((replicates, READ, len(targets) + len(given)))
        for number, weights in enumerate(resamples(self.scores.persons, seed=seed, replicates=replicates)):
            drawn[number] = self.replicate(weights, targets, given)
            progress(number + 1, replicates)
        return drawn

    def replicate(self, weights: Integers, targets: Floats, given: Integers) -> Floats:
        """Read all rates under weights: at thresholds set anew for the targets, then at given ones.

        A rate that would need more impostor comparisons than were kept, or people who were not drawn, is NaN.
        """
        scores = self.scores
        short = weights.astype(np.int32)
        running = np.cumsum(short[scores.kept_first] * short[scores.kept_second], dtype=np.int64)
        total = impostor_weight(scores, weights)
        if total == 0:
            return np.full((READ, len(targets) + len(given)), np.nan)
        place = np.searchsorted(running, targets * total * (1 + HAIR), side="right")
        steps = np.concatenate([self._keeps_out[place], given])
        matches = len(running) - np.searchsorted(self._rising, steps, side="left")
        fmr = np.where(matches > 0, running[matches - 1], 0) / total if len(running) else 0.0 * steps
        fmr[steps < self._floor] = np.nan
        read = np.vstack([*self._misses(weights, steps), fmr])
        if not scores.kept_all:
            read[:, : len(targets)][:, place == len(running)] = np.nan
        return read

    def _misses(self, weights: Integers, steps: Integers) -> tuple[Floats, Floats, Floats, Floats]:
        completed = self._completed.shares_below(weights, steps)
        if not self._failures:
            return (*completed, *completed)
        return (*completed, *self._intended.shares_below(weights, steps))


class _Genuine:
    """Genuine comparisons in ascending order of score, from one place on."""

    def __init__(self, scores: ScoreSet, start: int) -> None:
        self._score: Numbers = scores.genuine_score[start:]
        self._person: Numbers = scores.genuine_person[start:]
        size = np.bincount(self._person, minlength=scores.persons)
        self._share: Floats = 1 / size[self._person]
        self.people = int((size > 0).sum())

    def below(self, step: int) -> tuple[int, int]:
        """Count the comparisons below a threshold, and the people they are of."""
        below = int(np.searchsorted(self._score, step, side="left"))
        return below, len(np.unique(self._person[:below]))

    def shares_below(self, weights: Integers, steps: Integers) -> tuple[Floats, Floats]:
        """Give the share of comparisons below each threshold: per identity, then per pair."""
        drawn = weights[self._person]
        below = np.searchsorted(self._score, steps, side="left")
        pairs = np.append(0, np.cumsum(drawn))
        identities = np.append(0.0, np.cumsum(drawn * self._share))
        # Divided by what was added up: so all is exactly 1, and nothing exactly 0.
        with np.errstate(invalid="ignore"):
            return identities[below] / identities[-1], pairs[below] / pairs[-1]
