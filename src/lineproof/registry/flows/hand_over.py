"""Go on with an application in another browser: from a desk without a camera to a phone.

Hand over:
    1. one transaction: the application is open, nothing of this try is examined; a token, of which the record
       keeps SHA-256, for ten minutes; an earlier one is worth nothing any more
Take over:
    2. one transaction: the token opens, once; from now on both browsers have the application

The token leads to no person: who has it can go on with the application, as who sits at the first browser can.
"""

import hashlib
import secrets
from datetime import datetime
from uuid import UUID

from django.db import transaction

from lineproof.errors import NotPermitted
from lineproof.line.draft import LINK_GOOD_FOR
from lineproof.registry import models
from lineproof.registry.flows.apply_online import refuse_examined
from lineproof.registry.queries.drafts import find_draft


def hand_over(draft: UUID, *, now: datetime) -> str:
    """Give the token by which another browser goes on with an application, once, within ten minutes.

    NotFound where it is over; Conflict once its photographs were examined; TooMany while they are.
    """
    token = secrets.token_urlsafe(16)
    with transaction.atomic():  # 1
        row = find_draft(draft, now=now)
        refuse_examined(row, now)
        row.link_digest, row.link_until = _digest(token), now + LINK_GOOD_FOR
        row.save(update_fields=["link_digest", "link_until"])
    return token


def take_over(token: str, *, now: datetime) -> UUID:
    """Use a token up, and give which application is this browser's, too; NotPermitted if it opens none."""
    with transaction.atomic():  # 2
        row = models.Draft.objects.filter(link_digest=_digest(token), kept_until__gt=now).first()
        if row is None or row.link_until is None or row.link_until <= now:
            raise NotPermitted(
                "This link opens nothing any more: it opens once, within ten minutes.",
                remedy="Make a new one in the browser in which you began.",
            )
        row.link_digest = row.link_until = None
        row.save(update_fields=["link_digest", "link_until"])
    return row.id


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
