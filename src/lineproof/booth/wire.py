"""The frames between relay and worker: a job in, an answer out, over one socket. Nothing else travels.

A job: its assignment as JSON, the document image, the capture (empty for none), each after its length in
four bytes, big-endian. An answer: one frame of JSON, of at most ANSWER_BYTES.
"""

import json
import os
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from lineproof.decision.policy import parse_policy
from lineproof.ports import Assignment
from lineproof.terms import SessionId, Way

MAX_IMAGE_BYTES = 24 * 1024 * 1024
MAX_ASSIGNMENT_BYTES = 64 * 1024
ANSWER_BYTES = 12288
_LENGTH_BYTES = 4
_CHUNK = 1 << 20


class BrokenFrame(Exception):
    """The other side closed early, or sent something longer than allowed or of another form."""


@dataclass(frozen=True, slots=True)
class Job:
    """What a worker is to examine. capture is None for a way without a face."""

    assignment: Assignment
    document: bytes
    capture: bytes | None


def assignment_frame(assignment: Assignment) -> bytes:
    """Write an assignment as JSON; the policy travels whole, since a worker can open no file."""
    return json.dumps(
        {
            "session": str(assignment.session),
            "policy": dict(assignment.policy.content),
            "way": assignment.way.value,
            "today": assignment.today.isoformat(),
            "explain": assignment.explain,
        }
    ).encode()


def read_job(descriptor: int) -> Job:
    """Read one job; BrokenFrame if it does not come whole."""
    assignment = parse_assignment(read_frame(descriptor, MAX_ASSIGNMENT_BYTES))
    document = read_frame(descriptor, MAX_IMAGE_BYTES)
    capture = read_frame(descriptor, MAX_IMAGE_BYTES)
    return Job(assignment, document, capture if assignment.way is Way.FACE else None)


def parse_assignment(content: bytes) -> Assignment:
    """Read what `assignment_frame` wrote; BrokenFrame for anything else, Malformed for what is no policy."""
    try:
        fields = json.loads(content)
        return Assignment(
            session=SessionId(UUID(fields["session"])),
            policy=parse_policy(fields["policy"]),
            way=Way(fields["way"]),
            today=date.fromisoformat(fields["today"]),
            explain=fields["explain"] is True,
        )
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise BrokenFrame(f"not an assignment: {type(error).__name__}") from error


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
