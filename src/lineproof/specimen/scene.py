"""What the frames of one presentation share: the room, the path, the camera, heads that are drawn once."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from lineproof.specimen.face import Light, Sitter, draw_sitter, model_sitter
from lineproof.specimen.held_picture import Cover, Shot, middle
from lineproof.specimen.motion import Cue, Place, draw_places

FRAME_SIZE = (360, 450)  # width and height: a telephone held upright, small
FIGURE_PX = 330
# The largest turn of somebody who turns the head as asked, in degrees.
LARGEST_TURN = (34, 43)
# Heads are drawn at every so many degrees, and each drawing is used again.
YAW_STEP_DEGREES = 4
# The camera's noise in grey levels, and a side of the square it is drawn on; the quality of its files.
NOISE, NOISE_PX, JPEG_QUALITY = np.float32(3), 1024, 82
# Seeds of other people are this far away from a subject's own.
STRANGER = 500_000

Frames = Iterator[tuple[Place, Shot]]


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """One presentation: who it is about, what is asked for, where it happens, and its chances.

    photograph: rows, columns, red-green-blue: what a print or a screen shows.
    """

    seed: int
    cues: tuple[Cue, ...]
    ends_at_ms: int
    room: Shot
    photograph: NDArray[np.uint8]
    rng: np.random.Generator

    def places(self, cues: Sequence[Cue] | None = None) -> tuple[Place, ...]:
        """Draw the path of somebody who follows these cues, or the scene's own."""
        return draw_places(self.cues if cues is None else cues, ends_at_ms=self.ends_at_ms, rng=self.rng)

    def stand(self, figure: NDArray[np.uint8], place: Place) -> Shot:
        """Lay a figure (red-green-blue-cover, as draw_figure draws it) over the room where it stands."""
        rows, columns = figure.shape[:2]
        mapping = cv2.getRotationMatrix2D((columns / 2, rows / 2), -place.roll_degrees, place.scale)
        mapping[:, 2] += middle(place, FRAME_SIZE) - (columns / 2, rows / 2)
        mapping[1, 2] += (FRAME_SIZE[1] - rows) / 2  # the shoulders reach the lower edge
        seen = cv2.warpAffine(figure, mapping, FRAME_SIZE, flags=cv2.INTER_LINEAR).astype(np.float32)
        return self.over(seen[..., :3], seen[..., 3] / 255)

    def over(self, seen: Shot, cover: Cover) -> Shot:
        """Lay what is seen over the room."""
        return np.asarray(cv2.blendLinear(seen, self.room, cover, 1 - cover), np.float32)


def expose(shot: Shot, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Finish a frame as a telephone's camera does: soft, noisy, compressed."""
    left, top = rng.integers(0, NOISE_PX - max(shot.shape), size=2)
    noise = _noise()[top : top + shot.shape[0], left : left + shot.shape[1]]
    soft = np.clip(cv2.GaussianBlur(shot, (0, 0), 0.6) + noise, 0, 255).astype(np.uint8)
    _, encoded = cv2.imencode(
        ".jpg", cv2.cvtColor(soft, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY]
    )
    decoded = cv2.imdecode(encoded, cv2.IMREAD_COLOR)
    return np.asarray(cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB), np.uint8)


@lru_cache(maxsize=1)
def _noise() -> Shot:
    """Draw the camera's noise once; every frame takes another part of it."""
    return NOISE * np.random.default_rng(0x0153).standard_normal((NOISE_PX, NOISE_PX, 1), np.float32)


def largest_turn(seed: int) -> float:
    """Say how far the person with this seed turns the head when asked, in degrees."""
    return float(np.random.default_rng([seed, 0x7A3]).uniform(*LARGEST_TURN))


def light_of(seed: int) -> Light:
    """Give the light in which the person with this seed is seen."""
    lights = tuple(Light)
    return lights[seed % len(lights)]


@lru_cache(maxsize=2)
def sitter_of(seed: int) -> Sitter:
    """Model the person with this seed in the expression of the day."""
    return model_sitter(seed=seed, smile=0.1 + 0.2 * math.fmod(seed * 0.618, 1.0))


def figure_of(seed: int, yaw_degrees: float) -> NDArray[np.uint8]:
    """Draw the person with this seed, cut out, turned by about so much."""
    return _figure(seed, YAW_STEP_DEGREES * round(yaw_degrees / YAW_STEP_DEGREES))


@lru_cache(maxsize=64)
def _figure(seed: int, yaw_degrees: int) -> NDArray[np.uint8]:
    return draw_sitter(sitter_of(seed), yaw_degrees=yaw_degrees, light=light_of(seed), size_px=FIGURE_PX)
