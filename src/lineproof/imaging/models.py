"""Load a model pack's two networks into OpenCV, ready for a process that can open no file.

Which packs there are and how their files are checked is in `pack_place`; what a pack says of itself in
`manifest`.
"""

from dataclasses import dataclass
from typing import assert_never

import cv2
import numpy as np
import numpy.typing as npt

from lineproof.errors import Unavailable
from lineproof.imaging.manifest import CHANNELS, DetectorKind, Landmarks, ModelPack, PackFile, Point
from lineproof.imaging.onnx_file import NotOnnx, input_shape
from lineproof.imaging.pack_place import PlacedPack, default_pack

__all__ = ["DEFAULT_PACK", "FaceModels", "Landmarks", "ModelPack", "PackFile", "Point", "load"]

# Faces the detector is less sure of than this are not reported at all.
DETECTOR_FLOOR = 0.5
# Boxes that overlap by more than this share are one face.
DETECTOR_OVERLAP = 0.3
# The most candidate boxes looked at: far above the faces of any honest photograph, and a bound on the work.
DETECTOR_CANDIDATES = 200

DEFAULT_PACK = default_pack().pack


@dataclass(frozen=True, slots=True, eq=False)
class FaceModels:
    """A loaded pack. Not safe to share between threads: a worker process has its own after the fork."""

    pack: ModelPack
    detector: cv2.FaceDetectorYN
    embedder: cv2.dnn.Net


def load(placed: PlacedPack | None = None) -> FaceModels:
    """Read a pack's licence and its two models, check their digests, and load them.

    placed: as `pack_place` finds it; None is the pack that comes with Lineproof.
    After this no file is opened: the result works in a process that can open none.
    Raises Unavailable, saying which file is missing, is not the one that was calibrated or cannot be loaded,
    and Malformed for a model that does not stand alone or a licence that says nothing.
    """
    placed = default_pack() if placed is None else placed
    pack = placed.pack
    placed.licence_text()
    return FaceModels(pack, detector=load_detector(placed), embedder=load_embedder(placed))


def load_detector(placed: PlacedPack) -> cv2.FaceDetectorYN:
    """Load a pack's detector; raises as `load`."""
    content = np.frombuffer(placed.read_model(placed.pack.detector), np.uint8)
    match placed.pack.detector_kind:
        case DetectorKind.YUNET:
            try:
                return _yunet(content)
            except cv2.error as error:
                raise _not_loadable(placed.pack, placed.pack.detector) from error
        case _:
            assert_never(placed.pack.detector_kind)


def load_embedder(placed: PlacedPack) -> cv2.dnn.Net:
    """Load a pack's embedder; raises as `load`."""
    content = placed.read_model(placed.pack.embedder)
    try:
        _refuse_another_input(placed.pack, input_shape(content, placed.pack.input_name))
        return cv2.dnn.readNetFromONNX(np.frombuffer(content, np.uint8))
    except (NotOnnx, cv2.error) as error:
        raise _not_loadable(placed.pack, placed.pack.embedder) from error


def _refuse_another_input(pack: ModelPack, declared: tuple[int, ...] | None) -> None:
    """Refuse a network whose input is not declared as the pack says; 0, left open, may be anything."""
    if declared is None:
        raise Unavailable(
            f"The embedder of the model pack {pack.name} has no input named {pack.input_name!r}.",
            remedy="Correct input_name in its pack.toml, or ask whoever made it.",
        )
    fed = (1, CHANNELS, pack.face_px, pack.face_px)
    if len(declared) != len(fed) or any(
        size not in {0, ours} for size, ours in zip(declared, fed, strict=True)
    ):
        raise Unavailable(
            f"The embedder of the model pack {pack.name} is declared to take {declared} where its pack.toml "
            f"says {fed}: one image, its colours, rows and columns.",
            remedy="Correct side_px in its pack.toml, or ask whoever made it for a network of this form.",
        )


def _not_loadable(pack: ModelPack, file: PackFile) -> Unavailable:
    return Unavailable(
        f"OpenCV cannot load the model {file.path} of the model pack {pack.name}.",
        remedy="Ask whoever made the pack for a model that OpenCV 5 reads.",
    )


def _yunet(content: npt.NDArray[np.uint8]) -> cv2.FaceDetectorYN:
    # OpenCV 5 warns, at every start, that its new engine has no choice of device. We do not choose one.
    before = cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_ERROR)
    try:
        return cv2.FaceDetectorYN.create(
            "onnx",
            content,
            np.zeros(0, np.uint8),
            (320, 320),
            DETECTOR_FLOOR,
            DETECTOR_OVERLAP,
            DETECTOR_CANDIDATES,
        )
    finally:
        cv2.utils.logging.setLogLevel(before)
