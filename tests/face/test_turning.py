"""The geometry of a turn: what five points say about a head, whatever its size and slope."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineproof.errors import Malformed
from lineproof.face.turning import (
    Landmarks,
    Pose,
    check_landmarks,
    frontal_offset,
    may_be_a_face,
    measure_pose,
)
from tests.face.heads import points


def rolled(landmarks: Landmarks, degrees: float) -> Landmarks:
    turn = math.radians(degrees)
    eye0, eye1, nose, mouth0, mouth1 = (
        (x * math.cos(turn) - y * math.sin(turn), x * math.sin(turn) + y * math.cos(turn))
        for x, y in landmarks
    )
    return eye0, eye1, nose, mouth0, mouth1


@given(yaw=st.floats(-45, 45), roll=st.floats(-40, 40), size=st.floats(0.2, 5), depth=st.floats(0.1, 0.8))
def test_pose_is_that_of_the_head_however_large_or_rolled_the_image(
    yaw: float, roll: float, size: float, depth: float
):
    turned = rolled(points(yaw, depth=depth, size=size), roll)
    pose = measure_pose(turned, frontal=rolled(points(0, depth=depth), roll))
    assert math.isclose(pose.parallax, depth * math.tan(math.radians(yaw)), abs_tol=1e-6)
    assert math.isclose(pose.narrowing, math.cos(math.radians(yaw)), abs_tol=1e-6)
    assert pose.residual < 1e-6
    if abs(yaw) > 5:
        assert math.isclose(pose.depth, depth, rel_tol=1e-3)


@given(yaw=st.floats(-70, 70), pitch=st.floats(-60, 60), roll=st.floats(-40, 40), nose=st.floats(-0.2, 0.2))
def test_plane_however_it_is_held_shows_no_parallax(yaw: float, pitch: float, roll: float, nose: float):
    """Any turn, tilt and roll of a flat picture, of whatever face, under weak perspective."""
    a, b = math.radians(yaw), math.radians(pitch)
    flat = [(x, y) for x, y in (*points(0)[:2], (180 + 80 * nose, 208), *points(0)[3:])]
    held = [(x * math.cos(a), x * math.sin(a) * math.sin(b) + y * math.cos(b)) for x, y in flat]
    pose = measure_pose(rolled(tuple(held), roll), frontal=tuple(flat))
    assert abs(pose.parallax) < 1e-6
    assert pose.residual < 1e-6


def test_face_that_is_no_narrower_has_no_depth_that_could_be_told():
    assert Pose(parallax=0.3, drop=0, narrowing=1.0, residual=0).depth == math.inf
    assert Pose(parallax=0.3, drop=0, narrowing=1.2, residual=0).depth == math.inf


def test_frontal_offset_is_signed_as_the_image_is():
    assert frontal_offset(points(20)) > 0.1
    assert frontal_offset(points(-20)) < -0.1
    assert abs(frontal_offset(points(0))) < 1e-9


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf, 1e6, 1e300])
def test_landmarks_that_lie_in_no_image_are_no_face(number: float):
    eye0, eye1, _, mouth0, mouth1 = points(0)
    with pytest.raises(Malformed):
        check_landmarks((eye0, eye1, (number, 0.0), mouth0, mouth1))


def test_landmarks_that_fall_together_are_no_face():
    eye0, _, nose, mouth0, mouth1 = points(0)
    for together in (
        ((1.0, 1.0),) * 5,
        (eye0, eye0, nose, mouth0, mouth1),
        (eye0, mouth0, nose, eye0, mouth0),
    ):
        assert not may_be_a_face(together)
        with pytest.raises(Malformed):
            check_landmarks(together)
    assert may_be_a_face(points(0))
