"""Reviewers' passkeys (WebAuthn), and the single-use links by which they are enrolled."""

from django.db import models

from lineproof.registry.models.staff import Staff

# Of a credential's identifier and of its key, each: enough for every kind that is accepted, RSA to 3072 bits.
MOST_BYTES = 448


class Passkey(models.Model):
    """One credential of a reviewer. public_key: COSE (RFC 9052). signature_count: the last one seen.

    used_at: when it last signed in, or signed an opinion; null before, and openings do not count.
    """

    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="passkeys")
    credential_id = models.BinaryField(max_length=MOST_BYTES, unique=True)
    public_key = models.BinaryField(max_length=MOST_BYTES)
    signature_count = models.PositiveBigIntegerField()
    enrolled_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)


class PasskeyLink(models.Model):
    """token_digest: SHA-256 of the link's random token; the token itself is nowhere in the record."""

    token_digest = models.BinaryField(max_length=32, unique=True)
    staff = models.ForeignKey(Staff, on_delete=models.PROTECT)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
