"""Data keys: one for each subject and retention class, wrapped. Deleting a row erases what it opens."""

from django.db import models

from lineproof.registry.models.choices import Retention, choices_of, only


class DataKey(models.Model):
    """subject: the holder, case or session whose data the key opens. wrapped: by the vault."""

    subject = models.UUIDField()
    retention = models.CharField(max_length=16, choices=choices_of(Retention))
    wrapped = models.BinaryField()

    class Meta:
        """One key for each subject and class."""

        constraints = (
            only("retention", Retention),
            models.UniqueConstraint(fields=("subject", "retention"), name="one_key_per_subject_and_class"),
        )


class SealedSalt(models.Model):
    """The salt of one log entry's commitment, sealed under a subject's key: it dies with that key."""

    commitment = models.BinaryField(unique=True)
    subject = models.UUIDField()
    retention = models.CharField(max_length=16, choices=choices_of(Retention))
    sealed = models.BinaryField()

    class Meta:
        """Classes are closed; salts are found by their subject when its key is destroyed."""

        constraints = (only("retention", Retention),)
        indexes = (models.Index(fields=("subject", "retention"), name="salts_of_a_subject"),)
