"""Holders' passkeys (WebAuthn): what opens their pages without a link, a code or an agent."""

import uuid

from django.db import models

from lineproof.registry.models.holder import Holder
from lineproof.registry.models.passkey import MOST_BYTES


class HolderPasskey(models.Model):
    """One credential of a holder. public_key: COSE (RFC 9052). signature_count: the last one seen.

    used_at: when it last opened their pages. What was asked of it before then, it answers no more.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    holder = models.ForeignKey(Holder, on_delete=models.PROTECT)
    credential_id = models.BinaryField(max_length=MOST_BYTES, unique=True)
    public_key = models.BinaryField(max_length=MOST_BYTES)
    signature_count = models.PositiveBigIntegerField()
    made_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
