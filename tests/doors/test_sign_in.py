"""The pages of signing in by a code: what they ask, what they say, and that they say nothing of anybody."""

import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pytest

from lineproof.errors import Unavailable
from lineproof.line.delivery import Channel
from lineproof.messages_port import Message
from lineproof.ports import Services
from lineproof.terms import HolderId

if TYPE_CHECKING:
    from django.test import Client

LINE, DOCUMENT = "+999555001001", "A10010001"


@dataclass(slots=True)
class Inbox:
    """A channel of messages that a test reads. held: nothing is taken over while it is locked."""

    taken: list[Message] = field(default_factory=list)
    arrived: threading.Event = field(default_factory=threading.Event)
    down: bool = False

    def send(self, message: Message) -> None:
        if self.down:
            self.arrived.set()
            raise Unavailable("The channel is down.", remedy="Try again.")
        self.taken.append(message)
        self.arrived.set()

    def code(self) -> str:
        """Read the code in the newest message."""
        assert self.arrived.wait(5)
        found = re.search(r"\b[0-9]{6}\b", self.taken[-1].text)
        assert found is not None
        return found[0]


@pytest.fixture
def inbox(services: Services) -> Iterator[Inbox]:
    """Messages to lines, which the pages can send from here on."""
    from lineproof.web.services import install

    inbox = Inbox()
    install(replace(services, messages={Channel.SMS: inbox}))
    yield inbox
    install(services)


@pytest.fixture
def alice(services: Services) -> HolderId:
    """Alice, who holds a line and has shown a document."""
    import os

    from django.apps import apps
    from django.utils import timezone

    from lineproof.line.state import LineState
    from lineproof.registry import blind_index, personal
    from lineproof.registry.models.choices import Retention

    def model(name: str) -> Any:
        return apps.get_model("registry", name)

    model("SignIn").objects.all().delete()
    keys, now = services.keys, timezone.now()
    holder = model("Holder")(created_at=now, likeness_index=os.urandom(32))
    holder.sealed_identity = personal.seal(
        keys,
        {"full_name": "Alice Abelard"},
        subject=holder.id,
        retention=Retention.IDENTITY,
        place="holder.sealed_identity",
    )
    holder.save(force_insert=True)
    index = blind_index.line_index(keys, kind="mobile", identifier=LINE)
    model("Line").objects.filter(index.matches("identifier_index")).update(
        identifier_index=os.urandom(32), identifier_index_next=None
    )
    sealed = personal.seal(
        keys,
        {"identifier": LINE, "detail": "89999009995550010010"},
        subject=holder.id,
        retention=Retention.LINE,
        place="line.sealed_identifier",
    )
    line = model("Line").objects.create(
        kind="mobile",
        state=LineState.ACTIVE.value,
        sealed_identifier=sealed,
        created_at=now,
        **index.columns("identifier_index"),
    )
    model("Custody").objects.create(line=line, holder=holder, since=now, until=None)
    document = blind_index.document_index(keys, issuer="UTO", kind="P", number=DOCUMENT)
    model("DocumentBinding").objects.filter(document.matches("blind_index")).delete()
    model("DocumentBinding").objects.create(
        holder=holder,
        issuer="UTO",
        kind="P",
        key_version=1,
        sealed_document=b"",
        contested=False,
        bound_at=now,
        **document.columns("blind_index"),
    )
    return HolderId(holder.id)


def press(browser: "Client", address: str, **typed: str) -> Any:
    """Open a page and press its button."""
    page = browser.get(address).content.decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert token is not None
    return browser.post(address, {"csrfmiddlewaretoken": token[1], **typed})


def ask(browser: "Client", line: str = LINE, document: str = DOCUMENT) -> Any:
    return press(browser, "/sign-in", line=line, document=document)


def test_who_has_line_and_document_opens_their_lines(browser: "Client", inbox: Inbox, alice: HolderId):
    asked = ask(browser, line="+999 555 001 001", document="a1001-0001")
    assert (asked.status_code, asked["Location"]) == (303, "/sign-in/code")
    code = inbox.code()
    (message,) = inbox.taken
    assert message.to.text == LINE
    assert "Tell it to nobody" in message.text
    opened = press(browser, "/sign-in/code", code=f" {code[:3]} {code[3:]} ")
    assert (opened.status_code, opened["Location"]) == (303, "/lines")
    assert LINE in browser.get("/lines").content.decode()


def test_the_visit_is_another_than_the_one_before(browser: "Client", inbox: Inbox, alice: HolderId):
    """What somebody put into this browser before is worth nothing in the visit (session fixation)."""
    ask(browser)
    before = browser.cookies["lineproof"].value
    press(browser, "/sign-in/code", code=inbox.code())
    assert browser.cookies["lineproof"].value != before
    assert browser.get("/sign-in/code").status_code == 403


