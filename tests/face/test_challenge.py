"""What is asked for: drawn from the entropy given, each sequence as likely as any other, for a short time."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineproof.errors import Malformed
from lineproof.face.challenge import LONGEST_LIFE, Challenge, Prompt, Side, draw_challenge
from lineproof.terms import SessionId

SESSION = SessionId(UUID("4b3c1d4e-9f6a-4f0e-8a51-0c9d2f7b6e11"))
OTHER = SessionId(UUID("7f0d2a55-0f0e-4f5e-9d59-5b0f6f9f2f01"))
NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
ENTROPY = st.binary(min_size=32, max_size=64)


def drawn(number: int) -> Challenge:
    return draw_challenge(SESSION, entropy=number.to_bytes(32, "big"), now=NOW)


@given(entropy=ENTROPY)
def test_same_entropy_draws_the_same_challenge_and_another_session_another(entropy: bytes):
    one = draw_challenge(SESSION, entropy=entropy, now=NOW)
    assert one == draw_challenge(SESSION, entropy=entropy, now=NOW)
    assert one.nonce != draw_challenge(OTHER, entropy=entropy, now=NOW).nonce


@given(entropy=ENTROPY)
def test_every_challenge_can_be_followed_within_its_life(entropy: bytes):
    challenge = draw_challenge(SESSION, entropy=entropy, now=NOW)
    assert len(challenge.prompts) in (3, 4)
    assert challenge.prompts[0].shown_at_ms >= 800
    assert all(2600 <= ends - prompt.shown_at_ms <= 3800 for prompt, ends in challenge.slots())
    assert challenge.slots()[-1][1] == challenge.ends_at_ms
    assert timedelta(milliseconds=challenge.ends_at_ms) < challenge.expires_at - challenge.issued_at
    assert challenge.expires_at - challenge.issued_at <= LONGEST_LIFE


def test_no_nonce_comes_twice():
    assert len({drawn(number).nonce for number in range(2000)}) == 2000


def test_every_sequence_of_three_or_four_sides_is_as_likely_as_any_other():
    """24 sequences, 200 draws expected of each: more than 5 deviations off would be a bias."""
    counts = Counter(tuple(prompt.side for prompt in drawn(number).prompts) for number in range(4800))
    assert len(counts) == 8 + 16
    assert all(abs(count - 200) < 5 * 200**0.5 for count in counts.values())


def test_pauses_are_as_likely_as_each_other():
    lengths = Counter(
        ends - prompt.shown_at_ms for number in range(1500) for prompt, ends in drawn(number).slots()
    )
    expected = sum(lengths.values()) / 13
    assert set(lengths) == set(range(2600, 3900, 100))
    assert all(abs(count - expected) < 5 * expected**0.5 for count in lengths.values())


def test_person_who_turns_to_their_own_left_turns_to_the_right_of_the_image():
    assert (Side.LEFT.in_image, Side.RIGHT.in_image) == (1, -1)


@pytest.mark.parametrize("length", [0, 16, 31])
def test_too_little_entropy_draws_nothing(length: int):
    with pytest.raises(Malformed, match="32 random bytes"):
        draw_challenge(SESSION, entropy=bytes(length), now=NOW)


@pytest.mark.parametrize("seconds", [-5, 0, 1, 61, 3600])
def test_challenge_lives_long_enough_for_its_prompts_and_at_most_a_minute(seconds: int):
    with pytest.raises(Malformed, match="minute"):
        draw_challenge(SESSION, entropy=bytes(32), now=NOW, life=timedelta(seconds=seconds))


BAD = {
    "no time zone": {"issued_at": NOW.replace(tzinfo=None), "expires_at": NOW.replace(tzinfo=None)},
    "no prompts": {"prompts": ()},
    "a short nonce": {"nonce": b"nonce"},
    "prompts out of order": {"prompts": (Prompt(Side.LEFT, 4000), Prompt(Side.LEFT, 1000))},
    "two prompts at once": {"prompts": (Prompt(Side.LEFT, 1000), Prompt(Side.RIGHT, 1000))},
    "a prompt before the start": {"prompts": (Prompt(Side.LEFT, -100),)},
    "a prompt after the end": {"prompts": (Prompt(Side.LEFT, 30_000),)},
}


@pytest.mark.parametrize("case", BAD)
def test_challenge_that_nobody_could_be_asked_does_not_exist(case: str):
    with pytest.raises(Malformed):
        replace(drawn(1), **BAD[case])
