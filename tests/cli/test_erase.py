"""`lineproof erase`: what it erases, and what it tells the person is kept, until when and why."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from lineproof.cli.erase import SAYS
from lineproof.decision.policy import shipped_policy
from lineproof.line.retention import Matter

pytestmark = pytest.mark.long  # it registers with a booth; tests/flows/test_erase.py has the procedure

ACCOUNT = "alice.abelard"
PERIODS = shipped_policy("specimen").retention


@pytest.fixture(scope="module")
def registered(lineproof, given, record_with_ada: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A record with Alice and her internet access."""
    folder = tmp_path_factory.mktemp("erase") / "record"
    shutil.copytree(record_with_ada, folder)
    line = ["--internet", ACCOUNT, "--address", "12 Quay Street, Port Utopia"]
    ran = lineproof("register", *given(), *line, "--attended-by", "ada", "--record", folder)
    assert ran.code == 0, ran
    return folder


@pytest.fixture
def record(registered: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(registered, tmp_path / "record"))


@pytest.fixture
def ended(record: Path) -> Callable[[str], Path]:
    """Moves what is on the record into the past, and ends its line then."""

    def end(until: str) -> Path:
        with closing(sqlite3.connect(record / "record.sqlite3")) as database, database:
            database.execute(
                "update registry_custody set since = datetime(?, '-1 day'), until = ?", (until,) * 2
            )
            database.execute("update registry_holder set created_at = datetime(?, '-1 day')", (until,))
            database.execute("update registry_decision set decided_at = datetime(?, '-1 day')", (until,))
        return record

    return end


def test_holder_of_a_line_is_told_that_everything_is_kept_and_why(lineproof, record: Path):
    ran = lineproof("erase", ACCOUNT, "--record", record, "--policy", "specimen")
    assert ran.code == 0, ran
    assert "Nothing was erased: what is left must be kept." in ran.out
    assert f"{ACCOUNT}, because you hold this line." in ran.out
    assert "lineproof lines surrender" in ran.out


def test_whose_line_ended_is_told_until_when_and_why(lineproof, ended):
    record = ended("2999-01-01 10:30:00")
    ran = lineproof("erase", ACCOUNT, "--record", record, "--policy", "specimen")
    assert ran.code == 0, ran
    assert "Erased for good: what you would be recognised by" in ran.out
    assert "Kept until 2999-01-31 10:30 UTC: who you are" in ran.out
    assert f"Kept until 2999-01-11 10:30 UTC: {SAYS['line']} {ACCOUNT}, because {PERIODS.line.because}." in (
        ran.out
    )


def test_object_says_the_same(lineproof, ended):
    record = ended("2999-01-01 10:30:00")
    told = lineproof("erase", ACCOUNT, "--record", record, "--policy", "specimen", "--json").json
    assert told["erased"] == ["recognition"]
    assert told["kept"] == [
        {
            "what": "identity",
            "line": None,
            "until": "2999-01-31T10:30:00+00:00",
            "why": PERIODS.identity.because,
        },
        {
            "what": "line",
            "line": ACCOUNT,
            "until": "2999-01-11T10:30:00+00:00",
            "why": PERIODS.line.because,
        },
    ]
    assert told["gone_from_files"] is True
    assert told["sessions_erased_after_days"] == PERIODS.decision.days


def test_who_was_erased_is_not_found_again(lineproof, ended):
    record = ended("2020-01-01 10:30:00")
    assert "who you are" in lineproof("erase", ACCOUNT, "--record", record).out
    lineproof("erase", ACCOUNT, "--record", record).refuses("not registered here, or was erased")
    assert lineproof("log", "verify", "--record", record).code == 0


def test_what_is_due_is_erased_and_counted(lineproof, ended):
    record = ended("2020-01-01 10:30:00")
    # Agent Ada's record is that of other tests as well, which may have verified somebody on it.
    with closing(sqlite3.connect(record / "record.sqlite3")) as database:
        (sessions,) = database.execute("select count(distinct session) from registry_decision").fetchone()
    done = lineproof("erase", "--due", "--record", record, "--json").json
    counts = {"holders": 1, "sessions": sessions, "applications": 0, "photographs_of_cases": 0}
    assert done == {**counts, "gone_from_files": True}
    again = lineproof("erase", "--due", "--record", record)
    assert "of 0 holders, of 0 sessions, 0 applications" in again.out


def test_line_of_nobody_is_not_found(lineproof, record: Path):
    lineproof("erase", "+999555009009", "--record", record).refuses("not registered here")
    lineproof("erase", "+9", "--record", record).refuses("not a mobile number")


def test_every_matter_has_its_words():
    assert set(SAYS) == {matter.value for matter in Matter}
