"""What each kind of entry adds to what a monitor remembers of its procedure."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

from lineproof.transparency.monitor_entry import BESIDE, ENDED, LoggedEntry
from lineproof.transparency.monitor_procedure import (
    ACCEPTANCES,
    ANNOUNCED_BY,
    ASKED_BEFORE,
    TOLD_BY,
    Pending,
    Procedure,
)


def note(procedure: Procedure, entry: LoggedEntry) -> None:
    """Remember what an entry says, whether or not it keeps the rules."""
    if procedure.stage != entry.stage and entry.kind not in BESIDE:
        procedure.stage, procedure.since = entry.stage, entry.at
    if (entry.kind, entry.outcome) in ACCEPTANCES:
        procedure.accepted = True
    if entry.kind in _NOTES:
        _NOTES[entry.kind](procedure, entry)


def _attested(procedure: Procedure, entry: LoggedEntry) -> None:
    procedure.attested |= entry.by
    procedure.involved |= entry.by


def _notice_given(procedure: Procedure, entry: LoggedEntry) -> None:
    procedure.involved |= entry.by
    if entry.outcome in TOLD_BY.values():
        procedure.told[entry.outcome] += 1
        untold = procedure.untold.get(entry.outcome)
        if untold is not None and procedure.told[entry.outcome] >= untold.people:
            del procedure.untold[entry.outcome]
    if entry.outcome in ANNOUNCED_BY.values() and entry.due_at is not None:
        # The latest counts: it is what the holder was told last.
        procedure.announced[entry.outcome] = _pending(entry)
        procedure.unreached.discard(entry.outcome)
    if entry.outcome in ASKED_BEFORE.values():
        procedure.warned[entry.outcome] = _pending(entry)
    if entry.outcome == "port_in_late":
        procedure.told_of_lateness = True
    if entry.outcome == "line_disputed" and procedure.answer_by is None:
        procedure.answer_by = entry.due_at


def _notice_undelivered(procedure: Procedure, entry: LoggedEntry) -> None:
    if entry.outcome in procedure.announced:
        procedure.unreached.add(entry.outcome)


def _line_registered(procedure: Procedure, entry: LoggedEntry) -> None:
    procedure.registered = procedure.to_switch_on = True
    _tell(procedure, entry)


def _line_imported(procedure: Procedure, entry: LoggedEntry) -> None:
    # It is on already: nothing is to be switched on.
    procedure.registered = True
    _tell(procedure, entry)


def _tell(procedure: Procedure, entry: LoggedEntry) -> None:
    people, notice = _how_many(procedure, entry), TOLD_BY[entry.kind]
    if procedure.told[notice] < people:
        procedure.untold.setdefault(notice, replace(_pending(entry), people=people))


def _how_many(procedure: Procedure, entry: LoggedEntry) -> int:
    """Say how many are to be told: both, of a transfer that was accepted."""
    both = entry.kind in _TOLD_BOTH or (entry.kind == "transfer_ended" and procedure.agreed is not None)
    return 2 if both else 1


def _transfer_offered(procedure: Procedure, entry: LoggedEntry) -> None:
    _tell(procedure, entry)
    procedure.offered = _pending(entry)


def _transfer_accepted(procedure: Procedure, entry: LoggedEntry) -> None:
    _tell(procedure, entry)
    procedure.offered, procedure.agreed = None, _pending(entry)


def _transfer_over(procedure: Procedure, entry: LoggedEntry) -> None:
    _tell(procedure, entry)
    procedure.offered = procedure.agreed = None


def _line_switched_on(procedure: Procedure, _: LoggedEntry) -> None:
    procedure.to_switch_on = False


def _change_asked(procedure: Procedure, entry: LoggedEntry) -> None:
    procedure.asked.setdefault(entry.kind, _pending(entry))


def _change_ended(procedure: Procedure, entry: LoggedEntry) -> None:
    procedure.asked.pop(ASKED_BEFORE[entry.kind], None)
    procedure.warned.pop(ASKED_BEFORE[entry.kind], None)
    if entry.outcome != "erased":  # of whom nothing is left, nobody can be told
        _tell(procedure, entry)


def _sim_replaced(procedure: Procedure, entry: LoggedEntry) -> None:
    _change_ended(procedure, entry)
    procedure.to_switch_on = True


def _port_in_asked(procedure: Procedure, entry: LoggedEntry) -> None:
    procedure.coming, procedure.to_switch_on = _pending(entry), False


def _line_ported_in(procedure: Procedure, _: LoggedEntry) -> None:
    procedure.coming, procedure.to_switch_on = None, True


def _port_in_refused(procedure: Procedure, entry: LoggedEntry) -> None:
    procedure.coming = None
    _tell(procedure, entry)


def _order_overtaken(procedure: Procedure, entry: LoggedEntry) -> None:
    procedure.to_switch_on = procedure.to_switch_on and entry.outcome != "on"


def _case_opened(procedure: Procedure, entry: LoggedEntry) -> None:
    # Opened again, it keeps the deadline that it has.
    procedure.cases.setdefault(entry.outcome, _pending(entry))


def _opinion_given(procedure: Procedure, entry: LoggedEntry) -> None:
    procedure.involved |= entry.by
    if procedure.cases:
        procedure.opinions.update(entry.by)


def _case_decided(procedure: Procedure, entry: LoggedEntry) -> None:
    decided = procedure.case_of(entry)
    procedure.people_decided = True
    procedure.involved |= entry.by
    if decided is None:
        return
    del procedure.cases[decided.kind]
    procedure.opinions = procedure.opinions - Counter(entry.by) if procedure.cases else Counter()
    destroyed = procedure.destroyed_as_decided
    if destroyed is not None and destroyed.case == decided.index:
        procedure.destroyed_as_decided = None


def _dispute_opened(procedure: Procedure, entry: LoggedEntry) -> None:
    _case_opened(procedure, entry)
    _tell(procedure, entry)


def _user_heard(procedure: Procedure, entry: LoggedEntry) -> None:
    procedure.involved |= entry.by
    procedure.heard = True


def _dispute_decided(procedure: Procedure, entry: LoggedEntry) -> None:
    _case_decided(procedure, entry)
    if entry.outcome == "upheld" and entry.stage != ENDED:
        # It goes on: the line is switched off, and an appeal can give it back.
        procedure.cut = procedure.terminated = True
    _tell(procedure, entry)


def _dispute_withdrawn(procedure: Procedure, _: LoggedEntry) -> None:
    procedure.cases.clear()
    procedure.opinions.clear()


def _line_switched(procedure: Procedure, entry: LoggedEntry) -> None:
    if entry.outcome == "off":
        procedure.cut = procedure.terminated = True


def _evidence_kept(procedure: Procedure, entry: LoggedEntry) -> None:
    # Kept again, it keeps the end that it has.
    if procedure.evidence is None:
        case = max((case.index for case in procedure.cases.values()), default=None)
        procedure.evidence = Pending(entry.index, entry.at, entry.due_at, case=case)


def _evidence_destroyed(procedure: Procedure, entry: LoggedEntry) -> None:
    kept, procedure.evidence = procedure.evidence, None
    if kept is None or entry.outcome != "at_decision":
        return
    if any(case.index == kept.case for case in procedure.cases.values()):
        procedure.destroyed_as_decided = Pending(entry.index, entry.at, None, case=kept.case)


def _line_cut(procedure: Procedure, entry: LoggedEntry) -> None:
    procedure.people_decided = True
    procedure.involved |= entry.by
    procedure.announced.pop(ANNOUNCED_BY[entry.kind], None)
    procedure.cut = True
    procedure.terminated = entry.kind == "line_terminated"


def _holder_reverified(procedure: Procedure, _: LoggedEntry) -> None:
    procedure.announced.clear()


def _line_restored(procedure: Procedure, _: LoggedEntry) -> None:
    procedure.announced.clear()
    procedure.to_switch_on = True
    procedure.cut = procedure.terminated = False


def _line_taken_back(procedure: Procedure, entry: LoggedEntry) -> None:
    _tell(procedure, entry)
    procedure.to_switch_on = True


def _correction_found(procedure: Procedure, _: LoggedEntry) -> None:
    procedure.corrected = True


def _correction_extended(procedure: Procedure, entry: LoggedEntry) -> None:
    procedure.involved |= entry.by
    for kind, notice in procedure.announced.items():
        # A deadline that is brought forward counts no more than none.
        if notice.due_at is None or notice.due_at != entry.answers or entry.due_at is None:
            continue
        if entry.due_at > notice.due_at:
            procedure.announced[kind] = replace(notice, due_at=entry.due_at)


def _correction_ended(procedure: Procedure, entry: LoggedEntry) -> None:
    procedure.involved |= entry.by
    procedure.announced.clear()


def _appeal_opened(procedure: Procedure, entry: LoggedEntry) -> None:
    # Opened again, it keeps the deadline that it has.
    if procedure.appeal is None:
        procedure.appeal = _pending(entry)


def _appeal_withdrawn(procedure: Procedure, _: LoggedEntry) -> None:
    procedure.appeal = None


def _appeal_decided(procedure: Procedure, entry: LoggedEntry) -> None:
    procedure.people_decided = True
    procedure.involved |= entry.by
    procedure.hearers |= entry.by
    procedure.appeal = None
    if entry.outcome == "overturned":
        procedure.announced.clear()


def _inspection_reported(procedure: Procedure, entry: LoggedEntry) -> None:
    procedure.report = _pending(entry)


def _inspection_answered(procedure: Procedure, _: LoggedEntry) -> None:
    procedure.report = None


def _second_look_drawn(procedure: Procedure, entry: LoggedEntry) -> None:
    procedure.attested |= entry.by
    # Drawn again, it keeps the deadline that it has.
    if procedure.look is None:
        procedure.look = _pending(entry)


def _second_look_done(procedure: Procedure, _: LoggedEntry) -> None:
    procedure.look = None


def _pending(entry: LoggedEntry) -> Pending:
    return Pending(entry.index, entry.at, entry.due_at, kind=entry.outcome)


_TOLD_BOTH = {"transfer_accepted", "line_transferred", "line_taken_over", "signatory_changed"}
_NOTES: dict[str, Callable[[Procedure, LoggedEntry], None]] = {
    "attested": _attested,
    "notice_given": _notice_given,
    "notice_undelivered": _notice_undelivered,
    "line_registered": _line_registered,
    "line_imported": _line_imported,
    "line_switched_on": _line_switched_on,
    "line_switched": _line_switched,
    "order_overtaken": _order_overtaken,
    "document_linked": _tell,
    "line_surrendered": _tell,
    "line_taken_back": _line_taken_back,
    "transfer_offered": _transfer_offered,
    "transfer_accepted": _transfer_accepted,
    "transfer_ended": _transfer_over,
    "line_transferred": _transfer_over,
    "line_taken_over": _tell,
    "signatory_changed": _tell,
    "sim_replacement_asked": _change_asked,
    "sim_replacement_stopped": _change_ended,
    "sim_replaced": _sim_replaced,
    "port_out_asked": _change_asked,
    "port_out_ended": _change_ended,
    "line_ported_out": _change_ended,
    "port_in_asked": _port_in_asked,
    "port_in_refused": _port_in_refused,
    "line_ported_in": _line_ported_in,
    "case_opened": _case_opened,
    "opinion_given": _opinion_given,
    "case_decided": _case_decided,
    "dispute_opened": _dispute_opened,
    "user_heard": _user_heard,
    "dispute_decided": _dispute_decided,
    "dispute_withdrawn": _dispute_withdrawn,
    "evidence_kept": _evidence_kept,
    "evidence_destroyed": _evidence_destroyed,
    "line_restricted": _line_cut,
    "line_suspended": _line_cut,
    "line_terminated": _line_cut,
    "holder_reverified": _holder_reverified,
    "line_restored": _line_restored,
    "correction_found": _correction_found,
    "correction_extended": _correction_extended,
    "correction_ended": _correction_ended,
    "appeal_opened": _appeal_opened,
    "second_look_drawn": _second_look_drawn,
    "second_look_done": _second_look_done,
    "inspection_reported": _inspection_reported,
    "inspection_answered": _inspection_answered,
    "appeal_withdrawn": _appeal_withdrawn,
    "appeal_decided": _appeal_decided,
}
