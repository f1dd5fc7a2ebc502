"""Calibrate the default model pack: what everybody's embedding has in common, and a threshold for each FMR.

Every photograph is measured twice: as a capture, and as a document's portrait, that is printed on a page,
photographed and straightened (`page_with`). The centre is the mean over the people of folds 1 to 3 of each
one's mean embedding, rounded to steps larger than any one person's part in it. Thresholds are set there too,
portraits against captures, all against all, and are reported once on folds 4 and 5, who are other people.

    python -m bench.calibrate [--data DIR] [--every N]

Prints what belongs into the pack's [calibration], and the tables of docs/measurements.md.
"""

import argparse
import sys
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from bench.face_data import CHOOSING, DATA, REPORTING, Evaluation, page_with, read_evaluation
from bench.parallel import each
from lineproof.decision.policy import shipped_policy
from lineproof.imaging.decode import CAPTURE_SIDE_PX, decode
from lineproof.imaging.embed import measure_photograph
from lineproof.imaging.face import find_upright_faces
from lineproof.imaging.models import FaceModels, load
from lineproof.imaging.portrait import measure_portrait
from lineproof.measure.rates import fnmr_at_fmr, measure_rates
from lineproof.measure.scores import STEPS, ScoreSet, score_across, score_everyone

TARGETS = (1e-3, 1e-4, 3e-5, 1e-5)
# Below the lower threshold a comparison is "not verified": of so many people's own, at most this share.
MOST_NOT_VERIFIED = 0.007
LOWER_TRIED = tuple(value / 1000 for value in range(540, 605, 5))
CENTRE_DIGITS = 3
SEED = 20261125

Rows = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """Embeddings without a centre: float32, shape (photographs, d); noughts without a face."""

    captures: Rows
    portraits: Rows

    def centred(self, centre: npt.NDArray[np.float64]) -> "Measured":
        """Take the centre off, as `imaging.embed` does."""
        return Measured(_centred(self.captures, centre), _centred(self.portraits, centre))


def main() -> int:
    """Measure, choose, report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA, help="holds images/ and pairs.txt as LFW has")
    options = parser.parse_args()
    if not (options.data / "pairs.txt").is_file():
        print(f"bench.calibrate: there are no evaluation images in {options.data}; name their folder.")
        return 2
    evaluation = read_evaluation(options.data)
    found = np.array(list(each(_measure_one, evaluation, range(len(evaluation.paths)), called="photographs")))
    measured = Measured(found[:, 0], found[:, 1])
    choosing, reporting = (np.isin(evaluation.fold, folds) for folds in (CHOOSING, REPORTING))
    centre = centre_of(measured.captures[choosing], evaluation.person[choosing])
    print("[calibration]\ncentre = [" + ", ".join(f"{value:.{CENTRE_DIGITS}f}" for value in centre) + "]")
    centred = measured.centred(centre)
    thresholds = report(centred, evaluation.of_folds(CHOOSING), choosing, None)
    report(centred, evaluation.of_folds(REPORTING), reporting, thresholds)
    return 0


@cache
def _models() -> FaceModels:
    cv2.setNumThreads(1)
    models = load()
    return replace(models, pack=replace(models.pack, centre=()))


def _measure_one(evaluation: Evaluation, number: int) -> Rows:
    models = _models()
    none = np.zeros(models.pack.dimensions, np.float32)
    content = evaluation.paths[number].read_bytes()
    image = decode(content, longest_side_px=CAPTURE_SIDE_PX)
    capture = measure_photograph(image, models)
    faces = find_upright_faces(image.pixels, models)
    if capture is None or not faces:
        return np.array([none, none])
    (x0, y0), (x1, y1) = faces[0].landmarks[:2]
    eyes = ((x0 + x1) / 2, (y0 + y1) / 2, faces[0].eye_distance_px)
    portrait = measure_portrait(page_with(image.pixels, eyes, number), models)
    return np.array([capture.embedding.values, none if portrait is None else portrait.embedding.values])


def centre_of(embeddings: Rows, person: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Give the mean over people of each one's mean embedding, rounded; those without a face are left out."""
    found = embeddings.any(axis=1)
    _, whose, photographs = np.unique(person[found], return_inverse=True, return_counts=True)
    means = np.zeros((len(photographs), embeddings.shape[1]))
    np.add.at(means, whose, embeddings[found].astype(np.float64))
    rounded: npt.NDArray[np.float64] = np.round((means / photographs[:, None]).mean(axis=0), CENTRE_DIGITS)
    return rounded


