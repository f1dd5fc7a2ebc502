"""Measure the default model pack's error rates on labelled photographs, through the product's own pipeline.

    python tools/calibrate_faces.py FOLDER [--every N]

FOLDER holds Labeled Faces in the Wild as its authors lay it out: images/NAME/NAME_0001.jpg, and pairs.txt
with its folds. Nothing of it enters the project; nothing but counts is printed.

Every photograph is measured twice: as a capture, and as a document's portrait, that is printed on a page,
photographed and straightened (`page_with`). Everyone is compared with everyone. Thresholds are chosen on
the people of folds 1 to 3 and reported once on the people of the other folds, who are other people.

Terms of ISO/IEC 19795-1: FMR is the share of comparisons of different people at or above the threshold, TAR
the share of comparisons of the same person there. Per pair counts every comparison once; per identity
gives every person the same weight, which is the number to quote: few people make up most pairs.
"""

import argparse
import sys
import time
from dataclasses import dataclass, fields
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from lineproof.face.quality import TWO_FACES, FaceMeasures, QualityIssue, QualityLimits, fitness
from lineproof.imaging import decode, models
from lineproof.imaging.embed import measure_capture
from lineproof.imaging.face import find_upright_faces
from lineproof.imaging.portrait import measure_portrait

CHOSEN_ON_FOLDS = 3
TARGETS = (1e-3, 1e-4, 2e-5, 1e-5)
LOWER_MISS = 0.01
BINS = 20_000
PX_PER_MM = 8
PAGE_MM = (125, 88)
Image = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]
Reals = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Samples:
    """All measurements: row i of each array is photograph i; a row of zeros was not measured."""

    person: npt.NDArray[np.int64]
    fold: npt.NDArray[np.int64]
    captures: Floats
    portraits: Floats
    capture_measures: list[FaceMeasures]
    portrait_measures: list[FaceMeasures]
    several_persons: int
    capture_ms: float


@dataclass(frozen=True, slots=True)
class Scores:
    """Histograms of similarity, and for each person with a genuine pair the scores of those pairs."""

    impostors: npt.NDArray[np.int64]
    genuine: list[Floats]

    def false_match_rate(self, threshold: float) -> tuple[int, int]:
        """Count the comparisons of different people at or above the threshold, and all of them."""
        return int(self.impostors[round(threshold * BINS) :].sum()), int(self.impostors.sum())

    def misses(self, threshold: float) -> tuple[int, int, float]:
        """Count the genuine pairs below the threshold, all of them, and give the mean share per person."""
        below = [int((scores < threshold).sum()) for scores in self.genuine]
        shares = [(scores < threshold).mean() for scores in self.genuine]
        return sum(below), sum(len(scores) for scores in self.genuine), float(np.mean(shares))


def folds_by_person(pairs: Path) -> dict[str, int]:
    """Read which fold (from 1) each person belongs to; the folds share no person."""
    lines = pairs.read_text(encoding="utf-8").splitlines()
    folds, per_kind = (int(number) for number in lines[0].split("\t"))
    found: dict[str, int] = {}
    for position, line in enumerate(lines[1 : 1 + folds * per_kind * 2]):
        for name in (word for word in line.split("\t") if not word.isdigit()):
            fold = position // (per_kind * 2) + 1
            if found.setdefault(name, fold) != fold:
                raise ValueError(f"folds {found[name]} and {fold} share a person")
    return found


def page_with(photograph: Image, eyes: tuple[float, float, float], seed: int) -> Image:
    """Print a photograph as the portrait of a passport page and photograph the page, straightened.

    eyes: x and y of the middle between the eyes, and their distance, in pixels of the photograph.
    The portrait is 35 x 45 mm with the eyes 5 to 7.5 mm apart, at 8 pixels per millimetre: 40 to 60 px.
    One page in three is grey, as laser engraving is. Then guilloche, a tint, light falling off, a residual
    of perspective, blur, noise and JPEG.
    """
    random = np.random.default_rng(seed)
    x, y, distance = eyes
    scale = random.uniform(40, 60) / distance
    place = np.array([[scale, 0, 22.5 * PX_PER_MM - x * scale], [0, scale, 40 * PX_PER_MM - y * scale]])
    size = (PAGE_MM[0] * PX_PER_MM, PAGE_MM[1] * PX_PER_MM)
    flat = cv2.warpAffine(photograph, place, size, borderValue=(225, 225, 225))
    printed = np.asarray(flat, np.float32)
    if seed % 3 == 0:
        printed[:] = printed.mean(axis=2, keepdims=True)
    page = np.full((size[1], size[0], 3), (226, 222, 208), np.float32)
    frame = (slice(20 * PX_PER_MM, 65 * PX_PER_MM), slice(5 * PX_PER_MM, 40 * PX_PER_MM))
    page[frame] = 25 + 0.82 * printed[frame]
    return _photographed(page, random, seed)


