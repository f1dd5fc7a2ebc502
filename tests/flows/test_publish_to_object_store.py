"""The log is published in an object store as it is in a folder: a real one, and what anybody reads there."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lineproof.errors import Unavailable
from lineproof.tiles.reading import verify_published
from lineproof.tiles.s3 import TileBucket
from lineproof.tiles.url import TileUrl
from lineproof.transparency.tile import places_for
from tests.fakes.object_store import BUCKET, ObjectStore, free_ports
from tests.flows.test_publish_log import Log
from tests.flows.test_rotate_log_key import Killed

if TYPE_CHECKING:
    from lineproof.ports import Services

pytestmark = pytest.mark.long
COMMAND = Path(sys.executable).with_name("lineproof")


class LogInBucket(Log):
    """A record's log in a test's hand, and its publication in an object store."""

    def __init__(self, services: "Services", folder: Path, there: ObjectStore) -> None:
        super().__init__(services, folder)
        self.there = there
        self.store = there.open(folder)  # type: ignore[assignment]
        self.services = replace(services, tiles=self.store)

    @property
    def address(self) -> str:
        return self.there.address_of(self.folder)

    def files(self) -> dict[str, bytes]:
        prefix = self.there.place_of(self.folder).removeprefix(f"s3://{BUCKET}/") + "/"
        pages = self.there.client().get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=prefix)
        names = [entry["Key"].removeprefix(prefix) for page in pages for entry in page.get("Contents", ())]
        anybody = TileUrl(self.address)
        return {name: anybody.read(name) for name in names if name.startswith("tile/")}


@pytest.fixture
def log(services: "Services", tmp_path: Path, object_store: ObjectStore) -> LogInBucket:
    return LogInBucket(services, tmp_path / "log", object_store)


def test_what_is_published_there_is_verified_by_anybody_over_http(log: LogInBucket):
    for count in (10, 690):
        log.grow(count)
        assert log.publish().added == count
    assert log.published_size() == 700
    assert set(log.files()) == {place.path for place in places_for(0, 700)}
    command = [COMMAND, "log", "verify", log.address, "--key", log.key.text]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert "700" in done.stdout


def test_command_publishes_where_the_environment_says(object_store: ObjectStore, tmp_path: Path, monkeypatch):
    """The credentials are in the environment already."""
    monkeypatch.setenv("LINEPROOF_LOG_STORE", object_store.place_of(tmp_path))
    monkeypatch.setenv("LINEPROOF_LOG_STORE_ENDPOINT", object_store.endpoint)
    monkeypatch.setenv("LINEPROOF_RECORD", str(tmp_path / "record"))
    for words in (["agents", "add", "ada"], ["log", "publish"], ["log", "publish"]):
        done = subprocess.run([COMMAND, *words], capture_output=True, text=True, check=False, timeout=60)
        assert (done.returncode, done.stderr) == (0, "")
    assert not (tmp_path / "record" / "log").exists()
    found = verify_published(TileUrl(object_store.address_of(tmp_path)), keys=())
    assert (found.entries, found.problems) == (1, ())


class Dying(TileBucket):
    """A store at whose n-th call the process ends: before it does anything, or when it has done all."""

    def __init__(self, place: str, endpoint: str, number: int, *, after: bool) -> None:
        super().__init__(place, endpoint=endpoint)
        self._heeds_conditions = True
        self.left, self._after = number, after

    def _call(self, act: Callable[[], None]) -> None:
        self.left -= 1
        if self.left or self._after:
            act()
        if not self.left:
            raise Killed

    def write(self, path: str, content: bytes) -> None:
        self._call(lambda: super(Dying, self).write(path, content))

    def swap_checkpoint(self, old: bytes | None, new: bytes) -> None:
        self._call(lambda: super(Dying, self).swap_checkpoint(old, new))

    def discard_partials(self, path: str) -> None:
        self._call(lambda: super(Dying, self).discard_partials(path))


@pytest.mark.parametrize("after", [False, True], ids=["before it", "after it"])
@pytest.mark.parametrize("number", [1, 5, 8, 9])
def test_publication_that_is_killed_goes_on(log: LogInBucket, number: int, after: bool):
    """The 250 entries become 520: seven files are written, the checkpoint swapped, parts discarded."""
    log.grow(250)
    log.publish()
    log.grow(270)
    before = log.files()
    dying = Dying(log.there.place_of(log.folder), log.there.endpoint, number, after=after)
    with pytest.raises(Killed):
        log.publish(tiles=dying)
    assert log.published_size() in (250, 520)
    between = log.files()
    assert all(between[path] == content for path, content in before.items() if path in between)
    log.publish()
    assert log.published_size() == 520
    after_all = log.files()
    assert all(after_all[path] == content for path, content in between.items() if path in after_all)


def test_while_the_store_is_down_nothing_is_published_and_nothing_lost(log: LogInBucket):
    log.grow(3)
    down = TileBucket(log.there.place_of(log.folder), endpoint=f"http://127.0.0.1:{free_ports(1)[0]}")
    with pytest.raises(Unavailable, match="does not answer"):
        log.publish(tiles=down)
    assert log.publish().added == 3
    assert log.published_size() == 3
