"""Reading a machine readable zone, of any format: ICAO Doc 9303 parts 3 to 7."""

import re
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineproof.document.mrz import Mrz, Sex, check_digit, is_blind_between, parse_mrz
from lineproof.document.mrz_format import ALPHABET, COMPOSITE_PARTS, FIELDS, FILLER, Entry, Field, MrzFormat
from lineproof.errors import Malformed

VECTORS = Path(__file__).parents[1] / "vectors" / "mrz"
READ_ON = date(2026, 7, 1)

ALL = sorted(path.stem for path in VECTORS.glob("*.txt"))
VALID = [name for name in ALL if "_valid_" in name]
WRONG_DIGITS = {
    "td1_bad_number_digit": ("document number", "composite"),
    "td1_bad_birth_digit": ("date of birth", "composite"),
    "td1_bad_expiry_digit": ("date of expiry", "composite"),
    "td1_bad_composite_digit": ("composite",),
    "td1_bad_long_number_digit": ("document number", "composite"),
    "td2_bad_number_digit": ("document number", "composite"),
    "td2_bad_birth_digit": ("date of birth", "composite"),
    "td2_bad_expiry_digit": ("date of expiry", "composite"),
    "td2_bad_composite_digit": ("composite",),
    "td2_bad_long_number_digit": ("document number", "composite"),
    "td3_bad_number_digit": ("document number", "composite"),
    "td3_bad_birth_digit": ("date of birth", "composite"),
    "td3_bad_expiry_digit": ("date of expiry", "composite"),
    "td3_bad_personal_number_digit": ("personal number", "composite"),
    "td3_bad_composite_digit": ("composite",),
    "td3_personal_number_digit_missing": ("personal number",),
    "mrv_a_bad_number_digit": ("document number",),
    "mrv_a_bad_birth_digit": ("date of birth",),
    "mrv_a_bad_expiry_digit": ("date of expiry",),
    "mrv_b_bad_number_digit": ("document number",),
    "mrv_b_bad_birth_digit": ("date of birth",),
    "mrv_b_bad_expiry_digit": ("date of expiry",),
}
REFUSED = sorted(set(ALL) - set(VALID) - set(WRONG_DIGITS))
CHECKED = {
    MrzFormat.TD1: ("document number", "date of birth", "date of expiry", "composite"),
    MrzFormat.TD2: ("document number", "date of birth", "date of expiry", "composite"),
    MrzFormat.TD3: ("document number", "date of birth", "date of expiry", "personal number", "composite"),
    MrzFormat.MRV_A: ("document number", "date of birth", "date of expiry"),
    MrzFormat.MRV_B: ("document number", "date of birth", "date of expiry"),
}


def lines_of(name: str) -> tuple[str, ...]:
    """Read a vector."""
    return tuple((VECTORS / f"{name}.txt").read_text().splitlines())


def parsed(name: str, *, read_on: date = READ_ON) -> Mrz:
    """Parse a vector."""
    return parse_mrz(lines_of(name), read_on=read_on)


def field_named(kind: MrzFormat, name: Entry) -> tuple[int, int, int]:
    """Give line, start and end of a field."""
    (field,) = (field for field in FIELDS[kind] if field.name is name)
    return field.line, field.start, field.end


def covered(kind: MrzFormat) -> set[tuple[int, int]]:
    """List the places that some check digit speaks for, itself included."""
    entries = (
        Entry.NUMBER,
        Entry.NUMBER_CHECK,
        Entry.BIRTH,
        Entry.BIRTH_CHECK,
        Entry.EXPIRY,
        Entry.EXPIRY_CHECK,
    )
    parts = [field_named(kind, entry) for entry in entries]
    if COMPOSITE_PARTS[kind]:
        parts += [*COMPOSITE_PARTS[kind], field_named(kind, Entry.COMPOSITE_CHECK)]
    return {(line, at) for line, start, end in parts for at in range(start, end)}


def failed(zone: Mrz) -> tuple[str, ...]:
    """List the check digits that do not hold."""
    return tuple(field for field, holds in zone.check_digits if not holds)


