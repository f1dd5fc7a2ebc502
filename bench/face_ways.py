"""Every way of measuring one photograph that bench.face_variants compares.

Where the landmarks are taken from, what is shown to the embedder, how a small grey portrait is enlarged.
"""

import math
from collections.abc import Callable
from dataclasses import replace
from functools import cache

import cv2
import numpy as np
import numpy.typing as npt

from bench.face_accuracy import baseline_embedding
from bench.face_data import Condition, Evaluation, Image, in_condition
from lineproof.imaging.cutout import cut_square, similarity_map
from lineproof.imaging.decode import decode
from lineproof.imaging.face import (
    LARGE_LOOK,
    SMALL_LOOK,
    Face,
    Look,
    find_upright_faces,
    look_at,
    mean_landmarks,
    refine_face,
)
from lineproof.imaging.models import FaceModels, Landmarks, load

SEED = 20261125
TILT_DEGREES = 10

Found = dict[str, npt.NDArray[np.float32]]
"""Embeddings by the name of the way, not brought to unit length; noughts without a face."""


@cache
def _models() -> FaceModels:
    cv2.setNumThreads(1)
    models = load()
    return replace(models, pack=replace(models.pack, centre=()))


def measure_one(people: Evaluation, number: int) -> Found:
    """Embed one photograph in every way."""
    models = _models()
    pixels = decode(people.paths[number].read_bytes()).pixels
    found: Found = {"whole picture, as it comes": baseline_embedding(pixels, models)}
    faces = find_upright_faces(pixels, models)
    placed = _placed(pixels, faces[0], models) if faces else {}
    for name in PLACES:
        found[name] = _embed(_aligned(pixels, placed.get(name), models), models)
    shipped = placed.get("slope large, place small")
    for name, change in CHANGES.items():
        found[name] = sum((_embed(cut, models) for cut in change(pixels, shipped, models)), _nothing(models))
    found |= _portraits(pixels, faces[0] if faces else None, shipped, models)
    tilted = _tilted(pixels, number)
    again = find_upright_faces(tilted, models)
    places = _placed(tilted, again[0], models) if again else {}
    for name in ("small, twice", "large, twice", "slope large, place small"):
        found[f"tilted: {name}"] = _embed(_aligned(tilted, places.get(name), models), models)
    return found


PLACES = (
    "search alone",
    "small, once",
    "small, twice",
    "large, once",
    "large, twice",
    "slope large, place small",
    "the same, three sizes",
)


def _placed(pixels: Image, face: Face, models: FaceModels) -> dict[str, Landmarks]:
    """Place the landmarks in every way."""

    def looks(face: Face, *kinds: Look) -> Landmarks:
        seen = [look_at(pixels, face, kind, models, mirrored=m) for kind in kinds for m in (False, True)]
        return mean_landmarks([each.landmarks for each in seen if each is not None] or [face.landmarks])

    def once(kind: Look) -> Landmarks:
        seen = look_at(pixels, face, kind, models)
        return face.landmarks if seen is None else seen.landmarks

    refined = refine_face(pixels, face, models)
    upright = replace(face, landmarks=refined.shape, shape=refined.shape)
    return {
        "search alone": face.landmarks,
        "small, once": once(SMALL_LOOK),
        "small, twice": looks(face, SMALL_LOOK),
        "large, once": once(LARGE_LOOK),
        "large, twice": looks(face, LARGE_LOOK),
        "slope large, place small": refined.landmarks,
        "the same, three sizes": looks(upright, SMALL_LOOK, Look(128, 2.0), Look(192, 2.5)),
    }


def _aligned(pixels: Image, landmarks: Landmarks | None, models: FaceModels) -> Image | None:
    if landmarks is None:
        return None
    return cut_square(pixels, similarity_map(landmarks, models.pack.template), models.pack.face_px)


def _moved(*, right: float = 0.0, scale: float = 1.0, turn: float = 0.0) -> "Change":
    """Align onto a template that is moved, in pixels, scaled and turned, in degrees, about its middle."""

    def change(pixels: Image, landmarks: Landmarks | None, models: FaceModels) -> list[Image | None]:
        if landmarks is None:
            return []
        side = models.pack.face_px
        about = np.array(cv2.getRotationMatrix2D((side / 2, side / 2), turn, scale))
        about[0, 2] += right
        into = np.vstack([similarity_map(landmarks, models.pack.template), [0, 0, 1]])
        return [cut_square(pixels, about @ into, side)]

    return change


Change = Callable[[Image, Landmarks | None, FaceModels], list[Image | None]]


def _together(*changes: Change) -> Change:
    return lambda pixels, landmarks, models: [
        cut for each in changes for cut in each(pixels, landmarks, models)
    ]


