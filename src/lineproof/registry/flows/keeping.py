"""Keeping the photographs of a referral until people have decided; used by the procedures that may refer.

    with awaiting_referral(services, session, now=now) as pending:
        1. a key is made that a case might need
        2. examine, with `pending.public_key`: the worker wraps the content key to it if its findings refer
        3. `pending.put_by`: does the wrapped key open? then the ciphertext is written, durably
        4. in the transaction, if there is a case: `pending.keep`
    leaving: without a case, or after an error, the ciphertext is removed and the key destroyed

Stopped between 1 and 4, what is left over is found and removed by `settle_evidence`.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from lineproof.decision.policy import policy_names, shipped_policy
from lineproof.errors import Unavailable
from lineproof.ports import Evidence, Examination, Services
from lineproof.referral import CaseKey
from lineproof.registry import models
from lineproof.registry.flows.log import LogWriter
from lineproof.registry.models.choices import EvidenceEnd
from lineproof.terms import SessionId
from lineproof.transparency.entry import EntryKind, Stage


@dataclass(slots=True)
class PendingReferral:
    """Of one session, what would be kept if it is referred. key: None where nothing is kept."""

    services: Services
    session: SessionId
    key: CaseKey | None
    wrapped_key: bytes | None = None
    kept_until: datetime | None = None

    @property
    def public_key(self) -> bytes | None:
        """Give what the worker wraps the content key to."""
        return None if self.key is None else self.key.public_key

    def put_by(self, evidence: Evidence, examination: Examination) -> None:
        """Write the ciphertext of what was examined, if the booth referred it.

        Raises NotPermitted when the wrapped key does not open: then nothing could ever be seen of it.
        """
        referrals = self.services.referrals
        if self.key is None or examination.wrapped_key is None or referrals is None:
            return
        referrals.keys.check(self.key.name, examination.wrapped_key, session=self.session)
        referrals.store.keep(self.session, evidence.parts)
        self.wrapped_key = examination.wrapped_key

    def keep(self, case: UUID, log: LogWriter) -> None:
        """Record that the photographs of a case are kept, and until when, in the caller's transaction."""
        if self.key is None or self.wrapped_key is None:
            return
        until = log.now + timedelta(days=log.services.policy.retention.evidence.days)
        models.CaseEvidence.objects.create(
            case_id=case,
            session=self.session,
            key_name=self.key.name,
            wrapped_key=self.wrapped_key,
            kept_until=until,
        )
        log.enter(EntryKind.EVIDENCE_KEPT, {"case": str(case)}, stage=Stage.WAITS_FOR_PEOPLE, due_at=until)
        self.kept_until = until


@contextmanager
def awaiting_referral(services: Services, session: SessionId, *, now: datetime) -> Iterator[PendingReferral]:
    """Make ready to keep a session's photographs; on leaving, what was not kept is gone."""
    keeps = services.referrals is not None and services.policy.retention.evidence.days > 0
    key = services.referrals.keys.make(session, now=now) if keeps and services.referrals is not None else None
    pending = PendingReferral(services, session, key)
    kept = False
    try:
        yield pending
        kept = pending.kept_until is not None
    finally:
        if not kept:
            _clear(pending)


def _clear(pending: PendingReferral) -> None:
    referrals = pending.services.referrals
    if pending.key is None or referrals is None:
        return
    # What cannot be removed now, `settle_evidence` removes; what was decided meanwhile stands.
    with suppress(Unavailable):
        if pending.wrapped_key is not None:
            referrals.store.discard(pending.session)
        referrals.keys.settle(pending.key.name)


def under_policy_of(services: Services, case: models.Case) -> Services:
    """Give services with the policy that a case was referred under: its entries name that one.

    Where no such pack comes with this release any more, the services as they are: an end waits for no pack.
    """
    name = services.policy.name if case.decision is None else case.decision.policy
    if name == services.policy.name or name not in policy_names():
        return services
    return replace(services, policy=shipped_policy(name))


def end_keeping(row: models.CaseEvidence, end: EvidenceEnd, log: LogWriter) -> None:
    """Record that a case's photographs are destroyed, in the caller's transaction; `remove` after it."""
    row.destroyed_at, row.wrapped_key, row.end = log.now, None, end.value
    row.save(update_fields=["destroyed_at", "wrapped_key", "end"])
    log.enter(
        EntryKind.EVIDENCE_DESTROYED,
        {"case": str(row.case_id)},
        stage=Stage.UNDER_WAY if end is EvidenceEnd.AT_DECISION else Stage.WAITS_FOR_PEOPLE,
        outcome=end.value,
        answers=row.kept_until,
    )


def remove(services: Services, row: models.CaseEvidence) -> None:
    """Destroy the key of what `end_keeping` recorded, then the ciphertext. May be called twice.

    Unavailable when that cannot be done now: it is recorded, and `settle_evidence` goes on with it.
    """
    if services.referrals is None:
        return
    try:
        services.referrals.keys.settle(row.key_name)
        services.referrals.store.discard(SessionId(row.session))
    except Unavailable as error:
        raise Unavailable(
            f"It is done and recorded, but the photographs could not be destroyed yet: {error.what}",
            remedy="Mend that; then lineproof erase --due destroys them.",
        ) from error
