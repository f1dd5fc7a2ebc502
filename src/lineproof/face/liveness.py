"""Was the head-turn challenge met? Rules over measured frames; the pixels stay in imaging.

The rules, in the order in which they are named:
    1. the answer belongs to this challenge, once, and in time
    2. there are enough frames, in order and close together, as they came, with a face in view, and the still
       is one of them
    3. one person, the same face in every frame and from each frame to the next, without a jump
    4. every prompt followed: one turn to its side, at a human pace, in depth, and back to the centre
Later groups are looked at only when the earlier ones hold: they would mean nothing.

One turn for each prompt. Who wavers without coming back to the centre has turned once. Who comes back and
turns again, as nervous people do who think that they were not seen, has turned twice and is asked to try
again: a recording in which a face keeps turning would otherwise meet whatever prompts it happens upon.

A challenge that is not met is indeterminate, never a fail. No limit here was measured on people who turn
their heads, so an unmet challenge is evidence against nobody: a door offers it again or another way, a
required check sends the case to people, and an attestation may settle it.

Pages ask for it where an applicant chooses it (registry/flows/head_turn.py); for a single photograph
`booth.examine` answers "not proven live".
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from hmac import compare_digest
from itertools import pairwise
from statistics import median

from lineproof.decision.finding import Check, Finding, Measure, Measured, indeterminate, passed
from lineproof.decision.reasons import ReasonCode
from lineproof.face.challenge import Challenge, Side
from lineproof.face.turn_record import LivenessLimits, Seen, TurnRecord
from lineproof.face.turning import (
    Pose,
    centre,
    eye_distance,
    eyes_to_mouth,
    frontal_offset,
    measure_pose,
)


class LiveRule(Enum):
    """Each rule by name, so that a page and a measurement can say which one was not met."""

    SESSION = "session"
    NONCE = "nonce"
    IN_TIME = "in_time"
    ORDER = "order"
    AS_THEY_CAME = "as_they_came"
    FRAME_RATE = "frame_rate"
    ENOUGH_FRAMES = "enough_frames"
    FACE_IN_VIEW = "face_in_view"
    NEAR_ENOUGH = "near_enough"
    STILL = "still"
    ONE_PERSON = "one_person"
    SAME_FACE = "same_face"
    CONTINUITY = "continuity"
    NO_JUMP = "no_jump"
    TURN = "turn"
    ONCE = "once"
    NOT_THE_OTHER_WAY = "not_the_other_way"
    BACK_TO_CENTRE = "back_to_centre"
    HUMAN_PACE = "human_pace"
    ON_THE_WAY = "on_the_way"
    DEPTH = "depth"
    PLANE = "plane"

    @property
    def reason(self) -> ReasonCode:
        """Give the sentence for the person; several rules share one."""
        return _REASONS[self]


_REASONS = {
    **dict.fromkeys(LiveRule, ReasonCode.CHALLENGE_NOT_FOLLOWED),
    **dict.fromkeys(
        (LiveRule.SESSION, LiveRule.NONCE, LiveRule.IN_TIME, LiveRule.AS_THEY_CAME),
        ReasonCode.CHALLENGE_NOT_CURRENT,
    ),
    **dict.fromkeys(
        (
            *(LiveRule.ORDER, LiveRule.FRAME_RATE, LiveRule.ENOUGH_FRAMES),
            *(LiveRule.FACE_IN_VIEW, LiveRule.NEAR_ENOUGH, LiveRule.STILL),
        ),
        ReasonCode.CHALLENGE_NOT_SEEN,
    ),
    LiveRule.ONE_PERSON: ReasonCode.TWO_FACES,
    **dict.fromkeys((LiveRule.SAME_FACE, LiveRule.CONTINUITY, LiveRule.NO_JUMP), ReasonCode.FACE_CHANGED),
}


@dataclass(frozen=True, slots=True)
class _Look:
    """A frame with a face, and how that face stands relative to the still."""

    at_ms: int
    seen: Seen
    pose: Pose


@dataclass(frozen=True, slots=True)
class _Turn:
    """The turned looks of one turn: to one side, without being back at the centre in between."""

    looks: tuple[_Look, ...]

    @property
    def begins_at_ms(self) -> int:
        return self.looks[0].at_ms

    @property
    def ends_at_ms(self) -> int:
        return self.looks[-1].at_ms

    @property
    def in_image(self) -> int:
        return 1 if self.looks[0].pose.parallax > 0 else -1


@dataclass(frozen=True, slots=True)
class _Slot:
    """One prompt with the looks of its time, and the turns to its side that begin in it."""

    side: Side
    shown_at_ms: int
    looks: tuple[_Look, ...]
    turns: tuple[_Turn, ...]

    def towards(self, look: _Look) -> float:
        """Give the parallax towards the side that was asked for."""
        return self.side.in_image * look.pose.parallax


def check_liveness(
    challenge: Challenge,
    record: TurnRecord,
    *,
    answered_at: datetime,
    nonce_is_spent: bool,
    limits: LivenessLimits,
) -> Finding:
    """Check that a challenge was met: a pass when every rule holds, otherwise indeterminate, never a fail.

    answered_at: aware, when the server had the whole answer. nonce_is_spent: whether an answer to this nonce
    was taken before, read by the caller in the transaction that spends it now.
    The reason is that of the first rule not met.
    """
    missed = rules_not_met(
        challenge, record, answered_at=answered_at, nonce_is_spent=nonce_is_spent, limits=limits
    )
    measures = _measures(challenge, record, limits)
    if missed:
        return indeterminate(Check.LIVE, missed[0].reason, *measures)
    return passed(Check.LIVE, *measures)


def check_passive(*, attack_score: float, most_attack_score: float) -> Finding:
    """Check the score of a passive model pack: pass or indeterminate, never a fail; one signal among several.

    attack_score: 0 to 1, larger is more attack-like, as `imaging.passive` measures it.
    most_attack_score: the pack's limit; a score exactly on it passes, one that is not a number does not.
    """
    if not math.isfinite(attack_score):
        return indeterminate(Check.PASSIVE_LIVENESS, ReasonCode.PASSIVE_LIVENESS_UNSURE)
    measure = Measure(Measured.ATTACK_SCORE, attack_score)
    if attack_score <= most_attack_score:
        return passed(Check.PASSIVE_LIVENESS, measure)
    return indeterminate(Check.PASSIVE_LIVENESS, ReasonCode.PASSIVE_LIVENESS_UNSURE, measure)


def rules_not_met(
    challenge: Challenge,
    record: TurnRecord,
    *,
    answered_at: datetime,
    nonce_is_spent: bool,
    limits: LivenessLimits,
) -> tuple[LiveRule, ...]:
    """List the rules that an answer does not meet, in the order of `LiveRule`; empty means that it is met.

    Arguments as in `check_liveness`. A rule of a later group is not named when an earlier group is not met.
    """
    held = {
        LiveRule.SESSION: record.session == challenge.session,
        LiveRule.NONCE: compare_digest(record.nonce, challenge.nonce) and not nonce_is_spent,
        LiveRule.IN_TIME: _in_time(challenge, record, answered_at),
    }
    if all(held.values()):
        held |= _frames_hold(challenge, record, limits)
    if all(held.values()):
        looks = _looks(record, limits)
        held |= _person_holds(record, looks, limits) | _turns_hold(challenge, looks, limits)
    return tuple(rule for rule in LiveRule if not held.get(rule, True))


def _in_time(challenge: Challenge, record: TurnRecord, answered_at: datetime) -> bool:
    """Tell whether the answer came before the end, and not before its own last frame."""
    last_ms = max((max(frame.at_ms, frame.received_ms) for frame in record.frames), default=0)
    passed_ms = (answered_at - challenge.issued_at) / timedelta(milliseconds=1)
    return answered_at <= challenge.expires_at and last_ms <= passed_ms


def _frames_hold(challenge: Challenge, record: TurnRecord, limits: LivenessLimits) -> dict[LiveRule, bool]:
    frames = record.frames
    times, came = [frame.at_ms for frame in frames], [frame.received_ms for frame in frames]
    faces = [(frame.at_ms, frame.seen) for frame in frames if frame.seen and _usable(frame.seen, limits)]
    counts = [
        sum(prompt.shown_at_ms <= at_ms < ends_at_ms for at_ms, _ in faces)
        for prompt, ends_at_ms in challenge.slots()
    ]
    start_ms, end_ms = challenge.prompts[0].shown_at_ms, challenge.ends_at_ms
    with_face = [at_ms for at_ms, _ in faces]
    return {
        LiveRule.ORDER: times == sorted(set(times))
        and min(times, default=0) >= 0
        # A camera that stops a little late is no matter; an answer that goes on is another one.
        and max(times, default=0) <= end_ms + limits.longest_gap_ms,
        LiveRule.AS_THEY_CAME: came == sorted(came)
        and all(0 <= frame.received_ms - frame.at_ms <= limits.longest_delay_ms for frame in frames),
        LiveRule.FRAME_RATE: _longest_gap([start_ms, *times, end_ms]) <= limits.longest_gap_ms,
        LiveRule.ENOUGH_FRAMES: min(counts) >= limits.least_frames_per_prompt,
        LiveRule.FACE_IN_VIEW: _longest_gap([start_ms, *with_face, end_ms]) <= limits.longest_without_face_ms,
        LiveRule.NEAR_ENOUGH: all(
            eyes_to_mouth(seen.landmarks) >= limits.least_height_px for _, seen in faces
        ),
        LiveRule.STILL: _still_holds(record, limits),
    }


def _longest_gap(times_ms: Sequence[int]) -> int:
    return max((later - earlier for earlier, later in pairwise(sorted(times_ms))), default=0)


def _usable(seen: Seen, limits: LivenessLimits) -> bool:
    return seen.confidence >= limits.least_confidence


def _still_holds(record: TurnRecord, limits: LivenessLimits) -> bool:
    """Tell whether the still is one of the frames, with a face that looks straight ahead."""
    still = _still(record)
    if still is None or not _usable(still, limits):
        return False
    return abs(frontal_offset(still.landmarks)) <= limits.most_still_offset


def _still(record: TurnRecord) -> Seen | None:
    return record.frames[record.still].seen if 0 <= record.still < len(record.frames) else None


def _looks(record: TurnRecord, limits: LivenessLimits) -> tuple[_Look, ...]:
    """Measure every face against the still's; empty without a still."""
    still = _still(record)
    if still is None:
        return ()
    return tuple(
        _Look(frame.at_ms, frame.seen, measure_pose(frame.seen.landmarks, frontal=still.landmarks))
        for frame in record.frames
        if frame.seen is not None and _usable(frame.seen, limits)
    )


