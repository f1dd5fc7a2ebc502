"""Somebody turns the head before the camera as the page asks, in real Chromium, before the real booth."""

from typing import Any

import pytest

from lineproof.specimen.people import ALICE
from tests.browser.serving import OPENED, Serving
from tests.browser.steered import stand_before
from tests.browser.test_applying_in_chromium import photograph_document, said, to_the_photographs, violations

pytestmark = pytest.mark.browser
pytest.importorskip("playwright.sync_api")

FOUND = """SELECT outcome || ' ' || reason FROM registry_decisionfinding
    WHERE check_name = 'live' ORDER BY id DESC LIMIT 1"""


def before_the_camera(page: Any, serving: Serving) -> None:
    to_the_photographs(page, serving)
    photograph_document(page, serving)
    page.get_by_role("button", name="Switch the camera on").click()
    page.wait_for_function("() => document.querySelector('video').videoWidth > 0")


def turn(page: Any) -> None:
    page.get_by_role("button", name="Turn my head when asked").click()


def test_head_that_turns_as_asked_is_found_live_and_people_see_its_still(opened: OPENED, serving: Serving):
    page = opened()
    stand_before(page, ALICE)
    complaints: list[str] = []
    sent: list[Any] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("request", lambda request: sent.append(request))  # noqa: PLW0108 -- it marks what it calls
    before_the_camera(page, serving)
    turn(page)
    page.locator("[data-turn][data-side=left], [data-turn][data-side=right]").first.wait_for(timeout=30_000)
    page.wait_for_url("**/apply/result", timeout=90_000)
    assert page.get_by_role("heading", name="Two people look at your photographs").is_visible()
    assert serving.column(FOUND) == ["pass "]
    assert page.get_by_text("A single photograph cannot prove").count() == 0
    frames = [each.post_data_buffer for each in sent if each.url.endswith("/apply/turn/frames")]
    assert len(frames) > 8
    assert not any(b"JFIF" in each for each in frames), "frames leave sealed"
    assert not complaints
