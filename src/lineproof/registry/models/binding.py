"""Document bindings: that a holder presented a document."""

from django.db import models
from django.db.models import Q

from lineproof.registry.models.holder import Holder


class DocumentBinding(models.Model):
    """blind_index: HMAC-SHA-256 over issuer, kind and number, under a key of its own, by key_version.

    personal_number_index: the same over issuer and personal number, only where the policy names the
    issuer's number as unique. Beside each, `_next`: the same under the keys that a rotation goes to, while
    one is on. contested: the document is bound to another holder as well. All indexes are null once the
    holder is not to be recognised any more; the row goes with the identity. ended_at: since when the document
    is known not to be this holder's, by two people; null for all others.
    """

    holder = models.ForeignKey(Holder, on_delete=models.PROTECT, related_name="bindings")
    issuer = models.CharField(max_length=3)
    kind = models.CharField(max_length=2)
    key_version = models.PositiveSmallIntegerField()
    blind_index = models.BinaryField(max_length=32, null=True, db_index=True)
    blind_index_next = models.BinaryField(max_length=32, null=True, db_index=True)
    personal_number_index = models.BinaryField(max_length=32, null=True, db_index=True)
    personal_number_index_next = models.BinaryField(max_length=32, null=True, db_index=True)
    sealed_document = models.BinaryField()
    contested = models.BooleanField()
    bound_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        """A holder is bound to a document once; both ways of recognising go together."""

        constraints = (
            models.UniqueConstraint(fields=("holder", "blind_index"), name="one_binding_per_document"),
            models.CheckConstraint(
                condition=Q(blind_index__isnull=False)
                | Q(blind_index_next=None, personal_number_index=None, personal_number_index_next=None),
                name="a_binding_without_index_has_none",
            ),
        )
