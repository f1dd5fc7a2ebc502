"""Applications that somebody makes in a browser, until they are decided."""

import uuid

from django.db import models
from django.db.models import Q

from lineproof.line.draft import MOST_TRIES, MOST_TURNS, Goal, Purpose
from lineproof.registry.models.choices import choices_of, only
from lineproof.terms import Way


class Draft(models.Model):
    """One application. id: what the browser's cookie has; it leads to no person.

    goal: for a line, or to show who one is. session: of the try that is on, or was the last. sealed_line: the
    line asked for, under a key of the draft's own; null before it is asked, and once it is decided.
    challenge, epoch_key, terms_until: what the photographs of this try are sealed to. turn_entropy: what a
    head turn is drawn from, whose nonce the challenge is; null once one was begun. turns: how many were, in
    all tries. tries_before:
    photographs that were examined in earlier sessions. examining_since: while they are. kept_until: then the
    row is removed. link_digest, link_until: of the token by which another browser goes on with it, once.
    address_mac: of the network address at which it was begun; null where that says nothing.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    way = models.CharField(max_length=8, choices=choices_of(Way))
    goal = models.CharField(max_length=8, choices=choices_of(Goal), db_default=Goal.LINE.value)
    session = models.UUIDField(unique=True, default=uuid.uuid4)
    sealed_line = models.BinaryField(max_length=480, null=True)
    challenge = models.BinaryField(max_length=16, null=True)
    epoch_key = models.BinaryField(max_length=65, null=True)
    terms_until = models.DateTimeField(null=True)
    turn_entropy = models.BinaryField(max_length=32, null=True)
    turns = models.PositiveSmallIntegerField(db_default=0)
    tries_before = models.PositiveSmallIntegerField(default=0)
    examining_since = models.DateTimeField(null=True)
    kept_until = models.DateTimeField()
    link_digest = models.BinaryField(max_length=32, null=True, unique=True)
    link_until = models.DateTimeField(null=True)
    begun_at = models.DateTimeField(null=True)
    address_mac = models.BinaryField(max_length=32, null=True)

    class Meta:
        """Ways are closed, nobody has a try too many, and a seal is bound to all of its terms or to none."""

        constraints = (
            only("way", Way),
            only("goal", Goal),
            models.CheckConstraint(
                condition=Q(goal=Goal.LINE.value) | Q(sealed_line=None),
                name="who_shows_who_they_are_asks_no_line",
            ),
            models.CheckConstraint(condition=Q(tries_before__lt=MOST_TRIES), name="tries_are_few"),
            models.CheckConstraint(condition=Q(turns__lte=MOST_TURNS), name="turns_are_few"),
            models.CheckConstraint(
                condition=Q(turn_entropy=None) | Q(challenge__isnull=False), name="a_turn_has_its_nonce"
            ),
            models.CheckConstraint(
                condition=Q(challenge=None, epoch_key=None, terms_until=None)
                | Q(challenge__isnull=False, epoch_key__isnull=False, terms_until__isnull=False),
                name="a_draft_is_sealed_to_all_its_terms",
            ),
        )
        indexes = (
            models.Index(fields=("kept_until",), name="drafts_by_end"),
            models.Index(fields=("address_mac", "begun_at"), name="drafts_by_address"),
        )


class DraftConsent(models.Model):
    """One consent, to one purpose. version: of the sentences that were shown, or of the contract's terms."""

    draft = models.ForeignKey(Draft, on_delete=models.CASCADE, related_name="consents")
    purpose = models.CharField(max_length=16, choices=choices_of(Purpose))
    version = models.CharField(max_length=64)
    given_at = models.DateTimeField()

    class Meta:
        """Purposes are closed, and each is consented to once."""

        constraints = (
            only("purpose", Purpose),
            models.UniqueConstraint(fields=("draft", "purpose"), name="one_consent_for_each_purpose"),
        )
