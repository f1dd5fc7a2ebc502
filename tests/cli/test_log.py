"""`lineproof log`: publish, verify with the folder alone, receipts, the key and the name."""

import shutil
import stat
from pathlib import Path

import pytest

from lineproof.transparency.note import NoteKey
from lineproof.transparency.proof import parse_receipt, verify_receipt
from lineproof.transparency.tile import parse_bundle
from tests.cli.conftest import Command

# Each step is a process of its own; tests/flows, tests/doors and tests/tiles hold the same in this one.
pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def published(lineproof: Command, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A record of three entries, published as example.net/log."""
    record = tmp_path_factory.mktemp("log") / "record"
    for name in ("ada", "bea", "cal"):
        assert lineproof("agents", "add", name, "--record", record).code == 0
    named = lineproof("log", "origin", "example.net/log", "--record", record)
    assert (named.code, named.out) == (0, "example.net/log\n")
    done = lineproof("log", "publish", "--record", record, "--json")
    assert (done.code, done.json["added"]) == (0, 3)
    return record


@pytest.fixture(scope="module")
def key(lineproof: Command, published: Path) -> str:
    said = lineproof("log", "key", "--record", published, "--json").json
    assert said["origin"] == "example.net/log"
    (only,) = said["keys"]
    assert (only["version"], only["algorithm"]) == (1, "ed25519")
    return only["key"]


def test_published_log_is_verified_without_the_record(
    lineproof: Command, published: Path, key: str, tmp_path: Path
):
    folder = shutil.copytree(published / "log", tmp_path / "elsewhere")
    ran = lineproof("log", "verify", folder, "--key", key)
    assert ran.code == 0
    assert "example.net/log is in order: 3 entries, 2 files" in ran.out
    said = lineproof("log", "verify", folder, "--key", key, "--from", folder / "checkpoint", "--json").json
    assert (said["ok"], said["entries"], said["signature_verified"], said["problems"]) == (True, 3, True, [])


def test_without_a_key_it_says_that_nobody_said_whose_signature_it_is(lineproof: Command, published: Path):
    ran = lineproof("log", "verify", published / "log")
    assert ran.code == 4
    assert "Give the key with --key" in ran.out


def test_broken_published_log_says_what_and_where(
    lineproof: Command, published: Path, key: str, tmp_path: Path
):
    folder = Path(shutil.copytree(published / "log", tmp_path / "log"))
    bundle = folder / "tile/entries/000.p/3"
    bundle.write_bytes(bundle.read_bytes().replace(b"2026", b"2025", 1))
    ran = lineproof("log", "verify", folder, "--key", key)
    assert ran.code == 3
    assert "broken: tile/0/000.p/3: its hash 0 is not of entry 0" in ran.out
    assert lineproof("log", "verify", folder, "--json").json["ok"] is False


def test_folder_that_is_no_published_log_is_not_in_order(lineproof: Command, key: str, tmp_path: Path):
    ran = lineproof("log", "verify", tmp_path, "--key", key)
    assert (ran.code, ran.out) == (3, "broken: checkpoint: it is not there\n")


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--key", "example.net+00000000+AAAA"], "verifier key"),
        (["--from", "no-such-file"], "no-such-file cannot be read"),
    ],
)
def test_bad_options_are_refused_in_a_sentence(
    lineproof: Command, published: Path, options: list[str], says: str
):
    lineproof("log", "verify", published / "log", *options).refuses(says)


def test_other_schemes_are_refused(lineproof: Command):
    lineproof("log", "verify", "ftp://example.net/log").refuses("https://")


@pytest.mark.parametrize("options", [("--key", "x"), ("--from", "x"), ("x", "--earlier", "1:" + "0" * 64)])
def test_options_of_the_other_verification_are_a_usage_error(
    lineproof: Command, published: Path, options: tuple[str, ...]
):
    assert lineproof("log", "verify", "--record", published, *options).code == 2


def test_log_on_record_is_verified_as_before(lineproof: Command, published: Path):
    ran = lineproof("log", "verify", "--record", published, "--json")
    assert (ran.code, ran.json["ok"]) == (0, True)
    again = lineproof("log", "verify", "--record", published, "--earlier", ran.json["head"])
    assert again.code == 0
    assert "The log is in order: 3 entries" in again.out


def test_receipt_is_verified_offline(lineproof: Command, published: Path, key: str, tmp_path: Path):
    out = tmp_path / "entry.tlog-proof"
    assert lineproof("log", "receipt", 1, "--out", out, "--record", published).code == 0
    entries = parse_bundle((published / "log/tile/entries/000.p/3").read_bytes(), count=3)
    receipt = parse_receipt(out.read_bytes())
    assert verify_receipt(receipt, entries[1], (NoteKey.parse(key),), "example.net/log").size == 3


def test_receipt_of_what_is_not_published_is_refused(lineproof: Command, published: Path, tmp_path: Path):
    out = tmp_path / "entry.tlog-proof"
    refused = lineproof("log", "receipt", 3, "--out", out, "--record", published)
    refused.refuses("Entry 3 is not published")
    assert not out.exists()


def test_name_is_kept_and_another_refused(lineproof: Command, published: Path):
    assert lineproof("log", "origin", "--record", published).out == "example.net/log\n"
    lineproof("log", "origin", "example.org/log", "--record", published).refuses("stays so")
    lineproof("log", "origin", "https://example.org", "--record", published).refuses("no scheme")


def test_log_without_a_name_has_no_key_to_show_and_gets_a_random_name_with_its_first_publication(
    lineproof: Command, tmp_path: Path
):
    record = tmp_path / "record"
    assert lineproof("agents", "add", "ada", "--record", record).code == 0
    lineproof("log", "key", "--record", record).refuses("no origin yet")
    lineproof("log", "origin", "--record", record).refuses("no origin yet")
    assert lineproof("log", "publish", "--record", record).code == 0
    assert lineproof("log", "origin", "--record", record).out.startswith("lineproof.example/")

    # What cannot be written leaves the log as it was.
    before = (record / "log" / "checkpoint").read_bytes()
    assert lineproof("agents", "add", "bea", "--record", record).code == 0
    (record / "log" / "tile" / "0" / "000.p" / "2").mkdir()
    lineproof("log", "publish", "--record", record).refuses("cannot be used")
    assert (record / "log" / "checkpoint").read_bytes() == before


def test_published_folder_can_be_read_by_a_web_server_and_the_record_cannot(published: Path):
    assert stat.S_IMODE((published / "log").stat().st_mode) == 0o755
    assert stat.S_IMODE(published.stat().st_mode) == 0o700


def test_key_is_rotated_and_the_log_verified_with_either_and_then_with_the_new_one(
    lineproof: Command, tmp_path: Path
):
    record, log = tmp_path / "record", tmp_path / "record" / "log"
    assert lineproof("log", "origin", "example.net/log", "--record", record).code == 0
    assert lineproof("log", "publish", "--record", record).code == 0
    added = lineproof("log", "rotate-key", "--record", record)
    assert added.out.startswith("Key 2 signs from the next publication on: example.net/log+")
    said = lineproof("log", "key", "--record", record).out.splitlines()
    assert [line[:8] for line in said] == ["origin: ", "key 1:  ", "key 2:  "]
    first, second = (line.split()[-1] for line in said[1:])
    lineproof("log", "rotate-key", "--retire", 1, "--record", record).refuses("lineproof log publish")
    assert lineproof("log", "publish", "--record", record, "--json").json["added"] == 1
    for key in (first, second):
        assert lineproof("log", "verify", log, "--key", key).code == 0
    earlier = shutil.copy(log / "checkpoint", tmp_path)
    ended = lineproof("log", "rotate-key", "--retire", 1, "--record", record, "--json")
    assert ended.json == {"version": 1, "key": first}
    assert lineproof("log", "publish", "--record", record).code == 0
    assert lineproof("log", "verify", log, "--key", second, "--from", earlier).code == 0
    assert lineproof("log", "verify", log, "--key", first, "--key", second, "--from", earlier).code == 0
    assert lineproof("log", "verify", log, "--key", first).code == 3
    lineproof("log", "rotate-key", "--retire", 2, "--record", record).refuses("last Ed25519 key")


def test_ml_dsa_44_signs_beside_ed25519(lineproof: Command, tmp_path: Path):
    record, log = tmp_path / "record", tmp_path / "record" / "log"
    assert lineproof("log", "origin", "example.net/log", "--record", record).code == 0
    assert lineproof("log", "rotate-key", "--add", "ml-dsa-44", "--record", record).code == 0
    assert lineproof("log", "publish", "--record", record).code == 0
    keys = lineproof("log", "key", "--record", record, "--json").json["keys"]
    assert [(key["version"], key["algorithm"]) for key in keys] == [(1, "ed25519"), (2, "ml-dsa-44")]
    for key in keys:
        assert lineproof("log", "verify", log, "--key", key["key"]).code == 0
    lineproof("log", "rotate-key", "--retire", 1, "--record", record).refuses("last Ed25519 key")
    both = lineproof("log", "rotate-key", "--add", "ed25519", "--retire", 2, "--record", record)
    assert both.code == 2
