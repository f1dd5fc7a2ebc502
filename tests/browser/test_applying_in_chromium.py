"""Somebody applies for a line in real Chromium, before the real server, key process and booth.

Only the people are drawn: a file is the camera. What keeps a camera from working is tried, one cause after
the other, and each is named with what to do and the other ways.
"""

import importlib.resources
import itertools
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from lineproof.specimen.people import ALICE, draw_capture, draw_document
from lineproof.terms import luhn_digit
from tests.browser.serving import ALLOWED, OPENED, Serving

pytestmark = pytest.mark.browser
playwright = pytest.importorskip("playwright.sync_api")

DENIED = "--use-fake-ui-for-media-stream=deny"
WIDE = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
# What is pressed: buttons, and labels and links that look like one.
SMALL_TARGETS = """() => [...document.querySelectorAll('button, .press, .choice, .tick label, header a')]
    .map(e => e.getBoundingClientRect()).filter(r => r.width && r.height < 40).length"""
AXE = """() => axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] })
    .then(({ violations }) => violations.flatMap(v => v.nodes.map(n => `${v.id}: ${n.html}`)))"""
SIZE = """() => { const picture = document.querySelector('[data-picture]');
    return [picture.naturalWidth, picture.naturalHeight]; }"""
BUSY = """() => { navigator.mediaDevices.getUserMedia = () =>
    Promise.reject(new DOMException('in use', 'NotReadableError')); }"""
NO_ACCESS = "() => { Object.defineProperty(navigator, 'mediaDevices', { value: undefined }); }"


NUMBERS = itertools.count(999555001001)


def sim_of(number: str) -> str:
    body = f"8999900{number.removeprefix('+').rjust(12, '0')}"
    return body[:18] + luhn_digit(body[:18])


def to_the_photographs(page: Any, serving: Serving) -> str:
    """Apply for a number that nobody else here applies for, as far as its photographs, and give it."""
    number = f"+{next(NUMBERS)}"
    page.goto(f"{serving.address}/apply")
    page.get_by_role("button", name="Apply with photographs").click()
    page.get_by_role("link", name="A mobile number").click()
    page.get_by_label("The mobile number").fill(number)
    page.get_by_label("The number of the SIM card").fill(sim_of(number))
    page.get_by_role("button", name="Go on").click()
    page.wait_for_url("**/apply/consent")
    for box in page.get_by_role("checkbox").all():
        assert not box.is_checked()
        box.check()
    page.get_by_role("button", name="I agree").click()
    page.wait_for_url("**/apply/photographs")
    return number


def choose(page: Any, field: str, file: Path) -> None:
    """Give a photograph as the camera app does, once the page's script has shown where."""
    page.locator("[data-working]").wait_for()
    page.set_input_files(field, str(file))


def photograph_document(page: Any, serving: Serving, whose: str = "alice") -> None:
    choose(page, "#document-file", serving.folder / f"{whose}.jpg")
    page.locator("[data-part=document] [data-use]").click()


def photograph_face(page: Any) -> None:
    page.get_by_role("button", name="Switch the camera on").click()
    page.wait_for_function("() => document.querySelector('video').videoWidth > 0")
    page.get_by_role("button", name="Take the photograph").click()
    page.locator("[data-part=face] [data-use]").click()


def send(page: Any) -> None:
    page.get_by_role("button", name="Seal and send").click()
    page.wait_for_url("**/apply/result", timeout=60_000)


def said(page: Any, words: str) -> None:
    """Wait until the status line says this."""
    page.locator("[data-status]", has_text=words).wait_for(timeout=15_000)


def test_whoever_applies_by_face_has_the_line_once_two_people_accepted(opened: OPENED, serving: Serving):
    page = opened()
    complaints: list[str] = []
    sent: list[Any] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("request", lambda request: sent.append(request))  # noqa: PLW0108 -- it marks what it calls
    to_the_photographs(page, serving)
    photograph_document(page, serving)
    photograph_face(page)
    assert not [each for each in sent if each.method == "POST" and "/apply/send" in each.url]
    assert page.get_by_text("The photograph of your face has not left this browser yet.").is_visible()
    send(page)
    assert page.get_by_role("heading", name="Two people look at your photographs").is_visible()
    assert page.get_by_text("A single photograph cannot prove that the person is present.").is_visible()
    evidence = [each for each in sent if each.url.endswith(("/apply/document", "/apply/send"))]
    assert [each.url.rpartition("/")[2] for each in evidence] == ["document", "send"]
    assert {each.headers["content-type"] for each in evidence} == {"application/octet-stream"}
    document = (serving.folder / "alice.jpg").read_bytes()
    assert not any(b"JFIF" in each.post_data_buffer for each in evidence), "the control is the next line"
    assert b"JFIF" in document
    assert sum(len(each.post_data_buffer) for each in evidence) < len(document) + 600_000
    assert not complaints

    (case,) = serving.column("SELECT id FROM registry_case WHERE state = 'open'")
    for reviewer in ("rhea", "sol"):
        serving.command("reviewers", "add", reviewer)
        serving.command("cases", "decide", case, "--as", reviewer, "--accept")
    page.reload()
    assert page.get_by_role("heading", name="The line is registered in your name").is_visible()
    assert serving.column("SELECT state FROM registry_line") == ["active"]
    assert serving.column("SELECT count(*) FROM registry_draft WHERE sealed_line IS NOT NULL") == [0]


