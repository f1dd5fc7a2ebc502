"""Numbers that go to another operator, or come from one."""

import uuid

from django.db import models
from django.db.models import F, Q

from lineproof.line.porting import OPEN, OUT, PortingState
from lineproof.registry.models.choices import choices_of, only
from lineproof.registry.models.line import Line

_OPEN, _OUT = (sorted(state.value for state in states) for states in (OPEN, OUT))


class Porting(models.Model):
    """One porting of a line's number; its state says in which direction.

    other_operator: to which, or from which. due_at: from when a number may leave; by when one that comes
    ought to be let go, null of what earlier releases entered. closes_at: until when the other operator can
    confirm one that leaves. late_told_at: when the applicant was told that the other operator is late.
    subject: the log's pseudonym of the procedure.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    line = models.ForeignKey(Line, on_delete=models.PROTECT, related_name="portings")
    state = models.CharField(max_length=12, choices=choices_of(PortingState))
    other_operator = models.CharField(max_length=40)
    subject = models.BinaryField(max_length=16)
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    closes_at = models.DateTimeField(null=True)
    late_told_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        """States are closed; a line has one open porting; a number has its time to leave, or comes."""

        constraints = (
            only("state", PortingState),
            models.UniqueConstraint(
                fields=("line",),
                condition=Q(state__in=_OPEN),
                name="one_porting_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(
                    state__in=_OUT, due_at__isnull=False, closes_at__gte=F("due_at"), late_told_at=None
                )
                | (~Q(state__in=_OUT) & Q(closes_at=None)),
                name="a_number_that_leaves_has_its_time",
            ),
            models.CheckConstraint(
                condition=Q(state__in=_OPEN, ended_at=None)
                | (~Q(state__in=_OPEN) & Q(ended_at__isnull=False)),
                name="a_porting_ends_once",
            ),
            # Whatever the program does, no number leaves before its holder had time to object.
            models.CheckConstraint(
                condition=~Q(state=PortingState.LEFT.value) | Q(ended_at__gte=F("due_at")),
                name="a_number_never_leaves_early",
            ),
        )
        indexes = (
            models.Index(
                fields=("state", "asked_at"), condition=Q(ended_at=None), name="open_portings_by_state"
            ),
        )
