"""Where a record's keys lie is said in its folder, and nothing is guessed."""

import stat
from dataclasses import replace
from pathlib import Path

import pytest

from lineproof.errors import Conflict, Malformed, NotFound, Unavailable
from lineproof.vault.file import FileVault
from lineproof.vault.place import NamedToken, name_token, open_case_keys, open_keys, read_named_token
from tests.fakes.soft_token import PIN, TOKEN, prefix_of, soft_token

NAMED = 'module = "m"\ntoken = "t"\nprefix = "p"\npin_file = "/nowhere/pin"\n'


def a_folder(tmp_path: Path, stated: str) -> Path:
    folder = tmp_path / "vault"
    folder.mkdir(mode=0o700)
    (folder / "pkcs11.toml").write_text(stated)
    return folder


def test_keys_are_in_files_where_no_token_is_named(tmp_path: Path):
    assert isinstance(open_keys(tmp_path / "vault"), FileVault)
    assert read_named_token(tmp_path / "vault") is None


@pytest.mark.parametrize(
    "stated",
    [
        "=",
        NAMED + 'other = "x"\n',
        NAMED.replace('token = "t"\n', ""),
        NAMED.replace('"t"', "1"),
        NAMED.replace('"p"', '""'),
    ],
)
def test_damaged_name_of_a_token_is_malformed_and_makes_no_files(tmp_path: Path, stated: str):
    folder = a_folder(tmp_path, stated)
    with pytest.raises(Malformed):
        open_keys(folder)
    assert [path.name for path in folder.iterdir()] == ["pkcs11.toml"]


def test_case_keys_are_files_in_a_folder_of_their_own_where_the_records_keys_are_files(tmp_path: Path):
    record = open_keys(tmp_path / "vault")
    cases = open_case_keys(tmp_path / "cases", tmp_path / "vault")
    assert isinstance(cases, FileVault)
    cases.make_opening_key("case-1")
    assert record.opening_keys() == ()
    assert open_case_keys(tmp_path / "cases", tmp_path / "vault").opening_keys() == ("case-1",)
    assert stat.S_IMODE((tmp_path / "cases").stat().st_mode) == 0o700
    assert cases.mac(b"m", purpose="p") != record.mac(b"m", purpose="p")


def test_folder_of_case_keys_that_is_open_to_others_is_unavailable(tmp_path: Path):
    open_case_keys(tmp_path / "cases", tmp_path / "vault")
    (tmp_path / "cases").chmod(0o750)
    with pytest.raises(Unavailable, match="chmod 700"):
        open_case_keys(tmp_path / "cases", tmp_path / "vault")


def test_pin_that_is_not_there_is_unavailable(tmp_path: Path):
    with pytest.raises(Unavailable, match="PIN"):
        open_keys(a_folder(tmp_path, NAMED))


def a_named_token(tmp_path: Path) -> NamedToken:
    (tmp_path / "pin").touch(mode=0o600)
    (tmp_path / "pin").write_text(PIN + "\n")
    return NamedToken(soft_token(), TOKEN, prefix_of(tmp_path), str(tmp_path / "pin"))


@pytest.mark.long
def test_named_token_has_its_first_keys_and_is_opened_from_then_on(tmp_path: Path):
    named = a_named_token(tmp_path)
    mac = name_token(tmp_path / "vault", named).mac(b"m", purpose="p")
    assert read_named_token(tmp_path / "vault") == named
    assert name_token(tmp_path / "vault", named).mac(b"m", purpose="p") == mac
    keys = open_keys(tmp_path / "vault")
    assert (keys.mac(b"m", purpose="p"), keys.versions()) == (mac, (1,))
    assert [path.name for path in (tmp_path / "vault").iterdir()] == ["pkcs11.toml"]


@pytest.mark.long
def test_record_that_has_its_keys_elsewhere_is_not_moved_to_a_token(tmp_path: Path):
    open_keys(tmp_path / "vault")
    with pytest.raises(Conflict):
        name_token(tmp_path / "vault", a_named_token(tmp_path))
    assert read_named_token(tmp_path / "vault") is None


@pytest.mark.long
def test_pin_that_others_may_read_is_refused(tmp_path: Path):
    named = a_named_token(tmp_path)
    (tmp_path / "pin").chmod(0o644)
    with pytest.raises(Unavailable, match="chmod 600"):
        name_token(tmp_path / "vault", named)


@pytest.mark.long
def test_token_without_this_records_keys_makes_none_when_it_is_opened(tmp_path: Path):
    named = a_named_token(tmp_path)
    stated = "".join(
        f'{name} = "{getattr(named, name)}"\n' for name in ("module", "token", "prefix", "pin_file")
    )
    keys = open_keys(a_folder(tmp_path, stated))
    assert keys.versions() == ()
    with pytest.raises(NotFound):
        keys.wrap(bytes(32), context="a", version=1)


@pytest.mark.long
def test_case_keys_are_on_the_records_token_under_a_prefix_of_their_own(tmp_path: Path):
    named = a_named_token(tmp_path)
    record = name_token(tmp_path / "vault", named)
    cases = open_case_keys(tmp_path / "cases", tmp_path / "vault")
    assert read_named_token(tmp_path / "cases") == replace(named, prefix=f"{named.prefix}-cases")
    public_key = cases.make_opening_key("case-1")
    again = open_case_keys(tmp_path / "cases", tmp_path / "vault")
    assert (again.opening_keys(), again.make_opening_key("case-1")) == (("case-1",), public_key)
    assert record.opening_keys() == ()
    record.make_opening_key("mine")
    assert cases.opening_keys() == ("case-1",)
    assert record.mac(b"m", purpose="p") != cases.mac(b"m", purpose="p")
    assert [path.name for path in (tmp_path / "cases").iterdir()] == ["pkcs11.toml"]


@pytest.mark.long
def test_case_keys_in_files_beside_a_record_on_a_token_are_not_left_behind_unseen(tmp_path: Path):
    open_keys(tmp_path / "cases")
    name_token(tmp_path / "vault", a_named_token(tmp_path))
    with pytest.raises(Conflict):
        open_case_keys(tmp_path / "cases", tmp_path / "vault")
