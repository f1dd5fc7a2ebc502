"""Which photographs lose genuine comparisons? The error-versus-discard curve of every component of quality.

Captures of the evaluation images are spoiled to random degrees, one kind of damage for each component (of the
pose, they are taken as they are), and compared with the other photographs of their people at the threshold of
a false match rate of 1e-4. Then, worst first by the component's measure, captures are discarded: how many of
the genuine comparisons that are left are lost? After ISO/IEC 29794-1 (error versus discard characteristic).

A limit is where, of captures just beyond it, one comparison in ten is lost, or where one unspoiled capture
in 200 is beyond it, whichever marks fewer. It is chosen on folds 1 to 3 (--choose) and reported on 4 and 5.

    python -m bench.quality [--choose] [--data DIR] [--plot FILE.svg]
"""

import argparse
import sys
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from bench.damage import DAMAGES, STORED_QUALITY, quality_of
from bench.face_data import CHOOSING, DATA, REPORTING, Evaluation, Image, read_evaluation
from bench.one_photograph import measure_bytes
from bench.parallel import each
from lineproof.decision.finding import Check, Outcome
from lineproof.face.compare import Capture
from lineproof.face.quality import FaceMeasures, QualityLimits, check_capture_quality, limit_of
from lineproof.imaging.decode import decode
from lineproof.imaging.models import FaceModels, load
from lineproof.measure.rates import fnmr_at_fmr
from lineproof.measure.scores import score_everyone

TARGET_FMR = 1e-4
SEED = 20261125
# Of captures as bad as the limit, so many comparisons are lost.
LOST_AT_LIMIT = 0.10
# Captures over which the loss is averaged to find the limit.
WINDOW = 60
DISCARDED = (0.0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7)
AS_TAKEN = {"turned": Check.HEAD_POSE_YAW, "from above or below": Check.HEAD_POSE_PITCH}
FIELDS = tuple(field.name for field in fields(FaceMeasures))

Floats = npt.NDArray[np.float64]
Reals = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Spoiled:
    """Captures of one kind, worst first.

    badness: the component's measure, so that larger is worse; infinite without a face. lost: shares.
    marked: whether any component at all is beyond its shipped limit.
    """

    kind: str
    check: Check
    badness: Floats
    lost: Floats
    marked: npt.NDArray[np.bool_]


@cache
def _models() -> FaceModels:
    cv2.setNumThreads(1)
    return load()


def main() -> int:
    """Measure, and print or draw the curves."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA, help="holds images/ and pairs.txt as LFW has")
    parser.add_argument("--choose", action="store_true", help="on folds 1 to 3, where limits are chosen")
    parser.add_argument("--every", type=int, default=1, help="spoil only each n-th capture")
    parser.add_argument("--plot", type=Path, metavar="FILE.svg", help="draw the curves into this file")
    options = parser.parse_args()
    if not (options.data / "pairs.txt").is_file():
        print(
            f"bench.quality: there are no evaluation images in {options.data}; name their folder with --data."
        )
        return 2
    folds = CHOOSING if options.choose else REPORTING
    curves, plain = measure(read_evaluation(options.data).of_folds(folds), options.every)
    report(curves, plain, folds)
    if options.plot is not None:
        from bench.quality_plot import draw_curves

        options.plot.write_bytes(draw_curves(curves, folds))
    return 0


def measure(evaluation: Evaluation, every: int) -> tuple[list[Spoiled], Floats]:
    """Measure unspoiled and spoiled captures; give the curves, and the measures of the unspoiled."""
    plain = list(each(_plain, evaluation, range(len(evaluation.paths)), called="as taken"))
    rows = np.array([np.zeros_like(plain[0][0]) if e is None else e for e, _ in plain], np.float32)
    scores = score_everyone(rows, person=evaluation.person, persons=evaluation.persons)
    threshold = fnmr_at_fmr(scores, TARGET_FMR, seed=SEED, replicates=10).threshold
    assert threshold is not None
    others = Others(evaluation.person, rows, threshold)
    photographs = np.bincount(evaluation.person)[evaluation.person]
    taken = [int(number) for number in np.nonzero(photographs > 1)[0]]
    measures = np.array([plain[number][1] for number in taken])
    lost = np.array([others.lost(rows[number], number) for number in taken])
    curves = [_curve(kind, check, measures, lost) for kind, check in AS_TAKEN.items()]
    for place, (kind, (check, _)) in enumerate(DAMAGES.items()):
        numbers = taken[place % every :: every]
        asked = [place * len(plain) + number for number in numbers]
        found = list(each(_spoiled, evaluation, asked, called=kind))
        losses = [others.lost(row, number) for (row, _), number in zip(found, numbers, strict=True)]
        curves.append(_curve(kind, check, np.array([said for _, said in found]), np.array(losses)))
    return curves, measures


def _plain(evaluation: Evaluation, number: int) -> tuple[Reals, list[float]]:
    pixels = decode(evaluation.paths[number].read_bytes()).pixels
    return _said(measure_bytes(_stored(pixels, STORED_QUALITY), _models()))


def _spoiled(evaluation: Evaluation, asked: int) -> tuple[Reals, list[float]]:
    place, number = divmod(asked, len(evaluation.paths))
    check, damage = list(DAMAGES.values())[place]
    random = np.random.default_rng([SEED, place, number])
    severity = random.random()
    pixels = damage(decode(evaluation.paths[number].read_bytes()).pixels, severity, random)
    quality = quality_of(severity) if check is Check.COMPRESSION_ARTIFACTS else STORED_QUALITY
    return _said(measure_bytes(_stored(pixels, quality), _models()))


def _stored(pixels: Image, quality: int) -> bytes:
    bgr = np.ascontiguousarray(pixels[..., ::-1])
    return cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()


def _said(capture: Capture | None) -> tuple[Reals, list[float]]:
    """Give the embedding and the measures as plain numbers; noughts and not-a-numbers without a face."""
    if capture is None:
        return np.zeros(_models().pack.dimensions, np.float32), [np.nan] * len(FIELDS)
    return capture.embedding.values, [float(getattr(capture.measures, name)) for name in FIELDS]


@dataclass(frozen=True, slots=True, eq=False)
class Others:
    """The unspoiled photographs that a capture is compared with, and where a comparison is lost."""

    person: npt.NDArray[np.int64]
    rows: Reals
    threshold: float

    def lost(self, embedding: Reals, number: int) -> float:
        """Give the share of comparisons with the person's other photographs below the threshold."""
        others = np.nonzero(self.person == self.person[number])[0]
        others = others[others != number]
        similarity = (1 + self.rows[others].astype(np.float64) @ embedding.astype(np.float64)) / 2
        return float(np.mean((similarity < self.threshold) | (not embedding.any())))


