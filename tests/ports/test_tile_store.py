"""What every adapter of `tile_store.TileStore` keeps to."""

import multiprocessing
import secrets
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from lineproof.errors import Conflict, Malformed, NotFound
from lineproof.tile_store import MOST_CHECKPOINT_BYTES, MOST_FILE_BYTES, TileStore
from lineproof.tiles.directory import TileFolder

CONTENT = secrets.token_bytes(8192)
FULL, BUNDLE, PART, DEEP = "tile/0/000", "tile/entries/000", "tile/0/001.p/7", "tile/1/x001/x234/067"
STORES = [
    pytest.param(None, id="TileFolder"),
    pytest.param("object_store", id="TileBucket", marks=pytest.mark.long),
]
FORKS = multiprocessing.get_context("fork")


@pytest.fixture(params=STORES)
def open_store(request: pytest.FixtureRequest) -> Callable[[Path], TileStore]:
    """Open a store at a place; the same place gives the same store."""
    return TileFolder if request.param is None else request.getfixturevalue(request.param).open


@pytest.fixture
def store(open_store: Callable[[Path], TileStore], tmp_path: Path) -> TileStore:
    return open_store(tmp_path / "log")


@pytest.mark.parametrize("path", [FULL, BUNDLE, PART, DEEP])
def test_what_is_written_is_given_back_to_whoever_opens_the_store(
    store: TileStore, open_store, tmp_path: Path, path: str
):
    store.write(path, CONTENT)
    assert store.read(path) == CONTENT == open_store(tmp_path / "log").read(path)


@pytest.mark.parametrize("path", [FULL, BUNDLE, PART, DEEP])
def test_same_bytes_again_change_nothing_and_others_are_a_conflict(store: TileStore, path: str):
    store.write(path, CONTENT)
    store.write(path, CONTENT)
    for other in (b"", CONTENT[:-1], CONTENT + b"x", bytes(8192)):
        with pytest.raises(Conflict):
            store.write(path, other)
    assert store.read(path) == CONTENT


def test_parts_of_a_tile_lie_beside_each_other_and_the_full_one(store: TileStore):
    for width in (1, 7, 255):
        store.write(f"{FULL}.p/{width}", CONTENT[: 32 * width])
    store.write(FULL, CONTENT)
    assert [len(store.read(f"{FULL}.p/{width}")) // 32 for width in (1, 7, 255)] == [1, 7, 255]
    assert store.read(FULL) == CONTENT


def test_parts_are_discarded_only_once_the_full_one_is_there(store: TileStore):
    store.write(f"{FULL}.p/3", CONTENT[:96])
    with pytest.raises(NotFound):
        store.discard_partials(FULL)
    assert store.read(f"{FULL}.p/3") == CONTENT[:96]
    store.write(FULL, CONTENT)
    store.write(PART, CONTENT)
    for _ in range(2):
        store.discard_partials(FULL)
    with pytest.raises(NotFound):
        store.read(f"{FULL}.p/3")
    assert store.read(FULL) == store.read(PART) == CONTENT


def test_discarding_the_parts_of_a_part_is_refused(store: TileStore):
    store.write(PART, CONTENT)
    with pytest.raises(Malformed):
        store.discard_partials(PART)
    assert store.read(PART) == CONTENT


def test_what_was_never_written_is_not_found(store: TileStore):
    with pytest.raises(NotFound):
        store.read(FULL)
    store.write(FULL, CONTENT)
    for path in (BUNDLE, PART, f"{FULL}.p/1"):
        with pytest.raises(NotFound):
            store.read(path)


TRAVERSALS = (
    *("", "/", "checkpoint", "../x", "tile/0/../../../x", "/etc/passwd", "tile/0/000/../../checkpoint"),
    *("tile/0/000.p/../000", "tile//000", "tile/0/0", "tile/0/0000", "tile/0/x000/x000", "tile/0/000.p/256"),
    *(
        "tile/0/000.p/0",
        "tile/-1/000",
        "tile/64/000",
        "tile/0/000\n",
        "tile/0/000/",
        "tile/0/\u0660\u0660\u0660",
        "tile/0/000\0",
    ),
)


@pytest.mark.parametrize("path", TRAVERSALS)
def test_path_that_is_not_of_a_tile_is_neither_read_nor_written(store: TileStore, tmp_path: Path, path: str):
    for refused in (
        lambda: store.read(path),
        lambda: store.write(path, CONTENT),
        lambda: store.discard_partials(path),
    ):
        with pytest.raises(Malformed):
            refused()
    assert list(tmp_path.rglob("*")) == []


def test_too_much_is_refused(store: TileStore):
    with pytest.raises(Malformed):
        store.write(BUNDLE, bytes(MOST_FILE_BYTES + 1))
    for size in (0, MOST_CHECKPOINT_BYTES + 1):
        with pytest.raises(Malformed):
            store.swap_checkpoint(None, bytes(size))
    assert store.checkpoint() is None


def test_checkpoint_is_replaced_only_by_whoever_knows_the_present_one(store: TileStore):
    assert store.checkpoint() is None
    with pytest.raises(Conflict):
        store.swap_checkpoint(b"imagined", b"one")
    assert store.checkpoint() is None
    store.swap_checkpoint(None, b"one")
    for wrong in (None, b"imagined", b"on"):
        with pytest.raises(Conflict):
            store.swap_checkpoint(wrong, b"two")
    assert store.checkpoint() == b"one"
    store.swap_checkpoint(b"one", b"two")
    assert store.checkpoint() == b"two"
    with pytest.raises(Conflict):
        store.swap_checkpoint(b"one", b"three")


def test_of_many_threads_that_swap_the_same_checkpoint_one_does(store: TileStore):
    outcomes: list[bool] = []

    def swap(number: int) -> None:
        try:
            store.swap_checkpoint(None, b"checkpoint %d" % number)
            outcomes.append(True)
        except Conflict:
            outcomes.append(False)

    threads = [threading.Thread(target=swap, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == [False] * 7 + [True]


def _count_up(store: TileStore, won: "multiprocessing.Queue[int]") -> None:
    """Add one to the number that the checkpoint says, 20 times, whoever else does so too."""
    for number in range(20):
        store.write(f"tile/0/{number:03}", CONTENT)
        while True:
            present = store.checkpoint()
            try:
                store.swap_checkpoint(present, b"%d" % (int(present or b"0") + 1))
                break
            except Conflict:
                continue
    won.put(20)


def test_no_swap_is_lost_among_several_processes(store: TileStore):
    won = FORKS.Queue()
    processes = [FORKS.Process(target=_count_up, args=(store, won)) for _ in range(3)]
    for process in processes:
        process.start()
    total = sum(won.get(timeout=60) for _ in processes)
    for process in processes:
        process.join()
        assert process.exitcode == 0
    assert store.checkpoint() == b"%d" % total
    assert all(store.read(f"tile/0/{number:03}") == CONTENT for number in range(20))
