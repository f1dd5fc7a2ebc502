"""A reviewer sees the page, and portrait and face side by side; nothing opens but for their browser."""

import io
import math
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from PIL import Image

from lineproof.booth import review, seal
from lineproof.booth.examine import Kit, load_kit
from lineproof.booth.review import ReviewImages, opened_photographs, review_images, seal_review
from lineproof.booth.seal import (
    NotOpened,
    Opener,
    PartKind,
    frame_content,
    open_key,
    open_parts,
    seal_evidence,
    seal_parts_to,
)
from lineproof.errors import Undecodable
from lineproof.imaging.decode import decode
from lineproof.imaging.face import Look, find_faces, look_at, mean_landmarks, slope_degrees
from lineproof.imaging.mrz_outcome import MrzReading
from lineproof.imaging.mrz_reading import read_mrz
from lineproof.imaging.portrait_face import find_page_portrait
from lineproof.specimen.people import ALICE
from tests.booth.test_seal import KEY, PUBLIC, TERMS, parts_of

INFO = b"a review"
PROCESS = Path(__file__).with_name("reviewing_process.py")


@pytest.fixture(scope="module")
def kit() -> Kit:
    return load_kit()


@pytest.fixture(scope="module")
def document(alice) -> bytes:
    return alice.document.read_bytes()


@pytest.fixture(scope="module")
def capture(alice) -> bytes:
    return alice.capture.read_bytes()


@pytest.fixture(scope="module")
def reviewed(document: bytes, capture: bytes, kit: Kit) -> ReviewImages:
    return review_images(document, capture, kit)


def as_file(pixels: np.ndarray, form: str = "JPEG") -> bytes:
    written = io.BytesIO()
    Image.fromarray(pixels).save(written, form)
    return written.getvalue()


def turned(photograph: bytes, degrees: float) -> bytes:
    """Turn a photograph against the clock; what it did not show is its wall."""
    image = Image.open(io.BytesIO(photograph))
    return as_file(np.array(image.rotate(degrees, expand=True, fillcolor=(178, 170, 160))))


def a_wall(height: int = 400, width: int = 320) -> bytes:
    return as_file(np.full((height, width, 3), (90, 120, 60), np.uint8))


def noise(height: int, width: int) -> np.ndarray:
    """The noise that compresses worst."""
    return np.random.default_rng(0).integers(0, 2, (height, width, 3), np.uint8) * np.uint8(255)


def eyes_in(crop: bytes | None, kit: Kit) -> tuple[float, float]:
    """Measure how far apart the eyes are, px, and how they slope, degrees: other looks than the crop's."""
    assert crop is not None
    pixels = decode(crop).pixels
    (face,) = find_faces(pixels, kit.models)
    looks = [
        look_at(pixels, face, Look(side_px, margin), kit.models, mirrored=mirrored)
        for side_px in (224, 288, 352, 416)
        for margin in (1.4, 1.8)
        for mirrored in (False, True)
    ]
    seen = mean_landmarks([each.landmarks for each in looks if each is not None])
    return math.dist(seen[0], seen[1]), slope_degrees(seen)


def test_eyes_of_portrait_and_face_are_level_and_equally_far_apart(reviewed, kit):
    portrait, face = eyes_in(reviewed.portrait, kit), eyes_in(reviewed.face, kit)
    for distance_px, slope in (portrait, face):
        assert distance_px == pytest.approx(review.EYE_DISTANCE_PX, abs=2)
        assert abs(slope) < 2
    assert portrait[0] == pytest.approx(face[0], abs=2)


@pytest.mark.parametrize("degrees", [25, *(pytest.param(each, marks=pytest.mark.long) for each in (90, 180))])
def test_capture_that_was_held_at_an_angle_comes_out_upright(degrees, capture, kit, reviewed):
    seen = review._face_of(turned(capture, degrees), kit.models)
    distance_px, slope = eyes_in(seen, kit)
    assert distance_px == pytest.approx(review.EYE_DISTANCE_PX, abs=3)
    assert abs(slope) < 3
    middle = np.s_[120:340, 100:260]
    was, now = (decode(each).pixels[middle].astype(float) for each in (reviewed.face, seen))
    assert np.abs(was - now).mean() < 8, "the same face at the same place"


