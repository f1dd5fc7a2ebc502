"""Ending a transfer that is under way; used by the procedures that end one, in their transaction."""

from lineproof.line.notice import NoticeKind
from lineproof.line.state import LineEvent
from lineproof.line.transfer import OPEN, TransferEnd, TransferEvent, TransferState, next_transfer_state
from lineproof.registry import models
from lineproof.registry.flows import lines
from lineproof.registry.flows.holding import give_notice
from lineproof.registry.flows.log import LogWriter, SaltOwner
from lineproof.registry.models.choices import Retention
from lineproof.terms import HolderId, LineId
from lineproof.transparency.entry import EntryKind, Stage


def stop_transfer_of(line: models.Line, outcome: TransferEnd, log: LogWriter) -> bool:
    """End the open transfer of a line, for another procedure that comes first; False where there is none.

    A dispute, a correction or a surrender calls it in its own transaction, before it moves the line: it is
    active again then. Whichever of this and the completion is committed first holds, and the other finds it
    so. The entries are the transfer's own.
    """
    row = models.Transfer.objects.select_for_update().filter(
        line=line, state__in=[state.value for state in OPEN]
    )
    transfer = row.first()
    if transfer is None:
        return False
    end_transfer(transfer, outcome, log)
    line.refresh_from_db(fields=["state"])
    return True


def end_transfer(transfer: models.Transfer, outcome: TransferEnd, log: LogWriter) -> None:
    """End an open transfer: the line stays with its giver, and whoever had a part in it is told.

    Raises Conflict when it is over already, or cannot end this way.
    """
    before = TransferState(transfer.state)
    transfer.state = next_transfer_state(before, TransferEvent(outcome.value)).value
    transfer.outcome, transfer.code_digest, transfer.ended_at = outcome.value, None, log.now
    transfer.save(update_fields=["state", "outcome", "code_digest", "ended_at"])
    line = models.Line.objects.get(id=transfer.line_id)
    lines.move(line, LineEvent.TRANSFER_ENDED)
    subject = bytes(transfer.subject)
    for holder in parties_of(transfer):
        give_notice(
            NoticeKind.TRANSFER_ENDED,
            holder,
            log,
            line=LineId(line.id),
            subject=subject,
            stage=Stage.UNDER_WAY,
        )
    log.enter(
        EntryKind.TRANSFER_ENDED,
        {"line": str(line.id), "transfer": str(transfer.id)},
        stage=Stage.ENDED,
        outcome=outcome.value,
        answers=transfer.accept_by if before is TransferState.OFFERED else transfer.complete_at,
        parties=owners_of(transfer),
        subject=subject,
    )


def parties_of(transfer: models.Transfer) -> tuple[HolderId, ...]:
    """Give the giver and, once they accepted, the receiver."""
    both = (transfer.giver_id, transfer.receiver_id)
    return tuple(HolderId(holder) for holder in both if holder is not None)


def owners_of(transfer: models.Transfer) -> list[SaltOwner]:
    """Give who an entry of a transfer is about."""
    return [SaltOwner(holder, Retention.IDENTITY) for holder in parties_of(transfer)]
