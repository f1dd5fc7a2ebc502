"""After an erasure nothing of the holder lies in any file of the record, and nothing can be shown of them."""

import json
import sqlite3
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lineproof.decision.policy import shipped_policy
from lineproof.errors import NotFound
from lineproof.terms import HolderId
from lineproof.transparency.entry import commit
from tests.fakes.specimens import ALICE, ALICES_RENEWED, BO

if TYPE_CHECKING:
    from tests.flows.desk import Desk

PERIODS = shipped_policy("specimen").retention


@dataclass(frozen=True, slots=True)
class Remains:
    """Every byte string of the record that is a holder's or leads to them in the log."""

    indexes: list[bytes]
    sealed: list[bytes]
    wrapped: list[bytes]

    @classmethod
    def of(cls, desk: "Desk", holder: HolderId) -> "Remains":
        """Read them from the tables."""
        row = desk.row("Holder", id=holder)
        bindings = [each for each in desk.rows("DocumentBinding") if each.holder_id == holder]
        lines = [each.line for each in desk.rows("Custody") if each.holder_id == holder]
        salts = [each for each in desk.rows("SealedSalt") if each.subject == holder]
        places = [each for each in desk.rows("EntryPlace") if each.subject == holder]
        keys = [each for each in desk.rows("DataKey") if each.subject == holder]
        return cls(
            indexes=[
                bytes(row.likeness_index),
                *(bytes(each.blind_index) for each in bindings),
                *(bytes(each.identifier_index) for each in lines),
                *(bytes(each.subject) for each in desk.rows("Order") if each.line in lines),
                *(bytes(each.token_digest) for each in desk.rows("PageLink") if each.holder_id == holder),
            ],
            sealed=[
                bytes(row.sealed_identity),
                *(bytes(each.sealed_document) for each in bindings),
                *(bytes(each.sealed_identifier) for each in lines),
                *(bytes(each.sealed) for each in salts),
                *(bytes(each.sealed_opening) for each in places),
            ],
            wrapped=[bytes(each.wrapped) for each in keys],
        )

    def all(self) -> list[bytes]:
        return [*self.indexes, *self.sealed, *self.wrapped]


def found(desk: "Desk", remains: list[bytes]) -> int:
    """Count which lie in the files of the record: the database, its write-ahead log, its shared memory."""
    files = desk.raw_files()
    return sum(each in files for each in remains)


@pytest.fixture
def told(desk: "Desk") -> "Desk":
    """A record with Alice, who has two documents, two lines and a link to her pages, and with Bo."""
    from lineproof.registry.flows.page_link import issue_page_link
    from tests.flows.desk import NOW, a_mobile, an_access

    holder = desk.register().holder
    assert holder is not None
    desk.register(desk.present(), a_mobile("+999555001002"))
    desk.link(ALICE, ALICES_RENEWED)
    issue_page_link(desk.services, holder, now=NOW)
    desk.register(desk.present(BO), an_access())
    return desk


def both(desk: "Desk") -> tuple[HolderId, HolderId]:
    """Give Alice and Bo, and end Alice's lines."""
    from tests.flows.desk import NOW

    alice, bo = (HolderId(row.id) for row in sorted(desk.rows("Holder"), key=lambda row: row.created_at))
    if desk.count("Custody", holder=alice) == 1:
        alice, bo = bo, alice
    desk.end_lines(alice, until=NOW + timedelta(seconds=1))
    return alice, bo


def test_nothing_of_an_erased_holder_is_in_any_file(told: "Desk"):
    from tests.flows.desk import NOW

    alice, bo = both(told)
    hers, his = Remains.of(told, alice), Remains.of(told, bo)
    assert (len(hers.indexes), len(hers.wrapped)) == (8, 2)
    assert len(hers.sealed) > 5
    assert found(told, hers.all()) == len(hers.all())  # the control: the looking works, on these very files
    erasure = told.erase(alice, now=NOW + timedelta(days=PERIODS.identity.days + 1))
    assert erasure.gone_from_files
    assert found(told, hers.all()) == 0
    assert found(told, his.all()) == len(his.all())


