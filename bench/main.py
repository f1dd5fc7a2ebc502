"""How well and how fast does the main job run on real faces?

Puts portraits of the evaluation images on specimen passports, photographs them, and verifies each against
a capture of the same person or of another: attended, by the flow that records it, and unattended. Prints
the shares of each decision, the times, and the CPU seconds beside the floor: what decoding, detecting and
embedding the same images cost when nothing else is done, in the same run.

    python -m bench.main [--pairs 200] [--data DIR] [--keep DIR]

Exit 1 if an impostor is accepted, an unattended verification is accepted, or more than 1 % of the genuine
pairs are not verified.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from lineproof import wiring
from lineproof.booth.relay import Booth
from lineproof.booth.sealed_file import seal_files
from lineproof.cli.agent_key import attest_document, keep_key, write_key
from lineproof.decision.decide import Verdict
from lineproof.decision.policy import shipped_policy
from lineproof.ports import Presentation, Services, Stage
from lineproof.terms import SessionId, StaffName, StaffRole, Way

DATA = Path(__file__).resolve().parents[1].parent / "shared" / "data" / "lfw"
AGENT = StaffName("bench")
MOST_GENUINE_NOT_VERIFIED = 0.01
FOLD_PAIRS = 300


@dataclass(frozen=True, slots=True)
class Pair:
    """A portrait and a capture, and whether they are one person's."""

    portrait: Path
    capture: Path
    genuine: bool


@dataclass(frozen=True, slots=True)
class Trial:
    """One verification: what was decided, why, and what it cost."""

    genuine: bool
    attended: bool
    verdict: Verdict
    reasons: tuple[str, ...]
    read: bool
    wall_ms: float
    stages_ms: dict[Stage, int]


