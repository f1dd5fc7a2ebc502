"""Fills a record with copies of one registration that was really carried out, each with values of its own.

Ids, and pieces of 16 bytes or more, are random in each copy, and the same in all rows of it where they were
the same; so foreign keys hold, indexes are in no order, and sealed values have the lengths of real ones,
though they open for nobody. Numbers that the database gives out go on from the last.
"""

import re
import sqlite3
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_ID = re.compile(r"[0-9a-f]{32}")
_LEAST_BYTES = 16
_PAGES = "PRAGMA cache_size=-4000000"
LINES_OF_AN_AGENT = 10_000
_OF_AGENTS = frozenset({"agent_id", "staff_id"})
_REFERENCES = {"custody_id": "registry_custody", "position": "registry_entry"}


@dataclass(frozen=True, slots=True)
class _Table:
    """One table's rows of the registration. number: the column of its numbers, or "". last: of those."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    number: str
    last: int


@dataclass(frozen=True, slots=True)
class _Copies:
    """What every copy is made with. fresh: values of its own, and where they are. last_staff: before it."""

    lines: int
    tables: dict[str, _Table]
    fresh: dict[Any, str]
    of_an_agent: int
    last_staff: int


def marks(database: Path) -> dict[str, int]:
    """Give the last row of every table, to find what is written from now on."""
    with _opened(database) as connection:
        return {
            name: connection.execute(f"SELECT COALESCE(MAX(rowid), 0) FROM {name}").fetchone()[0]  # noqa: S608 -- ours
            for name in _names(connection)
        }


def fill(
    database: Path,
    since: dict[str, int],
    lines: int,
    *,
    without: frozenset[str] = frozenset(),
    of_an_agent: int = LINES_OF_AN_AGENT,
) -> None:
    """Copy the registration that was written since the marks so many times.

    without: tables left as they are. of_an_agent: how many an agent attested; the one of the copied
    registration attested the first so many. Nobody else may have the database open. Indexes that
    can be are made when all rows are in.
    """
    with _opened(database) as connection:
        for pragma in ("locking_mode=EXCLUSIVE", "journal_mode=OFF", "synchronous=OFF"):
            connection.execute(f"PRAGMA {pragma}").fetchall()
        connection.execute(_PAGES)
        found = [_read(connection, name, mark) for name, mark in since.items()]
        tables = {table.name: table for table in found if table.rows}
        fresh = _make_fresh(connection, tables.values(), lines)
        copies = _Copies(lines, tables, fresh, of_an_agent, _add_agents(connection, lines // of_an_agent))
        for table in tables.values():
            if table.name not in without:
                _copy(connection, table, copies)
        connection.execute("PRAGMA journal_mode=WAL").fetchall()


class _opened:  # noqa: N801 -- used like a function
    """Opens a database without transactions, and closes it."""

    def __init__(self, database: Path) -> None:
        self._connection = sqlite3.connect(database, isolation_level=None)

    def __enter__(self) -> sqlite3.Connection:
        return self._connection

    def __exit__(self, *_: object) -> None:
        self._connection.close()


def _names(connection: sqlite3.Connection) -> list[str]:
    found = connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'registry\\_%' ESCAPE '\\'"
    )
    return [name for (name,) in found]


def _read(connection: sqlite3.Connection, name: str, mark: int) -> _Table:
    described = connection.execute(f"PRAGMA table_info({name})").fetchall()
    number = next(
        (column for _, column, kind, _, _, key in described if key and kind.upper() == "INTEGER"), ""
    )
    rows = connection.execute(f"SELECT * FROM {name} WHERE rowid > ? ORDER BY rowid", (mark,)).fetchall()  # noqa: S608 -- ours
    (last,) = connection.execute(f"SELECT COALESCE(MAX(rowid), 0) FROM {name}").fetchone()  # noqa: S608 -- ours
    return _Table(name, tuple(column for _, column, *_ in described), tuple(rows), number, last)


def _add_agents(connection: sqlite3.Connection, number: int) -> int:
    """Enrol more agents for the copies, with the key of an agent; give the number of the last one before."""
    (last,) = connection.execute("SELECT MAX(id) FROM registry_staff").fetchone()
    connection.execute(
        "WITH RECURSIVE agent (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM agent WHERE n < ?) "
        "INSERT INTO registry_staff (id, name, role, public_key, enrolled_at) "
        "SELECT ? + n, 'agent-' || n, role, public_key, enrolled_at FROM agent, registry_staff "
        "WHERE id = (SELECT MIN(id) FROM registry_staff WHERE role = 'agent')",
        (max(number, 1), last),
    )
    return int(last)


def _is_own(value: Any) -> bool:
    """Tell whether each copy has a value of its own here."""
    if isinstance(value, str):
        return _ID.fullmatch(value) is not None
    return isinstance(value, bytes) and len(value) >= _LEAST_BYTES


def _make_fresh(connection: sqlite3.Connection, tables: Collection[_Table], lines: int) -> dict[Any, str]:
    """Draw, for each copy, what stands in several of its rows, and give the column that each value is in."""
    seen = Counter(value for table in tables for row in table.rows for value in row if _is_own(value))
    fresh = {value: f"v{place}" for place, value in enumerate(v for v, times in seen.items() if times > 1)}
    drawn = (_drawn(value) for value in fresh)
    connection.execute(f"CREATE TEMP TABLE fresh (n INTEGER PRIMARY KEY, {', '.join(fresh.values())})")
    connection.execute(
        "WITH RECURSIVE copy (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM copy WHERE n < ?) "  # noqa: S608 -- ours
        f"INSERT INTO fresh SELECT n, {', '.join(drawn)} FROM copy",
        (lines,),
    )
    return fresh


def _drawn(value: Any) -> str:
    return "lower(hex(randomblob(16)))" if isinstance(value, str) else f"randomblob({len(value)})"


def _copy(connection: sqlite3.Connection, table: _Table, copies: _Copies) -> None:
    """Write a table's rows of every copy: all first rows, then all second ones, so that numbers only grow."""
    indexes = connection.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL",
        (table.name,),
    ).fetchall()
    connection.execute("BEGIN")
    for name, _ in indexes:
        connection.execute(f'DROP INDEX "{name}"')
    for row in table.rows:
        terms, given = [], []
        for column, value in zip(table.columns, row, strict=True):
            numbered = table if column == table.number else copies.tables.get(_REFERENCES.get(column, ""))
            term = _term(column, value, numbered, copies)
            terms.append("?" if term is None else term)
            given += [value] if term is None else []
        connection.execute(
            f"INSERT INTO {table.name} ({', '.join(map(_quoted, table.columns))}) "  # noqa: S608 -- ours
            f"SELECT {', '.join(terms)} FROM fresh ORDER BY n",
            given,
        )
    for _, sql in indexes:
        connection.execute(sql)
    connection.execute("COMMIT")


def _quoted(name: str) -> str:
    return f'"{name}"'


def _term(column: str, value: Any, numbered: _Table | None, copies: _Copies) -> str | None:
    """Give what a copy has in a column, in SQL; None for what is the same in all.

    numbered: the table whose numbers these are, or None.
    """
    if numbered is not None:
        place = numbered.columns.index(numbered.number)
        which = [row[place] for row in numbered.rows].index(value)
        return f"{numbered.last + which * copies.lines} + n"
    if column in _OF_AGENTS:
        return (
            f"CASE WHEN n <= {copies.of_an_agent} THEN {int(value)} "
            f"ELSE {copies.last_staff} + (n - 1) / {copies.of_an_agent} END"
        )
    if _is_own(value):
        return copies.fresh.get(value) or _drawn(value)
    return None
