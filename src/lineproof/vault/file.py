"""Keys in files: for a demonstration, development and one machine. The embedded default.

    secret       32 random bytes, for ever: the lasting purposes of `mac`, and the keys that sign
    version-N    32 random bytes: wrapping key and index keys of version N; empty once retired
    opening/     one P-256 private key each, 32 bytes; gone once destroyed

Files have mode 0600, folders 0700, and a vault that is open to others is not used. Every key is derived for
its one use with HKDF-SHA-256 (RFC 5869). Whoever reads the folder reads the record: docs/trust.md.

A vault that an earlier release made has no `version-1`: its version 1 derives from the secret. Retiring that
one refuses it from then on, and destroys nothing.
"""

import hashlib
import hmac
import secrets
from pathlib import Path
from typing import NoReturn, assert_never

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    derive_private_key,
)
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as generate_ec_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from lineproof.errors import Malformed, NotPermitted, Unavailable
from lineproof.ports import LASTING, SigningAlgorithm
from lineproof.vault import names
from lineproof.vault.key_file import empty_key, is_draft, make_folder, read_key, remove_key, write_once

FIRST_VERSION = 1
_SECRET_BYTES = 32
_NONCE_BYTES = 12
_SUITE = Suite(KEM.P256, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


class FileVault:
    """A `KeyService` over a folder of key files. Nothing is cached that another process may destroy."""

    def __init__(self, folder: Path, secret: bytes) -> None:
        """Take the folder, checked, and its lasting secret."""
        self._folder = folder
        self._secret = secret

    def versions(self) -> tuple[int, ...]:
        """Name the versions that are there."""
        numbers = {FIRST_VERSION} | {
            int(path.name.removeprefix("version-"))
            for path in self._folder.glob("version-*")
            if path.name.removeprefix("version-").isdecimal()
        }
        return tuple(number for number in sorted(numbers) if self._version_secret(number))

    def make_version(self, version: int) -> None:
        """Write the version's secret, unless it is there."""
        names.check_version(version)
        if version == FIRST_VERSION:
            secret = self._version_secret(version)
        else:
            try:
                write_once(self._version_file(version), secrets.token_bytes(_SECRET_BYTES))
            except OSError as error:
                raise _unusable(self._folder, error) from error
            secret = self._version_secret(version)
        if not secret:
            raise names.retired(version)

    def retire_version(self, version: int) -> None:
        """Overwrite the version's secret and leave its file empty, so that it is not made again."""
        names.check_version(version)
        path = self._version_file(version)
        try:
            write_once(path, b"")
            empty_key(path)
        except OSError as error:
            raise _unusable(self._folder, error) from error

    def wrap(self, key: bytes, *, context: str, version: int) -> bytes:
        """Encrypt with AES-256-GCM: 12 bytes of nonce, then the ciphertext and tag."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self._wrapping(version).encrypt(nonce, key, context.encode())

    def unwrap(self, wrapped: bytes, *, context: str, version: int) -> bytes:
        """Decrypt; NotPermitted if it was not wrapped here for this context."""
        wrapping = self._wrapping(version)
        try:
            return wrapping.decrypt(wrapped[:_NONCE_BYTES], wrapped[_NONCE_BYTES:], context.encode())
        except (InvalidTag, ValueError) as error:
            raise NotPermitted("A key of the record does not open with this vault.") from error

    def mac(self, message: bytes, *, purpose: str, version: int = LASTING) -> bytes:
        """HMAC-SHA-256 under the purpose's own key."""
        names.check_purpose(purpose)
        root = _derive(self._secret if version == LASTING else self._secret_of(version), b"mac v1")
        return hmac.digest(_derive(root, purpose.encode()), message, hashlib.sha256)

    def sign(
        self, message: bytes, *, purpose: str, algorithm: SigningAlgorithm = SigningAlgorithm.ED25519
    ) -> bytes:
        """Sign under the purpose's own key, which is derived from the lasting secret."""
        return self._signing_key(purpose, algorithm).sign(message)

    def public_key(self, *, purpose: str, algorithm: SigningAlgorithm = SigningAlgorithm.ED25519) -> bytes:
        """Give the purpose's public key."""
        return self._signing_key(purpose, algorithm).public_key().public_bytes_raw()

    def make_opening_key(self, name: str) -> bytes:
        """Write a fresh private key, unless one is there; what is there is read back."""
        path = self._opening_file(name)
        fresh = generate_ec_key(SECP256R1()).private_numbers().private_value
        try:
            make_folder(path.parent)
            write_once(path, fresh.to_bytes(_SECRET_BYTES, "big"))
        except OSError as error:
            raise _unusable(self._folder, error) from error
        public = self._opening_key(name).public_key()
        return public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    def opening_keys(self) -> tuple[str, ...]:
        """List the files there; a draft is no key yet."""
        folder = self._folder / "opening"
        try:
            found = [path.name for path in folder.iterdir()]
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise _unusable(self._folder, error) from error
        return names.in_order((name for name in found if not is_draft(name)), place=str(folder))

    def open(self, sealed: bytes, *, name: str, info: bytes) -> bytes:
        """Read the private key, open, and let the key go."""
        private_key = self._opening_key(name)
        try:
            return _SUITE.decrypt(sealed, private_key, info=info)
        except (InvalidTag, ValueError) as error:
            raise NotPermitted("What was sealed does not open with this key.") from error

    def destroy(self, name: str) -> None:
        """Overwrite the private key and remove its file."""
        try:
            remove_key(self._opening_file(name))
        except OSError as error:
            raise _unusable(self._folder, error) from error

    def _wrapping(self, version: int) -> AESGCM:
        return AESGCM(_derive(self._secret_of(version), b"wrap v1"))

    def _signing_key(
        self, purpose: str, algorithm: SigningAlgorithm
    ) -> Ed25519PrivateKey | MLDSA44PrivateKey:
        names.check_purpose(purpose)
        said = purpose.encode()
        match algorithm:
            case SigningAlgorithm.ED25519:
                return Ed25519PrivateKey.from_private_bytes(_derive(self._secret, b"sign v1|" + said))
            case SigningAlgorithm.ML_DSA_44:
                return MLDSA44PrivateKey.from_seed_bytes(_derive(self._secret, b"sign ml-dsa-44 v1|" + said))
            case _ as never:
                assert_never(never)

    def _secret_of(self, version: int) -> bytes:
        names.check_version(version)
        secret = self._version_secret(version)
        if not secret:
            raise names.no_version(version)
        return secret

    def _version_secret(self, version: int) -> bytes:
        """Read a version's secret; nothing if it was retired or never made."""
        path = self._version_file(version)
        try:
            secret = read_key(path)
        except FileNotFoundError:
            return self._secret if version == FIRST_VERSION else b""
        except OSError as error:
            raise _unusable(self._folder, error) from error
        if secret and len(secret) != _SECRET_BYTES:
            _damaged(path)
        return secret

    def _version_file(self, version: int) -> Path:
        return self._folder / f"version-{version}"

    def _opening_file(self, name: str) -> Path:
        names.check_name(name)
        return self._folder / "opening" / name

    def _opening_key(self, name: str) -> EllipticCurvePrivateKey:
        path = self._opening_file(name)
        try:
            private = read_key(path)
        except FileNotFoundError as error:
            raise names.no_opening_key(name) from error
        except OSError as error:
            raise _unusable(self._folder, error) from error
        if len(private) != _SECRET_BYTES:
            _damaged(path)
        return derive_private_key(int.from_bytes(private, "big"), SECP256R1())


def open_vault(folder: Path) -> FileVault:
    """Open the vault in a folder, making folder and secret the first time.

    Raises Unavailable when the folder cannot be used or is open to others, Malformed when the secret is
    damaged: a new one would make the record unreadable, so none is made.
    """
    # (1) before (2): a secret without version 1 is an earlier release's vault, whose version 1 is its secret.
    #   1. write the secret of version 1
    #   2. write the lasting secret
    path = folder / "secret"
    try:
        make_folder(folder)
        if not path.exists():
            write_once(folder / f"version-{FIRST_VERSION}", secrets.token_bytes(_SECRET_BYTES))  # 1
            write_once(path, secrets.token_bytes(_SECRET_BYTES))  # 2
        secret = read_key(path)
    except OSError as error:
        raise _unusable(folder, error) from error
    if len(secret) != _SECRET_BYTES:
        _damaged(path)
    return FileVault(folder, secret)


def _unusable(folder: Path, error: OSError) -> Unavailable:
    return Unavailable(
        f"The vault in {folder} cannot be used: {error.strerror}.",
        remedy="Choose a folder that can be written, with room on its disk.",
    )


def _damaged(path: Path) -> NoReturn:
    raise Malformed(
        f"The vault's key in {path} is damaged.",
        remedy="Restore it from its backup; do not remove it.",
    )


def _derive(secret: bytes, purpose: bytes) -> bytes:
    return HKDF(SHA256(), length=32, salt=None, info=b"lineproof " + purpose).derive(secret)
