"""Destroy the photographs of referrals whose time is over, and what an interrupted procedure left behind.

1. one transaction for each: the time is over, or people have decided? recorded as destroyed, entry
2. after the commit: the key is destroyed, then the ciphertext removed
3. keys and ciphertexts that no case needs, older than any procedure lasts, are removed

It runs often in the process that holds the keys of cases, and with `lineproof erase --due`. It may be stopped
anywhere and run again, by several at once; with nothing due it changes nothing.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from lineproof.ports import Services
from lineproof.referral import CaseKeyVault
from lineproof.registry import models
from lineproof.registry.flows.after_commit import finish
from lineproof.registry.flows.keeping import end_keeping, remove, under_policy_of
from lineproof.registry.flows.log import LogWriter, SaltOwner
from lineproof.registry.models.choices import CaseState, EvidenceEnd, Retention
from lineproof.registry.queries.evidence import keeps_under

# Longer than an examination and its transaction can take: waiting, computing, writing.
LEFT_BEHIND = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Settled:
    """How much was destroyed: cases whose time was over, and what was left behind without a case."""

    cases: int
    left_behind: int


def settle_evidence(services: Services, vault: CaseKeyVault, *, now: datetime) -> Settled:
    """Destroy what is not to be kept any longer."""
    due = list(
        models.CaseEvidence.objects.filter(_is_over(now), destroyed_at=None).values_list("case_id", flat=True)
    )
    ended = [row for case in due if (row := _end(services, case, now)) is not None]
    for row in ended:  # 2
        remove(services, row)
    if ended:
        finish(services, now=now, erased=True)
    # Last: a stray file among the keys stops it, and must not hold back what is due.
    left = _clear_left_behind(services, vault, now)  # 3
    return Settled(len(ended), left)


def _is_over(now: datetime) -> Q:
    return Q(kept_until__lte=now) | ~Q(case__state=CaseState.OPEN.value)


@transaction.atomic
def _end(services: Services, case: UUID, now: datetime) -> models.CaseEvidence | None:
    row = (  # 1; read again, since another process may have ended it
        models.CaseEvidence.objects.filter(_is_over(now), case_id=case, destroyed_at=None)
        .select_related("case__decision")
        .first()
    )
    if row is None:
        return None
    end = EvidenceEnd.AT_DEADLINE if row.case.state == CaseState.OPEN.value else EvidenceEnd.AT_DECISION
    owner = SaltOwner(row.session, Retention.DECISION)
    under = under_policy_of(services, row.case)
    with LogWriter(under, owner, now=now, subject=bytes(row.case.subject)) as log:
        end_keeping(row, end, log)
    return row


def _clear_left_behind(services: Services, vault: CaseKeyVault, now: datetime) -> int:
    count = 0
    for name in vault.names():
        if now - vault.made_at(name) >= LEFT_BEHIND and not keeps_under(name, now=now):
            vault.settle(name)
            count += 1
    if services.referrals is None:
        return count
    for session, since in services.referrals.store.kept():
        wanted = models.CaseEvidence.objects.filter(session=session, destroyed_at=None).exists()
        if now - since >= LEFT_BEHIND and not wanted:
            services.referrals.store.discard(session)
            count += 1
    return count
