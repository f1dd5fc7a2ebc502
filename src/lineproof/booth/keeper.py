"""The keeper: holds one epoch's key, loads the models once, forks a confined worker for each job, and dies.

Started by exec with a clean environment, before anything else of the program, and handed one control
socket. Over it come the sockets of jobs, one at a time; the keeper itself never reads from a job's socket,
so no evidence is ever in it, sealed or open. It makes its key when it starts and gives out the public half;
the key ends with the process: at the end of the epoch, or when the control socket closes.
"""

import contextlib
import gc
import json
import os
import select
import signal
import socket
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import FrameType

from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from lineproof.booth import confine, seccomp, wire
from lineproof.booth.answer import Broken, Unopened, answer_bytes
from lineproof.booth.examine import Kit, examine, load_kit
from lineproof.booth.keeper_terms import JOB, Terms
from lineproof.booth.models_digest import models_digest
from lineproof.booth.open_job import open_job
from lineproof.booth.refer import wrap_if_referred
from lineproof.booth.review_job import review
from lineproof.booth.warm import warm
from lineproof.errors import LineproofError, Unavailable
from lineproof.ports import Confinement, Examination


def main() -> None:
    """Serve jobs over the control socket, whose descriptor comes first, on the terms that come second."""
    serve(load_kit_of, _examine_job)


def serve(load: Callable[[Terms], Kit], work: "Work") -> None:
    """Start: close to debuggers, load and warm, make the key, say so; then keep until the end.

    load, work: what `main` gives. Tests start a keeper of their own with other work: the shipped one has no
    hook.
    """
    control = socket.socket(fileno=int(sys.argv[1]))
    confine.shut_to_debuggers()
    try:
        terms = Terms.of(sys.argv[2])
        filtered = seccomp.is_there()
        if terms.filter_required and not filtered:
            raise _no_filter()
        kit = load(terms)
        warm(kit)
    except LineproofError as error:
        control.send(json.dumps({"what": error.what, "remedy": error.remedy}).encode())
        return
    key = generate_private_key(SECP256R1())
    confine.read_address_space()
    gc.collect()
    gc.freeze()
    ends = _now() + terms.epoch_s + terms.overlap_s
    control.send(_ready(key, kit, terms, filtered=filtered))
    _Keeper(control, lambda: work(kit, key), terms, filtered=filtered, ends=ends).keep()


Work = Callable[[Kit, EllipticCurvePrivateKey], None]


def load_kit_of(terms: Terms) -> Kit:
    """Load the models that the terms name."""
    return load_kit(terms.model_pack, terms.models_folder)


def _ready(key: EllipticCurvePrivateKey, kit: Kit, terms: Terms, *, filtered: bool) -> bytes:
    public = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    ends_at = datetime.now(UTC) + timedelta(seconds=terms.epoch_s + terms.overlap_s)
    confinement = Confinement.SECCOMP if filtered else Confinement.LIMITS_ONLY
    return json.dumps(
        {
            "public_key": public.hex(),
            "ends_at": int(ends_at.timestamp()),
            "models_digest": models_digest(kit),
            "confinement": confinement.value,
        }
    ).encode()


class _Keeper:
    """The loop. It reads from the control socket and waits for its children; it does nothing else."""

    def __init__(
        self,
        control: socket.socket,
        work: Callable[[], None],
        terms: Terms,
        *,
        filtered: bool,
        ends: float,
    ) -> None:
        self._control, self._work, self._terms = control, work, terms
        self._filtered, self._ends = filtered, ends
        self._workers: dict[int, float] = {}

    def keep(self) -> None:
        """Fork workers until the epoch and its overlap end, or the control socket; then none lives on."""
        wake_reader, wake_writer = os.pipe()
        for end in (wake_reader, wake_writer):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(wake_writer, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, _note)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C is for the program; its end ends us
        open_for_jobs = True
        while open_for_jobs and _now() < self._ends:
            sources: list[int | socket.socket] = [wake_reader]
            if len(self._workers) < self._terms.most_workers:
                sources.append(self._control)
            next_due = min([*self._workers.values(), self._ends, _now() + 5.0])
            ready, _, _ = select.select(sources, [], [], max(0.0, next_due - _now()))
            with contextlib.suppress(BlockingIOError):
                os.read(wake_reader, 4096)
            reap(self._workers)
            kill_overdue(self._workers)
            if self._control in ready:
                open_for_jobs = self._take_job()
        for pid in self._workers:
            os.kill(pid, signal.SIGKILL)

    def _take_job(self) -> bool:
        """Fork a worker for the socket that comes next; False when no more can come."""
        _, descriptors, _, _ = socket.recv_fds(self._control, len(JOB), 1)
        for descriptor in descriptors:
            self._workers[self._fork_worker(descriptor)] = _now() + self._terms.job_s
            os.close(descriptor)
        return bool(descriptors)

    def _fork_worker(self, descriptor: int) -> int:
        pid = os.fork()
        if pid == 0:
            status = 1
            try:
                signal.set_wakeup_fd(-1)
                confine.confine(descriptor, filtered=self._filtered)
                self._work()
                status = 0
            finally:
                # Never back into the keeper's loop, and no destructors: they can crash in a child.
                os._exit(status)
        return pid


def _examine_job(kit: Kit, key: EllipticCurvePrivateKey) -> None:
    """Read one job, whole, before anything is answered; open it, examine it or make crops of it, answer."""
    try:
        job = wire.read_job(0)
        if isinstance(job, wire.ReviewJob):
            answer = review(job, kit, key, now=datetime.now(UTC))
        else:
            answer = _examined(open_job(job, key, now=datetime.now(UTC)), kit)
    except Exception:  # noqa: BLE001 -- the top of a worker: a fault must not leave as text
        answer = answer_bytes(Broken())
    wire.write_frame(0, answer)


def _examined(job: wire.Job | Unopened, kit: Kit) -> bytes:
    if isinstance(job, Unopened):
        return answer_bytes(job)
    answer = examine(job, kit)
    if isinstance(answer, Examination):
        answer = wrap_if_referred(answer, job.assignment, job.content_key)
    return answer_bytes(answer)


def reap(workers: dict[int, float]) -> None:
    """Forget those workers that have ended."""
    while workers:
        pid, _ = os.waitpid(-1, os.WNOHANG)
        if pid == 0:
            return
        workers.pop(pid, None)


def kill_overdue(workers: dict[int, float]) -> None:
    """Kill those workers whose time is over. workers: by process number, the time when it is."""
    now = _now()
    for pid, due in workers.items():
        if due <= now:
            os.kill(pid, signal.SIGKILL)
            workers[pid] = now + 1.0


def _now() -> float:
    """Give seconds of a clock that goes on while the machine sleeps: a key must not outlast its epoch so."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def _no_filter() -> Unavailable:
    return Unavailable(
        "This machine does not filter system calls (seccomp), so workers of the booth cannot be confined.",
        remedy="Run it on a Linux kernel with seccomp; or say --without-seccomp: every decision's entry "
        "will say so.",
    )


def _note(_signal: int, _frame: FrameType | None) -> None:
    """Wake the loop; the work is done there."""


if __name__ == "__main__":
    main()
