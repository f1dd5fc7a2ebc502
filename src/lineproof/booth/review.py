"""Make what a reviewer sees of a referral's photographs, and seal it to the key of their browser.

    1. open the photographs under their content key, which came wrapped for the case
    2. the document's page: straightened by its zone where that is read, otherwise the whole photograph
    3. the portrait on that page and the face of the capture, the two that an examination compares: level, and
       at the same eye distance
    4. seal the pictures
A reviewer must see what is there: pixels are turned, scaled and averaged, and nothing else is done to them.
It runs in a confined worker and opens no file.
"""

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np

from lineproof.booth.examine import Kit
from lineproof.booth.page_checks import see_page
from lineproof.booth.seal import NotOpened, PartKind, open_parts, parse_frame, seal_parts_to
from lineproof.imaging.cutout import Image, reduced, similarity_map
from lineproof.imaging.decode import CAPTURE_SIDE_PX, LONGEST_SIDE_PX, decode
from lineproof.imaging.face import Face, Look, find_faces, look_at, mean_landmarks
from lineproof.imaging.models import FaceModels, Landmarks
from lineproof.imaging.mrz_outcome import MrzReading
from lineproof.imaging.mrz_reading import read_mrz

# A passport's page is 11 pixels to the millimetre at this: its smallest print is read.
PAGE_SIDE_PX = 1400
# A crop: the eyes level, this far apart, half of that to each side of the middle. The page's eight pixels to
# the millimetre at least hold a portrait's eyes about as far apart, so that little is enlarged.
CROP_WIDTH_PX, CROP_HEIGHT_PX = 360, 480
EYE_DISTANCE_PX, EYES_FROM_TOP_PX = 90, 210
# The eyes are where several looks see them on average, each also in the mirror image, and once more with the
# face set level by that. Between a face and the same face tilted or mirrored, one look differs by 2 degrees
# and 3 % of the distance, these by half a degree and 1 % (20 of LFW, 16 drawn); they take 0.15 s.
LOOKS, ROUNDS = (Look(256, 1.6), Look(320, 1.6), Look(384, 1.6)), 2
# Eyes nearer to each other than this show nothing of a face.
LEAST_EYE_DISTANCE_PX = 2.0
BORDER_RGB = (128, 128, 128)

MOST_PAGE_BYTES, MOST_CROP_BYTES = 900_000, 120_000
# The quality of the files, on the scale of the Independent JPEG Group, and by how much it is lowered while
# one is too large. At the lowest, noise of the largest size is below these bounds.
JPEG_QUALITY, QUALITY_STEP = 88, 8


@dataclass(frozen=True, slots=True, eq=False)
class OpenedPhotographs:
    """A referral's photographs as files. capture: of a live challenge the still; None where there is none."""

    document: bytes
    capture: bytes | None


@dataclass(frozen=True, slots=True, eq=False)
class ReviewImages:
    """What a reviewer sees, as JPEG files.

    page: the document's page at reading size. portrait, face: crops of 360 x 480 px, at equal eye distance;
    None where none was found or there is no capture.
    """

    page: bytes
    portrait: bytes | None
    face: bytes | None


def opened_photographs(parts: bytes, content_key: bytes) -> OpenedPhotographs:
    """Open a referral's photographs. Step 1.

    parts: see `ports.Evidence.parts`. NotOpened for anything that is not one document and at most one
    capture, or one document and then the still of a live challenge.
    """
    opened = open_parts(parts, content_key)
    match [kind for kind, _ in opened]:
        case [PartKind.DOCUMENT]:
            return OpenedPhotographs(opened[0][1], None)
        case [PartKind.DOCUMENT, PartKind.CAPTURE] | [PartKind.CAPTURE, PartKind.DOCUMENT]:
            contents = dict(opened)
            return OpenedPhotographs(contents[PartKind.DOCUMENT], contents[PartKind.CAPTURE])
        case [PartKind.DOCUMENT, PartKind.FRAME]:
            _, is_still, photograph = parse_frame(opened[1][1])
            if is_still:
                return OpenedPhotographs(opened[0][1], photograph)
    raise NotOpened


