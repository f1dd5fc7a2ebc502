"""What reviewers are shown of cases: findings and reasons, never an application's personal data."""

from dataclasses import dataclass
from datetime import datetime

from lineproof.decision.finding import Check
from lineproof.decision.policy import policy_names, shipped_policy
from lineproof.decision.reasons import CATALOGUE, Reason, ReasonCode
from lineproof.decision.referred import CHECKS_OF, Found, found_of
from lineproof.errors import NotFound
from lineproof.registry.models import Case, CaseEvidence
from lineproof.registry.models.choices import CaseKind, CaseState
from lineproof.terms import CaseId, StaffName, Way


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


@dataclass(frozen=True, slots=True)
class CaseToReview:
    """A case as one reviewer sees it, who is blind to what others said.

    reasons: why people look. checks: what is known of each that its policy requires, where that pack comes
    with this release. is_referral: that an opinion closes it. given_at: when this reviewer gave theirs.
    """

    id: CaseId
    kind: CaseKind
    state: CaseState
    opened_at: datetime
    due_at: datetime
    reasons: tuple[Reason, ...]
    checks: tuple[tuple[Check, Found], ...]
    evidence_until: datetime | None
    given_at: datetime | None

    @property
    def is_referral(self) -> bool:
        """Tell whether two opinions decide it; other cases are settled by command."""
        return self.kind is CaseKind.REFERRAL

    @property
    def waits(self) -> bool:
        """Tell whether it can still be decided."""
        return self.state is CaseState.OPEN


def read_cases_to_review(reviewer: StaffName) -> tuple[CaseToReview, ...]:
    """Read the cases that wait, as a reviewer sees them, the one due first at the top."""
    rows = Case.objects.filter(state=CaseState.OPEN.value).select_related("decision", "evidence")
    return tuple(_to_review(row, reviewer) for row in rows.order_by("due_at", "id"))


def read_case_to_review(case: CaseId, reviewer: StaffName) -> CaseToReview:
    """Read one case, also when it is decided; NotFound where there is none."""
    row = Case.objects.filter(id=case).select_related("decision", "evidence").first()
    if row is None:
        raise NotFound("There is no such case.", remedy="Go back to the cases that wait.")
    return _to_review(row, reviewer)


def _to_review(row: Case, reviewer: StaffName) -> CaseToReview:
    given = row.opinions.filter(reviewer__name=reviewer.text).values_list("given_at", flat=True).first()
    reasons = _reasons(row)
    return CaseToReview(
        CaseId(row.id),
        CaseKind(row.kind),
        CaseState(row.state),
        row.opened_at,
        row.due_at,
        reasons,
        _checks(row, [reason.code for reason in reasons]),
        _evidence_until(row),
        given,
    )


def _checks(row: Case, codes: list[ReasonCode]) -> tuple[tuple[Check, Found], ...]:
    if row.decision is None or row.decision.policy not in policy_names():
        return ()
    required = shipped_policy(row.decision.policy).required[Way(row.decision.way)]
    # What a doubt is about was required, too, by the procedure if not by the way.
    asked = required.union(*(CHECKS_OF.get(code, ()) for code in codes))
    return tuple((check, found_of(check, codes)) for check in Check if check in asked)


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
