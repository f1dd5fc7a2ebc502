"""The comparisons of a measurement, as scores without names: what the error rates are counted from.

Besides `face.compare` this is the only module that multiplies embeddings, and it answers no question about
a person: out of it come the scores of people who are numbers, for counting, and nothing that says which
photograph resembles which. Nothing that serves an applicant imports it: tests/redlines/.

Scores are whole millionths of the similarity of `compare`, rounded down. So a threshold is an exact decimal,
ties are ties on every machine, and `score >= threshold` is decided as it is for an applicant.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lineproof.errors import Malformed
from lineproof.measure.progress import Progress, silent

STEPS = 1_000_000
FAILED = -1
"""The score of a comparison that could not be carried out: below every threshold."""

# How many impostor comparisons are kept one by one, the most alike, for the intervals; all are counted.
# Two million are 24 MB, and reach down to an FMR of 2 % when 13,000 photographs are compared.
MOST_KEPT = 2_000_000
# How many scores are made at once: 32 MB of them.
BLOCK_SCORES = 4_000_000
# What a product of two float64 numbers may lose, in millionths, is not what decides.
ROUNDING = 1e-6

Floats = npt.NDArray[np.float64]
Embeddings = npt.NDArray[np.float32]
Integers = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Everyone:
    """How often each identity was on each side, when everybody was compared with everybody.

    references, probes: usable photographs of each identity, shape (persons,).
    once: the references are the probes, and each pair of photographs was compared once.
    """

    references: Integers
    probes: Integers
    once: bool


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class ScoreSet:
    """All comparisons of one measurement. A working value: it never leaves the process.

    persons: number of identities; an identity is a number from 0.
    genuine_person, genuine_score: every comparison of somebody with themselves (mated), failed ones
        included, in ascending order of score.
    impostors: completed comparisons of two people (non-mated) by score, shape (STEPS + 1,).
    kept_first, kept_second, kept_score: the two identities and the score of the most alike of them, in
        descending order of score. kept_all: these are all of them.
    everyone: None when the comparisons were listed one by one; then all of them are kept.
    impostors_intended: how many there would be without failures.
    """

    persons: int
    genuine_person: Numbers
    genuine_score: Numbers
    impostors: Integers
    kept_first: Numbers
    kept_second: Numbers
    kept_score: Numbers
    kept_all: bool
    everyone: Everyone | None
    impostors_intended: int

    def __post_init__(self) -> None:
        """Check what the counting relies on."""
        if self.everyone is None and not self.kept_all:
            raise Malformed("Of listed comparisons all must be kept.")

    @property
    def impostor_count(self) -> int:
        """Count the completed comparisons of two people."""
        return int(self.impostors.sum())


def score_listed(
    embeddings: Embeddings, *, person: Integers, references: Integers, probes: Integers, persons: int
) -> ScoreSet:
    """Score the listed comparisons: row references[k] of the embeddings with row probes[k].

    embeddings: shape (n, d), unit length; a row of zeros is a photograph in which no face was found.
    person: the identity in each row, from 0 and below persons.
    """
    found: npt.NDArray[np.bool_] = np.any(embeddings != 0, axis=1)
    scores = np.full(len(references), FAILED, np.int32)
    for start in range(0, len(references), 100_000):
        part = slice(start, start + 100_000)
        left = embeddings[references[part]].astype(np.float64)
        right = embeddings[probes[part]].astype(np.float64)
        scores[part] = _millionths(np.einsum("ij,ij->i", left, right))
    scores[~(found[references] & found[probes])] = FAILED
    first, second = person[references], person[probes]
    same = first == second
    kept = ~same & (scores != FAILED)
    return _score_set(
        persons=persons,
        genuine=(first[same], scores[same]),
        impostors=np.bincount(scores[kept], minlength=STEPS + 1),
        kept=_Kept(first[kept].astype(np.int32), second[kept].astype(np.int32), scores[kept]),
        kept_all=True,
        everyone=None,
        impostors_intended=int((~same).sum()),
    )


def score_everyone(
    embeddings: Embeddings,
    *,
    person: Integers,
    persons: int,
    most_kept: int = MOST_KEPT,
    progress: Progress = silent,
) -> ScoreSet:
    """Compare each photograph with each other one, once.

    embeddings, person, persons: as in `score_listed`. most_kept: see MOST_KEPT.
    progress: told how many comparisons are made.
    """
    found = embeddings.any(axis=1)
    tally = _Tally(most_kept)
    usable, who = embeddings[found].astype(np.float64), person[found].astype(np.int32)
    every = len(usable) * (len(usable) - 1) // 2
    for rows in _blocks(len(usable), len(usable)):
        start = rows.start
        scores = _millionths(usable[rows] @ usable[start:].T)
        later = np.arange(start, len(usable)) > np.arange(start, rows.stop)[:, None]
        tally.add(scores, who[rows], who[start:], later)
        remaining = len(usable) - rows.stop
        progress(every - remaining * (remaining - 1) // 2, every)
    sizes = np.bincount(person, minlength=persons)
    shown = np.bincount(who, minlength=persons)
    return _counted(
        tally,
        persons=persons,
        genuine_intended=sizes * (sizes - 1) // 2,
        everyone=Everyone(shown, shown, once=True),
        impostors_intended=int((sizes.sum() ** 2 - (sizes**2).sum()) // 2),
    )


def score_across(
    references: Embeddings,
    probes: Embeddings,
    *,
    reference_person: Integers,
    probe_person: Integers,
    persons: int,
    reference_source: Integers | None = None,
    probe_source: Integers | None = None,
    most_kept: int = MOST_KEPT,
) -> ScoreSet:
    """Compare each reference with each probe, for instance portraits of documents with captures.

    references, probes: embeddings as in `score_listed`; reference_person, probe_person: their identities.
    reference_source, probe_source: numbers, from 0, of the photographs they were made from. What was made
    from one photograph is not compared: a capture with its own print would measure the printing.
    """
    from_reference = np.arange(len(references)) if reference_source is None else reference_source
    from_probe = -2 - np.arange(len(probes)) if probe_source is None else probe_source
    found_reference, found_probe = references.any(axis=1), probes.any(axis=1)
    tally = _Tally(most_kept)
    left, right = references[found_reference].astype(np.float64), probes[found_probe].astype(np.float64)
    who_left = reference_person[found_reference].astype(np.int32)
    who_right = probe_person[found_probe].astype(np.int32)
    source_left, source_right = from_reference[found_reference], from_probe[found_probe]
    for rows in _blocks(len(left), len(right)):
        apart = source_left[rows, None] != source_right[None, :]
        tally.add(_millionths(left[rows] @ right.T), who_left[rows], who_right, apart)
    sizes_left = np.bincount(reference_person, minlength=persons)
    sizes_right = np.bincount(probe_person, minlength=persons)
    sources, times = np.unique(from_probe, return_counts=True)
    at = np.searchsorted(sources, from_reference)
    known = np.append(sources, -1)[at] == from_reference
    same_source = np.where(known, np.append(times, 0)[at], 0)
    return _counted(
        tally,
        persons=persons,
        genuine_intended=sizes_left * sizes_right
        - np.bincount(reference_person, weights=same_source, minlength=persons).astype(np.int64),
        everyone=Everyone(
            np.bincount(who_left, minlength=persons), np.bincount(who_right, minlength=persons), once=False
        ),
        impostors_intended=int(sizes_left.sum() * sizes_right.sum() - (sizes_left * sizes_right).sum()),
    )


def _blocks(rows: int, columns: int) -> Iterator[slice]:
    """Cut a table of scores into blocks of rows that are not too large."""
    height = max(1, BLOCK_SCORES // max(1, columns))
    for start in range(0, rows, height):
        yield slice(start, min(start + height, rows))


def _millionths(cosine: Floats) -> Numbers:
    """Bring cosines to the scale of `compare`, (1 + cosine) / 2, in whole millionths."""
    scaled = np.floor((1.0 + cosine) * (STEPS / 2) + ROUNDING)
    return np.clip(scaled, 0, STEPS).astype(np.int32)


@dataclass(frozen=True, slots=True)
class _Kept:
    first: Numbers
    second: Numbers
    score: Numbers


class _Tally:
    """Counts comparisons block by block, and keeps the most alike impostors, all ties or none of a score."""

    def __init__(self, most_kept: int) -> None:
        self.impostors: Integers = np.zeros(STEPS + 1, np.int64)
        self._most = most_kept
        self._least_score = 0
        self._genuine: list[tuple[Numbers, Numbers]] = []
        self._kept: list[_Kept] = []
        self._waiting = 0

    def add(self, scores: Numbers, rows: Numbers, columns: Numbers, counted: npt.NDArray[np.bool_]) -> None:
        """Count one block of scores. rows, columns: whose; counted: which of them are comparisons."""
        same = rows[:, None] == columns[None, :]
        genuine = same & counted
        at = np.nonzero(genuine)
        self._genuine.append((rows[at[0]], scores[at]))
        others = counted & ~same
        self.impostors += np.bincount(scores[others], minlength=STEPS + 1)
        row, column = np.nonzero(others & (scores >= self._least_score))
        self._kept.append(_Kept(rows[row], columns[column], scores[row, column]))
        self._waiting += len(row)
        if self._waiting > 2 * self._most:
            self._drop()

    def genuine(self) -> tuple[Numbers, Numbers]:
        """Give the identities and scores of all genuine comparisons."""
        empty = np.zeros(0, np.int32)
        parts = [(empty, empty), *self._genuine]
        return np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts])

    def kept(self) -> tuple[_Kept, bool]:
        """Give the most alike impostors, and whether these are all."""
        if self._waiting > self._most:
            self._drop()
        return self._joined(), self._least_score == 0

    def _joined(self) -> _Kept:
        empty = np.zeros(0, np.int32)
        parts = [_Kept(empty, empty, empty), *self._kept]
        return _Kept(*(np.concatenate([getattr(part, name) for part in parts]) for name in _Kept.__slots__))

    def _drop(self) -> None:
        joined = self._joined()
        above = np.cumsum(np.bincount(joined.score, minlength=STEPS + 1)[::-1])[::-1]
        self._least_score = int(np.argmax(np.append(above, 0) <= self._most))
        stay = joined.score >= self._least_score
        self._kept = [_Kept(joined.first[stay], joined.second[stay], joined.score[stay])]
        self._waiting = int(stay.sum())


def _counted(
    tally: _Tally, *, persons: int, genuine_intended: Integers, everyone: Everyone, impostors_intended: int
) -> ScoreSet:
    """Close the count: what was intended and did not come about is a failed comparison."""
    person, score = tally.genuine()
    missing = genuine_intended - np.bincount(person, minlength=persons)
    failed = np.repeat(np.arange(persons, dtype=np.int32), missing)
    kept, kept_all = tally.kept()
    return _score_set(
        persons=persons,
        genuine=(
            np.concatenate([failed, person]),
            np.concatenate([np.full(len(failed), FAILED, np.int32), score]),
        ),
        impostors=tally.impostors,
        kept=kept,
        kept_all=kept_all,
        everyone=everyone,
        impostors_intended=impostors_intended,
    )


def _score_set(
    *,
    persons: int,
    genuine: tuple[npt.NDArray[np.integer], Numbers],
    impostors: Integers,
    kept: _Kept,
    kept_all: bool,
    everyone: Everyone | None,
    impostors_intended: int,
) -> ScoreSet:
    upward = np.argsort(genuine[1], kind="stable")
    downward = np.argsort(-kept.score, kind="stable")
    return ScoreSet(
        persons=persons,
        genuine_person=genuine[0][upward].astype(np.int32),
        genuine_score=genuine[1][upward],
        impostors=impostors,
        kept_first=kept.first[downward],
        kept_second=kept.second[downward],
        kept_score=kept.score[downward],
        kept_all=kept_all,
        everyone=everyone,
        impostors_intended=impostors_intended,
    )


def named_persons(names: list[str]) -> tuple[Integers, int]:
    """Number identities by the order of their names, so that the numbers depend on nothing else.

    Returns the number of each name, and how many different ones there are.
    """
    different, numbers = np.unique(np.array(names), return_inverse=True)
    return numbers.astype(np.int64), len(different)


def impostor_weight(scores: ScoreSet, weights: Integers) -> int:
    """Count the completed impostor comparisons when identity k stands weights[k] times among the people.

    A comparison of identities a and b then happens weights[a] * weights[b] times.
    """
    if scores.everyone is None:
        return int((weights[scores.kept_first] * weights[scores.kept_second]).sum())
    left, right = weights * scores.everyone.references, weights * scores.everyone.probes
    both = int(left.sum()) * int(right.sum()) - int((left * right).sum())
    return both // 2 if scores.everyone.once else both
