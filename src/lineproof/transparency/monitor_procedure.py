"""What a monitor remembers of one procedure, and what each kind of entry adds to it.

No entry says which case an opinion is on, and a procedure may have several open at once, each of another
kind. A person may then give as many opinions as there are cases, and a decision is of the case whose deadline
it answers, the oldest of these.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from lineproof.transparency.monitor_entry import ENDED, LoggedEntry

ANNOUNCED_BY = {
    "line_restricted": "restriction",
    "line_suspended": "suspension",
    "line_terminated": "termination",
}
ACCEPTANCES = {
    ("decided", "accept"),
    ("case_decided", "accepted_by_people"),
    ("appeal_decided", "overturned"),
}
# What may be done to a line only when its holder had time to object, or is stopped: by what it was asked for.
ASKED_BEFORE = {
    "sim_replaced": "sim_replacement_asked",
    "sim_replacement_stopped": "sim_replacement_asked",
    "line_ported_out": "port_out_asked",
    "port_out_ended": "port_out_asked",
}


@dataclass(frozen=True, slots=True)
class Pending:
    """What began with an entry and has not ended yet.

    kind: of a case or a notice, its outcome. case: of the evidence of a case, the entry that opened it.
    people: how many are to be told of it.
    """

    index: int
    at: datetime
    due_at: datetime | None
    kind: str = ""
    case: int | None = None
    people: int = 1


@dataclass(slots=True)
class Procedure:
    """What a monitor has to remember of a procedure.

    since: when it came to its stage. told: how many notices of each kind were given of what was done. untold:
    what was done and not everybody has a notice of yet, the first of its kind. announced: notices of a step
    against the holder that still stand, by their kind. involved: everybody who attested, gave an opinion or
    decided. cases: those that are open, by their kind, in the order of opening. opinions: how many each
    person gave on them. destroyed_as_decided: the destruction that told of a decision, until that comes.
    offered, agreed: a transfer until it is accepted, and from then on until it ends. asked: changes that the
    holder can object to, neither done nor stopped, by the entry's kind; warned: the notice of each. coming:
    the line's number is still with another operator.
    """

    subject: str
    stage: str
    since: datetime
    accepted: bool = False
    registered: bool = False
    to_switch_on: bool = False
    people_decided: bool = False
    told: Counter[str] = field(default_factory=Counter)
    untold: dict[str, Pending] = field(default_factory=dict)
    announced: dict[str, Pending] = field(default_factory=dict)
    asked: dict[str, Pending] = field(default_factory=dict)
    warned: dict[str, Pending] = field(default_factory=dict)
    coming: bool = False
    attested: set[str] = field(default_factory=set)
    involved: set[str] = field(default_factory=set)
    cases: dict[str, Pending] = field(default_factory=dict)
    opinions: Counter[str] = field(default_factory=Counter)
    offered: Pending | None = None
    agreed: Pending | None = None
    appeal: Pending | None = None
    report: Pending | None = None
    evidence: Pending | None = None
    destroyed_as_decided: Pending | None = None

    def is_over(self) -> bool:
        """Tell whether nothing of this procedure can matter to an entry that keeps the rules."""
        return self.stage == ENDED and not (
            self.people_decided or self.cases or self.appeal or self.evidence or self.destroyed_as_decided
        )

    def announcing(self, cut: LoggedEntry) -> Pending | None:
        """Give the notice that announced a step against the holder, if it still stands."""
        return self.announced.get(ANNOUNCED_BY[cut.kind])

    def case_of(self, decided: LoggedEntry) -> Pending | None:
        """Give the case that an entry decides."""
        answered = (case for case in self.cases.values() if case.due_at == decided.answers)
        return next(answered, next(iter(self.cases.values()), None))


def note(procedure: Procedure, entry: LoggedEntry) -> None:
    """Remember what an entry says, whether or not it keeps the rules."""
    if procedure.stage != entry.stage:
        procedure.stage, procedure.since = entry.stage, entry.at
    if (entry.kind, entry.outcome) in ACCEPTANCES:
        procedure.accepted = True
    if entry.kind in _NOTES:
        _NOTES[entry.kind](procedure, entry)


def _attested(procedure: Procedure, entry: LoggedEntry) -> None:
    procedure.attested |= entry.by
    procedure.involved |= entry.by


def _notice_given(procedure: Procedure, entry: LoggedEntry) -> None:
    if entry.outcome in _TELLS_OF:
        procedure.told[entry.outcome] += 1
        untold = procedure.untold.get(entry.outcome)
        if untold is not None and procedure.told[entry.outcome] >= untold.people:
            del procedure.untold[entry.outcome]
    if entry.outcome in ANNOUNCED_BY.values() and entry.due_at is not None:
        # The latest counts: it is what the holder was told last.
        procedure.announced[entry.outcome] = _pending(entry)
    if entry.outcome in ASKED_BEFORE.values():
        procedure.warned[entry.outcome] = _pending(entry)


def _line_registered(procedure: Procedure, entry: LoggedEntry) -> None:
    procedure.registered = procedure.to_switch_on = True
    _tell(procedure, entry)


def _tell(procedure: Procedure, entry: LoggedEntry) -> None:
    people = _how_many(procedure, entry)
    if procedure.told[entry.kind] < people:
        procedure.untold.setdefault(entry.kind, replace(_pending(entry), people=people))


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


def _port_in_asked(procedure: Procedure, _: LoggedEntry) -> None:
    procedure.coming, procedure.to_switch_on = True, False


def _line_ported_in(procedure: Procedure, _: LoggedEntry) -> None:
    procedure.coming, procedure.to_switch_on = False, True


def _port_in_refused(procedure: Procedure, entry: LoggedEntry) -> None:
    procedure.coming = False
    _tell(procedure, entry)


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


def _holder_reverified(procedure: Procedure, _: LoggedEntry) -> None:
    procedure.announced.clear()


def _line_restored(procedure: Procedure, _: LoggedEntry) -> None:
    procedure.announced.clear()
    procedure.to_switch_on = True


def _appeal_opened(procedure: Procedure, entry: LoggedEntry) -> None:
    # Opened again, it keeps the deadline that it has.
    if procedure.appeal is None:
        procedure.appeal = _pending(entry)


def _appeal_withdrawn(procedure: Procedure, _: LoggedEntry) -> None:
    procedure.appeal = None


def _appeal_decided(procedure: Procedure, entry: LoggedEntry) -> None:
    procedure.people_decided = True
    procedure.involved |= entry.by
    procedure.appeal = None
    if entry.outcome == "overturned":
        procedure.announced.clear()


def _inspection_reported(procedure: Procedure, entry: LoggedEntry) -> None:
    procedure.report = _pending(entry)


def _inspection_answered(procedure: Procedure, _: LoggedEntry) -> None:
    procedure.report = None


def _pending(entry: LoggedEntry) -> Pending:
    return Pending(entry.index, entry.at, entry.due_at, kind=entry.outcome)


_TOLD_BOTH = {"transfer_accepted", "line_transferred"}
_TELLS_OF = {
    *("line_registered", "document_linked", "line_surrendered"),
    *("transfer_offered", "transfer_accepted", "transfer_ended", "line_transferred"),
    *("port_in_refused", *ASKED_BEFORE),
}
_NOTES: dict[str, Callable[[Procedure, LoggedEntry], None]] = {
    "attested": _attested,
    "notice_given": _notice_given,
    "line_registered": _line_registered,
    "line_switched_on": _line_switched_on,
    "document_linked": _tell,
    "line_surrendered": _tell,
    "transfer_offered": _transfer_offered,
    "transfer_accepted": _transfer_accepted,
    "transfer_ended": _transfer_over,
    "line_transferred": _transfer_over,
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
    "evidence_kept": _evidence_kept,
    "evidence_destroyed": _evidence_destroyed,
    "line_restricted": _line_cut,
    "line_suspended": _line_cut,
    "line_terminated": _line_cut,
    "holder_reverified": _holder_reverified,
    "line_restored": _line_restored,
    "appeal_opened": _appeal_opened,
    "inspection_reported": _inspection_reported,
    "inspection_answered": _inspection_answered,
    "appeal_withdrawn": _appeal_withdrawn,
    "appeal_decided": _appeal_decided,
}
