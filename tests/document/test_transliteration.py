"""How a zone may spell a printed name: ICAO Doc 9303-3, 4.6 and 6; cutting: Doc 9303-4, 4.2.3."""

# ruff: noqa: RUF001 -- letters that look like other letters are the subject

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineproof.document.transliteration import (
    FILLER,
    LONGEST_NAME,
    MOST_SPELLINGS,
    NAME_LENGTHS,
    may_be_cut_from,
    may_be_spelled,
    name_field,
    transliterations,
    without_marks,
)
from lineproof.document.usual_spelling import usual_spelling

WALLABY = "BENNELONG WOOLOOMOOLOO WARRANDYTE WARNAMBOOL"


@pytest.mark.parametrize(
    ("printed", "spellings"),
    [
        ("Eriksson", {"ERIKSSON"}),
        ("Müller", {"MUELLER", "MUXXLLER", "MULLER"}),
        ("Öz", {"OEZ", "OZ"}),
        ("Åse", {"AASE", "ASE"}),
        ("Jäger", {"JAEGER", "JAGER"}),
        ("Muñoz", {"MUNOZ", "MUNXXOZ"}),
        ("Strauß", {"STRAUSS"}),
        ("STRAUẞ", {"STRAUSS"}),
        ("Łódź", {"LODZ"}),
        ("Ğıİ", {"GII"}),
        ("Þóra Ðe", {"THORA<DE"}),
        ("Sørensen Æ Œ Ĳ", {"SOERENSEN<AE<OE<IJ"}),
        ("D'Artagnan", {"DARTAGNAN"}),
        ("O’Tarrin", {"OTARRIN"}),
        ("Anna-Maria  Eva", {"ANNA<MARIA<EVA"}),
        ("Smith Jr.", {"SMITH<JR"}),
    ],
)
def test_latin_name_has_the_spellings_of_table_a(printed: str, spellings: set[str]):
    assert transliterations(printed) == spellings


def test_letter_with_its_mark_apart_is_spelled_as_one_letter():
    assert transliterations("Mu\N{COMBINING DIAERESIS}ller") == transliterations("Müller")


@pytest.mark.parametrize(
    ("printed", "spelling", "whose"),
    [
        ("Щербаков", "SHCHERBAKOV", "of most languages"),
        ("Щербаков", "SHTERBAKOV", "Bulgarian"),
        ("Григорий", "GRIGORII", "Russian"),
        ("Григорій", "HRYHORII", "Ukrainian"),
        ("Ярослав Їжак", "YAROSLAV<YIZHAK", "Ukrainian, at the beginning of a word"),
        ("Марія", "MARIIA", "Ukrainian, within a word"),
        ("Ігар Ёд", "IHAR<IOD", "Belarusian"),
        ("Жељко Ћосић", "ZELJKO<COSIC", "Serbian"),
        ("Ѓорѓи Ќосев Џон", "GJORGJI<KJOSEV<DJON", "Macedonian"),
        ("Хрватски Цар", "HRVATSKI<CAR", "Serbian and Macedonian"),
    ],
)
def test_cyrillic_name_has_the_spelling_of_table_b(printed: str, spelling: str, whose: str):
    assert may_be_spelled(printed, spelling), whose
    assert spelling in transliterations(printed)


def test_exceptions_of_two_languages_are_not_mixed_in_one_name():
    assert may_be_spelled("Жгут", "ZHUT")  # Serbian: Z for one letter, H for the other
    assert may_be_spelled("Жиг", "ZHYH")  # Ukrainian
    assert not may_be_spelled("Жиг", "ZYH")  # a Serbian letter and a Ukrainian one


@pytest.mark.parametrize(
    ("printed", "spelling"),
    [
        ("ابو بكر محمد بن زكريا الرازي", "ABW<BKR<MXHMD<BN<ZKRYA<ALRAZY"),  # the standard's own example
        ("فاطمة", "FAXTTMXAH"),
        ("فاطمة", "FAXTTMXTA"),
        ("مُحَمَّد", "MXHMMD"),
        ("مُحَمَّد", "MXHMD"),
    ],
)
def test_arabic_name_has_the_spelling_of_table_c(printed: str, spelling: str):
    assert may_be_spelled(printed, spelling)


@pytest.mark.parametrize("printed", ["Γιώργος", "王", "Anna 2", "", "   ", "-"])
def test_text_that_no_table_can_spell_has_no_spelling(printed: str):
    assert transliterations(printed) == frozenset()
    assert not may_be_spelled(printed, "ANNA")


