"""Reads of what is kept of referrals."""

from datetime import datetime

from lineproof.errors import Erased, NotFound
from lineproof.registry.models import Case, CaseEvidence
from lineproof.registry.models.choices import CaseState
from lineproof.terms import CaseId


def keeps_under(key_name: str, *, now: datetime) -> bool:
    """Tell whether photographs are kept under this key still: the case waits, its time is not over."""
    return CaseEvidence.objects.filter(
        key_name=key_name,
        destroyed_at=None,
        kept_until__gt=now,
        case__state=CaseState.OPEN.value,
    ).exists()


def kept_until(case: CaseId, *, now: datetime) -> datetime:
    """Say until when a case's photographs are kept. NotFound for no such case, Erased when they are gone."""
    if not Case.objects.filter(id=case).exists():
        raise NotFound("There is no such case.", remedy="List them with: lineproof cases list")
    row = CaseEvidence.objects.filter(case=case).first()
    if row is None or not keeps_under(row.key_name, now=now):
        raise Erased(
            "There are no photographs of this case: none were kept, or they were destroyed when it was "
            "decided or their time was over.",
            remedy="Decide on the findings, or return the case, so that the applicant presents again.",
        )
    return row.kept_until
