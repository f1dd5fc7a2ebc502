"""Deadlines. Time comes in as an argument; nothing here asks what time it is."""

from datetime import datetime, timedelta


def deadline(start: datetime, *, days: int) -> datetime:
    """Give the moment `days` calendar days after an aware `start`.

    Working days and the jurisdiction's time zone are not built yet: a deadline is in full days of UTC.
    """
    if start.tzinfo is None:
        raise ValueError("a deadline needs an aware time")
    return start + timedelta(days=days)
