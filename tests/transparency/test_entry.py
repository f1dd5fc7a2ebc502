"""A log entry: what happened, without saying to whom."""

import hashlib
import json
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from lineproof.transparency.entry import EntryBody, EntryKind, commit, entry_bytes

NOON = datetime(2026, 7, 1, 12, 30, 15, 987654, tzinfo=UTC)
SALT, OTHER_SALT = bytes(range(32)), bytes(range(1, 33))
RECORD: dict[str, object] = {"holder": "alice", "lines": 2}


def an_entry(**changes: object) -> EntryBody:
    """Build the entry of a decision."""
    entry = EntryBody(
        kind=EntryKind.DECIDED,
        at=NOON,
        subject=bytes(range(16)),
        outcome="accept",
        people=0,
        policy_digest="ab" * 32,
        release="0.1.0",
        due_at=None,
        commitment=commit(RECORD, salt=SALT),
    )
    return replace(entry, **changes)


def test_bytes_are_canonical_json_to_the_letter():
    """Held as a whole: whoever verifies the log in ten years computes these very bytes."""
    commitment = hashlib.sha256(SALT + b'{"holder":"alice","lines":2}').hexdigest()
    assert entry_bytes(an_entry()).decode() == (
        '{"at":"2026-07-01T12:30:15Z",'
        f'"commitment":"{commitment}","confinement":"",'
        '"due_at":null,"kind":"decided","models":"","outcome":"accept","people":0,'
        f'"policy":"{"ab" * 32}",'
        '"release":"0.1.0","subject":"000102030405060708090a0b0c0d0e0f","v":2}'
    )


def test_entry_of_one_moment_is_the_same_in_every_zone():
    east = NOON.astimezone(timezone(timedelta(hours=5, minutes=45)))
    assert entry_bytes(an_entry(at=east, due_at=east)) == entry_bytes(an_entry(due_at=NOON))


CHANGES = {
    "kind": EntryKind.CASE_DECIDED,
    "at": NOON + timedelta(seconds=1),
    "subject": bytes(16),
    "outcome": "refer",
    "people": 2,
    "policy_digest": "cd" * 32,
    "release": "0.1.1",
    "due_at": NOON,
    "models": "ef" * 32,
    "confinement": "seccomp",
    "commitment": bytes(32),
}


def test_every_part_of_an_entry_is_in_its_bytes():
    assert set(CHANGES) == {field.name for field in fields(EntryBody)}
    seen = {entry_bytes(an_entry(**{name: value})) for name, value in CHANGES.items()}
    assert len(seen | {entry_bytes(an_entry())}) == len(CHANGES) + 1


def test_entry_has_no_place_for_anything_personal():
    """A closed list of keys: whoever adds one adds it here, and says why nobody is known by it."""
    assert set(json.loads(entry_bytes(an_entry()))) == {
        *("v", "kind", "at", "subject", "outcome", "people"),
        *("policy", "release", "models", "confinement", "due_at", "commitment"),
    }


def test_commitment_shows_nothing_of_its_record():
    shown = entry_bytes(an_entry())
    assert b"alice" not in shown
    assert hashlib.sha256(b'{"holder":"alice","lines":2}').hexdigest().encode() not in shown


def test_equal_records_under_two_salts_cannot_be_recognised():
    assert commit(RECORD, salt=SALT) != commit(RECORD, salt=OTHER_SALT)


def test_commitment_binds_to_its_record_whatever_the_order_of_keys():
    assert commit(dict(reversed(RECORD.items())), salt=SALT) == commit(RECORD, salt=SALT)
    assert commit(RECORD | {"lines": 3}, salt=SALT) != commit(RECORD, salt=SALT)


@pytest.mark.parametrize("length", [0, 16, 31, 33, 64])
def test_commitment_without_a_salt_of_32_bytes_cannot_be_made(length: int):
    with pytest.raises(ValueError, match="32 bytes"):
        commit(RECORD, salt=bytes(length))
