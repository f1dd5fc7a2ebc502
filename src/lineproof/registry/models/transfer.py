"""Transfers: the official change of holder, from its offer to its end."""

import uuid

from django.db import models
from django.db.models import F, Q

from lineproof.line.transfer import OPEN, TransferEnd, TransferState
from lineproof.registry.models.choices import choices_of, only
from lineproof.registry.models.holder import Holder
from lineproof.registry.models.line import Line
from lineproof.registry.models.staff import Staff

_OFFERED, _ACCEPTED = TransferState.OFFERED.value, TransferState.ACCEPTED.value
_COMPLETED, _CANCELLED = TransferState.COMPLETED.value, TransferState.CANCELLED.value


class Transfer(models.Model):
    """A line on its way from one holder to another.

    code_digest: SHA-256 of the random code by which it is accepted, as long as it can be; the code itself is
    nowhere in the record. offered_before: the agent who attested the giver as they offered it, if one did.
    receiver: null until they accept. registered_until: when the registration in their name will be over;
    null: it has no end. outcome: why it came to nothing, or "". subject: the log's pseudonym, 16 bytes. The
    row goes with the line's data, or with either party's identity.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    line = models.ForeignKey(Line, on_delete=models.PROTECT, related_name="transfers")
    giver = models.ForeignKey(Holder, on_delete=models.PROTECT, related_name="transfers_given")
    receiver = models.ForeignKey(
        Holder, null=True, on_delete=models.PROTECT, related_name="transfers_received"
    )
    offered_before = models.ForeignKey(Staff, null=True, on_delete=models.PROTECT, related_name="offers")
    state = models.CharField(max_length=16, choices=choices_of(TransferState))
    outcome = models.CharField(max_length=16, blank=True, choices=choices_of(TransferEnd))
    code_digest = models.BinaryField(max_length=32, null=True, unique=True)
    terms_version = models.CharField(max_length=64, blank=True)
    subject = models.BinaryField(max_length=16)
    offered_at = models.DateTimeField()
    accept_by = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    complete_at = models.DateTimeField(null=True)
    registered_until = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        """One transfer of a line at a time; none is completed that was not accepted, or too soon."""

        constraints = (
            only("state", TransferState),
            models.UniqueConstraint(
                fields=("line",),
                condition=Q(state__in=sorted(state.value for state in OPEN)),
                name="one_transfer_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(state=_CANCELLED, outcome__in=[end.value for end in TransferEnd])
                | (~Q(state=_CANCELLED) & Q(outcome="")),
                name="a_cancelled_transfer_says_why",
            ),
            models.CheckConstraint(
                condition=Q(receiver=None, accepted_at=None, complete_at=None, terms_version="")
                | (
                    Q(receiver__isnull=False, accepted_at__isnull=False, complete_at__isnull=False)
                    & ~Q(terms_version="")
                ),
                name="a_transfer_is_accepted_whole",
            ),
            models.CheckConstraint(
                condition=Q(state=_OFFERED, receiver=None)
                | Q(state__in=[_ACCEPTED, _COMPLETED], receiver__isnull=False)
                | Q(state=_CANCELLED),
                name="a_transfer_goes_to_who_accepted",
            ),
            models.CheckConstraint(
                condition=Q(state=_OFFERED) | Q(code_digest=None), name="a_code_is_used_once"
            ),
            models.CheckConstraint(
                condition=Q(receiver=None) | ~Q(receiver=F("giver")), name="a_transfer_is_to_another"
            ),
            models.CheckConstraint(
                condition=Q(state__in=[_OFFERED, _ACCEPTED], ended_at=None)
                | Q(state=_CANCELLED, ended_at__isnull=False)
                | Q(state=_COMPLETED, ended_at__gte=F("complete_at")),
                name="a_transfer_is_not_completed_too_soon",
            ),
        )
        indexes = (
            models.Index(
                fields=("state", "offered_at"), condition=Q(ended_at=None), name="open_transfers_by_state"
            ),
        )
