"""What is observed of a worker, stopped for a moment in the midst of its examination."""

import os
import signal
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from lineproof.booth.confine import CPU_SECONDS
from lineproof.booth.inspection import processes
from lineproof.booth.inspection.keeper import observe_shut
from lineproof.booth.inspection.observation import ONLY_ROOT, NotChecked, Observation, Seen, observes

_POLL_S = 0.003
_CONFINED_WITHIN_S = 0.5  # from its fork; a worker needs some milliseconds
_INTO_ITS_WORK_S = 0.1
_GONE_WITHIN_S = 2.0
_NONE = ("0", "0")
_OPEN_FILES = "open files"
_FILTERING = "2"  # proc(5), Seccomp: SECCOMP_MODE_FILTER


@dataclass(frozen=True, slots=True)
class Look:
    """A worker at one moment. held: None where only root may look. shut: who can read its memory."""

    pid: int
    started_ticks: int
    status: Mapping[str, str]
    limits: Mapping[str, tuple[str, str]]
    held: Mapping[int, str] | None
    shut: Observation


def look_at(worker: int, *, ordinary: int) -> Look:
    """Stop a worker of ours once it is confined and at work, look, and let it go on.

    One that is not confined within half a second is looked at as it is.
    """
    due = time.monotonic() + _CONFINED_WITHIN_S
    while processes.limits(worker)[_OPEN_FILES] != _NONE and time.monotonic() < due:
        time.sleep(_POLL_S)
    time.sleep(_INTO_ITS_WORK_S)
    os.kill(worker, signal.SIGSTOP)
    try:
        held = None
        with suppress(PermissionError):
            held = processes.descriptors(worker)
        return Look(
            worker,
            processes.started_ticks(worker),
            processes.status(worker),
            processes.limits(worker),
            held,
            observe_shut(worker, ordinary=ordinary),
        )
    finally:
        with suppress(ProcessLookupError):
            os.kill(worker, signal.SIGCONT)


class Watch:
    """Waits for a worker of a keeper while something is examined, and looks at it once."""

    def __init__(self, keeper: int) -> None:
        """Make one that waits for a worker of this keeper; `with` starts and ends it."""
        self.look: Look | None = None
        self._keeper = keeper
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._wait, daemon=True)

    def __enter__(self) -> Self:
        """Start to wait."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Wait no more; the look, if there was one, is whole."""
        self._over.set()
        self._thread.join()

    def _wait(self) -> None:
        while self.look is None and not self._over.wait(_POLL_S):
            with suppress(OSError):  # it ended before it was looked at
                for worker in processes.living_children(self._keeper)[:1]:
                    self.look = look_at(worker, ordinary=os.getpid())


def _caught(look: Look | None) -> Look:
    if look is None:
        raise NotChecked("no worker was seen at work")
    return look


@observes("The kernel filters its system calls", how="Seccomp in /proc/PID/status")
def observe_filtered(look: Look | None) -> Seen:
    """See that a filter of system calls is on. What it lets through, tests/booth/test_confine.py tries."""
    mode = _caught(look).status.get("Seccomp", "absent")
    says = {_FILTERING: "2, filtered", "0": "0, not filtered"}.get(mode, mode)
    return Seen(holds=mode == _FILTERING, what=says)


@observes("It can gain no privileges", how="NoNewPrivs in /proc/PID/status")
def observe_no_new_privileges(look: Look | None) -> Seen:
    """See that no program it ran could raise its rights."""
    flag = _caught(look).status.get("NoNewPrivs", "absent")
    return Seen(holds=flag == "1", what=flag)


@observes("It can open no file, write none and dump no core", how="/proc/PID/limits")
def observe_no_files(look: Look | None) -> Seen:
    """See that the limits of descriptors, of a file's size and of a core dump are nought, for good."""
    limits = _caught(look).limits
    wanted = (_OPEN_FILES, "file size", "core file size")
    return Seen(
        holds=all(limits[name] == _NONE for name in wanted),
        what=", ".join(f"{name} {limits[name][1]}" for name in wanted),
    )


@observes("Its computing time and memory are bounded", how="/proc/PID/limits")
def observe_bounds(look: Look | None) -> Seen:
    """See that it can neither compute for ever nor take all memory."""
    limits = _caught(look).limits
    seconds, space = limits["cpu time"][1], limits["address space"][1]
    bounded = processes.UNLIMITED not in limits["address space"]
    size = f"{int(space) / 1e9:.1f} GB" if bounded else space
    return Seen(
        holds=limits["cpu time"] == (str(CPU_SECONDS), str(CPU_SECONDS)) and bounded,
        what=f"cpu time {seconds} s, address space {size}",
    )


@observes("It holds one descriptor, its job's socket", how="/proc/PID/fd")
def observe_one_descriptor(look: Look | None) -> Seen:
    """See that a worker reaches nothing but whoever asked."""
    held = _caught(look).held
    if held is None:
        raise NotChecked(ONLY_ROOT)
    sockets = [to for to in held.values() if to.startswith("socket:")]
    other = sorted(to for to in held.values() if not to.startswith("socket:"))
    return Seen(
        holds=len(held) == len(sockets) == 1,
        what=", ".join([f"{len(sockets)} socket{'' if len(sockets) == 1 else 's'}", *other[:3]]),
    )


@observes("It is gone once it has answered", how="/proc/PID, for two seconds")
def observe_gone(look: Look | None) -> Seen:
    """See that a worker does not outlive its answer."""
    was, answered_at = _caught(look), time.monotonic()
    while _is_same(was):
        if time.monotonic() > answered_at + _GONE_WITHIN_S:
            return Seen(holds=False, what="it lives on")
        time.sleep(_POLL_S)
    return Seen(holds=True, what=f"gone within {max(0.01, time.monotonic() - answered_at):.2f} s")


def observe_worker(look: Look | None) -> list[Observation]:
    """Observe everything of the worker that was looked at; call it when it has answered."""
    shut = [] if look is None else [look.shut]
    alone = (
        *(observe_filtered, observe_no_new_privileges, observe_one_descriptor),
        *(observe_no_files, observe_bounds, observe_gone),
    )
    return [*(observe(look) for observe in alone), *shut]


def _is_same(look: Look) -> bool:
    try:
        return processes.is_alive(look.pid) and processes.started_ticks(look.pid) == look.started_ticks
    except OSError:
        return False
