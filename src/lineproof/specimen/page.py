"""A page of any kind of document, drawn: ICAO Doc 9303 parts 4 to 7, of the state of Utopia alone.

Not a forgery of anything: Utopia is ICAO's own example, and every page says SPECIMEN across its face.
Layout, colours, languages and the form of dates follow from the seed, so that nobody learns one of them.
"""

from functools import lru_cache
from typing import assert_never

import cv2
import numpy as np
from numpy.typing import NDArray

from lineproof.specimen.fields import DocumentFields
from lineproof.specimen.guilloche import PALETTES, Palette, Weave, draw_background, draw_rosette, whiten
from lineproof.specimen.kinds import PAGE_MM, ZONE_MM, ZONE_PLACES, Box, DocumentKind
from lineproof.specimen.labels import Wording, draw_wording, value_of
from lineproof.specimen.layouts import LAYOUTS, Edge, Heading, Layout
from lineproof.specimen.lettering import Face, Ink, Mask, Page, lay, text_width, turned_text, write
from lineproof.specimen.mrz import compose_mrz
from lineproof.specimen.portrait_style import (
    PortraitStyle,
    fit_portrait,
    lay_ghost,
    lay_over,
    melting,
    without_colour,
)
from lineproof.specimen.zone_print import ZonePrint, print_zone

STAMP: Ink = (176, 34, 46)
ZONE_INK: Ink = (20, 20, 24)
NOTES = (
    "This card remains the property of the",
    "State of Utopia. If found, please give it to",
    "any post office. SPECIMEN: not valid.",
)


def draw_document(
    *,
    kind: DocumentKind,
    fields: DocumentFields,
    portrait: NDArray[np.uint8],
    seed: int,
    portrait_style: PortraitStyle = PortraitStyle(),  # noqa: B008 - frozen
    zone_print: ZonePrint = ZonePrint.CLEAN,
    px_per_mm: float = 12.0,
) -> Page:
    """Draw one side of a document, of the size PAGE_MM says.

    1. paper, heading, ghost image, entries, what else is printed
    2. the word SPECIMEN, which leaves portrait and zone clean
    3. the portrait
    4. the machine readable zone
    5. what lies over the portrait

    portrait: red-green-blue, any size; its middle is cropped; a card's back, and a visa whose portrait's
    place is left blank, show none, whatever the style says of it. seed: of the looks alone; the entries
    are those of `fields`. Returns rows, columns, red-green-blue; the same arguments give the same
    pixels. Raises Malformed when an entry cannot be written in the machine readable zone.
    """
    lines = zone_lines(kind=kind, fields=fields)
    rng = np.random.default_rng([seed, list(DocumentKind).index(kind), 0x9A6E])
    layout, palette = LAYOUTS[kind][rng.integers(len(LAYOUTS[kind]))], PALETTES[rng.integers(len(PALETTES))]
    wording, face = draw_wording(rng), tuple(Face)[rng.choice(3, p=(0.5, 0.1, 0.4))]
    # 1.
    weave = tuple(Weave)[rng.integers(len(Weave))]
    page = draw_background(rng, PAGE_MM[kind], weave=weave, palette=palette, px_per_mm=px_per_mm)
    pen = _Pen(page, px_per_mm, palette, face)
    if lines:
        whiten(page[round((PAGE_MM[kind][1] - ZONE_MM) * px_per_mm) :], layout.whitened)
    _print_heading(pen, layout, kind=kind, wording=wording)
    toned = without_colour(portrait) if portrait_style.grey else portrait
    if portrait_style.ghost and layout.ghost is not None:
        lay_ghost(page, portrait, layout.ghost, px_per_mm=px_per_mm, ink=palette.heading)
    _print_entries(pen, layout, fields, kind=kind, wording=wording)
    _print_furniture(pen, layout, fields, rng)
    # 2.
    _stamp_specimen(pen, layout.stamp)
    # 3.
    if layout.portrait is not None:
        _print_portrait(pen, toned, layout.portrait, layout.edge)
    elif kind in {DocumentKind.VISA_A, DocumentKind.VISA_B}:
        _fill_blank(pen, layout, petals=int(rng.integers(5, 13)))
    # 4.
    if lines:
        print_zone(page, lines, kind=kind, px_per_mm=px_per_mm, ink=ZONE_INK, how=zone_print, rng=rng)
    # 5.
    if layout.portrait is not None:
        lay_over(
            page, portrait_style, box=layout.portrait, number=fields.number, px_per_mm=px_per_mm, rng=rng
        )
    return page


