"""Announce the steps of a correction, and give longer; in the transaction of `correct_lines`.

A suspended line takes no messages. Where the line alone is told, its end is announced while it still takes
them: together with its suspension, with the deadline that it has if that comes on its day. Where the
suspension comes later, the end is put off with it.
"""

from collections.abc import Sequence
from datetime import datetime

from lineproof.line.correction import CAUSES, Cause
from lineproof.line.ladder import ANNOUNCED_BY, Step, next_deadline, put_off
from lineproof.line.notice import NoticeKind
from lineproof.registry import models
from lineproof.registry.flows.corrections import tell
from lineproof.registry.flows.log import LogWriter
from lineproof.transparency.entry import EntryKind, Stage


def announce_step(
    row: models.Correction, step: Step, due_at: datetime, log: LogWriter, *, by: Sequence[str] = ()
) -> None:
    """Give notice of a step, and of the end with a suspension where the line alone is told; save with it."""
    row.step, row.due_at = step.value, due_at
    row.notice = _give(row, step, due_at, log, by=by)
    if step is Step.SUSPEND and CAUSES[Cause(row.cause)].to_line_only:
        end_at = _deadline_after(row, Step.TERMINATE, due_at, log)
        row.told_ahead = _give(row, Step.TERMINATE, end_at, log, by=by)
    row.save(update_fields=["state", "noticed_at", "announced_by", "step", "due_at", "notice", "told_ahead"])


def go_on_to(row: models.Correction, step: Step, log: LogWriter, *, by: Sequence[str]) -> None:
    """Announce the step that follows the one just carried out; or go on with its notice that was given ahead.

    by: who carried out the one before, which came later than that notice reckoned with: then there is longer.
    """
    due_at, notice = _deadline_after(row, step, log.now, log), row.told_ahead
    if notice is None or notice.deadline is None:
        announce_step(row, step, due_at, log)
        return
    row.step, row.notice, row.told_ahead, row.due_at = step.value, notice, None, notice.deadline
    row.save(update_fields=["state", "step", "notice", "told_ahead", "due_at"])
    if due_at > notice.deadline:
        give_longer(row, due_at, log, by=by)


def put_off_step(row: models.Correction, log: LogWriter, *, by: Sequence[str]) -> datetime:
    """Put off the step that is announced, and by that all that follow; give until when.

    What was signed of it before does not count any more.
    """
    policy = log.services.policy
    until = put_off(max(row.due_at or log.now, log.now), policy.correction.extension, policy.calendar)
    row.put_off += 1
    row.save(update_fields=["put_off"])
    give_longer(row, until, log, by=by)
    return until


def give_longer(row: models.Correction, until: datetime, log: LogWriter, *, by: Sequence[str]) -> None:
    """Set a later deadline for the step that is announced, and tell of it."""
    before, row.due_at = row.due_at, until
    row.save(update_fields=["due_at"])
    log.enter(
        EntryKind.CORRECTION_EXTENDED,
        {"correction": str(row.id), "line": str(row.line_id)},
        stage=Stage.WAITS_FOR_PARTY,
        by=by,
        due_at=until,
        answers=before,
    )
    tell(row, NoticeKind.CORRECTION_EXTENDED, log, due_at=until, stage=Stage.WAITS_FOR_PARTY)


def _give(
    row: models.Correction, step: Step, due_at: datetime, log: LogWriter, *, by: Sequence[str]
) -> models.Notice:
    return tell(row, ANNOUNCED_BY[step], log, due_at=due_at, stage=Stage.WAITS_FOR_PARTY, by=by)


def _deadline_after(row: models.Correction, step: Step, at: datetime, log: LogWriter) -> datetime:
    """Give the deadline of a step where the one before it is carried out at a time."""
    if row.noticed_at is None:
        raise ValueError("what is carried out was announced")
    policy = log.services.policy
    return next_deadline(
        step, first_notice=row.noticed_at, now=at, ladder=policy.correction, calendar=policy.calendar
    )
