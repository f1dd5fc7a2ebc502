"""The headers of every page, errors included. Static files pass outside and stay cacheable.

The policy for content allows our own stylesheets and pictures. Most of the holder's pages have no script, so
none is allowed, not even ours; but for a passkey, which answers a script alone that fills in a form, and for
the one page that takes the photographs of an applicant and seals them, which may use the camera, too. The
reviewers' pages open in the browser what nothing else may open: there our own modules may ask
our own addresses (W3C Content Security Policy level 3).
"""

from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse

_CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
# No text ever becomes markup or script there (W3C Trusted Types).
_POLICY_WITH_SCRIPT = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self'; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
# The page of a case: its script opens photographs, and a form of it prepares an opinion.
_POLICY_OF_CASE = _POLICY_WITH_SCRIPT.replace("form-action 'none'", "form-action 'self'")
# Where a script fills in a form of the page, and sends nothing itself.
_POLICY_WITH_FORM = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)
# The page that takes photographs: it shows what the camera sees, and what it took, by addresses of its own.
_POLICY_WITH_CAMERA = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self' blob:; "
    "media-src 'self' blob:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
WITH_CAMERA = frozenset({"portal:apply-capture"})
# By the names of their addresses, so that a page of another door needs a line here to have a script.
WITH_SCRIPT = {
    "console:case": _POLICY_OF_CASE,
    "console:confirm": _POLICY_WITH_FORM,
    "console:sign-in": _POLICY_WITH_FORM,
    "console:passkey": _POLICY_WITH_SCRIPT,
    "portal:passkeys": _POLICY_WITH_FORM,
    "portal:sign-in-passkey": _POLICY_WITH_FORM,
    "portal:apply-capture": _POLICY_WITH_CAMERA,
}
# What a page says that could not take what its form sent.
_PAGES = frozenset({HTTPStatus.OK, HTTPStatus.UNPROCESSABLE_ENTITY})
# The published log: it names nobody, and caches may keep what never changes; whose, web/log.py says.
_SAYS_WHEN_TO_ASK_AGAIN = frozenset({"log-checkpoint", "log-tile"})
_FEATURES = ("microphone", "geolocation", "usb", "payment", "display-capture", "browsing-topics")
_SWITCHED_OFF = ", ".join(f"{feature}=()" for feature in ("camera", *_FEATURES))
_CAMERA_ALONE = ", ".join(("camera=(self)", *(f"{feature}=()" for feature in _FEATURES)))

HEADERS = {
    "Content-Security-Policy": _CONTENT_SECURITY_POLICY,
    "Permissions-Policy": _SWITCHED_OFF,
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
        found = request.resolver_match
        plain = found is not None and found.view_name in _SAYS_WHEN_TO_ASK_AGAIN
        if plain and response.status_code == HTTPStatus.OK:
            # The same for every language and every visitor.
            del response["Vary"], response["Content-Language"]
            own = response["Cache-Control"]
        else:
            own = HEADERS["Cache-Control"]
        for name, value in HEADERS.items():
            response[name] = value
        response["Cache-Control"] = own
        # Where something went wrong there is an ordinary page, without a script.
        if found is not None and response.status_code in _PAGES:
            with_script = WITH_SCRIPT.get(found.view_name, HEADERS["Content-Security-Policy"])
            response["Content-Security-Policy"] = with_script
            if found.view_name in WITH_CAMERA:
                response["Permissions-Policy"] = _CAMERA_ALONE
        return response
