"""The reviewers' pages: the photographs of a case are opened in the browser alone, each time with a passkey.

What passes here is ciphertext and signatures: nothing in this process could open the photographs.
"""

from uuid import UUID

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from lineproof.console.body import as_text, read_bytes, read_key, read_texts
from lineproof.errors import Unavailable
from lineproof.portal.origin import origin_of, to_name
from lineproof.portal.views import PortalRequest
from lineproof.referral import OPENING_BYTES, OpeningRequest, PasskeyEnrolment, Referrals, ReviewDesk
from lineproof.terms import CaseId

INFO_HEADER = "Lineproof-Info"


@require_POST
def offer(request: PortalRequest, case: UUID) -> HttpResponse:
    """Offer an opening to a browser's key, and say what a passkey would have to sign for it."""
    (key,) = read_texts(request, "browser_key")
    browser_key = read_key(key)
    offered = _desk(request).offer(CaseId(case))
    return JsonResponse(
        {
            "opening": as_text(offered.opening),
            "challenge": as_text(offered.challenge(browser_key)),
            "expires_at": offered.expires_at.isoformat(),
        }
    )


# In order. (1) before (2): nothing of a case is read before the opening is allowed and has its entry.
#   1. the desk verifies the passkey, and records the opening
#   2. the ciphertext is read
#   3. a worker of the booth opens it, and seals what a reviewer sees to the browser's key
@require_POST
def photographs(request: PortalRequest, case: UUID) -> HttpResponse:
    """Give what a reviewer sees of a case, sealed to their browser's key, and the `info` that opens it."""
    opening, key, assertion = read_texts(request, "opening", "browser_key", "assertion")
    asked = OpeningRequest(
        case=CaseId(case),
        opening=read_bytes(opening, size=OPENING_BYTES),
        browser_key=read_key(key),
        assertion=assertion,
        origin=origin_of(request),
    )
    desk, referrals = _desk(request), _referrals(request)
    allowed = desk.open(asked)  # 1
    parts = referrals.store.read(allowed.terms.session)  # 2
    sealed = request.services.examiner.review(parts, allowed)  # 3
    response = HttpResponse(sealed, content_type="application/octet-stream")
    response[INFO_HEADER] = as_text(allowed.terms.info)
    return response


# A GET, which programs send to look at a link, asks the desk nothing and leaves the link whole.
@require_http_methods(["GET", "HEAD", "POST"])
def passkey(request: PortalRequest, token: str) -> HttpResponse:
    """Show the page of an enrolment link; or enrol the passkey its script made, which uses the link up."""
    if request.method != "POST":
        return to_name(request) or render(request, "console/passkey.html", {"token": token})
    (attestation,) = read_texts(request, "attestation")
    name = _desk(request).enrol(PasskeyEnrolment(token, attestation, origin_of(request)))
    return JsonResponse({"name": name.text})


@require_POST
def passkey_challenge(request: PortalRequest, token: str) -> HttpResponse:
    """Say for whom and for what challenge the passkey of an enrolment link is made."""
    read_texts(request)
    invitation = _desk(request).invitation(token)
    return JsonResponse({"name": invitation.name.text, "challenge": as_text(invitation.challenge)})


def _desk(request: PortalRequest) -> ReviewDesk:
    if request.services.desk is None:
        raise _closed()
    return request.services.desk


def _referrals(request: PortalRequest) -> Referrals:
    if request.services.referrals is None:
        raise _closed()
    return request.services.referrals


def _closed() -> Unavailable:
    return Unavailable(
        gettext("Photographs cannot be opened here: these pages were started without what opens them."),
        remedy=gettext("Tell whoever runs these pages."),
    )