@pytest.mark.long
def test_nothing_of_many_erased_holders_is_left_between_the_rows_of_others(desk: "Desk"):
    """Enough rows for tables and indexes of several pages, which move when neighbours are removed."""
    from lineproof.registry.flows.erase import erase_due
    from tests.flows.desk import NOW, a_mobile

    everybody: list[HolderId] = []
    for i in range(40):
        passport = replace(
            ALICE, number=f"T{i:08}", given_names="ALICE" + "ABCDEFGHIJ"[i % 10] * (i // 10 + 1)
        )
        holder = desk.register(desk.present(passport), a_mobile(f"+99955500{i:04}")).holder
        assert holder is not None
        everybody.append(holder)
    gone, left = everybody[::2], everybody[1::2]
    for holder in gone:
        desk.end_lines(holder, until=NOW + timedelta(seconds=1))
    theirs = [each for holder in gone for each in Remains.of(desk, holder).all()]
    others = [each for holder in left for each in Remains.of(desk, holder).all()]
    assert found(desk, theirs) == len(theirs) > 200
    done = erase_due(desk.services, now=NOW + timedelta(days=PERIODS.identity.days + 1), most_at_once=7)
    assert (done.holders, found(desk, theirs)) == (20, 0)
    assert found(desk, others) == len(others)


def test_nothing_of_a_holder_whose_time_has_come_is_in_any_file(told: "Desk"):
    from lineproof.registry.flows.erase import erase_due
    from tests.flows.desk import NOW

    alice, bo = both(told)
    hers, his = Remains.of(told, alice), Remains.of(told, bo)
    done = erase_due(told.services, now=NOW + timedelta(days=PERIODS.identity.days + 1))
    assert (done.holders, done.gone_from_files) == (1, True)
    assert found(told, hers.all()) == 0
    assert found(told, his.all()) == len(his.all())


def test_indexes_of_who_is_not_to_be_recognised_are_in_no_file_while_the_law_keeps_the_rest(told: "Desk"):
    from tests.flows.desk import NOW

    alice, _ = both(told)
    row = told.row("Holder", id=alice)
    documents = [bytes(each.blind_index) for each in told.rows("DocumentBinding") if each.holder_id == alice]
    recognising = [bytes(row.likeness_index), *documents]
    sealed = Remains.of(told, alice).sealed
    assert found(told, recognising) == 3
    told.erase(alice, now=NOW + timedelta(seconds=2))
    assert found(told, recognising) == 0
    assert found(told, sealed) == len(sealed)


def test_no_index_of_the_person_is_equal_to_anything_that_is_left(told: "Desk"):
    from lineproof.registry.blind_index import document_index, line_index
    from tests.flows.desk import NOW

    alice, _ = both(told)
    keys = told.services.keys
    found_by = [
        *(
            document_index(keys, issuer="UTO", kind="P", number=passport.number)
            for passport in (ALICE, ALICES_RENEWED)
        ),
        *(
            line_index(keys, kind="mobile", identifier=identifier)
            for identifier in ("+999555001001", "+999555001002")
        ),
    ]
    indexes = [mac for index in found_by for _, mac in index.macs]
    assert found(told, indexes) == 4
    told.erase(alice, now=NOW + timedelta(days=PERIODS.identity.days + 1))
    assert found(told, indexes) == 0


def test_commitment_of_an_erased_holder_cannot_be_reproduced(told: "Desk"):
    from lineproof.registry.models.choices import Retention
    from lineproof.registry.personal import unseal
    from tests.flows.desk import NOW

    alice, _ = both(told)
    (salt,) = [bytes(row.sealed) for row in told.rows("SealedSalt") if row.subject == alice]
    openings = [bytes(row.sealed_opening) for row in told.rows("EntryPlace") if row.subject == alice]

    def open_sealed(sealed: bytes, place: str) -> dict[str, str | None]:
        keys = told.services.keys
        return unseal(keys, sealed, subject=alice, retention=Retention.IDENTITY, place=place)

    committed = [json.loads(bytes(row.body)).get("commitments", []) for row in told.rows("Entry")]
    for sealed in openings:  # the control: they can be shown
        shown = open_sealed(sealed, "entryplace.sealed_opening")
        commitment = commit((shown["record"] or "").encode(), salt=bytes.fromhex(shown["salt"] or ""))
        assert [commitment.hex()] in committed
    assert len(openings) == 5, "two lines and a link: three decisions"
    told.erase(alice, now=NOW + timedelta(days=PERIODS.identity.days + 1))
    assert told.count("SealedSalt", subject=alice) == told.count("EntryPlace", subject=alice) == 0
    kept = [(salt, "sealedsalt.sealed"), *((each, "entryplace.sealed_opening") for each in openings)]
    for sealed, place in kept:  # not even who kept a copy of what was sealed can
        with pytest.raises(NotFound, match="erased"):
            open_sealed(sealed, place)


def test_reader_who_keeps_the_files_from_being_emptied_is_reported_and_the_next_erasure_does_it(
    told: "Desk",
):
    from django.db import connection

    from tests.flows.desk import NOW

    alice, _ = both(told)
    hers = Remains.of(told, alice)
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout = 0")
    path = Path(connection.settings_dict["NAME"])
    reader = sqlite3.connect(path)
    try:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM registry_holder").fetchone()
        now = NOW + timedelta(days=PERIODS.identity.days + 1)
        assert not told.erase(alice, now=now).gone_from_files
        assert found(told, hers.wrapped) == 2
        reader.rollback()
        assert told.erase(alice, now=now).gone_from_files
        assert found(told, hers.all()) == 0
    finally:
        reader.close()
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA busy_timeout = 20000")
