"""Reports made of embeddings by chance: what is said of them is what would be said of people."""

import numpy as np

from lineproof.measure.differentials import measure_groups
from lineproof.measure.groups import NO_GROUP, Grouping
from lineproof.measure.rates import measure_rates
from lineproof.measure.report import Claim, Counts, FaceReport, Made, Pack
from lineproof.measure.scores import score_everyone
from tests.measure.score_sets import embeddings_by_chance

TARGETS = (1e-1, 1e-2, 1e-3, 1e-6)
LABELS = ("north", "south", "few")


def a_report(
    people: int = 60,
    *,
    seed: int = 1,
    spread: float = 0.6,
    labels: tuple[str, ...] = LABELS,
    targets: tuple[float, ...] = TARGETS,
    grouped: bool = True,
    replicates: int = 60,
) -> FaceReport:
    """Measure people made by chance: half of them in the first group, four in the last, one in none."""
    rows, person = embeddings_by_chance(people, seed=seed, spread=spread, without_face=0.03)
    scores = score_everyone(rows, person=person, persons=people)
    rates = measure_rates(scores, targets=targets, thresholds=(0.8, 0.95), seed=seed, replicates=replicates)
    group_of = np.arange(people) % (len(labels) - 1)
    group_of[:4], group_of[4] = len(labels) - 1, NO_GROUP
    found = rows.any(axis=1)
    groups = measure_groups(
        scores,
        Grouping(labels, group_of, "e" * 64),
        photographs=np.bincount(person, minlength=people),
        without_face=np.bincount(person[~found], minlength=people),
        at=tuple((point.target_fmr, point.threshold) for point in rates.at_targets if point.threshold),
        seed=seed,
        replicates=replicates,
    )
    completed = int((scores.genuine_score >= 0).sum())
    return FaceReport(
        counts=Counts(
            *(len(rows), people, len(np.unique(scores.genuine_person)), len(rows), int((~found).sum())),
            *(len(rows), int((~found).sum()), len(scores.genuine_score), completed),
            *(scores.impostors_intended, scores.impostor_count),
        ),
        rates=rates,
        claims=tuple(
            Claim(claimed, point) for claimed, point in zip((1e-2, 1e-3), rates.at_thresholds, strict=True)
        ),
        groups=groups if grouped else None,
        pack=Pack("test-pack", "a" * 64, "b" * 64, "Nobody's rights.", "1", "made by chance"),
        made=Made("all pairs", seed, replicates, "0.1.0", "c" * 64, "e" * 64 if grouped else None),
    )
