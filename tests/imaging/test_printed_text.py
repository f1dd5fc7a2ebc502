"""Reading the printed fields of drawn pages, and what becomes of them beside their zone."""

import hashlib
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image as Drawing
from PIL import ImageDraw, ImageFont

from lineproof.document.printed import Agreement, ZoneFields, all_agree, compare_printed
from lineproof.document.printed_labels import PrintedField
from lineproof.errors import Unavailable
from lineproof.imaging.cutout import Image
from lineproof.imaging.onnx_file import NotOnnx
from lineproof.imaging.pack_place import installed_file
from lineproof.imaging.printed_recogniser import dictionary_of
from lineproof.imaging.printed_text import (
    DETECTOR,
    MOST_LINES,
    PrintedLine,
    PrintedModels,
    Region,
    load_printed_models,
    read_known,
    read_printed,
)
from lineproof.specimen.document import MRZ_ZONE_MM, PAGE_MM, PORTRAIT_MM, draw_passport
from lineproof.specimen.face import draw_face
from lineproof.specimen.fields import PassportFields, passport_fields

PX_PER_MM = 8
TODAY = date(2026, 1, 1)
BUSIEST_PAGE_S = 6.0


@pytest.fixture(scope="module")
def models() -> PrintedModels:
    return load_printed_models()


@cache
def a_passport(seed: int) -> tuple[PassportFields, Image]:
    """Draw a page at eight pixels to the millimetre."""
    fields = passport_fields(seed, today=TODAY)
    page = draw_passport(fields=fields, portrait=draw_face(seed=seed, size_px=200))
    size = (round(PAGE_MM[0] * PX_PER_MM), round(PAGE_MM[1] * PX_PER_MM))
    return fields, cv2.resize(page, size, interpolation=cv2.INTER_AREA)


def skipped(page: Image) -> tuple[Region, Region]:
    """Give the regions of the zone and of the portrait."""
    scale = page.shape[1] / PAGE_MM[0]
    left, top, width, height = (each * scale for each in PORTRAIT_MM)
    zone_top = (PAGE_MM[1] - MRZ_ZONE_MM) * scale
    return Region(0, zone_top, page.shape[1], page.shape[0]), Region(left, top, left + width, top + height)


def zone_of(fields: PassportFields) -> ZoneFields:
    """Give what the zone of a drawn page says."""
    surname, given_names = (
        name.upper().replace("'", "").replace("-", " ") for name in (fields.surname, fields.given_names)
    )
    return ZoneFields(
        surname, given_names, fields.number, fields.born_on, fields.expires_on, fields.personal_number
    )


def became(zone: ZoneFields, lines: Sequence[PrintedLine]) -> dict[PrintedField, Agreement]:
    """Say what became of each field."""
    return {each.field: each.agreement for each in compare_printed(zone, lines)}


@cache
def read_whole(seed: int) -> tuple[PrintedLine, ...]:
    """Read every line of a drawn page."""
    _, page = a_passport(seed)
    return read_printed(page, load_printed_models(), skip=skipped(page))


@pytest.mark.parametrize("seed", [2, 3, 345])
def test_page_that_was_not_altered_agrees_in_every_field(models: PrintedModels, seed: int):
    fields, page = a_passport(seed)
    zone = zone_of(fields)
    lines = read_printed(page, models, skip=skipped(page), enough=lambda read: all_agree(zone, read))
    assert set(became(zone, lines).values()) == {Agreement.AGREES}


def test_reading_stops_where_all_agrees(models: PrintedModels):
    fields, page = a_passport(345)
    zone = zone_of(fields)
    some = read_printed(page, models, skip=skipped(page), enough=lambda read: all_agree(zone, read))
    every = read_whole(345)
    assert some == every[: len(some)]
    assert len(some) < len(every)


@pytest.mark.parametrize(
    ("field", "change"),
    [
        (PrintedField.NUMBER, {"number": "K71234568"}),
        (PrintedField.SURNAME, {"surname": "ZEBEDEE"}),
        (PrintedField.BORN_ON, {"born_on": date(1961, 5, 30)}),
        (PrintedField.EXPIRES_ON, {"expires_on": date(2035, 1, 2)}),
    ],
)
def test_page_that_prints_something_else_than_its_zone_differs_in_that_field(
    field: PrintedField, change: dict[str, object]
):
    fields, _ = a_passport(345)
    found = became(replace(zone_of(fields), **change), read_whole(345))
    assert found[field] is Agreement.DIFFERS
    assert set(found.values()) - {found[field]} == {Agreement.AGREES}


