"""A new record is made in one step, with the tables that its whole history would have given it."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

_PRELUDE = """
import json, os, sys
from pathlib import Path

folder = Path(sys.argv[1])
os.environ["LINEPROOF_RECORD"] = str(folder)
os.environ["DJANGO_SETTINGS_MODULE"] = "lineproof.web.settings"
folder.mkdir(exist_ok=True)
from lineproof.vault.place import open_keys
open_keys(folder / "vault")
import django
django.setup()
from django.core.management import call_command
from django.db import connection
from lineproof.registry import tables
"""
_TELL = """
with connection.cursor() as cursor:
    cursor.execute("SELECT type, name, tbl_name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'")
    things = cursor.fetchall()
    cursor.execute("SELECT app, name FROM django_migrations")
    history = cursor.fetchall()
print(json.dumps([things, sorted(history)]))
"""
_MIGRATED = 'call_command("migrate", verbosity=0)'
_MADE = "tables.bring_up_to_date()"
_HALF = """
from django.db import models
def broken(*_):
    raise RuntimeError("told to fail")
tables.MigrationRecorder.record_applied = broken
try:
    tables.bring_up_to_date()
except RuntimeError:
    print(json.dumps(connection.introspection.table_names()))
"""


def told(record: Path, does: str, *, tell: str = _TELL) -> Any:
    program = [sys.executable, "-c", f"{_PRELUDE}\n{does}\n{tell}", str(record)]
    done = subprocess.run(program, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def parts_of(sql: str) -> tuple[str, list[str]]:
    """Give what a definition begins with, and its columns and constraints in any order."""
    head, _, rest = sql.partition("(")
    parts, depth, part = [], 0, ""
    for each in re.sub(r"\s+", " ", rest.rpartition(")")[0]):
        depth += (each == "(") - (each == ")")
        if each == "," and depth == 0:
            parts.append(part.strip())
            part = ""
        else:
            part += each
    return re.sub(r"\s+", " ", head).strip(), sorted([*parts, part.strip()])


def test_a_new_record_has_the_tables_that_all_migrations_give(tmp_path: Path):
    made, made_history = told(tmp_path / "made", _MADE)
    migrated, migrated_history = told(tmp_path / "migrated", _MIGRATED)
    assert made_history == migrated_history
    assert len(made_history) > 30

    def as_compared(things: list[list[str]]) -> dict[tuple[str, str], tuple[str, list[str]]]:
        return {(kind, name): parts_of(sql) for kind, name, _, sql in things}

    assert as_compared(made) == as_compared(migrated)
    # It is made anew, as the migrations ask: a second time nothing is to be done.
    again, _ = told(tmp_path / "made", _MADE)
    assert again == made


def test_a_record_half_made_is_not_made(tmp_path: Path):
    assert told(tmp_path / "record", _HALF, tell="") == []
    made, _ = told(tmp_path / "record", _MADE)
    assert any(name == "registry_line" for _, name, _, _ in made)


def test_of_two_processes_that_make_it_one_waits_for_the_other(tmp_path: Path):
    record = tmp_path / "record"
    told(record, "", tell="print(json.dumps(0))")
    program = [sys.executable, "-c", f"{_PRELUDE}\n{_MADE}\n{_TELL}", str(record)]
    both = [subprocess.Popen(program, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    said = [json.loads(each.communicate(timeout=60)[0]) for each in both]
    assert [each.returncode for each in both] == [0, 0, 0]
    assert said[0] == said[1] == said[2]
