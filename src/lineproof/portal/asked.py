"""What a browser's passkey is asked, and what it answered: the challenge stands in the visit's cookie."""

import secrets
from datetime import datetime

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext

from lineproof.console.body import as_text, read_bytes
from lineproof.errors import NotPermitted
from lineproof.portal.origin import origin_of
from lineproof.registry.flows.add_passkey import Answer

CHALLENGE_BYTES = 32


def ask_passkey(request: HttpRequest, of: str) -> str:
    """Ask this browser's passkey something new, and remember it under this name; give the challenge."""
    challenge = as_text(secrets.token_bytes(CHALLENGE_BYTES))
    request.session[of] = [challenge, timezone.now().isoformat()]
    return challenge


def answer_of_passkey(request: HttpRequest, of: str) -> Answer:
    """Read what it answered to that; NotPermitted where nothing was asked, or too long ago."""
    challenge, asked_at = request.session.get(of, ("", ""))
    if not challenge:
        raise NotPermitted(
            gettext("Nothing was asked in this browser, or it was too long ago."),
            remedy=gettext("Load the page again, and press its button."),
        )
    return Answer(
        json=request.POST.get("answer", ""),
        challenge=read_bytes(challenge, size=CHALLENGE_BYTES),
        asked_at=datetime.fromisoformat(asked_at),
        origin=origin_of(request),
    )
