"""`lineproof import`: what it prints, reports and exits with; tests/flows hold the procedure."""

import csv
import json
from pathlib import Path

import pytest

from tests.cli.conftest import Command
from tests.line.imported_rows import (
    BOS,
    ROW,
    a_number,
    a_product,
    a_row,
    an_individual,
    as_csv,
    as_json_lines,
)

pytestmark = pytest.mark.long

GOOD = [ROW, a_row(**a_number(2)), {**BOS}]
BAD = a_row(**a_number(3), surname="SECRETNAME", born_on="SECRETDAY")
POLICY = ("--policy", "specimen")


@pytest.fixture
def record(tmp_path: Path) -> Path:
    return tmp_path / "record"


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def test_it_looks_first_and_brings_in_when_told_and_once(lineproof: Command, record: Path, tmp_path: Path):
    base = written(tmp_path / "base.csv", as_csv(GOOD))
    at = ("--record", record, *POLICY)
    looked = lineproof("import", base, *at)
    assert (looked.code, looked.err) == (0, "")
    assert "nothing was changed. With --write it is brought in." in looked.out
    assert "Rows: 3. Lines: 3. Left out: 0." in looked.out
    done = lineproof("import", base, *at, "--write")
    assert done.code == 0
    assert "base.csv is brought in." in done.out
    assert "Without a claimed verification: 1." in done.out
    assert "New holders: 2; with the name and birth of somebody else: 0." in done.out
    again = lineproof("import", base, *at, "--write", "--json")
    assert again.code == 0
    assert (again.json["written"], again.json["lines"], again.json["problems"]) == (False, 3, {})
    assert again.json["imported_earlier_at"]
    assert "Nothing was done now." in lineproof("import", base, *at, "--write").out


def test_rows_that_are_left_out_are_counted_and_reported_without_a_word_of_theirs(
    lineproof: Command, record: Path, tmp_path: Path
):
    base, report = written(tmp_path / "base.csv", as_csv([*GOOD, BAD, ROW])), tmp_path / "report.csv"
    for write in ((), ("--write",)):
        ran = lineproof("import", base, "--record", record, *POLICY, "--report", report, *write)
        assert ran.code == 3
        assert "Rows: 5. Lines: 3. Left out: 2." in ran.out
        assert "1  birth_wrong: The date of birth cannot be one." in ran.out
        assert "The first rows: 5 birth_wrong, 6 already_registered." in ran.out
        rows = list(csv.reader(report.read_text().splitlines()))
        assert [row[:2] for row in rows] == [
            ["row", "problem"],
            ["5", "birth_wrong"],
            ["6", "already_registered"],
        ]
        assert "SECRET" not in ran.out + ran.err + report.read_text()
    as_json = lineproof("import", base, "--record", record, *POLICY, "--json")
    assert (as_json.code, as_json.json["problems"]) == (3, {"birth_wrong": 1, "already_registered": 1})


def test_products_of_tm_forum(lineproof: Command, record: Path, tmp_path: Path):
    products = written(tmp_path / "products.jsonl", as_json_lines([a_product()]))
    parties = written(tmp_path / "parties.jsonl", as_json_lines([an_individual()]))
    at = ("--record", record, *POLICY, "--format", "tmf")
    assert lineproof("import", products, *at).code == 3
    ran = lineproof("import", products, "--parties", parties, *at, "--write", "--json")
    assert (ran.code, ran.json["lines"], ran.json["holders"]) == (0, 1, 1)
    lineproof("import", products, "--parties", parties, "--record", record).refuses("goes with TMF")


def test_what_cannot_be_read_is_said(lineproof: Command, record: Path, tmp_path: Path):
    at = ("--record", record, *POLICY)
    lineproof("import", tmp_path / "nothing.csv", *at).refuses("There is no file", "Check its name")
    lineproof("import", tmp_path, *at).refuses("cannot be read")
    latin = written(tmp_path / "latin.csv", as_csv([a_row(given_names="Zoe")]).replace(b"Zoe", b"Zo\xeb"))
    lineproof("import", latin, *at).refuses("line 2 has other bytes", "Save it as UTF-8")
    base = written(tmp_path / "base.csv", as_csv(GOOD))
    lineproof("import", base, *at, "--report", tmp_path / "no" / "where").refuses("cannot be written")
    nameless = written(tmp_path / "nameless.csv", b"SECRETNAME,1990-01-01\n")
    ran = lineproof("import", nameless, *at)
    ran.refuses("first row has no name of a column", "msisdn")
    assert "SECRET" not in ran.err


def test_invented_base_is_brought_in(lineproof: Command, record: Path, tmp_path: Path):
    base = tmp_path / "base.csv"
    said = lineproof("specimen", "base", "--lines", 300, "--seed", 5, "--problems", 0.1, "--out", base)
    assert said.code == 0
    ran = lineproof("import", base, "--record", record, *POLICY, "--write", "--json")
    assert ran.code == 3
    assert said.out.strip() == f"300 rows, {sum(ran.json['problems'].values())} of them with something wrong."
    assert ran.json["lines"] == 300 - sum(ran.json["problems"].values())
    assert json.loads(ran.out)["rows"] == 300
