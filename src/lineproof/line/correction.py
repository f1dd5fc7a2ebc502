"""Corrections of wrongly registered lines: what can be wrong, what puts it right, and their life, one table.

A cause is about the registration of a line; none is about a person. docs/causes.md is checked against them.
When a step may be carried out, and by whom, is in `ladder.py`.
"""

from dataclasses import dataclass
from enum import Enum

from lineproof.errors import Conflict


class Cause(Enum):
    """The codes of the catalogue. Stored and logged; never renamed, only added."""

    MISSING_VERIFICATION = "missing_verification"
    DOCUMENT_EXPIRED = "document_expired"
    CAP_EXCEEDED = "cap_exceeded"
    CONTESTED_BINDING = "contested_binding"
    HOLDER_DISPUTE = "holder_dispute"
    USED_BY_ANOTHER = "used_by_another"
    REGISTRATION_LAPSED = "registration_lapsed"
    ATTESTATION_WRONG = "attestation_wrong"


@dataclass(frozen=True, slots=True)
class CauseText:
    """One cause, in whole sentences for the person concerned; `wording` has them in the other languages.

    says: what is wrong. remedy: what puts it right. by_verification: whether it is put right, at once, by
    verifying who the holder is. to_line_only: whoever uses the line is told, since its holder says that it is
    not theirs. holders_affair: it says more of the holder than who else uses the line needs to know, and so
    is not said to the line itself.
    """

    cause: Cause
    says: str
    remedy: str
    by_verification: bool = False
    to_line_only: bool = False
    holders_affair: bool = False


_CAUSES = (
    CauseText(
        Cause.MISSING_VERIFICATION,
        "The line was brought in from earlier records, and nothing shows that its holder was verified.",
        "Show your document at any counter, or by face. As soon as you are verified, this stops.",
        by_verification=True,
    ),
    CauseText(
        Cause.DOCUMENT_EXPIRED,
        "Every document that the line was registered with has expired.",
        "Show a document that is in date, at any counter, or by face. If yours is being renewed, ask at a "
        "counter what helps.",
        by_verification=True,
    ),
    CauseText(
        Cause.CAP_EXCEEDED,
        "More lines of this kind are in one name than the rules allow, and the line is the latest of them.",
        "Give up a line that is not needed, or pass one on to who uses it, at any counter. Which one, you "
        "choose.",
        holders_affair=True,
    ),
    CauseText(
        Cause.CONTESTED_BINDING,
        "Two people decided that the document that the line was registered with is somebody else's.",
        "Bring a document of your own to any counter, and have the line registered with it.",
        holders_affair=True,
    ),
    CauseText(
        Cause.HOLDER_DISPUTE,
        "The person in whose name the line is registered says that it is not theirs.",
        "If you use the line, bring its SIM or modem and your own document to any counter, and have it "
        "registered in your name.",
        to_line_only=True,
    ),
    CauseText(
        Cause.USED_BY_ANOTHER,
        "The line's holder, or a court, said that somebody other than its holder uses the line.",
        "Have it passed on, at any counter, to who uses it. If you use it yourself, show that there.",
        holders_affair=True,
    ),
    CauseText(
        Cause.REGISTRATION_LAPSED,
        "The line was registered for the time of a visit, and that time is over.",
        "Show your document, and a permit to stay if you have one, at any counter, or your document by face. "
        "As soon as you are verified, this stops.",
        by_verification=True,
        holders_affair=True,
    ),
    CauseText(
        Cause.ATTESTATION_WRONG,
        "A second look at what an agent attested about the line found that it was not so.",
        "Nobody says that you did anything wrong. Show your document at any counter, or by face. As soon as "
        "you are verified, this stops.",
        by_verification=True,
    ),
)
CAUSES: dict[Cause, CauseText] = {text.cause: text for text in _CAUSES}
BY_VERIFICATION = frozenset(text.cause for text in _CAUSES if text.by_verification)


class CorrectionState(Enum):
    """Where a correction is.

    FOUND: nobody was told. NOTIFIED: the first step was announced. RESTRICTED, SUSPENDED: done, and the next
    is announced. TERMINATED: the line has ended by it. PUT_RIGHT: what was wrong is not any more. WITHDRAWN:
    the finding was wrong. OVERTURNED: an appeal said so. GIVEN_UP: its holder does not hold the
    line any more.
    """

    FOUND = "found"
    NOTIFIED = "notified"
    RESTRICTED = "restricted"
    SUSPENDED = "suspended"
    TERMINATED = "terminated"
    PUT_RIGHT = "put_right"
    WITHDRAWN = "withdrawn"
    OVERTURNED = "overturned"
    GIVEN_UP = "given_up"


class CorrectionEvent(Enum):
    """What can happen to a correction."""

    NOTIFIED = "notified"
    RESTRICTED = "restricted"
    SUSPENDED = "suspended"
    TERMINATED = "terminated"
    PUT_RIGHT = "put_right"
    WITHDRAWN = "withdrawn"
    OVERTURNED = "overturned"
    GIVEN_UP = "given_up"


_S, _E = CorrectionState, CorrectionEvent

# What ends a correction for the person, and can happen at every point of it.
ENDINGS = {
    _E.PUT_RIGHT: _S.PUT_RIGHT,
    _E.WITHDRAWN: _S.WITHDRAWN,
    _E.OVERTURNED: _S.OVERTURNED,
}
# Those whose next step, or whose first notice, is still to come.
OPEN = frozenset({_S.FOUND, _S.NOTIFIED, _S.RESTRICTED, _S.SUSPENDED})
# Those of which the holder was told a step and a deadline. A line has one such at a time.
ANNOUNCED = OPEN - {_S.FOUND}

TABLE: dict[tuple[CorrectionState, CorrectionEvent], CorrectionState] = {
    (_S.FOUND, _E.NOTIFIED): _S.NOTIFIED,
    (_S.NOTIFIED, _E.RESTRICTED): _S.RESTRICTED,
    # Where the policy pack has no restriction.
    (_S.NOTIFIED, _E.SUSPENDED): _S.SUSPENDED,
    (_S.RESTRICTED, _E.SUSPENDED): _S.SUSPENDED,
    (_S.SUSPENDED, _E.TERMINATED): _S.TERMINATED,
    **{(state, event): after for state in (*OPEN, _S.TERMINATED) for event, after in ENDINGS.items()},
    **{(state, _E.GIVEN_UP): _S.GIVEN_UP for state in OPEN},
}


def next_correction_state(state: CorrectionState, event: CorrectionEvent) -> CorrectionState:
    """Give the state after an event; Conflict when the table has no such step."""
    try:
        return TABLE[state, event]
    except KeyError:
        was, what = state.value.replace("_", " "), event.value.replace("_", " ")
        raise Conflict(f"A correction that is {was} cannot be {what}.") from None
