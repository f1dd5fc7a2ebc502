"""Reading and verifying the log as it lies in the record."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Max

from lineproof.errors import Conflict, NotFound
from lineproof.registry.models import Entry, LogOrigin, TreeHead
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

    heads_checked: how many noted heads were compared.
    """

    size: int
    root_hash: bytes
    heads_checked: int
    problems: tuple[str, ...]


def read_log_head() -> LogHead:
    """Read where the log ends now; size 0 before the first entry."""
    end = read_log_end()
    return LogHead(end.size, end.root())


def read_log_end() -> CompactRange:
    """Fold the log up to its last entry, on from the newest head that was noted.

    Conflict if that head is not right, or an entry after it is missing.
    """
    noted = TreeHead.objects.order_by("-size").values_list("size", flat=True).first() or 0
    kept, last = read_range(noted), Entry.objects.aggregate(last=Max("position"))["last"]
    size = 0 if last is None else last + 1
    folded = None if kept is None or size < noted else kept.extend(_read_leaves(noted, size))
    if folded is None or folded.size != size:
        raise Conflict("The log on record is not whole.", remedy="See what is broken: lineproof log verify")
    return folded


def read_range(size: int) -> CompactRange | None:
    """Read the range of the first `size` entries, as it was noted; None where no tree head is of that size.

    None also where it is not right. Size 0 is there always.
    """
    if not size:
        return CompactRange()
    head = TreeHead.objects.filter(size=size).first()
    if head is None:
        return None
    try:
        joined = bytes(head.range_roots)
        roots = (joined[at : at + HASH_BYTES] for at in range(0, len(joined), HASH_BYTES))
        kept = CompactRange(size, tuple(roots))
    except ValueError:
        return None
    return kept if kept.root() == bytes(head.root_hash) else None


def read_bodies(start: int, stop: int) -> Iterator[bytes]:
    """Read the bodies of the entries from `start` to before `stop`; it ends early where one is missing.

    A few hundred at a time, each a query of its own: nobody who erases waits for a long read to end.
    """
    return _read_column("body", start, stop)


def _read_leaves(start: int, stop: int) -> Iterator[bytes]:
    return _read_column("leaf_hash", start, stop)


def _read_column(column: str, start: int, stop: int) -> Iterator[bytes]:
    while start < stop:
        last = min(stop, start + _READ_AT_ONCE)
        found = Entry.objects.filter(position__gte=start, position__lt=last).order_by("position")
        for position, value in list(found.values_list("position", column)):
            if position != start:
                return
            yield bytes(value)
            start += 1
        if start != last:
            return


def read_origin() -> str | None:
    """Read the name that the log is published under; None before it has one."""
    return LogOrigin.objects.values_list("origin", flat=True).first()


def read_given_origin() -> str:
    """Read the name that the log is published under; NotFound before it has one."""
    origin = read_origin()
    if origin is None:
        raise NotFound(
            "The log has no origin yet.",
            remedy="Name it: lineproof log origin example.net/log; or publish it under a random one: "
            "lineproof log publish",
        )
    return origin


def verify_log(*, earlier: LogHead | None = None) -> LogCheck:
    """Recompute the whole log from its entries and compare it with every head that was noted.

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
    problems += [f"a head of {size} entries was noted" for size in heads if size > folded.size]
    if earlier is not None and earlier.size > folded.size:
        problems.append(f"a head of {earlier.size} entries was noted, there are only {folded.size}")
    return LogCheck(folded.size, folded.root(), len(heads), tuple(problems))


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
