"""Every notice in every language, and the sentences around it."""

import re
from dataclasses import fields, replace

import pytest

from lineproof.line.correction import CAUSES, Cause
from lineproof.line.language import Language
from lineproof.line.notice import NOTICES, OF_CORRECTION, NoticeKind, NoticeText
from lineproof.line.wording import ENGLISH, Frame, _parse, frame_of, notice_text

OTHERS = [language for language in Language if language is not Language.ENGLISH]
PARTS = [field.name for field in fields(NoticeText) if field.name != "wrong"]
# What a text of the language is written in, and how its sentences end.
SCRIPTS = {
    Language.HINDI: (r"[\u0900-\u097f]", "।"),
    Language.KOREAN: (r"[\uac00-\ud7a3]", "."),
    Language.SPANISH: (r"[a-záéíóúñü]", "."),
    Language.CHINESE: (r"[\u4e00-\u9fff]", "。"),
    Language.ARABIC: (r"[\u0600-\u06ff]", "."),
}
COUNTERS = {
    Language.HINDI: "काउंटर",
    Language.KOREAN: "창구",
    Language.SPANISH: "mostrador",
    Language.CHINESE: "柜台",
    Language.ARABIC: "مكتب خدمة",
}


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("kind", NoticeKind)
def test_every_notice_has_every_sentence_in_every_language(kind: NoticeKind, language: Language):
    said, english = notice_text(kind, language), NOTICES[kind]
    script, end = SCRIPTS[language]
    for part in PARTS:
        sentence = getattr(said, part)
        assert sentence != getattr(english, part)
        assert sentence == sentence.strip()
        assert len(re.findall(script, sentence)) > len(sentence) / 2, sentence
        assert sentence.endswith(end) == (part != "subject"), sentence


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("kind", NoticeKind)
def test_every_notice_names_the_counter_as_a_place_to_object_in_every_language(
    kind: NoticeKind, language: Language
):
    assert COUNTERS[language] in notice_text(kind, language).objection


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("kind", sorted(OF_CORRECTION, key=lambda kind: kind.value))
@pytest.mark.parametrize("cause", Cause)
def test_every_notice_of_a_correction_says_every_cause_in_every_language(
    cause: Cause, kind: NoticeKind, language: Language
):
    said, english = notice_text(kind, language, cause), CAUSES[cause]
    script, end = SCRIPTS[language]
    for sentence in (said.wrong, said.remedy):
        assert english.says not in sentence
        assert english.remedy not in sentence
        assert sentence == sentence.strip()
        assert len(re.findall(script, sentence)) > len(sentence) / 2, sentence
        assert sentence.endswith(end), sentence
    if kind is not NoticeKind.LINE_TERMINATED:
        assert COUNTERS[language] in said.remedy


@pytest.mark.parametrize("language", Language)
def test_two_causes_do_not_say_the_same(language: Language):
    said = [notice_text(NoticeKind.SUSPENSION, language, cause) for cause in Cause]
    assert len({text.wrong for text in said}) == len({text.remedy for text in said}) == len(Cause)


@pytest.mark.parametrize("language", OTHERS)
def test_two_kinds_of_notice_do_not_say_that_the_same_happened(language: Language):
    said = [notice_text(kind, language) for kind in NoticeKind]
    assert len({text.subject for text in said}) == len({text.happened for text in said}) == len(NoticeKind)


@pytest.mark.parametrize("language", OTHERS)
def test_what_is_promised_in_english_is_promised_in_every_language(language: Language):
    """That it costs nothing, that emergencies can be called, by when, and that one can appeal."""
    for words, same in (
        ("It costs nothing", {"शुल्क", "비용", "No cuesta nada", "不收费用", "لا يكلف"}),
        ("call for help", {"आपात", "긴급", "emergencias", "紧急", "الطوارئ"}),
        ("time given here", {"यहाँ दिए गए", "여기 적힌", "indicado aquí", "此处所写", "المبين"}),
        ("appeal", {"अपील", "이의", "recur", "申诉", "تظلّم", "التظلم"}),
    ):
        for kind in NoticeKind:
            if words in NOTICES[kind].text:
                assert any(word in notice_text(kind, language).text for word in same), (kind, words)


