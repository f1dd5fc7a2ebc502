"""Until when what is known of a holder and of a line is kept: a policy's periods, counted from custodies."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from lineproof.decision.clocks import Calendar, Term
from lineproof.decision.policy import Period
from lineproof.line.clock import deadline, end_of_keeping
from lineproof.line.custody import Custody


class Matter(Enum):
    """What can be erased or kept of a holder, each by itself.

    recognition: the indexes under which a document, or a name and birth, would be found again.
    """

    IDENTITY = "identity"
    RECOGNITION = "recognition"
    LINE = "line"


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept of a holder, until when and why.

    until: None while a line is held, since its end is not known. why: to be said after "because".
    line: the number or account, of a line.
    """

    what: Matter
    until: datetime | None
    why: str
    line: str = ""


HELD = "you hold a line, which must stay in your name"
LINE_HELD = "you hold this line"
STILL_ON = "the network has not switched it off yet"
RECEIVING = "a line is being transferred to you; take the transfer back if you do not want it"


def line_kept_until(
    custody: Custody, period: Period, *, quarantine: Term, calendar: Calendar
) -> datetime | None:
    """Give when the data of a line reaches its end, by its last custody; None while it is held.

    Not before its number's quarantine is over: what is erased can be registered by somebody else.
    """
    if custody.until is None:
        return None
    return max(end_of_keeping(custody.until, days=period.days), deadline(custody.until, quarantine, calendar))


def identity_kept_until(
    custodies: Iterable[Custody], period: Period, *, known_since: datetime
) -> datetime | None:
    """Give when a holder's identity reaches its end; None while a line is held.

    It counts from the last end of a line; of a holder who never had one, from `known_since`.
    """
    last = known_since
    for custody in custodies:
        if custody.until is None:
            return None
        last = max(last, custody.until)
    return end_of_keeping(last, days=period.days)
