"""Confine a worker: one descriptor, no files, no core dump, bounded memory and time, few system calls."""

import ctypes
import os
import resource
from pathlib import Path

from lineproof.booth.seccomp import filter_system_calls

MEMORY_BYTES = 1 << 30
CPU_SECONDS = 20

_PR_SET_DUMPABLE = 4
_PR_SET_NO_NEW_PRIVS = 38


def confine(connection: int, *, filtered: bool) -> None:
    """Take from this process everything but one descriptor, which becomes descriptor 0.

    filtered: False only where the machine has no filter of system calls and its operator was told.

    In order: (1) close every other descriptor; (2) no file can be opened or written, no socket made: the
    limit of descriptors is none; (3) no core dump, no debugger, no new privileges; (4) memory, on top of what
    the models use, and CPU time are bounded; (5) no system call is left but those that computing needs.
    """
    os.dup2(connection, 0)  # 1
    os.closerange(1, os.sysconf("SC_OPEN_MAX"))
    _limit(resource.RLIMIT_NOFILE, 0)  # 2
    _limit(resource.RLIMIT_FSIZE, 0)
    _limit(resource.RLIMIT_CORE, 0)  # 3
    shut_to_debuggers()
    _set_process_flag(_PR_SET_NO_NEW_PRIVS, 1)
    _limit(resource.RLIMIT_CPU, CPU_SECONDS)  # 4
    _limit(resource.RLIMIT_AS, _address_space_at_start + MEMORY_BYTES)
    if filtered:
        filter_system_calls()  # 5


def shut_to_debuggers() -> None:
    """Let no process but root's attach to this one or read its memory; the keeper's too, from its workers."""
    _set_process_flag(_PR_SET_DUMPABLE, 0)


def read_address_space() -> None:
    """Note how much address space the keeper uses with everything loaded; call it before forking."""
    global _address_space_at_start  # noqa: PLW0603 -- read once before the fork, when files can still be opened
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    _address_space_at_start = pages * resource.getpagesize()


_address_space_at_start = 0
_LIBC = ctypes.CDLL(None, use_errno=True)


def _limit(what: int, value: int) -> None:
    resource.setrlimit(what, (value, value))


def _set_process_flag(flag: int, value: int) -> None:
    if _LIBC.prctl(flag, value, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")
