"""The log: entries waiting for their place, entries in it, and tree heads. Rows are never updated."""

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
