"""What Linux tells about a process, proc(5): whose child it is, what it holds, what limits it has.

A function raises FileNotFoundError or ProcessLookupError when the process is gone, and PermissionError for
what only root may read: of a process that is not dumpable, all but its status, limits and command line.
"""

import os
import re
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_PROC = Path("/proc")
UNLIMITED = "unlimited"
KEEPER_MODULE = "lineproof.booth.keeper"
KEY_PROCESS_MODULE = "lineproof.key_process"
_ENDED_STATES = {"Z", "X"}


def is_alive(pid: int) -> bool:
    """Tell whether a process runs; one that only waits to be reaped does not."""
    try:
        return _stat(pid)[0] not in _ENDED_STATES
    except OSError:
        return False


def started_ticks(pid: int) -> int:
    """Give when a process started, in ticks of the clock since boot: with its number, this names it."""
    return int(_stat(pid)[19])


def age_seconds(pid: int) -> float:
    """Give how long ago a process started, on a clock that goes on while the machine sleeps."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) - started_ticks(pid) / os.sysconf("SC_CLK_TCK")


def living_children(pid: int) -> list[int]:
    """List the living children of a process, whichever of its threads started them, the oldest first."""
    found = []
    for entry in _PROC.iterdir():
        if entry.name.isdecimal():
            with suppress(OSError):
                state, parent, *rest = _stat(int(entry.name))
                if int(parent) == pid and state not in _ENDED_STATES:
                    found.append((int(rest[17]), int(entry.name)))
    return [child for _, child in sorted(found)]


def is_keeper(pid: int) -> bool:
    """Tell a keeper by its command line: python -I -m lineproof.booth.keeper ..."""
    with suppress(OSError):
        return KEEPER_MODULE in command_line(pid)
    return False


def is_key_process(pid: int) -> bool:
    """Tell the process that keeps the keys of cases by its command line, as a keeper."""
    with suppress(OSError):
        return KEY_PROCESS_MODULE in command_line(pid)
    return False


def command_line(pid: int) -> list[str]:
    """Give the words of the command that a process was started with."""
    return _read(pid, "cmdline").decode(errors="replace").removesuffix("\0").split("\0")


def environment(pid: int) -> dict[str, str]:
    """Give the variables that a process was started with."""
    entries = _read(pid, "environ").decode(errors="replace").split("\0")
    return dict(entry.partition("=")[::2] for entry in entries if entry)


def working_folder(pid: int) -> Path:
    """Give the folder that a process is in."""
    return (_PROC / str(pid) / "cwd").readlink()


def descriptors(pid: int) -> dict[int, str]:
    """Give what each descriptor of a process leads to: a path, `socket:[INODE]`, `pipe:[INODE]` and so on."""
    held = {}
    for entry in (_PROC / str(pid) / "fd").iterdir():
        with suppress(FileNotFoundError):  # closed meanwhile
            held[int(entry.name)] = str(entry.readlink())
    return held


def inodes(held: dict[int, str], kind: str) -> set[int]:
    """Pick the inodes of one kind of descriptors, `socket` or `pipe`."""
    found = (re.fullmatch(rf"{kind}:\[(\d+)\]", leads_to) for leads_to in held.values())
    return {int(match[1]) for match in found if match}


def status(pid: int) -> dict[str, str]:
    """Give the fields of a process's status."""
    lines = _read(pid, "status").decode(errors="replace").splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def limits(pid: int) -> dict[str, tuple[str, str]]:
    """Give the limits of a process by name, soft and hard: a number or UNLIMITED."""
    lines = _read(pid, "limits").decode().splitlines()[1:]
    found = (re.match(r"Max (.+?) {2,}(\S+) +(\S+)", line) for line in lines)
    return {match[1]: (match[2], match[3]) for match in found if match}


def mapped_files(pid: int) -> set[Path]:
    """Give the files that a process has mapped: its program and every library that it has loaded."""
    return {Path(path) for path in _mapped_paths(pid)}


def _mapped_paths(pid: int) -> Iterator[str]:
    for line in _read(pid, "maps").decode(errors="replace").splitlines():
        _, _, path = line.partition("/")
        if path:
            yield f"/{path}"


def _stat(pid: int) -> list[str]:
    """Give the fields of stat after the name, which may hold anything: the state first, then the parent."""
    return _read(pid, "stat").decode(errors="replace").rpartition(")")[2].split()


def _read(pid: int, name: str) -> bytes:
    return (_PROC / str(pid) / name).read_bytes()
