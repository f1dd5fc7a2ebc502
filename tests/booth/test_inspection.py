"""Every property that `lineproof check --booth` observes can fail: processes and booths that break each."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from lineproof.booth.inspection import evidence as of_evidence
from lineproof.booth.inspection import keeper as of_keeper
from lineproof.booth.inspection import processes
from lineproof.booth.inspection import server as of_server
from lineproof.booth.inspection import worker as of_worker
from lineproof.booth.inspection.evidence import Drawn
from lineproof.booth.inspection.observation import (
    ONLY_ROOT,
    NotChecked,
    Observation,
    Seen,
    Standing,
    observes,
)
from lineproof.booth.inspection.server import Serving
from lineproof.booth.keeper_terms import Terms
from lineproof.booth.keepers import KEEPER_ENVIRONMENT, START_SECONDS
from lineproof.errors import Malformed, Unavailable
from lineproof.ports import Assignment, Epoch, Evidence, Examination, SeenZone

HOLDS, BROKEN, UNKNOWN = Standing.HOLDS, Standing.DOES_NOT_HOLD, Standing.NOT_CHECKED
SHUT = "import ctypes; ctypes.CDLL(None).prctl(4, 0, 0, 0, 0)"
ELF_CORE = b"\x7fELF\2\1\1" + bytes(9) + b"\4\0" + bytes(40)

AProcess = Callable[..., int]


@pytest.fixture
def a_process() -> Iterator[AProcess]:
    """Starts a process that says when it is ready and then waits: a_process("import numpy", cwd="/tmp")."""
    with ExitStack() as stack:

        def start(code: str = "", *arguments: str, **how: object) -> int:
            how = {"env": KEEPER_ENVIRONMENT, "cwd": "/", "stdin": subprocess.DEVNULL, **how}
            waiting = f"{code}\nimport os, signal\nos.write(1, b'.')\nos.dup2(2, 1)\nsignal.pause()\n"
            command = [sys.executable, "-I", "-c", waiting, *arguments]
            process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, **how)
            stack.enter_context(process)
            stack.callback(process.kill)
            assert process.stdout is not None
            assert process.stdout.read() == b"."
            return process.pid

        yield start


def a_pair() -> tuple[socket.socket, socket.socket]:
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)


# The keeper.


def test_environment_of_a_keeper_is_the_code_s_own_to_the_letter(a_process):
    assert of_keeper.observe_environment(a_process()).standing is HOLDS
    for other in ({**KEEPER_ENVIRONMENT, "HOME": "/root"}, {**KEEPER_ENVIRONMENT, "LC_ALL": "C"}, {}):
        seen = of_keeper.observe_environment(a_process(env=other))
        assert seen.standing is BROKEN
    seen = of_keeper.observe_environment(a_process(env={**KEEPER_ENVIRONMENT, "TOKEN": "secret"}))
    assert "TOKEN" in seen.seen
    assert "secret" not in seen.seen


def test_keeper_that_holds_a_file_or_a_second_socket_is_found(a_process, tmp_path):
    ours, theirs = a_pair()
    with ours, theirs:
        one = a_process(pass_fds=[theirs.fileno()])
        assert of_keeper.observe_descriptors(one).standing is HOLDS
        two = a_process(pass_fds=[theirs.fileno(), ours.fileno()])
        assert of_keeper.observe_descriptors(two).standing is BROKEN
        file = a_process(f"left = open({str(tmp_path / 'kept')!r}, 'w')", pass_fds=[theirs.fileno()])
        seen = of_keeper.observe_descriptors(file)
    assert seen.standing is BROKEN
    assert "kept" in seen.seen
    assert of_keeper.observe_descriptors(a_process()).standing is BROKEN, "no control socket"


@pytest.mark.parametrize(
    ("kind", "standing"),
    [
        ("socket.socketpair(type=socket.SOCK_SEQPACKET)", HOLDS),
        ("socket.socketpair()", BROKEN),
        ("socket.create_server(('127.0.0.1', 0))", BROKEN),
        ("socket.socket(type=socket.SOCK_DGRAM).bind(('127.0.0.1', 0)) or socket.socket()", BROKEN),
        ("listening(socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET))", BROKEN),
    ],
)
def test_keeper_that_listens_or_reaches_the_network_is_found(a_process, kind, standing):
    listening = "def listening(s):\n    s.bind('')\n    s.listen()\n    return s\n"
    pid = a_process(f"import socket\n{listening}kept = {kind}")
    assert of_keeper.observe_listens_nowhere(pid).standing is standing


def test_keeper_in_somebody_s_folder_is_found(a_process, tmp_path):
    assert of_keeper.observe_working_folder(a_process()).standing is HOLDS
    assert of_keeper.observe_working_folder(a_process(cwd=tmp_path)).standing is BROKEN


def test_process_that_its_own_user_can_read_is_told_from_one_that_is_shut(a_process):
    ordinary, shut = a_process(), a_process(SHUT)
    assert of_keeper.observe_shut(shut, ordinary=ordinary).standing is HOLDS
    assert of_keeper.observe_shut(ordinary, ordinary=ordinary).standing is BROKEN
    nothing_proved = of_keeper.observe_shut(shut, ordinary=shut)
    assert nothing_proved.standing is UNKNOWN
    assert "ordinary process too" in nothing_proved.seen


def test_keeper_whose_crash_would_leave_a_core_dump_is_found(a_process, tmp_path):
    """A limit of 0 is no help where dumps are piped to a program: core(5)."""
    pattern, piped = tmp_path / "plain", tmp_path / "piped"
    pattern.write_text("core\n")
    piped.write_text("|/usr/bin/collector %p\n")
    ordinary, shut = a_process(), a_process(SHUT)
    limited = a_process("import resource; resource.setrlimit(resource.RLIMIT_CORE, (0, 0))")
    standing = {
        (name, where.name): of_keeper.observe_no_core(pid, ordinary=ordinary, pattern=where).standing
        for name, pid in {"ordinary": ordinary, "shut": shut, "limited": limited}.items()
        for where in (pattern, piped)
    }
    assert standing == {
        ("ordinary", "plain"): BROKEN,
        ("ordinary", "piped"): BROKEN,
        ("shut", "plain"): HOLDS,
        ("shut", "piped"): HOLDS,
        ("limited", "plain"): HOLDS,
        ("limited", "piped"): BROKEN,
    }


def test_keeper_that_outlives_its_terms_or_was_given_longer_ones_is_found(a_process):
    terms = Terms(None, None, most_workers=1, filter_required=True)
    assert of_keeper.observe_age(a_process("", terms.argument())).standing is HOLDS
    longer = replace(terms, epoch_s=7200.0)
    assert of_keeper.observe_age(a_process("", longer.argument())).standing is BROKEN
    over = replace(terms, epoch_s=-START_SECONDS - 1, overlap_s=0.0)
    assert of_keeper.observe_age(a_process("", over.argument())).standing is BROKEN
    assert of_keeper.observe_age(a_process()).standing is UNKNOWN


# The machine, the program and its pages.


def test_swap_in_the_clear_is_found(tmp_path):
    swaps = tmp_path / "swaps"
    swaps.write_text("Filename\tType\tSize\tUsed\tPriority\n")
    assert of_server.observe_no_plain_swap(swaps).standing is HOLDS
    swaps.write_text("Filename\tType\tSize\tUsed\tPriority\n/swapfile\tfile\t1\t0\t-2\n")
    assert of_server.observe_no_plain_swap(swaps).standing is BROKEN
    assert of_server.observe_no_plain_swap(tmp_path / "none").standing is UNKNOWN


def test_server_of_another_release_is_found():
    assert of_server.observe_release("1+a", "1+a").standing is HOLDS
    assert of_server.observe_release("1+a", "1+b").standing is BROKEN


def test_pages_that_loaded_what_sees_images_are_found(a_process):
    plain, seeing = a_process(), a_process("import zxingcpp")
    clean = of_server.observe_sees_nothing(Serving(plain, (plain,), ()))
    assert clean.standing is HOLDS
    assert "zxingcpp" in of_server.observe_sees_nothing(Serving(plain, (plain,), (seeing,))).seen, (
        "the control"
    )
    assert of_server.observe_sees_nothing(Serving(plain, (seeing,), ())).standing is BROKEN
    assert of_server.observe_sees_nothing(Serving(seeing, (plain,), ())).standing is BROKEN
    assert of_server.observe_sees_nothing(Serving(plain, (), ())).standing is UNKNOWN


@pytest.mark.parametrize(
    ("sockets", "pipe", "keeps_its_end", "standing"),
    [
        (1, False, False, HOLDS),
        (2, False, False, BROKEN),
        (0, False, False, BROKEN),
        (1, True, False, BROKEN),
        (1, False, True, BROKEN),
    ],
)
def test_second_way_into_a_keeper_is_found(a_process, sockets, pipe, keeps_its_end, standing):
    """One socket's other end is in the keeper; no pipe is shared, and the keeper's own end is not held."""
    with ExitStack() as kept:
        pairs = [a_pair() for _ in range(sockets)]
        for ours, theirs in pairs:
            kept.enter_context(ours)
            kept.enter_context(theirs)
        ends = [theirs.fileno() for _, theirs in pairs]
        if pipe:
            reader, writer = os.pipe()
            kept.callback(os.close, reader)
            kept.callback(os.close, writer)
            ends.append(writer)
        keeper = a_process(pass_fds=ends)
        if not keeps_its_end:
            for _, theirs in pairs:
                theirs.close()
        serving = Serving(os.getpid(), (), (keeper,))
        assert of_server.observe_ways_into_keepers(serving).standing is standing


def test_without_a_keeper_no_way_into_it_was_looked_for():
    assert of_server.observe_ways_into_keepers(Serving(os.getpid(), (), ())).standing is UNKNOWN


def test_core_dump_that_lies_about_is_found_and_a_file_of_that_name_is_none(a_process, tmp_path):
    folders = {name: tmp_path / name for name in ("work", "record", "crash")}
    for folder in folders.values():
        folder.mkdir()
    pattern = tmp_path / "pattern"
    pattern.write_text("core")
    pid = a_process(cwd=folders["work"])

    def standing() -> Standing:
        serving = Serving(pid, (), ())
        return of_server.observe_no_core_files(
            serving, folders["record"], pattern=pattern, crash=[folders["crash"]]
        ).standing

    (folders["work"] / "core").write_text("the core of the matter")
    (folders["crash"] / "core.otherprogram.0.1234.zst").write_bytes(b"")
    assert standing() is HOLDS
    name = processes.status(pid)["Name"]
    for place in ("work/core", "record/core.4711", f"crash/core.{name}.0.1234.zst"):
        (tmp_path / place).write_bytes(ELF_CORE)
        assert standing() is BROKEN, place
        (tmp_path / place).unlink()


# The worker.

OF_A_WORKER = [
    of_worker.observe_filtered,
    of_worker.observe_no_new_privileges,
    of_worker.observe_no_files,
    of_worker.observe_bounds,
    of_worker.observe_one_descriptor,
    of_worker.observe_gone,
]


def test_worker_that_nothing_confines_fails_every_property(a_process):
    look = of_worker.look_at(a_process(), ordinary=os.getpid())
    standings = {observe.__name__: observe(look).standing for observe in OF_A_WORKER}
    assert set(standings.values()) == {BROKEN}, standings
    assert look.shut.standing is BROKEN
    os.kill(look.pid, signal.SIGKILL)
    assert of_worker.observe_gone(look).standing is HOLDS


def test_worker_that_was_not_seen_is_not_said_to_be_confined():
    assert {each.standing for each in of_worker.observe_worker(None)} == {UNKNOWN}


def test_worker_is_stopped_only_while_it_is_looked_at(a_process):
    look = of_worker.look_at(a_process(), ordinary=os.getpid())
    due = time.monotonic() + 10
    while not processes.status(look.pid)["State"].startswith("S"):
        assert time.monotonic() < due, "it lies still"


# Evidence.


class Careless:
    """A booth that answers whatever it is given."""

    workshop = None

    def __init__(self, answer: Examination, error: Exception | None = None) -> None:
        self._answer, self._error = answer, error

    def epoch(self) -> Epoch:
        from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

        key = generate_private_key(SECP256R1()).public_key()
        point = key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return Epoch(point, datetime.now(UTC) + timedelta(minutes=10))

    def examine(self, evidence: Evidence, assignment: Assignment) -> Examination:
        if self._error is not None:
            raise self._error
        return self._answer


@pytest.fixture
def an_answer(an_assignment) -> Examination:
    return Examination(an_assignment().session, False, (), None, (), {})


@pytest.fixture
def drawn(alice) -> Drawn:
    return Drawn(alice.document, alice.capture)


def refusals(booth: Careless, drawn: Drawn, assignment: Assignment) -> list[Observation]:
    sealed = drawn.sealed(assignment, booth)
    return [
        of_evidence.observe_changed_is_refused(booth, sealed, assignment),
        of_evidence.observe_other_session_is_refused(booth, sealed, assignment),
        of_evidence.observe_late_is_refused(booth, drawn, assignment),
    ]


def test_booth_that_opens_what_it_should_not_is_found(drawn, an_assignment, an_answer):
    for error in (None, Malformed("The photograph of the document is damaged or incomplete.")):
        found = refusals(Careless(an_answer, error), drawn, an_assignment())
        assert [each.standing for each in found] == [BROKEN] * 3


def test_booth_that_dies_is_not_said_to_refuse(drawn, an_assignment, an_answer):
    died = Unavailable("The booth could not finish.", retry_after_s=5)
    found = refusals(Careless(an_answer, died), drawn, an_assignment())
    assert [each.standing for each in found[:2]] == [UNKNOWN] * 2
    assert found[2].standing is BROKEN


def test_photograph_in_the_evidence_is_found(drawn, an_assignment, an_answer):
    sealed = drawn.sealed(an_assignment(), Careless(an_answer))
    assert of_evidence.observe_ciphertext(sealed, drawn).standing is HOLDS
    piece = drawn.document.read_bytes()[1600:1632]
    leaky = replace(sealed, content=sealed.content[:77] + piece + sealed.content[77:])
    assert of_evidence.observe_ciphertext(leaky, drawn).standing is BROKEN


def test_answer_that_says_more_than_asked_is_found(an_answer):
    explained = replace(an_answer, seen=SeenZone(1, 1, (), ()))
    assert of_evidence.observe_no_more_than_asked(an_answer, explained).standing is HOLDS
    assert of_evidence.observe_no_more_than_asked(explained, explained).standing is BROKEN
    assert of_evidence.observe_no_more_than_asked(an_answer, an_answer).standing is UNKNOWN


# What was not checked does not hold.


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (NotChecked("no such thing here"), "no such thing here"),
        (PermissionError(), ONLY_ROOT),
        (ProcessLookupError(), "the process ended meanwhile"),
        (FileNotFoundError(), "the process ended meanwhile"),
    ],
)
def test_what_cannot_be_looked_at_is_not_checked_and_says_why(error, why):
    @observes("It is so", how="by looking")
    def observe_it() -> Seen:
        raise error

    assert observe_it() == Observation("it", "It is so", "by looking", UNKNOWN, why)


def test_process_that_ended_is_not_checked(a_process):
    pid = a_process()
    os.kill(pid, signal.SIGKILL)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    assert not processes.is_alive(pid)
    assert of_keeper.observe_working_folder(pid).standing is UNKNOWN
