"""Writing to the log from a flow: an entry is staged in the transaction of the change it tells of."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Self
from uuid import UUID

from lineproof.ports import Services
from lineproof.registry.models import SealedSalt, StagedEntry
from lineproof.registry.models.choices import Retention
from lineproof.registry.personal import seal
from lineproof.transparency.entry import COMMITMENT_SALT_BYTES, EntryBody, EntryKind, commit, entry_bytes

SUBJECT_BYTES = 16
_DECISIONS = frozenset({EntryKind.DECIDED, EntryKind.CASE_DECIDED})


def new_subject() -> bytes:
    """Draw the pseudonym of one procedure: random, and never used for another."""
    return secrets.token_bytes(SUBJECT_BYTES)


@dataclass(frozen=True, slots=True)
class SaltOwner:
    """Whose data key seals the salts of a procedure's commitments, and so ends what they can prove."""

    subject: UUID
    retention: Retention


class LogWriter:
    """Gathers the entries of one procedure and stages them, in order, when its `with` block ends well.

    Use it inside the transaction of the change: `with transaction.atomic(), LogWriter(...) as log:`.
    owner: whose key seals the salts; a procedure that finds out who the holder is sets it on the way. None:
    the salts are forgotten, and nobody can ever show what the entries are about.
    """

    def __init__(
        self, services: Services, owner: SaltOwner | None, *, now: datetime, subject: bytes | None = None
    ) -> None:
        """Begin a procedure under a fresh pseudonym, or go on with an earlier one of the same procedure."""
        self.services = services
        self.owner = owner
        self.now = now
        self.subject = new_subject() if subject is None else subject
        self._gathered: list[tuple[EntryBody, bytes]] = []

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Stage what was gathered, unless the procedure failed."""
        if kind is None:
            for body, salt in self._gathered:
                self._write(body, salt)

    def stage(
        self,
        kind: EntryKind,
        record: dict[str, object],
        *,
        outcome: str = "",
        people: int = 0,
        due_at: datetime | None = None,
    ) -> None:
        """Gather one entry: what it shows, and a salted commitment to what it does not."""
        salt = secrets.token_bytes(COMMITMENT_SALT_BYTES)
        shop = self.services.examiner.workshop if kind in _DECISIONS else None
        body = EntryBody(
            kind=kind,
            at=self.now,
            subject=self.subject,
            outcome=outcome,
            people=people,
            policy_digest=self.services.policy.digest,
            release=self.services.release,
            due_at=due_at,
            commitment=commit(record, salt=salt),
            models="" if shop is None else shop.models_digest,
            confinement="" if shop is None else shop.confinement.value,
        )
        self._gathered.append((body, salt))

    def _write(self, body: EntryBody, salt: bytes) -> None:
        StagedEntry.objects.create(body=entry_bytes(body))
        if self.owner is None:
            return
        subject, retention = self.owner.subject, self.owner.retention
        sealed = seal(
            self.services.keys,
            {"salt": salt.hex()},
            subject=subject,
            retention=retention,
            place="sealedsalt.sealed",
        )
        SealedSalt.objects.create(
            commitment=body.commitment, subject=subject, retention=retention.value, sealed=sealed
        )
