"""Keeps the published log up to date, in a thread of the server."""

import sys
import time

from django.db import DatabaseError

from lineproof.errors import LineproofError
from lineproof.ports import Services
from lineproof.registry.flows.publish_log import publish_log
from lineproof.registry.queries.log import read_origin

PUBLISH_EVERY_S = 5


def keep_published(services: Services, *, names: bool) -> None:
    """Publish what is new every five seconds, for ever.

    names: give the log a random origin if it has none. Without, nothing is published until it has one: an
    origin is never changed, so it is the operator's to choose, by `lineproof log origin` or `log publish`.
    What goes wrong is told on standard error once, until something else does or it is right again.
    """
    told = ""
    while True:
        told = publish_once(services, names=names, told=told)
        time.sleep(PUBLISH_EVERY_S)


def publish_once(services: Services, *, names: bool, told: str) -> str:
    """Publish, and tell what goes wrong unless it is what was told last; give what was told, or ""."""
    try:
        if names or read_origin() is not None:
            publish_log(services)
    except (LineproofError, DatabaseError) as error:
        said = f"lineproof: the log is not published: {error}\n"
        if said != told:
            sys.stderr.write(said)
            sys.stderr.flush()
        return said
    return ""
