"""What the reader learns from: strips of one line each, as the finder cuts them, and what stands where.

    1. the line, with its neighbours above and below, is set in a font and worn
    2. it is seen: slanted, bent, with a pitch that changes along it, at another size than it should be
    3. paper, light, glare, a finger
    4. it is photographed at some resolution, one in three as small and as much out of focus as can just be
       read, and brought to the strip's size

For each column of answers the target is the character whose middle is there, BETWEEN, or NO_TARGET where
either would do. A character that cannot be seen, under a finger or in glare, has BETWEEN: that the reader is
to leave a place empty where there is nothing to read is half of what it learns.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from training.mrz import damage, lens, text
from training.mrz.damage import Picture, between
from training.mrz.fonts import (
    CAPITAL_PX,
    GLYPH_HEIGHT_PX,
    GLYPH_TOP_PX,
    GLYPH_WIDTH_PX,
    OTHER_FONTS,
    PITCH_PX,
    ZONE_FONTS,
    ZoneFont,
    font,
    zone_fonts,
)
from training.mrz.networks import BETWEEN, CHARACTERS, STRIP_CAPITAL_PX, STRIP_HEIGHT_PX, STRIP_STEP_PX

NO_TARGET = -100  # torch's
_INDEX = {character: at + 1 for at, character in enumerate(CHARACTERS)}
_ROOM_PX = 112  # height of the plate that three lines are set on
_CAPITAL_TOP_PX = (_ROOM_PX - CAPITAL_PX) // 2
_FINE = 2  # the plate is seen so many times finer than the strip
# Of the distance between characters: nearer than the first to a middle is that character, farther than the
# second is between two.
_NEAR, _FAR = 0.27, 0.36
_HIDDEN = 0.6  # of a character: with more of it hidden it cannot be read
# Of examples that are small and out of focus: their share, their capitals, and the blur by capitals' height.
_HARD, _HARD_PX, _HARD_BLUR = 0.35, (6.5, 15.0), (0.05, 0.165)


@dataclass(frozen=True, slots=True)
class Strip:
    """One example: uint8 (24, w), w a multiple of four; int64 targets (w / 4); what the line says."""

    pixels: NDArray[np.uint8]
    targets: NDArray[np.int64]
    said: str


@dataclass(frozen=True, slots=True)
class _Plate:
    """A line as it is printed: ink, and the column of each character's middle."""

    ink: Picture
    middles: NDArray[np.float64]
    said: str


