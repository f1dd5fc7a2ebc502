"""Holders: the natural persons in whose name lines are registered."""

import uuid

from django.db import models
from django.db.models import Q


class Holder(models.Model):
    """sealed_identity: names, date of birth, sex and nationality as on the document, sealed.

    likeness_index: keyed index of name and date of birth. It serves one purpose: to show a person that two
    holders may be one. Nothing is merged, allowed or stopped by it. likeness_index_next: the same under the
    keys that a rotation goes to, while one is on. Null once erased: what is left of a holder is a random id.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    created_at = models.DateTimeField()
    sealed_identity = models.BinaryField(null=True)
    likeness_index = models.BinaryField(max_length=32, null=True, db_index=True)
    likeness_index_next = models.BinaryField(max_length=32, null=True, db_index=True)

    class Meta:
        """Who is erased is not recognised."""

        constraints = (
            models.CheckConstraint(
                condition=Q(sealed_identity__isnull=False) | Q(likeness_index=None, likeness_index_next=None),
                name="an_erased_holder_is_not_recognised",
            ),
        )
