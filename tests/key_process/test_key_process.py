"""The key process itself: what it lends, what it answers, and that no question takes a key out of it."""

import contextlib
import os
import socket
import subprocess
import sys
import textwrap
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from lineproof.booth.relay import Booth
from lineproof.booth.seal import HEAD_BYTES, NotOpened, PartKind, open_key, open_parts, seal_key
from lineproof.errors import Erased, LineproofError, Malformed, NotPermitted, Unavailable
from lineproof.evidence.directory import EvidenceFolder
from lineproof.key_process import messages
from lineproof.key_process.client import KeyProcess
from lineproof.referral import wrap_info
from lineproof.terms import CaseId, SessionId
from tests.booth.test_keeper import wait_until_gone
from tests.fakes.soft_authenticator import SoftAuthenticator
from tests.key_process.served import TERMS, Server, a_browser, asked, enrolled, serving

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("served")) as server:
        yield server


@pytest.fixture(scope="module")
def passkey(server: Server) -> SoftAuthenticator:
    return enrolled(server.lent.desk, server.link_for("rhea"))


@pytest.fixture(scope="module")
def case(server: Server) -> dict[str, Any]:
    return server.referred("+999555001001")


def test_referral_is_seen_in_the_reviewers_browser_and_nowhere_else(server: Server, passkey, case):
    """The whole way: registered by command, opened by passkey, crops sealed by a worker for one browser."""
    key, public = a_browser()
    opening = server.lent.desk.open(asked(server.lent.desk, passkey, case, public))
    parts = EvidenceFolder(server.record / "evidence").read(opening.terms.session)
    sealed = server.booth.review(parts, opening)
    content_key = open_key(sealed[1:HEAD_BYTES], key, opening.terms.info)
    crops = dict(open_parts(sealed[HEAD_BYTES:], content_key))
    assert crops.keys() == {PartKind.PORTRAIT, PartKind.FACE, PartKind.PAGE}
    assert all(crop.startswith(b"\xff\xd8") for crop in crops.values())
    photographs = [path.read_bytes() for path in server.drawn.iterdir()]
    for content in (*crops.values(), *photographs):
        assert not any(content[at : at + 16] in sealed + parts for at in range(0, len(content) - 16, 997))
    # Sealed to a keeper's key for this browser: it opens neither for another browser nor by another key.
    other, _ = a_browser()
    with pytest.raises(NotOpened):
        open_key(sealed[1:HEAD_BYTES], other, opening.terms.info)
    with pytest.raises(NotPermitted, match="do not open"):
        server.booth.review(parts, replace(opening, terms=replace(opening.terms, browser_key=a_browser()[1])))


def test_key_of_a_case_is_made_and_tried_and_given_up(server: Server):
    session = SessionId(uuid.uuid4())
    keys, now = server.lent.case_keys, datetime.now(UTC)
    made = keys.make(session, now=now)
    wrapped = seal_key(bytes(range(32)), made.public_key, wrap_info(session))
    keys.check(made.name, wrapped, session=session)
    for name, key, other in (
        (made.name, wrapped[:-1] + b"?", session),
        (made.name, wrapped, SessionId(uuid.uuid4())),
    ):
        with pytest.raises(NotPermitted):
            keys.check(name, key, session=other)
    keys.settle(made.name)
    with pytest.raises(NotPermitted):
        keys.check(made.name, wrapped, session=session)


def test_key_that_the_record_needs_is_not_given_up(server: Server, passkey, case):
    """A page that was taken over cannot make the photographs of a waiting case unreadable."""
    (name,) = (path.name for path in (server.record / "case-keys" / "opening").iterdir())
    server.lent.case_keys.settle(name)
    assert server.lent.desk.open(asked(server.lent.desk, passkey, case, a_browser()[1]))


