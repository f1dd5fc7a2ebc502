"""Entries take their places in the transaction of their change; the log is verified from its entries."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from lineproof.transparency.entry import commit
from lineproof.transparency.tree import leaf_hash, range_of

if TYPE_CHECKING:
    from lineproof.registry.queries.log import LogCheck
    from tests.flows.desk import Desk


@pytest.fixture
def append(desk: "Desk") -> Callable[..., int]:
    """Appends entries, any bytes, in a transaction of their own."""
    from django.db import transaction

    from lineproof.registry.sql.append import append_entries

    def append(*bodies: bytes) -> int:
        with transaction.atomic():
            return append_entries(bodies)

    return append


@pytest.fixture
def note() -> Callable[[], None]:
    """Notes where the log ends, as publishing it does."""
    from lineproof.registry.models import TreeHead
    from lineproof.registry.queries.log import read_log_end

    def note() -> None:
        end = read_log_end()
        TreeHead.objects.create(size=end.size, root_hash=end.root(), range_roots=b"".join(end.roots))

    return note


@pytest.fixture
def verify(desk: "Desk") -> "Callable[..., LogCheck]":
    from lineproof.registry.queries.log import verify_log

    return verify_log


@pytest.fixture
def long_log(desk: "Desk", append, note) -> "Desk":
    """A log of three noted heads and some thirty entries, the last of them after the last head."""
    for batch in range(3):
        append(*(f"entry {batch}.{number}".encode() for number in range(batch * 5 + 3)))
        note()
    append(b"the last")
    return desk


def bodies(desk: "Desk") -> list[bytes]:
    """Read the log's bodies in order."""
    return [bytes(row.body) for row in desk.rows("Entry")]


def test_places_are_without_gaps_and_in_the_order_of_the_changes(desk: "Desk", append):
    begin = desk.count("Entry")
    appended = [f"entry {number}".encode() for number in range(25)]
    assert append(*appended[:10]) == begin
    assert append(*appended[10:]) == begin + 10
    assert bodies(desk)[begin:] == appended
    assert [row.position for row in desk.rows("Entry")] == list(range(begin + 25))


def test_places_of_a_change_that_was_rolled_back_are_taken_by_the_next(desk: "Desk", append, verify):
    from django.db import transaction

    begin = desk.count("Entry")

    def fail() -> None:
        with transaction.atomic():
            append(b"not to be")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert append(b"instead") == begin
    assert verify().problems == ()


def test_without_a_transaction_nothing_is_appended(desk: "Desk"):
    from lineproof.registry.sql.append import append_entries

    before = desk.everything()
    with pytest.raises(RuntimeError, match="transaction"):
        append_entries([b"by itself"])
    assert desk.everything() == before


@pytest.mark.parametrize("sizes", [[1] * 40, [7, 1, 32, 25, 64, 3], [300, 1, 211]])
def test_end_is_the_root_of_the_entries_however_they_came(desk: "Desk", append, verify, sizes: list[int]):
    from lineproof.registry.queries.log import read_log_head

    for size in sizes:
        append(*(f"{size}.{number}".encode() for number in range(size)))
    assert read_log_head().root_hash == range_of(map(leaf_hash, bodies(desk))).root()
    assert verify().problems == ()


def test_writers_at_the_same_time_leave_one_log_without_gaps(desk: "Desk", append, verify):
    import threading

    from django.db import connections

    begin = desk.count("Entry")

    def write(writer: int) -> None:
        try:
            for number in range(10):
                append(*(f"{writer}.{number}.{part}".encode() for part in range(3)))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=write, args=(writer,)) for writer in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    written = bodies(desk)[begin:]
    assert len(written) == len(set(written)) == 180
    groups = [written[at : at + 3] for at in range(0, 180, 3)]
    assert all(len({body.rpartition(b".")[0] for body in group}) == 1 for group in groups)
    assert [row.position for row in desk.rows("Entry")] == list(range(begin + 180))
    assert verify().problems == ()


def test_untouched_log_is_in_order(long_log: "Desk", verify):
    check = verify()
    assert (check.problems, check.size, check.heads_checked) == ((), long_log.count("Entry"), 3)


def test_empty_log_is_in_order(services, verify):
    from django.core.management import call_command

    call_command("flush", verbosity=0, interactive=False)
    check = verify()
    assert (check.size, check.problems) == (0, ())


def test_changed_body_is_found(long_log: "Desk", verify):
    entry = long_log.rows("Entry")[5]
    entry.body = b"another story"
    entry.save()
    problems = " ".join(verify().problems)
    assert "entry 5 does not have its hash" in problems
    assert "is not the hash of its entries" in problems


def test_changed_body_with_its_hash_changed_alike_is_found(long_log: "Desk", verify):
    entry = long_log.rows("Entry")[5]
    entry.body, entry.leaf_hash = b"another story", leaf_hash(b"another story")
    entry.save()
    assert verify().problems


@pytest.mark.parametrize("position", [0, 5, -2])
def test_removed_entry_is_found(long_log: "Desk", verify, position: int):
    long_log.rows("Entry")[position].delete()
    assert verify().problems


