"""Disputes about lines, what their users said of them, and who vouched for a custody."""

import uuid

from django.db import models
from django.db.models import Q

from lineproof.line.dispute import DisputeKind, DisputeState, Statement
from lineproof.registry.models.choices import choices_of, only
from lineproof.registry.models.custody import Custody
from lineproof.registry.models.staff import Staff


class Dispute(models.Model):
    """What a holder says of a line in their name: of that custody, so that it says which line and who.

    subject: the log's pseudonym of its procedure; emptied with the line's data. answer_by: until when the
    line's user can say what they know before anything is decided. ended_at: when it was decided as it stands,
    or taken back.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    custody = models.ForeignKey(Custody, on_delete=models.PROTECT, related_name="disputes")
    kind = models.CharField(max_length=16, choices=choices_of(DisputeKind))
    state = models.CharField(max_length=16, choices=choices_of(DisputeState))
    subject = models.BinaryField(max_length=16)
    opened_at = models.DateTimeField()
    answer_by = models.DateTimeField()
    due_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        """One open dispute about a custody, of which a line has one at a time; what ended says when."""

        constraints = (
            only("kind", DisputeKind),
            only("state", DisputeState),
            models.UniqueConstraint(
                fields=("custody",), condition=Q(state__in=["open", "heard"]), name="one_open_dispute"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["open", "heard"], ended_at=None)
                | (~Q(state__in=["open", "heard"]) & Q(ended_at__isnull=False)),
                name="a_dispute_that_ended_says_when",
            ),
        )
        indexes = (
            models.Index(
                fields=("state", "opened_at"), condition=Q(ended_at=None), name="open_disputes_by_state"
            ),
        )


class DisputeStatement(models.Model):
    """What the line's user said to an agent, in closed words; never updated."""

    dispute = models.ForeignKey(Dispute, on_delete=models.PROTECT, related_name="statements")
    statement = models.CharField(max_length=24, choices=choices_of(Statement))
    agent = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="statements")
    heard_at = models.DateTimeField()

    class Meta:
        """What can be said is closed."""

        constraints = (only("statement", Statement),)


class Vouching(models.Model):
    """That a member of staff vouched for a custody: the agent who attested, a reviewer who accepted.

    It says who decides nothing about that line later, and whose attestations were disputed. Never updated; it
    names nobody but staff, and stays.
    """

    custody = models.ForeignKey(Custody, on_delete=models.PROTECT, related_name="vouchings")
    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="vouchings")

    class Meta:
        """Once of each."""

        constraints = (models.UniqueConstraint(fields=("custody", "staff"), name="somebody_vouches_once"),)


class AgentLimit(models.Model):
    """How many attestations an agent may give in any 24 hours; no row: as many as they need."""

    agent = models.OneToOneField(Staff, on_delete=models.PROTECT, related_name="limit")
    per_day = models.PositiveIntegerField()
    set_at = models.DateTimeField()
