"""The portrait and not its ghost, its frame, and what sets a replaced portrait apart: on drawn pages."""

import math
from datetime import date

import cv2
import numpy as np
import pytest

from lineproof.document.portrait_check import (
    PortraitLimits,
    PortraitMeasure,
    PortraitMeasures,
    beyond_limits,
)
from lineproof.imaging.cutout import Image
from lineproof.imaging.face import Face
from lineproof.imaging.models import FaceModels, load
from lineproof.imaging.portrait_apart import measure_apart
from lineproof.imaging.portrait_face import find_page_portrait
from lineproof.imaging.portrait_place import PortraitFrame, find_frame
from lineproof.specimen.document import PORTRAIT_MM, draw_passport, passport_fields
from lineproof.specimen.face import draw_face

DRAWN_PX_PER_MM, PX_PER_MM = 12, 10
LEFT, TOP, WIDTH, HEIGHT = (round(each * DRAWN_PX_PER_MM) for each in PORTRAIT_MM)
FRAME_MM = (PORTRAIT_MM[0], PORTRAIT_MM[1], PORTRAIT_MM[0] + PORTRAIT_MM[2], PORTRAIT_MM[1] + PORTRAIT_MM[3])
ZONE_TOP_MM = 71.0
# A portrait of the paper's own colour: an empty place.
BLANK = np.full((90, 70, 3), (239, 241, 236), np.uint8)


@pytest.fixture(scope="module")
def models() -> FaceModels:
    cv2.setNumThreads(1)
    return load()


@pytest.fixture(scope="module")
def alice() -> Image:
    return draw_face(seed=148, size_px=400)


@pytest.fixture(scope="module")
def bo() -> Image:
    return draw_face(seed=83, size_px=400)


@pytest.fixture(scope="module")
def passport(alice: Image) -> Image:
    return draw_passport(fields=passport_fields(3, today=date(2026, 1, 1)), portrait=alice)


