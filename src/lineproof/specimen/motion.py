"""How a head or a picture moves when it is asked to turn: a smooth path with a person's delays and unrest."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]

# Times in milliseconds: until somebody reacts, until turned, how long held, until back.
REACTION_MS, RISE_MS, HOLD_MS, FALL_MS = (300, 600), (400, 700), (400, 600), (400, 600)
# One frame every quarter of a second, give or take: the slowest camera that the rules let pass, nearly.
FRAME_MS, FRAME_UNREST_MS = 250, 40


@dataclass(frozen=True, slots=True)
class Cue:
    """One turn that is asked for. towards: +1 is to the right of the unmirrored image, -1 to its left."""

    shown_at_ms: int
    towards: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where a thing stands before the camera at one moment.

    turn: -1 to 1, the share of its largest turn, positive towards the right of the image.
    right, down: of the middle, as shares of the frame's width. scale: 1 is its usual size.
    roll_degrees: clockwise.
    """

    at_ms: int
    turn: float
    right: float
    down: float
    scale: float
    roll_degrees: float


def draw_places(cues: Sequence[Cue], *, ends_at_ms: int, rng: np.random.Generator) -> tuple[Place, ...]:
    """Draw where somebody who follows these cues stands in each frame, from the start to the end."""
    step = rng.integers(-FRAME_UNREST_MS, FRAME_UNREST_MS + 1, size=ends_at_ms // FRAME_MS)
    times = np.arange(len(step)) * FRAME_MS + FRAME_MS // 2 + step // 2
    turns = np.zeros(len(times))
    for cue in cues:
        reaction, rise, hold, fall = (rng.uniform(*span) for span in (REACTION_MS, RISE_MS, HOLD_MS, FALL_MS))
        since = times - cue.shown_at_ms - reaction
        up, down = _eased(since / rise), _eased((since - rise - hold) / fall)
        turns += cue.towards * rng.uniform(0.9, 1.0) * (up - down)
    sway = {name: _draw_sway(times, rng) for name in ("right", "down", "scale", "roll")}
    return tuple(
        Place(
            at_ms=int(at_ms),
            turn=float(turns[i]),
            right=0.012 * sway["right"][i],
            down=0.010 * sway["down"][i],
            scale=1 + 0.02 * sway["scale"][i],
            roll_degrees=1.5 * sway["roll"][i],
        )
        for i, at_ms in enumerate(times)
    )


def _eased(share: Values) -> Values:
    """Go from 0 to 1 between 0 and 1, starting and ending gently."""
    held = np.clip(share, 0, 1)
    return held * held * (3 - 2 * held)


def _draw_sway(times: Values, rng: np.random.Generator) -> list[float]:
    """Draw slow unrest of deviation about 1."""
    waves = [np.sin(2 * math.pi * (times / rng.uniform(2000, 6000) + rng.random())) for _ in range(3)]
    return [float(value) for value in np.sum(waves, axis=0) / 1.2]
