"""Four eyes: what people decide together, about whatever it is. `case.py` has the words for a referral.

The second gives their opinion without seeing the first. Nothing against a person is final where a third, who
could hear the appeal, is not there.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from lineproof.errors import NotPermitted
from lineproof.terms import StaffName

EYES = 2
# Two who decide, and another who could hear the appeal.
FEWEST_STAFF = EYES + 1


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
    given: Sequence[Vote], new: Vote, *, barred: frozenset[StaffName] = frozenset()
) -> tuple[Vote, ...]:
    """Add an opinion to a question.

    barred: who had a part in it before. NotPermitted for them, for a second opinion of one person, and once
    it is decided.
    """
    if agreed(given) is not None:
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


def agreed(given: Sequence[Vote]) -> Agreed | None:
    """Give what the first two who agree chose; None while no two do. Of one person only the first counts."""
    heard: dict[StaffName, Vote] = {}
    for vote in given:
        if vote.person in heard:
            continue
        heard[vote.person] = vote
        alike = [each for each in heard.values() if each.choice == vote.choice]
        if len(alike) == EYES:
            reasons = tuple(dict.fromkeys(each.reason for each in alike if each.reason))
            return Agreed(vote.choice, tuple(each.person for each in alike), reasons)
    return None


def may_become_final(eligible: int) -> bool:
    """Tell whether there are staff enough that something against a person may become final."""
    return eligible >= FEWEST_STAFF


def refuse_too_few(eligible: int) -> None:
    """Raise NotPermitted where there are too few staff for anything against a person to become final."""
    if not may_become_final(eligible):
        raise NotPermitted(
            f"There are {eligible} reviewers here who may decide, and it takes {FEWEST_STAFF}: two, and "
            "another for the appeal.",
            remedy="Enrol another reviewer. Until then everything stays as it is.",
        )
