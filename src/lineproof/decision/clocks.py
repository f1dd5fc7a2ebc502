"""The clocks of one jurisdiction: how long each procedure gives, and in what calendar that is counted."""

import re
from dataclasses import dataclass, fields
from datetime import date
from enum import Enum
from itertools import pairwise
from typing import Self

from lineproof.decision.pack_table import Table

MOST_TERM = 36_525
MOST_ATTEMPTS = 20
# Whatever a pack says: so long there is between a notice and the first thing that is done to a line, and so
# long a decision can be appealed.
LEAST_NOTICE_DAYS = LEAST_APPEAL_DAYS = 7
# And within so long somebody has decided: an appeal that is heard in a century is none.
MOST_DAYS_TO_DECIDE = 366
# A verification that is older says little about who is before us now.
MOST_DAYS_VERIFIED = 31
_TERM = re.compile(r"(0|[1-9][0-9]{0,4}) (hours?|days?|working days?)")
# A name of the IANA time zone database; whether that has it is found out where a deadline is computed.
_ZONE = re.compile(r"[A-Z][A-Za-z0-9_+\-]*(/[A-Z][A-Za-z0-9_+\-]*){1,2}")
WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class TermUnit(Enum):
    """What a term is counted in. Hours pass by themselves; days are whole days of the calendar."""

    HOURS = "hours"
    DAYS = "days"
    WORKING_DAYS = "working days"


@dataclass(frozen=True, slots=True)
class Term:
    """How long somebody has: so many hours, days or working days."""

    count: int
    unit: TermUnit

    @classmethod
    def parse(cls, text: object) -> Self:
        """Read "30 days", "10 working days" or "24 hours"; ValueError for anything else."""
        found = _TERM.fullmatch(text) if isinstance(text, str) else None
        if found is None or int(found[1]) > MOST_TERM:
            raise ValueError(f'{text!r} is not a term such as "30 days", "10 working days" or "24 hours"')
        return cls(int(found[1]), TermUnit(found[2].removesuffix("s") + "s"))

    def __str__(self) -> str:
        """Write it as it is read."""
        unit = self.unit.value if self.count != 1 else self.unit.value.removesuffix("s")
        return f"{self.count} {unit}"


@dataclass(frozen=True, slots=True)
class Calendar:
    """Where days begin and which of them are worked on.

    zone: of the IANA time zone database. working_week: Monday is 0. last_day_moves: a term whose last day is
    not worked on ends with the next day that is (Regulation (EEC, Euratom) 1182/71, article 3(4)).
    """

    zone: str
    working_week: frozenset[int]
    holidays: frozenset[date]
    last_day_moves: bool

    def is_working(self, day: date) -> bool:
        """Tell whether a day is worked on."""
        return day.weekday() in self.working_week and day not in self.holidays


@dataclass(frozen=True, slots=True)
class Clocks:
    """How long each procedure gives.

    case: until people have decided a referral. appeal_open: in which a decision can be appealed, from it.
    appeal: until an appeal is decided. dispute: until a dispute is. verified_within: how old a verification
    may be that a procedure rests on. transfer_accept: until an offer of transfer is accepted.
    transfer_cooling: from its acceptance until the line changes hands. sim_cooling: from asking for another
    SIM until it is switched on. sim_hold_port, sim_hold_answers: from then on, no porting out, no answers of
    high risk. port_out: until a line that is being ported out has left. port_in: until the other operator
    has let a number go that is to come. quarantine: from a line's end until
    its number may be given to somebody else. inspection_answer: until the operator has answered a finding of
    an inspector. second_look: until what an agent attested, and was drawn, is looked at once more.
    """

    case: Term
    appeal_open: Term
    appeal: Term
    dispute: Term
    verified_within: Term
    transfer_accept: Term
    transfer_cooling: Term
    sim_cooling: Term
    sim_hold_port: Term
    sim_hold_answers: Term
    port_out: Term
    port_in: Term
    quarantine: Term
    inspection_answer: Term
    second_look: Term


@dataclass(frozen=True, slots=True)
class CorrectionLadder:
    """The steps by which a wrongly registered line is corrected, each counted from the notice.

    restrict_after: None where a jurisdiction has no such step. extension: by how much each step that is still
    to come is put off, on a ground of `extension_grounds`.
    """

    restrict_after: Term | None
    suspend_after: Term
    terminate_after: Term
    extension: Term
    extension_grounds: frozenset[str]


@dataclass(frozen=True, slots=True)
class NoticeTerms:
    """How a notice is brought to its holder: so often on each channel, so long apart."""

    attempts: int
    apart: Term