def _person_holds(record: TurnRecord, looks: Sequence[_Look], limits: LivenessLimits) -> dict[LiveRule, bool]:
    """Hold every face to its likeness, those that the detector is unsure of too: none may hide a change."""
    faces = [frame.seen for frame in record.frames if frame.seen is not None]
    frontal = [look.seen for look in looks if abs(look.pose.parallax) <= limits.most_at_centre]
    return {
        LiveRule.ONE_PERSON: all(seen.rival < limits.most_rival for seen in faces),
        LiveRule.SAME_FACE: all(seen.similarity >= limits.least_similarity for seen in faces)
        and all(seen.similarity >= limits.least_frontal_similarity for seen in frontal),
        LiveRule.CONTINUITY: all(seen.continuity >= limits.least_continuity for seen in faces),
        LiveRule.NO_JUMP: all(_moves_on(a, b, limits) for a, b in pairwise(looks)),
    }


def _moves_on(before: _Look, after: _Look, limits: LivenessLimits) -> bool:
    """Tell whether two faces that follow each other can be one face that moved."""
    earlier, later = before.seen.landmarks, after.seen.landmarks
    step = math.dist(centre(earlier), centre(later)) / eye_distance(earlier)
    growth = eyes_to_mouth(later) / eyes_to_mouth(earlier)
    farthest = limits.most_step + limits.most_step_per_s * _seconds(before, after)
    return step <= farthest and max(growth, 1 / growth) <= limits.most_growth


