"""What the sequencer has placed is published: without gap, fork or rewrite, whatever happens on the way."""

import os
import shutil
import signal
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from lineproof.errors import Conflict, Malformed, NotFound, NotPermitted, Unavailable
from lineproof.tiles.directory import TileFolder
from lineproof.tiles.reading import verify_published
from lineproof.transparency.tile import places_for
from lineproof.transparency.tree import leaf_hash, range_of
from lineproof.vault.file import open_vault

if TYPE_CHECKING:
    from lineproof.ports import Services
    from lineproof.registry.flows.publish_log import Published

# Every call by which something on the disk changes, or is made to stay.
CALLS = ("open", "mkdir", "chmod", "fchmod", "fsync", "link", "rename", "unlink", "rmdir")


class Log:
    """A record's log in a test's hand, and its publication in a folder."""

    def __init__(self, services: "Services", folder: Path) -> None:
        self.folder = folder
        self.store = TileFolder(folder)
        self.services = replace(services, tiles=self.store)
        self.bodies: list[bytes] = []

    def grow(self, count: int, *, body: bytes = b"entry %d") -> None:
        """Append entries."""
        from django.db import transaction

        from lineproof.registry.sql.append import append_entries

        fresh = [body % number for number in range(len(self.bodies), len(self.bodies) + count)]
        with transaction.atomic():
            append_entries(fresh)
        self.bodies += fresh

    def publish(self, **changes: Any) -> "Published":
        from lineproof.registry.flows.publish_log import publish_log

        return publish_log(replace(self.services, **changes))

    @property
    def key(self):
        from lineproof.registry.queries.log import read_origin
        from lineproof.registry.queries.log_keys import read_log_keys

        return read_log_keys(self.services.keys, read_origin() or "")[0].key

    def files(self) -> dict[str, bytes]:
        """Read every published file, the checkpoint left out."""
        found = {path.relative_to(self.folder).as_posix(): path for path in self.folder.rglob("*")}
        return {
            name: path.read_bytes() for name, path in found.items() if name[:5] == "tile/" and path.is_file()
        }

    def published_size(self) -> int:
        """Verify what is published against the bodies in this test's own memory, and give its size."""
        if self.store.checkpoint() is None:
            return 0
        found = verify_published(self.store, keys=[self.key])
        assert found.problems == ()
        assert found.checkpoint is not None
        size = found.checkpoint.size
        assert found.checkpoint.root_hash == range_of(map(leaf_hash, self.bodies[:size])).root()
        return size


@pytest.fixture
def log(services: "Services", tmp_path: Path) -> Log:
    return Log(services, tmp_path / "log")


def test_what_has_its_place_is_published_and_can_be_verified_without_the_record(log: Log):
    log.grow(600)
    done = log.publish()
    assert (done.added, done.head.size) == (600, 600)
    assert log.published_size() == 600
    assert set(log.files()) == {place.path for place in places_for(0, 600)}


def test_publication_goes_on_where_the_last_one_ended_and_rewrites_nothing(log: Log):
    before: dict[str, bytes] = {}
    for count in (1, 1, 200, 53, 1, 1, 255, 256, 300):
        log.grow(count)
        assert log.publish().added == count
        assert log.published_size() == len(log.bodies)
        files = log.files()
        assert all(files[path] == content for path, content in before.items() if path in files)
        assert all(".p/" in path for path in before.keys() - files.keys())
        before = files


def test_nothing_new_is_published_twice(log: Log):
    log.grow(3)
    log.publish()
    before = (log.files(), log.store.checkpoint())
    assert log.publish().added == 0
    assert (log.files(), log.store.checkpoint()) == before


def test_log_without_entries_has_a_checkpoint_of_none(log: Log):
    assert log.publish().head.size == 0
    assert log.published_size() == 0
    assert log.store.checkpoint() is not None
    log.grow(1)
    assert log.publish().added == 1
    assert log.published_size() == 1