# What each clock may be: from and to how many days, 0 for more than nothing. None: nothing is a term as well.
_BOUNDS_DAYS: dict[str, tuple[int, int] | None] = {
    "case": (0, MOST_DAYS_TO_DECIDE),
    "appeal_open": (LEAST_APPEAL_DAYS, MOST_TERM),
    "appeal": (0, MOST_DAYS_TO_DECIDE),
    "dispute": (0, MOST_DAYS_TO_DECIDE),
    "verified_within": (0, MOST_DAYS_VERIFIED),
    "transfer_accept": (0, MOST_DAYS_TO_DECIDE),
    "transfer_cooling": None,
    "sim_cooling": None,
    "sim_hold_port": None,
    "sim_hold_answers": None,
    "port_out": (0, MOST_DAYS_TO_DECIDE),
    "port_in": (0, MOST_DAYS_TO_DECIDE),
    "quarantine": (0, MOST_TERM),
    "inspection_answer": (0, MOST_DAYS_TO_DECIDE),
    "second_look": (0, MOST_DAYS_TO_DECIDE),
}
_A_TERM = 'a term such as "3 days", "10 working days" or "24 hours"'
_DAYS = 'a term such as "30 days" or "20 working days"'


def parse_calendar(pack: Table) -> Calendar:
    """Read `[calendar]` of a pack; WrongValue says what is wrong with which key.

    Whether the time zone database has the zone is not known here: that reads files.
    """
    table = pack.table("calendar", "zone", "working_week", "holidays", "last_day_moves")
    zone, week = table.text("zone"), f"a list of some of {', '.join(WEEK)}"
    if not _ZONE.fullmatch(zone):
        raise table.wrong("zone", 'the name of a time zone, such as "Asia/Kolkata"')
    days = table.texts("working_week", week)
    if not days:
        raise table.wrong("working_week", week)
    for day in days:
        if day not in WEEK:
            raise table.wrong_item("working_week", day, week)
    return Calendar(
        zone=zone,
        working_week=frozenset(WEEK.index(day) for day in days),
        holidays=_holidays(table),
        last_day_moves=table.flag("last_day_moves"),
    )


def parse_clocks(pack: Table) -> Clocks:
    """Read `[clocks]` of a pack; WrongValue says what is wrong with which key."""
    names = [field.name for field in fields(Clocks)]
    table = pack.table("clocks", *names)
    return Clocks(**{name: bounded_term(table, name, _BOUNDS_DAYS[name]) for name in names})


def parse_ladder(pack: Table) -> CorrectionLadder:
    """Read `[correction]` of a pack; WrongValue says what is wrong with which key.

    Every step is counted in days, and all in the same, so that none comes before the one below it.
    """
    table = pack.table("correction", *(field.name for field in fields(CorrectionLadder)))
    steps = ["restrict_after", "suspend_after", "terminate_after"]
    if table.value("restrict_after", f'{_DAYS}, or "never"') == "never":
        steps = steps[1:]
    terms = {step: bounded_term(table, step, (LEAST_NOTICE_DAYS, MOST_TERM)) for step in steps}
    for earlier, later in pairwise(steps):
        unit = terms[earlier].unit
        if terms[later].unit is not unit:
            raise table.wrong(later, f"a term counted as correction.{earlier} is, in {unit.value}")
        if terms[earlier].count > terms[later].count:
            raise table.wrong(later, f'no less than correction.{earlier}, which is "{terms[earlier]}"')
    return CorrectionLadder(
        restrict_after=terms.get("restrict_after"),
        suspend_after=terms["suspend_after"],
        terminate_after=terms["terminate_after"],
        extension=bounded_term(table, "extension", (1, MOST_TERM)),
        extension_grounds=frozenset(table.texts("extension_grounds", 'a list of grounds such as "hospital"')),
    )


def parse_notice_terms(pack: Table) -> NoticeTerms:
    """Read `[notices]` of a pack; WrongValue says what is wrong with which key."""
    table = pack.table("notices", "attempts", "apart")
    attempts = table.count("attempts", least=1, most=MOST_ATTEMPTS)
    return NoticeTerms(attempts, bounded_term(table, "apart", (0, MOST_DAYS_VERIFIED)))


def bounded_term(table: Table, name: str, days: tuple[int, int] | None) -> Term:
    """Read a term of so many days; WrongValue for any other. None: nothing is a term as well.

    With a least of days it is counted in days: hours would be a trick.
    """
    least, most = days or (-1, MOST_TERM)
    expected = _DAYS if least > 0 else _A_TERM
    value = table.value(name, expected)
    try:
        term = Term.parse(value)
    except ValueError:
        raise table.wrong(name, expected) from None
    if least > 0 and (term.unit is TermUnit.HOURS or term.count < least):
        raise table.wrong(name, f'{_DAYS}, and no less than "{Term(least, TermUnit.DAYS)}"')
    if least == 0 and term.count == 0:
        raise table.wrong(name, f"more than nothing: {_A_TERM}")
    if term.count > (most * 24 if term.unit is TermUnit.HOURS else most):
        raise table.wrong(name, f'no more than "{Term(most, TermUnit.DAYS)}"')
    return term


def _holidays(table: Table) -> frozenset[date]:
    expected = 'a list of days in quotes, such as "2027-01-26"'
    days = set()
    for text in table.texts("holidays", expected):
        try:
            day = date.fromisoformat(text)
        except ValueError:
            raise table.wrong_item("holidays", text, expected) from None
        if day.isoformat() != text:
            raise table.wrong_item("holidays", text, expected)
        days.add(day)
    return frozenset(days)
