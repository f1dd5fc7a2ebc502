"""Make src/lineproof/imaging/ocrb_glyphs.npz from fonts of OCR-B.

Run as: python tools/make_glyphs.py FONT.otf [MORE.otf ...] OUT.npz

Lines of random characters are drawn, thickened or thinned, sheared, blurred, speckled, compressed and
scaled as photographs would; to their patches the discriminant is fitted. It is seeded: the same fonts
and library versions give the same table. No photograph and no person's data goes in.

The table in the repository was made from OCRB.otf and OCRBS.otf of Debian's fonts-ocr-b.
"""

import sys
from dataclasses import asdict
from functools import cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from lineproof.imaging.glyphs import (
    CHARACTERS,
    PATCH_HEIGHT_PX,
    PATCH_WIDTH_PX,
    PITCH_PX,
    GlyphTable,
    patches_at,
)

ROWS, HELD_OUT_ROWS = 4000, 200
SEED = 20260701
# Of the rows: those blurred by motion, those on plain paper; of the characters: additional fillers.
MOVED_SHARE, PLAIN_SHARE, FILLER_SHARE = 0.3, 0.4, 0.08

CELLS, MARGIN_CELLS = 44, 3
DRAWN_PITCH_PX = 48
DRAWN_HEIGHT_PX = 160
STRIP_WIDTH_PX = (CELLS + 2 * MARGIN_CELLS) * PITCH_PX
STRIP_HEIGHT_PX = 3 * PATCH_HEIGHT_PX
STRIP_MIDDLE_PX = STRIP_HEIGHT_PX / 2

# What is no character: nothing, a place between two of them, one too high, one too low.
BLANK, BETWEEN, HIGH, LOW = range(len(CHARACTERS), len(CHARACTERS) + 4)
CLASSES = len(CHARACTERS) + 4

# Shrinkage: of the common scatter by its mean, of each class's own covariance towards the common one.
SCATTER_SHRINKAGE, CLASS_SHRINKAGE = 0.02, 0.3

Ints = NDArray[np.intp]
# Grey levels: uint8 while they are a picture, float32 while they are light.
Grey = NDArray[np.integer | np.floating]
Rng = np.random.Generator


@cache
def _font(path: str) -> ImageFont.FreeTypeFont:
    """Load a font at the size where one character is one drawn pitch wide."""
    return ImageFont.truetype(path, 1000 * DRAWN_PITCH_PX / ImageFont.truetype(path, 1000).getlength("0"))


def draw_row(text: str, font: ImageFont.FreeTypeFont) -> Grey:
    """Draw the text dark on white, one character to the pitch, capitals in the middle of the height."""
    image = Image.new("L", ((CELLS + 2 * MARGIN_CELLS) * DRAWN_PITCH_PX, DRAWN_HEIGHT_PX), 255)
    pen = ImageDraw.Draw(image)
    baseline = DRAWN_HEIGHT_PX / 2 - font.getbbox("H", anchor="ls")[1] / 2
    for at, character in enumerate(text):
        pen.text(((at + MARGIN_CELLS) * DRAWN_PITCH_PX, baseline), character, font=font, fill=0, anchor="ls")
    return np.asarray(image)


def photograph_row(drawn: Grey, rng: Rng) -> Grey:
    """Turn a drawn row into the strip that a reader would cut from a photograph of it."""
    pitch_px = float(np.exp(rng.uniform(np.log(7), np.log(30))))
    ink = _blur(1 - _scale(_thicken(drawn, rng), rng, pitch_px) / 255, rng, pitch_px)
    light = rng.uniform(110, 250) * (1 + rng.uniform(-0.25, 0.25) * np.linspace(-1, 1, ink.shape[1]))
    photo = light * (1 - rng.uniform(0.35, 0.92) * ink) * _guilloche(ink.shape, rng, pitch_px)
    photo = photo + rng.normal(0, rng.uniform(0.5, 9), ink.shape)
    quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(45, 96))]
    _, packed = cv2.imencode(".jpg", np.clip(photo, 0, 255).astype(np.uint8), quality)
    grey = cv2.imdecode(packed, cv2.IMREAD_GRAYSCALE)
    assert grey is not None
    interpolation = cv2.INTER_AREA if grey.shape[1] > 1.4 * STRIP_WIDTH_PX else cv2.INTER_LINEAR
    return cv2.resize(grey, (STRIP_WIDTH_PX, STRIP_HEIGHT_PX), interpolation=interpolation).astype(np.float32)


