"""Barcodes are found however the document lies, at a bounded cost whatever the image shows."""

import subprocess
import sys
import time

import cv2
import numpy as np
import pytest
import zxingcpp
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from lineproof.imaging.barcode import (
    LEAST_SIDE_PX,
    MOST_BARCODES,
    MOST_CONTENT_BYTES,
    MOST_PIXELS,
    Barcode,
    BarcodeKind,
    find_barcodes,
)
from lineproof.imaging.barcode_texture import find_bars
from tests.fakes.aamva_card import a_barcode

Grey = NDArray[np.uint8]
CARD = a_barcode()
LINK = b"https://example.org/documents/4b3c1d4e"
SIZE = (1200, 1600)
QUIET = 24


def a_symbol(kind: BarcodeKind, content: bytes) -> Grey:
    """Draw a symbol with four pixels a module, on its quiet zone."""
    form = zxingcpp.BarcodeFormat.PDF417 if kind is BarcodeKind.PDF417 else zxingcpp.BarcodeFormat.QRCode
    symbol = zxingcpp.create_barcode(content, form)
    drawn = np.array(zxingcpp.write_barcode_to_image(symbol, scale=4))
    return cv2.copyMakeBorder(drawn, *[QUIET] * 4, cv2.BORDER_CONSTANT, value=255)


def a_scene(seed: int, size: tuple[int, int] = SIZE) -> NDArray[np.float64]:
    """Draw noise of every coarseness, as photographs have it."""
    rng = np.random.default_rng(seed)
    height, width = size
    scene = np.full(size, 150.0)
    for coarse in (64, 16, 4, 1):
        grain = rng.normal(0, 18 if coarse > 1 else 6, (height // coarse + 2, width // coarse + 2))
        scene += cv2.resize(grain, (width, height), interpolation=cv2.INTER_CUBIC)
    return scene


def a_photograph(
    kind: BarcodeKind,
    content: bytes,
    *,
    turned_degrees: float = 0,
    module_px: float = 3,
    middle: tuple[float, float] = (800, 600),
) -> tuple[Grey, NDArray[np.float64]]:
    """Lay a symbol into a scene, blurred and grainy; returns also its drawn corners, quiet zone included."""
    symbol, scale = a_symbol(kind, content), module_px / 4
    height, width = symbol.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), -turned_degrees, scale)
    matrix[:, 2] += np.array(middle) - (width / 2, height / 2)
    scene, size = a_scene(round(turned_degrees)), SIZE[::-1]
    smooth = cv2.GaussianBlur(symbol, (0, 0), 0.5 / scale)
    there = cv2.warpAffine(np.ones(symbol.shape), matrix, size)
    scene = scene * (1 - there) + there * (40 + 0.75 * cv2.warpAffine(smooth, matrix, size))
    grain = np.random.default_rng(1).normal(0, 5, SIZE)
    pixels = np.clip(cv2.GaussianBlur(scene, (0, 0), 0.8) + grain, 0, 255).astype(np.uint8)
    corners = np.array([[QUIET, QUIET, 1], [width - QUIET, QUIET, 1], [width - QUIET, height - QUIET, 1]])
    return pixels, np.vstack([corners, [QUIET, height - QUIET, 1]]) @ matrix.T


def the_one(found: tuple[Barcode, ...]) -> Barcode:
    assert len(found) == 1
    return found[0]


@pytest.mark.parametrize("turned", range(0, 360, 19))
def test_pdf417_is_read_however_it_lies(turned: int):
    pixels, _ = a_photograph(BarcodeKind.PDF417, CARD, turned_degrees=turned)
    found = the_one(find_barcodes(pixels))
    assert (found.kind, found.content) == (BarcodeKind.PDF417, CARD)


@pytest.mark.parametrize("turned", range(0, 360, 45))
def test_qr_code_is_read_however_it_lies(turned: int):
    pixels, _ = a_photograph(BarcodeKind.QR, LINK, turned_degrees=turned)
    found = the_one(find_barcodes(pixels))
    assert (found.kind, found.content) == (BarcodeKind.QR, LINK)


