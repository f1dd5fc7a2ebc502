"""Find faces and their landmarks in an image. Pixels to measurements; judges nothing.

A search has three steps.
  1. The image is searched at a bounded size: 320 px on its longer side, and at 640 px when nothing is
     found there. Searching 12 megapixels as they are takes 20 times as long and has found a wrong face.
  2. If that leaves a doubt, the three quarter turns are searched as well and the surest one is taken: a
     photograph without its orientation tag lies on its side. The detector reports faces that stand on
     their head with much confidence and wrong landmarks, so a mere hit does not end the search.
  3. The main face is searched again at its own scale, so that its landmarks do not depend on how large it
     is in the image. Measured on faces 12 % of the image's height, the distance between genuine and
     impostor scores (d') rises from 5.20 to 5.59; searching everything at 640 gives 5.61 and takes twice
     the time.
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from lineproof.imaging.models import FaceModels, Landmarks, Point

Image = npt.NDArray[np.uint8]

SEARCH_SIDE_PX = 320
WIDE_SEARCH_SIDE_PX = 640
LARGEST_ENLARGEMENT = 4.0

# An upright face at least this sure needs no look at the quarter turns.
SURE = 0.9
# Less sure than this is no face.
LEAST_CONFIDENCE = 0.6

REFINED_SIDE_PX = 160
REFINED_MARGIN = 2.0

# Someone half as large as the main face is about twice as far away: a passer-by, or a face on a poster.
PERSON_CONFIDENCE = 0.75
PERSON_SIZE = 0.5


@dataclass(frozen=True, slots=True)
class Face:
    """One face, in the pixels of the image as it was given, however it is turned.

    left, top, width, height: of its box. A box may reach over the edge of the image.
    landmarks: eyes, nose, corners of the mouth; as seen on an upright face, the left of the image first.
    confidence: 0 to 1, larger is surer that this is a face.
    quarter_turns: how many quarter turns clockwise set the face upright, 0 to 3.
    """

    left: float
    top: float
    width: float
    height: float
    landmarks: Landmarks
    confidence: float
    quarter_turns: int

    @property
    def eye_distance_px(self) -> float:
        """Give the distance between the centres of the eyes, in pixels of the image."""
        return math.dist(self.landmarks[0], self.landmarks[1])

    @property
    def centre(self) -> Point:
        """Give the middle of the box."""
        return (self.left + self.width / 2, self.top + self.height / 2)


def find_faces(image_rgb: Image, models: FaceModels) -> tuple[Face, ...]:
    """Find the faces in a photograph that may lie on its side, the main face first.

    image_rgb: uint8, shape (height, width, 3), any size; small images are enlarged up to four times.
    The main face is the one with the largest product of size and closeness to the centre; only its
    landmarks are refined. All faces share one `quarter_turns`. An empty tuple means that there is none.
    """
    for side_px in (SEARCH_SIDE_PX, WIDE_SEARCH_SIDE_PX):
        faces = _find_in_any_turn(image_rgb, models, side_px)
        if faces:
            return (refine_face(image_rgb, faces[0], models), *faces[1:])
    return ()


def find_upright_faces(
    image_rgb: Image, models: FaceModels, *, side_px: int = SEARCH_SIDE_PX
) -> tuple[Face, ...]:
    """Find the faces in an image that is known to be upright, the main face first.

    image_rgb: as in `find_faces`. side_px: the longer side at which it is searched.
    No landmark is refined: see `refine_face`.
    """
    return _find_in_turn(image_rgb, models, side_px, quarter_turns=0)


def persons_in_view(faces: tuple[Face, ...]) -> int:
    """Count the people in front of the camera among the faces found, the main face first.

    Counts the main face and every clear face at least half its size: two people side by side are two, a
    face on a poster far behind is none.
    """
    return sum(
        position == 0
        or (
            face.confidence >= PERSON_CONFIDENCE
            and face.eye_distance_px >= PERSON_SIZE * faces[0].eye_distance_px
        )
        for position, face in enumerate(faces)
    )


def refine_face(image_rgb: Image, face: Face, models: FaceModels) -> Face:
    """Search one face again at its own scale and return it with better landmarks.

    Returns the face as it was when the second look does not see it.
    """
    reach = max(face.width, face.height) * REFINED_MARGIN / 2
    x, y = face.centre
    left, top = max(0, int(x - reach)), max(0, int(y - reach))
    part = image_rgb[top : int(y + reach) + 1, left : int(x + reach) + 1]
    if part.size == 0:
        return face
    seen = _find_in_turn(part, models, REFINED_SIDE_PX, face.quarter_turns)
    moved = [_moved(found, left, top) for found in seen]
    near = [found for found in moved if math.dist(found.centre, face.centre) < face.width / 2]
    return min(near, key=lambda found: math.dist(found.centre, face.centre), default=face)


def _find_in_any_turn(image_rgb: Image, models: FaceModels, side_px: int) -> tuple[Face, ...]:
    upright = _find_in_turn(image_rgb, models, side_px, 0)
    if upright and upright[0].confidence >= SURE:
        return upright
    found = [upright, *(_find_in_turn(image_rgb, models, side_px, turns) for turns in (1, 2, 3))]
    # max() keeps the first of equals: upright wins a tie.
    return max(found, key=lambda faces: faces[0].confidence if faces else 0.0)


def _find_in_turn(
    image_rgb: Image, models: FaceModels, side_px: int, quarter_turns: int
) -> tuple[Face, ...]:
    height, width = image_rgb.shape[:2]
    scale = min(side_px / max(height, width), LARGEST_ENLARGEMENT)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    small = np.rot90(cv2.resize(image_rgb, size, interpolation=how), -quarter_turns)
    # The detector was trained on blue, green, red.
    bgr = np.ascontiguousarray(small[:, :, ::-1])
    models.detector.setInputSize((bgr.shape[1], bgr.shape[0]))
    _, rows = models.detector.detect(bgr)
    if rows is None:
        return ()
    faces = [_face(row, size, (width / size[0], height / size[1]), quarter_turns) for row in rows.tolist()]
    sure = [face for face in faces if face.confidence >= LEAST_CONFIDENCE]
    return tuple(sorted(sure, key=lambda face: _prominence(face, width, height), reverse=True))


def _face(row: list[float], size: tuple[int, int], stretch: Point, quarter_turns: int) -> Face:
    """Turn a row of the detector (box, five points, confidence) back into pixels of the whole image."""
    x, y, wide, high = row[:4]
    corners = [(x, y), (x + wide, y + high)]
    points = corners + list(zip(row[4:14:2], row[5:14:2], strict=True))
    placed = [_turned_back(point, size, quarter_turns) for point in points]
    back = [(px * stretch[0], py * stretch[1]) for px, py in placed]
    (x0, y0), (x1, y1), eye0, eye1, nose, mouth0, mouth1 = back
    return Face(
        left=min(x0, x1),
        top=min(y0, y1),
        width=abs(x1 - x0),
        height=abs(y1 - y0),
        landmarks=(eye0, eye1, nose, mouth0, mouth1),
        confidence=row[14],
        quarter_turns=quarter_turns,
    )


def _turned_back(point: Point, size: tuple[int, int], quarter_turns: int) -> Point:
    """Place a point of the image that was turned clockwise in the image of that size before the turn."""
    x, y = point
    width, height = size
    places = ((x, y), (y, height - x), (width - x, height - y), (width - y, x))
    return places[quarter_turns]


def _moved(face: Face, right: float, down: float) -> Face:
    eye0, eye1, nose, mouth0, mouth1 = ((x + right, y + down) for x, y in face.landmarks)
    return Face(
        left=face.left + right,
        top=face.top + down,
        width=face.width,
        height=face.height,
        landmarks=(eye0, eye1, nose, mouth0, mouth1),
        confidence=face.confidence,
        quarter_turns=face.quarter_turns,
    )


def _prominence(face: Face, width: int, height: int) -> float:
    """Weigh size and place: a face at a corner of the image counts half of one at its centre."""
    from_centre = math.dist(face.centre, (width / 2, height / 2)) / (math.hypot(width, height) / 2)
    return math.sqrt(max(0.0, face.width * face.height)) * (1 - from_centre / 2)
