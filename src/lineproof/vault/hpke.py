"""HPKE base mode (RFC 9180) for a key that stays on its token: what follows the Diffie-Hellman, in software.

DHKEM(P-256, HKDF-SHA256) and HKDF-SHA256, one message to a key (sequence number 0). The token gives the
Diffie-Hellman value of one message; section 4.1 and 5.1 turn that into the key and nonce of this message
alone. The private key is never here.
"""

import hashlib
import hmac

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

ENC_BYTES = 65
AES_128_GCM, AES_256_GCM = 1, 2
_KEY_BYTES = {AES_128_GCM: 16, AES_256_GCM: 32}
_KEM_P256, _KDF_SHA256 = 0x0010, 0x0001
_HASH_BYTES, _NONCE_BYTES = 32, 12
_KEM_SUITE = b"KEM" + _KEM_P256.to_bytes(2, "big")
_BASE_MODE = b"\0"


def open_with(
    diffie_hellman: bytes,
    *,
    enc: bytes,
    public_key: bytes,
    info: bytes,
    ciphertext: bytes,
    additional: bytes = b"",
    aead: int = AES_256_GCM,
) -> bytes:
    """Open a message from the x-coordinate that the receiver's key and `enc` agree on, 32 bytes.

    public_key: the receiver's. Raises InvalidTag, or ValueError for what is too short to be a message.
    """
    key, nonce = key_schedule(shared_secret(diffie_hellman, enc=enc, public_key=public_key), info, aead)
    return AESGCM(key).decrypt(nonce, ciphertext, additional)


def shared_secret(diffie_hellman: bytes, *, enc: bytes, public_key: bytes) -> bytes:
    """Give the shared secret of the KEM: ExtractAndExpand of section 4.1."""
    extracted = _extract(b"", b"eae_prk", diffie_hellman, _KEM_SUITE)
    return _expand(extracted, b"shared_secret", enc + public_key, _HASH_BYTES, _KEM_SUITE)


def key_schedule(secret: bytes, info: bytes, aead: int) -> tuple[bytes, bytes]:
    """Give the key and the base nonce of base mode, which has no pre-shared key: section 5.1."""
    suite = b"HPKE" + b"".join(number.to_bytes(2, "big") for number in (_KEM_P256, _KDF_SHA256, aead))
    context = (
        _BASE_MODE + _extract(b"", b"psk_id_hash", b"", suite) + _extract(b"", b"info_hash", info, suite)
    )
    extracted = _extract(secret, b"secret", b"", suite)
    return (
        _expand(extracted, b"key", context, _KEY_BYTES[aead], suite),
        _expand(extracted, b"base_nonce", context, _NONCE_BYTES, suite),
    )


def _extract(salt: bytes, label: bytes, material: bytes, suite: bytes) -> bytes:
    """LabeledExtract of section 4; an absent salt is as many zeros as the hash is long (RFC 5869, 2.2)."""
    return hmac.digest(salt or bytes(_HASH_BYTES), b"HPKE-v1" + suite + label + material, hashlib.sha256)


def _expand(key: bytes, label: bytes, info: bytes, length: int, suite: bytes) -> bytes:
    """LabeledExpand of section 4, for no more than one block: length is at most 32."""
    labelled = length.to_bytes(2, "big") + b"HPKE-v1" + suite + label + info
    return hmac.digest(key, labelled + b"\x01", hashlib.sha256)[:length]
