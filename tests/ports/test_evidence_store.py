"""What every adapter of `referral.EvidenceStore` keeps to."""

import multiprocessing
import secrets
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from lineproof.errors import Conflict, Erased
from lineproof.evidence.directory import EvidenceFolder
from lineproof.referral import EvidenceStore
from lineproof.terms import SessionId

CONTENT = secrets.token_bytes(100_000)
OPENERS: list[Callable[[Path], EvidenceStore]] = [EvidenceFolder]


def a_session() -> SessionId:
    return SessionId(uuid4())


@pytest.fixture(params=OPENERS, ids=lambda opener: opener.__name__)
def open_store(request: pytest.FixtureRequest) -> Callable[[Path], EvidenceStore]:
    """Open a store at a place; the same place gives the same store."""
    return request.param


@pytest.fixture
def store(open_store: Callable[[Path], EvidenceStore], tmp_path: Path) -> EvidenceStore:
    return open_store(tmp_path / "evidence")


def test_what_is_kept_is_given_back_as_it_was(store: EvidenceStore):
    for content in (b"x", CONTENT):
        session = a_session()
        store.keep(session, content)
        assert store.read(session) == content


def test_what_is_kept_is_there_for_whoever_opens_the_store_again(store: EvidenceStore, open_store, tmp_path):
    session = a_session()
    store.keep(session, CONTENT)
    assert open_store(tmp_path / "evidence").read(session) == CONTENT


def test_second_keep_of_a_session_is_a_conflict_and_the_first_stays(store: EvidenceStore):
    session = a_session()
    store.keep(session, CONTENT)
    for content in (b"other", CONTENT):
        with pytest.raises(Conflict):
            store.keep(session, content)
    assert store.read(session) == CONTENT
    assert [whose for whose, _ in store.kept()] == [session]


def test_what_was_never_kept_is_gone(store: EvidenceStore):
    with pytest.raises(Erased):
        store.read(a_session())


def test_what_is_discarded_is_gone_and_may_be_discarded_again(store: EvidenceStore):
    session, other = a_session(), a_session()
    store.discard(session)
    store.keep(session, CONTENT)
    store.keep(other, b"other")
    store.discard(session)
    store.discard(session)
    with pytest.raises(Erased):
        store.read(session)
    assert store.read(other) == b"other"
    assert [whose for whose, _ in store.kept()] == [other]


def test_whose_there_is_and_since_when_is_listed_from_the_earliest_on(store: EvidenceStore):
    assert store.kept() == ()
    sessions = [a_session() for _ in range(5)]
    before = datetime.now(UTC)
    for session in sessions:
        store.keep(session, CONTENT)
    listed = store.kept()
    assert {session for session, _ in listed} == set(sessions)
    times = [since for _, since in listed]
    assert times == sorted(times)
    # A disk may note times a little coarser than they are.
    margin = timedelta(seconds=2)
    assert all(before - margin <= since <= datetime.now(UTC) + margin for since in times)


def test_of_many_threads_that_keep_one_session_one_does(store: EvidenceStore):
    session, outcomes = a_session(), []

    def keep(number: int) -> None:
        try:
            store.keep(session, bytes([number]) * 50_000)
            outcomes.append(number)
        except Conflict:
            outcomes.append(None)

    threads = [threading.Thread(target=keep, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (kept,) = [number for number in outcomes if number is not None]
    assert len(outcomes) == 8
    assert store.read(session) == bytes([kept]) * 50_000


def _keep_and_discard(store: EvidenceStore, common: SessionId, won: "multiprocessing.Queue[bool]") -> None:
    for _ in range(10):
        own = a_session()
        store.keep(own, CONTENT)
        assert store.read(own) == CONTENT
        assert own in {session for session, _ in store.kept()}
        store.discard(own)
    try:
        store.keep(common, CONTENT)
        won.put(True)
    except Conflict:
        won.put(False)


def test_several_processes_keep_list_and_discard_at_once(store: EvidenceStore):
    forks = multiprocessing.get_context("fork")
    common, won = a_session(), forks.Queue()
    processes = [forks.Process(target=_keep_and_discard, args=(store, common, won)) for _ in range(4)]
    for process in processes:
        process.start()
    outcomes = sorted(won.get(timeout=60) for _ in processes)
    for process in processes:
        process.join()
        assert process.exitcode == 0
    assert outcomes == [False, False, False, True]
    assert [session for session, _ in store.kept()] == [common]
