"""The rules that a log shows to be kept or broken: what each says of an entry, given its procedure so far.

A check reads the procedure as it was before the entry, changes nothing, and tells what the entry breaks. Each
stands under the name of its rule; `CHECKS`, at the end, says which of them judge which kind of entry.
"""

from collections.abc import Callable, Iterator
from datetime import datetime

from lineproof.transparency import monitor_changes
from lineproof.transparency.monitor_correction import (
    ended_and_undone,
    extended_for_the_holder,
    found_once,
    notice_before_cut,
    notice_with_deadline,
    restored_after_cut,
)
from lineproof.transparency.monitor_disputes import heard_while_open, user_heard_first, withdrawn_while_open
from lineproof.transparency.monitor_entry import BESIDE, ENDED, LoggedEntry, moment_text, shown
from lineproof.transparency.monitor_evidence import (
    evidence_destroyed_in_time,
    evidence_gone_when_decided,
    evidence_of_open_case,
    evidence_opened_while_kept,
    not_decided_then,
)
from lineproof.transparency.monitor_finding import FEWEST_PEOPLE, TOLERANCE, Check, Finding, Rule, found
from lineproof.transparency.monitor_lateness import (
    lateness_was_told,
    not_done_yet,
    offer_ended_in_time,
    sim_in_time,
    transfer_in_time,
)
from lineproof.transparency.monitor_looks import look_by_another, look_done_in_time, look_with_deadline
from lineproof.transparency.monitor_procedure import Pending, Procedure
from lineproof.transparency.monitor_transfer import (
    line_after_time_to_think,
    transfer_accepted_in_time,
    transfer_ended_once,
    transfer_with_deadline,
)

__all__ = ["CHECKS", "TOLERANCE", "Finding", "Rule", "ended_is_ended", "never_told", "overdue"]

_DECISIONS_OF_THE_MACHINE = {"accept", "not_verified", "refer"}
_DECISIONS_OF_PEOPLE = {"accepted_by_people", "returned_by_people", "refused_by_people"}
_DECISIONS_OF_DISPUTES = {"upheld", "dismissed"}
_DELIVERED_BY = {"email", "sms", "page", "counter"}
_CLAIMS = {"verification_claimed", "verification_missing"}
_DECISIONS_ON_APPEAL = {"upheld", "overturned"}
# What gives a line back that had ended, as long as its number is nobody's.
_GIVES_BACK = {"holder_reverified", "line_restored", "correction_ended"}


# machine_never_refuses


def machine_never_refuses(_: Procedure, entry: LoggedEntry) -> Iterator[Finding]:
    """Let the machine accept, not verify, or refer; nothing else, and nobody in its name."""
    rule = Rule.MACHINE_NEVER_REFUSES
    if entry.outcome not in _DECISIONS_OF_THE_MACHINE:
        yield found(rule, entry, f"The machine decided {shown(entry.outcome)}, which it cannot.")
    if entry.by:
        yield found(rule, entry, "A decision of the machine names people.")


# two_people


def opinion_of_one_person(procedure: Procedure, entry: LoggedEntry) -> Iterator[Finding]:
    """Take one opinion of each person on an open case, and none of who attested."""
    rule = Rule.TWO_PEOPLE
    if not procedure.cases:
        yield found(rule, entry, "An opinion was given, and no case is open.")
    elif any(procedure.opinions[person] >= len(procedure.cases) for person in entry.by):
        yield found(rule, entry, "The same person gave an opinion on the case before.")
    if len(entry.by) != 1:
        yield found(rule, entry, f"An opinion is by one person, and this one by {len(entry.by)}.")
    if entry.by & procedure.attested:
        yield found(rule, entry, "An opinion is by the person who attested.")


def two_people(procedure: Procedure, entry: LoggedEntry) -> Iterator[Finding]:
    """Let two people, each of whom gave an opinion, decide a case that is open."""
    yield from _two_people(procedure, entry, _DECISIONS_OF_PEOPLE)