def zone_lines(*, kind: DocumentKind, fields: DocumentFields) -> tuple[str, ...]:
    """Give the lines of the zone that stands on this side of a document: none on a card's front.

    Raises Malformed when an entry cannot be written in the zone.
    """
    return compose_mrz(fields, kind) if kind in ZONE_PLACES else ()


def portrait_box(*, kind: DocumentKind, seed: int) -> Box | None:
    """Give where `draw_document` puts the portrait with this seed, in millimetres; None for none."""
    rng = np.random.default_rng([seed, list(DocumentKind).index(kind), 0x9A6E])
    return LAYOUTS[kind][rng.integers(len(LAYOUTS[kind]))].portrait


class _Pen:
    """A page and what one writes on it with."""

    def __init__(self, page: Page, px_per_mm: float, palette: Palette, face: Face) -> None:
        self.page, self.px_per_mm, self.palette, self.face = page, px_per_mm, palette, face

    def px(self, millimetres: float) -> int:
        return round(millimetres * self.px_per_mm)

    def write(
        self, text: str, at: tuple[float, float], *, size_mm: float, ink: Ink, weight: int = 400,
        width_mm: float = 999.0, anchor: str = "left",
    ) -> None:  # fmt: skip
        write(
            self.page, text, (at[0] * self.px_per_mm, at[1] * self.px_per_mm),
            size_px=size_mm * self.px_per_mm, ink=ink, face=self.face, weight=weight,
            width_px=width_mm * self.px_per_mm, anchor=anchor,
        )  # fmt: skip

    def width(self, text: str, *, size_mm: float, weight: int = 400) -> float:
        """Measure a text in millimetres."""
        size_px = size_mm * self.px_per_mm
        return text_width(text, size_px=size_px, face=self.face, weight=weight) / self.px_per_mm

    def fill(self, box: Box, ink: Ink) -> None:
        left, top, width, height = box
        self.page[self.px(top) : self.px(top + height), self.px(left) : self.px(left + width)] = ink


def _print_heading(pen: _Pen, layout: Layout, *, kind: DocumentKind, wording: Wording) -> None:
    wide, high = PAGE_MM[kind]
    first, second = wording.title(kind)
    tall, colours = layout.heading_mm, pen.palette
    match layout.heading:
        case Heading.BAR | Heading.RULE:
            on_bar = layout.heading is Heading.BAR
            if on_bar:
                pen.fill((0, 0, wide, tall), colours.heading)
            pen.fill((0, tall, wide, 0.35), colours.accent)
            ink = colours.on_heading if on_bar else colours.heading
            size, foot = min(tall * 0.5, 5.0), tall * 0.66
            emblem = (pen.px(4 + tall * 0.36), pen.px(tall / 2))
            draw_rosette(pen.page, emblem, radius_px=pen.px(tall * 0.36), ink=colours.accent, petals=7)
            left = 6 + tall * 0.8
            pen.write(wording.state().upper(), (left, foot), size_mm=size, ink=ink, weight=700)
            taken = pen.width(wording.state().upper(), size_mm=size, weight=700)
            after = left + taken + 4
            pen.write(first.upper(), (after, foot), size_mm=size * 0.72, ink=ink, weight=600)
            free = wide - 7 - after - pen.width(first.upper(), size_mm=size * 0.72, weight=600)
            if not layout.number_at and second != first and free > pen.width(second, size_mm=size * 0.6):
                pen.write(second, (wide - 4, foot), size_mm=size * 0.6, ink=ink, anchor="right")
        case Heading.SIDE:
            high -= ZONE_MM if kind in ZONE_PLACES else 0
            pen.fill((0, 0, tall, high), colours.heading)
            pen.fill((tall, 0, 0.4, high), colours.accent)
            strip = np.zeros((pen.px(tall), pen.px(high)), np.uint8)
            text = f"{wording.state()} · {first}".upper()
            write(
                strip, text, (strip.shape[1] / 2, strip.shape[0] * 0.66), size_px=pen.px(tall * 0.46),
                ink=255, face=pen.face, weight=700, width_px=strip.shape[1] * 0.92, anchor="middle",
            )  # fmt: skip
            lay(pen.page, cv2.rotate(strip, cv2.ROTATE_90_COUNTERCLOCKWISE), colours.on_heading)
        case _:
            assert_never(layout.heading)


