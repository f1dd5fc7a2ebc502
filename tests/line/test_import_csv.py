"""A base as CSV: every row is a record, or has one problem, and none spoils another."""

import io
from datetime import date

import pytest

from lineproof.errors import Malformed
from lineproof.line.import_csv import MOST_LINES_OF_A_ROW, parse_csv
from lineproof.line.import_rows import MOST_LINE_BYTES, digest_of
from lineproof.line.imported import (
    FIELDS,
    MOST_CELL_CHARACTERS,
    MOST_NAME_BYTES,
    PROBLEMS,
    ClaimedDocument,
    ClaimedVerification,
    ClaimedWay,
    ImportedRecord,
    ProblemKind,
    RowProblem,
)
from lineproof.terms import AccessId, Msisdn
from tests.line.imported_rows import BOS, ROW, TODAY, a_number, a_row, as_csv

GOOD = as_csv([ROW])


def read(content: bytes) -> list[ImportedRecord | RowProblem]:
    return list(parse_csv(io.BytesIO(content), today=TODAY))


def only(content: bytes) -> ImportedRecord:
    (record,) = read(content)
    assert isinstance(record, ImportedRecord)
    return record


def problem_of(content: bytes) -> ProblemKind:
    (problem,) = read(content)
    assert isinstance(problem, RowProblem)
    return problem.kind


def test_row_is_a_record():
    record = only(GOOD)
    assert record.request.identifier == Msisdn("+999555001001")
    assert (record.row, record.customer, record.full_name) == (2, "C1", "Alice Abelard")
    assert (record.born_on, record.sex, record.nationality) == (date(1990, 8, 12), "F", "UTO")
    assert record.document == ClaimedDocument("P", "UTO", "A10010001", date(2034, 3, 14), "")
    assert record.registered_on == date(2019, 5, 4)
    assert record.verified == ClaimedVerification(date(2019, 5, 3), ClaimedWay.IN_PERSON)


def test_all_but_the_line_and_a_name_may_be_missing():
    record = only(as_csv([BOS]))
    assert record.request.identifier == AccessId("bo.brannoch", "12 Quay Street, Port Utopia")
    assert (record.born_on, record.document, record.registered_on, record.verified) == (None,) * 4
    assert only(as_csv([ROW], columns=("msisdn", "iccid", "surname"))).customer == ""


def test_verification_without_a_way_is_said_to_say_none():
    assert only(as_csv([a_row(verified_how="")])).verified == ClaimedVerification(
        date(2019, 5, 3), ClaimedWay.NOT_SAID
    )


