"""Give entries their places at the end of the log, in the transaction of the change that they tell of.

The end of the log is one row: its size, and its compact range to go on from. It is read and written under the
database's write lock, so that places are without gaps and in the order of commits, with no second step that
could be left undone: what is rolled back had no place, and what is committed has one. By SQL, because this is
in every procedure and the tree is folded once for all entries of it.
"""

from collections.abc import Sequence

from django.db import connection

from lineproof.transparency.tree import HASH_BYTES, CompactRange, leaf_hash

_READ = "SELECT size, range_roots FROM registry_logend WHERE id = 1"
_ENTER = "INSERT INTO registry_entry (position, body, leaf_hash) VALUES (%s, %s, %s)"
_END = (
    "INSERT INTO registry_logend (id, size, range_roots) VALUES (1, %s, %s) "
    "ON CONFLICT (id) DO UPDATE SET size = excluded.size, range_roots = excluded.range_roots"
)


def append_entries(bodies: Sequence[bytes]) -> int:
    """Append entries to the log, and give the position of the first. Inside a transaction that may write."""
    if not connection.in_atomic_block:
        raise RuntimeError("entries take their places in the transaction of their change")
    lock = " FOR UPDATE" if connection.features.has_select_for_update else ""
    with connection.cursor() as cursor:
        cursor.execute(_READ + lock)
        end = unpack_range(*(cursor.fetchone() or (0, b"")))
        leaves = [leaf_hash(body) for body in bodies]
        cursor.executemany(_ENTER, [(end.size + i, bodies[i], leaf) for i, leaf in enumerate(leaves)])
        folded = end.extend(leaves)
        cursor.execute(_END, (folded.size, b"".join(folded.roots)))
    return end.size


def unpack_range(size: int, joined: bytes | memoryview) -> CompactRange:
    """Give a compact range as it is kept; ValueError when it cannot be one."""
    whole = bytes(joined)
    return CompactRange(size, tuple(whole[at : at + HASH_BYTES] for at in range(0, len(whole), HASH_BYTES)))