def _print_entries(
    pen: _Pen, layout: Layout, fields: DocumentFields, *, kind: DocumentKind, wording: Wording
) -> None:
    """Print the rows, each entry's label above its value or before it; an entry without a value is a dash."""
    left, top, width, height = layout.entries
    row_mm = height / len(layout.rows)
    label_mm, value_mm = min(1.9, row_mm * 0.27), min(3.5, row_mm * 0.5)
    number = 0
    for place, row in enumerate(layout.rows):
        at, shares = left, sum(share for _, share in row)
        for entry, share in row:
            number += 1
            wide = width * share / shares - 1.5
            value = value_of(entry, fields, kind=kind, wording=wording) or "-"
            label = wording.label(entry, number)
            if pen.width(label, size_mm=label_mm) > 1.2 * (wide * 0.5 if layout.inline else wide):
                label = wording.label(entry, number, both=False)
            labelled, ink = pen.palette.label, pen.palette.text
            if layout.inline:
                foot = top + (place + 0.7) * row_mm
                pen.write(label, (at, foot), size_mm=label_mm, ink=labelled, width_mm=wide * 0.5)
                pen.write(
                    value,
                    (at + wide * 0.52, foot),
                    size_mm=value_mm,
                    ink=ink,
                    weight=500,
                    width_mm=wide * 0.48,
                )
            else:
                foot = top + place * row_mm + label_mm * 0.85
                pen.write(label, (at, foot), size_mm=label_mm, ink=labelled, width_mm=wide)
                foot += value_mm * 0.95 + 0.25
                pen.write(value, (at, foot), size_mm=value_mm, ink=ink, weight=500, width_mm=wide)
            at += width * share / shares


def _print_furniture(pen: _Pen, layout: Layout, fields: DocumentFields, rng: np.random.Generator) -> None:
    """Print what else there may be: the number once more, a signature, a chip, a block of cells, notes."""
    if layout.number_at is not None:
        left, foot, size = layout.number_at
        on_bar = layout.heading is Heading.BAR and foot < layout.heading_mm
        ink = pen.palette.on_heading if on_bar else (172, 36, 44)
        pen.write(fields.number, (left, foot), size_mm=size, ink=ink, weight=600)
    if layout.signature is not None:
        _sign(pen, layout.signature, rng)
    if layout.chip is not None:
        _draw_chip(pen, layout.chip)
    if layout.block is not None:
        _draw_block(pen, layout.block, rng)
    if layout.notes is not None:
        left, foot = layout.notes
        for line, text in enumerate(NOTES):
            pen.write(text, (left, foot + line * 1.9), size_mm=1.4, ink=pen.palette.label, width_mm=80 - left)


