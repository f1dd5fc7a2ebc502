"""The rules of the head turn, one by one, on five points of a head in space: see heads.py."""

import math
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineproof.decision.finding import Check, Measured, Outcome
from lineproof.decision.reasons import ReasonCode
from lineproof.errors import Malformed
from lineproof.face.challenge import Prompt, Side, draw_challenge
from lineproof.face.liveness import LiveRule, check_passive
from lineproof.face.turn_record import Frame, TurnRecord
from lineproof.terms import SessionId
from tests.face.heads import (
    CHALLENGE,
    EYE_PX,
    NOSE_DEPTH,
    NOW,
    SESSION,
    a_challenge,
    a_face,
    a_frame,
    finding_of,
    followed,
    follows,
    missed,
    points,
    showing,
    turned_by,
    with_faces,
    with_frames,
)


def later(record: TurnRecord, *, by_ms: int) -> TurnRecord:
    """Move every frame to a later time."""
    frames = (replace(f, at_ms=f.at_ms + by_ms, received_ms=f.received_ms + by_ms) for f in record.frames)
    return replace(record, frames=tuple(frames))


def test_who_turns_as_asked_is_live_and_the_measures_say_how_clearly():
    finding = finding_of(followed())
    assert (finding.check, finding.outcome, finding.reason) == (Check.LIVE, Outcome.PASS, None)
    assert {measure.what: measure.value for measure in finding.measures} == {
        Measured.SIMILARITY: 0.95,
        Measured.HEAD_TURN: round(NOSE_DEPTH * math.tan(math.radians(40)), 2),
    }


@given(entropy=st.binary(min_size=32, max_size=32), degrees=st.floats(38, 45), depth=st.floats(0.36, 0.6))
def test_whoever_follows_any_challenge_meets_it(entropy: bytes, degrees: float, depth: float):
    challenge = draw_challenge(SESSION, entropy=entropy, now=NOW)
    assert missed(followed(challenge, most_degrees=degrees, depth=depth), challenge=challenge) == ()


@pytest.mark.parametrize("every_ms", [84, 100, 150, 250, 300])
def test_fast_and_slow_cameras_are_alike(every_ms: int):
    assert missed(followed(every_ms=every_ms)) == ()


def without(record: TurnRecord, from_ms: int, until_ms: int) -> TurnRecord:
    """Leave out the frames of some time."""
    frames = tuple(frame for frame in record.frames if not from_ms <= frame.at_ms < until_ms)
    return replace(record, frames=frames)


def turning(frame: Frame) -> Frame:
    """Show the nose sliding over a face that does not turn."""
    eye0, eye1, nose, mouth0, mouth1 = points(0)
    off = EYE_PX * 0.4 * follows(frame.at_ms) / 40
    return replace(
        frame, seen=replace(a_face(), landmarks=(eye0, eye1, (nose[0] + off, nose[1]), mouth0, mouth1))
    )


