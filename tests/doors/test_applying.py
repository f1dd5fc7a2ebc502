"""The pages of an application: the ways first, one question a page, and no page without another way."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest

from lineproof.booth.seal import PartKind, Sealer
from lineproof.decision.finding import Finding
from lineproof.line.delivery import Channel
from lineproof.ports import Services
from tests.fakes.examiner import ANOTHER_PERSON, FakeExaminer
from tests.fakes.specimens import ALICE

if TYPE_CHECKING:
    from django.test import Client

NUMBER, SIM = "+999555071001", "89999000999555071001"
PAGES = {
    *("/apply", "/apply/counter", "/apply/line", "/apply/line/mobile", "/apply/line/internet"),
    *("/apply/consent", "/apply/photographs", "/apply/result"),
}
PURPOSES = dict.fromkeys(("document", "comparison", "review", "contract"), "yes")


def token_in(page: str) -> str:
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def press(browser: "Client", page: str, to: str | None = None, /, **typed: str) -> Any:
    """Open a page and press a button on it."""
    token = token_in(browser.get(page).content.decode())
    return browser.post(to or page, {"csrfmiddlewaretoken": token, **typed})


def luhn(number: str) -> str:
    from lineproof.terms import luhn_digit

    return number + luhn_digit(number)


def begun(browser: "Client") -> None:
    assert press(browser, "/apply", "/apply/begin")["Location"] == "/apply/line"


def at_camera(browser: "Client", number: str = NUMBER) -> None:
    """Bring an application as far as its photographs."""
    begun(browser)
    said = press(browser, "/apply/line/mobile", number=number, sim=luhn(f"8999900{number[1:]}"[:18]))
    assert (said.status_code, said["Location"]) == (303, "/apply/consent")
    agreed = press(browser, "/apply/consent", **PURPOSES)
    assert (agreed.status_code, agreed["Location"]) == (303, "/apply/photographs")


@dataclass(slots=True)
class Script:
    """What the page's script does, in a browser."""

    browser: "Client"
    booth: FakeExaminer

    def sealed(self, *instead: Finding, zone: tuple[str, str] = ALICE.zone) -> tuple[bytes, str]:
        """Take the photographs, seal them, send the document; give the face and the token."""
        from lineproof.registry.flows.apply_online import seal_terms
        from lineproof.web.services import installed

        said = self.terms()
        assert said.status_code == 200
        parts = [(PartKind.DOCUMENT, self.booth.photograph(zone, instead=instead).read_bytes())]
        parts.append((PartKind.CAPTURE, self.booth.photograph_face().read_bytes()))
        from django.utils import timezone

        terms = seal_terms(installed(), self.draft(), now=timezone.now())
        assert terms.info == _bytes(said.json()["info"])
        assert terms.epoch_key == _bytes(said.json()["key"])
        sealer, (document, face) = Sealer(terms.epoch_key, terms.info), parts
        token = said.json()["token"]
        sent = self.post("/apply/document", sealer.head + sealer.part(*document, last=False), token)
        assert sent.status_code == 200, sent.content
        return sealer.part(*face, last=True), token

    def terms(self) -> Any:
        return self.browser.post("/apply/terms", headers=_headers(""))

    def send(self, sealed: bytes, token: str) -> Any:
        return self.post("/apply/send", sealed, token)

    def post(self, address: str, sealed: bytes, token: str) -> Any:
        return self.browser.post(
            address, sealed, content_type="application/octet-stream", headers=_headers(token)
        )

    def draft(self) -> Any:
        from django.apps import apps

        return apps.get_model("registry", "Draft").objects.get().id


def _bytes(text: str) -> bytes:
    from base64 import b64decode

    return b64decode(text)


def _headers(token: str) -> dict[str, str]:
    return {"x-csrftoken": token, "accept": "application/json, application/problem+json"}


@pytest.fixture
def script(browser: "Client", booth: FakeExaminer) -> Script:
    """A browser that has come as far as the camera."""
    at_camera(browser)
    return Script(browser, booth)


def test_ways_are_shown_with_what_each_needs_and_none_is_chosen(browser: "Client", booth: FakeExaminer):
    page = browser.get("/apply").content.decode()
    assert page.count('class="way"') == 2
    for said in ("You need", "It takes", "It costs", "Your face"):
        assert page.count(f"<dt>{said}</dt>") == 2
    assert "checked" not in page
    assert "With your face, here" in page
    assert 'href="/apply/counter"' in page
    assert 'href="/apply"' in browser.get("/").content.decode()


