"""Make src/lineproof/imaging/ocrb_glyphs.npz from the OCR-B font.

Run as: python tools/make_glyphs.py FONT.otf [more fonts of the same shapes] OUT.npz

Lines of random characters are drawn, thickened, sheared, blurred, speckled, compressed and scaled as a
photograph would; their patches are what the discriminant is fitted to. Seeded: the same fonts and
library versions give the same table. No photograph and no person's data goes in.
"""

import sys
from dataclasses import fields
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from lineproof.imaging.glyphs import CHARACTERS, PATCH_HEIGHT_PX, PATCH_WIDTH_PX, PITCH_PX, GlyphTable, patches_at

ROWS = 3000
SEED = 20260701
CELLS = 44
MARGIN_CELLS = 3
DRAWN_PITCH_PX = 48
DIRECTIONS = 44
ROW_HEIGHT_PX = 3 * PATCH_HEIGHT_PX
PRINT_HEIGHT = 2.2  # of the drawn strip, in pitches

BLANK, BETWEEN, HIGH, LOW = (len(CHARACTERS) + each for each in range(4))
CLASSES = len(CHARACTERS) + 4

Floats = NDArray[np.float32]


def drawn_row(text: str, font_path: str) -> NDArray[np.uint8]:
    """Draw the text on white, one character every DRAWN_PITCH_PX, capitals centred in height."""
    font = ImageFont.truetype(font_path, 66)
    font = ImageFont.truetype(font_path, 66 * DRAWN_PITCH_PX / font.getlength("0"))
    width = (CELLS + 2 * MARGIN_CELLS) * DRAWN_PITCH_PX
    image = Image.new("L", (width, round(PRINT_HEIGHT * DRAWN_PITCH_PX)), 255)
    pen = ImageDraw.Draw(image)
    top, bottom = font.getmask("H").getbbox()[1::2], None
    _, top, _, bottom = font.getbbox("H")
    for at, character in enumerate(text):
        middle = image.height / 2 - (top + bottom) / 2
        pen.text(((at + MARGIN_CELLS) * DRAWN_PITCH_PX, middle), character, font=font, fill=0)
    return np.asarray(image)


def degraded_row(drawn: NDArray[np.uint8], rng: np.random.Generator) -> Floats:
    """Turn a drawn row into a strip of PITCH_PX as the reader would cut it from a photograph."""
    row = drawn
    weight = int(rng.integers(-2, 4))
    if weight > 0:
        row = cv2.erode(row, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (weight + 1, weight + 1)))
    elif weight < 0:
        row = cv2.dilate(row, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (1 - weight, 1 - weight)))
    native_pitch = float(np.exp(rng.uniform(np.log(7), np.log(30))))
    row = stretched(row, rng, native_pitch / DRAWN_PITCH_PX)
    ink = (255 - row.astype(np.float32)) / 255
    ink = blurred(ink, rng, native_pitch)
    paper = rng.uniform(110, 250)
    contrast = rng.uniform(0.35, 0.92)
    shade = 1 + rng.uniform(-0.25, 0.25) * np.linspace(-1, 1, ink.shape[1], dtype=np.float32)
    photo = paper * shade * (1 - contrast * ink) * guilloche(ink.shape, rng, native_pitch)
    photo = photo + rng.normal(0, rng.uniform(0.5, 9), ink.shape)
    photo = np.clip(photo, 0, 255).astype(np.uint8)
    _, packed = cv2.imencode(".jpg", photo, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(45, 96))])
    photo = cv2.imdecode(packed, cv2.IMREAD_GRAYSCALE)
    width = (CELLS + 2 * MARGIN_CELLS) * PITCH_PX
    scale = width / photo.shape[1]
    interpolation = cv2.INTER_AREA if scale < 0.7 else cv2.INTER_LINEAR
    return cv2.resize(photo, (width, ROW_HEIGHT_PX), interpolation=interpolation).astype(np.float32)


def stretched(row: NDArray[np.uint8], rng: np.random.Generator, scale: float) -> NDArray[np.uint8]:
    """Scale to the native pitch with a little shear, and a height of the letters of its own."""
    height = row.shape[0] * scale * ROW_HEIGHT_PX / (PRINT_HEIGHT * PITCH_PX)
    small = (round(row.shape[1] * scale), round(height))
    tall = rng.uniform(0.84, 1.12)
    shear = rng.normal(0, 0.03)
    sub = rng.uniform(-0.5, 0.5, 2)
    middle = row.shape[0] / 2
    matrix = np.array(
        [
            [scale, shear * scale, -shear * scale * middle + sub[0] * 0],
            [0, scale * tall, small[1] / 2 - scale * tall * middle],
        ]
    )
    soft = cv2.GaussianBlur(row, (0, 0), max(0.3, 0.4 / scale))
    return cv2.warpAffine(soft, matrix, small, flags=cv2.INTER_LINEAR, borderValue=255)


def blurred(ink: Floats, rng: np.random.Generator, pitch: float) -> Floats:
    """Blur by focus, and now and then by motion."""
    ink = cv2.GaussianBlur(ink, (0, 0), 0.2 + pitch * 0.14 * rng.uniform(0, 1) ** 1.5)
    if rng.random() < 0.3:
        length = max(3, round(pitch * rng.uniform(0.1, 0.3)))
        kernel = np.zeros((length, length), np.float32)
        angle = rng.uniform(0, np.pi)
        half = (length - 1) / 2
        ends = [(round(half + s * half * np.cos(angle)), round(half + s * half * np.sin(angle))) for s in (-1, 1)]
        cv2.line(kernel, *ends, 1.0)
        ink = cv2.filter2D(ink, -1, kernel / kernel.sum())
    return ink


