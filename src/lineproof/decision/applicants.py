"""What a pack says of whose lines are registered otherwise: visitors, minors, organisations. None need be."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from lineproof.decision.clocks import MOST_TERM, Term, TermUnit, bounded_term
from lineproof.decision.pack_table import Table, WrongValue
from lineproof.terms import LineKind

# No law is known by which somebody comes of age later.
MOST_YEARS = 21
# Lines of one organisation and kind.
MOST_OF_ONE = 999_999


@dataclass(frozen=True, slots=True)
class VisitorTerms:
    """For how long a line is registered whose holder showed the document of an issuer not in `home`.

    home: codes of issuers (ICAO Doc 9303-3, section 5). line_for: in days. remind_before: how many days
    before the end its holder is reminded.
    """

    home: frozenset[str]
    line_for: Term
    remind_before: Term


@dataclass(frozen=True, slots=True)
class MinorTerms:
    """From how many years on somebody has a line in their own name; below it, in their guardian's."""

    under: int


@dataclass(frozen=True, slots=True)
class OrganisationTerms:
    """How many lines of a kind one organisation may have here. They count for none of its signatories."""

    caps: Mapping[LineKind, int]


def parse_minors(pack: Table) -> MinorTerms | None:
    """Read `[minors]` of a pack; None where there is none: no difference is made."""
    if "minors" not in pack.values:
        return None
    return MinorTerms(pack.table("minors", "under").count("under", least=1, most=MOST_YEARS))


def parse_organisations(pack: Table) -> OrganisationTerms | None:
    """Read `[organisations]` of a pack; None where there is none: no line is registered for one."""
    if "organisations" not in pack.values:
        return None
    table = pack.table("organisations", *(kind.value for kind in LineKind))
    caps = {kind: table.count(kind.value, least=1, most=MOST_OF_ONE) for kind in LineKind}
    return OrganisationTerms(MappingProxyType(caps))


def parse_visitors(pack: Table, issuers: Callable[[Table, str], frozenset[str]]) -> VisitorTerms | None:
    """Read `[visitors]` of a pack; None where there is none: no difference is made.

    issuers: reads a list of codes of issuers. WrongValue says what is wrong with which key.
    """
    if "visitors" not in pack.values:
        return None
    table = pack.table("visitors", "home", "line_for", "remind_before")
    line_for = bounded_term(table, "line_for", (1, MOST_TERM))
    remind_before = bounded_term(table, "remind_before", (1, MOST_TERM))
    if remind_before.unit is not TermUnit.DAYS:
        raise table.wrong("remind_before", 'a term in days of the calendar, such as "7 days"')
    if remind_before.count > line_for.count:
        raise table.wrong("remind_before", f'no more than visitors.line_for, which is "{line_for}"')
    home = issuers(table, "home")
    if not home:
        raise WrongValue("visitors.home is an empty list; expected the issuers whose holders are no visitors")
    return VisitorTerms(home, line_for, remind_before)