@pytest.mark.parametrize("module_px", [2.5, 4])
def test_pdf417_is_read_at_several_sizes(module_px: float):
    pixels, _ = a_photograph(BarcodeKind.PDF417, CARD, turned_degrees=33, module_px=module_px)
    assert the_one(find_barcodes(pixels)).content == CARD


@pytest.mark.parametrize("kind", list(BarcodeKind))
@pytest.mark.parametrize("turned", [0, 33, 90, 180, 250])
def test_corners_are_those_of_the_symbol_as_it_is_read(kind: BarcodeKind, turned: int):
    content = CARD if kind is BarcodeKind.PDF417 else LINK
    pixels, drawn = a_photograph(kind, content, turned_degrees=turned)
    found = np.array(the_one(find_barcodes(pixels)).corners)
    # The decoder's corner may lie a module inside or outside; its symbol has a quiet zone of its own.
    assert np.abs(found - drawn).max() < 30
    assert np.linalg.norm(found.mean(axis=0) - drawn.mean(axis=0)) < 8


def test_control_characters_come_as_they_are():
    pixels, _ = a_photograph(BarcodeKind.PDF417, b"@\n\x1e\rANSI \x00\xff")
    assert the_one(find_barcodes(pixels)).content == b"@\n\x1e\rANSI \x00\xff"


def test_colours_make_no_difference():
    pixels, _ = a_photograph(BarcodeKind.PDF417, CARD, turned_degrees=20)
    assert find_barcodes(cv2.cvtColor(pixels, cv2.COLOR_GRAY2RGB)) == find_barcodes(pixels)


def test_both_kinds_in_one_photograph_are_found():
    pixels, _ = a_photograph(BarcodeKind.PDF417, CARD, turned_degrees=20)
    symbol = a_symbol(BarcodeKind.QR, LINK)
    pixels[: symbol.shape[0], : symbol.shape[1]] = symbol
    assert {each.kind for each in find_barcodes(pixels)} == set(BarcodeKind)


def test_large_photograph_is_reduced_and_its_corners_are_given_at_full_size():
    pixels, drawn = a_photograph(BarcodeKind.QR, LINK, module_px=6)
    large = cv2.resize(pixels, None, fx=2.5, fy=2.5, interpolation=cv2.INTER_LINEAR)
    found = np.array(the_one(find_barcodes(large)).corners)
    assert np.linalg.norm(found.mean(axis=0) - 2.5 * drawn.mean(axis=0)) < 20


def test_pdf417_of_a_large_photograph_is_read_at_its_full_size():
    """A symbol that is too fine once the photograph is reduced is read from the photograph itself."""
    pixels, _ = a_photograph(BarcodeKind.PDF417, CARD, turned_degrees=8, module_px=3)
    frame = cv2.copyMakeBorder(pixels, 900, 900, 1100, 1100, cv2.BORDER_REFLECT)
    large = np.where(np.pad(np.ones(SIZE, bool), ((900,) * 2, (1100,) * 2)), frame, 128).astype(np.uint8)
    assert max(large.shape) == 3800
    assert CARD in {each.content for each in find_barcodes(large)}


def text_page() -> Grey:
    page = np.full(SIZE, 235, np.uint8)
    for row in range(40, SIZE[0], 40):
        words = "THE QUICK BROWN FOX JUMPS OVER THE LAZY DOG 0123456789"
        cv2.putText(page, words, (20, row), cv2.FONT_HERSHEY_SIMPLEX, 1.1, 30, 2)
    return page


@pytest.mark.parametrize(
    "pixels",
    [
        a_scene(5).clip(0, 255).astype(np.uint8),
        np.random.default_rng(6).integers(0, 256, SIZE, dtype=np.uint8),
        text_page(),
        np.full(SIZE, 255, np.uint8),
    ],
    ids=["scene", "noise", "text", "blank"],
)
def test_what_holds_no_barcode_is_not_turned_about(pixels: Grey):
    assert find_bars(pixels, most=3) == ()
    assert find_barcodes(pixels) == ()


