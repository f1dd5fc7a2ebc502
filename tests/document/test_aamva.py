"""The barcode of a card is read as the AAMVA standard says, or refused with the part that is impossible."""

from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lineproof.document.aamva import (
    MOST_BYTES,
    AamvaCard,
    CardKind,
    Deviation,
    Truncation,
    is_aamva,
    parse_aamva,
)
from lineproof.errors import Malformed
from tests.fakes.aamva_card import ELEMENTS, OLD_ELEMENTS, a_barcode

PERSONAL = ("T64235789", "SAMPLE", "MICHAEL", "JOHN", "06061986", "RICHMOND")


def refused(content: bytes, match: str) -> None:
    with pytest.raises(Malformed, match=match) as refusal:
        parse_aamva(content)
    assert not any(each in str(refusal.value) for each in PERSONAL)


def test_card_of_the_2020_standard_says_who_holds_it_and_until_when():
    card = parse_aamva(a_barcode())
    assert card == AamvaCard(
        version=10,
        issuer_number="636000",
        jurisdiction_version=2,
        kind=CardKind.DRIVING_LICENCE,
        number="T64235789",
        surname="SAMPLE",
        given_names="MICHAEL JOHN",
        surname_truncated=Truncation.NOT_TRUNCATED,
        given_names_truncated=Truncation.NOT_TRUNCATED,
        born_on=date(1986, 6, 6),
        expires_on=date(2034, 12, 10),
        issued_on=date(2019, 6, 6),
        jurisdiction="VA",
        country="USA",
        deviations=(),
    )


def test_what_the_card_says_of_its_holders_looks_and_home_is_not_kept():
    card = parse_aamva(a_barcode(DCL="W", DAY="BRO", DAZ="BLK", DAW="180"))
    kept = repr(card)
    assert not any(each in kept for each in ("BRO", "BLK", "180", "BROAD STREET", "RICHMOND", "23269"))


@pytest.mark.parametrize("version", range(4, 12))
@pytest.mark.parametrize("kind", list(CardKind))
def test_every_version_since_2009_and_kind_of_card_is_read(version: int, kind: CardKind):
    card = parse_aamva(a_barcode(version=version, kind=kind.value))
    assert (card.version, card.kind, card.given_names) == (version, kind, "MICHAEL JOHN")


@pytest.mark.parametrize("version", [2, 3])
@pytest.mark.parametrize("given", ["MICHAEL,JOHN", "MICHAEL JOHN"])
def test_versions_of_2003_and_2005_have_all_given_names_in_one_element(version: int, given: str):
    content = a_barcode(version=version, DAC=None, DAD=None, DCT=given, DDE=None, DDF=None, DDG=None)
    card = parse_aamva(content)
    assert (card.surname, card.given_names) == ("SAMPLE", "MICHAEL JOHN")
    assert card.given_names_truncated is card.surname_truncated is Truncation.UNKNOWN


def test_version_of_2000_has_the_whole_name_in_one_element_and_the_year_first():
    card = parse_aamva(a_barcode(OLD_ELEMENTS, version=1))
    assert (card.surname, card.given_names, card.jurisdiction_version) == ("SAMPLE", "MICHAEL JOHN", None)
    assert (card.born_on, card.expires_on) == (date(1986, 6, 6), date(2034, 12, 10))
    assert card.deviations == ()


def test_canadian_card_has_the_year_first():
    card = parse_aamva(a_barcode(DCG="CAN", DAJ="ON", DBA="20341210", DBB="19860606", DBD="20190606"))
    assert (card.born_on, card.expires_on, card.deviations) == (date(1986, 6, 6), date(2034, 12, 10), ())


@pytest.mark.parametrize("nothing", ["NONE", "unavl", "", " "])
def test_middle_name_that_the_holder_does_not_have_is_no_name(nothing: str):
    assert parse_aamva(a_barcode(DAD=nothing)).given_names == "MICHAEL"


def test_several_middle_names_stand_with_commas_between():
    assert parse_aamva(a_barcode(DAD="JOHN,PAUL")).given_names == "MICHAEL JOHN PAUL"


def test_holder_with_one_name_has_an_empty_other():
    card = parse_aamva(a_barcode(DAC="NONE", DAD="NONE"))
    assert (card.surname, card.given_names) == ("SAMPLE", "")


@pytest.mark.parametrize(
    ("flags", "cut"),
    [
        ({"DDF": "T"}, Truncation.TRUNCATED),
        ({"DDG": "T", "DDF": "U"}, Truncation.TRUNCATED),
        ({"DDG": "U"}, Truncation.UNKNOWN),
        ({"DDG": None}, Truncation.UNKNOWN),
    ],
)
def test_given_names_are_cut_as_soon_as_one_is(flags: dict[str, str | None], cut: Truncation):
    assert parse_aamva(a_barcode(**flags)).given_names_truncated is cut


def test_padding_is_no_part_of_a_number():
    assert parse_aamva(a_barcode(DAQ="K00000000000000          ")).number == "K00000000000000"


def test_letters_of_latin_1_are_read():
    assert parse_aamva(a_barcode(DCS="TREMBLAY-BÉLANGER")).surname == "TREMBLAY-BÉLANGER"


def test_jurisdictions_own_subfiles_are_passed_over():
    others = ("ZVZVA01\r", "ZXZXAwhatever\nZXB\r")
    assert parse_aamva(a_barcode(others=others)) == parse_aamva(a_barcode(others=()))


