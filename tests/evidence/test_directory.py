"""What the folder of evidence adds to the contract: whom its files are for, and what a crash leaves."""

import os
import resource
import signal
import stat
import time
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest

from lineproof.errors import Conflict, Erased, Malformed, Unavailable
from lineproof.evidence.directory import MOST_BYTES, EvidenceFolder
from lineproof.terms import SessionId

CONTENT = bytes(range(256)) * 400
SESSION = SessionId(uuid4())
DRAFT = f".{SESSION.hex}-0123456789abcdef.draft"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "evidence"


@pytest.fixture
def store(folder: Path) -> EvidenceFolder:
    return EvidenceFolder(folder)


def in_a_child(act: Callable[[], object]) -> int:
    """Do something in a fork of this process: 0, or by which signal it ended, negative; 1 if it raised."""
    child = os.fork()
    if child == 0:
        ended = 1
        try:
            act()
            ended = 0
        finally:
            os._exit(ended)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def kill(*_: object, **__: object) -> None:
    """Die as by a power cut: nothing is tidied up."""
    os.kill(os.getpid(), signal.SIGKILL)


def killed_at(call: str, number: int, store: EvidenceFolder) -> None:
    """Keep in a child that is killed when it makes a call to the system for this time."""
    plain, calls = getattr(os, call), []

    def counted(*arguments: object, **named: object) -> object:
        calls.append(call)
        return kill() if len(calls) == number else plain(*arguments, **named)

    def keep() -> None:
        setattr(os, call, counted)
        store.keep(SESSION, CONTENT)

    assert in_a_child(keep) == -signal.SIGKILL


def make_older(path: Path, seconds: float) -> None:
    then = time.time() - seconds
    os.utime(path, (then, then))


def test_evidence_is_for_its_owner_alone_whatever_the_mask(store: EvidenceFolder, folder: Path):
    before = os.umask(0)
    try:
        store.keep(SESSION, CONTENT)
    finally:
        os.umask(before)
    (path,) = folder.iterdir()
    assert path.name == f"{SESSION.hex}.sealed"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_folder_is_made_at_first_use_and_not_before(store: EvidenceFolder, folder: Path):
    assert store.kept() == ()
    store.discard(SESSION)
    with pytest.raises(Erased):
        store.read(SESSION)
    assert not folder.exists()


@pytest.mark.parametrize("mode", [0o755, 0o750, 0o701, 0o777, 0o500])
def test_folder_that_is_open_to_others_is_neither_filled_nor_read_but_can_be_emptied(
    store: EvidenceFolder, folder: Path, mode: int
):
    store.keep(SESSION, CONTENT)
    folder.chmod(mode)
    with pytest.raises(Unavailable, match="chmod 700"):
        store.keep(SessionId(uuid4()), CONTENT)
    with pytest.raises(Unavailable, match="chmod 700"):
        store.read(SESSION)
    assert [session for session, _ in store.kept()] == [SESSION]
    if mode & stat.S_IWUSR:
        store.discard(SESSION)
        assert list(folder.iterdir()) == []
    folder.chmod(0o700)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o666])
def test_file_that_is_open_to_others_is_not_read(store: EvidenceFolder, folder: Path, mode: int):
    store.keep(SESSION, CONTENT)
    (folder / f"{SESSION.hex}.sealed").chmod(mode)
    with pytest.raises(Unavailable, match="chmod 600"):
        store.read(SESSION)


@pytest.mark.parametrize(
    ("call", "number"),
    [("open", 1), ("fsync", 2), ("link", 1)],
    ids=["before it is written", "before it is on the disk", "before it has its name"],
)
def test_writer_killed_before_the_name_has_kept_nothing(
    store: EvidenceFolder, folder: Path, call: str, number: int
):
    killed_at(call, number, store)  # the first fsync is of the folder in which the folder was made
    with pytest.raises(Erased):
        store.read(SESSION)
    assert store.kept() == ()
    store.keep(SESSION, CONTENT)
    assert store.read(SESSION) == CONTENT


