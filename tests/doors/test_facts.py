"""What an error speaks of stands in the sentence of the page's language, and in English for a command."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from lineproof.decision.clocks import Term, TermUnit
from lineproof.errors import Conflict

UNTIL = datetime(2026, 12, 1, 9, 30, tzinfo=UTC)
INDIA = ZoneInfo("Asia/Kolkata")


def test_english_sentences_of_a_command_are_put_together_with_their_facts():
    error = Conflict("Not until {until}.", remedy="Wait {term}.", until=UNTIL, term=Term(1, TermUnit.DAYS))
    assert (error.what, error.remedy) == ("Not until 2026-12-01 09:30 UTC.", "Wait 1 day.")
    assert str(error) == "Not until 2026-12-01 09:30 UTC. Wait 1 day."
    assert (error.sentence, error.advice) == ("Not until {until}.", "Wait {term}.")


def test_a_sentence_with_braces_and_no_facts_is_left_as_it_is():
    assert Conflict("Written {as it is}.").what == "Written {as it is}."


@pytest.mark.usefixtures("services")
@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "This cannot be done with the line until 1 December 2026 15:00."),
        ("ar", "لا يمكن فعل ذلك بالخط حتى "),
        ("zh-hans", "在 2026年12月1日 15:00 之前"),
    ],
)
def test_a_time_is_told_in_the_language_and_zone_of_the_page(language: str, said: str):
    from django.utils.translation import override

    from lineproof.portal.facts import put

    sentence = "This cannot be done with the line until {until}."
    with override(language):
        assert put(sentence, {"until": UNTIL}, INDIA).startswith(said)


@pytest.mark.usefixtures("services")
def test_terms_have_the_plural_of_their_language():
    from django.utils.translation import override

    from lineproof.portal.facts import put

    sentence = "Nobody was verified in this session within {term}."
    counts = (1, 2, 5, 24)
    with override("ar"):
        said = [put(sentence, {"term": Term(count, TermUnit.HOURS)}, INDIA) for count in counts]
    assert [each.split("خلال ")[1] for each in said] == ["ساعة واحدة.", "ساعتين.", "5 ساعات.", "24 ساعة."]
    with override("en"):
        said = [put(sentence, {"term": Term(count, TermUnit.WORKING_DAYS)}, INDIA) for count in (1, 10)]
    assert [each.split("within ")[1] for each in said] == ["a working day.", "10 working days."]
