"""Bring a face into the embedder's square and make an embedding of it.

The face is placed by the least-squares similarity (turn, one scale, shift) from its five landmarks to the
pack's template, in closed form: Umeyama, "Least-squares estimation of transformation parameters between
two point patterns", IEEE PAMI 13(4), 1991. A quarter turn of the photograph is undone by the same map.
"""

import cv2
import numpy as np
import numpy.typing as npt

from lineproof.errors import Malformed
from lineproof.face.compare import Capture, Embedding
from lineproof.imaging.face import Face, Image, find_faces, persons_in_view
from lineproof.imaging.models import FaceModels, Landmarks, ModelPack
from lineproof.imaging.quality import measure_face

# A face more than this many times larger than the square is first shrunk by averaging: warping alone would
# skip pixels, and the embedding would change with the resolution of the camera.
SKIPS_PIXELS_ABOVE = 2.0
# How far around the landmarks the square reaches, in eye distances, with room for any turn.
REACH = 3.0


def measure_capture(image_rgb: Image, models: FaceModels) -> Capture | None:
    """Measure the main face of a live photograph: embedding, quality, persons in view; None without a face.

    image_rgb: uint8, shape (height, width, 3), upright or a quarter turn off.
    """
    faces = find_faces(image_rgb, models)
    if not faces:
        return None
    aligned = align(image_rgb, faces[0], models.pack)
    return Capture(
        embedding=embed(aligned, models),
        measures=measure_face(aligned, faces[0], models.pack.template),
        persons_in_view=persons_in_view(faces),
    )


def align(image_rgb: Image, face: Face, pack: ModelPack) -> Image:
    """Cut out one face, upright and at the pack's scale: RGB, uint8, shape (face_px, face_px, 3).

    What lies outside the image is black.
    """
    part, landmarks = _shrunk(image_rgb, face, pack)
    placed = cv2.warpAffine(part, similarity_map(landmarks, pack.template), (pack.face_px, pack.face_px))
    return np.asarray(placed, np.uint8)


def embed(aligned_rgb: Image, models: FaceModels) -> Embedding:
    """Make the embedding of an aligned face: float32, shape (dimensions,), unit length.

    Raises Malformed if the image is not of the pack's size.
    """
    pack = models.pack
    if aligned_rgb.shape != (pack.face_px, pack.face_px, 3):
        raise Malformed("The aligned face does not have the size that the model pack takes.")
    models.embedder.setInput(cv2.dnn.blobFromImage(aligned_rgb), pack.input_name)
    # A copy: the network reuses its output's memory for the next face.
    values = np.array(models.embedder.forward(), np.float32).reshape(pack.dimensions)
    return Embedding(pack=pack.name, values=values / np.linalg.norm(values))


def similarity_map(source: Landmarks, target: Landmarks) -> npt.NDArray[np.float64]:
    """Give the least-squares similarity that takes the source points to the target points, shape (2, 3).

    Raises Malformed if all source points are the same.
    """
    origin, aim = np.array(source, np.float64), np.array(target, np.float64)
    a, b = origin - origin.mean(axis=0), aim - aim.mean(axis=0)
    spread = float((a**2).sum())
    if spread == 0:
        raise Malformed("The landmarks of a face all lie on one point.")
    cos = float((a * b).sum()) / spread
    sin = float((a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]).sum()) / spread
    turn = np.array([[cos, -sin], [sin, cos]])
    shift = aim.mean(axis=0) - turn @ origin.mean(axis=0)
    return np.column_stack((turn, shift))


def _shrunk(image_rgb: Image, face: Face, pack: ModelPack) -> tuple[Image, Landmarks]:
    """Cut out a large face with room around it and average it down; leave a small one as it is."""
    scale = SKIPS_PIXELS_ABOVE * float(np.linalg.norm(similarity_map(face.landmarks, pack.template)[0, :2]))
    if scale >= 1:
        return image_rgb, face.landmarks
    x, y = face.landmarks[2]
    reach = REACH * face.eye_distance_px
    left, top = max(0, int(x - reach)), max(0, int(y - reach))
    part = image_rgb[top : int(y + reach) + 1, left : int(x + reach) + 1]
    size = (max(1, round(part.shape[1] * scale)), max(1, round(part.shape[0] * scale)))
    small = cv2.resize(part, size, interpolation=cv2.INTER_AREA)
    across, down = size[0] / part.shape[1], size[1] / part.shape[0]
    eye0, eye1, nose, mouth0, mouth1 = (((px - left) * across, (py - top) * down) for px, py in face.landmarks)
    return np.asarray(small, np.uint8), (eye0, eye1, nose, mouth0, mouth1)
