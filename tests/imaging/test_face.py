"""Faces are found, placed, measured and embedded: on drawn people, and on photographs where present."""

import math
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from lineproof.decision.finding import Check, Outcome
from lineproof.errors import Malformed
from lineproof.face.compare import Capture, Portrait, compare
from lineproof.face.quality import (
    DOUBTFUL_RIVAL,
    TWO_FACES,
    FaceMeasures,
    QualityLimits,
    check_capture_quality,
)
from lineproof.imaging.cutout import Image, similarity_map
from lineproof.imaging.decode import decode
from lineproof.imaging.embed import align, embed, measure_capture, measure_photograph
from lineproof.imaging.face import Face, find_faces
from lineproof.imaging.models import DEFAULT_PACK, FaceModels, load
from lineproof.imaging.portrait import find_portrait, measure_portrait
from lineproof.specimen.face import draw_face

TEMPLATE = DEFAULT_PACK.template
LFW = Path(__file__).resolve().parents[3] / "shared" / "data" / "lfw" / "images"


@pytest.fixture(scope="module")
def models() -> FaceModels:
    cv2.setNumThreads(1)
    return load()


@pytest.fixture(scope="module")
def alice() -> Image:
    return draw_face(seed=148, size_px=400)


@pytest.fixture(scope="module")
def bo() -> Image:
    return draw_face(seed=83, size_px=400)


def in_a_frame(*placed: tuple[Image, int, int, int], width: int = 1600, height: int = 1200) -> Image:
    """Lay pictures on an even wall, each as (picture, left, top, side in pixels)."""
    frame = np.full((height, width, 3), (190, 196, 200), np.uint8)
    for picture, left, top, side in placed:
        frame[top : top + side, left : left + side] = cv2.resize(
            picture, (side, side), interpolation=cv2.INTER_AREA
        )
    return frame


def similarity(portrait: Portrait | None, capture: Capture | None) -> float:
    assert portrait is not None
    assert capture is not None
    return compare(portrait=portrait, capture=capture, calibration=DEFAULT_PACK.calibration).similarity


def unfit(measures: FaceMeasures) -> set[Check]:
    """Give the components of quality that are not good enough."""
    findings = check_capture_quality(measures, QualityLimits())
    return {finding.check for finding in findings if finding.outcome is not Outcome.PASS}


def as_portrait(image: Image, models: FaceModels) -> Portrait:
    capture = measure_capture(image, models)
    assert capture is not None
    return Portrait(capture.embedding, capture.measures)


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((300, 400, 3), np.uint8),
        np.full((300, 400, 3), 255, np.uint8),
        np.random.default_rng(0).integers(0, 256, (300, 400, 3), np.uint8),
        np.zeros((1, 1, 3), np.uint8),
        np.zeros((1, 3000, 3), np.uint8),
    ],
    ids=["black", "white", "noise", "one pixel", "a line"],
)
def test_an_image_without_a_face_has_none_and_is_no_capture_and_no_page(
    image: Image, models: FaceModels
) -> None:
    assert find_faces(image, models) == ()
    assert measure_capture(image, models) is None
    assert measure_portrait(image, models) is None


def test_a_drawn_face_is_found_upright_with_landmarks_where_they_are_drawn(
    alice: Image, models: FaceModels
) -> None:
    (face,) = find_faces(alice, models)
    eye0, eye1, nose, mouth0, mouth1 = face.landmarks
    assert face.quarter_turns == 0
    assert eye0[0] < nose[0] < eye1[0]
    assert eye0[1] < nose[1] < min(mouth0[1], mouth1[1])
    assert face.left < min(x for x, _ in face.landmarks)
    assert face.centre[0] == pytest.approx(200, abs=15)


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_a_photograph_lying_on_its_side_or_head_is_seen_as_the_same_person(
    turns: int, alice: Image, models: FaceModels
) -> None:
    turned = np.ascontiguousarray(np.rot90(alice, turns))
    (face,) = find_faces(turned, models)
    assert face.quarter_turns == turns
    capture = measure_capture(turned, models)
    assert capture is not None
    assert abs(capture.measures.roll_degrees) < 10
    assert similarity(as_portrait(alice, models), capture) > 0.95


def test_landmarks_of_a_turned_photograph_are_in_its_own_pixels(alice: Image, models: FaceModels) -> None:
    wide = in_a_frame((alice, 100, 50, 400), width=900, height=500)
    (upright,), (turned,) = find_faces(wide, models), find_faces(np.ascontiguousarray(np.rot90(wide)), models)
    for (x, y), (turned_x, turned_y) in zip(upright.landmarks, turned.landmarks, strict=True):
        assert math.dist((turned_x, turned_y), (y, 900 - x)) < 0.1 * upright.eye_distance_px


def test_two_people_side_by_side_are_as_prominent_as_each_other(
    alice: Image, bo: Image, models: FaceModels
) -> None:
    capture = measure_capture(in_a_frame((alice, 150, 300, 600), (bo, 850, 300, 600)), models)
    assert capture is not None
    assert capture.rival >= TWO_FACES