def review_images(document: bytes, capture: bytes | None, kit: Kit) -> ReviewImages:
    """Make the pictures. Steps 2 and 3.

    document, capture: files as the applicant gave them. Raises Undecodable for a file that is no image.
    """
    page, portrait = _page_and_portrait(document, kit)
    face = None if capture is None else _face_of(capture, kit.models)
    return ReviewImages(_jpeg(_at_reading_size(page), most=MOST_PAGE_BYTES), portrait, face)


def seal_review(images: ReviewImages, *, browser_key: bytes, info: bytes) -> bytes:
    """Seal portrait, face and page, those that there are, in this order, to a reviewer's browser. Step 4.

    browser_key: P-256, uncompressed, 65 bytes. ValueError for no point of the curve.
    """
    pictures = (
        (PartKind.PORTRAIT, images.portrait),
        (PartKind.FACE, images.face),
        (PartKind.PAGE, images.page),
    )
    there = [(kind, content) for kind, content in pictures if content is not None]
    return seal_parts_to(browser_key, info, there)


def _page_and_portrait(document: bytes, kit: Kit) -> tuple[Image, bytes | None]:
    image = decode(document, longest_side_px=LONGEST_SIDE_PX)
    reading = read_mrz(image, kit.networks)
    if not isinstance(reading, MrzReading):
        # A face anywhere in the photograph is not taken for the portrait: beside a document that is held up
        # to the camera it is the applicant's own, and a reviewer would compare it with itself.
        return image.pixels, None
    seen = see_page(image, reading, kit.models)
    return seen.page.pixels, _crop(seen.page.pixels, seen.portrait, kit.models)


def _face_of(capture: bytes, models: FaceModels) -> bytes | None:
    pixels = decode(capture, longest_side_px=CAPTURE_SIDE_PX).pixels
    faces = find_faces(pixels, models)
    return _crop(pixels, faces[0] if faces else None, models)


def _at_reading_size(page: Image) -> Image:
    """Scale a page down, if need be; it is never enlarged."""
    height, width = page.shape[:2]
    scale = PAGE_SIDE_PX / max(height, width)
    if scale >= 1:
        return page
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(page, size, interpolation=cv2.INTER_AREA), np.uint8)


def _crop(image: Image, face: Face | None, models: FaceModels) -> bytes | None:
    """Cut out a face, as a file: by the similarity that takes its eyes to their places in the crop."""
    if face is None:
        return None
    eyes = _landmarks(image, face, models)[:2]
    distance_px = math.dist(*eyes)
    if distance_px < LEAST_EYE_DISTANCE_PX:
        return None
    middle, half = CROP_WIDTH_PX / 2, EYE_DISTANCE_PX / 2
    places = ((middle - half, EYES_FROM_TOP_PX), (middle + half, EYES_FROM_TOP_PX))
    into = similarity_map(eyes, places)
    # What is larger is averaged first, by a whole number: warping alone would skip pixels.
    by = max(1, min(int(distance_px / EYE_DISTANCE_PX), *image.shape[:2]))
    # A pixel of the reduced image lies in the middle of those it was made of.
    shift = into[:, 2] + into[:, :2].sum(axis=1) * (by - 1) / 2
    crop = cv2.warpAffine(
        reduced(image, by),
        np.column_stack((into[:, :2] * by, shift)),
        (CROP_WIDTH_PX, CROP_HEIGHT_PX),
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=BORDER_RGB,
    )
    return _jpeg(np.asarray(crop, np.uint8), most=MOST_CROP_BYTES)


def _landmarks(image: Image, face: Face, models: FaceModels) -> Landmarks:
    for _ in range(ROUNDS):
        looks = (look_at(image, face, look, models, mirrored=m) for look in LOOKS for m in (False, True))
        found = [seen.landmarks for seen in looks if seen is not None]
        if found:
            face = replace(face, shape=mean_landmarks(found))
    return face.shape


def _jpeg(image_rgb: Image, *, most: int) -> bytes:
    """Write a JPEG file of at most that many bytes, with no metadata."""
    # OpenCV's files are made of blue, green, red.
    bgr = np.ascontiguousarray(image_rgb[:, :, ::-1])
    qualities = range(JPEG_QUALITY, 0, -QUALITY_STEP)
    files = (cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, each])[1].tobytes() for each in qualities)
    return next(file for file in files if len(file) <= most)
