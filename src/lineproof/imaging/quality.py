"""Measure how good the picture of one face is: plain numbers with units and directions, judged elsewhere.

Sharpness and light are measured on the aligned face, where every face has the same size, so that they mean
the same in a 12-megapixel capture and in a portrait on a page. `face.quality` says what is good enough.

The measures follow ISO/IEC 29794-5, some of them its reference implementation OFIQ (exposure shares, dynamic
range); docs/divergences.md says how far.
"""

import math

import cv2
import numpy as np
import numpy.typing as npt

from lineproof.face.quality import FaceMeasures
from lineproof.imaging.cutout import Image
from lineproof.imaging.face import Face, slope_degrees
from lineproof.imaging.models import Landmarks

# The inner face of the aligned square, as shares of its side: from the brows to below the mouth.
INNER_LEFT, INNER_RIGHT, INNER_TOP, INNER_BOTTOM = 0.22, 0.78, 0.32, 0.92
# Luminance up to the first is under-exposed, from the second on over-exposed (as OFIQ has it).
DARK, BRIGHT = 25, 247
# Sharpness: the blur that takes the camera's noise away, and the blur whose effect is measured, both in
# pixels of a face 112 pixels wide.
NOISE_BLUR, TEST_BLUR, BLUR_SIDE_PX = 0.8, 1.5, 112
# Steps, in rows and columns, along which sharpness is measured.
DIRECTIONS = ((0, 1), (1, 0), (1, 1), (1, -1))


def measure_face(
    aligned_rgb: Image, face: Face, template: Landmarks, *, compression_quality: float = 100.0
) -> FaceMeasures:
    """Measure one face: size and pose from its landmarks, sharpness and light from its aligned pixels.

    aligned_rgb: uint8, square, as `imaging.embed.align` makes it. template: where its landmarks lie there.
    compression_quality: as `imaging.decode` found it in the file. Units and directions are in `FaceMeasures`.
    """
    inner = _inner_luminance(aligned_rgb)
    yaw, pitch = nose_offset(face.shape, template)
    return FaceMeasures(
        confidence=face.confidence,
        eye_distance_px=face.eye_distance_px,
        sharpness=sharpness(inner, face_px=aligned_rgb.shape[0]),
        under_exposed_share=float(np.mean(inner <= DARK)),
        over_exposed_share=float(np.mean(inner >= BRIGHT)),
        dynamic_range_bits=dynamic_range_bits(inner),
        light_difference_stops=light_difference_stops(inner),
        yaw_offset=yaw,
        pitch_offset=pitch,
        roll_degrees=roll_degrees(face),
        compression_quality=compression_quality,
    )


def sharpness(luminance: Image, *, face_px: int) -> float:
    """Give the share of the gradient energy that a small blur takes away; larger is sharper, 0 is flat.

    luminance: uint8, shape (height, width), of a face brought to face_px. Of four directions the one where it
    is least counts, so that a hand's shake shows. Noise is taken off first: 20 grey levels of it raise the
    measure of a sharp face from 0.53 to 0.57, where the variance of the Laplacian rose sevenfold.
    After Crete and others, "The blur effect", SPIE 6492, 2007: a blur changes a blurred picture less.
    """
    unit = face_px / BLUR_SIDE_PX
    quiet = cv2.GaussianBlur(luminance.astype(np.float32), (0, 0), NOISE_BLUR * unit)
    blurred = cv2.GaussianBlur(quiet, (0, 0), TEST_BLUR * unit)
    left = []
    for step in DIRECTIONS:
        before, after = (_gradient_energy(image, step) for image in (quiet, blurred))
        left.append(1 - after / before if before > 0 else 0.0)
    return max(0.0, min(left))


def _gradient_energy(image: npt.NDArray[np.float32], step: tuple[int, int]) -> float:
    """Give the mean square of the differences between pixels a step (down, across) apart."""
    down, across = step
    rows, columns = image.shape
    first = image[: rows - down, max(0, -across) : columns - max(0, across)]
    second = image[down:, max(0, across) : columns + min(0, across)]
    return float(np.mean((second - first) ** 2))


def dynamic_range_bits(luminance: Image) -> float:
    """Give the entropy of the luminances in bits, 0 (one grey) to 8 (all equally common)."""
    shares = np.bincount(luminance.ravel(), minlength=256) / luminance.size
    present = shares[shares > 0]
    return float(-(present * np.log2(present)).sum())


def light_difference_stops(luminance: Image) -> float:
    """Give how much brighter one half of the face is, in stops (1 is twice as bright), 0 for even light.

    Twice the light on the same skin is one stop whatever the skin, which the shared part of the halves'
    histograms is not: that one rose again in the dark, where both halves crowd together.
    """
    middle = luminance.shape[1] // 2
    left, right = (float(half.mean()) + 1 for half in (luminance[:, :middle], luminance[:, -middle:]))
    return abs(math.log2(left / right))


def roll_degrees(face: Face) -> float:
    """Give the slope of the line of the eyes, -180 to 180; positive is clockwise, after the quarter turns."""
    slope = slope_degrees(face.shape) + 90.0 * face.quarter_turns
    return (slope + 180.0) % 360.0 - 180.0


def nose_offset(landmarks: Landmarks, template: Landmarks) -> tuple[float, float]:
    """Say how far the nose lies beside, and below, where a frontal face has it, in eye distances.

    (0, 0) is frontal; positive is towards the right and the chin of the (upright) image. The eyes and the
    mouth are brought onto the template by the best affine map, so a flat photograph held at an angle hardly
    moves the numbers, while the nose of a turning head stands out of the plane and moves them: about 0.2
    to 0.29 sideways at 30 degrees.
    """
    plane = (0, 1, 3, 4)
    seen = np.array([(*landmarks[i], 1.0) for i in plane])
    aim = np.array([template[i] for i in plane])
    affine: npt.NDArray[np.float64] = np.linalg.lstsq(seen, aim, rcond=None)[0]
    nose = np.array((*landmarks[2], 1.0)) @ affine
    eye_distance = math.dist(template[0], template[1])
    return float(nose[0] - template[2][0]) / eye_distance, float(nose[1] - template[2][1]) / eye_distance


def _inner_luminance(aligned_rgb: Image) -> Image:
    side = aligned_rgb.shape[0]
    rows = slice(round(side * INNER_TOP), round(side * INNER_BOTTOM))
    columns = slice(round(side * INNER_LEFT), round(side * INNER_RIGHT))
    return np.asarray(cv2.cvtColor(aligned_rgb, cv2.COLOR_RGB2GRAY)[rows, columns], np.uint8)