def main() -> int:
    """Run the measurement and print its table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--pairs", type=int, default=200, help="genuine pairs, and as many impostor pairs")
    parser.add_argument(
        "--data", type=Path, default=DATA, help="a folder with images/ and pairs.txt as LFW has"
    )
    parser.add_argument("--keep", type=Path, help="keep the drawn photographs here, and use them again")
    options = parser.parse_args()
    if not (options.data / "pairs.txt").is_file():
        print(f"bench.main: there are no evaluation images in {options.data}; name their folder with --data.")
        return 2
    pairs = read_pairs(options.data, options.pairs)
    with tempfile.TemporaryDirectory(prefix="lineproof-bench-") as folder:
        photographs = options.keep or Path(folder) / "photographs"
        documents = draw_documents(pairs, photographs)
        before = _cpu_of_children()
        trials = list(verify_all(pairs, documents, Path(folder) / "record"))
        booth_cpu = _cpu_of_children() - before
        floor = measure_floor(pairs, documents)
    report(trials, booth_cpu=booth_cpu, floor=floor)
    return 0 if acceptable(trials) else 1


def read_pairs(data: Path, count: int) -> list[Pair]:
    """Take pairs evenly from the last two folds; thresholds were chosen on the others."""
    lines = (data / "pairs.txt").read_text("utf-8").splitlines()[1:]
    folds = [lines[i : i + 2 * FOLD_PAIRS] for i in range(0, len(lines), 2 * FOLD_PAIRS)][-2:]
    same = [line.split("\t") for fold in folds for line in fold[:FOLD_PAIRS]]
    other = [line.split("\t") for fold in folds for line in fold[FOLD_PAIRS:]]

    def path(name: str, number: str) -> Path:
        return data / "images" / name / f"{name}_{int(number):04d}.jpg"

    genuine = [Pair(path(n, a), path(n, b), genuine=True) for n, a, b in _evenly(same, count)]
    impostors = [Pair(path(n, a), path(m, b), genuine=False) for n, a, m, b in _evenly(other, count)]
    return genuine + impostors


def draw_documents(pairs: Sequence[Pair], folder: Path) -> list[Path]:
    """Draw and photograph one specimen passport for each pair, with its portrait."""
    from lineproof.specimen.document import draw_passport, passport_fields
    from lineproof.specimen.people import SPECIMEN_DAY
    from lineproof.specimen.photograph import photograph
    from lineproof.specimen.pictures import read_picture

    folder.mkdir(parents=True, exist_ok=True)
    documents = []
    for seed, pair in enumerate(pairs):
        path = folder / f"{seed:04d}-{pair.portrait.stem}.jpg"
        if not path.exists():
            fields = passport_fields(seed, today=SPECIMEN_DAY)
            page = draw_passport(fields=fields, portrait=read_picture(pair.portrait))
            path.write_bytes(photograph(page, seed=seed))
        documents.append(path)
        _progress(f"drawing {seed + 1} of {len(pairs)}")
    return documents


def verify_all(pairs: Sequence[Pair], documents: Sequence[Path], record: Path) -> Iterator[Trial]:
    """Verify each pair attended and unattended, through the flow that records decisions."""
    with Booth() as booth:
        services = wiring.open_record(record, policy=shipped_policy("specimen"), examiner=booth)
        _enrol(services, record)
        from lineproof.registry.flows.verify_evidence import verify_evidence

        for number, (pair, document) in enumerate(zip(pairs, documents, strict=True)):
            for attended in (True, False):
                began = time.perf_counter()
                session = SessionId(uuid.uuid4())
                evidence = seal_files(
                    document=document, capture=pair.capture, session=session, epoch=booth.epoch()
                )
                attestation = None
                if attended:
                    attestation = attest_document(record, AGENT, session=session, document=document)
                presentation = Presentation(session, Way.FACE, evidence, attestation)
                done = verify_evidence(services, presentation, now=datetime.now(UTC))
                yield Trial(
                    genuine=pair.genuine,
                    attended=attended,
                    verdict=done.decision.verdict,
                    reasons=tuple(reason.code.value for reason in done.decision.reasons),
                    read=done.examination.zone is not None and not done.examination.repaired,
                    wall_ms=1000 * (time.perf_counter() - began),
                    stages_ms=dict(done.examination.milliseconds),
                )
            _progress(f"verifying {number + 1} of {len(pairs)}")


def measure_floor(pairs: Sequence[Pair], documents: Sequence[Path]) -> float:
    """Measure CPU seconds a verification of the least there is to do: decode, detect and embed two images."""
    import cv2

    from lineproof.imaging.decode import decode
    from lineproof.imaging.face import find_upright_faces
    from lineproof.imaging.models import load

    cv2.setNumThreads(1)
    models = load()
    aligned = cv2.dnn.blobFromImage(cv2.UMat(112, 112, cv2.CV_8UC3).get())
    sample = list(zip(pairs, documents, strict=True))[:: max(1, len(pairs) // 50)]
    began = time.process_time()
    for pair, document in sample:
        for path in (document, pair.capture):
            image = decode(path.read_bytes())
            find_upright_faces(image.pixels, models)
            models.embedder.setInput(aligned, models.pack.input_name)
            models.embedder.forward()
    return (time.process_time() - began) / len(sample)


def report(trials: Sequence[Trial], *, booth_cpu: float, floor: float) -> None:
    """Print the tables as Markdown."""
    print("| pairs | | accepted | referred | not verified |\n|---|---|---|---|---|")
    for genuine in (True, False):
        for attended in (True, False):
            chosen = [t for t in trials if t.genuine is genuine and t.attended is attended]
            counts = Counter(trial.verdict for trial in chosen)
            kind = "genuine" if genuine else "impostor"
            how = "attended" if attended else "unattended"
            shares = " | ".join(
                f"{counts[verdict]} of {len(chosen)}"
                for verdict in (Verdict.ACCEPT, Verdict.REFER, Verdict.NOT_VERIFIED)
            )
            print(f"| {kind} | {how} | {shares} |")
    print(
        f"\nDocuments read without repair: {sum(t.read for t in trials if t.attended)} of {len(trials) // 2}"
    )
    why = Counter(reason for t in trials if t.attended and t.genuine for reason in t.reasons)
    print(f"\nReasons among genuine attended: {dict(why) or 'none'}")
    print(f"\n| stage | median ms |\n|---|---|\n| all | {statistics.median(t.wall_ms for t in trials):.0f} |")
    for stage in Stage:
        spent = [trial.stages_ms[stage] for trial in trials if stage in trial.stages_ms]
        print(f"| {stage.value} | {statistics.median(spent):.0f} |")
    each = booth_cpu / len(trials)
    print(f"\nBooth: {each:.3f} CPU seconds a verification (its start included).")
    print(f"Floor (decode, detect, embed only): {floor:.3f} CPU seconds. Ratio: {each / floor:.2f}")


def acceptable(trials: Sequence[Trial]) -> bool:
    """Tell whether nobody was accepted who must not be, and few genuine people were turned away."""
    wrongly = [t for t in trials if t.verdict is Verdict.ACCEPT and not (t.genuine and t.attended)]
    genuine = [t for t in trials if t.genuine and t.attended]
    away = [t for t in genuine if t.verdict is Verdict.NOT_VERIFIED]
    print(
        f"\nAccepted that must not be: {len(wrongly)}. Genuine not verified: {len(away)} of {len(genuine)}."
    )
    return not wrongly and len(away) <= MOST_GENUINE_NOT_VERIFIED * len(genuine)


def _enrol(services: Services, record: Path) -> None:
    from lineproof.registry.flows.enrol_staff import enrol_staff

    _, public_key = write_key(record, AGENT)
    enrol_staff(services, AGENT, StaffRole.AGENT, public_key=public_key, now=datetime.now(UTC))
    keep_key(record, AGENT)


def _evenly(rows: list[list[str]], count: int) -> list[list[str]]:
    return [rows[i * len(rows) // count] for i in range(min(count, len(rows)))]


def _cpu_of_children() -> float:
    times = os.times()
    return times.children_user + times.children_system


def _progress(text: str) -> None:
    if sys.stderr.isatty():
        print(f"\r{text}   ", end="", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
