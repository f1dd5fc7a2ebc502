"""The reviewers' pages: what a passkey opens, for whom it is sealed, and what a stranger learns: nothing."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from lineproof.booth.seal import open_key
from lineproof.errors import TooMany
from lineproof.ports import Services
from lineproof.referral import Opening, OpeningOffer, Referrals
from tests.fakes.reviewing import (
    CASE,
    GONE_CASE,
    KEPT,
    PAGE,
    PORTRAIT,
    SESSION,
    DeskOfPasskeys,
    MemoryStore,
    NoCaseKeys,
    SealingBooth,
)
from tests.fakes.soft_authenticator import PRESENT, SoftAuthenticator, as_base64url

if TYPE_CHECKING:
    from django.http import HttpResponse
    from django.test import Client

OF_A_PERSON = "Alice Specimen"
PROBLEM = "application/problem+json"
ORIGIN = "http://localhost"
CROPS = ((PORTRAIT, b"a portrait"), (PAGE, b"a page"))
UNKNOWN = "00000000-0000-4000-8000-000000000000"


@dataclass(slots=True)
class Reviewer:
    """Rhea before her browser, with a passkey of hers; she does as its scripts do."""

    browser: "Client"
    desk: DeskOfPasskeys
    booth: SealingBooth
    store: MemoryStore
    authenticator: SoftAuthenticator = field(default_factory=SoftAuthenticator)
    key: EllipticCurvePrivateKey = field(default_factory=lambda: generate_private_key(SECP256R1()))

    @property
    def browser_key(self) -> str:
        public = self.key.public_key()
        return as_base64url(public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))

    def post(self, address: str, content: Any, *, accept: str = PROBLEM, **how: Any) -> Any:
        page = re.sub("/(offer|photographs|challenge)$", "", address)
        token = csrf_of(self.browser.get(page).content.decode())
        headers = {"accept": accept, "x-csrftoken": token}
        how = {"content_type": "application/json", **how}
        return self.browser.post(address, content, headers=headers, **how)

    def enrol(self) -> "HttpResponse":
        token = self.desk.link_for("rhea")
        challenge = self.post(f"/review/passkey/{token}/challenge", {}).json()["challenge"]
        made = self.authenticator.create(bytes_of(challenge), ORIGIN)
        return self.post(f"/review/passkey/{token}", {"attestation": made})

    def offer(self, case: object = CASE, **sent: Any) -> Any:
        return self.post(f"/review/{case}/offer", {"browser_key": self.browser_key, **sent})

    def open(self, offered: dict[str, str], **sent: Any) -> Any:
        content = {
            "opening": offered["opening"],
            "browser_key": self.browser_key,
            "assertion": self.authenticator.get(bytes_of(offered["challenge"]), ORIGIN),
        }
        accept = "application/octet-stream, application/problem+json"
        return self.post(f"/review/{CASE}/photographs", content | sent, accept=accept)


def csrf_of(page: str) -> str:
    found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    assert found
    return found[1]


def bytes_of(text: str) -> bytes:
    from base64 import urlsafe_b64decode

    return urlsafe_b64decode(text + "==")


def assert_problem(answer: Any, status: int, said: str) -> None:
    problem = answer.json()
    assert (answer.status_code, problem["status"]) == (status, status)
    assert answer["Content-Type"] == "application/problem+json"
    assert re.search(said, problem["detail"])
    assert problem["title"]


@pytest.fixture
def localhost(services: Services) -> "Client":
    from django.test import Client

    return Client(enforce_csrf_checks=True, raise_request_exception=False, SERVER_NAME="localhost")


@pytest.fixture
def rhea(services: Services, localhost: "Client") -> Iterator[Reviewer]:
    """A reviewer with an enrolled passkey, and the stand-ins installed for as long as the test runs."""
    from lineproof.web.services import install

    desk, booth, store = DeskOfPasskeys(), SealingBooth(CROPS), MemoryStore()
    referrals = Referrals(NoCaseKeys(), store)
    install(replace(services, desk=desk, examiner=booth, referrals=referrals))
    rhea = Reviewer(localhost, desk, booth, store)
    assert rhea.enrol().status_code == 200
    yield rhea
    install(services)


def test_a_passkey_opens_the_photographs_for_one_browser(rhea: Reviewer):
    answer = rhea.open(rhea.offer().json())
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/octet-stream")
    info, sealed = bytes_of(answer["Lineproof-Info"]), answer.content
    content_key = open_key(sealed[1:114], rhea.key, info)
    end = 120 + int.from_bytes(sealed[116:120], "big")
    opened = AESGCM(content_key).decrypt(bytes(12), sealed[120:end], b"lineproof part v1" + sealed[114:116])
    assert opened == b"a portrait"
    assert [(name.text, case) for name, case in rhea.desk.openings] == [("rhea", CASE)]


def test_the_booth_gets_what_was_kept_and_the_info_is_bound_to_opening_and_browser(rhea: Reviewer):
    offered = rhea.offer().json()
    answer = rhea.open(offered)
    (allowed,) = rhea.booth.reviewed
    assert isinstance(allowed, Opening)
    assert allowed.terms.session == SESSION
    info = bytes_of(answer["Lineproof-Info"])
    assert info == allowed.terms.info
    assert bytes_of(offered["opening"]) + bytes_of(rhea.browser_key) in info
    assert KEPT not in answer.content


def test_what_is_to_be_signed_is_over_the_case_the_offer_and_the_browsers_key(rhea: Reviewer):
    from datetime import datetime

    offered = rhea.offer().json()
    assert set(offered) == {"opening", "challenge", "expires_at"}
    expires_at = datetime.fromisoformat(offered["expires_at"])
    said = OpeningOffer(CASE, bytes_of(offered["opening"]), expires_at).challenge(bytes_of(rhea.browser_key))
    assert bytes_of(offered["challenge"]) == said


def test_an_opening_opens_once(rhea: Reviewer):
    offered = rhea.offer().json()
    assert rhea.open(offered).status_code == 200
    assert_problem(rhea.open(offered), 403, "over, or was used")
    assert len(rhea.booth.reviewed) == 1


def test_another_browsers_key_opens_nothing(rhea: Reviewer):
    """Mallory relays Rhea's assertion with a key of her own."""
    offered = rhea.offer().json()
    signed = rhea.authenticator.get(bytes_of(offered["challenge"]), ORIGIN)
    rhea.key = generate_private_key(SECP256R1())
    assert_problem(rhea.open(offered, assertion=signed), 403, "not a passkey's answer")
    assert rhea.store.reads == 0
    assert rhea.booth.reviewed == []


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"origin": "http://localhost:8471"}, "not a passkey's answer"),
        ({"origin": "http://127.0.0.1"}, "not a passkey's answer"),
        ({"flags": PRESENT}, "without making sure"),
        ({"challenge": b"c" * 32}, "not a passkey's answer"),
    ],
)
def test_a_passkey_that_signed_elsewhere_or_for_nobody_opens_nothing(
    rhea: Reviewer, wrong: dict[str, Any], said: str
):
    offered = rhea.offer().json()
    how = {"challenge": bytes_of(offered["challenge"]), "origin": ORIGIN} | wrong
    assert_problem(rhea.open(offered, assertion=rhea.authenticator.get(**how)), 403, said)
    assert rhea.store.reads == 0


