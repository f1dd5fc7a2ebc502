"""Score sets made by hand, or from embeddings made by chance."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from lineproof.measure.scores import FAILED, STEPS, ScoreSet

Impostor = tuple[int, int, float]


def a_score_set(
    genuine: Mapping[int, Sequence[float]],
    impostors: Iterable[Impostor],
    *,
    persons: int | None = None,
    failed_impostors: int = 0,
) -> ScoreSet:
    """Build a set of listed comparisons from similarities; one of -1 is a comparison that failed."""
    own = sorted((_millionths(score), person) for person, scores in genuine.items() for score in scores)
    others = sorted(((_millionths(score), a, b) for a, b, score in impostors), reverse=True)
    most = max([*genuine, *(max(a, b) for _, a, b in others)], default=-1)
    return ScoreSet(
        persons=most + 1 if persons is None else persons,
        genuine_person=np.array([person for _, person in own], np.int32),
        genuine_score=np.array([score for score, _ in own], np.int32),
        impostors=np.bincount([score for score, _, _ in others], minlength=STEPS + 1),
        kept_first=np.array([a for _, a, _ in others], np.int32),
        kept_second=np.array([b for _, _, b in others], np.int32),
        kept_score=np.array([score for score, _, _ in others], np.int32),
        kept_all=True,
        everyone=None,
        impostors_intended=len(others) + failed_impostors,
    )


def _millionths(score: float) -> int:
    return FAILED if score < 0 else round(score * STEPS)


def embeddings_by_chance(
    people: int, *, seed: int, spread: float = 0.6, without_face: float = 0.0, dimensions: int = 8
) -> tuple[np.ndarray, np.ndarray]:
    """Make one to four embeddings of each person, unit length, float32; and the person in each row."""
    random = np.random.default_rng(seed)
    person = np.repeat(np.arange(people), random.integers(1, 5, people))
    rows = random.normal(size=(people, dimensions))[person]
    rows += spread * random.normal(size=rows.shape)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    rows[random.random(len(rows)) < without_face] = 0
    return rows.astype(np.float32), person
