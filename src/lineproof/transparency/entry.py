"""A log entry: what happened, without saying to whom. Canonical JSON (RFC 8785).

Nothing in an entry is a person's, and nothing is the same in two entries about one person: the subject
is a random pseudonym, fresh for each procedure, and what was decided is a commitment whose salt lies
in the record under the holder's key. Destroy that key and the entry says only that something happened.
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum

import rfc8785

COMMITMENT_SALT_BYTES = 32
VERSION = 2  # 1 did not say which models examined, nor how they were confined


class EntryKind(Enum):
    """What the log can say has happened."""

    LINE_REGISTERED = "line_registered"
    LINE_SWITCHED_ON = "line_switched_on"
    DECIDED = "decided"
    CASE_OPENED = "case_opened"
    OPINION_GIVEN = "opinion_given"
    CASE_DECIDED = "case_decided"
    DOCUMENT_LINKED = "document_linked"
    ATTESTED = "attested"
    NOTICE_GIVEN = "notice_given"
    STAFF_ENROLLED = "staff_enrolled"
    PAGE_LINK_ISSUED = "page_link_issued"
    EVIDENCE_KEPT = "evidence_kept"
    EVIDENCE_OPENED = "evidence_opened"
    EVIDENCE_DESTROYED = "evidence_destroyed"
    PASSKEY_LINK_ISSUED = "passkey_link_issued"
    PASSKEY_ENROLLED = "passkey_enrolled"
    HOLDER_ERASED = "holder_erased"
    SESSIONS_ERASED = "sessions_erased"


@dataclass(frozen=True, slots=True)
class EntryBody:
    """One entry before it has its place.

    subject: 16 random bytes, one for all entries of a procedure and for no other. outcome: what was
    decided, or "". people: how many people decided it, 0 for the machine. due_at: the deadline set, if any.
    models, confinement: of a decision, what examined: the digest of all models, hexadecimal, and how its
    workers were confined; "" where nothing was examined.
    commitment: SHA-256 of salt and record, 32 bytes.
    """

    kind: EntryKind
    at: datetime
    subject: bytes
    outcome: str
    people: int
    policy_digest: str
    release: str
    due_at: datetime | None
    commitment: bytes
    models: str = ""
    confinement: str = ""


def entry_bytes(body: EntryBody) -> bytes:
    """Give the bytes that are hashed into the tree."""
    return rfc8785.dumps(
        {
            "v": VERSION,
            "kind": body.kind.value,
            "at": _moment(body.at),
            "subject": body.subject.hex(),
            "outcome": body.outcome,
            "people": body.people,
            "policy": body.policy_digest,
            "release": body.release,
            "models": body.models,
            "confinement": body.confinement,
            "due_at": None if body.due_at is None else _moment(body.due_at),
            "commitment": body.commitment.hex(),
        }
    )


def commit(record: dict[str, object], *, salt: bytes) -> bytes:
    """Commit to a record of JSON values: SHA-256 over a 32-byte salt and the record's canonical bytes."""
    if len(salt) != COMMITMENT_SALT_BYTES:
        raise ValueError("a commitment's salt is 32 bytes")
    return hashlib.sha256(salt + rfc8785.dumps(record)).digest()  # type: ignore[arg-type]


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
