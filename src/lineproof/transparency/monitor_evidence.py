"""The rule that photographs are kept for an open case alone, and destroyed in time."""

from collections.abc import Iterator

from lineproof.transparency.monitor_entry import LoggedEntry, moment_text, shown
from lineproof.transparency.monitor_finding import TOLERANCE, Finding, Rule, found
from lineproof.transparency.monitor_procedure import Pending, Procedure

_ENDS_OF_EVIDENCE = {"at_decision", "at_deadline"}


def evidence_of_open_case(procedure: Procedure, entry: LoggedEntry) -> Iterator[Finding]:
    """Keep evidence for an open case, once, and until a time."""
    rule = Rule.EVIDENCE_DESTROYED_IN_TIME
    if not procedure.cases:
        yield found(rule, entry, "Evidence is kept, and no case is open.")
    if procedure.evidence is not None:
        yield found(rule, entry, "Evidence is kept again before what was kept is destroyed.")
    if entry.due_at is None:
        yield found(rule, entry, "Evidence is kept without an end.")


def evidence_opened_while_kept(procedure: Procedure, entry: LoggedEntry) -> Iterator[Finding]:
    """Let one person at a time open evidence, while it may be kept."""
    rule, kept = Rule.EVIDENCE_DESTROYED_IN_TIME, procedure.evidence
    if len(entry.by) != 1:
        yield found(rule, entry, f"Evidence is opened by one person, and this by {len(entry.by)}.")
    if kept is None:
        yield found(rule, entry, "Evidence was opened, and none is kept.")
    elif entry.at < kept.at:
        yield found(rule, entry, "Evidence was opened before it was kept.")
    elif kept.due_at is not None and entry.at > kept.due_at:
        yield found(rule, entry, f"Evidence was opened after {moment_text(kept.due_at)}, its end.")


def evidence_destroyed_in_time(procedure: Procedure, entry: LoggedEntry) -> Iterator[Finding]:
    """Destroy what is kept by its end, and say truly why."""
    rule, kept = Rule.EVIDENCE_DESTROYED_IN_TIME, procedure.evidence
    if entry.outcome not in _ENDS_OF_EVIDENCE:
        yield found(rule, entry, f"Evidence was destroyed {shown(entry.outcome)}, which is no reason.")
    if kept is None:
        yield found(rule, entry, "Evidence was destroyed, and none is kept.")
        return
    if entry.answers != kept.due_at:
        yield found(rule, entry, "The destruction answers another end than the one that was set.")
    if kept.due_at is None:
        return
    if entry.at - kept.due_at > TOLERANCE:
        yield found(rule, entry, f"Evidence was destroyed too late: its end was {moment_text(kept.due_at)}.")
    if entry.outcome == "at_deadline" and entry.at < kept.due_at:
        yield found(rule, entry, "Evidence is said to be destroyed at its end, which is not reached.")


def evidence_gone_when_decided(procedure: Procedure, entry: LoggedEntry) -> Iterator[Finding]:
    """Decide a case when its evidence is destroyed, which may say so only if the decision follows."""
    rule, case = Rule.EVIDENCE_DESTROYED_IN_TIME, procedure.case_of(entry)
    if case is None:
        return
    if procedure.evidence is not None and procedure.evidence.case == case.index:
        yield found(rule, entry, "The case was decided before its evidence was destroyed.")
    destroyed = procedure.destroyed_as_decided
    if destroyed is not None and destroyed.case == case.index and entry.at - destroyed.at > TOLERANCE:
        yield not_decided_then(procedure, destroyed)


def not_decided_then(procedure: Procedure, destroyed: Pending) -> Finding:
    """Find that a decision did not come which a destruction told of."""
    said = "Evidence is said to be destroyed at the decision, which did not come then."
    return Finding(Rule.EVIDENCE_DESTROYED_IN_TIME, destroyed.index, procedure.subject, said)
