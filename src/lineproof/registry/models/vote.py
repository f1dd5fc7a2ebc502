"""What members of staff think of a question that two of them decide."""

from django.db import models

from lineproof.registry.models.staff import Staff


class Vote(models.Model):
    """One person's opinion; never updated. about: what the question is of. question, choice: in its words."""

    about = models.UUIDField()
    question = models.CharField(max_length=24)
    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="votes")
    choice = models.CharField(max_length=24)
    reason = models.CharField(max_length=40, blank=True)
    given_at = models.DateTimeField()

    class Meta:
        """One opinion of each person on a question."""

        constraints = (
            models.UniqueConstraint(fields=("about", "question", "staff"), name="one_vote_per_person"),
        )
