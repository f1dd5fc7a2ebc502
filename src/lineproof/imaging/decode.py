"""Decode a photograph within bounds: first the header, then the pixels.

One scale for all formats: the photograph is halved as long as its longest side stays at least
LONGEST_SIDE_PX. So a longest side of 2000 to 3999 pixels is what the rest of imaging sees of any
larger photograph: a passport page that fills half of it still has eight pixels to the millimetre. A capture
is halved down to CAPTURE_SIDE_PX: a face that fills a quarter of the picture's width keeps 80 pixels
between the eyes, twice what the embedder's square shows. Error rates are measured at these scales.
"""

import struct
import zlib
from dataclasses import dataclass
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import (
    ExifTags,
    Image,
    ImageFile,
    ImageOps,
    ImagePalette,
    MpoImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from lineproof.errors import ImageProblem, Undecodable

MAX_BYTES = 24 * 1024 * 1024
MAX_PIXELS = 25_000_000
SHORTEST_SIDE_PX = 200
LONGEST_SIDE_PX = 2000
CAPTURE_SIDE_PX = 750

_FORMATS = ("JPEG", "PNG", "WEBP")
_LARGEST_REDUCTION = 8  # the JPEG decoder's
_QUARTER_TURNED = (5, 6, 7, 8)  # EXIF orientations that exchange width and height
# Of the example table for luminance in ITU-T T.81, table K.1, which is quality 50 of the IJG's scale, the sum
# of the lowest four by four frequencies. Higher ones reach the largest step that a file can state first.
_LOWEST = [8 * row + column for row in range(4) for column in range(4)]
_LOWEST_AT_HALF = 259
_LOSES_NOTHING = 100.0
_REMEDY = "Send the photograph as the camera made it: a JPEG, PNG or WebP image of at most 25 megapixels."
# Pillow imports its readers when a photograph first asks for one, and a confined worker can open no
# files: so they are all loaded with this module.
Image.preinit()
# Our own cap is checked on the header, before a pixel is decoded, and names the size.
Image.MAX_IMAGE_PIXELS = None
_LOADED_EARLY = (ImagePalette, MpoImagePlugin, TiffImagePlugin, WebPImagePlugin)

# What Pillow's readers raise on bytes that are not what they claim to be.
_DECODE_ERRORS = (
    *(OSError, SyntaxError, ValueError, TypeError, KeyError, IndexError, EOFError, OverflowError),
    *(AttributeError, RuntimeError, struct.error, zlib.error),
)


@dataclass(frozen=True, slots=True)
class DecodedImage:
    """One photograph as pixels, upright by its EXIF orientation.

    pixels: uint8, shape (height, width, 3), in the order red, green, blue; read only.
    original_width_px, original_height_px: the photograph's size before reduction, upright.
    scale: pixels here per original pixel, at most 1. format: "JPEG", "PNG" or "WEBP".
    compression_quality: 1 to 100 on the scale of the Independent JPEG Group, from the quantisation of
    luminance that the file states; 100 for a format that states none. It knows nothing of earlier files.
    """

    pixels: NDArray[np.uint8]
    original_width_px: int
    original_height_px: int
    scale: float
    format: str
    compression_quality: float


def decode(data: bytes, *, longest_side_px: int | None = LONGEST_SIDE_PX) -> DecodedImage:
    """Decode one photograph, or refuse it before its pixels cost anything.

    longest_side_px: halve the photograph as long as its longest side stays at least this, in at most
    three steps; None keeps every pixel. Of several frames the first is taken; transparency is laid
    over white; sixteen-bit grey keeps its upper byte.
    Raises Undecodable (a Malformed) for anything but a complete JPEG, PNG or WebP image of at most
    MAX_BYTES and MAX_PIXELS whose shortest side is at least SHORTEST_SIDE_PX.
    """
    if len(data) > MAX_BYTES:
        raise Undecodable(
            ImageProblem.NOT_AN_IMAGE,
            f"The image has {len(data):,} bytes; {MAX_BYTES:,} are allowed.",
            remedy=_REMEDY,
        )
    image = _open(data)
    _require_size(*image.size)
    reduction = _reduction(max(image.size), longest_side_px)
    try:
        upright, original_size = _load(image, reduction)
    except _DECODE_ERRORS:
        raise Undecodable(
            ImageProblem.DAMAGED, "The image is damaged or incomplete.", remedy=_REMEDY
        ) from None
    pixels = np.array(upright)
    pixels.flags.writeable = False
    return DecodedImage(
        pixels=pixels,
        original_width_px=original_size[0],
        original_height_px=original_size[1],
        scale=1 / reduction,
        format="JPEG" if image.format == "MPO" else str(image.format),
        compression_quality=_compression_quality(image),
    )


def _open(data: bytes) -> ImageFile.ImageFile:
    """Read the header only."""
    try:
        return Image.open(BytesIO(data), formats=_FORMATS)
    except _DECODE_ERRORS:
        raise Undecodable(
            ImageProblem.NOT_AN_IMAGE, "This is not a JPEG, PNG or WebP image.", remedy=_REMEDY
        ) from None


def _require_size(width_px: int, height_px: int) -> None:
    if width_px * height_px > MAX_PIXELS:
        raise Undecodable(
            ImageProblem.TOO_MANY_PIXELS,
            f"The image is too large: {width_px} x {height_px} pixels; {MAX_PIXELS:,} are allowed.",
            remedy=_REMEDY,
            width_px=width_px,
            height_px=height_px,
        )
    if min(width_px, height_px) < SHORTEST_SIDE_PX:
        raise Undecodable(
            ImageProblem.TOO_SMALL,
            f"The image is too small: {width_px} x {height_px} pixels.",
            remedy=f"Send a photograph of at least {SHORTEST_SIDE_PX} pixels on its shortest side.",
            width_px=width_px,
            height_px=height_px,
        )


def _compression_quality(image: ImageFile.ImageFile) -> float:
    """Undo the IJG's rule by which a quality from 1 to 100 scales the example table."""
    tables = getattr(image, "quantization", None)
    if not tables:
        return _LOSES_NOTHING
    table = tables[min(tables)]
    per_cent = 100 * sum(table[place] for place in _LOWEST) / _LOWEST_AT_HALF
    quality = 100 - per_cent / 2 if per_cent <= 100 else 5000 / per_cent  # noqa: PLR2004 -- where the rule bends
    return min(100.0, max(1.0, quality))


def _reduction(longest_px: int, target_px: int | None) -> int:
    reduction = 1
    while target_px and reduction < _LARGEST_REDUCTION and longest_px >= 2 * reduction * target_px:
        reduction *= 2
    return reduction


def _load(image: ImageFile.ImageFile, reduction: int) -> tuple[Image.Image, tuple[int, int]]:
    """Decode, reduce, convert and turn; returns also the original size, turned as well."""
    width, height = image.size
    # A JPEG is decoded at the reduced scale; for the other formats this does nothing.
    image.draft(None, (width // reduction, height // reduction))
    image.load()
    already = round(width / image.size[0])
    upright = ImageOps.exif_transpose(_to_rgb(image).reduce(reduction // already))
    turned = image.getexif().get(ExifTags.Base.Orientation, 1) in _QUARTER_TURNED
    return upright, (height, width) if turned else (width, height)


def _to_rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I"):
        # Pillow would clip sixteen bits to eight, turning most of the image white.
        return Image.fromarray((np.asarray(image).astype(np.uint32) >> 8).astype(np.uint8)).convert("RGB")
    if image.has_transparency_data:
        white = Image.new("RGBA", image.size, "white")
        return Image.alpha_composite(white, image.convert("RGBA")).convert("RGB")
    return image.convert("RGB")
