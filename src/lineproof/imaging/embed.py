"""Bring a face into the embedder's square and make an embedding of it.

The face is placed by the similarity that best takes its five landmarks to the pack's template. A quarter
turn of the photograph is undone by the same map.
"""

import cv2
import numpy as np

from lineproof.errors import Malformed
from lineproof.face.compare import Capture, Embedding
from lineproof.imaging.cutout import Image, cut_square, similarity_map
from lineproof.imaging.face import Face, find_faces, rival_prominence
from lineproof.imaging.models import FaceModels, ModelPack
from lineproof.imaging.quality import measure_face


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
        rival=rival_prominence(faces, image_rgb),
    )


def align(image_rgb: Image, face: Face, pack: ModelPack) -> Image:
    """Cut out one face, upright and at the pack's scale: RGB, uint8, shape (face_px, face_px, 3).

    What lies outside the image is black.
    """
    return cut_square(image_rgb, similarity_map(face.landmarks, pack.template), pack.face_px)


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
