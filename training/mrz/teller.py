"""Train the network that looks closer at a character the reader doubts, and write it down: see README.md.

    python3 -m training.mrz.teller --out FOLDER [--steps N] [--seed N]

At the size at which the reader sees a line, the letter O and the figure 0 of OCR-B differ by less than a
pixel; in small print out of focus Z looks like I, and O like Q. No grammar helps there, and in a name no
check digit. So where the reader doubts, this network looks at the one character again, about twice as
large, with the halves of its neighbours, whose height is a measure for its own. It knows nothing of what
the reader thought.
"""

import argparse
import time
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from training.mrz import damage, lens
from training.mrz.batches import Batch, batches, standardised
from training.mrz.damage import Picture, between
from training.mrz.export import write
from training.mrz.fonts import CAPITAL_PX, GLYPH_HEIGHT_PX, GLYPH_TOP_PX, GLYPH_WIDTH_PX, PITCH_PX, zone_fonts
from training.mrz.networks import CHARACTERS, Layer

PATCH_HEIGHT_PX, PATCH_WIDTH_PX = 40, 56
PATCH_CAPITAL_PX = 24.0
_ROOM_PX, _MARGIN_PX = 120, 60
_LINE = 16  # characters on a plate
_LINES_TOGETHER, _BATCHES_TOGETHER = 64, 4
_STEPS, _RATE, _WARM_UP, _TELL_EVERY = 16_000, 3e-3, 100, 100
# How often a character stands on a plate, by how often the others do: what is told apart hardest, more often.
_HARDEST, _HARD = ("O0", 5.0), ("ABDGHIKMQRSTUXZ158", 1.6)
# Of plates that are small and out of focus: their share, their capitals, and the blur by capitals' height.
_SMALL, _SMALL_PX, _SMALL_BLUR = 0.6, (6.5, 15.0), (0.05, 0.165)


