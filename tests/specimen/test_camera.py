"""The camera for held-out photographs: what it says of a photograph is measured in the photograph."""

from dataclasses import replace
from importlib.resources import files

import cv2
import numpy as np
import pytest
from PIL import ImageFont

from lineproof.specimen import camera_fingers, camera_pose
from lineproof.specimen.camera import COVERED, EASY, HARD, LEVELS, MODERATE, SCENE, Level, photograph_page
from lineproof.specimen.camera_levels import CAP_MM

PAGE_MM = (125.0, 88.0)
ZONE_MM = (6.6, 71.0, 111.8, 8.8)
PX_PER_MM = 8
SMALL_SCENE = replace(SCENE, frame_px=(1200, 900))

# Nothing between the light and the file but what the lens and the pixels spread.
PLAIN = replace(
    EASY, tilt_degrees=(0, 0), rotation_degrees=(0, 0), electrons=(1e6, 1e6), jpeg_quality=(100, 100),
    sharpening=(0, 0), distortion=(0, 0), bent=0.0, fingers=0.0, shadow=0.0, cluttered=0.0,
)  # fmt: skip


def a_page(value: int = 235) -> np.ndarray:
    return np.full((704, 1000, 3), value, np.uint8)


def taken(page: np.ndarray, level: Level, seed: int):
    return photograph_page(page, page_mm=PAGE_MM, zone_mm=ZONE_MM, level=level, seed=seed)


def decode(jpeg: bytes) -> np.ndarray:
    return cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_GRAYSCALE)


def light(jpeg: bytes) -> np.ndarray:
    return ((decode(jpeg) / 255 + 0.055) / 1.055) ** 2.4


@pytest.mark.parametrize("level", [EASY, HARD, SMALL_SCENE])
def test_same_seed_gives_the_same_bytes_and_another_seed_another_photograph(level: Level):
    first, again, other = (taken(a_page(), level, seed).jpeg for seed in (4, 4, 5))
    assert first == again
    assert first != other


def test_capital_is_as_high_as_the_font_prints_it_at_the_pitch_of_a_zone():
    font = ImageFont.truetype(str(files("lineproof.specimen") / "fonts" / "OCRB.otf"), 1000)
    capital = -font.getbbox("H", anchor="ls")[1]
    assert 2.54 * capital / font.getlength("H") == pytest.approx(CAP_MM, abs=0.005)


@pytest.mark.parametrize("seed", range(3))
def test_capital_measured_in_the_photograph_is_as_high_as_said(seed: int):
    page = a_page()
    row = round((ZONE_MM[1] + ZONE_MM[3] / 2) * PX_PER_MM)
    page[row - 10 : row + 10, 380:574] = 20  # a bar 2.5 mm high at the zone's middle
    photograph = taken(page, replace(PLAIN, tilt_degrees=(0, 25), bent=0.5), seed)
    seen = light(photograph.jpeg)
    across, down = np.round(photograph.zone_corners.mean(axis=0)).astype(int)
    column = seen[down - 60 : down + 60, across - 3 : across + 4].mean(axis=1)
    half = (column.min() + column.max()) / 2
    above, below = np.flatnonzero(np.diff((column < half).astype(int)))[[0, -1]]
    edges = [i + (half - column[i]) / (column[i + 1] - column[i]) for i in (above, below)]
    assert (edges[1] - edges[0]) / 2.5 * CAP_MM == pytest.approx(photograph.cap_height_px, rel=0.04)


@pytest.mark.parametrize("blur_share", [(0.035, 0.05), (0.08, 0.09), (0.14, 0.15)])
@pytest.mark.parametrize("seed", [1, 2])
def test_edge_in_the_photograph_is_as_soft_as_the_blur_share_says(blur_share: tuple[float, float], seed: int):
    level = replace(PLAIN, blur_share=blur_share, cap_height_px=(18, 24))
    plain = taken(a_page(165), level, seed)
    across, down = np.round(plain.zone_corners.mean(axis=0)).astype(int)
    reach = round(0.5 * plain.cap_height_px)
    variances = []
    for axis in (0, 1):
        page = a_page(165)
        at = round((ZONE_MM[1 - axis] + ZONE_MM[3 - axis] / 2) * PX_PER_MM)
        lines = page if axis == 0 else page.transpose(1, 0, 2)
        # an edge that crosses pixels at the place where interpolation softens it as it does on average
        lines[at], lines[at + 1 :] = 165 + 0.21 * 35, 200
        # the same light fell on both, so that their quotient is the edge alone
        step = light(taken(page, level, seed).jpeg) / light(plain.jpeg)
        window = (
            step[down - 50 : down + 51, across - 200 : across + 201]
            if axis == 0
            else (step[down - 100 : down + 101, across - 50 : across + 51])
        )
        profile = window.mean(axis=1 - axis)
        spread = np.diff(profile)
        spread[spread < 0.02 * spread.max()] = 0
        peak = int(spread.argmax())
        spread = spread[max(peak - reach, 0) : peak + reach + 1]
        place = np.arange(len(spread))
        middle = (place * spread).sum() / spread.sum()
        variances.append(((place - middle) ** 2 * spread).sum() / spread.sum())
    # a difference of neighbouring pixels is itself spread over one pixel
    measured = np.sqrt(np.mean(variances) - 1 / 12) / plain.cap_height_px
    assert measured == pytest.approx(plain.blur_share, rel=0.15)


