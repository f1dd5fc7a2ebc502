"""Inspections, and the entries that were drawn for them."""

import uuid

from django.db import models
from django.db.models import Q

from lineproof.line.inspection import InspectionState, Judgement, OperatorAnswer
from lineproof.registry.models.choices import choices_of, only
from lineproof.registry.models.staff import Staff


class Inspection(models.Model):
    """One inspection of the entries of a kind. subject: the log's pseudonym of it.

    nonce_commitment: SHA-256 of the inspector's nonce, given before the sample. nonce, log_size: since the
    sample is drawn, what it was drawn with. due_at: until when the operator answers what was reported.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    inspector = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="inspections")
    kind = models.CharField(max_length=32)
    asked = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=16, choices=choices_of(InspectionState))
    subject = models.BinaryField(max_length=16)
    nonce_commitment = models.BinaryField(max_length=32, unique=True)
    nonce = models.BinaryField(max_length=32, null=True)
    log_size = models.PositiveBigIntegerField(null=True)
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)

    class Meta:
        """A sample has its nonce and its checkpoint, and nothing is drawn without."""

        constraints = (
            only("state", InspectionState),
            models.CheckConstraint(
                condition=Q(nonce=None, log_size=None)
                | (Q(nonce__isnull=False, log_size__isnull=False) & ~Q(state="open")),
                name="a_sample_has_its_nonce_and_checkpoint",
            ),
        )


class InspectedEntry(models.Model):
    """An entry that was drawn. position: in the log. disclosed_at: when two people told what it is about.

    judgement: the inspector's; answer: the operator's, where the rules are said not to be kept.
    """

    inspection = models.ForeignKey(Inspection, on_delete=models.PROTECT, related_name="entries")
    position = models.PositiveBigIntegerField()
    disclosed_at = models.DateTimeField(null=True)
    first = models.ForeignKey(Staff, null=True, on_delete=models.PROTECT, related_name="+")
    second = models.ForeignKey(Staff, null=True, on_delete=models.PROTECT, related_name="+")
    judgement = models.CharField(max_length=16, blank=True, choices=choices_of(Judgement))
    answer = models.CharField(max_length=24, blank=True, choices=choices_of(OperatorAnswer))

    class Meta:
        """Each entry once; two people, not one, disclose it; only what is not kept is answered."""

        constraints = (
            models.UniqueConstraint(fields=("inspection", "position"), name="an_entry_is_drawn_once"),
            models.CheckConstraint(
                condition=Q(disclosed_at=None, first=None, second=None)
                | (
                    Q(disclosed_at__isnull=False, first__isnull=False, second__isnull=False)
                    & ~Q(first=models.F("second"))
                ),
                name="two_people_disclose",
            ),
            models.CheckConstraint(
                condition=Q(judgement__in=["", *(one.value for one in Judgement)]), name="judgement_is_known"
            ),
            models.CheckConstraint(
                condition=Q(answer="")
                | Q(answer__in=[one.value for one in OperatorAnswer], judgement="not_kept"),
                name="only_what_is_not_kept_is_answered",
            ),
        )