def test_the_passport_of_the_standard_is_read_field_by_field() -> None:
    zone = parsed("td3_valid_doc9303_specimen")
    assert zone.format is MrzFormat.TD3
    assert (zone.document_code, zone.issuer, zone.nationality) == ("P", "UTO", "UTO")
    assert (zone.surname, zone.given_names, zone.name_truncated) == ("ERIKSSON", "ANNA MARIA", False)
    assert (zone.number, zone.personal_number, zone.sex) == ("L898902C3", "ZE184226B", Sex.FEMALE)
    assert zone.optional_data == ("ZE184226B",)
    assert (zone.born_on, zone.expires_on) == (date(1974, 8, 12), date(2012, 4, 15))
    assert zone.check_digits_valid


@pytest.mark.parametrize(
    ("name", "kind", "optional_data"),
    [
        ("td1_valid_doc9303_specimen", MrzFormat.TD1, ("", "")),
        ("td2_valid_doc9303_specimen", MrzFormat.TD2, ("",)),
    ],
)
def test_the_cards_of_the_standard_are_read_field_by_field(name, kind, optional_data) -> None:
    zone = parsed(name)
    assert (zone.format, zone.document_code, zone.issuer, zone.nationality) == (kind, "I", "UTO", "UTO")
    assert (zone.surname, zone.given_names, zone.name_truncated) == ("ERIKSSON", "ANNA MARIA", False)
    assert (zone.number, zone.sex, zone.optional_data) == ("D23145890", Sex.FEMALE, optional_data)
    assert (zone.born_on, zone.expires_on) == (date(1974, 8, 12), date(2012, 4, 15))
    assert zone.check_digits_valid


@pytest.mark.parametrize(
    ("name", "kind", "optional_data"),
    [
        ("mrv_a_valid_doc9303_specimen", MrzFormat.MRV_A, ("6ZE184226B",)),
        ("mrv_b_valid_doc9303_specimen", MrzFormat.MRV_B, ("",)),
    ],
)
def test_the_visas_of_the_standard_are_read_field_by_field(name, kind, optional_data) -> None:
    zone = parsed(name)
    assert (zone.format, zone.document_code, zone.issuer, zone.nationality) == (kind, "V", "UTO", "XXX")
    assert (zone.surname, zone.given_names, zone.name_truncated) == ("ERIKSSON", "ANNA MARIA", False)
    assert (zone.number, zone.sex, zone.optional_data) == ("L8988901C", Sex.FEMALE, optional_data)
    assert (zone.born_on, zone.expires_on) == (date(1940, 9, 7), date(1996, 12, 10))
    assert zone.check_digits_valid


def test_only_a_passport_has_a_personal_number() -> None:
    zone = parsed("td1_valid_optional_data_in_both_places")
    assert (zone.optional_data, zone.personal_number) == (("ZE184226B", "K7"), "")
    assert parsed("td2_valid_optional_data").optional_data == ("ZE18422",)
    assert parsed("td2_valid_optional_data").personal_number == ""
    assert parsed("mrv_a_valid_doc9303_specimen").personal_number == ""


@pytest.mark.parametrize("name", VALID)
def test_every_valid_zone_is_read_with_all_check_digits_of_its_format(name: str) -> None:
    zone = parsed(name)
    assert zone.format.value == name.partition("_valid_")[0].replace("_", "-").upper()
    assert tuple(field for field, _ in zone.check_digits) == CHECKED[zone.format]
    assert zone.check_digits_valid


@pytest.mark.parametrize("name", WRONG_DIGITS)
def test_a_wrong_check_digit_is_a_value_and_names_its_field(name: str) -> None:
    assert failed(parsed(name)) == WRONG_DIGITS[name]


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_a_zone_is_refused_with_a_remedy(name: str) -> None:
    with pytest.raises(Malformed) as refusal:
        parsed(name)
    assert refusal.value.remedy


