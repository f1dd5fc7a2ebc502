"""Lines: mobile numbers and internet accesses, the unit of registration."""

import uuid

from django.db import models
from django.db.models import Q

from lineproof.line.state import LineState
from lineproof.registry.models.choices import choices_of, only
from lineproof.terms import LineKind, Origin


class Line(models.Model):
    """identifier_index: keyed index of the number or account; a line is registered once.

    identifier_index_next: the same under the keys that a rotation goes to, while one is on.
    sealed_identifier: number and SIM, or account and address, sealed under the present holder's key.
    Both are null once the line is erased; its number is free again. The index alone is null once the number
    may be given to somebody else, or went to another operator.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=8, choices=choices_of(LineKind))
    state = models.CharField(max_length=16, choices=choices_of(LineState))
    # The default is the database's: an earlier release, still running, writes without this column.
    origin = models.CharField(max_length=16, choices=choices_of(Origin), db_default=Origin.REGISTERED.value)
    identifier_index = models.BinaryField(max_length=32, null=True, unique=True)
    identifier_index_next = models.BinaryField(max_length=32, null=True, unique=True)
    sealed_identifier = models.BinaryField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        """Kinds and states are the rules' own; a line is erased whole."""

        constraints = (
            only("kind", LineKind),
            only("origin", Origin),
            # What was only applied for is no line yet.
            models.CheckConstraint(
                condition=Q(state__in=[s.value for s in LineState if s is not LineState.APPLIED]),
                name="line_state_is_known",
            ),
            models.CheckConstraint(
                condition=Q(identifier_index=None, identifier_index_next=None, sealed_identifier=None)
                | Q(identifier_index__isnull=False, sealed_identifier__isnull=False)
                | Q(
                    identifier_index=None,
                    identifier_index_next=None,
                    state__in=[LineState.REISSUED.value, LineState.PORTED_OUT.value],
                ),
                name="a_line_is_erased_whole",
            ),
        )
        indexes = (models.Index(fields=("state",), name="lines_by_state"),)
