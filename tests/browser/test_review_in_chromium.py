"""A reviewer makes a passkey and opens a case's photographs in real Chromium, with its virtual authenticator.

Server, key process, booth and record are those that ship; only the people are drawn.
"""

import json
import re
import sqlite3
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from lineproof.specimen.people import ALICE, draw_capture, draw_document
from lineproof.terms import luhn_digit
from tests.fakes.reviewing import FACE, PAGE, PORTRAIT, seal_crops
from tests.fakes.virtual_authenticator import give_authenticator

pytestmark = pytest.mark.browser
playwright = pytest.importorskip("playwright.sync_api")

COMMAND = Path(sys.executable).with_name("lineproof")
WIDE = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
SMALL_TARGETS = """() => [...document.querySelectorAll('button, nav a, header a')]
    .map(e => e.getBoundingClientRect()).filter(r => r.width && r.height < 44).length"""
SIZES = "() => [...document.querySelectorAll('canvas')].map(c => [c.width, c.height])"
PIXEL = """([kind, x, y]) => [...document.querySelector(`canvas[data-kind="${kind}"]`)
    .getContext('2d').getImageData(x, y, 1, 1).data.slice(0, 3)]"""
CANVASES_ARE_EMPTY = [[0, 0]] * 3
OUT_OF_SIGHT = """state => {
    Object.defineProperty(document, 'visibilityState', { value: state, configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
}"""
OPEN_PARTS = """async () => {
    const { openParts } = await import('/static/parts.js');
    const curve = { name: 'ECDH', namedCurve: 'P-256' };
    const pair = await crypto.subtle.generateKey(curve, false, ['deriveBits']);
    const list = b => Array.from(b);
    const key = list(new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey)));
    const info = Uint8Array.from(await sealedInfo());
    const answers = {};
    for (const [name, sealed] of Object.entries(await sealedFor(key))) {
        try {
            const parts = await openParts(pair, info, Uint8Array.from(sealed));
            answers[name] = parts.map(([kind, content]) => [kind, list(content)]);
        } catch (error) {
            answers[name] = error.name;
        }
    }
    return answers;
}"""


@dataclass(frozen=True, slots=True)
class Reviewing:
    """Pages that are served. address: of this machine by its name. new_link: makes an enrolment link."""

    address: str
    case: str
    new_link: Callable[[], str]
    record: Path

    @property
    def case_page(self) -> str:
        return f"{self.address}/review/{self.case}"


def command(record: Path, *words: str, code: int = 0) -> str:
    """Run the operator's command on the record, beside its server."""
    ran = subprocess.run(
        [str(COMMAND), *words, "--record", str(record)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.returncode == code, ran.stderr
    return ran.stdout


@pytest.fixture(scope="module")
def reviewing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reviewing]:
    """A server, key process and booth as they ship, and a referral that waits there: Alice, alone at home."""
    folder = tmp_path_factory.mktemp("reviewing")
    record = folder / "record"
    (folder / "page.jpg").write_bytes(draw_document(ALICE))
    (folder / "face.jpg").write_bytes(draw_capture(ALICE))
    command(record, "reviewers", "add", "rhea")
    files = ["--document", str(folder / "page.jpg"), "--capture", str(folder / "face.jpg")]
    body = "899991234567890123"
    line = ["--mobile", "+999555001001", "--sim", body + luhn_digit(body)]
    said = command(record, "register", *files, *line, "--policy", "specimen", "--json", code=4)
    serve = [str(COMMAND), "serve", "--record", str(record), "--port", "0", "--with-plain-swap"]
    with subprocess.Popen(serve, stdout=subprocess.PIPE, text=True) as served:
        assert served.stdout is not None
        port = re.search(r":(\d+)/", served.stdout.readline())
        assert port is not None

        def new_link() -> str:
            return command(record, "reviewers", "passkey", "rhea", "--port", port[1]).split()[-1]

        yield Reviewing(f"http://localhost:{port[1]}", json.loads(said)["case"], new_link, record)
        served.terminate()
        served.wait(timeout=20)


@pytest.fixture(scope="module")
def chromium() -> Iterator["playwright.Browser"]:
    with playwright.sync_playwright() as p:
        browser = p.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu", "--disable-quic"]
        )
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: "playwright.Browser") -> Iterator["playwright.Page"]:
    """A page of a browser of its own, with an authenticator that makes sure of its user and holds nothing."""
    context = chromium.new_context(viewport={"width": 320, "height": 640})
    page = context.new_page()
    page.clock.install()
    give_authenticator(page)
    yield page
    context.close()


