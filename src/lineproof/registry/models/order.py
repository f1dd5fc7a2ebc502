"""Orders to the network, and that they were carried out."""

import uuid

from django.db import models

from lineproof.ports import SwitchState
from lineproof.registry.models.choices import choices_of, only
from lineproof.registry.models.line import Line


class Order(models.Model):
    """One order to switch a line; its id is the idempotency key."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    line = models.ForeignKey(Line, on_delete=models.PROTECT, related_name="orders")
    state = models.CharField(max_length=16, choices=choices_of(SwitchState))
    subject = models.BinaryField(max_length=16)
    ordered_at = models.DateTimeField()

    class Meta:
        """What a network may be told, nothing else."""

        constraints = (only("state", SwitchState),)


class OrderDone(models.Model):
    """That the network carried an order out."""

    order = models.OneToOneField(Order, on_delete=models.PROTECT, related_name="done")
    done_at = models.DateTimeField()
