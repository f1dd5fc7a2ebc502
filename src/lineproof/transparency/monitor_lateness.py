"""What is due by itself, and whether a log shows that it was done in time: transfers, and SIMs.

A worker does these: nobody decides anything, and whoever waits for a line waits for it. Late, they harm no
right of anybody, and are told as late decisions are.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from lineproof.transparency.monitor_entry import LoggedEntry, moment_text
from lineproof.transparency.monitor_finding import Finding, Rule, found
from lineproof.transparency.monitor_procedure import ASKED_BEFORE, Pending, Procedure

# A worker may be down for a night.
DONE_WITHIN = timedelta(hours=24)
_ASKED_OF_SIM = ASKED_BEFORE["sim_replaced"]


def sim_in_time(procedure: Procedure, entry: LoggedEntry) -> Iterator[Finding]:
    """Switch a SIM on soon after its holder had time to object."""
    yield from _done_in_time(procedure.asked.get(_ASKED_OF_SIM), entry)


def transfer_in_time(procedure: Procedure, entry: LoggedEntry) -> Iterator[Finding]:
    """Let a line change hands soon after the time to think."""
    yield from _done_in_time(procedure.agreed, entry)


def offer_ended_in_time(procedure: Procedure, entry: LoggedEntry) -> Iterator[Finding]:
    """End an offer that nobody accepted soon after its end."""
    if entry.outcome == "expired":
        yield from _done_in_time(procedure.offered, entry)


def lateness_was_told(procedure: Procedure, entry: LoggedEntry) -> Iterator[Finding]:
    """Have told the holder of a number that comes late, when it was late."""
    if _is_untold(procedure, entry.at):
        yield found(Rule.HOLDER_TOLD, entry, "The other operator was late, and the holder was not told.")


def not_done_yet(procedure: Procedure, at: datetime) -> Iterator[Finding]:
    """Find what was due by itself, and ought to have been done, or told, by a time."""
    for pending in (procedure.asked.get(_ASKED_OF_SIM), procedure.agreed or procedure.offered):
        due_at = _late_at(pending, at)
        if pending is not None and due_at is not None:
            said = f"This was due at {moment_text(due_at)}, and is not done."
            yield Finding(Rule.DEADLINE_KEPT, pending.index, procedure.subject, said)
    if procedure.coming is not None and _is_untold(procedure, at):
        said = "The other operator is late, and the holder was not told."
        yield Finding(Rule.HOLDER_TOLD, procedure.coming.index, procedure.subject, said)


def _is_untold(procedure: Procedure, at: datetime) -> bool:
    return _late_at(procedure.coming, at) is not None and not procedure.told_of_lateness


def _done_in_time(pending: Pending | None, entry: LoggedEntry) -> Iterator[Finding]:
    due_at = _late_at(pending, entry.at)
    if due_at is not None:
        yield found(Rule.DEADLINE_KEPT, entry, f"This was due at {moment_text(due_at)}, and done late.")


def _late_at(pending: Pending | None, at: datetime) -> datetime | None:
    """Give when something was due that is late at a time; None where nothing is."""
    if pending is None or pending.due_at is None or at - pending.due_at <= DONE_WITHIN:
        return None
    return pending.due_at
