"""`lineproof inspectors`, and `lineproof log verify` with a token."""

import json
import re
from pathlib import Path

import pytest

from lineproof.terms import MOST_TOKEN_DAYS
from tests.cli.conftest import Command

# Each step is a process of its own.
pytestmark = pytest.mark.long

TOKEN = re.compile(r"(?m)^  ([A-Za-z0-9_-]{43})$")


@pytest.fixture(scope="module")
def record(lineproof: Command, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A record on which agent Ada and inspector Ines are enrolled."""
    record = tmp_path_factory.mktemp("inspectors") / "record"
    assert lineproof("agents", "add", "ada", "--record", record).code == 0
    added = lineproof("inspectors", "add", "ines", "--record", record)
    assert (added.code, added.err) == (0, "")
    assert len(TOKEN.findall(added.out)) == 1
    assert "shown this once" in added.out
    return record


def test_tokens_are_added_listed_and_revoked(lineproof: Command, tmp_path: Path):
    record = tmp_path / "record"
    assert "lineproof inspectors add NAME" in lineproof("inspectors", "list", "--record", record).out
    added = [lineproof("inspectors", "add", "ines", "--days", days, "--record", record) for days in (1, 7)]
    first, second = (TOKEN.findall(ran.out) for ran in added)
    assert first != second
    assert "who is enrolled already" not in added[0].out
    assert "who is enrolled already" in added[1].out
    listed = lineproof("inspectors", "list", "--record", record)
    assert re.search(r"(?m)^ines +2  \d{4}-\d\d-\d\d \d\d:\d\d UTC$", listed.out)
    assert "tokens ended: 2" in lineproof("inspectors", "revoke", "ines", "--record", record).out
    assert "nothing was changed" in lineproof("inspectors", "revoke", "ines", "--record", record).out
    (row,) = lineproof("inspectors", "list", "--json", "--record", record).json
    assert row == {"name": "ines", "tokens": 0, "until": None}
    kept = b"".join(path.read_bytes() for path in record.rglob("*") if path.is_file())
    assert not any(token.encode() in kept for (token,) in (first, second))


def test_name_that_is_taken_or_unknown_is_refused(lineproof: Command, record: Path):
    lineproof("inspectors", "add", "ada", "--record", record).refuses("already a member of staff named ada")
    lineproof("inspectors", "add", "../ines", "--record", record).refuses("not a name")
    lineproof("inspectors", "revoke", "nobody", "--record", record).refuses("lineproof inspectors add nobody")


@pytest.mark.parametrize("days", ["0", str(MOST_TOKEN_DAYS + 1), "-3", "1.5"])
def test_token_for_no_days_or_more_than_a_year_is_a_usage_error(lineproof: Command, record: Path, days: str):
    assert lineproof("inspectors", "add", "ines", "--days", days, "--record", record).code == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ["--token-file", "token"],
        ["somewhere", "--token-file", "token"],
    ],
    ids=["of the record", "of a folder"],
)
def test_token_is_for_a_log_at_an_address(lineproof: Command, record: Path, arguments: list[str]):
    assert lineproof("log", "verify", *arguments, "--record", record).code == 2


def test_token_is_not_sent_in_the_clear_nor_printed(
    lineproof: Command, environment: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    token = tmp_path / "token"
    token.write_text("  " + "s" * 43 + "\n")
    ran = lineproof("log", "verify", "http://example.net/log", "--token-file", token)
    ran.refuses("not sent to example.net over http", "https://")
    assert "sss" not in ran.out + ran.err
    monkeypatch.setitem(environment, "LINEPROOF_LOG_TOKEN", "t" * 43)
    ran = lineproof("log", "verify", "http://example.net/log", "--json")
    assert (ran.code, list(json.loads(ran.out))) == (1, ["error", "remedy"])
    assert "ttt" not in ran.out + ran.err


@pytest.mark.parametrize("content", [b"", b"two words", b"a\nb", b"\xff\xfe", b"a" * 5000])
def test_file_that_holds_no_token_is_refused_and_not_quoted(
    lineproof: Command, tmp_path: Path, content: bytes
):
    (tmp_path / "token").write_bytes(content)
    ran = lineproof("log", "verify", "https://127.0.0.1:9/log", "--token-file", tmp_path / "token")
    ran.refuses("That is not a token.")


def test_token_file_that_is_not_there_is_named(lineproof: Command, tmp_path: Path):
    lineproof("log", "verify", "https://127.0.0.1:9/log", "--token-file", tmp_path / "gone").refuses(
        "gone cannot be read"
    )
