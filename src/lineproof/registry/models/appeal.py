"""Appeals against what people decided."""

import uuid

from django.db import models
from django.db.models import Q

from lineproof.line.appeal import AppealKind, AppealState
from lineproof.registry.models.choices import choices_of, only
from lineproof.registry.models.staff import Staff


class Appeal(models.Model):
    """One appeal. about: the case, correction or dispute. subject: the log's pseudonym of its procedure.

    heard_by, reason: of a decided one.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=16, choices=choices_of(AppealKind))
    about = models.UUIDField()
    state = models.CharField(max_length=16, choices=choices_of(AppealState))
    subject = models.BinaryField(max_length=16)
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField()
    heard_by = models.ForeignKey(Staff, null=True, on_delete=models.PROTECT, related_name="appeals")
    reason = models.CharField(max_length=40, blank=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        """One open appeal against a thing; what is decided says by whom, when and why."""

        constraints = (
            only("kind", AppealKind),
            only("state", AppealState),
            models.UniqueConstraint(fields=("about",), condition=Q(state="open"), name="one_open_appeal"),
            models.CheckConstraint(
                condition=Q(state="open", heard_by=None, decided_at=None, reason="")
                | Q(state="withdrawn", heard_by=None, decided_at__isnull=False, reason="")
                | (
                    Q(state__in=["upheld", "overturned"], heard_by__isnull=False, decided_at__isnull=False)
                    & ~Q(reason="")
                ),
                name="an_appeal_is_decided_by_somebody_with_a_reason",
            ),
        )
