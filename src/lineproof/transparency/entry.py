"""A log entry: what happened, without saying to whom. Canonical JSON (RFC 8785). docs/log.md specifies it.

Nothing in an entry is a person's, and nothing is the same in two procedures: the subject and those who acted
are random pseudonyms, fresh for each procedure, and what was decided is a commitment whose salt lies in the
record under the party's key. Destroy that key and the entry says only that something happened.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum

import rfc8785

PARTY_SALT_BYTES = 32
PSEUDONYM_BYTES = 16
VERSION = 3  # 2 counted people without telling them apart, and had a salt for each entry; 1 named no models


class EntryKind(Enum):
    """What the log can say has happened."""

    LINE_REGISTERED = "line_registered"
    LINE_SWITCHED_ON = "line_switched_on"
    LINE_SWITCHED = "line_switched"
    LINE_SURRENDERED = "line_surrendered"
    LINE_TAKEN_BACK = "line_taken_back"
    LINE_TRANSFERRED = "line_transferred"
    LINE_TAKEN_OVER = "line_taken_over"
    SIGNATORY_CHANGED = "signatory_changed"
    TRANSFER_OFFERED = "transfer_offered"
    TRANSFER_ACCEPTED = "transfer_accepted"
    TRANSFER_ENDED = "transfer_ended"
    NUMBER_RELEASED = "number_released"
    LINE_IMPORTED = "line_imported"
    ORDER_OVERTAKEN = "order_overtaken"
    HOLDER_VERIFIED = "holder_verified"
    SIM_REPLACEMENT_ASKED = "sim_replacement_asked"
    SIM_REPLACEMENT_STOPPED = "sim_replacement_stopped"
    SIM_REPLACED = "sim_replaced"
    PORT_OUT_ASKED = "port_out_asked"
    PORT_OUT_ENDED = "port_out_ended"
    LINE_PORTED_OUT = "line_ported_out"
    PORT_IN_ASKED = "port_in_asked"
    PORT_IN_REFUSED = "port_in_refused"
    LINE_PORTED_IN = "line_ported_in"
    DECIDED = "decided"
    CASE_OPENED = "case_opened"
    OPINION_GIVEN = "opinion_given"
    CASE_DECIDED = "case_decided"
    DOCUMENT_LINKED = "document_linked"
    ATTESTED = "attested"
    NOTICE_GIVEN = "notice_given"
    DISPUTE_OPENED = "dispute_opened"
    USER_HEARD = "user_heard"
    DISPUTE_DECIDED = "dispute_decided"
    DISPUTE_WITHDRAWN = "dispute_withdrawn"
    USED_BY_ANOTHER_REPORTED = "used_by_another_reported"
    AGENT_LIMITED = "agent_limited"
    SECOND_LOOK_DRAWN = "second_look_drawn"
    SECOND_LOOK_DONE = "second_look_done"
    NOTICE_DELIVERED = "notice_delivered"
    NOTICE_UNDELIVERED = "notice_undelivered"
    CONTACT_POINT_ADDED = "contact_point_added"
    CONTACT_POINT_REMOVED = "contact_point_removed"
    STAFF_ENROLLED = "staff_enrolled"
    APPEAL_OPENED = "appeal_opened"
    APPEAL_WITHDRAWN = "appeal_withdrawn"
    APPEAL_DECIDED = "appeal_decided"
    PAGE_LINK_ISSUED = "page_link_issued"
    SIGNED_IN = "signed_in"
    HOLDER_PASSKEY_ADDED = "holder_passkey_added"
    HOLDER_PASSKEY_REMOVED = "holder_passkey_removed"
    EVIDENCE_KEPT = "evidence_kept"
    EVIDENCE_OPENED = "evidence_opened"
    EVIDENCE_DESTROYED = "evidence_destroyed"
    PASSKEY_LINK_ISSUED = "passkey_link_issued"
    PASSKEY_ENROLLED = "passkey_enrolled"
    INSPECTOR_TOKEN_ISSUED = "inspector_token_issued"  # noqa: S105 -- a name of a kind
    INSPECTOR_TOKEN_REVOKED = "inspector_token_revoked"  # noqa: S105 -- a name of a kind
    HOLDER_ERASED = "holder_erased"
    SESSIONS_ERASED = "sessions_erased"
    INSPECTION_OPENED = "inspection_opened"
    SAMPLE_DRAWN = "sample_drawn"
    RECORD_DISCLOSED = "record_disclosed"
    INSPECTION_REPORTED = "inspection_reported"
    INSPECTION_ANSWERED = "inspection_answered"
    INSPECTION_CLOSED = "inspection_closed"
    CORRECTION_FOUND = "correction_found"
    CORRECTION_EXTENDED = "correction_extended"
    CORRECTION_ENDED = "correction_ended"
    LINE_RESTRICTED = "line_restricted"
    LINE_SUSPENDED = "line_suspended"
    LINE_TERMINATED = "line_terminated"
    LINE_RESTORED = "line_restored"
    HOLDER_REVERIFIED = "holder_reverified"
    LOG_KEY_ADDED = "log_key_added"
    LOG_KEY_RETIRED = "log_key_retired"


class Stage(Enum):
    """Where a procedure is after an entry: whose turn it is.

    UNDER_WAY: it goes on by itself. WAITS_FOR_PARTY: for the applicant or holder. ENDED: nothing follows but
    an appeal.
    """

    UNDER_WAY = "under_way"
    WAITS_FOR_PEOPLE = "waits_for_people"
    WAITS_FOR_PARTY = "waits_for_party"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class EntryBody:
    """One entry before it has its place.

    subject: 16 random bytes, one for all entries of a procedure, a case's appeal included, and for no other.
    outcome: what was decided, or "". by: the pseudonyms of the staff who did it, 16 bytes each; empty: the
    machine. due_at: the deadline that this sets. answers: the deadline, set earlier in the procedure, that
    this ends.
    models, confinement: of a decision, what examined: the digest of all models, hexadecimal, and how its
    workers were confined; "" where nothing was examined.
    """

    kind: EntryKind
    at: datetime
    subject: bytes
    stage: Stage
    outcome: str
    by: tuple[bytes, ...]
    due_at: datetime | None
    answers: datetime | None
    policy_digest: str
    release: str
    models: str = ""
    confinement: str = ""


def entry_bytes(body: EntryBody, commitments: tuple[bytes, ...] = ()) -> bytes:
    """Give the bytes that are hashed into the tree. commitments: one for each party, 32 bytes each."""
    return rfc8785.dumps(
        {
            "v": VERSION,
            "kind": body.kind.value,
            "at": _moment(body.at),
            "subject": body.subject.hex(),
            "stage": body.stage.value,
            "outcome": body.outcome,
            "by": [each.hex() for each in body.by],
            "due_at": None if body.due_at is None else _moment(body.due_at),
            "answers": None if body.answers is None else _moment(body.answers),
            "policy": body.policy_digest,
            "release": body.release,
            "models": body.models,
            "confinement": body.confinement,
            "commitments": [each.hex() for each in commitments],
        }
    )


def with_commitments(bare: bytes, commitments: tuple[bytes, ...]) -> bytes:
    """Put commitments into an entry's bytes that have none: what `entry_bytes` gives with them.

    Within a string every quote is escaped, so the empty list stands where it does and nowhere else.
    """
    said = b",".join(b'"%s"' % each.hex().encode() for each in commitments)
    return bare.replace(b'"commitments":[]', b'"commitments":[%s]' % said, 1)


def entry_salt(party_salt: bytes, body: EntryBody) -> bytes:
    """Give the salt of one party's commitment in an entry: 32 bytes that show nothing of its other ones.

    HMAC-SHA-256 (RFC 2104) of the entry's bytes before it has any commitment, under the party's salt of 32.
    """
    return salt_for(party_salt, entry_bytes(body))


def salt_for(party_salt: bytes, bare: bytes) -> bytes:
    """Give what `entry_salt` does, of an entry's bytes that have no commitments."""
    if len(party_salt) != PARTY_SALT_BYTES:
        raise ValueError("a party's salt is 32 bytes")
    return hmac.digest(party_salt, bare, hashlib.sha256)


def commit(record: bytes, *, salt: bytes) -> bytes:
    """Commit to a record, which is canonical JSON (`record_bytes`): SHA-256 over an entry's salt and it."""
    return hashlib.sha256(salt + record).digest()


def record_bytes(record: dict[str, object]) -> bytes:
    """Give a record of JSON values as the bytes that are committed to (RFC 8785)."""
    return rfc8785.dumps(record)  # type: ignore[arg-type]


def staff_pseudonym(party_salt: bytes, *, subject: bytes, name: str) -> bytes:
    """Give what a member of staff is called in one procedure, and in no other: 16 bytes.

    The first of HMAC-SHA-256 of the subject and the name, under the salt of the party that the procedure
    began with: when that is gone, nobody can find out any more who it was.
    """
    if len(party_salt) != PARTY_SALT_BYTES:
        raise ValueError("a party's salt is 32 bytes")
    return hmac.digest(party_salt, b"staff|" + subject + name.encode(), hashlib.sha256)[:PSEUDONYM_BYTES]


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