def test_every_rule_has_an_answer_that_breaks_it_alone():
    """One cell for each rule; the tests below say where exactly each of them begins."""
    late, spent = {"after_s": 31.0}, {"spent": True}
    four = replace(CHALLENGE, prompts=(*CHALLENGE.prompts, Prompt(Side.RIGHT, 9300)))
    cases: dict[LiveRule, tuple[TurnRecord, dict[str, object]]] = {
        LiveRule.SESSION: (replace(followed(), session=SessionId(UUID(int=1))), {}),
        LiveRule.NONCE: (followed(), spent),
        LiveRule.IN_TIME: (followed(), late),
        LiveRule.ORDER: (replace(followed(), frames=(*followed().frames[:1], *followed().frames)), {}),
        LiveRule.AS_THEY_CAME: (with_frames(lambda f: replace(f, received_ms=f.at_ms - 1)), {}),
        LiveRule.FRAME_RATE: (without(followed(), 4050, 4500), {}),
        LiveRule.ENOUGH_FRAMES: (followed(), {"challenge": four}),
        LiveRule.FACE_IN_VIEW: (
            with_frames(lambda f: replace(f, seen=None), from_ms=3600, until_ms=4200),
            {},
        ),
        LiveRule.NEAR_ENOUGH: (followed(size=0.3), {}),
        LiveRule.STILL: (replace(followed(), still=10), {}),
        LiveRule.ONE_PERSON: (with_faces(4000, 4200, rival=0.7), {}),
        LiveRule.SAME_FACE: (with_faces(4000, 4200, similarity=0.6), {}),
        LiveRule.CONTINUITY: (with_faces(4000, 4200, continuity=0.6), {}),
        LiveRule.NO_JUMP: (with_faces(3700, 3900, landmarks=points(0, right=320)), {}),
        LiveRule.TURN: (showing(lambda _: 0.0), {}),
        LiveRule.ONCE: (showing(again), {}),
        LiveRule.NOT_THE_OTHER_WAY: (
            showing(lambda at_ms: -25.0 if 1200 <= at_ms < 1500 else follows(at_ms)),
            {},
        ),
        LiveRule.BACK_TO_CENTRE: (
            showing(lambda at_ms: 20.0 if 3000 <= at_ms < 4000 else follows(at_ms)),
            {},
        ),
        LiveRule.HUMAN_PACE: (showing(lambda at_ms: turned_by(at_ms + 800, CHALLENGE)), {}),
        LiveRule.ON_THE_WAY: (showing(shown), {}),
        LiveRule.DEPTH: (with_frames(turning), {}),
        LiveRule.PLANE: (with_faces(1900, 2100, landmarks=(*points(30)[:3], (90, 240), points(30)[4])), {}),
    }
    assert set(cases) == set(LiveRule)
    assert {rule: missed(record, **how) for rule, (record, how) in cases.items()} == {
        rule: (rule,) for rule in LiveRule
    }


# 1: the answer belongs to this challenge, once, and in time


def test_answer_to_another_session_counts_for_nothing():
    other = SessionId(UUID("7f0d2a55-0f0e-4f5e-9d59-5b0f6f9f2f01"))
    assert missed(replace(followed(), session=other)) == (LiveRule.SESSION,)


@pytest.mark.parametrize("nonce", [b"fedcba9876543210", b"0123456789abcde", b"", b"0123456789abcdef0"])
def test_answer_with_another_nonce_counts_for_nothing(nonce: bytes):
    assert missed(replace(followed(), nonce=nonce)) == (LiveRule.NONCE,)


def test_nonce_counts_once():
    assert missed(followed(), spent=False) == ()
    assert missed(followed(), spent=True) == (LiveRule.NONCE,)


@pytest.mark.parametrize(
    ("after_s", "held"), [(9.9, False), (10.05, True), (30, True), (30.001, False), (-1, False)]
)
def test_answer_comes_after_its_last_frame_and_before_the_challenge_expires(after_s: float, held: bool):
    """The server had the last frame 10.02 s after the challenge was issued."""
    assert missed(followed(), after_s=after_s) == (() if held else (LiveRule.IN_TIME,))


def test_later_rules_are_not_named_when_the_answer_is_another_one():
    """What was seen would mean nothing, and would help whoever tries answers."""
    assert missed(replace(showing(lambda _: 0.0), nonce=b"")) == (LiveRule.NONCE,)


# 2: enough frames, in order and close together, as they came, with a face in view, the still among them


def test_frames_come_in_the_order_of_their_times_each_once():
    record = followed()
    frames = record.frames
    for changed in (
        (frames[1], frames[0], *frames[2:]),
        (frames[0], *frames),
        (replace(frames[0], at_ms=-100), *frames[1:]),
    ):
        assert LiveRule.ORDER in missed(replace(record, frames=changed))


def test_answer_that_goes_on_after_the_last_prompt_is_another_one():
    """A recording for a longer challenge begins like one for a shorter."""
    record = followed()
    at_ms = CHALLENGE.ends_at_ms
    more = tuple(a_frame(at_ms + 300 * i, a_face()) for i in range(6))
    assert missed(replace(record, frames=(*record.frames, *more[:2]))) == ()
    assert missed(replace(record, frames=(*record.frames, *more)), after_s=15) == (LiveRule.ORDER,)


@pytest.mark.parametrize(("delay_ms", "held"), [(-1, False), (0, True), (3000, True), (3001, False)])
def test_frame_is_had_soon_after_it_was_taken_and_never_before(delay_ms: int, held: bool):
    """The page's clock is the page's word: a frame that comes too late may have been made later."""
    record = with_frames(lambda f: replace(f, received_ms=f.at_ms + delay_ms))
    assert missed(record, after_s=15) == (() if held else (LiveRule.AS_THEY_CAME,))


