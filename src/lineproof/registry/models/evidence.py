"""What is kept of a referral for its reviewers, and each time that it was opened."""

from django.db import models
from django.db.models import Q

from lineproof.registry.models.case import Case
from lineproof.registry.models.choices import EvidenceEnd, choices_of
from lineproof.registry.models.staff import Staff


class CaseEvidence(models.Model):
    """That the photographs of a case are kept, as ciphertext outside the record.

    session: whose ciphertext it is. key_name: the key in the vault of case keys. wrapped_key: the content
    key, wrapped to it, 113 bytes; null once it is destroyed.
    """

    case = models.OneToOneField(Case, primary_key=True, on_delete=models.PROTECT, related_name="evidence")
    session = models.UUIDField(unique=True)
    key_name = models.CharField(max_length=64, unique=True)
    wrapped_key = models.BinaryField(max_length=113, null=True)
    kept_until = models.DateTimeField()
    destroyed_at = models.DateTimeField(null=True)
    end = models.CharField(max_length=16, blank=True, choices=choices_of(EvidenceEnd))

    class Meta:
        """Once it is destroyed there is no key, and it says why."""

        constraints = (
            models.CheckConstraint(
                condition=Q(destroyed_at=None, wrapped_key__isnull=False, end="")
                | Q(
                    destroyed_at__isnull=False,
                    wrapped_key=None,
                    end__in=[reason.value for reason in EvidenceEnd],
                ),
                name="evidence_is_destroyed_with_its_key",
            ),
        )
        indexes = (models.Index(fields=("destroyed_at", "kept_until"), name="evidence_that_is_due"),)


class EvidenceOpening(models.Model):
    """One opening of a case's photographs by one reviewer; never updated. opening: its nonce, 16 bytes."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="openings")
    reviewer = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="openings")
    opening = models.BinaryField(max_length=16, unique=True)
    opened_at = models.DateTimeField()
