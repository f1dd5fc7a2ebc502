"""Tokens by which inspectors read the published log."""

from django.db import models
from django.db.models import F, Q

from lineproof.registry.models.staff import Staff


class InspectorToken(models.Model):
    """token_digest: SHA-256 of the random token; the token itself is nowhere in the record.

    It holds from `issued_at` to before `expires_at`, unless it was revoked.
    """

    token_digest = models.BinaryField(max_length=32, unique=True)
    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="tokens")
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        """Every token ends."""

        constraints = (
            models.CheckConstraint(condition=Q(expires_at__gt=F("issued_at")), name="a_token_ends"),
        )