def test_parts_go_once_their_tile_is_full(log: Log):
    for count in (10, 10, 300):
        log.grow(count)
        log.publish()
    assert {path for path in log.files() if ".p/" in path} == {
        place.path for place in places_for(20, 320) if place.width < 256
    }


def test_tile_of_the_second_level_grows_from_its_published_part(log: Log):
    for count in (256, 256, 256, 1):
        log.grow(count)
        log.publish()
        assert log.published_size() == len(log.bodies)
    assert len(log.files()["tile/1/000.p/3"]) == 3 * 32


@pytest.mark.long
def test_tile_of_the_second_level_gets_full(log: Log):
    for count in (65_000, 535, 1, 1, 300):
        log.grow(count)
        log.publish()
        assert log.published_size() == len(log.bodies)
    assert {"tile/1/000", "tile/1/001.p/1", "tile/2/000.p/1"} <= set(log.files())


class Killed:
    """Counts calls to the system in a child, and kills it at one of them."""

    def __init__(self, number: int) -> None:
        self._left = number

    def count(self, call: Callable[..., object]) -> Callable[..., object]:
        def counting(*arguments: object, **named: object) -> object:
            self._left -= 1
            if not self._left:
                os.kill(os.getpid(), signal.SIGKILL)
            return call(*arguments, **named)

        return counting


def killed_at(number: int, act: Callable[[], object]) -> bool:
    """Act in a child that dies before its n-th call to the system; False if it made fewer."""
    from django.db import connections

    # Not across a fork.
    connections.close_all()
    child = os.fork()
    if child == 0:
        ended = 1
        try:
            killed = Killed(number)
            for name in CALLS:
                setattr(os, name, killed.count(getattr(os, name)))
            act()
            ended = 0
        finally:
            os._exit(ended)
    ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert ended in (0, -signal.SIGKILL)
    return ended != 0


def check_after_a_kill(log: Log, before: dict[str, bytes], sizes: set[int]) -> None:
    """No gap, no fork, no rewrite; and the next publication goes on."""
    assert log.published_size() in sizes
    between = log.files()
    assert all(between[path] == content for path, content in before.items() if path in between)
    log.publish()
    assert log.published_size() == len(log.bodies)
    after = log.files()
    assert all(after[path] == content for path, content in between.items() if path in after)


@pytest.mark.parametrize(
    ("old", "new", "every"),
    [
        (250, 520, 9),
        pytest.param(0, 260, 1, marks=pytest.mark.long),
        pytest.param(250, 520, 1, marks=pytest.mark.long),
    ],
)
def test_publication_that_is_killed_at_any_step_goes_on_without_gap_fork_or_rewrite(
    services: "Services", tmp_path: Path, old: int, new: int, every: int
):
    from lineproof.registry.flows.log_origin import set_log_origin

    set_log_origin()
    first = Log(services, tmp_path / "first")
    first.grow(old)
    if old:
        first.publish()
    first.grow(new - old)
    died = 0
    for number in range(1, 400, every):
        log = Log(services, tmp_path / str(number))
        log.bodies = first.bodies
        if old:
            shutil.copytree(first.folder, log.folder)
        before = log.files()
        killed = killed_at(number, log.publish)
        check_after_a_kill(log, before, {old, new})
        died += killed
        if not killed:
            break
    assert 40 < died * every < 390


@pytest.mark.long
def test_log_that_grows_while_its_publisher_is_killed_again_and_again_stays_one_log(log: Log):
    log.publish()
    seen = [0]
    before: dict[str, bytes] = {}
    for number in range(1, 140):
        log.grow(1 + number * 7 % 60)
        killed_at(number, log.publish)
        seen.append(log.published_size())
        files = log.files()
        assert all(files[path] == content for path, content in before.items() if path in files)
        before = files
    assert seen == sorted(seen)
    log.publish()
    assert log.published_size() == len(log.bodies)


