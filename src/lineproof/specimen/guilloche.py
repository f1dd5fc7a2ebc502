"""The woven backgrounds of secure documents: line patterns in three inks on tinted paper."""

import math
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from lineproof.specimen.lettering import Ink, Mask, Page

SHEET_MM = (170, 130)  # larger than every page: each page is another cut-out


class Weave(Enum):
    """A pattern of lines."""

    WAVES = "waves"
    ROSETTES = "rosettes"
    RULED = "ruled"
    NET = "net"
    SHELLS = "shells"


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of a document. papers: at its left and right edge. lines: the inks of the weave."""

    papers: tuple[Ink, Ink]
    lines: tuple[Ink, Ink, Ink]
    heading: Ink
    on_heading: Ink
    accent: Ink
    label: Ink
    text: Ink = (22, 22, 26)


PALETTES = (
    Palette(((236, 243, 240), (244, 238, 228)), ((186, 214, 208), (208, 198, 222), (226, 212, 190)),
            (22, 74, 84), (244, 240, 226), (176, 138, 60), (52, 92, 100)),
    Palette(((240, 236, 246), (228, 240, 248)), ((206, 190, 226), (182, 206, 232), (232, 200, 214)),
            (58, 40, 104), (240, 236, 250), (150, 90, 160), (84, 70, 130), (24, 20, 44)),
    Palette(((250, 240, 236), (238, 244, 232)), ((236, 200, 196), (200, 220, 190), (232, 218, 186)),
            (120, 28, 40), (252, 240, 226), (186, 152, 84), (126, 66, 66)),
    Palette(((232, 244, 234), (248, 246, 224)), ((178, 218, 186), (218, 222, 166), (190, 214, 222)),
            (24, 84, 50), (240, 248, 232), (196, 150, 50), (46, 100, 70), (14, 34, 24)),
    Palette(((230, 240, 250), (250, 238, 240)), ((176, 204, 234), (236, 196, 208), (204, 216, 226)),
            (20, 52, 112), (236, 242, 252), (200, 60, 70), (40, 76, 140), (16, 22, 48)),
    Palette(((250, 244, 226), (236, 232, 240)), ((236, 214, 160), (212, 200, 224), (224, 202, 184)),
            (92, 62, 22), (252, 246, 228), (140, 56, 96), (120, 92, 48), (40, 26, 16)),
    Palette(((226, 242, 244), (236, 230, 246)), ((160, 212, 216), (204, 188, 228), (186, 222, 204)),
            (10, 96, 110), (232, 248, 248), (110, 60, 150), (26, 106, 120)),
    Palette(((244, 242, 240), (232, 236, 240)), ((206, 204, 204), (190, 204, 216), (222, 208, 198)),
            (52, 58, 68), (240, 240, 240), (186, 60, 40), (90, 96, 106)),
)  # fmt: skip


def draw_background(
    rng: np.random.Generator,
    page_mm: tuple[float, float],
    *,
    weave: Weave,
    palette: Palette,
    px_per_mm: float,
) -> Page:
    """Draw a page's paper with its weave: another part of the sheet for each page, turned over or not."""
    width, height = (round(side * px_per_mm) for side in page_mm)
    sheet = _draw_sheet(weave, px_per_mm)
    left, top = (int(rng.integers(1 + room)) for room in (sheet.shape[1] - width, sheet.shape[0] - height))
    part = sheet[top : top + height, left : left + width]
    flips = (None, 0, 1, -1)[rng.integers(4)]
    lines = part if flips is None else cv2.flip(part, flips)
    left_paper, right_paper = (np.asarray(paper, np.float32) for paper in palette.papers)
    share = np.linspace(0, 1, width, dtype=np.float32)[:, None]
    row = np.rint(left_paper + (right_paper - left_paper) * share).astype(np.uint8)
    paper = cv2.repeat(row[None], height, 1)
    middle = (left_paper + right_paper) / 2
    darker = np.clip((middle - np.asarray(palette.lines, np.float32)) / 255, 0, 1) * rng.uniform(0.8, 1.25)
    return cv2.subtract(paper, cv2.transform(lines, darker.T))


@lru_cache(maxsize=len(Weave) * 2)
def _draw_sheet(weave: Weave, px_per_mm: float) -> Page:
    """Draw the lines alone, each of the three inks in a channel of its own."""
    width, height = (round(side * px_per_mm) for side in SHEET_MM)
    inks = [np.zeros((height, width), np.uint8) for _ in range(3)]
    for number, (x, y) in enumerate(_curves(weave)):
        points = np.round(np.column_stack([x, y]) * px_per_mm * 16).astype(np.int32)
        cv2.polylines(inks[number % 3], [points], isClosed=False, color=255, lineType=cv2.LINE_AA, shift=4)
    return cv2.merge(inks)


