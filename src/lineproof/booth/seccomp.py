"""A filter of system calls for a worker: what computing needs, and nothing that reaches anything else.

seccomp with a classic BPF program (Linux, Documentation/userspace-api/seccomp_filter.rst). What is not
allowed fails with EPERM, so that a library which tries something needless goes on; a call in another
architecture's numbers ends the process. The program is made once, before any worker is forked.

Written here and not taken from a library: pyseccomp needs a system library that a wheel does not bring, and
what is needed is one list and two rules.
"""

import ctypes
import errno
import os
import platform
import struct

_PR_SET_NO_NEW_PRIVS = 38
_PR_SET_SECCOMP = 22
_SECCOMP_MODE_FILTER = 2

# linux/seccomp.h: what becomes of a call; linux/filter.h: the instructions.
_KILL_PROCESS, _ERRNO, _ALLOW = 0x80000000, 0x00050000, 0x7FFF0000
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
# struct seccomp_data: the number, the architecture, then from 16 the arguments of 8 bytes each.
_NUMBER_AT, _ARCHITECTURE_AT, _THIRD_ARGUMENT_AT = 0, 4, 32
_PROT_EXEC = 4
_X32_NUMBERS_FROM = 0x40000000

# Memory, time, randomness, the one descriptor that is left, and ending.
_ALLOWED = {
    "x86_64": {
        "read": 0,
        "write": 1,
        "close": 3,
        "poll": 7,
        "munmap": 11,
        "brk": 12,
        "rt_sigreturn": 15,
        "sched_yield": 24,
        "mremap": 25,
        "madvise": 28,
        "exit": 60,
        "futex": 202,
        "restart_syscall": 219,
        "clock_gettime": 228,
        "exit_group": 231,
        "getrandom": 318,
    },
    "aarch64": {
        "close": 57,
        "read": 63,
        "write": 64,
        "ppoll": 73,
        "exit": 93,
        "exit_group": 94,
        "futex": 98,
        "clock_gettime": 113,
        "sched_yield": 124,
        "restart_syscall": 128,
        "rt_sigreturn": 139,
        "brk": 214,
        "munmap": 215,
        "mremap": 216,
        "madvise": 233,
        "getrandom": 278,
    },
}
# mmap and mprotect: only for memory that is not run as a program.
_ALLOWED_UNLESS_EXECUTABLE = {"x86_64": (9, 10), "aarch64": (222, 226)}
_ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}

_LIBC = ctypes.CDLL(None, use_errno=True)


class _Program(ctypes.Structure):
    """struct sock_fprog."""

    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_void_p))


def is_there() -> bool:
    """Tell whether this machine filters system calls, by trying it in a process of its own."""
    if platform.machine() not in _ARCHITECTURES:
        return False
    child = os.fork()
    if child == 0:
        try:
            filter_system_calls()
            os.getpriority(os.PRIO_PROCESS, 0)
        except PermissionError:
            os._exit(0)
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status) == 0


def filter_system_calls() -> None:
    """Filter those of this process for good; OSError where it cannot be done."""
    program = _Program(len(_INSTRUCTIONS) // 8, ctypes.addressof(_BUFFER))
    for flag, value, more in (
        (_PR_SET_NO_NEW_PRIVS, ctypes.c_ulong(1), ctypes.c_ulong(0)),
        (_PR_SET_SECCOMP, ctypes.c_ulong(_SECCOMP_MODE_FILTER), ctypes.byref(program)),
    ):
        if _LIBC.prctl(flag, value, more, ctypes.c_ulong(0), ctypes.c_ulong(0)) != 0:
            raise OSError(ctypes.get_errno(), "system calls are not filtered")


def _instructions(machine: str) -> bytes:
    """Write the program: architecture, x32 numbers, the plain list, memory that is not executable."""
    program = [
        (_LOAD, 0, 0, _ARCHITECTURE_AT),
        (_EQUAL, 1, 0, _ARCHITECTURES[machine]),
        (_RETURN, 0, 0, _KILL_PROCESS),
        (_LOAD, 0, 0, _NUMBER_AT),
        (_AT_LEAST, 0, 1, _X32_NUMBERS_FROM),
        (_RETURN, 0, 0, _KILL_PROCESS),
    ]
    for number in _ALLOWED[machine].values():
        program += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, _ALLOW)]
    for number in _ALLOWED_UNLESS_EXECUTABLE[machine]:
        program += [
            (_EQUAL, 0, 4, number),
            (_LOAD, 0, 0, _THIRD_ARGUMENT_AT),
            (_ANY_BIT, 0, 1, _PROT_EXEC),
            (_RETURN, 0, 0, _ERRNO | errno.EPERM),
            (_RETURN, 0, 0, _ALLOW),
        ]
    program.append((_RETURN, 0, 0, _ERRNO | errno.EPERM))
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in program)


_INSTRUCTIONS = _instructions(platform.machine()) if platform.machine() in _ARCHITECTURES else b""
_BUFFER = ctypes.create_string_buffer(_INSTRUCTIONS, max(1, len(_INSTRUCTIONS)))
