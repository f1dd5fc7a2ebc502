"""Corrections of wrongly registered lines: what was found, who did which step, and what put it off."""

import uuid

from django.db import models
from django.db.models import F, Q

from lineproof.line.correction import ANNOUNCED, OPEN, Cause, CorrectionState
from lineproof.line.ladder import Step
from lineproof.registry.models.choices import choices_of, only
from lineproof.registry.models.holder import Holder
from lineproof.registry.models.line import Line
from lineproof.registry.models.notice import Notice
from lineproof.registry.models.staff import Staff

_ANNOUNCED = sorted(state.value for state in ANNOUNCED)
_OPEN = sorted(state.value for state in OPEN)
_ENDED = ["put_right", "withdrawn", "overturned", "given_up"]


class Correction(models.Model):
    """One cause for one line of one holder. subject: the log's pseudonym of its procedure, 16 bytes.

    announced_by: who had the first notice given, at noticed_at; every step is counted from it. step, notice,
    due_at: what is announced next, by which notice, and until when the holder has time. told_ahead: the
    notice of the line's end, where it was given with that of its suspension. put_off: how often the step was
    put off, which asks for fresh signatures. ended_by: who withdrew it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    line = models.ForeignKey(Line, on_delete=models.PROTECT, related_name="corrections")
    holder = models.ForeignKey(Holder, on_delete=models.PROTECT, related_name="corrections")
    cause = models.CharField(max_length=24, choices=choices_of(Cause))
    state = models.CharField(max_length=16, choices=choices_of(CorrectionState))
    subject = models.BinaryField(max_length=16)
    found_at = models.DateTimeField()
    announced_by = models.ForeignKey(Staff, null=True, on_delete=models.PROTECT, related_name="announcements")
    noticed_at = models.DateTimeField(null=True)
    step = models.CharField(max_length=12, blank=True, choices=choices_of(Step))
    notice = models.ForeignKey(Notice, null=True, on_delete=models.PROTECT, related_name="corrections")
    told_ahead = models.ForeignKey(Notice, null=True, on_delete=models.PROTECT, related_name="+")
    due_at = models.DateTimeField(null=True)
    put_off = models.PositiveSmallIntegerField(default=0)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(Staff, null=True, on_delete=models.PROTECT, related_name="withdrawals")

    class Meta:
        """One of a cause is open for a line, and one step is announced; each has what its state says."""

        constraints = (
            only("cause", Cause),
            only("state", CorrectionState),
            models.UniqueConstraint(
                fields=("line", "cause"), condition=Q(state__in=_OPEN), name="one_open_correction_of_a_cause"
            ),
            models.UniqueConstraint(
                fields=("line",), condition=Q(state__in=_ANNOUNCED), name="one_ladder_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(state="found", announced_by=None, noticed_at=None)
                | Q(
                    state__in=[*_ANNOUNCED, "terminated"],
                    announced_by__isnull=False,
                    noticed_at__isnull=False,
                )
                | Q(state__in=_ENDED),
                name="a_correction_is_announced_by_somebody",
            ),
            models.CheckConstraint(
                condition=(
                    (
                        Q(state="notified", step__in=["restrict", "suspend"])
                        | Q(state="restricted", step="suspend")
                        | Q(state="suspended", step="terminate")
                    )
                    & Q(notice__isnull=False, due_at__isnull=False, due_at__gt=F("noticed_at"))
                )
                | (~Q(state__in=_ANNOUNCED) & Q(step="", due_at=None, notice=None)),
                name="a_step_is_announced_with_its_deadline",
            ),
            models.CheckConstraint(
                condition=Q(told_ahead=None) | Q(state__in=["notified", "restricted"], step="suspend"),
                name="an_end_is_told_ahead_with_a_suspension",
            ),
            models.CheckConstraint(
                condition=Q(state__in=_ENDED, ended_at__isnull=False)
                | (~Q(state__in=_ENDED) & Q(ended_at=None)),
                name="a_correction_that_ended_says_when",
            ),
            models.CheckConstraint(
                condition=Q(state="withdrawn", ended_by__isnull=False)
                | (~Q(state="withdrawn") & Q(ended_by=None)),
                name="a_correction_is_withdrawn_by_somebody",
            ),
        )


class CorrectionStep(models.Model):
    """That a step was carried out, and by which two people, or three; never updated."""

    correction = models.ForeignKey(Correction, on_delete=models.CASCADE, related_name="steps")
    step = models.CharField(max_length=12, choices=choices_of(Step))
    first = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    second = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    third = models.ForeignKey(Staff, null=True, on_delete=models.PROTECT, related_name="+")
    done_at = models.DateTimeField()

    class Meta:
        """Each step once, by different people."""

        constraints = (
            only("step", Step),
            models.UniqueConstraint(fields=("correction", "step"), name="each_step_once"),
            models.CheckConstraint(
                condition=~Q(first=F("second"))
                & (Q(third=None) | (~Q(third=F("first")) & ~Q(third=F("second")))),
                name="a_step_is_by_different_people",
            ),
        )


class CorrectionExtension(models.Model):
    """That the holder was given longer; never updated. sealed_ground: why, sealed: it may tell of an illness.

    number: how often the correction had been put off before. until: the deadline that it set.
    """

    correction = models.ForeignKey(Correction, on_delete=models.CASCADE, related_name="extensions")
    number = models.PositiveSmallIntegerField()
    sealed_ground = models.BinaryField()
    granted_by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="extensions")
    granted_at = models.DateTimeField()
    until = models.DateTimeField()

    class Meta:
        """Two who give longer at once do not give it twice."""

        constraints = (
            models.UniqueConstraint(fields=("correction", "number"), name="one_extension_at_a_time"),
        )
