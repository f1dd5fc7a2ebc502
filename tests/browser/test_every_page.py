"""Every page and state in real Chromium: axe, and what axe does not see; in two languages and both themes.

WCAG 2.2 AA. axe passes a page in Arabic that is laid out from the left, a button of 14 px, and a page that
scrolls sideways on a phone; those are asked for here. The states are those of `tests/every_page.py`.
"""

import io
import os
from collections.abc import Iterator, Mapping
from contextlib import redirect_stderr
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from lineproof.ports import Services
from tests.doors.conftest import services  # noqa: F401 -- the fixture
from tests.every_page import STATES, State, World, fill_in, opened_world
from tests.fakes.live_pages import served_pages

pytestmark = pytest.mark.browser
playwright = pytest.importorskip("playwright.sync_api")

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
AXE = """async tags => (await axe.run(document, { runOnly: tags })).violations
    .map(v => `${v.id}: ${v.nodes.map(n => n.html).join(' ')}`)"""
PRESSED = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']"
# What can be pressed and is lower than 44 px; 24 px for a link within a sentence (WCAG 2.5.8). One that is
# shown only while it has the focus is looked at then.
SMALL = """pressed => [...document.querySelectorAll(pressed)].filter(e => {
    const box = e.getBoundingClientRect(), around = e.parentElement.textContent.trim();
    if (!e.checkVisibility() || getComputedStyle(e).clipPath !== 'none') return false;
    const inText = getComputedStyle(e).display === 'inline' && around !== e.textContent.trim();
    return box.height < (inText ? 24 : 44) || box.width < 24;
}).map(e => e.outerHTML)"""
REACHED = """pressed => {
    // Of radio buttons Tab reaches the one that is chosen, or the first; arrows go on from there.
    const group = e => [...e.form.querySelectorAll(`[type=radio][name="${e.name}"]`)];
    const first = e => e.type !== 'radio' || e === (group(e).find(one => one.checked) ?? group(e)[0]);
    const all = [...document.querySelectorAll(pressed)]
        .filter(e => e.checkVisibility() && !e.disabled && first(e));
    const e = document.activeElement, style = getComputedStyle(e), box = e.getBoundingClientRect();
    const inView = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
    return [all.indexOf(e), all.length, style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2,
        inView && box.height >= 24];
}"""
WIDE = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
SPACED = """() => document.querySelectorAll('body *').forEach(e => {
    Object.assign(e.style, { lineHeight: '1.5', letterSpacing: '0.12em', wordSpacing: '0.16em' });
})"""
MOVING = """() => [...document.querySelectorAll('*')].filter(e => {
    const style = getComputedStyle(e);
    return parseFloat(style.transitionDuration) > 0 || style.animationName !== 'none';
}).length"""
WRONG = """<html lang="ar" dir="rtl"><title>One · Lineproof</title>
    <style>body { direction: ltr } a { padding: 4px } a:focus { outline: 2px solid }
    button { height: 50px; transition: color 1s } button:focus { outline: none }</style>
    <h1>One</h1><p><a class="brand" href="#">low</a></p><button>unseen</button>
    <p style="color: #bbb">pale</p><div style="width: 900px">wide</div>"""
BEGINS_AT_THE_RIGHT = """() => {
    const box = document.querySelector('.brand').getBoundingClientRect();
    return innerWidth - box.right < box.left;
}"""
HEAD = """() => {
    const html = document.documentElement, headings = document.querySelectorAll('h1');
    const direction = getComputedStyle(document.body).direction;
    return [html.lang, html.dir, direction, headings.length, headings[0].textContent, document.title];
}"""


