"""Take over a line that its holder offers: by the code that they handed over, and one's own document."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from lineproof.errors import Conflict, NotFound, NotPermitted
from lineproof.portal.forms import Field, in_words
from lineproof.portal.languages import letters_apart
from lineproof.portal.views import (
    PortalRequest,
    holder_of_visit,
    see_other,
    shown_in_visit,
    shown_now,
    until_in_words,
    zone_of,
)
from lineproof.registry.flows.transfer_line import accept_line, cancel_transfer
from lineproof.registry.flows.verify_holder import OwnPage
from lineproof.registry.queries.transfers import OpenTransfer, read_open_transfers
from lineproof.terms import HolderId

_LONGEST = 64


@require_http_methods(["GET", "HEAD", "POST"])
def take_over(request: PortalRequest) -> HttpResponse:
    """Ask for the code of an offer and for the contract's terms, and accept it; show what is accepted."""
    holder_of_visit(request)
    if request.method != "POST":
        return _ask(request, Field("code"), Field("terms"))
    shown, version = shown_now(request), request.services.policy.terms_version
    code = Field("code", request.POST.get("code", "").strip()[:_LONGEST])
    if request.POST.get("terms") != version:
        problem = gettext("Without the contract's terms no line is yours. Tick it if you accept them.")
        return _ask(request, code, Field("terms", "", problem))
    try:
        accept_line(
            request.services,
            "".join(code.value.split()).lower(),
            shown.session,
            terms_version=version,
            now=timezone.now(),
        )
    except (Conflict, NotPermitted) as error:
        return _ask(
            request, Field("code", code.value, in_words(error, zone_of(request))), Field("terms", version)
        )
    return see_other("portal:take-over")


@require_POST
def decline(request: PortalRequest) -> HttpResponse:
    """Take back the acceptance of a line, while the time to think lasts."""
    holder, number = holder_of_visit(request), request.POST.get("transfer", "")
    asked = next((one for one in _received(holder) if str(one.id) == number), None)
    if asked is None:
        raise NotFound(
            gettext("That is over: the line is yours, or it was taken back."),
            remedy=gettext("The page of your lines says what happened."),
        )
    cancel_transfer(request.services, asked.id, OwnPage(holder), now=timezone.now())
    return see_other("portal:take-over")


def _received(holder: HolderId) -> list[OpenTransfer]:
    return [one for one in read_open_transfers(holder) if not one.is_giver]


def _ask(request: PortalRequest, code: Field, terms: Field) -> HttpResponse:
    wrong = [field for field in (code, terms) if field.problem]
    context = {
        "code": code,
        "terms": terms,
        "wrong": wrong,
        "terms_version": request.services.policy.terms_version,
        "is_shown": shown_in_visit(request) is not None,
        "received": [
            {"id": one.id, "until": until_in_words(request, one.until)}
            for one in _received(holder_of_visit(request))
        ],
        **letters_apart(),
    }
    return render(request, "portal/take_over.html", context, status=422 if wrong else 200)
