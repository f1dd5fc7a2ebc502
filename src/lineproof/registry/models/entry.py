"""The log: entries waiting for their place, entries in it, tree heads, its name. Rows are never updated."""

from django.db import models


class StagedEntry(models.Model):
    """An entry written in the transaction of its change; the sequencer takes it in order of id."""

    body = models.BinaryField()


class Entry(models.Model):
    """One leaf of the log. position: from 0, without gaps. leaf_hash: RFC 6962, 32 bytes."""

    position = models.PositiveBigIntegerField(primary_key=True)
    body = models.BinaryField()
    leaf_hash = models.BinaryField(max_length=32)


class TreeHead(models.Model):
    """The tree after `size` leaves: its root hash and, for going on, its compact range's roots joined."""

    size = models.PositiveBigIntegerField(primary_key=True)
    root_hash = models.BinaryField(max_length=32)
    range_roots = models.BinaryField()
    made_at = models.DateTimeField()


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