def test_a_face_on_a_poster_far_behind_is_no_second_person_and_not_the_one_compared(
    alice: Image, bo: Image, models: FaceModels
) -> None:
    with_poster = in_a_frame((alice, 400, 200, 800), (bo, 1230, 60, 340))
    assert len(find_faces(with_poster, models)) == 2
    capture = measure_capture(with_poster, models)
    assert capture is not None
    assert capture.rival < DOUBTFUL_RIVAL
    assert similarity(as_portrait(alice, models), capture) > 0.9


def test_a_small_face_in_a_large_photograph_is_found_at_its_place(alice: Image, models: FaceModels) -> None:
    frame = in_a_frame((alice, 2000, 1500, 400), width=4000, height=3000)
    (face,) = find_faces(frame, models)
    assert math.dist(face.centre, (2200, 1700)) < 40
    assert similarity(as_portrait(alice, models), measure_capture(frame, models)) > 0.9


def test_the_resolution_of_the_camera_hardly_changes_the_embedding(alice: Image, models: FaceModels) -> None:
    large = np.asarray(cv2.resize(alice, (3000, 3000), interpolation=cv2.INTER_CUBIC), np.uint8)
    assert similarity(as_portrait(alice, models), measure_capture(large, models)) > 0.95


def test_one_drawn_person_is_more_alike_than_two(alice: Image, bo: Image, models: FaceModels) -> None:
    again = measure_capture(draw_face(seed=148, size_px=400, yaw_degrees=8, smile=0.3), models)
    assert similarity(as_portrait(alice, models), again) > similarity(as_portrait(bo, models), again) + 0.1


def test_an_embedding_has_unit_length_and_the_packs_name_and_size(alice: Image, models: FaceModels) -> None:
    embedding = as_portrait(alice, models).embedding
    assert embedding.pack == DEFAULT_PACK.name
    assert embedding.values.shape == (DEFAULT_PACK.dimensions,)
    assert embedding.values.dtype == np.float32
    assert np.linalg.norm(embedding.values) == pytest.approx(1, abs=1e-5)


def test_an_image_of_another_size_than_the_pack_takes_is_refused(alice: Image, models: FaceModels) -> None:
    with pytest.raises(Malformed, match="size"):
        embed(alice, models)


def test_the_aligned_face_has_its_landmarks_on_the_template(alice: Image, models: FaceModels) -> None:
    (face,) = find_faces(alice, models)
    aligned = align(alice, face, models.pack)
    assert aligned.shape == (112, 112, 3)
    placed = similarity_map(face.landmarks, TEMPLATE) @ np.array([(x, y, 1) for x, y in face.landmarks]).T
    assert np.abs(placed.T - np.array(TEMPLATE)).max() < 8


def test_the_similarity_map_is_exact_for_a_turned_shifted_and_scaled_template() -> None:
    turn = np.radians(33)
    matrix = 2.5 * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    a, b, c, d, e = ((float(x), float(y)) for x, y in np.array(TEMPLATE) @ matrix.T + (40, -7))
    found = similarity_map((a, b, c, d, e), TEMPLATE)
    assert found @ np.array([*a, 1]) == pytest.approx(np.array(TEMPLATE[0]))
    assert found[:, :2] == pytest.approx(np.linalg.inv(matrix))


def test_landmarks_that_all_lie_on_one_point_are_refused() -> None:
    with pytest.raises(Malformed):
        similarity_map(((1.0, 1.0),) * 5, TEMPLATE)


def test_a_face_reported_half_outside_the_image_is_still_cut_out(alice: Image) -> None:
    a, b, c, d, e = ((x * 9 - 600, y * 9 - 600) for x, y in TEMPLATE)
    points = (a, b, c, d, e)
    face = Face(-600, -600, 1000, 1000, points, points, confidence=0.9, quarter_turns=0)
    assert align(alice, face, DEFAULT_PACK).shape == (112, 112, 3)


@pytest.mark.parametrize("yaw_degrees", [-30, 30])
def test_a_turned_head_moves_the_yaw_offset_to_its_side(yaw_degrees: int, models: FaceModels) -> None:
    capture = measure_capture(draw_face(seed=148, size_px=400, yaw_degrees=yaw_degrees), models)
    assert capture is not None
    assert math.copysign(1, capture.measures.yaw_offset) == math.copysign(1, yaw_degrees)
    assert abs(capture.measures.yaw_offset) > 0.1


def test_a_flat_photograph_held_at_an_angle_hardly_moves_the_yaw_offset(
    alice: Image, models: FaceModels
) -> None:
    corners = np.array([[0, 0], [400, 0], [400, 400], [0, 400]], np.float32)
    held = np.array([[60, 30], [340, 0], [340, 400], [60, 370]], np.float32)
    flat = cv2.warpPerspective(alice, cv2.getPerspectiveTransform(corners, held), (400, 400))
    straight, angled = measure_capture(alice, models), measure_capture(np.asarray(flat, np.uint8), models)
    assert straight is not None
    assert angled is not None
    assert abs(angled.measures.yaw_offset - straight.measures.yaw_offset) < 0.15


