"""Reviewers sign in by passkey, see what waits, and give opinions that it signs, blind to each other."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from tests.doors.test_applying import Script, at_camera, token_in
from tests.doors.test_review import bytes_of
from tests.fakes.examiner import FakeExaminer
from tests.fakes.soft_authenticator import SoftAuthenticator

if TYPE_CHECKING:
    from django.test import Client

ORIGIN = "http://localhost"
COVERED = "Part of the face seems to be covered."


def rows(table: str) -> Any:
    from django.apps import apps

    return apps.get_model("registry", table).objects


@dataclass(slots=True)
class Reviewer:
    """Somebody of the staff before their browser, with a passkey of theirs."""

    name: str
    browser: "Client"
    authenticator: SoftAuthenticator

    def get(self, address: str) -> str:
        return str(self.browser.get(address).content.decode())

    def answer(self, page: str, to: str) -> Any:
        """Have the passkey answer what a page asks, and send the page's form."""
        asked = re.search(r'data-challenge="([^"]+)"', page)
        assert asked is not None, page
        signed = self.authenticator.get(bytes_of(asked[1]), ORIGIN)
        return self.browser.post(to, {"csrfmiddlewaretoken": token_in(page), "answer": signed})

    def sign_in(self) -> Any:
        return self.answer(self.get("/review/sign-in"), "/review/sign-in")

    def prepare(self, case: object, opinion: str, reason: str = "") -> Any:
        page = self.get(f"/review/{case}")
        typed = {"csrfmiddlewaretoken": token_in(page), "opinion": opinion, "reason": reason}
        return self.browser.post(f"/review/{case}", typed)

    def give(self, case: object, opinion: str, reason: str = "") -> Any:
        preview = self.prepare(case, opinion, reason).content.decode()
        return self.answer(preview, f"/review/{case}/confirm")


Meet = Callable[[str], Reviewer]


@pytest.fixture
def meet(booth: FakeExaminer) -> Meet:
    """Give what enrols a reviewer with a passkey, before a browser of their own; nobody is signed in."""

    def met(name: str, role: str = "reviewer") -> Reviewer:
        from django.test import Client
        from django.utils import timezone

        from lineproof.decision.passkey import verify_creation

        challenge = b"x" * 32
        authenticator = SoftAuthenticator()
        made = verify_creation(authenticator.create(challenge, ORIGIN), challenge=challenge, origin=ORIGIN)
        now = timezone.now()
        staff = rows("Staff").create(name=name, role=role, enrolled_at=now)
        rows("Passkey").create(
            staff=staff,
            credential_id=made.credential_id,
            public_key=made.public_key,
            signature_count=made.signature_count,
            enrolled_at=now,
        )
        browser = Client(enforce_csrf_checks=True, raise_request_exception=False, SERVER_NAME="localhost")
        return Reviewer(name, browser, authenticator)

    return met


@pytest.fixture
def rhea(meet: Meet) -> Reviewer:
    """Rhea, who is signed in."""
    reviewer = meet("rhea")
    assert reviewer.sign_in()["Location"] == "/review/"
    return reviewer


@pytest.fixture
def case(browser: "Client", booth: FakeExaminer) -> Any:
    """A referred application, whose applicant waits."""
    at_camera(browser)
    script = Script(browser, booth)
    script.send(*script.sealed())
    return rows("Case").get().id