def dispute_by_two_people(procedure: Procedure, entry: LoggedEntry) -> Iterator[Finding]:
    """Let two people, each of whom gave an opinion, decide a dispute that is open."""
    yield from _two_people(procedure, entry, _DECISIONS_OF_DISPUTES)


def _two_people(procedure: Procedure, entry: LoggedEntry, decisions: set[str]) -> Iterator[Finding]:
    rule = Rule.TWO_PEOPLE
    if entry.outcome not in decisions:
        yield found(rule, entry, f"People decided {shown(entry.outcome)}, which they cannot.")
    if len(entry.by) < FEWEST_PEOPLE:
        yield found(rule, entry, f"A case is decided by two people, and this one by {len(entry.by)}.")
    if not procedure.cases:
        yield found(rule, entry, "A case was decided, and none is open.")
    elif not entry.by <= procedure.opinions.keys():
        yield found(rule, entry, "Somebody decided the case who gave no opinion on it.")


def disclosed_by_two(_: Procedure, entry: LoggedEntry) -> Iterator[Finding]:
    """Let two people together disclose what an entry is about."""
    if len(entry.by) < FEWEST_PEOPLE:
        said = f"A record is disclosed by two people, and this one by {len(entry.by)}."
        yield found(Rule.TWO_PEOPLE, entry, said)


# other_person_on_appeal


def other_person_on_appeal(procedure: Procedure, entry: LoggedEntry) -> Iterator[Finding]:
    """Have an open appeal heard by who had no part in the procedure before."""
    rule = Rule.OTHER_PERSON_ON_APPEAL
    if entry.outcome not in _DECISIONS_ON_APPEAL:
        yield found(rule, entry, f"An appeal was decided {shown(entry.outcome)}, which it cannot be.")
    if procedure.appeal is None:
        yield found(rule, entry, "An appeal was decided, and none is open.")
    if not entry.by:
        yield found(rule, entry, "An appeal was decided by nobody.")
    if entry.by & procedure.involved:
        yield found(rule, entry, "An appeal was decided by somebody who had a part in the procedure before.")


# line_after_acceptance


def line_after_acceptance(procedure: Procedure, entry: LoggedEntry) -> Iterator[Finding]:
    """Register one line for an acceptance."""
    rule = Rule.LINE_AFTER_ACCEPTANCE
    if not procedure.accepted:
        yield found(rule, entry, "A line was registered, and nothing was accepted.")
    if procedure.registered:
        yield found(rule, entry, "A line was registered a second time.")


def imported_as_claimed(procedure: Procedure, entry: LoggedEntry) -> Iterator[Finding]:
    """Bring a line in once, in a procedure of its own, saying whether a verification is claimed."""
    rule = Rule.LINE_AFTER_ACCEPTANCE
    if entry.outcome not in _CLAIMS:
        yield found(rule, entry, f"A line was imported {shown(entry.outcome)}, which says nothing of it.")
    if procedure.registered:
        yield found(rule, entry, "A line was imported in a procedure that has a line already.")


def line_on_after_registration(procedure: Procedure, entry: LoggedEntry) -> Iterator[Finding]:
    """Switch a line on once for each time it was registered or restored, or got another SIM."""
    if not procedure.to_switch_on:
        said = "A line was switched on that was not registered or restored, or is on already."
        yield found(Rule.LINE_AFTER_ACCEPTANCE, entry, said)


def overtaken_before_it_was_on(procedure: Procedure, entry: LoggedEntry) -> Iterator[Finding]:
    """Let an order to switch on be overtaken only while it is to be carried out."""
    if entry.outcome == "on" and not procedure.to_switch_on:
        said = "An order to switch on was overtaken that was not given, or is carried out already."
        yield found(Rule.LINE_AFTER_ACCEPTANCE, entry, said)


