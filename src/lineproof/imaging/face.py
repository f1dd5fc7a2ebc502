"""Find faces and their landmarks in an image. Pixels to measurements; judges nothing.

A search has three steps.
  1. The image is searched at a bounded size, 192 px on its longer side. Searching 12 megapixels as they
     are takes 50 times as long and has found a wrong face.
  2. If that leaves a doubt, the three quarter turns are searched as well; then, if no face is clear, all
     four turns at 320 and at 640 px, where smaller faces show. The surest look is taken: a photograph without
     its orientation tag lies on its side. The detector reports faces that stand on their head with a
     confidence of up to 0.91 and wrong landmarks, so a mere hit does not end the search.
  3. The main face is looked at again closely, twice over, because what the detector sees depends on the size
     at which it sees it. Of faces about 200 px wide its landmarks follow the head as it tilts and turns. Of
     smaller ones they are drawn towards an average face: a tilt of 20 degrees is placed as one of 3 when the
     face is 80 px wide. So the slope and the shape of the face are taken from a large look, again until the
     slope has settled. Then, set upright by that slope, it is looked at small, in the image and in its mirror
     image, and the mean of these two places it for the embedder, which was trained on average faces: that
     loses a third fewer comparisons than any one look, for a sixth of a run of the embedder
     (docs/measurements.md).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from lineproof.imaging.cutout import Image, cut_square, reduced
from lineproof.imaging.models import FaceModels, Landmarks, Point

SEARCH_SIDES_PX = (192, 320, 640)
UPRIGHT_SIDES_PX = SEARCH_SIDES_PX[:2]
LARGEST_ENLARGEMENT = 4.0

# A face at least this sure ends the search. Of 774 LFW photographs none that was turned reached 0.915 at
# 192 px; upright 91 % reach 0.92, and all were surest upright.
SURE = 0.92
# A face at least this sure after all four turns needs no look at a finer size.
CLEAR = 0.8
# Less sure than this is no face.
LEAST_CONFIDENCE = 0.6

# When the slope of a face has settled, and when to stop looking in any case.
SETTLED_DEGREES = 3.0
MOST_LOOKS = 3

# Which landmark of a face each landmark of its mirror image is.
MIRRORED = (1, 0, 2, 4, 3)

# A second face less sure than this is not taken for a person.
PERSON_CONFIDENCE = 0.75


@dataclass(frozen=True, slots=True)
class Look:
    """How closely to look at a face: the side of the square, and how many times wider than the face it is."""

    side_px: int
    margin: float


@dataclass(frozen=True, slots=True)
class Seen:
    """What one look saw of a face: landmarks in pixels of the whole image, confidence as in `Face`."""

    landmarks: Landmarks
    confidence: float


LARGE_LOOK, SMALL_LOOK = Look(256, 1.3), Look(160, 2.0)


@dataclass(frozen=True, slots=True)
class Face:
    """One face, in the pixels of the image as it was given, however it is turned.

    left, top, width, height: of its box. A box may reach over the edge of the image.
    landmarks: eyes, nose, corners of the mouth; as seen on an upright face, the left of the image first. They
        say where the face is, for the embedder; of a face that was refined they are those of an average face.
    shape: the same five points as they were seen, which follow the head as it tilts and turns.
    confidence: 0 to 1, larger is surer that this is a face.
    quarter_turns: how many quarter turns clockwise set the face upright, 0 to 3.
    """

    left: float
    top: float
    width: float
    height: float
    landmarks: Landmarks
    shape: Landmarks
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
    bounded, stretch = _bounded(image_rgb)
    found: tuple[Face, ...] = ()
    for side_px in SEARCH_SIDES_PX:
        for quarter_turns in range(4):
            if _confidence(found) < SURE:
                seen = _find_in_turn(bounded, models, side_px, quarter_turns)
                # max() keeps the first of equals: upright wins a tie.
                found = max(found, seen, key=_confidence)
        if _confidence(found) >= CLEAR:
            break
    faces = tuple(_stretched(face, stretch) for face in found)
    return (refine_face(image_rgb, faces[0], models), *faces[1:]) if faces else ()


def find_upright_faces(image_rgb: Image, models: FaceModels) -> tuple[Face, ...]:
    """Find the faces in an image that is known to be upright, the main face first.

    image_rgb: as in `find_faces`. It is searched at 192 px on its longer side, and at 320 px as well if that
    leaves a doubt. No landmark is refined: see `refine_face`.
    """
    found: tuple[Face, ...] = ()
    for side_px in UPRIGHT_SIDES_PX:
        found = max(found, _find_in_turn(image_rgb, models, side_px, quarter_turns=0), key=_confidence)
        if _confidence(found) >= CLEAR:
            break
    return found


def rival_prominence(faces: tuple[Face, ...], image_rgb: Image) -> float:
    """Say how prominent the next clear face is beside the main one: 0 is none, 1 is as prominent.

    faces: the main face first, as found in this image. Two people side by side give about 1; somebody
    behind or at the edge, or a face on a poster, gives less.
    """
    height, width = image_rgb.shape[:2]
    others = [_prominence(face, width, height) for face in faces[1:] if face.confidence >= PERSON_CONFIDENCE]
    if not others:
        return 0.0
    return min(1.0, max(others) / max(_prominence(faces[0], width, height), 1e-9))


def refine_face(image_rgb: Image, face: Face, models: FaceModels) -> Face:
    """Look at one face again closely and return it with better landmarks, its shape and a new confidence.

    Returns the face as it was when a closer look does not see it.
    """
    for _ in range(MOST_LOOKS):
        seen = look_at(image_rgb, face, LARGE_LOOK, models)
        if seen is None:
            break
        before = slope_degrees(face.shape)
        face = replace(face, landmarks=seen.landmarks, shape=seen.landmarks, confidence=seen.confidence)
        if abs(math.remainder(slope_degrees(face.shape) - before, 360.0)) < SETTLED_DEGREES:
            break
    looks = [look_at(image_rgb, face, SMALL_LOOK, models, mirrored=mirrored) for mirrored in (False, True)]
    found = [seen.landmarks for seen in looks if seen is not None]
    return replace(face, landmarks=mean_landmarks(found)) if found else face


def refine_shape(image_rgb: Image, face: Face, models: FaceModels) -> Face:
    """Look at a refined face once more, in the mirror image, and average its shape: for what turns on it.

    The detector is not the same to left and right. Of a flat picture held at an angle the average moves half
    as far as one look does.
    """
    again = look_at(image_rgb, face, LARGE_LOOK, models, mirrored=True)
    return face if again is None else replace(face, shape=mean_landmarks([face.shape, again.landmarks]))


def look_at(
    image_rgb: Image, face: Face, look: Look, models: FaceModels, *, mirrored: bool = False
) -> Seen | None:
    """Look at a face once, set upright by its shape, in the image or its mirror image; None if not seen."""
    side_px = look.side_px
    centre = np.mean(face.landmarks, axis=0)
    scale = side_px / (max(face.width, face.height, 1.0) * look.margin)
    into = cv2.getRotationMatrix2D(centre.tolist(), slope_degrees(face.shape), scale).astype(np.float64)
    into[:, 2] += side_px / 2 - centre
    square = cut_square(image_rgb, into, side_px)
    rows = _detect(square[:, ::-1] if mirrored else square, models)
    middle = (side_px / 2, side_px / 2)
    near = min(
        rows, key=lambda row: math.dist((row[0] + row[2] / 2, row[1] + row[3] / 2), middle), default=None
    )
    if near is None or not near[0] < middle[0] < near[0] + near[2]:
        return None
    seen = np.reshape(near[4:14], (5, 2))
    if mirrored:
        # The first pixel of a row becomes its last, and what is on the left of the face is on its right.
        seen = np.column_stack((side_px - 1 - seen[:, 0], seen[:, 1]))[list(MIRRORED)]
    back = cv2.invertAffineTransform(into)
    return Seen(_landmarks(seen @ back[:, :2].T + back[:, 2]), confidence=near[14])


def mean_landmarks(several: Sequence[Landmarks]) -> Landmarks:
    """Give the mean of what several looks saw of one face."""
    return _landmarks(np.mean(several, axis=0))


def slope_degrees(landmarks: Landmarks) -> float:
    """Give the slope of the line of the eyes in the image, -180 to 180; positive is clockwise."""
    (x0, y0), (x1, y1) = landmarks[:2]
    return math.degrees(math.atan2(y1 - y0, x1 - x0))


def _landmarks(points: npt.NDArray[np.float64]) -> Landmarks:
    eye0, eye1, nose, mouth0, mouth1 = ((float(x), float(y)) for x, y in points)
    return eye0, eye1, nose, mouth0, mouth1


def _confidence(faces: tuple[Face, ...]) -> float:
    return faces[0].confidence if faces else 0.0


def _find_in_turn(image_rgb: Image, models: FaceModels, side_px: int, quarter_turns: int) -> tuple[Face, ...]:
    height, width = image_rgb.shape[:2]
    scale = min(side_px / max(height, width), LARGEST_ENLARGEMENT)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    coarse = reduced(image_rgb, max(1, min(int(1 / scale), height, width)))
    small = np.rot90(cv2.resize(coarse, size, interpolation=cv2.INTER_LINEAR), -quarter_turns)
    stretch = (width / size[0], height / size[1])
    faces = [_face(row, size, stretch, quarter_turns) for row in _detect(np.asarray(small, np.uint8), models)]
    sure = [face for face in faces if face.confidence >= LEAST_CONFIDENCE]
    return tuple(sorted(sure, key=lambda face: _prominence(face, width, height), reverse=True))


def _detect(image_rgb: Image, models: FaceModels) -> list[list[float]]:
    """Run the detector: per face its box (x, y, width, height), five points (x, y) and its confidence."""
    # The detector was trained on blue, green, red.
    bgr = np.ascontiguousarray(image_rgb[:, :, ::-1])
    models.detector.setInputSize((bgr.shape[1], bgr.shape[0]))
    _, rows = models.detector.detect(bgr)
    return [] if rows is None else [[float(value) for value in row] for row in rows]


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
        shape=(eye0, eye1, nose, mouth0, mouth1),
        confidence=row[14],
        quarter_turns=quarter_turns,
    )


def _turned_back(point: Point, size: tuple[int, int], quarter_turns: int) -> Point:
    """Place a point of the image that was turned clockwise in the image of that size before the turn."""
    x, y = point
    width, height = size
    places = ((x, y), (y, height - x), (width - x, height - y), (width - y, x))
    return places[quarter_turns]


def _bounded(image_rgb: Image) -> tuple[Image, int]:
    """Shrink a large image once for all the looks, and say by what to multiply to come back."""
    by = max(1, min(max(image_rgb.shape[:2]) // SEARCH_SIDES_PX[-1], *image_rgb.shape[:2]))
    return reduced(image_rgb, by), by


def _stretched(face: Face, by: float) -> Face:
    return replace(
        face,
        left=face.left * by,
        top=face.top * by,
        width=face.width * by,
        height=face.height * by,
        landmarks=_landmarks(np.array(face.landmarks) * by),
        shape=_landmarks(np.array(face.shape) * by),
    )


def _prominence(face: Face, width: int, height: int) -> float:
    """Weigh size and place: a face at a corner of the image counts half of one at its centre."""
    from_centre = math.dist(face.centre, (width / 2, height / 2)) / (math.hypot(width, height) / 2)
    return math.sqrt(max(0.0, face.width * face.height)) * (1 - from_centre / 2)