@pytest.mark.parametrize("language", OTHERS)
def test_frame_of_every_language_is_its_own(language: Language):
    frame = frame_of(language)
    for field in fields(Frame):
        if field.name not in {"date", "months"}:
            assert getattr(frame, field.name) != getattr(ENGLISH, field.name)
    assert len(set(frame.months)) == 12


@pytest.mark.parametrize(
    ("tag", "language"),
    [
        *((language.value, language) for language in Language),
        *(("es-MX", Language.SPANISH), ("ES_419", Language.SPANISH), ("zh", Language.CHINESE)),
        *(("zh-TW", Language.CHINESE), ("ar-EG", Language.ARABIC), (" ko ", Language.KOREAN)),
        *((tag, Language.ENGLISH) for tag in ("", "en-IN", "fr", "x", "esperanto", "../es")),
    ],
)
def test_unknown_language_is_answered_in_english_and_a_known_one_by_its_first_subtag(
    tag: str, language: Language
):
    assert Language.of(tag) is language
    assert notice_text(NoticeKind.SUSPENSION, tag) == notice_text(NoticeKind.SUSPENSION, language)


def test_only_arabic_is_written_from_right_to_left():
    assert [one for one in Language if one.is_right_to_left] == [Language.ARABIC]


def a_file(**instead: str) -> str:
    """Build a file of a language, whole unless told otherwise."""
    tables = {
        kind.value: "\n".join(f'{part} = "{part} {kind.value}"' for part in PARTS) for kind in NoticeKind
    }
    sentences = [f'{field.name} = "{getattr(ENGLISH, field.name)}"' for field in fields(Frame)[:-1]]
    for cause in Cause:
        tables[f"causes.{cause.value}"] = f'says = "says {cause.value}"\nremedy = "remedy {cause.value}"'
    tables["frame"] = "\n".join([*sentences, f"months = {list(ENGLISH.months)}"])
    return "\n".join(f"[{name}]\n{content}" for name, content in {**tables, **instead}.items() if content)


def test_file_of_a_language_is_read():
    assert _parse(a_file()).notices[NoticeKind.SUSPENSION].remedy == "remedy suspension"


@pytest.mark.parametrize(
    "instead",
    [
        {"suspension": ""},
        {"another": 'subject = "x"'},
        {"suspension": 'subject = "x"'},
        {"suspension": "\n".join(f'{part} = ""' for part in PARTS)},
        {"frame": ""},
        {"causes.cap_exceeded": ""},
        {"causes.another": 'says = "x"\nremedy = "x"'},
        {"causes.cap_exceeded": 'says = "x"'},
        {"causes.cap_exceeded": 'says = "x"\nremedy = ""'},
    ],
    ids=[
        *("a kind missing", "a kind too many", "a sentence missing", "empty", "no frame"),
        *("a cause missing", "a cause too many", "a cause without its remedy", "an empty cause"),
    ],
)
def test_file_that_leaves_something_out_is_refused(instead: dict[str, str]):
    with pytest.raises((ValueError, KeyError, TypeError)):
        _parse(a_file(**instead))


@pytest.mark.parametrize(
    "instead",
    [
        {"line": "Your line."},
        {"until_moment": "{date} {time}"},
        {"reference": "{number} {name}"},
        {"wrong": "Something."},
        {"on_appeal": "On appeal of {says}."},
        {"months": ENGLISH.months[:11]},
        {"months": ("", *ENGLISH.months[1:])},
    ],
)
def test_frame_that_does_not_say_what_has_to_be_said_is_refused(instead: dict[str, str | tuple[str, ...]]):
    with pytest.raises(ValueError, match=r"exactly|twelve"):
        replace(ENGLISH, **instead)
