"""What makes a document's portrait hard to use: grey print, laminate, holes, a ghost, another's picture.

A replaced portrait is drawn to test what finds it: pasted on as a cut photograph, or exchanged in the file.
"""

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from lineproof.specimen.guilloche import iridescence
from lineproof.specimen.kinds import Box
from lineproof.specimen.lettering import Ink, Mask, Page, lay
from lineproof.specimen.zone_print import dots_of

StyleName = Literal["colour", "grey", "laminated", "perforated", "ghost", "replaced"]

HOLE_MM, HOLE_STEP_MM = 0.46, 0.64
AROUND_MM = 6.0  # as far as a replacement and its shadow may reach beside the genuine portrait
BEHIND: Ink = (58, 50, 44)  # what is seen through a hole


@dataclass(frozen=True, slots=True, eq=False)
class Replacement:
    """Another portrait over the genuine one.

    portrait: red-green-blue, any size. offset_mm: right and down of where the genuine one is.
    turn_degrees: counterclockwise. larger: share by which it is larger. resolution: share of the page's
    own. noise: deviation in grey levels. jpeg_quality: of the picture's earlier compression, None for
    none. cut_line, shadow: 0 to 1. rim_mm: white edge of the photograph's paper.
    """

    portrait: NDArray[np.uint8]
    offset_mm: tuple[float, float] = (0.0, 0.0)
    turn_degrees: float = 0.0
    larger: float = 0.0
    resolution: float = 1.0
    noise: float = 0.0
    jpeg_quality: int | None = None
    cut_line: float = 0.0
    shadow: float = 0.0
    rim_mm: float = 0.0


@dataclass(frozen=True, slots=True)
class PortraitStyle:
    """How a document's portrait is printed and what lies over it; the defaults are a plain colour print.

    grey: printed in black alone. laminated: strength of the reflections and of the hologram over it,
    0 to 1. perforated: the document's number is punched through the page and the portrait. ghost: the
    portrait is repeated, smaller and paler, elsewhere on the page. replaced: another's picture over it;
    a ghost image still shows the genuine one.
    """

    grey: bool = False
    laminated: float = 0.0
    perforated: bool = False
    ghost: bool = False
    replaced: Replacement | None = None


def named_style(name: StyleName, *, other: NDArray[np.uint8], seed: int) -> PortraitStyle:
    """Give the style with this name; other: the portrait that replaces, used for `replaced` alone."""
    rng = np.random.default_rng([seed, 0x57E1])
    match name:
        case "colour":
            return PortraitStyle()
        case "grey":
            return PortraitStyle(grey=True)
        case "laminated":
            return PortraitStyle(laminated=0.7)
        case "perforated":
            return PortraitStyle(perforated=True)
        case "ghost":
            return PortraitStyle(ghost=True)
        case "replaced":
            return PortraitStyle(replaced=draw_replacement(rng, other, pasted=bool(rng.random() < 0.5)))


def draw_replacement(rng: np.random.Generator, portrait: NDArray[np.uint8], *, pasted: bool) -> Replacement:
    """Choose how a portrait is replaced: pasted on by hand, or exchanged in a file and printed again."""
    if not pasted:
        return Replacement(
            portrait,
            offset_mm=(rng.uniform(-0.4, 0.4), rng.uniform(-0.4, 0.4)),
            turn_degrees=rng.uniform(-0.5, 0.5),
            larger=rng.uniform(0.0, 0.02),
            resolution=rng.uniform(0.35, 0.9),
            noise=rng.uniform(2.0, 9.0),
            jpeg_quality=int(rng.integers(30, 75)),
        )
    return Replacement(
        portrait,
        offset_mm=(rng.uniform(-1.2, 1.2), rng.uniform(-1.2, 1.2)),
        turn_degrees=rng.choice((-1, 1)) * rng.uniform(0.4, 3.0),
        larger=rng.uniform(0.01, 0.06),
        resolution=rng.uniform(0.5, 1.0),
        noise=rng.uniform(1.0, 5.0),
        jpeg_quality=int(rng.integers(60, 92)),
        cut_line=rng.uniform(0.4, 1.0),
        shadow=rng.uniform(0.3, 1.0),
        rim_mm=float(rng.choice((0.0, rng.uniform(0.2, 0.8)))),
    )


