"""Verifying a published log from its files: what is in order is found so, and what is not is named."""

from collections.abc import Callable

import pytest

from lineproof.errors import Malformed, NotFound, Unavailable
from lineproof.transparency.audit import MOST_PROBLEMS, Audit, audit_log
from lineproof.transparency.checkpoint import Checkpoint
from lineproof.transparency.growth import Growth
from lineproof.transparency.tree import leaf_hash, range_of

ENTRIES = [b"entry %d" % number for number in range(600)]


def published(size: int) -> dict[str, bytes]:
    growth, files = Growth(0, [], []), {}
    for entry in ENTRIES[:size]:
        files |= dict(growth.add(entry))
    return files | dict(growth.parts())


def checkpoint_of(size: int) -> Checkpoint:
    return Checkpoint("example.net/log", size, range_of(map(leaf_hash, ENTRIES[:size])).root())


def reading(files: dict[str, bytes]) -> Callable[[str], bytes]:
    def read(path: str) -> bytes:
        if path not in files:
            raise NotFound(path)
        return files[path]

    return read


def audit(files: dict[str, bytes], size: int, **noted: Checkpoint) -> Audit:
    return audit_log(reading(files), checkpoint=checkpoint_of(size), **noted)


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 512, 600])
def test_log_in_order_is_read_file_by_file(size: int):
    files = published(size)
    assert audit(files, size) == Audit(size, len(files), ())


@pytest.mark.parametrize("size", [1, 255, 256, 511])
def test_log_that_grew_meanwhile_is_read_from_its_full_tiles(size: int):
    """Parts of tiles that are full by now may be gone."""
    files = {path: content for path, content in published(600).items() if ".p/" not in path}
    files |= {path: content for path, content in published(size).items() if path.startswith("tile/1/")}
    assert audit(files, size).problems == ()


@pytest.mark.parametrize("size", [0, 1, 256, 300, 600])
def test_log_begins_with_every_checkpoint_that_it_had(size: int):
    assert audit(published(600), 600, earlier=checkpoint_of(size)).problems == ()


@pytest.mark.parametrize("size", [0, 1, 200, 255, 256, 257, 511, 512, 513, 599, 600])
def test_fork_is_named_once_wherever_the_earlier_checkpoint_ends(size: int):
    other = Checkpoint("example.net/log", size, leaf_hash(b"another log"))
    assert audit(published(600), 600, earlier=other).problems == (
        f"checkpoint: forked: the first {size} entries are not those that were noted before",
    )
    assert len(audit(published(size), size, earlier=other).problems) == 1


def test_every_changed_byte_of_every_file_is_named_where_it_lies():
    files = published(520)
    for path, content in files.items():
        for at in {0, 1, len(content) // 2, len(content) - 1}:
            changed = content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]
            problems = audit(files | {path: changed}, 520).problems
            same = path.replace("tile/entries/", "tile/0/")
            assert any(problem.startswith((f"{path}:", f"{same}:")) for problem in problems), (path, at)


def test_every_missing_longer_and_shorter_file_is_named():
    files = published(520)
    for path, content in files.items():
        left = {name: kept for name, kept in files.items() if name != path}
        for wrong in ({}, {path: content + b"x"}, {path: content[:-1]}, {path: b""}):
            problems = audit(left | wrong, 520).problems
            assert any(problem.startswith(f"{path}:") for problem in problems), (path, problems)


def test_root_that_is_not_of_the_entries_is_said():
    other = Checkpoint("example.net/log", 300, bytes(32))
    found = audit_log(reading(published(300)), checkpoint=other)
    assert found.problems == ("checkpoint: its root hash is not that of the entries",)


def test_entry_changed_with_its_tile_is_found_by_the_root():
    files, entries = published(300), [*ENTRIES[:300]]
    entries[290] = b"changed"
    growth, forged = Growth(0, [], []), {}
    for entry in entries:
        forged |= dict(growth.add(entry))
    assert audit(files | forged | dict(growth.parts()), 300).problems == (
        "checkpoint: its root hash is not that of the entries",
    )


def test_rollback_and_fork_are_told_apart():
    (rolled_back,) = audit(published(200), 200, earlier=checkpoint_of(300)).problems
    assert "rolled back: 300 entries were noted, there are only 200" in rolled_back
    fork = Checkpoint("example.net/log", 100, bytes(32))
    (forked,) = audit(published(200), 200, earlier=fork).problems
    assert "forked: the first 100 entries" in forked


def test_where_neither_entries_nor_their_hashes_are_there_verification_ends():
    files = {path: content for path, content in published(600).items() if "/001" not in path}
    found = audit(files, 600)
    assert found.entries == 256
    assert found.problems[-1] == "nothing from entry 256 on can be verified"


def test_of_very_many_problems_twenty_are_named():
    files = published(600)
    growth, size = Growth(0, [], []), 256 * 30
    for number in range(size):
        files |= dict(growth.add(b"%d" % number))
    broken = {path: bytes(len(content)) for path, content in files.items() if path.startswith("tile/0/")}
    found = audit_log(reading(files | broken), checkpoint=Checkpoint("example.net/log", size, bytes(32)))
    assert len(found.problems) == MOST_PROBLEMS + 1
    assert found.problems[-1].startswith("and more; not verified from entry ")


def visited(files: dict[str, bytes], size: int) -> list[tuple[int, bytes]]:
    found: list[tuple[int, bytes]] = []
    audit_log(
        reading(files),
        checkpoint=checkpoint_of(size),
        visit=lambda index, entry: found.append((index, entry)),
    )
    return found


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 600])
def test_every_entry_of_a_log_in_order_is_shown_once_and_in_its_place(size: int):
    assert visited(published(size), size) == list(enumerate(ENTRIES[:size]))


def test_of_a_log_that_grew_meanwhile_the_entries_under_the_checkpoint_are_shown():
    grown = {path: content for path, content in published(600).items() if ".p/" not in path}
    assert visited(grown, 300) == list(enumerate(ENTRIES[:300]))


def test_entry_whose_hash_is_not_the_published_one_is_not_shown():
    files = published(300)
    changed = files["tile/entries/000"].replace(b"entry 77", b"entry XX")
    shown = visited(files | {"tile/entries/000": changed}, 300)
    assert shown == [(at, entry) for at, entry in enumerate(ENTRIES[:300]) if at != 77]


@pytest.mark.parametrize("path", ["tile/entries/000", "tile/0/000"])
def test_nothing_is_shown_of_a_bundle_that_is_not_there_or_has_no_hashes(path: str):
    files = {name: content for name, content in published(300).items() if name != path}
    assert visited(files, 300) == list(enumerate(ENTRIES))[256:300]


def test_file_that_is_too_large_is_named_and_a_place_that_cannot_be_reached_is_an_error():
    def too_large(path: str) -> bytes:
        raise Malformed("too large")

    def away(path: str) -> bytes:
        raise Unavailable("away")

    assert "tile/entries/000.p/9: too large" in audit_log(too_large, checkpoint=checkpoint_of(9)).problems
    with pytest.raises(Unavailable):
        audit_log(away, checkpoint=checkpoint_of(9))
