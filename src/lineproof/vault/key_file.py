"""Files that hold a key: for their owner alone, whole or not there, and gone when they are destroyed."""

import os
import re
import secrets
import stat
from contextlib import suppress
from pathlib import Path

from lineproof.errors import Unavailable

_FOLDER_MODE, _OTHERS = 0o700, 0o077
_DRAFT = re.compile(r"\..+-[0-9]+-[0-9a-f]{8}")


def make_folder(folder: Path) -> None:
    """Make a folder for its owner alone, durably; Unavailable if it is there and open to others."""
    if not folder.is_dir():
        folder.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
        _sync_folder(folder.parent)
    mode = stat.S_IMODE(folder.stat().st_mode)
    if mode != _FOLDER_MODE:
        raise Unavailable(
            f"The folder {folder} holds keys and is open to others, or shut to its owner (mode {mode:04o}).",
            remedy=f"Look who was in it, then: chmod 700 {folder}",
        )


def write_once(path: Path, content: bytes) -> None:
    """Write whole or not at all, durably; the first of two writers at once wins."""
    draft = path.with_name(f".{path.name}-{os.getpid()}-{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink(missing_ok=True)
    # Also for the second: who was first may not have come to it yet.
    _sync_folder(path.parent)


def is_draft(name: str) -> bool:
    """Tell whether a file's name is of those under which `write_once` writes, and leaves behind if killed."""
    return bool(_DRAFT.fullmatch(name))


def read_key(path: Path) -> bytes:
    """Read a key; FileNotFoundError if it is not there, Unavailable if others may read it."""
    with path.open("rb") as file:
        mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
        if mode & _OTHERS:
            raise Unavailable(
                f"The key in {path} is open to others than its owner (mode {mode:04o}).",
                remedy=f"Take it for known to whoever could read it; then: chmod 600 {path}",
            )
        return file.read()


def empty_key(path: Path) -> None:
    """Overwrite a key and leave its file empty, durably: the file says that there was a key."""
    with path.open("r+b") as file:
        _overwrite(file.fileno())
        file.truncate(0)
        os.fsync(file.fileno())


def remove_key(path: Path) -> None:
    """Overwrite a key and remove its file, durably; nothing happens if it is not there.

    A file system that copies on write, a snapshot or a backup may keep what was overwritten.
    """
    try:
        with path.open("r+b") as file:
            _overwrite(file.fileno())
    except FileNotFoundError:
        return
    path.unlink(missing_ok=True)
    _sync_folder(path.parent)


def _overwrite(file: int) -> None:
    os.pwrite(file, secrets.token_bytes(os.fstat(file).st_size), 0)
    os.fsync(file)


def _sync_folder(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
