"""A log entry: what happened, without saying to whom."""

import hashlib
import json
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from lineproof.transparency.entry import (
    EntryBody,
    EntryKind,
    Stage,
    commit,
    entry_bytes,
    entry_salt,
    record_bytes,
    staff_pseudonym,
    with_commitments,
)

NOON = datetime(2026, 7, 1, 12, 30, 15, 987654, tzinfo=UTC)
SALT, OTHER_SALT = bytes(range(32)), bytes(range(1, 33))
RECORD = b'{"holder":"alice","lines":2}'


def an_entry(**changes: object) -> EntryBody:
    """Build the entry of a case's decision."""
    entry = EntryBody(
        kind=EntryKind.CASE_DECIDED,
        at=NOON,
        subject=bytes(range(16)),
        stage=Stage.ENDED,
        outcome="returned_by_people",
        by=(bytes(16), bytes([1]) * 16),
        due_at=None,
        answers=NOON + timedelta(days=3),
        policy_digest="ab" * 32,
        release="0.1.0",
    )
    return replace(entry, **changes)


def test_bytes_are_canonical_json_to_the_letter():
    """Held as a whole: whoever verifies the log in ten years computes these very bytes."""
    assert entry_bytes(an_entry(), (bytes(32),)).decode() == (
        f'{{"answers":"2026-07-04T12:30:15Z","at":"2026-07-01T12:30:15Z","by":["{"00" * 16}","{"01" * 16}"],'
        f'"commitments":["{"00" * 32}"],"confinement":"",'
        '"due_at":null,"kind":"case_decided","models":"","outcome":"returned_by_people",'
        f'"policy":"{"ab" * 32}",'
        '"release":"0.1.0","stage":"ended","subject":"000102030405060708090a0b0c0d0e0f","v":3}'
    )


def test_entry_of_one_moment_is_the_same_in_every_zone():
    east = NOON.astimezone(timezone(timedelta(hours=5, minutes=45)))
    assert entry_bytes(an_entry(at=east, due_at=east)) == entry_bytes(an_entry(due_at=NOON))


CHANGES = {
    "kind": EntryKind.DECIDED,
    "at": NOON + timedelta(seconds=1),
    "subject": bytes(16),
    "stage": Stage.UNDER_WAY,
    "outcome": "refer",
    "by": (),
    "policy_digest": "cd" * 32,
    "release": "0.1.1",
    "due_at": NOON,
    "answers": None,
    "models": "ef" * 32,
    "confinement": "seccomp",
}


def test_every_part_of_an_entry_is_in_its_bytes():
    assert set(CHANGES) == {field.name for field in fields(EntryBody)}
    seen = {entry_bytes(an_entry(**{name: value})) for name, value in CHANGES.items()}
    assert len(seen | {entry_bytes(an_entry()), entry_bytes(an_entry(), (bytes(32),))}) == len(CHANGES) + 2


def test_entry_has_no_place_for_anything_personal():
    """A closed list of keys: whoever adds one adds it here, and says why nobody is known by it."""
    assert set(json.loads(entry_bytes(an_entry()))) == {
        *("v", "kind", "at", "subject", "stage", "outcome", "by", "due_at", "answers"),
        *("policy", "release", "models", "confinement", "commitments"),
    }


def test_commitment_shows_nothing_of_its_record():
    commitment = commit(RECORD, salt=entry_salt(SALT, an_entry()))
    shown = entry_bytes(an_entry(), (commitment,))
    assert b"alice" not in shown
    assert hashlib.sha256(RECORD).hexdigest().encode() not in shown


@pytest.mark.parametrize("count", [0, 1, 3])
@pytest.mark.parametrize("text", ["accept", "", '"commitments":[]', '\\"commitments":[]', "\u2028\ud55c"])
def test_commitments_put_into_an_entrys_bytes_stand_where_they_do(count: int, text: str):
    """Whatever else the entry says, also before them."""
    entry = an_entry(outcome=text, release=text, confinement=text)
    commitments = tuple(bytes([number]) * 32 for number in range(count))
    assert with_commitments(entry_bytes(entry), commitments) == entry_bytes(entry, commitments)


def test_equal_records_under_two_salts_cannot_be_recognised():
    salts = [entry_salt(salt, an_entry()) for salt in (SALT, OTHER_SALT)]
    assert commit(RECORD, salt=salts[0]) != commit(RECORD, salt=salts[1])


@pytest.mark.parametrize("name", CHANGES)
def test_salt_of_one_entry_says_nothing_of_another_ones(name: str):
    assert entry_salt(SALT, an_entry(**{name: CHANGES[name]})) != entry_salt(SALT, an_entry())


def test_salt_of_an_entry_is_that_of_the_specification():
    """RFC 2104, by a computation of its own."""
    inner = hashlib.sha256(bytes(k ^ 0x36 for k in SALT.ljust(64, b"\0")) + entry_bytes(an_entry())).digest()
    outer = hashlib.sha256(bytes(k ^ 0x5C for k in SALT.ljust(64, b"\0")) + inner).digest()
    assert entry_salt(SALT, an_entry()) == outer
    assert commit(RECORD, salt=outer) == hashlib.sha256(outer + RECORD).digest()


def test_commitment_binds_to_its_record_whatever_the_order_of_keys():
    assert record_bytes({"lines": 2, "holder": "alice"}) == RECORD
    assert commit(record_bytes({"lines": 3, "holder": "alice"}), salt=SALT) != commit(RECORD, salt=SALT)


def test_member_of_staff_is_one_in_a_procedure_and_another_in_the_next():
    def called(salt: bytes = SALT, subject: bytes = bytes(16), name: str = "rhea") -> bytes:
        return staff_pseudonym(salt, subject=subject, name=name)

    assert called() == called()
    assert len(called()) == 16
    assert len({called(), called(salt=OTHER_SALT), called(subject=bytes([1]) * 16), called(name="sol")}) == 4


@pytest.mark.parametrize("length", [0, 16, 31, 33, 64])
def test_salt_that_has_not_32_bytes_salts_nothing(length: int):
    with pytest.raises(ValueError, match="32 bytes"):
        entry_salt(bytes(length), an_entry())
    with pytest.raises(ValueError, match="32 bytes"):
        staff_pseudonym(bytes(length), subject=bytes(16), name="rhea")
