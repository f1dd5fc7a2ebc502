"""A head turn on its way: what its page is told of the challenge, and the sealed frames that come back.

It is in the memory of the process that serves the pages, and nowhere else, for as long as its challenge
lives. What comes is ciphertext; when it came is noted here, by this process's clock. A page is told each
prompt when its time has come, and not before: see `face/challenge.py`. Whatever is broken off is gone, and
another challenge is drawn.
"""

import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from lineproof.errors import Malformed, NotFound, TooMany, Unavailable
from lineproof.face.challenge import Challenge, Side

# Of what is on its way at once: with their documents 16 times 12 MiB at most, of which a page sends a tenth.
MOST_UNDER_WAY = 16
MOST_FRAMES, MOST_FRAME_BYTES, MOST_FRAMES_BYTES = 200, 256 * 1024, 8 * 1024 * 1024
# Before the ciphertext of each part: kind, whether it is the last, and its length (booth/seal.py).
_PART_HEAD_BYTES = 6
_WAIT_S = 20
_MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class SealedFrame:
    """A frame of a camera as its page sealed it. received_ms: since the challenge was issued."""

    received_ms: int
    content: bytes


@dataclass(frozen=True, slots=True)
class AnsweredTurn:
    """A challenge, and all frames that answer it: the first is the still, the last says that it is last."""

    challenge: Challenge
    frames: tuple[SealedFrame, ...]


@dataclass(frozen=True, slots=True)
class Prompted:
    """What a page is told. number: how many prompts were shown, 0 before the first; side: of the latest.

    ends_at_ms: since the challenge was issued, once the last prompt is shown; None before.
    """

    number: int
    side: Side | None
    ends_at_ms: int | None


@dataclass(slots=True)
class TurnUnderWay:
    """One head turn. document: sealed, as it was sent before. Safe for several threads."""

    challenge: Challenge
    document: bytes
    _frames: list[SealedFrame] = field(default_factory=list)
    _answered: bool = False
    _receiving: threading.Lock = field(default_factory=threading.Lock)

    def receive(self, sealed: bytes, *, now: datetime) -> AnsweredTurn | None:
        """Take the frames that came together; give the whole answer once the last is there, else None.

        sealed: parts, one after another. Raises Malformed for what is none, too much or after the last;
        Unavailable when the time of the challenge is over.
        """
        if now >= self.challenge.expires_at:
            raise Unavailable(
                "The head turn took too long.",
                remedy="Begin another one, or take one photograph.",
                retry_after_s=0,
            )
        received_ms = (now - self.challenge.issued_at) // _MILLISECOND
        parts = _split(sealed)
        with self._receiving:
            size = sum(len(frame.content) for frame in self._frames) + len(sealed)
            if (
                self._answered
                or size > MOST_FRAMES_BYTES
                or len(self._frames) + len(parts) > MOST_FRAMES
                or any(len(part) > MOST_FRAME_BYTES for part in parts)
                or any(part[1] for part in parts[:-1])
            ):
                raise _no_frames()
            self._frames += [SealedFrame(received_ms, part) for part in parts]
            self._answered = parts[-1][1] == 1
            return AnsweredTurn(self.challenge, tuple(self._frames)) if self._answered else None

    def prompted(self, *, now: datetime) -> Prompted:
        """Say what its page may know by now."""
        passed_ms = (now - self.challenge.issued_at) // _MILLISECOND
        shown = [prompt for prompt in self.challenge.prompts if prompt.shown_at_ms <= passed_ms]
        is_last = len(shown) == len(self.challenge.prompts)
        return Prompted(
            number=len(shown),
            side=shown[-1].side if shown else None,
            ends_at_ms=self.challenge.ends_at_ms if is_last else None,
        )


class Turns:
    """The head turns that are on their way, by who makes them: one each. Safe for several threads."""

    def __init__(self) -> None:
        """Begin with none."""
        self._under_way: dict[UUID, TurnUnderWay] = {}
        self._changing = threading.Lock()

    def begin(self, who: UUID, turn: TurnUnderWay, *, now: datetime) -> None:
        """Take up a turn, in place of any other of theirs. TooMany where too many are on their way."""
        with self._changing:
            alive = self._alive(now)
            alive.pop(who, None)
            if len(alive) >= MOST_UNDER_WAY:
                raise TooMany(
                    "Too many head turns are on their way.",
                    remedy="Begin in half a minute, or take one photograph.",
                    retry_after_s=_WAIT_S,
                )
            self._under_way = {**alive, who: turn}

    def of(self, who: UUID) -> TurnUnderWay:
        """Give somebody's turn; NotFound where none is on its way."""
        turn = self._under_way.get(who)
        if turn is None:
            raise NotFound(
                "No head turn is on its way here.",
                remedy="Begin another one, or take one photograph.",
            )
        return turn

    def end(self, who: UUID) -> None:
        """Forget somebody's turn."""
        with self._changing:
            self._under_way.pop(who, None)

    def forget_over(self, *, now: datetime) -> None:
        """Forget those whose time is over."""
        with self._changing:
            self._under_way = self._alive(now)

    def _alive(self, now: datetime) -> dict[UUID, TurnUnderWay]:
        return {who: turn for who, turn in self._under_way.items() if now < turn.challenge.expires_at}


def _split(sealed: bytes) -> list[bytes]:
    """Cut parts that follow each other apart; Malformed for none, too many, or what is not whole."""
    parts: list[bytes] = []
    at = 0
    while at < len(sealed):
        end = at + _PART_HEAD_BYTES + int.from_bytes(sealed[at + 2 : at + _PART_HEAD_BYTES], "big")
        if at + _PART_HEAD_BYTES > len(sealed) or end > len(sealed) or len(parts) == MOST_FRAMES:
            raise _no_frames()
        parts.append(sealed[at:end])
        at = end
    if not parts:
        raise _no_frames()
    return parts


def _no_frames() -> Malformed:
    return Malformed(
        "What came is not what the script of this page sends.",
        remedy="Load the page again; if that does not help, use another browser, or the counter.",
    )
