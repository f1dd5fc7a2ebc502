"""Give entries their places at the end of the log, in the transaction of the change that they tell of.

A place is the next one after the last that is taken, under the database's write lock: so places are without
gaps and in the order of commits, with no second step that could be left undone. What is rolled back had no
place, and what is committed has one. By SQL, because this is in every procedure.
"""

from collections.abc import Sequence

from django.db import connection

from lineproof.transparency.tree import leaf_hash

_NEXT = "SELECT COALESCE(MAX(position) + 1, 0) FROM registry_entry"
_ENTER = "INSERT INTO registry_entry (position, body, leaf_hash) VALUES (%s, %s, %s)"


def append_entries(bodies: Sequence[bytes]) -> int:
    """Append entries to the log, and give the position of the first. Inside a transaction that may write.

    Two writers never get the same place: SQLite has one at a time, and a place is the entry's key. A database
    with several needs a lock of its own here, or one of them fails.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("entries take their places in the transaction of their change")
    with connection.cursor() as cursor:
        cursor.execute(_NEXT)
        (first,) = cursor.fetchone()
        rows = [(first + number, body, leaf_hash(body)) for number, body in enumerate(bodies)]
        cursor.executemany(_ENTER, rows)
    return int(first)