@pytest.fixture
def rhea(page: "playwright.Page", reviewing: Reviewing) -> "playwright.Page":
    """The page of the case, before a reviewer who has enrolled a passkey in this browser."""
    page.goto(reviewing.new_link())
    page.get_by_role("button", name="Make the passkey").click()
    expect(page, "The passkey is enrolled for rhea.")
    page.goto(reviewing.case_page)
    return page


def expect(page: "playwright.Page", words: str) -> None:
    """Wait until the status line says this."""
    playwright.expect(page.get_by_role("status")).to_contain_text(words)


def press_open(page: "playwright.Page", button: str = "Open the photographs") -> None:
    page.get_by_role("button", name=button).click()


def open_photographs(page: "playwright.Page") -> None:
    press_open(page)
    expect(page, "The photographs are open.")


def answering(
    page: "playwright.Page", address: str, change: Callable[[Any, "playwright.Route"], None]
) -> None:
    """Have what the server answers at an address changed on its way."""
    page.route(f"**/{address}", lambda route: change(route.fetch(), route))


def test_a_passkey_opens_the_photographs_and_they_are_drawn(
    rhea: "playwright.Page", reviewing: Reviewing
) -> None:
    complaints: list[str] = []
    rhea.on("console", lambda message: complaints.append(message.text))
    before = entries(reviewing)
    open_photographs(rhea)
    assert entries(reviewing) == before + 1
    assert not complaints
    portrait, face, (width, height) = rhea.evaluate(SIZES)
    assert portrait == face == [360, 480]
    assert 600 < max(width, height) <= 1400
    for kind in (PORTRAIT, FACE):
        forehead, corner = rhea.evaluate(PIXEL, [kind, 180, 170]), rhea.evaluate(PIXEL, [kind, 2, 2])
        assert forehead != corner, "something is drawn"
    assert rhea.locator("img").count() == 0
    assert rhea.get_by_role("img", name="The face before the camera").is_visible()
    assert re.fullmatch(r"Gone in (5:00|4:5\d)", rhea.get_by_role("timer").inner_text())


def entries(reviewing: Reviewing) -> int:
    """Count the entries of the log."""
    with sqlite3.connect(reviewing.record / "record.sqlite3") as database:
        count: int = database.execute("select count(*) from registry_entry").fetchone()[0]
        return count


def test_nothing_plain_is_on_the_way(rhea: "playwright.Page") -> None:
    with rhea.expect_response("**/offer") as offered, rhea.expect_response("**/photographs") as given:
        open_photographs(rhea)
    passed = [each.value for each in (offered, given)]
    whole = b"".join((answer.request.post_data or "").encode() + answer.body() for answer in passed)
    assert len(whole) > 50_000
    assert not any(
        mark in whole for mark in (b"\xff\xd8\xff\xe0\x00\x10JFIF", b"\xff\xd8\xff\xe1", b"Exif\0\0")
    )
    assert len(zlib.compress(whole)) > 0.99 * len(whole), "it is noise, but for a few texts"


def test_the_photographs_go_after_five_minutes_and_open_again(rhea: "playwright.Page") -> None:
    open_photographs(rhea)
    rhea.clock.fast_forward("03:59")
    assert rhea.evaluate(SIZES) != CANVASES_ARE_EMPTY
    rhea.clock.fast_forward("01:02")
    expect(rhea, "The photographs are gone from this page.")
    assert rhea.evaluate(SIZES) == CANVASES_ARE_EMPTY
    assert rhea.locator("[data-pictures]").is_hidden()
    assert rhea.get_by_role("timer").is_hidden()
    press_open(rhea, "Open them again")
    expect(rhea, "The photographs are open.")


