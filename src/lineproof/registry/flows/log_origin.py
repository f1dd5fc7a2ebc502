"""The name that a record's log is published under: chosen or made once, and never changed."""

import re
import secrets

from django.db import transaction

from lineproof.errors import Conflict, Malformed
from lineproof.registry.models import LogOrigin
from lineproof.registry.models.entry import MOST_ORIGIN_CHARACTERS
from lineproof.registry.queries.log import read_origin

_UNNAMED = "lineproof.example/"
_FORM = re.compile(r"[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?(/[A-Za-z0-9._~-]{1,60})?")


@transaction.atomic
def set_log_origin(origin: str | None = None) -> str:
    """Name the log; the same name again does nothing. Give its name.

    None: what it is called already, or else a random name under lineproof.example, which is nobody's.
    Malformed for what cannot be a name, Conflict where the log has another one: whoever follows a log knows
    it by its name.
    """
    if origin is not None and (len(origin) > MOST_ORIGIN_CHARACTERS or not _FORM.fullmatch(origin)):
        raise Malformed(
            "A log's origin is a host's name, with a path if it has several logs: example.net/log; "
            f"{MOST_ORIGIN_CHARACTERS} characters at most.",
            remedy="Use small letters, digits, dots and hyphens, and no scheme.",
        )
    present = read_origin()
    if present is None:
        present = origin or _UNNAMED + secrets.token_hex(8)
        LogOrigin.objects.create(origin=present)
    if origin not in (None, present):
        raise Conflict(
            f"This log's origin is {present}, and stays so.",
            remedy="Whoever follows it knows it by this name. A new record can have another one.",
        )
    return present
