"""What a monitor remembers of one procedure; `monitor_noting` says what each kind of entry adds to it.

No entry says which case an opinion is on, and a procedure may have several open at once, each of another
kind. A person may then give as many opinions as there are cases, and a decision is of the case whose deadline
it answers, the oldest of these. A dispute counts among the cases.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from lineproof.transparency.monitor_entry import ENDED, LoggedEntry

ANNOUNCED_BY = {
    "line_restricted": "restriction",
    "line_suspended": "suspension",
    "line_terminated": "termination",
}
_NEVER_UNTOLD = frozenset({"suspension", "termination"})
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
# What a holder must be told of, and the notice that tells it.
_TOLD_BY_NAME = (
    *("line_registered", "line_imported", "document_linked", "line_surrendered", "port_in_refused"),
    *ASKED_BEFORE,
    *("transfer_offered", "transfer_accepted", "transfer_ended", "line_transferred"),
    *("line_taken_over", "signatory_changed"),
)
TOLD_BY = {
    **{kind: kind for kind in _TOLD_BY_NAME},
    "line_taken_back": "line_restored",
    "dispute_opened": "dispute_received",
    "dispute_decided": "dispute_decided",
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
    against the holder that still stand, by their kind. unreached: those of them that did not reach the
    holder. involved: everybody who attested, gave an opinion or decided. hearers: of these, who heard an
    appeal. cases: those that are open, by their kind, in the order of opening. opinions: how many each person
    gave on them. destroyed_as_decided: the destruction that told of a decision, until that comes. offered,
    agreed: a transfer until it is accepted, and from then on until it ends. asked: changes that the holder
    can object to, neither done nor stopped, by the entry's kind; warned: the notice of each. coming: the
    line's number is still with another operator; told_of_lateness: and the holder was told that it takes too
    long. look: at what an agent attested, until it is done. corrected: a correction was found. cut,
    terminated: the line is, and was not restored since. heard, answer_by: of a dispute, whether the line's
    user was heard, and until when they can be.
    """

    subject: str
    stage: str
    since: datetime
    accepted: bool = False
    registered: bool = False
    to_switch_on: bool = False
    people_decided: bool = False
    told: Counter[str] = field(default_factory=Counter)
    corrected: bool = False
    cut: bool = False
    terminated: bool = False
    untold: dict[str, Pending] = field(default_factory=dict)
    announced: dict[str, Pending] = field(default_factory=dict)
    unreached: set[str] = field(default_factory=set)
    asked: dict[str, Pending] = field(default_factory=dict)
    warned: dict[str, Pending] = field(default_factory=dict)
    coming: Pending | None = None
    told_of_lateness: bool = False
    attested: set[str] = field(default_factory=set)
    involved: set[str] = field(default_factory=set)
    hearers: set[str] = field(default_factory=set)
    cases: dict[str, Pending] = field(default_factory=dict)
    opinions: Counter[str] = field(default_factory=Counter)
    offered: Pending | None = None
    agreed: Pending | None = None
    appeal: Pending | None = None
    report: Pending | None = None
    look: Pending | None = None
    evidence: Pending | None = None
    destroyed_as_decided: Pending | None = None
    heard: bool = False
    answer_by: datetime | None = None

    def is_over(self) -> bool:
        """Tell whether nothing of this procedure can matter to an entry that keeps the rules."""
        return self.stage == ENDED and not (
            self.people_decided or self.cases or self.appeal or self.evidence or self.destroyed_as_decided
        )

    def announcing(self, cut: LoggedEntry) -> Pending | None:
        """Give the notice that announced a step against the holder, if it still stands.

        A line is not suspended or ended over the head of somebody who was not told; barring calls is another
        matter, which a third person looks at.
        """
        kind = ANNOUNCED_BY[cut.kind]
        return None if kind in _NEVER_UNTOLD and kind in self.unreached else self.announced.get(kind)

    def case_of(self, decided: LoggedEntry) -> Pending | None:
        """Give the case that an entry decides."""
        answered = (case for case in self.cases.values() if case.due_at == decided.answers)
        return next(answered, next(iter(self.cases.values()), None))
