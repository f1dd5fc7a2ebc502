"""The keeper: loads the models once and forks a confined worker for each job, which answers and dies.

Started by exec with a clean environment, before anything else of the program, and handed one control
socket. Over it come the sockets of jobs, one at a time; the keeper itself never reads from a job's socket,
so no image is ever in it. When the control socket closes, the keeper kills its workers and ends.
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
from pathlib import Path
from types import FrameType

from lineproof.booth import confine, wire
from lineproof.booth.answer import Broken, answer_bytes
from lineproof.booth.examine import Kit, examine, load_kit
from lineproof.booth.warm import warm
from lineproof.errors import LineproofError

JOB_SECONDS = 60.0
MOST_WORKERS = 4


def main() -> None:
    """Serve jobs over the control socket whose descriptor is the first argument.

    The others, each empty for none: the name of the model pack, and the folder of the operator's packs.
    """
    control = socket.socket(fileno=int(sys.argv[1]))
    confine.shut_to_debuggers()
    try:
        model_pack, models_folder = sys.argv[2:4]
        kit = load_kit(model_pack or None, Path(models_folder) if models_folder else None)
        warm(kit)
    except LineproofError as error:
        control.send(json.dumps({"what": error.what, "remedy": error.remedy}).encode())
        return
    confine.read_address_space()
    gc.collect()
    gc.freeze()
    control.send(b"ready")
    _keep(control, kit)


def _keep(control: socket.socket, kit: Kit) -> None:
    workers: dict[int, float] = {}
    wake_reader, wake_writer = os.pipe()
    for end in (wake_reader, wake_writer):
        os.set_blocking(end, False)
    signal.set_wakeup_fd(wake_writer, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, _note)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C is for the program; its end ends us
    open_for_jobs = True
    while open_for_jobs:
        sources: list[int | socket.socket] = [wake_reader]
        if len(workers) < MOST_WORKERS:
            sources.append(control)
        wait = max(0.0, min(workers.values(), default=time.monotonic() + 5.0) - time.monotonic())
        ready, _, _ = select.select(sources, [], [], wait)
        with contextlib.suppress(BlockingIOError):
            os.read(wake_reader, 4096)
        _reap(workers)
        _kill_overdue(workers)
        if control in ready:
            _, descriptors, _, _ = socket.recv_fds(control, 1, 1)
            open_for_jobs = bool(descriptors)
            for descriptor in descriptors:
                workers[_fork_worker(descriptor, kit)] = time.monotonic() + JOB_SECONDS
                os.close(descriptor)
    for pid in workers:
        os.kill(pid, signal.SIGKILL)


def _fork_worker(descriptor: int, kit: Kit) -> int:
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            signal.set_wakeup_fd(-1)
            confine.confine(descriptor)
            _work(kit)
            status = 0
        finally:
            # Never back into the keeper's loop, and no destructors: they can crash in a child.
            os._exit(status)
    return pid


def _work(kit: Kit) -> None:
    """Read one job, examine it, answer. The job is read whole before anything is answered."""
    job = wire.read_job(0)
    try:
        answer = answer_bytes(examine(job, kit))
    except Exception:  # noqa: BLE001 -- the top of a worker: a fault must not leave as text
        answer = answer_bytes(Broken())
    wire.write_frame(0, answer)


def _reap(workers: dict[int, float]) -> None:
    while workers:
        pid, _ = os.waitpid(-1, os.WNOHANG)
        if pid == 0:
            return
        workers.pop(pid, None)


def _kill_overdue(workers: dict[int, float]) -> None:
    now = time.monotonic()
    for pid, due in workers.items():
        if due <= now:
            os.kill(pid, signal.SIGKILL)
            workers[pid] = now + 1.0


def _note(_signal: int, _frame: FrameType | None) -> None:
    """Wake the loop; the work is done there."""


if __name__ == "__main__":
    main()