class TestSigningIn:
    def test_cases_are_shown_to_who_is_signed_in_alone(self, meet: Meet, case: Any):
        reviewer = meet("rhea")
        assert reviewer.browser.get("/review/")["Location"] == "/review/sign-in"
        assert "What was checked" not in reviewer.get(f"/review/{case}")
        reviewer.sign_in()
        assert str(case) in reviewer.get("/review/")
        assert "What was checked" in reviewer.get(f"/review/{case}")

    def test_whose_passkey_is_no_reviewers_is_not_signed_in(self, meet: Meet):
        inspector = meet("ines", "inspector")
        refused = inspector.sign_in()
        assert refused.status_code == 422
        assert "no reviewer" in refused.content.decode()
        assert inspector.browser.get("/review/")["Location"] == "/review/sign-in"

    def test_an_answer_counts_once(self, meet: Meet):
        reviewer = meet("rhea")
        page = reviewer.get("/review/sign-in")
        asked = re.search(r'data-challenge="([^"]+)"', page)
        assert asked is not None
        stolen = reviewer.browser.cookies.copy()
        signed = reviewer.authenticator.get(bytes_of(asked[1]), ORIGIN)
        typed = {"csrfmiddlewaretoken": token_in(page), "answer": signed}
        assert reviewer.browser.post("/review/sign-in", typed).status_code == 303
        reviewer.browser.cookies = stolen
        assert reviewer.browser.post("/review/sign-in", typed).status_code == 422

    def test_it_lasts_an_hour_or_until_they_leave(self, rhea: Reviewer, monkeypatch: pytest.MonkeyPatch):
        token = token_in(rhea.get("/review/"))
        later = time.time() + 60 * 60 + 1
        with monkeypatch.context() as patched:
            patched.setattr(time, "time", lambda: later)
            assert rhea.browser.get("/review/")["Location"] == "/review/sign-in"
        assert rhea.browser.get("/review/").status_code == 200
        rhea.browser.post("/review/leave", {"csrfmiddlewaretoken": token})
        assert rhea.browser.get("/review/")["Location"] == "/review/sign-in"

    def test_the_visit_of_a_holder_ends_with_it(self, meet: Meet, a_holder: Callable[..., Any]):
        reviewer = meet("rhea")
        reviewer.browser.get(a_holder("Alice Specimen").link())
        assert reviewer.browser.get("/lines").status_code == 200
        reviewer.sign_in()
        assert reviewer.browser.get("/lines").status_code == 403


class TestCase:
    def test_it_says_of_each_check_whether_it_passed_is_unsure_or_was_not_done(
        self, rhea: Reviewer, case: Any
    ):
        page = rhea.get(f"/review/{case}")
        found = dict(
            re.findall(r"<dt>([^<]+)</dt>\s*<dd>\s*<svg.*?</svg>\s*([^<]+?)\s*</dd>", page, re.DOTALL)
        )
        assert found["The document was read"] == "passed"
        assert found["The person is present"] == "not done"
        assert found["It is genuine"] == "not done"
        assert "A single photograph cannot prove that the person is present." in page

    def test_neither_page_says_anything_of_the_applicant_or_of_a_score(self, rhea: Reviewer, case: Any):
        for page in (rhea.get("/review/"), rhea.get(f"/review/{case}")):
            assert not re.search(r"ABELARD|ALICE|A10010001|\+999555", page)
            assert not re.search(r"0\.\d\d|similarity", page)

    def test_it_counts_down_to_the_decision_and_to_the_end_of_the_photographs(
        self, rhea: Reviewer, case: Any
    ):
        from django.utils import timezone

        for page in (rhea.get("/review/"), rhea.get(f"/review/{case}")):
            assert re.search(r"\d+ (days|hours) left to decide", page)
            assert re.search(r"The photographs are destroyed in \d+ (days|hours)", page)
        rows("Case").update(due_at=timezone.now())
        page = rhea.get(f"/review/{case}")
        assert "Late. Nothing is decided by that" in page
        assert "left to decide" not in page

    def test_a_doubt_of_the_registration_is_shown_besides_what_the_way_requires(
        self, rhea: Reviewer, case: Any
    ):
        assert "They have room for one more line" not in rhea.get(f"/review/{case}")
        rows("DecisionReason").create(decision=rows("Case").get().decision, code="cap_reached")
        page = rhea.get(f"/review/{case}")
        room = page[page.index("They have room for one more line") :]
        assert "unsure" in room[: room.index("</dd>")]

    def test_an_unknown_case_is_not_found(self, rhea: Reviewer):
        assert rhea.browser.get("/review/6a1f0e52-3c77-4d0b-9d6e-2f7c54a1b901").status_code == 404


