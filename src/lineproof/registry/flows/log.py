"""Writing to the log from a flow: entries take their places in the transaction of the change they tell of."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self
from uuid import UUID

from django.db import transaction

from lineproof import structured
from lineproof.ports import Services
from lineproof.registry.models import EntryPlace
from lineproof.registry.models.choices import Retention
from lineproof.registry.personal import Json, Sealer, party_salt, seal
from lineproof.registry.sql.append import append_entries
from lineproof.structured import Event, Level
from lineproof.transparency.entry import (
    EntryBody,
    EntryKind,
    Stage,
    commit,
    entry_bytes,
    record_bytes,
    salt_for,
    staff_pseudonym,
    with_commitments,
)

SUBJECT_BYTES = 16
_DECISIONS = frozenset({EntryKind.DECIDED, EntryKind.CASE_DECIDED})


def new_subject() -> bytes:
    """Draw the pseudonym of one procedure: random, and never used for another."""
    return secrets.token_bytes(SUBJECT_BYTES)


@dataclass(frozen=True, slots=True)
class SaltOwner:
    """A party, by whose data key its salt is sealed: when that is destroyed, no commitment to it opens."""

    subject: UUID
    retention: Retention


@dataclass(frozen=True, slots=True)
class _Gathered:
    """An entry without its commitments. parties: None for whoever the procedure's owner is at its end."""

    body: EntryBody
    record: bytes
    parties: Sequence[SaltOwner] | None
    about: UUID | None


class LogWriter:
    """Gathers the entries of one procedure and writes them, in order, when its `with` block ends well.

    Use it inside the transaction of the change: `with transaction.atomic(), LogWriter(...) as log:`.
    owner: the party whose salt the commitments have; a procedure that finds out who the holder is sets it on
    the way. None: there are no commitments, and nobody can ever show what the entries are about. Staff are
    called by pseudonyms of the owner that it begins with, which is one for all of a procedure.
    """

    def __init__(
        self,
        services: Services,
        owner: SaltOwner | None,
        *,
        now: datetime,
        subject: bytes | None = None,
        sealer: Sealer | None = None,
    ) -> None:
        """Begin a procedure under a fresh pseudonym, or go on with an earlier one of the same procedure.

        sealer: what seals for many parties at once, where an entry is written for each of them.
        """
        self.services = services
        self.owner = owner
        self.now = now
        self.subject = new_subject() if subject is None else subject
        self._began_with = owner
        self._gathered: list[_Gathered] = []
        self._salts: dict[SaltOwner, bytes] = {}
        self._sealer = sealer

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Write what was gathered, unless the procedure failed."""
        if kind is None and self._gathered:
            self._write()

    def enter(
        self,
        kind: EntryKind,
        record: dict[str, object],
        *,
        stage: Stage = Stage.UNDER_WAY,
        outcome: str = "",
        by: Sequence[str] = (),
        due_at: datetime | None = None,
        answers: datetime | None = None,
        parties: Sequence[SaltOwner] | None = None,
        subject: bytes | None = None,
        about: UUID | None = None,
    ) -> None:
        """Gather one entry: what it shows, and a salted commitment to what it does not.

        by: names of staff. parties: whom it is about, where that is not the procedure's owner alone. subject:
        of a procedure that this one begins. about: the decision or line for whose holder a receipt of this
        entry can be made; its first party can read the record then, until its key is destroyed.
        """
        shop = self.services.examiner.workshop if kind in _DECISIONS else None
        body = EntryBody(
            kind=kind,
            at=self.now,
            subject=self.subject if subject is None else subject,
            stage=stage,
            outcome=outcome,
            by=tuple(self._pseudonym(name) for name in by),
            due_at=due_at,
            answers=answers,
            policy_digest=self.services.policy.digest,
            release=self.services.release,
            models="" if shop is None else shop.models_digest,
            confinement="" if shop is None else shop.confinement.value,
        )
        self._gathered.append(_Gathered(body, record_bytes(record), parties, about))

    def _pseudonym(self, name: str) -> bytes:
        if self._began_with is None:
            raise ValueError("a procedure without a party has no pseudonyms of staff")
        return staff_pseudonym(self._salt(self._began_with), subject=self.subject, name=name)

    def _salt(self, owner: SaltOwner) -> bytes:
        if owner not in self._salts:
            self._salts[owner] = (
                party_salt(self.services.keys, subject=owner.subject, retention=owner.retention)
                if self._sealer is None
                else self._sealer.party_salt(subject=owner.subject, retention=owner.retention)
            )
        return self._salts[owner]

    def _parties(self, one: _Gathered) -> Sequence[SaltOwner]:
        if one.parties is not None:
            return one.parties
        return () if self.owner is None else (self.owner,)

    def _write(self) -> None:
        bodies, opening = [], []
        for one in self._gathered:
            bare = entry_bytes(one.body)
            salts = [salt_for(self._salt(party), bare) for party in self._parties(one)]
            bodies.append(with_commitments(bare, tuple(commit(one.record, salt=salt) for salt in salts)))
            opening.append(salts[0] if salts else b"")
        first = append_entries(bodies)
        places = [
            self._place(one.about, position, one, salt)
            for position, (one, salt) in enumerate(zip(self._gathered, opening, strict=True), first)
            if one.about is not None and salt
        ]
        # A line that changed hands: its receipt is its new holder's, and the one before is gone.
        EntryPlace.objects.bulk_create(
            places,
            update_conflicts=True,
            unique_fields=["about"],
            update_fields=["position", "subject", "retention", "sealed_opening"],
        )
        if structured.writes(Level.DEBUG):
            told = [(first + number, one.body.kind) for number, one in enumerate(self._gathered)]
            transaction.on_commit(lambda: _tell(told))

    def _place(self, about: UUID, position: int, one: _Gathered, salt: bytes) -> EntryPlace:
        owner = self._parties(one)[0]
        value: Json = {"salt": salt.hex(), "record": one.record.decode()}
        place = "entryplace.sealed_opening"
        sealed = (
            seal(self.services.keys, value, subject=owner.subject, retention=owner.retention, place=place)
            if self._sealer is None
            else self._sealer.seal(value, subject=owner.subject, retention=owner.retention, place=place)
        )
        return EntryPlace(
            about=about,
            position=position,
            subject=owner.subject,
            retention=owner.retention.value,
            sealed_opening=sealed,
        )


def _tell(entered: list[tuple[int, EntryKind]]) -> None:
    for position, kind in entered:
        structured.log(Level.DEBUG, Event.ENTERED, position=position, code=kind)
