"""What the vault on a token adds to the contract, on a real one: keys do not leave it."""

import hmac
import os
from pathlib import Path

import pytest

from lineproof.errors import Malformed, NotFound, NotPermitted, Unavailable
from tests.fakes.soft_token import PIN, TOKEN, open_on_soft_token, prefix_of, soft_token

pytestmark = pytest.mark.long


@pytest.fixture
def vault(tmp_path: Path):
    """A vault of our own on the token, with a key of every kind."""
    vault = open_on_soft_token(tmp_path)
    vault.make_version(2)
    vault.make_opening_key("case-1")
    vault.sign(b"message", purpose="log")
    return vault


def private_objects(vault, tmp_path: Path) -> dict:
    """Find every object of this vault that holds a secret, by label."""
    from pkcs11 import Attribute, ObjectClass

    with vault._token.session() as session:
        return {
            key.label.removeprefix(prefix_of(tmp_path) + " "): key
            for kind in (ObjectClass.SECRET_KEY, ObjectClass.PRIVATE_KEY)
            for key in list(session.get_objects({Attribute.CLASS: kind}))
            if key.label.startswith(prefix_of(tmp_path))
        }


def test_no_key_can_be_extracted(vault, tmp_path: Path):
    import pkcs11
    from pkcs11 import Attribute

    keys = private_objects(vault, tmp_path)
    assert set(keys) == {
        *("mac lasting", "mac 1", "mac 2", "wrap 1", "wrap 2"),
        *("open case-1", "sign log"),
    }
    for key in keys.values():
        with pytest.raises(pkcs11.AttributeSensitive):
            _ = key[Attribute.VALUE]
        flags = (Attribute.SENSITIVE, Attribute.ALWAYS_SENSITIVE, Attribute.NEVER_EXTRACTABLE)
        assert [key[flag] for flag in flags] == [True] * 3
        assert key[Attribute.EXTRACTABLE] is False
        # Neither can what keeps them in be taken away afterwards.
        with pytest.raises(pkcs11.PKCS11Error):
            key[Attribute.EXTRACTABLE] = True


def test_no_key_can_be_wrapped_out_under_another(vault, tmp_path: Path):
    import pkcs11
    from pkcs11 import Attribute, KeyType, MechanismFlag

    keys = private_objects(vault, tmp_path)
    with vault._token.session() as session:
        thief = session.generate_key(
            KeyType.AES, 256, capabilities=MechanismFlag.WRAP, template={Attribute.TOKEN: False}
        )
        for key in keys.values():
            with pytest.raises(pkcs11.PKCS11Error):
                thief.wrap_key(key, mechanism=pkcs11.Mechanism.AES_KEY_WRAP)


def test_looking_sees_a_key_that_can_be_extracted(vault, tmp_path: Path):
    """The control."""
    from pkcs11 import Attribute, KeyType

    with vault._token.session() as session:
        loose = session.generate_key(
            KeyType.AES, 256, template={Attribute.SENSITIVE: False, Attribute.EXTRACTABLE: True}
        )
        assert len(loose[Attribute.VALUE]) == 32


def test_mac_is_hmac_over_the_purposes_length_the_purpose_and_the_message(vault, tmp_path: Path):
    from pkcs11 import Attribute, KeyType, Mechanism, ObjectClass

    known = bytes(range(32))
    with vault._token.session() as session:
        vault._destroy(session, "mac 2")
        session.create_object(
            {
                Attribute.CLASS: ObjectClass.SECRET_KEY,
                Attribute.KEY_TYPE: KeyType.GENERIC_SECRET,
                Attribute.LABEL: f"{prefix_of(tmp_path)} mac 2",
                Attribute.VALUE: known,
                Attribute.SIGN: True,
                Attribute.TOKEN: True,
            }
        )
    assert Mechanism.SHA256_HMAC
    assert vault.mac(b"message", purpose="index", version=2) == hmac.digest(
        known, b"\x05indexmessage", "sha256"
    )


