"""How exactly, how surely and how fast are documents read in photographs? And how do other readers do?

Draws held-out photographs (src/lineproof/specimen, which shares nothing with training/mrz), reads each as the
booth does, and keeps what came out, so that an interrupted run goes on where it stopped.

    python -m bench.document [--accepted 10000] [--number N] [--peers 60] [--keep DIR]

--accepted: go on until so many readings were accepted, spread over the levels. --number: instead, so many
photographs in all. --peers: photographs of each level that the peers read too (tools/install-document-peers).

Accepted means: read surely, unrepaired, both passes agreeing, every check digit right. Exit 1 if the rate of
accepted readings that are wrong is above one in a thousand, or no reading was accepted.
"""

import argparse
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from bench import measured, parallel
from bench.document_table import print_tables
from lineproof.decision.finding import Outcome
from lineproof.document.checks import check_read
from lineproof.document.mrz import parse_mrz
from lineproof.errors import Malformed
from lineproof.imaging.decode import decode
from lineproof.imaging.mrz_outcome import MrzReading
from lineproof.imaging.mrz_reading import read_mrz
from lineproof.specimen.camera_levels import LEVELS
from lineproof.specimen.held_out import specimen_photograph

KEPT = Path("out/bench-document")
READ_ON = date(2026, 11, 1)
MOST_WRONG = 1 / 1000
# How many of a hundred photographs are of which level; the rest of the levels have none.
SHARES = {"easy": 12, "moderate": 44, "hard": 20, "extreme": 5, "scene": 14, "covered": 5}
ROUND = 400  # photographs before the count of those accepted is looked at again


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of one photograph. cpu_ms: of each stage of the document's examination."""

    level: str
    number: int
    kind: str
    megapixels: float
    cap_height_px: float
    blur_share: float
    tilt_degrees: float
    outcome: str  # "read", or the step that failed
    exact: bool
    accepted: bool
    repairs: int
    repairs_right: int
    agreed: bool
    least_confidence: float
    wrong_characters: int
    cpu_ms: dict[str, float]


def main() -> int:
    """Run the measurement, or what is left of it, and print its tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--accepted", type=int, default=10_000, help="accepted readings to go on for")
    parser.add_argument("--number", type=int, help="read so many photographs instead")
    parser.add_argument("--peers", type=int, default=60, help="photographs of each level that the peers read")
    parser.add_argument("--keep", type=Path, default=KEPT, help="where results are kept, to go on from")
    asked = parser.parse_args()
    kept = asked.keep / f"{measured.digest('documents')}.jsonl"
    kept.parent.mkdir(parents=True, exist_ok=True)
    readings = list(read_kept(kept))
    with kept.open("a", encoding="utf-8") as file:
        while wanted := _wanted(readings, accepted=asked.accepted, number=asked.number):
            for reading in parallel.each(_read, wanted, range(len(wanted)), called="read"):
                file.write(json.dumps(asdict(reading)) + "\n")
                file.flush()
                readings.append(reading)
    print_tables(readings)
    if asked.peers:
        from bench.document_peers import compare

        compare(count=asked.peers, levels=[each for each in SHARES if each != "covered"])
    accepted = [each for each in readings if each.accepted]
    wrong = sum(not each.exact for each in accepted)
    return 0 if accepted and wrong <= MOST_WRONG * len(accepted) else 1


def read_kept(path: Path) -> Iterator[Reading]:
    """Read what an earlier run of the same code kept; a line cut short by its end is left out."""
    if path.is_file():
        for line in path.read_text("utf-8").splitlines():
            try:
                yield Reading(**json.loads(line))
            except (ValueError, TypeError):
                print(f"bench.document: a line of {path} is not whole and is read again", file=sys.stderr)


def _wanted(readings: list[Reading], *, accepted: int, number: int | None) -> list[tuple[str, int]]:
    """Choose the photographs of the next round: of each level the next ones, in its share."""
    done = {(each.level, each.number) for each in readings}
    left = ROUND if number is None else min(ROUND, number - len(readings))
    enough = number is None and sum(each.accepted for each in readings) >= accepted
    if left <= 0 or enough:
        return []
    wanted: list[tuple[str, int]] = []
    total = len(readings) + left
    for level, share in SHARES.items():
        have = sum(1 for each in done if each[0] == level)
        needed = max(0, round(total * share / 100) - have)
        free = (each for each in range(total + have) if (level, each) not in done)
        wanted += [(level, each) for each, _ in zip(free, range(needed), strict=False)]
    return wanted


def _read(wanted: list[tuple[str, int]], at: int) -> Reading:
    """Draw one photograph and read it as the booth does."""
    level, number = wanted[at]
    shown = specimen_photograph(LEVELS[level], number)
    cpu: dict[str, float] = {}
    began = time.process_time()
    image = decode(shown.jpeg)
    cpu["decode"] = (time.process_time() - began) * 1000
    began = time.process_time()
    outcome = read_mrz(image)
    cpu["zone"] = (time.process_time() - began) * 1000
    exact = accepted = agreed = False
    wrong, repairs, right, least = 0, 0, 0, 0.0
    if isinstance(outcome, MrzReading):
        exact = outcome.lines == shown.lines
        same_shape = len(outcome.lines) == len(shown.lines)
        pairs = zip("".join(outcome.lines), "".join(shown.lines), strict=False)
        wrong = sum(a != b for a, b in pairs) if same_shape else len("".join(shown.lines))
        repairs, agreed, least = len(outcome.repairs), outcome.agreed, outcome.least_confidence
        right = sum(
            same_shape and shown.lines[each.line][each.position] == each.taken for each in outcome.repairs
        )
        try:
            zone = parse_mrz(outcome.lines, read_on=READ_ON)
        except Malformed:
            zone = None
        found = check_read(kind=outcome.format, least_confidence=least, repaired=repairs, agreed=agreed)
        accepted = zone is not None and zone.check_digits_valid and found.outcome is Outcome.PASS
    return Reading(
        level=level,
        number=number,
        kind=shown.kind.value,
        megapixels=round(image.original_width_px * image.original_height_px / 1e6, 1),
        cap_height_px=round(shown.photograph.cap_height_px, 2),
        blur_share=round(shown.photograph.blur_share, 4),
        tilt_degrees=round(shown.photograph.tilt_degrees, 1),
        outcome="read" if isinstance(outcome, MrzReading) else outcome.step.value,
        exact=exact,
        accepted=accepted,
        repairs=repairs,
        repairs_right=right,
        agreed=agreed,
        least_confidence=round(least, 4),
        wrong_characters=wrong,
        cpu_ms={name: round(value, 2) for name, value in cpu.items()},
    )


if __name__ == "__main__":
    sys.exit(main())
