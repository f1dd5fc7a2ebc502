"""A notice as its holder reads it: which line, until when, and in which direction."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from lineproof.line.correction import CAUSES, Cause
from lineproof.line.language import Language
from lineproof.line.letter import Facts, write_letter
from lineproof.line.notice import NOTICES, NoticeKind
from lineproof.line.wording import frame_of, notice_text

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
KOLKATA, BERLIN, UTC_ZONE = (ZoneInfo(name) for name in ("Asia/Kolkata", "Europe/Berlin", "Etc/UTC"))
NUMBER = "+999555001987"


def a_letter(
    deadline: datetime | None = None,
    *,
    zone: ZoneInfo = UTC_ZONE,
    language: Language = Language.ENGLISH,
    line: str = NUMBER,
    kind: NoticeKind = NoticeKind.SUSPENSION,
    cause: Cause | None = None,
) -> str:
    """Write the notice of a suspension, unless told otherwise."""
    facts = Facts(kind, 4711, NOON, deadline, line=line, cause=cause)
    return write_letter(facts, language=language, zone=zone).text


def test_letter_says_all_of_its_notice_in_its_order():
    said = NOTICES[NoticeKind.SUSPENSION]
    assert a_letter(datetime(2026, 8, 1, tzinfo=UTC)).split("\n\n") == [
        said.happened,
        "This is about your line that ends in 987.",
        "The time given here: until the end of 31 July 2026.",
        said.remedy,
        said.objection,
        "Given on 1 July 2026. Number of this notice: 4711.",
    ]


def test_letter_of_a_correction_says_its_cause_before_what_puts_it_right():
    said, cause = NOTICES[NoticeKind.SUSPENSION], CAUSES[Cause.CAP_EXCEEDED]
    assert a_letter(datetime(2026, 8, 1, tzinfo=UTC), cause=Cause.CAP_EXCEEDED).split("\n\n") == [
        said.happened,
        "This is about your line that ends in 987.",
        "The time given here: until the end of 31 July 2026.",
        f"What is wrong: {cause.says}",
        cause.remedy,
        said.objection,
        "Given on 1 July 2026. Number of this notice: 4711.",
    ]


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("cause", Cause)
def test_letter_of_a_line_that_ended_promises_no_more_than_is_true_for_its_cause(
    cause: Cause, language: Language
):
    kind = NoticeKind.LINE_TERMINATED
    said, frame = notice_text(kind, language), frame_of(language)
    letter = a_letter(kind=kind, cause=cause, language=language)
    by_verification = CAUSES[cause].by_verification
    assert (said.remedy in letter, frame.on_appeal in letter) == (by_verification, not by_verification)


def test_cause_of_what_is_no_correction_is_a_mistake_of_ours():
    with pytest.raises(ValueError, match="line_restored has no cause"):
        a_letter(kind=NoticeKind.LINE_RESTORED, cause=Cause.CAP_EXCEEDED)


def test_deadline_at_midnight_is_the_end_of_the_day_before_in_the_zone_of_the_jurisdiction():
    midnight = datetime(2026, 8, 1, tzinfo=KOLKATA).astimezone(UTC)
    assert "until the end of 31 July 2026." in a_letter(midnight, zone=KOLKATA)
    assert "31 July 2026, 18:30 (Etc/UTC, UTC+00:00)." in a_letter(midnight)


@pytest.mark.parametrize("apart", [timedelta(seconds=-1), timedelta(seconds=1), timedelta(hours=5)])
def test_deadline_that_is_not_midnight_is_a_moment_with_its_zone(apart: timedelta):
    said = a_letter(datetime(2026, 8, 1, tzinfo=UTC) + apart)
    assert "until the end" not in said
    day = "31 July" if apart < timedelta() else "1 August"
    assert f"The time given here: {day} 2026, " in said


def test_hour_that_comes_twice_is_told_apart():
    first, second = (datetime(2026, 10, 25, hour, 30, tzinfo=UTC) for hour in (0, 1))
    assert "25 October 2026, 02:30 (Europe/Berlin, UTC+02:00)" in a_letter(first, zone=BERLIN)
    assert "25 October 2026, 02:30 (Europe/Berlin, UTC+01:00)" in a_letter(second, zone=BERLIN)


def test_moment_is_rounded_down_so_that_nobody_who_goes_by_it_is_late():
    assert "1 August 2026, 05:59 (" in a_letter(datetime(2026, 8, 1, 5, 59, 59, tzinfo=UTC))


def test_notice_without_a_deadline_or_a_line_speaks_of_none():
    said = a_letter(line="")
    assert "987" not in said
    assert "The time given here:" not in said


@pytest.mark.parametrize("language", Language)
def test_no_more_than_the_end_of_a_line_is_in_a_letter(language: Language):
    said = a_letter(NOON, language=language)
    assert "987" in said
    assert "1987" not in said


@pytest.mark.parametrize("language", Language)
def test_letter_has_its_values_in_every_language(language: Language):
    said = a_letter(datetime(2026, 8, 1, tzinfo=UTC), language=language)
    assert "4711" in said
    assert "31" in said
    assert said.count("2026") == 2
    assert "{" not in said


def test_every_paragraph_from_right_to_left_says_so_and_what_is_put_in_stands_apart():
    said = a_letter(datetime(2026, 8, 1, 5, tzinfo=UTC), language=Language.ARABIC)
    paragraphs = said.split("\n\n")
    assert len(paragraphs) == 6
    assert all(paragraph.startswith("\u200f") for paragraph in paragraphs)
    assert "\u2068987\u2069" in said
    assert said.count("\u2068") == said.count("\u2069") == 6
    assert "\u2068" not in a_letter(NOON, language=Language.SPANISH)
