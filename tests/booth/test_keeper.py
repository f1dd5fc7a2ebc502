"""The keeper and its workers: they answer, die when they must, and outlive nobody."""

import os
import signal
import socket
import threading
import time
from pathlib import Path
from uuid import UUID

import pytest
from PIL import Image

from lineproof.booth.keeper import kill_overdue, reap
from lineproof.booth.keepers import KEEPER_ENVIRONMENT
from lineproof.booth.relay import Booth
from lineproof.decision.finding import Check, Outcome
from lineproof.errors import Malformed, Unavailable
from lineproof.ports import Stage
from lineproof.terms import SessionId, Way
from tests.fakes.photographs import Photographs, examine


def is_alive(pid: int) -> bool:
    """Tell whether a process runs; one that only waits to be reaped does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_until_gone(pid: int, seconds: float = 10.0) -> None:
    """Wait for a process to end."""
    due = time.monotonic() + seconds
    while is_alive(pid):
        assert time.monotonic() < due, "it lives on"
        time.sleep(0.02)


def outcomes(examination) -> dict[Check, Outcome]:
    return {finding.check: finding.outcome for finding in examination.findings}


def test_one_session_is_examined_from_pixels_to_findings(booth, alice, an_assignment):
    examination = examine(booth, alice, an_assignment())
    assert outcomes(examination)[Check.SAME_PERSON] is Outcome.PASS
    assert outcomes(examination)[Check.DOCUMENT_GENUINE] is Outcome.INDETERMINATE
    assert outcomes(examination)[Check.LIVE] is Outcome.INDETERMINATE
    assert examination.zone is not None
    assert set(examination.milliseconds) == set(Stage)


def test_four_sessions_at_once_get_each_its_own_answer(booth, alice, an_assignment):
    answers = {}

    def one(number: int) -> None:
        session = SessionId(UUID(int=number))
        evidence = Photographs(alice.document, None) if number % 2 else alice
        way = Way.COUNTER if number % 2 else Way.FACE
        answers[number] = examine(booth, evidence, an_assignment(way=way, session=session))

    threads = [threading.Thread(target=one, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number, answer in answers.items():
        assert answer.session == UUID(int=number)
        assert (Check.SAME_PERSON in outcomes(answer)) == (number % 2 == 0)
    assert len(answers) == 4


def test_a_worker_that_dies_is_said_to_be_unavailable_and_the_next_one_works(relay, alice, tmp_path):
    large = tmp_path / "large.png"
    Image.effect_noise((5000, 4000), 50).save(large, compress_level=0)
    relay.ask(Photographs(large, alice.capture))
    os.kill(relay.worker(), signal.SIGKILL)
    assert relay.answer() == {
        "error": "Unavailable",
        "what": "The booth could not finish this examination; nothing was decided.",
    }
    relay.ask(alice)
    assert relay.answer()["same_person"] == "pass"
    assert is_alive(relay.keeper)


def test_a_worker_past_its_deadline_is_killed_andreaped():
    pid = os.fork()
    if pid == 0:
        signal.pause()
        os._exit(0)
    workers = {pid: time.clock_gettime(time.CLOCK_BOOTTIME) + 60}
    kill_overdue(workers)
    assert is_alive(pid)
    workers[pid] = time.clock_gettime(time.CLOCK_BOOTTIME) - 1
    kill_overdue(workers)
    due = time.monotonic() + 10
    while workers and time.monotonic() < due:
        reap(workers)
    assert not workers
    assert not is_alive(pid)


def test_keeper_and_worker_end_when_the_program_that_started_them_is_killed(relay, alice, tmp_path):
    large = tmp_path / "large.png"
    Image.effect_noise((5000, 4000), 50).save(large, compress_level=0)
    relay.ask(Photographs(large, alice.capture))
    worker = relay.worker()
    relay.process.kill()
    wait_until_gone(relay.keeper)
    wait_until_gone(worker)


def test_the_keeper_starts_clean_and_holds_nothing_of_its_parent(booth):
    keeper = booth.keepers.running[-1].process.pid
    if os.geteuid() != 0:  # Nobody but root may look, the keeper's own user included.
        with pytest.raises(PermissionError):
            Path(f"/proc/{keeper}/environ").read_bytes()
        return
    environment = Path(f"/proc/{keeper}/environ").read_bytes().decode().strip("\0").split("\0")
    assert dict(entry.split("=", 1) for entry in environment) == KEEPER_ENVIRONMENT
    held = [str(entry.readlink()) for entry in Path(f"/proc/{keeper}/fd").iterdir()]
    assert sum(name.startswith("socket:") for name in held) == 1
    assert all(name == "/dev/null" or name.startswith(("socket:", "pipe:")) for name in held)
    assert Path(f"/proc/{keeper}/cwd").readlink() == Path("/")


def test_a_closed_booth_leaves_no_keeper_and_says_that_it_is_not_running(alice, an_assignment):
    with Booth() as running:
        keeper = running.keepers.running[-1].process.pid
    assert not is_alive(keeper)
    with pytest.raises(Unavailable):
        examine(running, alice, an_assignment())


def test_descriptors_do_not_pile_up_in_relay_or_keeper(booth, alice, an_assignment):
    def descriptors() -> tuple[int, ...]:
        seen = ("self", booth.keepers.running[-1].process.pid) if os.geteuid() == 0 else ("self",)
        return tuple(len([*Path(f"/proc/{process}/fd").iterdir()]) for process in seen)

    examine(booth, Photographs(alice.document, None), an_assignment(way=Way.COUNTER))
    before = descriptors()
    for evidence in (
        Photographs(alice.document, None),
        Photographs(Path("/dev/zero"), None),
        Photographs(Path("/"), None),
    ):
        try:
            examine(booth, evidence, an_assignment(way=Way.COUNTER))
        except Malformed:
            continue
    assert descriptors() == before


def test_a_large_file_of_noughts_is_no_photograph(booth, tmp_path, an_assignment):
    sparse = tmp_path / "sparse.jpg"
    with sparse.open("wb") as file:
        file.truncate(20 << 20)
    with pytest.raises(Malformed, match="is not a JPEG, PNG or WebP image"):
        examine(booth, Photographs(sparse, None), an_assignment(way=Way.COUNTER))


def test_a_file_above_the_limit_is_refused_unread(booth, tmp_path, an_assignment):
    sparse = tmp_path / "sparse.jpg"
    with sparse.open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(Malformed, match="24 MiB"):
        examine(booth, Photographs(sparse, None), an_assignment(way=Way.COUNTER))


def test_a_socket_is_no_photograph(booth, tmp_path, an_assignment):
    path = tmp_path / "socket"
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        with pytest.raises(Malformed):
            examine(booth, Photographs(path, None), an_assignment(way=Way.COUNTER))