def _sign(pen: _Pen, box: Box, rng: np.random.Generator) -> None:
    """Draw a name nobody bears, in one stroke."""
    left, top, width, height = box
    along = np.linspace(0, 1, 160)
    pace = rng.uniform(5, 9)
    x = left + width * (along + 0.05 * np.sin(pace * 2 * np.pi * along + rng.uniform(0, 6)))
    swing = np.sin(pace * 2 * np.pi * along) * (0.75 - 0.5 * along) + 0.25 * np.sin(2.3 * pace * along)
    y = top + height * (0.5 - 0.5 * swing * rng.uniform(0.7, 1.0))
    points = np.round(np.column_stack([x, y]) * pen.px_per_mm * 16).astype(np.int32)
    cv2.polylines(
        pen.page, [points], isClosed=False, color=(30, 34, 70), thickness=max(1, pen.px(0.22)),
        lineType=cv2.LINE_AA, shift=4,
    )  # fmt: skip


def _draw_chip(pen: _Pen, at: tuple[float, float]) -> None:
    """Draw the contacts of a chip: ISO/IEC 7816-2."""
    left, top = at
    pen.fill((left, top, 12.5, 10.5), (206, 176, 104))
    for across in (4.2, 8.3):
        pen.fill((left + across, top, 0.25, 10.5), (150, 120, 62))
    for down in (3.5, 7.0):
        pen.fill((left, top + down, 4.2, 0.25), (150, 120, 62))
        pen.fill((left + 8.3, top + down, 4.2, 0.25), (150, 120, 62))


def _draw_block(pen: _Pen, box: Box, rng: np.random.Generator) -> None:
    """Draw cells as a stacked barcode has, which say nothing: between a start and a stop pattern."""
    left, top, width, height = (pen.px(side) for side in box)
    across, rows = int(box[2] / 0.3), int(box[3] / 0.9)
    cells = (rng.random((rows, across)) < 0.5).astype(np.uint8)
    edge = np.array([1, 1, 1, 1, 1, 1, 1, 1, 0, 1, 0, 1, 0, 1, 0, 0, 0], np.uint8)
    cells[:, : len(edge)], cells[:, -len(edge) :] = edge, edge[::-1]
    printed = cv2.resize((1 - cells) * 232 + 12, (width, height), interpolation=cv2.INTER_NEAREST)
    pen.page[top : top + height, left : left + width] = printed[..., None]


@lru_cache(maxsize=32)
def _stamp(size_px: float, degrees: float) -> Mask:
    return turned_text("SPECIMEN", size_px=size_px, degrees=degrees, weight=700)


def _stamp_specimen(pen: _Pen, stamp: tuple[float, float, float, float]) -> None:
    across, down, size_mm, degrees = stamp
    mask = _stamp(size_mm * pen.px_per_mm, degrees)
    at = (pen.px(across) - mask.shape[1] // 2, pen.px(down) - mask.shape[0] // 2)
    lay(pen.page, mask, STAMP, at=at, strength=0.25)


def _print_portrait(pen: _Pen, portrait: NDArray[np.uint8], box: Box, edge: Edge) -> None:
    left, top, width, height = (pen.px(side) for side in box)
    fitted = fit_portrait(portrait, (width, height))
    place = pen.page[top : top + height, left : left + width]
    match edge:
        case Edge.CUT | Edge.FRAMED:
            place[:] = fitted
        case Edge.MELTED:
            # the weave runs on into the picture
            share = melting((width, height), soft=0.045)[..., None].astype(np.uint16)
            place[:] = ((fitted * share + place * (255 - share) + 127) // 255).astype(np.uint8)
        case _:
            assert_never(edge)
    if edge is Edge.FRAMED:
        corners = (left - 1, top - 1), (left + width, top + height)
        cv2.rectangle(pen.page, *corners, pen.palette.heading, max(1, pen.px(0.25)))


def _fill_blank(pen: _Pen, layout: Layout, *, petals: int) -> None:
    """Print a large rosette where a visa without a portrait leaves its place."""
    left, top, _, height = layout.entries
    start = layout.heading_mm if layout.heading is Heading.SIDE else 0.0
    middle = ((start + left) / 2 * pen.px_per_mm, (top + height / 2) * pen.px_per_mm)
    draw_rosette(
        pen.page,
        middle,
        radius_px=(left - start) * 0.42 * pen.px_per_mm,
        ink=pen.palette.accent,
        petals=petals,
    )