def test_photographs_are_not_offered_where_nothing_examines_them(browser: "Client", services: Services):
    from lineproof.web.services import install

    install(services)
    page = browser.get("/apply").content.decode()
    assert page.count('class="way"') == 1
    assert "With your face" not in page
    assert "At a counter" in page


def test_photographs_are_not_offered_where_none_can_be_kept_for_people(
    browser: "Client", booth: FakeExaminer, services: Services
):
    from lineproof.web.services import install

    install(replace(services, examiner=booth, referrals=None))
    assert "With your face" not in browser.get("/apply").content.decode()


def test_the_whole_way_ends_with_two_people_and_says_until_when(script: Script):
    answer = script.send(*script.sealed())
    assert (answer.status_code, answer.json()) == (200, {"next": "/apply/result"})
    page = script.browser.get("/apply/result").content.decode()
    assert "Two people look at your photographs" in page
    assert re.search(r"They decide by the end of \d+ \w+ 20\d\d\.", page)
    assert "A single photograph cannot prove that the person is present." in page
    assert "They are kept sealed for the two people alone" in page
    assert "Go to any counter with your document" in page
    assert NUMBER not in page


def test_sent_twice_the_answer_is_the_same(script: Script):
    sealed = script.sealed()
    first, second = script.send(*sealed), script.send(*sealed)
    assert (first.status_code, first.json()) == (second.status_code, second.json())


def test_each_reason_is_said_with_its_remedy_the_tries_left_and_the_other_way(script: Script):
    for left in ("2 tries are left", "1 try is left", "No try is left"):
        script.send(*script.sealed(ANOTHER_PERSON))
        page = script.browser.get("/apply/result").content.decode()
        assert "The face could not be matched with the portrait in the document." in page
        assert "Try again in better light" in page
        assert left in page
        assert 'href="/apply/counter"' in page
        if left != "No try is left":
            again = press(script.browser, "/apply/result", "/apply/again")
            assert again["Location"] == "/apply/photographs"
    assert "Take new photographs" not in page
    token = token_in(page)
    refused = script.browser.post("/apply/again", {"csrfmiddlewaretoken": token})
    assert refused.status_code == 403
    assert "counter" in refused.content.decode()


@pytest.mark.parametrize(
    ("act", "said"),
    [
        ("accept", "The line is registered in your name"),
        ("return_", "Two people ask for something else"),
        ("refuse", "Two people refused this application"),
    ],
)
def test_what_people_decided_stands_on_the_same_page(script: Script, act: str, said: str):
    from django.apps import apps
    from django.utils import timezone

    from lineproof.decision.reasons import ReasonCode
    from lineproof.line.case import Opinion, ReviewerOpinion
    from lineproof.registry.flows.enrol_staff import enrol_staff
    from lineproof.registry.flows.review_case import review_case
    from lineproof.terms import StaffName, StaffRole
    from lineproof.web.services import installed

    script.send(*script.sealed())
    case = apps.get_model("registry", "Case").objects.get()
    opinion = {"accept": Opinion.ACCEPT, "return_": Opinion.RETURN, "refuse": Opinion.REFUSE}[act]
    reason = None if opinion is Opinion.ACCEPT else ReasonCode.CAPTURE_COVERED
    for name in ("rhea", "sol"):
        reviewer, now = StaffName(name), timezone.now()
        enrol_staff(installed(), reviewer, StaffRole.REVIEWER, public_key=None, now=now)
        review_case(installed(), case.id, ReviewerOpinion(reviewer, opinion, reason), now=now)
    page = script.browser.get("/apply/result").content.decode()
    assert said in page
    if reason is not None:
        assert "Part of the face seems to be covered." in page
    if opinion is Opinion.REFUSE:
        assert "Somebody who did not take part decides" in page


def test_line_that_somebody_has_costs_no_try_and_says_what_to_do(script: Script, services: Services):
    from django.apps import apps

    from lineproof.registry import blind_index

    sealed = script.sealed()
    index = blind_index.line_index(services.keys, kind="mobile", identifier=NUMBER)
    line = apps.get_model("registry", "Line")
    line.objects.create(
        kind="mobile",
        state="active",
        sealed_identifier=b"",
        created_at="2026-01-01T00:00Z",
        **index.columns("identifier_index"),
    )
    answer = script.send(*sealed)
    assert answer.status_code == 409
    assert answer["Content-Type"] == "application/problem+json"
    assert "already registered" in answer.json()["detail"]
    assert script.browser.get("/apply/photographs").status_code == 200


