"""A folder of drawn people with several photographs each, laid out as Labeled Faces in the Wild.

Drawing a person takes half a second, so a few are drawn, and others made from them by stretching: they are
there to be counted, and say nothing about how well any comparison works.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from lineproof.specimen.face import draw_face

SEEDS = (11, 23, 37)
STRETCHES = ((1.0, 1.0), (1.22, 1.0), (1.0, 1.2), (1.1, 1.0), (1.0, 1.1))
SIDE_PX = 208
# Names as they come: with spaces, an apostrophe, letters beyond ASCII, a script from right to left.
NAMES = (
    *("Ada Okafor", "Bo_Lindqvist", "Zoë_Müller", "D'Arcy_Quinn", "Émile_Roux", "Fatma_Şahin"),
    *("Gil_Ito", "Hana_Kovač", "Íris_Sá", "ليلى", "Mallory", "Nil_Nil", "Oz_Öz"),
)


@dataclass(frozen=True, slots=True)
class DrawnPeople:
    """The folder of images, and a file of pairs that names every photograph."""

    images: Path
    pairs: Path
    names: tuple[str, ...]

    def groups(self, path: Path, *, first: int = 13) -> Path:
        """Write a file of groups: the first people north, the others south."""
        rows = [f"{name},{'north' if at < first else 'south'}" for at, name in enumerate(self.names)]
        path.write_text("\n".join(["identity,group", *rows]) + "\n", "utf-8")
        return path


def draw_people(folder: Path, *, photographs: int = 2) -> DrawnPeople:
    """Draw thirteen people. Their pairs: each with themselves, and with the next one."""
    images = folder / "images"
    for person, name in enumerate(NAMES):
        (images / name).mkdir(parents=True)
        for number in range(1, photographs + 1):
            (images / name / f"{name}_{number:04d}.jpg").write_bytes(_photograph(person, number % 3))
    pairs = folder / "pairs.txt"
    pairs.write_text(pairs_text(photographs), "utf-8")
    return DrawnPeople(images, pairs, NAMES)


def pairs_text(photographs: int = 2) -> str:
    """Write the pairs, a fold for each photograph after the first."""
    people = len(NAMES)
    lines = [f"{photographs - 1}\t{people}"]
    for number in range(2, photographs + 1):
        lines += [f"{name}\t1\t{number}" for name in NAMES]
        lines += [f"{name}\t1\t{NAMES[(at + 1) % people]}\t{number}" for at, name in enumerate(NAMES)]
    return "\n".join(lines) + "\n"


@cache
def _drawing(seed: int) -> NDArray[np.uint8]:
    return draw_face(seed=seed, size_px=SIDE_PX)


@cache
def _photograph(person: int, light: int) -> bytes:
    """Take one photograph: brighter or darker, and mirrored or not."""
    across, down = STRETCHES[person // len(SEEDS)]
    drawn = cv2.resize(_drawing(SEEDS[person % len(SEEDS)]), None, fx=across, fy=down)
    picture = cv2.convertScaleAbs(drawn, alpha=(1.0, 0.85, 1.15)[light])
    picture = picture[:, ::-1] if light == 2 else picture
    _, encoded = cv2.imencode(".jpg", np.ascontiguousarray(picture[..., ::-1]))
    return encoded.tobytes()
