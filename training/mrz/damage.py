"""What happens to print between the press and the file: paper, wear, light, lens, sensor, compression.

Images are float32 in 0 to 1, dark is ink. Every function takes the generator that decides, and nothing else
is random: the same seed gives the same picture.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.float32]

cv2.setNumThreads(1)


def between(rng: np.random.Generator, low: float, high: float) -> float:
    """Choose a number evenly."""
    return float(rng.uniform(low, high))


def paper(rng: np.random.Generator, rows: int, columns: int) -> Picture:
    """Make a background: plain, woven of waves as guilloches are, blotched, ruled."""
    sheet = np.full((rows, columns), between(rng, 0.55, 1), np.float32)
    if rng.random() < 0.6:
        for _ in range(rng.integers(1, 4)):
            sheet += _waves(rng, rows, columns)
    if rng.random() < 0.5:
        coarse = (max(2, columns // int(rng.integers(2, 41))), max(2, rows // int(rng.integers(2, 17))))
        blots = rng.standard_normal(coarse[::-1], np.float32)
        sheet += between(rng, 0.02, 0.12) * cv2.resize(blots, (columns, rows), interpolation=cv2.INTER_CUBIC)
    if rng.random() < 0.3:
        for _ in range(rng.integers(1, 13)):
            ends = [(int(rng.integers(columns)), int(rng.integers(-rows, 2 * rows))) for _ in range(2)]
            cv2.line(sheet, *ends, between(rng, 0.3, 0.95), int(rng.integers(1, 4)), cv2.LINE_AA)
    if rng.random() < 0.12:
        _rule(rng, sheet)
    return sheet


def _waves(rng: np.random.Generator, rows: int, columns: int) -> Picture:
    y, x = np.arange(rows, dtype=np.float32)[:, None], np.arange(columns, dtype=np.float32)[None]
    turn, fineness = between(rng, 0, np.pi), between(rng, 0.02, 0.5)
    sway = between(rng, 0, 8) * np.sin(x * between(rng, 0.005, 0.05) + between(rng, 0, 6.3))
    wave = np.sin((x * np.cos(turn) + y * np.sin(turn) + sway) * fineness + between(rng, 0, 6.3))
    if rng.random() < 0.5:
        wave = -np.clip((wave - 0.6) * 3, 0, 1)  # thin lines
    return np.float32(between(rng, 0.02, 0.16)) * wave.astype(np.float32)


def _rule(rng: np.random.Generator, sheet: Picture) -> None:
    """Draw even lines along the text, as forms and visas have them."""
    step, dark = int(rng.integers(5, 40)), between(rng, 0.4, 0.9)
    sheet[int(rng.integers(step)) :: step] *= dark


def worn(rng: np.random.Generator, ink: Picture) -> Picture:
    """Thicken, thin or break the print, or make it of dots as a needle printer does."""
    kind = rng.random()
    if kind < 0.25:
        ink = cv2.dilate(ink, np.ones((3, 3) if rng.random() < 0.6 else (3, 2), np.uint8))
    elif kind < 0.40:
        ink = cv2.erode(ink, np.ones((2, 2), np.uint8))
    elif kind < 0.46:
        ink = _dots(rng, ink)
    if rng.random() < 0.2:
        rows, columns = ink.shape
        coarse = (rows // int(rng.choice((1, 2, 3))), columns // int(rng.choice((1, 2, 4))))
        holes = cv2.resize(rng.random(coarse, np.float32), (columns, rows))
        ink = ink * (holes > between(rng, 0.05, 0.35))
    return ink


def _dots(rng: np.random.Generator, ink: Picture) -> Picture:
    """Keep of the print what round needles on a square grid would have struck."""
    step = between(rng, 3.6, 5.2)
    size = (max(1, round(ink.shape[1] / step)), max(1, round(ink.shape[0] / step)))
    struck = (
        cv2.resize(cv2.dilate(ink, np.ones((2, 2), np.uint8)), size, interpolation=cv2.INTER_AREA) > 0.4
    ) * 1.0
    rows, columns = ink.shape
    y = np.abs((np.arange(rows) + 0.5) / rows * size[1] % 1 - 0.5)[:, None]
    x = np.abs((np.arange(columns) + 0.5) / columns * size[0] % 1 - 0.5)[None]
    needle = np.clip((between(rng, 0.42, 0.6) - np.hypot(x, y)) * step, 0, 1)
    whole = cv2.resize(struck.astype(np.float32), (columns, rows), interpolation=cv2.INTER_NEAREST)
    return (whole * needle).astype(np.float32)


def cover(rng: np.random.Generator, rows: int, columns: int, *, at: float, width: float) -> Picture:
    """Make the share by which a finger, a thumb or a sticker hides each place, 0 to 1, soft at its edge."""
    hidden = np.zeros((rows, columns), np.float32)
    tall = rows * between(rng, 0.5, 1.2)
    axes = (max(1, round(width / 2)), max(1, round(tall)))
    middle = (round(at), round(rows * between(rng, -0.1, 1.1)))
    if rng.random() < 0.7:
        cv2.ellipse(hidden, middle, axes, between(rng, -20, 20), 0, 360, 1.0, -1, cv2.LINE_AA)
    else:
        cv2.rectangle(hidden, (middle[0] - axes[0], 0), (middle[0] + axes[0], rows), 1.0, -1)
    return cv2.GaussianBlur(hidden, (0, 0), between(rng, 0.5, 3.0))


def glare(rng: np.random.Generator, rows: int, columns: int, *, strongest: float) -> Picture:
    """Make the share of white that a lamp's reflection lays over each place."""
    x, y = np.arange(columns, dtype=np.float32)[None], np.arange(rows, dtype=np.float32)[:, None]
    wide = between(rng, 0.02, 0.35) * columns
    slant = between(rng, -1, 1)
    away = (x - between(rng, 0, columns) + slant * y) / wide
    return np.float32(between(rng, 0.2, strongest)) * np.exp(-np.square(away))


