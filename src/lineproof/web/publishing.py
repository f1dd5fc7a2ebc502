"""Keeps the published log up to date, in a thread of the server."""

import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from django.db import DatabaseError

from lineproof import structured
from lineproof.errors import LineproofError
from lineproof.ports import Services
from lineproof.registry.flows.publish_log import publish_log
from lineproof.registry.queries.log import read_origin
from lineproof.registry.queries.published import read_waiting_since
from lineproof.structured import Event, Level

PUBLISH_EVERY_S = 5


def keep_published(services: Services, *, names: bool) -> None:
    """Publish what is new every five seconds, or twice within the policy's time if that is less, for ever.

    names: give the log a random origin if it has none. Without, nothing is published until it has one: an
    origin is never changed, so it is the operator's to choose, by `lineproof log origin` or `log publish`.
    What goes wrong is told on standard error once, until something else does or it is right again: that
    nothing can be published, and that an entry waits longer than the policy says.
    """
    told = ""
    while True:
        told = publish_once(services, names=names, told=told)
        time.sleep(min(PUBLISH_EVERY_S, services.policy.log.publish_within_s / 2))


def _now() -> datetime:
    return datetime.now(UTC)


def publish_once(services: Services, *, names: bool, told: str, clock: Callable[[], datetime] = _now) -> str:
    """Publish, and tell what goes wrong unless it is what was told last; give what was told, or ""."""
    published, late = _publish(services, names=names), _lateness(services, now=clock())
    said = published + late
    if not said or said == told:
        return said
    for event in (Event.LOG_NOT_PUBLISHED,) * bool(published) + (Event.LOG_LATE,) * bool(late):
        structured.log(Level.ERROR, event)
    # The sentences too: they say what to do.
    sys.stderr.write(said)
    sys.stderr.flush()
    return said


def _publish(services: Services, *, names: bool) -> str:
    try:
        if names or read_origin() is not None:
            publish_log(services)
    except (LineproofError, DatabaseError) as error:
        return f"lineproof: the log is not published: {error}\n"
    return ""


def _lateness(services: Services, *, now: datetime) -> str:
    """Say that an entry waits longer than the policy lets it, in words that stay the same while it does."""
    policy = services.policy
    try:
        since, named = read_waiting_since(services), read_origin() is not None
    except (LineproofError, DatabaseError):
        return ""  # What publishing says is why.
    if since is None or now - since <= timedelta(seconds=policy.log.publish_within_s):
        return ""
    remedy = "See whether the disk has room." if named else "Name the log: lineproof log origin NAME"
    return (
        f"lineproof: an entry waits to be published for longer than the {policy.log.publish_within_s} s "
        f"of the policy pack {policy.name}. {remedy}\n"
    )
