"""Undoing a correction, whatever it has come to: the line works as before, or is its holder's again.

Used by the procedures in their transaction: the holder was verified, an appeal was won, a finding was wrong.
"""

from datetime import datetime

from lineproof.line.correction import BY_VERIFICATION, OPEN, CorrectionEvent, CorrectionState
from lineproof.line.ladder import Step
from lineproof.line.notice import NoticeKind
from lineproof.line.state import LineState
from lineproof.registry import models
from lineproof.registry.flows.corrections import end_correction, note_end, party_of, restore, tell
from lineproof.registry.flows.lines import take_custody_again
from lineproof.registry.flows.log import LogWriter
from lineproof.registry.flows.visits import keep_registered
from lineproof.terms import HolderId, Origin
from lineproof.transparency.entry import EntryKind, Stage

_UNDONE = (*OPEN, CorrectionState.TERMINATED)


def reverified(holder: HolderId, log: LogWriter, *, registered_until: datetime | None) -> None:
    """Stop at once what verifying this holder puts right, and undo what was done of it.

    Called in the transaction in which somebody was verified. A line that has ended by it is given back as
    long as its number is nobody's. registered_until: what is in their name is registered until then at least,
    by what they showed; None: without an end.
    """
    lines = models.Custody.objects.filter(holder_id=holder, until=None, line__origin=Origin.IMPORTED.value)
    lines.filter(verified_at=None).update(verified_at=log.now)
    rows = models.Correction.objects.filter(
        holder_id=holder,
        cause__in=[cause.value for cause in BY_VERIFICATION],
        state__in=[state.value for state in _UNDONE],
    )
    for row in rows.select_related("line").order_by("found_at", "id"):
        if row.state == CorrectionState.TERMINATED.value and not _is_nobodys(row):
            continue
        log.enter(
            EntryKind.HOLDER_REVERIFIED,
            {"correction": str(row.id), "holder": str(holder)},
            parties=[party_of(row)],
            subject=bytes(row.subject),
        )
        undo(row, CorrectionEvent.PUT_RIGHT, log)
    keep_registered(holder, registered_until)


def overturn(row: models.Correction, log: LogWriter) -> Stage:
    """End a correction that an appeal overturned, and undo what was done; give where its procedure is then.

    Call it while the appeal is still open, and enter `appeal_decided` after it with the stage that it gives:
    UNDER_WAY where the line is still to be switched on, which ends the procedure; ENDED where it is not. What
    had ended otherwise stays as it ended.
    """
    if CorrectionState(row.state) not in _UNDONE:
        return Stage.ENDED
    switched = _was_cut(row)
    undo(row, CorrectionEvent.OVERTURNED, log)
    return Stage.UNDER_WAY if switched else Stage.ENDED


def undo(
    row: models.Correction, event: CorrectionEvent, log: LogWriter, *, by: models.Staff | None = None
) -> None:
    """End a correction in favour of the person; what was done to the line is undone.

    A line that has ended is given back unless its number is somebody else's by now, or was erased: then the
    correction ends all the same. by: who withdrew it. Raises Conflict when it had ended before.
    """
    if row.state != CorrectionState.TERMINATED.value:
        end_correction(row, event, log, by=by)
    elif not _is_nobodys(row):
        note_end(row, event, log, stage=Stage.ENDED, by=by)
    else:
        _give_back(row, log)
        note_end(row, event, log, stage=Stage.UNDER_WAY, by=by)


def _give_back(row: models.Correction, log: LogWriter) -> None:
    last = row.line.custodies.order_by("-since", "-id").first()
    assert last is not None  # the line has ended by this correction, and was held until then
    take_custody_again(last, log)
    restore(row, log)
    tell(row, NoticeKind.LINE_RESTORED, log)


def _is_nobodys(row: models.Correction) -> bool:
    """Tell whether an ended line is still as this correction left it, and can be its last holder's again.

    Who has taken it back since, and then given it up themselves, does not get it back by an appeal.
    """
    line = row.line
    last = line.custodies.order_by("-since", "-id").first()
    return (
        LineState(line.state) in {LineState.TERMINATED, LineState.QUARANTINE}
        and line.sealed_identifier is not None
        and last is not None
        and last.holder_id == row.holder_id
        and last.until is not None
        and row.steps.filter(step=Step.TERMINATE.value, done_at=last.until).exists()
    )


def _was_cut(row: models.Correction) -> bool:
    """Tell whether undoing a correction switches its line on."""
    cut = {CorrectionState.RESTRICTED.value, CorrectionState.SUSPENDED.value}
    return row.state in cut or (row.state == CorrectionState.TERMINATED.value and _is_nobodys(row))
