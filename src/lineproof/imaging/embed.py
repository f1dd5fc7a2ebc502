"""Bring a face into the embedder's square and make an embedding of it.

The face is placed by the similarity that best takes its five landmarks to the pack's template. A quarter
turn of the photograph is undone by the same map.
"""

import math

import cv2
import numpy as np
import numpy.typing as npt

from lineproof.errors import Malformed, Unavailable
from lineproof.face.compare import Capture, Embedding
from lineproof.imaging.cutout import Image, cut_square, similarity_map
from lineproof.imaging.decode import DecodedImage
from lineproof.imaging.face import Face, find_faces, find_upright_faces, rival_prominence
from lineproof.imaging.manifest import ColourOrder, ModelPack
from lineproof.imaging.models import FaceModels
from lineproof.imaging.quality import measure_face

Values = npt.NDArray[np.float32]

# What the networks are tried on: a grey square of this side.
_TRIAL_PX = 320
_GREY = 128


def measure_photograph(image: DecodedImage, models: FaceModels) -> Capture | None:
    """Measure the main face of a live photograph that came as a file: as `measure_capture`."""
    return measure_capture(image.pixels, models, compression_quality=image.compression_quality)


def measure_capture(
    image_rgb: Image, models: FaceModels, *, compression_quality: float = 100.0
) -> Capture | None:
    """Measure the main face of a live photograph: embedding, quality, persons in view; None without a face.

    image_rgb: uint8, shape (height, width, 3), upright or a quarter turn off.
    compression_quality: what the file's format left of it, as `DecodedImage` has it; 100 for pixels that were
    in no file.
    """
    faces = find_faces(image_rgb, models)
    if not faces:
        return None
    aligned = align(image_rgb, faces[0], models.pack)
    return Capture(
        embedding=embed(aligned, models),
        measures=measure_face(
            aligned, faces[0], models.pack.template, compression_quality=compression_quality
        ),
        rival=rival_prominence(faces, image_rgb),
    )


def align(image_rgb: Image, face: Face, pack: ModelPack) -> Image:
    """Cut out one face, upright and at the pack's scale: RGB, uint8, shape (face_px, face_px, 3).

    What lies outside the image is black.
    """
    return cut_square(image_rgb, similarity_map(face.landmarks, pack.template), pack.face_px)


def embed(aligned_rgb: Image, models: FaceModels) -> Embedding:
    """Make the embedding of an aligned face: float32, shape (dimensions,), unit length.

    Where the pack says so, the embedding of the face and that of its mirror image are added up first. What
    the pack's calibration found to be common to everybody is taken off, so that strangers lie around a cosine
    of 0: after "All-but-the-Top", Mu and others, ICLR 2018, of which this is the first step.
    Raises Malformed if the image is not of the pack's size or the network makes nothing of it, Unavailable if
    the network does not take or give what its pack says.
    """
    pack = models.pack
    if aligned_rgb.shape != (pack.face_px, pack.face_px, 3):
        raise Malformed("The aligned face does not have the size that the model pack takes.")
    values = _forward(aligned_rgb, models)
    if pack.mirrored:
        # Two runs: a batch of two was measured to save 5 % of the time, and not every network takes one.
        values = values + _forward(aligned_rgb[:, ::-1], models)
    values = _to_unit_length(values, pack)
    if pack.centre:
        values = _to_unit_length(values - np.array(pack.centre, np.float32), pack)
    return Embedding(pack=pack.name, values=values)


def _to_unit_length(values: Values, pack: ModelPack) -> Values:
    length = float(np.linalg.norm(values))
    if not 0.0 < length < math.inf:
        raise Malformed(f"The embedder of the model pack {pack.name} makes no embedding of this face.")
    return values / np.float32(length)


def noise_for(pack: ModelPack) -> Image:
    """Make an image of the pack's size that shows nobody, always the same."""
    size = (pack.face_px, pack.face_px, 3)
    return np.random.default_rng(0).integers(0, 255, size, dtype=np.uint8)


def try_models(models: FaceModels) -> None:
    """Run both networks once, on nothing in particular; Unavailable if they are not what the pack says."""
    try_detector(models)
    embed(noise_for(models.pack), models)


def try_detector(models: FaceModels) -> None:
    """Run the detector once; Unavailable if it is not of the kind that the pack says."""
    pack = models.pack
    try:
        find_upright_faces(np.full((_TRIAL_PX, _TRIAL_PX, 3), _GREY, np.uint8), models)
    except cv2.error as error:
        raise Unavailable(
            f"The detector of the model pack {pack.name} is not of the kind {pack.detector_kind.value}.",
            remedy="Ask whoever made the pack for the right file.",
        ) from error


def _forward(aligned_rgb: Image, models: FaceModels) -> Values:
    """Run the embedder on one image, brought to the pack's convention."""
    pack = models.pack
    channels = aligned_rgb if pack.colour_order is ColourOrder.RGB else aligned_rgb[:, :, ::-1]
    fed = (channels - np.array(pack.mean, np.float32)) * np.array(pack.scale, np.float32)
    try:
        models.embedder.setInput(np.ascontiguousarray(fed.transpose(2, 0, 1))[np.newaxis], pack.input_name)
        # A copy: the network reuses its output's memory for the next face.
        values = np.array(models.embedder.forward(), np.float32)
    except cv2.error as error:
        raise Unavailable(
            f"The embedder of the model pack {pack.name} does not take {pack.face_px} x {pack.face_px} px "
            f"at its input {pack.input_name!r}.",
            remedy="Correct side_px and input_name in its pack.toml, or ask whoever made it.",
        ) from error
    if values.size != pack.dimensions:
        raise Unavailable(
            f"The embedder of the model pack {pack.name} gives {values.size} numbers where its pack.toml "
            f"says {pack.dimensions}.",
            remedy="Correct dimensions in its pack.toml, or ask whoever made it.",
        )
    return values.reshape(pack.dimensions)
