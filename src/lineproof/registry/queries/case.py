"""What reviewers are shown of cases: findings and reasons, never an application's personal data."""

from dataclasses import dataclass
from datetime import datetime

from lineproof.decision.reasons import CATALOGUE, Reason, ReasonCode
from lineproof.errors import NotFound
from lineproof.registry.models import Case, CaseEvidence
from lineproof.registry.models.choices import CaseKind, CaseState
from lineproof.terms import CaseId


@dataclass(frozen=True, slots=True)
class OpenCase:
    """A case that waits. opinions: how many were given; whose and which is not shown to the next reviewer.

    evidence_until: until when its photographs can be opened; None when there are none.
    """

    id: CaseId
    kind: CaseKind
    due_at: datetime
    opinions: int
    reasons: tuple[Reason, ...]
    evidence_until: datetime | None


def read_open_cases() -> tuple[OpenCase, ...]:
    """Read the cases that wait for people, the one due first at the top."""
    rows = Case.objects.filter(state=CaseState.OPEN.value).select_related("decision", "evidence")
    return tuple(
        OpenCase(
            CaseId(row.id),
            CaseKind(row.kind),
            row.due_at,
            row.opinions.count(),
            _reasons(row),
            _evidence_until(row),
        )
        for row in rows.order_by("due_at", "id")
    )


def read_policy_name(case: CaseId) -> str:
    """Read under which policy a case was referred; NotFound for an unknown case or one without a decision."""
    row = Case.objects.filter(id=case).select_related("decision").first()
    if row is None or row.decision is None:
        raise NotFound("There is no such referred case.", remedy="List them with: lineproof cases list")
    return row.decision.policy


def _evidence_until(row: Case) -> datetime | None:
    evidence: CaseEvidence | None = getattr(row, "evidence", None)
    return None if evidence is None or evidence.destroyed_at is not None else evidence.kept_until


def _reasons(row: Case) -> tuple[Reason, ...]:
    if row.decision is None:
        return ()
    codes = row.decision.reasons.order_by("id").values_list("code", flat=True)
    return tuple(CATALOGUE[ReasonCode(code)] for code in codes)
