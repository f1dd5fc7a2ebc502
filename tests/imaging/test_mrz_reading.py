"""The zone of a specimen passport is read from simulated photographs of it."""

from dataclasses import replace
from datetime import date
from functools import cache

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from lineproof.document.checks import SURE_ENOUGH
from lineproof.document.mrz import parse_mrz
from lineproof.document.mrz_format import MrzFormat
from lineproof.imaging import mrz_reading
from lineproof.imaging.decode import DecodedImage, decode
from lineproof.imaging.mrz_characters import by_grammar
from lineproof.imaging.mrz_finder import Look, Region, place_in
from lineproof.imaging.mrz_networks import CHARACTERS, MrzNetworks
from lineproof.imaging.mrz_outcome import MrzReading, NotRead, Repair, Step
from lineproof.imaging.mrz_reading import read_mrz
from lineproof.imaging.page import LEAST_PX_PER_MM, MOST_PX_PER_MM, PLANS, straighten
from lineproof.imaging.pyramid import Pyramid
from lineproof.specimen.camera_levels import COVERED, MODERATE, SCENE
from lineproof.specimen.document import draw_passport
from lineproof.specimen.fields import passport_fields
from lineproof.specimen.held_out import HeldOut, specimen_photograph
from lineproof.specimen.kinds import DocumentKind
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
    assert parse_mrz(reading.lines, read_on=TODAY).check_digits_valid


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


@pytest.mark.parametrize("number", [600137, 600639, 600683])
def test_lines_that_look_like_print_upside_down_too_are_read_the_right_way(number: int) -> None:
    """Each was once taken for text that stands on its head: H, I, N, O, S, X and Z look as well that way."""
    shown = specimen_photograph(MODERATE, number)
    reading = read_mrz(decode(shown.jpeg))
    assert isinstance(reading, MrzReading)
    assert reading.lines == shown.lines


def test_a_line_that_runs_on_into_other_print_is_read_as_long_as_it_is() -> None:
    """With a sheet of print beside a card, one of its lines once had thirty-six characters, not thirty."""
    shown = specimen_photograph(MODERATE, 600077)
    reading = read_mrz(decode(shown.jpeg))
    assert isinstance(reading, MrzReading)
    assert reading.lines == shown.lines


@pytest.mark.parametrize(("line", "first", "count"), [(0, 43, 1), (1, 40, 4), (1, 0, 1), (0, 0, 2)])
def test_a_line_with_fewer_than_44_characters_is_not_read(line: int, first: int, count: int) -> None:
    page = without_places(a_page(3), line=line, first=first, count=count)
    assert isinstance(read_mrz(photographed(page, seed=3)), NotRead)


def test_a_passport_whose_lines_end_after_36_characters_is_no_smaller_document() -> None:
    page = a_page(3)
    for line in (0, 1):
        page = without_places(page, line=line, first=36, count=8)
    outcome = read_mrz(photographed(page, seed=3))
    assert isinstance(outcome, NotRead) or outcome.repairs


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
        round(PLANS[MrzFormat.TD3].height_mm * page.px_per_mm),
        round(PLANS[MrzFormat.TD3].width_mm * page.px_per_mm),
    )
    drawn = cv2.resize(a_page(7), page.pixels.shape[1::-1], interpolation=cv2.INTER_AREA)
    assert displacement_mm(drawn, page.pixels, page.px_per_mm) < 2.0


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


@cache
def a_photograph_of(kind: DocumentKind) -> HeldOut:
    """Take the first of the held-out photographs that shows this kind."""
    return next(
        shown for number in range(60) if (shown := specimen_photograph(MODERATE, number)).kind is kind
    )


@pytest.mark.parametrize(
    ("kind", "zone_format"),
    [
        (DocumentKind.PASSPORT, MrzFormat.TD3),
        (DocumentKind.CARD_BACK, MrzFormat.TD1),
        (DocumentKind.OFFICIAL_CARD, MrzFormat.TD2),
        (DocumentKind.VISA_A, MrzFormat.MRV_A),
        (DocumentKind.VISA_B, MrzFormat.MRV_B),
    ],
)
def test_every_kind_of_document_is_read_exactly(kind: DocumentKind, zone_format: MrzFormat) -> None:
    shown = a_photograph_of(kind)
    reading = read_mrz(decode(shown.jpeg))
    assert isinstance(reading, MrzReading)
    assert reading.format is zone_format
    assert reading.lines == shown.lines
    assert reading.agreed
    assert not reading.second_zone


def test_a_document_somewhere_on_a_cluttered_table_is_read_exactly() -> None:
    shown = specimen_photograph(SCENE, 0)
    reading = read_mrz(decode(shown.jpeg))
    assert isinstance(reading, MrzReading)
    assert reading.lines == shown.lines


@pytest.mark.parametrize("number", range(4))
def test_nothing_is_surely_read_under_a_finger(number: int) -> None:
    outcome = read_mrz(decode(specimen_photograph(COVERED, number).jpeg))
    assert isinstance(outcome, NotRead) or not outcome.is_sure


def two_pages(*pages: NDArray[np.uint8]) -> DecodedImage:
    """Lay two pages on a table, one below the other."""
    one, other = (cv2.resize(each, None, fx=0.8, fy=0.8, interpolation=cv2.INTER_AREA) for each in pages)
    table = np.full((2 * one.shape[0] + 300, one.shape[1] + 200, 3), 90, np.uint8)
    for page, top in ((one, 100), (other, one.shape[0] + 200)):
        table[top : top + page.shape[0], 100 : 100 + page.shape[1]] = page
    return as_decoded(table)


