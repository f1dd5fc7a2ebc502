"""The relay: hands a session's files to the booth without ever holding what is in them.

Bytes go from the file to the worker's socket inside the kernel (sendfile); this process sees lengths and
the closed answer, never an image.
"""

import json
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

from lineproof.booth import wire
from lineproof.booth.answer import (
    Broken,
    OtherModels,
    OutsideSchema,
    Part,
    Unusable,
    parse_answer,
)
from lineproof.booth.photograph_file import open_photograph
from lineproof.errors import ImageProblem, Malformed, TooMany, Unavailable
from lineproof.ports import Assignment, Evidence, Examination

START_SECONDS = 60.0
ANSWER_SECONDS = 75.0
MOST_AT_ONCE = 4
WAIT_SECONDS = 10.0

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

_PROBLEMS = {
    ImageProblem.NOT_AN_IMAGE: (
        "is not a JPEG, PNG or WebP image",
        "Give the photograph as the camera made it.",
    ),
    ImageProblem.DAMAGED: ("is damaged or incomplete", "Copy or take the photograph again."),
    ImageProblem.TOO_MANY_PIXELS: (
        "has more than 25 megapixels ({width} x {height})",
        "Take it with a lower resolution, or reduce its size.",
    ),
    ImageProblem.TOO_SMALL: ("is too small ({width} x {height} pixels)", "Take it with a higher resolution."),
}


class Booth:
    """An `Examiner`: a keeper process, started by `start` and ended by `close` or at the `with` block's end.

    Start it before anything that opens a database or a socket. Safe for several threads.

    It compares with one model pack, loaded at its start; an examination by a policy that names another one,
    or another calibration of it, is refused.
    """

    def __init__(self, *, model_pack: str | None = None, models_folder: Path | None = None) -> None:
        """Make a booth that is not started.

        model_pack: the name of the pack to load, as the policy says it; None is the one that comes with
        Lineproof. models_folder: where the operator's own packs are; None is nowhere.
        """
        self._models = (model_pack or "", "" if models_folder is None else str(models_folder.absolute()))
        self._keeper: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._places = threading.BoundedSemaphore(MOST_AT_ONCE)
        self._sending = threading.Lock()

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
        """Start the keeper by exec, with a clean environment and one descriptor, and wait until it is ready.

        Raises Unavailable with the keeper's own sentence if the model pack is not there, or not what it says.
        """
        control, keepers_end = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with keepers_end:
            self._keeper = subprocess.Popen(  # noqa: S603 -- our own module, no shell
                [
                    sys.executable,
                    "-I",
                    "-m",
                    "lineproof.booth.keeper",
                    str(keepers_end.fileno()),
                    *self._models,
                ],
                env=KEEPER_ENVIRONMENT,
                pass_fds=[keepers_end.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd="/",
            )
        self._control = control
        control.settimeout(START_SECONDS)
        try:
            word = control.recv(1 << 16)
        except TimeoutError:
            word = b""
        if word != b"ready":
            self.close()
            said = json.loads(word) if word else {}
            raise Unavailable(
                said.get("what", "The booth did not start."),
                remedy=said.get("remedy", "Run it again; if it happens again, install Lineproof anew."),
            )

    def close(self) -> None:
        """End the keeper and its workers."""
        if self._control is not None:
            self._control.close()
            self._control = None
        if self._keeper is not None:
            try:
                self._keeper.wait(timeout=5)
            except subprocess.TimeoutExpired:
                self._keeper.kill()
                self._keeper.wait()
            self._keeper = None

    def examine(self, evidence: Evidence, assignment: Assignment) -> Examination:
        """Have a fresh worker examine the evidence; see `ports.Examiner`."""
        if not self._places.acquire(timeout=WAIT_SECONDS):
            raise TooMany("The booth is full.", remedy="Try again in a moment.", retry_after_s=5)
        try:
            return self._examine(evidence, assignment)
        finally:
            self._places.release()

    def _examine(self, evidence: Evidence, assignment: Assignment) -> Examination:
        with (
            _ImageFile(evidence.document, Part.DOCUMENT) as document,
            _ImageFile(evidence.capture, Part.CAPTURE) as capture,
            self._call_worker() as worker,
        ):
            try:
                _send(worker, wire.assignment_frame(assignment))
                document.send_to(worker)
                capture.send_to(worker)
                content = wire.read_frame(worker.fileno(), wire.ANSWER_BYTES)
            except (OSError, wire.BrokenFrame) as error:
                raise _died() from error
        return _accepted(content, evidence, assignment)

    def _call_worker(self) -> socket.socket:
        if self._control is None:
            raise Unavailable("The booth is not running.", remedy="Start it first.")
        ours, workers = socket.socketpair()
        # Plain timeouts of the socket layer would make it non-blocking, and sendfile needs it blocking.
        for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
            ours.setsockopt(socket.SOL_SOCKET, option, _timeval(ANSWER_SECONDS))
        with workers, self._sending:
            try:
                socket.send_fds(self._control, [b"j"], [workers.fileno()])
            except OSError as error:
                ours.close()
                raise _died() from error
        return ours


class _ImageFile:
    """One image file on its way to the booth; None is sent as an empty frame."""

    def __init__(self, path: Path | None, part: Part) -> None:
        self._path, self._part = path, part
        self._descriptor, self._size = -1, 0

    def __enter__(self) -> Self:
        if self._path is not None:
            self._descriptor, self._size = open_photograph(self._path, called=self._part.value)
        return self

    def __exit__(self, *_: object) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)

    def send_to(self, worker: socket.socket) -> None:
        """Send length and content; the content does not pass through this process's memory."""
        if self._path is None:
            worker.sendall(wire.length_of(0))
            return
        worker.sendall(wire.length_of(self._size))
        sent = 0
        while sent < self._size:
            part = os.sendfile(worker.fileno(), self._descriptor, sent, self._size - sent)
            if part == 0:
                raise Malformed(
                    f"The {self._part.value} file {self._path} became shorter while it was read.",
                    remedy="Try again.",
                )
            sent += part


def _accepted(content: bytes, evidence: Evidence, assignment: Assignment) -> Examination:
    try:
        answer = parse_answer(content)
    except OutsideSchema as error:
        raise Unavailable("The booth gave an answer that is not one.", remedy="Try again.") from error
    match answer:
        case Broken():
            raise _died()
        case OtherModels():
            policy = assignment.policy
            raise Unavailable(
                f"The policy {policy.name} has its thresholds for the model pack {policy.model_pack}, "
                f"calibration {policy.calibration_version}; this booth has loaded another. "
                "Nothing was compared.",
                remedy="Start the booth with the pack that the policy names; if it was, the policy needs the "
                "pack's present calibration and thresholds.",
            )
        case Unusable():
            says, remedy = _PROBLEMS[answer.problem]
            says = says.format(width=answer.width_px, height=answer.height_px)
            path = evidence.document if answer.part is Part.DOCUMENT else evidence.capture
            raise Malformed(f"The {answer.part.value} file {path} {says}.", remedy=remedy)
        case Examination():
            if answer.session != assignment.session:
                raise Unavailable("The booth answered about another session.", remedy="Try again.")
            return answer


def _send(worker: socket.socket, content: bytes) -> None:
    worker.sendall(wire.length_of(len(content)) + content)


def _timeval(seconds: float) -> bytes:
    return int(seconds).to_bytes(8, sys.byteorder) + bytes(8)


def _died() -> Unavailable:
    return Unavailable(
        "The booth could not finish this examination; nothing was decided.",
        remedy="Try again.",
        retry_after_s=5,
    )