def blurred(rng: np.random.Generator, picture: Picture, *, capital_px: float) -> Picture:
    """Put the print out of focus, or move the camera; by shares of the capitals' height."""
    deviation = abs(rng.normal(0, 0.07 if capital_px > 8 else 0.045)) * capital_px
    if deviation > 0.7 and rng.random() < 0.5:
        picture = cv2.filter2D(picture, -1, _disc(2 * deviation))
    elif deviation > 0.25:
        picture = cv2.GaussianBlur(picture, (0, 0), deviation)
    if rng.random() < 0.2 and capital_px > 8:
        reach = int(rng.integers(2, max(3, round(capital_px * 0.3) + 1)))
        picture = cv2.filter2D(picture, -1, _streak(rng, reach))
    return picture


def _disc(radius: float) -> Picture:
    """Make the blot that a lens out of focus makes of a point; half its radius is its deviation."""
    reach = int(np.ceil(radius))
    away = np.hypot(*np.mgrid[-reach : reach + 1, -reach : reach + 1])
    blot = np.clip(radius + 0.5 - away, 0, 1).astype(np.float32)
    return blot / blot.sum()


def _streak(rng: np.random.Generator, reach: int) -> Picture:
    kernel = np.zeros((2 * reach + 1, 2 * reach + 1), np.float32)
    turn = between(rng, 0, np.pi)
    dx, dy = round(reach * np.cos(turn)), round(reach * np.sin(turn))
    cv2.line(kernel, (reach - dx, reach - dy), (reach + dx, reach + dy), 1.0, 1)
    return kernel / kernel.sum()


def taken(rng: np.random.Generator, picture: Picture) -> NDArray[np.uint8]:
    """Take the picture: sharpening, exposure, noise, compression."""
    if rng.random() < 0.3:
        picture = picture + between(rng, 0.2, 1.2) * (picture - cv2.GaussianBlur(picture, (0, 0), 1.2))
    picture = np.clip(picture, 0, 1) ** between(rng, 0.6, 1.6)
    picture = picture * between(rng, 0.3, 1) * 255 + between(rng, 0, 30)
    noise = rng.standard_normal(picture.shape, np.float32)
    if rng.random() < 0.4:
        noise = cv2.GaussianBlur(noise, (0, 0), 0.7) * 2
    seen = np.clip(picture + noise * abs(rng.normal(0, 6)), 0, 255).astype(np.uint8)
    if rng.random() < 0.6:
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(25, 96))]
        seen = cv2.imdecode(cv2.imencode(".jpg", seen, quality)[1], cv2.IMREAD_GRAYSCALE)
    return seen