def document_after_acceptance(procedure: Procedure, entry: LoggedEntry) -> Iterator[Finding]:
    """Link a document that was accepted."""
    if not procedure.accepted:
        yield found(Rule.LINE_AFTER_ACCEPTANCE, entry, "A document was linked, and nothing was accepted.")


def verified_after_acceptance(procedure: Procedure, entry: LoggedEntry) -> Iterator[Finding]:
    """Take somebody for a holder who was accepted."""
    if not procedure.accepted:
        yield found(Rule.LINE_AFTER_ACCEPTANCE, entry, "A holder was verified, and nothing was accepted.")


def passes_before_somebody(_: Procedure, entry: LoggedEntry) -> Iterator[Finding]:
    """Let a line be taken over or have another signatory before one person, with it or papers in hand."""
    if len(entry.by) != 1:
        said = f"A line passes before one person, and this one before {len(entry.by)}."
        yield found(Rule.LINE_AFTER_ACCEPTANCE, entry, said)


# holder_told


def told_in_time(procedure: Procedure, entry: LoggedEntry) -> Iterator[Finding]:
    """Tell a holder, or each of several, within the hour of what was done."""
    untold = procedure.untold.get(entry.outcome)
    if untold is not None and entry.at - untold.at > TOLERANCE:
        said = f"The holder was told late of what entry {untold.index} says."
        yield found(Rule.HOLDER_TOLD, entry, said)


def delivered_somehow(_: Procedure, entry: LoggedEntry) -> Iterator[Finding]:
    """Bring a notice to its holder by a channel that there is; one person hands it over at a counter."""
    rule, people = Rule.HOLDER_TOLD, 1 if entry.outcome == "counter" else 0
    if entry.outcome not in _DELIVERED_BY:
        yield found(rule, entry, f"A notice was delivered by {shown(entry.outcome)}, which is no channel.")
    elif len(entry.by) != people:
        said = f"A notice that is delivered by {entry.outcome} is so by {people} people, not {len(entry.by)}."
        yield found(rule, entry, said)


def never_told(procedure: Procedure, at: datetime | None = None) -> Iterator[Finding]:
    """Find what a holder was not told of: within the hour at a time, or, without one, at all."""
    for untold in procedure.untold.values():
        if at is None or at - untold.at > TOLERANCE:
            said = "The holder was not told of it."
            yield Finding(Rule.HOLDER_TOLD, untold.index, procedure.subject, said)


# deadline_kept


def case_with_deadline(procedure: Procedure, entry: LoggedEntry) -> Iterator[Finding]:
    """Open a case of a kind once until it is decided, and with a deadline."""
    if entry.outcome in procedure.cases:
        yield found(Rule.DEADLINE_KEPT, entry, "A case was opened again before it was decided.")
    if entry.due_at is None:
        yield found(Rule.DEADLINE_KEPT, entry, "A case was opened without a deadline.")


def appeal_with_deadline(procedure: Procedure, entry: LoggedEntry) -> Iterator[Finding]:
    """Open one appeal until it is decided, and with a deadline."""
    if procedure.appeal is not None:
        yield found(Rule.DEADLINE_KEPT, entry, "An appeal was opened again before it was decided.")
    if entry.due_at is None:
        yield found(Rule.DEADLINE_KEPT, entry, "An appeal was opened without a deadline.")


def appeal_was_open(procedure: Procedure, entry: LoggedEntry) -> Iterator[Finding]:
    """Withdraw an appeal that is open."""
    if procedure.appeal is None:
        yield found(Rule.DEADLINE_KEPT, entry, "An appeal was withdrawn, and none is open.")


def case_decided_in_time(procedure: Procedure, entry: LoggedEntry) -> Iterator[Finding]:
    """Decide a case by its deadline."""
    yield from _decided_in_time(procedure.case_of(entry), entry)


