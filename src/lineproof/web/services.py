"""Hands each request the services its process was started with."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from lineproof.ports import Services

_installed: list[Services] = []


def install(services: Services) -> None:
    """Install the services of this process, before its first request; the last call holds."""
    _installed[:] = [services]


def installed() -> Services:
    """Give the services of this process; without any installed it was assembled wrongly."""
    if not _installed:
        raise RuntimeError("web.services.install was not called")
    return _installed[0]


class GiveServices:
    """Middleware that gives each request its `services`."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """Keep what answers the request."""
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Give the services and answer."""
        request.services = installed()  # type: ignore[attr-defined]
        return self._get_response(request)
