"""The relay: hands a session's sealed evidence to the booth, and reads the closed answer.

This process holds ciphertext and answers; what is in the evidence it never sees.
"""

import json
import math
import os
import select
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from lineproof.booth import wire
from lineproof.booth.accept import accepted, died
from lineproof.booth.keeper_terms import LIVE, WHOLE, Terms
from lineproof.errors import Malformed, TooMany, Unavailable
from lineproof.face.challenge import Challenge
from lineproof.ports import Assignment, Confinement, Epoch, Evidence, Examination, Workshop

START_SECONDS = 60.0
ANSWER_SECONDS = 75.0
# Two caps and two deadlines: of those that compute, and of those that wait for a place.
MOST_COMPUTING = max(2, os.cpu_count() or 1)
MOST_WAITING = 16
WAIT_SECONDS = 20.0
# Of live challenges whose frames are coming: their workers wait, and compute only once the last has come.
MOST_LIVE = 16
_USUAL_SECONDS = 1.0  # of one examination, until some were measured

# What must be in the environment before numerical libraries load: one thread each, no telemetry, and
# huge pages for the heap, which made a fork of the loaded models cost 1.6 ms instead of 7.8.
KEEPER_ENVIRONMENT = {
    "PATH": os.defpath,
    "LC_ALL": "C.UTF-8",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "OPENCV_OPENCL_RUNTIME": "disabled",
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
}


