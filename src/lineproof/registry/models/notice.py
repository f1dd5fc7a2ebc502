"""Notices given to holders."""

from django.db import models

from lineproof.line.notice import NoticeKind, NoticeState
from lineproof.registry.models.choices import choices_of, only
from lineproof.registry.models.holder import Holder
from lineproof.registry.models.line import Line


class Notice(models.Model):
    """A notice of a kind, to a holder, about a line or about a document. Its sentences are the kind's.

    subject: the log's pseudonym of the procedure that it tells of; null in what earlier releases gave. state:
    whether it reached the holder. to_line_only: it is for whoever uses the line, and not for its holder, who
    said that the line is not theirs.
    """

    holder = models.ForeignKey(Holder, on_delete=models.PROTECT, related_name="notices")
    line = models.ForeignKey(Line, null=True, on_delete=models.PROTECT, related_name="notices")
    kind = models.CharField(max_length=32, choices=choices_of(NoticeKind))
    given_at = models.DateTimeField()
    deadline = models.DateTimeField(null=True)
    subject = models.BinaryField(max_length=16, null=True)
    state = models.CharField(
        max_length=16, choices=choices_of(NoticeState), db_default=NoticeState.GIVEN.value
    )
    # The default is the database's: an earlier release, still running, writes without this column.
    to_line_only = models.BooleanField(db_default=False)

    class Meta:
        """Kinds are closed."""

        constraints = (only("kind", NoticeKind), only("state", NoticeState))
