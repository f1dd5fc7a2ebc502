"""The rules of a log about lines that are cut: notice before, two people, longer on request, and undone."""

from collections.abc import Iterator

from lineproof.transparency.monitor_entry import LoggedEntry, moment_text, shown
from lineproof.transparency.monitor_finding import FEWEST_PEOPLE, Finding, Rule, found
from lineproof.transparency.monitor_procedure import ANNOUNCED_BY, Procedure

_ENDS_OF_CORRECTION = {"put_right", "withdrawn", "overturned", "given_up"}

# notice_before_cut


def notice_with_deadline(_: Procedure, entry: LoggedEntry) -> Iterator[Finding]:
    """Leave the holder time to act when a step against them is announced."""
    if entry.outcome in ANNOUNCED_BY.values() and (entry.due_at is None or entry.due_at <= entry.at):
        said = f"A notice of {entry.outcome} leaves no time to act."
        yield found(Rule.NOTICE_BEFORE_CUT, entry, said)


def notice_before_cut(procedure: Procedure, entry: LoggedEntry) -> Iterator[Finding]:
    """Let two people cut a line when the time that a notice gave is over, and no appeal is open.

    Three, where the notice did not reach the holder.
    """
    rule, notice = Rule.NOTICE_BEFORE_CUT, procedure.announcing(entry)
    if notice is None:
        yield found(rule, entry, "No notice announced this, or none that still stands.")
    elif notice.due_at is not None and entry.at < notice.due_at:
        yield found(rule, entry, f"The holder had time to act until {moment_text(notice.due_at)}.")
    if notice is not None and entry.answers != notice.due_at:
        yield found(rule, entry, "The step answers another deadline than that of its notice.")
    if len(entry.by) < FEWEST_PEOPLE:
        yield found(rule, entry, f"A line is cut by two people, and this one by {len(entry.by)}.")
    elif notice is not None and notice.kind in procedure.unreached and len(entry.by) == FEWEST_PEOPLE:
        yield found(rule, entry, "The notice did not reach the holder, and no third person signed.")
    if procedure.appeal is not None:
        yield found(rule, entry, "A line was cut while an appeal is open.")
    if entry.by & procedure.hearers:
        said = "A line was cut by somebody who heard an appeal in the procedure before."
        yield found(Rule.OTHER_PERSON_ON_APPEAL, entry, said)


# cut_undone


def found_once(procedure: Procedure, entry: LoggedEntry) -> Iterator[Finding]:
    """Let a correction begin a procedure: once for each cause."""
    if procedure.corrected:
        yield found(Rule.CUT_UNDONE, entry, "A correction was found again in the same procedure.")


def extended_for_the_holder(procedure: Procedure, entry: LoggedEntry) -> Iterator[Finding]:
    """Put off a step that is announced, by somebody, to a later time."""
    rule = Rule.NOTICE_BEFORE_CUT
    standing = {notice.due_at for notice in procedure.announced.values()}
    if entry.answers is None or entry.answers not in standing:
        yield found(rule, entry, "More time was given for a step that is not announced.")
    elif entry.due_at is None or entry.due_at <= entry.answers:
        yield found(rule, entry, "More time was given, and the deadline is not later.")
    if not entry.by:
        yield found(rule, entry, "More time was given by nobody.")


def restored_after_cut(procedure: Procedure, entry: LoggedEntry) -> Iterator[Finding]:
    """Restore a line that was cut."""
    if not procedure.cut:
        yield found(Rule.CUT_UNDONE, entry, "A line was restored that was not cut.")


def ended_and_undone(procedure: Procedure, entry: LoggedEntry) -> Iterator[Finding]:
    """End a correction for a known cause, and not in favour of the holder with their line still cut."""
    rule = Rule.CUT_UNDONE
    if entry.outcome not in _ENDS_OF_CORRECTION:
        yield found(rule, entry, f"A correction ended {shown(entry.outcome)}, which it cannot.")
    elif procedure.cut and not procedure.terminated and entry.outcome != "given_up":
        yield found(rule, entry, "What was to be corrected ended, and the line is still cut.")
    if entry.outcome == "withdrawn" and not entry.by:
        yield found(rule, entry, "A correction was withdrawn by nobody.")
