"""Contact points: where a holder's notices go besides their page."""

import uuid

from django.db import models
from django.db.models import Q

from lineproof.line.delivery import SENT_BY
from lineproof.line.language import Language
from lineproof.registry.models.choices import choices_of, only
from lineproof.registry.models.holder import Holder


class ContactPoint(models.Model):
    """An e-mail address or a mobile number, and the language of what goes there.

    sealed_address: sealed under the holder's `identity` key; null once it is removed. subject: of the
    procedure that added it, 16 bytes: the notice of that does not go there.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    holder = models.ForeignKey(Holder, on_delete=models.PROTECT, related_name="contact_points")
    channel = models.CharField(max_length=8)
    sealed_address = models.BinaryField(null=True)
    language = models.CharField(max_length=8, choices=choices_of(Language))
    subject = models.BinaryField(max_length=16)
    added_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)

    class Meta:
        """Channels are those that a message is sent by; what is removed is gone."""

        constraints = (
            only("language", Language),
            models.CheckConstraint(
                condition=Q(channel__in=sorted(channel.value for channel in SENT_BY)),
                name="contactpoint_channel_is_known",
            ),
            models.CheckConstraint(
                condition=Q(removed_at=None, sealed_address__isnull=False)
                | Q(removed_at__isnull=False, sealed_address=None),
                name="a_removed_contact_point_is_empty",
            ),
        )
