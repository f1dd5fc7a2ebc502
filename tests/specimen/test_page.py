"""Drawn pages of every kind: where their print stands in millimetres, and what hard portraits look like."""

import hashlib
from dataclasses import replace
from datetime import date
from functools import cache

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from lineproof.errors import Malformed
from lineproof.specimen.document import draw_passport, passport_fields
from lineproof.specimen.fields import document_fields
from lineproof.specimen.kinds import PAGE_MM, PITCH_MM, ZONE_PLACES, Box, DocumentKind, zone_box
from lineproof.specimen.layouts import LAYOUTS
from lineproof.specimen.page import draw_document, portrait_box
from lineproof.specimen.portrait_style import (
    BEHIND,
    PortraitStyle,
    Replacement,
    draw_replacement,
    named_style,
)
from lineproof.specimen.zone_print import ZonePrint

TODAY = date(2026, 1, 1)
PX = 8.0
KINDS = list(DocumentKind)
WITH_ZONE = list(ZONE_PLACES)
SEEDS = range(12)

Page = NDArray[np.uint8]


def picture(red: int, green: int, blue: int) -> Page:
    """Draw a portrait of one colour with a darker oval, as good as a face where only places matter."""
    plain = np.full((180, 140, 3), (red, green, blue), np.uint8)
    cv2.ellipse(plain, (70, 90), (40, 60), 0, 0, 360, (red // 2, green // 2, blue // 2), -1)
    return plain


PORTRAIT, OTHER = picture(120, 150, 210), picture(220, 160, 90)


@cache
def drawn(
    kind: DocumentKind,
    seed: int = 1,
    style: PortraitStyle = PortraitStyle(),  # noqa: B008
    zone_print: ZonePrint = ZonePrint.CLEAN,
    px_per_mm: float = PX,
) -> Page:
    return draw_document(
        kind=kind,
        fields=document_fields(seed, kind=kind, today=TODAY),
        portrait=PORTRAIT,
        seed=seed,
        portrait_style=style,
        zone_print=zone_print,
        px_per_mm=px_per_mm,
    )


def cut(page: Page, box: Box) -> Page:
    left, top, width, height = (round(side * PX) for side in box)
    return page[top : top + height, left : left + width]


def changed(one: Page, other: Page) -> NDArray[np.bool_]:
    return np.abs(one.astype(int) - other).max(axis=2) > 12


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("px_per_mm", [8.0, 12.0])
def test_page_has_the_size_of_its_kind(kind: DocumentKind, px_per_mm: float):
    page = drawn(kind, px_per_mm=px_per_mm)
    width, height = PAGE_MM[kind]
    assert page.shape == (round(height * px_per_mm), round(width * px_per_mm), 3)
    assert page.dtype == np.uint8


@pytest.mark.parametrize("kind", KINDS)
def test_same_seed_gives_the_same_pixels_and_another_seed_others(kind: DocumentKind):
    fields = document_fields(1, kind=kind, today=TODAY)
    again = draw_document(kind=kind, fields=fields, portrait=PORTRAIT, seed=1, px_per_mm=PX)
    other = draw_document(kind=kind, fields=fields, portrait=PORTRAIT, seed=2, px_per_mm=PX)
    assert np.array_equal(drawn(kind), again)
    assert changed(again, other).mean() > 0.02


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_three_layouts_and_seeds_meet_them_all(kind: DocumentKind):
    assert len(LAYOUTS[kind]) >= 3
    places = {layout.portrait for layout in LAYOUTS[kind]}
    assert {portrait_box(kind=kind, seed=seed) for seed in range(60)} == places


@pytest.mark.parametrize("kind", WITH_ZONE)
@pytest.mark.parametrize("zone_print", list(ZonePrint))
def test_lines_of_the_zone_stand_where_the_standard_has_them(kind: DocumentKind, zone_print: ZonePrint):
    place, box = ZONE_PLACES[kind], zone_box(kind)
    assert box is not None
    for seed in SEEDS[:4]:
        page = drawn(kind, seed, zone_print=zone_print)
        dark = page[round((box[1] - 1.5) * PX) :].max(axis=2) < 120
        rows = np.flatnonzero(dark.sum(axis=1) > 3)
        lines = np.split(rows, np.flatnonzero(np.diff(rows) > 10) + 1)
        middles = [(line[0] + line[-1] + 1) / 2 / PX + round((box[1] - 1.5) * PX) / PX for line in lines]
        assert middles == pytest.approx([PAGE_MM[kind][1] - above for above in place.middles_mm], abs=0.25)
        columns = np.flatnonzero(dark.any(axis=0)) / PX
        assert box[0] <= columns[0] <= box[0] + PITCH_MM
        assert box[0] + box[2] - PITCH_MM <= columns[-1] <= box[0] + box[2]
        assert columns[-1] < PAGE_MM[kind][0] - 2


@pytest.mark.parametrize("kind", WITH_ZONE)
def test_characters_of_the_zone_stand_ten_to_the_inch(kind: DocumentKind):
    box = zone_box(kind)
    assert box is not None
    lower = drawn(kind)[round((box[1] + box[3] - 2.6) * PX) : round((box[1] + box[3] + 0.1) * PX)]
    darkness = 255.0 - lower.min(axis=(0, 2))
    # beside the cells there is paper: the gaps' grid is found by shifting a comb of one pitch
    edges = box[0] + PITCH_MM * np.arange(1, ZONE_PLACES[kind].line_length)
    between = darkness[np.round(edges * PX).astype(int)]
    within = darkness[np.round((edges - PITCH_MM / 2) * PX).astype(int)]
    assert between.mean() + 60 < within.mean()


@pytest.mark.parametrize("kind", KINDS)
def test_every_page_says_specimen_and_leaves_zone_and_portrait_clean(kind: DocumentKind):
    """The stamp's letters are reddish and 1.5 mm broad; the weave's red lines are thin, and smoothed away."""
    for seed in SEEDS:
        page = cv2.medianBlur(drawn(kind, seed), 9).astype(int)
        red = (page[..., 0] - page[..., 1] > 25) & (page[..., 0] - page[..., 2] > 15)
        layout_top = round((PAGE_MM[kind][1] - 23.2) * PX) if kind in WITH_ZONE else page.shape[0]
        assert red[:layout_top].sum() > 0.006 * page.shape[0] * page.shape[1]
        if kind in WITH_ZONE:
            assert red[layout_top:].mean() < 0.01  # knots of the weave
        box = portrait_box(kind=kind, seed=seed)
        if box is not None:
            left, top, width, height = box
            inner = cut(page, (left + 2, top + 2, width - 4, height - 4))
            assert (inner[..., 2] > inner[..., 0]).mean() > 0.99


@pytest.mark.parametrize("kind", [DocumentKind.VISA_A, DocumentKind.VISA_B])
def test_background_of_a_visa_runs_through_its_zone(kind: DocumentKind):
    """Measured between the lower edge and the lowest line, where nothing is printed."""
    strips = [drawn(kind, seed)[-round(7 * PX) :].astype(float) for seed in SEEDS]
    assert np.median([strip.std(axis=(0, 1)).max() for strip in strips]) > 2.5


def test_worn_print_is_paler_than_clean_print_and_dots_have_gaps():
    kind = DocumentKind.OFFICIAL_CARD
    box = zone_box(kind)
    assert box is not None
    inked = {how: (cut(drawn(kind, 3, zone_print=how), box).max(axis=2) < 90).sum() for how in ZonePrint}
    assert inked[ZonePrint.WORN] < 0.85 * inked[ZonePrint.CLEAN]
    assert inked[ZonePrint.DOT_MATRIX] != inked[ZonePrint.CLEAN]
    kept = changed(cut(drawn(kind, 3, zone_print=ZonePrint.WORN), box), np.full((1, 1, 3), 235, np.uint8))
    assert kept.mean() > 0.1


def test_smaller_page_is_the_larger_page_reduced():
    large, small = drawn(DocumentKind.VISA_A, 2, px_per_mm=12.0), drawn(DocumentKind.VISA_A, 2)
    reduced = cv2.resize(large, (small.shape[1], small.shape[0]), interpolation=cv2.INTER_AREA)
    zone = np.s_[round(57 * PX) : round(75 * PX)]
    likeness = np.corrcoef(reduced[zone].mean(axis=2).ravel(), small[zone].mean(axis=2).ravel())[0, 1]
    assert likeness > 0.9


# portraits


def seed_with_portrait(kind: DocumentKind) -> tuple[int, Box]:
    for seed in SEEDS:
        box = portrait_box(kind=kind, seed=seed)
        if box is not None:
            return seed, box
    raise AssertionError(kind)


SHOWING = [kind for kind in KINDS if kind is not DocumentKind.CARD_BACK]


@pytest.mark.parametrize("kind", SHOWING)
def test_grey_portrait_has_no_colour_and_the_rest_of_the_page_keeps_its_own(kind: DocumentKind):
    seed, box = seed_with_portrait(kind)
    left, top, width, height = box
    page = drawn(kind, seed, PortraitStyle(grey=True))
    inner = cut(page, (left + 3, top + 3, width - 6, height - 6)).astype(int)
    assert np.ptp(inner, axis=2).max() <= 2
    around = changed(drawn(kind, seed), page)
    cut(around, box)[:] = False
    assert around.mean() < 0.002


@pytest.mark.parametrize("kind", SHOWING)
def test_ghost_image_stands_apart_from_the_portrait_smaller_and_paler(kind: DocumentKind):
    seed, box = seed_with_portrait(kind)
    plain, page = drawn(kind, seed), drawn(kind, seed, PortraitStyle(ghost=True))
    rows, columns = np.nonzero(changed(plain, page))
    assert len(rows) > 200
    extent = (np.ptp(columns) / PX, np.ptp(rows) / PX)
    assert extent[0] < 0.7 * box[2]
    assert extent[1] < 0.7 * box[3]
    assert not changed(cut(plain, box), cut(page, box)).any()
    assert page[rows, columns].mean() > cut(plain, box).mean()


@pytest.mark.parametrize("kind", SHOWING)
def test_laminate_brightens_the_portrait_and_stays_off_the_zone(kind: DocumentKind):
    seed, box = seed_with_portrait(kind)
    plain, page = drawn(kind, seed), drawn(kind, seed, PortraitStyle(laminated=1.0))
    assert cut(page, box).mean() > cut(plain, box).mean() + 3
    assert changed(cut(plain, box), cut(page, box)).mean() > 0.1
    if kind in WITH_ZONE:
        zone = zone_box(kind)
        assert zone is not None
        assert np.array_equal(cut(plain, zone), cut(page, zone))


@pytest.mark.parametrize("kind", SHOWING)
def test_perforation_is_many_small_holes_across_the_portrait(kind: DocumentKind):
    seed, box = seed_with_portrait(kind)
    style = PortraitStyle(perforated=True)
    plain, page = drawn(kind, seed, px_per_mm=12.0), drawn(kind, seed, style, px_per_mm=12.0)
    holes = changed(plain, page) & ~changed(page, np.full((1, 1, 3), BEHIND, np.uint8))
    count, _, sizes, middles = cv2.connectedComponentsWithStats(holes.astype(np.uint8), connectivity=4)
    assert 60 < count < 300
    assert np.median(sizes[1:, cv2.CC_STAT_HEIGHT]) < 0.5 * 12
    assert (middles[1:, 1] / 12 > box[1]).all()
    assert (middles[1:, 1] / 12 < box[1] + box[3]).all()


@pytest.mark.parametrize("kind", SHOWING)
def test_replaced_portrait_lies_over_the_genuine_one_slightly_off_place(kind: DocumentKind):
    seed, box = seed_with_portrait(kind)
    left, top, width, height = box
    style = PortraitStyle(replaced=Replacement(OTHER, offset_mm=(1.0, 0.5), turn_degrees=2.0))
    plain, page = drawn(kind, seed), drawn(kind, seed, style)
    inner = cut(page, (left + 4, top + 4, width - 6, height - 6)).astype(int)
    assert (inner[..., 0] > inner[..., 2]).mean() > 0.99
    corner = (left, top, 0.25, 4.0)  # what was beneath still shows beside it
    assert np.array_equal(cut(plain, corner), cut(page, corner))
    assert changed(plain, page)[:, round((left + width + 0.4) * PX)].any()


def test_pasted_photograph_has_a_dark_outline_and_an_exchanged_file_has_none():
    seed, (left, top, _, height) = seed_with_portrait(DocumentKind.PASSPORT)

    def darkest_across_the_edge(replacement: Replacement) -> float:
        page = drawn(DocumentKind.PASSPORT, seed, PortraitStyle(replaced=replacement))
        middle = page[round((top + height * 0.3) * PX) : round((top + height * 0.5) * PX)]
        edge = middle[:, round((left - 1) * PX) : round((left + 1) * PX)]
        return float(edge.max(axis=2).mean(axis=0).min())

    clean = darkest_across_the_edge(Replacement(OTHER))
    assert darkest_across_the_edge(Replacement(OTHER, cut_line=1.0)) < clean - 25


def test_ghost_image_beside_a_replaced_portrait_shows_the_genuine_one():
    seed, box = seed_with_portrait(DocumentKind.PASSPORT)
    ghost = drawn(DocumentKind.PASSPORT, seed, PortraitStyle(ghost=True))
    both = drawn(DocumentKind.PASSPORT, seed, PortraitStyle(ghost=True, replaced=Replacement(OTHER)))
    difference = changed(ghost, both)
    cut(difference, (box[0] - 1, box[1] - 1, box[2] + 2, box[3] + 2))[:] = False
    assert not difference.any()


def test_replacements_are_drawn_within_what_they_say():
    rng = np.random.default_rng(7)
    for _ in range(40):
        pasted, exchanged = (draw_replacement(rng, OTHER, pasted=by_hand) for by_hand in (True, False))
        assert pasted.cut_line > 0
        assert pasted.shadow > 0
        assert 0.4 <= abs(pasted.turn_degrees) <= 3
        assert exchanged.cut_line == exchanged.shadow == exchanged.rim_mm == 0
        assert exchanged.jpeg_quality is not None


@pytest.mark.parametrize("name", ["colour", "grey", "laminated", "perforated", "ghost", "replaced"])
def test_each_named_style_of_a_passport_is_another_picture(name):
    fields = passport_fields(3, today=TODAY)
    plain = draw_passport(fields=fields, portrait=PORTRAIT)
    styled = draw_passport(
        fields=fields, portrait=PORTRAIT, portrait_style=named_style(name, other=OTHER, seed=3)
    )
    assert np.array_equal(plain, styled) == (name == "colour")


def test_plain_passport_has_the_pixels_that_measurements_are_bound_to():
    fields = passport_fields(3, today=TODAY)
    page = draw_passport(fields=fields, portrait=np.full((90, 70, 3), 128, np.uint8))
    assert hashlib.sha256(page.tobytes()).hexdigest() == PLAIN_PASSPORT


@pytest.mark.parametrize("kind", WITH_ZONE)
def test_entry_that_the_zone_cannot_carry_stops_the_drawing(kind: DocumentKind):
    fields = replace(document_fields(1, kind=kind, today=TODAY), number="A B")
    with pytest.raises(Malformed):
        draw_document(kind=kind, fields=fields, portrait=PORTRAIT, seed=1)


PLAIN_PASSPORT = "4ed67962e2ccaa62daa5667410ec6c3232e4e66196695ded70e2cd770dbd941e"
