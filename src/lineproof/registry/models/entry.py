"""The log: its entries; the heads that it was published with; its name; the keys that sign it.

Entries are never updated.
"""

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from lineproof.ports import SigningAlgorithm
from lineproof.registry.models.choices import Retention, choices_of, only


class PositionField(models.BigIntegerField):  # type: ignore[type-arg]
    """A place in the log. In SQLite it is the row's own number, so that a row is found and written once."""

    def db_type(self, connection: BaseDatabaseWrapper) -> str | None:
        """Give the type that makes a key the row's number in SQLite; elsewhere a large integer."""
        return "integer" if connection.vendor == "sqlite" else super().db_type(connection)


class Entry(models.Model):
    """One leaf of the log. position: from 0, without gaps. leaf_hash: RFC 6962, 32 bytes."""

    position = PositionField(primary_key=True)
    body = models.BinaryField()
    leaf_hash = models.BinaryField(max_length=32)


class TreeHead(models.Model):
    """The tree after `size` leaves, noted before it is published: a published log can be held against it.

    root_hash: RFC 6962. range_roots: of its compact range, joined.
    """

    size = models.PositiveBigIntegerField(primary_key=True)
    root_hash = models.BinaryField(max_length=32)
    range_roots = models.BinaryField()


class EntryPlace(models.Model):
    """Where in the log the entry of a decision or of a line is, for the receipt that its holder may want.

    about: the decision or line. subject, retention: whose key seals it. sealed_opening: the salt and the
    record of the entry's commitment to them; the row goes when that key does.
    """

    about = models.UUIDField(primary_key=True)
    position = models.PositiveBigIntegerField(unique=True)
    subject = models.UUIDField()
    retention = models.CharField(max_length=16, choices=choices_of(Retention))
    sealed_opening = models.BinaryField()

    class Meta:
        """Classes are closed; places are found by their subject when its key is destroyed."""

        constraints = (only("retention", Retention),)
        indexes = (models.Index(fields=("subject", "retention"), name="places_of_a_subject"),)


MOST_ORIGIN_CHARACTERS = 64


class LogOrigin(models.Model):
    """The name that the log is published under: one row, or none before the first publication.

    It is the origin of every checkpoint (C2SP tlog-checkpoint), and the name of the key that signs them.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    origin = models.CharField(max_length=MOST_ORIGIN_CHARACTERS)

    class Meta:
        """A log has one name."""

        constraints = (models.CheckConstraint(condition=models.Q(id=1), name="a_log_has_one_origin"),)


class LogKey(models.Model):
    """One version of the key that signs checkpoints; a log without rows has version 1 alone.

    The key itself is the vault's. added_at: None for version 1, which is as old as the log. retired_at: None
    while it signs.
    """

    version = models.PositiveSmallIntegerField(primary_key=True)
    algorithm = models.CharField(max_length=16, choices=choices_of(SigningAlgorithm))
    added_at = models.DateTimeField(null=True)
    retired_at = models.DateTimeField(null=True)

    class Meta:
        """Versions count from 1, which is Ed25519 and was never added; the others were."""

        constraints = (
            only("algorithm", SigningAlgorithm),
            models.CheckConstraint(
                condition=models.Q(version=1, added_at=None, algorithm=SigningAlgorithm.ED25519.value)
                | models.Q(version__gt=1, added_at__isnull=False),
                name="every_log_key_but_the_first_was_added",
            ),
        )
