"""Reading and verifying the log as it lies in the record."""

from dataclasses import dataclass

from lineproof.registry.models import Entry, TreeHead
from lineproof.transparency.tree import CompactRange, leaf_hash


@dataclass(frozen=True, slots=True)
class LogHead:
    """A tree head: how many entries, and the RFC 6962 root hash over them."""

    size: int
    root_hash: bytes


@dataclass(frozen=True, slots=True)
class LogCheck:
    """What verifying the log found. problems is empty when everything is in order."""

    size: int
    root_hash: bytes
    heads_checked: int
    problems: tuple[str, ...]


def read_log_head() -> LogHead:
    """Read the newest tree head; size 0 before the first entry."""
    head = TreeHead.objects.order_by("-size").first()
    if head is None:
        return LogHead(0, CompactRange().root())
    return LogHead(head.size, bytes(head.root_hash))


def verify_log(*, earlier: LogHead | None = None) -> LogCheck:
    """Recompute the whole log from its entries and compare it with every tree head there is.

    earlier: a head that was noted before, outside the record; the log must contain it unchanged.
    """
    heads = {head.size: bytes(head.root_hash) for head in TreeHead.objects.order_by("size")}
    ranges = {head.size: bytes(head.range_roots) for head in TreeHead.objects.order_by("size")}
    expected = dict(heads)
    problems = []
    noted = {} if earlier is None or earlier.size == 0 else {earlier.size: earlier.root_hash}
    if any(expected.setdefault(size, root) != root for size, root in noted.items()):
        problems.append("the log was rewritten: it has another head of the size that was noted")
    folded = CompactRange()
    for entry in Entry.objects.order_by("position").iterator(chunk_size=2000):
        if entry.position != folded.size:
            problems.append(f"entry {folded.size} is missing")
            break
        if leaf_hash(bytes(entry.body)) != bytes(entry.leaf_hash):
            problems.append(f"entry {entry.position} does not have its hash")
        folded = folded.append(leaf_hash(bytes(entry.body)))
        if folded.size in expected and expected[folded.size] != folded.root():
            problems.append(f"the head of size {folded.size} is not the hash of its entries")
        if folded.size in ranges and ranges[folded.size] != b"".join(folded.roots):
            problems.append(f"what was kept to go on after entry {folded.size - 1} is not right")
    if max(expected, default=0) != folded.size:
        problems.append(
            f"the newest head speaks of {max(expected, default=0)} entries, there are {folded.size}"
        )
    return LogCheck(folded.size, folded.root(), len(heads), tuple(problems))
