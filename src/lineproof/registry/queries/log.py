"""Reading and verifying the log as it lies in the record."""

from collections.abc import Iterator
from dataclasses import dataclass

from lineproof.registry.models import Entry, LogOrigin, StagedEntry, TreeHead
from lineproof.transparency.tree import HASH_BYTES, CompactRange, leaf_hash

_READ_AT_ONCE = 256


@dataclass(frozen=True, slots=True)
class LogHead:
    """A tree head: how many entries, and the RFC 6962 root hash over them."""

    size: int
    root_hash: bytes


@dataclass(frozen=True, slots=True)
class LogCheck:
    """What verifying the log found; problems is empty when everything is in order.

    waiting: entries that have no place yet.
    """

    size: int
    root_hash: bytes
    heads_checked: int
    waiting: int
    problems: tuple[str, ...]


def read_log_head() -> LogHead:
    """Read the newest tree head; size 0 before the first entry."""
    head = TreeHead.objects.order_by("-size").first()
    if head is None:
        return LogHead(0, CompactRange().root())
    return LogHead(head.size, bytes(head.root_hash))


def read_range(size: int) -> CompactRange | None:
    """Read what was kept to go on after `size` entries; None where no tree head is of that size.

    None also where it is not right. Size 0 is there always.
    """
    if not size:
        return CompactRange()
    head = TreeHead.objects.filter(size=size).first()
    if head is None:
        return None
    joined = bytes(head.range_roots)
    if len(joined) != size.bit_count() * HASH_BYTES:
        return None
    kept = CompactRange(size, tuple(joined[at : at + HASH_BYTES] for at in range(0, len(joined), HASH_BYTES)))
    return kept if kept.root() == bytes(head.root_hash) else None


def read_bodies(start: int, stop: int) -> Iterator[bytes]:
    """Read the bodies of the entries from `start` to before `stop`; it ends early where one is missing.

    A few hundred at a time, each a query of its own: nobody who erases waits for a long read to end.
    """
    while start < stop:
        last = min(stop, start + _READ_AT_ONCE)
        found = Entry.objects.filter(position__gte=start, position__lt=last).order_by("position")
        for position, body in list(found.values_list("position", "body")):
            if position != start:
                return
            yield bytes(body)
            start += 1
        if start != last:
            return


def read_origin() -> str | None:
    """Read the name that the log is published under; None before it has one."""
    return LogOrigin.objects.values_list("origin", flat=True).first()


def verify_log(*, earlier: LogHead | None = None) -> LogCheck:
    """Recompute the whole log from its entries and compare it with every tree head there is.

    earlier: a head that was noted before, outside the record; the log must contain it unchanged.
    """
    heads = {head.size: head for head in TreeHead.objects.order_by("size")}
    problems: list[str] = []
    folded = CompactRange()
    _compare(folded, heads, earlier, problems)
    for entry in Entry.objects.order_by("position").iterator(chunk_size=2000):
        if entry.position != folded.size:
            problems.append(f"entry {folded.size} is missing")
            break
        leaf = leaf_hash(bytes(entry.body))
        if leaf != bytes(entry.leaf_hash):
            problems.append(f"entry {entry.position} does not have its hash")
        folded = folded.append(leaf)
        _compare(folded, heads, earlier, problems)
    if max(heads, default=0) != folded.size:
        problems.append(f"the newest head is of {max(heads, default=0)} entries, there are {folded.size}")
    if earlier is not None and earlier.size > folded.size:
        problems.append(f"a head of {earlier.size} entries was noted, there are only {folded.size}")
    waiting = StagedEntry.objects.count()
    return LogCheck(folded.size, folded.root(), len(heads), waiting, tuple(problems))


def _compare(
    folded: CompactRange, heads: dict[int, TreeHead], earlier: LogHead | None, problems: list[str]
) -> None:
    """Compare the log up to here with the head of this size on record, and with the one noted."""
    head = heads.get(folded.size)
    if head is not None and bytes(head.root_hash) != folded.root():
        problems.append(f"the head of size {folded.size} is not the hash of its entries")
    if head is not None and bytes(head.range_roots) != b"".join(folded.roots):
        problems.append(f"what was kept to go on after {folded.size} entries is not right")
    if earlier is not None and earlier.size == folded.size and earlier.root_hash != folded.root():
        problems.append("the log was rewritten: it has another head of the size that was noted")