@pytest.mark.parametrize(
    ("name", "number", "optional_data"),
    [
        ("td1_valid_doc9303_long_number", "D23145890734", ("", "")),
        ("td2_valid_doc9303_long_number", "D23145890734", ("",)),
        ("td1_valid_longest_number", "D2314589073401Z56789AB", ("", "")),
        ("td2_valid_longest_number", "D2314589073401", ("",)),
        ("td1_valid_long_number_and_optional_data", "D23145890734", ("AB<12", "K7<20")),
    ],
)
def test_a_long_number_goes_on_in_the_optional_data_and_is_given_whole(name, number, optional_data) -> None:
    zone = parsed(name)
    assert (zone.number, zone.optional_data) == (number, optional_data)


@pytest.mark.parametrize("name", [name for name in REFUSED if "_long_number_" in name])
def test_a_number_that_should_go_on_and_does_not_is_no_number(name: str) -> None:
    with pytest.raises(Malformed, match="go on in the optional data"):
        parsed(name)


@pytest.mark.parametrize("name", ["mrv_a_number_digit_missing", "mrv_b_number_digit_missing"])
def test_a_visas_number_cannot_go_on(name: str) -> None:
    with pytest.raises(Malformed, match="check digit of the document number"):
        parsed(name)


def test_a_smaller_format_is_refused_even_when_it_calls_itself_a_passport() -> None:
    with pytest.raises(Malformed, match="document code"):
        parsed("td2_with_document_code_p")


def test_one_line_or_too_many_are_not_a_zone() -> None:
    first, second = lines_of("td3_valid_doc9303_specimen")
    upper, middle, lower = lines_of("td1_valid_doc9303_specimen")
    for lines in [(), (first,), (first, second, second), (upper, middle), (upper, middle, lower, lower)]:
        with pytest.raises(Malformed, match="exactly"):
            parse_mrz(lines, read_on=READ_ON)


def test_no_message_repeats_what_the_document_says() -> None:
    for name in REFUSED:
        with pytest.raises(Malformed) as refusal:
            parsed(name)
        said = str(refusal.value).upper()
        assert not any(word in said for word in ("ERIKSSON", "D23145890", "L898902C", "740812"))


@pytest.mark.parametrize("name", ["td1_valid_name_fills_field", "td3_valid_name_fills_field"])
def test_a_name_that_fills_its_field_may_be_truncated(name: str) -> None:
    assert parsed(name).name_truncated


@pytest.mark.parametrize("name", ["td1_valid_surname_only", "td3_valid_surname_only"])
def test_a_holder_with_one_name_has_no_given_names(name: str) -> None:
    zone = parsed(name)
    assert (zone.surname, zone.given_names) == ("ARKFREITH", "")


def test_a_crew_certificate_is_known_by_both_letters_of_its_code() -> None:
    assert parsed("td1_valid_crew_certificate").document_code == "AC"


def test_fillers_of_a_one_letter_state_are_dropped() -> None:
    zone = parsed("td3_valid_german_issuer_one_letter")
    assert (zone.issuer, zone.nationality) == ("D", "D")


@pytest.mark.parametrize("name", [name for name in VALID if "_birth_" in name])
def test_a_partly_unknown_date_of_birth_is_no_date(name: str) -> None:
    assert parsed(name).born_on is None


@pytest.mark.parametrize(
    ("read_on", "born_on"),
    [
        (date(2074, 8, 11), date(1974, 8, 12)),
        (date(2074, 8, 12), date(2074, 8, 12)),
        (date(1999, 1, 1), date(1974, 8, 12)),
    ],
)
def test_nobody_is_born_after_the_reading(read_on: date, born_on: date) -> None:
    assert parsed("td3_valid_doc9303_specimen", read_on=read_on).born_on == born_on


@pytest.mark.parametrize(
    ("read_on_year", "expiry_year"), [(1982, 2012), (1981, 1912), (2026, 2012), (2082, 2112)]
)
def test_an_expiry_is_at_most_thirty_years_ahead_and_else_past(read_on_year: int, expiry_year: int) -> None:
    zone = parsed("td3_valid_doc9303_specimen", read_on=date(read_on_year, 1, 1))
    assert zone.expires_on.year == expiry_year