def test_two_entries_that_changed_places_are_found(long_log: "Desk", verify):
    first, second = long_log.rows("Entry")[5:7]
    first.body, second.body = second.body, first.body
    first.leaf_hash, second.leaf_hash = second.leaf_hash, first.leaf_hash
    first.save()
    second.save()
    assert verify().problems


@pytest.mark.parametrize("place", range(3))
def test_rewritten_head_is_found(long_log: "Desk", verify, place: int):
    head = long_log.rows("TreeHead")[place]
    head.root_hash = bytes(32)
    head.save()
    assert f"the head of size {head.size} is not the hash of its entries" in verify().problems


def cut_back(size: int) -> None:
    """Take the whole record of the log back to a size."""
    from lineproof.registry.models import Entry, TreeHead

    Entry.objects.filter(position__gte=size).delete()
    TreeHead.objects.filter(size__gt=size).delete()


def test_log_cut_back_is_found_by_the_head_that_was_noted_after_it(long_log: "Desk", verify):
    from lineproof.registry.models import Entry

    Entry.objects.filter(position__gte=long_log.rows("TreeHead")[-1].size - 2).delete()
    assert any("was noted" in problem for problem in verify().problems)


def test_log_cut_back_whole_is_found_by_who_noted_a_later_head(long_log: "Desk", verify):
    from lineproof.registry.queries.log import read_log_head

    noted = read_log_head()
    cut_back(noted.size - 5)
    assert verify().problems == ()
    assert verify(earlier=noted).problems


def test_log_rewritten_whole_is_found_by_who_noted_a_head(long_log: "Desk", verify, append):
    from lineproof.registry.queries.log import read_log_head

    noted, told = read_log_head(), bodies(long_log)
    cut_back(0)
    append(*told[:5], b"another story", *told[6:])
    assert verify().problems == ()
    assert any("rewritten" in problem for problem in verify(earlier=noted).problems)


def test_noted_head_between_two_heads_is_found_again(long_log: "Desk", verify):
    from lineproof.registry.queries.log import LogHead

    size = long_log.rows("TreeHead")[1].size + 1
    root = range_of(map(leaf_hash, bodies(long_log)[:size])).root()
    assert verify(earlier=LogHead(size, root)).problems == ()
    assert verify(earlier=LogHead(size, bytes(32))).problems


def test_log_that_has_grown_still_contains_what_was_noted(long_log: "Desk", verify):
    from lineproof.registry.queries.log import read_log_head

    noted = read_log_head()
    long_log.register()
    assert read_log_head().size > noted.size
    assert verify(earlier=noted).problems == ()


def test_change_that_did_not_happen_leaves_no_entry(desk: "Desk"):
    from django.db import transaction

    from lineproof.registry.flows.log import LogWriter, SaltOwner
    from lineproof.registry.models.choices import Retention
    from lineproof.transparency.entry import EntryKind
    from tests.flows.desk import NOW, uuid

    before = desk.everything()
    owner = SaltOwner(uuid.uuid4(), Retention.DECISION)

    def fail() -> None:
        with transaction.atomic(), LogWriter(desk.services, owner, now=NOW) as log:
            log.enter(EntryKind.DECIDED, {}, by=["rhea"])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert desk.everything() == before


def test_entry_about_two_parties_commits_to_each_under_a_salt_of_their_own(desk: "Desk"):
    """One key destroyed, the other party can still show what it is about."""
    from django.db import transaction

    from lineproof.registry.flows.log import LogWriter, SaltOwner
    from lineproof.registry.models.choices import Retention
    from lineproof.transparency.entry import EntryKind
    from tests.flows.desk import NOW, uuid

    parties = [SaltOwner(uuid.uuid4(), Retention.IDENTITY) for _ in range(2)]
    with transaction.atomic(), LogWriter(desk.services, parties[0], now=NOW) as log:
        log.enter(EntryKind.NOTICE_GIVEN, {"line": "theirs"}, parties=parties)
    entry = json.loads(bodies(desk)[-1])
    assert len(set(entry["commitments"])) == 2
    assert desk.count("SealedSalt", commitment=None) >= 2


def test_commitment_opens_with_what_was_noted_for_its_party_until_the_key_is_destroyed(desk: "Desk"):
    from lineproof.errors import NotFound
    from lineproof.registry.models.choices import Retention
    from lineproof.registry.personal import destroy, unseal

    done = desk.register()
    row = desk.row("EntryPlace", about=done.line)
    registered = json.loads(bodies(desk)[row.position])
    assert registered["kind"] == "line_registered"

    def opening() -> dict[str, str | None]:
        return unseal(
            desk.services.keys,
            bytes(row.sealed_opening),
            subject=row.subject,
            retention=Retention(row.retention),
            place="entryplace.sealed_opening",
        )

    shown = opening()
    record = json.loads(shown["record"] or "")
    assert record == {
        "line": str(done.line),
        "holder": str(done.holder),
        "kind": "mobile",
        "identifier": "+999555001001",
    }
    salt = bytes.fromhex(shown["salt"] or "")
    assert [commit((shown["record"] or "").encode(), salt=salt).hex()] == registered["commitments"]
    assert row.subject == done.holder
    destroy(row.subject, Retention.IDENTITY)
    assert desk.count("EntryPlace", about=done.line) == 0
    with pytest.raises(NotFound):
        opening()
