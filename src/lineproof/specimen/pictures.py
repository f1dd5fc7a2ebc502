"""Picture files: read one for a portrait, write one whole or not at all."""

import os
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from lineproof.errors import Malformed, Unavailable

ANOTHER = "Save it again as JPEG or PNG, or use another."
LEAST_SIDE_PX = 64
MOST_PIXELS = 64_000_000
JPEG_QUALITY = 92
FORMATS = {".jpg": "jpeg", ".jpeg": "jpeg", ".png": "png"}


def read_picture(path: Path) -> NDArray[np.uint8]:
    """Read a JPEG or PNG picture upright, as its camera's orientation mark says.

    Returns rows, columns, red-green-blue. Raises Unavailable when the file cannot be opened,
    Malformed when it is not such a picture, or is too small or too large to be a portrait.
    """
    try:
        with Image.open(path, formats=("JPEG", "PNG")) as picture:
            if min(picture.size) < LEAST_SIDE_PX or picture.width * picture.height > MOST_PIXELS:
                raise Malformed(
                    f"{path} has {picture.width} by {picture.height} pixels, too few or many.",
                    remedy=f"Use one of at least {LEAST_SIDE_PX} pixels a side and at most 64 megapixels.",
                )
            return np.array(ImageOps.exif_transpose(picture).convert("RGB"))
    except UnidentifiedImageError as error:
        raise Malformed(f"{path} is not a JPEG or PNG picture.", remedy=ANOTHER) from error
    except (SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise Malformed(f"{path} is a damaged picture.", remedy=ANOTHER) from error
    except OSError as error:
        if error.errno is None:  # Pillow's word for a picture that ends early
            raise Malformed(f"{path} is a damaged picture.", remedy=ANOTHER) from error
        raise Unavailable(
            f"{path} cannot be read.", remedy="Check that it exists and is yours to read."
        ) from error


def check_ending(path: Path) -> str:
    """Return the format that a file's ending asks for, `jpeg` or `png`; raise Malformed for any other."""
    try:
        return FORMATS[path.suffix.lower()]
    except KeyError:
        raise Malformed(
            f"{path.name} does not say which format to write.", remedy="End it in .jpg or .png."
        ) from None


def write_picture(path: Path, picture: NDArray[np.uint8]) -> Path:
    """Write a red-green-blue picture in the format of the path's ending; return the path.

    Raises Malformed for another ending, and Unavailable when the file cannot be written.
    """
    options = [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY] if check_ending(path) == "jpeg" else []
    _, encoded = cv2.imencode(path.suffix.lower(), np.ascontiguousarray(picture[..., ::-1]), options)
    return write_whole(path, encoded.tobytes())


def write_photograph(path: Path, jpeg: bytes) -> Path:
    """Write a JPEG as it is, or opened and written again when the path ends in .png; return the path."""
    if check_ending(path) == "jpeg":
        return write_whole(path, jpeg)
    with Image.open(BytesIO(jpeg), formats=("JPEG",)) as picture:
        return write_picture(path, np.array(picture))


def write_whole(path: Path, content: bytes) -> Path:
    """Write a file so that a reader finds the old one or the new one, never a part; return its path.

    Raises Unavailable when it cannot be written.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        try:
            draft.write_bytes(content)
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        raise Unavailable(
            f"{path} cannot be written.", remedy="Choose a folder that you may write to."
        ) from error
    return path