def test_check_digits_are_those_of_the_standard() -> None:
    """Doc 9303-3, 4.9 and its appendix A."""
    assert check_digit("520727") == "3"
    assert check_digit("AB2134<<<") == "5"
    assert check_digit("HA672242<658022549601086<<<<<<<<<<<<<<0") == "8"
    assert check_digit("") == "0"


def test_a_check_digit_of_foreign_characters_does_not_exist() -> None:
    for text in ("abc", "Ä", "1 2", "²"):
        with pytest.raises(Malformed):
            check_digit(text)


@given(st.text(alphabet=sorted(ALPHABET), max_size=44), st.data())
def test_a_check_digit_misses_exactly_the_blind_pairs(text: str, data: st.DataObject) -> None:
    """G and 6, L and 1, U and 0 differ by ten: their exchange is never seen, any other single one is."""
    if not text:
        return
    at = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.sampled_from(sorted(ALPHABET)))
    changed = text[:at] + other + text[at + 1 :]
    assert (check_digit(changed) == check_digit(text)) == is_blind_between(text[at], other)


def test_the_pairs_that_readers_confuse_are_blind() -> None:
    assert all(is_blind_between(*pair) for pair in ("G6", "L1", "U0"))
    assert not any(is_blind_between(*pair) for pair in ("O0", "B8", "S5", "Z2", "D0", "I1"))


def kinds_of_zone() -> dict[MrzFormat, tuple[str, ...]]:
    """Give one zone of each format that has much in it."""
    return {
        MrzFormat.TD1: lines_of("td1_valid_optional_data_in_both_places"),
        MrzFormat.TD2: lines_of("td2_valid_optional_data"),
        MrzFormat.TD3: lines_of("td3_valid_doc9303_specimen"),
        MrzFormat.MRV_A: lines_of("mrv_a_valid_doc9303_specimen"),
        MrzFormat.MRV_B: lines_of("mrv_b_valid_doc9303_specimen"),
    }


@pytest.mark.parametrize(
    "lines",
    [
        *kinds_of_zone().values(),
        lines_of("td1_valid_long_number_and_optional_data"),
        lines_of("td2_valid_doc9303_long_number"),
    ],
)
def test_every_change_of_one_character_that_a_check_digit_speaks_for_is_noticed(lines) -> None:
    """But for those between characters whose values differ by tens, which no check digit can tell apart."""
    kind = parse_mrz(lines, read_on=READ_ON).format
    for line, at in sorted(covered(kind)):
        old = lines[line][at]
        for new in sorted(each for each in ALPHABET if not is_blind_between(old, each)):
            changed = [*lines]
            changed[line] = lines[line][:at] + new + lines[line][at + 1 :]
            try:
                zone = parse_mrz(tuple(changed), read_on=READ_ON)
            except Malformed:
                continue
            assert not zone.check_digits_valid, (line, at, new)


def test_no_check_digit_speaks_for_a_name_a_state_or_a_visas_optional_data() -> None:
    """What is said of every other place is not said of these; nothing may be concluded for them."""
    for kind, lines in kinds_of_zone().items():
        unspoken = {Entry.NAME, Entry.ISSUER, Entry.NATIONALITY, Entry.SEX}
        if not COMPOSITE_PARTS[kind]:
            unspoken |= {Entry.OPTIONAL_DATA}
        for line, start, _ in (field_named(kind, entry) for entry in unspoken):
            new = "M" if lines[line][start] != "M" else "F"
            changed = [*lines]
            changed[line] = lines[line][:start] + new + lines[line][start + 1 :]
            assert parse_mrz(tuple(changed), read_on=READ_ON).check_digits_valid