def _centred(embeddings: Rows, centre: npt.NDArray[np.float64]) -> Rows:
    moved = embeddings - centre.astype(np.float32)
    moved /= np.linalg.norm(moved, axis=1, keepdims=True)
    return np.where(embeddings.any(axis=1, keepdims=True), moved, 0).astype(np.float32)


def report(
    measured: Measured, people: Evaluation, rows: npt.NDArray[np.bool_], thresholds: list[float] | None
) -> list[float]:
    """Print the rates of one set of people; set the thresholds there unless they are given."""
    captures, portraits = measured.captures[rows], measured.portraits[rows]
    numbers = np.arange(len(captures))
    documents = score_across(
        portraits, captures, reference_person=people.person, probe_person=people.person,
        persons=people.persons, reference_source=numbers, probe_source=numbers,
    )  # fmt: skip
    if thresholds is None:
        points = [fnmr_at_fmr(documents, target, seed=SEED, replicates=10) for target in TARGETS]
        thresholds = [float(np.ceil((point.threshold or 1.0) * 1e4) / 1e4) for point in points]
        for target, threshold in zip(TARGETS, thresholds, strict=True):
            print(f"  {{ false_match_rate = {target:g}, similarity = {threshold:.4f} }},")
        print(f"lower threshold, where {100 * MOST_NOT_VERIFIED:g} % of people's own are lost: ", end="")
        print(f"{lower_threshold(documents):.3f}")
    policy = shipped_policy("generic")
    at = sorted({*thresholds, policy.reject_below.similarity, policy.accept_from.similarity})
    print(
        f"\n{len(captures):,} photographs of {people.persons:,} people; without a face as captures ", end=""
    )
    print(f"{int((~captures.any(axis=1)).sum())}, as portraits {int((~portraits.any(axis=1)).sum())}")
    _print_rates("portrait on a page against photograph", documents, at)
    single = score_everyone(captures, person=people.person, persons=people.persons)
    _print_rates("photograph against photograph", single, at)
    return thresholds


def lower_threshold(scores: ScoreSet) -> float:
    """Find the largest of the tried similarities below which not too many own comparisons lie."""
    rates = measure_rates(
        scores, targets=(1e-4,), thresholds=LOWER_TRIED, seed=SEED, replicates=10, det=False
    )
    fitting = [
        point.threshold
        for point in rates.at_thresholds
        if point.threshold is not None and point.per_identity.value <= MOST_NOT_VERIFIED
    ]
    return max(fitting)


def _print_rates(title: str, scores: ScoreSet, at: list[float]) -> None:
    print(f"{title}: {scores.impostor_count:,} comparisons of different people")
    rates = measure_rates(scores, targets=(1e-4,), thresholds=tuple(at), seed=SEED, det=False)
    for point in rates.at_thresholds:
        assert point.misses is not None
        assert point.fmr is not None
        assert point.threshold is not None
        matches = int(scores.impostors[round(point.threshold * STEPS) :].sum())
        print(
            f"  {point.threshold:.4f}   FMR {point.fmr.value:.2e} ({matches:,})   "
            f"FNMR per identity {100 * point.misses.per_identity.value:.2f} %, "
            f"per pair {100 * point.misses.per_pair.value:.2f} %"
        )


if __name__ == "__main__":
    sys.exit(main())
