"""From a head turn to a line that is on: referred, and accepted by two reviewers in two browsers.

Before the real server, key process and booth, in real Chromium; reviewers are enrolled by command.
"""

from typing import Any

import pytest

from bench.steered import stand_before
from lineproof.specimen.people import ALICE
from tests.browser.serving import OPENED, Serving
from tests.browser.test_applying_in_chromium import (
    photograph_document,
    photograph_face,
    send,
    to_the_photographs,
)
from tests.browser.test_turning_in_chromium import before_the_camera, turn
from tests.fakes.virtual_authenticator import give_authenticator

pytestmark = pytest.mark.browser
WAITS = "It is not decided yet: it waits for a reviewer who says the same."


def a_reviewer(page: Any, serving: Serving, name: str) -> Any:
    """Enrol a reviewer with a passkey in this browser, and sign them in."""
    give_authenticator(page)
    port = serving.address.rsplit(":", maxsplit=1)[1]
    serving.command("reviewers", "add", name)
    page.goto(serving.command("reviewers", "passkey", name, "--port", port).split()[-1])
    page.get_by_role("button", name="Make the passkey").click()
    page.get_by_role("status").get_by_text("The passkey is enrolled").wait_for()
    page.goto(f"http://localhost:{port}/review/")
    page.get_by_role("button", name="Use the passkey").click()
    page.get_by_role("heading", name="Cases that wait").wait_for()
    return page


def open_case(page: Any) -> None:
    page.get_by_role("link", name="An application was referred").click()
    page.get_by_role("button", name="Open the photographs").click()
    page.get_by_role("status").get_by_text("The photographs are open.").wait_for(timeout=60_000)
    sizes = page.evaluate("() => [...document.querySelectorAll('canvas')].map(c => c.width > 0)")
    assert sizes == [True, True, True]


def give(page: Any, choice: str, reason: str = "") -> None:
    """Choose an opinion, read what the applicant will read, and give it with the passkey."""
    page.get_by_role("radio", name=choice).check()
    if reason:
        page.get_by_label("Why?").select_option(reason)
    page.get_by_role("button", name="See what the applicant will read").click()
    page.get_by_role("button", name="Give it, with my passkey").click()
    page.get_by_role("heading", name="Your opinion is given").wait_for()


def test_an_application_is_accepted_by_two_reviewers_in_two_browsers(opened: OPENED, serving: Serving):
    applicant = opened()
    stand_before(applicant, ALICE)
    number = before_the_camera(applicant, serving)
    turn(applicant)
    applicant.wait_for_url("**/apply/result", timeout=90_000)

    rhea = a_reviewer(opened(), serving, "rhea")
    open_case(rhea)
    present = rhea.locator(".checks > div", has_text="The person is present")
    assert "pass" in present.inner_text().lower()
    assert rhea.get_by_text("not done").first.is_visible()
    assert number not in rhea.content()
    give(rhea, "Accept")
    assert rhea.get_by_text(WAITS).is_visible()
    applicant.reload()
    assert applicant.get_by_role("heading", name="Two people look at your photographs").is_visible()

    sol = a_reviewer(opened(), serving, "sol")
    assert "opinion" not in sol.locator("main").inner_text().lower(), "nothing is said of the first"
    open_case(sol)
    give(sol, "Accept")
    assert sol.get_by_text("The photographs of the case are destroyed.").is_visible()
    applicant.reload()
    assert applicant.get_by_role("heading", name="The line is registered in your name").is_visible()
    assert serving.column("SELECT state FROM registry_line") == ["active"]
    assert serving.column("SELECT count(*) FROM registry_evidenceopening") == [2]


def test_a_refusal_is_read_as_it_was_previewed(opened: OPENED, serving: Serving):
    applicant = opened()
    to_the_photographs(applicant, serving)
    photograph_document(applicant, serving)
    photograph_face(applicant)
    send(applicant)
    previewed = []
    for name in ("tess", "ugo"):
        reviewer = a_reviewer(opened(), serving, name)
        reviewer.get_by_role("link", name="An application was referred").click()
        reviewer.get_by_role("radio", name="Refuse").check()
        reviewer.get_by_label("Why?").select_option("portrait_may_be_replaced")
        reviewer.get_by_role("button", name="See what the applicant will read").click()
        previewed.append(reviewer.locator(".as-read p").all_inner_texts())
        reviewer.get_by_role("button", name="Give it, with my passkey").click()
        reviewer.get_by_role("heading", name="Your opinion is given").wait_for()
    assert previewed[0] == previewed[1]
    applicant.reload()
    read = applicant.locator("main").inner_text()
    assert all(sentence in read for sentence in previewed[0])
