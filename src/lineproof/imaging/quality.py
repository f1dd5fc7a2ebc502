"""Measure how good the picture of one face is: plain numbers with units and directions, judged elsewhere.

Sharpness and light are measured on the aligned face, where every face has the same size, so that they mean
the same in a 12-megapixel capture and in a portrait on a page. `face.quality` says what is good enough.

The measures follow ISO/IEC 29794-5; they are simple stand-ins for its reference implementation OFIQ.
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
NEARLY_BLACK, NEARLY_WHITE = 5, 250


def measure_face(aligned_rgb: Image, face: Face, template: Landmarks) -> FaceMeasures:
    """Measure one face: size and pose from its landmarks, sharpness and light from its aligned pixels.

    aligned_rgb: uint8, square, as `imaging.embed.align` makes it. template: where its landmarks lie there.
    Units and directions are in `FaceMeasures`.
    """
    inner = _inner_luminance(aligned_rgb)
    return FaceMeasures(
        confidence=face.confidence,
        eye_distance_px=face.eye_distance_px,
        sharpness=sharpness(inner),
        luminance=float(inner.mean()),
        contrast=float(inner.std()),
        clipped_share=clipped_share(inner),
        yaw_offset=yaw_offset(face.landmarks, template),
        roll_degrees=roll_degrees(face),
    )


def sharpness(luminance: Image) -> float:
    """Give the variance of the Laplacian over the variance of the luminance; larger is sharper.

    luminance: uint8, shape (height, width). A flat image gives 0. Dividing by the variance makes a dim
    photograph as sharp as a bright one. Noise counts as sharpness.
    """
    variance = float(luminance.var())
    return float(cv2.Laplacian(luminance, cv2.CV_64F).var()) / variance if variance > 0 else 0.0


def clipped_share(luminance: Image) -> float:
    """Give the share of pixels, 0 to 1, that are nearly black or nearly white; larger is worse."""
    return float(np.mean((luminance <= NEARLY_BLACK) | (luminance >= NEARLY_WHITE)))


def roll_degrees(face: Face) -> float:
    """Give the slope of the line of the eyes, -180 to 180; positive is clockwise, after the quarter turns."""
    slope = slope_degrees(face.landmarks) + 90.0 * face.quarter_turns
    return (slope + 180.0) % 360.0 - 180.0


def yaw_offset(landmarks: Landmarks, template: Landmarks) -> float:
    """Say how far the nose lies beside where a frontal face has it, in eye distances.

    0 is frontal, positive is towards the right of the (upright) image. The eyes and the mouth are brought
    onto the template by the best affine map, so a flat photograph held at an angle hardly moves the
    number, while the nose of a turning head stands out of the plane and moves it. About 0.2 to 0.29 at 30
    degrees.
    """
    plane = (0, 1, 3, 4)
    seen = np.array([(*landmarks[i], 1.0) for i in plane])
    aim = np.array([template[i] for i in plane])
    affine: npt.NDArray[np.float64] = np.linalg.lstsq(seen, aim, rcond=None)[0]
    nose = np.array((*landmarks[2], 1.0)) @ affine
    return float(nose[0] - template[2][0]) / math.dist(template[0], template[1])


def _inner_luminance(aligned_rgb: Image) -> Image:
    side = aligned_rgb.shape[0]
    rows = slice(round(side * INNER_TOP), round(side * INNER_BOTTOM))
    columns = slice(round(side * INNER_LEFT), round(side * INNER_RIGHT))
    return np.asarray(cv2.cvtColor(aligned_rgb, cv2.COLOR_RGB2GRAY)[rows, columns], np.uint8)
