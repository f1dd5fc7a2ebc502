"""`lineproof keys`: made where it says, checked, rotated, and refused in one sentence."""

import shutil
import sqlite3
from pathlib import Path

import pytest

from tests.cli.conftest import Command
from tests.fakes.soft_token import PIN, TOKEN, prefix_of, soft_token

# Each step is a process of its own.
pytestmark = pytest.mark.long

FIRST = "+999555001001"


@pytest.fixture
def record(lineproof: Command, tmp_path: Path) -> Path:
    """A record with an agent, whose enrolment is sealed."""
    folder = tmp_path / "record"
    assert lineproof("agents", "add", "ada", "--record", folder).code == 0
    return folder


def test_keys_are_made_where_it_says_and_only_once(lineproof: Command, tmp_path: Path):
    ran = lineproof("keys", "init", "--record", tmp_path / "record")
    assert (ran.code, str(tmp_path / "record" / "vault") in ran.out) == (0, True)
    secret = (tmp_path / "record" / "vault" / "secret").read_bytes()
    assert lineproof("keys", "init", "--record", tmp_path / "record").out == ran.out
    assert (tmp_path / "record" / "vault" / "secret").read_bytes() == secret


def test_rotated_record_is_in_order_and_in_use(lineproof: Command, record: Path):
    ran = lineproof("keys", "rotate", "--record", record, "--json")
    assert (ran.code, ran.json["version"]) == (0, 2)
    checked = lineproof("keys", "check", "--record", record, "--json")
    assert checked.code == 0
    assert checked.json == {
        "ok": True,
        "version": 2,
        "rotating_to": None,
        "data_keys": 1,
        "sealed_values": 1,
        "erased": 0,
        "indexes": 0,
        "problems": [],
    }
    assert "0 problems" in lineproof("keys", "check", "--record", record).out
    assert lineproof("agents", "add", "bea", "--record", record).code == 0
    assert lineproof("log", "verify", "--record", record).code == 0


def test_record_with_another_records_vault_is_found_out(lineproof: Command, record: Path, tmp_path: Path):
    shutil.rmtree(record / "vault")
    lineproof("keys", "init", "--record", record)
    ran = lineproof("keys", "check", "--record", record)
    assert ran.code == 3
    assert "wrong: data key" in ran.out
    assert lineproof("keys", "check", "--record", record, "--json").json["ok"] is False


def test_changed_data_key_is_found_out_by_its_number(lineproof: Command, record: Path):
    with sqlite3.connect(record / "record.sqlite3") as database:
        database.execute("UPDATE registry_datakey SET wrapped = zeroblob(60)")
    database.close()
    ran = lineproof("keys", "check", "--record", record, "--json")
    assert ran.code == 3
    assert any(problem.startswith("data key 1 of version 1") for problem in ran.json["problems"])
    lineproof("keys", "rotate", "--record", record).refuses("does not open")


@pytest.mark.parametrize(
    "arguments", [["--token", "t"], ["--module", "m"], ["--pin-file", "p"], ["--token", "t", "--module", "m"]]
)
def test_half_named_token_is_a_wrong_usage(lineproof: Command, tmp_path: Path, arguments: list[str]):
    ran = lineproof("keys", "init", "--record", tmp_path / "record", *arguments)
    assert ran.code == 2
    assert not (tmp_path / "record").exists()


def test_vault_that_others_may_read_is_refused_with_what_to_do(lineproof: Command, record: Path):
    (record / "vault" / "secret").chmod(0o644)
    lineproof("keys", "check", "--record", record).refuses("chmod 600", str(record / "vault" / "secret"))
    (record / "vault" / "secret").chmod(0o600)
    (record / "vault").chmod(0o755)
    lineproof("agents", "list", "--record", record).refuses("chmod 700", str(record / "vault"))


def test_record_whose_keys_are_on_a_token_is_used_checked_and_rotated(
    environment: dict[str, str], lineproof: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    module, folder = soft_token(), tmp_path / "record"
    import os

    monkeypatch.setitem(environment, "SOFTHSM2_CONF", os.environ["SOFTHSM2_CONF"])
    (tmp_path / "pin").touch(mode=0o600)
    (tmp_path / "pin").write_text(PIN)
    named = [
        "--token",
        TOKEN,
        "--module",
        module,
        "--pin-file",
        tmp_path / "pin",
        "--prefix",
        prefix_of(tmp_path),
    ]
    ran = lineproof("keys", "init", "--record", folder, *named)
    assert (ran.code, f"on the token {TOKEN}" in ran.out) == (0, True)
    assert lineproof("agents", "add", "ada", "--record", folder).code == 0
    assert lineproof("keys", "rotate", "--record", folder, "--json").json["version"] == 2
    assert lineproof("keys", "check", "--record", folder, "--json").json["ok"] is True
    assert lineproof("log", "verify", "--record", folder).code == 0
    assert [path.name for path in (folder / "vault").iterdir()] == ["pkcs11.toml"]
