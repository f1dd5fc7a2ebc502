"""What an answer may hold, and what a model pack's calibration makes of the limits."""

import math

import pytest

from lineproof.errors import Malformed
from lineproof.face.compare import Calibration, CalibrationPoint
from lineproof.face.turn_record import Seen, limits_for
from tests.face.heads import points


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf, -0.01, 1.01])
@pytest.mark.parametrize("what", ["similarity", "continuity", "rival"])
def test_what_is_measured_of_a_face_is_a_share(what: str, number: float):
    """A similarity without end would be like everybody."""
    measured = {"similarity": 0.9, "continuity": 0.9, "rival": 0.0, what: number}
    with pytest.raises(Malformed):
        Seen(points(0), confidence=0.9, **measured)


def test_landmarks_of_a_face_are_looked_at():
    with pytest.raises(Malformed):
        Seen(((1.0, 1.0),) * 5, similarity=0.9, continuity=0.9, confidence=0.9, rival=0.0)


def calibrated(*points_: tuple[float, float]) -> Calibration:
    return Calibration("pack", "1", "made up", tuple(CalibrationPoint(*point) for point in points_))


def test_limits_are_those_of_the_model_packs_own_scores():
    """A turned face is held to one false match in a thousand, a frontal one to one in a hundred thousand.

    Where two frames of a session show nearly the same pose, they are held to a quarter of the way to 1.
    """
    limits = limits_for(calibrated((1e-2, 0.6), (1e-3, 0.7), (1e-4, 0.8), (1e-5, 0.85), (1e-6, 0.9)))
    assert limits.least_similarity == 0.7
    assert limits.least_continuity == pytest.approx(0.7 + 0.25 * 0.3)
    assert limits.least_frontal_similarity == pytest.approx(0.85 + 0.25 * 0.15)


def test_rarer_points_do_where_the_very_one_is_missing():
    limits = limits_for(calibrated((1e-2, 0.6), (5e-4, 0.72), (1e-6, 0.9)))
    assert limits.least_similarity == 0.72
    assert limits.least_frontal_similarity == pytest.approx(0.9 + 0.25 * 0.1)


def test_pack_that_was_calibrated_on_too_few_people_has_no_limits():
    with pytest.raises(Malformed, match="false match rate"):
        limits_for(calibrated((1e-2, 0.6), (1e-3, 0.7)))
