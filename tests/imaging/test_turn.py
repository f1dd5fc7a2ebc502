"""From drawn frames to what the rules of the head turn judge: one prompt each, few frames."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import cv2
import numpy as np
import pytest

from lineproof.errors import Malformed
from lineproof.face.challenge import Challenge, Prompt, Side
from lineproof.face.liveness import LiveRule, rules_not_met
from lineproof.face.turn_record import Frame, TurnRecord, limits_for
from lineproof.imaging.cutout import Image
from lineproof.imaging.models import FaceModels, load
from lineproof.imaging.turn import (
    JOINED_EVERY_MS,
    MOST_FRAMES,
    MOST_JOINED,
    TimedImage,
    TurnMeasurement,
    measure_turn,
)
from lineproof.specimen.face import draw_face
from lineproof.specimen.motion import Cue
from lineproof.specimen.presentation import Species, draw_presentation
from lineproof.terms import SessionId

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
CHALLENGE = Challenge(
    SessionId(UUID(int=7)), bytes(16), NOW, NOW + timedelta(seconds=20), (Prompt(Side.LEFT, 800),), 3400
)
SEED, STILL = 3, 1
GREY = np.full((200, 160, 3), 128, np.uint8)


@pytest.fixture(scope="module")
def models() -> FaceModels:
    return load()


@pytest.fixture(scope="module")
def alice() -> Image:
    return draw_face(seed=SEED, size_px=200)


def presented(species: Species, models: FaceModels) -> tuple[Frame, ...]:
    cues = [Cue(prompt.shown_at_ms, prompt.side.in_image) for prompt in CHALLENGE.prompts]
    shots = draw_presentation(species, cues, ends_at_ms=CHALLENGE.ends_at_ms, seed=SEED)
    images = [TimedImage(shot.at_ms, shot.at_ms + 90, shot.pixels) for shot in shots]
    return measure_turn(images, models, still=STILL).frames


def missed(frames: tuple[Frame, ...], models: FaceModels) -> tuple[LiveRule, ...]:
    return rules_not_met(
        CHALLENGE,
        TurnRecord(CHALLENGE.session, CHALLENGE.nonce, STILL, frames),
        answered_at=NOW + timedelta(seconds=5),
        nonce_is_spent=False,
        limits=limits_for(models.pack.calibration),
    )


@pytest.fixture(scope="module")
def turned(models: FaceModels) -> tuple[Frame, ...]:
    return presented(Species.BONA_FIDE, models)


def test_drawn_head_that_turns_as_asked_meets_the_challenge(models: FaceModels, turned: tuple[Frame, ...]):
    assert len(turned) > 10
    assert missed(turned, models) == ()


def test_frames_keep_their_times_and_say_how_alike_they_are(turned: tuple[Frame, ...]):
    assert all(frame.received_ms == frame.at_ms + 90 for frame in turned)
    seen = [frame.seen for frame in turned if frame.seen is not None]
    assert len(seen) == len(turned)
    assert seen[0].continuity == pytest.approx(1.0)  # there is none before it
    assert seen[STILL].similarity == pytest.approx(1.0)
    assert all(face.rival == 0 and face.confidence > 0.7 for face in seen)


def test_flat_print_turned_as_asked_does_not(models: FaceModels):
    assert LiveRule.TURN in missed(presented(Species.PRINT_TURNED, models), models)


def test_stranger_who_takes_the_place_of_the_still_does_not(models: FaceModels):
    rules = missed(presented(Species.SWAP, models), models)
    assert {LiveRule.SAME_FACE, LiveRule.CONTINUITY} <= set(rules)


def still_and(image: Image, alice: Image) -> list[TimedImage]:
    return [TimedImage(at_ms, at_ms, pixels) for at_ms, pixels in enumerate((alice, image, alice))]


def test_frame_without_a_face_shows_none_and_the_next_is_compared_with_the_one_before(
    models: FaceModels, alice: Image
):
    first, lost, last = measure_turn(still_and(GREY, alice), models, still=0).frames
    assert (lost.at_ms, lost.seen) == (1, None)
    assert first.seen is not None
    assert last.seen is not None
    assert last.seen.continuity == pytest.approx(1.0)


def test_somebody_else_in_view_is_a_rival(models: FaceModels, alice: Image):
    both = np.hstack([alice, draw_face(seed=8, size_px=200)])
    _, crowded, _ = measure_turn(still_and(both, alice), models, still=0).frames
    assert crowded.seen is not None
    assert crowded.seen.rival > 0.6


def test_without_a_face_in_the_still_no_frame_has_one(models: FaceModels, alice: Image):
    turn = measure_turn(still_and(GREY, alice), models, still=1)
    assert [frame.seen for frame in turn.frames] == [None, None, None]
    assert turn.capture is None


@pytest.mark.parametrize("still", [-1, 3])
def test_still_that_is_not_one_of_the_frames_is_refused(models: FaceModels, alice: Image, still: int):
    with pytest.raises(Malformed, match="still"):
        measure_turn(still_and(GREY, alice), models, still=still)


def test_more_frames_than_the_longest_challenge_has_are_refused_before_any_is_measured(models: FaceModels):
    grey = [TimedImage(at_ms, at_ms, GREY) for at_ms in range(MOST_FRAMES + 1)]
    with pytest.raises(Malformed, match="200"):
        measure_turn(grey, models, still=0)


def test_frames_that_come_one_by_one_end_at_the_same_number(models: FaceModels):
    turn = TurnMeasurement(GREY, models)
    for at_ms in range(MOST_FRAMES):
        turn.measure(TimedImage(at_ms, at_ms, GREY))
    with pytest.raises(Malformed, match="200"):
        turn.measure(TimedImage(MOST_FRAMES, MOST_FRAMES, GREY))


def looks(*images: Image) -> list[TimedImage]:
    """Give images as frames that are far enough apart to join the still, which is the first."""
    return [
        TimedImage(number * JOINED_EVERY_MS, number * JOINED_EVERY_MS, image)
        for number, image in enumerate(images)
    ]


def embedding_of(images: list[TimedImage], models: FaceModels) -> np.ndarray:
    capture = measure_turn(images, models, still=0).capture
    assert capture is not None
    return capture.embedding.values


@pytest.fixture(scope="module")
def moods() -> list[Image]:
    return [draw_face(seed=SEED, size_px=200, smile=smile) for smile in (0.0, 0.25, 0.5, 0.75)]


def test_what_is_compared_is_the_mean_of_the_still_and_two_other_frontal_looks(
    models: FaceModels, moods: list[Image]
):
    alone = [embedding_of(looks(mood), models) for mood in moods]
    assert np.abs(alone[0] - alone[1]).max() > 0.001
    mean = sum(alone[: 1 + MOST_JOINED])
    together = embedding_of(looks(*moods), models)
    assert together == pytest.approx(mean / np.linalg.norm(mean), abs=1e-5)


def test_several_looks_are_more_like_the_person_than_one(models: FaceModels, moods: list[Image]):
    portrait = embedding_of(looks(draw_face(seed=SEED, size_px=200, yaw_degrees=4)), models)
    alone = [float(embedding_of(looks(mood), models) @ portrait) for mood in moods[:3]]
    assert float(embedding_of(looks(*moods[:3]), models) @ portrait) > np.mean(alone)


@pytest.mark.parametrize(
    "other",
    [
        draw_face(seed=8, size_px=200),
        draw_face(seed=SEED, size_px=200, yaw_degrees=25),
        cv2.GaussianBlur(draw_face(seed=SEED, size_px=200), (0, 0), 5),
        np.hstack([draw_face(seed=SEED, size_px=200), draw_face(seed=8, size_px=200)]),
        GREY,
    ],
    ids=["a stranger", "turned", "blurred", "not alone", "nobody"],
)
def test_what_is_not_plainly_the_same_face_does_not_join_the_still(
    other: Image, models: FaceModels, alice: Image
):
    assert embedding_of(looks(alice, other), models) == pytest.approx(
        embedding_of(looks(alice), models), abs=1e-6
    )


def test_frames_of_one_moment_are_one_look(models: FaceModels, moods: list[Image]):
    at_once = [TimedImage(number, number, mood) for number, mood in enumerate(moods)]
    assert embedding_of(at_once, models) == pytest.approx(embedding_of(looks(moods[0]), models), abs=1e-6)
