"""What the keys of cases in a vault add to the contract: opening, and finding what is left over."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from lineproof.booth.seal import seal_key
from lineproof.errors import Erased, Malformed, NotPermitted
from lineproof.ports import KeyService
from lineproof.referral import wrap_info
from lineproof.terms import SessionId
from lineproof.vault.evidence import VaultCaseKeys
from lineproof.vault.file import open_vault

NOW = datetime(2030, 1, 2, 3, 4, 5, 678900, tzinfo=UTC)
SESSION = SessionId(UUID("4b3c1d4e-9f6a-4f0e-8a51-0c9d2f7b6e11"))
NAME = "case-1893553445-4b3c1d4e9f6a4f0e8a510c9d2f7b6e11"
CONTENT_KEY = bytes(range(32))


@pytest.fixture
def vault(tmp_path: Path) -> KeyService:
    return open_vault(tmp_path / "vault")


@pytest.fixture
def keys(vault: KeyService) -> VaultCaseKeys:
    return VaultCaseKeys(vault, lambda _: False)


def test_name_says_when_the_key_was_made_and_for_which_session(keys: VaultCaseKeys):
    key = keys.make(SESSION, now=NOW)
    assert key.name == NAME
    assert keys.made_at(key.name) == NOW.replace(microsecond=0)
    assert keys.session_of(key.name) == SESSION


def test_keys_are_named_from_the_earliest_on(keys: VaultCaseKeys):
    later = keys.make(SESSION, now=NOW + timedelta(days=1))
    earlier = keys.make(SESSION, now=NOW)
    assert keys.names() == (earlier.name, later.name)
    keys.settle(earlier.name)
    assert keys.names() == (later.name,)


def test_content_key_is_given_to_the_process_that_opens(keys: VaultCaseKeys):
    key = keys.make(SESSION, now=NOW)
    wrapped = seal_key(CONTENT_KEY, key.public_key, wrap_info(SESSION))
    assert keys.unwrap(key.name, wrapped, session=SESSION) == CONTENT_KEY
    with pytest.raises(NotPermitted):
        keys.unwrap(key.name, wrapped[:-1], session=SESSION)
    keys.settle(key.name)
    with pytest.raises(Erased):
        keys.unwrap(key.name, wrapped, session=SESSION)


def test_key_stays_while_it_cannot_be_told_whether_it_is_needed(vault: KeyService):
    def fails(_: str) -> bool:
        raise RuntimeError

    keys = VaultCaseKeys(vault, fails)
    name = keys.make(SESSION, now=NOW).name
    with pytest.raises(RuntimeError):
        keys.settle(name)
    assert keys.names() == (name,)


@pytest.mark.parametrize(
    "name",
    [
        *("", "case", "case-1", "booth", NAME + "0", NAME[:-1], NAME.upper(), NAME + "\n", " " + NAME),
        *(NAME.replace("case", "face"), NAME.replace("-", "_"), NAME.replace("1893553445", "-893553445")),
        NAME.replace("1893553445", "١٨٩٣٥٥٣٤٤٥"),
    ],
)
def test_name_of_another_form_is_malformed_and_its_key_is_neither_opened_nor_destroyed(
    keys: VaultCaseKeys, name: str
):
    for use in (
        keys.made_at,
        keys.session_of,
        keys.settle,
        lambda name: keys.check(name, b"", session=SESSION),
        lambda name: keys.unwrap(name, b"", session=SESSION),
    ):
        with pytest.raises(Malformed):
            use(name)


def test_other_key_among_those_of_cases_is_an_error_and_stays(vault: KeyService, keys: VaultCaseKeys):
    vault.make_opening_key("another")
    with pytest.raises(Malformed):
        keys.names()
    with pytest.raises(Malformed):
        keys.settle("another")
    assert vault.opening_keys() == ("another",)
