"""What a relay passes on: it came over https, from whom the relay itself names; believed only if told so."""

from typing import TYPE_CHECKING, Any

import pytest

from lineproof.errors import Malformed
from lineproof.ports import Services

if TYPE_CHECKING:
    from django.http import HttpRequest

HOST = "lines.example.com"


@pytest.mark.parametrize(
    ("typed", "origin"),
    [
        ("https://lines.example.com", "https://lines.example.com"),
        ("https://Lines.Example.com/", "https://lines.example.com"),
        ("https://lines.example.com:8443", "https://lines.example.com:8443"),
    ],
)
def test_an_address_is_https_and_a_name(services: Services, typed: str, origin: str):
    from lineproof.cli.serve import parse_origin

    assert parse_origin(typed) == origin


@pytest.mark.parametrize(
    "typed",
    ["http://lines.example.com", "lines.example.com", "https://lines.example.com/x", "https://localhost", ""],
)
def test_anything_else_is_named(services: Services, typed: str):
    from lineproof.cli.serve import parse_origin

    with pytest.raises(Malformed, match="no address"):
        parse_origin(typed)


def asked(at: str, **headers: str) -> tuple["HttpRequest", Any]:
    """Have a request answered by the middleware of pages that a relay shows there; "": nowhere."""
    from django.http import HttpResponse
    from django.test import RequestFactory, override_settings

    from lineproof.web.relayed import Relayed

    seen = []

    def answer(request: "HttpRequest") -> HttpResponse:
        seen.append(request)
        return HttpResponse()

    with override_settings(AT=at):
        response = Relayed(answer)(RequestFactory().get("/", REMOTE_ADDR="127.0.0.1", **headers))
    return seen[0], response


def test_what_is_for_that_host_came_over_https_and_comes_so_for_a_year(services: Services):
    request, response = asked(f"https://{HOST}", HTTP_HOST=HOST)
    assert (request.scheme, request.is_secure()) == ("https", True)
    assert response["Strict-Transport-Security"] == "max-age=31536000"


@pytest.mark.parametrize(
    ("forwarded", "came_from"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("10.0.0.1, 198.51.100.3, 203.0.113.7", "203.0.113.7"),
        ("203.0.113.7, unknown", "127.0.0.1"),
        ("2001:db8::7", "2001:db8::7"),
        ("", "127.0.0.1"),
    ],
)
def test_it_came_from_whom_the_relay_added_last(services: Services, forwarded: str, came_from: str):
    request, _ = asked(f"https://{HOST}", HTTP_HOST=HOST, HTTP_X_FORWARDED_FOR=forwarded)
    assert request.META["REMOTE_ADDR"] == came_from


@pytest.mark.parametrize(("at", "host"), [("", HOST), ("", "localhost"), (f"https://{HOST}", "localhost")])
def test_of_any_other_host_or_without_being_told_nothing_is_believed(services: Services, at: str, host: str):
    request, response = asked(
        at, HTTP_HOST=host, HTTP_X_FORWARDED_FOR="203.0.113.7", HTTP_X_FORWARDED_PROTO="https"
    )
    assert (request.scheme, request.META["REMOTE_ADDR"]) == ("http", "127.0.0.1")
    assert "Strict-Transport-Security" not in response
