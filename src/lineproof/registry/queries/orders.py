"""Orders that wait to be carried out: for whoever runs the network."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from lineproof.line.order import LASTING, STUCK_AFTER, OrderFault, is_stuck
from lineproof.ports import SwitchState
from lineproof.registry.models import Order
from lineproof.terms import LineId, OrderId


@dataclass(frozen=True, slots=True)
class OpenOrder:
    """An order that waits. fault: why, None when it was not sent yet. next_at: None for at once.

    first: whether it is the first open one of its line; the others wait for it.
    """

    id: OrderId
    line: LineId
    state: SwitchState
    ordered_at: datetime
    failures: int
    fault: OrderFault | None
    next_at: datetime | None
    stuck: bool
    first: bool


def read_open_orders(*, now: datetime, stuck: bool = False) -> tuple[OpenOrder, ...]:
    """Read the orders that wait, of each line in the order they were given; or those that are stuck alone."""
    rows = Order.objects.filter(open=True).order_by("ordered_at", "number", "id")
    found, lines = [], set()
    for row in rows.only("line_id", "state", "ordered_at", "failures", "fault", "next_at"):
        fault = OrderFault(row.fault) if row.fault else None
        waits = is_stuck(ordered_at=row.ordered_at, fault=fault, now=now)
        if waits or not stuck:
            found.append(
                OpenOrder(
                    OrderId(row.id),
                    LineId(row.line_id),
                    SwitchState(row.state),
                    row.ordered_at,
                    row.failures,
                    fault,
                    row.next_at,
                    stuck=waits,
                    first=row.line_id not in lines,
                )
            )
        lines.add(row.line_id)
    return tuple(found)


def count_stuck_orders(*, now: datetime) -> int:
    """Count the open orders that a person has to look at."""
    waiting = Order.objects.filter(open=True)
    lasting = [fault.value for fault in LASTING]
    since = now - STUCK_AFTER
    late = waiting.filter(ordered_at__lte=since)
    at_fault = waiting.filter(~Q(fault=""), fault__in=lasting, ordered_at__gt=since)
    # They exclude each other, and each has an index of its own.
    return late.count() + at_fault.count()


def count_open_orders() -> int:
    """Count the orders that wait."""
    return Order.objects.filter(open=True).count()


def read_oldest_order() -> datetime | None:
    """Read when the oldest order that waits was given; None when none waits."""
    return Order.objects.filter(open=True).order_by("ordered_at").values_list("ordered_at", flat=True).first()
