"""Decisions with their findings and reasons, and the attestations they rest on.

Rows are never updated, except that an attestation is emptied at its legal end.
"""

import uuid

from django.db import models
from django.db.models import Q

from lineproof.decision.finding import RETIRED_CHECKS, Check, Outcome
from lineproof.decision.reasons import ReasonCode
from lineproof.registry.models.choices import DecisionOutcome, choices_of, only
from lineproof.registry.models.staff import Staff
from lineproof.terms import Way


class Decision(models.Model):
    """What was decided in a session, under which rules and which release, and by how many people."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    session = models.UUIDField(db_index=True)
    way = models.CharField(max_length=8, choices=choices_of(Way))
    outcome = models.CharField(max_length=20, choices=choices_of(DecisionOutcome))
    policy = models.CharField(max_length=64)
    policy_digest = models.CharField(max_length=64)
    release = models.CharField(max_length=64)
    people = models.PositiveSmallIntegerField()
    decided_at = models.DateTimeField()

    class Meta:
        """The machine says three words; two people say theirs; who hears an appeal may accept."""

        constraints = (
            only("outcome", DecisionOutcome),
            only("way", Way),
            models.CheckConstraint(
                condition=Q(outcome__in=["accept", "not_verified", "refer"], people=0)
                | Q(outcome__endswith="_by_people", people__gte=2)
                | Q(outcome="accepted_on_appeal", people=1),
                name="people_decide_in_pairs",
            ),
        )


class DecisionReason(models.Model):
    """One catalogued reason of a decision."""

    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="reasons")
    code = models.CharField(max_length=40, choices=choices_of(ReasonCode))

    class Meta:
        """Only reasons of the catalogue, each once."""

        constraints = (
            only("code", ReasonCode),
            models.UniqueConstraint(fields=("decision", "code"), name="one_row_per_reason"),
        )


class DecisionFinding(models.Model):
    """One finding of a decision: the outcome of a check and its quantised measures, by name."""

    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="findings")
    check_name = models.CharField(max_length=40, choices=choices_of(Check))
    outcome = models.CharField(max_length=16, choices=choices_of(Outcome))
    reason = models.CharField(max_length=40, blank=True)
    measures = models.JSONField()

    class Meta:
        """Only checks and outcomes of the rules; whatever is not a pass says why."""

        constraints = (
            only("check_name", Check, retired=RETIRED_CHECKS),
            only("outcome", Outcome),
            models.CheckConstraint(
                condition=Q(outcome="pass", reason="")
                | (~Q(outcome="pass") & Q(reason__in=[code.value for code in ReasonCode])),
                name="finding_has_a_reason_unless_it_passed",
            ),
        )


class AttestationRecord(models.Model):
    """An agent's attestation as it was given. document_digest: SHA-256 of the photograph examined.

    permit_until, guardianship, organisation: what else is signed, the last day of a permit that they have
    seen, whether a guardian's papers, whether an organisation's; which one is in what is signed alone.
    All of it is emptied once erased; the row stays, because attestations are counted.
    """

    agent = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="attestations")
    session = models.UUIDField()
    document_digest = models.BinaryField(max_length=32, null=True)
    signature = models.BinaryField(max_length=64, null=True)
    permit_until = models.DateField(null=True)
    # The defaults are the database's: an earlier release, still running, writes without these columns.
    guardianship = models.BooleanField(db_default=False)
    organisation = models.BooleanField(db_default=False)
    given_at = models.DateTimeField()

    class Meta:
        """A document is attested once in a session; an attestation is erased whole."""

        constraints = (
            models.UniqueConstraint(
                fields=("session", "document_digest"), name="one_attestation_per_document"
            ),
            models.CheckConstraint(
                condition=Q(
                    document_digest=None,
                    signature=None,
                    permit_until=None,
                    guardianship=False,
                    organisation=False,
                )
                | Q(document_digest__isnull=False, signature__isnull=False),
                name="an_attestation_is_erased_whole",
            ),
        )
