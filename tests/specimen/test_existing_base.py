"""An invented base is the same each time, and as right and as wrong as it says."""

import io
from collections import Counter
from datetime import date

import pytest

from lineproof.line.import_csv import parse_csv
from lineproof.line.imported import FIELDS, ImportedRecord, RowProblem
from lineproof.specimen.existing_base import COLUMNS, Tally, write_base

TODAY = date(2026, 7, 1)


def written(lines: int, *, seed: int = 1, problem_share: float = 0.3) -> tuple[bytes, Tally]:
    stream = io.StringIO(newline="")
    tally = write_base(stream, lines=lines, seed=seed, problem_share=problem_share)
    return stream.getvalue().encode(), tally


def test_same_seed_is_the_same_base_and_another_is_another():
    assert written(50) == written(50)
    assert written(50)[0] != written(50, seed=2)[0]


def test_every_row_is_right_where_none_shall_be_wrong():
    content, tally = written(300, problem_share=0)
    rows = list(parse_csv(io.BytesIO(content), today=TODAY))
    assert tally.problems == {}
    records = [row for row in rows if isinstance(row, ImportedRecord)]
    assert len(records) == len(rows) == 300
    assert {record.request.kind.value for record in records} == {"mobile", "fixed"}
    assert 0 < sum(record.verified is None for record in records) < 300
    assert 0 < sum(record.document is None for record in records) < 300
    assert 150 < len({record.customer for record in records}) < 300


def test_what_is_wrong_with_a_row_is_what_it_says():
    """But for what only the record can tell: those rows are well formed."""
    content, tally = written(500)
    problems = [row for row in parse_csv(io.BytesIO(content), today=TODAY) if isinstance(row, RowProblem)]
    told = {"already_registered", "customer_differs"}
    assert Counter(row.kind.value for row in problems) == {
        kind: number for kind, number in tally.problems.items() if kind not in told
    }
    assert set(tally.problems) > told
    assert sum(tally.problems.values()) == pytest.approx(150, abs=40)


def test_columns_are_those_of_an_import():
    assert set(COLUMNS) <= set(FIELDS)
