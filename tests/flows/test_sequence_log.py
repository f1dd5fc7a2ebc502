"""Staged entries get their places; the log is verified from its entries."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from lineproof.transparency.tree import leaf_hash, range_of

if TYPE_CHECKING:
    from lineproof.registry.queries.log import LogCheck
    from tests.flows.desk import Desk


@pytest.fixture
def sequence(desk: "Desk") -> Callable[[], int]:
    from lineproof.registry.flows.sequence_log import sequence_log
    from tests.flows.desk import NOW

    return lambda: sequence_log(now=NOW)


@pytest.fixture
def stage(desk: "Desk") -> Callable[..., None]:
    """Stages entries: any bytes."""
    from lineproof.registry.models import StagedEntry

    return lambda *bodies: StagedEntry.objects.bulk_create(StagedEntry(body=body) for body in bodies)


@pytest.fixture
def verify(desk: "Desk") -> "Callable[..., LogCheck]":
    from lineproof.registry.queries.log import verify_log

    return verify_log


@pytest.fixture
def long_log(desk: "Desk", stage, sequence) -> "Desk":
    """A log of four heads and some thirty entries."""
    for batch in range(3):
        stage(*(f"entry {batch}.{number}".encode() for number in range(batch * 5 + 3)))
        sequence()
    return desk


def bodies(desk: "Desk") -> list[bytes]:
    """Read the log's bodies in order."""
    return [bytes(row.body) for row in desk.rows("Entry")]


def test_places_are_without_gaps_and_in_the_order_of_staging(desk: "Desk", stage, sequence):
    begin = desk.count("Entry")
    staged = [f"entry {number}".encode() for number in range(25)]
    stage(*staged[:10])
    assert sequence() == 10
    stage(*staged[10:])
    assert sequence() == 15
    assert bodies(desk)[begin:] == staged
    assert [row.position for row in desk.rows("Entry")] == list(range(begin + 25))
    assert desk.count("StagedEntry") == 0


def test_nothing_staged_makes_no_head(desk: "Desk", sequence):
    before = desk.everything()
    assert sequence() == 0
    assert desk.everything() == before


def test_more_than_a_batch_is_placed_whole(desk: "Desk", stage, sequence, verify):
    begin = desk.count("Entry")
    staged = [number.to_bytes(2, "big") for number in range(1001)]
    stage(*staged)
    assert sequence() == 1001
    assert bodies(desk)[begin:] == staged
    assert verify().problems == ()
    assert {head.size for head in desk.rows("TreeHead")} >= {begin + 1000, begin + 1001}


def test_every_head_is_the_root_of_its_entries(long_log: "Desk"):
    entries = bodies(long_log)
    heads = long_log.rows("TreeHead")
    assert len(heads) == 4
    for head in heads:
        assert bytes(head.root_hash) == range_of(map(leaf_hash, entries[: head.size])).root()


def test_untouched_log_is_in_order(long_log: "Desk", verify):
    check = verify()
    assert (check.problems, check.size, check.heads_checked) == ((), long_log.count("Entry"), 4)


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
    assert any("is not the hash of its entries" in problem for problem in verify().problems)


@pytest.mark.parametrize("position", [0, 5, -1])
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


@pytest.mark.parametrize("place", range(4))
def test_rewritten_head_is_found(long_log: "Desk", verify, place: int):
    head = long_log.rows("TreeHead")[place]
    head.root_hash = bytes(32)
    head.save()
    assert f"the head of size {head.size} is not the hash of its entries" in verify().problems


def test_removed_newest_head_is_found(long_log: "Desk", verify):
    long_log.rows("TreeHead")[-1].delete()
    assert any("newest head" in problem for problem in verify().problems)


def test_log_cut_back_to_an_earlier_head_is_found_by_who_noted_a_later_one(long_log: "Desk", verify):
    from lineproof.registry.queries.log import read_log_head

    noted = read_log_head()
    heads = long_log.rows("TreeHead")
    heads[-1].delete()
    long_log.rows("Entry")
    for entry in long_log.rows("Entry")[heads[-2].size :]:
        entry.delete()
    assert verify().problems == ()
    assert verify(earlier=noted).problems


def test_log_rewritten_whole_is_found_by_who_noted_a_head(long_log: "Desk", verify, stage, sequence):
    from lineproof.registry.models import Entry, TreeHead
    from lineproof.registry.queries.log import read_log_head

    noted, told = read_log_head(), bodies(long_log)
    Entry.objects.all().delete()
    TreeHead.objects.all().delete()
    stage(*told[:5], b"another story", *told[6:])
    sequence()
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
            log.stage(EntryKind.DECIDED, {})
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert desk.everything() == before


def test_commitment_opens_with_its_salt_until_the_key_is_destroyed(desk: "Desk"):
    from lineproof.errors import NotFound
    from lineproof.registry.models.choices import Retention
    from lineproof.registry.personal import destroy, unseal
    from lineproof.transparency.entry import commit

    done = desk.register()
    import json

    registered = next(b for b in map(json.loads, bodies(desk)) if b["kind"] == "line_registered")
    row = desk.row("SealedSalt", commitment=bytes.fromhex(registered["commitment"]))

    def salt() -> bytes:
        value = unseal(
            desk.services.keys,
            bytes(row.sealed),
            subject=row.subject,
            retention=Retention(row.retention),
            place="sealedsalt.sealed",
        )
        return bytes.fromhex(value["salt"] or "")

    record = {"line": str(done.line), "holder": str(done.holder)}
    assert commit(record, salt=salt()).hex() == registered["commitment"]
    assert row.subject == done.holder
    destroy(row.subject, Retention.IDENTITY)
    with pytest.raises(NotFound):
        salt()