@pytest.mark.parametrize(("degrees", "sign"), [(15, -1), (-15, 1)])
def test_a_tilted_head_is_measured_with_its_direction(
    degrees: int, sign: int, alice: Image, models: FaceModels
) -> None:
    # getRotationMatrix2D turns anticlockwise; roll is positive clockwise.
    turned = cv2.warpAffine(
        alice, cv2.getRotationMatrix2D((200, 200), degrees, 1), (400, 400), borderValue=(190,) * 3
    )
    capture = measure_capture(np.asarray(turned, np.uint8), models)
    assert capture is not None
    assert capture.measures.roll_degrees == pytest.approx(15 * sign, abs=6)


def half_in_the_dark(image: Image) -> Image:
    """Light a face from its one side only."""
    fall = np.linspace(0, 1, image.shape[1]) > 0.5
    return np.where(fall[None, :, None], image, image * 0.08).astype(np.uint8)


def masked(image: Image) -> Image:
    """Cover the lower half of a face with cloth of one colour."""
    covered = image.copy()
    covered[image.shape[0] * 56 // 100 :, image.shape[1] // 5 : image.shape[1] * 4 // 5] = (90, 120, 160)
    return covered


@pytest.mark.parametrize(
    ("spoil", "check"),
    [
        (lambda image: (image * 0.09).astype(np.uint8), Check.UNDER_EXPOSURE_PREVENTION),
        (lambda image: np.clip(image * 2.4, 0, 255).astype(np.uint8), Check.OVER_EXPOSURE_PREVENTION),
        (lambda image: (110 + image * 0.12).astype(np.uint8), Check.DYNAMIC_RANGE),
        (half_in_the_dark, Check.ILLUMINATION_UNIFORMITY),
        (lambda image: cv2.GaussianBlur(image, (0, 0), 9), Check.SHARPNESS),
        (lambda image: cv2.resize(image, (48, 48), interpolation=cv2.INTER_AREA), Check.INTER_EYE_DISTANCE),
        (masked, Check.FACE_OCCLUSION_PREVENTION),
    ],
    ids=["dark", "bright", "pale", "one side", "blurred", "small", "masked"],
)
def test_a_spoiled_photograph_is_marked_for_what_is_wrong_with_it(
    spoil: Callable[[Image], Image], check: Check, alice: Image, models: FaceModels
) -> None:
    good, spoiled = measure_capture(alice, models), measure_capture(np.asarray(spoil(alice)), models)
    assert good is not None
    assert spoiled is not None
    assert unfit(good.measures) == set()
    assert check in unfit(spoiled.measures)


def test_what_a_jpeg_lost_is_taken_from_its_file(alice: Image, models: FaceModels) -> None:
    bgr = np.ascontiguousarray(alice[..., ::-1])
    for quality in (5, 90):
        jpeg = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()
        capture = measure_photograph(decode(jpeg), models)
        assert capture is not None
        assert capture.measures.compression_quality == pytest.approx(quality, abs=0.5)
        assert (Check.COMPRESSION_ARTIFACTS in unfit(capture.measures)) == (quality == 5)


def test_the_portrait_is_the_large_face_at_the_left_and_not_the_ghost(
    alice: Image, bo: Image, models: FaceModels
) -> None:
    page = in_a_frame((alice, 40, 160, 280), (bo, 780, 300, 160), width=1000, height=704)
    face = find_portrait(page, models)
    assert face is not None
    assert math.dist(face.centre, (180, 300)) < 40
    assert similarity(measure_portrait(page, models), measure_capture(alice, models)) > 0.9


def test_a_document_with_its_portrait_at_the_right_is_searched_whole(
    alice: Image, models: FaceModels
) -> None:
    page = in_a_frame((alice, 700, 160, 280), width=1000, height=704)
    face = find_portrait(page, models)
    assert face is not None
    assert math.dist(face.centre, (840, 300)) < 40


def test_a_page_of_few_pixels_is_enlarged_and_its_portrait_measured_as_small(
    alice: Image, models: FaceModels
) -> None:
    page = in_a_frame((alice, 12, 48, 84), width=300, height=211)
    portrait = measure_portrait(page, models)
    assert portrait is not None
    assert portrait.measures.eye_distance_px < 30


@pytest.mark.shared
def test_press_photographs_are_found_in_every_turn_and_compared_rightly(models: FaceModels) -> None:
    paths = sorted(LFW.glob("*/*_0001.jpg"))[::300]
    portraits = []
    for path in paths:
        pixels = decode(path.read_bytes()).pixels
        portrait = as_portrait(pixels, models)
        for turns in (1, 3):
            turned = measure_capture(np.ascontiguousarray(np.rot90(pixels, turns)), models)
            assert similarity(portrait, turned) > 0.9
        portraits.append(portrait)
    strangers = measure_capture(decode(paths[0].read_bytes()).pixels, models)
    assert max(similarity(portrait, strangers) for portrait in portraits[1:]) < 0.7
