"""Lines: mobile numbers and internet accesses, the unit of registration."""

import uuid

from django.db import models
from django.db.models import Q

from lineproof.line.state import LineState
from lineproof.registry.models.choices import choices_of, only
from lineproof.terms import LineKind


class Line(models.Model):
    """identifier_index: keyed index of the number or account; a line is registered once.

    identifier_index_next: the same under the keys that a rotation goes to, while one is on.
    sealed_identifier: number and SIM, or account and address, sealed under the present holder's key.
    Both are null once the line is erased; its number is free again.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=8, choices=choices_of(LineKind))
    state = models.CharField(max_length=16, choices=choices_of(LineState))
    identifier_index = models.BinaryField(max_length=32, null=True, unique=True)
    identifier_index_next = models.BinaryField(max_length=32, null=True, unique=True)
    sealed_identifier = models.BinaryField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        """Kinds and states are the rules' own; a line is erased whole."""

        constraints = (
            only("kind", LineKind),
            only("state", LineState),
            models.CheckConstraint(
                condition=Q(identifier_index=None, identifier_index_next=None, sealed_identifier=None)
                | Q(identifier_index__isnull=False, sealed_identifier__isnull=False),
                name="a_line_is_erased_whole",
            ),
        )
