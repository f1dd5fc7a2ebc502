"""An application made in a browser: its steps, what it needs consent to, how often and for how long.

Whoever only shows who they are applies for no line: their steps are the same but for that.
"""

from datetime import timedelta
from enum import Enum

# From when it is begun. What it names, a line, is sealed, and unreadable as soon as it is decided.
KEPT_FOR = timedelta(hours=24)
# After the last day on which people decide a referral, so that who waits can still read what they decided.
SHOWN_FOR = timedelta(days=7)
# How long another browser can take an application over by its link.
LINK_GOOD_FOR = timedelta(minutes=10)
# From one network address in an hour: a shop's or a family's browsers are far below it.
BEGUN_BY_ADDRESS = 30
# Of photographs that were examined and not found good enough. Nothing else is a try.
MOST_TRIES = 3
# Of head turns begun in one application: who breaks one off draws another, and luck must not add up.
MOST_TURNS = 10
# How long an examination may take at most: the booth's own bounds, and the record's.
EXAMINED_WITHIN = timedelta(minutes=3)
# Of the sentences on the page: another meaning is another version. The contract's terms have their own.
CONSENTS_VERSION = "2"


class Goal(Enum):
    """What somebody shows their document and face for: a line, or just to show who they are."""

    LINE = "line"
    HOLDER = "holder"


class Purpose(Enum):
    """What an applicant consents to, each by itself: a way that needs one is not gone without it."""

    DOCUMENT = "document"
    COMPARISON = "comparison"
    REVIEW = "review"
    CONTRACT = "contract"


def purposes_of(goal: Goal) -> tuple[Purpose, ...]:
    """Give what is consented to: who asks for no line accepts no contract."""
    return tuple(each for each in Purpose if goal is Goal.LINE or each is not Purpose.CONTRACT)


class DraftStep(Enum):
    """What an application waits for."""

    LINE = "line"
    CONSENT = "consent"
    CAPTURE = "capture"
    RESULT = "result"


class DraftResult(Enum):
    """What became of the photographs that were sent last. Only people refuse.

    VERIFIED: accepted, where no line was asked for.
    """

    REGISTERED = "registered"
    VERIFIED = "verified"
    NOT_VERIFIED = "not_verified"
    WITH_PEOPLE = "with_people"
    RETURNED = "returned"
    REFUSED = "refused"


def step_of(*, has_line: bool, has_consents: bool, result: DraftResult | None) -> DraftStep:
    """Tell which step comes next, by what is there: a browser that was killed goes on from here."""
    if result is not None:
        return DraftStep.RESULT
    if not has_line:
        return DraftStep.LINE
    return DraftStep.CAPTURE if has_consents else DraftStep.CONSENT


def tries_left(*, before: int, result: DraftResult | None) -> int:
    """Count the tries that are left. before: of earlier photographs, not the last."""
    return MOST_TRIES - before - (result is DraftResult.NOT_VERIFIED)
