"""Tell a visitor that the registration of their line ends soon, once for each end.

1. find the lines in use whose end is no more days away than the policy says, and was not told of
2. one transaction for each: it is noted that the holder was told; the notice, with the end; entry
3. after the commit: orders that wait are sent

That the end has come does nothing to a line: it is corrected as any other (`find_corrections`). What is over
before anybody was reminded is not told of here. A policy without `[visitors]` reminds nobody.
"""

from datetime import datetime

from django.db import transaction

from lineproof.line.notice import NoticeKind
from lineproof.line.state import HELD
from lineproof.line.visit import remind_from
from lineproof.ports import Services
from lineproof.registry import models
from lineproof.registry.flows.after_commit import finish
from lineproof.registry.flows.held_line import owner_of
from lineproof.registry.flows.holding import give_notice
from lineproof.registry.flows.log import LogWriter
from lineproof.terms import HolderId, LineId
from lineproof.transparency.entry import Stage

MOST_AT_ONCE = 100
_HELD = sorted(state.value for state in HELD)


def remind_holders(services: Services, *, now: datetime, most_at_once: int = MOST_AT_ONCE) -> int:
    """Remind the holders of so many lines, those that end first; give how many were.

    It may be stopped and run again at any time, and by several at once: nobody is told twice of one end.
    """
    reminded = 0
    for number in _untold(now)[:most_at_once]:  # 1
        if not _remind(services, number, now):
            break
        reminded += 1
    finish(services, now=now)  # 3
    return reminded


def _untold(now: datetime) -> list[int]:
    """Give the custodies of which an end is to come that was not told of, those that end first."""
    held = models.Custody.objects.filter(
        until=None, disowned_at=None, line__state__in=_HELD, registered_until__gt=now, reminded_at=None
    )
    return list(held.order_by("registered_until", "id").values_list("id", flat=True))


@transaction.atomic
def _remind(services: Services, number: int, now: datetime) -> bool:
    """Tell one holder, if it is time; False where it is not yet, or somebody else has told them."""
    custody = models.Custody.objects.select_for_update().get(id=number)
    until, policy = custody.registered_until, services.policy
    if until is None or policy.visitors is None or custody.reminded_at is not None:
        return False
    if now < remind_from(until, policy.visitors, policy.calendar):
        return False
    custody.reminded_at = now  # 2
    custody.save(update_fields=["reminded_at"])
    with LogWriter(services, owner_of(custody), now=now) as log:
        give_notice(
            NoticeKind.REGISTRATION_ENDS,
            HolderId(custody.holder_id),
            log,
            line=LineId(custody.line_id),
            deadline=until,
            undated=True,
            stage=Stage.ENDED,
        )
    return True
