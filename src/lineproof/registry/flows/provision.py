"""Send the orders that have not been carried out, in the order in which they were given, and record it.

    1. read the lines with orders whose turn has come
    2. of each line the first open order, as long as its turn has come: a later one never overtakes it
    3. one that nobody may be told of any more, since nobody holds the line and a later one follows: closed,
       with an entry
    4. tell the network, at least once; the order's id is the idempotency key
    5. it could not be told: the order waits, longer each time, and with it all later ones of its line
    6. one transaction: done, the line's next state, entry
A network that is away for several lines in a row is away: the others wait for the next run without being
tried. Several may do this at once; what one of them has carried out changes nothing for the other.
"""

from datetime import datetime, timedelta
from itertools import chain
from uuid import UUID

from django.db import transaction

from lineproof import structured
from lineproof.errors import Conflict, LineproofError, NotFound, Unavailable
from lineproof.line.correction import OPEN, CorrectionState
from lineproof.line.order import OrderFault, is_stuck, retry_delay
from lineproof.line.state import LineEvent, LineState
from lineproof.ports import NetworkOrder, Services, SwitchState
from lineproof.registry.flows.lines import move, unseal_line
from lineproof.registry.flows.log import LogWriter, SaltOwner
from lineproof.registry.models import Correction, Custody, Line, Order, OrderDone
from lineproof.registry.models.choices import Retention
from lineproof.registry.queries.appeals import is_appealed
from lineproof.structured import Event, Level
from lineproof.terms import HolderId, LineId, OrderId
from lineproof.transparency.entry import EntryKind, Stage

# Lines of one run: a procedure that sends what waits does not wait for a backlog.
MOST_AT_ONCE = 100
ENOUGH_AWAY = 5

# What an order that is carried out changes in the life of a line: its first, and its last.
_EVENTS = {
    (SwitchState.ON, LineState.PENDING): LineEvent.SWITCHED_ON,
    (SwitchState.OFF, LineState.SURRENDERED): LineEvent.SWITCHED_OFF,
    (SwitchState.OFF, LineState.TERMINATED): LineEvent.SWITCHED_OFF,
}


def provision(services: Services, *, now: datetime, most_at_once: int = MOST_AT_ONCE) -> int:
    """Send the open orders whose turn has come; give how many were carried out.

    most_at_once: of how many lines that are new, and of how many that waited; the next run has the others.
    """
    done = away = 0
    for line in _lines_due(now, most_at_once):  # 1
        while (order := _first_open(line)) is not None:  # 2
            if order.next_at is not None and order.next_at > now:
                _wait_behind(order)
                break
            if _is_overtaken(order):
                _close_overtaken(services, order, now)  # 3
                continue
            fault = _send(services, order, now)  # 4, 5
            away = away + 1 if fault is OrderFault.NETWORK_AWAY else 0
            if fault is not None:
                break
            done += _record_done(services, order, now)  # 6
        if away >= ENOUGH_AWAY:
            break
    return done


def confirm_order(services: Services, order: OrderId, *, now: datetime) -> None:
    """Record that a stuck order was carried out in the network by hand, by whoever runs the network.

    One that is not sent since nobody holds the line was not carried out, and is closed as overtaken.
    Raises NotFound for an order that is not there; Conflict for one that is not stuck, or waits for an
    earlier one of its line.
    """
    row = Order.objects.filter(id=order).first()
    if row is None:
        raise NotFound("There is no such order.", remedy="List them with: lineproof orders list")
    fault = OrderFault(row.fault) if row.fault else None
    if not row.open or not is_stuck(ordered_at=row.ordered_at, fault=fault, now=now):
        raise Conflict("That order is not stuck.", remedy="List those with: lineproof orders list --stuck")
    if _first_open(row.line_id) != row:
        raise Conflict("An earlier order of that line is open.", remedy="Confirm that first.")
    if fault is OrderFault.NOBODY_HOLDS:
        _close_overtaken(services, row, now)
    else:
        _record_done(services, row, now)


def overtake_orders(services: Services, line: UUID, *, now: datetime) -> int:
    """Close what waits to be ordered for a line that nobody holds any more, in the caller's transaction.

    Before it is ordered off: what was ordered earlier is never sent then, and the log says so at once. Gives
    how many were closed.
    """
    waiting = Order.objects.filter(line_id=line, open=True).exclude(state=SwitchState.OFF.value)
    rows = list(waiting.select_related("line").order_by("ordered_at", "number", "id"))
    for row in rows:
        _close_overtaken(services, row, now)
    return len(rows)


def _lines_due(now: datetime, most: int) -> list[UUID]:
    waiting = Order.objects.filter(open=True)
    fresh = waiting.filter(next_at=None).order_by("ordered_at").values_list("line_id", flat=True)
    again = waiting.filter(next_at__lte=now).order_by("next_at").values_list("line_id", flat=True)
    return list(dict.fromkeys(chain(fresh[:most], again[:most])))


def _first_open(line: UUID) -> Order | None:
    rows = Order.objects.filter(line_id=line, open=True).select_related("line")
    return rows.order_by("ordered_at", "number", "id").first()


def _wait_behind(first: Order) -> None:
    """Have what was ordered behind an order that waits wait as long, so that no run looks at it before."""
    Order.objects.filter(line_id=first.line_id, open=True).exclude(id=first.id).update(next_at=first.next_at)