def test_a_passkey_of_nobody_opens_nothing(rhea: Reviewer):
    rhea.authenticator = SoftAuthenticator()
    assert_problem(rhea.open(rhea.offer().json()), 403, "No reviewer")


def test_photographs_that_are_gone_are_said_to_be_gone(rhea: Reviewer):
    assert_problem(rhea.offer(GONE_CASE), 404, "gone")
    offered = rhea.offer().json()
    rhea.store.discard(SESSION)
    assert_problem(rhea.open(offered), 404, "gone")


def test_a_link_makes_one_passkey_and_looking_at_it_leaves_it_whole(rhea: Reviewer):
    token = rhea.desk.link_for("sol")
    for _ in range(3):
        assert rhea.browser.get(f"/review/passkey/{token}").status_code == 200
        assert rhea.browser.head(f"/review/passkey/{token}").status_code == 200
    address = f"/review/passkey/{token}"
    challenge = bytes_of(rhea.post(f"{address}/challenge", {}).json()["challenge"])
    assert rhea.post(f"{address}/challenge", {}).json() == {
        "name": "sol",
        "challenge": as_base64url(challenge),
    }
    made = SoftAuthenticator().create(challenge, ORIGIN)
    assert rhea.post(address, {"attestation": made}).json() == {"name": "sol"}
    assert_problem(rhea.post(address, {"attestation": made}), 403, "makes no passkey")
    assert_problem(rhea.post(f"{address}/challenge", {}), 403, "makes no passkey")


