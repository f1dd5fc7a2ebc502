"""HPKE after the Diffie-Hellman: RFC 9180's own vectors, and another implementation's messages."""

import json
import secrets

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDH,
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
    derive_private_key,
    generate_private_key,
)
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from lineproof.vault.hpke import AES_128_GCM, AES_256_GCM, key_schedule, open_with, shared_secret
from tests.conftest import SHARED

VECTORS = SHARED / "vectors" / "hpke" / "rfc9180-base.json"
SUITE_OF_A_3 = "DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-128-GCM"
AEADS = {AES_128_GCM: AEAD.AES_128_GCM, AES_256_GCM: AEAD.AES_256_GCM}


def agreed(private_key: EllipticCurvePrivateKey, enc: bytes) -> bytes:
    return private_key.exchange(ECDH(), EllipticCurvePublicKey.from_encoded_point(SECP256R1(), enc))


def point(private_key: EllipticCurvePrivateKey) -> bytes:
    return private_key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


@pytest.mark.shared
def test_rfc_9180_appendix_a_3_is_reproduced_step_by_step():
    (vector,) = [v for v in json.loads(VECTORS.read_text("utf-8")) if v["suite"] == SUITE_OF_A_3]
    setup = {name: bytes.fromhex(value) for name, value in vector["setup"].items() if len(value) > 8}
    private_key = derive_private_key(int.from_bytes(setup["skRm"], "big"), SECP256R1())
    assert point(private_key) == setup["pkRm"]
    dh = agreed(private_key, setup["enc"])
    secret = shared_secret(dh, enc=setup["enc"], public_key=setup["pkRm"])
    assert secret == setup["shared_secret"]
    assert key_schedule(secret, setup["info"], AES_128_GCM) == (setup["key"], setup["base_nonce"])
    first = vector["encryptions"][0]
    assert first["sequence number"] == "0"
    opened = open_with(
        dh,
        enc=setup["enc"],
        public_key=setup["pkRm"],
        info=setup["info"],
        ciphertext=bytes.fromhex(first["ct"]),
        additional=bytes.fromhex(first["aad"]),
        aead=AES_128_GCM,
    )
    assert opened == bytes.fromhex(first["pt"])


@pytest.mark.parametrize("aead", AEADS)
def test_messages_of_another_implementation_open(aead: int):
    private_key = generate_private_key(SECP256R1())
    message, info = secrets.token_bytes(100), secrets.token_bytes(20)
    sealed = Suite(KEM.P256, KDF.HKDF_SHA256, AEADS[aead]).encrypt(
        message, private_key.public_key(), info=info
    )
    enc, ciphertext = sealed[:65], sealed[65:]
    terms = {"enc": enc, "public_key": point(private_key), "info": info, "ciphertext": ciphertext}
    assert open_with(agreed(private_key, enc), **terms, aead=aead) == message
    for changed in (
        {"info": info + b"x"},
        {"public_key": point(generate_private_key(SECP256R1()))},
        {"ciphertext": ciphertext[:-1] + bytes([ciphertext[-1] ^ 1])},
        {"additional": b"x"},
    ):
        with pytest.raises(InvalidTag):
            open_with(agreed(private_key, enc), **{**terms, **changed}, aead=aead)