def test_another_persons_face_is_not_verified_and_says_why_and_what_is_left(opened: OPENED, serving: Serving):
    page = opened(camera="bo")
    to_the_photographs(page, serving)
    photograph_document(page, serving)
    photograph_face(page)
    send(page)
    assert page.get_by_role("heading", name="Not verified with these photographs").is_visible()
    assert page.get_by_text("The face could not be matched with the portrait").is_visible()
    assert page.get_by_text("2 tries are left with photographs.").is_visible()
    assert page.get_by_role("link", name="Go to a counter instead").is_visible()
    page.get_by_role("button", name="Take new photographs").click()
    page.wait_for_url("**/apply/photographs")
    assert page.get_by_text("2 tries are left.").is_visible()


@pytest.mark.parametrize(
    ("switches", "prepared", "words"),
    [
        (("--use-fake-device-for-media-stream", DENIED), "", "The camera was not allowed for this page."),
        (("--use-fake-device-for-media-stream=device-count=0", ALLOWED), "", "No camera was found."),
        ((), BUSY, "The camera is in use by another program."),
        ((), NO_ACCESS, "This browser gives pages no camera"),
    ],
    ids=["denied", "absent", "busy", "no-access"],
)
def test_camera_that_does_not_start_says_why_and_the_camera_app_does_instead(
    opened: OPENED, serving: Serving, switches: tuple[str, ...], prepared: str, words: str
):
    page = opened(*switches)
    to_the_photographs(page, serving)
    photograph_document(page, serving)
    if prepared:
        page.evaluate(prepared)
    page.get_by_role("button", name="Switch the camera on").click()
    said(page, words)
    said(page, "No try was counted.")
    assert page.get_by_role("link", name="No camera? Go to a counter").is_visible()
    assert page.locator("label[for=face-file]").is_visible()
    face = serving.folder / "face.jpg"
    face.write_bytes(draw_capture(ALICE))
    choose(page, "#face-file", face)
    page.locator("[data-part=face] [data-use]").click()
    send(page)
    assert page.get_by_role("heading", name="Two people look at your photographs").is_visible()


def test_file_that_is_no_photograph_is_said_and_another_may_be_taken(opened: OPENED, serving: Serving):
    page = opened()
    to_the_photographs(page, serving)
    nothing = serving.folder / "nothing.jpg"
    nothing.write_bytes(b"no photograph")
    choose(page, "#document-file", nothing)
    said(page, "no photograph that this browser can open")
    photograph_document(page, serving)
    assert page.get_by_text("The document is photographed.").is_visible()


def test_hints_name_what_is_plain_to_see_and_keep_nobody(opened: OPENED, serving: Serving):
    import cv2
    import numpy as np

    page = opened()
    to_the_photographs(page, serving)
    original = cv2.imdecode(np.frombuffer(draw_document(ALICE), np.uint8), cv2.IMREAD_COLOR)
    tried = {
        "It looks dark.": original // 6,
        "It looks too bright.": 230 + original // 12,
        "It looks blurred.": cv2.GaussianBlur(original, (0, 0), 25),
        "It is a small picture.": cv2.resize(original, (400, 300)),
        "It looks good.": original,
    }
    for words, pixels in tried.items():
        path = serving.folder / "tried.jpg"
        path.write_bytes(cv2.imencode(".jpg", pixels)[1].tobytes())
        choose(page, "#document-file", path)
        said(page, words)
        others = [each for each in tried if each not in {words, "It looks blurred."}]
        status = page.locator("[data-status]").inner_text()
        assert not [each for each in others if each in status], status
        assert page.locator("[data-part=document] [data-use]").is_visible()
        page.locator("[data-part=document] [data-preview] [data-again]").click()