class TestOpinion:
    def test_it_is_previewed_as_the_applicant_will_read_it_and_nothing_is_given_yet(
        self, rhea: Reviewer, case: Any
    ):
        page = rhea.prepare(case, "refuse", "capture_covered").content.decode()
        assert "Two people refused this application" in page
        assert COVERED in page
        assert "Somebody who did not take part decides" in page
        assert not rows("CaseOpinion").exists()

    @pytest.mark.parametrize(
        ("opinion", "reason", "said"),
        [
            ("", "", "Choose what you say of this case."),
            ("maybe", "", "Choose what you say of this case."),
            ("return", "", "says why: choose the reason."),
            ("refuse", "nonsense", "Choose what you say of this case."),
        ],
    )
    def test_what_is_missing_is_said_at_its_place(
        self, rhea: Reviewer, case: Any, opinion: str, reason: str, said: str
    ):
        answer = rhea.prepare(case, opinion, reason)
        assert answer.status_code == 422
        assert answer.content.decode().count(said) == 2
        assert not rows("CaseOpinion").exists()

    def test_two_of_one_opinion_decide_and_the_second_sees_nothing_of_the_first(
        self, rhea: Reviewer, meet: Meet, case: Any, browser: "Client"
    ):
        sol = meet("sol")
        sol.sign_in()
        shown = [_without_tokens(sol.get(page)) for page in ("/review/", f"/review/{case}")]
        first = rhea.give(case, "return", "capture_covered").content.decode()
        assert "It is not decided yet" in first
        assert [_without_tokens(sol.get(page)) for page in ("/review/", f"/review/{case}")] == shown
        assert "You gave yours." in rhea.get(f"/review/{case}")
        assert "You gave your opinion." in rhea.get("/review/")
        second = sol.give(case, "return", "capture_covered").content.decode()
        assert "With it the case is decided." in second
        assert "The photographs of the case are destroyed." in second
        assert "No case waits." in sol.get("/review/")
        assert COVERED in browser.get("/apply/result").content.decode()
        given = rows("CaseOpinion").order_by("id").values_list("reviewer__name", "opinion")
        assert list(given) == [("rhea", "return"), ("sol", "return")]

    def test_one_who_gave_theirs_gives_no_second(self, rhea: Reviewer, case: Any):
        rhea.give(case, "accept")
        page = rhea.get(f"/review/{case}")
        assert 'name="opinion"' not in page
        typed = {"csrfmiddlewaretoken": token_in(page), "opinion": "accept", "reason": ""}
        preview = rhea.browser.post(f"/review/{case}", typed).content.decode()
        again = rhea.answer(preview, f"/review/{case}/confirm")
        assert again.status_code == 422
        assert rows("CaseOpinion").count() == 1

    def test_nothing_is_given_without_the_passkey_of_who_is_signed_in(
        self, rhea: Reviewer, meet: Meet, case: Any
    ):
        preview = rhea.prepare(case, "accept").content.decode()
        token = token_in(preview)
        nothing = rhea.browser.post(f"/review/{case}/confirm", {"csrfmiddlewaretoken": token, "answer": ""})
        assert nothing.status_code == 422
        rhea.authenticator, own = meet("sol").authenticator, rhea.authenticator
        assert rhea.answer(preview, f"/review/{case}/confirm").status_code == 422
        rhea.authenticator = own
        assert not rows("CaseOpinion").exists()

    def test_what_was_signed_for_one_opinion_gives_no_other(self, rhea: Reviewer, case: Any):
        preview = rhea.prepare(case, "accept").content.decode()
        rhea.prepare(case, "refuse", "capture_covered")
        assert rhea.answer(preview, f"/review/{case}/confirm").status_code == 422
        assert not rows("CaseOpinion").exists()

    def test_what_was_given_cannot_be_sent_again(self, rhea: Reviewer, case: Any):
        preview = rhea.prepare(case, "accept").content.decode()
        assert rhea.answer(preview, f"/review/{case}/confirm").status_code == 200
        assert rhea.answer(preview, f"/review/{case}/confirm").status_code == 403

    def test_who_is_signed_out_meanwhile_gives_nothing(self, rhea: Reviewer, case: Any):
        preview = rhea.prepare(case, "accept").content.decode()
        rhea.browser.post("/review/leave", {"csrfmiddlewaretoken": token_in(preview)})
        page = rhea.get("/review/sign-in")
        token = token_in(page)
        refused = rhea.browser.post(f"/review/{case}/confirm", {"csrfmiddlewaretoken": token, "answer": "{}"})
        assert refused.status_code == 403
        assert not rows("CaseOpinion").exists()


def _without_tokens(page: str) -> str:
    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"', "", page)
