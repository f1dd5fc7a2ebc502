"""The holder's page in real Chromium, served by the real command, as a phone with little room shows it."""

import re
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.fakes.virtual_authenticator import give_authenticator

pytestmark = pytest.mark.browser
playwright = pytest.importorskip("playwright.sync_api")

WIDE = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
SMALL_TARGETS = """() => [...document.querySelectorAll('button, nav a, header a')]
    .map(e => e.getBoundingClientRect()).filter(r => r.width && r.height < 44).length"""


@pytest.fixture(scope="module")
def links() -> Iterator[list[str]]:
    """Single-use links to the pages of the demonstration's people, while it serves them."""
    demo = subprocess.Popen(
        [sys.executable, "-m", "lineproof", "demo", "--port", "0"], stdout=subprocess.PIPE, text=True
    )
    found: list[str] = []
    assert demo.stdout is not None
    for line in demo.stdout:
        found += re.findall(r"http://127\.0\.0\.1:\d+/open/\S+", line)
        if "opens once" in line:
            break
    yield found
    demo.send_signal(signal.SIGINT)
    demo.communicate(timeout=20)


@pytest.fixture(scope="module")
def chromium() -> Iterator["playwright.Browser"]:
    with playwright.sync_playwright() as p:
        browser = p.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu", "--disable-quic"]
        )
        yield browser
        browser.close()


def test_my_lines_fit_the_narrowest_phone_in_both_directions_and_both_themes(
    chromium: "playwright.Browser", links: list[str]
) -> None:
    complaints: list[str] = []
    page = chromium.new_page(viewport={"width": 320, "height": 640})
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(links[0])
    page.wait_for_url("**/lines")
    assert page.get_by_text("+999555001001").count() >= 1
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        for direction in ("ltr", "rtl"):
            page.evaluate("d => { document.documentElement.dir = d }", direction)
            assert page.evaluate(WIDE) == 0, f"{scheme} {direction} scrolls sideways"
            assert page.evaluate(SMALL_TARGETS) == 0, f"{scheme} {direction} has a target under 44 px"
    assert not complaints


def test_a_link_opens_once_and_the_second_visitor_reads_why(
    chromium: "playwright.Browser", links: list[str]
) -> None:
    first, second = chromium.new_context().new_page(), chromium.new_context().new_page()
    first.goto(links[1])
    first.wait_for_url("**/lines")
    answer = second.goto(links[1])
    assert answer is not None
    assert answer.status == 403
    assert second.get_by_text("opens once").count() >= 1


def test_who_leaves_has_left(chromium: "playwright.Browser", links: list[str]) -> None:
    page = chromium.new_context().new_page()
    page.goto(links[2])
    with page.expect_navigation() as leaving:
        page.get_by_role("button", name="Leave this page").click()
    assert leaving.value.status == 200
    answer = page.goto(links[2].split("/open/")[0] + "/lines")
    assert answer is not None
    assert answer.status == 403


def test_a_passkey_opens_the_lines_and_whose_a_line_is_not_says_so_there(
    chromium: "playwright.Browser", links: list[str]
) -> None:
    complaints: list[str] = []
    page = chromium.new_context(viewport={"width": 320, "height": 640}).new_page()
    page.on("console", lambda message: complaints.append(message.text))
    give_authenticator(page)
    # Passkeys belong to names, never to an address in digits.
    link = links[3].replace("127.0.0.1", "localhost")
    page.goto(link)
    page.wait_for_url("**/lines")
    page.goto(link.split("/open/")[0] + "/passkeys")
    page.get_by_role("button", name="Make a passkey").click()
    playwright.expect(page.get_by_text("Not used yet")).to_be_visible()
    page.goto(link.split("/open/")[0] + "/lines")
    with page.expect_navigation():
        page.get_by_role("button", name="Leave this page").click()
    page.goto(link.split("/open/")[0])
    page.get_by_role("link", name="Use your passkey").click()
    page.get_by_role("button", name="Use the passkey").click()
    page.wait_for_url("**/lines")
    assert page.get_by_role("heading", name="Lines in your name").count() == 1
    page.get_by_role("link", name="What happened, and what you can do").first.click()
    page.get_by_role("link", name="Say that this line is not yours").click()
    assert page.get_by_text("Two people decide. The line works as before until then.").count() == 1
    page.get_by_role("button", name="This line is not mine").click()
    page.wait_for_url("**/lines/1")
    assert page.get_by_text("You said that this line is not yours.").count() == 1
    assert page.get_by_text("People look into it. The line works as before.").count() == 1
    assert page.locator(".deadline").count() >= 1
    assert page.get_by_role("link", name="Say that this line is not yours").count() == 0
    assert page.evaluate(WIDE) == 0
    assert page.evaluate(SMALL_TARGETS) == 0
    assert not complaints