class Teller(nn.Module):
    """A patch, (n, 1, 40, 56), to scores of each of CHARACTERS, (n, 37, 1, 1)."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            Layer(1, 16, (5, 5), stride=(2, 2)),
            Layer(16, 32, (3, 3), stride=(2, 2)),
            Layer(32, 40, (3, 3)),
            Layer(40, 48, (3, 3), stride=(2, 2)),
            Layer(48, 48, (5, 7), padding=(0, 0)),
            nn.Dropout(0.1),
            nn.Conv2d(48, len(CHARACTERS), 1),
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.layers(x)


def patches(rng: np.random.Generator) -> list[tuple[NDArray[np.uint8], int]]:
    """Make the examples of one line: uint8 (40, 56) and the index of its character in CHARACTERS."""
    said = rng.choice(list(CHARACTERS), _LINE, p=_shares())
    chosen = zone_fonts()[int(rng.choice(3, p=(0.7, 0.22, 0.08)))]
    pitch = PITCH_PX * between(rng, 0.93, 1.07)
    columns = int(2 * _MARGIN_PX + len(said) * pitch)
    ink = np.zeros((_ROOM_PX, columns), np.float32)
    middles = _MARGIN_PX + (np.arange(len(said)) + 0.5) * pitch
    top = (_ROOM_PX - CAPITAL_PX) // 2 - GLYPH_TOP_PX
    for character, middle in zip(said, middles, strict=True):
        left = round(middle + rng.normal(0, 0.5)) - GLYPH_WIDTH_PX // 2
        y = top + round(rng.normal(0, 0.5))
        place = ink[y : y + GLYPH_HEIGHT_PX, left : left + GLYPH_WIDTH_PX]
        np.maximum(place, chosen.glyphs[character][:, : place.shape[1]], out=place)
    ink = damage.worn(rng, ink)
    sheet = damage.paper(rng, *ink.shape)
    dark = between(rng, 0.02, 0.45)
    picture = np.clip(sheet * (1 - ink * (1 - dark)), 0, 1).astype(np.float32)
    if rng.random() < 0.15:
        shine = damage.glare(rng, *ink.shape, strongest=0.9)
        picture = picture + (1 - picture) * shine
    seen, shrink = _photographed(rng, picture)
    return [
        (_patch(rng, seen, middle * shrink, shrink), CHARACTERS.index(character))
        for character, middle in zip(said, middles, strict=True)
    ]


def teller_batches(rng: np.random.Generator) -> list[Batch]:
    """Make batches: (256, 1, 40, 56) and which character it is, (256,)."""
    made = [each for _ in range(_LINES_TOGETHER) for each in patches(rng)]
    order = rng.permutation(len(made))
    size = len(made) // _BATCHES_TOGETHER
    given: list[Batch] = []
    for at in range(0, size * _BATCHES_TOGETHER, size):
        together = [made[each] for each in order[at : at + size]]
        inputs = np.stack([standardised(pixels)[None] for pixels, _ in together])
        given.append((inputs, np.array([which for _, which in together], np.int64)))
    return given


@cache
def _shares() -> NDArray[np.float64]:
    often = {each: share for group, share in (_HARD, _HARDEST) for each in group}
    shares = np.array([often.get(each, 1.0) for each in CHARACTERS])
    return shares / shares.sum()


def _photographed(rng: np.random.Generator, picture: Picture) -> tuple[NDArray[np.uint8], float]:
    """Take the plate at some resolution; also return its scale."""
    is_small = rng.random() < _SMALL
    ordinary = (between(rng, 6, 11), between(rng, 9, 18), between(rng, 14, 32))[rng.integers(3)]
    capital = between(rng, *_SMALL_PX) if is_small else ordinary
    shrink = min(1.0, capital / CAPITAL_PX)
    rows, columns = picture.shape
    size = (round(columns * shrink), round(rows * shrink))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    if is_small:
        small = lens.defocused(rng, small, deviation_px=between(rng, *_SMALL_BLUR) * capital)
    else:
        small = damage.blurred(rng, small, capital_px=capital)
    return damage.taken(rng, small), shrink


def _patch(
    rng: np.random.Generator, seen: NDArray[np.uint8], middle: float, shrink: float
) -> NDArray[np.uint8]:
    """Cut one character out, as exactly as a reading places it: not quite."""
    step = CAPITAL_PX * shrink / (PATCH_CAPITAL_PX * between(rng, 0.9, 1.1))
    flat = between(rng, 0.88, 1.14)
    turn = np.radians(rng.normal(0, 1.5))
    slant = rng.normal(0, 0.05)
    x = (np.arange(PATCH_WIDTH_PX) + 0.5 - PATCH_WIDTH_PX / 2 + rng.normal(0, 1.2)) * step
    y = (np.arange(PATCH_HEIGHT_PX) + 0.5 - PATCH_HEIGHT_PX / 2 + rng.normal(0, 1.5)) * step * flat
    across = x[None] * np.cos(turn) + y[:, None] * (slant - np.sin(turn))
    down = x[None] * np.sin(turn) + y[:, None] * np.cos(turn)
    return cv2.remap(
        seen,
        (middle + across - 0.5).astype(np.float32),
        (seen.shape[0] / 2 + down - 0.5).astype(np.float32),
        cv2.INTER_CUBIC if step < 1 else cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )


def main() -> None:
    """Train as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder to write into")
    parser.add_argument("--steps", type=int, default=_STEPS)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    network, measured = train(steps=asked.steps, seed=asked.seed)
    minutes = {"minutes": round((time.monotonic() - began) / 60, 1)}
    run = {"command": "teller", "steps": asked.steps, "seed": asked.seed}
    write(network, asked.out, name="teller", run=run, measured={**measured, **minutes})


def train(*, steps: int, seed: int) -> tuple[nn.Module, dict[str, float]]:
    """Train for so many steps; also return what the last examples, none seen before, were like."""
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    network = Teller()
    optimiser = torch.optim.AdamW(network.parameters(), lr=_RATE, weight_decay=1e-3)
    rate = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, _RATE, total_steps=steps, pct_start=_WARM_UP / steps
    )
    recent: list[tuple[float, float]] = []
    for step, (inputs, targets) in enumerate(batches(teller_batches, seed=seed, count=steps, processes=1), 1):
        wanted = torch.from_numpy(targets)
        answers = network(torch.from_numpy(inputs))[:, :, 0, 0]
        loss = functional.cross_entropy(answers, wanted)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        rate.step()
        right = float((answers.argmax(1) == wanted).float().mean())
        recent = [*recent[-_TELL_EVERY + 1 :], (float(loss), right)]
        if step % _TELL_EVERY == 0 or step == steps:
            means = [sum(each) / len(recent) for each in zip(*recent, strict=True)]
            print(f"{step} of {steps}, loss {means[0]:.4f}, right {means[1]:.4f}", flush=True)
    return network.eval(), {"loss": round(means[0], 4), "right": round(means[1], 4)}


if __name__ == "__main__":
    main()
