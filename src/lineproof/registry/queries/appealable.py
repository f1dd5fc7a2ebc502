"""What a holder can appeal now: disputes that people decided, and corrections of their lines."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from lineproof.decision.policy import Policy
from lineproof.line.appeal import AppealKind, AppealState
from lineproof.line.clock import deadline
from lineproof.line.correction import OPEN, Cause, CorrectionState
from lineproof.line.dispute import DisputeState
from lineproof.registry.models import Appeal, Correction, Dispute
from lineproof.terms import HolderId, LineId

_DECIDED = [DisputeState.UPHELD.value, DisputeState.DISMISSED.value]
_CORRECTED = [*(state.value for state in OPEN), CorrectionState.TERMINATED.value]


@dataclass(frozen=True, slots=True)
class Appealable:
    """One decision that can be appealed. until: None as long as it lasts."""

    kind: AppealKind
    about: UUID
    line: LineId
    cause: Cause | None
    decided_at: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class OwnAppeal:
    """One appeal as who made it reads it."""

    kind: AppealKind
    line: LineId
    state: AppealState
    opened_at: datetime
    due_at: datetime


def read_appealable(policy: Policy, holder: HolderId, *, now: datetime) -> tuple[Appealable, ...]:
    """Read what a holder can appeal, the latest first. What was appealed once is not among it."""
    found = [*_disputes(policy, holder), *_corrections(policy, holder)]
    appealed = set(
        Appeal.objects.filter(about__in=[each.about for each in found])
        .exclude(state=AppealState.WITHDRAWN.value)
        .values_list("about", flat=True)
    )
    open_ = [
        each for each in found if each.about not in appealed and (each.until is None or now < each.until)
    ]
    return tuple(sorted(open_, key=lambda each: (each.decided_at, each.about), reverse=True))


def read_own_appeals(holder: HolderId) -> tuple[OwnAppeal, ...]:
    """Read the appeals against what concerned a holder, the latest first."""
    disputes = Dispute.objects.filter(custody__holder=holder)
    corrections = Correction.objects.filter(holder=holder)
    lines = dict(disputes.values_list("id", "custody__line")) | dict(corrections.values_list("id", "line"))
    rows = Appeal.objects.filter(about__in=list(lines)).order_by("-opened_at")
    return tuple(
        OwnAppeal(
            AppealKind(row.kind), LineId(lines[row.about]), AppealState(row.state), row.opened_at, row.due_at
        )
        for row in rows
    )


def _disputes(policy: Policy, holder: HolderId) -> list[Appealable]:
    rows = Dispute.objects.filter(custody__holder=holder, state__in=_DECIDED).exclude(subject=b"")
    return [
        Appealable(
            AppealKind.DISPUTE,
            row.id,
            LineId(row.custody.line_id),
            None,
            row.ended_at,
            deadline(row.ended_at, policy.clocks.appeal_open, policy.calendar),
        )
        for row in rows.select_related("custody")
        if row.ended_at is not None
    ]


def _corrections(policy: Policy, holder: HolderId) -> list[Appealable]:
    """Read corrections; what carries out a dispute is appealed with it."""
    rows = Correction.objects.filter(holder=holder, state__in=_CORRECTED, noticed_at__isnull=False)
    found = []
    for row in rows.exclude(cause=Cause.HOLDER_DISPUTE.value):
        ended = row.ended_at if row.state == CorrectionState.TERMINATED.value else None
        until = None if ended is None else deadline(ended, policy.clocks.appeal_open, policy.calendar)
        cause, decided = Cause(row.cause), ended or row.noticed_at
        if decided is not None:
            found.append(
                Appealable(AppealKind.CORRECTION, row.id, LineId(row.line_id), cause, decided, until)
            )
    return found