def _seconds(before: _Look, after: _Look) -> float:
    return (after.at_ms - before.at_ms) / 1000


def _turns(looks: Sequence[_Look], limits: LivenessLimits) -> tuple[_Turn, ...]:
    """Cut the looks into turns. A look that is off by itself is the detector's doing, and no turn."""
    runs: list[list[_Look]] = [[]]
    for look in looks:
        aside = abs(look.pose.parallax)
        turned_over = runs[-1] and runs[-1][-1].pose.parallax * look.pose.parallax < 0
        if aside <= limits.most_at_centre or turned_over:
            runs.append([])
        if aside >= limits.least_parallax:
            runs[-1].append(look)
    turns = (_Turn(tuple(run)) for run in runs if run)
    return tuple(turn for turn in turns if turn.ends_at_ms - turn.begins_at_ms >= limits.least_turned_ms)


def _slots(challenge: Challenge, looks: Sequence[_Look], turns: Sequence[_Turn]) -> tuple[_Slot, ...]:
    return tuple(
        _Slot(
            prompt.side,
            prompt.shown_at_ms,
            tuple(look for look in looks if prompt.shown_at_ms <= look.at_ms < ends_at_ms),
            tuple(
                turn
                for turn in turns
                if prompt.shown_at_ms <= turn.begins_at_ms < ends_at_ms
                and turn.in_image == prompt.side.in_image
            ),
        )
        for prompt, ends_at_ms in challenge.slots()
    )


