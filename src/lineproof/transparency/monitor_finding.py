"""The names of the rules that a log shows to be kept or broken, and what is found where one is broken."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum

from lineproof.transparency.monitor_entry import LoggedEntry
from lineproof.transparency.monitor_procedure import Procedure

TOLERANCE = timedelta(hours=1)
FEWEST_PEOPLE = 2


class Rule(Enum):
    """What a monitor holds a log to."""

    FORM = "form"
    TIME_ORDER = "time_order"
    MACHINE_NEVER_REFUSES = "machine_never_refuses"
    TWO_PEOPLE = "two_people"
    OTHER_PERSON_ON_APPEAL = "other_person_on_appeal"
    OTHER_PERSON_LOOKS = "other_person_looks"
    EVIDENCE_DESTROYED_IN_TIME = "evidence_destroyed_in_time"
    NOTICE_BEFORE_CUT = "notice_before_cut"
    CUT_UNDONE = "cut_undone"
    LINE_AFTER_ACCEPTANCE = "line_after_acceptance"
    HOLDER_TOLD = "holder_told"
    HOLDER_COULD_OBJECT = "holder_could_object"
    DEADLINE_KEPT = "deadline_kept"
    USER_HEARD_FIRST = "user_heard_first"
    TRANSFER_OF_BOTH = "transfer_of_both"
    ENDED_IS_ENDED = "ended_is_ended"


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that was broken: at which entry, in which procedure, and how, in a sentence.

    index: the number of the entry that breaks it, from 0; of what ought to have followed and did not, that of
    the entry after which it ought to have. subject: "" where there is none that can be read.
    """

    rule: Rule
    index: int
    subject: str
    what: str


Check = Callable[[Procedure, LoggedEntry], Iterator[Finding]]


def found(rule: Rule, entry: LoggedEntry, what: str) -> Finding:
    """Find that an entry breaks a rule."""
    return Finding(rule, entry.index, entry.subject, what)
