"""Four eyes: what people decide together, about whatever it is. `case.py` has the words for a referral.

The second gives their opinion without seeing the first. Nothing against a person is final where a third, who
could hear the appeal, is not there.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from lineproof.errors import NotPermitted
from lineproof.terms import StaffName

EYES = 2


@dataclass(frozen=True, slots=True)
class Vote:
    """One person's opinion on one question. choice: one of the question's answers. reason: "" or a code."""

    person: StaffName
    choice: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Agreed:
    """What the first two who agree chose. reasons: theirs, without repetition."""

    choice: str
    by: tuple[StaffName, ...]
    reasons: tuple[str, ...]


def add_vote(
    given: Sequence[Vote], new: Vote, *, barred: frozenset[StaffName] = frozenset(), eyes: int = EYES
) -> tuple[Vote, ...]:
    """Add an opinion to a question.

    barred: who had a part in it before. eyes: how many have to agree. NotPermitted for who is barred, for a
    second opinion of one person, and once it is decided.
    """
    if agreed(given, eyes=eyes) is not None:
        raise NotPermitted("It is already decided.")
    if new.person in barred:
        raise NotPermitted(
            f"{new.person.text} had a part in this before.", remedy="Somebody who had none must decide."
        )
    if any(vote.person == new.person for vote in given):
        raise NotPermitted(
            f"{new.person.text} has already given an opinion on this.",
            remedy="The second opinion must be another person's.",
        )
    return (*given, new)


def agreed(given: Sequence[Vote], *, eyes: int = EYES) -> Agreed | None:
    """Give what the first so many who agree chose; None while they do not. Of one person the first counts."""
    heard: dict[StaffName, Vote] = {}
    for vote in given:
        if vote.person in heard:
            continue
        heard[vote.person] = vote
        alike = [each for each in heard.values() if each.choice == vote.choice]
        if len(alike) == eyes:
            reasons = tuple(dict.fromkeys(each.reason for each in alike if each.reason))
            return Agreed(vote.choice, tuple(each.person for each in alike), reasons)
    return None


def may_become_final(eligible: int, *, eyes: int = EYES) -> bool:
    """Tell whether there are staff enough that something against a person may become final."""
    return eligible > eyes


def refuse_too_few(eligible: int, *, eyes: int = EYES) -> None:
    """Raise NotPermitted where there are too few staff for anything against a person to become final."""
    if not may_become_final(eligible, eyes=eyes):
        raise NotPermitted(
            f"There are {eligible} reviewers here who may decide, and it takes {eyes + 1}: {eyes}, and "
            "another for the appeal.",
            remedy="Enrol another reviewer. Until then everything stays as it is.",
        )


def refuse_unheard(reviewers: Collection[StaffName], involved: Collection[StaffName]) -> None:
    """Raise NotPermitted where everybody would have had a part in it, and nobody could hear the appeal."""
    if not set(reviewers) - set(involved):
        raise NotPermitted(
            "Every reviewer here would have had a part in this, and nobody could hear the appeal.",
            remedy="Let somebody sign who has a part in it already, or enrol another reviewer.",
        )