def test_code_opens_in_the_browser_that_asked_and_in_no_other(
    new_browser: Callable[[], "Client"], inbox: Inbox, alice: HolderId
):
    mine, anothers = new_browser(), new_browser()
    ask(mine)
    assert anothers.get("/sign-in/code").status_code == 403
    ask(anothers, document="B20020002")
    refused = press(anothers, "/sign-in/code", code=inbox.code())
    assert refused.status_code == 422
    assert "not the code" in refused.content.decode()
    assert press(mine, "/sign-in/code", code=inbox.code()).status_code == 303


@pytest.mark.parametrize(
    ("line", "document"), [("+999555009999", DOCUMENT), (LINE, "Z99999999")], ids=["line", "document"]
)
def test_the_answer_is_the_same_where_there_is_nobody(
    new_browser: Callable[[], "Client"], inbox: Inbox, alice: HolderId, line: str, document: str
):
    here, there = new_browser(), new_browser()
    right, wrong = ask(here), ask(there, line, document)
    assert (right.status_code, right["Location"]) == (wrong.status_code, wrong["Location"])
    bodies = {
        re.sub(r'value="[^"]*"', "", each.get("/sign-in/code").content.decode()) for each in (here, there)
    }
    assert len(bodies) == 1
    inbox.code()
    assert len(inbox.taken) == 1


def test_a_channel_that_is_down_changes_nothing_in_the_answer(
    browser: "Client", inbox: Inbox, alice: HolderId
):
    inbox.down = True
    assert ask(browser)["Location"] == "/sign-in/code"
    assert inbox.arrived.wait(5)


@pytest.mark.parametrize(
    ("typed", "said", "where"),
    [
        (("0555 001001", DOCUMENT), "international form", "line"),
        ((LINE, "??"), "not the number of a document", "document"),
        (("", ""), "international form", "line"),
    ],
)
def test_what_is_typed_wrong_is_named_where_it_stands_and_kept(
    browser: "Client", inbox: Inbox, typed: tuple[str, str], said: str, where: str
):
    answer = ask(browser, *typed)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert page.count(said) == 2  # in the summary and at the field
    assert f'href="#{where}"' in page
    assert f'id="{where}-problem"' in page
    assert f'aria-describedby="{where}-hint {where}-problem" aria-invalid="true"' in page
    assert "<title>Put right: " in page
    assert all(f'value="{each}"' in page for each in typed if each)
    assert not inbox.taken


def test_wrong_codes_are_counted_and_the_page_says_how_many_tries_are_left(
    browser: "Client", inbox: Inbox, alice: HolderId
):
    ask(browser)
    code = inbox.code()
    wrong = "000000" if code != "000000" else "111111"
    assert "six digits" in press(browser, "/sign-in/code", code="12").content.decode()
    for left in ("4 more times", "3 more times", "2 more times", "once more"):
        assert f"You can try {left}." in press(browser, "/sign-in/code", code=wrong).content.decode()
    press(browser, "/sign-in/code", code=wrong)
    assert "opens nothing any more" in press(browser, "/sign-in/code", code=code).content.decode()


def test_too_many_askings_are_told_how_long_to_wait(browser: "Client", inbox: Inbox, alice: HolderId):
    for _ in range(3):
        ask(browser)
    refused = ask(browser)
    assert refused.status_code == 429
    assert 3500 < int(refused["Retry-After"]) <= 3600
    assert "60 minutes" in refused.content.decode()


def test_where_no_messages_can_be_sent_the_way_is_not_shown(browser: "Client"):
    assert 'href="/sign-in"' not in browser.get("/").content.decode()
    for address in ("/sign-in", "/sign-in/code"):
        answer = browser.get(address)
        assert answer.status_code == 404
        assert "counter" in answer.content.decode()


def test_where_they_can_it_is(browser: "Client", inbox: Inbox):
    assert 'href="/sign-in"' in browser.get("/").content.decode()


def test_nothing_of_a_person_is_in_an_address_or_a_cookie_that_is_read(
    browser: "Client", inbox: Inbox, alice: HolderId
):
    asked = ask(browser)
    inbox.code()
    cookie = browser.cookies["lineproof"].value
    for said in (LINE, DOCUMENT, inbox.code()):
        assert said not in asked["Location"]
        assert said not in cookie
    from django.core import signing

    visit = signing.loads(cookie, salt="django.contrib.sessions.backends.signed_cookies", max_age=900)
    assert set(visit) <= {"asked", "_csrftoken"}


def test_button_of_another_site_asks_for_nothing(browser: "Client", inbox: Inbox, alice: HolderId):
    assert browser.post("/sign-in", {"line": LINE, "document": DOCUMENT}).status_code == 403
    assert not inbox.taken
