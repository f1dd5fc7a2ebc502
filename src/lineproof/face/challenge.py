"""The head-turn challenge: what a person before the camera is asked to do, drawn at random by the server.

Directions. A side is the person's own. Frames come from the camera unmirrored, so whoever turns to their own
left moves the nose towards the right of the image. A page may mirror what it shows, never what it sends.

Times. Milliseconds count from the moment the challenge was issued; the page opens the camera first and then
asks for the challenge. Prompts come at random times, so that a recording with the right turns in the right
order still has to have them at the right moments. A door tells a page each prompt only when its time has
come: who knew them all at once could make the frames at leisure.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from lineproof.errors import Malformed
from lineproof.terms import SessionId

NONCE_BYTES = 16
LEAST_ENTROPY_BYTES = 32
LONGEST_LIFE = timedelta(seconds=60)
USUAL_LIFE = timedelta(seconds=30)

# How many turns are asked for. A guess meets one of the 8 + 16 sequences of sides once in 24 times.
FEWEST_PROMPTS, MOST_PROMPTS = 3, 4
# When the first prompt is shown, and how long each turn with its return may take: steps of 100 ms.
FIRST_AFTER_MS = range(800, 1600, 100)
SLOT_MS = range(2600, 3900, 100)

_PURPOSE = b"lineproof head turn v1"


class Side(Enum):
    """A side as the person who turns means it."""

    LEFT = "left"
    RIGHT = "right"

    @property
    def in_image(self) -> int:
        """Say where the nose goes in an unmirrored image: +1 is towards its right, -1 towards its left."""
        return 1 if self is Side.LEFT else -1


@dataclass(frozen=True, slots=True)
class Prompt:
    """One turn that is asked for: once to that side, and back to the centre before the next is asked for."""

    side: Side
    shown_at_ms: int


@dataclass(frozen=True, slots=True)
class Challenge:
    """What one session is asked to do, once.

    nonce: 16 bytes that the answer must carry; the caller keeps it, and spends it with the first answer.
    issued_at, expires_at: aware times, at most 60 s apart.
    prompts: in the order in which they are shown. ends_at_ms: when the last slot ends.
    Raises Malformed for a challenge that nobody could be asked, or that could be answered for too long.
    """

    session: SessionId
    nonce: bytes
    issued_at: datetime
    expires_at: datetime
    prompts: tuple[Prompt, ...]
    ends_at_ms: int

    def __post_init__(self) -> None:
        """Check the promise made above."""
        if self.issued_at.tzinfo is None or self.expires_at.tzinfo is None:
            raise Malformed("A challenge's times name no time zone.")
        life = self.expires_at - self.issued_at
        if not timedelta(milliseconds=self.ends_at_ms) < life <= LONGEST_LIFE:
            raise Malformed("A challenge ends before its last prompt, or lives longer than a minute.")
        times = [0, *(prompt.shown_at_ms for prompt in self.prompts), self.ends_at_ms]
        if len(self.nonce) != NONCE_BYTES or not self.prompts or times != sorted(set(times)):
            raise Malformed("A challenge has no nonce, no prompts, or prompts out of order.")

    def slots(self) -> tuple[tuple[Prompt, int], ...]:
        """Give each prompt with the time at which its slot ends, in milliseconds."""
        ends = (*(prompt.shown_at_ms for prompt in self.prompts[1:]), self.ends_at_ms)
        return tuple(zip(self.prompts, ends, strict=True))


def draw_challenge(
    session: SessionId, *, entropy: bytes, now: datetime, life: timedelta = USUAL_LIFE
) -> Challenge:
    """Draw the challenge of a session from fresh random bytes; the same bytes give the same challenge.

    entropy: at least 32 bytes from the system's source, used for one challenge only. All sequences of sides
    are equally likely, and so are all pauses.
    Raises Malformed for less entropy, or a life of more than 60 s or less than the prompts take.
    """
    if len(entropy) < LEAST_ENTROPY_BYTES:
        raise Malformed("A challenge needs at least 32 random bytes.")
    stream = _stream(session.bytes + entropy)
    nonce = bytes(next(stream) for _ in range(NONCE_BYTES))
    sides = _draw_sides(stream)
    at_ms = FIRST_AFTER_MS[_below(len(FIRST_AFTER_MS), stream)]
    prompts = []
    for side in sides:
        prompts.append(Prompt(side, at_ms))
        at_ms += SLOT_MS[_below(len(SLOT_MS), stream)]
    return Challenge(session, nonce, now, now + life, tuple(prompts), ends_at_ms=at_ms)


def _draw_sides(stream: Iterator[int]) -> tuple[Side, ...]:
    """Draw one of all sequences of the allowed lengths, each as likely as any other."""
    place = _below(sum(2**count for count in range(FEWEST_PROMPTS, MOST_PROMPTS + 1)), stream)
    count = FEWEST_PROMPTS
    while place >= 2**count:
        place -= 2**count
        count += 1
    return tuple(Side.LEFT if place >> turn & 1 else Side.RIGHT for turn in range(count))


def _below(limit: int, stream: Iterator[int]) -> int:
    """Draw a number from 0 to limit - 1, all equally likely: a byte that would favour some is thrown away."""
    fair = 256 - 256 % limit
    return next(byte for byte in stream if byte < fair) % limit


def _stream(seed: bytes) -> Iterator[int]:
    """Give bytes without end that nobody can tell from random ones who does not know the seed."""
    block = 0
    while True:
        yield from hashlib.shake_256(_PURPOSE + block.to_bytes(4, "big") + seed).digest(64)
        block += 1
