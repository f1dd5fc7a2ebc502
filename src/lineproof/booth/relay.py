"""The relay: hands a session's sealed evidence to the booth, and reads the closed answer.

This process holds ciphertext and answers; what is in the evidence it never sees.
"""

import math
import os
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from lineproof.booth import wire
from lineproof.booth.accept import accepted, died, reviewed
from lineproof.booth.keeper_terms import JOB, Terms
from lineproof.booth.keepers import Keepers, OwnKeepers, RunningKeeper, not_running
from lineproof.errors import Malformed, TooMany, Unavailable
from lineproof.ports import Assignment, Epoch, Evidence, Examination, Workshop
from lineproof.referral import Opening

ANSWER_SECONDS = 75.0
# Two caps and two deadlines: of those that compute, and of those that wait for a place.
MOST_COMPUTING = max(2, os.cpu_count() or 1)
MOST_WAITING = 16
WAIT_SECONDS = 20.0
_USUAL_SECONDS = 1.0  # of one examination, until some were measured


class Booth:
    """An `Examiner`: one keeper process for each epoch, started by `start` and ended by `close`.

    Start it before anything that opens a database or a socket. Safe for several threads. A keeper of the next
    epoch is started when one is asked for; the one before lives on for its overlap, then ends by itself.

    It compares with one model pack, loaded at its start; an examination by a policy that names another one,
    or another calibration of it, is refused.
    """

    def __init__(
        self,
        *,
        model_pack: str | None = None,
        models_folder: Path | None = None,
        filter_required: bool = True,
        most_computing: int = MOST_COMPUTING,
        most_waiting: int = MOST_WAITING,
        keepers: Keepers | None = None,
    ) -> None:
        """Make a booth that is not started.

        model_pack: the name of the pack to load, as the policy says it; None is the one that comes with
        Lineproof. models_folder: where the operator's own packs are; None is nowhere. filter_required: refuse
        to start where the machine does not filter system calls. keepers: that another process started, on its
        own terms; None to start them here.
        """
        terms = Terms(model_pack, models_folder, most_computing, filter_required)
        self.keepers: Keepers = OwnKeepers(terms) if keepers is None else keepers
        self._sending = threading.Lock()
        self._places = threading.BoundedSemaphore(most_computing)
        self._line = threading.BoundedSemaphore(most_computing + most_waiting)
        self._most_computing, self._most_waiting = most_computing, most_waiting
        self._seconds = _USUAL_SECONDS

    def __enter__(self) -> Self:
        """Start."""
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        self.close()

    def start(self) -> None:
        """Start the first keeper and wait until it is ready.

        Raises Unavailable with the keeper's own sentence if the model pack is not there, or not what it says,
        or the machine cannot confine a worker.
        """
        self.keepers.start()

    def close(self) -> None:
        """End every keeper with its workers and its key."""
        self.keepers.close()

    @property
    def workshop(self) -> Workshop | None:
        """Say what examines here; see `ports.Examiner`."""
        running = self.keepers.running
        return running[-1].workshop if running else None

    def epoch(self) -> Epoch:
        """Give the key to seal to now, of a new epoch if the present one is over; see `ports.Examiner`."""
        return self.keepers.present().epoch

    def examine(self, evidence: Evidence, assignment: Assignment) -> Examination:
        """Have a fresh worker examine the evidence; see `ports.Examiner`."""
        with self._place():
            began = time.monotonic()
            content = self._ask(evidence, assignment)
            self._seconds += 0.1 * (time.monotonic() - began - self._seconds)
        return accepted(content, assignment)

    @contextmanager
    def _place(self) -> Iterator[None]:
        """Wait for a place to compute; TooMany says when to come back if too many wait, or for too long."""
        if not self._line.acquire(blocking=False):
            raise self._full(self._most_waiting)
        try:
            if not self._places.acquire(timeout=WAIT_SECONDS):
                raise self._full(self._most_computing)
            try:
                yield
            finally:
                self._places.release()
        finally:
            self._line.release()

    def _full(self, before: int) -> TooMany:
        seconds = max(1, math.ceil(before * self._seconds / self._most_computing))
        return TooMany(
            "The booth is full; nothing was examined and no try was counted.",
            remedy=f"Try again in {seconds} s.",
            retry_after_s=seconds,
        )

    def _ask(self, evidence: Evidence, assignment: Assignment) -> bytes:
        keeper = self._keeper_of(evidence)
        turn = () if evidence.turn is None else evidence.turn.frames
        frames = (wire.live_frame(frame.received_ms, frame.content) for frame in turn)
        with self._call_worker(keeper) as worker:
            _to(worker, wire.job_head(assignment, evidence.terms), evidence.content, *frames)
            return _answer_of(worker, wire.ANSWER_BYTES)

    def review(self, parts: bytes, opening: Opening) -> bytes:
        """Have a fresh worker open a referral's photographs for one browser; see `ports.Examiner`."""
        terms = opening.terms
        keeper = self._keeper_with(terms.epoch_key, terms.expires_at)
        if keeper is None:  # the one who allowed it may know a younger keeper than this process does
            self.keepers.present()
            keeper = self._keeper_with(terms.epoch_key, terms.expires_at)
        if keeper is None:
            raise Unavailable(
                "The booth has changed its key since this opening was allowed.",
                remedy="Open the photographs again.",
                retry_after_s=0,
            )
        with self._place(), self._call_worker(keeper) as worker:
            _to(worker, wire.review_head(opening), parts)
            content = _answer_of(worker, wire.REVIEW_BYTES)
        return reviewed(content, terms)

    def _call_worker(self, keeper: RunningKeeper) -> socket.socket:
        ours, workers = socket.socketpair()
        # Plain timeouts of the socket layer would make it non-blocking, and reading by descriptor needs it
        # blocking.
        for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
            ours.setsockopt(socket.SOL_SOCKET, option, _timeval(ANSWER_SECONDS))
        with workers, self._sending:
            try:
                socket.send_fds(keeper.control, [JOB], [workers.fileno()])
            except OSError as error:
                ours.close()
                raise died() from error
        return ours

    def _keeper_of(self, evidence: Evidence) -> RunningKeeper:
        """Find who has the key to this evidence, if there still is one."""
        if len(evidence.content) > wire.MAX_SEALED_BYTES:
            raise Malformed(
                f"The sealed evidence is larger than {wire.MAX_SEALED_BYTES >> 20} MiB.",
                remedy="Give photographs as the camera made them.",
            )
        keeper = self._keeper_with(evidence.terms.epoch_key, evidence.terms.expires_at)
        if keeper is None:
            raise Unavailable(
                "The key that these photographs were sealed to is gone: it lasts for some minutes only.",
                remedy="Give the photographs again. No try was counted.",
                retry_after_s=0,
            )
        return keeper

    def _keeper_with(self, epoch_key: bytes, expires_at: datetime) -> RunningKeeper | None:
        running = list(self.keepers.running)
        if not running:
            raise not_running()
        in_time = datetime.now(UTC) < expires_at
        has_it = (k for k in running if k.epoch.public_key == epoch_key and in_time and k.opens)
        return next(has_it, None)


def _to(worker: socket.socket, *frames: bytes) -> None:
    try:
        for frame in frames:
            worker.sendall(wire.length_of(len(frame)))
            worker.sendall(frame)
    except OSError as error:
        raise died() from error


def _answer_of(worker: socket.socket, most: int) -> bytes:
    try:
        return wire.read_frame(worker.fileno(), most)
    except (OSError, wire.BrokenFrame) as error:
        raise died() from error


def _timeval(seconds: float) -> bytes:
    return int(seconds).to_bytes(8, sys.byteorder) + bytes(8)
