"""How the trials of the head turn are counted, and when their bench says that a promise is broken."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.liveness import (
    STATED,
    STILL,
    Trial,
    exact_interval,
    first_prompts,
    is_as_stated,
    judged,
    table,
)
from lineproof.face.challenge import Side
from lineproof.face.liveness import LiveRule
from lineproof.specimen.presentation import Species
from tests.face.heads import CHALLENGE, LIMITS, a_challenge, followed, showing


@pytest.mark.parametrize(
    ("errors", "trials", "low", "high"),
    [
        (0, 40, 0.0, 0.0881),
        (1, 40, 0.0006, 0.1316),
        (2, 40, 0.0061, 0.1692),
        (20, 40, 0.3380, 0.6620),
        (40, 40, 0.9119, 1.0),
        (0, 1, 0.0, 0.975),
        (1, 20, 0.0013, 0.2487),
    ],
)
def test_interval_is_that_of_clopper_and_pearson(errors: int, trials: int, low: float, high: float):
    assert exact_interval(errors, trials) == pytest.approx((low, high), abs=5e-5)


def met(species: Species, count: int) -> list[Trial]:
    return [Trial(species, ())] * count


def not_met(species: Species, count: int) -> list[Trial]:
    return [Trial(species, (LiveRule.TURN, LiveRule.ONCE))] * count


def test_attack_that_meets_the_challenge_and_person_who_does_not_are_misjudged():
    assert met(Species.STILL, 1)[0].is_misjudged
    assert not not_met(Species.STILL, 1)[0].is_misjudged
    assert not_met(Species.BONA_FIDE, 1)[0].is_misjudged
    assert not met(Species.BONA_FIDE, 1)[0].is_misjudged


@pytest.mark.parametrize("species", STATED, ids=lambda species: species.value)
def test_bench_says_no_when_what_is_promised_is_misjudged_more_often(species: Species):
    allowed = round(STATED[species] * 40)
    wrong, right = (not_met, met) if species is Species.BONA_FIDE else (met, not_met)
    assert is_as_stated(wrong(species, allowed) + right(species, 40 - allowed))
    assert not is_as_stated(wrong(species, allowed + 1) + right(species, 39 - allowed))


@pytest.mark.parametrize(
    "species", [each for each in Species if each not in STATED], ids=lambda each: each.value
)
def test_nothing_is_promised_of_what_passes(species: Species):
    assert is_as_stated(met(species, 40))


def test_table_counts_each_species_apart_and_names_the_rules():
    heading, people, attack = table(
        not_met(Species.BONA_FIDE, 1) + met(Species.BONA_FIDE, 3) + met(Species.SWAP, 2)
    )
    assert heading.startswith("species")
    assert people.split()[:5] == ["bona_fide", "BPCER", "1", "/", "4"]
    assert people.endswith("turn 1, once 1")
    assert attack.split()[:5] == ["swap", "APCER", "2", "/", "2"]


def test_challenge_is_cut_after_each_of_its_prompts():
    cuts = list(first_prompts(CHALLENGE))
    assert [len(cut.prompts) for cut in cuts] == [1, 2, 3]
    assert cuts[-1] == CHALLENGE


@given(
    done=st.lists(st.sampled_from(Side), min_size=3, max_size=3),
    degrees=st.floats(5, 60),
    depth=st.floats(0, 0.6),
)
def test_what_is_not_met_after_some_prompts_is_not_met_after_all(
    done: list[Side], degrees: float, depth: float
):
    """Which is why a presentation may be left there."""
    frames = followed(a_challenge(*done), most_degrees=degrees, depth=depth).frames
    for cut in first_prompts(CHALLENGE):
        seen = tuple(frame for frame in frames if frame.at_ms < cut.ends_at_ms + 200)
        if judged(cut, seen, LIMITS):
            assert judged(CHALLENGE, frames, LIMITS)


def test_answer_that_is_met_is_met_after_every_prompt():
    frames = showing(lambda _: 0.0).frames
    assert judged(CHALLENGE, frames, LIMITS) == (LiveRule.TURN,)
    whole = followed().frames
    for cut in first_prompts(CHALLENGE):
        assert judged(cut, [frame for frame in whole if frame.at_ms < cut.ends_at_ms + 200], LIMITS) == ()
    assert whole[STILL].seen is not None
