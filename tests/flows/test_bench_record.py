"""`make bench-record` measures what it says: the copies hold together, and the bare driver does the same."""

import os
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bench.record_fill import fill, marks
from bench.record_statements import COMMIT, Bare, Statement, statements_of
from lineproof.terms import Way
from lineproof.wiring import RECORD_VARIABLE
from tests.fakes.specimens import ALICE, BO, MALLORY

if TYPE_CHECKING:
    from tests.flows.desk import Desk

LINES = 50
# They have a row or a few, whatever the record grows to.
TINY = {"registry_keyrotation"}


@pytest.fixture
def database(desk: "Desk") -> Path:
    """The file of the desk's record."""
    assert desk.count("Line") == 0
    return Path(os.environ[RECORD_VARIABLE]) / "record.sqlite3"


def _registration(desk: "Desk") -> list[Statement]:
    from tests.flows.desk import a_mobile

    presentation = desk.present(BO, way=Way.COUNTER)
    return statements_of(lambda: desk.register(presentation, a_mobile("+999555001002")))


def test_no_statement_of_a_registration_or_a_look_up_goes_through_a_table(desk: "Desk", database: Path):
    from lineproof.registry.queries.holder import find_holder_by_name, find_line_by_name, read_holder_page

    keys = desk.services.keys
    desk.register()
    said = _registration(desk)
    said += statements_of(lambda: read_holder_page(keys, find_holder_by_name(keys, "+999555001001")))
    said += statements_of(lambda: find_line_by_name(keys, "+999555001001"))
    bare = Bare(database)
    scanned = {step.split()[1] for step in bare.scans(said)}
    seen = bare.scans([Statement("SELECT state FROM registry_order WHERE state = ?", (("on",),))])
    bare.close()
    assert seen == ["SCAN registry_order"]
    assert scanned <= TINY


def test_bare_driver_does_what_the_procedure_did(desk: "Desk", database: Path):
    before = _counts(database)
    said = _registration(desk)
    once = _counts(database)
    bare = Bare(database)
    for statements in bare.renewed(said, 3):
        bare.do(statements)
    bare.close()
    four = _counts(database)
    grown = {name: once[name] - before[name] for name in before}
    assert sum(1 for number in grown.values() if number) >= 12
    for name, number in grown.items():
        assert four[name] == before[name] + 4 * number, name
    assert _broken(database) == []
    assert [one.sql for one in said].count(COMMIT) == 2


def test_copies_of_a_registration_hold_together_and_the_next_one_goes_on_from_them(
    desk: "Desk", database: Path
):
    from django.db import connection

    from tests.flows.desk import a_mobile

    before, counted = marks(database), _counts(database)
    desk.register()
    grown = {name: number - counted[name] for name, number in _counts(database).items()}
    connection.close()
    fill(database, before, LINES, without=frozenset({"registry_decisionfinding"}), of_an_agent=20)
    filled = _counts(database)
    for name, number in grown.items():
        if name not in {"registry_decisionfinding", "registry_staff"}:
            assert filled[name] == counted[name] + number * (1 + LINES), name
    assert filled["registry_decisionfinding"] == grown["registry_decisionfinding"]
    assert _broken(database) == []
    attested = [desk.count("AttestationRecord", agent=agent) for agent in desk.rows("Staff")]
    assert sorted(attested, reverse=True)[:4] == [21, 20, 10, 0]
    assert desk.register(desk.present(MALLORY), a_mobile("+999555001003")).line is not None
    assert desk.row("Entry", position=LINES * grown["registry_entry"]) is not None
    assert desk.verify_holder(desk.present(ALICE)).holder is not None


def _counts(database: Path) -> dict[str, int]:
    connection = sqlite3.connect(database)
    counted = {
        name: connection.execute(f"SELECT COUNT(*) FROM {name}").fetchone()[0] for name in marks(database)
    }
    connection.close()
    return counted


def _broken(database: Path) -> list[object]:
    """Give what breaks a foreign key or a constraint, or is not in an index as it is in its table."""
    connection = sqlite3.connect(database)
    found = connection.execute("PRAGMA foreign_key_check").fetchall()
    found += [row for row in connection.execute("PRAGMA integrity_check") if row != ("ok",)]
    connection.close()
    return found
