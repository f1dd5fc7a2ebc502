"""That a holder was verified, for the procedures that rest on it."""

from django.db import models

from lineproof.registry.models.decision import Decision
from lineproof.registry.models.holder import Holder


class HolderVerification(models.Model):
    """A holder was verified in a session; never updated. It goes with the holder's identity."""

    session = models.UUIDField(primary_key=True)
    holder = models.ForeignKey(Holder, on_delete=models.CASCADE, related_name="verifications")
    decision = models.OneToOneField(Decision, on_delete=models.PROTECT)
    verified_at = models.DateTimeField()
