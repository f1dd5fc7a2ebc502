"""Open a file that is to be a photograph, or say what it is instead, before anything waits for it."""

import os
import stat
from pathlib import Path

from lineproof.booth.wire import MAX_IMAGE_BYTES
from lineproof.errors import Malformed


def open_photograph(path: Path, *, called: str) -> tuple[int, int]:
    """Open a plain file of at most MAX_IMAGE_BYTES; give its descriptor and its size in bytes.

    called: what the file is for, as the sentence names it. Raises Malformed for a folder, a pipe or a device
    (which could keep a reader waiting for ever), an empty or a large file, and one that cannot be read.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        raise Malformed(
            f"The {called} file {path} cannot be read: {error.strerror}.",
            remedy="Check its path and its permissions.",
        ) from error
    details = os.fstat(descriptor)
    wrong = _wrong_with(details)
    if wrong:
        os.close(descriptor)
        raise Malformed(
            f"The {called} file {path} {wrong}.", remedy="Give a photograph as the camera made it."
        )
    return descriptor, details.st_size


def require_photograph(path: Path, *, called: str) -> None:
    """Raise what `open_photograph` raises, and leave the file closed."""
    descriptor, _ = open_photograph(path, called=called)
    os.close(descriptor)


def _wrong_with(details: os.stat_result) -> str:
    if stat.S_ISDIR(details.st_mode):
        return "is a folder"
    if not stat.S_ISREG(details.st_mode):
        return "is not a plain file"
    if details.st_size == 0:
        return "is empty"
    if details.st_size > MAX_IMAGE_BYTES:
        return f"is larger than {MAX_IMAGE_BYTES >> 20} MiB"
    return ""
