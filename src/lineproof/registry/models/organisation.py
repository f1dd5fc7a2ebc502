"""Organisations: the parties to the contracts of lines that somebody signs for."""

import uuid

from django.db import models


class Organisation(models.Model):
    """register_index: keyed index of the register and the number there; an organisation is entered once.

    register_index_next: the same under the keys that a rotation goes to, while one is on.
    sealed_organisation: name, register and number, sealed under the organisation's own key. The row and its
    key go with the last custody that names it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    register_index = models.BinaryField(max_length=32, unique=True)
    register_index_next = models.BinaryField(max_length=32, null=True, unique=True)
    sealed_organisation = models.BinaryField()
