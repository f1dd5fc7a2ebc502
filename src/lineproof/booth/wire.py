"""The frames between relay and worker: a job in, an answer out, over one socket. Nothing else travels.

A job: its assignment and the terms of its seal as JSON, and the sealed evidence, each after its length in
four bytes, big-endian. With a live challenge the evidence ends with the document; then each frame of the
camera comes as it was sealed, behind the milliseconds (four bytes) at which the relay had it, until the one
that says it is the last. An answer: one frame of JSON, of at most ANSWER_BYTES.

A review: the terms of its opening as JSON, and the parts of a referral's evidence. Its answer: sealed crops,
of at most REVIEW_BYTES, or JSON that says why there are none.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from lineproof.decision.policy import parse_policy
from lineproof.face.challenge import Challenge, Prompt, Side
from lineproof.ports import CHALLENGE_BYTES, Assignment, SealPurpose, SealTerms
from lineproof.referral import OPENING_BYTES, WRAPPED_KEY_BYTES, Opening, ReviewTerms
from lineproof.terms import SessionId, Way

MAX_IMAGE_BYTES = 24 * 1024 * 1024
MAX_ASSIGNMENT_BYTES = 64 * 1024
MAX_SEALED_BYTES = 2 * MAX_IMAGE_BYTES + 4096
MAX_FRAME_BYTES = 1024 * 1024
MAX_FRAMES = 200
MAX_FRAMES_BYTES = 48 * 1024 * 1024
_RECEIVED_BYTES = 4
POINT_BYTES = 65
DIGEST_BYTES = 32
ANSWER_BYTES = 12288
REVIEW_BYTES = 2 * 1024 * 1024
_LENGTH_BYTES = 4
_REVIEW_BEGINS = b'{"review": '
_CHUNK = 1 << 20


class BrokenFrame(Exception):
    """The other side closed early, or sent something longer than allowed or of another form."""


@dataclass(frozen=True, slots=True)
class SealedJob:
    """What a worker is sent. frames: of a live challenge: when the relay had each, in ms; sealed."""

    assignment: Assignment
    terms: SealTerms
    evidence: bytes
    frames: tuple[tuple[int, bytes], ...] = ()


@dataclass(frozen=True, slots=True)
class LiveFrame:
    """One frame of a camera; times in ms since the challenge was issued, see `turn_record.Frame`."""

    at_ms: int
    received_ms: int
    is_still: bool
    photograph: bytes


@dataclass(frozen=True, slots=True)
class Job:
    """What a worker is to examine, opened. capture is None for a way without a face.

    frames: of a live challenge, one of them the still; capture is that still's file. content_key: what the
    photographs are sealed with, 32 bytes; it leaves only wrapped, and only for a referral.
    """

    assignment: Assignment
    document: bytes
    capture: bytes | None
    frames: tuple[LiveFrame, ...] = ()
    content_key: bytes = b""


@dataclass(frozen=True, slots=True)
class ReviewJob:
    """What a worker opens for a reviewer's browser. parts: a referral's evidence without its head."""

    opening: Opening
    parts: bytes


def read_job(descriptor: int) -> SealedJob | ReviewJob:
    """Read one job; BrokenFrame if it does not come whole."""
    head = read_frame(descriptor, MAX_ASSIGNMENT_BYTES)
    if head.startswith(_REVIEW_BEGINS):
        return ReviewJob(parse_review_head(head), read_frame(descriptor, MAX_SEALED_BYTES))
    assignment, terms = parse_job_head(head)
    evidence = read_frame(descriptor, MAX_SEALED_BYTES)
    frames = () if assignment.challenge is None else tuple(_read_frames(descriptor))
    return SealedJob(assignment, terms, evidence, frames)


def live_frame(received_ms: int, sealed: bytes) -> bytes:
    """Write a frame of a camera as it goes on to the worker."""
    return received_ms.to_bytes(_RECEIVED_BYTES, "big") + sealed


def is_last(sealed: bytes) -> bool:
    """Tell whether a sealed part says that it is the last; the seal binds it to that word."""
    return sealed[1:2] == b"\1"


def _read_frames(descriptor: int) -> Iterator[tuple[int, bytes]]:
    size = 0
    for _ in range(MAX_FRAMES):
        frame = read_frame(descriptor, MAX_FRAME_BYTES)
        size += len(frame)
        if size > MAX_FRAMES_BYTES:
            raise BrokenFrame("the frames of a challenge are too large together")
        sealed = frame[_RECEIVED_BYTES:]
        yield int.from_bytes(frame[:_RECEIVED_BYTES], "big"), sealed
        if is_last(sealed):
            return
    raise BrokenFrame(f"more than {MAX_FRAMES} frames")


def job_head(assignment: Assignment, terms: SealTerms) -> bytes:
    """Write an assignment and terms as JSON; the policy travels whole, since a worker can open no file."""
    return json.dumps(
        {
            "session": str(assignment.session),
            "policy": dict(assignment.policy.content),
            "way": assignment.way.value,
            "today": assignment.today.isoformat(),
            "explain": assignment.explain,
            "attested": None if assignment.attested_digest is None else assignment.attested_digest.hex(),
            "turn": None if assignment.challenge is None else _turn(assignment.challenge),
            "case_key": None if assignment.case_key is None else assignment.case_key.hex(),
            "purpose": terms.purpose.value,
            "challenge": terms.challenge.hex(),
            "expires_at": int(terms.expires_at.timestamp()),
            "epoch_key": terms.epoch_key.hex(),
        }
    ).encode()


def parse_job_head(content: bytes) -> tuple[Assignment, SealTerms]:
    """Read what `job_head` wrote; BrokenFrame for anything else, Malformed for what is no policy."""
    try:
        fields = json.loads(content)
        session = SessionId(UUID(fields["session"]))
        challenge = _exactly(fields["challenge"], CHALLENGE_BYTES)
        assignment = Assignment(
            session=session,
            policy=parse_policy(fields["policy"]),
            way=Way(fields["way"]),
            today=date.fromisoformat(fields["today"]),
            explain=fields["explain"] is True,
            attested_digest=None
            if fields["attested"] is None
            else _exactly(fields["attested"], DIGEST_BYTES),
            challenge=None if fields["turn"] is None else _challenge(session, challenge, fields["turn"]),
            case_key=None if fields["case_key"] is None else _exactly(fields["case_key"], POINT_BYTES),
        )
        terms = SealTerms(
            session=session,
            purpose=SealPurpose(fields["purpose"]),
            challenge=challenge,
            expires_at=datetime.fromtimestamp(fields["expires_at"], UTC),
            epoch_key=_exactly(fields["epoch_key"], POINT_BYTES),
        )
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError, OSError) as error:
        raise BrokenFrame(f"not the head of a job: {type(error).__name__}") from error
    return assignment, terms


def review_head(opening: Opening) -> bytes:
    """Write an opening as JSON."""
    terms = opening.terms
    fields = {
        "session": str(terms.session),
        "opening": terms.opening.hex(),
        "browser_key": terms.browser_key.hex(),
        "expires_at": int(terms.expires_at.timestamp()),
        "epoch_key": terms.epoch_key.hex(),
        "sealed_key": opening.sealed_key.hex(),
    }
    return json.dumps({"review": fields}).encode()


def parse_review_head(content: bytes) -> Opening:
    """Read what `review_head` wrote; BrokenFrame for anything else."""
    try:
        fields = json.loads(content)["review"]
        terms = ReviewTerms(
            session=SessionId(UUID(fields["session"])),
            opening=_exactly(fields["opening"], OPENING_BYTES),
            browser_key=_exactly(fields["browser_key"], POINT_BYTES),
            expires_at=datetime.fromtimestamp(fields["expires_at"], UTC),
            epoch_key=_exactly(fields["epoch_key"], POINT_BYTES),
        )
        return Opening(terms, _exactly(fields["sealed_key"], WRAPPED_KEY_BYTES))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError, OSError) as error:
        raise BrokenFrame(f"not the head of a review: {type(error).__name__}") from error


def _turn(challenge: Challenge) -> dict[str, Any]:
    return {
        "issued_at": challenge.issued_at.isoformat(),
        "expires_at": challenge.expires_at.isoformat(),
        "prompts": [[prompt.side.value, prompt.shown_at_ms] for prompt in challenge.prompts],
        "ends_at_ms": challenge.ends_at_ms,
    }


def _challenge(session: SessionId, nonce: bytes, turn: dict[str, Any]) -> Challenge:
    """Read a challenge, whose nonce is the seal's: frames sealed for one head turn open for no other."""
    return Challenge(
        session=session,
        nonce=nonce,
        issued_at=datetime.fromisoformat(turn["issued_at"]),
        expires_at=datetime.fromisoformat(turn["expires_at"]),
        prompts=tuple(Prompt(Side(side), int(shown_at_ms)) for side, shown_at_ms in turn["prompts"]),
        ends_at_ms=int(turn["ends_at_ms"]),
    )


def _exactly(hexadecimal: str, size: int) -> bytes:
    content = bytes.fromhex(hexadecimal)
    if len(content) != size:
        raise ValueError
    return content


def length_of(size: int) -> bytes:
    """Write a frame's length."""
    return size.to_bytes(_LENGTH_BYTES, "big")


def read_frame(descriptor: int, most: int) -> bytes:
    """Read one frame of at most `most` bytes."""
    size = int.from_bytes(_read_exactly(descriptor, _LENGTH_BYTES), "big")
    if size > most:
        raise BrokenFrame(f"a frame of {size} bytes where {most} are allowed")
    return _read_exactly(descriptor, size)


def write_frame(descriptor: int, content: bytes) -> None:
    """Write one frame."""
    rest = memoryview(length_of(len(content)) + content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _read_exactly(descriptor: int, size: int) -> bytes:
    content = bytearray()
    while len(content) < size:
        part = os.read(descriptor, min(size - len(content), _CHUNK))
        if not part:
            raise BrokenFrame("the other side closed before its frame was whole")
        content += part
    return bytes(content)
