"""Read the printed fields of a document's page: find lines of text, and read the likeliest of them.

The two networks are PP-OCRv6 small (Baidu, Apache-2.0), as the wheel of RapidOCR carries them. Nothing of
that package is imported: its models are read as files, by their digests, and run in OpenCV, as the face
models are. Against the runtime that the package itself uses the results are the same to 0.0001.
"""

import hashlib
import hmac
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from lineproof.document.printed_line import PrintedLine
from lineproof.errors import Unavailable
from lineproof.imaging.cutout import Image
from lineproof.imaging.onnx_file import NotOnnx, names_other_files
from lineproof.imaging.pack_place import installed_file
from lineproof.imaging.printed_detector import Region, TextPlace, find_text
from lineproof.imaging.printed_recogniser import (
    Recogniser,
    cut_strip,
    dictionary_of,
    read_strip,
    recogniser,
)

__all__ = [
    "PrintedLine",
    "PrintedModels",
    "Region",
    "load_printed_models",
    "printed_models_are_installed",
    "read_printed",
]

DISTRIBUTION = "rapidocr"
NAME = "PP-OCRv6 small"
DETECTOR = (
    "rapidocr/models/PP-OCRv6_det_small.onnx",
    "090f04abcd9d9a7498bc4ebf677e4cb9bdce1fe4197ddb7e529f1ef44e1ff94f",
)
RECOGNISER = (
    "rapidocr/models/PP-OCRv6_rec_small.onnx",
    "6f327246b50388f3c176ae304bd95767ea6dc0c9ae92153ef8cbe210b3c14884",
)
_MOST_MODEL_BYTES = 64 << 20
_REMEDY = f"Install the package {DISTRIBUTION} as it is locked, without what it depends on."

# A larger page is reduced first: eight pixels to the millimetre show all that is printed.
_MOST_PAGE_PX = 1280
# The most lines that are read, and the most columns of pixels in all: a bound on the work of any page.
MOST_LINES = 24
MOST_COLUMNS_PX = 24 * 240
# A place that lies to this share in a skipped region is not read.
_SKIPPED_SHARE = 0.4
# Nothing narrower than this, by its height, is an entry that the zone repeats.
_LEAST_ASPECT = 1.1
_LEAST_SIDE_PX = 64


@dataclass(frozen=True, slots=True, eq=False)
class PrintedModels:
    """Both networks, loaded. Not safe to share between threads: a worker has its own after the fork."""

    detector: cv2.dnn.Net
    recogniser: Recogniser


def printed_models_are_installed() -> bool:
    """Tell whether the package that carries both models is there, whatever it carries."""
    try:
        for path, _ in (DETECTOR, RECOGNISER):
            installed_file(DISTRIBUTION, path, pack=NAME)
    except Unavailable:
        return False
    return True


def load_printed_models() -> PrintedModels:
    """Read both models, check their digests, and load them; after this no file is opened.

    Raises Unavailable when the package is not installed, or carries other files, or models that name files.
    """
    found, read = _model(*DETECTOR), _model(*RECOGNISER)
    try:
        return PrintedModels(_net(found), recogniser(_net(read), dictionary_of(read)))
    except (NotOnnx, cv2.error, UnicodeDecodeError) as error:
        raise Unavailable(
            f"OpenCV cannot load the models {NAME}.", remedy="Install the version of OpenCV that is locked."
        ) from error


