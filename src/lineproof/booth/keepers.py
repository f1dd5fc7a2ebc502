"""The keepers of a booth: one for each epoch, started by exec with nothing inherited.

Whoever holds `OwnKeepers` has started them itself. A process that serves pages is lent theirs by the process
that started them (`key_process/client.py`): then it can send jobs, and learns no more.
"""

import json
import os
import select
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from lineproof.booth.keeper_terms import Terms
from lineproof.errors import Unavailable
from lineproof.ports import Confinement, Epoch, Workshop

START_SECONDS = 60.0

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
    """A keeper: the socket for its jobs, and what it said of itself. process: None where another started it.

    seals_until: of the clock that goes on while the machine sleeps, in seconds.
    """

    control: socket.socket
    epoch: Epoch
    workshop: Workshop
    seals_until: float
    process: subprocess.Popen[bytes] | None = None

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
        return clock() < self.seals_until and self.opens

    def close(self) -> None:
        """Let go of it; whoever started it ends it, its workers and its key."""
        self.control.close()
        if self.process is None:
            return
        try:
            self.process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def clock() -> float:
    """Give seconds of a clock that every process reads alike, and that goes on while the machine sleeps."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class Keepers(Protocol):
    """Where a booth has its keepers from. Safe for several threads."""

    @property
    def running(self) -> list[RunningKeeper]:
        """List those that are there, the latest last; none before `start` and after `close`."""
        ...

    def start(self) -> None:
        """Have the first keeper, ready. Unavailable with its own sentence where there is none."""
        ...

    def present(self) -> RunningKeeper:
        """Give the one to seal to now, of a new epoch if the present one is over."""
        ...

    def close(self) -> None:
        """Let go of all."""
        ...


class OwnKeepers:
    """Keepers that this process starts, and ends."""

    def __init__(self, terms: Terms) -> None:
        """Take the terms; nothing is started yet."""
        self.terms = terms
        self.running: list[RunningKeeper] = []
        self._started = False
        self._starting = threading.Lock()

    def start(self) -> None:
        """Start the first and wait until it is ready; see `Keepers`."""
        self.running = [self._start_keeper()]
        self._started = True

    def close(self) -> None:
        """End every keeper with its workers and its key."""
        self._started = False
        while self.running:
            self.running.pop().close()

    def present(self) -> RunningKeeper:
        """Give the one to seal to now; see `Keepers`."""
        if not self._started:
            raise not_running()
        if not self.running[-1].seals:
            # While one thread starts the next keeper, the others seal to the present one as long as it opens.
            opens = self.running[-1].opens
            if self._starting.acquire(blocking=not opens):
                try:
                    self._renew()
                except Unavailable:
                    if not opens:
                        raise
                finally:
                    self._starting.release()
        return self.running[-1]

    def _renew(self) -> None:
        if self.running[-1].seals:
            return
        fresh = self._start_keeper()
        over = [keeper for keeper in self.running if not keeper.opens]
        self.running = [*(keeper for keeper in self.running if keeper not in over), fresh]
        for keeper in over:
            keeper.close()

    def command(self, descriptor: int) -> list[str]:
        """Give the command line of a keeper."""
        return [sys.executable, "-I", "-m", "lineproof.booth.keeper", str(descriptor), self.terms.argument()]

    def _start_keeper(self) -> RunningKeeper:
        """Start a keeper by exec, with a clean environment and one descriptor, and wait until it is ready."""
        control, keepers_end = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        began = clock()
        with keepers_end:
            process = subprocess.Popen(  # noqa: S603 -- our own module, no shell
                self.command(keepers_end.fileno()),
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
            control,
            Epoch(bytes.fromhex(said["public_key"]), datetime.fromtimestamp(said["ends_at"], UTC)),
            Workshop(said["models_digest"], Confinement(said["confinement"])),
            seals_until=began + self.terms.epoch_s,
            process=process,
        )


def not_running() -> Unavailable:
    """Say that the booth was not started, or is closed."""
    return Unavailable("The booth is not running.", remedy="Start it, then try again.")
