"""What the finder learns from: places on photographs of pages, and where the lines of a zone lie in them.

    1. a page: paper, portrait, printed entries (some in OCR-B, which is no zone), a barcode; mostly a zone
    2. the mask: the core of each line of the zone, without the gaps between lines
    3. the page lies somewhere before the camera: tilted, turned, bent, at some size, on a cluttered table
    4. light, glare, fingers, holograms; it is photographed

A line of the zone that a finger hides in part is still a line: the mask goes on under it.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from training.mrz import damage, text
from training.mrz.damage import Picture, between
from training.mrz.fonts import OTHER_FONTS, ZONE_FONTS, capital, font
from training.mrz.networks import MASK_STEP_PX

PLACE_PX = 384
_PAGE_PX = 900  # width of a page
_VIEWS = 4  # of each page, for drawing one takes longer than photographing it
_LENGTHS = (44, 36, 30)
# Pixels from character to character as the finder meets them.
_FINEST_PITCH, _LARGEST_PITCH = 3.8, 20.0
_CORE = 0.84  # of a capital's height, in the mask


@dataclass(frozen=True, slots=True)
class Place:
    """One example: uint8 (384, 384), and the mask, uint8 (96, 96), 255 where a line's core is."""

    pixels: NDArray[np.uint8]
    mask: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class _Page:
    pixels: NDArray[np.uint8]
    mask: NDArray[np.uint8]
    pitch_px: float


def places(rng: np.random.Generator) -> list[Place]:
    """Make a few examples: one page, seen several times."""
    page = _page(rng)
    return [_place(rng, page) for _ in range(_VIEWS)]


