"""The data page of a specimen passport: ICAO Doc 9303 part 4, size TD3, of the state of Utopia.

Not a forgery of anything: Utopia is ICAO's own example, and the page says SPECIMEN across its face.
"""

from datetime import date
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from lineproof.specimen.fields import DocumentFields, PassportFields, document_fields, passport_fields
from lineproof.specimen.kinds import DocumentKind
from lineproof.specimen.mrz import compose_mrz
from lineproof.specimen.page import draw_document, zone_lines
from lineproof.specimen.portrait_style import PortraitStyle, lay_ghost, lay_over, without_colour
from lineproof.specimen.zone_print import ZonePrint, ocr_b, ocr_b_size, print_zone

__all__ = [
    "DocumentFields",
    "DocumentKind",
    "PassportFields",
    "PortraitStyle",
    "ZonePrint",
    "compose_mrz",
    "document_fields",
    "draw_document",
    "draw_passport",
    "passport_fields",
    "zone_lines",
]

Ink = tuple[int, int, int]
Place = tuple[float, float]

PX_PER_MM = 12
PAGE_MM = (125.0, 88.0)
PORTRAIT_MM = (6.0, 17.0, 35.0, 45.0)  # left, top, width, height
GHOST_MM = (105.0, 15.0, 16.0, 20.5)
MRZ_ZONE_MM = 23.2  # height of the zone at the lower edge: 9303-4, section 3
MRZ_PITCH_MM = 2.54  # ten characters to the inch: 9303-3, section 4.4
MRZ_LEFT_MM = 6.6
MRZ_MIDDLES_MM = (PAGE_MM[1] - 15.75, PAGE_MM[1] - 9.40)  # middle of each line, from the upper edge

PAPER: Ink = (238, 242, 238)
TEAL: Ink = (22, 74, 84)
LABEL: Ink = (58, 98, 106)
BLACK: Ink = (22, 22, 26)
STAMP: Ink = (176, 34, 46)


def draw_passport(
    *,
    fields: DocumentFields,
    portrait: NDArray[np.uint8],
    portrait_style: PortraitStyle = PortraitStyle(),  # noqa: B008 - frozen
    zone_print: ZonePrint = ZonePrint.CLEAN,
) -> NDArray[np.uint8]:
    """Draw the data page, 1500 by 1056 pixels: 12 to the millimetre.

    portrait: red-green-blue, any size; its middle is cropped to the portrait's 35 to 45. Returns
    rows, columns, red-green-blue; the same arguments give the same pixels. Raises Malformed when an
    entry cannot be written in the machine readable zone.
    """
    background = _draw_background(fields.number)
    if portrait_style.ghost:
        lay_ghost(background, portrait, GHOST_MM, px_per_mm=PX_PER_MM, ink=TEAL)
    page = Image.fromarray(background)
    toned = without_colour(portrait) if portrait_style.grey else portrait
    page.paste(_fit_portrait(toned), (_px(PORTRAIT_MM[0]), _px(PORTRAIT_MM[1])))
    _print_heading(page)
    _print_entries(page, fields)
    page = _stamp_specimen(page)
    lines, rng = compose_mrz(fields), np.random.default_rng([*fields.number.encode(), 0x9A6E])
    if zone_print is ZonePrint.CLEAN:
        _print_mrz(page, lines)
    finished = np.asarray(page).copy()
    if zone_print is not ZonePrint.CLEAN:
        kind = DocumentKind.PASSPORT
        print_zone(finished, lines, kind=kind, px_per_mm=PX_PER_MM, ink=BLACK, how=zone_print, rng=rng)
    lay_over(finished, portrait_style, box=PORTRAIT_MM, number=fields.number, px_per_mm=PX_PER_MM, rng=rng)
    return finished


def _px(millimetres: float) -> int:
    return round(millimetres * PX_PER_MM)


@cache
def _text_font(height_mm: float) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(height_mm * PX_PER_MM)
    assert isinstance(font, ImageFont.FreeTypeFont)
    return font


def _draw_background(number: str) -> NDArray[np.uint8]:
    """Draw the paper with its woven lines; each document's weave is its own."""
    width, height = _px(PAGE_MM[0]), _px(PAGE_MM[1])
    rng = np.random.default_rng(list(number.encode()))
    paper = np.empty((height, width, 3), np.uint8)
    warm = np.linspace(0, 1, width)[None, :, None]
    paper[:] = np.asarray(PAPER) * (1 - warm) + np.asarray((243, 236, 228)) * warm
    turn = np.linspace(0, 2 * np.pi, 721)
    for ring in range(30):
        wave = 1 + 0.16 * np.sin((11 + 2 * (ring % 3)) * turn + ring * 0.21)
        radius = height * (0.10 + 0.022 * ring) * wave
        _draw_line(
            paper, width * 0.66 + radius * np.cos(turn), height * 0.38 + radius * 0.8 * np.sin(turn), ring
        )
    across, phase = np.linspace(0, width, 400), rng.uniform(0, 6.3, 2)
    for row in range(34):
        sway = 14 * np.sin(across / 62 + phase[0] + row * 0.35) + 9 * np.sin(
            across / 23 + phase[1] - row * 0.2
        )
        _draw_line(paper, across, row * height / 33 + sway, row)
    zone = paper[height - _px(MRZ_ZONE_MM) :]
    zone[:] = zone * 0.22 + np.asarray((247, 247, 243)) * 0.78
    return paper


