"""The ciphertext of referrals in a folder, a file for each session. The embedded default of `EvidenceStore`.

    SESSION.sealed               what is kept, whole: the session in 32 hexadecimal digits
    .SESSION-RANDOM.draft        what is being written, or was when its writer was killed

Files have mode 0600, the folder 0700. Nothing here opens: the keys are in a vault, in another folder
(vault/evidence.py). Discarding is unlinking: what makes it final is that the key is destroyed.
"""

import os
import re
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from lineproof.errors import Conflict, Erased, Malformed, Unavailable
from lineproof.terms import SessionId

MOST_BYTES = 64 * 1024 * 1024
DRAFTS_LAST = timedelta(minutes=1)
_FOLDER_MODE, _FILE_MODE, _OTHERS = 0o700, 0o600, 0o077
_KEPT = re.compile(r"([0-9a-f]{32})\.sealed")
_DRAFT = re.compile(r"\.([0-9a-f]{32})-[0-9a-f]{16}\.draft")


class EvidenceFolder:
    """An `EvidenceStore` over a folder on a local disk.

    Every method raises Unavailable when folder or disk cannot be used. Keeping and reading also do where the
    folder is open to others; listing and discarding do not, so that no end is put off.
    """

    def __init__(self, folder: Path) -> None:
        """Take the folder; it is made when something is first kept."""
        self._folder = folder

    def keep(self, session: SessionId, content: bytes) -> None:
        """Keep a session's ciphertext, of 1 byte to 64 MiB; Malformed for another size.

        Raises Conflict if there is one of this session. Killed anywhere, it has kept all or nothing.
        """
        # (2) before (3): what has its name is whole. Linking, unlike renaming, replaces nothing.
        #   1. the folder
        #   2. a draft, whole and on the disk
        #   3. its name
        #   4. the name on the disk
        if not 1 <= len(content) <= MOST_BYTES:
            raise Malformed(f"Sealed evidence is of 1 to {MOST_BYTES} bytes, not {len(content)}.")
        draft = self._folder / f".{session.hex}-{secrets.token_hex(8)}.draft"
        with self._in_use():
            self._make_folder()  # 1
            try:
                _write(draft, content)  # 2
                os.link(draft, self._file(session))  # 3
            except FileExistsError as error:
                raise Conflict("Evidence of this session is kept already.") from error
            finally:
                draft.unlink(missing_ok=True)
                _sync_folder(self._folder)  # 4

    def read(self, session: SessionId) -> bytes:
        """Give a session's ciphertext. Erased if it is gone; Malformed if the file is not one of ours."""
        path = self._file(session)
        with self._in_use():
            try:
                self._check_mode()
                with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb") as file:
                    found = os.fstat(file.fileno())
                    if found.st_mode & _OTHERS:
                        raise _open_to_others(path, found.st_mode, remedy=f"chmod 600 {path}")
                    if found.st_size > MOST_BYTES:
                        raise Malformed(f"{path} is larger than anything that is kept.")
                    return file.read()
            except FileNotFoundError as error:
                raise Erased(
                    "The photographs of this session are gone.", remedy="Nobody can see them again."
                ) from error

    def discard(self, session: SessionId) -> None:
        """Unlink a session's ciphertext, and the draft that a writer left who was killed after keeping it."""
        with self._in_use():
            for name, of, found in self._files(_DRAFT):
                if of == session and found.st_nlink > 1:
                    (self._folder / name).unlink(missing_ok=True)
            self._file(session).unlink(missing_ok=True)
            # Also when it was not there: who unlinked it may not have come to this.
            if self._folder.is_dir():
                _sync_folder(self._folder)

    def kept(self) -> tuple[tuple[SessionId, datetime], ...]:
        """List whose there is and since when (UTC), the earliest first; drafts of killed writers are removed.

        What is not named as ours is left alone.
        """
        with self._in_use():
            self._remove_old_drafts(datetime.now(UTC) - DRAFTS_LAST)
            since = [(_written_at(found), session) for _, session, found in self._files(_KEPT)]
        return tuple((session, at) for at, session in sorted(since))

    def _remove_old_drafts(self, before: datetime) -> None:
        old = [name for name, _, found in self._files(_DRAFT) if _written_at(found) < before]
        for name in old:
            (self._folder / name).unlink(missing_ok=True)
        if old:
            _sync_folder(self._folder)

    def _files(self, form: re.Pattern[str]) -> Iterator[tuple[str, SessionId, os.stat_result]]:
        """Find the files of a form: name, session and what the disk says of each."""
        try:
            entries = list(os.scandir(self._folder))
        except FileNotFoundError:
            return
        for entry in entries:
            named = form.fullmatch(entry.name)
            if named is None:
                continue
            try:
                found = entry.stat(follow_symlinks=False)
            except FileNotFoundError:  # discarded meanwhile
                continue
            if stat.S_ISREG(found.st_mode):
                yield entry.name, SessionId(UUID(named[1])), found

    def _file(self, session: SessionId) -> Path:
        return self._folder / f"{session.hex}.sealed"

    def _make_folder(self) -> None:
        if not self._folder.is_dir():
            self._folder.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
            _sync_folder(self._folder.parent)
        self._check_mode()

    def _check_mode(self) -> None:
        mode = self._folder.stat().st_mode
        if stat.S_IMODE(mode) != _FOLDER_MODE:
            remedy = f"Look who was in it, then: chmod 700 {self._folder}"
            raise _open_to_others(self._folder, mode, remedy=remedy)

    @contextmanager
    def _in_use(self) -> Iterator[None]:
        """Make of what the disk says an error with a sentence."""
        try:
            yield
        except OSError as error:
            raise Unavailable(
                f"The evidence of referrals in {self._folder} cannot be used: {error.strerror}.",
                remedy="Choose a folder that can be written, with room on its disk.",
                retry_after_s=60,
            ) from error


def _write(draft: Path, content: bytes) -> None:
    opened = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _FILE_MODE)
    with os.fdopen(opened, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _written_at(found: os.stat_result) -> datetime:
    return datetime.fromtimestamp(found.st_mtime, UTC)


def _open_to_others(path: Path, mode: int, *, remedy: str) -> Unavailable:
    return Unavailable(
        f"{path} holds evidence and is open to others, or shut to its owner (mode {stat.S_IMODE(mode):04o}).",
        remedy=remedy,
    )
