"""A head turn before the camera: its page sends frames as they are taken, and is told what to do next."""

from django.http import HttpResponse, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from lineproof.head_turn import MOST_FRAMES_BYTES
from lineproof.portal.applying import draft_of
from lineproof.portal.photographing import sealed_in
from lineproof.portal.views import PortalRequest
from lineproof.registry.flows.head_turn import begin_head_turn, take_frames


@require_POST
def begin(request: PortalRequest) -> HttpResponse:
    """Issue the challenge: its time counts from this answer."""
    begin_head_turn(request.services, draft_of(request), now=timezone.now())
    return JsonResponse({})


@require_POST
def frames(request: PortalRequest) -> HttpResponse:
    """Take frames, and say which turn is asked for by now; after the last, where the result stands."""
    sealed = sealed_in(request, most=MOST_FRAMES_BYTES)
    prompted = take_frames(request.services, draft_of(request), sealed, now=timezone.now())
    if prompted is None:
        return JsonResponse({"next": reverse("portal:apply-result")})
    side = None if prompted.side is None else prompted.side.value
    return JsonResponse({"number": prompted.number, "side": side, "ends_at_ms": prompted.ends_at_ms})
