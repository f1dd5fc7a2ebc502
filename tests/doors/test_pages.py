"""What holds for every page: its headers, its language, and a page for everything that goes wrong."""

import io
import re
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr
from typing import TYPE_CHECKING, Any

import pytest

from lineproof import errors
from lineproof.ports import Services
from tests.every_page import KINDS, with_failing_addresses

if TYPE_CHECKING:
    from django.test import Client

Build = Callable[..., Any]


@pytest.fixture
def failing(services: Services) -> Iterator[None]:
    """Adds an address for each kind of error, and one for a bug, to the real ones."""
    from django.test import override_settings

    with override_settings(ROOT_URLCONF=with_failing_addresses()):
        yield


ADDRESSES = [
    "/",
    "/lines",
    "/left",
    "/leave",
    "/open/no-such-link",
    "/no-such-page",
    "/review/no-such-case",
    "/review/passkey/no-such-link/challenge",
    "/static/no-such-file.css",
    "/healthz",
    "/fail/bug",
    *(f"/fail/{kind}" for kind in KINDS),
]


@pytest.mark.usefixtures("failing")
@pytest.mark.parametrize("address", ADDRESSES)
def test_every_page_and_every_error_has_the_headers(browser: "Client", address: str) -> None:
    page = browser.get(address)
    policy = page["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'none'")
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert page["Referrer-Policy"] == "same-origin"
    assert page["X-Content-Type-Options"] == "nosniff"
    assert page["Cache-Control"] == "no-store"
    assert page["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=()" in page["Permissions-Policy"]


@pytest.mark.usefixtures("failing")
@pytest.mark.parametrize("address", [a for a in ADDRESSES if a != "/healthz"])
def test_every_page_names_its_language_and_direction_and_needs_no_script_or_style_of_its_own(
    browser: "Client", address: str
) -> None:
    page = browser.get(address).content.decode()
    assert '<html lang="en" dir="ltr">' in page
    assert page.count("<h1") == 1
    assert 'href="/static/lineproof.css"' in page
    assert not re.search(r"<script|<style|\sstyle=|\son\w+=", page)


def test_the_stylesheet_knows_no_left_or_right_and_may_be_cached(browser: "Client") -> None:
    sheet = browser.get("/static/lineproof.css")
    assert sheet.status_code == 200
    assert "max-age" in sheet["Cache-Control"]
    text = re.sub(r"/\*.*?\*/", "", b"".join(sheet).decode(), flags=re.DOTALL)
    assert not re.search(r"(margin|padding|border|inset)-(left|right|top|bottom)|\b(left|right)\s*:", text)
    assert "url(" not in text
    assert "@import" not in text


@pytest.mark.usefixtures("failing")
@pytest.mark.parametrize("kind", KINDS)
def test_an_error_says_what_was_wrong_and_what_to_do(browser: "Client", kind: str) -> None:
    page = browser.get(f"/fail/{kind}")
    assert page.status_code == KINDS[kind][0]
    assert "What came." in page.content.decode()
    assert "Do that." in page.content.decode()


def test_every_kind_of_error_has_its_page(services: Services) -> None:
    from lineproof.web.errors import PAGES

    assert set(PAGES) == set(errors.LineproofError.__subclasses__())


@pytest.mark.usefixtures("failing")
def test_an_error_that_passes_says_when_to_come_back(browser: "Client") -> None:
    too_many, unavailable = browser.get("/fail/too-many"), browser.get("/fail/unavailable")
    assert too_many["Retry-After"] == "300"
    assert "Try again in 5 minutes." in too_many.content.decode()
    assert unavailable["Retry-After"] == "30"
    assert "Try again in a minute." in unavailable.content.decode()


@pytest.mark.usefixtures("failing")
def test_a_bug_is_shown_as_a_number_and_written_once_without_what_it_says(
    browser: "Client", a_holder: Build
) -> None:
    browser.get(a_holder("Alice Specimen").link())
    with redirect_stderr(io.StringIO()) as written:
        page = browser.get("/fail/bug?number=+999555001001")
    incident = re.search(r"<code>([0-9a-f]{8})</code>", page.content.decode())
    assert page.status_code == 500
    assert incident
    log = written.getvalue()
    assert log.count(incident[1]) == 1
    assert "builtins.ValueError" in log
    assert "in fail" in log
    assert "builtins.KeyError" in log
    assert "Alice" not in log
    assert "999555001001" not in log
    assert "/fail/bug" not in log
    assert "number=" not in log


def test_a_page_that_does_not_exist_is_a_page(browser: "Client") -> None:
    page = browser.get("/no-such-page")
    assert page.status_code == 404
    assert "There is no page at this address." in page.content.decode()
    assert "no-such-page" not in page.content.decode()


def test_a_request_for_another_host_is_refused(browser: "Client") -> None:
    """A name that somebody points at this machine must not read its pages (DNS rebinding)."""
    page = browser.get("/", headers={"host": "lines.example"})
    assert page.status_code == 400


def test_the_start_page_says_what_this_never_does_and_how_to_get_in(browser: "Client") -> None:
    page = browser.get("/").content.decode()
    assert page.count("It never ") == 5
    assert "How to open your lines" in page


def test_health_is_answered_in_plain_text(browser: "Client") -> None:
    page = browser.get("/healthz")
    assert page.content == b"ok"
    assert page["Content-Type"].startswith("text/plain")
