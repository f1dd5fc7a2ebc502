"""What does the whole examination of a document cost, and what do its checks of the page find?

Draws held-out photographs of twelve megapixels, and takes each through every stage that the booth takes it
through: decoding, zone, page and portrait, barcodes, print, and how the portrait lies.

    python -m bench.document_stage [--number 100]
"""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date

import numpy as np

from bench import parallel
from lineproof.booth.examine import Kit, load_kit
from lineproof.booth.page_checks import check_barcodes, check_portrait, check_print, see_page
from lineproof.decision.finding import Finding, Outcome
from lineproof.document.mrz import parse_mrz
from lineproof.errors import Malformed
from lineproof.imaging.decode import decode
from lineproof.imaging.mrz_outcome import MrzReading
from lineproof.imaging.mrz_reading import read_mrz
from lineproof.specimen.camera_levels import SCENE
from lineproof.specimen.held_out import specimen_photograph

READ_ON = date(2026, 11, 1)
# After those that bench.document reads.
FIRST = 1_000_000


@dataclass(slots=True)
class Spent:
    """CPU milliseconds of each stage of one photograph, and what its checks said."""

    kind: str
    milliseconds: dict[str, float] = field(default_factory=dict)
    said: list[tuple[str, str]] = field(default_factory=list)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time one stage."""
        began = time.process_time()
        yield
        self.milliseconds[name] = self.milliseconds.get(name, 0.0) + (time.process_time() - began) * 1000

    def note(self, findings: tuple[Finding, ...]) -> None:
        """Keep what checks said."""
        self.said += [
            (
                each.check.value,
                "pass" if each.outcome is Outcome.PASS else str(each.reason and each.reason.value),
            )
            for each in findings
        ]


def main() -> int:
    """Run the measurement and print its tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--number", type=int, default=100, help="photographs")
    asked = parser.parse_args()
    spent = list(parallel.each(_examine, load_kit(), range(FIRST, FIRST + asked.number), called="examined"))
    stages = list(dict.fromkeys(stage for each in spent for stage in each.milliseconds))
    print("| stage | CPU ms, median | 95th percentile |")
    print("|---|---|---|")
    for stage in stages:
        _print_row(stage, spent, _of(stage))
    _print_row("all", spent, lambda each: sum(each.milliseconds.values()))
    print("\n| check | said | of |")
    print("|---|---|---|")
    counts = Counter(each for one in spent for each in one.said)
    for (check, said), count in sorted(counts.items()):
        print(f"| {check} | {said} | {count} |")
    return 0


def _examine(kit: Kit, number: int) -> Spent:
    shown = specimen_photograph(SCENE, number)
    spent = Spent(shown.kind.value)
    with spent.stage("decode"):
        image = decode(shown.jpeg)
    with spent.stage("zone"):
        reading = read_mrz(image, kit.networks)
        zone = None
        if isinstance(reading, MrzReading):
            try:
                zone = parse_mrz(reading.lines, read_on=READ_ON)
            except Malformed:
                zone = None
    if zone is None or not isinstance(reading, MrzReading):
        return spent
    with spent.stage("page and portrait"):
        seen = see_page(image, reading, kit.models)
    with spent.stage("print"):
        about_print, lines = check_print(seen, zone, kit.printed)
    spent.note(about_print)
    with spent.stage("barcodes"):
        spent.note(check_barcodes(image, zone, lines))
    with spent.stage("how the portrait lies"):
        spent.note(check_portrait(seen, zone.format))
    return spent


def _of(stage: str) -> Callable[[Spent], float]:
    return lambda each: each.milliseconds.get(stage, 0.0)


def _print_row(name: str, spent: list[Spent], value: Callable[[Spent], float]) -> None:
    values = [value(each) for each in spent]
    print(f"| {name} | {np.median(values):.0f} | {np.percentile(values, 95):.0f} |")


if __name__ == "__main__":
    sys.exit(main())