@pytest.mark.parametrize(
    ("kind", "typed", "said"),
    [
        ("mobile", {"number": "0555 071001", "sim": SIM}, ("number", "international form")),
        ("mobile", {"number": NUMBER, "sim": "8999"}, ("sim", "not the number of a SIM card")),
        ("internet", {"account": "??", "address": "12 Quay Street"}, ("account", "not an internet account")),
        ("internet", {"account": "bo.brannoch", "address": "x"}, ("address", "not an installation address")),
        ("internet", {"account": "", "address": ""}, ("account", "not an internet account")),
    ],
)
def test_what_is_typed_wrong_is_named_where_it_stands_and_kept(
    browser: "Client", booth: FakeExaminer, kind: str, typed: dict[str, str], said: tuple[str, str]
):
    where, problem = said
    begun(browser)
    answer = press(browser, f"/apply/line/{kind}", **typed)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert page.count(problem) == 2  # in the summary and at the field
    assert f'href="#{where}"' in page
    assert f'aria-describedby="{where}-hint {where}-problem" aria-invalid="true"' in page
    assert "<title>Put right: " in page
    assert all(f'value="{each}"' in page for each in typed.values() if each)


def test_internet_at_an_address_is_applied_for_as_well(browser: "Client", booth: FakeExaminer):
    begun(browser)
    said = press(browser, "/apply/line/internet", account="Bo.Brannoch", address="12 Quay Street")
    assert said["Location"] == "/apply/consent"
    assert "bo.brannoch" in browser.get("/apply/consent").content.decode()


@pytest.mark.parametrize("left_out", PURPOSES)
def test_each_consent_is_by_itself_and_unticked_and_none_goes_without_saying(
    browser: "Client", booth: FakeExaminer, left_out: str
):
    begun(browser)
    press(browser, "/apply/line/mobile", number=NUMBER, sim=luhn("899990009995550710"))
    page = browser.get("/apply/consent").content.decode()
    assert page.count('type="checkbox"') == 4
    assert " checked" not in page
    given = {purpose: yes for purpose, yes in PURPOSES.items() if purpose != left_out}
    answer = press(browser, "/apply/consent", **given)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert page.count("or go to a counter") == 2
    assert f'href="#{left_out}"' in page
    assert page.count(" checked") == 3
    assert browser.get("/apply/photographs")["Location"] == "/apply/consent"


def test_a_browser_that_was_closed_goes_on_where_it_was(script: Script, new_browser: Callable[[], "Client"]):
    """Only the application's own cookie outlives the browser; the visit's does not."""
    from lineproof.portal.applying import COOKIE

    later = new_browser()
    later.cookies[COOKIE] = script.browser.cookies[COOKIE].value
    page = later.get("/apply").content.decode()
    assert "You have begun an application" in page
    assert NUMBER in page
    assert 'href="/apply/photographs"' in page
    assert later.get("/apply/photographs").status_code == 200
    kept = script.browser.cookies[COOKIE]
    assert int(kept["max-age"]) > 24 * 3600
    assert (kept["path"], kept["httponly"], kept["samesite"]) == ("/apply", True, "Lax")


def test_photographs_may_take_longer_than_a_visit(script: Script, new_browser: Callable[[], "Client"]):
    """The token that sends them is given with what they are sealed to, whatever became of the page's own."""
    from lineproof.portal.applying import COOKIE

    later = Script(new_browser(), script.booth)
    later.browser.cookies[COOKIE] = script.browser.cookies[COOKIE].value
    sealed, token = later.sealed()
    assert later.send(sealed, "a token of long ago").status_code == 403
    assert later.send(sealed, token).status_code == 200


def test_what_they_are_sealed_to_is_for_no_other_site(script: Script):
    answer = script.terms()
    assert script.browser.cookies["lineproof-apply"]["samesite"] == "Lax"
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "Access-Control-Allow-Origin" not in answer


def test_cookie_says_nothing_and_cannot_be_made(script: Script, new_browser: Callable[[], "Client"]):
    from lineproof.portal.applying import COOKIE

    value = script.browser.cookies[COOKIE].value
    assert NUMBER not in value
    assert value.split(":")[0] == str(script.draft())
    mallory = new_browser()
    mallory.cookies[COOKIE] = value[:-1] + ("A" if value[-1] != "A" else "B")
    assert mallory.get("/apply/consent").status_code == 404
    assert "You have begun" not in mallory.get("/apply").content.decode()


