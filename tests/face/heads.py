"""Five points of a head in space, turned and projected, and the answers that they make."""

import math
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from lineproof.face.challenge import Challenge, Prompt, Side
from lineproof.face.liveness import LiveRule, check_liveness, rules_not_met
from lineproof.face.turn_record import Frame, LivenessLimits, Seen, TurnRecord
from lineproof.face.turning import Landmarks
from lineproof.terms import SessionId

SESSION = SessionId(UUID("4b3c1d4e-9f6a-4f0e-8a51-0c9d2f7b6e11"))
NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
LIMITS = LivenessLimits(least_similarity=0.68, least_frontal_similarity=0.80, least_continuity=0.76)
NOSE_DEPTH = 0.45  # of a usual head, in distances between the eyes
EYE_PX = 80.0
DELAY_MS = 120

Moved = Callable[[Frame], Frame]


def a_challenge(*sides: Side) -> Challenge:
    """Ask for these turns, or left, right, left; three seconds for each."""
    prompts = tuple(
        Prompt(side, 1000 + 3000 * i) for i, side in enumerate(sides or (Side.LEFT, Side.RIGHT, Side.LEFT))
    )
    ends_at_ms = 1000 + 3000 * len(prompts)
    return Challenge(SESSION, b"0123456789abcdef", NOW, NOW + timedelta(seconds=30), prompts, ends_at_ms)


CHALLENGE = a_challenge()


def points(
    yaw_degrees: float,
    *,
    depth: float = NOSE_DEPTH,
    right: float = 180.0,
    size: float = 1.0,
    mouth: float = 0.4,
) -> Landmarks:
    """Project five points of a head that is turned towards the right of the image by so much."""
    yaw = math.radians(yaw_degrees)
    head = ((-0.5, -0.5, 0), (0.5, -0.5, 0), (0, 0.1, depth), (-mouth, 0.5, 0), (mouth, 0.5, 0))
    eye0, eye1, nose, mouth0, mouth1 = (
        (right + EYE_PX * size * (x * math.cos(yaw) + z * math.sin(yaw)), 200 + EYE_PX * size * y)
        for x, y, z in head
    )
    return eye0, eye1, nose, mouth0, mouth1


def a_face(yaw_degrees: float = 0.0, *, similarity: float = 0.95, **shape: float) -> Seen:
    """See a face of the same person, clearly and alone."""
    return Seen(
        points(yaw_degrees, **shape), similarity=similarity, continuity=0.95, confidence=0.93, rival=0.0
    )


def a_frame(at_ms: int, seen: Seen | None) -> Frame:
    """Take a frame that the server had a moment later."""
    return Frame(at_ms, at_ms + DELAY_MS, seen)


def turned_by(at_ms: int, challenge: Challenge, *, most_degrees: float = 40.0) -> float:
    """Say how far somebody is turned who follows: half a second to react, half to turn, held, and back."""
    for prompt, ends_at_ms in challenge.slots():
        if prompt.shown_at_ms <= at_ms < ends_at_ms:
            since = at_ms - prompt.shown_at_ms - 500
            share = min(1.0, max(0.0, since / 500), max(0.0, (1900 - since) / 500))
            return prompt.side.in_image * most_degrees * share
    return 0.0


def follows(at_ms: int) -> float:
    """Say how far somebody is turned who follows the usual challenge."""
    return turned_by(at_ms, CHALLENGE)


def followed(
    asked: Challenge = CHALLENGE, *, most_degrees: float = 40.0, every_ms: int = 200, **shape: float
) -> TurnRecord:
    """Answer a challenge by doing what it asks."""
    frames = tuple(
        a_frame(at_ms, a_face(turned_by(at_ms, asked, most_degrees=most_degrees), **shape))
        for at_ms in range(100, asked.ends_at_ms, every_ms)
    )
    return TurnRecord(asked.session, asked.nonce, still=1, frames=frames)


def with_frames(change: Moved, *, from_ms: int = 0, until_ms: int = 99_999) -> TurnRecord:
    """Follow, and change the frames of some time."""
    record = followed()
    frames = tuple(change(f) if from_ms <= f.at_ms < until_ms else f for f in record.frames)
    return replace(record, frames=frames)


def with_faces(from_ms: int = 0, until_ms: int = 99_999, **changed: object) -> TurnRecord:
    """Follow, and change what is seen in the frames of some time."""

    def change(frame: Frame) -> Frame:
        assert frame.seen is not None
        return replace(frame, seen=replace(frame.seen, **changed))

    return with_frames(change, from_ms=from_ms, until_ms=until_ms)


def showing(yaw: Callable[[int], float], **shape: float) -> TurnRecord:
    """Turn as a function of time says."""
    return with_frames(lambda frame: replace(frame, seen=a_face(yaw(frame.at_ms), **shape)))


def missed(
    record: TurnRecord, *, challenge: Challenge = CHALLENGE, after_s: float | None = None, spent: bool = False
) -> tuple[LiveRule, ...]:
    """List the rules not met by an answer that comes so long after the issue, or a second after the end."""
    after_s = challenge.ends_at_ms / 1000 + 1 if after_s is None else after_s
    answered_at = challenge.issued_at + timedelta(seconds=after_s)
    return rules_not_met(challenge, record, answered_at=answered_at, nonce_is_spent=spent, limits=LIMITS)


def finding_of(record: TurnRecord, challenge: Challenge = CHALLENGE):
    """Check an answer that comes half a second after the end."""
    answered_at = challenge.issued_at + timedelta(milliseconds=challenge.ends_at_ms + 500)
    return check_liveness(challenge, record, answered_at=answered_at, nonce_is_spent=False, limits=LIMITS)
