"""Go on with a phone: a code that its camera reads leads another browser to the same application."""

from dataclasses import dataclass

import qrcodegen
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from lineproof.line.draft import LINK_GOOD_FOR
from lineproof.portal.applying import draft_of, with_draft
from lineproof.portal.views import PortalRequest, see_other
from lineproof.registry.flows.hand_over import hand_over, take_over
from lineproof.registry.queries.drafts import read_draft

_QUIET = 4
_page = require_http_methods(["GET", "HEAD", "POST"])


@dataclass(frozen=True, slots=True)
class QrCode:
    """A code (ISO/IEC 18004) as a drawing: its edge in modules, quiet zone included, and what is dark."""

    edge: int
    dark: str

    @classmethod
    def of(cls, text: str) -> "QrCode":
        """Draw a text, so that a tenth and more of it may be unreadable (level M)."""
        code = qrcodegen.QrCode.encode_text(text, qrcodegen.QrCode.Ecc.MEDIUM)
        places = range(code.get_size())
        dark = [
            f"M{x + _QUIET} {y + _QUIET}h1v1h-1Z" for y in places for x in places if code.get_module(x, y)
        ]
        return cls(code.get_size() + 2 * _QUIET, "".join(dark))


@_page
def to_phone(request: PortalRequest) -> HttpResponse:
    """Say what going on with a phone does, and make the link."""
    draft = draft_of(request)
    page = read_draft(request.services, draft, now=timezone.now())
    context: dict[str, object] = {"opened": page, "minutes": int(LINK_GOOD_FOR.total_seconds()) // 60}
    if request.method == "POST":
        token = hand_over(draft, now=timezone.now())
        link = request.build_absolute_uri(reverse("portal:go-on", args=[token]))
        context |= {"link": link, "code": QrCode.of(link)}
    return render(request, "portal/apply/to_phone.html", context)


# A GET, which programs send to look at a link, uses nothing up.
@_page
def go_on(request: PortalRequest, token: str) -> HttpResponse:
    """Say what the link does; and go on with the application here."""
    if request.method != "POST":
        return render(request, "portal/apply/go_on.html", {"token": token})
    return with_draft(request, see_other("portal:apply-capture"), take_over(token, now=timezone.now()))
