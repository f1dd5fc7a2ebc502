"""How far a face has turned since a frontal look: plane geometry over five landmarks.

Eyes and corners of the mouth lie nearly in one plane; the tip of the nose stands out of it. Under weak
perspective any turn, tilt or zoom of a plane is an affine map of the image. So the best affine map of those
four points onto the frontal look is undone, and what the nose has moved in spite of it is parallax: nearly
nothing for a flat picture, nose depth times tan(yaw) for a head, or 0.2 to 0.3 eye distances at 30 degrees.

The same turn narrows the plane by cos(yaw). Parallax over tan(yaw) is therefore the depth of the nose, which
a picture bent round a cylinder does not reach at the bends that keep both eyes in view.

This stops flat and slightly bent pictures. It cannot stop a replay, a mask, an animated face or a stream that
was injected: see docs/trust.md.
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lineproof.errors import Malformed

Point = tuple[float, float]
Landmarks = tuple[Point, Point, Point, Point, Point]
"""Eyes, nose, corners of the mouth: (x, y) in pixels, the left of the image first, as imaging finds them."""

Points = npt.NDArray[np.float64]

# The four that lie nearly in a plane, and where a frontal face has them when eyes and mouth are a square.
PLANE = (0, 1, 3, 4)
NOSE = 2
# No image is larger, and no face smaller: beyond this the geometry would overflow or mean nothing.
FARTHEST_PX, LEAST_PX = 1e5, 1.0
SQUARE = np.array([[-0.5, -0.5], [0.5, -0.5], [-0.5, 0.5], [0.5, 0.5]])


@dataclass(frozen=True, slots=True)
class Pose:
    """How a face stands relative to a frontal look at the same face.

    parallax: how far the nose lies beside where the plane of eyes and mouth carries it, in eye distances of
        the frontal look; positive is towards the right of the image: the person's own left.
    drop: the same downwards.
    narrowing: distance of the eyes over height from eyes to mouth, relative to the frontal look: 1 is as
        wide, cos(yaw) for a plane turned by yaw.
    residual: what no affine map explains of the four points, root mean square, in eye distances.
    """

    parallax: float
    drop: float
    narrowing: float
    residual: float

    @property
    def depth(self) -> float:
        """Give the depth of the nose that parallax and narrowing imply together, in eye distances.

        Infinite where the face is not narrower than from the front.
        """
        turned = math.acos(min(1.0, max(0.0, self.narrowing)))
        return abs(self.parallax) / math.tan(turned) if turned > 0 else math.inf


def may_be_a_face(landmarks: Landmarks) -> bool:
    """Tell whether these are five points of an image whose eyes, and whose eyes and mouth, lie apart."""
    points = np.array(landmarks, np.float64)
    if points.shape != (5, 2) or not (np.abs(points) <= FARTHEST_PX).all():
        return False
    return eye_distance(landmarks) >= LEAST_PX and eyes_to_mouth(landmarks) >= LEAST_PX


def check_landmarks(landmarks: Landmarks) -> None:
    """Raise Malformed for landmarks of which `may_be_a_face` is not true."""
    if not may_be_a_face(landmarks):
        raise Malformed("The landmarks of a face are not five points that lie apart in an image.")


def eye_distance(landmarks: Landmarks) -> float:
    """Give the distance of the eyes in pixels."""
    return math.dist(landmarks[0], landmarks[1])


def eyes_to_mouth(landmarks: Landmarks) -> float:
    """Give the distance from between the eyes to the middle of the mouth, in pixels: a turn keeps it."""
    return math.dist(_middle(landmarks[0], landmarks[1]), _middle(landmarks[3], landmarks[4]))


def centre(landmarks: Landmarks) -> Point:
    """Give the middle of eyes and mouth."""
    return _middle(_middle(landmarks[0], landmarks[1]), _middle(landmarks[3], landmarks[4]))


def frontal_offset(landmarks: Landmarks) -> float:
    """Say how far the nose lies beside the middle line of eyes and mouth, in eye distances; 0 is frontal.

    Positive is towards the right of the image.
    """
    nose, _ = _carried(landmarks, SQUARE)
    return float(nose[0])


def measure_pose(landmarks: Landmarks, *, frontal: Landmarks) -> Pose:
    """Measure how a face stands relative to a frontal look at it.

    Both are landmarks that `check_landmarks` has let pass.
    """
    aim = _levelled(frontal)
    nose, residual = _carried(landmarks, aim[list(PLANE)])
    off = nose - aim[NOSE]
    wide = eye_distance(landmarks) / eyes_to_mouth(landmarks)
    return Pose(
        parallax=float(off[0]),
        drop=float(off[1]),
        narrowing=wide * eyes_to_mouth(frontal) / eye_distance(frontal),
        residual=residual,
    )


def _levelled(landmarks: Landmarks) -> Points:
    """Turn and scale a face until its eyes are level and one apart, shape (5, 2)."""
    points = np.array(landmarks, np.float64) - landmarks[0]
    across, down = points[1]
    turn = np.array([[across, down], [-down, across]]) / (across**2 + down**2)
    levelled: Points = points @ turn.T
    return levelled


def _carried(landmarks: Landmarks, aim: Points) -> tuple[Points, float]:
    """Carry the nose by the best affine map of the plane onto the aim; give it, and what the map leaves."""
    points = np.column_stack((np.array(landmarks, np.float64), np.ones(5)))
    plane = points[list(PLANE)]
    affine: Points = np.linalg.lstsq(plane, aim, rcond=None)[0].astype(np.float64)
    left = plane @ affine - aim
    return points[NOSE] @ affine, float(np.sqrt((left**2).sum(axis=1).mean()))


def _middle(a: Point, b: Point) -> Point:
    return ((a[0] + b[0]) / 2, (a[1] + b[1]) / 2)
