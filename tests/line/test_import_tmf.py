"""A base as TM Forum has it: products and who holds them are the same records as rows of CSV."""

import io
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from lineproof.errors import Malformed
from lineproof.line.import_csv import parse_csv
from lineproof.line.import_rows import MOST_LINE_BYTES
from lineproof.line.import_tmf import MOST_ARRAY_BYTES, parse_tmf
from lineproof.line.imported import ImportedRecord, ProblemKind, RowProblem
from tests.line.imported_rows import ROW, TODAY, a_product, an_individual, as_csv, as_json_lines

(ALICES,) = parse_csv(io.BytesIO(as_csv([ROW])), today=TODAY)
assert isinstance(ALICES, ImportedRecord)


def read(products: bytes, parties: bytes | None = None) -> list[ImportedRecord | RowProblem]:
    known = None if parties is None else io.BytesIO(parties)
    return list(parse_tmf(io.BytesIO(products), known, today=TODAY))


def of_product(product: object) -> ImportedRecord | ProblemKind:
    (found,) = read(as_json_lines([product]), as_json_lines([an_individual()]))
    return found.kind if isinstance(found, RowProblem) else found


@pytest.mark.parametrize("as_array", [False, True], ids=["lines", "array"])
@pytest.mark.parametrize("by_value", [False, True], ids=["reference", "value"])
def test_product_and_its_individual_are_the_record_that_the_row_is(as_array: bool, by_value: bool):
    products = [a_product(party=an_individual() if by_value else None)]
    parties = [an_individual(id="other", familyName="Other"), an_individual()]
    if as_array:
        found = read(json.dumps(products, indent=1).encode(), json.dumps(parties).encode())
    else:
        found = read(as_json_lines(products), as_json_lines(parties))
    assert found == [replace(ALICES, row=1)]


def test_reference_of_version_4_is_understood():
    flat = {"role": "customer", "id": "C1", "@referredType": "Individual"}
    assert of_product(a_product(relatedParty=[flat])) == replace(ALICES, row=1)


def test_the_surest_of_several_roles_is_the_holder():
    users = {"role": "user", "partyOrPartyRole": {"id": "nobody"}}
    bill = {"role": "customer", "partyOrPartyRole": {"id": "nobody"}}
    holder = {"role": "holder", "partyOrPartyRole": {"id": "C1"}}
    assert of_product(a_product(relatedParty=[users, bill, holder])) == replace(ALICES, row=1)


def test_personal_number_and_other_identifications():
    passport = an_individual()["individualIdentification"][0]
    licence = {"identificationType": "driversLicense", "identificationId": "X1"}
    personal = {"identificationType": "personalNumber", "identificationId": "ZE1842"}
    party = an_individual(individualIdentification=[licence, personal, passport])
    found = of_product(a_product(party=party))
    assert isinstance(found, ImportedRecord)
    assert found.document is not None
    assert (found.document.number, found.document.personal_number) == ("A10010001", "ZE1842")


@pytest.mark.parametrize(
    ("kind", "product"),
    [
        (ProblemKind.NOT_ACTIVE, a_product(status="suspended")),
        (ProblemKind.NOT_ACTIVE, {}),
        (ProblemKind.PARTY_MISSING, a_product(relatedParty=[])),
        (ProblemKind.PARTY_MISSING, a_product(relatedParty=[{"role": "seller"}, {"role": "user"}])),
        (ProblemKind.PARTY_MISSING, a_product(party={"id": "unknown"})),
        (ProblemKind.PARTY_MISSING, a_product(relatedParty=[{"role": "owner", "partyOrPartyRole": 7}])),
        (ProblemKind.PARTY_NO_PERSON, a_product(party={"@referredType": "Organization", "id": "C1"})),
        (ProblemKind.PARTY_MISSING, a_product(party={"@type": {}, "@referredType": [], "id": "unknown"})),
        (
            ProblemKind.PARTY_NO_PERSON,
            a_product(party=an_individual(**{"@type": "Organization"})),
        ),
        (ProblemKind.NAME_MISSING, a_product(party=an_individual(givenName=None, familyName=""))),
        (ProblemKind.TEXT_UNUSABLE, a_product(party=an_individual(familyName=["Abelard"]))),
        (ProblemKind.TEXT_UNUSABLE, a_product(productCharacteristic={"msisdn": "+999555001001"})),
        (ProblemKind.LINE_MISSING, a_product(productCharacteristic=[])),
        (ProblemKind.BIRTH_WRONG, a_product(party=an_individual(birthDate="8/12/1990"))),
        (ProblemKind.ROW_BROKEN, [a_product()]),
        (ProblemKind.ROW_BROKEN, "product"),
    ],
)
def test_product_that_is_no_record_has_its_problem(kind: ProblemKind, product: Any):
    lines = as_json_lines([{}, product, a_product()])
    found = read(lines, as_json_lines([an_individual()]))
    assert found[1] == RowProblem(2, kind)
    assert isinstance(found[2], ImportedRecord)


ANYTHING = (None, True, 7, 1e400, "", "\ud800", [], {}, [[]], [{}], [None], {"@type": []}, {"a": {"b": []}})


def with_each_value_replaced(item: Any) -> Iterator[Any]:
    """Give copies of what a JSON text may say, in each of which one value is anything at all."""
    yield from ANYTHING
    places = enumerate(item) if isinstance(item, list) else item.items() if isinstance(item, dict) else ()
    for place, value in list(places):
        for other in with_each_value_replaced(value):
            replaced = item.copy()
            replaced[place] = other
            yield replaced


@pytest.mark.parametrize("by_value", [False, True], ids=["reference", "value"])
def test_no_value_in_any_place_stops_the_reading(by_value: bool):
    good = a_product(party=an_individual()) if by_value else a_product()
    products = list(with_each_value_replaced(good))
    assert len(read(as_json_lines(products), as_json_lines([an_individual()]))) == len(products) > 300
    parties = list(with_each_value_replaced(an_individual()))
    for party in parties:
        (found,) = read(as_json_lines([a_product()]), as_json_lines([party]))
        assert isinstance(found, ImportedRecord | RowProblem)


@pytest.mark.parametrize("line", [b"{", b'{"a": NaN', b"[" * 5000, b'{"id": ' + b"9" * 5000 + b"}"])
def test_line_that_is_no_object_spoils_none_after_it(line: bytes):
    found = read(b"{}\n" + line + b"\n" + as_json_lines([a_product(party=an_individual())]))
    assert [type(each) for each in found] == [RowProblem, RowProblem, ImportedRecord]


def test_line_that_is_too_long_is_passed_over_in_both_files():
    huge = b'{"id": "' + b"x" * (3 * MOST_LINE_BYTES) + b'"}\n'
    found = read(huge + as_json_lines([a_product()]), huge + as_json_lines([an_individual()]))
    assert found == [RowProblem(1, ProblemKind.ROW_TOO_LONG), replace(ALICES, row=2)]


def test_array_is_held_as_a_whole_and_so_it_must_be_small_and_whole():
    with pytest.raises(Malformed, match=r"longer than 8 MiB.*one object in a line"):
        read(b"[" + b" " * MOST_ARRAY_BYTES + b"]")
    with pytest.raises(Malformed, match="not one JSON array"):
        read(b"[{},")
    with pytest.raises(Malformed, match="not one JSON array"):
        read(b"[" * 100_000)


def test_first_of_two_parties_with_one_id_counts():
    parties = as_json_lines([an_individual(), an_individual(familyName="Other")])
    (found,) = read(as_json_lines([a_product()]), parties)
    assert isinstance(found, ImportedRecord)
    assert found.surname == "Abelard"