def test_frames_that_all_came_at_the_end_may_have_been_made_at_the_end():
    together = with_frames(lambda f: replace(f, received_ms=10_500))
    assert missed(together, after_s=15) == (LiveRule.AS_THEY_CAME,)


def test_frames_come_in_their_order():
    record = followed()
    first, second, *rest = record.frames
    frames = (replace(first, received_ms=second.received_ms + 1), second, *rest)
    assert missed(replace(record, frames=frames)) == (LiveRule.AS_THEY_CAME,)


def test_frames_from_before_the_challenge_are_not_of_it():
    assert LiveRule.ORDER in missed(later(followed(), by_ms=-2000))


def test_camera_that_pauses_for_half_a_second_is_not_close_enough():
    record = followed()
    kept = tuple(frame for frame in record.frames if not 4050 < frame.at_ms < 4500)
    assert missed(replace(record, frames=kept)) == (LiveRule.FRAME_RATE,)
    assert LiveRule.FRAME_RATE not in missed(followed(every_ms=400))
    assert LiveRule.FRAME_RATE in missed(followed(every_ms=420))


def test_pause_before_the_first_prompt_is_a_pause():
    """Else the still could show somebody else, long before."""
    record = followed()
    kept = tuple(frame for frame in record.frames if not 350 < frame.at_ms < 1000)
    assert missed(replace(record, frames=kept)) == (LiveRule.FRAME_RATE,)


def test_record_that_begins_late_or_ends_early_is_not_whole():
    record = followed()
    for from_ms, until_ms in ((0, 9000), (1500, 99_999)):
        cut = tuple(frame for frame in record.frames if from_ms <= frame.at_ms < until_ms)
        assert LiveRule.FRAME_RATE in missed(replace(record, frames=cut))


def test_each_prompt_needs_its_own_frames():
    one = replace(CHALLENGE, prompts=(*CHALLENGE.prompts, Prompt(Side.RIGHT, 9300)))
    assert missed(followed(), challenge=one) == (LiveRule.ENOUGH_FRAMES,)


def test_all_frames_in_one_slot_are_not_an_answer():
    frames = tuple(a_frame(1000 + 14 * i, a_face(follows(1000 + 14 * i))) for i in range(200))
    assert {LiveRule.FRAME_RATE, LiveRule.ENOUGH_FRAMES} <= set(
        missed(TurnRecord(SESSION, CHALLENGE.nonce, 1, frames))
    )


def test_face_may_be_lost_for_a_moment_only():
    def lost(frame: Frame) -> Frame:
        return replace(frame, seen=None)

    assert missed(with_frames(lost, from_ms=3600, until_ms=4200)) == (LiveRule.FACE_IN_VIEW,)
    assert missed(with_frames(lost, from_ms=3600, until_ms=3800)) == ()


def test_face_that_the_detector_is_unsure_of_is_none():
    assert missed(with_faces(3600, 4400, confidence=0.69)) == (LiveRule.FACE_IN_VIEW,)
    assert missed(with_faces(3600, 4400, confidence=math.nan)) == (LiveRule.FACE_IN_VIEW,)
    assert missed(with_faces(confidence=0.70)) == ()


def test_face_that_is_too_far_away_cannot_be_seen_to_turn():
    assert missed(followed(size=0.37)) == (LiveRule.NEAR_ENOUGH,)
    assert missed(followed(size=0.38)) == ()


def test_no_frames_and_no_faces_are_no_answer():
    record = followed()
    for frames in ((), tuple(replace(frame, seen=None) for frame in record.frames)):
        finding = finding_of(replace(record, frames=frames))
        assert (finding.outcome, finding.measures) == (Outcome.INDETERMINATE, ())


@pytest.mark.parametrize("still", [-1, 50, 10**9])
def test_still_is_one_of_the_frames(still: int):
    assert missed(replace(followed(), still=still)) == (LiveRule.STILL,)


