"""Staff: agents who attest, reviewers who decide cases; and inspectors, who read the log from outside."""

from django.db import models
from django.db.models import Q

from lineproof.registry.models.choices import choices_of, only
from lineproof.terms import StaffRole


class Staff(models.Model):
    """public_key: an agent's Ed25519 key, 32 bytes. Nobody else has one in this version."""

    name = models.CharField(max_length=40, unique=True)
    role = models.CharField(max_length=16, choices=choices_of(StaffRole))
    public_key = models.BinaryField(max_length=32, null=True)
    enrolled_at = models.DateTimeField()

    class Meta:
        """An agent has a key."""

        constraints = (
            only("role", StaffRole),
            models.CheckConstraint(
                condition=~Q(role="agent") | Q(public_key__isnull=False), name="an_agent_has_a_key"
            ),
        )
