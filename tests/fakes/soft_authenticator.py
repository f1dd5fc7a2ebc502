"""A passkey in software: real keys, and answers as a browser's `PublicKeyCredential.toJSON()` gives them.

It does whatever it is told, so that tests can have it answer wrongly. It shows nothing to anybody, keeps one
credential, and makes sure of no user.
"""

import hashlib
import json
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import cbor2
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256

# Flags of authenticator data (Web Authentication level 3, 6.1).
PRESENT, VERIFIED, WITH_CREDENTIAL = 0x01, 0x04, 0x40
PrivateKey = EllipticCurvePrivateKey | Ed25519PrivateKey | RSAPrivateKey


def as_base64url(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()


def cose_key(key: PrivateKey) -> dict[int, Any]:
    """Give the public key as COSE_Key: ES256, EdDSA or RS256 by its kind."""
    public = key.public_key()
    if isinstance(key, Ed25519PrivateKey):
        return {1: 1, 3: -8, -1: 6, -2: key.public_key().public_bytes_raw()}
    numbers: Any = public.public_numbers()  # type: ignore[union-attr]
    if isinstance(key, RSAPrivateKey):
        return {
            1: 3,
            3: -257,
            -1: numbers.n.to_bytes(key.key_size // 8, "big"),
            -2: numbers.e.to_bytes(3, "big"),
        }
    size = (key.curve.key_size + 7) // 8
    x, y = (each.to_bytes(size, "big") for each in (numbers.x, numbers.y))
    return {1: 2, 3: -7, -1: {256: 1, 384: 2, 521: 3}[key.curve.key_size], -2: x, -3: y}


@dataclass(slots=True)
class SoftAuthenticator:
    """One passkey. count: how often it says that it has signed; None where it does not count."""

    key: PrivateKey = field(default_factory=lambda: generate_private_key(SECP256R1()))
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    count: int | None = 0

    def create(
        self,
        challenge: bytes,
        origin: str,
        *,
        rp_id: str | None = None,
        flags: int = PRESENT | VERIFIED | WITH_CREDENTIAL,
        client_data: dict[str, Any] | None = None,
        public_key: Any = None,
        attestation: dict[str, Any] | None = None,
    ) -> str:
        """Make the passkey for a page, as JSON of a registration.

        client_data, attestation: members instead of the right ones. public_key: a COSE_Key not its own.
        """
        said = _client_data("webauthn.create", challenge, origin, client_data)
        key = cbor2.dumps(cose_key(self.key) if public_key is None else public_key)
        credential = bytes(16) + len(self.credential_id).to_bytes(2, "big") + self.credential_id + key
        data = self._authenticator_data(origin, rp_id, flags) + (
            credential if flags & WITH_CREDENTIAL else b""
        )
        whole = {"fmt": "none", "attStmt": {}, "authData": data} | (attestation or {})
        return self._as_json(
            clientDataJSON=said,
            authenticatorData=data,
            attestationObject=cbor2.dumps(whole),
            publicKeyAlgorithm=-7,
            transports=["internal"],
        )

    def get(
        self,
        challenge: bytes,
        origin: str,
        *,
        rp_id: str | None = None,
        flags: int = PRESENT | VERIFIED,
        client_data: dict[str, Any] | None = None,
        key: PrivateKey | None = None,
    ) -> str:
        """Sign a challenge on a page, as JSON of an authentication. key: to sign with, not its own."""
        if self.count is not None:
            self.count += 1
        said = _client_data("webauthn.get", challenge, origin, client_data)
        data = self._authenticator_data(origin, rp_id, flags)
        signature = _sign(key or self.key, data + hashlib.sha256(said).digest())
        return self._as_json(
            clientDataJSON=said, authenticatorData=data, signature=signature, userHandle=b"reviewer"
        )

    def _authenticator_data(self, origin: str, rp_id: str | None, flags: int) -> bytes:
        of_page = hashlib.sha256((rp_id or urlsplit(origin).hostname or "").encode()).digest()
        return of_page + bytes([flags]) + (self.count or 0).to_bytes(4, "big")

    def _as_json(self, **response: Any) -> str:
        name = as_base64url(self.credential_id)
        return json.dumps(
            {
                "authenticatorAttachment": "platform",
                "clientExtensionResults": {},
                "id": name,
                "rawId": name,
                "response": {
                    member: as_base64url(value) if isinstance(value, bytes) else value
                    for member, value in response.items()
                },
                "type": "public-key",
            }
        )


def _client_data(kind: str, challenge: bytes, origin: str, instead: dict[str, Any] | None) -> bytes:
    right = {"type": kind, "challenge": as_base64url(challenge), "origin": origin, "crossOrigin": False}
    return json.dumps(right | (instead or {})).encode()


def _sign(key: PrivateKey, message: bytes) -> bytes:
    if isinstance(key, Ed25519PrivateKey):
        return key.sign(message)
    if isinstance(key, RSAPrivateKey):
        return key.sign(message, PKCS1v15(), SHA256())
    return key.sign(message, ECDSA(SHA256()))