@dataclass(slots=True)
class RunningKeeper:
    """A keeper that was started: its process, the socket for its jobs, what it said of itself."""

    process: subprocess.Popen[bytes]
    control: socket.socket
    epoch: Epoch
    workshop: Workshop
    seals_until: float

    @property
    def opens(self) -> bool:
        """Tell whether it still opens what is sealed to its key: its time is not over, and it lives.

        Nothing comes from a keeper after its first word, so what can be read is the end.
        """
        if self.epoch.ends_at <= datetime.now(UTC):
            return False
        ended, _, _ = select.select([self.control], [], [], 0)
        return not ended

    @property
    def seals(self) -> bool:
        """Tell whether evidence should be sealed to its key now."""
        return time.monotonic() < self.seals_until and self.opens

    def close(self) -> None:
        """End it, its workers and its key."""
        self.control.close()
        try:
            self.process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


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
    ) -> None:
        """Make a booth that is not started.

        model_pack: the name of the pack to load, as the policy says it; None is the one that comes with
        Lineproof. models_folder: where the operator's own packs are; None is nowhere. filter_required: refuse
        to start where the machine does not filter system calls.
        """
        self._terms = Terms(model_pack, models_folder, most_computing + MOST_LIVE, filter_required)
        self._keepers: list[RunningKeeper] = []
        self._running = False
        self._starting = threading.Lock()
        self._sending = threading.Lock()
        self._places = threading.BoundedSemaphore(most_computing)
        self._line = threading.BoundedSemaphore(most_computing + most_waiting)
        self._live = threading.BoundedSemaphore(MOST_LIVE)
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
        self._keepers.append(self._start_keeper())
        self._running = True

    def close(self) -> None:
        """End every keeper with its workers and its key."""
        self._running = False
        while self._keepers:
            self._keepers.pop().close()

    @property
    def workshop(self) -> Workshop | None:
        """Say what examines here; see `ports.Examiner`."""
        return self._keepers[-1].workshop if self._keepers else None

    def epoch(self) -> Epoch:
        """Give the key to seal to now, of a new epoch if the present one is over; see `ports.Examiner`."""
        if not self._running:
            raise _not_running()
        if not self._keepers[-1].seals:
            # While one thread starts the next keeper, the others seal to the present one as long as it opens.
            opens = self._keepers[-1].opens
            if self._starting.acquire(blocking=not opens):
                try:
                    self._renew()
                except Unavailable:
                    if not opens:
                        raise
                finally:
                    self._starting.release()
        return self._keepers[-1].epoch

    def _renew(self) -> None:
        if self._keepers[-1].seals:
            return
        fresh = self._start_keeper()
        over = [keeper for keeper in self._keepers if not keeper.opens]
        self._keepers = [*(keeper for keeper in self._keepers if keeper not in over), fresh]
        for keeper in over:
            keeper.close()

    def _command(self, descriptor: int) -> list[str]:
        return [sys.executable, "-I", "-m", "lineproof.booth.keeper", str(descriptor), self._terms.argument()]

    def _start_keeper(self) -> RunningKeeper:
        """Start a keeper by exec, with a clean environment and one descriptor, and wait until it is ready."""
        control, keepers_end = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        began = time.monotonic()
        with keepers_end:
            process = subprocess.Popen(  # noqa: S603 -- our own module, no shell
                self._command(keepers_end.fileno()),
                env=KEEPER_ENVIRONMENT,
                pass_fds=[keepers_end.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd="/",
            )
        control.settimeout(START_SECONDS)
        try:
            said = json.loads(control.recv(1 << 16) or b"{}")
        except TimeoutError:
            said = {}
        if "public_key" not in said:
            control.close()
            process.kill()
            process.wait()
            raise Unavailable(
                said.get("what", "The booth did not start."),
                remedy=said.get("remedy", "Run it again; if it happens again, install Lineproof anew."),
            )
        return RunningKeeper(
            process,
            control,
            Epoch(bytes.fromhex(said["public_key"]), datetime.fromtimestamp(said["ends_at"], UTC)),
            Workshop(said["models_digest"], Confinement(said["confinement"])),
            seals_until=began + self._terms.epoch_s,
        )

    def examine(self, evidence: Evidence, assignment: Assignment) -> Examination:
        """Have a fresh worker examine the evidence; see `ports.Examiner`."""
        with self._place():
            began = time.monotonic()
            content = self._ask(evidence, assignment)
            self._seconds += 0.1 * (time.monotonic() - began - self._seconds)
        return accepted(content, assignment)

    @contextmanager
    def live(self, evidence: Evidence, assignment: Assignment) -> Iterator["LiveExamination"]:
        """Begin an examination that ends with a live challenge: its frames go to one worker as they come.

        evidence: the head and the sealed document, which is not its last part. assignment: with challenge.
        A block that is left without `examine` ends the worker: a broken challenge is begun anew, with another
        one, and never goes on. Raises as `examine`; TooMany also where too many challenges are under way.
        """
        if assignment.challenge is None or assignment.challenge.nonce != evidence.terms.challenge:
            raise ValueError("a live examination has a challenge, whose nonce is the seal's")
        if not self._live.acquire(blocking=False):
            raise self._full(MOST_LIVE)
        try:
            with self._call_worker(evidence, LIVE) as worker:
                _to(worker, wire.job_head(assignment, evidence.terms), evidence.content)
                yield LiveExamination(self, worker, assignment, assignment.challenge)
        finally:
            self._live.release()

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
        with self._call_worker(evidence, WHOLE) as worker:
            _to(worker, wire.job_head(assignment, evidence.terms), evidence.content)
            return _answer_of(worker)

    def _call_worker(self, evidence: Evidence, kind: bytes) -> socket.socket:
        keeper = self._keeper_of(evidence)
        ours, workers = socket.socketpair()
        # Plain timeouts of the socket layer would make it non-blocking, and reading by descriptor needs it
        # blocking.
        for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
            ours.setsockopt(socket.SOL_SOCKET, option, _timeval(ANSWER_SECONDS))
        with workers, self._sending:
            try:
                socket.send_fds(keeper.control, [kind], [workers.fileno()])
            except OSError as error:
                ours.close()
                raise died() from error
        return ours

    def _keeper_of(self, evidence: Evidence) -> RunningKeeper:
        """Find who has the key to this evidence, if there still is one."""
        if not self._running:
            raise _not_running()
        if len(evidence.content) > wire.MAX_SEALED_BYTES:
            raise Malformed(
                f"The sealed evidence is larger than {wire.MAX_SEALED_BYTES >> 20} MiB.",
                remedy="Give photographs as the camera made them.",
            )
        in_time = datetime.now(UTC) < evidence.terms.expires_at
        for keeper in list(self._keepers):
            if keeper.epoch.public_key == evidence.terms.epoch_key and in_time and keeper.opens:
                return keeper
        raise Unavailable(
            "The key that these photographs were sealed to is gone: it lasts for some minutes only.",
            remedy="Give the photographs again. No try was counted.",
            retry_after_s=0,
        )


class LiveExamination:
    """An examination whose frames are coming; see `Booth.live`. For one thread at a time."""

    def __init__(
        self, booth: Booth, worker: socket.socket, assignment: Assignment, challenge: Challenge
    ) -> None:
        self._booth, self._worker = booth, worker
        self._assignment, self._challenge = assignment, challenge

    def frame(self, sealed: bytes, *, received_at: datetime) -> None:
        """Hand on a frame that is not the last. received_at: when this process had it, by its own clock."""
        if wire.is_last(sealed):
            raise ValueError("the last frame is given to examine")
        self._send(sealed, received_at)

    def examine(self, sealed: bytes, *, received_at: datetime) -> Examination:
        """Hand on the last frame, wait for a place to compute, and give what was found."""
        if not wire.is_last(sealed):
            raise Malformed("The last frame does not say that it is the last.", remedy="Begin again.")
        with self._booth._place():  # noqa: SLF001 -- one caps with the other
            self._send(sealed, received_at)
            return accepted(_answer_of(self._worker), self._assignment)

    def _send(self, sealed: bytes, received_at: datetime) -> None:
        if len(sealed) > wire.MAX_FRAME_BYTES - 4:
            raise Malformed(
                f"A frame is larger than {wire.MAX_FRAME_BYTES >> 20} MiB.", remedy="Send smaller pictures."
            )
        passed = received_at - self._challenge.issued_at
        if passed > self._challenge.expires_at - self._challenge.issued_at or passed < timedelta():
            raise Unavailable(
                "The time for this challenge is over.",
                remedy="Begin a new one. No try was counted.",
                retry_after_s=0,
            )
        _to(self._worker, wire.live_frame(passed // timedelta(milliseconds=1), sealed))


def _to(worker: socket.socket, *frames: bytes) -> None:
    try:
        for frame in frames:
            worker.sendall(wire.length_of(len(frame)))
            worker.sendall(frame)
    except OSError as error:
        raise died() from error


def _answer_of(worker: socket.socket) -> bytes:
    try:
        return wire.read_frame(worker.fileno(), wire.ANSWER_BYTES)
    except (OSError, wire.BrokenFrame) as error:
        raise died() from error


def _timeval(seconds: float) -> bytes:
    return int(seconds).to_bytes(8, sys.byteorder) + bytes(8)


def _not_running() -> Unavailable:
    return Unavailable("The booth is not running.", remedy="Start it first.")
