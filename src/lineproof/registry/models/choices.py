"""Closed choices as database constraints: a column of an enum holds its members and nothing else."""

from enum import Enum

from django.db import models


class Retention(Enum):
    """Why personal data is held, and so when its key is destroyed; docs/trust.md has the end dates."""

    IDENTITY = "identity"
    LINE = "line"
    CASE = "case"
    DECISION = "decision"


class DecisionOutcome(Enum):
    """What became of an application: the machine's three words, and those that only people say."""

    ACCEPT = "accept"
    NOT_VERIFIED = "not_verified"
    REFER = "refer"
    ACCEPTED_BY_PEOPLE = "accepted_by_people"
    RETURNED_BY_PEOPLE = "returned_by_people"
    REFUSED_BY_PEOPLE = "refused_by_people"
    ACCEPTED_ON_APPEAL = "accepted_on_appeal"


class CaseKind(Enum):
    """Why people look at a case."""

    REFERRAL = "referral"
    CONTESTED_DOCUMENT = "contested_document"
    POSSIBLE_SAME_HOLDER = "possible_same_holder"


class CaseState(Enum):
    """Where a case is."""

    OPEN = "open"
    ACCEPTED = "accepted"
    RETURNED = "returned"
    REFUSED = "refused"


class EvidenceEnd(Enum):
    """Why photographs of a referral were destroyed: people decided, or the policy's time for it was over."""

    AT_DECISION = "at_decision"
    AT_DEADLINE = "at_deadline"


class RotationStage(Enum):
    """How far the keys' rotation is; docs/procedures/rotate_keys.md."""

    STEADY = "steady"
    FILLING = "filling"
    SWITCHING = "switching"
    CLEARING = "clearing"
    REWRAPPING = "rewrapping"


def choices_of(kind: type[Enum]) -> list[tuple[str, str]]:
    """Give an enum's values as Django choices."""
    return [(member.value, member.value) for member in kind]


def only(field: str, kind: type[Enum], *, retired: tuple[str, ...] = ()) -> models.CheckConstraint:
    """Make the database refuse a value that is neither a member nor one that earlier releases recorded."""
    return models.CheckConstraint(
        condition=models.Q(**{f"{field}__in": [*(member.value for member in kind), *retired]}),
        name=f"%(class)s_{field}_is_known",
    )