def test_another_browser_has_no_part_in_it(script: Script, new_browser: Callable[[], "Client"]):
    stranger = new_browser()
    assert NUMBER not in stranger.get("/apply").content.decode()
    for address in sorted(PAGES - {"/apply", "/apply/counter"}):
        answer = stranger.get(address)
        assert answer.status_code == 404, address
        assert "No application is open in this browser" in answer.content.decode()


def test_application_is_deleted_at_once_with_its_cookie(script: Script):
    from django.apps import apps

    gone = press(script.browser, "/apply/consent", "/apply/end")
    assert gone["Location"] == "/apply"
    assert apps.get_model("registry", "Draft").objects.count() == 0
    assert "You have begun" not in script.browser.get("/apply").content.decode()
    assert script.browser.get("/apply/photographs").status_code == 404


def test_pages_out_of_order_lead_to_the_question_that_is_open(browser: "Client", booth: FakeExaminer):
    begun(browser)
    assert browser.get("/apply/consent")["Location"] == "/apply/line"
    assert browser.get("/apply/result")["Location"] == "/apply/line"
    press(browser, "/apply/line/mobile", number=NUMBER, sim=luhn("899990009995550710"))
    assert browser.get("/apply/result")["Location"] == "/apply/consent"
    assert browser.get("/apply/line").status_code == 200  # another line may be said


def test_every_page_names_the_counter(script: Script):
    for address in sorted(PAGES - {"/apply/result", "/apply/counter"}):
        page = script.browser.get(address)
        assert page.status_code == 200, address
        assert 'href="/apply/counter"' in page.content.decode(), address
    script.send(*script.sealed())
    assert 'href="/apply/counter"' in script.browser.get("/apply/result").content.decode()
    assert "Any counter of the operator" in script.browser.get("/apply/counter").content.decode()


@pytest.mark.parametrize(
    ("content_type", "length"),
    [("multipart/form-data; boundary=x", 10), ("text/plain", 10), ("application/octet-stream", 17 << 20)],
)
def test_only_what_the_script_sends_is_taken(script: Script, content_type: str, length: int):
    token = token_in(script.browser.get("/apply/photographs").content.decode())
    answer = script.browser.post(
        "/apply/send", b"x" * length, content_type=content_type, headers=_headers(token)
    )
    assert answer.status_code == 400
    assert "not what the script of this page sends" in answer.json()["detail"]


def test_what_is_no_sealed_evidence_is_said_and_costs_no_try(script: Script):
    _, token = script.sealed()
    answer = script.send(b"no evidence at all", token)
    assert answer.status_code == 400
    assert answer.json()["remedy"]
    assert script.browser.get("/apply/photographs").status_code == 200


@pytest.mark.parametrize("address", ["/apply/begin", "/apply/again", "/apply/end", "/apply/send"])
def test_button_of_another_site_does_nothing(script: Script, address: str):
    from django.apps import apps

    before = list(apps.get_model("registry", "Draft").objects.values_list())
    assert script.browser.post(address).status_code == 403
    assert list(apps.get_model("registry", "Draft").objects.values_list()) == before


def test_camera_is_allowed_on_the_page_that_needs_it_and_nowhere_else(script: Script):
    for address in sorted(PAGES - {"/apply/result"}):
        page = script.browser.get(address)
        here = address == "/apply/photographs"
        assert ("camera=(self)" in page["Permissions-Policy"]) is here, address
        assert ("script-src 'self'" in page["Content-Security-Policy"]) is here, address
        assert "microphone=()" in page["Permissions-Policy"]
    policy = script.browser.get("/apply/photographs")["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "require-trusted-types-for 'script'" in policy
    assert "img-src 'self' blob:" in policy


def test_without_a_script_no_photograph_is_asked_for(script: Script):
    """All that asks for one is hidden until the script shows it."""
    page = script.browser.get("/apply/photographs").content.decode()
    shown = re.sub(r"(?s)<noscript>(.*?)</noscript>", r"\1", page)
    shown = re.sub(r"(?s)<div[^>]*data-working hidden>.*<!-- working -->", "", shown)
    assert 'type="file"' in page
    assert 'type="file"' not in shown
    assert "No photograph is taken without it" in shown
    assert 'href="/apply/counter"' in shown


def test_lines_are_seen_by_who_can_be_sent_a_code(script: Script, services: Services):
    from django.apps import apps

    from lineproof.web.services import install, installed
    from tests.doors.test_sign_in import Inbox

    install(replace(installed(), messages={Channel.SMS: Inbox()}))
    script.send(*script.sealed())
    apps.get_model("registry", "Decision").objects.update(outcome="accept")
    assert 'href="/sign-in"' in script.browser.get("/apply/result").content.decode()