def appeal_decided_in_time(procedure: Procedure, entry: LoggedEntry) -> Iterator[Finding]:
    """Decide an appeal by its deadline."""
    yield from _decided_in_time(procedure.appeal, entry)


def report_with_deadline(_: Procedure, entry: LoggedEntry) -> Iterator[Finding]:
    """Give the operator a deadline to answer what an inspector reports."""
    if entry.due_at is None:
        yield found(Rule.DEADLINE_KEPT, entry, "An inspection was reported without a deadline.")


def report_answered_in_time(procedure: Procedure, entry: LoggedEntry) -> Iterator[Finding]:
    """Answer a report by its deadline."""
    if procedure.report is None:
        yield found(Rule.DEADLINE_KEPT, entry, "A report was answered, and none is open.")
    yield from _decided_in_time(procedure.report, entry)


def _decided_in_time(pending: Pending | None, entry: LoggedEntry) -> Iterator[Finding]:
    if pending is None:
        return
    if entry.answers != pending.due_at:
        yield found(Rule.DEADLINE_KEPT, entry, "The decision answers another deadline than was set.")
    if pending.due_at is not None and entry.at > pending.due_at:
        said = f"This was due at {moment_text(pending.due_at)}, and decided late."
        yield found(Rule.DEADLINE_KEPT, entry, said)


# ended_is_ended


def ended_is_ended(procedure: Procedure, entry: LoggedEntry) -> Iterator[Finding]:
    """Let nothing follow the end but an appeal, what gives an ended line back, and what stands beside it."""
    if procedure.stage != ENDED or entry.kind == "appeal_opened" or entry.kind in BESIDE:
        return
    if procedure.terminated and entry.kind in _GIVES_BACK:
        return
    if entry.kind != "evidence_destroyed":
        yield found(Rule.ENDED_IS_ENDED, entry, f"{entry.kind} follows the end of its procedure.")
    elif entry.stage != ENDED:
        yield found(Rule.ENDED_IS_ENDED, entry, "The destruction of evidence reopens a procedure.")


# What is due at a time, whatever was written


def overdue(procedure: Procedure, at: datetime) -> Iterator[Finding]:
    """Find what ought to have happened by a time and has not."""
    subject, kept = procedure.subject, procedure.evidence
    for pending in (*procedure.cases.values(), procedure.appeal, procedure.report, procedure.look):
        if pending is not None and pending.due_at is not None and at > pending.due_at:
            said = f"This was due at {moment_text(pending.due_at)}, and is not decided."
            yield Finding(Rule.DEADLINE_KEPT, pending.index, subject, said)
    if kept is not None and kept.due_at is not None and at - kept.due_at > TOLERANCE:
        said = f"Evidence is still kept: its end was {moment_text(kept.due_at)}."
        yield Finding(Rule.EVIDENCE_DESTROYED_IN_TIME, kept.index, subject, said)
    destroyed = procedure.destroyed_as_decided
    if destroyed is not None and at - destroyed.at > TOLERANCE:
        yield not_decided_then(procedure, destroyed)
    yield from not_done_yet(procedure, at)
    yield from never_told(procedure, at)


def _under(rule: Rule, judge: Callable[[Procedure, LoggedEntry], Iterator[str]]) -> Check:
    """Put what is found in words under a rule."""

    def check(procedure: Procedure, entry: LoggedEntry) -> Iterator[Finding]:
        return (found(rule, entry, said) for said in judge(procedure, entry))

    return check


_ASKED: tuple[Check, ...] = (_under(Rule.HOLDER_COULD_OBJECT, monitor_changes.asked_with_term),)
_DONE: tuple[Check, ...] = (_under(Rule.HOLDER_COULD_OBJECT, monitor_changes.done_after_term),)
_STOPPED: tuple[Check, ...] = (_under(Rule.HOLDER_COULD_OBJECT, monitor_changes.stopped_while_asked),)
_COMES: Check = _under(Rule.LINE_AFTER_ACCEPTANCE, monitor_changes.number_comes_after_registration)
_CAME: Check = _under(Rule.LINE_AFTER_ACCEPTANCE, monitor_changes.number_came)
_CUT: tuple[Check, ...] = (notice_before_cut,)

