"""Replacements of SIMs."""

import uuid

from django.db import models
from django.db.models import F, Q

from lineproof.line.sim import SimState
from lineproof.registry.models.choices import choices_of, only
from lineproof.registry.models.custody import Custody
from lineproof.registry.models.line import Line


class SimReplacement(models.Model):
    """Another SIM for a line, which is switched on at due_at.

    custody: in which it was asked for; once that has ended, it is nobody's wish any more. sealed_iccid: the
    new card's number, sealed under the holder's key of the line; null once it is in the line, or stopped.
    subject: the log's pseudonym of the procedure.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    line = models.ForeignKey(Line, on_delete=models.PROTECT, related_name="replacements")
    custody = models.ForeignKey(Custody, on_delete=models.PROTECT, related_name="replacements")
    state = models.CharField(max_length=12, choices=choices_of(SimState))
    sealed_iccid = models.BinaryField(null=True)
    subject = models.BinaryField(max_length=16)
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        """States are closed; a line has one open replacement; only an open one has a card's number."""

        constraints = (
            only("state", SimState),
            models.UniqueConstraint(
                fields=("line",),
                condition=Q(state=SimState.ASKED.value),
                name="one_replacement_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(state=SimState.ASKED.value, sealed_iccid__isnull=False, ended_at=None)
                | (~Q(state=SimState.ASKED.value) & Q(sealed_iccid=None, ended_at__isnull=False)),
                name="an_open_replacement_has_its_card",
            ),
            # Whatever the program does, no card is switched on before its holder had time to object.
            models.CheckConstraint(
                condition=~Q(state=SimState.SWITCHED.value) | Q(ended_at__gte=F("due_at")),
                name="a_card_is_never_switched_on_early",
            ),
        )
        indexes = (
            models.Index(
                fields=("state", "asked_at"), condition=Q(ended_at=None), name="open_replacements_by_state"
            ),
        )