@pytest.mark.long
def test_portrait_of_a_photograph_on_its_head_comes_out_upright(document, kit):
    seen = review_images(turned(document, 180), None, kit)
    assert abs(eyes_in(seen.portrait, kit)[1]) < 2
    assert isinstance(read_mrz(decode(seen.page), kit.networks), MrzReading)


def test_crops_are_of_one_size_and_files_say_nothing_else(reviewed):
    sizes = set()
    for content, most in (
        (reviewed.page, review.MOST_PAGE_BYTES),
        (reviewed.portrait, review.MOST_CROP_BYTES),
        (reviewed.face, review.MOST_CROP_BYTES),
    ):
        assert len(content) <= most
        image = Image.open(io.BytesIO(content))
        assert image.format == "JPEG"
        assert image.info.keys() == {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
        sizes.add(image.size)
    assert (review.CROP_WIDTH_PX, review.CROP_HEIGHT_PX) in sizes
    assert len(sizes) == 2


def test_metadata_of_the_photographs_goes_no_further(capture, kit):
    exif = Image.Exif()
    exif[0x010E] = "taken at home"
    photographs = []
    for clean in (a_wall(), capture):
        written = io.BytesIO()
        Image.open(io.BytesIO(clean)).save(written, "JPEG", exif=exif, comment=b"taken at home")
        assert b"taken at home" in written.getvalue()
        photographs.append(written.getvalue())
    seen = review_images(*photographs, kit)
    assert seen.face is not None
    assert all(b"taken at home" not in each for each in (seen.page, seen.face))


def test_page_is_straight_and_its_zone_can_be_read(reviewed, document, kit):
    page = decode(reviewed.page)
    assert max(page.pixels.shape[:2]) <= review.PAGE_SIDE_PX
    reading, of_photograph = (read_mrz(image, kit.networks) for image in (page, decode(document)))
    assert isinstance(reading, MrzReading)
    assert isinstance(of_photograph, MrzReading)
    assert reading.lines == of_photograph.lines
    assert ALICE.fields.number in reading.lines[1]
    assert find_page_portrait(page.pixels, kit.models) is not None


def test_colours_are_those_of_the_photograph(reviewed, kit):
    """Red stays red and blue stays blue, in the page and in a crop."""
    header = decode(reviewed.page).pixels[40:70, 600:900].mean(axis=(0, 1))
    assert header[0] < header[1] <= header[2] + 15, "the head of the page is a dark green blue"
    clothes = decode(reviewed.portrait).pixels[440:450, 100:250].mean(axis=(0, 1))
    assert clothes[0] > 2 * clothes[2], "she wears red"


def test_document_that_is_not_read_is_shown_whole_and_nobody_on_it_is_taken_for_the_portrait(
    capture, kit, reviewed
):
    """Someone may hold a document beside their own face: it must not stand where the portrait does."""
    seen = review_images(capture, capture, kit)
    assert seen.portrait is None
    page, photograph = decode(seen.page).pixels, decode(capture).pixels
    assert page.shape == photograph.shape, "it is not enlarged"
    assert np.abs(page.astype(float) - photograph).mean() < 4
    assert seen.face == reviewed.face


def test_large_photograph_that_is_not_read_is_scaled_down_and_no_capture_gives_no_face(kit):
    seen = review_images(a_wall(1500, 1100), None, kit)
    assert decode(seen.page).pixels.shape == (1400, 1027, 3)
    assert seen.face is None


def test_nobody_in_the_capture_gives_no_face(kit):
    assert review._face_of(a_wall(), kit.models) is None


@pytest.mark.parametrize("broken", [b"", b"no image", b"\xff\xd8\xff\xe0" + bytes(100)])
def test_what_is_no_image_is_refused(broken, capture, kit):
    with pytest.raises(Undecodable):
        review_images(broken, capture, kit)
    with pytest.raises(Undecodable):
        review._face_of(broken, kit.models)


def test_what_lies_outside_the_photograph_is_grey_and_a_large_face_is_averaged(capture, kit):
    """A crop at the edge of a picture, of a face four times as large: as the same picture, averaged first."""
    near = decode(capture).pixels[150:700, 110:530]
    far = cv2.resize(near, None, fx=4, fy=4, interpolation=cv2.INTER_LANCZOS4)
    crops = []
    for pixels in (near, far):
        face = find_faces(pixels, kit.models)[0]
        crops.append(decode(review._crop(pixels, face, kit.models)).pixels.astype(float))
        assert np.abs(crops[-1][-4:, 2:-2] - review.BORDER_RGB).max() < 6
    middle = np.s_[120:340, 100:260]
    assert np.abs(crops[0][middle] - crops[1][middle]).mean() < 8


def test_noise_is_within_bounds_at_the_lowest_quality():
    side_px = review.PAGE_SIDE_PX
    page, crop = noise(side_px, side_px), noise(review.CROP_HEIGHT_PX, review.CROP_WIDTH_PX)
    for pixels, most in ((page, review.MOST_PAGE_BYTES), (crop, review.MOST_CROP_BYTES)):
        _, finest = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, review.JPEG_QUALITY])
        assert len(finest) > most, "or the test would show nothing"
        assert len(review._jpeg(pixels, most=most)) <= most


