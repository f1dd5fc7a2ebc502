"""What hostile code in a worker tries. Each attempt raises OSError where it is refused."""

import ctypes
import json
import mmap
import os
import resource
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path

LIBC = ctypes.CDLL(None, use_errno=True)
# x86-64 and arm64 differ; the numbers from 424 on are the same everywhere.
X86 = os.uname().machine == "x86_64"
SHMGET, PTRACE, PROCESS_VM_READV = (29, 101, 310) if X86 else (194, 117, 270)
IO_URING_SETUP, CLONE3, PIDFD_OPEN = 425, 435, 434
PR_SET_DUMPABLE, PTRACE_TRACEME = 4, 0


def system_call(number: int, *arguments: int) -> None:
    if LIBC.syscall(number, *(ctypes.c_long(each) for each in arguments)) < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def fork() -> None:
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)


def clone3() -> None:
    """Ask with no arguments at all: where it is not filtered, it is refused as malformed."""
    system_call(CLONE3, 0, 0)


def thread() -> None:
    import _thread

    try:
        _thread.start_new_thread(lambda: None, ())
    except RuntimeError as error:
        raise OSError(str(error)) from error


def connect() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sending:
        sending.connect(("127.0.0.1", 9))


def import_a_module() -> None:
    try:
        import colorsys  # noqa: F401
    except ImportError as error:
        raise OSError(str(error)) from error


def read_another_process() -> None:
    """Read 8 bytes of the parent's memory; an empty vector is refused by nobody but a filter."""
    system_call(PROCESS_VM_READV, os.getppid(), 0, 0, 0, 0, 0)


def attempts(folder: str) -> dict[str, Callable[[], object]]:
    """Give the attempts by name; folder: where there is a file lying.txt."""
    lying = f"{folder}/lying.txt"
    return {
        "read a file": lambda: os.close(os.open(lying, os.O_RDONLY)),
        "write a new file": lambda: os.close(os.open(f"{folder}/new.txt", os.O_WRONLY | os.O_CREAT)),
        "overwrite a file": lambda: Path(lying).write_text("x"),
        "list a folder": lambda: list(Path(folder).iterdir()),
        "make a folder": lambda: Path(f"{folder}/folder").mkdir(),
        "make a link": lambda: Path(f"{folder}/link").symlink_to("what is to be remembered"),
        "rename a file": lambda: Path(f"{folder}/second.txt").rename(f"{folder}/renamed.txt"),
        "change a mode": lambda: Path(lying).chmod(0o640),
        "set an attribute": lambda: os.setxattr(lying, "user.face", b"x"),
        "ask about a file": lambda: Path(lying).stat(),
        "unlink a file": lambda: Path(f"{folder}/third.txt").unlink(),
        "open a socket": lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM).close(),
        "open a pair of sockets": lambda: [each.close() for each in socket.socketpair()],
        "connect": connect,
        "open a pipe": lambda: [os.close(each) for each in os.pipe()],
        "double the descriptor": lambda: os.close(os.dup(0)),
        "make a file in memory": lambda: os.close(os.memfd_create("face")),
        "share memory": lambda: system_call(SHMGET, 0, 4096, 0o1600),
        "set up an io_uring": lambda: system_call(IO_URING_SETUP, 1, ctypes.addressof(ROOM)),
        "fork": fork,
        "clone": clone3,
        "start a thread": thread,
        "run a program": lambda: os.execv("/bin/true", ["true"]),
        "signal another process": lambda: os.kill(os.getppid(), 0),
        "signal every process": lambda: os.kill(-1, 0),
        "trace": lambda: system_call(PTRACE, PTRACE_TRACEME, 0, 0, 0),
        "read another process": read_another_process,
        "hold another process": lambda: system_call(PIDFD_OPEN, os.getpid(), 0),
        "be dumpable again": lambda: dumpable(1),
        "lift a limit": lambda: resource.setrlimit(resource.RLIMIT_CORE, (0, 0)),
        "set an alarm": lambda: signal.setitimer(signal.ITIMER_REAL, 0),
        "run what was written to memory": lambda: mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_EXEC),
        "sleep": lambda: __import__("time").sleep(0.001),
        "import a module": import_a_module,
        "use another descriptor": lambda: [os.write(descriptor, b"") for descriptor in (1, 2)],
    }


ROOM = ctypes.create_string_buffer(256)


def dumpable(value: int) -> None:
    if LIBC.prctl(PR_SET_DUMPABLE, value, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")


def tried(folder: str, *, but: frozenset[str] = frozenset()) -> dict[str, str]:
    """Try all but some, and give what became of each: "done", or why not."""
    return {name: outcome(attempt) for name, attempt in attempts(folder).items() if name not in but}


def outcome(attempt: Callable[[], object]) -> str:
    try:
        attempt()
    except (OSError, ValueError) as error:
        return f"refused: {error}"
    except Exception as error:  # noqa: BLE001 -- said to the test
        return f"{type(error).__name__}: {error}"
    return "done"


def take_memory() -> str:
    """Take a gigabyte and a half."""
    try:
        mmap.mmap(-1, 3 << 29).close()
    except OSError:
        return "MemoryError"
    return "done"


# Not tried where nothing confines: what would replace, stop or signal what it should not, or is malformed.
NOT_IN_THE_OPEN = frozenset({"run a program", "signal every process", "clone", "trace"})

if __name__ == "__main__":
    # The positive control: the same attempts, where nothing confines.
    sys.stdout.write(json.dumps(tried(sys.argv[1], but=NOT_IN_THE_OPEN)))
