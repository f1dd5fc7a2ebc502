"""Remembers the language that a visitor chose, which comes before what their browser asks for."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.encoding import escape_uri_path
from django.utils.http import escape_leading_slashes

ASKED_BY = "language"


class ChooseLanguage:
    """Middleware: `?language=ar` at any address is remembered in a cookie, and leads to that address alone.

    The address is not opened on the way: a link that opens once is still whole. The cookie holds the tag of
    the language and nothing else, and goes when the browser is closed.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """Keep what answers the request."""
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Remember a choice; answer every other request, a language that there is not among them."""
        chosen = request.GET.get(ASKED_BY)
        if request.method != "GET" or chosen not in dict(settings.LANGUAGES):
            return self._get_response(request)
        # With two slashes at its beginning a path would lead to another host.
        response = HttpResponseRedirect(escape_leading_slashes(escape_uri_path(request.path)))
        response.status_code = 303
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME, chosen, httponly=True, samesite="Lax", secure=request.is_secure()
        )
        return response
