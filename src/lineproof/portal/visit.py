"""How long a visit lasts: a quarter of an hour, or three hours for who says so on their own device.

WCAG 2.2, 2.2.1 (timing adjustable): a limit can be set to ten times its length before it is met. The end
stands in the visit's cookie, which is signed; the cookie itself is good for nothing after the longer time.
"""

import time
from datetime import timedelta
from math import ceil

from django.contrib.sessions.backends.base import SessionBase

SHORT, LONG = timedelta(minutes=15), timedelta(hours=3)
_OPENED, _ENDS = "opened_at", "ends_at"


def begin(session: SessionBase) -> None:
    """Let a visit begin now, and last the shorter time."""
    now = int(time.time())
    session[_OPENED], session[_ENDS] = now, now + int(SHORT.total_seconds())


def stay(session: SessionBase) -> None:
    """Let a visit last the longer time, counted from its beginning, however often it is asked for."""
    session[_ENDS] = session[_OPENED] + int(LONG.total_seconds())


def is_over(session: SessionBase) -> bool:
    """Tell whether a visit's time is over; a visit that says no time is over."""
    return time.time() >= _ends(session)


def minutes_left(session: SessionBase) -> int:
    """Give in how many minutes a visit ends, counted up."""
    return max(0, ceil((_ends(session) - time.time()) / 60))


def can_be_longer(session: SessionBase) -> bool:
    """Tell whether a visit can still be made longer."""
    return _ends(session) < int(session.get(_OPENED, 0)) + int(LONG.total_seconds())


def _ends(session: SessionBase) -> int:
    return int(session.get(_ENDS, 0))