def fit_portrait(portrait: NDArray[np.uint8], size: tuple[int, int]) -> Page:
    """Crop a portrait's middle to a shape and bring it to that size: width and height in pixels."""
    rows, columns = portrait.shape[:2]
    wide, high = min(columns, rows * size[0] / size[1]), min(rows, columns * size[1] / size[0])
    left, top = round((columns - wide) / 2), round((rows - high) / 2)
    middle = portrait[top : top + max(1, round(high)), left : left + max(1, round(wide))]
    how = cv2.INTER_AREA if high > size[1] else cv2.INTER_CUBIC
    return cv2.resize(middle, size, interpolation=how)


def without_colour(portrait: Page) -> Page:
    """Print a portrait in black alone."""
    return cv2.cvtColor(cv2.cvtColor(portrait, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)


def lay_ghost(page: Page, portrait: Page, box: Box, *, px_per_mm: float, ink: Ink) -> None:
    """Repeat a portrait in one ink, smaller and paler, with an edge that melts into the paper."""
    left, top, width, height = (round(side * px_per_mm) for side in box)
    small = cv2.cvtColor(fit_portrait(portrait, (width, height)), cv2.COLOR_RGB2GRAY)
    darkness = cv2.multiply(cv2.bitwise_not(small), melting((width, height), soft=0.16), scale=0.66 / 255)
    lay(page, darkness, ink, at=(left, top))


def melting(size: tuple[int, int], *, soft: float) -> Mask:
    """Give a cover that fades toward its edges; soft: the share of the height over which it fades."""
    width, height = size
    x, y = np.linspace(-1, 1, width, dtype=np.float32), np.linspace(-1, 1, height, dtype=np.float32)
    reach = soft * height / width
    across = np.clip((1 - np.abs(x)) / (2 * reach), 0, 1)
    down = np.clip((1 - np.abs(y)) / (2 * soft), 0, 1)
    return (255 * np.outer(down * down * (3 - 2 * down), across * across * (3 - 2 * across))).astype(np.uint8)


def lay_over(
    page: Page, style: PortraitStyle, *, box: Box, number: str, px_per_mm: float, rng: np.random.Generator
) -> None:
    """Do to a finished page, in place, what a style says is done to its portrait.

    Another's picture comes first, then the holes, which go through it, then the laminate, which covers both.
    """
    if style.replaced is not None:
        left, top = (max(0, round((side - AROUND_MM) * px_per_mm)) for side in box[:2])
        right, bottom = (round((box[i] + box[i + 2] + AROUND_MM) * px_per_mm) for i in (0, 1))
        nearer = (box[0] - left / px_per_mm, box[1] - top / px_per_mm, *box[2:])
        near = page[top:bottom, left:right]
        _lay_replacement(near, style.replaced, box=nearer, px_per_mm=px_per_mm, rng=rng)
    if style.perforated:
        _perforate(page, number, box=box, px_per_mm=px_per_mm)
    if style.laminated > 0:
        _laminate(page, style.laminated, box=box, px_per_mm=px_per_mm, rng=rng)


def _lay_replacement(
    page: Page, how: Replacement, *, box: Box, px_per_mm: float, rng: np.random.Generator
) -> None:
    left, top, width, height = box
    size = tuple(max(8, round(side * (1 + how.larger) * px_per_mm)) for side in (width, height))
    picture = _aged(fit_portrait(how.portrait, (size[0], size[1])), how, rng)
    rim = round(how.rim_mm * px_per_mm)
    if rim:
        cv2.rectangle(picture, (0, 0), (size[0] - 1, size[1] - 1), (246, 246, 244), rim * 2)
    middle = np.array([left + width / 2 + how.offset_mm[0], top + height / 2 + how.offset_mm[1]]) * px_per_mm
    around = cv2.getRotationMatrix2D(((size[0] - 1) / 2, (size[1] - 1) / 2), how.turn_degrees, 1.0)
    around[:, 2] += middle - (np.array(size) - 1) / 2
    frame = (page.shape[1], page.shape[0])
    # a cover larger by a pixel on each side, so that its edge is soft where it falls between pixels
    cover = cv2.warpAffine(np.full(picture.shape[:2], 255, np.uint8), around, frame, flags=cv2.INTER_LINEAR)
    if how.shadow:
        dark = cv2.GaussianBlur(cover, (0, 0), 0.35 * px_per_mm)
        dark = np.roll(dark, round(0.25 * px_per_mm), (0, 1))
        lay(page, dark, (30, 26, 24), strength=0.45 * how.shadow)
    turned = cv2.warpAffine(picture, around, frame, borderMode=cv2.BORDER_REPLICATE)
    share = cover[..., None].astype(np.uint16)
    page[:] = ((turned * share + page * (255 - share) + 127) // 255).astype(np.uint8)
    if how.cut_line:
        corners = np.array([[0, 0], [size[0], 0], [size[0], size[1]], [0, size[1]]]) - 0.5
        edge = np.round((corners @ around[:, :2].T + around[:, 2]) * 16).astype(np.int32)
        line = np.zeros(page.shape[:2], np.uint8)
        wide = max(1, round(0.12 * px_per_mm))
        cv2.polylines(line, [edge], isClosed=True, color=255, thickness=wide, lineType=cv2.LINE_AA, shift=4)
        lay(page, line, (46, 42, 40), strength=0.7 * how.cut_line)


def _aged(picture: Page, how: Replacement, rng: np.random.Generator) -> Page:
    """Give a picture the history of one that came from elsewhere: reduced, grainy, compressed."""
    size = (picture.shape[1], picture.shape[0])
    if how.resolution < 1:
        small = tuple(max(8, round(side * how.resolution)) for side in size)
        picture = cv2.resize(cv2.resize(picture, small, interpolation=cv2.INTER_AREA), size)
    if how.noise:
        grain = rng.normal(0, how.noise, picture.shape[:2]).astype(np.int16)
        picture = cv2.add(picture, cv2.merge([grain] * 3), dtype=cv2.CV_8U)
    if how.jpeg_quality is not None:
        _, encoded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, how.jpeg_quality])
        picture = cv2.imdecode(encoded, cv2.IMREAD_COLOR)
    return picture


