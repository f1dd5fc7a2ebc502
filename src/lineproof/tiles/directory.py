"""The published log in a folder, a file for each tile and bundle. The embedded default of `TileStore`.

    checkpoint                   the signed checkpoint
    tile/0/x001/067              a full tile; its parts of less width: tile/0/x001/067.p/3
    tile/entries/x001/067        a bundle of entries; of less width likewise
    .lock                        held while the checkpoint is swapped
    .drafts/RANDOM.draft         what is being written, or was when its writer was killed

The folder can be given to a web server as it is. Files have mode 0644, folders 0755, drafts excepted: nothing
here is secret. A tile gets its name by linking, which, unlike renaming, replaces nothing.
"""

import fcntl
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from lineproof.errors import Conflict, Malformed, NotFound, Unavailable
from lineproof.tile_store import MOST_CHECKPOINT_BYTES, MOST_FILE_BYTES
from lineproof.transparency.tile import TILE_WIDTH, parse_path

DRAFTS_LAST_S = 600
_FOLDER_MODE, _DRAFTS_MODE, _FILE_MODE = 0o755, 0o700, 0o644
_CHECKPOINT, _LOCK, _DRAFTS = "checkpoint", ".lock", ".drafts"


class TileFolder:
    """A `TileStore` over a folder on a local disk, and a `TileSource` over any folder."""

    def __init__(self, folder: Path) -> None:
        """Take the folder; it is made when something is first written."""
        self._folder = folder
        self._on_disk: set[Path] = set()

    def read(self, path: str) -> bytes:
        """Give a tile or bundle."""
        parse_path(path)
        with self._in_use():
            try:
                return _read(self._folder / path, MOST_FILE_BYTES)
            except (FileNotFoundError, NotADirectoryError) as error:
                raise NotFound(f"{path} is not in the published log in {self._folder}.") from error

    def checkpoint(self) -> bytes | None:
        """Give the signed checkpoint; None before the first."""
        with self._in_use():
            try:
                return _read(self._folder / _CHECKPOINT, MOST_CHECKPOINT_BYTES)
            except FileNotFoundError:
                return None

    def write(self, path: str, content: bytes) -> None:
        """Keep a tile or bundle; killed anywhere, it has kept all or nothing."""
        # (3) before (4): what has its name is whole. (5) also when it was there: whoever wrote it may have
        # been killed before coming to this.
        #   1. the same bytes are there already, or others
        #   2. the folders, on the disk
        #   3. a draft, whole and on the disk
        #   4. its name, unless it is taken meanwhile
        #   5. the name on the disk
        parse_path(path)
        if len(content) > MOST_FILE_BYTES:
            raise Malformed(f"A tile or bundle is of at most {MOST_FILE_BYTES} bytes, not {len(content)}.")
        place = self._folder / path
        with self._in_use():
            self._make_folder(place.parent)  # 2
            if not _is_there(place, content):  # 1
                with self._draft(content) as draft, suppress(FileExistsError):  # 3
                    os.link(draft, place)  # 4
                _is_there(place, content)
            _sync_folder(place.parent)  # 5

    def swap_checkpoint(self, old: bytes | None, new: bytes) -> None:
        """Replace the checkpoint under a lock that ends with its holder."""
        #   1. the lock
        #   2. what is there is `old`
        #   3. a draft, whole and on the disk
        #   4. its name, in one step for whoever reads
        #   5. the name on the disk
        if not 1 <= len(new) <= MOST_CHECKPOINT_BYTES:
            raise Malformed(f"A checkpoint is of 1 to {MOST_CHECKPOINT_BYTES} bytes, not {len(new)}.")
        with self._in_use():
            self._make_folder(self._folder)
            with self._locked():  # 1
                if self.checkpoint() != old:  # 2
                    raise Conflict(
                        "Somebody else has published meanwhile.",
                        remedy="Read the checkpoint again, and go on.",
                    )
                self._remove_old_drafts()
                with self._draft(new) as draft:  # 3
                    os.rename(draft, self._folder / _CHECKPOINT)  # noqa: PTH104 -- 4; tests count these calls
                _sync_folder(self._folder)  # 5

    def discard_partials(self, path: str) -> None:
        """Remove the folder of a full tile's parts."""
        if parse_path(path).width != TILE_WIDTH:
            raise Malformed(f"{path} is itself a part.", remedy="Name the full tile or bundle.")
        full = self._folder / path
        parts = full.with_name(f"{full.name}.p")
        with self._in_use():
            if not full.is_file():
                raise NotFound(f"{path} is not in the published log in {self._folder}.")
            with suppress(FileNotFoundError):
                for part in list(parts.iterdir()):
                    part.unlink(missing_ok=True)
            with suppress(OSError):  # gone, or somebody who is behind writes a part: it goes the next time
                parts.rmdir()

    def _make_folder(self, folder: Path) -> None:
        """Make a folder and those above it, down from the log's, each on the disk before the next.

        A folder that is there may not be on the disk yet: whoever made it may have been killed.
        """
        if folder in self._on_disk:
            return
        if folder != self._folder:
            self._make_folder(folder.parent)
        with suppress(FileExistsError):
            folder.mkdir(mode=_FOLDER_MODE, parents=folder == self._folder)
            folder.chmod(_FOLDER_MODE)
        _sync_folder(folder.parent)
        # Folders of parts come and go.
        if folder.suffix != ".p":
            self._on_disk.add(folder)

    @contextmanager
    def _draft(self, content: bytes) -> Iterator[Path]:
        drafts = self._folder / _DRAFTS
        with suppress(FileExistsError):
            drafts.mkdir(mode=_DRAFTS_MODE)
        draft = drafts / f"{secrets.token_hex(8)}.draft"
        try:
            _write(draft, content)
            yield draft
        finally:
            draft.unlink(missing_ok=True)

    def _remove_old_drafts(self) -> None:
        before = time.time() - DRAFTS_LAST_S
        for draft in (self._folder / _DRAFTS).glob("*.draft"):
            with suppress(FileNotFoundError):
                if draft.stat().st_mtime < before:
                    draft.unlink()

    @contextmanager
    def _locked(self) -> Iterator[None]:
        opened = os.open(self._folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(opened, fcntl.LOCK_EX)
            yield
        finally:
            os.close(opened)

    @contextmanager
    def _in_use(self) -> Iterator[None]:
        """Make of what the disk says an error with a sentence."""
        try:
            yield
        except OSError as error:
            raise Unavailable(
                f"The published log in {self._folder} cannot be used: {error.strerror}.",
                remedy="Choose a folder that can be used, with room on its disk.",
                retry_after_s=60,
            ) from error


def _read(path: Path, most_bytes: int) -> bytes:
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb") as file:
        # No more room than the file needs: taking and giving back 16 MiB costs more than reading a tile.
        content = file.read(min(os.fstat(file.fileno()).st_size, most_bytes) + 1)
    if len(content) > most_bytes:
        raise Malformed(f"{path} is larger than anything that is published.")
    return content


def _is_there(place: Path, content: bytes) -> bool:
    """Tell whether a file of these bytes is there; Conflict if it has others."""
    try:
        found = _read(place, MOST_FILE_BYTES)
    except FileNotFoundError:
        return False
    if found != content:
        raise Conflict(
            f"{place} is published already, with other bytes; it stays as it is.",
            remedy="Find out which of the two was changed: docs/procedures/publish_log.md",
        )
    return True


def _write(draft: Path, content: bytes) -> None:
    opened = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _FILE_MODE)
    with os.fdopen(opened, "wb") as file:
        os.fchmod(opened, _FILE_MODE)
        file.write(content)
        file.flush()
        os.fsync(opened)


def _sync_folder(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
