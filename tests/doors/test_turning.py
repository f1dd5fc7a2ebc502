"""The addresses of a head turn: sealed bytes in, the next prompt out, and problems in words."""

from typing import TYPE_CHECKING, Any

import pytest

from lineproof.booth.seal import PartKind, Sealer, frame_content
from tests.doors.test_applying import Script, script
from tests.fakes.examiner import FakeExaminer

if TYPE_CHECKING:
    from django.test import Client

__all__ = ["script"]
ACCEPT = "application/json, application/problem+json"


class Turning:
    """The page's script, while a head is turned."""

    def __init__(self, script: Script) -> None:
        from base64 import b64decode

        said = script.terms().json()
        self.script, self.token = script, said["token"]
        self.sealer = Sealer(b64decode(said["key"]), b64decode(said["info"]))
        self.still = script.booth.photograph_face().read_bytes()

    def post(self, address: str, sealed: bytes, **otherwise: Any) -> Any:
        headers = {"x-csrftoken": otherwise.pop("token", self.token), "accept": ACCEPT}
        how = {"content_type": "application/octet-stream", **otherwise}
        return self.script.browser.post(address, sealed, headers=headers, **how)

    def begin(self) -> Any:
        document = self.script.booth.photograph().read_bytes()
        sealed = self.sealer.head + self.sealer.part(PartKind.DOCUMENT, document, last=False)
        assert self.post("/apply/document", sealed).status_code == 200
        return self.post("/apply/turn", b"")

    def frame(self, at_ms: int, *, last: bool = False, **otherwise: Any) -> Any:
        content = frame_content(at_ms, is_still=at_ms == 0, photograph=self.still)
        part = self.sealer.part(PartKind.FRAME, content, last=last)
        return self.post("/apply/turn/frames", part, **otherwise)


@pytest.fixture
def turning(script: Script) -> Turning:
    """Somebody whose camera is on."""
    return Turning(script)


def test_frames_are_answered_with_what_to_do_and_the_last_with_the_result(turning: Turning):
    begun = turning.begin()
    assert (begun.status_code, begun.json()) == (200, {})
    first = turning.frame(0)
    assert first.json() == {"number": 0, "side": None, "ends_at_ms": None}
    assert "no-store" in first["Cache-Control"]
    last = turning.frame(300, last=True)
    assert (last.status_code, last.json()) == (200, {"next": "/apply/result"})
    page = turning.script.browser.get("/apply/result").content.decode()
    assert "Two people look at your photographs" in page
    assert "cannot prove that the person is present" not in page


def test_prompts_are_told_by_side_when_their_time_has_come(turning: Turning, monkeypatch: pytest.MonkeyPatch):
    from django.utils import timezone

    from lineproof.web.services import installed

    turning.begin()
    (prompt, *_) = installed().arriving.turns.of(turning.script.draft()).challenge.prompts
    issued_at = installed().arriving.turns.of(turning.script.draft()).challenge.issued_at
    from datetime import timedelta

    at = issued_at + timedelta(milliseconds=prompt.shown_at_ms)
    monkeypatch.setattr(timezone, "now", lambda: at)
    assert turning.frame(0).json() == {"number": 1, "side": prompt.side.value, "ends_at_ms": None}


def test_frames_without_a_turn_are_a_problem_with_a_way_on(turning: Turning):
    problem = turning.frame(0)
    assert problem.status_code == 404
    assert problem["Content-Type"] == "application/problem+json"
    assert "No head turn is on its way" in problem.json()["detail"]
    assert "photograph" in problem.json()["remedy"]


@pytest.mark.parametrize("address", ["/apply/document", "/apply/turn/frames"])
def test_what_the_script_does_not_send_is_refused(turning: Turning, address: str):
    assert turning.post(address, b"{}", content_type="application/json").status_code == 400
    assert turning.post(address, b"x", token="no token").status_code == 403
    assert turning.script.browser.get(address).status_code == 405


def test_without_an_application_there_is_no_turn(browser: "Client", booth: FakeExaminer):
    from tests.doors.test_applying import token_in

    token = token_in(browser.get("/apply").content.decode())
    refused = browser.post(
        "/apply/turn",
        b"x",
        content_type="application/octet-stream",
        headers={"x-csrftoken": token, "accept": ACCEPT},
    )
    assert refused.status_code == 404


def test_page_offers_both_and_chooses_neither(script: Script):
    page = script.browser.get("/apply/photographs").content.decode()
    for said in ("Turn my head when asked", "Take the photograph", "Both cost the same and end the same"):
        assert said in page
