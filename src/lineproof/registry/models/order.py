"""Orders to the network, how far they are, and that they were carried out."""

import uuid

from django.db import models
from django.db.models import Q

from lineproof.line.order import OrderFault
from lineproof.ports import SwitchState
from lineproof.registry.models.choices import choices_of, only
from lineproof.registry.models.line import Line


class Order(models.Model):
    """One order to switch a line; its id is the idempotency key.

    What is ordered is never changed; how far it is, is. open: it waits to be carried out. number: its place
    among those of its line that were given at one moment; the moments of one line never go back. failures,
    fault: how often it did not reach the network, and why the last time. next_at: not to be sent before;
    null: at once, and of what is done.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    line = models.ForeignKey(Line, on_delete=models.PROTECT, related_name="orders")
    state = models.CharField(max_length=16, choices=choices_of(SwitchState))
    subject = models.BinaryField(max_length=16)
    ordered_at = models.DateTimeField()
    # The defaults are the database's: an earlier release, still running, writes without these columns. What
    # it carried out stays open here, and is found done and closed when it is sent again.
    open = models.BooleanField(db_default=True)
    number = models.PositiveIntegerField(db_default=0)
    failures = models.PositiveIntegerField(db_default=0)
    fault = models.CharField(max_length=16, blank=True, db_default="", choices=choices_of(OrderFault))
    next_at = models.DateTimeField(null=True)

    class Meta:
        """What a network may be told, nothing else; open orders are found without looking at the others."""

        constraints = (
            only("state", SwitchState),
            models.CheckConstraint(
                condition=Q(fault__in=["", *(fault.value for fault in OrderFault)]),
                name="order_fault_is_known",
            ),
            models.CheckConstraint(
                condition=Q(open=True) | Q(fault="", next_at=None), name="a_closed_order_waits_for_nothing"
            ),
        )
        indexes = (
            models.Index(
                fields=("line", "ordered_at", "number"), condition=Q(open=True), name="open_orders_of_a_line"
            ),
            models.Index(fields=("next_at", "ordered_at"), condition=Q(open=True), name="orders_by_turn"),
            models.Index(fields=("ordered_at",), condition=Q(open=True), name="open_orders_by_age"),
            models.Index(fields=("fault",), condition=Q(open=True) & ~Q(fault=""), name="orders_at_fault"),
        )


class OrderDone(models.Model):
    """That the network carried an order out."""

    order = models.OneToOneField(Order, on_delete=models.PROTECT, related_name="done")
    done_at = models.DateTimeField()
