"""Add an operator's model pack to a record: copied whole or not at all, checked as it is copied."""

import os
import secrets
import shutil
from pathlib import Path

from lineproof.errors import Conflict, Unavailable
from lineproof.imaging.manifest import MOST_MANIFEST_BYTES, ModelPack, PackFile
from lineproof.imaging.pack_place import (
    MANIFEST,
    MOST_LICENCE_BYTES,
    Origin,
    PlacedPack,
    UnusablePack,
    list_packs,
    open_pack,
)


def add_pack(source: PlacedPack, models_folder: Path) -> tuple[PlacedPack, bool]:
    """Copy a pack into `models_folder`/NAME; give the copy, and whether it was made now.

    The same pack may be added again: nothing is changed then. What is copied are the bytes whose digests were
    checked, so the copy has no links; a model that a package carries stays where that package is.

    In order: (1) every file is read and checked; (2) no other pack goes by this name; (3) all is written into
    a folder beside, and flushed; (4) the folder gets its name, which is what makes it a pack.
    Raises Conflict when another pack has the name, Unavailable when the folder cannot be written, and what
    reading the pack raises.
    """
    contents = _checked_contents(source)  # 1
    target = models_folder / source.pack.name
    if _is_there(source.pack, models_folder):  # 2
        return _added(target, source.pack), False
    draft = models_folder / f".adding-{os.getpid()}-{secrets.token_hex(4)}"
    try:
        models_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write(contents, draft)  # 3
        draft.rename(target)  # 4; fails on a pack that another process has added meanwhile
        _flush(models_folder)
    except OSError as error:
        raise Unavailable(
            f"The model pack {source.pack.name} cannot be added in {models_folder}: {error.strerror}.",
            remedy="Choose a record whose folder can be written, on a disk with room; nothing was added.",
        ) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return _added(target, source.pack), True


def _checked_contents(source: PlacedPack) -> dict[str, bytes]:
    pack = source.pack
    source.licence_text()
    contents = {
        MANIFEST: source.read(PackFile(MANIFEST, pack.digest), most_bytes=MOST_MANIFEST_BYTES),
        pack.licence.path: source.read(pack.licence, most_bytes=MOST_LICENCE_BYTES),
    }
    for file in (pack.detector, pack.embedder):
        content = source.read_model(file)
        if file.distribution is None:
            contents[file.path] = content
    return contents


def _is_there(pack: ModelPack, models_folder: Path) -> bool:
    """Tell whether this very pack was added before; Conflict if another goes by its name anywhere."""
    for other in list_packs(models_folder):
        name = other.name if isinstance(other, UnusablePack) else other.pack.name
        if name != pack.name:
            continue
        if isinstance(other, UnusablePack) or other.pack.digest != pack.digest:
            raise Conflict(
                f"Another model pack goes by the name {pack.name} already: of {other.carrier}.",
                remedy="Remove that one first, or give this one another name in its pack.toml.",
            )
        if other.origin is Origin.ADDED:
            return True
    return False


def _added(target: Path, pack: ModelPack) -> PlacedPack:
    """Open the copy and read it back."""
    copy = open_pack(target, origin=Origin.ADDED, carrier="the operator", called=pack.name)
    if copy.pack != pack:
        raise Conflict(
            f"Another model pack was added as {pack.name} at the same time.",
            remedy="See which one it is with: lineproof models list",
        )
    return copy


def _write(contents: dict[str, bytes], folder: Path) -> None:
    folder.mkdir(mode=0o700)
    for path, content in contents.items():
        file = folder / path
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as opened:
            opened.write(content)
            opened.flush()
            os.fsync(opened.fileno())
    for each in {(folder / path).parent for path in contents} | {folder}:
        _flush(each)


def _flush(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