# Kinds that are judged by their time and their place alone.
_ALONE = (
    *("attested", "notice_undelivered", "contact_point_added", "contact_point_removed"),
    *("line_switched", "line_surrendered", "line_taken_back", "number_released"),
    *("used_by_another_reported", "holder_reverified", "inspection_opened", "sample_drawn"),
    *("inspection_closed", "page_link_issued", "signed_in", "holder_passkey_added"),
    *("holder_passkey_removed", "staff_enrolled", "agent_limited", "passkey_link_issued"),
    *("passkey_enrolled", "log_key_added", "log_key_retired", "inspector_token_issued"),
    *("inspector_token_revoked", "holder_erased", "sessions_erased"),
)
# Every kind of entry that is known.
CHECKS: dict[str, tuple[Check, ...]] = {
    **dict.fromkeys(_ALONE, ()),
    "decided": (machine_never_refuses,),
    "notice_given": (notice_with_deadline, told_in_time),
    "notice_delivered": (delivered_somehow,),
    "line_registered": (line_after_acceptance,),
    # Nothing is accepted when a line is brought in from an existing base, and nothing is switched.
    "line_imported": (imported_as_claimed,),
    "line_switched_on": (line_on_after_registration,),
    "line_transferred": (line_after_time_to_think, transfer_in_time),
    "line_taken_over": (passes_before_somebody,),
    "signatory_changed": (passes_before_somebody,),
    "transfer_offered": (transfer_with_deadline,),
    "transfer_accepted": (transfer_accepted_in_time,),
    "transfer_ended": (transfer_ended_once, offer_ended_in_time),
    "order_overtaken": (overtaken_before_it_was_on,),
    "holder_verified": (verified_after_acceptance,),
    "document_linked": (document_after_acceptance,),
    "sim_replacement_asked": _ASKED,
    "sim_replacement_stopped": _STOPPED,
    "sim_replaced": (*_DONE, sim_in_time),
    "port_out_asked": _ASKED,
    "port_out_ended": _STOPPED,
    "line_ported_out": _DONE,
    "port_in_asked": (_COMES,),
    "port_in_refused": (_CAME, lateness_was_told),
    "line_ported_in": (_CAME, lateness_was_told),
    "case_opened": (case_with_deadline,),
    "opinion_given": (opinion_of_one_person,),
    "case_decided": (two_people, case_decided_in_time, evidence_gone_when_decided),
    "dispute_opened": (case_with_deadline,),
    "user_heard": (heard_while_open,),
    "dispute_decided": (dispute_by_two_people, case_decided_in_time, user_heard_first),
    "dispute_withdrawn": (withdrawn_while_open,),
    "evidence_kept": (evidence_of_open_case,),
    "evidence_opened": (evidence_opened_while_kept,),
    "evidence_destroyed": (evidence_destroyed_in_time,),
    "line_restricted": _CUT,
    "line_suspended": _CUT,
    "line_terminated": _CUT,
    "line_restored": (restored_after_cut,),
    "correction_found": (found_once,),
    "correction_extended": (extended_for_the_holder,),
    "correction_ended": (ended_and_undone,),
    "appeal_opened": (appeal_with_deadline,),
    "appeal_withdrawn": (appeal_was_open,),
    "appeal_decided": (other_person_on_appeal, appeal_decided_in_time),
    "second_look_drawn": (look_with_deadline,),
    "second_look_done": (look_by_another, look_done_in_time),
    "record_disclosed": (disclosed_by_two,),
    "inspection_reported": (report_with_deadline,),
    "inspection_answered": (report_answered_in_time,),
}
