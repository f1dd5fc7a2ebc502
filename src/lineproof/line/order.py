"""When an order that did not reach the network is sent again, and when it is stuck.

An order is never dropped: it is sent again after 30 s, then after twice as long each time, up to an hour.
"""

from datetime import datetime, timedelta
from enum import Enum

FIRST_DELAY = timedelta(seconds=30)
LONGEST_DELAY = timedelta(hours=1)
STUCK_AFTER = timedelta(hours=1)


class OrderFault(Enum):
    """Why an order is not carried out yet.

    NETWORK_AWAY, KEYS_AWAY: it may pass by itself. REFUSED: the network, or the sealed number, is not as it
    ought to be. NOBODY_HOLDS: the line is in nobody's name. ERASED: nothing says any more which number it is.
    BROKEN: a fault of the program.
    """

    NETWORK_AWAY = "network_away"
    KEYS_AWAY = "keys_away"
    REFUSED = "refused"
    NOBODY_HOLDS = "nobody_holds"
    ERASED = "erased"
    BROKEN = "broken"


# What waiting mends. Every other fault is stuck at once, and tried again hourly, in case a person mended it.
PASSING = frozenset({OrderFault.NETWORK_AWAY, OrderFault.KEYS_AWAY})
LASTING = frozenset(OrderFault) - PASSING


def doubling(failures: int, *, first: timedelta, longest: timedelta) -> timedelta:
    """Give how long to wait after so many failures in a row, at least one: twice as long each time."""
    if failures < 1:
        raise ValueError("nothing has failed")
    # The exponent is bounded, so that a count that grows for years stays a number that can be computed.
    factor: int = 2 ** min(failures - 1, 16)
    return min(longest, first * factor)


def retry_delay(failures: int, fault: OrderFault, *, asked: timedelta = timedelta()) -> timedelta:
    """Give how long an order waits after its nth failure. asked: what the network said, an hour at most."""
    if fault in LASTING:
        return LONGEST_DELAY
    return min(LONGEST_DELAY, max(asked, doubling(failures, first=FIRST_DELAY, longest=LONGEST_DELAY)))


def is_stuck(*, ordered_at: datetime, fault: OrderFault | None, now: datetime) -> bool:
    """Tell whether a person has to look at an open order: an hour has passed, or waiting mends nothing."""
    return fault in LASTING or now - ordered_at >= STUCK_AFTER
