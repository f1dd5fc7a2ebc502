"""Notices given to holders."""

from django.db import models

from lineproof.line.notice import NoticeKind
from lineproof.registry.models.choices import choices_of, only
from lineproof.registry.models.holder import Holder
from lineproof.registry.models.line import Line


class Notice(models.Model):
    """A notice of a kind, to a holder, about a line or about a document. Its sentences are the kind's."""

    holder = models.ForeignKey(Holder, on_delete=models.PROTECT, related_name="notices")
    line = models.ForeignKey(Line, null=True, on_delete=models.PROTECT, related_name="notices")
    kind = models.CharField(max_length=32, choices=choices_of(NoticeKind))
    given_at = models.DateTimeField()
    deadline = models.DateTimeField(null=True)

    class Meta:
        """Kinds are closed."""

        constraints = (only("kind", NoticeKind),)