def test_box_of_a_line_lies_where_it_is_printed(models: PrintedModels):
    fields, page = a_passport(345)
    (line,) = (each for each in read_whole(345) if each.text == fields.number)
    # draw_passport prints it 85 mm from the left, its label at 16.6 mm from above.
    assert line.left / PX_PER_MM == pytest.approx(85, abs=1)
    assert 17 < line.top / PX_PER_MM < line.bottom / PX_PER_MM < 24
    larger = cv2.resize(page, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    again = read_printed(larger, models, skip=skipped(larger))
    (same,) = (each for each in again if each.text == fields.number)
    assert (same.left / 2, same.top / 2) == pytest.approx((line.left, line.top), abs=4)


@pytest.mark.parametrize("sigma", [3.0, 6.0])
def test_blurred_page_makes_no_difference_and_at_last_shows_nothing(models: PrintedModels, sigma: float):
    fields, page = a_passport(345)
    blurred = cv2.GaussianBlur(page, (0, 0), sigma)
    found = became(zone_of(fields), read_printed(blurred, models, skip=skipped(page)))
    assert Agreement.DIFFERS not in found.values()
    if sigma == 6.0:
        assert set(found.values()) == {Agreement.NOT_SEEN}


def test_nothing_is_read_in_the_zone_or_on_the_portrait(models: PrintedModels):
    _, page = a_passport(345)
    for region in skipped(page):
        for line in read_whole(345):
            shared = Region(line.left, line.top, line.right, line.bottom).shared_with(region)
            assert shared < 0.5 * (line.right - line.left) * line.height
    # The control: what is not skipped is read.
    assert any("<" in line.text for line in read_printed(page, models))


def a_card(entries: Sequence[tuple[float, float, str]]) -> Image:
    """Draw entries (left and top in pixels) in another font than the specimens', as cards do."""
    card = Drawing.new("RGB", (686, 432), (236, 240, 244))
    font = ImageFont.load_default(24)
    for left, top, text in entries:
        ImageDraw.Draw(card).text((left, top), text, font=font, fill=(20, 20, 40))
    return np.asarray(card).copy()


def test_card_with_labels_beside_its_values_and_dates_in_digits_is_read(models: PrintedModels):
    card = a_card(
        [
            *((250, 60, "Surname"), (420, 60, "NORDQVAST"), (250, 110, "Given names"), (420, 110, "BO")),
            *((250, 160, "Date of birth"), (420, 160, "28.02.1985"), (250, 210, "Card No.")),
            *((420, 210, "C7654321"), (250, 260, "Valid until"), (420, 260, "14.03.2034")),
        ]
    )  # fmt: skip
    zone = ZoneFields("NORDQVAST", "BO", "C7654321", date(1985, 2, 28), date(2034, 3, 14))
    lines = read_printed(card, models)
    assert set(became(zone, lines).values()) == {Agreement.AGREES}
    other = replace(zone, born_on=date(1995, 3, 27), number="D1234567")
    found = became(other, lines)
    assert (found[PrintedField.BORN_ON], found[PrintedField.NUMBER]) == (Agreement.DIFFERS,) * 2


@pytest.mark.parametrize(
    "page",
    [
        np.zeros((1, 5000, 3), np.uint8),
        np.zeros((400, 3, 3), np.uint8),
        np.full((704, 1000, 3), 255, np.uint8),
        np.zeros((64, 6000, 3), np.uint8),
    ],
    ids=["one row", "three columns", "white", "a ribbon"],
)
def test_page_without_print_gives_no_lines(models: PrintedModels, page: Image):
    assert read_printed(page, models) == ()


def test_work_is_bounded_on_a_page_full_of_print(models: PrintedModels):
    font = ImageFont.load_default(13)
    page = Drawing.new("RGB", (1000, 704), (255, 255, 255))
    words = " ".join(f"P{each:05d}" for each in range(20))
    for row in range(45):
        ImageDraw.Draw(page).text((4, 15 * row), words, font=font, fill=(0, 0, 0))
    start = time.thread_time()
    lines = read_printed(np.asarray(page), models)
    assert time.thread_time() - start < BUSIEST_PAGE_S
    assert 0 < len(lines) <= MOST_LINES


def test_skipping_the_whole_page_reads_nothing(models: PrintedModels):
    _, page = a_passport(345)
    assert read_printed(page, models, skip=[Region(-10, -10, 2000, 2000)]) == ()


def test_same_page_is_read_the_same_again(models: PrintedModels):
    _, page = a_passport(345)
    assert read_printed(page, models, skip=skipped(page)) == read_whole(345)


def test_models_are_loaded_without_importing_what_carries_them():
    code = (
        "import sys\nfrom lineproof.imaging.printed_text import load_printed_models\nload_printed_models()\n"
        "assert not {'rapidocr', 'onnxruntime'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_model_that_is_another_file_is_refused(tmp_path: Path):
    other = tmp_path / "other.onnx"
    other.write_bytes(b"another model")
    with pytest.raises(Unavailable, match="digest differs"):
        read_known(other, DETECTOR[1])
    with pytest.raises(Unavailable, match="not an ONNX model"):
        read_known(other, hashlib.sha256(b"another model").hexdigest())
    with pytest.raises(Unavailable, match="cannot be read"):
        read_known(tmp_path / "absent.onnx", DETECTOR[1])


def test_model_that_names_other_files_is_refused(tmp_path: Path):
    # model.graph.initializer.data_location = EXTERNAL, as protocol buffers write it.
    content = bytes((7 << 3 | 2, 4, 5 << 3 | 2, 2, 14 << 3, 1))
    (tmp_path / "outside.onnx").write_bytes(content)
    with pytest.raises(Unavailable, match="names other files"):
        read_known(tmp_path / "outside.onnx", hashlib.sha256(content).hexdigest())


def test_model_without_a_dictionary_is_none_of_a_recogniser():
    with pytest.raises(NotOnnx):
        dictionary_of(read_known(installed_file("rapidocr", DETECTOR[0], pack=""), DETECTOR[1]))
