"""Requests that a relay passes on: it speaks https to the world, and http to these pages, on this machine.

The operator names the address at which it shows them (`lineproof serve --at`). A request for that host came
over https, from the address that the relay was asked from: the last in X-Forwarded-For, which it added; what
stands before it, anybody may have written. Without that option nothing of this is believed.
"""

import ipaddress
from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse

VARIABLE = "LINEPROOF_AT"
# RFC 6797, 6.1: a year. Not for other hosts of the domain, and not in browsers' own lists.
HSTS = "max-age=31536000"


class Relayed:
    """Middleware, the outermost: says over what and from where a request came that the relay passed on."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """Keep what answers the request."""
        self._get_response = get_response
        self._host = urlsplit(settings.AT).netloc

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer; and have browsers that came over https never come otherwise."""
        if not self._host or request.META.get("HTTP_HOST", "").lower() != self._host:
            return self._get_response(request)
        request.META["wsgi.url_scheme"] = "https"
        came_from = _address(request.META.get("HTTP_X_FORWARDED_FOR", ""))
        if came_from:
            request.META["REMOTE_ADDR"] = came_from
        response = self._get_response(request)
        response["Strict-Transport-Security"] = HSTS
        return response


def _address(forwarded_for: str) -> str:
    """Give the last address; "" where it is none."""
    last = forwarded_for.rpartition(",")[2].strip()
    try:
        return str(ipaddress.ip_address(last))
    except ValueError:
        return ""