def test_a_passkey_that_is_not_right_leaves_the_link_whole(rhea: Reviewer):
    token = rhea.desk.link_for("sol")
    made = SoftAuthenticator().create(b"c" * 32, ORIGIN)
    assert_problem(
        rhea.post(f"/review/passkey/{token}", {"attestation": made}), 403, "not a passkey's answer"
    )
    assert token in rhea.desk.links


PAGES = [f"/review/{CASE}", f"/review/{UNKNOWN}", "/review/passkey/no-such-link"]


@pytest.mark.parametrize("address", PAGES)
def test_a_page_says_the_same_of_what_is_there_and_what_is_not(localhost: "Client", address: str):
    """Pages ask nobody: without the desk they are the same."""
    page = localhost.get(address)
    text = page.content.decode()
    assert page.status_code == 200
    assert "gone" in text or "once" in text
    assert "on record" in text
    assert 'aria-live="polite"' in text


@pytest.mark.parametrize("address", PAGES)
def test_only_our_own_modules_run_and_none_of_them_is_in_the_page(localhost: "Client", address: str):
    page = localhost.get(address)
    policy = page["Content-Security-Policy"]
    assert "default-src 'none'; script-src 'self'; connect-src 'self'" in policy
    assert "require-trusted-types-for 'script'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert page["Cache-Control"] == "no-store"
    assert "publickey" not in page["Permissions-Policy"]
    text = page.content.decode()
    (script,) = re.findall(r"<script[^>]*>", text)
    assert re.fullmatch(r'<script type="module" src="/static/(review|passkey)\.js">', script)
    assert "</script>\n" in text
    assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", text)
    assert text.count("<h1") == 1


def test_no_other_page_has_a_script(rhea: Reviewer):
    for address in ("/", "/review/no-case", f"/review/{CASE}/offer", f"/review/{CASE}/photographs"):
        assert "script-src 'none'" in rhea.browser.get(address)["Content-Security-Policy"]
    assert "script-src 'none'" in rhea.offer(UNKNOWN)["Content-Security-Policy"]


def test_every_address_of_this_door_is_tried_here(services: Services):
    from lineproof.console.urls import urlpatterns
    from lineproof.web.headers import WITH_SCRIPT

    names = {each.name for each in urlpatterns}
    # Who is signed in, and their opinions: test_reviewing.py.
    reviewing = {"cases", "sign-in", "leave", "confirm"}
    assert names == {"case", "offer", "photographs", "passkey", "passkey-challenge"} | reviewing
    of_console = {name for name in WITH_SCRIPT if name.startswith("console:")}
    assert {f"console:{name}" for name in ("case", "passkey", "sign-in", "confirm")} == of_console


@pytest.mark.parametrize("host", ["127.0.0.1:8470", "[::1]:8470", "127.0.0.1"])
@pytest.mark.parametrize("address", PAGES)
def test_who_comes_by_an_ip_address_is_sent_to_the_name_that_passkeys_have(
    localhost: "Client", host: str, address: str
):
    page = localhost.get(address, headers={"host": host})
    port = ":8470" if host.endswith(":8470") else ""
    assert (page.status_code, page["Location"]) == (302, f"http://localhost{port}{address}")


@pytest.mark.parametrize(
    "what", ["review.js", "passkey.js", "asking.js", "page.js", "parts.js", "seal.js", "console.css"]
)
def test_what_the_pages_need_is_served(localhost: "Client", what: str):
    served = localhost.get(f"/static/{what}")
    assert served.status_code == 200
    text = b"".join(served).decode()
    assert ("text/javascript" if what.endswith("js") else "text/css") in served["Content-Type"]
    if what.endswith("css"):
        text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
        assert not re.search(
            r"(margin|padding|border|inset)-(left|right|top|bottom)|\b(left|right)\s*:", text
        )
    else:
        assert not re.search(r"innerHTML|eval\(|console\.|localStorage|indexedDB|sendBeacon|toDataURL", text)


def test_another_site_cannot_have_photographs_opened(rhea: Reviewer):
    offered = rhea.browser.post(
        f"/review/{CASE}/offer",
        {},
        content_type="application/json",
        headers={"accept": PROBLEM, "x-csrftoken": "a" * 64},
    )
    assert_problem(offered, 403, "too old")
    assert offered.json()["remedy"] == "Load the page again, and press the button there."


