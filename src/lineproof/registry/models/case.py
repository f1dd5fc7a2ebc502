"""Cases that people decide, and the opinions they give."""

import uuid

from django.db import models
from django.db.models import Q

from lineproof.decision.reasons import ReasonCode
from lineproof.line.case import Opinion
from lineproof.registry.models.choices import CaseKind, CaseState, choices_of, only
from lineproof.registry.models.decision import Decision
from lineproof.registry.models.holder import Holder
from lineproof.registry.models.staff import Staff


class Case(models.Model):
    """The file reviewers work on.

    sealed_application: what is registered if the case is accepted, sealed under the case's own key, which is
    destroyed when the case is decided. subject: the log's pseudonym of the procedure. decided_at: null while
    it is open, and in what earlier releases decided.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=24, choices=choices_of(CaseKind))
    state = models.CharField(max_length=16, choices=choices_of(CaseState))
    decision = models.OneToOneField(Decision, null=True, on_delete=models.PROTECT)
    subject = models.BinaryField(max_length=16)
    sealed_application = models.BinaryField(null=True)
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)

    class Meta:
        """Kinds and states are closed; an open referral still has what was applied for."""

        constraints = (
            only("kind", CaseKind),
            only("state", CaseState),
            models.CheckConstraint(
                condition=~Q(kind="referral", state="open") | Q(sealed_application__isnull=False),
                name="an_open_referral_has_its_application",
            ),
        )
        indexes = (
            models.Index(fields=("kind", "due_at"), condition=Q(state="open"), name="open_cases_by_kind"),
            models.Index(fields=("due_at",), condition=Q(state="open"), name="open_cases_by_deadline"),
        )


class CaseParty(models.Model):
    """A holder whom a case is about that is not a referral; the row goes with the holder's identity."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="parties")
    holder = models.ForeignKey(Holder, on_delete=models.PROTECT, related_name="cases")

    class Meta:
        """Each holder once."""

        constraints = (models.UniqueConstraint(fields=("case", "holder"), name="a_party_once"),)


class CaseOpinion(models.Model):
    """One reviewer's opinion on a case; never updated."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="opinions")
    reviewer = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="opinions")
    opinion = models.CharField(max_length=16, choices=choices_of(Opinion))
    reason = models.CharField(max_length=40, blank=True)
    given_at = models.DateTimeField()

    class Meta:
        """One opinion from each reviewer; anything but an acceptance names a catalogued reason."""

        constraints = (
            only("opinion", Opinion),
            models.UniqueConstraint(fields=("case", "reviewer"), name="one_opinion_per_reviewer"),
            models.CheckConstraint(
                condition=Q(opinion="accept", reason="")
                | Q(opinion__in=["return", "refuse"], reason__in=[code.value for code in ReasonCode]),
                name="an_opinion_against_names_its_reason",
            ),
        )
