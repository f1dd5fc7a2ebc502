"""Single-use links that open a holder's pages."""

from django.db import models

from lineproof.registry.models.holder import Holder


class PageLink(models.Model):
    """token_digest: SHA-256 of the link's random token; the token itself is nowhere in the record."""

    token_digest = models.BinaryField(max_length=32, unique=True)
    holder = models.ForeignKey(Holder, on_delete=models.PROTECT)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