def test_photographs_are_made_smaller_in_the_browser(opened: OPENED, serving: Serving):
    import cv2
    import numpy as np

    page = opened()
    to_the_photographs(page, serving)
    noise = np.random.default_rng(1).integers(0, 255, (3000, 4500, 3), np.uint8)
    large = serving.folder / "large.jpg"
    large.write_bytes(cv2.imencode(".jpg", noise)[1].tobytes())
    choose(page, "#document-file", large)
    page.locator("[data-part=document] [data-preview]").wait_for()
    assert page.evaluate(SIZE) == [3000, 2000]
    with page.expect_request("**/apply/document") as sent:
        page.locator("[data-part=document] [data-use]").click()
    page.locator("[data-document-kept]").wait_for()
    assert 1_000_000 < len(sent.value.post_data_buffer) < 3_600_000, (
        "noise has more bytes than any photograph"
    )


def test_without_a_script_no_photograph_is_asked_for_and_the_counter_is_offered(
    opened: OPENED, serving: Serving
):
    page = opened(script=False)
    to_the_photographs(page, serving)
    # Playwright's texts leave out what stands in a noscript.
    assert page.locator("noscript p").is_visible()
    assert "No photograph is taken without it." in page.locator("noscript p").inner_text()
    assert not page.locator("input[type=file]").first.is_visible()
    assert not page.locator("[data-working]").is_visible()
    page.get_by_role("link", name="Go to a counter instead").click()
    assert page.get_by_role("heading", name="What to bring").is_visible()


def test_address_without_https_takes_no_photograph_and_says_so(opened: OPENED, serving: Serving):
    """Browsers seal under https alone, or on this machine: that is said before anything is photographed."""
    page = opened()
    to_the_photographs(page, serving)
    cookies = "; ".join(f"{each['name']}={each['value']}" for each in page.context.cookies())

    def relay(route: Any) -> None:
        path = urlsplit(route.request.url).path
        route.fulfill(response=route.fetch(url=serving.address + path, headers={"cookie": cookies}))

    page.route("http://lines.example/**", relay)
    page.goto("http://lines.example/apply/photographs")
    assert page.evaluate("() => isSecureContext") is False
    page.get_by_text("the address does not begin with https").wait_for()
    assert not page.locator("[data-working]").is_visible()
    assert page.get_by_role("link", name="Go to a counter instead").is_visible()


def test_a_browser_that_is_killed_goes_on_at_the_photographs(
    opened: OPENED, serving: Serving, tmp_path: Path
):
    page = opened(folder=tmp_path / "profile")
    number = to_the_photographs(page, serving)
    photograph_document(page, serving)
    page.locator("[data-document-kept]").wait_for()
    page.context.close()
    page = opened(folder=tmp_path / "profile")
    page.goto(f"{serving.address}/apply")
    assert page.get_by_text("You have begun an application in this browser").is_visible()
    assert page.get_by_text(number).is_visible()
    page.get_by_role("link", name="Go on with it").click()
    page.wait_for_url("**/apply/photographs")
    page.get_by_text("The document is photographed.").wait_for()
    photograph_face(page)
    send(page)
    assert page.get_by_role("heading", name="Two people look at your photographs").is_visible()


def test_document_that_another_browser_sent_is_photographed_again(opened: OPENED, serving: Serving):
    """What it was sealed with is in the browser that sent it, and nowhere else."""
    page = opened()
    to_the_photographs(page, serving)
    photograph_document(page, serving)
    page.locator("[data-document-kept]").wait_for()
    cookies = page.context.cookies()
    other = opened()
    other.context.add_cookies(cookies)
    other.goto(f"{serving.address}/apply/photographs")
    other.locator("[data-working]").wait_for()
    assert other.locator("[data-capture]").get_attribute("data-document-sent")
    assert not other.get_by_text("The document is photographed.").is_visible()
    photograph_document(other, serving)
    photograph_face(other)
    send(other)


def test_document_that_is_gone_is_said_and_taken_again(opened: OPENED, serving: Serving, tmp_path: Path):
    page = opened(folder=tmp_path / "profile")
    to_the_photographs(page, serving)
    photograph_document(page, serving)
    page.locator("[data-document-kept]").wait_for()
    page.reload()
    page.get_by_text("The document is photographed.").wait_for()
    photograph_face(page)
    page.route("**/apply/send", lambda route: route.fulfill(status=409, body='{"detail": "Gone."}'))
    page.get_by_role("button", name="Seal and send").click()
    said(page, "Gone.")
    page.unroute("**/apply/send")
    page.get_by_role("button", name="Seal and send").click()
    said(page, "The photograph of your document is not here any more")
    page.locator("[data-part=document] [data-done] [data-again]").click()
    photograph_document(page, serving)
    send(page)