def _curves(weave: Weave) -> list[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Give the lines of a weave, in millimetres on the sheet."""
    width, height = SHEET_MM
    across, turn = np.linspace(0, width, 700), np.linspace(0, 2 * np.pi, 900)
    match weave:
        case Weave.WAVES:
            return [
                (
                    across,
                    row * 1.9
                    + 1.3 * np.sin(across / 5.2 + row * 0.35)
                    + 0.8 * np.sin(across / 1.9 - row * 0.2),
                )
                for row in range(-2, height // 2 + 4)
            ]
        case Weave.RULED:
            return [
                (across, row * 0.9 + (0.35 if row % 3 else 1.1) * np.sin(across / (9 + row % 5)))
                for row in range(round(height / 0.9) + 2)
            ]
        case Weave.NET:
            slopes = [
                (across, row * 3.1 - 60 + across * 0.6 + 0.9 * np.sin(across / 2.4)) for row in range(62)
            ]
            return slopes + [
                (across, row * 3.1 + 40 - across * 0.6 + 0.9 * np.sin(across / 2.4)) for row in range(52)
            ]
        case Weave.ROSETTES:
            rings = []
            for x, y in ((38, 34), (124, 30), (80, 70), (30, 104), (140, 98)):
                for ring in range(21):
                    radius = (3 + 1.25 * ring) * (
                        1 + 0.16 * np.sin((9 + 2 * (ring % 3)) * turn + ring * 0.21)
                    )
                    rings.append((x + radius * np.cos(turn), y + radius * np.sin(turn)))
            return rings
        case Weave.SHELLS:
            arcs = []
            half = np.linspace(0, np.pi, 60)
            for row in range(height // 4 + 2):
                for column in range(width // 8 + 2):
                    x, y = column * 8 + 4 * (row % 2), row * 4
                    arcs += [(x + r * np.cos(half), y - r * np.sin(half)) for r in (4.0, 2.9, 1.8)]
            return arcs


def draw_rosette(page: Page, at: tuple[float, float], *, radius_px: float, ink: Ink, petals: int) -> None:
    """Draw a small rosette with an even edge, as an emblem that is no state's."""
    turn = np.linspace(0, 2 * math.pi, 240)
    for ring in range(5):
        radius = radius_px * (1 - 0.14 * ring) * (0.86 + 0.14 * np.sin(petals * turn + ring * math.pi / 5))
        points = np.column_stack([at[0] + radius * np.cos(turn), at[1] + radius * np.sin(turn)])
        cv2.polylines(
            page, [np.round(points * 16).astype(np.int32)], isClosed=True, color=ink,
            lineType=cv2.LINE_AA, shift=4,
        )  # fmt: skip


def whiten(part: Page, share: float) -> None:
    """Bring a part of a page nearer to white by this share, in place."""
    part[:] = cv2.addWeighted(part, 1 - share, part, 0, 249 * share)


def iridescence(rng: np.random.Generator, size: tuple[int, int]) -> tuple[Page, Mask]:
    """Draw a hologram's colours and its cover, width and height in pixels: bands across fine ornaments."""
    width, height = size
    x, y = np.meshgrid(
        np.linspace(-1, 1, width, dtype=np.float32), np.linspace(-1, 1, height, dtype=np.float32)
    )
    lean, pace, phase = rng.uniform(-1.5, 1.5), rng.uniform(1.5, 4.0), rng.uniform(0, 6.3)
    sweep = (x + lean * y) * np.float32(pace) + np.float32(phase)
    hue = ((sweep * 40) % 180).astype(np.uint8)
    bright = cv2.merge([hue, np.full_like(hue, 120), np.full_like(hue, 255)])
    radius = np.sqrt(x * x + y * y)
    ornament = (
        np.sin(radius * np.float32(rng.uniform(18, 34)) + np.float32(2) * np.cos(np.arctan2(y, x) * 7)) > 0
    )
    glow = np.clip(np.sin(sweep * 2), 0, 1) ** 2
    cover = (255 * glow * np.where(ornament, np.float32(1), np.float32(0.45))).astype(np.uint8)
    return cv2.cvtColor(bright, cv2.COLOR_HSV2RGB), cover
