"""What the machine does to us: records that cannot be used, full disks, taken ports, closed outputs."""

import os
import socket
from pathlib import Path

import pytest

# Each step is a process of its own.
pytestmark = pytest.mark.long

SMALL, MEDIUM = 60_000, 270_000  # too small for the tables; large enough for them, too small to add an agent


@pytest.fixture
def below_a_file(tmp_path: Path) -> Path:
    """A folder that even root cannot make."""
    (tmp_path / "file").write_text("not a folder")
    return tmp_path / "file" / "record"


@pytest.mark.parametrize(
    "command",
    [
        ["agents", "add", "ada"],
        ["cases", "list"],
        ["serve", "--port", "0"],
    ],
    ids=" ".join,
)
def test_a_record_that_cannot_be_made_is_named_with_what_to_do(lineproof, below_a_file, command):
    lineproof(*command, "--record", below_a_file).refuses(
        str(below_a_file), "cannot be used", "Choose a folder"
    )


def test_a_record_in_proc_cannot_be_made(lineproof):
    lineproof("agents", "list", "--record", "/proc/record").refuses("/proc/record", "cannot be used")


def test_a_record_that_is_a_file_is_a_usage_error(lineproof, pictures):
    ran = lineproof("log", "verify", "--record", pictures / "text.jpg")
    assert ran.code == 2, ran


def test_a_database_that_is_none_is_refused_and_left_as_it_was(lineproof, tmp_path: Path):
    (tmp_path / "record.sqlite3").write_bytes(b"These are somebody's letters.\n" * 500)
    lineproof("agents", "add", "ada", "--record", tmp_path).refuses("not a database")
    assert (tmp_path / "record.sqlite3").read_bytes() == b"These are somebody's letters.\n" * 500
    assert not (tmp_path / "agents").exists()


def test_a_damaged_vault_is_refused_and_never_replaced(lineproof, tmp_path: Path):
    (tmp_path / "vault").mkdir(mode=0o700)
    (tmp_path / "vault" / "secret").touch(mode=0o600)
    (tmp_path / "vault" / "secret").write_bytes(b"short")
    lineproof("agents", "add", "ada", "--record", tmp_path).refuses("secret", "is damaged", "backup")
    assert (tmp_path / "vault" / "secret").read_bytes() == b"short"


def test_an_unknown_agent_cannot_attest_and_no_decision_is_recorded(lineproof, given, record_with_ada):
    before = lineproof("log", "verify", "--record", record_with_ada, "--json").json["head"]
    ran = lineproof("verify", *given(), "--attended-by", "nobody", "--record", record_with_ada)
    ran.refuses("no agent named nobody", "lineproof agents add nobody")
    assert lineproof("log", "verify", "--record", record_with_ada, "--json").json["head"] == before


def test_a_name_is_given_to_one_member_of_staff_only(lineproof, record_with_ada):
    key = (record_with_ada / "agents" / "ada.key").read_bytes()
    lineproof("agents", "add", "ada", "--record", record_with_ada).refuses("already", "ada")
    lineproof("reviewers", "add", "ada", "--record", record_with_ada).refuses("already", "ada")
    assert (record_with_ada / "agents" / "ada.key").read_bytes() == key
    assert [file.name for file in (record_with_ada / "agents").iterdir()] == ["ada.key"]


def test_an_agents_key_is_its_owners_alone(record_with_ada):
    assert (record_with_ada / "agents" / "ada.key").stat().st_mode & 0o777 == 0o600
    assert (record_with_ada / "agents").stat().st_mode & 0o777 == 0o700
    assert (record_with_ada / "vault" / "secret").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("most_bytes", [SMALL, MEDIUM])
def test_a_full_disk_leaves_a_record_that_works_once_there_is_room(lineproof, tmp_path: Path, most_bytes):
    record = tmp_path / "record"
    lineproof("agents", "add", "ada", "--record", record, most_bytes=most_bytes).refuses("disk")
    assert not list(record.glob("agents/*"))
    added = lineproof("agents", "add", "ada", "--record", record)
    assert added.code == 0, added
    log = lineproof("log", "verify", "--record", record, "--json")
    assert log.json["ok"]
    assert log.json["head"].startswith("1:")