def _photographed(page: Reals, random: np.random.Generator, seed: int) -> Image:
    height, width = page.shape[:2]
    across, down = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    lines = np.sin(across / 3.5 + 6 * np.sin(down / 23 + seed))
    light = 1 + random.uniform(-0.2, 0.2) * (across / width - 0.5)
    light += random.uniform(-0.2, 0.2) * (down / height - 0.5)
    page = (page + random.uniform(2, 7) * lines[..., None]) * light[..., None] * random.uniform(0.8, 1.05)
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    moved = np.asarray(corners + random.uniform(-8, 8, (4, 2)), np.float32)
    bend = cv2.getPerspectiveTransform(corners, moved)
    bent = cv2.warpPerspective(page, bend, (width, height), borderValue=(90, 90, 90))
    blurred = cv2.GaussianBlur(bent, (0, 0), random.uniform(0.6, 1.3))
    noisy = blurred + 4 * random.standard_normal(page.shape, np.float32)
    quality = int(random.integers(60, 90))
    shot = np.asarray(np.clip(noisy, 0, 255), np.uint8)[:, :, ::-1]
    jpeg = cv2.imencode(".jpg", shot, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return decode.decode(jpeg.tobytes()).pixels


def measure(folder: Path, every: int) -> Samples:
    """Measure every photograph of each n-th person with a fold, once as a capture and once as a portrait."""
    loaded = models.load()
    folds = dict(list(folds_by_person(folder / "pairs.txt").items())[::every])
    paths = [path for path in sorted((folder / "images").glob("*/*.jpg")) if path.parent.name in folds]
    persons = {name: number for number, name in enumerate(folds)}
    captures, portraits = (np.zeros((len(paths), loaded.pack.dimensions)) for _ in range(2))
    capture_measures, portrait_measures, several, spent = [], [], 0, 0.0
    for row, path in enumerate(paths):
        began = time.process_time()
        pixels = decode.decode(path.read_bytes()).pixels
        capture = measure_capture(pixels, loaded)
        spent += time.process_time() - began
        if capture is None:
            continue
        captures[row] = capture.embedding.values
        capture_measures.append(capture.measures)
        several += capture.rival >= TWO_FACES
        upright = find_upright_faces(pixels, loaded)
        if not upright:
            continue
        face = upright[0]
        (x0, y0), (x1, y1) = face.landmarks[:2]
        eyes = ((x0 + x1) / 2, (y0 + y1) / 2, face.eye_distance_px)
        portrait = measure_portrait(page_with(pixels, eyes, row), loaded)
        if portrait is not None:
            portraits[row] = portrait.embedding.values
            portrait_measures.append(portrait.measures)
    return Samples(
        person=np.array([persons[path.parent.name] for path in paths]),
        fold=np.array([folds[path.parent.name] for path in paths]),
        captures=captures,
        portraits=portraits,
        capture_measures=capture_measures,
        portrait_measures=portrait_measures,
        several_persons=several,
        capture_ms=1e3 * spent / len(paths),
    )


def score(references: Floats, probes: Floats, person: npt.NDArray[np.int64]) -> Scores:
    """Compare every reference with every probe of another photograph, on the scale of `compare`.

    A photograph is never compared with itself, nor with its own print. When references and probes are the
    same measurements every pair is counted once.
    """
    impostors = np.zeros(BINS + 1, np.int64)
    genuine: dict[int, list[Floats]] = {}
    once = references is probes
    unmeasured = ~probes.any(axis=1)
    for row, reference in enumerate(references):
        similarity = np.clip((1 + probes @ reference) / 2, 0, 1)
        # A photograph that was not measured matches nobody: it counts as a miss, never as a match.
        similarity[unmeasured | (not reference.any())] = 0
        counted = np.arange(len(probes)) != row
        if once:
            counted[:row] = False
        same = counted & (person == person[row])
        impostors += np.bincount((similarity[counted & ~same] * BINS).astype(np.int64), minlength=BINS + 1)
        if same.any():
            genuine.setdefault(int(person[row]), []).append(similarity[same])
    return Scores(impostors, [np.concatenate(parts) for parts in genuine.values()])


def threshold_at(scores: Scores, false_match_rate: float) -> float:
    """Give the least threshold whose false match rate is at most the one asked for."""
    tail = np.cumsum(scores.impostors[::-1])[::-1]
    return float(np.argmax(tail <= false_match_rate * tail[0])) / BINS


def report(title: str, scores: Scores, thresholds: list[float]) -> None:
    """Print one row per threshold, with the counts behind every rate."""
    print(f"\n{title}")
    print("threshold  FMR (false matches / comparisons)  TAR per pair (misses / pairs)  TAR per identity")
    for threshold in thresholds:
        matches, comparisons = scores.false_match_rate(threshold)
        missed, pairs, share = scores.misses(threshold)
        print(
            f"{threshold:.4f}     {matches / comparisons:.2e}   ({matches} / {comparisons})   "
            f"{1 - missed / pairs:.4f} ({missed} / {pairs})   {1 - share:.4f} ({len(scores.genuine)} people)"
        )


def report_quality(title: str, measured: list[FaceMeasures]) -> None:
    """Print the spread of every measure and the share that the default limits mark."""
    print(f"\n{title}: {len(measured)} faces; least, 0.1 %, 0.5 %, half, 99.5 %, 99.9 %, most")
    for field in fields(FaceMeasures):
        values = [getattr(measures, field.name) for measures in measured]
        print(
            f"  {field.name:16}",
            *(f"{v:9.3f}" for v in np.quantile(values, [0, 0.001, 0.005, 0.5, 0.995, 0.999, 1])),
        )
    marked = [fitness(measures, QualityLimits()) for measures in measured]
    counts = {issue.value: sum(issue in issues for issues in marked) for issue in QualityIssue}
    print(f"  marked {sum(bool(issues) for issues in marked)} of {len(marked)}:", counts)


def main() -> int:
    """Read the folder named on the command line, measure, and print the error rates."""
    parser = argparse.ArgumentParser(description="Measure the face model pack's error rates.")
    parser.add_argument("folder", type=Path, help="holds images/NAME/*.jpg and pairs.txt")
    parser.add_argument("--every", type=int, default=1, help="take only each n-th person")
    arguments = parser.parse_args()
    if not (arguments.folder / "pairs.txt").is_file() or not (arguments.folder / "images").is_dir():
        print(
            f"{arguments.folder} has no pairs.txt or no images folder: nothing was measured.", file=sys.stderr
        )
        return 2
    cv2.setNumThreads(1)
    samples = measure(arguments.folder, arguments.every)
    report_samples(samples)
    return 0


def report_samples(samples: Samples) -> None:
    """Choose thresholds on the first folds, for captures against portraits, and report them on the rest."""
    people = len(set(samples.person.tolist()))
    print(f"{len(samples.person)} photographs, {people} people, {samples.capture_ms:.1f} ms each")
    for name, measured in (("captures", samples.captures), ("portraits", samples.portraits)):
        print(f"not measured as {name}: {int((~measured.any(axis=1)).sum())}")
    print(f"more than one person in view: {samples.several_persons}")
    chosen_on = samples.fold <= CHOSEN_ON_FOLDS
    thresholds: list[float] = []
    for rows, title in (
        (chosen_on, f"folds 1 to {CHOSEN_ON_FOLDS}, chosen here"),
        (~chosen_on, "the other folds"),
    ):
        captures, portraits, person = samples.captures[rows], samples.portraits[rows], samples.person[rows]
        documents = score(portraits, captures, person)
        if not documents.genuine:
            print(f"{title}: nobody has two photographs, so no rate can be given.")
            return
        if not thresholds:
            lowest = max(t for t in np.arange(0.5, 0.8, 0.0025) if documents.misses(t)[2] < LOWER_MISS)
            thresholds = [float(lowest), *(threshold_at(documents, target) for target in TARGETS)]
        report(f"portrait on a page against capture; {title}", documents, thresholds)
        report(f"photograph against photograph; {title}", score(captures, captures, person), thresholds)
    report_quality("captures", samples.capture_measures)
    report_quality("portraits", samples.portrait_measures)


if __name__ == "__main__":
    sys.exit(main())