class Interrupting(TileFolder):
    """A store before whose swap something else happens, once."""

    def __init__(self, folder: Path, act: Callable[[], object]) -> None:
        super().__init__(folder)
        self._acts = [act]

    def swap_checkpoint(self, old: bytes | None, new: bytes) -> None:
        while self._acts:
            self._acts.pop()()
        super().swap_checkpoint(old, new)


def test_second_publisher_that_is_overtaken_finds_its_work_done(log: Log):
    log.grow(5)
    tiles = Interrupting(log.folder, log.publish)
    assert log.publish(tiles=tiles).added == 0
    assert log.published_size() == 5


def test_second_publisher_that_is_overtaken_by_a_smaller_tree_goes_on(log: Log):
    log.grow(5)
    log.publish()
    log.grow(300)

    def overtake() -> None:
        log.grow(400)
        log.publish()

    assert log.publish(tiles=Interrupting(log.folder, overtake)).head.size == 705
    assert log.published_size() == 705


def test_publishers_at_the_same_time_publish_one_log(log: Log):
    from django.db import connections

    from lineproof.registry.flows.log_origin import set_log_origin

    set_log_origin()
    log.grow(700)
    wrong: list[Exception] = []

    def publish() -> None:
        try:
            log.publish(tiles=TileFolder(log.folder))
        except Exception as error:  # noqa: BLE001 -- told by the main thread
            wrong.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=publish) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert log.published_size() == 700


def nothing_changes(log: Log, kind: type[Exception], match: str) -> None:
    """Publishing is refused, and every published byte stays."""
    before = (log.files(), log.store.checkpoint())
    with pytest.raises(kind, match=match):
        log.publish()
    assert (log.files(), log.store.checkpoint()) == before


def rewind(size: int) -> None:
    """Take the record's log back to a size, as restoring a backup does."""
    from lineproof.registry.models import Entry, TreeHead

    Entry.objects.filter(position__gte=size).delete()
    TreeHead.objects.filter(size__gt=size).delete()


def test_record_that_was_rolled_back_publishes_nothing(log: Log):
    log.grow(10)
    log.grow(10)
    log.publish()
    rewind(10)
    nothing_changes(log, Conflict, "20 entries are published, and the record has 10: it was rolled back")


@pytest.mark.parametrize("count", [10, 30])
def test_record_that_went_on_otherwise_publishes_nothing(log: Log, count: int):
    log.grow(10)
    log.grow(10)
    log.publish()
    rewind(10)
    log.bodies = log.bodies[:10]
    log.grow(count, body=b"other %d")
    nothing_changes(log, Conflict, "forked")


def test_changed_entry_is_found_before_it_is_published(log: Log):
    from lineproof.registry.models import Entry

    log.grow(10)
    log.publish()
    log.grow(10)
    Entry.objects.filter(position=15).update(body=b"changed")
    nothing_changes(log, Conflict, "lineproof log verify")


def test_missing_entry_is_found_before_what_follows_is_published(log: Log):
    from lineproof.registry.models import Entry

    log.grow(10)
    log.publish()
    log.grow(10)
    Entry.objects.filter(position=15).delete()
    nothing_changes(log, Conflict, "not whole")


def test_entry_of_the_unfinished_bundle_that_was_changed_since_is_not_published_again(log: Log):
    from lineproof.registry.models import Entry

    log.grow(10)
    log.publish()
    Entry.objects.filter(position=5).update(body=b"changed")
    log.grow(10)
    nothing_changes(log, Conflict, "An entry of the record from 0 on")


@pytest.mark.parametrize(
    "change", [{"range_roots": bytes(64)}, {"range_roots": bytes(32)}, {"root_hash": b"?"}]
)
def test_log_that_cannot_be_folded_on_from_its_noted_head_is_not_signed(log: Log, change: dict[str, bytes]):
    from lineproof.registry.models import TreeHead

    log.grow(10)
    log.publish()
    log.grow(10)
    TreeHead.objects.update(**change)
    nothing_changes(log, Conflict, "forked|not whole")


