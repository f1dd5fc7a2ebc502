"""The fonts that are learnt from: OCR-B, and for a fifth of the lines fonts near it.

Zones are printed in OCR-B (ICAO Doc 9303-3 section 4.4), but drivers of office printers put other fonts in
its place, and wear makes OCR-B look like them. All come with Debian: fonts-ocr-b, fonts-dejavu-core,
fonts-liberation.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from training.mrz.networks import CHARACTERS

Mask = NDArray[np.float32]  # ink, 0 to 1

_FOLDER = Path("/usr/share/fonts")
# Share of the lines; the first three are OCR-B as drawn, with its alternative shapes, and light.
ZONE_FONTS = (
    ("opentype/ocr-b/OCRB.otf", 0.55),
    ("opentype/ocr-b/OCRBS.otf", 0.19),
    ("opentype/ocr-b/OCRBL.otf", 0.06),
    ("truetype/dejavu/DejaVuSansMono.ttf", 0.06),
    ("truetype/dejavu/DejaVuSansMono-Bold.ttf", 0.03),
    ("truetype/liberation/LiberationMono-Regular.ttf", 0.06),
    ("truetype/liberation/LiberationMono-Bold.ttf", 0.05),
)
OCR_B_FONTS = 3
OTHER_FONTS = (
    *(f"truetype/dejavu/DejaVu{each}.ttf" for each in ("Sans", "Sans-Bold", "Serif", "SansCondensed")),
    *(f"truetype/liberation/Liberation{each}-Regular.ttf" for each in ("Sans", "SansNarrow", "Serif")),
    "opentype/ocr-b/OCRB.otf",
)
# The room of a glyph: its capital is 32 rows high, twelve below the room's top; it is centred in 60 columns.
CAPITAL_PX, GLYPH_TOP_PX, GLYPH_HEIGHT_PX, GLYPH_WIDTH_PX, PITCH_PX = 32, 12, 56, 60, 34


@dataclass(frozen=True, slots=True)
class ZoneFont:
    """One font's glyphs by character."""

    glyphs: dict[str, Mask]
    is_ocr_b: bool


@cache
def font(name: str, size_px: int) -> ImageFont.FreeTypeFont:
    """Load a font of Debian's."""
    return ImageFont.truetype(str(_FOLDER / name), size_px)


@cache
def zone_fonts() -> tuple[ZoneFont, ...]:
    """Draw the glyphs of every font of the zone, in the order of ZONE_FONTS."""
    return tuple(ZoneFont(_glyphs(name), at < OCR_B_FONTS) for at, (name, _) in enumerate(ZONE_FONTS))


def capital(name: str, size_px: int) -> tuple[float, float]:
    """Measure where a capital begins below the point it is drawn at, and how high it is."""
    _, top, _, bottom = font(name, size_px).getbbox("H")
    return float(top), float(bottom - top)


def _glyphs(name: str) -> dict[str, Mask]:
    _, height = capital(name, 400)
    size_px = round(400 * CAPITAL_PX / height)
    top, _ = capital(name, size_px)
    return {each: _glyph(name, size_px, top, each) for each in CHARACTERS}


def _glyph(name: str, size_px: int, top: float, character: str) -> Mask:
    width = font(name, size_px).getlength("H")
    room = Image.new("L", (GLYPH_WIDTH_PX, GLYPH_HEIGHT_PX))
    at = ((GLYPH_WIDTH_PX - width) / 2, GLYPH_TOP_PX - top)
    ImageDraw.Draw(room).text(at, character, font=font(name, size_px), fill=255)
    return np.asarray(room, np.float32) / 255
