"""The one place where an error becomes a page, or for a script a problem document (RFC 9457).

An error a caller may meet says what was wrong and what to do; both are shown. Anything else is a bug of
ours: it is shown as a random incident id, and written once to standard error under that id with the
kinds of the exceptions and where they happened, but without their messages, which may quote a person.
"""

import sys
from collections.abc import Callable
from http import HTTPStatus
from math import ceil
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from lineproof.errors import (
    Conflict,
    LineproofError,
    Malformed,
    NotFound,
    NotPermitted,
    TooMany,
    Unavailable,
)
from lineproof.line.clock import find_zone
from lineproof.portal.facts import put
from lineproof.ports import Services
from lineproof.structured import write_incident

PAGES: dict[type[LineproofError], tuple[int, Promise]] = {
    Malformed: (400, _("This could not be read")),
    NotPermitted: (403, _("This does not open")),
    NotFound: (404, _("This is not here")),
    Conflict: (409, _("This cannot be done now")),
    TooMany: (429, _("Too many tries")),
    Unavailable: (503, _("This is not working at the moment")),
}
PROBLEM = "application/problem+json"
# RFC 6585 lets 429 go without it; a person who is told to wait is also told how long.
_TOO_MANY_RETRY_S = 60


class ErrorPages:
    """Middleware that turns the errors of `lineproof.errors` and unanswered methods into pages."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """Keep what answers the request."""
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer; a method that an address does not take gets a page like every other error."""
        response = self._get_response(request)
        if response.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            page = _page(
                request,
                status=405,
                title=gettext("This cannot be opened like that"),
                what=gettext("This address only answers to the button that belongs to it."),
                remedy=gettext("Go back to the page you came from and use its button."),
            )
            page["Allow"] = response["Allow"]
            return page
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Give an error's page; None for every other exception, which Django gives to the handlers below."""
        return show_error(request, error) if isinstance(error, LineproofError) else None


def show_error(request: HttpRequest, error: LineproofError) -> HttpResponse:
    """Give the page of an error, with Retry-After where trying again is sensible."""
    # The page of an error's kind; Erased, say, has that of NotFound.
    status, title = next(PAGES[kind] for kind in type(error).__mro__ if kind in PAGES)
    zone = _zone_of(request)
    wait_s = error.retry_after_s
    if wait_s is None and isinstance(error, TooMany):
        wait_s = _TOO_MANY_RETRY_S
    response = _page(
        request,
        status=status,
        title=str(title),
        what=put(error.sentence, error.facts, zone),
        remedy=put(error.advice, error.facts, zone),
        wait_minutes=None if wait_s is None else max(1, ceil(wait_s / 60)),
    )
    if wait_s is not None:
        response["Retry-After"] = str(wait_s)
    return response


def _zone_of(request: HttpRequest) -> ZoneInfo:
    """Give the jurisdiction's zone; UTC for a request that was refused before it was given a record."""
    services: Services | None = getattr(request, "services", None)
    return find_zone("UTC" if services is None else services.policy.calendar.zone)


def show_bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Give the page of a request that is not one of ours, such as one for another host."""
    del exception
    return show_error(
        request,
        Malformed(
            gettext("The request was not one that these pages understand."),
            remedy=gettext("Type the address again as it was given to you."),
        ),
    )


def show_forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Give the page of something that is not for this visitor."""
    del exception
    return show_error(request, NotPermitted(gettext("This is not for you to open.")))


def show_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Give the page of an address that does not exist."""
    del exception
    return show_error(
        request,
        NotFound(
            gettext("There is no page at this address."),
            remedy=gettext("Check the address, or begin at the start page."),
        ),
    )


def show_forgery(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Give the page of a button that was not pressed on a page of this visit, or too late."""
    del reason
    remedy = gettext("If you wanted to leave and your visit has run out, you already have.")
    if _is_for_script(request):
        remedy = gettext("Load the page again, and press the button there.")
    return show_error(
        request,
        NotPermitted(
            gettext("The button was pressed on a page that is too old, so nothing was done."), remedy=remedy
        ),
    )


def show_incident(request: HttpRequest) -> HttpResponse:
    """Give the page of a bug of ours, and write the incident to standard error."""
    incident = write_incident(sys.exc_info()[1])
    return _page(
        request,
        status=500,
        title=gettext("Something went wrong on our side"),
        what=gettext("It was not your doing, and your lines stay as they are."),
        remedy=gettext("Try once more. If it happens again, tell the operator this incident number."),
        incident=incident,
    )


def _page(
    request: HttpRequest,
    *,
    status: int,
    title: str,
    what: str,
    remedy: str,
    wait_minutes: int | None = None,
    incident: str = "",
) -> HttpResponse:
    if _is_for_script(request):
        return _problem(status, what, remedy, wait_minutes, incident)
    context = {
        "status": status,
        "title": title,
        "what": what,
        "remedy": remedy,
        "wait_minutes": wait_minutes,
        "incident": incident,
    }
    return render(request, "portal/error.html", context, status=status)


def _is_for_script(request: HttpRequest) -> bool:
    """Tell whether a script asks, which would rather have a problem document than a page."""
    return request.get_preferred_type(["text/html", PROBLEM]) == PROBLEM


def _problem(status: int, what: str, remedy: str, wait_minutes: int | None, incident: str) -> HttpResponse:
    """Give a problem document: `remedy`, `wait` and `incident` are members of ours, left out where empty."""
    wait = ""
    if wait_minutes:
        wait = ngettext("Try again in a minute.", "Try again in %(n)d minutes.", wait_minutes)
    members = {"detail": what, "remedy": remedy, "wait": wait % {"n": wait_minutes}, "incident": incident}
    content = {"title": HTTPStatus(status).phrase, "status": status}
    content |= {name: text for name, text in members.items() if text}
    return JsonResponse(content, status=status, content_type=PROBLEM)
