"""Composed zones of cards and visas, against the examples ICAO publishes: Doc 9303 parts 5, 6 and 7."""

from dataclasses import replace
from datetime import date

import pytest

from lineproof.errors import Malformed
from lineproof.specimen.fields import DocumentFields, document_fields
from lineproof.specimen.kinds import ZONE_PLACES, DocumentKind
from lineproof.specimen.mrz import compose_mrz
from lineproof.specimen.page import zone_lines

TODAY = date(2026, 1, 1)
CARDS = (DocumentKind.CARD_BACK, DocumentKind.OFFICIAL_CARD)
VISAS = (DocumentKind.VISA_A, DocumentKind.VISA_B)

ERIKSSON = DocumentFields(
    surname="Eriksson",
    given_names="Anna Maria",
    number="D23145890",
    nationality="UTO",
    born_on=date(1974, 8, 12),
    sex="F",
    issued_on=date(2007, 4, 16),
    expires_on=date(2012, 4, 15),
)
STEVENSON = DocumentFields(
    surname="Stevenson",
    given_names="Peter John",
    number="D23145890734",
    nationality="UTO",
    born_on=date(1934, 7, 12),
    sex="M",
    issued_on=date(1985, 7, 13),
    expires_on=date(1995, 7, 12),
)
VISITOR = replace(
    ERIKSSON, number="L8988901C", nationality="XXX", born_on=date(1940, 9, 7), expires_on=date(1996, 12, 10)
)


@pytest.mark.parametrize(
    ("fields", "kind", "lines"),
    [
        (ERIKSSON, DocumentKind.CARD_BACK,
         ("I<UTOD231458907<<<<<<<<<<<<<<<", "7408122F1204159UTO<<<<<<<<<<<6",
          "ERIKSSON<<ANNA<MARIA<<<<<<<<<<")),
        (STEVENSON, DocumentKind.CARD_BACK,
         ("I<UTOD23145890<7349<<<<<<<<<<<", "3407127M9507122UTO<<<<<<<<<<<2",
          "STEVENSON<<PETER<JOHN<<<<<<<<<")),
        (ERIKSSON, DocumentKind.OFFICIAL_CARD,
         ("I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<", "D231458907UTO7408122F1204159<<<<<<<6")),
        (STEVENSON, DocumentKind.OFFICIAL_CARD,
         ("I<UTOSTEVENSON<<PETER<JOHN<<<<<<<<<<", "D23145890<UTO3407127M95071227349<<<8")),
        (replace(VISITOR, personal_number="6ZE184226B"), DocumentKind.VISA_A,
         ("V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L8988901C4XXX4009078F96121096ZE184226B<<<<<<")),
        (VISITOR, DocumentKind.VISA_B,
         ("V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<", "L8988901C4XXX4009078F9612109<<<<<<<<")),
    ],
)  # fmt: skip
def test_icaos_examples_come_out_letter_for_letter(
    fields: DocumentFields, kind: DocumentKind, lines: tuple[str, ...]
):
    assert compose_mrz(fields, kind) == lines


