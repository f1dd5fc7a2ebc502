"""Photographs are decoded within bounds, whole or not at all."""

import struct
import subprocess
import sys
import time
import zlib
from io import BytesIO

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from lineproof.errors import Malformed
from lineproof.imaging.decode import MAX_BYTES, SHORTEST_SIDE_PX, DecodedImage, decode

ORIENTATION = 0x0112


def a_picture(width: int = 320, height: int = 240, mode: str = "RGB") -> Image.Image:
    """Make a picture that is different in each corner."""
    rows, columns = np.mgrid[:height, :width]
    colours = np.stack([columns * 255 // width, rows * 255 // height, (rows + columns) % 256], axis=-1)
    return Image.fromarray(colours.astype(np.uint8)).convert(mode)


def encoded(picture: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    """Encode a picture."""
    buffer = BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def a_png_header(width: int, height: int) -> bytes:
    """Write a small PNG that claims any size."""
    chunks = [
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)),
        (b"IDAT", zlib.compress(b"")),
        (b"IEND", b""),
    ]
    body = b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + body


MAGICS = (b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF\x40\x00\x00\x00WEBPVP8 ")


def turned_exif() -> Image.Exif:
    """Say that the camera was held upright."""
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    return exif


SAMPLES = {
    "jpeg": encoded(a_picture(), "JPEG"),
    "progressive": encoded(a_picture(), "JPEG", progressive=True),
    "png": encoded(a_picture(), "PNG"),
    "webp": encoded(a_picture(), "WEBP"),
}


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_pixels_come_as_red_green_blue(kind: str) -> None:
    picture = a_picture()
    image = decode(encoded(picture, kind, lossless=True))
    assert np.array_equal(image.pixels, np.asarray(picture))
    assert (image.original_width_px, image.original_height_px, image.scale, image.format) == (
        320,
        240,
        1.0,
        kind,
    )


def test_decoded_pixels_cannot_be_changed() -> None:
    assert not decode(SAMPLES["png"]).pixels.flags.writeable


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_photograph_is_turned_upright_by_its_exif(kind: str, orientation: int) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    data = encoded(a_picture(), kind, exif=exif)
    image = decode(data)
    upright = ImageOps.exif_transpose(Image.open(BytesIO(data))).convert("RGB")
    assert np.array_equal(image.pixels, np.asarray(upright))
    assert (image.original_width_px, image.original_height_px) == upright.size


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize(("width", "reduction"), [(1999, 1), (2001, 2), (4001, 4), (4444, 4)])
def test_every_format_is_halved_alike(kind: str, width: int, reduction: int) -> None:
    image = decode(encoded(a_picture(width, 800), kind), longest_side_px=1000)
    assert image.scale == 1 / reduction
    assert image.original_width_px == width
    assert image.pixels.shape[:2] == (-(-800 // reduction), -(-width // reduction))


def test_a_photograph_is_kept_whole_on_request() -> None:
    assert decode(encoded(a_picture(4444, 300), "JPEG"), longest_side_px=None).pixels.shape == (300, 4444, 3)


def test_transparency_is_laid_over_white() -> None:
    picture = a_picture(mode="RGBA")
    picture.putalpha(0)
    assert decode(encoded(picture)).pixels.min() == 255


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA"])
def test_every_colour_mode_becomes_red_green_blue(mode: str) -> None:
    assert decode(encoded(a_picture(mode=mode))).pixels.shape == (240, 320, 3)


def test_a_four_colour_jpeg_keeps_its_light_and_dark() -> None:
    grey = Image.new("RGB", (300, 300), (200, 200, 200)).convert("CMYK")
    assert abs(float(decode(encoded(grey, "JPEG")).pixels.mean()) - 200) < 3


def test_sixteen_bit_grey_keeps_its_upper_byte() -> None:
    deep = np.full((300, 300), 0x80FF, np.uint16)
    assert decode(encoded(Image.fromarray(deep))).pixels.max() == 0x80


def test_the_first_of_several_frames_is_taken() -> None:
    frames = [Image.new("RGB", (300, 300), colour) for colour in ("red", "blue")]
    image = decode(encoded(frames[0], "WEBP", save_all=True, append_images=frames[1:], lossless=True))
    assert tuple(image.pixels[150, 150]) == (255, 0, 0)


@pytest.mark.parametrize(
    ("width", "height"), [(14_000, 10_000), (20_000, 20_000), (6000, 5000), (2**31 - 1, 300)]
)
def test_a_bomb_is_refused_by_its_header_and_its_size_is_named(width: int, height: int) -> None:
    started = time.perf_counter()
    with pytest.raises(Malformed, match=rf"{width} x {height}|{width * height}"):
        decode(a_png_header(width, height))
    assert time.perf_counter() - started < 0.1


def test_too_many_bytes_are_refused_unread() -> None:
    with pytest.raises(Malformed, match="bytes"):
        decode(bytes(MAX_BYTES + 1))


def test_a_thumbnail_is_refused() -> None:
    with pytest.raises(Malformed, match="too small"):
        decode(encoded(a_picture(400, SHORTEST_SIDE_PX - 1)))


@pytest.mark.parametrize("kind", ["GIF", "BMP", "TIFF", "PPM"])
def test_other_formats_are_refused(kind: str) -> None:
    with pytest.raises(Malformed, match="not a JPEG, PNG or WebP"):
        decode(encoded(a_picture(), kind))


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("share", [0.01, 0.1, 0.5, 0.9, 0.97])
def test_half_a_photograph_is_refused_not_half_read(name: str, share: float) -> None:
    data = SAMPLES[name]
    with pytest.raises(Malformed):
        decode(data[: int(len(data) * share)])


def test_a_confined_process_decodes_every_format_without_opening_a_file() -> None:
    """The booth's worker can open nothing: what Pillow loads late, this module must load early."""
    samples = [
        *SAMPLES.values(),
        encoded(a_picture(mode="P")),
        encoded(a_picture(), "JPEG", exif=turned_exif()),
    ]
    script = (
        "import ast, sys\n"
        "from lineproof.imaging.decode import decode\n"
        "samples = ast.literal_eval(sys.stdin.read())\n"
        "def refuse(event, arguments):\n"
        "    assert event not in ('open', 'import'), (event, arguments[0])\n"
        "sys.addaudithook(refuse)\n"
        "[decode(sample) for sample in samples]\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], input=repr(samples), text=True, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(sorted(SAMPLES)), st.data())
def test_damaged_bytes_are_decoded_or_refused_and_nothing_else(name: str, data: st.DataObject) -> None:
    """Bytes near the start decide most, so half of the damage goes there."""
    damaged = bytearray(SAMPLES[name])
    places = st.one_of(st.integers(0, 100), st.integers(0, len(damaged) - 1))
    for at, value in data.draw(st.lists(st.tuples(places, st.integers(0, 255)), max_size=8)):
        damaged[at] = value
    outcome = outcome_of(bytes(damaged))
    assert outcome is None or outcome.pixels.ndim == 3


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400), st.sampled_from(MAGICS))
def test_any_bytes_are_decoded_or_refused(tail: bytes, head: bytes) -> None:
    assert outcome_of(head + tail) is None


def outcome_of(data: bytes) -> DecodedImage | None:
    """Decode, or return None when refused; anything else that is raised fails the test."""
    try:
        return decode(data)
    except Malformed:
        return None
