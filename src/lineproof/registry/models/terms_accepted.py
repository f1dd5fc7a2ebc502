"""Which version of the contract's terms a holder accepted for a line."""

from django.db import models

from lineproof.registry.models.holder import Holder
from lineproof.registry.models.line import Line


class TermsAccepted(models.Model):
    """One acceptance, never updated. version: the policy pack's.

    The row goes with the line's data, or with the holder's identity.
    """

    line = models.ForeignKey(Line, on_delete=models.PROTECT, related_name="terms_accepted")
    holder = models.ForeignKey(Holder, on_delete=models.PROTECT, related_name="terms_accepted")
    version = models.CharField(max_length=64)
    accepted_at = models.DateTimeField()

    class Meta:
        """What is accepted has a version."""

        constraints = (models.CheckConstraint(condition=~models.Q(version=""), name="terms_have_a_version"),)
