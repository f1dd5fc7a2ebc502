"""Corrections as the office lists them: what was found, what is announced, and what waits for whom."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from lineproof.line.correction import ANNOUNCED, OPEN, Cause, CorrectionState
from lineproof.line.ladder import Announced, Step, Wait, eyes_for, is_stuck, why_wait
from lineproof.line.notice import NoticeState
from lineproof.line.state import LineState
from lineproof.registry.models import Appeal, Correction, Notice, Vote
from lineproof.registry.queries.appeals import is_appealed
from lineproof.registry.queries.disputes import dispute_of
from lineproof.terms import StaffName


@dataclass(frozen=True, slots=True)
class CorrectionRow:
    """One correction that is open. step, due_at: what is announced, and until when its holder has time.

    wait: why that cannot be signed now; None where it can be, or nothing is announced. signed: how many have;
    who, and what they chose, is not shown to the next. stuck: it goes no further, due or not.
    """

    id: UUID
    cause: Cause
    state: CorrectionState
    found_at: datetime
    step: Step | None
    due_at: datetime | None
    wait: Wait | None
    signed: int
    stuck: bool

    @property
    def is_due(self) -> bool:
        """Tell whether it waits for people: to have it announced, or to sign."""
        return self.step is None or self.wait is None


def read_corrections(*, now: datetime) -> tuple[CorrectionRow, ...]:
    """Read the corrections that are open, what is due first at the top."""
    rows = Correction.objects.filter(state__in=[state.value for state in OPEN])
    rows = rows.select_related("line", "notice", "told_ahead").order_by("due_at", "found_at", "id")
    return tuple(_row(row, now) for row in rows)


def count_stuck_corrections() -> int:
    """Count the corrections that go no further: the notice of what comes next did not reach its holder."""
    # In the words of the partial index: SQLite sees no other way that it would do.
    unreached = Notice.objects.exclude(state=NoticeState.DELIVERED.value)
    unreached = unreached.filter(state=NoticeState.UNDELIVERED.value)
    stuck = [Step.SUSPEND.value, Step.TERMINATE.value]
    return Correction.objects.filter(notice__in=unreached, step__in=stuck).count()


def read_announced(row: Correction) -> Announced | None:
    """Read what stands of the step that is announced; None where none is."""
    if CorrectionState(row.state) not in ANNOUNCED or row.due_at is None or row.notice is None:
        return None
    return Announced(
        step=Step(row.step),
        due_at=row.due_at,
        notice=NoticeState(row.notice.state),
        line=LineState(row.line.state),
        appealed=rests(row),
        told_ahead=None if row.told_ahead is None else NoticeState(row.told_ahead.state),
    )


def read_hearers(row: Correction) -> frozenset[StaffName]:
    """Read who heard an appeal against a correction, or against the dispute that it carries out."""
    dispute = dispute_of(row)
    about = [row.id] if dispute is None else [row.id, dispute]
    heard = Appeal.objects.filter(about__in=about, heard_by__isnull=False)
    return frozenset(map(StaffName, heard.values_list("heard_by__name", flat=True)))


def rests(row: Correction) -> bool:
    """Tell whether an appeal against a correction, or against the dispute that it carries out, is open."""
    dispute = dispute_of(row)
    return is_appealed(row.id) or (dispute is not None and is_appealed(dispute))


def question_of(row: Correction, announced: Announced) -> str:
    """Say what is voted on: the step, how often it was put off, and by how many it is decided.

    When one of these changes, it is asked anew: who signed before did not know of it.
    """
    return f"{announced.step.value} {row.put_off} {eyes_for(announced.notice)}"


def _row(row: Correction, now: datetime) -> CorrectionRow:
    announced = read_announced(row)
    return CorrectionRow(
        id=row.id,
        cause=Cause(row.cause),
        state=CorrectionState(row.state),
        found_at=row.found_at,
        step=None if announced is None else announced.step,
        due_at=row.due_at,
        wait=None if announced is None else why_wait(announced.step, announced, now=now),
        signed=0
        if announced is None
        else Vote.objects.filter(about=row.id, question=question_of(row, announced)).count(),
        stuck=announced is not None and is_stuck(announced),
    )
