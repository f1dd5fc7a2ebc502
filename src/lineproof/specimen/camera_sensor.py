"""What a lens and a sensor do to light: the spread of a point, shot noise, a tone curve, a file.

Between the lens and the file a picture is kept in a code, one byte a channel, in which shot and read noise
have the same deviation everywhere (the generalised Anscombe transform); noise is then one addition.
"""

import math
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Light = NDArray[np.float32]  # rows, columns, blue-green-red; 1 is as bright as the sensor can tell

FIELD_PX = 1024
READ_ELECTRONS = 2.5


@dataclass(frozen=True, slots=True, eq=False)
class Spread:
    """How a point is spread. kernel: on the page's pixels, sums to 1. deviation_px: in the photograph.

    The deviation is that along one axis, the mean of both, of everything that blurs: defocus, motion, the
    sensor's pixel, the page's own pixels and their interpolation.
    """

    kernel: Light
    deviation_px: float


def spread_of(
    *, defocus_px: float, motion_px: float, motion_angle: float, scale: NDArray[np.float64], other: float
) -> Spread:
    """Find the spread of a point for a disc of that radius, a line of that length and a square pixel.

    All three are the photograph's; the kernel is what they are on the page. scale: the photograph's
    pixels per pixel of the page, a column each for right and down. other: variance, in square pixels of
    the page, of what blurs there besides.
    """
    i = np.arange(64) + 0.5
    radius, angle = defocus_px * np.sqrt(i / 64), i * math.pi * (3 - math.sqrt(5))
    disc = np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])
    line = (
        np.linspace(-0.5, 0.5, 9)[:, None]
        * motion_px
        * np.array([math.cos(motion_angle), math.sin(motion_angle)])
    )
    cell = np.array([(x, y) for x in (-0.375, -0.125, 0.125, 0.375) for y in (-0.375, -0.125, 0.125, 0.375)])
    seen = (disc[:, None, None] + line[None, :, None] + cell[None, None]).reshape(-1, 2)
    on_page = np.rint(np.linalg.solve(scale, np.concatenate([seen, -seen]).T)).astype(int)
    half = int(min(np.abs(on_page).max(), 15))
    on_page = np.clip(on_page, -half, half)
    side = 2 * half + 1
    counts = np.bincount((on_page[1] + half) * side + on_page[0] + half, minlength=side * side)
    covariance = np.cov(on_page, bias=True) + np.eye(2) * other
    variance = float(np.trace(scale @ covariance @ scale.T)) / 2
    kernel = (counts / counts.sum()).astype(np.float32).reshape(side, side)
    return Spread(kernel=kernel, deviation_px=math.sqrt(variance))


@dataclass(frozen=True, slots=True)
class Sensor:
    """electrons: of a pixel at its limit. contrast: of the tone curve, 0 is plain sRGB."""

    electrons: float
    contrast: float

    def encode(self, light: Light) -> Picture:
        """Put light into the code, in place."""
        floor, factor = self._floor, self._factor
        cv2.max(light, 0, dst=light)
        light = cv2.multiply(light, self.electrons * factor**2, dst=light)
        light = cv2.sqrt(cv2.add(light, (floor * factor**2,) * 4, dst=light), dst=light)
        return cv2.subtract(light, (math.sqrt(floor) * factor,) * 4, dtype=cv2.CV_8U)

    def encode_table(self, gain: NDArray[np.float64]) -> Picture:
        """Give the code of each of the 256 values of a drawing lit evenly: one channel for each gain."""
        light = (linear_light()[:, None] * gain).astype(np.float32).reshape(1, 256, 3)
        return self.encode(np.ascontiguousarray(light))

    def deviation(self) -> float:
        """Give the noise's deviation, in the code's own steps."""
        return 0.5 * self._factor

    def develop(self) -> Picture:
        """Give the byte of the finished picture for each of the code's."""
        code = np.arange(256) / self._factor + math.sqrt(self._floor)
        light = np.clip((code**2 - self._floor) / self.electrons, 0, 1)
        value = np.where(light < 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
        value += self.contrast * (value - 0.5) * value * (1 - value) * 2
        return np.rint(np.clip(value, 0, 1) * 255).astype(np.uint8)

    @property
    def _floor(self) -> float:
        return 0.375 + READ_ELECTRONS**2

    @property
    def _factor(self) -> float:
        return 255 / (math.sqrt(self.electrons + self._floor) - math.sqrt(self._floor))


@cache
def linear_light() -> NDArray[np.float64]:
    """Give the light, 0 to 1, for which each byte of an sRGB picture stands."""
    value = np.arange(256) / 255
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


@cache
def _field(kind: int) -> tuple[Light, Light]:
    """Draw noise of deviation 1: plain grain; grain as demosaicing leaves it; blotches left by smoothing.

    Returns what it adds and what it takes away.
    """
    rng = np.random.default_rng([kind, 0x6A1])
    shape = (FIELD_PX, FIELD_PX)
    grey = rng.standard_normal(shape, np.float32)
    colour = rng.standard_normal((*shape, 3), np.float32)
    if kind > 0:
        colour = cv2.GaussianBlur(colour, (0, 0), 1.0 if kind == 1 else 2.5)
    if kind > 1:
        grey = 0.6 * grey / grey.std() + 3.0 * cv2.GaussianBlur(grey, (0, 0), 1.1)
    field = 0.8 * grey[..., None] / grey.std() + 0.6 * colour / colour.std()
    field = np.asarray(field / field.std(), np.float32)
    return np.maximum(field, 0), np.maximum(-field, 0)


def add_noise(picture: Picture, rng: np.random.Generator, *, deviation: float) -> None:
    """Add noise to a picture in its code, in place: a prepared field, laid down in tiles."""
    lighter, darker = (cv2.convertScaleAbs(part, alpha=deviation) for part in _field(int(rng.integers(3))))
    half = FIELD_PX // 2
    for top in range(0, picture.shape[0], half):
        for left in range(0, picture.shape[1], half):
            tile = picture[top : top + half, left : left + half]
            rows, columns = tile.shape[:2]
            y, x = rng.integers(0, half, 2)
            cv2.add(tile, lighter[y : y + rows, x : x + columns], dst=tile)
            cv2.subtract(tile, darker[y : y + rows, x : x + columns], dst=tile)


def sharpen(picture: Picture, amount: float) -> Picture:
    """Sharpen as telephones do: by the difference from the mean of the neighbours."""
    kernel = np.full((3, 3), -amount / 9, np.float32)
    kernel[1, 1] += 1 + amount
    return np.asarray(cv2.filter2D(picture, -1, kernel), np.uint8)


def compress(picture: Picture, quality: int) -> bytes:
    """Write a JPEG whose colours have half the picture's resolution, 4:2:0. picture: blue-green-red."""
    _, encoded = cv2.imencode(
        ".jpg",
        picture,
        [
            cv2.IMWRITE_JPEG_QUALITY, quality,
            cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420,
        ],
    )  # fmt: skip
    return encoded.tobytes()