def _thicken(row: Grey, rng: Rng) -> Grey:
    """Print with more or less ink."""
    weight = int(rng.integers(-2, 4))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (abs(weight) + 1, abs(weight) + 1))
    return cv2.erode(row, kernel) if weight > 0 else cv2.dilate(row, kernel)


def _scale(row: Grey, rng: Rng, pitch_px: float) -> Grey:
    """Scale to the photograph's pitch, with a little shear and letters of their own height."""
    scale = pitch_px / DRAWN_PITCH_PX
    width, height = round(row.shape[1] * scale), round(pitch_px * STRIP_HEIGHT_PX / PITCH_PX)
    across = width / row.shape[1]
    upright, shear = scale * rng.uniform(0.84, 1.12), rng.normal(0, 0.03) * scale
    middle = DRAWN_HEIGHT_PX / 2
    # In coordinates of pixel edges; the halves bring it to those of pixel centres.
    matrix = np.array([[across, shear, -shear * middle], [0, upright, height / 2 - upright * middle]])
    matrix[:, 2] += matrix[:, :2] @ (0.5, 0.5) - 0.5
    soft = cv2.GaussianBlur(row, (0, 0), max(0.3, 0.4 / scale))
    return cv2.warpAffine(soft, matrix, (width, height), flags=cv2.INTER_LINEAR, borderValue=255)


def _blur(ink: Grey, rng: Rng, pitch_px: float) -> Grey:
    """Blur by focus, and now and then by motion."""
    ink = cv2.GaussianBlur(ink.astype(np.float32), (0, 0), 0.2 + 0.14 * pitch_px * rng.uniform(0, 1) ** 1.5)
    if rng.random() > MOVED_SHARE:
        return ink
    side = max(3, round(pitch_px * rng.uniform(0.1, 0.3)))
    kernel = np.zeros((side, side), np.float32)
    half, angle = (side - 1) / 2, rng.uniform(0, np.pi)
    dx, dy = half * np.cos(angle), half * np.sin(angle)
    cv2.line(kernel, (round(half - dx), round(half - dy)), (round(half + dx), round(half + dy)), (1.0,))
    return cv2.filter2D(ink, -1, kernel / kernel.sum())


def _guilloche(shape: tuple[int, ...], rng: Rng, pitch_px: float) -> Grey:
    """Draw the faint waves that papers have, or none."""
    if rng.random() < PLAIN_SHARE:
        return np.ones(shape)
    y, x = np.mgrid[: shape[0], : shape[1]] / pitch_px
    waves = np.zeros(shape)
    for _ in range(3):
        angle, period, bend = rng.uniform(0, np.pi), rng.uniform(0.3, 1.5), rng.uniform(0, 1)
        along = x * np.cos(angle) + y * np.sin(angle) + bend * np.sin(x * rng.uniform(0.3, 2))
        waves += np.maximum(0, np.cos(2 * np.pi * along / period) - rng.uniform(0, 0.8))
    return 1 - rng.uniform(0, 0.12) * waves