def test_changed_leaf_hash_is_not_signed(log: Log):
    from lineproof.registry.models import Entry

    log.grow(10)
    log.publish()
    log.grow(10)
    Entry.objects.filter(position=15).update(leaf_hash=bytes(32))
    nothing_changes(log, Conflict, "ends with")


def test_published_tile_that_was_changed_grows_into_nothing(log: Log):
    log.grow(256)
    log.publish()
    (log.folder / "tile/1/000.p/1").write_bytes(bytes(32))
    log.grow(256)
    nothing_changes(log, Conflict, "Tile 0 of level 1")


def test_published_tile_that_is_gone_is_said(log: Log):
    log.grow(256)
    log.publish()
    (log.folder / "tile/1/000.p/1").unlink()
    log.grow(256)
    nothing_changes(log, Conflict, "tile/1/000.p/1 is gone")


def test_part_that_became_a_full_tile_in_a_publication_that_was_killed_is_taken_from_it(log: Log):
    log.grow(256)
    log.publish()
    part = log.folder / "tile/1/000.p/1"
    (log.folder / "tile/1/000").write_bytes(part.read_bytes() + bytes(255 * 32))
    part.unlink()
    log.grow(256)
    log.publish()
    assert len(log.files()["tile/1/000.p/2"]) == 64


def test_log_that_another_key_signed_is_left_alone(log: Log, tmp_path: Path):
    log.grow(10)
    log.publish(keys=open_vault(tmp_path / "another"))
    log.grow(10)
    nothing_changes(log, NotPermitted, "not signed by this record's key")


def test_checkpoint_that_is_none_is_left_alone(log: Log):
    log.grow(10)
    log.store.swap_checkpoint(None, b"nothing of the kind\n")
    with pytest.raises((Malformed, Conflict)):
        log.publish()
    assert log.store.checkpoint() == b"nothing of the kind\n"


def test_record_that_published_nothing_does_not_take_over_a_published_log(log: Log):
    from lineproof.registry.models import LogOrigin
    from lineproof.registry.queries.log import read_origin

    log.grow(10)
    log.publish()
    LogOrigin.objects.all().delete()
    nothing_changes(log, Conflict, "has published none")
    assert read_origin() is None


def test_log_keeps_its_name(log: Log):
    from lineproof.registry.flows.log_origin import set_log_origin

    assert set_log_origin("example.net/log") == "example.net/log"
    log.publish()
    for origin in ("example.net/log", None):
        assert set_log_origin(origin) == "example.net/log"
    with pytest.raises(Conflict, match="stays so"):
        set_log_origin("example.org/log")
    found = verify_published(log.store, keys=[log.key])
    assert found.checkpoint is not None
    assert found.checkpoint.origin == "example.net/log"


@pytest.mark.parametrize(
    "origin", ["", "https://example.net", "a b", "a+b", "-a", "A", "a/b/c", "a\n", "é", "a" * 80]
)
def test_name_that_cannot_be_one_is_refused(log: Log, origin: str):
    from lineproof.registry.flows.log_origin import set_log_origin
    from lineproof.registry.queries.log import read_origin

    with pytest.raises(Malformed):
        set_log_origin(origin)
    assert read_origin() is None


def test_process_without_a_store_publishes_nothing(log: Log):
    with pytest.raises(Unavailable, match="publishes no log"):
        log.publish(tiles=None)


def test_receipt_of_an_entry_is_made_from_the_published_log_alone(log: Log):
    from lineproof.registry.queries.published import make_receipt

    log.grow(300)
    log.publish()
    log.grow(1)
    for position in (0, 255, 256, 299):
        assert make_receipt(log.services, position)
    with pytest.raises(NotFound, match="not published"):
        make_receipt(log.services, 300)


def test_procedure_is_done_even_where_nothing_can_be_published(log: Log):
    """Publishing is apart: what goes wrong there is told by the publisher, and fails nothing."""
    from lineproof.registry.flows.after_commit import finish
    from tests.flows.desk import NOW

    log.folder.write_bytes(b"a file in the way")
    assert finish(log.services, now=NOW) is True
