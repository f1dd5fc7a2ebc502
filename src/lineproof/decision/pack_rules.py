"""What no policy pack may say, whatever its jurisdiction: what would break a promise, and contradictions."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from lineproof.decision.clocks import Calendar, Clocks, TermUnit
from lineproof.decision.finding import Check
from lineproof.decision.pack_table import Table, WrongValue, shown
from lineproof.terms import Procedure, Way

# A holiday may put off the last day of a term by about as much.
MOST_REST = 10
# What somebody who shows no face can still show. A check that is new is not among them until it is put here.
WITHOUT_A_FACE = frozenset(
    {
        *(Check.DOCUMENT_READ, Check.ONE_DOCUMENT, Check.CHECK_DIGITS, Check.DOCUMENT_ACCEPTED),
        *(
            Check.DOCUMENT_IN_DATE,
            Check.DOCUMENT_GENUINE,
            Check.PRINTED_NAME_AGREES,
            Check.PRINTED_NUMBER_AGREES,
        ),
        *(Check.PRINTED_DATES_AGREE, Check.BARCODE_AGREES),
        *(Check.HOLDER_PRESENT, Check.HOLDER_CERTAIN, Check.WITHIN_CAP, Check.ADULT_BY_DOCUMENT),
    }
)
_OF_THE_DOCUMENT = (
    *(Check.DOCUMENT_READ, Check.CHECK_DIGITS, Check.DOCUMENT_ACCEPTED, Check.DOCUMENT_IN_DATE),
    Check.DOCUMENT_GENUINE,
)
# Without these a way would say of somebody that they are the person on a document, and not have looked.
NEVER_LEFT_OUT: Mapping[Way, tuple[Check, ...]] = {
    Way.FACE: (*_OF_THE_DOCUMENT, Check.SAME_PERSON, Check.LIVE),
    Way.COUNTER: (*_OF_THE_DOCUMENT, Check.HOLDER_PRESENT),
}
# The tables of which every value says where it comes from.
SOURCED = ("caps", "calendar", "clocks", "correction", "notices", "agents", "retention", "log")
SOURCED_IF_THERE = ("visitors", "minors", "organisations")
_PRESS = re.compile(r"press: .+; check with counsel")
_CHECKS = 'a list of checks such as "check_digits"'


def parse_required(pack: Table) -> dict[Way | Procedure, frozenset[Check]]:
    """Read `[required]`: what each way must show, and what a procedure must show on top of it.

    WrongValue when a way leaves out what it is for, or when the way without a face, or a procedure, which is
    the same for every way, asks for one.
    """
    table = pack.table("required", *(way.value for way in Way), *(each.value for each in Procedure))
    required = {whose: _checks(table, whose.value) for whose in (*Way, *Procedure)}
    for way, least in NEVER_LEFT_OUT.items():
        for check in least:
            if check not in required[way]:
                names = ", ".join(each.value for each in least)
                raise WrongValue(f"required.{way.value} leaves out {check.value}; expected at least {names}")
    for whose, checks in required.items():
        if whose is Way.FACE:
            continue
        for check in sorted(checks - WITHOUT_A_FACE, key=lambda check: check.value):
            said = f"required.{whose.value} has {check.value}; expected only what can be shown without a face"
            raise WrongValue(said if whose is Way.COUNTER else f"{said}, since it holds for every way")
    return required


def _checks(table: Table, name: str) -> frozenset[Check]:
    checks = set()
    for text in table.texts(name, _CHECKS):
        try:
            checks.add(Check(text))
        except ValueError:
            raise table.wrong_item(name, text, _CHECKS) from None
    return frozenset(checks)


def refuse_unasked_birth(required: Mapping[Way | Procedure, frozenset[Check]], *, asked: bool) -> None:
    """Raise WrongValue unless a registration requires `adult_by_document` exactly where `[minors]` is there.

    Nothing else carries that check out: where it were required, it would always be missing.
    """
    check = Check.ADULT_BY_DOCUMENT
    if asked and check not in required[Procedure.REGISTRATION]:
        raise WrongValue(
            f"required.registration leaves out {check.value}; expected it, since there is a table minors"
        )
    for whose, checks in required.items():
        if check in checks and not (asked and whose is Procedure.REGISTRATION):
            raise WrongValue(
                f"required.{whose.value} has {check.value}; expected it in required.registration alone, and "
                "with a table minors"
            )


def refuse_early_reuse(clocks: Clocks, *, line_kept_days: int) -> None:
    """Raise WrongValue if a number would rest longer than its line is remembered."""
    rest = clocks.quarantine
    if rest.unit is TermUnit.WORKING_DAYS:
        raise WrongValue(f'clocks.quarantine is "{rest}"; expected a term in days or hours')
    days = -(-rest.count // 24) if rest.unit is TermUnit.HOURS else rest.count
    if days > line_kept_days:
        raise WrongValue(
            f'clocks.quarantine is "{rest}"; expected no more than retention.line.days, '
            f"which is {line_kept_days}"
        )


def refuse_early_forgetting(clocks: Clocks, calendar: Calendar, *, decision_kept_days: int) -> None:
    """Raise WrongValue if what proves a decision could be gone while the decision can still be appealed."""
    term = clocks.appeal_open
    if term.unit is TermUnit.WORKING_DAYS:
        longest = 2 * term.count + MOST_REST
    else:
        longest = term.count + (MOST_REST if calendar.last_day_moves else 1)
    if decision_kept_days < longest:
        raise WrongValue(
            f"retention.decision.days is {decision_kept_days}; expected {longest} at least, so that what a "
            f"decision rests on is there for as long as clocks.appeal_open, {term}, can last"
        )


def parse_sources(pack: Table) -> dict[str, str]:
    """Read `[sources]`: where the value of a key, or every value of a table, comes from.

    WrongValue when a value of the tables `SOURCED`, or of those of `SOURCED_IF_THERE`, has none, when one is
    for a key that is not there, and when a press report does not say that it is only that.
    """
    named = pack.value("sources", "a table")
    if not isinstance(named, Mapping):
        raise pack.wrong("sources", "a table")
    table = Table("sources", named)
    for name in named:
        if not _is_there(pack.values, name):
            raise WrongValue(f"sources has {shown(name)}; expected the path of a key of this pack")
    sources = {name: table.text(name) for name in named}
    for name, text in sources.items():
        if text.startswith("press") and not _PRESS.fullmatch(text):
            raise table.wrong(name, '"press: WHAT; check with counsel"')
    for sourced in (*SOURCED, *SOURCED_IF_THERE):
        for path in _leaves(pack.values.get(sourced, {}), sourced):
            if source_of(sources, path) is None:
                raise WrongValue(f'{path} has no source; expected where it comes from, in sources."{path}"')
    return sources


def source_of(sources: Mapping[str, str], path: str) -> str | None:
    """Give where the value of a key comes from: its own source, or that of the table it lies in."""
    while path not in sources:
        path, dot, _ = path.rpartition(".")
        if not dot:
            return None
    return sources[path]


def _is_there(content: Mapping[str, Any], path: str) -> bool:
    value: Any = content
    for name in path.split("."):
        if not isinstance(value, Mapping) or name not in value:
            return False
        value = value[name]
    return not path.startswith("sources")


def _leaves(value: Any, path: str) -> Iterator[str]:
    if not isinstance(value, Mapping):
        yield path
        return
    for name, inner in value.items():
        yield from _leaves(inner, f"{path}.{name}")