@pytest.mark.parametrize("level", [level for level in LEVELS.values() if level.cap_height_px])
def test_photographs_keep_within_their_level(level: Level):
    for seed in range(4):
        photograph = taken(a_page(), level, seed)
        low, high = level.cap_height_px
        assert low * 0.999 <= photograph.cap_height_px <= high * 1.001
        assert photograph.blur_share <= level.blur_share[1] * 1.02
        assert photograph.tilt_degrees <= level.tilt_degrees[1]
        assert photograph.covered is level.covered
        rows, columns = decode(photograph.jpeg).shape
        assert (photograph.zone_corners >= 0).all()
        assert (photograph.zone_corners <= (columns - 1, rows - 1)).all()


def test_scene_is_a_picture_of_twelve_megapixels_of_which_the_document_is_a_part():
    photograph = taken(a_page(), SCENE, 3)
    assert sorted(decode(photograph.jpeg).shape) == [3000, 4000]
    assert np.ptp(photograph.zone_corners, axis=0).max() < 0.8 * 4000


@pytest.mark.parametrize("seed", range(3))
def test_zone_is_where_its_corners_are_said_to_be(seed: int):
    page = a_page()
    left, top, width, height = (round(v * PX_PER_MM) for v in ZONE_MM)
    page[top : top + height, left : left + width] = 15
    level = replace(MODERATE, glare=(0, 0), hologram=(0, 0), fingers=0.0, shadow=0.0, exposure=(0.6, 0.7))
    photograph = taken(page, level, seed)
    seen = decode(photograph.jpeg)
    middle = photograph.zone_corners.mean(axis=0)
    for corner in photograph.zone_corners:
        outward = (corner - middle) / np.hypot(*(corner - middle))
        step = photograph.cap_height_px * 0.9 * outward
        (x, y), (outer_x, outer_y) = np.round(corner - step).astype(int), np.round(corner + step).astype(int)
        assert seen[y, x] + 40 < seen[outer_y, outer_x]


@pytest.mark.parametrize("turn", [0, 90, 180, 270, 30])
def test_rotation_is_that_of_the_lines_clockwise(turn: int):
    photograph = taken(a_page(), replace(PLAIN, rotation_degrees=(turn, turn)), 2)
    right = photograph.zone_corners[1] - photograph.zone_corners[0]
    assert np.degrees(np.arctan2(right[1], right[0])) % 360 == pytest.approx(turn, abs=0.1)
    assert photograph.rotation_degrees == pytest.approx(turn, abs=0.1)


@pytest.mark.parametrize("seed", range(6))
def test_ray_through_a_pixel_meets_the_page_at_the_point_that_is_seen_there(seed: int):
    level = replace(SMALL_SCENE, bent=1.0)
    pose = camera_pose.draw_pose(
        np.random.default_rng(seed), level, page_mm=PAGE_MM, zone_mm=ZONE_MM, enlarged=1.0
    )
    points = np.array([[10.0, 10.0], [60.0, 44.0], [115.0, 80.0], [20.0, 75.0]])
    met = pose.surface.meet(pose.eye, pose.rays(pose.see(points)))
    assert np.abs(met - points).max() < 0.05


def test_finger_lies_over_the_zone_only_at_the_covered_level():
    for level in LEVELS.values():
        for seed in range(60):
            fingers = camera_fingers.draw_fingers(
                np.random.default_rng(seed), level, page_mm=PAGE_MM, zone_mm=ZONE_MM
            )
            assert any(f.reaches(ZONE_MM) for f in fingers) is level.covered


def test_finger_over_the_zone_hides_print_that_is_there_without_it():
    page = a_page()
    left, top, width, height = (round(v * PX_PER_MM) for v in ZONE_MM)
    page[top : top + height, left : left + width : 12] = 0  # a row of strokes
    covered = taken(page, replace(COVERED, rotation_degrees=(0, 0), cluttered=0.0, resent=0.0), 1)
    flat = cv2.warpPerspective(
        decode(covered.jpeg),
        cv2.getPerspectiveTransform(
            covered.zone_corners, np.array([[0, 0], [900, 0], [900, 60], [0, 60]], np.float32)
        ),
        (900, 60),
    )
    contrast = [float(part.mean(axis=0).std()) for part in np.split(flat[:, :900], 30, axis=1)]
    assert min(contrast) < 0.35 * np.median(contrast)


def test_fewer_electrons_make_a_noisier_photograph():
    quiet, noisy = (
        decode(taken(a_page(), replace(PLAIN, electrons=(n, n)), 1).jpeg).astype(float) for n in (1e5, 200)
    )
    middle = np.s_[300:420, 500:800]
    assert cv2.Laplacian(noisy[middle], -1).std() > 5 * cv2.Laplacian(quiet[middle], -1).std()
