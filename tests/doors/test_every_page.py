"""No page is left out of what is asked of every page, and no sentence of one out of the catalogues."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from babel import Locale
from babel.messages.catalog import Catalog

from lineproof.ports import Services
from tests.every_page import NO_PAGES, OF_A_PERSON, PAGES, STATES, World, named_addresses, opened_world
from tools import words

if TYPE_CHECKING:
    from django.test import Client

OPEN, END = "\u27e6", "\u27e7"
# What is said by a value of the record, or is a name in every language.
VALUES = re.compile(r"[\d\s+@.:,()\u2068\u2069-]*|Lineproof|What came\.|Do that\.|[0-9a-f]{8}")
WITHOUT_END = {"meta", "link", "path", "circle", "rect", "img", "input", "br"}


def wrapped(said: str) -> str:
    return f"{OPEN}{said}{END}"


@pytest.fixture(scope="module")
def pseudo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A catalogue in the place of Esperanto, in which every sentence that can be translated is marked."""
    catalog = Catalog(Locale.parse("en"))
    for message in words.template():
        if isinstance(message.id, str):
            catalog.add(message.id, wrapped(message.id))
        else:
            catalog.add(message.id, tuple(map(wrapped, message.id)))
    folder = tmp_path_factory.mktemp("pseudo")
    place = folder / "eo" / "LC_MESSAGES"
    place.mkdir(parents=True)
    (place / "django.mo").write_bytes(words.as_mo(catalog))
    return folder


@pytest.fixture
def world(services: Services, tmp_path: Path, pseudo: Path) -> Iterator[World]:
    """An empty record, whose pages are in the marked language."""
    from django.test import override_settings

    language = override_settings(LANGUAGES=[("eo", "Pseudo")], LANGUAGE_CODE="eo", LOCALE_PATHS=[pseudo])
    with opened_world(services, tmp_path) as world, language:
        yield world


class Sentences(HTMLParser):
    """Collects what a reader of a page reads or hears, but for days and values that stand apart."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._within: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag not in WITHOUT_END:
            # What says its own language, as the offered languages do, is not to be translated.
            apart = tag in {"time", "bdi", "style", "script"} or (tag != "html" and "lang" in given)
            self._within.append((tag, apart))
        self.found += [
            said for name in ("aria-label", "alt", "title", "placeholder") if (said := given.get(name))
        ]

    def handle_endtag(self, tag: str) -> None:
        while self._within and self._within.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if data.strip() and not any(apart for _, apart in self._within):
            self.found.append(data.strip())


def untranslated(page: str) -> list[str]:
    """Name what of a page is neither marked as translated nor a value."""
    reader = Sentences()
    reader.feed(page)
    # A sentence may hold an element, and is then marked around it.
    read, within = [], 0
    for said in reader.found:
        left = re.sub(f"{OPEN}[^{OPEN}{END}]*{END}", "", said).replace("\u00b7 Lineproof", "")
        if within == 0 and not VALUES.fullmatch(left.split(OPEN)[0].strip()):
            read.append(said)
        within += left.count(OPEN) - left.count(END)
    return read


def brought_up(browser: "Client", world: World, name: str) -> str:
    """Open a state of a page in the marked language, as HTML."""
    state = next(state for state in STATES if state.name == name)
    if state.cookies is not None:
        browser.cookies.load(dict(state.cookies(world)))
    for address in state.opened(world):
        answer = browser.get(address, follow=True, headers={"accept": "text/html"})
    if state.typed is not None:
        form = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', answer.content.decode())
        sent = {**dict(form), **state.typed}
        place = answer.request["PATH_INFO"]
        answer = browser.post(place, sent, follow=True, headers={"accept": "text/html"})
    assert answer.status_code == state.status
    return str(answer.content.decode())


def test_every_address_is_a_page_with_its_states_or_says_why_it_is_none(services: Services) -> None:
    from lineproof.web.urls import urlpatterns

    assert set(named_addresses(urlpatterns)) == PAGES.keys() | NO_PAGES.keys()
    assert len({state.name for state in STATES}) == len(STATES)


@pytest.mark.parametrize("name", [state.name for state in STATES])
def test_every_sentence_of_every_page_can_be_translated(
    browser: "Client", world: World, name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    page = brought_up(browser, world, name)
    assert untranslated(page) == []
    assert page.count(OPEN) == page.count(END) > 5
    assert OF_A_PERSON not in capfd.readouterr().err


def test_what_cannot_be_translated_is_found() -> None:
    marked = wrapped("A <b>b</b> c.")
    page = f"<p>{wrapped('One.')} Two.</p><p>12</p><p aria-label='Three'>{marked}</p><bdi>Bo</bdi>"
    assert untranslated(page) == [f"{wrapped('One.')} Two.", "Three"]