def _of_aligned(act: Callable[[Image], Image]) -> Change:
    def change(pixels: Image, landmarks: Landmarks | None, models: FaceModels) -> list[Image | None]:
        aligned = _aligned(pixels, landmarks, models)
        return [] if aligned is None else [act(aligned)]

    return change


def _grey(image: Image) -> Image:
    return np.asarray(cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB), np.uint8)


def _evenly_bright(image: Image) -> Image:
    """Bring the mean luminance of the inner face to 0.48 by a power of the values."""
    inner = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)[36:103, 25:87].mean() / 255
    return np.asarray(
        255 * (image / 255.0) ** (math.log(0.48) / math.log(np.clip(inner, 0.05, 0.95))), np.uint8
    )


def _equalised(image: Image) -> Image:
    lab = cv2.cvtColor(image, cv2.COLOR_RGB2LAB)
    lab[..., 0] = cv2.createCLAHE(2, (4, 4)).apply(lab[..., 0])
    return np.asarray(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB), np.uint8)


def _at_resolution(eyes_px: int) -> Callable[[Image], Image]:
    """Take away what a picture with the eyes so far apart would not show."""

    def act(image: Image) -> Image:
        share = eyes_px / 35.2
        small = cv2.resize(image, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
        return np.asarray(cv2.resize(small, image.shape[:2], interpolation=cv2.INTER_CUBIC), np.uint8)

    return act


_PLAIN = _moved()
CHANGES: dict[str, Change] = {
    "with its mirror image": _together(
        _PLAIN, _of_aligned(lambda image: np.ascontiguousarray(image[:, ::-1]))
    ),
    "with two shifted by 3 px": _together(_PLAIN, _moved(right=-3), _moved(right=3)),
    "with two scaled by 8 %": _together(_PLAIN, _moved(scale=0.92), _moved(scale=1.08)),
    "with two turned by 6 degrees": _together(_PLAIN, _moved(turn=6), _moved(turn=-6)),
    "larger by 8 %": _moved(scale=1.08),
    "smaller by 8 %": _moved(scale=0.92),
    "both grey": _of_aligned(_grey),
    "evenly bright": _of_aligned(_evenly_bright),
    "contrast equalised": _of_aligned(_equalised),
    "grey capture": _of_aligned(_grey),
    "capture as coarse as 20 px": _of_aligned(_at_resolution(20)),
}


def _portraits(pixels: Image, face: Face | None, placed: Landmarks | None, models: FaceModels) -> Found:
    """Embed the grey portrait with 20 px between the eyes, enlarged in several ways."""
    names = (
        "grey 20 px",
        "grey 20 px, bicubic",
        "grey 20 px, sharpened",
        "grey 20 px, with its mirror image",
    )
    if face is None or placed is None:
        return {name: _nothing(models) for name in names}
    small = in_condition(pixels, Condition.GREY_20, eye_distance_px=math.dist(placed[0], placed[1]))
    faces = find_upright_faces(small, models)
    if not faces:
        return {name: _nothing(models) for name in names}
    landmarks = refine_face(small, faces[0], models).landmarks
    aligned = _aligned(small, landmarks, models)
    assert aligned is not None
    into, side = similarity_map(landmarks, models.pack.template), models.pack.face_px
    bicubic = np.asarray(cv2.warpAffine(small, into, (side, side), flags=cv2.INTER_CUBIC), np.uint8)
    sharp = cv2.addWeighted(bicubic, 1.8, cv2.GaussianBlur(bicubic, (0, 0), 2.0), -0.8, 0)
    plain = _embed(aligned, models)
    mirrored = plain + _embed(np.ascontiguousarray(aligned[:, ::-1]), models)
    found = (plain, _embed(bicubic, models), _embed(np.asarray(sharp, np.uint8), models), mirrored)
    return dict(zip(names, found, strict=True))


def _tilted(pixels: Image, number: int) -> Image:
    degrees = float(np.random.default_rng([SEED, number]).normal(0, TILT_DEGREES))
    rows, columns = pixels.shape[:2]
    turn = cv2.getRotationMatrix2D((columns / 2, rows / 2), degrees, 1.0)
    return np.asarray(cv2.warpAffine(pixels, turn, (columns, rows), borderMode=cv2.BORDER_REFLECT), np.uint8)


def _nothing(models: FaceModels) -> npt.NDArray[np.float32]:
    return np.zeros(models.pack.dimensions, np.float32)


def _embed(aligned: Image | None, models: FaceModels) -> npt.NDArray[np.float32]:
    if aligned is None:
        return _nothing(models)
    models.embedder.setInput(cv2.dnn.blobFromImage(aligned), models.pack.input_name)
    return np.array(models.embedder.forward(), np.float32).ravel()
