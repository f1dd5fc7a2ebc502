"""The rules of disputes that a log shows to be kept or broken; `monitor_rules` says what they judge."""

from collections.abc import Iterator

from lineproof.transparency.monitor_entry import LoggedEntry, moment_text, shown
from lineproof.transparency.monitor_finding import Finding, Rule, found
from lineproof.transparency.monitor_procedure import Procedure

_HEARD = {"heard", "did_not_answer"}


def heard_while_open(procedure: Procedure, entry: LoggedEntry) -> Iterator[Finding]:
    """Let one person hear a line's user while a dispute is open, and call nobody silent who has time left."""
    rule, answer_by = Rule.USER_HEARD_FIRST, procedure.answer_by
    if not procedure.cases:
        yield found(rule, entry, "A line's user was heard, and no dispute is open.")
    if len(entry.by) != 1:
        yield found(rule, entry, f"A line's user is heard by one person, and this one by {len(entry.by)}.")
    if entry.outcome not in _HEARD:
        yield found(rule, entry, f"A line's user was heard {shown(entry.outcome)}, which is neither.")
    if entry.outcome == "did_not_answer" and (answer_by is None or entry.at < answer_by):
        yield found(rule, entry, "A line's user is said not to have answered who still had time to.")


def user_heard_first(procedure: Procedure, entry: LoggedEntry) -> Iterator[Finding]:
    """Decide a dispute when the line's user was heard, or let the time that they were given for it pass."""
    rule, answer_by = Rule.USER_HEARD_FIRST, procedure.answer_by
    if procedure.heard:
        return
    if answer_by is None:
        yield found(rule, entry, "The line's user was not heard, and nobody told them by when to answer.")
    elif entry.at < answer_by:
        yield found(rule, entry, f"The line's user was not heard, and had until {moment_text(answer_by)}.")


def withdrawn_while_open(procedure: Procedure, entry: LoggedEntry) -> Iterator[Finding]:
    """Let the holder take back a dispute that is open."""
    if not procedure.cases:
        yield found(Rule.DEADLINE_KEPT, entry, "A dispute was taken back, and none is open.")
