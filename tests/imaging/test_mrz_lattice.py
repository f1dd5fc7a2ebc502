"""Characters are laid over a strip by number and pitch: nothing is padded, cut or doubled."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lineproof.imaging.mrz_lattice import count_characters, lay
from lineproof.imaging.mrz_networks import BETWEEN, CHARACTERS

PITCH = 3.45
MARGIN = 6
SURE, UNSURE = 0.97, 0.40


def said(text: str, *, pitch: float = PITCH, lost: tuple[int, ...] = (), extra: int = 0) -> np.ndarray:
    """What the reader says of a line; characters that are lost it sees as none."""
    middles = MARGIN + (np.arange(len(text)) + 0.5) * pitch
    columns = round(2 * MARGIN + len(text) * pitch) + extra
    likely = np.full((columns, 38), (1 - SURE) / 37)
    likely[:, BETWEEN] = SURE
    for at, (character, middle) in enumerate(zip(text, middles, strict=True)):
        if at not in lost:
            column = int(middle)
            likely[column] = (1 - SURE) / 37
            likely[column, 1 + CHARACTERS.index(character)] = SURE
    return np.log(likely).astype(np.float32)


def text_of(log_likelihoods: np.ndarray, characters: int, *, pitch: float = PITCH) -> str:
    laid = lay(log_likelihoods, characters, pitch=pitch)
    assert laid is not None
    return "".join(CHARACTERS[at] for at in laid.log_likelihoods.argmax(axis=1))


@given(st.text(alphabet=CHARACTERS, min_size=30, max_size=44), st.floats(3.0, 4.0))
@settings(max_examples=60, deadline=None)
def test_a_line_is_laid_as_it_stands(text: str, pitch: float):
    assert text_of(said(text, pitch=pitch), len(text), pitch=pitch) == text


def test_a_character_that_is_hidden_keeps_its_place():
    text = "L898902C36UTO7408122F1204159ZE184226B<<<<<10"
    laid = lay(said(text, lost=(12, 13, 30)), 44, pitch=PITCH)
    assert laid is not None
    read = "".join(CHARACTERS[at] for at in laid.log_likelihoods.argmax(axis=1))
    assert [at for at in range(44) if read[at] != text[at]] in (
        [],
        [12, 13, 30],
        [12, 13],
        [12, 30],
        [13, 30],
    )
    sure = np.exp(laid.log_likelihoods.max(axis=1))
    assert {12, 13, 30} == {at for at in range(44) if sure[at] < 0.5}


@pytest.mark.parametrize("missing", [1, 2])
def test_a_line_with_more_characters_than_it_should_have_is_noticed(missing: int):
    text = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<"
    laid = lay(said(text), 44 - missing, pitch=PITCH)
    assert laid is not None
    assert max(laid.before, laid.after) > 0.9


def test_a_line_of_the_right_length_has_none_beside_it():
    laid = lay(said("P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<"), 44, pitch=PITCH)
    assert laid is not None
    assert max(laid.before, laid.after) < 0.1


def test_a_strip_too_short_for_the_line_is_not_laid():
    assert lay(said("ABCDEFGHIJ"), 44, pitch=PITCH) is None


def test_characters_that_touch_are_counted_once():
    text = "IAC<<KLMNO"
    counted = count_characters(said(text))
    assert (counted.characters, counted.room) == (len(text), len(text))
    assert counted.sureness == pytest.approx(SURE, abs=0.01)


def test_characters_that_are_not_seen_still_have_room():
    text = "L898902C36UTO7408122F1204159ZE184226B<<<<<10"
    counted = count_characters(said(text, lost=(3, 4, 20, 21, 22)))
    assert counted.characters == 39
    assert counted.room == 44


def test_nothing_is_counted_where_nothing_is():
    assert count_characters(said("")).characters == 0


@given(st.integers(1, 400), st.integers(1, 44), st.integers(0, 2**32 - 1))
@settings(max_examples=60, deadline=None)
def test_any_answer_of_the_reader_is_laid_or_refused(columns: int, characters: int, seed: int):
    scores = np.random.default_rng(seed).normal(0, 5, (columns, 38)).astype(np.float32)
    log_likelihoods = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
    laid = lay(log_likelihoods, characters, pitch=PITCH)
    if laid is not None:
        assert len(laid.columns) == characters
        assert (np.diff(laid.columns) > 0).all()
        assert laid.columns[0] >= 0
        assert laid.columns[-1] < columns