@pytest.mark.parametrize("doubted", [False, True])
def test_no_place_is_read_twice(monkeypatch: pytest.MonkeyPatch, doubted: bool) -> None:
    """Also where the first document is not read surely, and is looked for again."""
    regions: list[Region] = []
    read_region = mrz_reading._read_region

    def read(photo: Pyramid, region: Region, networks: MrzNetworks) -> object:
        assert not any(region.is_like(each) for each in regions)
        regions.append(region)
        outcome = read_region(photo, region, networks)
        return replace(outcome, agreed=False) if doubted and isinstance(outcome, MrzReading) else outcome

    monkeypatch.setattr(mrz_reading, "_read_region", read)
    reading = read_mrz(two_pages(a_page(1), a_page(2)))
    assert isinstance(reading, MrzReading)
    assert reading.second_zone
    assert len(regions) >= 2


def test_parts_of_one_zone_are_no_two_documents(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each part that the finder saw is followed to the ends of the same lines."""
    found = mrz_reading.find_regions

    def in_parts(photo: Pyramid, networks: MrzNetworks, *, look: Look) -> list[Region]:
        return [
            replace(
                region,
                middle=region.middle + side * region.direction * region.length * 0.2,
                length=region.length * 0.6,
            )
            for region in found(photo, networks, look=look)
            for side in (-1, 1)
        ]

    monkeypatch.setattr(mrz_reading, "find_regions", in_parts)
    read: list[object] = []
    read_region = mrz_reading._read_region

    def noted(*given: object) -> object:
        read.append(read_region(*given))
        return read[-1]

    monkeypatch.setattr(mrz_reading, "_read_region", noted)
    reading = read_mrz(photographed(a_page(1)))
    assert isinstance(reading, MrzReading)
    assert [each.lines for each in read if isinstance(each, MrzReading)] == [printed(1)] * 2
    assert reading.lines == printed(1)
    assert not reading.second_zone


@pytest.mark.parametrize("number", [1, 2])
def test_of_two_documents_the_one_that_is_read_surely_is_given(
    number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever of the two is found first, and looked at for the other's sake."""
    read_region = mrz_reading._read_region

    def read(*given: object) -> object:
        outcome = read_region(*given)
        if not isinstance(outcome, MrzReading) or outcome.lines == printed(number):
            return outcome
        doubted = tuple(tuple(0.5 for _ in line) for line in outcome.confidences)
        return replace(outcome, agreed=False, confidences=doubted)

    monkeypatch.setattr(mrz_reading, "_read_region", read)
    reading = read_mrz(two_pages(a_page(1), a_page(2)))
    assert isinstance(reading, MrzReading)
    assert reading.lines == printed(number)
    assert reading.second_zone


@pytest.mark.parametrize("two", [False, True])
def test_a_second_document_is_reported_also_where_both_are_read_otherwise(
    two: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where nothing could be read as it seemed to lie."""
    read_region = mrz_reading._read_region

    def unread(photo: Pyramid, region: Region, networks: MrzNetworks) -> object:
        outcome = read_region(photo, region, networks)
        place = place_in(photo, region, networks)
        if not isinstance(outcome, MrzReading) or place is None:
            return outcome
        shape = mrz_reading.find_shapes(photo, place, networks)[0]
        return mrz_reading._Unread(Step.LINE_CUT_SHORT, region, place, [shape, shape])

    monkeypatch.setattr(mrz_reading, "_read_region", unread)
    reading = read_mrz(two_pages(a_page(1), a_page(2)) if two else photographed(a_page(1)))
    assert isinstance(reading, MrzReading)
    assert reading.lines in {printed(1), printed(2)}
    assert reading.second_zone is two


def test_a_second_document_in_view_is_reported() -> None:
    reading = read_mrz(two_pages(a_page(1), a_page(2)))
    assert isinstance(reading, MrzReading)
    assert reading.second_zone
    assert reading.lines in {printed(1), printed(2)}


def beliefs(text: str, sureness: float = 0.9) -> NDArray[np.float32]:
    """Say what a reader believes that sees this."""
    shares = np.full((len(text), len(CHARACTERS)), 0.001, np.float32)
    shares[np.arange(len(text)), [CHARACTERS.index(each) for each in text]] = sureness
    return shares


def test_what_the_grammar_changes_is_reported_as_a_repair() -> None:
    seen = beliefs("L898902C36UTO74O8122F1204159ZE184226B<<<<<10")
    seen[15, [CHARACTERS.index(each) for each in "O0"]] = (0.5, 0.4)
    read = by_grammar(seen, seen, MrzFormat.TD3, 1)
    assert read.text == "L898902C36UTO7408122F1204159ZE184226B<<<<<10"
    assert read.repairs == {15: Repair(line=1, position=15, seen="O", taken="0")}
    assert read.confidences[15] == pytest.approx(0.4)


@pytest.mark.parametrize(("seen", "other"), [("G", "6"), ("L", "1"), ("U", "0")])
def test_what_check_digits_cannot_tell_apart_is_left_as_it_is_seen(seen: str, other: str) -> None:
    """The other one would be as right by every check digit, and as much allowed."""
    upper = "I<UTOD231458907<<<<<<<<<<<<<<<"
    line = upper[:5] + seen + upper[6:]
    belief = beliefs(line, 0.6)
    belief[5, CHARACTERS.index(other)] = 0.35
    read = by_grammar(belief, belief, MrzFormat.TD1, 0)
    assert (read.text, read.repairs) == (line, {})
    assert read.confidences[5] == pytest.approx(0.6)


def test_the_less_sure_of_two_readings_says_how_sure_a_character_is() -> None:
    line = "ERIKSSON<<ANNA<MARIA<<<<<<<<<<"
    read = by_grammar(beliefs(line, 0.95), beliefs(line, 0.6), MrzFormat.TD1, 2)
    assert read.confidences == pytest.approx([0.6] * 30)