@pytest.mark.parametrize(
    ("content", "deviation"),
    [
        (a_barcode(OLD_ELEMENTS, version=1, file_type="AAMVA"), Deviation.OLD_FILE_TYPE),
        (a_barcode(version=3, DCT="MICHAEL JOHN", offset=0), Deviation.NO_OFFSET),
        (
            a_barcode(OLD_ELEMENTS, version=1, issuer="636005", offset=30, others=()),
            Deviation.OFFSET_ONE_TOO_LARGE,
        ),
        (a_barcode(length=267), Deviation.OTHER_LENGTH),
        (a_barcode().replace(b"\nDCA", b"\n\nDCA"), Deviation.EMPTY_ELEMENT),
        (a_barcode(version=4, DBB="19860606"), Deviation.OTHER_DATE_ORDER),
        (a_barcode(DCG="CAN"), Deviation.OTHER_DATE_ORDER),
    ],
    ids=["maryland", "ontario", "south-carolina", "length", "colorado", "wyoming", "canadian"],
)
def test_known_departure_from_the_standard_is_read_and_reported(content: bytes, deviation: Deviation):
    card = parse_aamva(content)
    assert deviation in card.deviations
    assert (card.surname, card.given_names, card.born_on) == ("SAMPLE", "MICHAEL JOHN", date(1986, 6, 6))


@pytest.mark.parametrize(
    ("content", "match"),
    [
        (b"", "does not begin"),
        (b"https://example.org/", "does not begin"),
        (a_barcode()[1:], "does not begin"),
        (a_barcode().replace(b"\x1e", b"\x1c", 1), "does not begin"),
        (a_barcode(file_type="AAMVA"), "another file type"),
        (a_barcode(file_type="ANSI-"), "another file type"),
        (a_barcode(version=0), "version that is not known, 00"),
        (a_barcode(version=12), "version that is not known, 12"),
        (a_barcode(issuer="63600A"), "no header"),
        (a_barcode()[:20], "no header"),
        (a_barcode()[:21], "impossible subfile designator"),
        (a_barcode().replace(b"100202", b"100200", 1), "no subfile"),
        (a_barcode(kind="ZV"), "exactly one card"),
        (a_barcode(kind="QQ"), "impossible subfile designator"),
        (a_barcode(others=("IDDAQ1\r",)), "exactly one card"),
        (a_barcode(offset=40), "where its header says"),
        (a_barcode(offset=52), "where its header says"),
        (a_barcode(OLD_ELEMENTS, version=1, offset=30, others=()), "where its header says"),
        (a_barcode(offset=9999), "where its header says"),
        (a_barcode(others=())[:-1], "cut short"),
        (a_barcode(DCS="SAM\x00PLE"), "impossible element"),
        (a_barcode().replace(b"DCS", b"dcs"), "impossible element"),
        (a_barcode().replace(b"\nDAC", b"\nDCSOTHER\nDAC"), "DCS twice"),
        (a_barcode(DAQ=None), "DAQ"),
        (a_barcode(DAQ="?"), "DAQ"),
        (a_barcode(DBB=None), "DBB"),
        (a_barcode(DBB="0606198"), "DBB"),
        (a_barcode(DBB="02301986"), "DBB that is in no calendar"),
        (a_barcode(DBA="13132034"), "DBA that is in no calendar"),
        (a_barcode(DBA="12100001"), "DBA that is in no calendar"),
        (a_barcode(DBD="00000000"), "DBD that is in no calendar"),
        (a_barcode(DDE="X"), "DDE"),
        (a_barcode(DAJ="V"), "DAJ"),
        (a_barcode(DCG="usa"), "DCG"),
        (a_barcode(DCS="NONE", DAC="unavl", DAD=""), "no name"),
        (a_barcode() + bytes(MOST_BYTES), "longer"),
    ],
)
def test_what_is_not_of_the_standard_is_refused_and_says_which_part(content: bytes, match: str):
    refused(content, match)


def test_claim_to_be_of_the_standard_is_told_by_the_beginning():
    assert is_aamva(a_barcode())
    assert is_aamva(a_barcode(OLD_ELEMENTS, version=1, file_type="AAMVA"))
    assert not is_aamva(b"@\n\x1e\rOTHER")


dates = st.dates(date(1900, 1, 1), date(2199, 12, 31))


@given(day=dates, canadian=st.booleans())
@example(day=date(2020, 12, 10), canadian=True)
@example(day=date(1912, 12, 19), canadian=False)
def test_no_date_of_three_centuries_can_be_read_in_the_other_order(day: date, *, canadian: bool):
    """Whatever the country says, so that a card with the wrong order is still read right."""
    written = f"{day:%Y%m%d}" if canadian else f"{day:%m%d%Y}"
    for country in ("USA", "CAN"):
        card = parse_aamva(a_barcode(DBB=written, DCG=country))
        assert card.born_on == day
        # The card's other dates are in the order of the States.
        all_alike = country == "USA" and not canadian
        assert (Deviation.OTHER_DATE_ORDER in card.deviations) is not all_alike


@given(at=st.integers(0, 400), cut=st.integers(0, 40), put=st.binary(max_size=20))
def test_any_bytes_are_read_or_refused_and_nothing_else(at: int, cut: int, put: bytes):
    content = a_barcode()
    try:
        card = parse_aamva(content[:at] + put + content[at + cut :])
    except Malformed:
        pass
    else:
        assert card.number
        assert card.surname or card.given_names
        assert 1900 <= card.born_on.year <= 2199


@given(names=st.lists(st.sampled_from(sorted(ELEMENTS)), unique=True, max_size=6))
def test_card_without_an_element_is_refused_only_for_one_that_is_needed(names: list[str]):
    needed = {"DAQ", "DBB", "DBA", "DAJ"}
    content = a_barcode(**dict.fromkeys(names))
    nameless = {"DCS", "DAC", "DAD"} <= set(names)
    if needed & set(names) or nameless:
        refused(content, "has no")
    else:
        assert parse_aamva(content).number == "T64235789"