def test_the_last_minute_is_said(rhea: "playwright.Page") -> None:
    open_photographs(rhea)
    rhea.clock.fast_forward("03:57")
    rhea.clock.run_for(5000)
    expect(rhea, "The photographs go in one minute.")


@pytest.mark.parametrize(("seconds", "is_gone"), [(55, False), (61, True)])
def test_the_photographs_go_when_the_page_was_out_of_sight_for_a_minute(
    rhea: "playwright.Page", seconds: int, is_gone: bool
) -> None:
    open_photographs(rhea)
    rhea.evaluate(OUT_OF_SIGHT, "hidden")
    rhea.clock.fast_forward(seconds * 1000)
    rhea.evaluate(OUT_OF_SIGHT, "visible")
    assert (rhea.evaluate(SIZES) == CANVASES_ARE_EMPTY) is is_gone
    rhea.clock.fast_forward(30_000)
    assert (rhea.evaluate(SIZES) == CANVASES_ARE_EMPTY) is is_gone


def test_the_photographs_go_while_the_page_is_still_out_of_sight(rhea: "playwright.Page") -> None:
    open_photographs(rhea)
    rhea.evaluate(OUT_OF_SIGHT, "hidden")
    rhea.clock.run_for(62_000)
    assert rhea.evaluate(SIZES) == CANVASES_ARE_EMPTY


def test_the_photographs_go_when_the_page_is_left_or_they_are_put_away(rhea: "playwright.Page") -> None:
    open_photographs(rhea)
    rhea.evaluate("() => window.dispatchEvent(new Event('pagehide'))")
    assert rhea.evaluate(SIZES) == CANVASES_ARE_EMPTY
    press_open(rhea, "Open them again")
    expect(rhea, "The photographs are open.")
    rhea.get_by_role("button", name="Put them away now").click()
    assert rhea.evaluate(SIZES) == CANVASES_ARE_EMPTY
    playwright.expect(rhea.get_by_role("button", name="Open them again")).to_be_focused()


def test_a_server_that_wants_another_key_signed_gets_no_signature(rhea: "playwright.Page") -> None:
    asked: list[str] = []
    rhea.on("request", lambda request: asked.append(request.url))

    def another(answer: Any, route: "playwright.Route") -> None:
        route.fulfill(response=answer, json={**answer.json(), "challenge": "A" * 43})

    answering(rhea, "offer", another)
    press_open(rhea)
    expect(rhea, "nothing was signed")
    assert not any(each.endswith("photographs") for each in asked)


@pytest.mark.parametrize("change", ["cut", "longer", "other bit", "other info", "no info"])
def test_what_is_not_whole_or_not_for_this_browser_is_not_shown(rhea: "playwright.Page", change: str) -> None:
    def spoil(answer: Any, route: "playwright.Route") -> None:
        body, headers = answer.body(), dict(answer.headers)
        match change:
            case "cut":
                body = body[:-1]
            case "longer":
                body += b"\0"
            case "other bit":
                body = body[:-20] + bytes([body[-20] ^ 1]) + body[-19:]
            case "other info":
                headers["lineproof-info"] = "A" + headers["lineproof-info"][1:]
            case _:
                del headers["lineproof-info"]
        headers.pop("content-length", None)
        route.fulfill(status=200, headers=headers, body=body)

    answering(rhea, "photographs", spoil)
    press_open(rhea)
    expect(rhea, "nothing is shown")
    assert rhea.evaluate(SIZES) == CANVASES_ARE_EMPTY


def test_without_a_passkey_nothing_opens_and_the_page_says_why(
    page: "playwright.Page", reviewing: Reviewing
) -> None:
    page.goto(reviewing.case_page)
    press_open(page)
    expect(page, "The passkey did not answer")


def test_a_refusal_of_the_server_is_read_in_its_words(rhea: "playwright.Page", reviewing: Reviewing) -> None:
    rhea.goto(f"{reviewing.address}/review/00000000-0000-4000-8000-000000000000")
    press_open(rhea)
    expect(rhea, "There is no such case.")
    assert "is-problem" in (rhea.get_by_role("status").get_attribute("class") or "")


