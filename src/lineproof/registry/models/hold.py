"""Holds: for how long something may not be done with a line."""

from django.db import models

from lineproof.line.hold import HoldKind
from lineproof.registry.models.choices import choices_of, only
from lineproof.registry.models.line import Line


class Hold(models.Model):
    """From `since` up to but not including `until`. subject: of the procedure that set it, 16 bytes."""

    line = models.ForeignKey(Line, on_delete=models.PROTECT, related_name="holds")
    kind = models.CharField(max_length=24, choices=choices_of(HoldKind))
    since = models.DateTimeField()
    until = models.DateTimeField()
    subject = models.BinaryField(max_length=16)

    class Meta:
        """Kinds are closed, and a hold ends."""

        constraints = (
            only("kind", HoldKind),
            models.CheckConstraint(condition=models.Q(until__gt=models.F("since")), name="a_hold_ends"),
        )
