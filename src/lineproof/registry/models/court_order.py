"""Orders of courts on which a line is corrected."""

from django.db import models

from lineproof.registry.models.correction import Correction
from lineproof.registry.models.staff import Staff


class CourtOrder(models.Model):
    """sealed_reference: what the court calls its order, sealed under the holder's key; it goes with that.

    seen_by: the agent who has read it.
    """

    correction = models.OneToOneField(Correction, on_delete=models.CASCADE, related_name="court_order")
    sealed_reference = models.BinaryField()
    seen_by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="court_orders")
    seen_at = models.DateTimeField()
