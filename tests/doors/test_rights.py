"""A visitor appeals what people decided, takes their data away, sees who looked, and has it erased."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from lineproof.ports import Services
from tests.doors.test_applying import Script, press, token_in
from tests.doors.test_showing import NUMBER, alice, at_camera, rows, show
from tests.fakes.examiner import FakeExaminer

if TYPE_CHECKING:
    from django.test import Client

__all__ = ["alice", "show"]


def decided(state: str = "dismissed", *, ended: timedelta = timedelta()) -> Any:
    """Have a dispute about the only line decided, so long ago."""
    from django.utils import timezone

    now = timezone.now()
    return rows("Dispute").create(
        custody=rows("Custody").get(),
        kind="not_mine",
        state=state,
        subject=b"s" * 16,
        opened_at=now - ended,
        answer_by=now,
        due_at=now,
        ended_at=None if state == "open" else now - ended,
    )


class TestAppeals:
    def test_a_decided_dispute_is_appealed_once_and_its_page_says_until_when(self, alice: "Client"):
        dispute = decided()
        page = alice.get("/appeals").content.decode()
        assert "What was decided of your dispute" in page
        assert press(alice, "/appeals", about=str(dispute.id))["Location"] == "/appeals"
        page = alice.get("/appeals").content.decode()
        assert "It is not decided yet." in page
        assert "Appeal against it" not in page
        assert rows("Appeal").get().about == dispute.id
        token = token_in(alice.get("/lines").content.decode())
        again = alice.post("/appeals", {"csrfmiddlewaretoken": token, "about": str(dispute.id)})
        assert again.status_code == 404

    def test_what_is_open_or_too_old_or_nothing_is_not_offered(self, alice: "Client"):
        assert "Nothing was decided that you could appeal against." in alice.get("/appeals").content.decode()
        decided("open")
        decided(ended=timedelta(days=60))
        assert "Appeal against it" not in alice.get("/appeals").content.decode()

    def test_nobody_appeals_what_is_somebody_elses(
        self, alice: "Client", browser: "Client", a_holder: Callable[..., Any]
    ):
        dispute = decided()
        browser.get(a_holder("Bo Brannoch").link())
        token = token_in(browser.get("/lines").content.decode())
        refused = browser.post("/appeals", {"csrfmiddlewaretoken": token, "about": str(dispute.id)})
        assert refused.status_code == 404
        assert not rows("Appeal").exists()

    @pytest.mark.parametrize("opinion", ["refuse", "return"])
    def test_a_refused_or_returned_application_is_appealed_where_it_is_read(
        self, browser: "Client", booth: FakeExaminer, opinion: str
    ):
        from django.utils import timezone

        from lineproof.decision.reasons import ReasonCode
        from lineproof.line.case import Opinion, ReviewerOpinion
        from lineproof.registry.flows.enrol_staff import enrol_staff
        from lineproof.registry.flows.review_case import review_case
        from lineproof.terms import StaffName, StaffRole
        from lineproof.web.services import installed

        at_camera(browser)
        script = Script(browser, booth)
        script.send(*script.sealed())
        early = token_in(browser.get("/apply/who-you-are").content.decode())
        assert browser.post("/apply/appeal", {"csrfmiddlewaretoken": early}).status_code == 404
        case, now = rows("Case").get(), timezone.now()
        for name in ("rhea", "sol"):
            enrol_staff(installed(), StaffName(name), StaffRole.REVIEWER, public_key=None, now=now)
            said = ReviewerOpinion(StaffName(name), Opinion(opinion), ReasonCode.CAPTURE_COVERED)
            review_case(installed(), case.id, said, now=now)
        assert press(browser, "/apply/result", "/apply/appeal")["Location"] == "/apply/result"
        page = browser.get("/apply/result").content.decode()
        assert "You appealed. Somebody who did not take part decides by the end of" in page
        assert "Appeal against it" not in page
        token = token_in(browser.get("/apply").content.decode())
        assert browser.post("/apply/appeal", {"csrfmiddlewaretoken": token}).status_code == 409


class TestData:
    def test_all_of_it_is_one_file_that_stays_nowhere(self, alice: "Client"):
        answer = alice.get("/data/download")
        assert answer["Content-Type"] == "application/json"
        assert answer["Content-Disposition"] == 'attachment; filename="lineproof-data.json"'
        assert answer["Cache-Control"] == "no-store"
        told = json.loads(answer.content)
        assert told["lines"][0]["number_or_account"] == NUMBER
        assert told["identity"]["full_name"] == "ALICE ABELARD"

    def test_whoever_has_the_phone_in_their_hand_does_not_get_it_by_a_code(
        self, alice: "Client", browser: "Client"
    ):
        from django.conf import settings
        from django.contrib.sessions.backends.signed_cookies import SessionStore

        from lineproof.portal import visit

        store = SessionStore()
        store["holder"], store["opened"] = str(rows("HolderVerification").get().holder_id), "code"
        visit.begin(store)
        store.save()
        browser.cookies[settings.SESSION_COOKIE_NAME] = store.session_key
        assert "Download my data" not in browser.get("/data").content.decode()
        assert browser.get("/data/download").status_code == 403
        assert browser.get("/lines").status_code == 200, "the control"

    def test_without_a_visit_there_is_none(self, browser: "Client", services: Services):
        for address in ("/data", "/data/download", "/appeals"):
            assert browser.get(address).status_code == 403

    def test_who_opened_photographs_is_told_with_day_and_time(self, alice: "Client"):
        from django.utils import timezone

        assert "None is on record with you." in alice.get("/data").content.decode()
        rows("EvidenceOpening").create(
            case=rows("Case").get(),
            reviewer=rows("Staff").get(name="rhea"),
            opening=b"o" * 16,
            opened_at=timezone.now(),
        )
        page = alice.get("/data").content.decode()
        assert "A reviewer of the operator, on " in page
        assert "rhea" not in page


class TestErasing:
    def test_while_a_line_is_held_nothing_is_erased_and_it_is_said_why(self, alice: "Client"):
        page = press(alice, "/data").content.decode()
        assert "Nothing was erased" in page
        assert "you hold a line, which must stay in your name" in page
        assert NUMBER in page

    def test_of_who_holds_none_what_recognises_them_goes_at_once(self, show: Callable[..., "Client"]):
        browser = show()
        page = press(browser, "/data").content.decode()
        assert "<h1>Erased</h1>" in page
        assert "What you would be recognised by" in page
        assert not rows("DocumentBinding").filter(blind_index__isnull=False).exists()

    def test_it_needs_the_document_shown_in_this_visit(
        self, alice: "Client", browser: "Client", services: Services
    ):
        from django.utils import timezone

        from lineproof.registry.flows.page_link import issue_page_link
        from lineproof.terms import HolderId

        holder = HolderId(rows("HolderVerification").get().holder_id)
        browser.get(f"/open/{issue_page_link(services, holder, now=timezone.now())}")
        assert "Erase what need not" not in browser.get("/data").content.decode()
        token = token_in(browser.get("/lines").content.decode())
        assert browser.post("/data", {"csrfmiddlewaretoken": token}).status_code == 403