def test_face_is_sent_again_as_it_was_sealed_where_no_answer_came(opened: OPENED, serving: Serving):
    page = opened()
    to_the_photographs(page, serving)
    photograph_document(page, serving)
    photograph_face(page)
    sent: list[Any] = []
    page.on("request", lambda request: sent.append(request))  # noqa: PLW0108 -- it marks what it calls
    page.route("**/apply/send", lambda route: route.abort())
    page.get_by_role("button", name="Seal and send").click()
    said(page, "The server did not answer.")
    page.unroute("**/apply/send")
    send(page)
    first, second = [each.post_data_buffer for each in sent if each.url.endswith("/apply/send")]
    assert first == second
    assert not [each for each in sent if each.url.endswith("/apply/document")]


def violations(page: Any) -> list[str]:
    """Find what the rules of WCAG 2.2 A and AA complain of that axe-core can see."""
    axe = importlib.resources.files("axe_playwright_python") / "axe.min.js"
    page.evaluate(axe.read_text("utf-8"))
    found: list[str] = page.evaluate(AXE)
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_has_what_shuts_somebody_out(opened: OPENED, serving: Serving, scheme: str):
    page = opened(scheme=scheme)
    to_the_photographs(page, serving)
    for address in ("", "/counter", "/line", "/line/mobile", "/line/internet", "/consent", "/photographs"):
        page.goto(f"{serving.address}/apply{address}")
        assert not violations(page), address
    photograph_document(page, serving)
    photograph_face(page)
    assert not violations(page)
    send(page)
    assert not violations(page)
    page.goto(f"{serving.address}/apply")
    assert not violations(page)
    page.evaluate("() => { document.querySelector('h1').before(document.createElement('img')) }")
    assert any("image-alt" in each for each in violations(page)), "the control"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_fits_the_narrowest_phone_in_both_directions(
    opened: OPENED, serving: Serving, scheme: str
):
    page = opened(scheme=scheme)

    def fits(name: str) -> None:
        for direction in ("ltr", "rtl"):
            page.evaluate("d => { document.documentElement.dir = d }", direction)
            assert page.evaluate(WIDE) == 0, f"{name} {direction} scrolls sideways"
            assert page.evaluate(SMALL_TARGETS) == 0, f"{name} {direction} has a small target"
        page.evaluate("() => { document.documentElement.dir = 'ltr' }")

    to_the_photographs(page, serving)
    for address in ("", "/counter", "/line", "/line/mobile", "/line/internet", "/consent", "/photographs"):
        page.goto(f"{serving.address}/apply{address}")
        fits(address)
    photograph_document(page, serving)
    fits("document photographed")
    page.get_by_role("button", name="Switch the camera on").click()
    page.wait_for_function("() => document.querySelector('video').videoWidth > 0")
    fits("viewfinder")
    page.get_by_role("button", name="Take the photograph").click()
    page.locator("[data-part=face] [data-use]").wait_for()
    fits("preview")


def test_what_is_said_reaches_a_screen_reader_and_focus_is_never_lost(opened: OPENED, serving: Serving):
    page = opened()
    to_the_photographs(page, serving)
    status = page.locator("[data-status]")
    assert (status.get_attribute("role"), status.get_attribute("aria-live")) == ("status", "polite")
    focused = "() => (document.activeElement.textContent || document.activeElement.ariaLabel || '').trim()"
    choose(page, "#document-file", serving.folder / "alice.jpg")
    said(page, "Look at the photograph.")
    assert page.evaluate(focused) == "Use this photograph"
    page.keyboard.press("Enter")
    assert page.evaluate(focused) == "2. Your face"
    page.get_by_role("button", name="Switch the camera on").click()
    said(page, "The camera is on.")
    assert page.evaluate(focused).startswith("Choose one of two."), "neither is chosen beforehand"
    page.keyboard.press("Tab")
    assert page.evaluate(focused) == "Turn my head when asked"
    page.keyboard.press("Tab")
    assert page.evaluate(focused) == "Take the photograph"
    page.keyboard.press("Enter")
    said(page, "Look at the photograph.")
    page.keyboard.press("Enter")
    assert page.evaluate(focused) == "3. Seal and send"
    assert page.evaluate("() => document.querySelector('video').srcObject") is None