def strip(rng: np.random.Generator) -> Strip:
    """Make one example."""
    plate = _set(rng) if rng.random() > 0.04 else _not_a_line(rng)
    columns = plate.ink.shape[1]
    capital = between(rng, 0.78, 1.25) * STRIP_CAPITAL_PX
    down = capital / CAPITAL_PX
    across = down * between(rng, 0.86, 1.18)
    width = int(columns * across) // STRIP_STEP_PX * STRIP_STEP_PX
    ink, sources = _seen(rng, plate.ink, width, down=down, across=across)
    hidden = _hiding(rng, *ink.shape)
    picture = _lit(rng, ink, hidden)
    pixels = _photographed(rng, picture, capital)
    pixels = cv2.resize(
        pixels,
        (width, STRIP_HEIGHT_PX),
        interpolation=cv2.INTER_CUBIC if pixels.shape[0] < STRIP_HEIGHT_PX else cv2.INTER_AREA,
    )
    middles = np.interp(plate.middles, sources, (np.arange(len(sources)) + 0.5) / _FINE)
    lost = hidden[hidden.shape[0] // 2, np.clip((middles * _FINE).astype(int), 0, hidden.shape[1] - 1)]
    return Strip(pixels, _targets(plate.said, middles, lost > _HIDDEN, width), plate.said)


def _set(rng: np.random.Generator) -> _Plate:
    """Step 1."""
    said = text.line(rng)
    chosen = zone_fonts()[rng.choice(len(ZONE_FONTS), p=[share for _, share in ZONE_FONTS])]
    pitch = PITCH_PX * between(rng, 0.9, 1.1) * (1 if chosen.is_ocr_b else between(rng, 0.75, 1.05))
    left, right = rng.integers(8, 91, 2)
    columns = int(left + right + len(said) * pitch)
    ink = np.zeros((_ROOM_PX, columns + GLYPH_WIDTH_PX), np.float32)
    middles = _print(rng, ink, said, chosen, top=_CAPITAL_TOP_PX, left=float(left), pitch=pitch)
    apart = between(rng, 68, 95)
    for side in (-apart, apart):
        if rng.random() < 0.7:
            beside = float(left) + rng.normal(0, 2)
            _print(
                rng, ink, text.line(rng), chosen, top=int(_CAPITAL_TOP_PX + side), left=beside, pitch=pitch
            )
    return _Plate(damage.worn(rng, ink[:, :columns]), middles, said)


def _print(
    rng: np.random.Generator,
    ink: Picture,
    said: str,
    chosen: ZoneFont,
    *,
    top: int,
    left: float,
    pitch: float,
) -> NDArray[np.float64]:
    """Print a line, a little unevenly; return the column of each character's middle."""
    rows, columns = ink.shape
    middles = left + (np.arange(len(said)) + 0.5) * pitch + rng.normal(0, between(rng, 0, 0.8), len(said))
    tops = np.round(top - GLYPH_TOP_PX + rng.normal(0, between(rng, 0, 0.8), len(said))).astype(int)
    faint = rng.random() < 0.25
    for character, middle, y in zip(
        said, np.round(middles).astype(int) - GLYPH_WIDTH_PX // 2, tops, strict=True
    ):
        upper, lower = max(0, -y), min(GLYPH_HEIGHT_PX, rows - y)
        first, last = max(0, -middle), min(GLYPH_WIDTH_PX, columns - middle)
        if lower > upper and last > first:
            glyph = chosen.glyphs[character][upper:lower, first:last]
            place = ink[y + upper : y + lower, middle + first : middle + last]
            np.maximum(place, glyph * (between(rng, 0.55, 1) if faint else 1), out=place)
    return middles


def _not_a_line(rng: np.random.Generator) -> _Plate:
    """Set words in another font, or nothing: there is no line here to read."""
    columns = int(rng.integers(500, 1700))
    sheet = np.zeros((_ROOM_PX, columns), np.uint8)
    if rng.random() < 0.6:
        page = Image.fromarray(sheet)
        name = OTHER_FONTS[rng.integers(len(OTHER_FONTS) - 1)]
        words = text.printed(rng).lower() * 3
        size_px = int(rng.integers(24, 60))
        ImageDraw.Draw(page).text((10, 56), words, font=font(name, size_px), fill=255, anchor="lm")
        sheet = np.asarray(page)
    return _Plate(sheet.astype(np.float32) / 255, np.zeros(0), "")


def _seen(
    rng: np.random.Generator, ink: Picture, width: int, *, down: float, across: float
) -> tuple[Picture, NDArray[np.float64]]:
    """Step 2; also return the column of the plate that each fine column of the strip shows."""
    columns = ink.shape[1]
    sources = (np.arange(width * _FINE) + 0.5) / _FINE / across
    place = sources / columns - 0.5
    sources = sources + between(rng, -0.12, 0.12) * columns * (np.square(place) - 0.25)
    middle = _ROOM_PX / 2 + rng.normal(0, 3.2) + rng.normal(0, 0.005) * columns * place
    bend = rng.normal(0, 2.5) * np.sin(place * 2 * np.pi * between(rng, 0.5, 2) + between(rng, 0, 6.3))
    below = ((np.arange(STRIP_HEIGHT_PX * _FINE) + 0.5) / _FINE - STRIP_HEIGHT_PX / 2) / down
    grows = 1 + between(rng, -0.15, 0.15) * place
    y = (middle + bend)[None] + below[:, None] * grows[None]
    x = sources[None] + below[:, None] * rng.normal(0, 0.06)
    seen = cv2.remap(ink, x.astype(np.float32), y.astype(np.float32), cv2.INTER_LINEAR)
    return seen, sources


def _hiding(rng: np.random.Generator, rows: int, columns: int) -> Picture:
    """Choose what hides part of the line: mostly nothing."""
    if rng.random() > 0.07:
        return np.zeros((rows, columns), np.float32)
    width = between(rng, 0.5, 5) * rows
    return damage.cover(rng, rows, columns, at=between(rng, 0, columns), width=width)


def _lit(rng: np.random.Generator, ink: Picture, hidden: Picture) -> Picture:
    """Step 3. Adds to `hidden` where glare leaves nothing to see."""
    rows, columns = ink.shape
    sheet = damage.paper(rng, rows, columns)
    dark = between(rng, 0.02, 0.45)
    picture = sheet * (1 - ink) + dark * ink if rng.random() < 0.5 else sheet * (1 - ink * (1 - dark))
    for side in (slice(None, 1), slice(-1, None)):
        if rng.random() < 0.12:  # the page ends here
            wide = int(rng.integers(2, max(3, columns // 40)))
            part = slice(0, wide) if side.start is None else slice(columns - wide, columns)
            picture[:, part] = between(rng, 0, 1)
    if rng.random() < 0.5:
        slope = np.linspace(-0.5, 0.5, columns, dtype=np.float32)
        picture = picture * (1 + np.float32(between(rng, -0.5, 0.5)) * slope)[None]
    if rng.random() < 0.25:
        shine = damage.glare(rng, rows, columns, strongest=1.0)
        picture = picture + (1 - picture) * shine
        np.maximum(hidden, np.clip((shine - 0.86) * 12, 0, 1), out=hidden)
    if hidden.any():
        skin = np.float32(between(rng, 0.2, 0.9)) + 0.04 * rng.standard_normal((rows, columns), np.float32)
        solid = np.where(hidden > 0, hidden, 0)
        picture = picture * (1 - solid) + skin * solid
    return np.clip(picture, 0, 1).astype(np.float32)


def _photographed(rng: np.random.Generator, picture: Picture, capital: float) -> NDArray[np.uint8]:
    """Step 4, up to the photograph: at its own resolution."""
    hard = rng.random() < _HARD
    usual = (between(rng, 4.6, 8), between(rng, 6, 13), between(rng, 10, 26))[rng.integers(3)]
    seen_px = between(rng, *_HARD_PX) if hard else usual
    shrink = seen_px / (capital * _FINE)
    if shrink < 1:
        rows, columns = picture.shape
        size = (max(8, round(columns * shrink)), max(4, round(rows * shrink)))
        picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    else:
        seen_px = capital * _FINE
    if hard:
        picture = lens.defocused(rng, picture, deviation_px=between(rng, *_HARD_BLUR) * seen_px)
    else:
        picture = damage.blurred(rng, picture, capital_px=seen_px)
    return damage.taken(rng, picture)


def _targets(
    said: str, middles: NDArray[np.float64], lost: NDArray[np.bool_], width: int
) -> NDArray[np.int64]:
    targets = np.full(width // STRIP_STEP_PX, BETWEEN, np.int64)
    if not said:
        return targets
    at = (np.arange(len(targets)) + 0.5) * STRIP_STEP_PX
    nearest = np.abs(at[:, None] - middles[None]).argmin(axis=1)
    away = np.abs(at - middles[nearest]) / np.diff(middles).mean()
    classes = np.where(lost, BETWEEN, [_INDEX[character] for character in said])
    targets[away < _FAR] = NO_TARGET
    targets[away < _NEAR] = classes[nearest[away < _NEAR]]
    # However narrow, each character has one column.
    own = (middles // STRIP_STEP_PX).astype(int)
    inside = (own >= 0) & (own < len(targets))
    targets[own[inside]] = classes[inside]
    return targets
