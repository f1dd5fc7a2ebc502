"""Disputes: what a holder may say of a line in their name, what is asked of its user, and what people decide.

A line in somebody's name is either theirs or it is not theirs to answer for. Who says so is verified, the
line works on, its user is asked first, and two people decide with a reason. An office that is late decides
nothing by it.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from lineproof.decision.clocks import Term
from lineproof.errors import Conflict, Malformed, NotPermitted
from lineproof.line.state import HELD, LineState
from lineproof.terms import StaffName

# The question that two people answer; their opinions are kept under it.
QUESTION = "dispute"
# A line that is still with another operator is not ours to change: its porting in can be stopped there.
DISPUTABLE = HELD - {LineState.PORTING_IN}


class DisputeKind(Enum):
    """What the holder says. NOT_MINE: it was registered on their document by somebody else.

    NOT_NEEDED: it is theirs, used by somebody they know or by nobody they know of, and is to end.
    """

    NOT_MINE = "not_mine"
    NOT_NEEDED = "not_needed"


class DisputeState(Enum):
    """Where a dispute is. HEARD: still open, and the line's user has said what they know."""

    OPEN = "open"
    HEARD = "heard"
    UPHELD = "upheld"
    DISMISSED = "dismissed"
    WITHDRAWN = "withdrawn"


class DisputeEvent(Enum):
    """What can happen to a dispute. OVERTURNED: an appeal turned its decision into the other one."""

    USER_HEARD = "heard"
    UPHELD = "upheld"
    DISMISSED = "dismissed"
    WITHDRAWN = "withdrawn"
    OVERTURNED = "overturned"


class Statement(Enum):
    """What the line's user said when they were asked, in closed words: nobody writes about people here."""

    USES_IT_WITH_LEAVE = "uses_it_with_leave"
    SAYS_IT_IS_THEIRS = "says_it_is_theirs"
    OTHER = "other"
    DID_NOT_ANSWER = "did_not_answer"


class DisputeChoice(Enum):
    """What a reviewer may think. UPHELD: the holder is right."""

    UPHELD = "upheld"
    DISMISSED = "dismissed"


class DisputeReason(Enum):
    """Why a dispute is upheld or dismissed; the catalogue below says each in a sentence."""

    DOCUMENT_WAS_MISUSED = "document_was_misused"
    NO_TRACE_OF_HOLDER = "no_trace_of_holder"
    HOLDER_GAVE_IT_UP = "holder_gave_it_up"
    HOLDER_REGISTERED_IT = "holder_registered_it"
    HOLDER_TOOK_IT_OVER = "holder_took_it_over"
    BOUND_TO_KEEP_IT = "bound_to_keep_it"
    TAKEN_BACK = "taken_back"


_S, _E = DisputeState, DisputeEvent

TABLE: dict[tuple[DisputeState, DisputeEvent], DisputeState] = {
    (_S.OPEN, _E.USER_HEARD): _S.HEARD,
    (_S.OPEN, _E.UPHELD): _S.UPHELD,
    (_S.OPEN, _E.DISMISSED): _S.DISMISSED,
    (_S.OPEN, _E.WITHDRAWN): _S.WITHDRAWN,
    # Who answers late, or has more to say, is heard as long as it is not decided.
    (_S.HEARD, _E.USER_HEARD): _S.HEARD,
    (_S.HEARD, _E.UPHELD): _S.UPHELD,
    (_S.HEARD, _E.DISMISSED): _S.DISMISSED,
    (_S.HEARD, _E.WITHDRAWN): _S.WITHDRAWN,
    (_S.UPHELD, _E.OVERTURNED): _S.DISMISSED,
    (_S.DISMISSED, _E.OVERTURNED): _S.UPHELD,
}

OPEN_STATES = frozenset({_S.OPEN, _S.HEARD})


@dataclass(frozen=True, slots=True)
class ReasonText:
    """One reason of the catalogue: what is decided with it, in disputes of which kinds, and its sentence."""

    choice: DisputeChoice
    kinds: frozenset[DisputeKind]
    says: str


_NOT_MINE, _NOT_NEEDED = frozenset({DisputeKind.NOT_MINE}), frozenset({DisputeKind.NOT_NEEDED})

