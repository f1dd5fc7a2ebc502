"""The words a holder reads for what the rules call by an enum."""

from typing import assert_never

from django.utils.translation import gettext, ngettext

from lineproof.decision.clocks import Term, TermUnit
from lineproof.line.dispute import DisputeKind, DisputeState
from lineproof.line.retention import Matter
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


def dispute_in_words(kind: DisputeKind) -> str:
    """Say what a holder said of a line."""
    match kind:
        case DisputeKind.NOT_MINE:
            return gettext("You said that this line is not yours.")
        case DisputeKind.NOT_NEEDED:
            return gettext("You said that you do not need this line.")
        case _:
            assert_never(kind)


def dispute_state_in_words(state: DisputeState) -> str:
    """Say where a dispute is."""
    match state:
        case DisputeState.OPEN | DisputeState.HEARD:
            return gettext("People look into it. The line works as before.")
        case DisputeState.UPHELD:
            return gettext("It was decided: you are right.")
        case DisputeState.DISMISSED:
            return gettext("It was decided: the line stays in your name.")
        case DisputeState.WITHDRAWN:
            return gettext("You took it back.")
        case _:
            assert_never(state)


def matter_in_words(matter: Matter) -> str:
    """Say what is erased or kept of a holder."""
    match matter:
        case Matter.IDENTITY:
            return gettext("Who you are: name, birth, documents; your notices, and links to your page")
        case Matter.RECOGNITION:
            return gettext("What you would be recognised by, and where your notices went")
        case Matter.LINE:
            return gettext("What belongs to a line: its number and SIM, or account and address")
        case _:
            assert_never(matter)


def term_in_words(term: Term) -> str:
    """Say how long somebody has."""
    match term.unit:
        case TermUnit.HOURS:
            said = ngettext("an hour", "%(n)d hours", term.count)
        case TermUnit.DAYS:
            said = ngettext("a day", "%(n)d days", term.count)
        case TermUnit.WORKING_DAYS:
            said = ngettext("a working day", "%(n)d working days", term.count)
        case _:
            assert_never(term.unit)
    return said % {"n": term.count}


def as_printed(kind: LineKind, detail: str) -> str:
    """Give a detail as it is read aloud: a SIM card's number in groups of four, an address as it is."""
    match kind:
        case LineKind.MOBILE:
            return " ".join(detail[at : at + 4] for at in range(0, len(detail), 4))
        case LineKind.FIXED:
            return detail
        case _:
            assert_never(kind)
