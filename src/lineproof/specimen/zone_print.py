"""The print of a machine readable zone: OCR-B, ten characters to the inch, fresh, worn or made of dots."""

from enum import Enum
from functools import cache
from importlib.resources import files
from io import BytesIO

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from lineproof.specimen.kinds import PAGE_MM, PITCH_MM, ZONE_PLACES, DocumentKind
from lineproof.specimen.lettering import Ink, Mask, Page, lay

FINE = 3  # glyphs are laid down so many times too large, and the strip is then reduced
MARGIN_MM = 2.0  # of the strip above the middle of its first line, and below that of its last
GRID = (9, 13)  # dots across a character's cell, and down it, of a dot-matrix printer
PEN_MM = 0.30  # a dot's width


class ZonePrint(Enum):
    """How the zone's print looks."""

    CLEAN = "clean"
    WORN = "worn"
    DOT_MATRIX = "dot-matrix"


@cache
def ocr_b(size_px: int) -> ImageFont.FreeTypeFont:
    """Give OCR-B in a size."""
    return ImageFont.truetype(
        BytesIO((files("lineproof.specimen") / "fonts" / "OCRB.otf").read_bytes()), size_px
    )


def ocr_b_size(pitch_px: float) -> int:
    """Give the font size at which every character is one pitch wide."""
    return round(1000 * pitch_px / ocr_b(1000).getlength("<"))


def print_zone(
    page: Page,
    lines: tuple[str, ...],
    *,
    kind: DocumentKind,
    px_per_mm: float,
    ink: Ink,
    how: ZonePrint = ZonePrint.CLEAN,
    rng: np.random.Generator,
) -> None:
    """Print the lines of a zone where they stand on a page of this kind; the page is changed in place."""
    place = ZONE_PLACES[kind]
    first, last = place.middles_mm[0], place.middles_mm[-1]
    scale = px_per_mm * FINE
    top_px = round((PAGE_MM[kind][1] - first - MARGIN_MM) * px_per_mm)
    bottom_px = round((PAGE_MM[kind][1] - last + MARGIN_MM) * px_per_mm)
    strip = np.zeros(((bottom_px - top_px) * FINE, page.shape[1] * FINE), np.uint8)
    for line, above_foot in zip(lines, place.middles_mm, strict=True):
        middle = ((PAGE_MM[kind][1] - above_foot) * px_per_mm - top_px) * FINE
        for at, character in enumerate(line):
            glyph = _glyph(character, scale, how is ZonePrint.DOT_MATRIX)
            left = round((place.left_mm + at * PITCH_MM) * scale)
            top = round(middle - glyph.shape[0] / 2)
            np.maximum(
                cell := strip[top : top + glyph.shape[0], left : left + glyph.shape[1]],
                glyph[: cell.shape[0], : cell.shape[1]],
                out=cell,
            )
    mask = cv2.resize(strip, (page.shape[1], bottom_px - top_px), interpolation=cv2.INTER_AREA)
    match how:
        case ZonePrint.WORN:
            mask = _wear(mask, rng, px_per_mm=px_per_mm)
        case ZonePrint.DOT_MATRIX:
            mask = _fade_ribbon(mask, rng)
    lay(page, mask, ink, at=(0, top_px))


def dots_of(character: str, grid: tuple[int, int]) -> NDArray[np.bool_]:
    """Say which dots of a grid, across and down, make a character: booleans, rows and columns."""
    font = ocr_b(200)
    left, top, right, bottom = font.getbbox(character, anchor="ls")
    cell = Image.new("L", (right - left, bottom - top))
    ImageDraw.Draw(cell).text((-left, -top), character, font=font, fill=255, anchor="ls")
    return cv2.resize(np.asarray(cell), grid, interpolation=cv2.INTER_AREA) > 90


@cache
def _glyph(character: str, scale: float, dotted: bool) -> Mask:  # noqa: FBT001 - a key of the cache
    """Draw one character into a cell one pitch wide, whose middle row is the middle of a capital."""
    size = (round(PITCH_MM * scale), round(2 * MARGIN_MM * scale))
    if dotted:
        return _dotted_glyph(character, size, scale)
    font = ocr_b(ocr_b_size(PITCH_MM * scale))
    cell = Image.new("L", size)
    baseline = size[1] / 2 - font.getbbox("H", anchor="ls")[1] / 2
    ImageDraw.Draw(cell).text((0, baseline), character, font=font, fill=255, anchor="ls")
    return np.asarray(cell)


def _dotted_glyph(character: str, size: tuple[int, int], scale: float) -> Mask:
    """Make a character of round dots, where the pins of a printer strike that fall within its strokes."""
    solid = _glyph(character, scale, False)  # noqa: FBT003 - a key of the cache
    cell = np.zeros((size[1], size[0]), np.uint8)
    step = PITCH_MM * scale / GRID[0]
    half = int(GRID[1] // 2)
    for row in range(-half, half + 1):
        for column in range(GRID[0]):
            x, y = (column + 0.5) * step, size[1] / 2 + row * step * 0.82
            reach = max(1, round(step * 0.34))
            around = solid[round(y) - reach : round(y) + reach + 1, round(x) - reach : round(x) + reach + 1]
            if around.size and around.mean() > 92:
                cv2.circle(
                    cell,
                    (round(x * 16), round(y * 16)),
                    round(PEN_MM / 2 * scale * 16),
                    255,
                    -1,
                    cv2.LINE_AA,
                    4,
                )
    return cell


def _wear(mask: Mask, rng: np.random.Generator, *, px_per_mm: float) -> Mask:
    """Rub print off: in patches thinner and paler, everywhere with specks missing, along a few scratches."""
    rows, columns = mask.shape
    coarse = rng.normal(0.78, 0.22, (4, max(4, columns // 60))).astype(np.float32)
    left_of = cv2.resize(np.clip(coarse, 0.42, 1.0), (columns, rows), interpolation=cv2.INTER_CUBIC)
    specks = rng.random((round(rows / px_per_mm * 5), round(columns / px_per_mm * 5)), np.float32)
    grain = cv2.resize(specks, (columns, rows), interpolation=cv2.INTER_LINEAR)
    kept = np.clip((left_of - grain * 0.55) * 3.2, 0.12, 1) * np.clip(left_of + 0.15, 0, 1)
    worn = (mask * kept).astype(np.uint8)
    for _ in range(int(rng.integers(2, 7))):
        start = (int(rng.integers(columns)), int(rng.integers(rows)))
        end = (start[0] + int(rng.normal(0, columns / 5)), start[1] + int(rng.normal(0, rows / 2)))
        cv2.line(worn, start, end, 0, max(1, round(px_per_mm / 12)), cv2.LINE_AA)
    return worn


def _fade_ribbon(mask: Mask, rng: np.random.Generator) -> Mask:
    """Print with a used ribbon: paler here and there along the line."""
    coarse = rng.uniform(0.6, 1.0, (2, 12)).astype(np.float32)
    return (
        mask * cv2.resize(coarse, (mask.shape[1], mask.shape[0]), interpolation=cv2.INTER_CUBIC).clip(0, 1)
    ).astype(np.uint8)