def sample_row(fonts: list[str], rng: Rng) -> tuple[Grey, Ints]:
    """Make the patches of one row, and the class of each."""
    text = np.where(rng.random(CELLS) < FILLER_SHARE, "<", rng.choice(list(CHARACTERS), CELLS))
    row = photograph_row(draw_row("".join(text), _font(str(rng.choice(fonts)))), rng)
    centres = (np.arange(CELLS) + MARGIN_CELLS + 0.5) * PITCH_PX
    kinds = [np.array([CHARACTERS.index(each) for each in text])]
    x, y = [centres + rng.uniform(-1.6, 1.6, CELLS)], [rng.uniform(-1.8, 1.8, CELLS)]
    some = rng.choice(centres, 8)
    for kind, dx, dy in ((BETWEEN, 0.5, 0), (HIGH, 0, -0.6), (LOW, 0, 0.6)):
        x.append(some + PITCH_PX * (dx + rng.uniform(-0.17, 0.17, len(some))))
        y.append(PITCH_PX * (dy + rng.uniform(-0.2, 0.2, len(some))))
        kinds.append(np.full(len(some), kind))
    outside = PITCH_PX * np.array([1.0, 1.4, 48.6, 49.0])
    x.append(outside + rng.uniform(-4, 4, len(outside)))
    y.append(rng.uniform(-4, 4, len(outside)))
    kinds.append(np.full(len(outside), BLANK))
    lefts = np.round(np.concatenate(x) - PATCH_WIDTH_PX / 2).astype(np.intp)
    tops = np.round(STRIP_MIDDLE_PX + np.concatenate(y) - PATCH_HEIGHT_PX / 2).astype(np.intp)
    return patches_at(row.astype(np.float32), lefts, tops), np.concatenate(kinds)


def fit(patches: Grey, kinds: Ints) -> GlyphTable:
    """Find the directions by Fisher's criterion, then one normal for each class within them."""
    mean = patches.mean(axis=0)
    class_means = np.stack([patches[kinds == each].mean(axis=0) for each in range(CLASSES)])
    within = patches - class_means[kinds]
    scatter = (within.T @ within / len(within)).astype(np.float64)
    scatter += SCATTER_SHRINKAGE * np.trace(scatter) / len(scatter) * np.eye(len(scatter))
    whitener = _inverse_root(scatter)
    _, turned = np.linalg.eigh(whitener.T @ np.cov((class_means - mean).T.astype(np.float64)) @ whitener)
    # Rounded here already, so that the normals are fitted to what will be loaded.
    directions = (whitener @ turned[:, :-CLASSES:-1]).astype(np.float16).astype(np.float32)
    projected = (patches - mean) @ directions
    own = [projected[kinds == each] for each in range(CLASSES)]
    identity = np.eye(directions.shape[1])
    covariances = [(1 - CLASS_SHRINKAGE) * np.cov(each.T) + CLASS_SHRINKAGE * identity for each in own]
    return GlyphTable(
        mean=mean.astype(np.float32),
        directions=directions,
        class_means=np.stack([each.mean(axis=0) for each in own]).astype(np.float32),
        whiteners=np.stack([_inverse_root(each) for each in covariances]).astype(np.float32),
        log_norms=np.array([-0.5 * np.linalg.slogdet(each)[1] for each in covariances], np.float32),
    )


def _inverse_root(covariance: NDArray[np.float64]) -> NDArray[np.float64]:
    values, vectors = np.linalg.eigh(covariance)
    return vectors / np.sqrt(values)


def main(*arguments: str) -> None:
    """Make the table and say how well it does on rows it was not fitted to."""
    *fonts, out = arguments
    rng = np.random.default_rng(SEED)
    rows = [sample_row(fonts, rng) for _ in range(ROWS)]
    table = fit(
        np.concatenate([patches for patches, _ in rows]), np.concatenate([kinds for _, kinds in rows])
    )
    arrays = asdict(table) | {"directions": table.directions.astype(np.float16)}
    np.savez_compressed(Path(out), allow_pickle=False, **arrays)
    rows = [sample_row(fonts, rng) for _ in range(HELD_OUT_ROWS)]
    found = [
        table.log_densities(patches.astype(np.float32)).argmax(axis=1) == kinds for patches, kinds in rows
    ]
    sys.stdout.write(f"{np.concatenate(found).mean():.2%} of held-out patches right\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