def _curve(kind: str, check: Check, measures: Floats, lost: Floats) -> Spoiled:
    limit = limit_of(check)
    values = measures[:, FIELDS.index(limit.partition("_")[2])]
    badness = -values if limit.startswith("least") else np.abs(values)
    badness = np.where(np.isnan(badness), np.inf, badness)
    order = np.argsort(-badness, kind="stable")
    marked = np.array([is_marked(row) for row in measures])
    return Spoiled(kind, check, badness[order], lost[order], marked[order])


def is_marked(row: Floats) -> bool:
    """Tell whether any component of quality says that a capture is not fit; without a face it is not."""
    findings = check_capture_quality(FaceMeasures(*row.tolist()), QualityLimits())
    return any(finding.outcome is not Outcome.PASS for finding in findings)


def chosen_limit(curve: Spoiled) -> float | None:
    """Find the mildest badness from which on captures lose so many comparisons; None if they never do."""
    seen = np.isfinite(curve.badness)
    badness, lost = curve.badness[seen], curve.lost[seen]
    window = np.ones(min(WINDOW, len(lost))) / min(WINDOW, len(lost))
    local = np.convolve(lost, window, mode="same")
    # Worst first: beyond the limit every window loses too much.
    bad = np.minimum.accumulate(local >= LOST_AT_LIMIT)
    return float(badness[bad][-1]) if bad.any() else None


def report(curves: list[Spoiled], plain: Floats, folds: tuple[int, ...]) -> None:
    """Print the curves, what a limit would be here, and what the shipped limits find and trouble."""
    print(f"Error versus discard, folds {', '.join(map(str, folds))}; share of genuine comparisons lost, %")
    print(f"at the threshold of FMR {TARGET_FMR:g}, after discarding the worst so many %\n")
    print(f"{'captures':<21}{'n':>6}" + "".join(f"{100 * share:>7.0f}" for share in DISCARDED))
    for curve in curves:
        kept = [curve.lost[round(share * len(curve.lost)) :].mean() for share in DISCARDED]
        print(f"{curve.kind:<21}{len(curve.lost):>6}" + "".join(f"{100 * value:7.1f}" for value in kept))
    print(
        "\nOne component: comparisons lost beyond its shipped limit and within, and where the limit would be"
    )
    print("here. All components: captures that any of them marks, and comparisons lost by the others.\n")
    print(
        f"{'captures':<21}{'measure':<29}{'limit':>6}{'here':>7}{'beyond':>9}{'within':>8}"
        f"{'marked':>9}{'others':>8}"
    )
    limits = QualityLimits()
    for curve in curves:
        name = limit_of(curve.check)
        limit, sign = float(getattr(limits, name)), -1 if name.startswith("least") else 1
        here = chosen_limit(curve)
        beyond = curve.badness > sign * limit
        print(
            f"{curve.kind:<21}{name:<29}{limit:>6.2f}{'-' if here is None else f'{sign * here:.2f}':>7}"
            f"{_mean(curve.lost[beyond]):>9}{_mean(curve.lost[~beyond]):>8}"
            f"{_mean(curve.marked):>9}{_mean(curve.lost[~curve.marked]):>8}"
        )
    print(f"\nUnspoiled captures ({len(plain):,}) beyond the limit of each component:")
    for name in (field.name for field in fields(QualityLimits)):
        limit, sign = float(getattr(limits, name)), -1 if name.startswith("least") else 1
        values = plain[:, FIELDS.index(name.partition("_")[2])]
        print(f"  {name:<29}{_mean((-values if sign < 0 else np.abs(values)) > sign * limit):>7}")
    print(f"  {'any':<29}{_mean(np.array([is_marked(row) for row in plain])):>7}")


def _mean(values: npt.NDArray[Any]) -> str:
    return f"{100 * np.mean(values):.1f} %" if len(values) else "-"


if __name__ == "__main__":
    sys.exit(main())
