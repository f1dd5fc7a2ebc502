"""Photographs of specimens on which readers are tried."""

from collections import Counter
from dataclasses import replace

import cv2
import numpy as np
import pytest

from lineproof.specimen.camera import COVERED, EASY, HARD, SCENE
from lineproof.specimen.held_out import random_fields, specimen_photograph
from lineproof.specimen.kinds import DocumentKind
from lineproof.specimen.mrz import check_digit
from lineproof.specimen.zone_print import ZonePrint

SMALL_SCENE = replace(SCENE, frame_px=(1200, 900))
TINY = replace(HARD, cap_height_px=(7, 7), fill=(0.9, 0.9), resent=0.0)
SHAPES = {
    DocumentKind.PASSPORT: (2, 44),
    DocumentKind.CARD_BACK: (3, 30),
    DocumentKind.OFFICIAL_CARD: (2, 36),
    DocumentKind.VISA_A: (2, 44),
    DocumentKind.VISA_B: (2, 36),
}


@pytest.mark.parametrize("level", [EASY, SMALL_SCENE])
def test_same_number_gives_the_same_photograph_and_the_same_lines(level):
    first, again, other = (specimen_photograph(level, number) for number in (7, 7, 8))
    assert (first.jpeg, first.lines) == (again.jpeg, again.lines)
    assert first.jpeg != other.jpeg
    assert first.lines != other.lines


def test_levels_do_not_share_their_documents():
    assert specimen_photograph(EASY, 3).lines != specimen_photograph(HARD, 3).lines


def test_lines_have_the_lengths_of_their_kind_and_check_digits_that_hold():
    drawn = [specimen_photograph(TINY, number) for number in range(24)]
    assert {held_out.kind for held_out in drawn} == set(DocumentKind) - {DocumentKind.CARD_FRONT}
    for held_out in drawn:
        count, length = SHAPES[held_out.kind]
        assert [len(line) for line in held_out.lines] == [length] * count
        first, second = held_out.lines[:2]
        number, born = (first[5:15], second[:7]) if count == 3 else (second[:10], second[13:20])
        assert number[9] in {check_digit(number[:9]), "<"}  # a filler where the number goes on
        assert born[6] == check_digit(born[:6])


def test_worn_print_comes_as_often_as_the_level_says():
    drawn = [specimen_photograph(replace(TINY, worn=0.5), number).zone_print for number in range(24)]
    assert 6 <= sum(how is not ZonePrint.CLEAN for how in drawn) <= 18
    assert specimen_photograph(replace(TINY, worn=0.0), 1).zone_print is ZonePrint.CLEAN


def test_entries_do_not_repeat_and_use_every_letter_and_digit():
    drawn = [random_fields(np.random.default_rng(seed), DocumentKind.PASSPORT) for seed in range(300)]
    assert len({fields.surname for fields in drawn}) > 290
    used = Counter("".join(f.surname + f.given_names + f.number + f.personal_number for f in drawn))
    assert set("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") <= set(used)
    assert {fields.sex for fields in drawn} == {"F", "M", "X"}
    assert len({fields.nationality for fields in drawn}) > 150


def test_print_of_the_zone_stands_between_the_corners_that_are_given():
    clear = replace(EASY, fingers=0.0, shadow=0.0)
    seen_kinds = set()
    for number in range(8):
        held_out = specimen_photograph(clear, number)
        if held_out.kind in seen_kinds:
            continue
        seen_kinds.add(held_out.kind)
        seen = cv2.imdecode(np.frombuffer(held_out.jpeg, np.uint8), cv2.IMREAD_GRAYSCALE)
        count, length = len(held_out.lines), len(held_out.lines[0])
        size = (length * 12, round(12 / 2.54 * (6.35 * (count - 1) + 2.5)))
        corners = np.array([[0, 0], [size[0], 0], size, [0, size[1]]], np.float32)
        mapping = cv2.getPerspectiveTransform(held_out.photograph.zone_corners, corners)
        zone = cv2.warpPerspective(seen, mapping, size)
        dark = zone < 0.6 * np.median(zone)
        for line in range(count):
            top = 30 * line
            assert (dark[top + 1 : top + 11].mean(axis=1) > 0.03).all()
            assert line == count - 1 or not (dark[top + 16 : top + 26].mean(axis=1) > 0.03).any()
            cells = dark[top : top + 12].reshape(-1, length, 12).any(axis=(0, 2))
            assert cells.all()  # every character has ink in its cell
    assert len(seen_kinds) >= 3


def test_covered_photograph_says_that_the_zone_is_covered():
    assert specimen_photograph(COVERED, 1).photograph.covered
    assert not specimen_photograph(HARD, 1).photograph.covered