def guilloche(shape: tuple[int, ...], rng: np.random.Generator, pitch: float) -> Floats:
    """Draw a faint pattern of waves, as papers have."""
    if rng.random() < 0.4:
        return np.ones(shape, np.float32)
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32) / pitch
    wave = np.zeros(shape, np.float32)
    for _ in range(3):
        angle, period, bend = rng.uniform(0, np.pi), rng.uniform(0.3, 1.5), rng.uniform(0, 1.0)
        along = x * np.cos(angle) + y * np.sin(angle) + bend * np.sin(x * rng.uniform(0.3, 2))
        wave += np.maximum(0, np.cos(2 * np.pi * along / period) - rng.uniform(0, 0.8))
    return 1 - rng.uniform(0, 0.12) * wave


def sampled_row(fonts: list[str], rng: np.random.Generator) -> tuple[Floats, NDArray[np.intp]]:
    """Make one row's patches and their classes."""
    text = rng.choice(list(CHARACTERS), CELLS)
    text = np.where(rng.random(CELLS) < 0.08, "<", text)
    row = degraded_row(drawn_row("".join(text), fonts[int(rng.integers(len(fonts)))]), rng)
    centres = (np.arange(CELLS) + MARGIN_CELLS + 0.5) * PITCH_PX
    middle = ROW_HEIGHT_PX / 2
    labels = np.array([CHARACTERS.index(each) for each in text])
    x = [centres + rng.uniform(-1.6, 1.6, CELLS)]
    y = [middle + rng.uniform(-1.8, 1.8, CELLS)]
    kinds = [labels]
    some = rng.choice(CELLS, 8)
    for kind, dx, dy in ((BETWEEN, 0.5, 0), (HIGH, 0, -0.6), (LOW, 0, 0.6)):
        x.append(centres[some] + dx * PITCH_PX + rng.uniform(-0.17, 0.17, 8) * PITCH_PX)
        y.append(middle + dy * PITCH_PX + rng.uniform(-0.2, 0.2, 8) * PITCH_PX)
        kinds.append(np.full(8, kind))
    outside = np.array([1.0, 1.4, 48.6, 49.0])
    x.append(outside * PITCH_PX + rng.uniform(-4, 4, 4))
    y.append(middle + rng.uniform(-4, 4, 4))
    kinds.append(np.full(4, BLANK))
    lefts = np.round(np.concatenate(x) - PATCH_WIDTH_PX / 2).astype(np.intp)
    tops = np.round(np.concatenate(y) - PATCH_HEIGHT_PX / 2).astype(np.intp)
    return patches_at(row, lefts, tops), np.concatenate(kinds)


def fitted(patches: Floats, kinds: NDArray[np.intp]) -> GlyphTable:
    """Fit the directions by Fisher's criterion, then one shrunken normal per class within them."""
    mean = patches.mean(axis=0)
    class_means = np.stack([patches[kinds == each].mean(axis=0) for each in range(CLASSES)])
    within = patches - class_means[kinds]
    scatter = (within.T @ within / len(within)).astype(np.float64)
    scatter += 0.02 * np.trace(scatter) / len(scatter) * np.eye(len(scatter))
    between = np.cov((class_means - mean).T.astype(np.float64))
    values, vectors = np.linalg.eigh(scatter)
    whiten = vectors / np.sqrt(values)
    values, turned = np.linalg.eigh(whiten.T @ between @ whiten)
    directions = (whiten @ turned[:, ::-1][:, : min(DIRECTIONS, CLASSES - 1)]).astype(np.float32)
    projected = (patches - mean) @ directions
    means, whiteners, norms = [], [], []
    for each in range(CLASSES):
        own = projected[kinds == each]
        covariance = 0.7 * np.cov(own.T) + 0.3 * np.eye(own.shape[1])
        values, vectors = np.linalg.eigh(covariance)
        means.append(own.mean(axis=0))
        whiteners.append(vectors / np.sqrt(values))
        norms.append(-0.5 * np.log(values).sum())
    return GlyphTable(mean, directions, np.stack(means), np.stack(whiteners), np.array(norms))


def main(*arguments: str) -> None:
    """Make the table and say how well it does on rows it was not fitted to."""
    *fonts, out = arguments
    rng = np.random.default_rng(SEED)
    rows = [sampled_row(fonts, rng) for _ in range(ROWS)]
    table = fitted(np.concatenate([p for p, _ in rows]), np.concatenate([k for _, k in rows]))
    arrays = {each.name: np.asarray(getattr(table, each.name), np.float32) for each in fields(table)}
    np.savez_compressed(Path(out), **{name: array.astype(np.float16 if name == "directions" else np.float32) for name, array in arrays.items()})
    table = GlyphTable(**arrays)
    wrong = total = 0
    for _ in range(200):
        patches, kinds = sampled_row(fonts, rng)
        found = table.log_densities(patches).argmax(axis=1)
        wrong += int((found != kinds).sum())
        total += len(kinds)
    sys.stdout.write(f"{wrong} of {total} held-out patches wrong\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
