"""Try a model pack: read, check and load its files, run both networks once, and print what came of it.

A process of its own, for `lineproof models check`: a model is a program for OpenCV, written by others, and
may crash what loads it. Prints one JSON list; whoever started it reads that and nothing else.
"""

import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeVar

import cv2

from lineproof.booth import confine
from lineproof.errors import LineproofError, Unavailable
from lineproof.face.compare import Portrait, compare
from lineproof.imaging.cutout import Image
from lineproof.imaging.decode import decode
from lineproof.imaging.embed import embed, measure_capture, noise_for, try_detector
from lineproof.imaging.face import Face, find_faces
from lineproof.imaging.manifest import PackFile
from lineproof.imaging.models import FaceModels, load
from lineproof.imaging.pack_place import PlacedPack, open_pack

GOOD, BAD, NOT_TRIED = "good", "bad", "not_tried"
# A face and noise that are more alike than this are the same to the embedder.
ALIKE = 0.999
# The items that need what an item before them gives.
RUNS = ("detector_runs", "embedder_runs", "embedder_tells_apart")

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that was tried. verdict: GOOD, BAD or NOT_TRIED; says: what was seen, or what to do."""

    item: str
    verdict: str
    says: str
    ms: int


class Trial:
    """The items tried so far."""

    def __init__(self) -> None:
        self.items: list[Item] = []

    def try_(self, item: str, act: Callable[[], tuple[str, Result]]) -> Result | None:
        """Do one thing that says what it saw and gives a result; None if it was refused."""
        began = time.perf_counter()
        try:
            says, result = act()
        except LineproofError as error:
            self.items.append(Item(item, BAD, str(error), _since(began)))
            return None
        self.items.append(Item(item, GOOD, says, _since(began)))
        return result

    def leave_out(self, *items: str) -> None:
        """Note what could not be tried, since something before it is bad."""
        self.items += [Item(item, NOT_TRIED, "", 0) for item in items]


def main() -> None:
    """Try the pack in the folder named first, on the photograph of a face named second."""
    confine.shut_to_debuggers()
    cv2.setNumThreads(1)
    trial = Trial()
    placed = trial.try_("manifest", lambda: _read_manifest(Path(sys.argv[1])))
    if placed is not None:
        _try_files(trial, placed, Path(sys.argv[2]))
    sys.stdout.write(json.dumps([asdict(item) for item in trial.items]))


def _try_files(trial: Trial, placed: PlacedPack, face: Path) -> None:
    pack = placed.pack
    licence = trial.try_("licence", lambda: (placed.licence_line(), True))
    detector = trial.try_("detector_file", lambda: _read(placed, pack.detector))
    embedder = trial.try_("embedder_file", lambda: _read(placed, pack.embedder))
    models = None
    if licence and detector and embedder:
        models = trial.try_("loads", lambda: ("OpenCV has loaded both", load(placed)))
    else:
        trial.leave_out("loads")
    if models is None:
        trial.leave_out(*RUNS)
        return
    _try_running(trial, models, face)


def _try_running(trial: Trial, models: FaceModels, face: Path) -> None:
    pixels = decode(face.read_bytes()).pixels
    noise = noise_for(models.pack)
    # Run once before it is timed: the first run sets up the network.
    found = trial.try_("detector_runs", lambda: _find(models, pixels))
    of_noise = trial.try_(
        "embedder_runs", lambda: (f"{models.pack.dimensions} numbers", embed(noise, models))
    )
    if found is None or of_noise is None:
        trial.leave_out("embedder_tells_apart")
        return

    def tell_apart() -> tuple[str, bool]:
        capture = measure_capture(pixels, models)
        if capture is None:
            raise Unavailable("The detector does not find the same face twice.")
        portrait = Portrait(of_noise, capture.measures)
        score = compare(portrait=portrait, capture=capture, calibration=models.pack.calibration)
        if score.similarity > ALIKE:
            raise Unavailable(
                "The embedder gives a face and noise the same embedding.",
                remedy="By such a pack everybody is everybody. See mean and scale in its pack.toml.",
            )
        return f"a face and noise have a similarity of {score.similarity:.2f}", True

    trial.try_("embedder_tells_apart", tell_apart)


def _read_manifest(folder: Path) -> tuple[str, PlacedPack]:
    placed = open_pack(folder)
    return f"calibration {placed.pack.calibration.version}", placed


def _read(placed: PlacedPack, file: PackFile) -> tuple[str, bool]:
    size = len(placed.read_model(file))
    return f"the file that the manifest names, {size / 1e6:.1f} MB", True


def _find(models: FaceModels, pixels: Image) -> tuple[str, Face]:
    try_detector(models)
    faces = find_faces(pixels, models)
    if len(faces) != 1:
        raise Unavailable(
            f"The detector finds {len(faces)} faces in a drawing of one.",
            remedy="Ask whoever made the pack for the right file.",
        )
    return f"the drawn face was found, confidence {faces[0].confidence:.2f}", faces[0]


def _since(began: float) -> int:
    return round((time.perf_counter() - began) * 1000)


if __name__ == "__main__":
    main()