@pytest.mark.parametrize(
    "content",
    [
        *("", "null", "[]", "{}", "[" * 60_000, '"browser_key"', "{", "\ufeff{}"),
        *(
            {"browser_key": wrong}
            for wrong in (None, 7, "", "a", "x" * 87, "!" * 87, as_base64url(b"\4" * 65))
        ),
        {"browser_key": as_base64url(b"\2" + bytes(64))},
        {"browser_key": "a" * 87, "more": ""},
    ],
    ids=lambda content: str(content)[:40],
)
def test_a_body_that_no_page_of_ours_sends_is_malformed(rhea: Reviewer, content: Any):
    assert_problem(rhea.post(f"/review/{CASE}/offer", content), 400, "not what the script")


def test_a_body_without_end_or_of_another_kind_is_malformed(rhea: Reviewer):
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        sent = rhea.post(f"/review/{CASE}/offer", "browser_key=a", content_type=kind)
        assert_problem(sent, 400, "not what the script")
    long = json.dumps({"browser_key": "a" * 64 * 1024})
    assert_problem(rhea.post(f"/review/{CASE}/offer", long), 400, "not what the script")


@pytest.mark.parametrize(
    "wrong", [{"opening": "a"}, {"opening": as_base64url(bytes(15))}, {"assertion": 7}, {"browser_key": ""}]
)
def test_an_opening_that_cannot_be_one_is_malformed_and_uses_nothing_up(
    rhea: Reviewer, wrong: dict[str, Any]
):
    offered = rhea.offer().json()
    assert rhea.open(offered, **wrong).status_code == 400
    assert rhea.open(offered).status_code == 200


def test_an_unknown_case_is_not_found_and_the_problem_says_what_to_do(rhea: Reviewer):
    answer = rhea.offer(UNKNOWN)
    assert_problem(answer, 404, "no such case")
    assert answer.json()["remedy"] == "Take its number from `lineproof cases list`."


def test_who_must_wait_is_told_how_long(rhea: Reviewer, services: Services):
    from lineproof.web.services import install

    class Full(DeskOfPasskeys):
        def offer(self, case: object) -> OpeningOffer:
            raise TooMany("Too many openings were asked for.", remedy="Wait.", retry_after_s=240)

    install(replace(services, desk=Full()))
    answer = rhea.offer()
    assert_problem(answer, 429, "Too many openings")
    assert (answer["Retry-After"], answer.json()["wait"]) == ("240", "Try again in 4 minutes.")


def test_where_nothing_opens_photographs_it_is_said(rhea: Reviewer, services: Services):
    from lineproof.web.services import install

    offered = rhea.offer().json()
    install(replace(services, desk=None, referrals=None))
    token = "t"
    for answer in (
        rhea.offer(),
        rhea.open(offered),
        rhea.post(f"/review/passkey/{token}/challenge", {}),
        rhea.post(f"/review/passkey/{token}", {"attestation": "{}"}),
    ):
        assert_problem(answer, 503, "cannot be opened here")


def test_a_person_who_asks_with_a_browser_gets_a_page(rhea: Reviewer):
    for accept in ("text/html,application/xhtml+xml,*/*;q=0.8", "*/*"):
        answer = rhea.post(f"/review/{UNKNOWN}/offer", {"browser_key": rhea.browser_key}, accept=accept)
        assert answer.status_code == 404
        assert "<h1>This is not here</h1>" in answer.content.decode()


@pytest.mark.parametrize(
    "address", ["/review/more", "/review/no-case", f"/review/{CASE}/", f"/review/{CASE}/more"]
)
def test_no_other_address_is_there(localhost: "Client", address: str):
    assert localhost.get(address).status_code == 404


def test_a_bug_is_a_problem_with_a_number(
    rhea: Reviewer, services: Services, capsys: pytest.CaptureFixture[str]
):
    from lineproof.web.services import install

    class Broken(DeskOfPasskeys):
        def offer(self, case: object) -> OpeningOffer:
            raise ValueError(OF_A_PERSON)

    install(replace(services, desk=Broken()))
    answer = rhea.offer()
    assert_problem(answer, 500, "not your doing")
    assert re.fullmatch(r"[0-9a-f]{8}", answer.json()["incident"])
    assert "Alice" not in capsys.readouterr().err