def texts_of(field: Field) -> st.SearchStrategy[str]:
    """Give texts that one field may hold; dates mostly of the calendar, lest nearly all be refused."""
    texts = st.from_regex(
        re.compile(field.pattern, re.ASCII), fullmatch=True, alphabet=sorted(field.characters)
    )
    if field.name in {Entry.BIRTH, Entry.EXPIRY}:
        texts = st.dates(date(1930, 1, 1), date(2029, 12, 31)).map(lambda day: f"{day:%y%m%d}") | texts
    return texts.map(lambda text: (text + FILLER * 50)[: field.end - field.start])


def zones_of(kind: MrzFormat) -> st.SearchStrategy[tuple[str, ...]]:
    """Give zones whose every field is as the grammar says, whatever their check digits."""

    def laid_out(texts: tuple[str, ...]) -> tuple[str, ...]:
        lines = [""] * kind.line_count
        for field, text in zip(FIELDS[kind], texts, strict=True):
            lines[field.line] += text
        return tuple(lines)

    return st.tuples(*(texts_of(field) for field in FIELDS[kind])).map(laid_out)


ZONES = {kind: zones_of(kind) for kind in MrzFormat}


@given(ZONES[MrzFormat.TD3])
def test_a_passports_zone_cut_short_is_never_a_card_or_a_visa(lines: tuple[str, ...]) -> None:
    """Four of 95 passports, cut at 36 characters, once passed as TD2 by chance."""
    for length, shown in ((36, lines), (30, lines), (30, (*lines, lines[0])), (30, (*lines, lines[1]))):
        with pytest.raises(Malformed):
            parse_mrz(tuple(line[:length] for line in shown), read_on=READ_ON)


def test_a_window_of_a_passports_zone_is_no_card() -> None:
    windows = 0
    for name in (name for name in VALID if name.startswith("td3_")):
        for length in (30, 36):
            for start in range(44 - length + 1):
                cut = tuple(line[start : start + length] for line in lines_of(name))
                for lines in (cut, (*cut, cut[0]), (cut[0], *cut)):
                    windows += 1
                    with pytest.raises(Malformed):
                        parse_mrz(lines, read_on=READ_ON)
    assert windows > 300


@given(
    st.sampled_from(MrzFormat).flatmap(lambda kind: st.tuples(st.just(kind), ZONES[kind])),
    st.dates(date(1980, 1, 1), date(2200, 1, 1)),
)
def test_any_zone_of_the_grammar_is_parsed_as_its_format_or_refused(kind_and_lines, read_on) -> None:
    kind, lines = kind_and_lines
    try:
        zone = parse_mrz(lines, read_on=read_on)
    except Malformed:
        return
    assert zone.format is kind
    assert tuple(field for field, _ in zone.check_digits) == CHECKED[kind]
    assert zone.born_on is None or zone.born_on <= read_on
    assert len(zone.optional_data) == (2 if kind is MrzFormat.TD1 else 1)
    assert not any(text.endswith(FILLER) for text in (zone.number, zone.issuer, *zone.optional_data))


@given(st.data())
def test_any_text_of_the_alphabet_in_any_shape_is_parsed_or_refused(data: st.DataObject) -> None:
    count = data.draw(st.integers(0, 4))
    length = data.draw(st.sampled_from([0, 1, 29, 30, 31, 35, 36, 37, 43, 44, 45]))
    line = st.text(sorted(ALPHABET), min_size=length, max_size=length)
    lines = tuple(data.draw(line) for _ in range(count))
    try:
        zone = parse_mrz(lines, read_on=READ_ON)
    except Malformed:
        return
    assert (zone.format.line_count, zone.format.line_length) == (count, length)


@given(st.lists(st.text(max_size=50), max_size=4).map(tuple))
def test_any_text_at_all_is_parsed_or_refused(lines: tuple[str, ...]) -> None:
    with pytest.raises(Malformed):
        parse_mrz(lines, read_on=READ_ON)
    padded = tuple(f"{line[:30]:<<30}" for line in lines)
    if not all(ALPHABET.issuperset(line) for line in padded):
        with pytest.raises(Malformed):
            parse_mrz(padded, read_on=READ_ON)
