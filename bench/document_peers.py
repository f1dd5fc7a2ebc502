"""Other readers of zones on the same photographs: with their own finders, and on our crops."""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from bench.document import READ_ON
from lineproof.document.mrz import parse_mrz
from lineproof.errors import Malformed
from lineproof.imaging.decode import decode
from lineproof.imaging.mrz_outcome import MrzReading
from lineproof.imaging.mrz_reading import read_mrz
from lineproof.specimen.camera_levels import LEVELS
from lineproof.specimen.held_out import HeldOut, specimen_photograph

ROOT = Path(__file__).parent.parent
PYTHON = ROOT / ".venv/peers-document/bin/python"
# Who reads what: the whole photograph, or the zone as we found and levelled it.
WHOLE = ("rapidocr", "tesseract", "passporteye")
CROPS = ("rapidocr", "tesseract-block")
SHAPES = ((3, 30), (2, 36), (2, 44))
CROP_PITCH_PX = 24
MARGIN_PITCHES = 1.5
# What other readers write for the filler, or leave between characters.
_AS_FILLER = str.maketrans({"«": "<<", "‹": "<", "〈": "<", "＜": "<", "《": "<<", "く": "<", " ": ""})  # noqa: RUF001


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one reader made of one photograph."""

    valid: bool
    exact: bool
    cpu_ms: float


def compare(*, count: int, levels: Sequence[str]) -> None:
    """Let every reader read so many photographs of each level, and print the table."""
    if not PYTHON.is_file():
        print(
            "\nbench.document: the peers are not installed (tools/install-document-peers); they are left out."
        )
        return
    print("\n| level | reader | lines exact | check digits right | of these wrong | CPU ms, median |")
    print("|---|---|---|---|---|---|")
    for level in levels:
        with tempfile.TemporaryDirectory(prefix="lineproof-peers-") as folder:
            _compare_level(level, count, Path(folder))


def _compare_level(level: str, count: int, folder: Path) -> None:
    shown = [specimen_photograph(LEVELS[level], number) for number in range(count)]
    whole: list[Path] = []
    crops: list[Path | None] = []
    ours = []
    for number, each in enumerate(shown):
        whole.append(folder / f"{number}.jpg")
        whole[-1].write_bytes(each.jpeg)
        began = time.process_time()
        image = decode(each.jpeg)
        reading = read_mrz(image)
        spent = (time.process_time() - began) * 1000
        lines = reading.lines if isinstance(reading, MrzReading) else ()
        ours.append(Outcome(_is_valid(lines), lines == each.lines, spent))
        crop = folder / f"{number}-zone.png" if isinstance(reading, MrzReading) else None
        if crop is not None and isinstance(reading, MrzReading):
            cv2.imwrite(str(crop), _level_zone(each.jpeg, reading))
        crops.append(crop)
    _print(level, "Lineproof", ours)
    for name in WHOLE:
        _print(level, f"{name}, own finder", _ask(name, whole, shown))
    for name in CROPS:
        _print(level, f"{name}, on our crop", _ask(name, crops, shown))


def _level_zone(jpeg: bytes, reading: MrzReading) -> np.ndarray:
    """Cut the zone out of the whole photograph, level, with a margin."""
    photograph = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    columns = len(reading.lines[0])
    rows = (len(reading.lines) - 1) * 2.5 + 1
    margin = MARGIN_PITCHES
    wide, high = (round((each + 2 * margin) * CROP_PITCH_PX) for each in (columns, rows))
    inner = np.array([[0, 0], [columns, 0], [columns, rows], [0, rows]]) + margin
    pixels = np.asarray(photograph, np.uint8)
    matrix = cv2.getPerspectiveTransform(
        np.array(reading.corners, np.float32), (inner * CROP_PITCH_PX).astype(np.float32)
    )
    return cv2.warpPerspective(
        pixels, matrix, (wide, high), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )


def _ask(name: str, paths: Sequence[Path | None], shown: Sequence[HeldOut]) -> list[Outcome]:
    outcomes = []
    command = [str(PYTHON), str(ROOT / "bench/document_peer_program.py"), name]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as peer:  # noqa: S603
        assert peer.stdin is not None
        assert peer.stdout is not None
        for path, each in zip(paths, shown, strict=True):
            if path is None:
                outcomes.append(Outcome(valid=False, exact=False, cpu_ms=0.0))
                continue
            peer.stdin.write(f"{path}\n")
            peer.stdin.flush()
            answer = json.loads(peer.stdout.readline())
            outcomes.append(_judged(answer["lines"], each.lines, answer["cpu_ms"]))
        peer.stdin.close()
    return outcomes


def _judged(lines: Sequence[str], truth: tuple[str, ...], cpu_ms: float) -> Outcome:
    """Look in what was read for lines that make a zone; the best of them counts."""
    plain = [line.translate(_AS_FILLER).upper() for line in lines]
    plain = [line for line in plain if line]
    windows = [
        tuple(plain[at : at + rows])
        for rows, length in SHAPES
        for at in range(len(plain) - rows + 1)
        if all(len(line) == length for line in plain[at : at + rows])
    ]
    valid = [window for window in windows if _is_valid(window)]
    return Outcome(valid=bool(valid), exact=truth in windows, cpu_ms=cpu_ms)


def _is_valid(lines: tuple[str, ...]) -> bool:
    try:
        return bool(lines) and parse_mrz(lines, read_on=READ_ON).check_digits_valid
    except Malformed:
        return False


def _print(level: str, reader: str, outcomes: Sequence[Outcome]) -> None:
    spent = [each.cpu_ms for each in outcomes if each.cpu_ms]
    median = f"{np.median(spent):.0f}" if spent else "-"
    wrong = sum(each.valid and not each.exact for each in outcomes)
    exact, valid = sum(each.exact for each in outcomes), sum(each.valid for each in outcomes)
    print(f"| {level} | {reader} | {exact} of {len(outcomes)} | {valid} | {wrong} | {median} |")
    sys.stdout.flush()