WRONG = [
    (ProblemKind.LINE_MISSING, {"msisdn": "", "iccid": ""}),
    (ProblemKind.LINE_MISSING, {"account": "alice", "address": "12 Quay Street"}),
    (ProblemKind.NUMBER_WRONG, {"msisdn": "0155 123456"}),
    (ProblemKind.SIM_WRONG, {"iccid": ""}),
    (ProblemKind.SIM_WRONG, {"iccid": "89999009995550010011"}),
    (ProblemKind.SIM_WRONG, {"msisdn": "", "account": "alice", "address": "12 Quay Street"}),
    (ProblemKind.ACCESS_WRONG, {"msisdn": "", "iccid": "", "account": "alice", "address": ""}),
    (ProblemKind.NAME_MISSING, {"surname": " ", "given_names": ""}),
    (ProblemKind.NAME_TOO_LONG, {"surname": "é" * (MOST_NAME_BYTES // 2)}),
    (ProblemKind.BIRTH_WRONG, {"born_on": "12.08.1990"}),
    (ProblemKind.BIRTH_WRONG, {"born_on": "1990-02-30"}),
    (ProblemKind.BIRTH_WRONG, {"born_on": "2026-07-02"}),
    (ProblemKind.BIRTH_WRONG, {"born_on": "1790-08-12"}),
    (ProblemKind.SEX_WRONG, {"sex": "W"}),
    (ProblemKind.NATIONALITY_WRONG, {"nationality": "Utopian"}),
    (ProblemKind.DOCUMENT_INCOMPLETE, {"document_issuer": ""}),
    (ProblemKind.DOCUMENT_INCOMPLETE, {"document_number": ""}),
    (
        ProblemKind.DOCUMENT_INCOMPLETE,
        {"document_kind": "", "document_issuer": "", "document_number": ""},
    ),
    (ProblemKind.DOCUMENT_WRONG, {"document_number": "A 1001 0001"}),
    (ProblemKind.DOCUMENT_WRONG, {"document_kind": "passport"}),
    (ProblemKind.DOCUMENT_WRONG, {"document_issuer": "Utopia"}),
    (ProblemKind.EXPIRY_WRONG, {"document_expires_on": "14/03/2034"}),
    (ProblemKind.PERSONAL_NUMBER_WRONG, {"personal_number": "12 34"}),
    (
        ProblemKind.PERSONAL_NUMBER_WRONG,
        {
            **dict.fromkeys(("document_kind", "document_issuer", "document_number"), ""),
            "document_expires_on": "",
            "personal_number": "1234",
        },
    ),
    (ProblemKind.REGISTRATION_DATE_WRONG, {"registered_on": "2026-07-02"}),
    (ProblemKind.REGISTRATION_DATE_WRONG, {"registered_on": "2019-5-4"}),
    (ProblemKind.VERIFICATION_DATE_WRONG, {"verified_on": "2026-07-02"}),
    (ProblemKind.VERIFICATION_WAY_WRONG, {"verified_how": "by hearsay"}),
    (ProblemKind.VERIFICATION_WAY_WRONG, {"verified_on": ""}),
    (ProblemKind.TEXT_UNUSABLE, {"surname": "Abe\x00lard"}),
    (ProblemKind.TEXT_UNUSABLE, {"surname": "Abe\u202elard"}),
    (ProblemKind.TEXT_UNUSABLE, {"customer_id": "C" * (MOST_CELL_CHARACTERS + 1)}),
]


@pytest.mark.parametrize(("kind", "wrong"), WRONG)
def test_row_with_a_wrong_value_has_its_problem_and_the_next_has_none(
    kind: ProblemKind, wrong: dict[str, str]
):
    first, second = read(as_csv([a_row(**wrong), a_row(**a_number(2))]))
    assert first == RowProblem(2, kind)
    assert isinstance(second, ImportedRecord)


def test_every_problem_of_a_row_is_tried_or_is_of_another_place():
    """Those of the record and of TM Forum's form are tried where they arise."""
    elsewhere = {
        *(ProblemKind.ROW_BROKEN, ProblemKind.ROW_TOO_LONG, ProblemKind.CELLS_DIFFER),
        *(ProblemKind.NOT_ACTIVE, ProblemKind.PARTY_MISSING, ProblemKind.PARTY_NO_PERSON),
        *(ProblemKind.CUSTOMER_DIFFERS, ProblemKind.ALREADY_REGISTERED),
    }
    assert {kind for kind, _ in WRONG} == set(ProblemKind) - elsewhere


def test_every_problem_has_its_sentences_and_they_are_not_the_same_twice():
    assert set(PROBLEMS) == set(ProblemKind)
    assert all(text.says.endswith(".") and text.remedy.endswith(".") for text in PROBLEMS.values())
    assert len({text.says for text in PROBLEMS.values()}) == len(PROBLEMS)


def test_problem_says_nothing_of_the_row():
    """A problem is a row's number and a kind of a closed list: there is no room for a value."""
    (problem,) = read(as_csv([a_row(born_on="SECRET")]))
    assert isinstance(problem, RowProblem)
    assert "SECRET" not in repr(problem)


@pytest.mark.parametrize(
    ("content", "row"),
    [
        (b"\xef\xbb\xbf" + GOOD, 2),
        (GOOD.replace(b"\r\n", b"\n"), 2),
        (GOOD.rstrip(), 2),
        (GOOD.replace(b"\r\n", b"\r\n\r\n \r\n"), 4),
        (GOOD.upper().replace(b"IN_PERSON", b"in_person"), 2),
    ],
    ids=["byte order mark", "line feeds", "no last line end", "empty lines", "capitals"],
)
def test_other_ways_to_write_the_same(content: bytes, row: int):
    assert only(content).document == only(GOOD).document
    assert only(content).row == row


def test_quoted_cells_have_commas_quotes_and_line_ends():
    written = as_csv([{**BOS, "address": '12 "Quay" Street,\r\nPort Utopia'}])
    assert b'""Quay""' in written
    assert only(written).request.detail == '12 "Quay" Street, Port Utopia'


def test_unclosed_quote_spoils_its_row_and_none_after_it():
    lines = as_csv([a_row(**a_number(place)) for place in range(MOST_LINES_OF_A_ROW * 3)]).splitlines(True)
    lines[2] = lines[2].replace(b"Abelard", b'"Abelard')
    found = read(b"".join(lines))
    assert [each for each in found if isinstance(each, RowProblem)] == [RowProblem(3, ProblemKind.ROW_BROKEN)]
    assert [each.row for each in found] == list(range(2, len(lines) + 1))


def test_quote_within_a_cell_spoils_its_row():
    assert problem_of(GOOD.replace(b"Alice", b'"Al"ice""')) is ProblemKind.ROW_BROKEN


def test_row_of_other_length_has_its_problem():
    assert problem_of(GOOD.rstrip() + b",more") is ProblemKind.CELLS_DIFFER
    assert problem_of(GOOD.rstrip().rpartition(b",")[0]) is ProblemKind.CELLS_DIFFER


def test_line_that_is_too_long_is_passed_over_and_not_held():
    header, row = GOOD.splitlines(True)
    huge = b"x" * (40 * MOST_LINE_BYTES) + b"\n"
    found = read(header + huge + row)
    assert found[0] == RowProblem(2, ProblemKind.ROW_TOO_LONG)
    assert isinstance(found[1], ImportedRecord)
    assert found[1].row == 3


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        (("iccid", "surname"), "no column msisdn or account"),
        (("msisdn", "iccid"), "no column surname or given_names"),
        (("msisdn", "surname"), "no column iccid"),
        (("account", "surname"), "no column address"),
        (("msisdn", "iccid", "surname", "surname"), "two columns surname"),
        (("msisdn", "iccid", "surname", "SECRET"), "Column 4 has a name that is not known"),
        (("SECRET", "Abelard"), "first row has no name of a column"),
        ((), "first row has no name of a column"),
    ],
)
def test_first_row_names_the_columns(columns: tuple[str, ...], says: str):
    with pytest.raises(Malformed, match=says) as refused:
        read(",".join(columns).encode())
    assert "SECRET" not in str(refused.value)
    assert all(name in str(refused.value) for name in FIELDS) == ("two" not in says)


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (GOOD.decode().replace("Alice", "Zoë").encode("latin-1"), 2),
        (GOOD.decode().encode("utf-16"), 1),
        (GOOD + b"\xff", 3),
        (GOOD + b"\xc3", 3),
    ],
    ids=["latin-1", "utf-16", "at the end", "cut short"],
)
def test_file_that_is_not_utf_8_is_refused_whole_and_the_line_is_named(content: bytes, line: int):
    with pytest.raises(Malformed, match=f"line {line} has other bytes.*Save it as UTF-8"):
        digest_of(io.BytesIO(content))


def test_digest_is_of_every_file_and_leaves_each_at_its_beginning():
    one, two = io.BytesIO(GOOD), io.BytesIO(b"parties")
    both = digest_of(one, two)
    assert (one.tell(), two.tell(), len(both)) == (0, 0, 32)
    assert len({both, digest_of(one), digest_of(two, one), digest_of(io.BytesIO(GOOD + b"parties"))}) == 4
