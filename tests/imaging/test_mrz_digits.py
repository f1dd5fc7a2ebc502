"""What check digits repair in a zone, and what they never do: ICAO Doc 9303-3, 4.9."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lineproof.document.mrz import is_blind_between, parse_mrz
from lineproof.document.mrz_format import FIELDS, FILLER, MrzFormat, allowed_characters
from lineproof.document.mrz_sums import check_sums
from lineproof.errors import Malformed
from lineproof.imaging.mrz_characters import ReadLine, by_grammar
from lineproof.imaging.mrz_digits import by_check_digits, digits_hold
from lineproof.imaging.mrz_networks import CHARACTERS
from lineproof.imaging.mrz_outcome import Repair

READ_ON = date(2026, 11, 1)
# The specimens of Doc 9303 parts 4 to 7.
ZONES = {
    MrzFormat.TD1: (
        "I<UTOD231458907<<<<<<<<<<<<<<<",
        "7408122F1204159UTO<<<<<<<<<<<6",
        "ERIKSSON<<ANNA<MARIA<<<<<<<<<<",
    ),
    MrzFormat.TD2: ("I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<", "D231458907UTO7408122F1204159<<<<<<<6"),
    MrzFormat.TD3: (
        "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
        "L898902C36UTO7408122F1204159ZE184226B<<<<<10",
    ),
    MrzFormat.MRV_A: (
        "V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
        "L8988901C4XXX4009078F96121096ZE184226B<<<<<<",
    ),
    MrzFormat.MRV_B: ("V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<", "L8988901C4XXX4009078F9612109<<<<<<<<"),
}


@dataclass(frozen=True)
class Doubt:
    """What the reader sees at a place, and what it holds possible there instead, and how much."""

    line: int
    position: int
    seen: str
    instead: str
    share: float = 0.3


def read(kind: MrzFormat, *doubts: Doubt, surely: float = 0.98) -> list[ReadLine]:
    """Read the specimen of a kind with doubts."""
    lines = []
    for number, text in enumerate(ZONES[kind]):
        belief = np.full((len(text), len(CHARACTERS)), 0.0002, np.float32)
        belief[np.arange(len(text)), [CHARACTERS.index(each) for each in text]] = surely
        for doubt in doubts:
            if doubt.line == number:
                place = belief[doubt.position]
                place[:] = 0.0002
                place[CHARACTERS.index(doubt.seen)] = 0.95 - doubt.share
                place[CHARACTERS.index(doubt.instead)] = doubt.share
        lines.append(by_grammar(belief, belief, kind, number))
    return lines


def repaired(kind: MrzFormat, lines: list[ReadLine]) -> tuple[str, ...]:
    for repair in by_check_digits(kind, lines):
        lines[repair.line].change(repair)
    return tuple(each.text for each in lines)


@pytest.mark.parametrize("kind", ZONES)
def test_sums_are_nought_exactly_where_the_parser_finds_every_digit_right(kind: MrzFormat):
    compared = 0
    for lines in (ZONES[kind], *neighbours(kind)):
        try:
            valid = parse_mrz(lines, read_on=READ_ON).check_digits_valid
        except Malformed:
            continue
        sums = check_sums(kind, lines)
        if sums is not None:
            compared += 1
            assert valid == (not any(each.of(lines) for each in sums)), lines
    assert compared > len("".join(ZONES[kind])) * 10


def test_digits_that_cannot_be_told_do_not_hold():
    """A number that goes on in the optional data has its digit there."""
    lines = ZONES[MrzFormat.TD1]
    assert digits_hold(MrzFormat.TD1, lines)
    longer = (lines[0][:14] + "<" + lines[0][15:], *lines[1:])
    assert check_sums(MrzFormat.TD1, longer) is None
    assert not digits_hold(MrzFormat.TD1, longer)


def neighbours(kind: MrzFormat) -> Iterator[tuple[str, ...]]:
    """Give the specimen with each single character of it changed to each that may stand there."""
    for line, text in enumerate(ZONES[kind]):
        for at in range(len(text)):
            for other in sorted(allowed_characters(kind, line, at) - {text[at]}):
                changed = [*ZONES[kind]]
                changed[line] = text[:at] + other + text[at + 1 :]
                yield tuple(changed)


def test_what_a_digit_tells_is_repaired_and_said():
    doubt = Doubt(1, 7, seen="G", instead="C")
    lines = read(MrzFormat.TD3, doubt)
    assert lines[1].text[7] == "G"
    assert by_check_digits(MrzFormat.TD3, lines) == (Repair(1, 7, "G", "C"),)
    assert repaired(MrzFormat.TD3, lines) == ZONES[MrzFormat.TD3]
    assert list(lines[1].repairs) == [7]
    assert lines[1].confidences[7] == pytest.approx(0.3)


def test_two_characters_are_repaired_together():
    doubts = Doubt(1, 7, seen="G", instead="C"), Doubt(1, 28, seen="2", instead="Z")
    assert repaired(MrzFormat.TD3, read(MrzFormat.TD3, *doubts)) == ZONES[MrzFormat.TD3]


def test_a_digit_that_was_misread_itself_is_repaired():
    doubt = Doubt(1, 43, seen="8", instead="0")
    assert repaired(MrzFormat.TD3, read(MrzFormat.TD3, doubt)) == ZONES[MrzFormat.TD3]


def test_what_grammar_and_digit_both_changed_is_one_repair_of_what_was_seen():
    lines = read(MrzFormat.TD3, Doubt(1, 13, seen="T", instead="7"))
    belief = lines[1].one.copy()
    belief[13] = 0.0002
    belief[13, [CHARACTERS.index(each) for each in "T17"]] = (0.5, 0.25, 0.2)
    lines[1] = by_grammar(belief, belief, MrzFormat.TD3, 1)
    assert lines[1].text[13] == "1"
    assert repaired(MrzFormat.TD3, lines) == ZONES[MrzFormat.TD3]
    assert lines[1].repairs == {13: Repair(1, 13, "T", "7")}


def test_what_is_read_surely_is_not_changed_for_a_digit_that_does_not_hold():
    """A forger who changes a character and not its digit: the print is as wrong as it is."""
    lines = read(MrzFormat.TD3, Doubt(1, 7, seen="G", instead="C", share=0.02))
    assert by_check_digits(MrzFormat.TD3, lines) == ()


def test_nothing_is_changed_where_all_digits_hold():
    lines = read(MrzFormat.TD3, Doubt(1, 7, seen="C", instead="G", share=0.45))
    assert by_check_digits(MrzFormat.TD3, lines) == ()


def test_of_two_changes_as_likely_none_is_made():
    # 3 less at another place of the same weight rights the number and the whole as well.
    right = Doubt(1, 6, seen="5", instead="2")
    lines = read(MrzFormat.TD3, right)
    assert by_check_digits(MrzFormat.TD3, lines) == (Repair(1, 6, "5", "2"),)
    also = Doubt(1, 3, seen="8", instead="5", share=0.29)
    assert by_check_digits(MrzFormat.TD3, read(MrzFormat.TD3, right, also)) == ()


def test_a_number_that_goes_on_elsewhere_is_left_alone():
    lines = read(MrzFormat.TD2, Doubt(1, 9, seen=FILLER, instead="7"))
    assert check_sums(MrzFormat.TD2, tuple(each.text for each in lines)) is None
    assert by_check_digits(MrzFormat.TD2, lines) == ()


places = st.sampled_from(sorted(MrzFormat, key=lambda each: each.value)).flatmap(
    lambda kind: st.tuples(
        st.just(kind),
        st.lists(
            st.sampled_from(FIELDS[kind]).flatmap(
                lambda field: st.tuples(
                    st.just(field.line),
                    st.integers(field.start, field.end - 1),
                    *(st.sampled_from(sorted(field.characters)) for _ in range(2)),
                    st.floats(0.02, 0.45),
                )
            ),
            max_size=6,
            unique_by=lambda each: each[:2],
        ),
    )
)


@given(places)
@settings(max_examples=300, deadline=None)
def test_a_repair_rights_every_digit_and_exchanges_no_blind_pair(given_doubts):
    kind, doubts = given_doubts
    lines = read(kind, *(Doubt(*each) for each in doubts if each[2] != each[3]))
    before = tuple(each.text for each in lines)
    repairs = by_check_digits(kind, lines)
    assert len(repairs) <= 2
    assert all(not is_blind_between(each.seen, each.taken) for each in repairs)
    after = repaired(kind, lines)
    assert sum(a != b for x, y in zip(before, after, strict=True) for a, b in zip(x, y, strict=True)) == len(
        repairs
    )
    if repairs:
        sums = check_sums(kind, after)
        assert sums
        assert not any(each.of(after) for each in sums)
