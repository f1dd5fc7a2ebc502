"""Forks a worker, confines it, and lets it try what it must not do; prints what became of each attempt."""

import ctypes
import json
import mmap
import os
import resource
import socket
import sys
from pathlib import Path

from lineproof.booth import confine, wire

FOLDER = sys.argv[1]
LIBC = ctypes.CDLL(None, use_errno=True)
PR_GET_DUMPABLE, PR_GET_NO_NEW_PRIVS = 3, 39


def import_a_module() -> None:
    try:
        import this  # noqa: F401
    except ImportError as error:
        raise OSError(str(error)) from error


def memory() -> None:
    try:
        mmap.mmap(-1, 3 << 29).close()
    except OSError as error:
        raise MemoryError from error


ATTEMPTS = {
    "read a file": lambda: os.open(f"{FOLDER}/lying.txt", os.O_RDONLY),
    "write a new file": lambda: os.open(f"{FOLDER}/new.txt", os.O_WRONLY | os.O_CREAT),
    "overwrite a file": lambda: Path(f"{FOLDER}/lying.txt").write_text("x"),
    "list a folder": lambda: list(Path(FOLDER).iterdir()),
    "open a socket": lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM),
    "open a pair of sockets": socket.socketpair,
    "open a pipe": os.pipe,
    "double the descriptor": lambda: os.dup(0),
    "make a file in memory": lambda: os.memfd_create("face"),
    "import a module": import_a_module,
    "use another descriptor": lambda: [os.write(descriptor, b"x") for descriptor in (1, 2)],
    "take memory": memory,
    "core size": lambda: resource.getrlimit(resource.RLIMIT_CORE),
    "processor seconds": lambda: resource.getrlimit(resource.RLIMIT_CPU),
    "dumpable": lambda: LIBC.prctl(PR_GET_DUMPABLE, 0, 0, 0, 0),
    "no new privileges": lambda: LIBC.prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0),
    "lift a limit": lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (100, 100)),
}


def tried() -> dict[str, str]:
    came = {}
    for name, attempt in ATTEMPTS.items():
        try:
            value = attempt()
        except MemoryError:
            came[name] = "MemoryError"
        except OSError as error:
            came[name] = f"OSError {error}"
        except Exception as error:  # noqa: BLE001 -- said to the test
            came[name] = f"{type(error).__name__} {error}"
        else:
            came[name] = "done" if value is None else str(value)
    return came


ours, workers = socket.socketpair()
confine.read_address_space()
if os.fork() == 0:
    confine.confine(workers.fileno())
    wire.write_frame(0, json.dumps(tried()).encode())
    os._exit(0)
workers.close()
sys.stdout.write(wire.read_frame(ours.fileno(), 1 << 16).decode())
os.wait()
