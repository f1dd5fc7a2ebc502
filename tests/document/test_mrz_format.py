"""Which format lines have, and which characters may stand where: ICAO Doc 9303 parts 3 to 7."""

import re
import string
from itertools import product

import pytest

from lineproof.document.mrz_format import (
    ALPHABET,
    COMPOSITE_PARTS,
    DIGITS,
    FIELDS,
    LETTERS,
    Entry,
    MrzFormat,
    allowed_characters,
    format_of,
    formats_of_shape,
)
from lineproof.errors import Malformed

TD1, TD2, TD3, MRV_A, MRV_B = MrzFormat.TD1, MrzFormat.TD2, MrzFormat.TD3, MrzFormat.MRV_A, MrzFormat.MRV_B
FORMAT_BY_SHAPE_AND_LETTER = {
    **{(3, 30, letter): TD1 for letter in "ACI"},
    **{(2, 36, letter): TD2 for letter in "ACI"},
    (2, 44, "P"): TD3,
    (2, 44, "V"): MRV_A,
    (2, 36, "V"): MRV_B,
}


def lines_with(count: int, length: int, letter: str) -> tuple[str, ...]:
    """Make lines of one shape that begin with a letter, and are else empty."""
    return (letter + "<" * (length - 1), *["<" * length] * (count - 1))


@pytest.mark.parametrize(("count", "length"), [(3, 30), (2, 36), (2, 44)])
def test_a_format_is_bound_to_lines_length_and_document_code(count: int, length: int) -> None:
    for letter in sorted(ALPHABET):
        kind = FORMAT_BY_SHAPE_AND_LETTER.get((count, length, letter))
        if kind is None:
            with pytest.raises(Malformed, match="document code") as refusal:
                format_of(lines_with(count, length, letter))
            assert refusal.value.remedy
        else:
            assert format_of(lines_with(count, length, letter)) is kind


def test_lines_of_any_other_shape_have_no_format() -> None:
    right = {(3, 30), (2, 36), (2, 44)}
    for count, length in set(product(range(1, 5), range(1, 90))) - right:
        assert formats_of_shape(count, length) == ()
        for letter in "ACIPV":
            with pytest.raises(Malformed, match="exactly"):
                format_of(lines_with(count, length, letter))


def test_lines_of_unequal_length_have_no_format() -> None:
    for first, second in [(44, 36), (36, 44), (44, 43), (45, 44)]:
        for letter in "IPV":
            with pytest.raises(Malformed, match="exactly"):
                format_of((letter + "<" * (first - 1), "<" * second))


@pytest.mark.parametrize("foreign", ["p", "é", " ", "\n", "²", "\u2160", "İ", "\uff10", "«"])
def test_a_foreign_character_anywhere_is_no_zone(foreign: str) -> None:
    for at in (0, 1, 43):
        line = "P" + "<" * 43
        with pytest.raises(Malformed, match="character"):
            format_of((line[:at] + foreign + line[at + 1 :], "<" * 44))
        with pytest.raises(Malformed, match="character"):
            format_of((line, "<" * at + foreign + "<" * (43 - at)))


def test_formats_of_one_shape_are_told_apart_by_the_first_letter_alone() -> None:
    assert formats_of_shape(3, 30) == (TD1,)
    assert set(formats_of_shape(2, 36)) == {TD2, MRV_B}
    assert set(formats_of_shape(2, 44)) == {TD3, MRV_A}
    assert not allowed_characters(TD2, 0, 0) & allowed_characters(MRV_B, 0, 0)
    assert not allowed_characters(TD3, 0, 0) & allowed_characters(MRV_A, 0, 0)


@pytest.mark.parametrize("kind", MrzFormat)
def test_the_fields_of_a_format_fill_its_lines_without_gap_or_overlap(kind: MrzFormat) -> None:
    places = [(field.line, at) for field in FIELDS[kind] for at in range(field.start, field.end)]
    assert sorted(places) == list(product(range(kind.line_count), range(kind.line_length)))


@pytest.mark.parametrize("kind", MrzFormat)
def test_a_fields_pattern_takes_no_character_that_the_grammar_forbids(kind: MrzFormat) -> None:
    for field in FIELDS[kind]:
        length = field.end - field.start
        for character in sorted(ALPHABET - field.characters):
            for at, neighbour in product(range(length), "A0<"):
                text = neighbour * at + character + neighbour * (length - at - 1)
                assert not re.fullmatch(field.pattern, text)
        used = {c for c in ALPHABET for n in "A0<" if re.fullmatch(field.pattern, c + n * (length - 1))}
        assert used <= field.characters


@pytest.mark.parametrize("kind", MrzFormat)
def test_the_composite_digit_covers_everything_but_names_states_sex_and_itself(kind: MrzFormat) -> None:
    """Doc 9303-4, 9303-5 and 9303-6, 4.2.4; a visa has no composite digit."""
    uncovered = {
        *(Entry.DOCUMENT_CODE, Entry.CODE_DETAIL, Entry.ISSUER, Entry.NAME, Entry.NATIONALITY),
        *(Entry.SEX, Entry.COMPOSITE_CHECK),
    }
    expected = {
        (field.line, at)
        for field in FIELDS[kind]
        if field.name not in uncovered
        for at in range(field.start, field.end)
    }
    covered = {(line, at) for line, start, end in COMPOSITE_PARTS[kind] for at in range(start, end)}
    assert covered == (set() if kind in {MRV_A, MRV_B} else expected)


def test_the_grammar_gives_every_position_its_characters() -> None:
    letters = frozenset(string.ascii_uppercase + "<")
    assert allowed_characters(TD3, 0, 0) == frozenset("P")
    assert all(allowed_characters(TD3, 0, at) == letters for at in range(1, 44))
    assert allowed_characters(TD3, 1, 0) == ALPHABET
    assert allowed_characters(TD3, 1, 20) == frozenset("MF<")
    assert allowed_characters(TD3, 1, 42) == DIGITS | {"<"}
    assert [kind for kind in MrzFormat if allowed_characters(kind, 0, 0) == frozenset("ACI")] == [TD1, TD2]
    assert allowed_characters(TD1, 0, 1) == allowed_characters(TD2, 0, 1) == letters - {"V"}
    assert allowed_characters(TD1, 0, 14) == allowed_characters(TD2, 1, 9) == DIGITS | {"<"}
    assert allowed_characters(TD3, 1, 9) == allowed_characters(MRV_B, 1, 9) == DIGITS
    assert allowed_characters(MRV_A, 1, 43) == allowed_characters(MRV_B, 1, 35) == ALPHABET
    assert allowed_characters(TD2, 1, 35) == allowed_characters(TD1, 1, 29) == DIGITS
    assert allowed_characters(TD1, 2, 29) == LETTERS | {"<"}


@pytest.mark.parametrize("kind", MrzFormat)
def test_nothing_is_allowed_outside_the_lines_of_a_format(kind: MrzFormat) -> None:
    for line, position in [(kind.line_count, 0), (0, kind.line_length), (-1, 0), (0, -1)]:
        with pytest.raises(KeyError):
            allowed_characters(kind, line, position)
