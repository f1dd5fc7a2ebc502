"""An inspection: its states as one table, and the words in which it is answered. No free text."""

from enum import Enum

from lineproof.errors import Conflict


class InspectionState(Enum):
    """Where an inspection is. OPEN: the inspector has committed to a nonce, and nothing is drawn yet."""

    OPEN = "open"
    DRAWN = "drawn"
    REPORTED = "reported"
    ANSWERED = "answered"
    CLOSED = "closed"


class InspectionEvent(Enum):
    """What can happen to an inspection."""

    SAMPLE_DRAWN = "sample_drawn"
    REPORTED = "reported"
    ANSWERED = "answered"
    CLOSED = "closed"


_S, _E = InspectionState, InspectionEvent

TABLE: dict[tuple[InspectionState, InspectionEvent], InspectionState] = {
    (_S.OPEN, _E.SAMPLE_DRAWN): _S.DRAWN,
    (_S.OPEN, _E.CLOSED): _S.CLOSED,
    (_S.DRAWN, _E.REPORTED): _S.REPORTED,
    (_S.DRAWN, _E.CLOSED): _S.CLOSED,
    (_S.REPORTED, _E.ANSWERED): _S.ANSWERED,
    (_S.ANSWERED, _E.CLOSED): _S.CLOSED,
}


class Judgement(Enum):
    """What an inspector says of one entry of the sample: were the rules kept, by what was disclosed?"""

    KEPT = "kept"
    NOT_KEPT = "not_kept"
    CANNOT_TELL = "cannot_tell"


class OperatorAnswer(Enum):
    """What the operator answers to an entry of which the rules are said not to be kept."""

    PUT_RIGHT = "put_right"
    WILL_BE_PUT_RIGHT = "will_be_put_right"
    KEPT_AFTER_ALL = "kept_after_all"


def next_inspection_state(state: InspectionState, event: InspectionEvent) -> InspectionState:
    """Give the state after an event; Conflict when the table has no such step."""
    try:
        return TABLE[state, event]
    except KeyError:
        raise Conflict(
            f"An inspection that is {state.value} cannot be {event.value.replace('_', ' ')}."
        ) from None
