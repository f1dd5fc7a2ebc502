"""What was brought in from an existing base: the runs, what a line's row claimed, and rows that were not."""

from django.db import models
from django.db.models import Q

from lineproof.line.imported import ClaimedWay, ProblemKind
from lineproof.registry.models.choices import choices_of, only
from lineproof.registry.models.line import Line


class ImportRun(models.Model):
    """One file that is brought in, once. source_digest: of its bytes, 32 bytes.

    cursor: the number of the last row that is done; a run that was stopped goes on after it. rows, lines,
    holders and the others: how many so far. finished_at: null until every row is done.
    """

    source_digest = models.BinaryField(max_length=32, unique=True)
    policy_digest = models.CharField(max_length=64)
    cursor = models.PositiveBigIntegerField(default=0)
    rows = models.PositiveBigIntegerField(default=0)
    lines = models.PositiveBigIntegerField(default=0)
    holders = models.PositiveBigIntegerField(default=0)
    unverified = models.PositiveBigIntegerField(default=0)
    without_document = models.PositiveBigIntegerField(default=0)
    document_expired = models.PositiveBigIntegerField(default=0)
    over_cap = models.PositiveBigIntegerField(default=0)
    alike = models.PositiveBigIntegerField(default=0)
    contested = models.PositiveBigIntegerField(default=0)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)


class ImportedLine(models.Model):
    """What the base claims of a line that was brought in; it goes when the line is erased.

    source_row: in the run's file. verified_on, verified_how: when and how the operator says that it verified
    the holder, before the line came here; null and "" where it says that nobody did. customer_index: keyed
    digest of the operator's number of the holder, on the first line of each, while the run lasts.
    """

    line = models.OneToOneField(Line, primary_key=True, on_delete=models.PROTECT, related_name="imported")
    run = models.ForeignKey(ImportRun, on_delete=models.PROTECT, related_name="imported_lines")
    source_row = models.PositiveBigIntegerField()
    verified_on = models.DateField(null=True)
    verified_how = models.CharField(max_length=16, blank=True, choices=choices_of(ClaimedWay))
    customer_index = models.BinaryField(max_length=32, null=True)

    class Meta:
        """A row is one line, a customer one holder; a verification is said with its way, or not at all."""

        constraints = (
            models.UniqueConstraint(fields=("run", "source_row"), name="a_row_is_brought_in_once"),
            models.UniqueConstraint(
                fields=("run", "customer_index"),
                condition=Q(customer_index__isnull=False),
                name="a_customer_is_one_holder",
            ),
            models.CheckConstraint(
                condition=Q(verified_on=None, verified_how="")
                | Q(verified_on__isnull=False, verified_how__in=[way.value for way in ClaimedWay]),
                name="a_claimed_verification_says_how",
            ),
        )


class ImportProblem(models.Model):
    """Why a row of a run's file was not brought in; nothing of what it said."""

    run = models.ForeignKey(ImportRun, on_delete=models.PROTECT, related_name="problems")
    row = models.PositiveBigIntegerField()
    kind = models.CharField(max_length=32, choices=choices_of(ProblemKind))

    class Meta:
        """Kinds are closed, and a row has one problem."""

        constraints = (
            only("kind", ProblemKind),
            models.UniqueConstraint(fields=("run", "row"), name="one_problem_per_row"),
        )