def test_a_full_disk_records_no_verification_and_harms_no_record(lineproof, given, tmp_path: Path):
    record = tmp_path / "record"
    assert lineproof("agents", "add", "ada", "--record", record).code == 0
    before = lineproof("log", "verify", "--record", record, "--json").json["head"]
    attended = ["verify", *given(), "--attended-by", "ada", "--record", record]
    full = lineproof(*attended, most_bytes=4096)
    full.refuses("disk")
    assert full.out == ""
    after = lineproof("log", "verify", "--record", record, "--json")
    assert after.json == {"ok": True, "head": before, "problems": []}
    again = lineproof(*attended, "--json")
    assert again.code == 0, again
    counts = [finding["measures"].get("attestations_by_agent") for finding in again.json["findings"]]
    assert 1 in counts
    assert 2 not in counts


def test_a_drawing_that_does_not_fit_leaves_no_part_of_itself(lineproof, tmp_path: Path):
    out = tmp_path / "face.jpg"
    ran = lineproof("specimen", "capture", "--seed", "1", "--out", out, most_bytes=1000)
    ran.refuses(str(out), "cannot be written")
    assert not list(tmp_path.iterdir())


def test_a_drawing_into_a_device_is_refused(lineproof):
    ran = lineproof("specimen", "capture", "--seed", "1", "--out", "/dev/full")
    assert ran.code == 1, ran
    assert Path("/dev/full").is_char_device()


def test_an_output_that_cannot_be_written_is_an_error_not_a_success(lineproof, record_with_ada):
    ran = lineproof("log", "verify", "--record", record_with_ada, out=Path("/dev/full"))
    assert ran.code not in (0, 3), ran
    assert len(ran.err.strip().splitlines()) == 1


def test_a_taken_port_is_named(lineproof, record_with_ada):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        lineproof("serve", "--record", record_with_ada, "--port", port).refuses(port, "--port")


def test_a_link_to_a_line_that_nobody_holds_is_refused(lineproof, record_with_ada):
    serve = ["serve", "--record", record_with_ada, "--port", "0", "--link"]
    lineproof(*serve, "+999555009999").refuses("not registered here")


def test_the_environments_record_is_used_and_named_ones_win(lineproof, environment, tmp_path: Path):
    environment["LINEPROOF_RECORD"] = str(tmp_path / "one")
    try:
        assert lineproof("reviewers", "add", "rhea").code == 0
        assert lineproof("reviewers", "list", "--record", tmp_path / "two", "--json").json == []
        assert lineproof("reviewers", "list", "--json").json == [{"name": "rhea", "acts": 0}]
    finally:
        del environment["LINEPROOF_RECORD"]
    assert not (Path(environment["HOME"]) / ".local").exists()


@pytest.mark.parametrize("document", ["/dev/zero", "fifo"])
def test_an_agent_is_not_kept_waiting_by_a_file_without_end(
    lineproof, given, record_with_ada, tmp_path: Path, document: str
):
    os.mkfifo(tmp_path / "fifo")
    asked = given(tmp_path / document)
    lineproof("verify", *asked, "--attended-by", "ada", "--record", record_with_ada).refuses(document)


def test_a_disk_that_fills_anywhere_leaves_it_done_with_its_entry_or_undone(lineproof, tmp_path: Path):
    """Done is not called undone, and has its place in the log; undone leaves nothing there."""
    record = tmp_path / "record"
    for room in range(260_000, 600_000, 20_000):
        first = lineproof("agents", "add", "ada", "--record", record, most_bytes=room)
        if first.code == 0:
            break
        first.refuses("disk")
        assert lineproof("log", "verify", "--record", record, "--json").json["head"].startswith("0:")
    again = lineproof("agents", "add", "ada", "--record", record)
    assert "already" in again.err
    lineproof("agents", "add", "bea", "--record", record)
    assert lineproof("log", "verify", "--record", record, "--json").json["head"].startswith("2:")
