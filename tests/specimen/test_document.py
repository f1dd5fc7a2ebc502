"""Specimen pages and their simulated photographs."""

from dataclasses import replace
from datetime import date

import cv2
import numpy as np
import pytest

from lineproof.errors import Malformed
from lineproof.specimen.document import draw_passport, passport_fields
from lineproof.specimen.photograph import frame_of, photograph, photograph_capture

FIELDS = passport_fields(3, today=date(2026, 1, 1))
GREY = np.full((90, 70, 3), 128, np.uint8)


def decode(jpeg: bytes) -> np.ndarray:
    return cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR_RGB)


def test_page_is_a_td3_page_and_the_same_each_time():
    page = draw_passport(fields=FIELDS, portrait=GREY)
    assert page.shape == (1056, 1500, 3)
    assert np.array_equal(page, draw_passport(fields=FIELDS, portrait=GREY))


def test_two_lines_of_dark_print_stand_in_the_machine_readable_zone():
    page = draw_passport(fields=FIELDS, portrait=GREY)
    zone = page[-278:].mean(axis=2)
    inked = (zone < 90).any(axis=1)
    starts = np.flatnonzero(np.diff(inked.astype(int)) == 1)
    assert len(starts) == 2
    middles = [start + 15 for start in starts]
    assert middles[1] - middles[0] == pytest.approx(6.35 * 12, abs=3)


def test_specimen_stamp_leaves_portrait_and_machine_readable_zone_clean():
    page = draw_passport(fields=FIELDS, portrait=GREY).astype(int)
    redness = page[..., 0] - page[..., 1]
    assert redness[-278:].max() < 40
    assert redness[210:740, 80:480].max() < 10
    assert redness[210:740, 520:].max() > 30


def test_wide_portrait_is_cropped_in_the_middle():
    wide = np.zeros((100, 300, 3), np.uint8)
    wide[:, 120:180] = 200
    page = draw_passport(fields=FIELDS, portrait=wide)
    assert page[400, 282].mean() > 150


def test_entry_that_the_zone_cannot_carry_stops_the_drawing():
    with pytest.raises(Malformed):
        draw_passport(fields=replace(FIELDS, number="TOO-LONG-123"), portrait=GREY)


def test_photograph_is_the_same_each_time_and_of_the_size_asked():
    page = draw_passport(fields=FIELDS, portrait=GREY)
    first, second = (photograph(page, seed=5, width_px=640, height_px=480) for _ in range(2))
    assert first == second
    assert decode(first).shape == (480, 640, 3)
    assert first != photograph(page, seed=6, width_px=640, height_px=480)


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_turned_photograph_is_the_upright_one_turned(turn: int):
    page = draw_passport(fields=FIELDS, portrait=GREY)
    upright, turned = (
        decode(photograph(page, seed=5, width_px=640, height_px=480, rotation_degrees=t)) for t in (0, turn)
    )
    difference = np.rot90(upright, -turn // 90).astype(int) - turned
    assert np.abs(difference).mean() < 4


def test_photograph_turned_by_an_odd_angle_is_refused():
    with pytest.raises(Malformed):
        photograph(GREY, seed=1, width_px=64, height_px=48, rotation_degrees=45)


def test_capture_needs_a_cut_out():
    with pytest.raises(Malformed):
        photograph_capture(GREY, seed=1)


def test_frame_has_the_megapixels_asked():
    width, height = frame_of(2.4)
    assert width * height == pytest.approx(2.4e6, rel=0.01)
