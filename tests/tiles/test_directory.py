"""What the folder of tiles adds to the contract: who may read it, and what a crash leaves at every step."""

import os
import signal
import stat
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from lineproof.errors import Conflict, Malformed, Unavailable
from lineproof.tile_store import MOST_FILE_BYTES
from lineproof.tiles.directory import DRAFTS_LAST_S, TileFolder

CONTENT = bytes(range(256)) * 32
PATHS = ("tile/0/000", "tile/entries/000", "tile/1/x001/067.p/3")
# Every call by which the store changes what is on the disk, or makes it stay there.
CALLS = ("open", "mkdir", "chmod", "fchmod", "fsync", "link", "rename", "unlink")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "log"


@pytest.fixture
def store(folder: Path) -> TileFolder:
    return TileFolder(folder)


def killed_at(number: int, act: Callable[[], object]) -> bool:
    """Act in a child that dies before its n-th call to the system; False if it made fewer."""
    child = os.fork()
    if child == 0:
        ended, left = 1, [number]

        def counted(call: Callable[..., object]) -> Callable[..., object]:
            def counting(*arguments: object, **named: object) -> object:
                left[0] -= 1
                if not left[0]:
                    os.kill(os.getpid(), signal.SIGKILL)
                return call(*arguments, **named)

            return counting

        try:
            for name in CALLS:
                setattr(os, name, counted(getattr(os, name)))
            act()
            ended = 0
        finally:
            os._exit(ended)
    ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert ended in (0, -signal.SIGKILL)
    return ended != 0


def files(folder: Path) -> set[str]:
    """Name what is published, drafts and lock left out."""
    found = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    return {name for name in found if not name.startswith(".")}


@pytest.mark.parametrize("path", PATHS)
def test_writing_that_is_killed_between_any_two_steps_leaves_all_or_nothing(tmp_path: Path, path: str):
    left_whole = 0
    for number in range(1, 100):
        folder = tmp_path / str(number)
        if not killed_at(number, lambda folder=folder: TileFolder(folder).write(path, CONTENT)):
            break
        assert files(folder) <= {path}
        if files(folder):
            left_whole += 1
            assert TileFolder(folder).read(path) == CONTENT
        TileFolder(folder).write(path, CONTENT)
        assert TileFolder(folder).read(path) == CONTENT
    assert number > 8
    assert left_whole >= 2


def test_swap_that_is_killed_between_any_two_steps_leaves_the_old_or_the_new(tmp_path: Path):
    seen = set()
    for number in range(1, 100):
        folder = tmp_path / str(number)
        TileFolder(folder).swap_checkpoint(None, b"old")
        if not killed_at(number, lambda folder=folder: TileFolder(folder).swap_checkpoint(b"old", b"new")):
            break
        present = TileFolder(folder).checkpoint()
        seen.add(present)
        # The lock went with its holder.
        TileFolder(folder).swap_checkpoint(present, b"newer")
        assert TileFolder(folder).checkpoint() == b"newer"
    assert number > 6
    assert seen == {b"old", b"new"}


def test_first_checkpoint_that_is_killed_between_any_two_steps_is_whole_or_absent(tmp_path: Path):
    seen = set()
    for number in range(1, 100):
        folder = tmp_path / str(number)
        if not killed_at(number, lambda folder=folder: TileFolder(folder).swap_checkpoint(None, b"new")):
            break
        seen.add(TileFolder(folder).checkpoint())
    assert seen == {None, b"new"}


def test_discarding_that_is_killed_leaves_the_full_one_and_goes_on(tmp_path: Path):
    for number in range(1, 100):
        folder = tmp_path / str(number)
        store = TileFolder(folder)
        store.write("tile/0/000", CONTENT)
        for width in (1, 2, 3):
            store.write(f"tile/0/000.p/{width}", CONTENT[: 32 * width])
        if not killed_at(number, lambda folder=folder: TileFolder(folder).discard_partials("tile/0/000")):
            break
        TileFolder(folder).discard_partials("tile/0/000")
        assert files(folder) == {"tile/0/000"}
    assert number > 3


