"""Whether this process answers, and whether it can serve: for a probe on the same machine.

The answers name nobody, open no visit, and may be kept by nobody. What readiness asks the record, and perhaps
a token and an object store, is asked at most once in a few seconds, however often a probe comes.
"""

import time
from collections.abc import Callable
from http import HTTPStatus
from threading import Lock
from typing import Generic, TypeVar

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from lineproof.registry.queries.readiness import NotReady, check_ready
from lineproof.web.services import installed

KEPT_S = 2.0

_T = TypeVar("_T")


class Kept(Generic[_T]):
    """An answer that is asked for anew when it is older than some seconds; by one thread at a time."""

    def __init__(
        self, ask: Callable[[], _T], *, seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Take what to ask."""
        self._ask, self._seconds, self._clock = ask, seconds, clock
        self._lock = Lock()
        self._answers: list[_T] = []
        self._until = 0.0

    def get(self) -> _T:
        """Give the answer."""
        with self._lock:
            if not self._answers or self._clock() >= self._until:
                self._answers[:] = [self._ask()]
                self._until = self._clock() + self._seconds
            return self._answers[0]

    def forget(self) -> None:
        """Ask anew the next time."""
        with self._lock:
            self._answers.clear()


def _ask() -> tuple[NotReady, ...]:
    return check_ready(installed(), now=timezone.now())


ready = Kept(_ask, seconds=KEPT_S)


@require_safe
def show_health(_request: HttpRequest) -> HttpResponse:
    """Say that pages are answered."""
    return HttpResponse("ok", content_type="text/plain")


@require_safe
def show_ready(_request: HttpRequest) -> HttpResponse:
    """Say whether everything is there that pages and procedures need, and otherwise what is not."""
    lacking = ready.get()
    status = HTTPStatus.SERVICE_UNAVAILABLE if lacking else HTTPStatus.OK
    content = {"ready": not lacking, "not_ready": [each.value for each in lacking]}
    return JsonResponse(content, status=status)