def _place(rng: np.random.Generator, page: _Page) -> Place:
    mapping, turned_px = _before_the_camera(rng, page)
    # Reduced by more than half: what is too fine must not alias.
    reduced = turned_px < 0.5
    blurred = cv2.GaussianBlur(page.pixels, (0, 0), 0.35 / turned_px) if reduced else page.pixels
    size = (PLACE_PX, PLACE_PX)
    rows, columns = page.pixels.shape
    x, y = _bent(rng, mapping, rows)
    seen = cv2.remap(blurred, x, y, cv2.INTER_LINEAR).astype(np.float32) / 255
    there = cv2.remap(np.ones((rows, columns), np.float32), x, y, cv2.INTER_LINEAR)
    mask = cv2.remap(page.mask, x, y, cv2.INTER_LINEAR)
    picture = _table(rng) * (1 - there) + seen * there
    pixels = damage.taken(rng, _in_light(rng, picture))
    step = (size[0] // MASK_STEP_PX, size[1] // MASK_STEP_PX)
    return Place(pixels, cv2.resize(mask, step, interpolation=cv2.INTER_AREA))


def _page(rng: np.random.Generator) -> _Page:
    """Steps 1 and 2."""
    length = int(rng.choice(_LENGTHS, p=(0.45, 0.17, 0.38)))
    lines = text.block(rng, length) if rng.random() < 0.88 else []
    rows = int(_PAGE_PX * rng.choice((0.63, 0.7, 0.75)))
    page = Image.fromarray((np.clip(damage.paper(rng, rows, _PAGE_PX), 0, 1) * 255).astype(np.uint8))
    draw = ImageDraw.Draw(page)
    for _ in range(rng.integers(0, 15)):
        x, y, w, h = (int(rng.integers(each)) for each in (_PAGE_PX, rows, 400, 300))
        draw.ellipse(
            (x - w, y - h, x + w, y + h), outline=int(rng.integers(120, 231)), width=int(rng.integers(1, 3))
        )
    if rng.random() < 0.75:
        _portrait(rng, page)
    name = ZONE_FONTS[rng.choice(len(ZONE_FONTS), p=[share for _, share in ZONE_FONTS])][0]
    pitch = _PAGE_PX * (between(rng, 0.70, 0.93) if length == 36 else between(rng, 0.84, 0.95)) / length
    size_px = max(8, round(40 * pitch / font(name, 40).getlength("0")))
    pitch = font(name, size_px).getlength("0")
    above, height = capital(name, size_px)
    apart = height * between(rng, 2.0, 2.9)
    top = rows - apart * max(2, len(lines)) - between(rng, 0, 60)
    _entries(rng, draw, lowest=top - 12 if lines else rows - 20)
    mask = np.zeros((rows, _PAGE_PX), np.uint8)
    left = (_PAGE_PX - pitch * length) * between(rng, 0.2, 0.9)
    if lines and rng.random() < 0.5:
        draw.rectangle((0, top - apart / 2, _PAGE_PX, rows), fill=int(rng.integers(170, 251)))
    ink = int(rng.integers(5, 111))
    for at, line in enumerate(lines):
        draw.text((left, top + at * apart), line, font=font(name, size_px), fill=ink)
        middle = top + at * apart + above + height / 2
        ends = (left, middle - _CORE * height / 2), (left + pitch * length, middle + _CORE * height / 2)
        cv2.rectangle(mask, *(tuple(round(each) for each in end) for end in ends), 255, -1)
    return _Page(np.asarray(page).copy(), mask, pitch)


def _portrait(rng: np.random.Generator, page: Image.Image) -> None:
    width = int(rng.integers(150, 281))
    coarse = rng.integers(20, 231, (int(rng.integers(3, 21)), int(rng.integers(3, 17))), dtype=np.uint8)
    blot = cv2.resize(coarse, (width, int(width * 1.25)), interpolation=cv2.INTER_CUBIC)
    page.paste(Image.fromarray(blot), (int(rng.integers(20, 650)), int(rng.integers(20, 151))))


def _entries(rng: np.random.Generator, draw: ImageDraw.ImageDraw, *, lowest: float) -> None:
    """Print entries, and sometimes a barcode, above the zone."""
    for _ in range(rng.integers(8, 35)):
        size_px = int(rng.integers(11, 35))
        y = int(rng.integers(2, max(4, int(lowest) - size_px)))
        name = OTHER_FONTS[rng.integers(len(OTHER_FONTS))]
        at = (int(rng.integers(2, _PAGE_PX - 60)), y)
        draw.text(at, text.printed(rng), font=font(name, size_px), fill=int(rng.integers(10, 131)))
    if rng.random() < 0.2:
        left, top = int(rng.integers(20, 500)), int(rng.integers(10, max(20, int(lowest) - 70)))
        for _ in range(rng.integers(20, 81)):
            wide = int(rng.integers(1, 7))
            draw.rectangle((left, top, left + wide, top + 60), fill=int(rng.choice((20, 240))))
            left += wide


def _before_the_camera(rng: np.random.Generator, page: _Page) -> tuple[NDArray[np.float64], float]:
    """Step 3: the homography from the picture back to the page, and picture pixels per page pixel."""
    rows, columns = page.pixels.shape
    pitch = np.exp(between(rng, np.log(_FINEST_PITCH), np.log(_LARGEST_PITCH)))
    size = pitch / page.pitch_px
    turn = rng.normal(0, 6) if rng.random() < 0.65 else between(rng, -180, 180)
    if rng.random() < 0.3:
        turn += 90 * rng.integers(1, 4)
    ys, xs = np.nonzero(page.mask[::8, ::8])
    if len(xs) and rng.random() < 0.75:
        at = rng.integers(len(xs))
        focus = np.array([xs[at] * 8, ys[at] * 8])
    else:
        focus = np.array([between(rng, 0, columns), between(rng, 0, rows)])
    cos, sin = np.cos(np.radians(turn)), np.sin(np.radians(turn))
    slant = np.array([[1, rng.normal(0, 0.06)], [0, between(rng, 0.72, 1.05)]])
    turned = np.array([[cos, -sin], [sin, cos]]) * size @ slant
    corners = np.array([[0, 0], [columns, 0], [columns, rows], [0, rows]], np.float64)
    seen = (corners - focus) @ turned.T + PLACE_PX * rng.uniform(0.25, 0.75, 2)
    seen += rng.normal(0, 0.018 * columns * size, (4, 2))
    return cv2.getPerspectiveTransform(seen.astype(np.float32), corners.astype(np.float32)), float(size)


def _bent(rng: np.random.Generator, mapping: NDArray[np.float64], rows: int) -> tuple[Picture, Picture]:
    """Say which place of the page each pixel shows; a page that lies open is bent."""
    x, y = np.meshgrid(np.arange(PLACE_PX) + 0.5, np.arange(PLACE_PX) + 0.5)
    u, v, w = (mapping[row, 0] * x + mapping[row, 1] * y + mapping[row, 2] for row in range(3))
    u, v = u / w, v / w
    if rng.random() < 0.4:
        bend = rng.normal(0, 0.02) * rows
        v = v + bend * np.sin((u / _PAGE_PX + between(rng, -0.5, 0.5)) * np.pi)
    return u.astype(np.float32), v.astype(np.float32)


def _table(rng: np.random.Generator) -> Picture:
    """Draw what lies around the page."""
    table = np.clip(damage.paper(rng, PLACE_PX, PLACE_PX) * between(rng, 0.1, 1), 0, 1)
    for _ in range(rng.integers(0, 9)):
        ends = [tuple(int(each) for each in rng.integers(0, PLACE_PX, 2)) for _ in range(2)]
        cv2.line(table, *ends, between(rng, 0, 1), int(rng.integers(1, 31)), cv2.LINE_AA)
    if rng.random() < 0.25:  # another paper with print on it
        sheet = Image.fromarray((table * 255).astype(np.uint8))
        draw = ImageDraw.Draw(sheet)
        size_px = int(rng.integers(7, 26))
        name, ink = OTHER_FONTS[rng.integers(len(OTHER_FONTS))], int(rng.integers(0, 120))
        for y in range(int(rng.integers(0, 60)), PLACE_PX, int(size_px * between(rng, 1.2, 2.2))):
            draw.text((int(rng.integers(0, 60)), y), text.printed(rng), font=font(name, size_px), fill=ink)
        table = np.asarray(sheet, np.float32) / 255
    return table.astype(np.float32)


def _in_light(rng: np.random.Generator, picture: Picture) -> Picture:
    """Step 4, up to the camera."""
    rows, columns = picture.shape
    if rng.random() < 0.4:
        slope = np.linspace(-0.5, 0.5, columns, dtype=np.float32)[None]
        picture = picture * (1 + np.float32(between(rng, -0.5, 0.5)) * slope)
    if rng.random() < 0.2:
        x, y = np.arange(columns, dtype=np.float32)[None], np.arange(rows, dtype=np.float32)[:, None]
        away = np.hypot(x - between(rng, 0, columns), y - between(rng, 0, rows)) / between(rng, 20, 90)
        picture = picture + (1 - picture) * np.float32(between(rng, 0.3, 1)) * np.exp(-np.square(away))
    if rng.random() < 0.12:
        hidden = damage.cover(rng, rows, columns, at=between(rng, 0, columns), width=between(rng, 20, 120))
        picture = picture * (1 - hidden) + np.float32(between(rng, 0.2, 0.9)) * hidden
    deviation = abs(rng.normal(0, 0.7))
    return cv2.GaussianBlur(picture, (0, 0), deviation) if deviation > 0.3 else picture