def test_content_is_on_the_disk_before_its_name_and_its_name_before_it_is_said(store, folder, monkeypatch):
    calls = []
    for name in ("fsync", "link", "rename"):
        plain = getattr(os, name)

        def noted(*arguments, plain=plain, name=name):
            at = Path(f"/proc/self/fd/{arguments[0]}").readlink().name if name == "fsync" else ""
            calls.append((name, at))
            return plain(*arguments)

        monkeypatch.setattr(os, name, noted)
    store.write("tile/0/000", CONTENT)
    store.swap_checkpoint(None, b"checkpoint")
    names = [name for name, _ in calls]
    link, rename = names.index("link"), names.index("rename")
    assert calls[link - 1][1].endswith(".draft")
    assert calls[rename - 1][1].endswith(".draft")
    assert calls[link + 1] == ("fsync", "0")
    assert calls[-1] == ("fsync", "log")
    # Every folder above, before anything lies in it.
    assert [at for _, at in calls[: link - 1]] == [folder.parent.name, "log", "tile"]


def test_whoever_comes_after_a_killed_writer_brings_its_name_to_the_disk(store, folder, monkeypatch):
    TileFolder(folder).write("tile/0/000", CONTENT)
    synced = []
    plain = os.fsync

    def noted(opened: int) -> None:
        synced.append(Path(f"/proc/self/fd/{opened}").readlink())
        plain(opened)

    monkeypatch.setattr(os, "fsync", noted)
    store.write("tile/0/000", CONTENT)
    assert synced[-1] == folder / "tile/0"


def test_what_is_published_can_be_read_by_everybody_whatever_the_mask(store: TileFolder, folder: Path):
    for mask in (0, 0o077):
        before = os.umask(mask)
        try:
            store.write(f"tile/{mask}/000" if not mask else "tile/5/x001/067.p/3", CONTENT)
            store.swap_checkpoint(store.checkpoint(), b"checkpoint %d" % mask)
        finally:
            os.umask(before)
    for path in folder.rglob("*"):
        if not path.relative_to(folder).as_posix().startswith("."):
            assert stat.S_IMODE(path.stat().st_mode) == (0o755 if path.is_dir() else 0o644), path


def test_drafts_of_killed_writers_go_after_a_while_and_others_stay(store: TileFolder, folder: Path):
    store.swap_checkpoint(None, b"one")
    old, young = folder / ".drafts" / "old.draft", folder / ".drafts" / "young.draft"
    for draft in (old, young):
        draft.write_bytes(b"half")
    then = time.time() - DRAFTS_LAST_S - 60
    os.utime(old, (then, then))
    store.swap_checkpoint(b"one", b"two")
    assert (old.exists(), young.exists()) == (False, True)


def test_link_in_place_of_a_file_is_not_followed(store: TileFolder, folder: Path, tmp_path: Path):
    (tmp_path / "secret").write_bytes(b"secret")
    store.write("tile/0/000", CONTENT)
    (folder / "tile/0/001").symlink_to(tmp_path / "secret")
    (folder / "checkpoint").symlink_to(tmp_path / "secret")
    for read in (lambda: store.read("tile/0/001"), store.checkpoint):
        with pytest.raises(Unavailable):
            read()
    with pytest.raises((Conflict, Unavailable)):
        store.write("tile/0/001", CONTENT)
    assert (tmp_path / "secret").read_bytes() == b"secret"


def test_file_larger_than_anything_published_is_not_read_whole(store: TileFolder, folder: Path):
    store.write("tile/0/000", CONTENT)
    with (folder / "tile/0/001").open("wb") as file:
        file.truncate(MOST_FILE_BYTES + 1)
    with pytest.raises(Malformed):
        store.read("tile/0/001")


def test_folder_that_cannot_be_made_says_so(tmp_path: Path):
    (tmp_path / "log").write_bytes(b"a file")
    with pytest.raises(Unavailable, match="cannot be used"):
        TileFolder(tmp_path / "log").write("tile/0/000", CONTENT)
