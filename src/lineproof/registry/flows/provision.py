"""Send the orders that have not been carried out, and make their lines active.

    1. read each order without its "done"
    2. tell the network, at least once; the order's id is the idempotency key
    3. one transaction: done, the line's next state, entry
A network that is not there leaves the order for the next time, and a line that nobody holds any more, or
whose data was erased, is not switched; the others are sent all the same.
"""

from datetime import datetime

from django.db import transaction

from lineproof.errors import NotFound, Unavailable
from lineproof.line.state import LineEvent, LineState, next_state
from lineproof.ports import NetworkOrder, Services, SwitchState
from lineproof.registry import personal
from lineproof.registry.flows.log import LogWriter, SaltOwner
from lineproof.registry.models import Custody, Order, OrderDone
from lineproof.registry.models.choices import Retention
from lineproof.terms import AccessId, HolderId, Iccid, LineId, LineKind, Msisdn, OrderId
from lineproof.transparency.entry import EntryKind, Stage

_EVENTS = {SwitchState.ON: LineEvent.SWITCHED_ON}


def provision(services: Services, *, now: datetime) -> int:
    """Send every open order; give how many were carried out."""
    done = 0
    for order in Order.objects.filter(done=None).select_related("line").order_by("ordered_at", "id"):  # 1
        try:
            services.network.switch(_network_order(services, order))  # 2
        except (Unavailable, NotFound):
            continue
        done += _record_done(services, order, now)  # 3
    return done


@transaction.atomic
def _record_done(services: Services, order: Order, now: datetime) -> int:
    if OrderDone.objects.filter(order=order).exists():
        return 0
    line = order.line
    OrderDone.objects.create(order=order, done_at=now)
    line.state = next_state(LineState(line.state), _EVENTS[SwitchState(order.state)]).value
    line.save(update_fields=["state"])
    owner = SaltOwner(_holder_of(order), Retention.IDENTITY)
    with LogWriter(services, owner, now=now, subject=bytes(order.subject)) as log:
        record: dict[str, object] = {"line": str(line.id), "order": str(order.id)}
        log.enter(EntryKind.LINE_SWITCHED_ON, record, stage=Stage.ENDED)
    return 1


def _network_order(services: Services, order: Order) -> NetworkOrder:
    line = order.line
    value = personal.unseal(
        services.keys,
        bytes(line.sealed_identifier or b""),
        subject=_holder_of(order),
        retention=Retention.LINE,
        place="line.sealed_identifier",
    )
    name, detail = value["identifier"] or "", value["detail"] or ""
    mobile = line.kind == LineKind.MOBILE.value
    return NetworkOrder(
        order=OrderId(order.id),
        line=LineId(line.id),
        identifier=Msisdn.parse(name) if mobile else AccessId.parse(name, detail),
        iccid=Iccid.parse(detail) if mobile else None,
        state=SwitchState(order.state),
    )


def _holder_of(order: Order) -> HolderId:
    custody = Custody.objects.only("holder_id").filter(line_id=order.line_id, until=None).first()
    if custody is None:
        raise NotFound("Nobody holds the line any more.")
    return HolderId(custody.holder_id)
