"""The catalogues of the pages' sentences hold every sentence, whole, in every language, and are compiled."""

from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from django.utils.translation.template import templatize

from tools import words

PO = """
msgid ""
msgstr "Plural-Forms: nplurals=1; plural=0;\\n"

"""


def catalogue(entries: str) -> Catalog:
    return read_po(BytesIO((PO + entries).encode()), locale="zh_Hans")


def test_every_sentence_is_translated_and_every_catalogue_is_compiled() -> None:
    assert set(words.catalogues()) >= {"ar", "zh_Hans"}
    assert words.stale(write=False) == []


def test_a_catalogue_that_is_behind_its_pages_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(words, "LOCALE", tmp_path)
    words.add("fr")
    told = words.stale(write=False)
    assert "fr: django.mo is not up to date; run: python tools/words.py" in told
    assert "fr: not translated: How to open your lines" in told
    assert not (tmp_path / "fr" / "LC_MESSAGES" / "django.mo").exists()
    assert all("not translated" in line for line in words.stale(write=True))
    assert (tmp_path / "fr" / "LC_MESSAGES" / "django.mo").exists()
    assert not [line for line in words.stale(write=False) if "up to date" in line]


def test_another_language_is_one_file_with_its_plural_forms(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(words, "LOCALE", tmp_path)
    path = words.add("pl")
    assert [file for file in tmp_path.rglob("*") if file.is_file()] == [path]
    begun = words.read(path)
    assert begun.num_plurals == 3
    assert begun.language_team == words.NOT_REVIEWED
    assert len(begun) == len(words.template())
    with pytest.raises(ValueError, match="is there already"):
        words.add("pl")


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        ('msgid "One."\nmsgstr ""\n', "not translated: One."),
        ('msgid "One."\nmsgstr " "\n', "not translated: One."),
        ('#, fuzzy\nmsgid "One."\nmsgstr "一。"\n', "marked as unsure: One."),
        ('msgid "Of {name}."\nmsgstr "的。"\n', "what is put in, marked up or named differs: Of {name}."),
        ('msgid "A <b>b</b>."\nmsgstr "A b."\n', "what is put in, marked up or named differs: A <b>b</b>."),
        (
            '#, python-format\nmsgid "%(n)s line"\nmsgid_plural "%(n)s lines"\nmsgstr[0] "线路"\n',
            "what is put in, marked up or named differs: %(n)s line",
        ),
    ],
)
def test_what_is_wrong_with_a_translation_is_named(entry: str, problem: str) -> None:
    assert words.wrong_with(catalogue(entry)) == [problem]


def test_a_translation_that_says_everything_is_let_pass() -> None:
    entry = 'msgid "Of {name} in <b>Lineproof</b>."\nmsgstr "{name} 在 <b>Lineproof</b>。"\n'
    assert words.wrong_with(catalogue(entry)) == []


def test_what_the_pages_no_longer_say_is_dropped() -> None:
    entry = 'msgid "No page says this."\nmsgstr "没有。"\n\nmsgid "Try again."\nmsgstr "请重试。"\n'
    kept = words.brought_up_to_date(catalogue(entry))
    assert "No page says this." not in kept
    assert not kept.obsolete
    assert kept["Try again."].string == "请重试。"


def test_the_errors_of_a_module_are_found_and_nothing_else_it_says() -> None:
    code = 'raise Conflict("Not now.", remedy="Later.")\nprint("No.")\nraise Malformed(f"Of {x}.")\n'
    assert list(words.errors_in(code)) == ["Not now.", "Later."]


def test_what_a_door_calls_is_looked_at_by_itself() -> None:
    """A page that calls another procedure shows its errors, and nobody has to think of the catalogues."""
    called = {path.stem for path in words.spoken()} - {Path(module).stem for module in words.SPOKEN}
    assert {"page_link", "holder", "receipts"} <= called
    assert all(path.is_file() for path in words.spoken())


def test_sentences_are_found_in_templates_and_in_code_with_their_plurals() -> None:
    here = words.SOURCE / "portal" / "x.html"
    counted = "{% blocktranslate count n=n %}{{ n }} a{% plural %}{{ n }} b{% endblocktranslate %}"
    page = "{% load i18n %}{% translate 'One.' %}" + counted
    assert [said for said, _ in words._in_code(templatize(page), here)] == ["One.", ("%(n)s a", "%(n)s b")]
