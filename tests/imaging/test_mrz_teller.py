"""What the reader doubts is looked at more closely; what it is sure of is not."""

from typing import cast

import numpy as np
import pytest
from numpy.typing import NDArray

from lineproof.document.mrz_format import MrzFormat
from lineproof.imaging.mrz_networks import CHARACTERS, MrzNetworks, load_mrz_networks
from lineproof.imaging.mrz_strips import Cutter
from lineproof.imaging.mrz_teller import LookedAt, look_closer

Floats = NDArray[np.float32]
LOWER = "L898902C36UTO7408122F1204159ZE184226B<<<<<10"
NAMES = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<"


def believing(line: str, doubts: dict[int, dict[str, float]]) -> Floats:
    """Give the beliefs of a reading that is sure of a line but for these places."""
    shares = np.full((len(line), len(CHARACTERS)), 1e-5, np.float32)
    shares[np.arange(len(line)), [CHARACTERS.index(each) for each in line]] = 0.995
    for position, seen in doubts.items():
        shares[position] = 1e-5
        for character, share in seen.items():
            shares[position, CHARACTERS.index(character)] = share
    return shares


class Looks:
    """Answers as told of each place, and notes which were asked for."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, answers: dict[int, dict[str, float]]) -> None:
        self.answers, self.asked = answers, list[int]()
        monkeypatch.setattr(MrzNetworks, "told_apart", lambda _, patches: self._told(patches))

    def patch(self, _row: int, _characters_at: object, position: int) -> int:
        self.asked.append(position)
        return position

    def _told(self, patches: list[int]) -> Floats:
        told = np.full((len(patches), len(CHARACTERS)), 1e-4, np.float32)
        for at, position in enumerate(patches):
            for character, share in self.answers[position].items():
                told[at, CHARACTERS.index(character)] = share
        return told / told.sum(axis=1, keepdims=True)

    def at(self, one: Floats, other: Floats, line: int) -> LookedAt:
        return look_closer(
            one,
            other,
            MrzFormat.TD3,
            line,
            finer=lambda: cast("Cutter", self),
            row=0,
            characters_at=np.arange(len(one)) + 0.5,
            networks=load_mrz_networks(),
        )


def said(belief: Floats) -> str:
    return "".join(CHARACTERS[each] for each in belief.argmax(axis=1))


def test_a_line_that_is_seen_well_is_not_looked_at_again(monkeypatch: pytest.MonkeyPatch):
    looks = Looks(monkeypatch, {})
    seen = believing(NAMES, {})
    given = looks.at(seen, seen, 0)
    assert looks.asked == []
    assert given == LookedAt(seen, seen, agreed=True)


def test_a_doubted_character_is_what_reading_and_look_together_believe(monkeypatch: pytest.MonkeyPatch):
    looks = Looks(monkeypatch, {5: {"F": 0.1, "E": 0.9}, 16: {"M": 0.6, "N": 0.4}})
    unsure = believing(NAMES, {5: {"F": 0.6, "E": 0.3}, 16: {"N": 0.8, "M": 0.1}})
    given = looks.at(unsure, unsure, 0)
    assert looks.asked == [5, 16]
    assert said(given.one) == said(given.other) == NAMES
    # sqrt(0.3 * 0.9) to sqrt(0.6 * 0.1), of a belief that adds up to 0.9
    assert given.one[5, CHARACTERS.index("E")] == pytest.approx(0.9 * 0.68, abs=0.02)


def test_what_a_reading_believes_of_a_place_altogether_stays(monkeypatch: pytest.MonkeyPatch):
    """A covered character is no surer for a look."""
    looks = Looks(monkeypatch, {7: {"I": 1.0}, 3: {"0": 1.0}})
    covered = believing(LOWER, {7: {"C": 0.15, "G": 0.05}, 3: {"O": 0.3, "0": 0.25}})
    given = looks.at(covered, covered, 1)
    assert given.one.sum(axis=1) == pytest.approx(covered.sum(axis=1), rel=1e-4)
    assert given.other.sum(axis=1) == pytest.approx(covered.sum(axis=1), rel=1e-4)


@pytest.mark.parametrize(("character", "other"), ["O0", "0O"])
def test_of_o_and_0_the_look_alone_decides_in_a_number(
    character: str, other: str, monkeypatch: pytest.MonkeyPatch
):
    """The reader sees both alike; where it is sure of one for the light alone, it is not believed."""
    looks = Looks(monkeypatch, {4: {character: 0.99, other: 0.01}})
    seen = believing(LOWER, {4: {other: 0.98, character: 0.01}})
    given = looks.at(seen, seen, 1)
    assert looks.asked == [4]
    assert said(given.one)[4] == character
    assert given.one[4].max() > 0.9
    assert given.agreed


def test_of_o_and_0_neither_is_asked_for_where_the_grammar_allows_one(monkeypatch: pytest.MonkeyPatch):
    looks = Looks(monkeypatch, {})
    dated = believing(LOWER, {13: {"0": 0.98, "O": 0.015}})
    given = looks.at(dated, dated, 1)
    assert looks.asked == []
    assert given.one is dated


def test_a_look_at_what_no_reading_doubts_is_not_taken(monkeypatch: pytest.MonkeyPatch):
    """So that a network that errs on one patch changes nothing the reader saw surely."""
    looks = Looks(monkeypatch, {5: {"F": 0.7, "E": 0.3}})
    one = believing(NAMES, {5: {"E": 0.6, "F": 0.39}})
    given = looks.at(one, one, 0)
    assert looks.asked == [5]
    assert np.array_equal(np.delete(given.one, 5, 0), np.delete(one, 5, 0))


@pytest.mark.parametrize(("look", "agreed"), [({"E": 0.9, "F": 0.1}, True), ({"F": 0.6, "E": 0.4}, False)])
def test_a_look_that_contradicts_what_was_read_does_not_agree(
    look: dict[str, float], agreed: bool, monkeypatch: pytest.MonkeyPatch
):
    """Also where both together still believe what was read."""
    looks = Looks(monkeypatch, {5: look})
    seen = believing(NAMES, {5: {"E": 0.9, "F": 0.09}})
    given = looks.at(seen, seen, 0)
    assert said(given.one) == NAMES
    assert given.agreed is agreed
