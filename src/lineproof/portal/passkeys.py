"""Passkeys: a page that makes and takes them away, within a visit; and one that opens the lines by one."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from lineproof.errors import Conflict, Malformed, NotPermitted
from lineproof.line.delivery import Channel
from lineproof.portal.asked import answer_of_passkey, ask_passkey
from lineproof.portal.forms import in_words
from lineproof.portal.origin import to_name
from lineproof.portal.views import Opened, PortalRequest, begin_visit, holder_of_visit, opened_by, see_other
from lineproof.registry.flows.add_passkey import (
    MOST_PASSKEYS,
    HolderPasskeyId,
    add_passkey,
    remove_passkey,
    sign_in_by_passkey,
)
from lineproof.registry.queries.holder import read_holder_page
from lineproof.registry.queries.passkeys import read_passkeys

_SESSION_ASKED = "challenge"
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
            add_passkey(
                request.services, holder, answer_of_passkey(request, _SESSION_ASKED), now=timezone.now()
            )
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
        "challenge": ask_passkey(request, _SESSION_ASKED),
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
            holder = sign_in_by_passkey(
                request.services, answer_of_passkey(request, _SESSION_ASKED), now=timezone.now()
            )
        except (Malformed, NotPermitted) as error:
            problem = in_words(error)
        else:
            begin_visit(request, holder, Opened.PASSKEY)
            return see_other("portal:lines")
    elif (elsewhere := to_name(request)) is not None:
        return elsewhere
    has_codes = Channel.SMS in request.services.messages
    context = {"challenge": ask_passkey(request, _SESSION_ASKED), "problem": problem, "has_codes": has_codes}
    return render(request, "portal/sign_in_passkey.html", context, status=422 if problem else 200)