def test_bars_of_a_symbol_are_found_with_their_direction():
    pixels, drawn = a_photograph(BarcodeKind.PDF417, CARD, turned_degrees=33)
    bars = find_bars(pixels, most=3)[0]
    assert bars.across_degrees == pytest.approx(33, abs=1)
    assert np.linalg.norm(np.array(bars.middle) - drawn.mean(axis=0)) < 15


def stripes(turned_degrees: float) -> Grey:
    rows, columns = np.mgrid[: SIZE[0], : SIZE[1]]
    angle = np.radians(turned_degrees)
    wave = np.sin((columns * np.cos(angle) + rows * np.sin(angle)) * 0.9)
    return (127 + 120 * wave).astype(np.uint8)


@pytest.mark.parametrize(
    "pixels",
    [stripes(30), np.kron(np.random.default_rng(2).integers(0, 2, (150, 200)), stripes(10)[:8, :8])],
    ids=["stripes", "patches"],
)
def test_photograph_made_to_be_searched_long_costs_little(pixels: NDArray[np.int64]):
    started = time.process_time()
    find_barcodes(pixels.astype(np.uint8))
    assert time.process_time() - started < 1.5


def test_more_codes_than_any_document_has_are_not_all_given():
    symbol = a_symbol(BarcodeKind.QR, LINK)
    assert len(find_barcodes(np.tile(symbol, (4, 4)))) == MOST_BARCODES


def test_no_content_is_longer_than_its_limit():
    pixels, _ = a_photograph(BarcodeKind.QR, b"x" * 1200)
    assert len(the_one(find_barcodes(pixels)).content) == 1200 <= MOST_CONTENT_BYTES


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((0, 0), np.uint8),
        np.zeros((LEAST_SIDE_PX - 1, 500), np.uint8),
        np.zeros((40, 40), np.float32),
        np.zeros((40, 40, 4), np.uint8),
        np.zeros((40, 40, 3, 1), np.uint8),
        np.broadcast_to(np.uint8(0), (6000, MOST_PIXELS // 6000 + 1)),
    ],
    ids=["empty", "thin", "floats", "four-colours", "four-axes", "huge"],
)
def test_what_is_no_image_to_look_at_holds_no_barcode(image: NDArray[np.generic]):
    assert find_barcodes(image) == ()  # type: ignore[arg-type]


def test_image_of_extreme_proportions_is_searched():
    assert find_barcodes(np.full((LEAST_SIDE_PX, 20_000), 200, np.uint8)) == ()


def test_part_of_an_array_is_searched_as_it_is():
    pixels, _ = a_photograph(BarcodeKind.QR, LINK)
    assert the_one(find_barcodes(pixels[:, ::-1][:, ::-1])).content == LINK


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    hnp.arrays(np.uint8, hnp.array_shapes(min_dims=2, max_dims=3, max_side=60), elements=st.integers(0, 255))
)
def test_any_small_image_is_searched_without_complaint(image: Grey):
    assert len(find_barcodes(image)) <= MOST_BARCODES


def test_confined_process_finds_barcodes_without_opening_a_file():
    """The booth's worker can open nothing: what the decoder needs must be loaded with the module."""
    pixels, _ = a_photograph(BarcodeKind.PDF417, CARD, turned_degrees=20)
    script = (
        "import sys\n"
        "import numpy as np\n"
        "from lineproof.imaging.barcode import find_barcodes\n"
        f"pixels = np.frombuffer(sys.stdin.buffer.read(), np.uint8).reshape({SIZE})\n"
        "def refuse(event, arguments):\n"
        "    assert event not in ('open', 'import'), (event, arguments[0])\n"
        "sys.addaudithook(refuse)\n"
        "assert len(find_barcodes(pixels)) == 1\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], input=pixels.tobytes(), capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