@pytest.mark.parametrize(
    "question",
    [
        b"{",
        b"[]",
        b'"ask"',
        b"[" * 50_000,
        b'{"ask": "unwrap"}',
        b'{"ask": "names"}',
        b'{"ask": "destroy", "name": "x"}',
        b'{"ask": "__class__"}',
        b'{"ask": ["keeper"]}',
        b'{"ask": "settle"}',
        b'{"ask": "settle", "name": "../secret"}',
        b'{"ask": "make", "session": 7}',
        b'{"ask": "check", "name": "../../vault/secret", "wrapped": "00", "session": "' + b"0" * 32 + b'"}',
        b'{"ask": "open", "case": "x"}',
        b'{"ask": "offer", "case": "' + b"0" * 32 + b'"}',
        b'{"ask": "enrol", "token": null, "attestation": [], "origin": {}}',
        b'{"ask": "invitation", "token": "' + b"t" * 100_000 + b'"}',
    ],
)
def test_what_is_no_question_is_answered_with_an_error_and_the_next_is_answered(server: Server, question):
    with server.lent._asking:
        end = server.lent._end
        assert end is not None
        end.send(question)
        fields, descriptors = messages.read(end)
    assert not descriptors
    assert isinstance(messages.error_of(fields), LineproofError), fields
    answer, descriptors = server.lent.ask("keeper")
    server.lent.keepers.take(answer, descriptors)


def test_it_started_the_keeper_and_not_this_process(server: Server):
    from lineproof.booth.inspection.processes import is_keeper, is_key_process, living_children

    assert [is_keeper(child) for child in server.children()] == [True]
    assert not any(is_keeper(child) for child in living_children(os.getpid()))
    assert server.lent._process is not None
    assert is_key_process(server.lent._process.pid)


def test_its_memory_is_shut_and_it_holds_no_photograph(server: Server):
    from lineproof.booth.inspection.shut import is_shut

    assert server.lent._process is not None
    assert is_shut(server.lent._process.pid, ordinary=os.getpid())
    if os.geteuid() == 0:
        maps = Path(f"/proc/{server.lent._process.pid}/maps").read_text()
        assert not any(name in maps for name in ("cv2", "onnxruntime", "zxingcpp"))


def test_dead_keeper_is_replaced_by_it(tmp_path: Path):
    with KeyProcess(tmp_path / "record", TERMS) as lent, Booth(keepers=lent.keepers) as booth:
        from lineproof.booth.inspection.processes import living_children

        first = booth.epoch()
        assert lent._process is not None
        (keeper,) = living_children(lent._process.pid)
        os.kill(keeper, 9)
        wait_until_gone(keeper)
        assert booth.epoch().public_key != first.public_key
        process = lent._process.pid
    wait_until_gone(process)


def test_program_that_dies_takes_it_and_its_keepers_along(tmp_path: Path):
    program = textwrap.dedent("""
        import sys, time
        from pathlib import Path
        from lineproof.booth.keeper_terms import Terms
        from lineproof.key_process.client import KeyProcess
        with KeyProcess(Path(sys.argv[1]), Terms(None, None, 2, False)) as lent:
            print(lent._process.pid, flush=True)
            time.sleep(600)
    """)
    with subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path / "record")], stdout=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout is not None
        key_process = int(running.stdout.readline())
        from lineproof.booth.inspection.processes import living_children

        (keeper,) = living_children(key_process)
        running.kill()
    wait_until_gone(key_process)
    wait_until_gone(keeper)


def test_it_says_why_it_does_not_start(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(Unavailable, match="cannot be used"), KeyProcess(tmp_path / "file", TERMS):
        pass
    with (
        pytest.raises(LineproofError, match="model"),
        KeyProcess(tmp_path / "record", replace(TERMS, model_pack="no-such-pack")),
    ):
        pass


def test_asked_after_its_end_it_says_that_it_is_gone(tmp_path: Path):
    lent = KeyProcess(tmp_path / "record", TERMS)
    with pytest.raises(Unavailable, match="is gone"):
        lent.case_keys.settle("x")


def test_decision_by_command_ends_what_the_server_can_open(server: Server, passkey):
    referred = server.referred("+999555001009")
    request = asked(server.lent.desk, passkey, referred, a_browser()[1])
    server.command("reviewers", "add", "sol")
    for reviewer in ("rhea", "sol"):
        said = server.command(
            "cases", "decide", referred["case"], "--as", reviewer, "--refuse", "--reason", "not_proven_live"
        )
    assert "photographs of the case are destroyed" in said
    with pytest.raises(Erased):
        server.lent.desk.open(request)
    with pytest.raises(Erased):
        server.lent.desk.offer(CaseId(uuid.UUID(referred["case"])))


def test_what_it_is_told_in_fields_that_are_none_is_malformed():
    with pytest.raises(Malformed):
        messages.parse(b"{")


def test_end_that_nobody_holds_is_gone():
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    theirs.close()
    with contextlib.closing(ours), pytest.raises(Unavailable, match="is gone"):
        messages.read(ours)
