"""Addresses of the pages, and the pages of what goes wrong."""

from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from lineproof.web.log import show_checkpoint, show_tile


def health(_request: HttpRequest) -> HttpResponse:
    """Say that pages are answered."""
    return HttpResponse("ok", content_type="text/plain")


urlpatterns = [
    path("healthz", health, name="health"),
    path("log/checkpoint", show_checkpoint, name="log-checkpoint"),
    path("log/tile/<path:place>", show_tile, name="log-tile"),
    path("review/", include("lineproof.console.urls")),
    path("", include("lineproof.portal.urls")),
]

handler400 = "lineproof.web.errors.show_bad_request"
handler403 = "lineproof.web.errors.show_forbidden"
handler404 = "lineproof.web.errors.show_not_found"
handler500 = "lineproof.web.errors.show_incident"
