"""Where a visitor's notices go besides their page: see it in any visit, change it with the document alone."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from lineproof.errors import Conflict, LineproofError, Malformed
from lineproof.line.delivery import Channel
from lineproof.messages_port import Address
from lineproof.portal.forms import Field, in_words
from lineproof.portal.languages import language_of_letters
from lineproof.portal.views import PortalRequest, holder_of_visit, see_other, shown_in_visit, shown_now
from lineproof.registry.flows.contact_points import (
    MOST_CONTACT_POINTS,
    add_contact_point,
    remove_contact_point,
)
from lineproof.registry.queries.notices import read_contact_points
from lineproof.terms import ContactPointId, EmailAddress, Msisdn

_LONGEST = 256
_SHOWN_OF_NUMBER = 3


@require_http_methods(["GET", "HEAD", "POST"])
def addresses(request: PortalRequest) -> HttpResponse:
    """Show where notices go, and add an address, in the language of this page."""
    holder_of_visit(request)
    if request.method != "POST":
        return _show(request, Field("address"))
    shown, typed = shown_now(request), request.POST.get("address", "").strip()[:_LONGEST]
    try:
        address = parse_address(typed)
        add_contact_point(request.services, shown.session, address, language_of_letters(), now=timezone.now())
    except (Malformed, Conflict) as error:
        return _show(request, Field("address", typed, _problem(error)))
    return see_other("portal:addresses")


@require_POST
def remove(request: PortalRequest) -> HttpResponse:
    """Remove an address; every other one is told."""
    holder_of_visit(request)
    shown = shown_now(request)
    try:
        asked = ContactPointId(UUID(request.POST.get("remove", "")))
    except ValueError:
        raise Malformed(
            gettext("That names no address."), remedy=gettext("Load the page again, and press its button.")
        ) from None
    remove_contact_point(request.services, shown.session, asked, now=timezone.now())
    return see_other("portal:addresses")


def parse_address(typed: str) -> Address:
    """Read an e-mail address, or the number of a mobile line with its +; Malformed for anything else."""
    return EmailAddress.parse(typed) if "@" in typed else Msisdn.parse(typed)


def masked(address: Address) -> str:
    """Show enough of an address for its owner to know it, and too little for anybody else to write there."""
    if isinstance(address, EmailAddress):
        name, _, domain = address.text.rpartition("@")
        return f"{name[:1]}…@{domain}"
    return f"{address.text[: _SHOWN_OF_NUMBER + 1]}…{address.text[-_SHOWN_OF_NUMBER:]}"


def _problem(error: LineproofError) -> str:
    if isinstance(error, Conflict):
        return in_words(error)
    return gettext("That is neither an e-mail address nor a mobile number with + and a country's code.")


def _show(request: PortalRequest, address: Field) -> HttpResponse:
    known = read_contact_points(request.services.keys, holder_of_visit(request))
    context = {
        "known": [
            {"id": one.id, "label": masked(one.address), "is_email": one.channel is Channel.EMAIL}
            for one in known
        ],
        "address": address,
        "wrong": [address] if address.problem else [],
        "is_shown": shown_in_visit(request) is not None,
        "may_add": len(known) < MOST_CONTACT_POINTS,
    }
    return render(request, "portal/addresses.html", context, status=422 if address.problem else 200)