def read_printed(
    page_rgb: Image,
    models: PrintedModels,
    *,
    skip: Sequence[Region] = (),
    enough: Callable[[Sequence[PrintedLine]], bool] | None = None,
) -> tuple[PrintedLine, ...]:
    """Read lines of print on an upright, straightened page, in the order in which they were read.

    page_rgb: uint8, shape (height, width, 3), the page alone. skip: where not to read: the machine readable
    zone, which has its own reader, and the portrait. enough: asked after each line whether to stop there.
    The larger print is read first, since entries are larger than their labels. At most MOST_LINES lines and
    MOST_COLUMNS_PX columns of pixels are read, whatever the page; a page too small for print gives none.
    """
    if min(page_rgb.shape[:2]) < _LEAST_SIDE_PX:
        return ()
    shrink = min(1.0, _MOST_PAGE_PX / max(page_rgb.shape[:2]))
    page = page_rgb
    if shrink < 1:
        page = cv2.resize(page_rgb, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
    hidden = [
        Region(*(side * shrink for side in (each.left, each.top, each.right, each.bottom))) for each in skip
    ]
    part = _searched_part(page, hidden)
    wanted = sorted(
        (
            each
            for each in find_text(page, part, models.detector)
            if each.width > _LEAST_ASPECT * each.height and not _is_hidden(each, hidden)
        ),
        key=lambda each: -each.height,
    )
    lines: list[PrintedLine] = []
    for line in _read(page, wanted, models.recogniser, shrink):
        lines.append(line)
        if enough is not None and enough(lines):
            break
    return tuple(lines)


def _read(page: Image, wanted: list[TextPlace], reader: Recogniser, shrink: float) -> Iterator[PrintedLine]:
    columns = 0
    for place in wanted[:MOST_LINES]:
        strip = cut_strip(page, place)
        columns += strip.shape[1]
        if columns > MOST_COLUMNS_PX:
            return
        reading = read_strip(strip, reader)
        if reading.text:
            box = _bounds(place)
            yield PrintedLine(
                reading.text,
                reading.confidence,
                *(side / shrink for side in (box.left, box.top, box.right, box.bottom)),
            )


def _model(path: str, sha256: str) -> bytes:
    """Read a model of the package; Unavailable when it is not installed, or not the known one."""
    try:
        place = installed_file(DISTRIBUTION, path, pack=NAME)
    except Unavailable as error:
        raise Unavailable(f"The model {path} is not installed.", remedy=_REMEDY) from error
    return read_known(place, sha256)


def read_known(place: Path, sha256: str) -> bytes:
    """Read a model file that must have this digest and stand alone; Unavailable otherwise.

    The digest is of the very bytes that are given: the file is not opened again.
    """
    try:
        with place.open("rb") as opened:
            content = opened.read(_MOST_MODEL_BYTES + 1)
    except OSError as error:
        raise Unavailable(f"The model {place.name} cannot be read.", remedy=_REMEDY) from error
    if not hmac.compare_digest(hashlib.sha256(content).hexdigest(), sha256):
        raise Unavailable(f"The model {place.name} is not the known one: its digest differs.", remedy=_REMEDY)
    try:
        alone = not names_other_files(content)
    except NotOnnx as error:
        raise Unavailable(f"The model {place.name} is not an ONNX model.", remedy=_REMEDY) from error
    if not alone:
        raise Unavailable(f"The model {place.name} names other files as its weights.", remedy=_REMEDY)
    return content


def _net(model: bytes) -> cv2.dnn.Net:
    return cv2.dnn.readNetFromONNX(np.frombuffer(model, np.uint8))


def _searched_part(page: Image, hidden: list[Region]) -> Region:
    """Choose the part of the page to search: beside each skipped region the largest part that it leaves.

    Entries stand beside the portrait and above the zone: Doc 9303-4, 3.1; 9303-5, 3.1; 9303-6, 3.1. A part
    that would leave out half of the page or more is not chosen.
    """
    part = Region(0, 0, page.shape[1], page.shape[0])
    for each in hidden:
        rests = (
            Region(part.left, part.top, part.right, min(part.bottom, each.top)),
            Region(part.left, max(part.top, each.bottom), part.right, part.bottom),
            Region(part.left, part.top, min(part.right, each.left), part.bottom),
            Region(max(part.left, each.right), part.top, part.right, part.bottom),
        )
        largest = max(rests, key=lambda rest: rest.area)
        if largest.area > part.area / 2:
            part = largest
    return part


def _bounds(place: TextPlace) -> Region:
    turn = np.deg2rad(abs(place.degrees))
    across = place.width * np.cos(turn) + place.height * np.sin(turn)
    down = place.width * np.sin(turn) + place.height * np.cos(turn)
    x, y = place.centre_x, place.centre_y
    return Region(*(float(each) for each in (x - across / 2, y - down / 2, x + across / 2, y + down / 2)))


def _is_hidden(place: TextPlace, hidden: list[Region]) -> bool:
    box = _bounds(place)
    return any(box.shared_with(each) > _SKIPPED_SHARE * box.area for each in hidden)