@pytest.fixture(scope="module")
def address(services: Services) -> Iterator[str]:  # noqa: F811 -- the fixture
    """Where the pages are served."""
    with pytest.MonkeyPatch.context() as patch:
        # Playwright keeps a loop running in this thread, and Django takes every query for one within it.
        patch.setitem(os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        with served_pages() as address:
            yield address


@pytest.fixture(scope="module")
def chromium() -> "Iterator[playwright.Browser]":
    with playwright.sync_playwright() as p:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-quic"]
        browser = p.chromium.launch(executable_path="/usr/bin/chromium", args=arguments)
        yield browser
        browser.close()


@pytest.fixture
def world(services: Services, address: str, tmp_path: Path) -> Iterator[World]:  # noqa: F811 -- the fixture
    """An empty record behind the pages; what a bug of the test's own writes is not shown."""
    with redirect_stderr(io.StringIO()), opened_world(services, tmp_path) as world:
        yield world


@dataclass(slots=True)
class Phone:
    """A page of a narrow phone, and what its browser complained of."""

    page: Any
    complaints: list[str] = field(default_factory=list)

    def hear(self, said: str) -> None:
        # That a page says 404 is what the browser calls an error.
        if "the server responded with a status of" not in said:
            self.complaints.append(said)


@pytest.fixture
def phone(chromium: "playwright.Browser", tag: str) -> Iterator[Phone]:
    """A phone whose holder reads the language of the test."""
    context = chromium.new_context(locale=tag, viewport={"width": 320, "height": 640})
    phone = Phone(context.new_page())
    phone.page.on("console", lambda message: phone.hear(message.text))
    phone.page.on("pageerror", lambda error: phone.hear(str(error)))
    yield phone
    context.close()


def pressed(page: "playwright.Page", typed: Mapping[str, str]) -> "playwright.Response":
    """Fill in a page and press its button; give the answer that the browser shows then."""
    for name, value in typed.items():
        fill_in(page, name, value)
    with page.expect_navigation() as following:
        page.locator("main form .press:not(.is-quiet)").first.click()
    return following.value


@pytest.mark.parametrize("tag", ["en", "ar"])
@pytest.mark.parametrize("state", STATES, ids=lambda state: state.name)
def test_every_page_can_be_read_and_used_by_everybody(
    phone: Phone, world: World, address: str, state: State, tag: str
) -> None:
    page = phone.page
    if state.cookies is not None:
        kept = [
            {"name": name, "value": value, "url": each}
            for name, value in state.cookies(world).items()
            # Pages with a passkey lead from the number of this machine to its name.
            for each in (address, address.replace("127.0.0.1", "localhost"))
        ]
        page.context.add_cookies(kept)
    for place in state.opened(world):
        answer = page.goto(address + place)
    if state.typed is not None:
        answer = pressed(page, state.typed)
    assert answer.status == state.status
    says_what_it_is(page, tag)
    page.evaluate(resources.files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8"))
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        assert page.evaluate(AXE, TAGS) == [], scheme
    assert page.evaluate(MOVING) == 0
    assert page.evaluate(SMALL, PRESSED) == []
    is_reached_by_keys_in_order(page)
    fits(page)
    assert phone.complaints == []


def test_what_axe_lets_pass_is_found(chromium: "playwright.Browser") -> None:
    """The control: a page with one thing wrong of each kind that is asked for above."""
    page = chromium.new_page(viewport={"width": 320, "height": 640})
    page.set_content(WRONG)
    assert len(page.evaluate(SMALL, PRESSED)) == 1
    assert page.evaluate(WIDE) > 0
    assert page.evaluate(MOVING) == 1
    with pytest.raises(AssertionError, match="focus is not seen at 1"):
        is_reached_by_keys_in_order(page)
    page.evaluate(resources.files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8"))
    (violation,) = page.evaluate(AXE, ["wcag2aa"])
    assert violation.startswith("color-contrast")
    with pytest.raises(AssertionError):
        says_what_it_is(page, "ar")
    page.context.close()


def says_what_it_is(page: Any, tag: str) -> None:
    """One heading, which is the title too; the language, and the direction it is laid out in."""
    direction = "rtl" if tag == "ar" else "ltr"
    lang, said, laid_out, headings, heading, title = page.evaluate(HEAD)
    assert (lang, said, laid_out, headings) == (tag, direction, direction, 1)
    # What is to be put right is said first, for who hears the title alone.
    assert title.endswith(f"{heading.strip().rstrip('.')} · Lineproof")
    assert page.evaluate(BEGINS_AT_THE_RIGHT) == (tag == "ar")


def is_reached_by_keys_in_order(page: Any) -> None:
    """Tab goes through everything that can be pressed, in the order of the page, and shows where it is."""
    reached, count = [], 1
    while len(reached) < count:
        page.keyboard.press("Tab")
        index, count, shown, in_view = page.evaluate(REACHED, PRESSED)
        assert shown, f"the focus is not seen at {index}"
        assert in_view, f"what has the focus is not seen at {index}"
        reached.append(index)
    assert reached == list(range(count))


def fits(page: Any) -> None:
    """Nothing scrolls sideways: on a desk, on a phone, and with text spaced as a reader needs it (1.4.12)."""
    page.set_viewport_size({"width": 1280, "height": 800})
    assert page.evaluate(WIDE) == 0
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate(WIDE) == 0
    page.evaluate(SPACED)
    assert page.evaluate(WIDE) == 0