def fitted(picture: Image) -> Image:
    """Crop and scale a square picture to the portrait's 35 to 45."""
    side = picture.shape[0]
    wide = round(side * PORTRAIT_MM[2] / PORTRAIT_MM[3])
    middle = picture[:, (side - wide) // 2 : (side + wide) // 2]
    return cv2.resize(middle, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)


def photographed(page: Image, *, blur_px: float = 0.7, noise: float = 3.0, seed: int = 1) -> Image:
    """See a page straight from above: ten pixels to the millimetre, a little soft, noisy and compressed."""
    size = tuple(round(side * PX_PER_MM / DRAWN_PX_PER_MM) for side in page.shape[1::-1])
    seen = cv2.GaussianBlur(cv2.resize(page, size, interpolation=cv2.INTER_AREA), (0, 0), blur_px)
    grain = noise * np.random.default_rng(seed).standard_normal(seen.shape[:2])
    shot = np.clip(seen + grain[..., None], 0, 255).astype(np.uint8)
    return cv2.imdecode(cv2.imencode(".jpg", shot, [cv2.IMWRITE_JPEG_QUALITY, 90])[1], cv2.IMREAD_COLOR)


def pasted(
    page: Image,
    picture: Image,
    *,
    degrees: float = 0.0,
    right_mm: float = 0.0,
    down_mm: float = 0.0,
    shadow: float = 0.0,
) -> Image:
    """Lay a picture over the portrait: turned clockwise, moved, its shadow falling to the right and down."""
    height, width = page.shape[:2]
    place = cv2.getRotationMatrix2D((WIDTH / 2, HEIGHT / 2), -degrees, 1.0)
    place[:, 2] += (LEFT + right_mm * DRAWN_PX_PER_MM, TOP + down_mm * DRAWN_PX_PER_MM)
    cover = cv2.warpAffine(np.ones((HEIGHT, WIDTH), np.float32), place, (width, height))
    seen = cv2.warpAffine(fitted(picture), place, (width, height), borderMode=cv2.BORDER_REPLICATE)
    fallen = cv2.GaussianBlur(np.roll(cover, (5, 5), (0, 1)), (0, 0), 2.0)
    dimmed = page * (1 - shadow * fallen[..., None])
    return np.clip(dimmed + cover[..., None] * (seen - dimmed), 0, 255).astype(np.uint8)


def portrait_on(page: Image, models: FaceModels) -> Face:
    face = find_page_portrait(page, models)
    assert face is not None
    return face


def frame_on(page: Image, models: FaceModels) -> PortraitFrame:
    frame = find_frame(page, portrait_on(page, models))
    assert frame is not None
    return frame


def measured(page: Image, models: FaceModels) -> PortraitMeasures:
    return measure_apart(page, portrait_on(page, models), px_per_mm=PX_PER_MM, zone_top_mm=ZONE_TOP_MM)


def beyond(page: Image, models: FaceModels) -> tuple[PortraitMeasure, ...]:
    found = measured(page, models)
    return () if found is None else beyond_limits(found, PortraitLimits())


def on_paper(*placed: tuple[Image, int, int, int, float], width: int, height: int) -> Image:
    """Print pictures on paper, each as (picture, left, top, side in pixels, strength of the print)."""
    page = np.full((height, width, 3), (236, 240, 236), np.uint8)
    for picture, left, top, side, strength in placed:
        part = page[top : top + side, left : left + side]
        small = cv2.resize(picture, (side, side), interpolation=cv2.INTER_AREA)
        part[:] = (part * (1 - strength) + small * strength).astype(np.uint8)
    return page


@pytest.mark.parametrize(
    ("portrait", "ghost"),
    [
        ((40, 160, 300), (780, 200, 150)),
        ((40, 160, 300), (370, 300, 150)),
        ((40, 60, 300), (60, 400, 150)),
        ((660, 160, 300), (60, 220, 150)),
        ((660, 60, 300), (470, 380, 150)),
        ((400, 160, 300), (40, 220, 150)),
    ],
    ids=["at the right", "beside", "below", "at the left", "left and below", "left of the middle"],
)
@pytest.mark.parametrize("strength", [0.35, 1.0], ids=["pale", "as strong"])
def test_the_ghost_image_is_never_taken_for_the_portrait(
    portrait: tuple[int, int, int],
    ghost: tuple[int, int, int],
    strength: float,
    alice: Image,
    models: FaceModels,
) -> None:
    page = on_paper((alice, *portrait, 1.0), (alice, *ghost, strength), width=1000, height=630)
    face = portrait_on(page, models)
    left, top, side = portrait
    assert math.dist(face.centre, (left + side / 2, top + side / 2)) < 0.15 * side
    assert face.eye_distance_px == pytest.approx(
        portrait_on(on_paper((alice, *portrait, 1.0), width=1000, height=630), models).eye_distance_px,
        rel=0.07,
    )


@pytest.mark.parametrize("framed", [False, True], ids=["without a line", "with a printed line"])
def test_the_frame_lies_where_the_portrait_was_printed(
    framed: bool, passport: Image, models: FaceModels
) -> None:
    page = passport.copy()
    if framed:
        cv2.rectangle(page, (LEFT, TOP), (LEFT + WIDTH, TOP + HEIGHT), (40, 60, 90), 4)
    frame = frame_on(photographed(page), models)
    edges = (frame.left, frame.top, frame.right, frame.bottom)
    for edge, true_mm in zip(edges, FRAME_MM, strict=True):
        assert edge.at_px / PX_PER_MM == pytest.approx(true_mm, abs=0.5)
        assert edge.turn_degrees == pytest.approx(0, abs=0.5)
        assert edge.clearness > 0.85


def test_a_portrait_that_melts_into_the_page_has_no_frame_and_is_still_measured(
    passport: Image, models: FaceModels
) -> None:
    blank = draw_passport(fields=passport_fields(3, today=date(2026, 1, 1)), portrait=BLANK)
    down, across = np.mgrid[:HEIGHT, :WIDTH]
    inward = np.minimum.reduce([across, WIDTH - 1 - across, down, HEIGHT - 1 - down])
    weight = np.zeros(passport.shape[:2])
    weight[TOP : TOP + HEIGHT, LEFT : LEFT + WIDTH] = np.clip(inward / (4 * DRAWN_PX_PER_MM), 0, 1)
    page = passport.copy()
    page[TOP : TOP + HEIGHT, LEFT : LEFT + WIDTH] = (
        blank * (1 - weight[..., None]) + passport * weight[..., None]
    )[TOP : TOP + HEIGHT, LEFT : LEFT + WIDTH]
    seen = photographed(page)
    assert find_frame(seen, portrait_on(seen, models)) is None
    measures = measured(seen, models)
    assert not measures.framed
    assert measures.noise_stops is not None
    assert beyond(seen, models) == ()


@pytest.mark.parametrize("degrees", [-3.0, 2.0, 4.0])
def test_the_frame_says_how_far_and_which_way_it_is_turned(
    degrees: float, bo: Image, models: FaceModels
) -> None:
    fields = passport_fields(3, today=date(2026, 1, 1))
    blank = draw_passport(fields=fields, portrait=BLANK)
    seen = photographed(pasted(blank, bo, degrees=degrees))
    assert frame_on(seen, models).turn_degrees == pytest.approx(degrees, abs=0.5)
    assert PortraitMeasure.TURN in beyond(seen, models)


def test_a_portrait_cut_askew_at_one_edge_is_no_rectangle(passport: Image, models: FaceModels) -> None:
    page = passport.copy()
    sunk = round(WIDTH * math.tan(math.radians(3)))
    wedge = np.array([(LEFT - 2, TOP - 2), (LEFT + WIDTH + 2, TOP - 2), (LEFT + WIDTH + 2, TOP + sunk)])
    cv2.fillPoly(page, [wedge.astype(np.int32)], (239, 241, 236), cv2.LINE_AA)
    seen = photographed(page)
    assert frame_on(seen, models).slant_degrees == pytest.approx(3, abs=0.5)
    assert beyond(seen, models) == (PortraitMeasure.SLANT,)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("blur_px", [0.5, 1.2])
def test_a_genuine_page_is_within_all_limits(
    seed: int, blur_px: float, passport: Image, models: FaceModels
) -> None:
    assert beyond(photographed(passport, blur_px=blur_px, noise=1.0 + 2 * seed, seed=seed), models) == ()


def test_a_printed_frame_is_no_shadow(passport: Image, models: FaceModels) -> None:
    page = passport.copy()
    cv2.rectangle(page, (LEFT, TOP), (LEFT + WIDTH, TOP + HEIGHT), (40, 60, 90), 4)
    assert beyond(photographed(page), models) == ()


def test_the_shadow_of_a_pasted_portrait_is_seen(passport: Image, bo: Image, models: FaceModels) -> None:
    flush = measured(photographed(pasted(passport, bo)), models)
    raised = measured(photographed(pasted(passport, bo, shadow=0.35)), models)
    assert flush.dark_rim_percent is not None
    assert raised.dark_rim_percent is not None
    assert flush.dark_rim_percent < 3
    assert raised.dark_rim_percent > 10


def test_a_portrait_exchanged_in_the_file_lacks_the_noise_of_the_photograph(
    passport: Image, bo: Image, models: FaceModels
) -> None:
    shot = photographed(passport, noise=5.0)
    left, top, right, bottom = (round(each * PX_PER_MM) for each in FRAME_MM)
    shot[top:bottom, left:right] = cv2.resize(
        fitted(bo), (right - left, bottom - top), interpolation=cv2.INTER_AREA
    )
    assert PortraitMeasure.LESS_NOISE in beyond(shot, models)


def test_a_portrait_sharper_than_the_print_around_it_is_seen(
    passport: Image, bo: Image, models: FaceModels
) -> None:
    shot = photographed(passport, blur_px=5.0, noise=0.5)
    left, top, right, bottom = (round(each * PX_PER_MM) for each in FRAME_MM)
    shot[top:bottom, left:right] = cv2.resize(
        fitted(bo), (right - left, bottom - top), interpolation=cv2.INTER_AREA
    )
    assert PortraitMeasure.SHARPER in beyond(shot, models)


def test_a_portrait_that_reaches_into_the_zone_says_how_far(bo: Image, models: FaceModels) -> None:
    fields = passport_fields(3, today=date(2026, 1, 1))
    blank = draw_passport(fields=fields, portrait=BLANK)
    measures = measured(photographed(pasted(blank, bo, down_mm=12.0)), models)
    assert measures.outside_mm == pytest.approx(FRAME_MM[3] + 12.0 - ZONE_TOP_MM, abs=0.4)


def test_a_portrait_changed_for_another_print_without_a_trace_is_not_noticed(
    passport: Image, bo: Image, models: FaceModels
) -> None:
    """The limit of the method, stated: what leaves no trace in the photograph passes."""
    assert beyond(photographed(pasted(passport, bo)), models) == ()


def a_face(x: float, y: float, eyes: float) -> Face:
    points = (
        (x - eyes / 2, y),
        (x + eyes / 2, y),
        (x, y + eyes / 2),
        (x - eyes / 3, y + eyes),
        (x + eyes / 3, y + eyes),
    )
    return Face(x - eyes, y - eyes, 2 * eyes, 2.5 * eyes, points, points, 0.9, 0)


@pytest.mark.parametrize("size", [(1, 1), (3, 900), (900, 3), (40, 60), (400, 500)])
@pytest.mark.parametrize("eyes", [0.0, 1.0, 8.0, 30.0, 200.0, 3000.0])
@pytest.mark.parametrize("place", [(0.0, 0.0), (0.5, 0.5), (1.0, 1.0), (-3.0, 7.0)])
def test_no_page_and_no_place_of_a_face_is_an_error(
    size: tuple[int, int], eyes: float, place: tuple[float, float]
) -> None:
    page = np.random.default_rng(0).integers(0, 256, (*size, 3), np.uint8)
    face = a_face(place[0] * size[1], place[1] * size[0], eyes)
    measures = measure_apart(page, face, px_per_mm=8.0, zone_top_mm=None)
    assert measures.eye_distance_px == pytest.approx(eyes, abs=1e-6)
    assert not measures.framed