def test_still_looks_straight_ahead_and_shows_a_clear_face():
    turned = next(i for i, frame in enumerate(followed().frames) if abs(follows(frame.at_ms)) > 30)
    assert missed(replace(followed(), still=turned)) == (LiveRule.STILL,)
    assert missed(with_faces(250, 350, confidence=0.5)) == (LiveRule.STILL,)
    assert missed(with_frames(lambda f: replace(f, seen=None), from_ms=250, until_ms=350)) == (
        LiveRule.STILL,
    )


# 3: one person, the same face in every frame and from each to the next, without a jump


def test_somebody_else_in_view_ends_it():
    assert missed(with_faces(4000, 4200, rival=0.6)) == (LiveRule.ONE_PERSON,)
    assert missed(with_faces(rival=0.59)) == ()


def test_every_face_is_like_the_still_and_every_frontal_one_very_like_it():
    assert missed(with_faces(2000, 2200, similarity=0.67)) == (LiveRule.SAME_FACE,)
    assert missed(with_faces(2000, 2200, similarity=0.69)) == ()
    assert missed(with_faces(3800, 4000, similarity=0.79)) == (LiveRule.SAME_FACE,)
    assert missed(with_faces(3800, 4000, similarity=0.81)) == ()


def test_one_frame_of_the_true_person_among_a_strangers_is_a_change():
    """The still shows the victim, everything else somebody who looks a little like them."""
    stranger = with_faces(400, similarity=0.70)
    assert missed(stranger) == (LiveRule.SAME_FACE,)


def test_stranger_who_appears_only_while_turned_is_found_where_the_faces_meet():
    """Turned, a face is less like the still, and a stranger passes sooner; not from one frame to the next."""
    assert missed(with_faces(2000, 2200, continuity=0.75)) == (LiveRule.CONTINUITY,)
    assert missed(with_faces(continuity=0.77)) == ()


def test_blurred_frame_does_not_hide_a_change_of_faces():
    """A frame that the detector is unsure of counts for nothing else, but its face must be the same."""
    assert missed(with_faces(2000, 2200, confidence=0.5)) == ()
    assert missed(with_faces(2000, 2200, confidence=0.5, continuity=0.6)) == (LiveRule.CONTINUITY,)
    assert missed(with_faces(2000, 2200, confidence=0.5, similarity=0.6)) == (LiveRule.SAME_FACE,)
    assert missed(with_faces(2000, 2200, confidence=0.5, rival=0.9)) == (LiveRule.ONE_PERSON,)


def test_face_that_leaps_or_grows_between_two_frames_is_a_cut():
    for leapt in (a_face(right=180 + 1.5 * EYE_PX), a_face(size=1.4), a_face(size=0.7)):
        cut = with_frames(lambda f, seen=leapt: replace(f, seen=seen), from_ms=3700, until_ms=3900)
        assert missed(cut) == (LiveRule.NO_JUMP,)
    moved = a_face(right=180 + 1.3 * EYE_PX, size=1.3)
    assert missed(with_frames(lambda f: replace(f, seen=moved), from_ms=3700, until_ms=3900)) == ()


@pytest.mark.parametrize("size", [0.7, 1.4])
def test_face_that_grows_or_shrinks_at_the_end_is_a_cut(size: float):
    last = a_face(size=size)
    assert missed(with_frames(lambda f: replace(f, seen=last), from_ms=9700)) == (LiveRule.NO_JUMP,)


def test_still_at_another_scale_is_a_cut():
    near = a_face(size=1.5)
    assert missed(with_frames(lambda f: replace(f, seen=near), from_ms=300, until_ms=400)) == (
        LiveRule.NO_JUMP,
    )


# 4: every prompt followed: one turn to its side, at a human pace, in depth, and back


def test_who_keeps_still_has_not_turned():
    assert missed(showing(lambda _: 0.0)) == (LiveRule.TURN,)


def test_who_turns_to_the_other_side_is_told_so():
    wrong = missed(showing(lambda at_ms: -follows(at_ms)))
    assert wrong == (LiveRule.TURN, LiveRule.NOT_THE_OTHER_WAY)


def test_mirrored_frames_show_the_other_side():
    def mirrored(frame: Frame) -> Frame:
        assert frame.seen is not None
        (eye0, eye1, nose, mouth0, mouth1) = ((360 - x, y) for x, y in frame.seen.landmarks)
        return replace(frame, seen=replace(frame.seen, landmarks=(eye1, eye0, nose, mouth1, mouth0)))

    assert missed(with_frames(mirrored)) == (LiveRule.TURN, LiveRule.NOT_THE_OTHER_WAY)


