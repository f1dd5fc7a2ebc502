"""Data keys: one for each subject and retention class, wrapped. Deleting a row erases what it opens."""

from django.db import models

from lineproof.registry.models.choices import Retention, RotationStage, choices_of, only


class DataKey(models.Model):
    """subject: the holder, case or session whose data the key opens. wrapped: by the vault.

    wrapping_version: of the vault's key that wrapped it.
    """

    subject = models.UUIDField()
    retention = models.CharField(max_length=16, choices=choices_of(Retention))
    wrapped = models.BinaryField()
    # The default is the database's: an earlier release, still running, writes without this column.
    wrapping_version = models.PositiveSmallIntegerField(db_default=1)

    class Meta:
        """One key for each subject and class."""

        constraints = (
            only("retention", Retention),
            models.UniqueConstraint(fields=("subject", "retention"), name="one_key_per_subject_and_class"),
        )


class SealedSalt(models.Model):
    """A party's salt for commitments in the log, sealed under its key of a class: it dies with that key.

    commitment: null. Entries of version 1 and 2 had a salt each; of those it is the commitment.
    """

    commitment = models.BinaryField(unique=True, null=True)
    subject = models.UUIDField()
    retention = models.CharField(max_length=16, choices=choices_of(Retention))
    sealed = models.BinaryField()

    class Meta:
        """Classes are closed, and a party has one salt; they are found by their subject when it is erased."""

        constraints = (
            only("retention", Retention),
            models.UniqueConstraint(
                fields=("subject", "retention"),
                condition=models.Q(commitment=None),
                name="one_salt_per_party",
            ),
        )
        indexes = (models.Index(fields=("subject", "retention"), name="salts_of_a_subject"),)


class KeyRotation(models.Model):
    """Which versions of the vault's keys the record uses: one row, or none before the first rotation.

    version: the keys in use. next_version: those that a rotation goes to, while one is on. cursor: the last
    row that the stage has done, as "table.column|key": a rotation that was stopped goes on from there.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    version = models.PositiveSmallIntegerField()
    next_version = models.PositiveSmallIntegerField(null=True)
    stage = models.CharField(max_length=12, choices=choices_of(RotationStage))
    cursor = models.CharField(max_length=64, blank=True)

    class Meta:
        """There is one, and the next version follows the one in use."""

        constraints = (
            only("stage", RotationStage),
            models.CheckConstraint(condition=models.Q(id=1), name="one_rotation_at_a_time"),
            models.CheckConstraint(
                condition=models.Q(next_version__isnull=True)
                | models.Q(next_version=models.F("version") + 1),
                name="the_next_version_follows",
            ),
        )