@pytest.mark.parametrize(
    ("printed", "spelling"),
    [
        ("Anna Maria", "ANNA MARIA"),
        ("Ägidius  Müller-Öz", "AEGIDIUS MUELLER OEZ"),
        ("O'Tarrin", "OTARRIN"),
        ("Щукина", "SHCHUKINA"),
        ("محمد", "MXHMD"),
        ("山田", None),
        ("'", None),
        ("", None),
    ],
)
def test_usual_spelling_is_one_and_has_spaces(printed: str, spelling: str | None):
    assert usual_spelling(printed) == spelling


def test_spelling_is_found_even_where_there_are_too_many_to_list():
    printed, spelling = "ü" * 30, "UE" * 15 + "U" * 15
    assert len(transliterations(printed)) <= MOST_SPELLINGS
    assert may_be_spelled(printed, spelling)
    assert not may_be_spelled(printed, spelling + "A")


@given(st.text(alphabet="ÄÖÜÅÑßÆabc -'ЖГИүabcɫ1", max_size=200))
def test_spellings_are_in_the_zones_alphabet_and_each_is_possible(printed: str):
    spellings = transliterations(printed)
    assert len(spellings) <= MOST_SPELLINGS
    for spelling in spellings:
        assert set(spelling) <= {*string.ascii_uppercase, FILLER}
        assert not spelling.startswith(FILLER)
        assert not spelling.endswith(FILLER)
        assert len(printed.strip()) > LONGEST_NAME or may_be_spelled(printed, spelling)


@pytest.mark.parametrize(
    "kept",
    [
        "BENNELONG<WOOLOOMOOLOO<WARRANDYTE<W",
        "BENNELONG<WOOLOOM<WARRAND<WARNAM",
        "BENNELON<WOOLOOMOOLOO<WARRANDYTE<WARN",
        "BENNELONG<WOOLOOMOOLOO",
    ],
)
def test_long_name_may_be_cut_in_every_way_the_standard_shows(kept: str):
    assert may_be_cut_from(kept, WALLABY)


@pytest.mark.parametrize(
    "kept", ["", "WOOLOOMOOLOO<BENNELONG", "BENNELONG<WARRANDYTE", "BENNELONGS", WALLABY + "<X"]
)
def test_name_that_was_changed_was_not_cut(kept: str):
    assert not may_be_cut_from(kept, WALLABY)


@pytest.mark.parametrize(
    ("surname", "given_names", "field"),
    [
        ("ERIKSSON", "ANNA MARIA", "ERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<"),
        ("ARKFREITH", "", "ARKFREITH<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<"),
        ("NILAVADHANANANDA", "CHAYAPA DEJTHAMRONG KRASUANG", "NILAVADHANANANDA<<CHAYAPA<DEJTHAMRONG<K"),
        (WALLABY, "DINGO POTOROO", "BENNELONG<WOOLOOMOOLOO<WARRANDYTE<WA<<D"),
        ("A" * 20, "B" * 16 + " CC", "A" * 20 + "<<" + "B" * 15 + "<C"),
    ],
)
def test_name_field_is_filled_or_cut_to_its_length(surname: str, given_names: str, field: str):
    assert name_field(surname=surname, given_names=given_names, length=NAME_LENGTHS["TD3"]) == field


_NAMES = st.lists(st.text(string.ascii_uppercase, min_size=2, max_size=20), min_size=1, max_size=5)


@given(_NAMES, _NAMES, st.sampled_from(sorted(NAME_LENGTHS.values())))
def test_cut_name_is_one_that_may_be_cut_so_and_shows_it(surname: list[str], given: list[str], length: int):
    primary, secondary = " ".join(surname), " ".join(given)
    field = name_field(surname=primary, given_names=secondary, length=length)
    kept = field.split(FILLER * 2)
    assert len(field) == length
    assert may_be_cut_from(kept[0], primary)
    assert may_be_cut_from(kept[1].rstrip(FILLER), secondary)
    if len(primary) + 2 + len(secondary) > length and field.endswith(FILLER):
        # Only where a single letter had room, which leaves nothing to cut.
        assert len(kept[1].rstrip(FILLER)) <= 2


def test_marks_are_taken_off_words_that_no_standard_spells():
    assert without_marks("Geçerlilik ı Łódź ß") == "GECERLILIK I LODZ SS"
