"""Give staged entries their places in the log.

One sequencer runs at a time: the database's write lock is held from reading the last tree head to
writing the next, and a tree head of a size exists once. A second sequencer finds nothing to do.
    1. read the last tree head
    2. take staged entries in the order they were written
    3. give each the next place and its leaf hash; fold it into the range
    4. write entries and tree head, remove them from the stage
"""

from datetime import datetime

from django.db import transaction

from lineproof.registry.models import Entry, StagedEntry, TreeHead
from lineproof.transparency.tree import HASH_BYTES, CompactRange, leaf_hash

MOST_AT_ONCE = 1000


def sequence_log(*, now: datetime) -> int:
    """Place every staged entry, in batches of 1,000; give how many were placed."""
    placed = 0
    while batch := _sequence_batch(now):
        placed += batch
    return placed


@transaction.atomic
def _sequence_batch(now: datetime) -> int:
    folded = _last_range()  # 1
    staged = list(StagedEntry.objects.order_by("id").values_list("id", "body")[:MOST_AT_ONCE])  # 2
    if not staged:
        return 0
    entries = []
    for _, body in staged:  # 3
        leaf = leaf_hash(bytes(body))
        entries.append(Entry(position=folded.size, body=body, leaf_hash=leaf))
        folded = folded.append(leaf)
    Entry.objects.bulk_create(entries)  # 4
    TreeHead.objects.create(
        size=folded.size, root_hash=folded.root(), range_roots=b"".join(folded.roots), made_at=now
    )
    StagedEntry.objects.filter(id__in=[number for number, _ in staged]).delete()
    return len(staged)


def _last_range() -> CompactRange:
    head = TreeHead.objects.order_by("-size").first()
    if head is None:
        return CompactRange()
    joined = bytes(head.range_roots)
    roots = tuple(joined[i : i + HASH_BYTES] for i in range(0, len(joined), HASH_BYTES))
    return CompactRange(head.size, roots)
