"""That a holder was verified, for the procedures that rest on it."""

from django.db import models

from lineproof.registry.models.decision import Decision
from lineproof.registry.models.holder import Holder


class HolderVerification(models.Model):
    """A holder was verified in a session; never updated. It goes with the holder's identity.

    registered_until: until when a line is registered that they take over on it; null: it has no end.
    """

    session = models.UUIDField(primary_key=True)
    holder = models.ForeignKey(Holder, on_delete=models.CASCADE, related_name="verifications")
    decision = models.OneToOneField(Decision, on_delete=models.PROTECT)
    verified_at = models.DateTimeField()
    registered_until = models.DateTimeField(null=True)