@pytest.mark.parametrize(("call", "number"), [("unlink", 1), ("fsync", 3)])
def test_writer_killed_after_the_name_has_kept_all_and_discarding_leaves_nothing(
    store: EvidenceFolder, folder: Path, call: str, number: int
):
    killed_at(call, number, store)
    assert store.read(SESSION) == CONTENT
    assert [session for session, _ in store.kept()] == [SESSION]
    with pytest.raises(Conflict):
        store.keep(SESSION, b"other")
    store.discard(SESSION)
    assert list(folder.iterdir()) == []


def test_killing_leaves_a_draft_which_is_removed_when_it_is_a_minute_old(store: EvidenceFolder, folder: Path):
    killed_at("link", 1, store)
    (draft,) = folder.iterdir()
    assert draft.name.endswith(".draft")
    assert stat.S_IMODE(draft.stat().st_mode) == 0o600
    make_older(draft, 50)
    assert store.kept() == ()
    assert draft.exists()  # its writer may be at work
    make_older(draft, 70)
    assert store.kept() == ()
    assert list(folder.iterdir()) == []


def test_discarding_leaves_the_draft_of_a_writer_at_work(store: EvidenceFolder, folder: Path):
    store.keep(SESSION, CONTENT)
    (folder / DRAFT).write_bytes(b"half")
    store.discard(SESSION)
    assert [path.name for path in folder.iterdir()] == [DRAFT]


def test_what_is_not_named_as_ours_is_neither_listed_nor_removed(store: EvidenceFolder, folder: Path):
    store.keep(SESSION, CONTENT)
    others = {f"{uuid4()}.sealed", f"{uuid4().hex}.sealed~", "notes", ".draft", f"{DRAFT}.old"}
    for name in others:
        (folder / name).touch()
        make_older(folder / name, 1000)
    (folder / f"{uuid4().hex}.sealed").symlink_to(folder / "notes")
    assert [session for session, _ in store.kept()] == [SESSION]
    assert others <= {path.name for path in folder.iterdir()}


def test_link_to_another_file_is_not_followed(store: EvidenceFolder, folder: Path, tmp_path: Path):
    store.keep(SessionId(uuid4()), CONTENT)
    (tmp_path / "secret").touch(mode=0o600)
    (folder / f"{SESSION.hex}.sealed").symlink_to(tmp_path / "secret")
    with pytest.raises(Unavailable):
        store.read(SESSION)


def test_disk_without_room_is_unavailable_and_nothing_is_left(store: EvidenceFolder, folder: Path):
    """A limit on the size of files is what a full disk is to a writer."""

    def keep() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
        with pytest.raises(Unavailable, match="room") as refused:
            store.keep(SESSION, CONTENT)
        assert refused.value.retry_after_s

    assert in_a_child(keep) == 0
    assert list(folder.iterdir()) == []
    assert store.kept() == ()


def test_folder_that_cannot_be_used_is_unavailable(tmp_path: Path):
    (tmp_path / "file").touch()
    for place in (tmp_path / "file", tmp_path / "file" / "evidence"):
        store = EvidenceFolder(place)
        for use in (
            lambda store=store: store.keep(SESSION, CONTENT),
            lambda store=store: store.read(SESSION),
            lambda store=store: store.discard(SESSION),
            lambda store=store: store.kept(),
        ):
            with pytest.raises(Unavailable, match="evidence"):
                use()


def test_nothing_and_too_much_are_not_kept(store: EvidenceFolder, folder: Path):
    for content in (b"", bytes(MOST_BYTES + 1)):
        with pytest.raises(Malformed):
            store.keep(SESSION, content)
    assert not folder.exists()


def test_file_larger_than_anything_kept_is_not_read(store: EvidenceFolder, folder: Path):
    store.keep(SESSION, CONTENT)
    os.truncate(folder / f"{SESSION.hex}.sealed", MOST_BYTES + 1)
    with pytest.raises(Malformed):
        store.read(SESSION)
