"""Who shows who they are opens their lines, with no line at all, and does what moves or ends one."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from lineproof.line.transfer import TransferState
from lineproof.ports import Services
from lineproof.simulate.passport import Passport
from tests.doors.test_applying import Script, luhn, press, token_in
from tests.fakes.examiner import ANOTHER_PERSON, FakeExaminer
from tests.fakes.specimens import ALICE, BO

if TYPE_CHECKING:
    from django.test import Client

NUMBER, CARD = "+999555071001", luhn("899990009995550999")
CONSENTS = dict.fromkeys(("document", "comparison", "review"), "yes")
Show = Callable[..., "Client"]


def rows(table: str) -> Any:
    from django.apps import apps

    return apps.get_model("registry", table).objects


def people_accept() -> None:
    """Have two reviewers accept every open case."""
    from django.utils import timezone

    from lineproof.line.case import Opinion, ReviewerOpinion
    from lineproof.registry.flows.enrol_staff import enrol_staff
    from lineproof.registry.flows.review_case import review_case
    from lineproof.terms import StaffName, StaffRole
    from lineproof.web.services import installed

    now = timezone.now()
    for name in ("rhea", "sol"):
        reviewer = StaffName(name)
        if not rows("Staff").filter(name=name).exists():
            enrol_staff(installed(), reviewer, StaffRole.REVIEWER, public_key=None, now=now)
        for case in rows("Case").filter(state="open"):
            review_case(installed(), case.id, ReviewerOpinion(reviewer, Opinion.ACCEPT, None), now=now)


@pytest.fixture
def show(booth: FakeExaminer, new_browser: Callable[[], "Client"]) -> Show:
    """Give what has somebody show who they are, in a browser of their own, to the end."""

    def shown(passport: Passport = ALICE, *, opened: bool = True) -> "Client":
        browser = new_browser()
        at_camera(browser)
        script = Script(browser, booth)
        assert script.send(*script.sealed(zone=passport.zone)).status_code == 200
        people_accept()
        if opened:
            assert press(browser, "/apply/result", "/apply/open")["Location"] == "/lines"
        return browser

    return shown


def at_camera(browser: "Client") -> None:
    assert press(browser, "/apply/who-you-are")["Location"] == "/apply/consent"
    assert press(browser, "/apply/consent", **CONSENTS)["Location"] == "/apply/photographs"


def registered(services: Services) -> None:
    """Give who was verified last a line, which is on."""
    from django.db import transaction
    from django.utils import timezone

    from lineproof.registry.flows import lines
    from lineproof.registry.flows.log import LogWriter, SaltOwner
    from lineproof.registry.models.choices import Retention
    from lineproof.terms import HolderId
    from tests.flows.desk import a_mobile

    holder = HolderId(rows("HolderVerification").latest("verified_at").holder_id)
    owner = SaltOwner(holder, Retention.IDENTITY)
    with transaction.atomic(), LogWriter(services, owner, now=timezone.now()) as log:
        lines.enter_line(a_mobile(NUMBER), holder, log)
    rows("Line").update(state="active")


@pytest.fixture
def alice(show: Show, services: Services) -> "Client":
    """Alice, who has just shown who she is, and has a line."""
    browser = show()
    registered(services)
    return browser


def do(browser: "Client", name: str, **typed: str) -> Any:
    """Press the button of what is done with the first line."""
    address = f"/lines/1/do/{name}"
    page = browser.get(address).content.decode()
    named = re.search(r'name="line" value="([^"]+)"', page)
    assert named is not None, page
    return browser.post(address, {"csrfmiddlewaretoken": token_in(page), "line": named[1], **typed})


def test_the_ways_are_shown_and_no_line_is_asked_for(browser: "Client", booth: FakeExaminer):
    page = browser.get("/apply/who-you-are").content.decode()
    assert page.count('class="way"') == 2
    assert "No line" in page
    assert "checked" not in page
    assert 'href="/apply/who-you-are"' in browser.get("/").content.decode()
    at_camera(browser)
    assert browser.get("/apply/line")["Location"] == "/apply/photographs"
    assert "contract" not in browser.get("/apply/consent").content.decode()


def test_who_holds_no_line_opens_their_page_once_people_accepted_them(browser: "Client", booth: FakeExaminer):
    at_camera(browser)
    script = Script(browser, booth)
    script.send(*script.sealed())
    waits = browser.get("/apply/result").content.decode()
    assert "Two people look at your photographs" in waits
    assert "you open your lines from this page" in waits
    assert "/apply/open" not in waits
    people_accept()
    page = browser.get("/apply/result").content.decode()
    assert "You have shown who you are" in page
    opened = browser.post("/apply/open", {"csrfmiddlewaretoken": token_in(page)})
    assert opened["Location"] == "/lines"
    lines = browser.get("/lines").content.decode()
    assert "No line is registered in your name here." in lines
    assert "So long you need not show your document again." in lines
    assert not rows("Draft").exists()


def test_it_opens_once(show: Show, new_browser: Callable[[], "Client"]):
    browser = show(opened=False)
    stolen = new_browser()
    stolen.cookies = browser.cookies.copy()
    assert press(browser, "/apply/result", "/apply/open").status_code == 303
    assert stolen.get("/apply/result").status_code == 404
    token = token_in(stolen.get("/apply/who-you-are").content.decode())
    assert stolen.post("/apply/open", {"csrfmiddlewaretoken": token}).status_code == 404


def test_nothing_opens_before_people_accepted_nor_for_who_was_not_verified(
    browser: "Client", booth: FakeExaminer
):
    at_camera(browser)
    script = Script(browser, booth)
    script.send(*script.sealed(ANOTHER_PERSON))
    token = token_in(browser.get("/apply/result").content.decode())
    assert browser.post("/apply/open", {"csrfmiddlewaretoken": token}).status_code == 403
    press(browser, "/apply/result", "/apply/again")
    script.send(*script.sealed())
    token = token_in(browser.get("/apply/who-you-are").content.decode())
    assert browser.post("/apply/open", {"csrfmiddlewaretoken": token}).status_code == 403
    assert browser.get("/lines").status_code == 403


def test_what_is_open_in_this_browser_is_not_lost_for_it(browser: "Client", booth: FakeExaminer):
    assert press(browser, "/apply", "/apply/begin").status_code == 303
    page = browser.get("/apply/who-you-are").content.decode()
    assert "You have begun an application in this browser" in page
    assert "Show it with photographs" not in page
    refused = browser.post("/apply/who-you-are", {"csrfmiddlewaretoken": token_in(page)})
    assert refused.status_code == 409
    assert rows("Draft").count() == 1


class TestMoving:
    @pytest.mark.parametrize("name", ["pass-on", "new-sim", "give-up"])
    def test_without_the_document_it_is_told_and_nothing_is_done(
        self, browser: "Client", alice: "Client", services: Services, name: str
    ):
        from django.utils import timezone

        from lineproof.registry.flows.page_link import issue_page_link
        from lineproof.terms import HolderId

        holder = HolderId(rows("HolderVerification").get().holder_id)
        browser.get(f"/open/{issue_page_link(services, holder, now=timezone.now())}")
        page = browser.get(f"/lines/1/do/{name}").content.decode()
        assert "This needs your document once more" in page
        assert 'href="/apply/who-you-are"' in page
        assert 'name="line"' not in page
        # The token of a page of the same holder's other visit is good for the line, and still not enough.
        shown = alice.get(f"/lines/1/do/{name}").content.decode()
        line = re.search(r'name="line" value="([^"]+)"', shown)
        assert line is not None
        token = token_in(browser.get("/lines").content.decode())
        typed = {"csrfmiddlewaretoken": token, "line": line[1], "sim": CARD}
        assert browser.post(f"/lines/1/do/{name}", typed).status_code == 403
        assert rows("Line").get().state == "active"
        assert not rows("SimReplacement").exists()

    def test_a_line_is_given_up(self, alice: "Client"):
        done = do(alice, "give-up")
        assert (done.status_code, done["Location"]) == (303, "/lines")
        assert rows("Line").get().state == "quarantine"
        assert "No line is registered in your name here." in alice.get("/lines").content.decode()

    def test_another_sim_is_asked_for_and_can_be_stopped(self, alice: "Client"):
        wrong = do(alice, "new-sim", sim="8999")
        assert wrong.status_code == 422
        assert "not the number of a SIM card" in wrong.content.decode()
        assert do(alice, "new-sim", sim=CARD).status_code == 303
        assert rows("SimReplacement").get().state == "asked"
        assert "/lines/1/do/stop-sim" in alice.get("/lines/1").content.decode()

    def test_a_line_that_is_gone_meanwhile_is_told_where_a_wrong_sim_is_typed(self, alice: "Client"):
        page = alice.get("/lines/1/do/new-sim").content.decode()
        named = re.search(r'name="line" value="([^"]+)"', page)
        assert named is not None
        do(alice, "give-up")
        typed = {"csrfmiddlewaretoken": token_in(page), "line": named[1], "sim": "8999"}
        gone = alice.post("/lines/1/do/new-sim", typed)
        assert gone.status_code == 404
        assert "No such line is in your name." in gone.content.decode()

    def test_a_line_goes_from_one_to_another_by_its_code(self, alice: "Client", show: Show):
        page = do(alice, "pass-on").content.decode()
        code = "".join(re.findall(r"<span>([0-9a-f]{4})</span>", page))
        assert len(code) == 32
        assert code not in alice.get("/lines/1").content.decode()
        bo = show(BO)
        wrong = press(bo, "/take-over", code="0" * 32, terms="1")
        assert wrong.status_code == 422
        no_terms = press(bo, "/take-over", code=code)
        assert no_terms.status_code == 422
        assert "Without the contract" in no_terms.content.decode()
        groups = " ".join(code[at : at + 4] for at in range(0, 32, 4)).upper()
        assert press(bo, "/take-over", code=groups, terms="1")["Location"] == "/take-over"
        assert rows("Transfer").get().state == TransferState.ACCEPTED.value
        assert "You have accepted a line" in bo.get("/take-over").content.decode()
        transfer = str(rows("Transfer").get().id)
        # Whose line it is takes it back on its page; nobody else's number is worth anything here.
        assert press(alice, "/take-over", "/take-over/decline", transfer=transfer).status_code == 404
        assert press(bo, "/take-over", "/take-over/decline", transfer=transfer).status_code == 303
        assert rows("Transfer").get().state == TransferState.CANCELLED.value
        assert press(bo, "/take-over", "/take-over/decline", transfer=transfer).status_code == 404

    def test_it_holds_as_long_as_the_policy_says_and_not_longer(
        self, alice: "Client", monkeypatch: pytest.MonkeyPatch
    ):
        assert 'name="line"' in alice.get("/lines/1/do/give-up").content.decode()
        verified = rows("HolderVerification")
        verified.update(verified_at=verified.get().verified_at - timedelta(days=2))
        page = alice.get("/lines/1/do/give-up").content.decode()
        assert "This needs your document once more" in page
        assert "Take over a line" in alice.get("/take-over").content.decode()
        assert 'name="code"' not in alice.get("/take-over").content.decode()


class TestAddresses:
    def test_they_are_given_and_taken_away_by_who_showed_who_they_are(self, alice: "Client"):
        assert press(alice, "/addresses", address="alice@example.com").status_code == 303
        page = alice.get("/addresses").content.decode()
        assert "a…@example.com" in page
        assert "alice@example.com" not in page
        again = press(alice, "/addresses", address="alice@example.com")
        assert again.status_code == 422
        assert "Notices go there already." in again.content.decode()
        wrong = press(alice, "/addresses", address="nothing")
        assert (wrong.status_code, "neither an e-mail" in wrong.content.decode()) == (422, True)
        point = rows("ContactPoint").get()
        assert press(alice, "/addresses", "/addresses/remove", remove="x").status_code == 400
        assert press(alice, "/addresses", "/addresses/remove", remove=str(point.id)).status_code == 303
        assert "You have given none." in alice.get("/addresses").content.decode()

    def test_a_number_is_masked_but_for_its_ends(self, alice: "Client"):
        press(alice, "/addresses", address="+999555000777")
        page = alice.get("/addresses").content.decode()
        assert "+999…777" in page
        assert "+999555000777" not in page

    def test_in_any_other_visit_they_are_seen_and_not_changed(
        self, browser: "Client", alice: "Client", services: Services
    ):
        from django.utils import timezone

        from lineproof.registry.flows.page_link import issue_page_link
        from lineproof.terms import HolderId

        press(alice, "/addresses", address="alice@example.com")
        holder = HolderId(rows("HolderVerification").get().holder_id)
        browser.get(f"/open/{issue_page_link(services, holder, now=timezone.now())}")
        page = browser.get("/addresses").content.decode()
        assert "a…@example.com" in page
        assert 'name="address"' not in page
        token = token_in(browser.get("/lines").content.decode())
        for address in ("/addresses", "/addresses/remove"):
            point = str(rows("ContactPoint").get().id)
            typed = {"csrfmiddlewaretoken": token, "address": "thief@example.com", "remove": point}
            assert browser.post(address, typed).status_code == 403
        assert rows("ContactPoint").count() == 1
