"""Passkeys: a page that makes and takes them away, within a visit; and one that opens the lines by one."""

import secrets
from datetime import datetime
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from lineproof.console.body import as_text, read_bytes
from lineproof.errors import Conflict, Malformed, NotPermitted
from lineproof.line.delivery import Channel
from lineproof.portal.forms import in_words
from lineproof.portal.origin import origin_of, to_name
from lineproof.portal.views import Opened, PortalRequest, begin_visit, holder_of_visit, opened_by, see_other
from lineproof.registry.flows.add_passkey import (
    MOST_PASSKEYS,
    Answer,
    HolderPasskeyId,
    add_passkey,
    remove_passkey,
    sign_in_by_passkey,
)
from lineproof.registry.queries.holder import read_holder_page
from lineproof.registry.queries.passkeys import read_passkeys

_SESSION_ASKED = "challenge"
_CHALLENGE_BYTES = 32
_page = require_http_methods(["GET", "HEAD", "POST"])


@_page
def passkeys(request: PortalRequest) -> HttpResponse:
    """Show a visitor's passkeys, and make another; where a link opened this visit, and nowhere else."""
    holder = holder_of_visit(request)
    problem = ""
    if request.method == "POST":
        if opened_by(request) is not Opened.LINK:
            raise NotPermitted(
                gettext("A passkey is made only in a visit that a link opened."),
                remedy=gettext("Ask the operator who registered your line, or their counter, for a link."),
            )
        try:
            add_passkey(request.services, holder, _answer(request), now=timezone.now())
        except (Conflict, Malformed, NotPermitted) as error:
            problem = in_words(error)
        else:
            return see_other("portal:passkeys")
    held = read_passkeys(holder)
    context = {
        "passkeys": held,
        "may_add": opened_by(request) is Opened.LINK and len(held) < MOST_PASSKEYS,
        "by_link": opened_by(request) is Opened.LINK,
        "name": read_holder_page(request.services.keys, holder).name,
        "challenge": _ask(request),
        "problem": problem,
    }
    return render(request, "portal/passkeys.html", context, status=422 if problem else 200)


@require_POST
def remove(request: PortalRequest) -> HttpResponse:
    """Take a passkey of the visitor's away."""
    holder = holder_of_visit(request)
    try:
        passkey = HolderPasskeyId(UUID(request.POST.get("passkey", "")))
    except ValueError:
        raise Malformed(
            gettext("That names no passkey."), remedy=gettext("Load the page again, and press its button.")
        ) from None
    remove_passkey(request.services, holder, passkey, now=timezone.now())
    return see_other("portal:passkeys")


@_page
def sign_in(request: PortalRequest) -> HttpResponse:
    """Open the lines of whose passkey answers."""
    problem = ""
    if request.method == "POST":
        try:
            holder = sign_in_by_passkey(request.services, _answer(request), now=timezone.now())
        except (Malformed, NotPermitted) as error:
            problem = in_words(error)
        else:
            begin_visit(request, holder, Opened.PASSKEY)
            return see_other("portal:lines")
    elif (elsewhere := to_name(request)) is not None:
        return elsewhere
    has_codes = Channel.SMS in request.services.messages
    context = {"challenge": _ask(request), "problem": problem, "has_codes": has_codes}
    return render(request, "portal/sign_in_passkey.html", context, status=422 if problem else 200)


def _ask(request: HttpRequest) -> str:
    """Ask this browser's passkey something new, and remember it in the visit's cookie."""
    challenge = as_text(secrets.token_bytes(_CHALLENGE_BYTES))
    request.session[_SESSION_ASKED] = [challenge, timezone.now().isoformat()]
    return challenge


def _answer(request: HttpRequest) -> Answer:
    challenge, asked_at = request.session.get(_SESSION_ASKED, ("", ""))
    if not challenge:
        raise NotPermitted(
            gettext("Nothing was asked in this browser, or it was too long ago."),
            remedy=gettext("Load the page again, and press its button."),
        )
    return Answer(
        json=request.POST.get("answer", ""),
        challenge=read_bytes(challenge, size=_CHALLENGE_BYTES),
        asked_at=datetime.fromisoformat(asked_at),
        origin=origin_of(request),
    )
