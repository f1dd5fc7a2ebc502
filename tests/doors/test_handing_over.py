"""Going on with a phone: a code that a camera reads, which opens once, and says nothing of anybody."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import zxingcpp

from tests.doors.test_applying import NUMBER, Script, at_camera, press, token_in
from tests.fakes.examiner import FakeExaminer

if TYPE_CHECKING:
    from django.test import Client

OVER = "This link opens nothing any more: it opens once, within ten minutes."


def rows(table: str) -> Any:
    from django.apps import apps

    return apps.get_model("registry", table).objects


def read(page: str) -> str:
    """Read the code of a page as a phone does: from what is drawn."""
    drawn = re.search(r'viewBox="0 0 (\d+) \d+"[^>]*><path d="([^"]+)"', page[page.index("qr") :])
    assert drawn is not None
    edge = int(drawn[1])
    image = np.full((edge, edge), 255, np.uint8)
    for x, y, width, height in re.findall(r"M(\d+) (\d+)h(\d+)v(\d+)", drawn[2]):
        image[int(y) : int(y) + int(height), int(x) : int(x) + int(width)] = 0
    (found,) = zxingcpp.read_barcodes(np.kron(image, np.ones((6, 6), np.uint8)))
    return str(found.text)


def link_in(browser: "Client") -> str:
    page = press(browser, "/apply/phone").content.decode()
    link = read(page)
    assert link in page, "the same is written under it"
    return link.removeprefix("http://127.0.0.1")


@pytest.fixture
def desk(browser: "Client", booth: FakeExaminer) -> "Client":
    """A browser at a desk that has come as far as the photographs."""
    at_camera(browser)
    return browser


def test_the_phone_goes_on_where_the_desk_was_and_both_read_what_became_of_it(
    desk: "Client", booth: FakeExaminer, new_browser: Callable[[], "Client"]
):
    link, phone = link_in(desk), new_browser()
    assert "Go on here?" in phone.get(link).content.decode()
    assert press(phone, link)["Location"] == "/apply/photographs"
    script = Script(phone, booth)
    assert script.send(*script.sealed()).status_code == 200
    for browser in (phone, desk):
        assert "Two people look at your photographs" in browser.get("/apply/result").content.decode()


def test_looking_at_the_link_leaves_it_whole_and_it_opens_once(
    desk: "Client", new_browser: Callable[[], "Client"]
):
    link, phone, other = link_in(desk), new_browser(), new_browser()
    for _ in range(2):
        assert phone.get(link).status_code == 200
    assert press(phone, link).status_code == 303
    late = press(other, link)
    assert (late.status_code, OVER in late.content.decode()) == (403, True)
    assert other.get("/apply/photographs").status_code == 404


def test_a_new_link_takes_the_place_of_the_one_before(desk: "Client", new_browser: Callable[[], "Client"]):
    first, second, phone = link_in(desk), link_in(desk), new_browser()
    assert press(phone, first).status_code == 403
    assert press(phone, second).status_code == 303


def test_it_is_over_after_ten_minutes(desk: "Client", new_browser: Callable[[], "Client"]):
    link = link_in(desk)
    draft = rows("Draft").get()
    draft.link_until -= timedelta(minutes=10)
    draft.save()
    assert press(new_browser(), link).status_code == 403


def test_link_and_page_say_nothing_of_the_application_and_the_record_has_not_the_token(
    desk: "Client", new_browser: Callable[[], "Client"]
):
    link = link_in(desk)
    token = link.rsplit("/", maxsplit=1)[1]
    page = new_browser().get(link).content.decode()
    assert NUMBER not in page
    assert NUMBER.strip("+") not in link
    assert token.encode() not in bytes(rows("Draft").get().link_digest)


def test_what_was_sent_is_not_handed_over(desk: "Client", booth: FakeExaminer):
    token = token_in(desk.get("/apply/phone").content.decode())
    script = Script(desk, booth)
    script.send(*script.sealed())
    assert desk.post("/apply/phone", {"csrfmiddlewaretoken": token}).status_code == 409


def test_it_is_offered_where_others_can_open_the_pages(desk: "Client"):
    from django.test import override_settings

    assert "/apply/phone" not in desk.get("/apply/photographs").content.decode()
    with override_settings(AT="https://lines.example.com"):
        assert "/apply/phone" in desk.get("/apply/photographs").content.decode()