def test_a_server_that_is_gone_is_said_to_be(rhea: "playwright.Page") -> None:
    rhea.route("**/offer", lambda route: route.abort())
    press_open(rhea)
    expect(rhea, "The server did not answer.")


def test_a_link_makes_one_passkey(page: "playwright.Page", reviewing: Reviewing) -> None:
    link = reviewing.new_link()
    for words in ("The passkey is enrolled for rhea.", "enrols no passkey any more"):
        page.goto(link)
        page.get_by_role("button", name="Make the passkey").click()
        expect(page, words)


def test_the_ip_address_leads_to_the_name(page: "playwright.Page", reviewing: Reviewing) -> None:
    page.goto(reviewing.case_page.replace("localhost", "127.0.0.1"))
    assert page.url == reviewing.case_page


def test_both_pages_fit_the_narrowest_phone_in_both_directions_and_both_themes(
    rhea: "playwright.Page", reviewing: Reviewing
) -> None:
    complaints: list[str] = []
    rhea.on("console", lambda message: complaints.append(message.text))
    open_photographs(rhea)
    for _ in range(2):
        for scheme in ("light", "dark"):
            rhea.emulate_media(color_scheme=scheme)
            for direction in ("ltr", "rtl"):
                rhea.evaluate("d => { document.documentElement.dir = d }", direction)
                assert rhea.evaluate(WIDE) == 0, f"{scheme} {direction} scrolls sideways"
                assert rhea.evaluate(SMALL_TARGETS) == 0, f"{scheme} {direction} has a target under 44 px"
        rhea.goto(reviewing.new_link())
    assert not complaints


def test_a_print_of_the_page_has_no_pictures(rhea: "playwright.Page") -> None:
    open_photographs(rhea)
    rhea.emulate_media(media="print")
    assert rhea.locator("[data-pictures]").is_hidden()


def test_parts_open_whole_and_in_their_order_or_not_at_all(
    page: "playwright.Page", reviewing: Reviewing
) -> None:
    info = b"of the test"
    both = ((PORTRAIT, b"portrait"), (PAGE, b"page"))

    def sealed_for(key: list[int]) -> dict[str, list[int]]:
        def seal(*crops: tuple[int, bytes]) -> bytes:
            return seal_crops(crops, bytes(key), info)

        whole, middle = seal(*both), 114 + 6 + len(b"portrait") + 16
        one, other = whole[114:middle], whole[middle:]
        variants = {
            "both": whole,
            "all three": seal((PORTRAIT, b"p"), (FACE, b"f"), (PAGE, b"")),
            "one": seal((PAGE, b"page")),
            "nothing": b"",
            "head alone": whole[:114],
            "first alone": whole[:middle],
            "second alone": whole[:114] + other,
            "exchanged": whole[:114] + other + one,
            "first twice": whole[:114] + one + one + other,
            "marked last": whole[:115] + b"\1" + whole[116:middle],
            "other kind": whole[:114] + bytes([FACE]) + whole[115:],
            "unknown kind": seal((1, b"document")),
            "same kind twice": seal((PAGE, b"page"), (PAGE, b"page")),
            "other version": b"\2" + whole[1:],
            "something after": whole + b"\0",
            "cut": whole[:-1],
            "endless": whole[:116] + b"\xff" * 4 + whole[120:],
            "other key": b"\1" + seal(*both)[1:114] + whole[114:],
        }
        return {name: list(content) for name, content in variants.items()}

    page.expose_function("sealedFor", sealed_for)
    page.expose_function("sealedInfo", lambda: list(info))
    page.goto(reviewing.case_page)
    answers = page.evaluate(OPEN_PARTS)
    as_given = lambda *crops: [[kind, list(content)] for kind, content in crops]  # noqa: E731
    assert answers.pop("both") == as_given(*both)
    assert answers.pop("all three") == as_given((PORTRAIT, b"p"), (FACE, b"f"), (PAGE, b""))
    assert answers.pop("one") == as_given((PAGE, b"page"))
    assert {name: answer for name, answer in answers.items() if not isinstance(answer, str)} == {}
    assert len(answers) == 15
