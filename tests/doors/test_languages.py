"""The pages in every language that has a catalogue: chosen, mirrored, with plurals, notices and days."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from lineproof.line.language import Language
from lineproof.line.notice import NoticeKind
from lineproof.line.wording import notice_text
from lineproof.ports import Services

if TYPE_CHECKING:
    from django.test import Client

Build = Callable[..., Any]

# By tag: what the language calls itself, its direction, and the first words of the start page.
LANGUAGES = {
    "en": ("English", "ltr", "Your lines, in your name."),
    "ar": ("العربيّة", "rtl", "خطوطك باسمك."),
    "zh-hans": ("简体中文", "ltr", "您的线路"),
}


def page_in(browser: "Client", tag: str, address: str = "/") -> str:
    return browser.get(address, headers={"accept-language": tag}).content.decode()


def test_there_is_a_language_for_each_catalogue(services: Services) -> None:
    from django.conf import settings

    assert dict(settings.LANGUAGES) == {tag: name for tag, (name, _, _) in LANGUAGES.items()}


@pytest.mark.parametrize("tag", LANGUAGES)
def test_a_page_is_in_the_language_that_the_browser_asks_for_and_says_so(browser: "Client", tag: str) -> None:
    _, direction, said = LANGUAGES[tag]
    page = page_in(browser, tag)
    assert f'<html lang="{tag}" dir="{direction}">' in page
    assert said in page


@pytest.mark.parametrize(
    ("asked", "given"), [("zh-CN", "zh-hans"), ("ar-EG", "ar"), ("fr", "en"), ("", "en")]
)
def test_the_nearest_language_is_given_and_english_where_there_is_none(
    browser: "Client", asked: str, given: str
) -> None:
    assert f'<html lang="{given}"' in page_in(browser, asked)


@pytest.mark.parametrize("address", ["/", "/lines", "/no-such-page", "/left"])
def test_every_language_is_offered_on_every_page_named_in_itself(browser: "Client", address: str) -> None:
    page = page_in(browser, "ar", address)
    for tag, (name, direction, _) in LANGUAGES.items():
        here = ' aria-current="true"' if tag == "ar" else ""
        link = f'<a href="?language={tag}" lang="{tag}" hreflang="{tag}" dir="{direction}"{here}>{name}</a>'
        assert link in page


def test_what_was_chosen_is_kept_and_comes_before_what_the_browser_asks_for(browser: "Client") -> None:
    answer = browser.get("/left?language=ar", headers={"accept-language": "zh-hans"})
    assert (answer.status_code, answer["Location"], answer.content) == (303, "/left", b"")
    assert '<html lang="ar"' in page_in(browser, "zh-hans")
    browser.get("/?language=en")
    assert '<html lang="en"' in page_in(browser, "zh-hans")


def test_the_cookie_says_the_language_and_nothing_else_and_goes_with_the_window(browser: "Client") -> None:
    answer = browser.get("/?language=ar")
    assert set(answer.cookies) == {"lineproof-language"}
    cookie = answer.cookies["lineproof-language"]
    assert (cookie.value, cookie["httponly"], cookie["samesite"]) == ("ar", True, "Lax")
    assert (cookie["max-age"], cookie["expires"]) == ("", "")


@pytest.mark.parametrize("asked", ["fr", "", "../ar", "AR", "ar%0d%0aSet-Cookie:x=y"])
def test_a_language_that_there_is_not_changes_nothing(browser: "Client", asked: str) -> None:
    answer = browser.get(f"/?language={asked}")
    assert answer.status_code == 200
    assert not answer.cookies


@pytest.mark.parametrize("address", ["//evil.example/", "///evil.example", "/\\evil.example/"])
def test_choosing_a_language_never_leads_to_another_host(browser: "Client", address: str) -> None:
    from django.test import RequestFactory

    from lineproof.web.language import ChooseLanguage

    request = RequestFactory().get("/", {"language": "ar"})
    request.path = address
    location = ChooseLanguage(lambda _: pytest.fail("nothing is opened"))(request)["Location"]
    assert re.match(r"/(?![/\\])", location)


def test_choosing_a_language_at_a_link_that_opens_once_leaves_it_whole(
    browser: "Client", a_holder: Build
) -> None:
    link = a_holder("Alice").link()
    assert browser.get(f"{link}?language=ar")["Location"] == link
    assert browser.get(link)["Location"] == "/lines"
    assert '<html lang="ar" dir="rtl">' in browser.get("/lines").content.decode()


def test_a_button_is_not_taken_for_a_choice_of_language(browser: "Client") -> None:
    assert browser.post("/leave?language=ar").status_code == 403


@pytest.mark.parametrize(
    ("tag", "said"),
    [
        (
            "ar",
            {0: "لا خطوط", 1: "خط واحد", 2: "خطان", 3: "3 خطوط", 10: "10 خطوط", 11: "11 خطًا", 100: "100 خط"},
        ),
        ("zh-hans", {0: "0 条线路", 1: "1 条线路", 2: "2 条线路"}),
        ("en", {0: "0 lines", 1: "1 line", 2: "2 lines"}),
    ],
)
def test_lines_are_counted_as_the_language_counts(services: Services, tag: str, said: dict[int, str]) -> None:
    from django.utils.translation import ngettext, override

    with override(tag):
        assert {n: ngettext("%(n)s line", "%(n)s lines", n) % {"n": n} for n in said} == said


@pytest.mark.parametrize(("tag", "language"), [("ar", Language.ARABIC), ("zh-hans", Language.CHINESE)])
def test_notices_are_shown_in_the_language_of_the_page(
    browser: "Client", a_holder: Build, a_line: Build, tag: str, language: Language
) -> None:
    browser.get(a_holder("Alice", a_line("+999555001001")).link())
    page = page_in(browser, tag, "/lines")
    notice = notice_text(NoticeKind.LINE_REGISTERED, language)
    for sentence in (notice.subject, notice.happened, notice.remedy, notice.objection):
        assert sentence in page
    assert notice_text(NoticeKind.LINE_REGISTERED, Language.ENGLISH).subject not in page


@pytest.mark.parametrize(
    ("tag", "written"),
    [
        ("en", ("21 November 2026", "until the end of 15 July 2026")),
        ("ar", ("21 نوفمبر، 2026", "حتى نهاية يوم \u206815 يوليو 2026\u2069")),
        ("zh-hans", ("2026年11月21日", "2026年7月15日")),
    ],
)
def test_days_and_deadlines_are_written_as_the_language_writes_them(
    browser: "Client", a_holder: Build, a_line: Build, tag: str, written: tuple[str, str]
) -> None:
    from lineproof.registry.models import Notice

    alice = a_holder("Alice", a_line("+999555001001"))
    Notice.objects.filter(holder=alice.id).update(deadline=datetime(2026, 7, 16, tzinfo=UTC))
    browser.get(alice.link())
    page = page_in(browser, tag, "/lines")
    for said in written:
        assert said in page


def test_no_template_writes_a_day_in_one_languages_way() -> None:
    """A day is written by the language's own format; what a machine reads stands in `datetime`."""
    from lineproof.portal.languages import LOCALE

    source = LOCALE.parents[1]
    templates = [*source.glob("portal/**/*.html"), *source.glob("console/**/*.html")]
    assert templates
    for path in templates:
        formats = set(re.findall(r'\|date:"([^"]*)"', path.read_text("utf-8")))
        assert formats <= {"DATE_FORMAT", "c", "Y-m-d"}, path.name


@pytest.mark.parametrize(("tag", "admits"), [("en", False), ("ar", True), ("zh-hans", True)])
def test_a_page_says_that_no_speaker_reviewed_its_translation_where_that_is_so(
    browser: "Client", tag: str, admits: bool
) -> None:
    said = {"ar": "ولم يراجع ترجمتها", "zh-hans": "译文尚未经"}.get(tag, "has reviewed the translation")
    assert (said in page_in(browser, tag)) is admits


def test_a_notice_says_its_language_where_the_page_has_another() -> None:
    from django.utils.translation import override

    from lineproof.portal.languages import letters_apart

    said = {}
    for tag in ("en", "ar", "zh-hans", "fr", "he"):
        with override(tag):
            said[tag] = letters_apart()
    apart = {"letters_are_in": "en", "letters_run": "ltr"}
    assert said == {"en": {}, "ar": {}, "zh-hans": {}, "fr": apart, "he": apart}
