"""Tables on which documents are photographed, with what lies about on them; each is drawn once."""

import math
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Texture = NDArray[np.uint8]  # rows, columns, blue-green-red

PX_PER_MM = 4
TABLE_PX = 1440
CLEAR_TABLES, CLUTTERED_TABLES = 8, 12
WOODS = ((66, 96, 132), (52, 78, 110), (98, 128, 158), (38, 52, 70), (140, 168, 190))
CLOTHS = ((120, 70, 50), (60, 60, 130), (150, 150, 150), (70, 100, 60), (60, 50, 44))
PAPERS = ((244, 246, 246), (228, 240, 246), (250, 240, 232), (214, 232, 240), (232, 238, 222))
INKS = ((40, 36, 34), (120, 60, 30), (40, 40, 140), (70, 90, 60))
WORDS = (
    "terms", "of", "delivery", "INVOICE", "total", "the", "customer", "No. 48213", "SIM", "card",
    "please", "keep", "receipt", "31.12.", "EUR 24.90", "contract", "Utopia Telecom", "and", "in",
    "paid", "address", "notice", "PIN", "PUK 0038", "form", "A-17", "signature", "branch",
    "opening hours", "9-17", "thank", "you",
)  # fmt: skip


def table_numbers(*, cluttered: bool) -> range:
    """Give the numbers of the tables that are clear, or of those on which things lie about."""
    return range(CLEAR_TABLES, CLEAR_TABLES + CLUTTERED_TABLES) if cluttered else range(CLEAR_TABLES)


@lru_cache(maxsize=CLEAR_TABLES + CLUTTERED_TABLES)
def table(number: int) -> Texture:
    """Draw the table with this number; the same number is the same table. Do not write into it."""
    rng = np.random.default_rng([number, 0x7AB1E])
    top = (_wood, _cloth, _ruled, _stone)[number % 4](rng)
    if number in table_numbers(cluttered=True):
        _strew(rng, top)
    return top


def _blots(rng: np.random.Generator, *, across: int, down: int) -> NDArray[np.float32]:
    coarse = rng.standard_normal((down, across), np.float32)
    return cv2.resize(coarse, (TABLE_PX, TABLE_PX), interpolation=cv2.INTER_CUBIC)


def _coloured(colour: tuple[int, int, int], shade: NDArray[np.float32]) -> Texture:
    return np.clip(np.asarray(colour, np.float32) * shade[..., None], 0, 255).astype(np.uint8)


