"""The zone of a specimen passport is read from simulated photographs of it."""

from dataclasses import replace
from datetime import date
from functools import cache

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from lineproof.document.checks import SURE_ENOUGH
from lineproof.document.mrz import parse_td3
from lineproof.imaging.decode import DecodedImage, decode
from lineproof.imaging.glyphs import CHARACTERS, load_glyphs
from lineproof.imaging.mrz_lines import (
    MrzReading,
    NotRead,
    Repair,
    Step,
    read_by_grammar,
    read_mrz,
)
from lineproof.imaging.page import LEAST_PX_PER_MM, MOST_PX_PER_MM, PAGE_HEIGHT_MM, PAGE_WIDTH_MM, straighten
from lineproof.specimen.document import draw_passport
from lineproof.specimen.fields import passport_fields
from lineproof.specimen.mrz import compose_mrz
from lineproof.specimen.photograph import frame_of, photograph

TODAY = date(2026, 1, 1)
PITCH_PX, LEFT_PX = 2.54 * 12, 6.6 * 12  # on the drawn page


@cache
def a_page(seed: int) -> NDArray[np.uint8]:
    """Draw a specimen's data page; its portrait is left grey."""
    grey = np.full((450, 350, 3), 160, np.uint8)
    return draw_passport(fields=passport_fields(seed, today=TODAY), portrait=grey)


def printed(seed: int) -> tuple[str, str]:
    """Say what the page's zone says."""
    return compose_mrz(passport_fields(seed, today=TODAY))


def photographed(
    page: NDArray[np.uint8], *, seed: int = 1, megapixels: float = 2, **how: float
) -> DecodedImage:
    """Take a careful photograph of a page."""
    width, height = frame_of(megapixels)
    return decode(photograph(page, seed=seed, width_px=width, height_px=height, **how))


def as_decoded(pixels: NDArray[np.uint8]) -> DecodedImage:
    """Take pixels for a photograph at full scale."""
    height, width = pixels.shape[:2]
    return DecodedImage(
        pixels,
        original_width_px=width,
        original_height_px=height,
        scale=1.0,
        format="PNG",
        compression_quality=100.0,
    )


def middle_of_line(line: int) -> int:
    """Return the row of pixels of the drawn page through the middle of a line."""
    return round((88 - (15.75, 9.40)[line]) * 12)


def without_places(page: NDArray[np.uint8], *, line: int, first: int, count: int) -> NDArray[np.uint8]:
    """Blot out characters of a page with the paper's colour."""
    blotted = page.copy()
    left, middle = round(LEFT_PX + first * PITCH_PX), middle_of_line(line)
    right = round(left + count * PITCH_PX)
    blotted[middle - 24 : middle + 24, left:right] = page[middle - 34, left:right]
    return blotted


@pytest.mark.parametrize("rotation_degrees", [0, 90, 180, 270])
def test_a_careful_photograph_is_read_exactly_whichever_way_it_lies(rotation_degrees: int) -> None:
    seed = rotation_degrees // 90 + 1
    reading = read_mrz(photographed(a_page(seed), seed=seed, rotation_degrees=rotation_degrees))
    assert isinstance(reading, MrzReading)
    assert reading.lines == printed(seed)
    assert reading.rotation_degrees == rotation_degrees
    assert reading.repairs == ()
    assert reading.least_confidence > SURE_ENOUGH
    assert parse_td3(reading.lines, read_on=TODAY).check_digits_valid


@pytest.mark.parametrize(
    "how",
    [
        {"megapixels": 1, "fill": 0.9},
        {"megapixels": 3, "tilt_degrees": 28.0},
        {"megapixels": 2, "fill": 0.6, "noise": 9.0, "jpeg_quality": 55},
        {"megapixels": 3, "blur_px": 2.0, "light_fall": 0.9},
        {"megapixels": 12, "tilt_degrees": 15.0},
    ],
    ids=lambda how: " ".join(f"{name} {value}" for name, value in how.items()),
)
def test_a_less_careful_photograph_is_read_exactly(how: dict[str, float]) -> None:
    reading = read_mrz(photographed(a_page(9), seed=9, **how))
    assert isinstance(reading, MrzReading)
    assert reading.lines == printed(9)


@pytest.mark.parametrize(("line", "first", "count"), [(0, 43, 1), (1, 40, 4), (1, 0, 1), (0, 0, 2)])
def test_a_line_with_fewer_than_44_characters_is_not_read(line: int, first: int, count: int) -> None:
    page = without_places(a_page(3), line=line, first=first, count=count)
    assert read_mrz(photographed(page, seed=3)) == NotRead(step=Step.LINE_CUT_SHORT)


def test_two_lines_of_36_characters_are_not_taken_for_a_passport() -> None:
    page = a_page(3)
    for line in (0, 1):
        page = without_places(page, line=line, first=36, count=8)
    assert read_mrz(photographed(page, seed=3)) == NotRead(step=Step.LINE_CUT_SHORT)


def test_a_zone_that_leaves_the_photograph_is_not_read() -> None:
    image = photographed(a_page(4), seed=4)
    whole = read_mrz(image)
    assert isinstance(whole, MrzReading)
    edge = round(whole.corners[1][0] * image.scale - 30)
    cut = replace(image, pixels=np.ascontiguousarray(image.pixels[:, :edge]))
    assert isinstance(read_mrz(cut), NotRead)


