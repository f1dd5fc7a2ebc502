"""Which lines are disputed, which disputes wait, and who had a part in one."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from lineproof.errors import NotFound
from lineproof.line.correction import Cause
from lineproof.line.dispute import (
    OPEN_STATES,
    QUESTION,
    DisputeKind,
    DisputeReason,
    DisputeState,
    Statement,
)
from lineproof.registry.models import (
    Appeal,
    Correction,
    Custody,
    Dispute,
    DisputeStatement,
    Vote,
    Vouching,
)
from lineproof.terms import DisputeId, HolderId, LineId, StaffName

_OPEN = [state.value for state in OPEN_STATES]


@dataclass(frozen=True, slots=True)
class DisputeRow:
    """One dispute as the office lists it: nothing of its holder, and no opinion.

    opinions: how many were given; whose and which is not shown to the next reviewer. statements: what the
    line's user said, in order.
    """

    id: DisputeId
    line: LineId
    kind: DisputeKind
    state: DisputeState
    opened_at: datetime
    answer_by: datetime
    due_at: datetime
    opinions: int
    statements: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class HeldDispute:
    """One dispute as its holder reads it. reasons: of what was decided; empty until then."""

    id: DisputeId
    line: LineId
    kind: DisputeKind
    state: DisputeState
    opened_at: datetime
    due_at: datetime
    reasons: tuple[DisputeReason, ...]


def is_disputed(line: UUID) -> bool:
    """Tell whether a line is not to change hands, SIM or operator: a dispute about it is open, or was upheld.

    Upheld, the line is nobody's until it is closed, and whoever has it must not carry it away.
    """
    open_ = Dispute.objects.filter(custody__line=line, state__in=_OPEN)
    return open_.exists() or Custody.objects.filter(line=line, until=None, disowned_at__isnull=False).exists()


def read_said_before(custody: Custody) -> list[tuple[DisputeKind, DisputeState]]:
    """Read what was said of a line in this custody, and what of earlier ones is open still.

    Of who gave the line up and took it back, a dispute from before may be.
    """
    of_line = Dispute.objects.filter(custody__line=custody.line_id)
    rows = of_line.filter(Q(custody=custody) | Q(ended_at=None)).values_list("kind", "state")
    return [(DisputeKind(kind), DisputeState(state)) for kind, state in rows]


def read_disputes(*, open_only: bool = True) -> tuple[DisputeRow, ...]:
    """List disputes, those that are due first."""
    rows = Dispute.objects.all()
    return _listed(rows.filter(state__in=_OPEN) if open_only else rows)


def read_overdue_disputes(now: datetime) -> tuple[DisputeRow, ...]:
    """List the disputes that nobody has decided in time. They stay open, and their lines stay on."""
    return _listed(Dispute.objects.filter(state__in=_OPEN, due_at__lte=now))


def read_disputes_of(holder: HolderId) -> tuple[HeldDispute, ...]:
    """Read what a holder has disputed, the latest first."""
    rows = Dispute.objects.filter(custody__holder=holder).select_related("custody")
    return tuple(
        HeldDispute(
            DisputeId(row.id),
            LineId(row.custody.line_id),
            DisputeKind(row.kind),
            DisputeState(row.state),
            row.opened_at,
            row.due_at,
            _reasons_of(row),
        )
        for row in rows.order_by("-opened_at", "id")
    )


def holder_of(dispute: UUID) -> HolderId:
    """Give the holder who disputes; NotFound for an unknown dispute."""
    row = Dispute.objects.filter(id=dispute).select_related("custody").first()
    if row is None:
        raise NotFound("There is no such dispute.", remedy="List them with: lineproof disputes list")
    return HolderId(row.custody.holder_id)


def involved_in(dispute: UUID) -> frozenset[StaffName]:
    """Give everybody who had a part in a dispute.

    Who heard its user or an appeal, gave an opinion, or vouched for its custody.
    """
    heard = DisputeStatement.objects.filter(dispute=dispute).values_list("agent__name", flat=True)
    opined = Vote.objects.filter(about=dispute).values_list("staff__name", flat=True)
    appeals = Appeal.objects.filter(about=dispute, heard_by__isnull=False)
    named = {*heard, *opined, *appeals.values_list("heard_by__name", flat=True)}
    return frozenset(map(StaffName, named)) | read_vouchers(dispute)


def dispute_of(correction: Correction) -> UUID | None:
    """Give the dispute that a correction carries out; None for one of another cause."""
    if correction.cause != Cause.HOLDER_DISPUTE.value:
        return None
    upheld = Dispute.objects.filter(
        custody__line=correction.line_id,
        custody__holder=correction.holder_id,
        kind=DisputeKind.NOT_MINE.value,
        opened_at__lte=correction.found_at,
    )
    return upheld.order_by("-opened_at").values_list("id", flat=True).first()


def read_vouchers(dispute: UUID) -> frozenset[StaffName]:
    """Give who vouched for what is disputed: who attested its registration, or accepted it.

    Of custodies that began under an earlier release nothing says so, and nobody is kept from deciding.
    """
    names = Vouching.objects.filter(custody__disputes=dispute).values_list("staff__name", flat=True)
    return frozenset(map(StaffName, names))


def _listed(rows: QuerySet[Dispute]) -> tuple[DisputeRow, ...]:
    return tuple(
        DisputeRow(
            DisputeId(row.id),
            LineId(row.custody.line_id),
            DisputeKind(row.kind),
            DisputeState(row.state),
            row.opened_at,
            row.answer_by,
            row.due_at,
            Vote.objects.filter(about=row.id, question=QUESTION).count(),
            tuple(
                Statement(each)
                for each in row.statements.order_by("heard_at", "id").values_list("statement", flat=True)
            ),
        )
        for row in rows.select_related("custody").order_by("due_at", "opened_at", "id")
    )


def _reasons_of(row: Dispute) -> tuple[DisputeReason, ...]:
    """Give the reasons of who decided as it stands; after an appeal they are its own, and none are here."""
    votes = Vote.objects.filter(Q(choice=row.state), about=row.id, question=QUESTION)
    return tuple(DisputeReason(code) for code in dict.fromkeys(votes.values_list("reason", flat=True)))