def test_who_looks_to_the_wrong_side_first_is_asked_again():
    """People mistake left and right; a guess that is put right is still a guess."""
    unsure = showing(lambda at_ms: -25.0 if 1200 <= at_ms < 1500 else follows(at_ms))
    assert missed(unsure) == (LiveRule.NOT_THE_OTHER_WAY,)


@given(
    asked=st.lists(st.sampled_from(Side), min_size=3, max_size=4),
    done=st.lists(st.sampled_from(Side), min_size=3, max_size=4),
)
def test_only_the_sides_that_were_asked_for_in_their_order_are_met(asked: list[Side], done: list[Side]):
    challenge, other = a_challenge(*asked), a_challenge(*done)
    assert (missed(followed(other), challenge=challenge, after_s=14) == ()) == (asked == done)


def test_one_prompt_left_out_is_not_followed():
    assert missed(showing(lambda at_ms: 0.0 if 4000 <= at_ms < 7000 else follows(at_ms))) == (LiveRule.TURN,)


def test_half_a_turn_is_not_a_turn():
    assert LiveRule.TURN in missed(followed(most_degrees=20))
    assert missed(followed(most_degrees=30)) == ()


def test_single_look_that_is_off_is_neither_a_turn_nor_an_extra_one():
    """The detector is off by itself now and then: that makes no picture a head, and no head two-faced."""
    flicker = showing(lambda at_ms: 38.0 if at_ms in {2100, 3500} else 0.0)
    assert LiveRule.TURN in missed(flicker)
    assert missed(showing(lambda at_ms: 31.0 if at_ms == 3700 else follows(at_ms))) == ()


def test_flicker_of_a_fast_camera_is_no_turn_either():
    def flicker(frame: Frame) -> Frame:
        return replace(frame, seen=a_face(25.0 if 2000 < frame.at_ms < 2120 else 0.0))

    record = followed(every_ms=50)
    assert missed(replace(record, frames=tuple(map(flicker, record.frames)))) == (LiveRule.TURN,)


def again(at_ms: int) -> float:
    """Turn to the first side quickly, come back, and turn there once more."""
    first = turned_by(1000 + 2 * (at_ms - 1000), CHALLENGE) if at_ms < 2500 else 0.0
    second = turned_by(1000 + 2 * (at_ms - 2500), CHALLENGE) if 2500 <= at_ms < 4000 else 0.0
    return first + second if at_ms < 4000 else follows(at_ms)


def test_who_turns_twice_for_one_prompt_is_asked_again():
    """A recording in which somebody keeps turning would meet whatever prompts it happens upon."""
    assert missed(showing(again)) == (LiveRule.ONCE,)


def test_who_wavers_without_coming_back_has_turned_once():
    def wavers(at_ms: int) -> float:
        return 20.0 if 2200 <= at_ms < 2600 else follows(at_ms)

    assert missed(showing(wavers)) == ()


def test_turn_that_nobody_asked_for_yet_is_an_extra_one():
    early = showing(lambda at_ms: 35.0 if 400 <= at_ms < 800 else follows(at_ms))
    assert missed(early) == (LiveRule.ONCE,)


def test_head_comes_back_to_the_centre_before_the_next_prompt():
    stays = showing(lambda at_ms: 38.0 if 2000 <= at_ms < 4000 else follows(at_ms))
    assert missed(stays) == (LiveRule.BACK_TO_CENTRE,)
    halfway = showing(lambda at_ms: 20.0 if 3000 <= at_ms < 4000 else follows(at_ms))
    assert missed(halfway) == (LiveRule.BACK_TO_CENTRE,)


def test_head_that_swings_from_side_to_side_turned_each_time_and_never_came_back():
    def swings(at_ms: int) -> float:
        if 2000 <= at_ms < 4200:
            return 38.0
        return -38.0 if 4200 <= at_ms < 5500 else follows(at_ms)

    rules = missed(showing(swings))
    assert LiveRule.BACK_TO_CENTRE in rules
    assert LiveRule.TURN not in rules