def _perforate(page: Page, number: str, *, box: Box, px_per_mm: float) -> None:
    """Punch a number through the page, across the lower part of the portrait."""
    step = min(HOLE_STEP_MM, (box[2] - 1.6) / (len(number) * 6.2))
    left, top = box[0] + 1.0, box[1] + 0.68 * box[3]
    holes = np.zeros(page.shape[:2], np.uint8)
    radius = HOLE_MM / 2 * step / HOLE_STEP_MM * px_per_mm
    for place, character in enumerate(number):
        for row, column in np.argwhere(dots_of(character, (5, 7))):
            x = (left + (place * 6.2 + column) * step) * px_per_mm
            y = (top + row * step) * px_per_mm
            at = (round(x * 16), round(y * 16))
            cv2.circle(holes, at, round(radius * 16), 255, -1, cv2.LINE_AA, 4)
    rim = np.roll(holes, max(1, round(0.08 * px_per_mm)), (0, 1))
    lay(page, rim, (250, 250, 248), strength=0.7)  # the lower edge of each hole catches the light
    lay(page, holes, BEHIND)


def _laminate(page: Page, strength: float, *, box: Box, px_per_mm: float, rng: np.random.Generator) -> None:
    """Lay soft bright bands and a hologram over the portrait and a little around it."""
    margin = 5.0
    left, top = (max(0, round((side - margin) * px_per_mm)) for side in box[:2])
    right = min(page.shape[1], round((box[0] + box[2] + margin) * px_per_mm))
    bottom = min(page.shape[0], round((box[1] + box[3] + 1.0) * px_per_mm))
    part = page[top:bottom, left:right]
    rows, columns = part.shape[:2]
    fading = melting((columns, rows), soft=0.12)
    colours, cover = iridescence(rng, (columns, rows))
    cover = cv2.multiply(cover, fading, scale=0.6 * strength / 255)
    share = cover[..., None].astype(np.uint16)
    part[:] = ((colours * share + part * (255 - share) + 127) // 255).astype(np.uint8)
    x, y = (
        np.linspace(0, 1, columns, dtype=np.float32)[None],
        np.linspace(0, 1, rows, dtype=np.float32)[:, None],
    )
    lean = np.float32(rng.uniform(-0.9, 0.9))
    glare = np.zeros((rows, columns), np.float32)
    for _ in range(int(rng.integers(1, 4))):
        middle, width = np.float32(rng.uniform(-0.2, 1.2)), np.float32(rng.uniform(0.04, 0.16))
        glare += np.float32(rng.uniform(0.4, 1.1)) * np.exp(-(((x + lean * (y - 0.5) - middle) / width) ** 2))
    bands = (np.clip(glare * strength, 0, 0.95) * fading).astype(np.uint8)
    lay(page, bands, (255, 255, 252), at=(left, top))