@pytest.mark.long
def test_worker_without_files_makes_and_seals_the_same_pictures(alice, reviewed):
    """Nothing is opened, and no system call is needed, that a confined worker has not got."""
    command = [sys.executable, str(PROCESS), str(alice.document), str(alice.capture), PUBLIC.hex()]
    ran = subprocess.run(command, capture_output=True, check=False, timeout=60)
    assert ran.returncode == 0, ran.stderr.decode()
    assert opened_review(ran.stdout, info=b"reviewed") == [
        (PartKind.PORTRAIT, reviewed.portrait),
        (PartKind.FACE, reviewed.face),
        (PartKind.PAGE, reviewed.page),
    ]


def opened_review(sealed: bytes, *, key=KEY, info: bytes = INFO) -> list[tuple[PartKind, bytes]]:
    return open_parts(sealed[seal.HEAD_BYTES :], open_key(sealed[1 : seal.HEAD_BYTES], key, info))


class TestSeal:
    """What is sealed for a browser opens there, and nowhere else."""

    WHOLE = ReviewImages(b"page" * 100, b"portrait" * 100, b"face" * 100)

    def test_parts_come_in_their_order_and_only_those_there_are(self):
        assert opened_review(seal_review(self.WHOLE, browser_key=PUBLIC, info=INFO)) == [
            (PartKind.PORTRAIT, self.WHOLE.portrait),
            (PartKind.FACE, self.WHOLE.face),
            (PartKind.PAGE, self.WHOLE.page),
        ]
        page = ReviewImages(b"page", None, None)
        assert opened_review(seal_review(page, browser_key=PUBLIC, info=INFO)) == [(PartKind.PAGE, b"page")]

    def test_another_key_or_another_opening_opens_nothing(self):
        sealed = seal_review(self.WHOLE, browser_key=PUBLIC, info=INFO)
        for key, info in ((generate_private_key(SECP256R1()), INFO), (KEY, b"another"), (KEY, TERMS.info)):
            with pytest.raises(NotOpened):
                opened_review(sealed, key=key, info=info)

    def test_what_is_no_point_of_the_curve_is_no_browser(self):
        with pytest.raises(ValueError, match=r"point|key|curve"):
            seal_review(self.WHOLE, browser_key=b"\4" + b"x" * 64, info=INFO)


DOCUMENT, CAPTURE = (PartKind.DOCUMENT, b"a page" * 50), (PartKind.CAPTURE, b"a face" * 50)
FRAME = (PartKind.FRAME, frame_content(0, is_still=False, photograph=b"one"))
STILL = (PartKind.FRAME, frame_content(90, is_still=True, photograph=b"two"))


def sealed_parts(*parts: tuple[PartKind, bytes]) -> tuple[bytes, bytes]:
    """Seal evidence, and give it without its head, with the content key that opens it."""
    sealed = seal_evidence(parts, TERMS)
    return sealed[seal.HEAD_BYTES :], Opener(sealed[: seal.HEAD_BYTES], KEY, TERMS.info).content_key


