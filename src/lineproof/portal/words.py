"""The words a holder reads for what the rules call by an enum."""

from typing import assert_never

from django.utils.translation import gettext

from lineproof.line.state import LineState
from lineproof.terms import LineKind


def kind_in_words(kind: LineKind) -> str:
    """Say what kind of line it is."""
    match kind:
        case LineKind.MOBILE:
            return gettext("Mobile number")
        case LineKind.FIXED:
            return gettext("Internet access")
        case _:
            assert_never(kind)


def detail_in_words(kind: LineKind) -> str:
    """Say what the detail of a line of this kind is."""
    match kind:
        case LineKind.MOBILE:
            return gettext("SIM card")
        case LineKind.FIXED:
            return gettext("Address")
        case _:
            assert_never(kind)


def state_in_words(state: LineState) -> str:
    """Say where a line is in its life."""
    match state:
        case LineState.PENDING:
            said = gettext("Waiting to be switched on")
        case LineState.ACTIVE | LineState.IN_TRANSFER | LineState.PORTING_OUT:
            said = gettext("Switched on")
        case LineState.RESTRICTED:
            said = gettext("Can be called, and can call for help")
        case LineState.SUSPENDED:
            said = gettext("Suspended: can call for help")
        case LineState.PORTING_IN:
            said = gettext("On its way from another operator")
        case LineState.SURRENDERED | LineState.TERMINATED | LineState.QUARANTINE | LineState.REISSUED:
            said = gettext("Ended")
        case LineState.PORTED_OUT:
            said = gettext("With another operator")
        case LineState.APPLIED:
            said = gettext("Applied for")
        case _:
            assert_never(state)
    return said


def as_printed(kind: LineKind, detail: str) -> str:
    """Give a detail as it is read aloud: a SIM card's number in groups of four, an address as it is."""
    match kind:
        case LineKind.MOBILE:
            return " ".join(detail[at : at + 4] for at in range(0, len(detail), 4))
        case LineKind.FIXED:
            return detail
        case _:
            assert_never(kind)
