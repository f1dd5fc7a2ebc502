"""The catalogue of reasons."""

import pytest

from lineproof.decision.reasons import CATALOGUE, Reason, ReasonCode
from lineproof.terms import Way

REASONS = list(CATALOGUE.values())


def test_every_code_has_exactly_one_reason():
    assert set(CATALOGUE) == set(ReasonCode)
    assert all(reason.code is code for code, reason in CATALOGUE.items())


@pytest.mark.parametrize("reason", REASONS, ids=lambda reason: reason.code.value)
def test_every_reason_says_what_happened_what_to_do_and_how_to_object_in_whole_sentences(reason: Reason):
    for sentence in (reason.says, reason.remedy, reason.appeal):
        assert sentence == sentence.strip()
        assert sentence[0].isupper()
        assert sentence.endswith(".")


@pytest.mark.parametrize("reason", REASONS, ids=lambda reason: reason.code.value)
def test_every_reason_names_another_way(reason: Reason):
    assert reason.other_ways
    assert set(reason.other_ways) <= set(Way)


def test_no_two_reasons_say_the_same():
    assert len({reason.says for reason in REASONS}) == len(REASONS)


def test_other_ways_do_not_meet_the_same_obstacle():
    assert CATALOGUE[ReasonCode.HOLDER_NOT_ATTESTED].other_ways != CATALOGUE[ReasonCode.NO_FACE].other_ways
