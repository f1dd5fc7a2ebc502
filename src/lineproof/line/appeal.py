"""Appeals: what can be appealed, who may hear it, and what becomes of it, as one table.

Whoever had a part in what is appealed does not hear it. An office that is late decides nothing by that: what
is appealed rests until somebody has heard it.
"""

from collections.abc import Collection
from enum import Enum

from lineproof.errors import Conflict, NotPermitted
from lineproof.terms import StaffName


class AppealKind(Enum):
    """What is appealed: a case that two people refused or returned, a correction, a decided dispute."""

    CASE = "case"
    CORRECTION = "correction"
    DISPUTE = "dispute"


class AppealState(Enum):
    """Where an appeal is. OVERTURNED: the person is right, and what was decided does not stand."""

    OPEN = "open"
    WITHDRAWN = "withdrawn"
    UPHELD = "upheld"
    OVERTURNED = "overturned"


class AppealEvent(Enum):
    """What can happen to an appeal."""

    WITHDRAWN = "withdrawn"
    UPHELD = "upheld"
    OVERTURNED = "overturned"


TABLE: dict[tuple[AppealState, AppealEvent], AppealState] = {
    (AppealState.OPEN, AppealEvent.WITHDRAWN): AppealState.WITHDRAWN,
    (AppealState.OPEN, AppealEvent.UPHELD): AppealState.UPHELD,
    (AppealState.OPEN, AppealEvent.OVERTURNED): AppealState.OVERTURNED,
}


class AppealReason(Enum):
    """Why an appeal was decided as it was. The first two uphold what was decided, the others overturn it."""

    DECIDED_BY_THE_RULES = "decided_by_the_rules"
    NOTHING_NEW_WAS_SHOWN = "nothing_new_was_shown"
    DECIDED_WRONGLY = "decided_wrongly"
    SOMETHING_NEW_WAS_SHOWN = "something_new_was_shown"
    PROCEDURE_NOT_KEPT = "procedure_not_kept"


UPHOLDING = frozenset({AppealReason.DECIDED_BY_THE_RULES, AppealReason.NOTHING_NEW_WAS_SHOWN})

APPEAL_REASONS: dict[AppealReason, str] = {
    AppealReason.DECIDED_BY_THE_RULES: "What was decided follows the rules, and what was shown bears it out.",
    AppealReason.NOTHING_NEW_WAS_SHOWN: "Nothing was shown that had not been considered.",
    AppealReason.DECIDED_WRONGLY: "What was shown does not bear out what was decided.",
    AppealReason.SOMETHING_NEW_WAS_SHOWN: "Something was shown that could not be considered before.",
    AppealReason.PROCEDURE_NOT_KEPT: "The procedure was not kept: a notice, deadline or person was wanting.",
}


def event_of(reason: AppealReason) -> AppealEvent:
    """Tell which way a reason decides."""
    return AppealEvent.UPHELD if reason in UPHOLDING else AppealEvent.OVERTURNED


def next_appeal_state(state: AppealState, event: AppealEvent) -> AppealState:
    """Give the state after an event; Conflict when the appeal is decided or withdrawn already."""
    try:
        return TABLE[state, event]
    except KeyError:
        raise Conflict(f"An appeal that is {state.value} cannot be {event.value}.") from None


def refuse_involved(person: StaffName, involved: Collection[StaffName]) -> None:
    """Raise NotPermitted for who had a part in what is appealed."""
    if person in involved:
        raise NotPermitted(
            f"{person.text} had a part in what is appealed.",
            remedy="Somebody who had none must hear the appeal.",
        )