def digit(text: str) -> int:
    """Compute a check digit by a table of values of its own, from the standard's description."""
    values = {character: value for value, character in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")}
    total = 0
    for weight, character in zip([7, 3, 1] * len(text), text, strict=False):
        total += weight * values.get(character, 0)
    return total % 10


def holding(lines: tuple[str, ...], kind: DocumentKind) -> list[bool]:
    """Say of each check digit whether it holds, by the positions in the standard's tables, from one."""

    def cut(line: int, first: int, last: int) -> str:
        return lines[line - 1][first - 1 : last]

    def holds(text: str, at: str) -> bool:
        return str(digit(text)) == at

    def number_holds(line: int, first: int, optional: str) -> bool:
        if cut(line, first + 9, first + 9) != "<":
            return holds(cut(line, first, first + 8), cut(line, first + 9, first + 9))
        rest, _, _ = optional.partition("<")
        return holds(cut(line, first, first + 8) + rest[:-1], rest[-1:])

    if kind is DocumentKind.CARD_BACK:
        return [
            number_holds(1, 6, cut(1, 16, 30)),
            holds(cut(2, 1, 6), cut(2, 7, 7)),
            holds(cut(2, 9, 14), cut(2, 15, 15)),
            holds(cut(1, 6, 30) + cut(2, 1, 7) + cut(2, 9, 15) + cut(2, 19, 29), cut(2, 30, 30)),
        ]
    ends = {DocumentKind.PASSPORT: 43, DocumentKind.OFFICIAL_CARD: 35}.get(kind)
    found = [
        number_holds(2, 1, cut(2, 29, ends or 44)),
        holds(cut(2, 14, 19), cut(2, 20, 20)),
        holds(cut(2, 22, 27), cut(2, 28, 28)),
    ]
    if ends:
        found.append(holds(cut(2, 1, 10) + cut(2, 14, 20) + cut(2, 22, ends), cut(2, ends + 1, ends + 1)))
    if kind is DocumentKind.PASSPORT and cut(2, 29, 42).strip("<"):
        found.append(holds(cut(2, 29, 42), cut(2, 43, 43)))
    return found


@pytest.mark.parametrize("kind", list(ZONE_PLACES))
def test_every_check_digit_of_invented_entries_holds(kind: DocumentKind):
    for seed in range(60):
        fields = document_fields(seed, kind=kind, today=TODAY, long_number=kind in CARDS and seed % 3 == 0)
        lines = zone_lines(kind=kind, fields=fields)
        assert {len(line) for line in lines} == {ZONE_PLACES[kind].line_length}
        assert len(lines) == len(ZONE_PLACES[kind].middles_mm)
        assert all(holding(lines, kind)), lines


@pytest.mark.parametrize("kind", list(ZONE_PLACES))
def test_a_changed_digit_is_noticed_by_the_independent_calculation(kind: DocumentKind):
    lines = zone_lines(kind=kind, fields=document_fields(4, kind=kind, today=TODAY))
    dates, at = 1, 0 if kind is DocumentKind.CARD_BACK else 13
    changed = str((int(lines[dates][at]) + 1) % 10)
    wrong = lines[dates][:at] + changed + lines[dates][at + 1 :]
    assert not all(holding((*lines[:dates], wrong, *lines[dates + 1 :]), kind))


def test_both_sides_of_a_card_have_one_zone_and_only_the_back_shows_it():
    assert compose_mrz(ERIKSSON, DocumentKind.CARD_FRONT) == compose_mrz(ERIKSSON, DocumentKind.CARD_BACK)
    assert zone_lines(kind=DocumentKind.CARD_FRONT, fields=ERIKSSON) == ()
    front, back = (
        document_fields(9, kind=kind, today=TODAY)
        for kind in (DocumentKind.CARD_FRONT, DocumentKind.CARD_BACK)
    )
    assert front == back


@pytest.mark.parametrize(
    ("kind", "start", "length"),
    [
        (DocumentKind.PASSPORT, 5, 39), (DocumentKind.CARD_BACK, 0, 30), (DocumentKind.OFFICIAL_CARD, 5, 31),
        (DocumentKind.VISA_A, 5, 39), (DocumentKind.VISA_B, 5, 31),
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    "names",
    [
        ("Nilavadhanananda", "Chayapa Dejthamrong Krasuang"),
        ("Nilavadhanananda", "Arnpol Petch Charonguang"),
        ("Bennelong Wooloomooloo Warrandyte Warnambool", "Dingo Potoroo"),
        ("Wooloomoolooworrandytewarnamboolbennelong", "D"),
    ],
)
def test_name_that_is_cut_ends_in_a_letter_and_keeps_one_of_the_given_names(
    kind: DocumentKind, start: int, length: int, names: tuple[str, str]
):
    fields = replace(ERIKSSON, surname=names[0], given_names=names[1])
    line = compose_mrz(fields, kind)[2 if kind is DocumentKind.CARD_BACK else 0][start:]
    assert len(line) == length
    surname, _, given = line.rstrip("<").partition("<<")
    whole = len(f"{names[0]}<<{names[1]}") <= length
    assert whole or line[-1] != "<"
    assert given[0] == names[1][0].upper()
    assert names[0].upper().startswith(surname[:9])


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        (DocumentKind.VISA_A, {"number": "D231458907"}),
        (DocumentKind.CARD_BACK, {"number": "1" * 23}),
        (DocumentKind.OFFICIAL_CARD, {"number": "1" * 15}),
        (DocumentKind.OFFICIAL_CARD, {"personal_number": "12345678"}),
        (DocumentKind.CARD_BACK, {"further_data": "AB-1"}),
        (DocumentKind.CARD_BACK, {"document_code": "P"}),
        (DocumentKind.VISA_B, {"document_code": "I"}),
        (DocumentKind.PASSPORT, {"document_code": "PASS"}),
    ],
)
def test_entry_that_a_kind_of_zone_cannot_carry_is_refused(kind: DocumentKind, changes: dict[str, str]):
    with pytest.raises(Malformed):
        compose_mrz(replace(ERIKSSON, **changes), kind)


@pytest.mark.parametrize("seed", range(12))
def test_invented_visa_is_valid_for_a_year_at_most_and_names_the_passport(seed: int):
    for kind in VISAS:
        visa = document_fields(seed, kind=kind, today=TODAY)
        assert visa.issued_on < TODAY < visa.expires_on
        assert (visa.expires_on - visa.issued_on).days <= 365
        assert visa.passport_number == document_fields(seed, kind=DocumentKind.PASSPORT, today=TODAY).number
        assert document_fields(seed, kind=kind, today=TODAY, expired=True).expires_on < TODAY