def _draw_line(paper: NDArray[np.uint8], x: NDArray[np.float64], y: NDArray[np.float64], number: int) -> None:
    inks = ((196, 218, 214), (214, 206, 222), (226, 214, 196))
    points = np.round(np.column_stack([x, y]) * 16).astype(np.int32)
    cv2.polylines(paper, [points], isClosed=False, color=inks[number % 3], lineType=cv2.LINE_AA, shift=4)


def _fit_portrait(portrait: NDArray[np.uint8]) -> Image.Image:
    """Crop the middle to the portrait's shape, bring it to size and melt its edge into the paper."""
    _, _, width_mm, height_mm = PORTRAIT_MM
    rows, columns = portrait.shape[:2]
    wide, high = min(columns, rows * width_mm / height_mm), min(rows, columns * height_mm / width_mm)
    left, top = (columns - wide) / 2, (rows - high) / 2
    size = (_px(width_mm), _px(height_mm))
    return Image.fromarray(portrait).resize(
        size, Image.Resampling.LANCZOS, (left, top, left + wide, top + high), reducing_gap=3.0
    )


def _print_heading(page: Image.Image) -> None:
    draw = ImageDraw.Draw(page)
    draw.rectangle((0, 0, page.width, _px(13.2)), fill=TEAL)
    draw.rectangle((0, _px(13.2), page.width, _px(13.6)), fill=(190, 160, 92))
    draw.text((_px(6), _px(6.8)), "PASSPORT", font=_text_font(5.2), fill=(244, 240, 226), anchor="lm")
    draw.text(
        (_px(39), _px(7.1)), "Litterae itineris", font=_text_font(2.8), fill=(206, 220, 218), anchor="lm"
    )
    draw.text((_px(119), _px(6.8)), "UTOPIA", font=_text_font(5.2), fill=(244, 240, 226), anchor="rm")


def _print_entries(page: Image.Image, fields: DocumentFields) -> None:
    draw = ImageDraw.Draw(page)
    entries: tuple[tuple[Place, str, str], ...] = (
        ((45, 16.6), "Type / Typus", "P"),
        ((60, 16.6), "Code / Signum", fields.issuer),
        ((85, 16.6), "Passport No. / Numerus", fields.number),
        ((45, 24.4), "Surname / Cognomen", fields.surname.upper()),
        ((45, 32.2), "Given names / Praenomina", fields.given_names.upper()),
        ((45, 40.0), "Nationality / Natio", "UTOPIAN" if fields.nationality == "UTO" else fields.nationality),
        ((85, 40.0), "Personal No. / Numerus personalis", fields.personal_number or "-"),
        ((45, 47.8), "Date of birth / Dies natalis", _date(fields.born_on)),
        ((74, 47.8), "Sex / Sexus", fields.sex),
        ((85, 47.8), "Place of birth / Locus natalis", fields.place_of_birth.upper()),
        ((45, 55.6), "Date of issue / Datum", _date(fields.issued_on)),
        ((85, 55.6), "Date of expiry / Valet usque ad", _date(fields.expires_on)),
    )
    for (left, top), label, value in entries:
        draw.text((_px(left), _px(top)), label, font=_text_font(1.75), fill=LABEL)
        draw.text((_px(left), _px(top + 2.1)), value, font=_text_font(3.3), fill=BLACK, stroke_width=0.4)


def _date(day: date) -> str:
    month = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")[
        day.month - 1
    ]
    return f"{day.day:02d} {month} {day.year}"


def _stamp_specimen(page: Image.Image) -> Image.Image:
    """Stamp the word across the entries, clear of the portrait and of the machine readable zone."""
    layer = Image.new("L", page.size)
    draw = ImageDraw.Draw(layer)
    draw.text((_px(83), _px(39)), "SPECIMEN", font=_text_font(15), fill=64, anchor="mm")
    turned = layer.rotate(14, Image.Resampling.BICUBIC, center=(_px(83), _px(39)))
    return Image.composite(Image.new("RGB", page.size, STAMP), page, turned)


def _print_mrz(page: Image.Image, lines: tuple[str, ...]) -> None:
    """Print both lines, character by character at the pitch, three times too large and then reduced."""
    fine = 3
    font = ocr_b(ocr_b_size(MRZ_PITCH_MM * PX_PER_MM * fine))
    ink = Image.new("L", (page.width * fine, _px(MRZ_ZONE_MM) * fine))
    top_mm = PAGE_MM[1] - MRZ_ZONE_MM
    draw = ImageDraw.Draw(ink)
    for line, middle in zip(lines, MRZ_MIDDLES_MM, strict=True):
        baseline = (middle - top_mm) * PX_PER_MM * fine + font.getbbox("H", anchor="ls")[1] / -2
        for place, character in enumerate(line):
            left = (MRZ_LEFT_MM + place * MRZ_PITCH_MM) * PX_PER_MM * fine
            draw.text((left, baseline), character, font=font, fill=255, anchor="ls")
    mask = ink.reduce(fine)
    page.paste(BLACK, (0, page.height - mask.height), mask)