REASONS: dict[DisputeReason, ReasonText] = {
    DisputeReason.DOCUMENT_WAS_MISUSED: ReasonText(
        DisputeChoice.UPHELD,
        _NOT_MINE,
        "The line was registered on the holder's document by somebody else.",
    ),
    DisputeReason.NO_TRACE_OF_HOLDER: ReasonText(
        DisputeChoice.UPHELD,
        _NOT_MINE,
        "Nothing shows that the holder was there when the line was registered.",
    ),
    DisputeReason.HOLDER_GAVE_IT_UP: ReasonText(
        DisputeChoice.UPHELD,
        _NOT_NEEDED,
        "The holder gives the line up, and nobody else has a right to it in the holder's name.",
    ),
    DisputeReason.HOLDER_REGISTERED_IT: ReasonText(
        DisputeChoice.DISMISSED,
        _NOT_MINE,
        "The registration shows that the holder was there and was verified.",
    ),
    DisputeReason.HOLDER_TOOK_IT_OVER: ReasonText(
        DisputeChoice.DISMISSED,
        _NOT_MINE,
        "The line was transferred to the holder, who was verified and accepted it.",
    ),
    DisputeReason.BOUND_TO_KEEP_IT: ReasonText(
        DisputeChoice.DISMISSED,
        _NOT_NEEDED,
        "An order of a court or an agreement that the holder signed keeps the line as it is for now.",
    ),
    DisputeReason.TAKEN_BACK: ReasonText(
        DisputeChoice.DISMISSED,
        _NOT_MINE | _NOT_NEEDED,
        "The holder told the people who decide that they want to keep the line.",
    ),
}


def next_dispute_state(state: DisputeState, event: DisputeEvent) -> DisputeState:
    """Give the state after an event; Conflict when the table has no such step."""
    try:
        return TABLE[state, event]
    except KeyError:
        raise Conflict(f"A dispute that is {state.value} cannot be {event.value}.") from None


def refuse_undisputable(state: LineState) -> None:
    """Raise Conflict for a line that is in nobody's name, or not ours yet."""
    if state not in DISPUTABLE:
        raise Conflict(
            f"A line that is {state.value.replace('_', ' ')} cannot be disputed.",
            remedy="If it is still coming from another operator, have its porting in stopped.",
        )


def refuse_decided(kind: DisputeKind, earlier: Collection[tuple[DisputeKind, DisputeState]]) -> None:
    """Raise Conflict where a line is disputed already, or what the holder says of it was decided before."""
    if any(state in OPEN_STATES for _, state in earlier):
        raise Conflict(
            "That line is disputed already.", remedy="It is decided by the time that was told then."
        )
    if any(each is kind and state is not DisputeState.WITHDRAWN for each, state in earlier):
        raise Conflict(
            "That was said of the line before, and people decided it.",
            remedy="Appeal against it, or give the line up.",
        )


def answer_term(term: Term) -> Term:
    """Give the line's user half of the term of a dispute, rounded up, to say what they know."""
    return Term((term.count + 1) // 2, term.unit)


def may_be_decided(state: DisputeState, *, answer_by: datetime, now: datetime) -> bool:
    """Tell whether the line's user was heard, or has let the time for it pass."""
    return state is DisputeState.HEARD or now >= answer_by


def refuse_user_unheard(state: DisputeState, *, answer_by: datetime, now: datetime) -> None:
    """Raise NotPermitted while the line's user still has time to be heard and was not."""
    if not may_be_decided(state, answer_by=answer_by, now=now):
        raise NotPermitted(
            "The line's user was not heard yet, and has until {until}.",
            remedy="Hear them first, or come back then.",
            until=answer_by,
        )


def refuse_voucher(person: StaffName, vouchers: Collection[StaffName]) -> None:
    """Raise NotPermitted for who vouched for the registration: they do not ask its user about it."""
    if person in vouchers:
        raise NotPermitted(
            f"{person.text} vouched for the registration of that line.",
            remedy="Somebody who did not must hear its user.",
        )


def refuse_early_silence(statement: Statement, *, answer_by: datetime, now: datetime) -> None:
    """Raise NotPermitted when it is said that somebody did not answer who still has time to."""
    if statement is Statement.DID_NOT_ANSWER and now < answer_by:
        raise NotPermitted(
            "The line's user has until {until} to answer.",
            remedy="Only then can it be said that they did not.",
            until=answer_by,
        )


def refuse_wrong_reason(kind: DisputeKind, choice: DisputeChoice, reason: DisputeReason) -> None:
    """Raise Malformed for a reason that is none for this decision of a dispute of this kind."""
    text = REASONS[reason]
    if text.choice is not choice or kind not in text.kinds:
        fitting = ", ".join(r.value for r, t in REASONS.items() if t.choice is choice and kind in t.kinds)
        raise Malformed(
            f"{reason.value} is no reason for which a dispute of the kind {kind.value} is {choice.value}.",
            remedy=f"Choose one of: {fitting}.",
        )
