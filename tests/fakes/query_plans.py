"""How SQLite answers the queries of a piece of code: the plan that it makes, with the very parameters."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

Query = tuple[str, Any]


@contextmanager
def queries() -> Iterator[list[Query]]:
    """Gather the queries that read, with their parameters as they are bound."""
    from django.db import connection

    found: list[Query] = []

    def note(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith("SELECT"):
            found.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield found


def plan_of(query: Query) -> list[str]:
    """Give the steps of a query's plan. Parameters are bound, since a partial index may hang on one."""
    from django.db import connection

    sql, params = query
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}", params)
        return [row[3] for row in cursor.fetchall()]


def scanned(step: str) -> tuple[str, str | None] | None:
    """Read which table, and by which index, a step reads from one end; None for a step that does not."""
    scan = re.match(r"SCAN (\w+)(?: USING (?:COVERING )?INDEX (\w+))?", step)
    return None if scan is None else (scan[1], scan[2])
