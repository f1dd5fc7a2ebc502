"""Find the barcodes on a document: PDF417 (ISO/IEC 15438) and QR (ISO/IEC 18004), lying any way up.

    1. one pass over the whole image, reduced to READ_SIDE_PX: a QR code lying any way, an upright PDF417
    2. where that gives no PDF417: places of dense parallel bars (barcode_texture), each turned upright and
       read alone, since the decoder loses a PDF417 from about three degrees on. Turning the whole image by
       small steps would cost that for every photograph; without such a place nothing is turned.

Judges nothing: what a barcode holds is bytes, and stays bytes.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from itertools import islice

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray

from lineproof.imaging.barcode_texture import Bars, find_bars

MOST_BARCODES = 8
# A PDF417 holds at most 1850 characters, a QR code 2953 bytes.
MOST_CONTENT_BYTES = 4096
# Longest sides, in pixels: of the image in the first pass, and of one place read alone.
READ_SIDE_PX, PLACE_SIDE_PX = 2000, 1400
# Beyond this an image is not looked at: a decoded photograph has at most 4000 pixels a side.
MOST_PIXELS = 25_000_000
# Smaller than the smallest code with its quiet zone.
LEAST_SIDE_PX = 20

# About the direction measured, for bars that fan out in perspective.
_TURNS = (0.0, -2.5, 2.5)
_MOST_PLACES = 3
_PDF417 = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.PDF417])
_BOTH = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.PDF417, zxingcpp.BarcodeFormat.QRCode])

Grey = NDArray[np.uint8]
Floats = NDArray[np.float64]


class BarcodeKind(Enum):
    """The kinds of barcode that are looked for."""

    PDF417 = "pdf417"
    QR = "qr"


_KINDS = {
    zxingcpp.BarcodeFormat.PDF417: BarcodeKind.PDF417,
    zxingcpp.BarcodeFormat.QRCode: BarcodeKind.QR,
    # What the decoder calls the present form of QR code.
    zxingcpp.BarcodeFormat.QRCodeModel2: BarcodeKind.QR,
}


@dataclass(frozen=True, slots=True)
class Barcode:
    """One barcode as read: its error correction held, which says nothing of who wrote it.

    content: the bytes it holds, at most MOST_CONTENT_BYTES, control characters as they are.
    corners: in pixels of the image given: upper left, upper right, lower right, lower left as the symbol is
    read.
    """

    kind: BarcodeKind
    content: bytes
    corners: tuple[tuple[float, float], ...]


def find_barcodes(image: NDArray[np.uint8]) -> tuple[Barcode, ...]:
    """Find and read the barcodes in an image; none, for an image of which nothing can be read.

    image: uint8, grey of shape (height, width), or red, green, blue of shape (height, width, 3).
    At most MOST_BARCODES come back; one with more content than MOST_CONTENT_BYTES is left out. Work is
    bounded by the sides above, whatever the image shows. A module must be two pixels wide for PDF417 and
    three for QR, in an image of 4000 pixels three and six.
    """
    grey = _grey(image)
    if grey is None:
        return ()
    found = list(islice(_whole(grey), MOST_BARCODES))
    if not any(each.kind is BarcodeKind.PDF417 for each in found):
        for bars in find_bars(grey, most=_MOST_PLACES):
            found += _turned(grey, bars)
    return _each_once(found)[:MOST_BARCODES]


def _each_once(found: list[Barcode]) -> tuple[Barcode, ...]:
    """Leave out a symbol that the decoder gave twice: one with the same content in the same place."""
    kept: list[Barcode] = []
    for each in found:
        if not any(each.content == other.content and _is_in(each, other) for other in kept):
            kept.append(each)
    return tuple(kept)


def _is_in(one: Barcode, other: Barcode) -> bool:
    """Tell whether the middle of one symbol lies in another."""
    (x, y), outline = np.mean(one.corners, axis=0), np.array(other.corners, np.float32)
    return cv2.pointPolygonTest(outline, (float(x), float(y)), measureDist=False) >= 0


def _grey(image: NDArray[np.uint8]) -> Grey | None:
    """Make it grey; None for what is no image or beyond the bounds."""
    colours = 3
    if image.dtype != np.uint8 or image.ndim not in {2, colours} or image.shape[2:] not in {(), (colours,)}:
        return None
    height, width = image.shape[:2]
    if min(height, width) < LEAST_SIDE_PX or height * width > MOST_PIXELS:
        return None
    return np.ascontiguousarray(image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_RGB2GRAY))  # noqa: PLR2004


def _whole(grey: Grey) -> Iterator[Barcode]:
    """Read the image as it lies. Step 1."""
    height, width = grey.shape
    scale = min(1.0, READ_SIDE_PX / max(height, width))
    to_image = np.array([[1 / scale, 0, 0], [0, 1 / scale, 0]])
    yield from _read(_resized(grey, scale), to_image, _BOTH)


def _turned(grey: Grey, bars: Bars) -> list[Barcode]:
    """Read one place of parallel bars, turned so that they stand upright. Step 2."""
    scale = min(1.0, PLACE_SIDE_PX / max(bars.width_px, bars.height_px))
    size = (max(1, round(bars.width_px * scale)), max(1, round(bars.height_px * scale)))
    if min(size) < LEAST_SIDE_PX:
        return []
    for turn in _TURNS:
        to_image = _from_upright(bars, turn, scale, size)
        flags = cv2.WARP_INVERSE_MAP | (cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
        upright = cv2.warpAffine(grey, to_image, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
        found = list(islice(_read(upright, to_image, _PDF417), MOST_BARCODES))
        if found:
            return found
    return []


def _from_upright(bars: Bars, turn_degrees: float, scale: float, size: tuple[int, int]) -> Floats:
    """Give the map, shape (2, 3), from pixels of the upright place to pixels of the image."""
    angle = np.radians(bars.across_degrees + turn_degrees)
    turning = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]) / scale
    middle = turning @ (np.array(size) / 2)
    return np.column_stack([turning, np.array(bars.middle) - middle])


def _resized(grey: Grey, scale: float) -> Grey:
    if scale == 1.0:
        return grey
    height, width = grey.shape
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return cv2.resize(grey, size, interpolation=cv2.INTER_AREA)


def _read(grey: Grey, to_image: Floats, formats: zxingcpp.BarcodeFormats) -> Iterator[Barcode]:
    """Have the decoder read; light codes on dark ground are not looked for: documents print dark on light."""
    for symbol in zxingcpp.read_barcodes(grey, formats=formats, try_invert=False, try_rotate=False):
        kind = _KINDS.get(symbol.format)
        if not symbol.valid or kind is None or not 0 < len(symbol.bytes) <= MOST_CONTENT_BYTES:
            continue
        place = symbol.position
        corners = (place.top_left, place.top_right, place.bottom_right, place.bottom_left)
        points = np.array([[corner.x, corner.y, 1] for corner in corners]) @ to_image.T
        yield Barcode(kind, symbol.bytes, tuple((float(x), float(y)) for x, y in points))
