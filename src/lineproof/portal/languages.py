"""The languages of the pages: English, in which they are written, and one for each catalogue in `locale/`.

Nothing lists them: who adds a catalogue adds a language. Whether a speaker of the language has reviewed one
stands in its header, `Language-Team` (tools/words.py writes it there).
"""

from dataclasses import dataclass
from functools import cache
from gettext import GNUTranslations
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language, get_language_info, to_language

from lineproof.line.language import Language

LOCALE = Path(__file__).with_name("locale")
ENGLISH = "en"
_NOT_REVIEWED = "not yet reviewed"


@dataclass(frozen=True, slots=True)
class PageLanguage:
    """One language as a page offers it. name: in itself. direction: "ltr" or "rtl"."""

    tag: str
    name: str
    direction: str
    is_current: bool


def found_languages() -> list[tuple[str, str]]:
    """Give every language's tag and its name in itself, English first, as Django's settings want them."""
    compiled = sorted(LOCALE.glob("*/LC_MESSAGES/django.mo"))
    tags = [ENGLISH, *(to_language(path.parts[-3]) for path in compiled)]
    return [(tag, get_language_info(tag)["name_local"]) for tag in tags]


@cache
def is_reviewed(tag: str) -> bool:
    """Tell whether a speaker has reviewed the pages in this language. English is what we write."""
    for path in LOCALE.glob("*/LC_MESSAGES/django.mo"):
        if to_language(path.parts[-3]) == tag:
            with path.open("rb") as file:
                return _NOT_REVIEWED not in GNUTranslations(file).info().get("language-team", "")
    return True


def language_of_letters() -> Language:
    """Give the language that a notice is shown in on this page; English where notices have none like it."""
    return Language.of(get_language() or ENGLISH)


def letters_apart() -> dict[str, str]:
    """Say in which language and direction notices stand where the page has another; otherwise nothing."""
    of_page, of_letters = get_language() or ENGLISH, language_of_letters()
    if of_page.split("-")[0] == of_letters.value.split("-")[0]:
        return {}
    run = "rtl" if of_letters.is_right_to_left else "ltr"
    return {"letters_are_in": of_letters.value, "letters_run": run}


def offer_languages(request: HttpRequest) -> dict[str, object]:
    """Give every page the languages that it can be read in, and whether somebody reviewed this one."""
    del request
    current = get_language() or ENGLISH
    offered = []
    for tag, name in settings.LANGUAGES:
        direction = "rtl" if get_language_info(tag)["bidi"] else "ltr"
        offered.append(PageLanguage(tag, name, direction, is_current=tag == current))
    return {"offered_languages": offered, "is_reviewed": is_reviewed(current)}
