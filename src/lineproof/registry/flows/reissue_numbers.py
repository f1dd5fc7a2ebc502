"""Release the numbers of lines that ended long enough ago, so that they can be registered again.

1. a batch of lines in quarantine, the one that ended first at the top
2. is its quarantine over, counted from the end of its last custody? Then, in one transaction for the batch,
   the indexes by which its number is found are emptied, the line is reissued, entry
The number's next line is another one: nothing leads from it to who held the number before. What was sealed of
the old line stays sealed until its own end (`erase`). Stopped anywhere, the next run goes on.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from lineproof.line.appeal import AppealState
from lineproof.line.clock import deadline
from lineproof.line.state import LineEvent, LineState
from lineproof.ports import Services
from lineproof.registry import models
from lineproof.registry.flows import lines
from lineproof.registry.flows.log import LogWriter, SaltOwner
from lineproof.registry.models.choices import Retention
from lineproof.transparency.entry import EntryKind, Stage

MOST_AT_ONCE = 500


def release_numbers(services: Services, *, now: datetime, most_at_once: int = MOST_AT_ONCE) -> int:
    """Release the numbers of all lines whose quarantine is over; give how many.

    most_at_once: how many go in one transaction. No value is unsealed for it.
    """
    released = 0
    while batch := _release(services, now, most_at_once):
        released += batch
    return released


@transaction.atomic
def _release(services: Services, now: datetime, most: int) -> int:
    policy, released = services.policy, 0
    for custody in _ended_first().select_related("line", "holder")[:most]:  # 1
        until = custody.until
        if until is None or deadline(until, policy.clocks.quarantine, policy.calendar) > now:
            break  # Those that ended later are not due either.
        line = custody.line  # 2
        lines.move(line, LineEvent.RELEASED)
        line.identifier_index = line.identifier_index_next = None
        line.save(update_fields=["identifier_index", "identifier_index_next"])
        # Of an erased holder nothing is committed to: a salt for them would make a key for them again.
        known = custody.holder.sealed_identity is not None
        owner = SaltOwner(custody.holder_id, Retention.IDENTITY) if known else None
        with LogWriter(services, owner, now=now) as log:
            log.enter(EntryKind.NUMBER_RELEASED, {"line": str(line.id)}, stage=Stage.ENDED)
        released += 1
    return released


def _ended_first() -> "QuerySet[models.Custody]":
    """Give the last custody of each line in quarantine that no appeal may give back, those ended first."""
    later = models.Custody.objects.filter(line=OuterRef("line"), since__gt=OuterRef("since"))
    ended = models.Custody.objects.filter(
        ~Exists(later),
        ~Exists(_appeals()),
        line__state=LineState.QUARANTINE.value,
        until__isnull=False,
    )
    return ended.order_by("until", "id")


def _appeals() -> "QuerySet[models.Appeal]":
    """Give the open appeals that may give a line back, by its correction or its dispute."""
    about = Q(about__in=models.Correction.objects.filter(line=OuterRef(OuterRef("line"))).values("id"))
    about |= Q(about__in=models.Dispute.objects.filter(custody__line=OuterRef(OuterRef("line"))).values("id"))
    return models.Appeal.objects.filter(about, state=AppealState.OPEN.value)
