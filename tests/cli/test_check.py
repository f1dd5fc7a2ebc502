"""`lineproof check --booth` against a real `lineproof serve`: what it says, of whom, and when it cannot."""

import json
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from lineproof.booth.inspection import processes
from lineproof.booth.inspection.observation import ONLY_ROOT, Observation, Standing
from lineproof.booth.inspection.server import Serving
from lineproof.cli import check, check_report
from lineproof.cli.running import running_servers
from lineproof.errors import Unavailable
from tests.booth.test_inspection import ELF_CORE
from tests.cli.conftest import COMMAND

# Each starts a server, and the check a booth of its own; tests/booth/test_inspection.py has the properties.
pytestmark = pytest.mark.long

AS_ROOT = os.geteuid() == 0
PROPERTIES = {
    "machine": ["no_plain_swap"],
    "server": ["release", "sees_nothing", "ways_into_keepers", "no_core_files"],
    "key_process": ["shut", "no_core"],
    "keeper": [
        *("environment", "descriptors", "listens_nowhere", "working_folder"),
        *("shut", "no_core", "age"),
    ],
    "worker": [
        *("filtered", "no_new_privileges", "one_descriptor", "no_files", "bounds", "gone"),
        "shut",
    ],
    "evidence": [
        *("ciphertext", "changed_is_refused", "other_session_is_refused"),
        *("late_is_refused", "no_more_than_asked"),
    ],
}