def _turns_hold(challenge: Challenge, looks: Sequence[_Look], limits: LivenessLimits) -> dict[LiveRule, bool]:
    turns = _turns(looks, limits)
    slots = _slots(challenge, looks, turns)
    outside = [
        turn
        for turn in turns
        if not challenge.prompts[0].shown_at_ms <= turn.begins_at_ms < challenge.ends_at_ms
    ]
    first = [(slot, slot.turns[0]) for slot in slots if slot.turns]
    return {
        LiveRule.TURN: all(slot.turns for slot in slots),
        LiveRule.ONCE: not outside and all(len(slot.turns) <= 1 for slot in slots),
        LiveRule.NOT_THE_OTHER_WAY: all(
            slot.towards(look) >= -limits.most_other_way for slot in slots for look in slot.looks
        ),
        LiveRule.BACK_TO_CENTRE: all(_returns(slot, turn, limits) for slot, turn in first),
        LiveRule.HUMAN_PACE: all(
            turn.begins_at_ms - slot.shown_at_ms >= limits.least_reaction_ms for slot, turn in first
        )
        and all(_is_human(a, b, limits) for a, b in pairwise(looks)),
        LiveRule.ON_THE_WAY: sum(not _is_gradual(slot, turn, limits) for slot, turn in first)
        <= limits.most_leaps,
        LiveRule.DEPTH: all(_is_deep(turn, limits) for _, turn in first),
        LiveRule.PLANE: all(look.pose.residual <= limits.most_residual for look in looks),
    }


def _returns(slot: _Slot, turn: _Turn, limits: LivenessLimits) -> bool:
    """Tell whether the face looks ahead again after the turn, before the slot ends."""
    after = [look for look in slot.looks if look.at_ms > turn.ends_at_ms]
    return any(abs(look.pose.parallax) <= limits.most_at_centre for look in after)


def _is_human(before: _Look, after: _Look, limits: LivenessLimits) -> bool:
    """Tell whether a head can have turned so far between two looks."""
    farthest = limits.most_turn + limits.most_turn_per_s * _seconds(before, after)
    return abs(after.pose.parallax - before.pose.parallax) <= farthest


def _is_gradual(slot: _Slot, turn: _Turn, limits: LivenessLimits) -> bool:
    """Tell whether the face was seen on its way out or back, as it is not in a show of photographs."""
    usual = median(slot.towards(look) for look in turn.looks)
    low, high = limits.between_from * usual, limits.between_to * usual
    return any(low <= slot.towards(look) <= high for look in slot.looks)


def _is_deep(turn: _Turn, limits: LivenessLimits) -> bool:
    """Tell whether the plane narrows as it turns, and no more than the nose's parallax accounts for.

    Medians over the turned looks: the detector places the far eye of a single look badly now and then.
    """
    narrowing = median(look.pose.narrowing for look in turn.looks)
    depth = median(look.pose.depth for look in turn.looks)
    return narrowing <= limits.most_narrowing and depth >= limits.least_depth


def _measures(challenge: Challenge, record: TurnRecord, limits: LivenessLimits) -> tuple[Measure, ...]:
    """Give the least similarity and the least of the prompts' largest turns; none where nothing was seen."""
    looks = _looks(record, limits)
    slots = _slots(challenge, looks, ())
    if not all(slot.looks for slot in slots):
        return ()
    similarity = min(look.seen.similarity for look in looks)
    turn = min(max(slot.towards(look) for look in slot.looks) for slot in slots)
    if not math.isfinite(similarity):
        return ()
    return Measure(Measured.SIMILARITY, similarity), Measure(Measured.HEAD_TURN, turn)
