"""What was tried on the comparison of faces, and what it brought, on folds 1 to 3 where it was chosen.

Each row changes one thing. FNMR per identity at a false match rate of 1e-4 hangs on few people, so its mean
over FMRs from 1e-2 to 3e-5 stands beside it, and that mean's paired difference from the row named above.

    python -m bench.face_variants [--data DIR]
"""

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bench.calibrate import centre_of
from bench.face_accuracy import sessions
from bench.face_data import CHOOSING, DATA, Evaluation, read_evaluation
from bench.face_ways import CHANGES, PLACES, SEED, TILT_DEGREES, measure_one
from bench.parallel import each
from lineproof.measure.bootstrap import percentile_estimate, resamples
from lineproof.measure.counts import PER_IDENTITY, Counted
from lineproof.measure.scores import ScoreSet, score_across, score_everyone

TARGETS = np.array([1e-2, 3e-3, 1e-3, 3e-4, 1e-4, 3e-5])
THE_TARGET = 4
REPLICATES = 300
# Of the length of an embedding before it is brought to 1: what is shorter is of a poorer photograph.
GOOD_LENGTH, EASE = 12.3, 0.01

Rows = npt.NDArray[np.float64]


def main() -> int:
    """Measure everything once, then print row by row."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA, help="holds images/ and pairs.txt as LFW has")
    options = parser.parse_args()
    if not (options.data / "pairs.txt").is_file():
        print(f"bench.face_variants: there are no evaluation images in {options.data}; name their folder.")
        return 2
    people = read_evaluation(options.data).of_folds(CHOOSING)
    found = list(each(measure_one, people, range(len(people.paths)), called="photographs"))
    rows = {name: np.array([one[name] for one in found], np.float64) for name in found[0]}
    Report(rows, people).print_all()
    return 0


def unit(rows: Rows) -> Rows:
    """Bring embeddings to unit length; noughts stay."""
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(np.divide(rows, length, out=np.zeros_like(rows), where=length > 0))


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """FNMR per identity at the targets, and in each replicate their mean."""

    at_targets: npt.NDArray[np.float64]
    per_pair: float
    mean_drawn: npt.NDArray[np.float64]


def curve_of(scores: ScoreSet) -> Curve:
    """Read one set of scores; the same seed draws the same people for all."""
    counted = Counted(scores)
    steps = np.array([counted.threshold_at(target) for target in TARGETS])
    read = counted.read(steps)
    none = np.zeros(0, np.int64)
    drawn = [
        counted.replicate(weights, TARGETS, none)[PER_IDENTITY].mean()
        for weights in resamples(scores.persons, seed=SEED, replicates=REPLICATES)
    ]
    return Curve(read[PER_IDENTITY], float(read[PER_IDENTITY + 1][THE_TARGET]), np.array(drawn))


class Report:
    """The printed rows."""

    def __init__(self, rows: dict[str, Rows], people: Evaluation) -> None:
        """Take what was measured."""
        self.rows, self.people = rows, people

    def print_all(self) -> None:
        """Print every table."""
        shipped = unit(self.rows["slope large, place small"])
        print(f"{len(self.people.paths):,} photographs of {self.people.persons:,} people, folds 1 to 3")
        print("FNMR, %: per identity at FMR 1e-4, per pair, mean over FMRs 1e-2 to 3e-5; its difference\n")
        base = self._row(
            "whole picture, as it comes (baseline)", unit(self.rows["whole picture, as it comes"])
        )
        print("\nwhere the landmarks are taken from (from the baseline):")
        for name in PLACES:
            self._row(name, unit(self.rows[name]), base)
        print(f"\nphotographs tilted by {TILT_DEGREES} degrees (standard deviation), from the first row:")
        first = self._row("small, twice", unit(self.rows["tilted: small, twice"]))
        self._row("large, twice", unit(self.rows["tilted: large, twice"]), first)
        self._row("slope large, place small", unit(self.rows["tilted: slope large, place small"]), first)
        print("\nwhat is made of the embeddings, slope large and place small (from the first row):")
        plain = self._row("as they are", shipped)
        centre = _centre(shipped, self.people.person)
        self._row("half the centre taken off", unit(shipped - centre / 2), plain)
        centred = self._row("the centre taken off (shipped)", unit(shipped - centre), plain)
        print("\nwhat is shown to the embedder, the centre taken off (from what ships):")
        for name in CHANGES:
            if "capture" not in name:
                rows = unit(self.rows[name])
                self._row(name, unit(rows - _centre(rows, self.people.person)), centred)
        self._print_learned(shipped)
        self._print_eased(
            unit(shipped - centre), np.linalg.norm(self.rows["slope large, place small"], axis=1)
        )
        self._print_portraits(unit(shipped - centre), centre)
        self._print_sessions(unit(shipped - centre))

    def _row(self, name: str, rows: Rows, against: Curve | None = None) -> Curve:
        return self._curve(name, self._everyone(rows), against)

    def _everyone(self, rows: Rows) -> ScoreSet:
        return score_everyone(rows.astype(np.float32), person=self.people.person, persons=self.people.persons)

    def _curve(self, name: str, scores: ScoreSet, against: Curve | None) -> Curve:
        curve = curve_of(scores)
        change = ""
        if against is not None:
            mean = float(curve.at_targets.mean() - against.at_targets.mean())
            estimate = percentile_estimate(mean, curve.mean_drawn - against.mean_drawn)
            if estimate.low is not None and estimate.high is not None:
                change = f"{100 * mean:+7.2f} [{100 * estimate.low:+.2f}, {100 * estimate.high:+.2f}]"
        print(
            f"  {name:<40}{100 * curve.at_targets[THE_TARGET]:6.2f}{100 * curve.per_pair:7.2f}"
            f"{100 * curve.at_targets.mean():7.2f}{change}",
            flush=True,
        )
        return curve

    def _print_learned(self, plain: Rows) -> None:
        """Learn on two folds, read on the third: the centre, and the spread within one person as well."""
        print("\nlearned on two of the folds and read on the third, FNMR at FMR 1e-4, mean of the three:")
        for name, learn in (
            ("the centre", _learn_centre),
            ("centre and spread within a person", _learn_spread),
        ):
            read = []
            for fold in CHOOSING:
                here = self.people.fold == fold
                rows = learn(plain[~here], self.people.person[~here], plain[here])
                numbered = np.unique(self.people.person[here], return_inverse=True)[1]
                scores = score_everyone(
                    rows.astype(np.float32), person=numbered.astype(np.int64), persons=int(numbered.max()) + 1
                )
                read.append(curve_of(scores).at_targets[THE_TARGET])
            print(f"  {name:<40}{100 * np.mean(read):6.2f}")

    def _print_eased(self, rows: Rows, length: npt.NDArray[np.float64]) -> None:
        """Make it easier for poor photographs, and see who else gets in."""
        print(
            "\nscores raised for poor photographs (short embeddings), and the FMR of the poorest tenth there:"
        )
        raised = EASE * np.maximum(0, GOOD_LENGTH - length)[:, None]
        ones = np.ones_like(raised)
        ways = {"as they are": (rows, rows)}
        ways["raised"] = (np.hstack([rows, raised, ones]), np.hstack([rows, ones, raised]))
        poorest = length <= np.quantile(length, 0.1)
        numbers = np.arange(len(rows))
        first = None
        for name, (left, right) in ways.items():
            scores = _across(left, right, self.people, numbers, numbers)
            curve = self._curve(name, scores, first)
            first = first or curve
            step = Counted(scores).threshold_at(float(TARGETS[THE_TARGET]))
            poor = _across(left, right[poorest], self.people, numbers, numbers[poorest])
            print(f"  {'':<40}FMR {poor.impostors[step:].sum() / poor.impostor_count:.1e}")

    def _print_portraits(self, captures: Rows, centre: npt.NDArray[np.float64]) -> None:
        print("\nportraits, grey, 20 px between the eyes, against photographs (from the first row):")
        numbers = np.arange(len(captures))
        first = None
        for name in ("", ", bicubic", ", sharpened", ", with its mirror image"):
            portraits = unit(unit(self.rows[f"grey 20 px{name}"]) - centre)
            curve = self._curve(
                f"grey 20 px{name}", _across(portraits, captures, self.people, numbers, numbers), first
            )
            first = first or curve
        portraits = unit(unit(self.rows["grey 20 px"]) - centre)
        for name in ("grey capture", "capture as coarse as 20 px"):
            probes = unit(unit(self.rows[name]) - centre)
            self._curve(name, _across(portraits, probes, self.people, numbers, numbers), first)

    def _print_sessions(self, rows: Rows) -> None:
        print("\nsessions, a stand-in: three other photographs of the person, fused (from one frame):")
        fused, single = sessions(rows.astype(np.float32), self.people)
        first = self._curve("one frame", single, None)
        self._curve("mean of three", fused, first)


def _across(
    left: Rows,
    right: Rows,
    people: Evaluation,
    left_numbers: npt.NDArray[np.int64],
    right_numbers: npt.NDArray[np.int64],
) -> ScoreSet:
    return score_across(
        left.astype(np.float32), right.astype(np.float32),
        reference_person=people.person[left_numbers], probe_person=people.person[right_numbers],
        persons=people.persons, reference_source=left_numbers, probe_source=right_numbers,
    )  # fmt: skip


def _centre(rows: Rows, person: npt.NDArray[np.int64]) -> Rows:
    return centre_of(rows.astype(np.float32), person)


def _learn_centre(known: Rows, person: npt.NDArray[np.int64], rows: Rows) -> Rows:
    return unit(rows - _centre(known, person))


def _learn_spread(known: Rows, person: npt.NDArray[np.int64], rows: Rows) -> Rows:
    """Whiten by the covariance within a person, 0.7 of the way to a round one (WCCN; Hatch, 2006)."""
    centre = _centre(known, person)
    photographs = np.bincount(person)
    means = np.zeros((len(photographs), known.shape[1]))
    np.add.at(means, person, known)
    several = photographs[person] > 1
    own = means[person[several]] / photographs[person[several], None]
    freedom = np.sqrt(photographs[person[several]] / (photographs[person[several]] - 1.0))
    spread = (known[several] - own) * freedom[:, None]
    covariance = spread.T @ spread / len(spread)
    round_one = np.trace(covariance) / len(covariance) * np.eye(len(covariance))
    whitening = np.linalg.cholesky(np.linalg.inv(0.3 * covariance + 0.7 * round_one))
    whitened: Rows = (rows - centre) @ whitening
    return unit(whitened)


if __name__ == "__main__":
    sys.exit(main())