@pytest.mark.parametrize(("early_ms", "missing"), [(600, ()), (800, (LiveRule.HUMAN_PACE,))])
def test_nobody_turns_before_the_prompt_could_be_read(early_ms: int, missing: tuple[LiveRule, ...]):
    """Usually turned 900 ms after the prompt. 150 ms is less than anybody takes to read it."""
    assert missed(showing(lambda at_ms: turned_by(at_ms + early_ms, CHALLENGE))) == missing


FAR = followed(every_ms=100, most_degrees=63)


@pytest.mark.parametrize(("from_ms", "until_ms"), [(1500, 2000), (2900, 3900)], ids=["out", "back"])
def test_nobody_turns_faster_than_a_head_can(from_ms: int, until_ms: int):
    """Turn by 63 degrees as usual, and leave out the way there, or the way back."""
    frames = tuple(replace(f, seen=a_face()) if from_ms < f.at_ms < until_ms else f for f in FAR.frames)
    first = tuple(frame for frame in frames if frame.at_ms < 4000)
    rest = tuple(frame for frame in followed(every_ms=100).frames if frame.at_ms >= 4000)
    assert missed(replace(FAR, frames=first + rest)) == (LiveRule.HUMAN_PACE,)


def shown(at_ms: int) -> float:
    """Show three photographs in turn: ahead, and to both sides."""
    return math.copysign(38.0, follows(at_ms)) if abs(follows(at_ms)) > 19 else 0.0


def test_show_of_photographs_is_never_seen_on_the_way():
    assert missed(showing(shown)) == (LiveRule.ON_THE_WAY,)


def test_photograph_that_is_measured_unevenly_is_not_on_its_way():
    """The detector places the points of a turned face now here, now there: the usual look counts."""
    uneven = showing(lambda at_ms: shown(at_ms) * (1.3 if at_ms % 3000 == 2100 else 1.0))
    assert missed(uneven) == (LiveRule.ON_THE_WAY,)


def test_slow_camera_may_miss_the_way_once():
    assert missed(showing(lambda at_ms: shown(at_ms) if at_ms < 4000 else follows(at_ms))) == ()
    twice = showing(lambda at_ms: shown(at_ms) if at_ms < 7000 else follows(at_ms))
    assert missed(twice) == (LiveRule.ON_THE_WAY,)


@given(degrees=st.floats(0, 60), depth=st.floats(0, 0.1))
def test_flat_picture_turned_as_asked_is_not_a_head(degrees: float, depth: float):
    """A plane carries its nose with it; a little depth allows for a landmark that is off."""
    assert LiveRule.TURN in missed(followed(most_degrees=degrees, depth=depth))


def test_bent_picture_narrows_more_than_its_parallax_accounts_for():
    """Round a cylinder the nose stands out by 0.16 eye distances: 60 degrees give parallax, and betray it."""
    assert missed(followed(most_degrees=60, depth=0.16)) == (LiveRule.DEPTH,)


def slid(at_ms: int, *, by: float) -> Frame:
    eye0, eye1, nose, mouth0, mouth1 = points(0)
    off = EYE_PX * by * follows(at_ms) / 40
    return a_frame(at_ms, replace(a_face(), landmarks=(eye0, eye1, (nose[0] + off, nose[1]), mouth0, mouth1)))


@pytest.mark.parametrize("by", [0.26, 0.35, 0.5])
def test_nose_that_slides_over_a_face_that_does_not_turn_is_not_depth(by: float):
    assert missed(with_frames(lambda frame: slid(frame.at_ms, by=by))) == (LiveRule.DEPTH,)


def test_eyes_and_mouth_stay_in_one_plane():
    def pull(frame: Frame) -> Frame:
        assert frame.seen is not None
        eye0, eye1, nose, mouth0, mouth1 = frame.seen.landmarks
        return replace(
            frame, seen=replace(frame.seen, landmarks=(eye0, eye1, nose, (mouth0[0] - 35, mouth0[1]), mouth1))
        )

    assert missed(with_frames(pull, from_ms=1900, until_ms=2100)) == (LiveRule.PLANE,)


# what is made of it