class TestPhotographs:
    """A referral's photographs open whole, or not at all."""

    @pytest.mark.parametrize(
        ("parts", "capture"),
        [
            ([DOCUMENT], None),
            ([DOCUMENT, CAPTURE], CAPTURE[1]),
            ([CAPTURE, DOCUMENT], CAPTURE[1]),
            ([DOCUMENT, STILL], b"two"),
        ],
        ids=["counter", "face", "capture first", "one frame"],
    )
    def test_open_as_they_were_sealed(self, parts, capture):
        opened = opened_photographs(*sealed_parts(*parts))
        assert (opened.document, opened.capture) == (DOCUMENT[1], capture)

    @pytest.mark.parametrize(
        "parts",
        [
            [CAPTURE],
            [DOCUMENT, DOCUMENT],
            [DOCUMENT, CAPTURE, CAPTURE],
            [DOCUMENT, CAPTURE, STILL],
            [DOCUMENT, FRAME, FRAME],
            [DOCUMENT, STILL, STILL],
            [FRAME, STILL],
            [STILL, DOCUMENT],
            [DOCUMENT, (PartKind.FRAME, b"\0\0\0\0")],
            [DOCUMENT, STILL, (PartKind.FRAME, b"\0\0\0\0\2one")],
            [DOCUMENT, (PartKind.FACE, b"a face")],
            [(PartKind.PAGE, b"a page")],
            [DOCUMENT, FRAME, STILL],
            [DOCUMENT, STILL, FRAME],
        ],
        ids=[
            *("no document", "two documents", "two captures", "capture and frames", "no still"),
            *("two stills", "frames alone", "document last", "no picture", "a wrong mark"),
            *("a crop", "a crop alone", "still second", "more than the still"),
        ],
    )
    def test_others_do_not_open(self, parts):
        with pytest.raises(NotOpened):
            opened_photographs(*sealed_parts(*parts))

    def test_of_a_head_turn_the_still_is_kept_without_the_frames_that_followed(self):
        parts, key = sealed_parts(DOCUMENT, STILL, FRAME, FRAME)
        first, second, _, _ = parts_of(bytes(seal.HEAD_BYTES) + parts)
        opened = opened_photographs(first + second, key)
        assert (opened.document, opened.capture) == (DOCUMENT[1], b"two")

    @pytest.mark.parametrize("kept", [1, 3], ids=["document alone", "a frame more"])
    def test_what_was_cut_elsewhere_does_not_open(self, kept):
        parts, key = sealed_parts(DOCUMENT, STILL, FRAME, FRAME)
        cut = b"".join(parts_of(bytes(seal.HEAD_BYTES) + parts)[:kept])
        with pytest.raises(NotOpened):
            opened_photographs(cut, key)

    def test_changed_or_cut_or_exchanged_do_not_open(self):
        parts, key = sealed_parts(DOCUMENT, CAPTURE)
        first, second = parts_of(bytes(seal.HEAD_BYTES) + parts)
        forged = [parts[:at] + bytes([parts[at] ^ 1]) + parts[at + 1 :] for at in range(len(parts))]
        forged += [parts[:at] for at in range(len(parts))]
        forged += [second + first, first + first, parts + second, parts + b"\0"]
        for each in forged:
            with pytest.raises(NotOpened):
                opened_photographs(each, key)

    def test_open_under_no_other_key(self):
        parts, key = sealed_parts(DOCUMENT, CAPTURE)
        for other in (bytes(32), key[:16], key + b"\0", b"", sealed_parts(DOCUMENT, CAPTURE)[1]):
            with pytest.raises(NotOpened):
                opened_photographs(parts, other)


def test_parts_sealed_to_a_key_are_evidence_under_the_same_terms():
    sealed = seal_parts_to(TERMS.epoch_key, TERMS.info, [DOCUMENT, CAPTURE])
    assert seal.open_evidence(sealed, KEY, TERMS.info)[1] == dict([DOCUMENT, CAPTURE])
