"""Notices given to holders, and the attempts to bring them there."""

from django.db import models
from django.db.models import Q

from lineproof.line.delivery import SENT_BY, Channel
from lineproof.line.notice import NoticeKind, NoticeState
from lineproof.registry.models.choices import choices_of, only
from lineproof.registry.models.contact_point import ContactPoint
from lineproof.registry.models.holder import Holder
from lineproof.registry.models.line import Line

_SENT = [channel.value for channel in Channel if channel in SENT_BY]


class Notice(models.Model):
    """A notice of a kind, to a holder, about a line or about a document. Its sentences are the kind's.

    subject: the log's pseudonym of the procedure that it tells of; null in what earlier releases gave. state:
    whether it reached the holder. to_line_only: it is for whoever uses the line, and not for its holder, who
    said that the line is not theirs.
    """

    holder = models.ForeignKey(Holder, on_delete=models.PROTECT, related_name="notices")
    line = models.ForeignKey(Line, null=True, on_delete=models.PROTECT, related_name="notices")
    kind = models.CharField(max_length=32, choices=choices_of(NoticeKind))
    given_at = models.DateTimeField()
    deadline = models.DateTimeField(null=True)
    subject = models.BinaryField(max_length=16, null=True)
    state = models.CharField(
        max_length=16, choices=choices_of(NoticeState), db_default=NoticeState.GIVEN.value
    )
    # The default is the database's: an earlier release, still running, writes without this column.
    to_line_only = models.BooleanField(db_default=False)

    class Meta:
        """Kinds are closed; those on their way are found at once among all that there ever were."""

        constraints = (only("kind", NoticeKind), only("state", NoticeState))
        indexes = (
            models.Index(
                fields=("given_at",),
                condition=Q(state=NoticeState.GIVEN.value),
                name="notices_on_their_way",
            ),
            models.Index(
                fields=("state",),
                condition=~Q(state=NoticeState.DELIVERED.value),
                name="notices_not_delivered",
            ),
        )


class NoticeDelivery(models.Model):
    """An attempt to bring a notice to its holder; never updated. It goes with the notice.

    contact_point: null for the line itself, for the page and the counter. attempt: from 1 on each place.
    accepted: whether the next system took it over; of page and counter, that it is with the holder.
    """

    notice = models.ForeignKey(Notice, on_delete=models.CASCADE, related_name="deliveries")
    channel = models.CharField(max_length=8, choices=choices_of(Channel))
    contact_point = models.ForeignKey(
        ContactPoint, null=True, on_delete=models.CASCADE, related_name="deliveries"
    )
    attempt = models.PositiveSmallIntegerField()
    attempted_at = models.DateTimeField()
    accepted = models.BooleanField()

    class Meta:
        """Each attempt on a place is recorded once; a place is of a channel that is sent by."""

        constraints = (
            only("channel", Channel),
            models.UniqueConstraint(
                fields=("notice", "contact_point", "attempt"),
                condition=Q(contact_point__isnull=False),
                name="one_row_per_attempt_on_a_contact_point",
            ),
            models.UniqueConstraint(
                fields=("notice", "channel", "attempt"),
                condition=Q(contact_point=None),
                name="one_row_per_attempt_without_one",
            ),
            models.CheckConstraint(
                condition=Q(contact_point=None, channel__in=[Channel.SMS.value])
                | Q(
                    contact_point=None, channel__in=[Channel.PAGE.value, Channel.COUNTER.value], accepted=True
                )
                | Q(contact_point__isnull=False, channel__in=_SENT),
                name="a_delivery_has_a_place",
            ),
            models.CheckConstraint(condition=Q(attempt__gte=1), name="attempts_count_from_one"),
        )