def _is_overtaken(order: Order) -> bool:
    if order.state == SwitchState.OFF.value or _is_held(order):
        return False
    return Order.objects.filter(line_id=order.line_id, open=True).exclude(id=order.id).exists()


@transaction.atomic
def _close_overtaken(services: Services, order: Order, now: datetime) -> None:
    if not Order.objects.filter(id=order.id, open=True).exists():
        return
    _close(order)
    with LogWriter(services, _owner(order), now=now, subject=bytes(order.subject) or None) as log:
        record: dict[str, object] = {"line": str(order.line_id), "order": str(order.id)}
        log.enter(EntryKind.ORDER_OVERTAKEN, record, stage=_stage(order), outcome=order.state)


def _send(services: Services, order: Order, now: datetime) -> OrderFault | None:
    """Tell the network; None when it has carried the order out, otherwise why not, which is noted."""
    told = _network_order(services, order)
    if isinstance(told, OrderFault):
        _note_fault(order, told, now)
        return told
    fault: OrderFault | None = OrderFault.BROKEN
    asked = timedelta()
    try:
        services.network.switch(told)
        fault = None
    except Unavailable as error:
        fault, asked = OrderFault.NETWORK_AWAY, timedelta(seconds=error.retry_after_s or 0)
    except LineproofError:
        fault = OrderFault.REFUSED
    finally:
        # Also when the adapter is broken: what its error stops now must not be the first again the next time.
        if fault is not None:
            _note_fault(order, fault, now, asked=asked)
    return fault


def _network_order(services: Services, order: Order) -> NetworkOrder | OrderFault:
    holder = _last_holder(order)
    if order.line.sealed_identifier is None:
        return OrderFault.ERASED
    if holder is None or (order.state != SwitchState.OFF.value and not _is_held(order)):
        return OrderFault.NOBODY_HOLDS
    try:
        request = unseal_line(services, order.line, holder)
    except Unavailable:
        return OrderFault.KEYS_AWAY
    except NotFound:
        return OrderFault.ERASED
    except LineproofError:
        return OrderFault.REFUSED
    return NetworkOrder(
        order=OrderId(order.id),
        line=LineId(order.line_id),
        identifier=request.identifier,
        iccid=request.iccid,
        state=SwitchState(order.state),
    )


@transaction.atomic
def _note_fault(order: Order, fault: OrderFault, now: datetime, *, asked: timedelta = timedelta()) -> None:
    failures = order.failures + 1
    order.next_at = now + retry_delay(failures, fault, asked=asked)
    still = Order.objects.filter(id=order.id, open=True)
    if still.update(failures=failures, fault=fault.value, next_at=order.next_at):
        _wait_behind(order)
        transaction.on_commit(
            lambda: structured.log(
                Level.WARNING, Event.ORDER_FAILED, order=order.id, code=fault, count=failures
            )
        )


@transaction.atomic
def _record_done(services: Services, order: Order, now: datetime) -> int:
    _close(order)
    if OrderDone.objects.filter(order=order).exists():
        return 0
    OrderDone.objects.create(order=order, done_at=now)
    # Read again: the network takes its time, and a procedure may have gone on meanwhile.
    line = Line.objects.get(id=order.line_id)
    state = SwitchState(order.state)
    event = _EVENTS.get((state, LineState(line.state)))
    if event is not None:
        move(line, event)
    subject = bytes(order.subject)  # none: the line was erased, and nothing leads to its entries
    with LogWriter(services, _owner(order), now=now, subject=subject or None) as log:
        record: dict[str, object] = {"line": str(line.id), "order": str(order.id)}
        if state is SwitchState.ON and subject:
            log.enter(EntryKind.LINE_SWITCHED_ON, record, stage=_stage(order))
        else:
            log.enter(EntryKind.LINE_SWITCHED, record, stage=_stage(order), outcome=state.value)
    transaction.on_commit(
        lambda: structured.log(Level.INFO, Event.ORDER_CARRIED_OUT, order=order.id, code=state)
    )
    return 1


def _stage(order: Order) -> Stage:
    """Tell where the procedure of an order is once that is closed: mostly it ends with it."""
    subject = bytes(order.subject)
    corrections = Correction.objects.filter(line=order.line_id, subject=subject)
    for correction, state in corrections.values_list("id", "state"):
        if CorrectionState(state) in OPEN:
            return Stage.WAITS_FOR_PARTY
        if is_appealed(correction):
            return Stage.WAITS_FOR_PEOPLE
    others = Order.objects.filter(line_id=order.line_id, open=True, subject=subject)
    return Stage.UNDER_WAY if others.exists() else Stage.ENDED


def _close(order: Order) -> None:
    Order.objects.filter(id=order.id, open=True).update(open=False, fault="", next_at=None)


def _is_held(order: Order) -> bool:
    return Custody.objects.filter(line_id=order.line_id, until=None).exists()


def _last_holder(order: Order) -> HolderId | None:
    """Give who holds the line, or held it last: for whom it is switched off."""
    custodies = Custody.objects.only("holder_id").filter(line_id=order.line_id)
    custody = custodies.order_by("-since", "-id").first()
    return None if custody is None else HolderId(custody.holder_id)


def _owner(order: Order) -> SaltOwner | None:
    """Give whose salt the entry has: the last holder's, or nobody's once that is erased."""
    custodies = Custody.objects.filter(line_id=order.line_id, holder__sealed_identity__isnull=False)
    last = _last_holder(order)
    if last is None or not custodies.filter(holder_id=last).exists():
        return None
    return SaltOwner(last, Retention.IDENTITY)
