"""Keys in a file: for a demonstration, development and one machine. The embedded default.

One random secret of 32 bytes, mode 0600, in a folder of mode 0700. Wrapping and each purpose of `mac` use
their own key, derived with HKDF-SHA-256 (RFC 5869). Whoever reads it reads the record: docs/trust.md.
"""

import hashlib
import hmac
import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from lineproof.errors import Malformed, NotPermitted, Unavailable

_SECRET_BYTES = 32
_NONCE_BYTES = 12


class FileVault:
    """A `KeyService` over one secret file."""

    def __init__(self, secret: bytes) -> None:
        """Derive the wrapping key and the root of the purposes from the secret."""
        self._wrapping = AESGCM(_derive(secret, b"wrap v1"))
        self._mac_root = _derive(secret, b"mac v1")

    def wrap(self, key: bytes, *, context: str) -> bytes:
        """Encrypt with AES-256-GCM: 12 bytes of nonce, then the ciphertext and tag."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self._wrapping.encrypt(nonce, key, context.encode())

    def unwrap(self, wrapped: bytes, *, context: str) -> bytes:
        """Decrypt; NotPermitted if it was not wrapped here for this context."""
        try:
            return self._wrapping.decrypt(wrapped[:_NONCE_BYTES], wrapped[_NONCE_BYTES:], context.encode())
        except (InvalidTag, ValueError) as error:
            raise NotPermitted("A key of the record does not open with this vault.") from error

    def mac(self, message: bytes, *, purpose: str) -> bytes:
        """HMAC-SHA-256 under the purpose's own key."""
        return hmac.digest(_derive(self._mac_root, purpose.encode()), message, hashlib.sha256)


def open_vault(folder: Path) -> FileVault:
    """Open the vault in a folder, making folder and secret the first time.

    Raises Unavailable when the folder cannot be used, Malformed when the secret is damaged: a new one
    would make the record unreadable, so none is made.
    """
    path = folder / "secret"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            _write_once(path, secrets.token_bytes(_SECRET_BYTES))
        secret = path.read_bytes()
    except OSError as error:
        raise Unavailable(
            f"The vault in {folder} cannot be used: {error.strerror}.",
            remedy="Choose a folder that can be written, with room on its disk.",
        ) from error
    if len(secret) != _SECRET_BYTES:
        raise Malformed(
            f"The vault's secret in {folder} is damaged.",
            remedy="Restore it from its backup; do not remove it.",
        )
    return FileVault(secret)


def _write_once(path: Path, secret: bytes) -> None:
    """Write whole or not at all, durably; the first of two writers at once wins."""
    draft = path.with_name(f".secret-{os.getpid()}-{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(secret)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            return
    finally:
        draft.unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _derive(secret: bytes, purpose: bytes) -> bytes:
    return HKDF(SHA256(), length=32, salt=None, info=b"lineproof " + purpose).derive(secret)
