"""Who may decide a referred case, and when it is decided: four eyes, always.

A case is decided when two members of staff hold the same opinion. A second reviewer gives an opinion
without seeing the first. With too few staff nothing is decided, and the case stays open: lateness
never refuses anybody and never accepts anybody.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from lineproof.decision.reasons import ReasonCode
from lineproof.errors import Malformed, NotPermitted
from lineproof.terms import StaffName

EYES = 2


class Opinion(Enum):
    """What a reviewer may say of a case.

    RETURN: it cannot be decided as it is, and the applicant may present again; nobody is refused.
    """

    ACCEPT = "accept"
    RETURN = "return"
    REFUSE = "refuse"


class Whose(Enum):
    """What two people may settle where two holders have one document, or may be one person.

    AS_THEY_ARE: nothing has to be done. COME_AND_SHOW: they are asked to present their documents again.
    ONE_HOLDERS: the document is one holder's alone; the other is not recognised by it any more, and keeps
    their lines. Nobody is ever merged with anybody.
    """

    AS_THEY_ARE = "as_they_are"
    COME_AND_SHOW = "come_and_show"
    ONE_HOLDERS = "one_holders"


@dataclass(frozen=True, slots=True)
class ReviewerOpinion:
    """One reviewer's opinion. Anything but an acceptance names its catalogued reason."""

    reviewer: StaffName
    opinion: Opinion
    reason: ReasonCode | None

    def __post_init__(self) -> None:
        """Refuse an opinion against somebody that does not say why."""
        if (self.opinion is Opinion.ACCEPT) != (self.reason is None):
            raise Malformed(
                "A refusal or return names a reason, and an acceptance has none.",
                remedy="Choose a reason from the catalogue.",
            )


@dataclass(frozen=True, slots=True)
class Settlement:
    """What two people decided together. reasons: theirs, without repetition; empty for an acceptance."""

    opinion: Opinion
    by: tuple[StaffName, ...]
    reasons: tuple[ReasonCode, ...]


def add_opinion(given: Sequence[ReviewerOpinion], new: ReviewerOpinion) -> tuple[ReviewerOpinion, ...]:
    """Add an opinion; NotPermitted if this reviewer has already given one or the case is decided."""
    if settle(given) is not None:
        raise NotPermitted("The case is already decided.")
    if any(opinion.reviewer == new.reviewer for opinion in given):
        raise NotPermitted(
            f"{new.reviewer.text} has already given an opinion on this case.",
            remedy="The second opinion must be another person's.",
        )
    return (*given, new)


def settle(given: Sequence[ReviewerOpinion]) -> Settlement | None:
    """Give the decision of the first two people who agree; None while no two do.

    People are counted, not opinions: of one reviewer only the first counts.
    """
    agreeing: dict[Opinion, list[ReviewerOpinion]] = {opinion: [] for opinion in Opinion}
    heard: set[StaffName] = set()
    for new in given:
        if new.reviewer in heard:
            continue
        heard.add(new.reviewer)
        alike = agreeing[new.opinion]
        alike.append(new)
        if len(alike) == EYES:
            reasons = dict.fromkeys(o.reason for o in alike if o.reason is not None)
            return Settlement(new.opinion, tuple(o.reviewer for o in alike), tuple(reasons))
    return None
