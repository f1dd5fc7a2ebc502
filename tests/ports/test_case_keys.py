"""What every adapter of `referral.CaseKeys` keeps to."""

import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from lineproof.booth.seal import seal_key
from lineproof.errors import NotPermitted
from lineproof.ports import KeyService
from lineproof.referral import WRAPPED_KEY_BYTES, CaseKeys, wrap_info
from lineproof.terms import SessionId
from lineproof.vault.evidence import VaultCaseKeys
from lineproof.vault.file import open_vault
from tests.fakes.soft_token import open_on_soft_token

NOW = datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)
CONTENT_KEY = bytes(range(32))
SESSION = SessionId(uuid4())


@pytest.fixture
def kept() -> set[str]:
    """The names of the keys under which the record keeps photographs."""
    return set()


@pytest.fixture(params=[open_vault, pytest.param(open_on_soft_token, marks=pytest.mark.long)])
def vault(request: pytest.FixtureRequest, tmp_path: Path) -> KeyService:
    return request.param(tmp_path / "vault")


@pytest.fixture
def keys(vault: KeyService, kept: set[str]) -> CaseKeys:
    return VaultCaseKeys(vault, kept.__contains__)


def test_worker_can_wrap_to_the_key_and_what_it_wrapped_is_found_right(keys: CaseKeys):
    key = keys.make(SESSION, now=NOW)
    wrapped = seal_key(CONTENT_KEY, key.public_key, wrap_info(SESSION))
    assert len(wrapped) == WRAPPED_KEY_BYTES
    assert keys.check(key.name, wrapped, session=SESSION) is None


def test_keys_of_two_sessions_and_of_two_tries_are_different(keys: CaseKeys):
    made = [
        keys.make(SESSION, now=NOW),
        keys.make(SESSION, now=NOW + timedelta(seconds=1)),
        keys.make(SessionId(uuid4()), now=NOW),
    ]
    assert len({key.name for key in made}) == len({key.public_key for key in made}) == 3


def test_key_wrapped_for_another_session_or_to_another_key_is_not_permitted(keys: CaseKeys):
    other = SessionId(uuid4())
    key, others_key = keys.make(SESSION, now=NOW), keys.make(other, now=NOW)
    for name, session, wrapped in (
        (key.name, SESSION, seal_key(CONTENT_KEY, key.public_key, wrap_info(other))),
        (key.name, other, seal_key(CONTENT_KEY, key.public_key, wrap_info(other))),
        (key.name, SESSION, seal_key(CONTENT_KEY, others_key.public_key, wrap_info(SESSION))),
        (key.name, SESSION, seal_key(CONTENT_KEY, key.public_key, b"")),
    ):
        with pytest.raises(NotPermitted):
            keys.check(name, wrapped, session=session)


@pytest.mark.parametrize("length", [0, 16, 31, 33, 64])
def test_what_is_no_content_key_is_not_permitted(keys: CaseKeys, length: int):
    key = keys.make(SESSION, now=NOW)
    wrapped = seal_key(bytes(length), key.public_key, wrap_info(SESSION))
    with pytest.raises(NotPermitted):
        keys.check(key.name, wrapped, session=SESSION)


@pytest.mark.parametrize("length", [0, 1, 65, WRAPPED_KEY_BYTES])
def test_noise_is_not_permitted(keys: CaseKeys, length: int):
    key = keys.make(SESSION, now=NOW)
    with pytest.raises(NotPermitted):
        keys.check(key.name, secrets.token_bytes(length), session=SESSION)


def test_settled_key_opens_nothing_any_more_and_may_be_settled_again(keys: CaseKeys):
    key = keys.make(SESSION, now=NOW)
    wrapped = seal_key(CONTENT_KEY, key.public_key, wrap_info(SESSION))
    keys.settle(key.name)
    keys.settle(key.name)
    with pytest.raises(NotPermitted):
        keys.check(key.name, wrapped, session=SESSION)


def test_key_under_which_the_record_keeps_photographs_is_not_destroyed_until_it_does_not(
    keys: CaseKeys, kept: set[str]
):
    key = keys.make(SESSION, now=NOW)
    wrapped = seal_key(CONTENT_KEY, key.public_key, wrap_info(SESSION))
    kept.add(key.name)
    keys.settle(key.name)
    keys.check(key.name, wrapped, session=SESSION)
    kept.clear()
    keys.settle(key.name)
    with pytest.raises(NotPermitted):
        keys.check(key.name, wrapped, session=SESSION)
