"""Give a line up, and take it back while its number is nobody's.

1. its holder, freshly verified; an open transfer is ended first, and another SIM that is asked for stopped
2. one transaction: custody ends, the line is surrendered, it is ordered off, the holder is told, entry
3. after the commit the order is sent; once the network has carried it out, the number is in quarantine
To take it back:
4. its last holder, freshly verified, and nobody else; the line is in quarantine, and they have room for it
5. one transaction: a new custody, the line is active, it is ordered on, the holder is told, entry
6. after the commit the order is sent

What was given up in somebody's name by mistake, or by somebody else, comes back as long as the number is
nobody's. A line that was ended by a correction comes back the same way: by showing who one is.
"""

from datetime import datetime

from django.db import transaction

from lineproof.errors import Conflict, NotFound
from lineproof.line.custody import within_cap
from lineproof.line.notice import NoticeKind
from lineproof.line.sim import SimEvent
from lineproof.line.state import LineEvent, LineState
from lineproof.line.transfer import TransferEnd
from lineproof.ports import Services, SwitchState
from lineproof.registry import models
from lineproof.registry.flows import lines
from lineproof.registry.flows.after_commit import finish
from lineproof.registry.flows.held_line import custody_of_verified, owner_of
from lineproof.registry.flows.holding import give_notice, refuse_erased
from lineproof.registry.flows.log import LogWriter, SaltOwner
from lineproof.registry.flows.orders import order
from lineproof.registry.flows.replace_sim import stop_open_sim
from lineproof.registry.flows.transfers import stop_transfer_of
from lineproof.registry.flows.verify_holder import verification_in
from lineproof.registry.flows.visits import keep_registered
from lineproof.registry.models.choices import Retention
from lineproof.registry.queries.caps import CapOf
from lineproof.terms import HolderId, LineId, SessionId
from lineproof.transparency.entry import EntryKind


def surrender_line(services: Services, line: LineId, session: SessionId, *, now: datetime) -> None:
    """Give up a line, by its holder.

    Raises NotPermitted if nobody is freshly verified in the session, or they do not hold the line,
    Conflict where its state does not let it be given up: while it is being ported, for one.
    """
    with transaction.atomic():
        custody = custody_of_verified(services, line, session, now=now)  # 1
        row, holder = custody.line, HolderId(custody.holder_id)
        with LogWriter(services, owner_of(custody), now=now) as log:
            stop_transfer_of(row, TransferEnd.BY_GIVER, log)
            stop_open_sim(row, SimEvent.HOLDER_CHANGED, log)
            lines.end_custody(row, log)  # 2
            lines.move(row, LineEvent.SURRENDERED)
            order(row, SwitchState.OFF, log)
            give_notice(NoticeKind.LINE_SURRENDERED, holder, log, line=line)
            log.enter(EntryKind.LINE_SURRENDERED, {"line": str(line), "holder": str(holder)})
    finish(services, now=now)  # 3


def take_back(services: Services, line: LineId, session: SessionId, *, now: datetime) -> None:
    """Give a line that has ended back to its last holder, while its number is nobody's.

    Raises NotPermitted if nobody is freshly verified in the session, NotFound if they did not hold the line
    last, Conflict when the network has not switched it off yet, when its number was released or it was
    erased, for who is not to be recognised any more, and at the cap.
    """
    with transaction.atomic():
        verified = verification_in(services, session, now=now)  # 4
        holder = HolderId(verified.holder_id)
        last = _last_held(line, holder)
        row = last.line
        _refuse_state(row)
        refuse_erased(holder)
        _refuse_over_cap(services, last)
        with LogWriter(services, SaltOwner(holder, Retention.IDENTITY), now=now) as log:
            lines.take_custody_again(last, log)  # 5
            keep_registered(holder, verified.registered_until)
            lines.move(row, LineEvent.RESTORED)
            order(row, SwitchState.ON, log)
            give_notice(NoticeKind.LINE_RESTORED, holder, log, line=line)
            log.enter(EntryKind.LINE_TAKEN_BACK, {"line": str(line), "holder": str(holder)})
    finish(services, now=now)  # 6


def _last_held(line: LineId, holder: HolderId) -> models.Custody:
    row = models.Line.objects.select_for_update().filter(id=line).first()
    last = None if row is None else row.custodies.order_by("-since", "-id").first()
    if row is None or last is None or last.holder_id != holder or last.until is None:
        raise NotFound(
            "There is no such line that they held last, and do not hold any more.",
            remedy="Check the number or account.",
        )
    return last


def _refuse_state(row: models.Line) -> None:
    match LineState(row.state):
        case LineState.QUARANTINE if row.sealed_identifier is not None:
            return
        case LineState.SURRENDERED | LineState.TERMINATED:
            raise Conflict(
                "The network has not switched the line off yet.", remedy="Come back in a little while."
            )
        case _:
            raise Conflict(
                "The number was released, and may be somebody else's.", remedy="Register another line."
            )


def _refuse_over_cap(services: Services, last: models.Custody) -> None:
    counted = CapOf.holding(last)
    cap = counted.cap(services.policy)
    if cap is not None and not within_cap(held=counted.count(), cap=cap):
        raise Conflict(
            "They hold as many lines of this kind as one may: {cap}.",
            remedy="Give up another line first. The number is kept until its quarantine is over.",
            cap=cap,
        )
