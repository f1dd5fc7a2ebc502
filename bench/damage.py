"""What can spoil a capture, done to a good photograph to a degree: a kind for each component of quality.

Pose (yaw, pitch) is left as the evaluation images have it: no drawing turns a photographed head truly.
"""

from collections.abc import Callable

import cv2
import numpy as np
import numpy.typing as npt

from bench.face_data import Image, compressed
from lineproof.decision.finding import Check

Reals = npt.NDArray[np.float32]
Damage = Callable[[Image, float, np.random.Generator], Image]
"""Takes a photograph with its eyes EYES_PX apart, a severity from 0 to 1, randomness; gives a spoiled one."""

# The distance of the eyes in the evaluation images, near enough.
EYES_PX = 42
STORED_QUALITY = 92


def _noisy(values: Reals, random: np.random.Generator) -> Image:
    noise = random.normal(0, 2, values.shape).astype(np.float32)
    return np.asarray(np.clip(values + noise, 0, 255), np.uint8)


def _blurred(image: Image, severity: float, random: np.random.Generator) -> Image:
    blurred = cv2.GaussianBlur(image.astype(np.float32), (0, 0), max(0.01, 0.28 * EYES_PX * severity))
    return _noisy(np.asarray(blurred, np.float32), random)


def _shaken(image: Image, severity: float, random: np.random.Generator) -> Image:
    length = max(1, round(1.0 * EYES_PX * severity))
    kernel = np.zeros((2 * length + 1, 2 * length + 1), np.float32)
    angle = random.uniform(0, np.pi)
    steps = np.linspace(-length / 2, length / 2, 4 * length)
    kernel[
        np.round(length + steps * np.sin(angle)).astype(int),
        np.round(length + steps * np.cos(angle)).astype(int),
    ] = 1
    return _noisy(
        np.asarray(cv2.filter2D(image.astype(np.float32), -1, kernel / kernel.sum()), np.float32), random
    )


def _smaller(image: Image, severity: float, random: np.random.Generator) -> Image:
    """Bring the eyes to between EYES_PX and 5 px apart, in a photograph as large as before."""
    scale = (5 / EYES_PX) ** severity
    size = max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale))
    small = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
    frame = np.full(image.shape, 128, np.uint8)
    top, left = (image.shape[0] - size[1]) // 2, (image.shape[1] - size[0]) // 2
    frame[top : top + size[1], left : left + size[0]] = small
    return _noisy(frame.astype(np.float32), random)


def _darker(image: Image, severity: float, random: np.random.Generator) -> Image:
    return _noisy(image.astype(np.float32) * np.float32(0.015**severity), random)


def _brighter(image: Image, severity: float, random: np.random.Generator) -> Image:
    return _noisy(image.astype(np.float32) * np.float32(12**severity), random)


def _paler(image: Image, severity: float, random: np.random.Generator) -> Image:
    left = np.float32(0.012**severity)
    return _noisy(image.astype(np.float32) * left + 165 * (1 - left), random)


def _lit_from_one_side(image: Image, severity: float, random: np.random.Generator) -> Image:
    across = np.linspace(-1, 1, image.shape[1], dtype=np.float32) * np.float32(random.choice((-1, 1)))
    light = 0.015 ** (severity / (1 + np.exp(-across * 24)))
    return _noisy(image.astype(np.float32) * light[None, :, None].astype(np.float32), random)


def _tilted(image: Image, severity: float, random: np.random.Generator) -> Image:
    rows, columns = image.shape[:2]
    turn = cv2.getRotationMatrix2D((columns / 2, rows / 2), random.choice((-1, 1)) * 90 * severity, 1.0)
    return np.asarray(cv2.warpAffine(image, turn, (columns, rows), borderMode=cv2.BORDER_REFLECT), np.uint8)


def _compressed(image: Image, severity: float, _random: np.random.Generator) -> Image:
    return compressed(image, quality_of(severity))


def quality_of(severity: float) -> int:
    """Give the JPEG quality of a severity: from STORED_QUALITY down to 1."""
    return max(1, round(STORED_QUALITY * (1 - severity)))


def _covered(image: Image, severity: float, random: np.random.Generator) -> Image:
    """Cover a band of the face, from above or from below, with cloth of one colour."""
    rows, columns = image.shape[:2]
    face = (round(rows * 0.24), round(rows * 0.78))
    depth = round((face[1] - face[0]) * severity)
    covered = image.copy()
    band = slice(face[1] - depth, face[1]) if random.random() < 0.5 else slice(face[0], face[0] + depth)  # noqa: PLR2004 -- a coin
    covered[band, round(columns * 0.25) : round(columns * 0.75)] = random.integers(0, 255, 3)
    return _noisy(covered.astype(np.float32), random)


DAMAGES: dict[str, tuple[Check, Damage]] = {
    "covered": (Check.FACE_OCCLUSION_PREVENTION, _covered),
    "smaller": (Check.INTER_EYE_DISTANCE, _smaller),
    "blurred": (Check.SHARPNESS, _blurred),
    "shaken": (Check.SHARPNESS, _shaken),
    "darker": (Check.UNDER_EXPOSURE_PREVENTION, _darker),
    "brighter": (Check.OVER_EXPOSURE_PREVENTION, _brighter),
    "paler": (Check.DYNAMIC_RANGE, _paler),
    "lit from one side": (Check.ILLUMINATION_UNIFORMITY, _lit_from_one_side),
    "tilted": (Check.HEAD_POSE_ROLL, _tilted),
    "compressed": (Check.COMPRESSION_ARTIFACTS, _compressed),
}