def test_point_off_the_curve_never_reaches_the_private_key(vault):
    with pytest.raises(NotPermitted):
        vault.open(b"\x04" + b"\x01" * 64 + bytes(48), name="case-1", info=b"info")


def test_child_of_a_fork_uses_the_token_with_its_parent(vault):
    mac = vault.mac(b"message", purpose="index")
    child = os.fork()
    if child == 0:
        ended_well = 1
        try:
            ended_well = 0 if vault.mac(b"message", purpose="index") == mac else 2
        finally:
            os._exit(ended_well)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert vault.mac(b"message", purpose="index") == mac


@pytest.mark.parametrize(("module", "token"), [(None, "no-such-token"), ("/nowhere/libnothing.so", TOKEN)])
def test_token_or_module_that_is_not_there_is_unavailable(tmp_path: Path, module: str | None, token: str):
    from lineproof.vault.token import Token, TokenPlace

    (tmp_path / "lock").touch()
    place = TokenPlace(module or soft_token(), token, "lineproof")
    with pytest.raises(Unavailable, match="module"):
        Token(place, pin=PIN, lock_file=tmp_path / "lock")


def test_version_interrupted_between_its_two_keys_is_completed(vault):
    with vault._token.session() as session:
        vault._destroy(session, "mac 2")
    assert vault.versions() == (1,)
    vault.make_version(2)
    assert vault.versions() == (1, 2)


# The package's search, whose session went away under it, complains when it is collected.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_token_that_was_away_is_used_again_when_it_is_back(vault):
    import pkcs11

    mac = vault.mac(b"message", purpose="index")
    pkcs11.lib(soft_token()).reinitialize()  # every session is gone, as when a token is taken out
    with pytest.raises(Unavailable) as refused:
        vault.mac(b"message", purpose="index")
    assert refused.value.retry_after_s
    assert vault.mac(b"message", purpose="index") == mac


def test_wrong_pin_is_tried_once_and_does_not_lock_the_token(vault, tmp_path: Path):
    from lineproof.vault import token

    place = token.TokenPlace(soft_token(), TOKEN, "lineproof")
    token._connections.forget(soft_token())
    for _ in range(20):
        with pytest.raises(Unavailable, match="PIN"):
            token.Token(place, pin="654321", lock_file=tmp_path / "lock")
    assert len(vault.mac(b"message", purpose="index")) == 32


def test_key_that_another_process_destroyed_is_gone_here_too(vault):
    wrapped = vault.wrap(bytes(32), context="a", version=1)
    mac = vault.mac(b"message", purpose="index", version=2)
    child = os.fork()
    if child == 0:
        try:
            vault.retire_version(1)
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    for use in (
        lambda: vault.unwrap(wrapped, context="a", version=1),
        lambda: vault.mac(b"message", purpose="index", version=1),
    ):
        with pytest.raises(NotFound):
            use()
    assert vault.versions() == (2,)
    assert vault.mac(b"message", purpose="index", version=2) == mac


@pytest.mark.parametrize("half", ["PUBLIC_KEY", "PRIVATE_KEY"])
def test_opening_key_whose_destruction_was_interrupted_is_still_named(vault, half: str):
    import pkcs11

    with vault._token.session() as session:
        vault._find(session, "open case-1", pkcs11.ObjectClass[half]).destroy()
    assert vault.opening_keys() == ("case-1",)
    vault.destroy("case-1")
    assert vault.opening_keys() == ()


def test_label_among_the_opening_keys_that_names_none_is_an_error(vault):
    from lineproof.vault.hpke import ENC_BYTES
    from lineproof.vault.pkcs11 import _make_p256

    vault._pair("open Not One", _make_p256, ENC_BYTES)
    with pytest.raises(Malformed, match="Not One"):
        vault.opening_keys()
