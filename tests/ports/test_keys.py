"""What every adapter of `ports.KeyService` keeps to."""

import hashlib
import os
import secrets
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from lineproof.errors import Malformed, NotFound, NotPermitted, Unavailable
from lineproof.ports import LASTING, KeyService, SigningAlgorithm
from lineproof.vault.file import open_vault
from tests.fakes.soft_token import open_on_soft_token

KEY = bytes(range(32))
SUITE = Suite(KEM.P256, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


OPENERS = {"file": open_vault, "pkcs11": open_on_soft_token}


@pytest.fixture(params=["file", pytest.param("pkcs11", marks=pytest.mark.long)])
def open_keys(request: pytest.FixtureRequest) -> Callable[[Path], KeyService]:
    """Open a vault in a folder; the same folder gives the same keys."""
    return OPENERS[request.param]


@pytest.fixture
def keys(open_keys: Callable[[Path], KeyService], tmp_path: Path) -> KeyService:
    return open_keys(tmp_path / "vault")


def test_key_is_unwrapped_for_the_context_it_was_wrapped_for(keys: KeyService):
    assert keys.unwrap(keys.wrap(KEY, context="a", version=1), context="a", version=1) == KEY


def test_wrapped_key_shows_nothing_and_is_another_each_time(keys: KeyService):
    first, second = (keys.wrap(KEY, context="a", version=1) for _ in range(2))
    assert first != second
    assert KEY not in first
    assert KEY[:8] not in first


def test_key_is_not_unwrapped_for_another_context(keys: KeyService):
    with pytest.raises(NotPermitted):
        keys.unwrap(keys.wrap(KEY, context="a", version=1), context="b", version=1)


def test_wrapped_key_changed_in_any_byte_is_not_unwrapped(keys: KeyService):
    wrapped = keys.wrap(KEY, context="a", version=1)
    for place in range(len(wrapped)):
        changed = bytearray(wrapped)
        changed[place] ^= 1
        with pytest.raises(NotPermitted):
            keys.unwrap(bytes(changed), context="a", version=1)


def test_what_was_never_wrapped_is_not_unwrapped(keys: KeyService):
    with pytest.raises(NotPermitted):
        keys.unwrap(secrets.token_bytes(60), context="a", version=1)


def test_wrapped_key_of_another_vault_is_not_unwrapped(keys: KeyService, open_keys, tmp_path: Path):
    other = open_keys(tmp_path / "other")
    with pytest.raises(NotPermitted):
        keys.unwrap(other.wrap(KEY, context="a", version=1), context="a", version=1)


def test_mac_is_32_bytes_and_the_same_for_ever(keys: KeyService):
    assert keys.mac(b"message", purpose="index") == keys.mac(b"message", purpose="index")
    assert len(keys.mac(b"", purpose="index")) == 32


def test_mac_differs_by_message_and_by_purpose(keys: KeyService):
    macs = {
        keys.mac(message, purpose=purpose) for message in (b"", b"a", b"ab") for purpose in ("b", "a", "ab")
    }
    assert len(macs) == 9


def test_mac_cannot_be_computed_without_the_vault(keys: KeyService):
    assert keys.mac(b"message", purpose="index") != hashlib.sha256(b"message").digest()


def test_several_threads_use_the_keys_at_once(keys: KeyService):
    right: list[bool] = []

    def use(number: int) -> None:
        context, key = str(number), secrets.token_bytes(32)
        right.append(
            keys.unwrap(keys.wrap(key, context=context, version=1), context=context, version=1) == key
        )

    threads = [threading.Thread(target=use, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert right == [True] * 16


def begin_in_another_process(act: Callable[[], object]) -> int:
    """Do something in a fork of this process: its number."""
    child = os.fork()
    if child == 0:
        ended = 1
        try:
            act()
            ended = 0
        finally:
            os._exit(ended)
    return child


def in_another_process(act: Callable[[], object]) -> None:
    """Do something in a fork of this process, and wait until it is done."""
    assert os.waitstatus_to_exitcode(os.waitpid(begin_in_another_process(act), 0)[1]) == 0


def patiently(act: Callable[[str], object], name: str) -> None:
    """Do something again when it says so: SoftHSM fails at times while another process searches it."""
    for _ in range(20):
        with suppress(Unavailable):
            act(name)
            return
    act(name)


def seal_to(public_key: bytes, message: bytes, info: bytes = b"info") -> bytes:
    """Seal as `booth/seal.py` and a browser seal."""
    return SUITE.encrypt(
        message, EllipticCurvePublicKey.from_encoded_point(SECP256R1(), public_key), info=info
    )


def test_signature_is_verified_with_the_purposes_public_key(keys: KeyService):
    signature, public_key = keys.sign(b"message", purpose="log"), keys.public_key(purpose="log")
    assert (len(signature), len(public_key)) == (64, 32)
    Ed25519PublicKey.from_public_bytes(public_key).verify(signature, b"message")
    with pytest.raises(InvalidSignature):
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, b"massage")


def test_signing_key_is_another_for_each_purpose_and_the_same_for_ever(keys: KeyService):
    assert keys.public_key(purpose="log") == keys.public_key(purpose="log")
    assert keys.public_key(purpose="log") != keys.public_key(purpose="token")


def test_ml_dsa_44_signs_under_keys_of_its_own_or_the_vault_says_that_it_cannot(keys: KeyService):
    pq = SigningAlgorithm.ML_DSA_44
    try:
        public_key = keys.public_key(purpose="log", algorithm=pq)
    except Unavailable:
        with pytest.raises(Unavailable):
            keys.sign(b"message", purpose="log", algorithm=pq)
        return
    signature = keys.sign(b"message", purpose="log", algorithm=pq)
    assert (len(signature), len(public_key)) == (2420, 1312)
    MLDSA44PublicKey.from_public_bytes(public_key).verify(signature, b"message")
    with pytest.raises(InvalidSignature):
        MLDSA44PublicKey.from_public_bytes(public_key).verify(signature, b"massage")
    assert keys.public_key(purpose="log", algorithm=pq) == public_key
    assert keys.public_key(purpose="token", algorithm=pq) != public_key


def test_what_is_sealed_to_an_opening_key_is_opened(keys: KeyService):
    public_key = keys.make_opening_key("case-1")
    assert (len(public_key), public_key[0]) == (65, 4)
    for message in (b"", b"x", secrets.token_bytes(5000)):
        assert keys.open(seal_to(public_key, message), name="case-1", info=b"info") == message


def test_sealed_for_other_info_or_another_key_does_not_open(keys: KeyService):
    sealed = seal_to(keys.make_opening_key("case-1"), b"message")
    keys.make_opening_key("case-2")
    for name, info in (("case-1", b"other"), ("case-2", b"info")):
        with pytest.raises(NotPermitted):
            keys.open(sealed, name=name, info=info)


def test_sealed_changed_or_cut_short_anywhere_does_not_open(keys: KeyService):
    sealed = seal_to(keys.make_opening_key("case-1"), b"m")
    changed = [sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :] for at in range(len(sealed))]
    for wrong in (*changed, *(sealed[:length] for length in range(0, len(sealed), 7)), sealed + b"\0"):
        with pytest.raises(NotPermitted):
            keys.open(wrong, name="case-1", info=b"info")


def test_opening_key_made_twice_is_the_same_key(keys: KeyService):
    assert keys.make_opening_key("case-1") == keys.make_opening_key("case-1")
    assert keys.make_opening_key("case-1") != keys.make_opening_key("case-2")


def test_destroyed_opening_key_opens_nothing_and_may_be_destroyed_again(keys: KeyService):
    sealed = seal_to(keys.make_opening_key("case-1"), b"message")
    kept = seal_to(keys.make_opening_key("case-2"), b"kept")
    keys.destroy("case-1")
    keys.destroy("case-1")
    keys.destroy("never-was")
    with pytest.raises(NotFound):
        keys.open(sealed, name="case-1", info=b"info")
    assert keys.open(kept, name="case-2", info=b"info") == b"kept"


def test_opening_keys_are_named_in_order_from_making_to_destruction(keys: KeyService):
    assert keys.opening_keys() == ()
    for name in ("case-2", "case-10", "a.b_c", "case-2"):
        keys.make_opening_key(name)
    keys.sign(b"message", purpose="open")
    assert keys.opening_keys() == ("a.b_c", "case-10", "case-2")
    keys.destroy("case-10")
    keys.destroy("never-was")
    assert keys.opening_keys() == ("a.b_c", "case-2")


def test_opening_keys_of_another_vault_are_not_named(keys: KeyService, open_keys, tmp_path: Path):
    open_keys(tmp_path / "other").make_opening_key("case-1")
    assert keys.opening_keys() == ()


def test_opening_keys_that_another_process_makes_and_destroys_are_seen(keys: KeyService):
    keys.make_opening_key("mine")
    for act, named in (
        (lambda: keys.make_opening_key("theirs"), ("mine", "theirs")),
        (lambda: keys.destroy("mine"), ("theirs",)),
    ):
        in_another_process(act)
        assert keys.opening_keys() == named


def test_opening_keys_are_named_while_another_process_makes_and_destroys_some(keys: KeyService):
    keys.make_opening_key("stays")

    def come_and_go() -> None:
        for number in range(30):
            patiently(keys.make_opening_key, f"goes-{number}")
            patiently(keys.destroy, f"goes-{number}")

    child = begin_in_another_process(come_and_go)
    while (ended := os.waitpid(child, os.WNOHANG)) == (0, 0):
        assert "stays" in keys.opening_keys()
    assert os.waitstatus_to_exitcode(ended[1]) == 0
    assert keys.opening_keys() == ("stays",)


def test_opening_key_made_again_after_its_end_does_not_open_what_was_sealed_before(keys: KeyService):
    sealed = seal_to(keys.make_opening_key("case-1"), b"message")
    keys.destroy("case-1")
    keys.make_opening_key("case-1")
    with pytest.raises(NotPermitted):
        keys.open(sealed, name="case-1", info=b"info")


@pytest.mark.parametrize("name", ["", "..", "../secret", "a/b", "A", "a b", ".a", "x" * 65, "a\n"])
def test_what_cannot_name_an_opening_key_is_malformed(keys: KeyService, name: str):
    for use in (keys.make_opening_key, keys.destroy, lambda name: keys.open(b"", name=name, info=b"")):
        with pytest.raises(Malformed):
            use(name)


@pytest.mark.parametrize("purpose", ["", "x" * 65])
def test_what_cannot_be_a_purpose_is_malformed(keys: KeyService, purpose: str):
    for use in (keys.mac, keys.sign):
        with pytest.raises(Malformed):
            use(b"message", purpose=purpose)


def test_versions_have_keys_of_their_own(keys: KeyService):
    keys.make_version(2)
    keys.make_version(2)
    assert keys.versions() == (1, 2)
    assert len({keys.mac(b"m", purpose="p", version=version) for version in (LASTING, 1, 2)}) == 3
    wrapped = keys.wrap(KEY, context="a", version=2)
    assert keys.unwrap(wrapped, context="a", version=2) == KEY
    with pytest.raises(NotPermitted):
        keys.unwrap(wrapped, context="a", version=1)


def test_version_made_twice_keeps_its_keys(keys: KeyService):
    keys.make_version(2)
    wrapped, mac = keys.wrap(KEY, context="a", version=2), keys.mac(b"m", purpose="p", version=2)
    keys.make_version(2)
    keys.make_version(1)
    assert keys.unwrap(wrapped, context="a", version=2) == KEY
    assert keys.mac(b"m", purpose="p", version=2) == mac


def test_retired_version_does_nothing_any_more_and_is_not_made_again(keys: KeyService):
    keys.make_version(2)
    lasting, public_key = keys.mac(b"m", purpose="p"), keys.public_key(purpose="log")
    wrapped = keys.wrap(KEY, context="a", version=1)
    keys.retire_version(1)
    keys.retire_version(1)
    assert keys.versions() == (2,)
    for use in (
        lambda: keys.unwrap(wrapped, context="a", version=1),
        lambda: keys.wrap(KEY, context="a", version=1),
        lambda: keys.mac(b"m", purpose="p", version=1),
    ):
        with pytest.raises(NotFound):
            use()
    with pytest.raises(NotPermitted):
        keys.make_version(1)
    assert (keys.mac(b"m", purpose="p"), keys.public_key(purpose="log")) == (lasting, public_key)


def test_newest_version_that_was_retired_is_not_made_again_either(keys: KeyService):
    keys.make_version(2)
    keys.retire_version(2)
    keys.retire_version(3)
    for version in (2, 3):
        with pytest.raises(NotPermitted):
            keys.make_version(version)
    assert keys.versions() == (1,)


@pytest.mark.parametrize("version", [-1, 0, 0x10000])
def test_what_cannot_be_a_version_is_malformed(keys: KeyService, version: int):
    for use in (keys.make_version, keys.retire_version):
        with pytest.raises(Malformed):
            use(version)
    with pytest.raises(Malformed):
        keys.wrap(KEY, context="a", version=version)


def test_vault_opened_again_has_the_same_keys(open_keys: Callable[[Path], KeyService], tmp_path: Path):
    first, again = open_keys(tmp_path / "vault"), open_keys(tmp_path / "vault")
    assert again.unwrap(first.wrap(KEY, context="a", version=1), context="a", version=1) == KEY
    assert again.mac(b"m", purpose="p") == first.mac(b"m", purpose="p")
    assert again.public_key(purpose="log") == first.public_key(purpose="log")
    sealed = seal_to(first.make_opening_key("case-1"), b"message")
    assert again.open(sealed, name="case-1", info=b"info") == b"message"
    first.make_version(2)
    assert again.mac(b"m", purpose="p", version=2) == first.mac(b"m", purpose="p", version=2)
    again.destroy("case-1")
    again.retire_version(2)
    with pytest.raises(NotFound):
        first.open(sealed, name="case-1", info=b"info")
    with pytest.raises(NotFound):
        first.mac(b"m", purpose="p", version=2)


def test_several_threads_make_and_use_one_opening_key_at_once(keys: KeyService):
    made: list[bytes] = []
    threads = [
        threading.Thread(target=lambda: made.append(keys.make_opening_key("case-1"))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 8
    assert len(set(made)) == 1
