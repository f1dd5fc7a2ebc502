"""What every adapter of `ports.KeyService` keeps to, and what the vault in a file adds."""

import hashlib
import secrets
import stat
import threading
from pathlib import Path

import pytest

from lineproof.errors import Malformed, NotPermitted, Unavailable
from lineproof.ports import KeyService
from lineproof.vault.file import FileVault, open_vault

KEY = bytes(range(32))


@pytest.fixture(params=["file"])
def keys(request: pytest.FixtureRequest, tmp_path: Path) -> KeyService:
    return {"file": lambda: open_vault(tmp_path / "vault")}[request.param]()


def test_key_is_unwrapped_for_the_context_it_was_wrapped_for(keys: KeyService):
    assert keys.unwrap(keys.wrap(KEY, context="a"), context="a") == KEY


def test_wrapped_key_shows_nothing_and_is_another_each_time(keys: KeyService):
    first, second = (keys.wrap(KEY, context="a") for _ in range(2))
    assert first != second
    assert KEY not in first
    assert KEY[:8] not in first


def test_key_is_not_unwrapped_for_another_context(keys: KeyService):
    with pytest.raises(NotPermitted):
        keys.unwrap(keys.wrap(KEY, context="a"), context="b")


def test_wrapped_key_changed_in_any_byte_is_not_unwrapped(keys: KeyService):
    wrapped = keys.wrap(KEY, context="a")
    for place in range(len(wrapped)):
        changed = bytearray(wrapped)
        changed[place] ^= 1
        with pytest.raises(NotPermitted):
            keys.unwrap(bytes(changed), context="a")


def test_what_was_never_wrapped_is_not_unwrapped(keys: KeyService):
    with pytest.raises(NotPermitted):
        keys.unwrap(secrets.token_bytes(60), context="a")


def test_wrapped_key_of_another_vault_is_not_unwrapped(keys: KeyService, tmp_path: Path):
    other = open_vault(tmp_path / "other")
    with pytest.raises(NotPermitted):
        keys.unwrap(other.wrap(KEY, context="a"), context="a")


def test_mac_is_32_bytes_and_the_same_for_ever(keys: KeyService):
    assert keys.mac(b"message", purpose="index") == keys.mac(b"message", purpose="index")
    assert len(keys.mac(b"", purpose="index")) == 32


def test_mac_differs_by_message_and_by_purpose(keys: KeyService):
    macs = {
        keys.mac(message, purpose=purpose) for message in (b"", b"a", b"ab") for purpose in ("", "a", "ab")
    }
    assert len(macs) == 9


def test_mac_cannot_be_computed_without_the_vault(keys: KeyService):
    assert keys.mac(b"message", purpose="index") != hashlib.sha256(b"message").digest()


def test_several_threads_use_the_keys_at_once(keys: KeyService):
    right: list[bool] = []

    def use(number: int) -> None:
        context, key = str(number), secrets.token_bytes(32)
        right.append(keys.unwrap(keys.wrap(key, context=context), context=context) == key)

    threads = [threading.Thread(target=use, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert right == [True] * 16


def test_vault_opened_again_has_the_same_keys(tmp_path: Path):
    first, again = open_vault(tmp_path), open_vault(tmp_path)
    assert again.unwrap(first.wrap(KEY, context="a"), context="a") == KEY
    assert again.mac(b"m", purpose="p") == first.mac(b"m", purpose="p")


def test_vault_is_for_its_owner_alone(tmp_path: Path):
    open_vault(tmp_path / "vault")
    assert stat.S_IMODE((tmp_path / "vault").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "vault" / "secret").stat().st_mode) == 0o600
    assert [path.name for path in (tmp_path / "vault").iterdir()] == ["secret"]


@pytest.mark.parametrize("damaged", [b"", bytes(31), bytes(33)])
def test_damaged_secret_is_not_replaced_by_a_new_one(tmp_path: Path, damaged: bytes):
    (tmp_path / "secret").write_bytes(damaged)
    with pytest.raises(Malformed, match="backup"):
        open_vault(tmp_path)
    assert (tmp_path / "secret").read_bytes() == damaged


def test_folder_that_cannot_be_used_is_unavailable(tmp_path: Path):
    (tmp_path / "file").touch()
    with pytest.raises(Unavailable, match="vault"):
        open_vault(tmp_path / "file")


def test_many_who_open_a_new_vault_at_once_get_the_same_keys(tmp_path: Path):
    vaults: list[FileVault] = []
    threads = [threading.Thread(target=lambda: vaults.append(open_vault(tmp_path))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({vault.mac(b"m", purpose="p") for vault in vaults}) == 1


@pytest.mark.parametrize("wrapped", [b"", b"x", bytes(7)])
def test_too_short_to_be_wrapped_is_not_permitted(tmp_path: Path, wrapped: bytes):
    with pytest.raises(NotPermitted):
        open_vault(tmp_path).unwrap(wrapped, context="a")  # raises ValueError
