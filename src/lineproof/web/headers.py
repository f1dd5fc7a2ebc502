"""The headers of every page, errors included. Static files pass outside and stay cacheable.

The policy for content allows one stylesheet and our own pictures. There is no script on these pages, so
none is allowed, not even ours (W3C Content Security Policy level 3).
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

_CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
_SWITCHED_OFF = (
    "camera",
    "microphone",
    "geolocation",
    "usb",
    "payment",
    "display-capture",
    "browsing-topics",
)

HEADERS = {
    "Content-Security-Policy": _CONTENT_SECURITY_POLICY,
    "Permissions-Policy": ", ".join(f"{feature}=()" for feature in _SWITCHED_OFF),
    # A page's address may hold an unused link: nobody else is told it. Our own forms must say where they come
    # from, though: under "no-referrer" Chromium says Origin: null, and Django takes that for a forgery.
    "Referrer-Policy": "same-origin",
    # Nothing of a page stays on a shared computer, nor comes back with the Back button after leaving.
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Robots-Tag": "noindex",
}


class PageHeaders:
    """Middleware that sets the headers of every response which passes through it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """Keep what answers the request."""
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, and set the headers."""
        response = self._get_response(request)
        for name, value in HEADERS.items():
            response[name] = value
        return response