@contextmanager
def a_server(record: Path, environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """A server of a record, once it is ready."""
    command = [str(COMMAND), "serve", "--record", str(record), "--port", "0", "--with-plain-swap"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        said = process.stdout.readline()
        assert said.startswith("Serving "), process.stderr.read()
        yield process
        process.kill()


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("checked") / "record"


@pytest.fixture(scope="module")
def server(record: Path, environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    with a_server(record, environment) as process:
        yield process


@pytest.fixture(scope="module")
def checked(lineproof, server, record):
    return lineproof("check", "--booth", "--record", record, "--json")


def test_every_property_is_checked_and_holds(checked):
    found = {group["of"]: [each["name"] for each in group["properties"]] for group in checked.json["groups"]}
    assert found == PROPERTIES
    others = [
        (each["name"], each["standing"], each["seen"])
        for group in checked.json["groups"]
        for each in group["properties"]
        if each["standing"] != "holds"
    ]
    if AS_ROOT:
        assert others == []
        assert (checked.code, checked.json["ok"]) == (0, True)
    else:
        assert {(standing, seen) for _, standing, seen in others} == {("not_checked", ONLY_ROOT)}
        assert (checked.code, checked.json["ok"]) == (4, False)


def test_object_says_how_each_was_checked_and_counts_them(checked):
    properties = [each for group in checked.json["groups"] for each in group["properties"]]
    assert all(each["says"] and each["how"] and each["seen"] for each in properties)
    counts = checked.json["counts"]
    assert counts["does_not_hold"] == 0
    assert sum(counts.values()) == len(properties)


def test_checking_loads_nothing_that_sees_images(server, record):
    code = (
        "import sys, json\nfrom pathlib import Path\nfrom lineproof.cli import check\n"
        "check._try_booth = lambda *_: []\ncheck._check_booth(Path(sys.argv[1]))\n"
        "import lineproof.booth.inspection.evidence, lineproof.booth.inspection.worker\n"
        "print(sorted({'cv2', 'numpy', 'PIL', 'zxingcpp'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(record)], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == "[]\n"


def test_processes_of_the_server_are_found_by_who_started_whom(server):
    serving = Serving.of(server.pid)
    assert len(serving.pages) == len(serving.keepers) == 1
    assert processes.is_keeper(serving.keepers[0])
    assert not processes.is_keeper(serving.pages[0])


def test_core_dump_in_the_record_s_folder_does_not_hold(server, record):
    core = record / "core.4711"
    core.write_bytes(ELF_CORE)
    groups = check._look_at_server(running_servers(record)[0], record)
    core.unlink()
    broken = [
        each.name for group in groups for each in group.observations if each.standing.value == "does_not_hold"
    ]
    assert broken == ["no_core_files"]
    assert check._exit_code(groups) == 3


def test_note_of_a_server_is_its_user_s_alone_and_names_no_person(server, record):
    (path,) = (record / "run").iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    noted = json.loads(path.read_text())
    assert noted.keys() == {"program", "started_ticks", "boot", "started_at", "address", "release"}
    assert noted["program"] == server.pid


def test_server_that_ends_takes_its_note_away_and_one_that_is_killed_is_not_taken_for_running(
    lineproof, environment, tmp_path
):
    record = tmp_path / "record"
    with a_server(record, environment) as killed:
        killed.kill()
        killed.wait()
    assert list((record / "run").iterdir())
    lineproof("check", "--booth", "--record", record).refuses("No server", "lineproof serve --record")
    with a_server(record, environment) as ended:
        (noted,) = running_servers(record)
        assert noted.program == ended.pid
        assert len(list((record / "run").iterdir())) == 1, "what the killed one left is gone"
        ended.send_signal(signal.SIGTERM)
        ended.wait(timeout=15)
    assert not (record / "run").exists()


def test_without_a_server_there_is_one_sentence_and_nothing_is_made(lineproof, tmp_path):
    record = tmp_path / "record"
    lineproof("check", "--booth", "--record", record).refuses("No server", str(record))
    ran = lineproof("check", "--booth", "--record", record, "--json")
    assert set(ran.json) == {"error", "remedy"}
    assert not record.exists()


def test_what_is_no_note_names_no_server(tmp_path):
    (tmp_path / "run").mkdir()
    for name, content in {"1": "", "2": "{}", "3": '{"program": 1}', "4": "[1]", "5": "null"}.items():
        (tmp_path / "run" / f"{name}.json").write_text(content)
    with pytest.raises(Unavailable):
        running_servers(tmp_path)


def test_what_to_check_must_be_said(lineproof):
    assert lineproof("check").code == 2


def an_observation(standing: Standing, seen: str = "what was seen") -> Observation:
    return Observation("it", "It is so", "by looking", standing, seen)


@pytest.mark.parametrize(
    ("standings", "code", "says"),
    [
        ([Standing.HOLDS], 0, "1 hold."),
        ([Standing.HOLDS, Standing.NOT_CHECKED], 4, "1 not checked, 1 hold."),
        ([Standing.NOT_CHECKED, Standing.DOES_NOT_HOLD], 3, "1 DOES NOT HOLD, 1 not checked."),
        ([Standing.DOES_NOT_HOLD, Standing.DOES_NOT_HOLD], 3, "2 DO NOT HOLD."),
    ],
)
def test_what_does_not_hold_or_was_not_checked_is_never_a_success(capsys, standings, code, says):
    groups = [check.Group("machine", "The machine", [an_observation(each) for each in standings])]
    assert check._exit_code(groups) == code
    check_report.print_groups(groups)
    assert says in capsys.readouterr().out
    assert check_report.as_object(groups)["ok"] is (code == 0)


def test_each_property_is_printed_with_its_mark_how_it_was_checked_and_what_was_seen(capsys):
    seen = [
        an_observation(Standing.HOLDS),
        an_observation(Standing.DOES_NOT_HOLD),
        an_observation(Standing.NOT_CHECKED, ONLY_ROOT),
    ]
    check_report.print_groups([check.Group("machine", "The machine", seen)])
    printed = capsys.readouterr().out.splitlines()
    assert printed[:7] == [
        "The machine",
        "  + It is so",
        "      by looking: what was seen",
        "  - It is so",
        "      by looking: what was seen",
        "  ? It is so",
        f"      by looking: not checked: {ONLY_ROOT}",
    ]
    assert printed[-1] == ("What was not checked is not known to hold. Run this as root to look at the rest.")


def test_what_is_otherwise_for_a_moment_only_is_looked_at_again(monkeypatch):
    monkeypatch.setattr(check, "_BETWEEN_LOOKS_S", 0.0)
    looks = [
        [an_observation(Standing.DOES_NOT_HOLD)],
        [an_observation(Standing.HOLDS)],
        [an_observation(Standing.DOES_NOT_HOLD)],
    ]
    assert check._settled(iter(looks).__next__)[0].standing is Standing.HOLDS
    broken = iter([looks[0]] * 3)
    assert check._settled(broken.__next__)[0].standing is Standing.DOES_NOT_HOLD
    assert list(broken) == [], "three looks"


def test_server_whose_epoch_is_over_has_no_keeper_and_nothing_is_said_to_hold_of_one(
    lineproof, environment, tmp_path
):
    """Its booth can still be checked: by a worker of the check's own."""
    record = tmp_path / "record"
    with a_server(record, environment) as process:
        (keeper,) = Serving.of(process.pid).keepers
        os.kill(keeper, signal.SIGKILL)
        ran = lineproof("check", "--booth", "--record", record, "--json")
    assert ran.code == 4
    standings = {
        (group["of"], each["name"]): each["standing"]
        for group in ran.json["groups"]
        for each in group["properties"]
    }
    assert standings["keeper", "keeper"] == standings["server", "ways_into_keepers"] == "not_checked"
    assert standings["worker", "filtered"] == "holds"
