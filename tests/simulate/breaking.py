"""Rows that break an invariant, past every constraint of the database, in a transaction that is undone."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from lineproof.simulate.network import SimulatedNetwork

FIRST = datetime(2026, 1, 1)  # noqa: DTZ001 -- text, as the database has it
_EMPTY = {"char": "", "varchar": "", "text": "", "integer": 0, "bigint": 0, "smallint": 0, "bool": False}


def day(number: float) -> str:
    """Write a time so many days after the first, as it is stored."""
    return str(FIRST + timedelta(days=number))


def an_id() -> str:
    """Draw an id as it is stored."""
    return uuid.uuid4().hex


@dataclass
class Rows:
    """Writes rows by column; what is not named is empty. network: what it was told beside them."""

    network: SimulatedNetwork

    def put(self, table: str, **values: Any) -> Any:
        """Insert a row and give its id."""
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA table_info(registry_{table})")
            columns = {
                name: (kind, required, default) for _, name, kind, required, default, _ in cursor.fetchall()
            }
            row = dict(values)
            for name, (kind, required, default) in columns.items():
                if name in row or not required or default is not None:
                    continue
                bare = kind.split("(")[0].split(" ")[0].lower()
                if name == "id":
                    if bare == "char":
                        row["id"] = an_id()
                    continue
                row[name] = b"" if bare == "blob" else day(0) if bare == "datetime" else _EMPTY.get(bare, 0)
            names, marks = ", ".join(f'"{name}"' for name in row), ", ".join(["%s"] * len(row))
            cursor.execute(f"INSERT INTO registry_{table} ({names}) VALUES ({marks})", list(row.values()))
            return row.get("id", cursor.lastrowid)


@contextmanager
def past_every_constraint(network: SimulatedNetwork) -> Iterator[Rows]:
    """Let rows be written that the database refuses, and forget them in the end."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT name FROM sqlite_master WHERE type = 'index' AND sql LIKE 'CREATE UNIQUE%%'"
            )
            for (name,) in cursor.fetchall():
                cursor.execute(f'DROP INDEX "{name}"')
            cursor.execute("PRAGMA ignore_check_constraints = ON")
        try:
            yield Rows(network)
        finally:
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA ignore_check_constraints = OFF")
            transaction.set_rollback(True)
