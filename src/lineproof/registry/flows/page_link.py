"""Issue and open single-use links to a holder's pages. What stands there has reached whoever opens them."""

import hashlib
import secrets
from datetime import datetime, timedelta

from django.db import transaction

from lineproof.errors import NotFound, NotPermitted
from lineproof.ports import Services
from lineproof.registry.flows.deliver_notices import open_page
from lineproof.registry.flows.log import LogWriter, SaltOwner
from lineproof.registry.models import Holder, PageLink
from lineproof.registry.models.choices import Retention
from lineproof.terms import HolderId
from lineproof.transparency.entry import EntryKind, Stage

GOOD_FOR = timedelta(hours=1)


@transaction.atomic
def issue_page_link(services: Services, holder: HolderId, *, now: datetime) -> str:
    """Issue a token that opens a holder's pages once, within an hour; NotFound for no such holder.

    Whoever issues a link could read the pages, so every issue is an entry in the log.
    """
    # An erased holder has no page; sealing a salt for them would make a key for them again.
    if not Holder.objects.filter(id=holder, sealed_identity__isnull=False).exists():
        raise NotFound("There is no such holder.")
    token = secrets.token_urlsafe(24)
    with LogWriter(services, SaltOwner(holder, Retention.IDENTITY), now=now) as log:
        PageLink.objects.create(token_digest=_digest(token), holder_id=holder, expires_at=now + GOOD_FOR)
        log.enter(
            EntryKind.PAGE_LINK_ISSUED, {"holder": str(holder)}, stage=Stage.ENDED, due_at=now + GOOD_FOR
        )
    return token


@transaction.atomic
def open_page_link(services: Services, token: str, *, now: datetime) -> HolderId:
    """Use up a token and give its holder, whom their notices have reached by that.

    NotPermitted if it is unknown, used or too old.
    """
    link = PageLink.objects.filter(token_digest=_digest(token)).first()
    if link is None or link.used_at is not None or link.expires_at <= now:
        raise NotPermitted(
            "This link does not open anything any more: a link opens once, within an hour.",
            remedy="Ask for a new one where you got it.",
        )
    link.used_at = now
    link.save(update_fields=["used_at"])
    holder = HolderId(link.holder_id)
    open_page(services, holder, now=now)
    return holder


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