def test_challenge_that_is_not_met_is_indeterminate_with_a_reason_and_never_a_fail():
    finding = finding_of(showing(lambda _: 0.0))
    assert finding.outcome is Outcome.INDETERMINATE
    assert finding.reason is ReasonCode.CHALLENGE_NOT_FOLLOWED


REASONS = {
    ReasonCode.CHALLENGE_NOT_CURRENT: replace(followed(), nonce=b""),
    ReasonCode.CHALLENGE_NOT_SEEN: replace(followed(), frames=()),
    ReasonCode.TWO_FACES: with_faces(rival=1.0),
    ReasonCode.FACE_CHANGED: with_faces(1000, similarity=0.5),
    ReasonCode.CHALLENGE_NOT_FOLLOWED: showing(shown),
}


@pytest.mark.parametrize("reason", REASONS, ids=lambda reason: reason.value)
def test_person_is_told_what_was_not_met(reason: ReasonCode):
    assert finding_of(REASONS[reason]).reason is reason


@given(data=st.data())
def test_whatever_is_answered_the_finding_is_a_pass_or_indeterminate(data: st.DataObject):
    share = st.floats(0, 1)
    frame = st.builds(
        Frame,
        st.integers(-(10**400), 10**400),
        st.integers(-(10**400), 10**400),
        st.none()
        | st.builds(
            a_face,
            st.floats(-80, 80),
            similarity=share,
            size=st.floats(0.1, 9),
            right=st.floats(-9999, 9999),
        ),
    )
    record = TurnRecord(
        SESSION, CHALLENGE.nonce, data.draw(st.integers(-2, 9)), tuple(data.draw(st.lists(frame, max_size=8)))
    )
    finding = finding_of(record)
    assert finding.outcome is Outcome.INDETERMINATE
    assert finding.reason is not None


@given(data=st.data())
def test_whatever_changes_in_an_answer_it_is_a_pass_or_indeterminate(data: st.DataObject):
    """Change one face of a good answer to anything that can be measured."""
    record = followed()
    number = data.draw(st.integers(0, len(record.frames) - 1))
    point = st.tuples(st.floats(-1e5, 1e5), st.floats(-1e5, 1e5))
    try:
        seen = replace(
            a_face(),
            landmarks=tuple(data.draw(point) for _ in range(5)),
            similarity=data.draw(st.floats(0, 1)),
            continuity=data.draw(st.floats(0, 1)),
            confidence=data.draw(st.floats()),
            rival=data.draw(st.floats(0, 1)),
        )
    except Malformed:
        return
    frames = list(record.frames)
    frames[number] = replace(frames[number], seen=seen)
    finding = finding_of(replace(record, frames=tuple(frames), still=data.draw(st.integers(0, 49))))
    assert finding.outcome in {Outcome.PASS, Outcome.INDETERMINATE}


@pytest.mark.parametrize("rule", LiveRule, ids=lambda rule: rule.value)
def test_every_rule_has_a_sentence_for_the_person(rule: LiveRule):
    assert rule.reason in ReasonCode


def test_answer_ends_with_the_life_of_the_challenge():
    long = replace(CHALLENGE, expires_at=NOW + timedelta(seconds=60))
    assert missed(followed(), challenge=long, after_s=59) == ()
    assert missed(followed(), challenge=CHALLENGE, after_s=59) == (LiveRule.IN_TIME,)


# a passive pack's score


@pytest.mark.parametrize(
    ("score", "outcome"),
    [(0.0, Outcome.PASS), (0.4, Outcome.PASS), (0.41, Outcome.INDETERMINATE), (1.0, Outcome.INDETERMINATE)],
)
def test_passive_score_passes_up_to_its_limit_and_never_fails(score: float, outcome: Outcome):
    finding = check_passive(attack_score=score, most_attack_score=0.4)
    assert (finding.check, finding.outcome) == (Check.PASSIVE_LIVENESS, outcome)
    assert [measure.what for measure in finding.measures] == [Measured.ATTACK_SCORE]


@pytest.mark.parametrize("score", [math.nan, math.inf, -math.inf])
def test_passive_score_that_is_not_a_number_is_indeterminate_and_not_recorded(score: float):
    finding = check_passive(attack_score=score, most_attack_score=0.4)
    assert finding.reason is ReasonCode.PASSIVE_LIVENESS_UNSURE
    assert finding.measures == ()
