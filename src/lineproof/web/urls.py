"""Addresses of the pages, and the pages of what goes wrong."""

from django.urls import include, path

from lineproof.web.health import show_health, show_ready
from lineproof.web.log import show_checkpoint, show_tile
from lineproof.web.metrics import show_metrics

urlpatterns = [
    path("health", show_health, name="health"),
    # As earlier releases called it.
    path("healthz", show_health),
    path("ready", show_ready, name="ready"),
    path("metrics", show_metrics, name="metrics"),
    path("log/checkpoint", show_checkpoint, name="log-checkpoint"),
    path("log/tile/<path:place>", show_tile, name="log-tile"),
    path("review/", include("lineproof.console.urls")),
    path("", include("lineproof.portal.urls")),
]

handler400 = "lineproof.web.errors.show_bad_request"
handler403 = "lineproof.web.errors.show_forbidden"
handler404 = "lineproof.web.errors.show_not_found"
handler500 = "lineproof.web.errors.show_incident"
