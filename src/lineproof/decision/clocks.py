"""The clocks of one jurisdiction: how long each procedure gives, and in what calendar that is counted."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from enum import Enum
from typing import Any, Self

MOST_TERM = 36_525
MOST_ATTEMPTS = 20
_TERM = re.compile(r"(0|[1-9][0-9]{0,4}) (hours?|days?|working days?)")
# A name of the IANA time zone database; whether that has it is found out where a deadline is computed.
_ZONE = re.compile(r"[A-Z][A-Za-z0-9_+\-]*(/[A-Z][A-Za-z0-9_+\-]*){1,2}")
_WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


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
    high risk. port_out: until a line that is being ported out has left. quarantine: from a line's end until
    its number may be given to somebody else. inspection_answer: until the operator has answered a finding of
    an inspector.
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
    quarantine: Term
    inspection_answer: Term


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


def parse_calendar(table: Mapping[str, Any]) -> Calendar:
    """Read `[calendar]`; ValueError says what is wrong with which key."""
    _only(table, "calendar", {"zone", "working_week", "holidays", "last_day_moves"})
    zone, week, moves = table["zone"], table["working_week"], table["last_day_moves"]
    if not isinstance(zone, str) or not _ZONE.fullmatch(zone):
        raise ValueError(f'calendar.zone is {zone!r}, and is a name such as "Asia/Kolkata"')
    if not isinstance(week, list) or not week or not all(day in _WEEK for day in week):
        raise ValueError(f"calendar.working_week is {week!r}, and is a list of {', '.join(_WEEK)}")
    if type(moves) is not bool:
        raise ValueError(f"calendar.last_day_moves is {moves!r}, and is true or false")
    days = frozenset(_WEEK.index(day) for day in week)
    return Calendar(zone, days, frozenset(_holidays(table["holidays"])), moves)


def parse_clocks(table: Mapping[str, Any]) -> Clocks:
    """Read `[clocks]`; ValueError says what is wrong with which key."""
    names = [field.name for field in fields(Clocks)]
    _only(table, "clocks", set(names))
    return Clocks(**{name: _term(table, "clocks", name) for name in names})


def parse_ladder(table: Mapping[str, Any]) -> CorrectionLadder:
    """Read `[correction]`; ValueError says what is wrong with which key."""
    _only(table, "correction", {field.name for field in fields(CorrectionLadder)})
    grounds = table["extension_grounds"]
    if not isinstance(grounds, list) or not all(isinstance(ground, str) and ground for ground in grounds):
        raise ValueError(f"correction.extension_grounds is {grounds!r}, and is a list of texts")
    skips = table["restrict_after"] == "never"
    return CorrectionLadder(
        restrict_after=None if skips else _term(table, "correction", "restrict_after"),
        suspend_after=_term(table, "correction", "suspend_after"),
        terminate_after=_term(table, "correction", "terminate_after"),
        extension=_term(table, "correction", "extension"),
        extension_grounds=frozenset(grounds),
    )


def parse_notice_terms(table: Mapping[str, Any]) -> NoticeTerms:
    """Read `[notices]`; ValueError says what is wrong with which key."""
    _only(table, "notices", {"attempts", "apart"})
    attempts = table["attempts"]
    if type(attempts) is not int or not 1 <= attempts <= MOST_ATTEMPTS:
        raise ValueError(f"notices.attempts is {attempts!r}, and may be 1 to {MOST_ATTEMPTS}")
    return NoticeTerms(attempts, _term(table, "notices", "apart"))


def _only(table: Mapping[str, Any], name: str, known: set[str]) -> None:
    """Refuse a key that means nothing: it was meant to mean something."""
    for key in table:
        if key not in known:
            raise ValueError(f"{name}.{key} is not a key of a policy pack")
    for key in sorted(known):
        if key not in table:
            raise ValueError(f"{name}.{key} is missing")


def _term(table: Mapping[str, Any], name: str, key: str) -> Term:
    try:
        return Term.parse(table[key])
    except ValueError as error:
        raise ValueError(f"{name}.{key}: {error}") from None


def _holidays(value: object) -> list[date]:
    if not isinstance(value, list):
        raise TypeError(f"calendar.holidays is {value!r}, and is a list of days")
    days = []
    for day in value:
        try:
            days.append(date.fromisoformat(day))
        except (TypeError, ValueError):
            raise ValueError(
                f'calendar.holidays has {day!r}, and is a list of days such as "2027-01-26"'
            ) from None
    return days
