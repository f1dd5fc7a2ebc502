"""What the vault in files adds to the contract: whom its files are for, what is left of a destroyed key."""

import re
import stat
import threading
from pathlib import Path

import pytest

from lineproof.errors import Malformed, NotFound, NotPermitted, Unavailable
from lineproof.vault.file import FileVault, open_vault
from lineproof.vault.key_file import is_draft

KEY = bytes(range(32))
OF_AN_EARLIER_RELEASE = "7ed10187d760b68e49944fab30e30160d047f26c98779f85bb7397f8443bc535"


def of_an_earlier_release(folder: Path) -> FileVault:
    """Make the vault as an earlier release did: one secret, and nothing else."""
    folder.mkdir(mode=0o700)
    (folder / "secret").touch(mode=0o600)
    (folder / "secret").write_bytes(bytes(range(32)))
    return open_vault(folder)


def test_vault_is_for_its_owner_alone(tmp_path: Path):
    open_vault(tmp_path / "vault").make_opening_key("case-1")
    modes = {
        str(path.relative_to(tmp_path)): stat.S_IMODE(path.stat().st_mode)
        for path in (tmp_path / "vault", *(tmp_path / "vault").rglob("*"))
    }
    assert modes == {
        "vault": 0o700,
        "vault/secret": 0o600,
        "vault/version-1": 0o600,
        "vault/opening": 0o700,
        "vault/opening/case-1": 0o600,
    }


@pytest.mark.parametrize("damaged", [b"", bytes(31), bytes(33)])
def test_damaged_secret_is_not_replaced_by_a_new_one(tmp_path: Path, damaged: bytes):
    (tmp_path / "secret").touch(mode=0o600)
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
    assert (
        len({(vault.mac(b"m", purpose="p"), vault.mac(b"m", purpose="p", version=1)) for vault in vaults})
        == 1
    )


@pytest.mark.parametrize("wrapped", [b"", b"x", bytes(7)])
def test_too_short_to_be_wrapped_is_not_permitted(tmp_path: Path, wrapped: bytes):
    with pytest.raises(NotPermitted):
        open_vault(tmp_path).unwrap(wrapped, context="a", version=1)  # raises ValueError


@pytest.mark.parametrize("mode", [0o755, 0o750, 0o711, 0o701, 0o770])
def test_vault_whose_folder_is_open_to_others_is_refused_with_what_to_do(tmp_path: Path, mode: int):
    open_vault(tmp_path / "vault")
    (tmp_path / "vault").chmod(mode)
    with pytest.raises(Unavailable, match="chmod 700"):
        open_vault(tmp_path / "vault")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o644])
def test_secret_that_is_open_to_others_is_refused_with_what_to_do(tmp_path: Path, mode: int):
    open_vault(tmp_path / "vault")
    (tmp_path / "vault" / "secret").chmod(mode)
    with pytest.raises(Unavailable, match="chmod 600"):
        open_vault(tmp_path / "vault")


def test_version_or_opening_key_that_is_open_to_others_is_refused_when_used(tmp_path: Path):
    vault = open_vault(tmp_path / "vault")
    vault.make_opening_key("case-1")
    (tmp_path / "vault" / "version-1").chmod(0o644)
    (tmp_path / "vault" / "opening" / "case-1").chmod(0o644)
    with pytest.raises(Unavailable, match="chmod 600"):
        vault.wrap(KEY, context="a", version=1)
    with pytest.raises(Unavailable, match="chmod 600"):
        vault.open(bytes(100), name="case-1", info=b"")


def test_nothing_is_left_of_a_destroyed_opening_key_or_a_retired_version(tmp_path: Path):
    vault = open_vault(tmp_path / "vault")
    vault.make_opening_key("case-1")
    vault.make_version(2)
    destroyed = [(tmp_path / "vault" / name).open("rb") for name in ("opening/case-1", "version-1")]
    before = [file.read() for file in destroyed]
    vault.destroy("case-1")
    vault.retire_version(1)
    # A descriptor that was open before sees the same blocks: overwritten, not only unlinked.
    for file, content in zip(destroyed, before, strict=True):
        file.seek(0)
        assert content not in file.read()
        file.close()
    left = sorted(path.name for path in (tmp_path / "vault").rglob("*") if path.is_file())
    assert left == ["secret", "version-1", "version-2"]
    assert (tmp_path / "vault" / "version-1").read_bytes() == b""


def test_destruction_that_was_interrupted_is_completed_by_the_next(tmp_path: Path):
    vault = open_vault(tmp_path / "vault")
    vault.make_version(2)
    (tmp_path / "vault" / "version-1").write_bytes(bytes(32))  # overwritten, then the power went
    vault.retire_version(1)
    assert vault.versions() == (2,)


def test_vault_of_an_earlier_release_has_version_1_in_its_secret(tmp_path: Path):
    vault = of_an_earlier_release(tmp_path / "vault")
    assert not (tmp_path / "vault" / "version-1").exists()
    assert vault.versions() == (1,)
    # As earlier releases computed it: HMAC-SHA-256 under HKDF(HKDF(secret, "mac v1"), purpose).
    assert vault.mac(b"m", purpose="p", version=1).hex() == OF_AN_EARLIER_RELEASE
    assert vault.mac(b"m", purpose="p") == vault.mac(b"m", purpose="p", version=1)


def test_retiring_version_1_of_an_earlier_release_keeps_what_lasts(tmp_path: Path):
    vault = of_an_earlier_release(tmp_path / "vault")
    vault.make_version(2)
    lasting = vault.mac(b"m", purpose="p")
    vault.retire_version(1)
    again = open_vault(tmp_path / "vault")
    assert again.versions() == (2,)
    assert again.mac(b"m", purpose="p") == lasting
    with pytest.raises(NotFound):
        again.wrap(KEY, context="a", version=1)


def test_damaged_opening_key_is_not_replaced(tmp_path: Path):
    vault = open_vault(tmp_path / "vault")
    vault.make_opening_key("case-1")
    (tmp_path / "vault" / "opening" / "case-1").write_bytes(b"short")
    with pytest.raises(Malformed, match="backup"):
        vault.make_opening_key("case-1")


def test_draft_of_a_writer_that_was_killed_is_no_opening_key_and_anything_else_there_is_an_error(
    tmp_path: Path,
):
    vault = open_vault(tmp_path)
    vault.make_opening_key("case-1")
    (tmp_path / "opening" / ".case-2-4711-0123abcd").touch()
    assert vault.opening_keys() == ("case-1",)
    for stray in (".case-2", "Case-3", "case-1~", ".case-2-4711-0123abcd.swp"):
        (tmp_path / "opening" / stray).touch()
        with pytest.raises(Malformed, match=re.escape(stray)):
            vault.opening_keys()
        (tmp_path / "opening" / stray).unlink()
    assert vault.opening_keys() == ("case-1",)


def test_draft_is_told_by_the_name_that_writing_gives_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    drafts: list[str] = []

    def link(draft: Path, _: Path) -> None:
        drafts.append(draft.name)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.link", link)
    with pytest.raises(Unavailable):
        open_vault(tmp_path)
    assert len(drafts) == 1
    assert is_draft(drafts[0])


def test_opening_keys_that_cannot_be_listed_are_unavailable(tmp_path: Path):
    vault = open_vault(tmp_path)
    (tmp_path / "opening").touch()
    with pytest.raises(Unavailable, match="vault"):
        vault.opening_keys()
