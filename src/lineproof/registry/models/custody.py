"""Custody: who held a line when."""

from django.db import models
from django.db.models import F, Q

from lineproof.registry.models.choices import choices_of
from lineproof.registry.models.holder import Holder
from lineproof.registry.models.line import Line
from lineproof.registry.models.organisation import Organisation
from lineproof.terms import LineKind


class Custody(models.Model):
    """From `since` up to but not including `until`; until is null while it lasts.

    kind, slot: of the lines of a kind that a holder has at a time, each has a slot of its own, from 1; one
    that is an organisation's has it among its. Two that register at once cannot both take the last one.
    verified_at: of a line that was brought in from earlier records, when its holder was first verified here;
    null before, and of every other line.
    disowned_at: since when the line does not count as the holder's, because a dispute was upheld: it has no
    slot, and is being closed. registered_until: of a visitor's line, when its registration is over; null: it
    has no end. reminded_at: when its holder was told that this end comes. for_minor: a minor uses it, whose
    guardian the holder is; nothing says who. organisation: whose line it is, where the holder signs for one.
    """

    line = models.ForeignKey(Line, on_delete=models.PROTECT, related_name="custodies")
    holder = models.ForeignKey(Holder, on_delete=models.PROTECT, related_name="custodies")
    # The defaults are the database's: an earlier release, still running, writes without these columns.
    kind = models.CharField(max_length=8, blank=True, db_default="", choices=choices_of(LineKind))
    slot = models.PositiveIntegerField(null=True)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)
    verified_at = models.DateTimeField(null=True)
    disowned_at = models.DateTimeField(null=True)
    registered_until = models.DateTimeField(null=True)
    reminded_at = models.DateTimeField(null=True)
    for_minor = models.BooleanField(db_default=False)
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="custodies", null=True
    )

    class Meta:
        """A line has at most one holder at a time."""

        constraints = (
            models.UniqueConstraint(fields=("line",), condition=Q(until=None), name="one_holder_at_a_time"),
            models.UniqueConstraint(
                fields=("holder", "kind", "slot"),
                condition=Q(until=None, organisation=None),
                name="one_line_in_a_slot",
            ),
            models.UniqueConstraint(
                fields=("organisation", "kind", "slot"),
                condition=Q(until=None, organisation__isnull=False),
                name="one_line_of_an_organisation_in_a_slot",
            ),
            models.CheckConstraint(
                condition=Q(organisation=None) | Q(for_minor=False), name="for_a_minor_or_an_organisation"
            ),
            models.CheckConstraint(
                condition=Q(until=None) | Q(until__gt=F("since")), name="custody_ends_after_it_begins"
            ),
            models.CheckConstraint(
                condition=Q(disowned_at=None) | Q(slot=None), name="a_disowned_line_has_no_slot"
            ),
            models.CheckConstraint(
                condition=Q(reminded_at=None) | Q(registered_until__isnull=False),
                name="who_is_reminded_has_an_end",
            ),
        )
        indexes = (
            models.Index(
                fields=("registered_until",),
                condition=Q(until=None, registered_until__isnull=False),
                name="registrations_that_end",
            ),
        )
