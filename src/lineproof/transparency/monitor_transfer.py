"""The rules of a transfer that a log shows to be kept or broken: nobody's line changes hands without both."""

from collections.abc import Iterator

from lineproof.transparency.monitor_entry import LoggedEntry, moment_text, shown
from lineproof.transparency.monitor_finding import Finding, Rule, found
from lineproof.transparency.monitor_procedure import Procedure

_ENDS_OF_AN_OFFER = {"by_giver", "not_by_giver", "by_dispute", "by_correction", "expired"}
_ENDS_WHEN_ACCEPTED = {"by_giver", "not_by_giver", "by_receiver", "by_dispute", "by_correction"}
_RULE = Rule.TRANSFER_OF_BOTH


def transfer_with_deadline(procedure: Procedure, entry: LoggedEntry) -> Iterator[Finding]:
    """Offer a line once, and until a time."""
    if procedure.offered is not None or procedure.agreed is not None:
        yield found(_RULE, entry, "A line was offered again before its transfer ended.")
    if entry.due_at is None:
        yield found(_RULE, entry, "A line was offered without an end.")


def transfer_accepted_in_time(procedure: Procedure, entry: LoggedEntry) -> Iterator[Finding]:
    """Accept what is offered, by its end, and leave both time to think."""
    offered = procedure.offered
    if entry.due_at is None or entry.due_at < entry.at:
        yield found(_RULE, entry, "A transfer was accepted without a time to think.")
    if offered is None:
        yield found(_RULE, entry, "A transfer was accepted, and none is offered.")
        return
    if entry.answers != offered.due_at:
        yield found(_RULE, entry, "The acceptance answers another end than the offer's.")
    if offered.due_at is not None and entry.at > offered.due_at:
        yield found(_RULE, entry, f"The offer had ended at {moment_text(offered.due_at)}.")


def transfer_ended_once(procedure: Procedure, entry: LoggedEntry) -> Iterator[Finding]:
    """End a transfer that is open, and say truly why."""
    offered, agreed = procedure.offered, procedure.agreed
    pending = agreed or offered
    if pending is None:
        yield found(_RULE, entry, "A transfer was ended, and none is open.")
        return
    if entry.outcome not in (_ENDS_OF_AN_OFFER if agreed is None else _ENDS_WHEN_ACCEPTED):
        yield found(_RULE, entry, f"A transfer was ended {shown(entry.outcome)}, which it cannot be then.")
    if entry.answers != pending.due_at:
        yield found(_RULE, entry, "The end answers another deadline than was set.")
    if entry.outcome == "expired" and pending.due_at is not None and entry.at < pending.due_at:
        yield found(_RULE, entry, "An offer is said to be over, which is not.")


def line_after_time_to_think(procedure: Procedure, entry: LoggedEntry) -> Iterator[Finding]:
    """Let a line change hands when both want it, and when their time to think is over."""
    agreed = procedure.agreed
    if agreed is None:
        yield found(_RULE, entry, "A line changed hands, and no transfer that was accepted is open.")
        return
    if entry.answers != agreed.due_at:
        yield found(_RULE, entry, "The transfer answers another deadline than was set.")
    if agreed.due_at is not None and entry.at < agreed.due_at:
        yield found(_RULE, entry, f"Both had time to think until {moment_text(agreed.due_at)}.")
