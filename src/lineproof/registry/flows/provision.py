"""Send the orders that have not been carried out, and make their lines active.

    1. read each order without its "done"
    2. tell the network, at least once; the order's id is the idempotency key
    3. one transaction: done, the line's next state, entry
A network that is not there leaves the order for the next time, and later ones of its line behind it; a line
that nobody holds any more, or whose data was erased, is not switched; the others are sent all the same.
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from lineproof.errors import NotFound, Unavailable
from lineproof.line.correction import OPEN, CorrectionState
from lineproof.line.state import LineEvent, LineState
from lineproof.ports import NetworkOrder, Services, SwitchState
from lineproof.registry.flows.lines import move, unseal_line
from lineproof.registry.flows.log import LogWriter, SaltOwner
from lineproof.registry.models import Correction, Custody, Holder, Order, OrderDone
from lineproof.registry.models.choices import Retention
from lineproof.registry.queries.appeals import is_appealed
from lineproof.terms import HolderId, LineId, OrderId
from lineproof.transparency.entry import EntryKind, Stage

# What an order that is carried out changes in the life of a line: its first, and its last.
_EVENTS = {
    (SwitchState.ON, LineState.PENDING): LineEvent.SWITCHED_ON,
    (SwitchState.OFF, LineState.SURRENDERED): LineEvent.SWITCHED_OFF,
    (SwitchState.OFF, LineState.TERMINATED): LineEvent.SWITCHED_OFF,
}


def provision(services: Services, *, now: datetime) -> int:
    """Send every open order; give how many were carried out."""
    done, waiting = 0, set[UUID]()
    for order in Order.objects.filter(done=None).select_related("line").order_by("ordered_at", "id"):  # 1
        if order.line_id in waiting:
            continue  # sent after a later one, an earlier order would undo it
        try:
            services.network.switch(_network_order(services, order))  # 2
        except Unavailable:
            waiting.add(order.line_id)
            continue
        except NotFound:
            continue
        done += _record_done(services, order, now)  # 3
    return done


@transaction.atomic
def _record_done(services: Services, order: Order, now: datetime) -> int:
    if OrderDone.objects.filter(order=order).exists():
        return 0
    line = order.line
    OrderDone.objects.create(order=order, done_at=now)
    state = SwitchState(order.state)
    event = _EVENTS.get((state, LineState(line.state)))
    if event is not None:
        move(line, event)
    holder = _holder_of(order)
    # Of an erased holder nothing is committed to: a salt for them would make a key for them again.
    known = Holder.objects.filter(id=holder, sealed_identity__isnull=False).exists()
    owner = SaltOwner(holder, Retention.IDENTITY) if known else None
    with LogWriter(services, owner, now=now, subject=bytes(order.subject)) as log:
        record: dict[str, object] = {"line": str(line.id), "order": str(order.id)}
        stage = _stage_after(order)
        if state is SwitchState.ON:
            log.enter(EntryKind.LINE_SWITCHED_ON, record, stage=stage)
        else:
            log.enter(EntryKind.LINE_SWITCHED, record, stage=stage, outcome=state.value)
    return 1


def _stage_after(order: Order) -> Stage:
    """Tell where the procedure of an order is once that is carried out: mostly it ends with it."""
    subject = bytes(order.subject)
    corrections = Correction.objects.filter(line=order.line_id, subject=subject)
    for correction, state in corrections.values_list("id", "state"):
        if CorrectionState(state) in OPEN:
            return Stage.WAITS_FOR_PARTY
        if is_appealed(correction):
            return Stage.WAITS_FOR_PEOPLE
    if Order.objects.filter(line=order.line_id, subject=subject, done=None).exists():
        return Stage.UNDER_WAY
    return Stage.ENDED


def _network_order(services: Services, order: Order) -> NetworkOrder:
    request = unseal_line(services, order.line, _holder_of(order))
    return NetworkOrder(
        order=OrderId(order.id),
        line=LineId(order.line_id),
        identifier=request.identifier,
        iccid=request.iccid,
        state=SwitchState(order.state),
    )


def _holder_of(order: Order) -> HolderId:
    """Give who holds the line, or held it last: for whom it is switched off."""
    custodies = Custody.objects.only("holder_id", "until").filter(line_id=order.line_id)
    custody = custodies.order_by("-since", "-id").first()
    if custody is None or (custody.until is not None and order.state != SwitchState.OFF.value):
        raise NotFound("Nobody holds the line any more.")
    return HolderId(custody.holder_id)
