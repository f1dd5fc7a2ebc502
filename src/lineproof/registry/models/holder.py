"""Holders: the natural persons in whose name lines are registered."""

import uuid

from django.db import models


class Holder(models.Model):
    """sealed_identity: names, date of birth, sex and nationality as on the document, sealed.

    likeness_index: keyed index of name and date of birth. It serves one purpose: to show a person that two
    holders may be one. Nothing is merged, allowed or stopped by it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    created_at = models.DateTimeField()
    sealed_identity = models.BinaryField()
    likeness_index = models.BinaryField(max_length=32, db_index=True)
