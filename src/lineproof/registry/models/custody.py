"""Custody: who held a line when."""

from django.db import models
from django.db.models import F, Q

from lineproof.registry.models.holder import Holder
from lineproof.registry.models.line import Line


class Custody(models.Model):
    """From `since` up to but not including `until`; until is null while it lasts."""

    line = models.ForeignKey(Line, on_delete=models.PROTECT, related_name="custodies")
    holder = models.ForeignKey(Holder, on_delete=models.PROTECT, related_name="custodies")
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)

    class Meta:
        """A line has at most one holder at a time."""

        constraints = (
            models.UniqueConstraint(fields=("line",), condition=Q(until=None), name="one_holder_at_a_time"),
            models.CheckConstraint(
                condition=Q(until=None) | Q(until__gt=F("since")), name="custody_ends_after_it_begins"
            ),
        )
