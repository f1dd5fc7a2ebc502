"""Second looks at what agents attested."""

import uuid

from django.db import models
from django.db.models import F, Q

from lineproof.line.second_look import LookedAt, LookState, WrongReason
from lineproof.registry.models.choices import choices_of, only
from lineproof.registry.models.custody import Custody
from lineproof.registry.models.staff import Staff


class SecondLook(models.Model):
    """That something an agent attested was drawn to be looked at once more, and what came of it.

    custody: in which it was done, so that it says which line. No session is noted: once its data are erased,
    nothing leads from a line to it. subject: the log's pseudonym of the look; emptied with the line's data.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    custody = models.ForeignKey(Custody, on_delete=models.PROTECT, related_name="second_looks")
    agent = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="looks_at_theirs")
    procedure = models.CharField(max_length=16, choices=choices_of(LookedAt))
    state = models.CharField(max_length=12, choices=choices_of(LookState))
    reason = models.CharField(max_length=24, blank=True)
    reviewer = models.ForeignKey(Staff, null=True, on_delete=models.PROTECT, related_name="second_looks")
    subject = models.BinaryField(max_length=16)
    drawn_at = models.DateTimeField()
    due_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        """What is done says by whom, and what is wrong says why; nobody looks at what they attested."""

        constraints = (
            only("procedure", LookedAt),
            only("state", LookState),
            models.CheckConstraint(
                condition=Q(state="open", reviewer=None, ended_at=None)
                | Q(state="lapsed", reviewer=None, ended_at__isnull=False)
                | Q(
                    state__in=["confirmed", "not_reached", "wrong"],
                    reviewer__isnull=False,
                    ended_at__isnull=False,
                ),
                name="a_look_that_is_over_says_by_whom",
            ),
            models.CheckConstraint(
                condition=Q(state="wrong", reason__in=[reason.value for reason in WrongReason])
                | (~Q(state="wrong") & Q(reason="")),
                name="a_wrong_attestation_has_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(reviewer=None) | ~Q(reviewer=F("agent")), name="nobody_looks_at_their_own"
            ),
        )
        indexes = (
            models.Index(
                fields=("state", "drawn_at"), condition=Q(ended_at=None), name="open_looks_by_state"
            ),
        )
