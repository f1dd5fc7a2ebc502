"""Somebody turns the head before the camera as the page asks, in real Chromium, before the real booth."""

from typing import Any

import pytest

from bench.steered import stand_before
from lineproof.specimen.people import ALICE
from tests.browser.serving import OPENED, Serving
from tests.browser.test_applying_in_chromium import (
    WIDE,
    photograph_document,
    said,
    to_the_photographs,
    violations,
)

pytestmark = pytest.mark.browser
pytest.importorskip("playwright.sync_api")

FOUND = """SELECT outcome || ' ' || reason FROM registry_decisionfinding
    WHERE check_name = 'live' ORDER BY id DESC LIMIT 1"""

FIRST_PROMPT = """() => new Promise((done) => {
    const turn = document.querySelector('[data-turn][data-side]');
    new MutationObserver(() => {
        if (!turn.dataset.side) return;
        const box = (e) => e.getBoundingClientRect();
        const video = box(turn.parentElement);
        const at = box(turn.querySelector('.arrow')).left - video.left < 1 ? 'left' : 'right';
        const root = document.documentElement;
        const words = turn.querySelector('[data-prompt]').textContent;
        done([turn.dataset.side, words, at, root.scrollWidth - root.clientWidth]);
    }).observe(turn, { attributes: true, attributeFilter: ['data-side'] });
})"""


def before_the_camera(page: Any, serving: Serving) -> str:
    """Apply as far as the camera is on; give the number that is applied for."""
    number = to_the_photographs(page, serving)
    photograph_document(page, serving)
    page.get_by_role("button", name="Switch the camera on").click()
    page.wait_for_function("() => document.querySelector('video').videoWidth > 0")
    return number


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


def test_head_that_does_not_turn_is_not_found_live_and_people_look(opened: OPENED, serving: Serving):
    for _ in range(3):
        page = opened()
        stand_before(page, ALICE, follows=False)
        before_the_camera(page, serving)
        turn(page)
        page.wait_for_url("**/apply/result", timeout=90_000)
        assert page.get_by_role("heading", name="Two people look at your photographs").is_visible()
        # A machine that has much else to do sends too few frames to tell that a head did not turn: once more.
        if serving.column(FOUND) != ["indeterminate challenge_not_seen"]:
            break
    assert serving.column(FOUND) == ["indeterminate challenge_not_followed"]
    assert page.get_by_text("The turns of the face that were asked for were not seen.").is_visible()


def test_connection_that_is_cut_leaves_both_ways_and_counts_no_try(opened: OPENED, serving: Serving):
    page = opened()
    stand_before(page, ALICE)
    before_the_camera(page, serving)
    page.route("**/apply/turn/frames", lambda route: route.abort())
    turn(page)
    said(page, "too slow for the head turn, or was cut")
    said(page, "No try was counted.")
    assert page.get_by_role("button", name="Turn my head when asked").is_visible()
    page.unroute("**/apply/turn/frames")
    page.get_by_role("button", name="Take the photograph").click()
    page.locator("[data-part=face] [data-use]").click()
    page.get_by_role("button", name="Seal and send").click()
    page.wait_for_url("**/apply/result", timeout=60_000)


def test_each_prompt_is_read_at_once_and_fits_the_narrowest_phone(opened: OPENED, serving: Serving):
    page = opened(scheme="dark")
    stand_before(page, ALICE)
    before_the_camera(page, serving)
    assert not violations(page)
    assert page.locator("[data-prompt]").get_attribute("aria-live") == "assertive"
    page.evaluate("() => { document.documentElement.dir = 'rtl' }")
    turn(page)
    side, words, at, wide = page.evaluate(FIRST_PROMPT)
    assert words == f"Turn your head to your {side}."
    assert at == ("left" if side == "left" else "right"), "the person's own side, as in a mirror"
    assert wide == 0
    page.locator("[data-prompt]", has_text="And straight ahead again.").wait_for(timeout=10_000)
    assert page.evaluate(WIDE) == 0


def test_connection_too_slow_for_a_turn_costs_nobody_their_document_twice(opened: OPENED, serving: Serving):
    import cv2

    small = serving.folder / "small.jpg"
    pixels = cv2.resize(cv2.imread(str(serving.folder / "alice.jpg")), (480, 360))
    cv2.imwrite(str(small), pixels, [cv2.IMWRITE_JPEG_QUALITY, 60])
    page = opened()
    stand_before(page, ALICE)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url.rpartition("/")[2]))
    to_the_photographs(page, serving)
    network = page.context.new_cdp_session(page)
    slow = {"offline": False, "latency": 0, "downloadThroughput": 6_000, "uploadThroughput": 6_000}
    network.send("Network.emulateNetworkConditions", slow)
    page.set_input_files("#document-file", str(small))
    page.locator("[data-part=document] [data-use]").click()
    page.get_by_role("button", name="Switch the camera on").click()
    page.wait_for_function("() => document.querySelector('video').videoWidth > 0")
    turn(page)
    said(page, "too slow for the head turn")
    assert "turn" not in sent, "the challenge is not spent"
    network.send(
        "Network.emulateNetworkConditions", {**slow, "downloadThroughput": -1, "uploadThroughput": -1}
    )
    page.get_by_role("button", name="Take the photograph").click()
    page.locator("[data-part=face] [data-use]").click()
    page.get_by_role("button", name="Seal and send").click()
    page.wait_for_url("**/apply/result", timeout=60_000)
    assert sent.count("document") == 1
