"""The evaluation images as people and folds, and what a document makes of a photograph.

Labeled Faces in the Wild as its authors lay it out: images/NAME/NAME_0001.jpg and pairs.txt with its folds,
which share no person. Nothing of it enters the project; nothing but counts is printed.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from lineproof.imaging.decode import decode
from lineproof.measure.pairs import read_pairs, require_photographs
from lineproof.measure.scores import named_persons

DATA = Path(__file__).resolve().parents[1].parent / "shared" / "data" / "lfw"
# Everything is chosen on the people of these folds, and reported once on those of the others.
CHOOSING, REPORTING = (1, 2, 3), (4, 5)

Image = npt.NDArray[np.uint8]
Reals = npt.NDArray[np.float32]
Integers = npt.NDArray[np.int64]

PX_PER_MM = 8
PAGE_MM = (125, 88)


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """Photographs of people who are numbers from 0, below persons. fold: of each photograph, from 1."""

    paths: tuple[Path, ...]
    person: Integers
    persons: int
    fold: Integers

    def of_folds(self, folds: Sequence[int]) -> "Evaluation":
        """Take the people of some folds, numbered anew."""
        rows = np.nonzero(np.isin(self.fold, folds))[0]
        people, person = np.unique(self.person[rows], return_inverse=True)
        paths = tuple(self.paths[row] for row in rows)
        return Evaluation(paths, person.astype(np.int64), len(people), self.fold[rows])


def read_evaluation(data: Path) -> Evaluation:
    """Read the folder; raises what `measure` raises when something of it is missing or wrong."""
    listing = read_pairs(data / "pairs.txt")
    paths = require_photographs(listing, data / "images")
    person, persons = named_persons([photograph.identity for photograph in listing.photographs])
    folds = int((data / "pairs.txt").read_text("utf-8").split(maxsplit=1)[0])
    fold_of_pair = np.arange(len(listing.references)) * folds // len(listing.references) + 1
    fold = np.zeros(len(paths), np.int64)
    for side in (listing.references, listing.probes):
        fold[side] = fold_of_pair
    return Evaluation(paths, person, persons, fold)


class Condition(Enum):
    """What a document makes of the photograph of its holder. The numbers are pixels between the eyes."""

    AS_IT_IS = "as it is"
    GREY = "grey"
    GREY_30 = "grey, 30 px"
    GREY_20 = "grey, 20 px"
    GREY_14 = "grey, 14 px"
    PATTERN_30 = "printed pattern, 30 px"


_MADE = {
    Condition.AS_IT_IS: (False, None, None, None),
    Condition.GREY: (True, None, None, None),
    Condition.GREY_30: (True, 30, None, 50),
    Condition.GREY_20: (True, 20, None, 50),
    Condition.GREY_14: (True, 14, None, 50),
    Condition.PATTERN_30: (False, 30, 17.0, 60),
}


def in_condition(photograph: Image, condition: Condition, *, eye_distance_px: float) -> Image:
    """Make a photograph grey, small, patterned and compressed, as the condition says.

    eye_distance_px: in the photograph as it is.
    """
    grey, eyes_px, pattern, quality = _MADE[condition]
    made = photograph
    if grey:
        made = np.asarray(cv2.cvtColor(cv2.cvtColor(made, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB), np.uint8)
    if eyes_px is not None:
        scale = eyes_px / eye_distance_px
        made = np.asarray(cv2.resize(made, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
    if pattern is not None:
        down, across = np.mgrid[: made.shape[0], : made.shape[1]]
        waves = pattern * np.sin(2 * math.pi * (across / 7 + 3 * np.sin(down / 9)))
        made = np.clip(made + waves[..., None], 0, 255).astype(np.uint8)
    return made if quality is None else compressed(made, quality)


def compressed(image: Image, quality: int) -> Image:
    """Store an image as a JPEG of that quality and read it again."""
    jpeg = cv2.imencode(".jpg", np.ascontiguousarray(image[..., ::-1]), [cv2.IMWRITE_JPEG_QUALITY, quality])[
        1
    ]
    return np.ascontiguousarray(np.asarray(cv2.imdecode(jpeg, cv2.IMREAD_COLOR), np.uint8)[..., ::-1])


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
    return decode(jpeg.tobytes()).pixels
