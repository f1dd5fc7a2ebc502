"""What a log shows of changes to a line that its holder can object to: what an entry breaks, in words.

`monitor_rules` says under which rule. As there, a procedure is as it was before the entry, and is not
changed.
"""

from collections.abc import Iterator
from datetime import timedelta

from lineproof.transparency.monitor_entry import LoggedEntry, moment_text
from lineproof.transparency.monitor_procedure import ASKED_BEFORE, Procedure

TOLD_WITHIN = timedelta(hours=1)


def asked_with_term(procedure: Procedure, entry: LoggedEntry) -> Iterator[str]:
    """Ask for a change once until it is done or stopped, and say from when it may be done."""
    if entry.kind in procedure.asked:
        yield "A change was asked for again before it was done or stopped."
    if entry.due_at is None or entry.due_at < entry.at:
        yield "A change was asked for, and nobody has time to object to it."


def done_after_term(procedure: Procedure, entry: LoggedEntry) -> Iterator[str]:
    """Do what was asked for and not stopped, when the holder was told and their time to object is over."""
    asked = procedure.asked.get(ASKED_BEFORE[entry.kind])
    if asked is None:
        yield "A change was made that nobody asked for, or that was stopped."
        return
    if asked.due_at is not None and entry.at < asked.due_at:
        yield f"The holder had time to object until {moment_text(asked.due_at)}."
    if entry.answers != asked.due_at:
        yield "The change answers another deadline than was set."
    warned = procedure.warned.get(ASKED_BEFORE[entry.kind])
    if warned is None or warned.due_at != asked.due_at:
        yield "The holder was not told until when they could object."
    elif warned.at - asked.at > TOLD_WITHIN:
        yield f"The holder was told late of what entry {asked.index} says."


def stopped_while_asked(procedure: Procedure, entry: LoggedEntry) -> Iterator[str]:
    """Stop what was asked for and not done."""
    asked = procedure.asked.get(ASKED_BEFORE[entry.kind])
    if asked is None:
        yield "A change was stopped that nobody asked for, or that was made."
    elif entry.answers != asked.due_at:
        yield "The end of a change answers another deadline than was set."


def number_comes_after_registration(procedure: Procedure, entry: LoggedEntry) -> Iterator[str]:
    """Wait for the number of a line that was registered, and is not on its way already."""
    if not procedure.registered or procedure.coming is not None:
        yield f"{entry.kind} is of no line that was registered, or its number is on its way already."


def number_came(procedure: Procedure, entry: LoggedEntry) -> Iterator[str]:
    """Have come, or not, what was on its way."""
    if procedure.coming is None:
        yield f"{entry.kind} is of a number that is not on its way."
    elif entry.answers != procedure.coming.due_at:
        yield "It answers another deadline than was set."
