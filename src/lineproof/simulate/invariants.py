"""What must hold in every record at every time, each as one SQL query that finds the rows which break it.

They are written against the tables, apart from the rules and the flows that they check: nothing of
`lineproof.line` is used here, nor are the models. What the record does not know, the simulation adds in two
temporary tables: `network_did` (orders that the network carried out, in its order) and `known_number` (lines
and their numbers or accounts, which the record has sealed alone).

Times are text in UTC, `YYYY-MM-DD HH:MM:SS[.ffffff]`, as Django stores them in SQLite: they compare as text.
Differences are in days, less a tenth of a second, since that is what `julianday` can tell.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import connection
from django.db.backends.utils import CursorWrapper

from lineproof.decision.clocks import Term, TermUnit
from lineproof.decision.policy import Policy
from lineproof.simulate.invariants_of_lines import OF_LINES
from lineproof.simulate.invariants_of_people import OF_PEOPLE
from lineproof.simulate.network import SimulatedNetwork
from lineproof.terms import LineId, LineKind

MOST_ROWS = 20
_DAY_HOURS = 24
_NEVER = -1.0
Terms = dict[str, float]


@dataclass(frozen=True, slots=True)
class Invariant:
    """What must hold. sql: gives the rows that break it."""

    name: str
    says: str
    sql: str


@dataclass(frozen=True, slots=True)
class Broken:
    """An invariant that does not hold. rows: the first of those that break it."""

    invariant: Invariant
    rows: tuple[tuple[object, ...], ...]


INVARIANTS = tuple(Invariant(name, says, sql) for name, says, sql in (*OF_LINES, *OF_PEOPLE))


def terms_of(policy: Policy) -> Terms:
    """Give the terms of a pack that the queries are held against, in days; restrict: -1 where it has none."""
    ladder, clocks = policy.correction, policy.clocks
    return {
        "restrict": _NEVER if ladder.restrict_after is None else _days(ladder.restrict_after),
        "suspend": _days(ladder.suspend_after),
        "terminate": _days(ladder.terminate_after),
        "transfer_cooling": _days(clocks.transfer_cooling),
        "sim_cooling": _days(clocks.sim_cooling),
        "port_out": _days(clocks.port_out),
        "quarantine": _days(clocks.quarantine),
        "appeal_open": _days(clocks.appeal_open),
        "cap_mobile": policy.caps[LineKind.MOBILE],
        "cap_fixed": policy.caps[LineKind.FIXED],
        **{f"organisation_{kind.value}": _organisations_cap(policy, kind) for kind in LineKind},
    }


def _organisations_cap(policy: Policy, kind: LineKind) -> int:
    """Give how many lines of a kind one organisation may have; none where the pack knows none."""
    return 0 if policy.organisations is None else policy.organisations.caps[kind]


def broken_in(
    terms: Terms, *, network: SimulatedNetwork, numbers: Iterable[tuple[LineId, str]]
) -> list[Broken]:
    """Look for every invariant in the record that is open; give those that are broken."""
    with connection.cursor() as cursor:
        _fill(cursor, network, numbers)
        found = []
        for invariant in INVARIANTS:
            cursor.execute(
                invariant.sql, {name: terms[name] for name in terms if f"%({name})s" in invariant.sql}
            )
            rows = cursor.fetchmany(MOST_ROWS)
            if rows:
                found.append(Broken(invariant, tuple(tuple(map(_shown, row)) for row in rows)))
    return found


def _fill(cursor: CursorWrapper, network: SimulatedNetwork, numbers: Iterable[tuple[LineId, str]]) -> None:
    """Add what only the simulation knows."""
    for table in ("network_did", "known_number"):
        cursor.execute(f"DROP TABLE IF EXISTS temp.{table}")
    cursor.execute("CREATE TEMP TABLE network_did (at INTEGER PRIMARY KEY, order_id, line_id, state)")
    cursor.execute("CREATE TEMP TABLE known_number (line_id PRIMARY KEY, number)")
    did = [
        (at, order.order.hex, order.line.hex, order.state.value) for at, order in enumerate(network.orders)
    ]
    _insert(cursor, "INSERT INTO network_did VALUES (%s, %s, %s, %s)", did)
    known = [(line.hex, number) for line, number in numbers]
    _insert(cursor, "INSERT INTO known_number VALUES (%s, %s)", known)
    for index in ("did_order ON network_did (order_id)", "did_line ON network_did (line_id)"):
        cursor.execute(f"CREATE INDEX temp.{index}")
    cursor.execute("CREATE INDEX temp.known ON known_number (number)")


def _insert(cursor: CursorWrapper, sql: str, rows: Sequence[tuple[str | int, ...]]) -> None:
    if rows:
        cursor.executemany(sql, rows)


def _days(term: Term) -> float:
    """Give what a term is at least: of working days, as many days."""
    return term.count / _DAY_HOURS if term.unit is TermUnit.HOURS else term.count


def _shown(value: object) -> object:
    return value.hex() if isinstance(value, bytes) else value