def test_a_covered_character_is_not_guessed() -> None:
    page = a_page(5).copy()
    cv2.circle(page, (round(LEFT_PX + 20.5 * PITCH_PX), middle_of_line(1)), 22, (120, 90, 80), -1)
    outcome = read_mrz(photographed(page, seed=5))
    assert isinstance(outcome, NotRead) or outcome.least_confidence < SURE_ENOUGH


def test_a_photograph_without_a_zone_says_so() -> None:
    page = a_page(6)[: middle_of_line(0) - 40]
    assert read_mrz(photographed(page, seed=6)) == NotRead(step=Step.ZONE_NOT_FOUND)


@pytest.mark.parametrize("grey", [0, 128, 255])
def test_an_even_surface_is_no_zone(grey: int) -> None:
    assert read_mrz(as_decoded(np.full((900, 1200, 3), grey, np.uint8))) == NotRead(step=Step.ZONE_NOT_FOUND)


@pytest.mark.parametrize(("across", "down"), [(12, 900), (12, 24), (24, 60)])
@pytest.mark.parametrize("radius", [2, 5])
def test_a_pattern_as_regular_as_print_is_not_read(across: int, down: int, radius: int) -> None:
    pixels = np.full((900, 1200, 3), 230, np.uint8)
    for x in range(100, 1100, across):
        for y in range(100, 800, down):
            cv2.circle(pixels, (x, y), radius, (30, 30, 30), 2)
    assert isinstance(read_mrz(as_decoded(pixels)), NotRead)


def test_the_corners_are_in_pixels_of_the_original_photograph() -> None:
    """A flat copy of the page at twelve megapixels, which is read at half its size."""
    page = cv2.resize(a_page(2), (4000, 2816), interpolation=cv2.INTER_CUBIC)
    _, data = cv2.imencode(".png", page[..., ::-1])
    image = decode(data.tobytes())
    assert image.scale == 0.5
    reading = read_mrz(image)
    assert isinstance(reading, MrzReading)
    per_mm, left_mm = 32, 6.6  # the specimen prints its zone so far from the edge; the standard allows it
    top, bottom = (88 - 15.75 - 1.27) * per_mm, (88 - 9.40 + 1.27) * per_mm
    left, right = left_mm * per_mm, (left_mm + 44 * 2.54) * per_mm
    expected = [(left, top), (right, top), (right, bottom), (left, bottom)]
    assert np.abs(np.array(reading.corners) - expected).max() < 0.25 * per_mm


@pytest.mark.parametrize("rotation_degrees", [0, 270])
def test_a_tilted_page_is_straightened_to_its_millimetres(rotation_degrees: int) -> None:
    image = photographed(
        a_page(7), seed=7, megapixels=3, tilt_degrees=20.0, rotation_degrees=rotation_degrees
    )
    reading = read_mrz(image)
    assert isinstance(reading, MrzReading)
    page = straighten(image, reading)
    assert LEAST_PX_PER_MM <= page.px_per_mm <= MOST_PX_PER_MM
    assert page.pixels.shape[:2] == (
        round(PAGE_HEIGHT_MM * page.px_per_mm),
        round(PAGE_WIDTH_MM * page.px_per_mm),
    )
    drawn = cv2.resize(a_page(7), page.pixels.shape[1::-1], interpolation=cv2.INTER_AREA)
    assert displacement_mm(drawn, page.pixels, page.px_per_mm) < 1.5


def displacement_mm(one: NDArray[np.uint8], other: NDArray[np.uint8], px_per_mm: float) -> float:
    """Measure how far the portrait of one page lies from that of the other."""
    left, top, right, bottom = (round(each * px_per_mm) for each in (2, 8, 46, 66))
    drawn, seen = (
        cv2.cvtColor(page[top:bottom, left:right], cv2.COLOR_RGB2GRAY).astype(np.float32)
        for page in (one, other)
    )
    window = cv2.createHanningWindow(drawn.shape[::-1], cv2.CV_32F)
    (dx, dy), _ = cv2.phaseCorrelate(drawn, seen, window)
    return float(np.hypot(dx, dy)) / px_per_mm


def test_what_the_grammar_changes_is_reported_as_a_repair() -> None:
    shares = np.full((44, len(CHARACTERS)), 0.001, np.float32)
    shares[:, CHARACTERS.index("7")] = 0.9
    shares[13, [CHARACTERS.index(each) for each in "7O0"]] = (0.001, 0.5, 0.4)
    shares[[10, 11, 12], CHARACTERS.index("T")] = 0.95
    shares[20, CHARACTERS.index("F")] = 0.95
    read = read_by_grammar(shares, line=1)
    assert read is not None
    assert read.text[13] == "0"
    assert read.repairs == (Repair(line=1, position=13, seen="O", taken="0"),)
    assert read.confidences[13] == pytest.approx(0.4)


def test_what_the_grammar_forbids_without_a_near_second_is_not_read() -> None:
    shares = np.full((44, len(CHARACTERS)), 0.001, np.float32)
    shares[:, CHARACTERS.index("T")] = 0.95
    assert read_by_grammar(shares, line=1) is None


def test_the_glyph_table_knows_the_whole_alphabet() -> None:
    glyphs = load_glyphs()
    assert glyphs.class_means.shape[0] > len(CHARACTERS) == 37
    assert load_glyphs() is glyphs
