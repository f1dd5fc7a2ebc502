"""The pages of passkeys: made in a visit that a link opened, and opening a visit by themselves."""

import re
from base64 import urlsafe_b64decode
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from lineproof.ports import Services
from tests.fakes.soft_authenticator import SoftAuthenticator

if TYPE_CHECKING:
    from django.test import Client

Build = Callable[..., Any]
ORIGIN = "http://localhost"
MAKE, USE = "/passkeys", "/sign-in/passkey"


@pytest.fixture
def new_browser(services: Services) -> Callable[[], "Client"]:
    """Opens browsers at the name of this machine: passkeys belong to names."""
    from django.test import Client

    return lambda: Client(enforce_csrf_checks=True, SERVER_NAME="localhost", raise_request_exception=False)


@pytest.fixture
def alice(browser: "Client", a_holder: Build, a_line: Build) -> "Client":
    """A browser in which a link of Alice's is open."""
    assert browser.get(a_holder("Alice", a_line()).link()).status_code == 303
    return browser


def found(pattern: str, page: str) -> str:
    one = re.search(pattern, page)
    assert one is not None, page
    return one[1]


def asked(page: str) -> bytes:
    challenge = found(r'data-challenge="([^"]+)"', page)
    return urlsafe_b64decode(challenge + "=" * (-len(challenge) % 4))


def send(browser: "Client", address: str, page: str, **said: str) -> Any:
    token = found(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    return browser.post(address, {"csrfmiddlewaretoken": token, **said})


def make(browser: "Client", device: SoftAuthenticator) -> Any:
    page = browser.get(MAKE).content.decode()
    return send(browser, MAKE, page, answer=device.create(asked(page), ORIGIN))


def use(browser: "Client", device: SoftAuthenticator) -> Any:
    page = browser.get(USE).content.decode()
    return send(browser, USE, page, answer=device.get(asked(page), ORIGIN))


def test_a_passkey_made_in_a_visit_opens_the_lines_in_another_browser(
    alice: "Client", new_browser: Callable[[], "Client"]
):
    device = SoftAuthenticator()
    made = make(alice, device)
    assert (made.status_code, made["Location"]) == (303, MAKE)
    assert "Not used yet" in alice.get(MAKE).content.decode()
    elsewhere = new_browser()
    opened = use(elsewhere, device)
    assert (opened.status_code, opened["Location"]) == (303, "/lines")
    assert "+999555001001" in elsewhere.get("/lines").content.decode()
    assert "Last used on" in elsewhere.get(MAKE).content.decode()


def test_a_visit_that_a_passkey_opened_makes_no_other(alice: "Client", new_browser: Callable[[], "Client"]):
    device, another = SoftAuthenticator(), SoftAuthenticator()
    make(alice, device)
    elsewhere = new_browser()
    use(elsewhere, device)
    page = elsewhere.get(MAKE).content.decode()
    assert "Make a passkey" not in page
    assert "holder-passkey.js" not in page
    refused = send(elsewhere, MAKE, page, answer=another.create(asked(page), ORIGIN))
    assert refused.status_code == 403
    assert use(new_browser(), another).status_code == 422


def test_nor_does_one_that_a_code_opened(alice: "Client"):
    from lineproof.portal.views import Opened

    session = alice.session
    session["opened"] = Opened.CODE.value
    session.save()
    alice.cookies["lineproof"] = session.session_key
    assert "open your lines with a link" in alice.get(MAKE).content.decode()


def test_it_is_taken_away_on_the_same_page(alice: "Client", new_browser: Callable[[], "Client"]):
    device = SoftAuthenticator()
    make(alice, device)
    page = alice.get(MAKE).content.decode()
    passkey = found(r'name="passkey" value="([^"]+)"', page)
    assert send(alice, "/passkeys/remove", page, passkey=passkey).status_code == 303
    assert "You have none." in alice.get(MAKE).content.decode()
    refused = use(new_browser(), device)
    assert refused.status_code == 422
    assert "opens nothing here" in refused.content.decode()
    assert send(alice, "/passkeys/remove", page, passkey=passkey).status_code == 404
    assert send(alice, "/passkeys/remove", page, passkey="x").status_code == 400


def test_what_is_no_answer_is_said_and_can_be_tried_again(alice: "Client"):
    page = alice.get(MAKE).content.decode()
    refused = send(alice, MAKE, page, answer="{}")
    assert refused.status_code == 422
    assert "<title>Not made: " in refused.content.decode()
    assert 'role="alert"' in refused.content.decode()
    assert asked(refused.content.decode()) != asked(page)


def test_an_answer_to_what_another_browser_was_asked_opens_nothing(
    alice: "Client", new_browser: Callable[[], "Client"]
):
    device = SoftAuthenticator()
    make(alice, device)
    mine, anothers = new_browser(), new_browser()
    answer = device.get(asked(mine.get(USE).content.decode()), ORIGIN)
    assert send(anothers, USE, anothers.get(USE).content.decode(), answer=answer).status_code == 422


def test_the_visit_is_another_than_the_one_before(alice: "Client", new_browser: Callable[[], "Client"]):
    device = SoftAuthenticator()
    make(alice, device)
    elsewhere = new_browser()
    page = elsewhere.get(USE).content.decode()
    before = elsewhere.cookies["lineproof"].value
    send(elsewhere, USE, page, answer=device.get(asked(page), ORIGIN))
    assert elsewhere.cookies["lineproof"].value != before
    assert "challenge" not in elsewhere.session


def test_without_a_visit_there_is_nothing_to_make(browser: "Client"):
    assert browser.get(MAKE).status_code == 403


def test_pages_have_their_script_and_a_form_and_nothing_else(alice: "Client"):
    for address in (MAKE, USE):
        policy = alice.get(address)["Content-Security-Policy"]
        assert "script-src 'self'; " in policy
        assert "form-action 'self'" in policy
        assert "connect-src" not in policy
        assert "unsafe" not in policy
    served = alice.get("/static/holder-passkey.js")
    assert b"passkeyAnswer" in b"".join(served)


def test_who_comes_by_an_ip_address_is_sent_to_the_name(browser: "Client"):
    page = browser.get(USE, headers={"host": "127.0.0.1:8470"})
    assert (page.status_code, page["Location"]) == (302, f"http://localhost:8470{USE}")
