"""Ask whether a process is shut: its memory to be read by no process but root's (prctl(2), PR_SET_DUMPABLE).

Linux tells this nowhere. So it is tried: get_robust_list(2) is answered about another process only to those
who may read its memory, ptrace(2) "access mode checking", PTRACE_MODE_READ_REALCREDS, and does nothing to it.
It is asked as the process's own user and without the power of root's to trace (CAP_SYS_PTRACE): then it is
refused exactly where the process is shut. The same is asked about an ordinary process, and must be answered.

A process of its own, `python -m lineproof.booth.inspection.shut PID ORDINARY`: it gives up its powers.
"""

import ctypes
import os
import platform
import subprocess
import sys
from enum import IntEnum

from lineproof.booth.inspection import processes
from lineproof.booth.inspection.observation import ENDED, NotChecked

_GET_ROBUST_LIST = {"x86_64": 274, "aarch64": 100}
_CAP_SYS_PTRACE = 19
_CAPABILITY_VERSION_3 = 0x20080522
_SECONDS = 20
_LIBC = ctypes.CDLL(None, use_errno=True)


class _Said(IntEnum):
    """The exit status of the process that asks."""

    SHUT = 10
    OPEN = 11
    GONE = 12
    NOT_ANSWERED = 13
    OTHER_POWERS = 14


_WHY: dict[int, str] = {
    _Said.GONE: ENDED,
    _Said.NOT_ANSWERED: "the kernel refuses this question about an ordinary process too",
    _Said.OTHER_POWERS: "only root, or a process with its user and powers, can ask",
}


def is_shut(pid: int, *, ordinary: int) -> bool:
    """Tell whether a process is shut. ordinary: one of the same user that is not, and runs.

    Raises NotChecked, saying why, when the answer would prove nothing.
    """
    if platform.machine() not in _GET_ROBUST_LIST:
        raise NotChecked(f"the question is not known for the architecture {platform.machine()}")
    command = [sys.executable, "-I", "-m", __name__, str(pid), str(ordinary)]
    try:
        asked = subprocess.run(  # noqa: S603 -- our own module, no shell
            command, capture_output=True, check=False, timeout=_SECONDS, cwd="/"
        )
    except subprocess.TimeoutExpired as error:
        raise NotChecked(f"no answer within {_SECONDS} s") from error
    if asked.returncode in {_Said.SHUT, _Said.OPEN}:
        return asked.returncode == _Said.SHUT
    raise NotChecked(_WHY.get(asked.returncode, "asking failed"))


def main() -> int:
    """Take the process's user, give up the power to trace, and ask."""
    pid, ordinary = int(sys.argv[1]), int(sys.argv[2])
    try:
        whose = processes.status(pid)
    except OSError:
        return _Said.GONE
    if not _become(whose):
        return _Said.OTHER_POWERS
    if not _is_answered(ordinary):
        return _Said.NOT_ANSWERED
    if _is_answered(pid):
        return _Said.OPEN
    return _Said.SHUT if processes.is_alive(pid) else _Said.GONE


class _Header(ctypes.Structure):
    """linux/capability.h."""

    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Powers(ctypes.Structure):
    """linux/capability.h."""

    _fields_ = (
        ("effective", ctypes.c_uint32),
        ("permitted", ctypes.c_uint32),
        ("inheritable", ctypes.c_uint32),
    )


def _become(whose: dict[str, str]) -> bool:
    """Take the user of a process and as few powers; False where this process may not, or has fewer."""
    users, groups = ([int(each) for each in whose[name].split()[:3]] for name in ("Uid", "Gid"))
    try:
        if list(os.getresuid()) != users or list(os.getresgid()) != groups:
            os.setgroups([])
            os.setresgid(*groups)
            os.setresuid(*users)
        permitted = _give_up_tracing()
    except OSError:
        return False
    return int(whose["CapPrm"], 16) & ~permitted == 0


def _give_up_tracing() -> int:
    """Take CAP_SYS_PTRACE from what is effective, and give what is permitted, as the kernel numbers it.

    It stays permitted: who may read what does not hang on powers that the other has and the asker has not.
    """
    header, powers = _Header(_CAPABILITY_VERSION_3, 0), (_Powers * 2)()
    _require(_LIBC.capget(ctypes.byref(header), powers))
    powers[0].effective &= ~(1 << _CAP_SYS_PTRACE)
    _require(_LIBC.capset(ctypes.byref(header), powers))
    permitted: int = powers[0].permitted | powers[1].permitted << 32
    return permitted


def _require(result: int) -> None:
    if result != 0:
        raise OSError(ctypes.get_errno(), "capabilities")


def _is_answered(pid: int) -> bool:
    head, size = ctypes.c_void_p(), ctypes.c_size_t()
    number = _GET_ROBUST_LIST[platform.machine()]
    result: int = _LIBC.syscall(number, ctypes.c_int(pid), ctypes.byref(head), ctypes.byref(size))
    return result == 0


if __name__ == "__main__":
    sys.exit(main())