def _wood(rng: np.random.Generator) -> Texture:
    """Draw boards: the grain runs along them, and years swing round a knot."""
    rows = np.arange(TABLE_PX, dtype=np.float32)[:, None]
    swing = 30 * _blots(rng, across=5, down=4)
    years = np.sin((rows + swing) / rng.uniform(5, 12)) * 0.045
    grain = 0.04 * _blots(rng, across=10, down=TABLE_PX // 2) + 0.05 * _blots(rng, across=5, down=90)
    shade = 1 + years + grain
    board = int(rng.integers(220, 520))
    for edge in range(int(rng.integers(board)), TABLE_PX, board):
        shade[edge : edge + 3] *= 0.55
        shade[edge:] *= rng.uniform(0.9, 1.1)
    return _coloured(WOODS[rng.integers(len(WOODS))], shade)


def _cloth(rng: np.random.Generator) -> Texture:
    """Draw a weave, sometimes with stripes both ways."""
    place = np.arange(TABLE_PX, dtype=np.float32)
    thread = np.sin(place * rng.uniform(1.3, 2.2))
    shade = 1 + 0.10 * thread[:, None] * thread[None, :] + 0.05 * _blots(rng, across=700, down=700)
    shade += 0.06 * _blots(rng, across=5, down=5)
    if rng.random() < 0.6:
        stripes = (np.sin(place / rng.uniform(18, 60)) > 0.3) * rng.uniform(-0.35, 0.5)
        shade *= 1 + stripes[:, None] + stripes[None, :]
    return _coloured(CLOTHS[rng.integers(len(CLOTHS))], shade.astype(np.float32))


def _ruled(rng: np.random.Generator) -> Texture:
    """Draw a ruled or squared sheet of paper."""
    sheet = _coloured(PAPERS[rng.integers(len(PAPERS))], 0.96 + 0.01 * _blots(rng, across=300, down=300))
    pitch = rng.choice([5, 8]) * PX_PER_MM
    ink = (214, 190, 160) if rng.random() < 0.6 else (190, 190, 190)
    sheet[np.arange(0, TABLE_PX, pitch)] = ink
    if pitch == 5 * PX_PER_MM:
        sheet[:, np.arange(0, TABLE_PX, pitch)] = ink
    return cv2.GaussianBlur(sheet, (3, 3), 0)


def _stone(rng: np.random.Generator) -> Texture:
    """Draw a speckled top, light or dark."""
    shade = (
        1
        + 0.07 * _blots(rng, across=TABLE_PX // 3, down=TABLE_PX // 3)
        + 0.05 * _blots(rng, across=9, down=9)
    )
    light = int(rng.integers(50, 215))
    return _coloured((light, light + int(rng.integers(-8, 9)), light + int(rng.integers(-8, 9))), shade)


def _strew(rng: np.random.Generator, top: Texture) -> None:
    """Lay papers about, leaving the middle mostly to the document, and cables and pens; or a keyboard."""
    for _ in range(int(rng.integers(2, 6))):
        drawn = _keyboard(rng) if rng.random() < 0.2 else _printed_sheet(rng)
        _lay(rng, top, drawn)
    for _ in range(int(rng.integers(0, 3))):
        _draw_cable(rng, top)
    for _ in range(int(rng.integers(0, 3))):
        _draw_pen(rng, top)


def _lay(rng: np.random.Generator, top: Texture, thing: Texture) -> None:
    """Lay a flat thing down somewhere, turned anyhow, with its shadow."""
    rows, columns = thing.shape[:2]
    angle, away = rng.uniform(0, 2 * math.pi), rng.uniform(0.25, 0.5) * TABLE_PX
    place = cv2.getRotationMatrix2D((columns / 2, rows / 2), rng.uniform(0, 360), 1)
    place[:, 2] += (
        TABLE_PX / 2 + away * math.cos(angle) - columns / 2,
        TABLE_PX / 2 + away * math.sin(angle) - rows / 2,
    )
    size = (TABLE_PX, TABLE_PX)
    cover = cv2.warpAffine(np.full((rows, columns), 255, np.uint8), place, size)
    shadow = cv2.GaussianBlur(np.roll(cover, (8, 5), (0, 1)), (0, 0), 6)
    top[:] = cv2.multiply(top, cv2.merge([255 - shadow // 3] * 3), scale=1 / 255)
    cv2.copyTo(cv2.warpAffine(thing, place, size), cover, top)


def _printed_sheet(rng: np.random.Generator) -> Texture:
    """Draw a letter, a receipt or a form: lines of words in one or two sizes, perhaps a table."""
    width, height = (int(v * PX_PER_MM) for v in (rng.uniform(70, 170), rng.uniform(60, 220)))
    sheet = Image.new("RGB", (width, height), PAPERS[rng.integers(len(PAPERS))])
    draw, ink = ImageDraw.Draw(sheet), INKS[rng.integers(len(INKS))]
    size = rng.uniform(2.2, 4.2) * PX_PER_MM
    font, y = ImageFont.load_default(size), size * 2
    while y < height - 2 * size:
        large = rng.random() < 0.1
        words = " ".join(WORDS[i] for i in rng.integers(len(WORDS), size=int(rng.integers(1, 14))))
        draw.text(
            (size * 1.5, y), words, fill=ink, font=ImageFont.load_default(size * 1.8) if large else font
        )
        y += size * (2.6 if large else rng.choice([1.3, 1.3, 1.3, 2.0]))
        if rng.random() < 0.08:
            draw.rectangle((size, y - 0.2 * size, width - size, y + 1.4 * size), outline=ink)
    return np.asarray(sheet)[..., ::-1].copy()


def _keyboard(rng: np.random.Generator) -> Texture:
    """Draw a keyboard: a grid of keys with a letter on each."""
    key = int(19 * PX_PER_MM)
    board = Image.new("RGB", (key * 11, key * 5), (34, 34, 36) if rng.random() < 0.6 else (206, 208, 210))
    face = (52, 52, 56) if board.getpixel((0, 0)) == (34, 34, 36) else (236, 236, 238)
    draw, font = ImageDraw.Draw(board), ImageFont.load_default(4.5 * PX_PER_MM)
    for row, letters in enumerate(
        ("1234567890<", "QWERTYUIOP+", "ASDFGHJKL#>", "ZXCVBNM,.-_", "           ")
    ):
        for column, letter in enumerate(letters):
            x, y = column * key + 5, row * key + 5
            draw.rounded_rectangle((x, y, x + key - 9, y + key - 9), 8, fill=face)
            draw.text((x + 12, y + 8), letter, font=font, fill=(150, 150, 150))
    return np.asarray(board)[..., ::-1].copy()


def _draw_cable(rng: np.random.Generator, top: Texture) -> None:
    """Draw a cable: a dark band with a lighter middle, on its shadow."""
    t = np.linspace(0, 1, 80)
    start, end, bow = (rng.uniform(0, TABLE_PX, 2) for _ in range(3))
    path = (1 - t)[:, None] ** 2 * start + (2 * t * (1 - t))[:, None] * bow * 1.4 + t[:, None] ** 2 * end
    thick, grey = int(rng.integers(12, 22)), int(rng.integers(20, 230))
    _draw_band(top, path, thick=thick, colour=(grey, grey, grey))


def _draw_pen(rng: np.random.Generator, top: Texture) -> None:
    middle, angle = rng.uniform(0, TABLE_PX, 2), rng.uniform(0, 2 * math.pi)
    reach = np.array([math.cos(angle), math.sin(angle)]) * 70 * PX_PER_MM
    colour = tuple(int(v) for v in rng.integers(20, 220, 3))
    _draw_band(top, np.array([middle - reach, middle + reach]), thick=9 * PX_PER_MM, colour=colour)


def _draw_band(top: Texture, path: NDArray[np.float64], *, thick: int, colour: tuple[int, ...]) -> None:
    bands = (
        (6, thick + 4, tuple(c * 0.3 for c in colour)),
        (0, thick, colour),
        (-thick // 5, max(thick // 4, 1), tuple(min(c * 1.25 + 35, 255) for c in colour)),
    )
    for shift, width, ink in bands:
        points = np.round((path + shift) * 16).astype(np.int32)
        cv2.polylines(
            top, [points], isClosed=False, color=ink, thickness=width, lineType=cv2.LINE_AA, shift=4
        )
