"""Statements that the product gives to the database, written down, and done again by SQLite's bare driver."""

import re
import secrets
import sqlite3
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

# As in web/settings.py, which promises to survive a power cut, and as the framework sets besides.
_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON", "foreign_keys=ON")
_ID = re.compile(r"[0-9a-f]{32}")
_INSERTED = re.compile(r"INSERT INTO \"?registry_\w+\"? \(([^)]*)\)")
_LEAST_BYTES = 16
COMMIT = "COMMIT"


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement with its rows of parameters. many: it is done once for each row."""

    sql: str
    rows: tuple[tuple[Any, ...], ...]
    many: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        """Give the columns that are written, where rows are inserted."""
        found = _INSERTED.match(self.sql)
        return tuple(name.strip().strip('"') for name in found[1].split(",")) if found else ()

    def written(self, column: str) -> list[Any]:
        """Give what is written into a column, in order."""
        columns = self.columns
        if column not in columns:
            return []
        return [
            value
            for row in self.rows
            for place, value in enumerate(row)
            if columns[place % len(columns)] == column
        ]


def statements_of(act: Callable[[], object]) -> list[Statement]:
    """Do something by the framework, and give every statement that it gave to the database, commits too."""
    from django.db import connection

    said: list[Statement] = []
    began = False

    def note(execute: Callable[..., Any], sql: str, rows: Any, many: bool, context: Any) -> Any:  # noqa: FBT001 -- as it is called
        nonlocal began
        if began and not connection.in_atomic_block:
            said.append(Statement(COMMIT, ((),)))
            began = False
        began = began or sql.startswith("BEGIN")
        each = rows if many else [rows or ()]
        said.append(Statement(sql.replace("%s", "?"), tuple(tuple(map(_kept, row)) for row in each), many))
        return execute(sql, rows, many, context)

    with connection.execute_wrapper(note):
        act()
    return [*said, Statement(COMMIT, ((),))] if began else said


def _kept(value: Any) -> Any:
    return bytes(value) if isinstance(value, memoryview) else value


@dataclass(slots=True)
class Renewal:
    """Gives statements with other values, the same wherever one stood twice.

    Every id and every piece of 16 bytes or more is another. numbers: by how much the numbers in a column
    grow, which the database gave out.
    """

    numbers: dict[str, int]
    _others: dict[str | bytes, str | bytes] = field(default_factory=dict)

    def of(self, statements: Iterable[Statement]) -> list[Statement]:
        """Renew statements that belong together."""
        return [self._renewed(one) for one in statements]

    def _renewed(self, one: Statement) -> Statement:
        columns = one.columns
        return replace(
            one,
            rows=tuple(
                tuple(
                    self._value(value, columns[place % len(columns)] if columns else "")
                    for place, value in enumerate(row)
                )
                for row in one.rows
            ),
        )

    def _value(self, value: Any, column: str) -> Any:
        if column in self.numbers:
            return value + self.numbers[column]
        if isinstance(value, str) and _ID.fullmatch(value):
            return self._others.setdefault(value, uuid.uuid4().hex)
        if isinstance(value, bytes) and len(value) >= _LEAST_BYTES:
            return self._others.setdefault(value, secrets.token_bytes(len(value)))
        return value


class Bare:
    """SQLite's driver alone, on the same file and with the same promises."""

    def __init__(self, database: Path) -> None:
        """Open it."""
        self._connection = sqlite3.connect(database, isolation_level=None)
        for pragma in _PRAGMAS:
            self._connection.execute(f"PRAGMA {pragma}")

    def do(self, statements: Iterable[Statement]) -> None:
        """Do statements, and read all that they give."""
        cursor = self._connection.cursor()
        for one in statements:
            if one.many:
                cursor.executemany(one.sql, one.rows)
            else:
                cursor.execute(one.sql, one.rows[0])
                cursor.fetchall()

    def renewed(self, registration: list[Statement], times: int) -> list[list[Statement]]:
        """Give a registration so many times over, each with values of its own, to be done next, in order."""
        found: dict[str, tuple[int, int]] = {}
        for column, table, key in (
            ("position", "registry_entry", "position"),
            ("custody_id", "registry_custody", "id"),
        ):
            numbers = [n for one in registration if table in one.sql for n in one.written(key)]
            numbers = numbers or [n for one in registration for n in one.written(column)]
            (last,) = self._connection.execute(f"SELECT MAX({key}) FROM {table}").fetchone()  # noqa: S608 -- ours
            found[column] = (last + 1 - min(numbers), max(numbers) - min(numbers) + 1)
        return [
            Renewal({column: first + step * number for column, (first, step) in found.items()}).of(
                registration
            )
            for number in range(times)
        ]

    def scans(self, statements: Iterable[Statement]) -> list[str]:
        """Give every step of the statements' plans that goes through a table or an index from end to end."""
        steps = {
            str(step)
            for one in statements
            if not one.sql.startswith(("BEGIN", COMMIT))
            for *_, step in self._connection.execute(f"EXPLAIN QUERY PLAN {one.sql}", one.rows[0])
        }
        return sorted(step for step in steps if step.startswith("SCAN ") and "CONSTANT ROW" not in step)

    def close(self) -> None:
        """Close it."""
        self._connection.close()
