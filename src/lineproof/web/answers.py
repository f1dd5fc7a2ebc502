"""Writes that a request was answered: how, and in how long; not whose, nor at which address."""

import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from lineproof import structured
from lineproof.structured import Event, Level


class LogAnswers:
    """Middleware that writes one line for each answer, at the lowest level."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """Keep what answers the request."""
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, and write the status and the time that it took."""
        began = time.perf_counter()
        response = self._get_response(request)
        took = round((time.perf_counter() - began) * 1000)
        structured.log(Level.DEBUG, Event.ANSWERED, status=response.status_code, duration_ms=took)
        return response
