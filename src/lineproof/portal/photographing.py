"""The photographs of an application: taken and sealed by the script of one page, passed on as ciphertext."""

from base64 import b64encode

from django.conf import settings
from django.http import HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from lineproof.arriving import MOST_DOCUMENT_BYTES
from lineproof.errors import Malformed
from lineproof.line.draft import DraftStep
from lineproof.portal.applying import draft_of, onward
from lineproof.portal.views import PortalRequest
from lineproof.registry.flows.apply_online import seal_terms
from lineproof.registry.flows.send_document import send_document, send_face
from lineproof.registry.queries.drafts import read_draft

# The script sends less than half of it: a photograph of at most 1280 pixels.
MOST_FACE_BYTES = 4 * 1024 * 1024
_SEALED = "application/octet-stream"


@require_safe
def capture(request: PortalRequest) -> HttpResponse:
    """Take the photographs; without a script none is taken, and the counter is offered."""
    page = read_draft(request.services, draft_of(request), now=timezone.now())
    # Where the pages are this machine's alone, no phone could open a link to them.
    context = {"opened": page, "shown_to_others": bool(settings.AT), "sent": page.document_sent}
    return onward(page, DraftStep.CAPTURE) or render(request, "portal/apply/capture.html", context)


# Photographs may take longer than a visit lasts: then the token of the page is worth nothing. To another site
# it is of no use: it cannot read this answer, and the cookie of an application is not sent from there.
@csrf_exempt
@require_POST
def terms(request: PortalRequest) -> HttpResponse:
    """Say what the photographs are sealed to, and give a fresh token to send them by."""
    sealed_to = seal_terms(request.services, draft_of(request), now=timezone.now())
    return JsonResponse(
        {
            "key": b64encode(sealed_to.epoch_key).decode(),
            "info": b64encode(sealed_to.info).decode(),
            "token": get_token(request),
        }
    )


@require_POST
def document(request: PortalRequest) -> HttpResponse:
    """Take the sealed document, for the face that follows."""
    draft, sealed = draft_of(request), sealed_in(request, most=MOST_DOCUMENT_BYTES)
    send_document(request.services, draft, sealed, now=timezone.now())
    return JsonResponse({})


@require_POST
def send(request: PortalRequest) -> HttpResponse:
    """Take the sealed face, have both examined, and say where the result stands."""
    draft, sealed = draft_of(request), sealed_in(request, most=MOST_FACE_BYTES)
    send_face(request.services, draft, sealed, now=timezone.now())
    return JsonResponse({"next": reverse("portal:apply-result")})


def sealed_in(request: PortalRequest, *, most: int) -> bytes:
    """Read what the script of the page sealed; Malformed for anything else, and for more bytes."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if request.content_type != _SEALED or not length.isdecimal() or int(length) > most:
        raise Malformed(
            gettext("What came is not what the script of this page sends."),
            remedy=gettext(
                "Load the page again; if that does not help, use another browser, or the counter."
            ),
        )
    return request.read(int(length))
