"""Measure face comparison on labelled photographs: from a list of pairs to a report.

1. the pairs file, the groups file and that every photograph is there are checked
2. every photograph is measured on the product's own path, as a capture is
3. the listed pairs are compared, or everybody with everybody
4. error rates are counted, with intervals by resampling people
5. groups, where the operator names them, are read at the common thresholds
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np
import numpy.typing as npt

from lineproof.imaging.models import load
from lineproof.imaging.pack_place import PlacedPack, default_pack, named_pack
from lineproof.measure.bootstrap import REPLICATES
from lineproof.measure.differentials import measure_groups
from lineproof.measure.groups import read_groups
from lineproof.measure.pairs import Listing, read_pairs, require_photographs
from lineproof.measure.progress import Progress, silent
from lineproof.measure.rates import Rates, measure_rates
from lineproof.measure.report import Claim, Counts, FaceReport, Made, Pack
from lineproof.measure.scores import FAILED, ScoreSet, named_persons, score_everyone, score_listed
from lineproof.measure.templates import measure_photographs

TARGETS = (1e-2, 1e-3, 1e-4, 1e-5, 1e-6)
LISTED, ALL_PAIRS = "listed pairs", "all pairs"

Stage = Callable[[str], Progress]
"""Told what begins; gives what is to be told how far it is."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What to measure.

    groups: None measures no groups. processes: so many measure photographs at once.
    pack: the model pack, as `named_pack` takes it; None is the one that comes with Lineproof.
    models_folder: where the operator's packs are.
    """

    pairs: Path
    images: Path
    groups: Path | None
    all_pairs: bool
    seed: int
    processes: int
    pack: str | None = None
    models_folder: Path | None = None
    replicates: int = REPLICATES


def _quietly(name: str) -> Progress:  # noqa: ARG001 -- what a stage is called matters to who shows it
    return silent


def measure_face(asked: Asked, *, stage: Stage = _quietly) -> FaceReport:
    """Measure the error rates of face comparison with one model pack.

    Raises Malformed, NotFound or Unavailable, naming the file and the line, before anything is measured when
    a list is not as it should be; and naming the photograph that cannot be read.
    """
    # 1
    listing = read_pairs(asked.pairs)
    names = [photograph.identity for photograph in listing.photographs]
    person, persons = named_persons(names)
    grouping = None if asked.groups is None else read_groups(asked.groups, tuple(sorted(set(names))))
    paths = require_photographs(listing, asked.images)
    # 2
    placed = default_pack() if asked.pack is None else named_pack(asked.pack, asked.models_folder)
    models = load(placed)
    embeddings = measure_photographs(
        paths,
        models,
        called=listing.called,
        processes=asked.processes,
        progress=stage("measuring photographs"),
    )
    # 3
    compared = stage("comparing")
    if asked.all_pairs:
        scores = score_everyone(embeddings, person=person, persons=persons, progress=compared)
    else:
        scores = score_listed(
            embeddings,
            person=person,
            references=listing.references,
            probes=listing.probes,
            persons=persons,
        )
    found = np.any(embeddings != 0, axis=1)
    del embeddings
    # 4
    points = models.pack.calibration.points
    rates = measure_rates(
        scores,
        targets=TARGETS,
        thresholds=tuple(point.similarity for point in points),
        seed=asked.seed,
        replicates=asked.replicates,
        progress=stage("resampling people"),
    )
    # 5
    groups = None
    if grouping is not None:
        groups = measure_groups(
            scores,
            grouping,
            photographs=np.bincount(person, minlength=persons),
            without_face=np.bincount(person[~found], minlength=persons),
            at=_thresholds(rates),
            seed=asked.seed,
            replicates=asked.replicates,
            progress=stage("resampling groups"),
        )
    return FaceReport(
        counts=_counts(scores, listing, found, all_pairs=asked.all_pairs),
        rates=rates,
        claims=tuple(
            Claim(point.false_match_rate, measured)
            for point, measured in zip(points, rates.at_thresholds, strict=True)
        ),
        groups=groups,
        pack=_pack(placed),
        made=Made(
            protocol=ALL_PAIRS if asked.all_pairs else LISTED,
            seed=asked.seed,
            replicates=asked.replicates,
            code_version=version("lineproof"),
            pairs_sha256=listing.sha256,
            groups_sha256=None if grouping is None else grouping.sha256,
        ),
    )


def _thresholds(rates: Rates) -> tuple[tuple[float, float], ...]:
    """List the thresholds that could be set, each after the FMR it was set for."""
    return tuple(
        (point.target_fmr, point.threshold)
        for point in rates.at_targets
        if point.target_fmr is not None and point.threshold is not None
    )


def _counts(scores: ScoreSet, listing: Listing, found: npt.NDArray[np.bool_], *, all_pairs: bool) -> Counts:
    """Count what was measured. With all pairs every photograph stands on both sides of comparisons."""
    everyone = np.arange(len(found))
    references = everyone if all_pairs else np.unique(listing.references)
    probes = everyone if all_pairs else np.unique(listing.probes)
    completed = scores.genuine_score != FAILED
    return Counts(
        photographs=len(found),
        identities=scores.persons,
        genuine_identities=len(np.unique(scores.genuine_person[completed])),
        references=len(references),
        failed_to_enrol=int((~found[references]).sum()),
        probes=len(probes),
        failed_to_acquire=int((~found[probes]).sum()),
        genuine_intended=len(completed),
        genuine_completed=int(completed.sum()),
        impostor_intended=scores.impostors_intended,
        impostor_completed=scores.impostor_count,
    )


def _pack(placed: PlacedPack) -> Pack:
    pack = placed.pack
    return Pack(
        name=pack.name,
        detector_sha256=pack.detector.sha256,
        embedder_sha256=pack.embedder.sha256,
        licence=placed.licence_line(),
        calibration_version=pack.calibration.version,
        calibration_source=pack.calibration.source,
    )
