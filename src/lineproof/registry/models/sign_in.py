"""Codes that were asked for, to sign in."""

import uuid

from django.db import models
from django.db.models import Q

from lineproof.line.sign_in import MOST_TRIES
from lineproof.registry.models.holder import Holder


class SignIn(models.Model):
    """One asking for a code; gone after an hour. id: what the browser that asked has.

    pair_mac: of the line and the document that were typed. address_mac: of the network address that asked.
    holder, code_mac: null where line and document belong to nobody together; else whose pages it opens, and
    of the code that was sent. tries: codes that were entered.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    pair_mac = models.BinaryField(max_length=32)
    address_mac = models.BinaryField(max_length=32, null=True)
    holder = models.ForeignKey(Holder, null=True, on_delete=models.PROTECT)
    code_mac = models.BinaryField(max_length=32, null=True)
    asked_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    used_at = models.DateTimeField(null=True)

    class Meta:
        """A code is somebody's, and nobody tries more often than they may."""

        constraints = (
            models.CheckConstraint(
                condition=Q(holder=None, code_mac=None) | Q(holder__isnull=False, code_mac__isnull=False),
                name="a_code_is_of_a_holder",
            ),
            models.CheckConstraint(condition=Q(tries__lte=MOST_TRIES), name="codes_are_not_guessed"),
        )
        indexes = (
            models.Index(fields=("pair_mac", "asked_at"), name="sign_ins_by_pair"),
            models.Index(fields=("address_mac", "asked_at"), name="sign_ins_by_address"),
            models.Index(fields=("asked_at",), name="sign_ins_by_time"),
        )
