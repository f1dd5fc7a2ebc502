"""What the scripts of these pages send, parsed once: one JSON object of texts, of at most 64 kB."""

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from django.http import HttpRequest
from django.utils.translation import gettext

from lineproof.errors import Malformed

MOST_BODY_BYTES = 64 * 1024
_BASE64URL = re.compile(r"[A-Za-z0-9_-]*")


def read_texts(request: HttpRequest, *names: str) -> tuple[str, ...]:
    """Read these members of the body, in this order; Malformed unless it has each of them and no other."""
    # Asked before the body is read: without a length there is none (PEP 3333).
    length = request.META.get("CONTENT_LENGTH") or "0"
    if request.content_type != "application/json" or not length.isdecimal() or int(length) > MOST_BODY_BYTES:
        raise _not_understood()
    try:
        content = json.loads(request.body)
    except (ValueError, RecursionError) as error:
        raise _not_understood() from error
    if not isinstance(content, dict) or set(content) != set(names):
        raise _not_understood()
    texts = tuple(content[name] for name in names)
    if not all(isinstance(text, str) for text in texts):
        raise _not_understood()
    return texts


def read_bytes(text: str, *, size: int) -> bytes:
    """Read exactly `size` bytes of base64url without padding (RFC 4648, 5); Malformed for anything else."""
    if not _BASE64URL.fullmatch(text) or len(text) != -(-size * 4 // 3):
        raise _not_understood()
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def read_key(text: str) -> bytes:
    """Read a browser's public key, 65 bytes; Malformed for what is no point of P-256 (SEC 1, 2.3.3)."""
    key = read_bytes(text, size=65)
    try:
        EllipticCurvePublicKey.from_encoded_point(SECP256R1(), key)
    except ValueError as error:
        raise _not_understood() from error
    return key


def as_text(content: bytes) -> str:
    """Write base64url without padding."""
    return urlsafe_b64encode(content).rstrip(b"=").decode()


def _not_understood() -> Malformed:
    return Malformed(
        gettext("What came is not what the script of this page sends."),
        remedy=gettext("Load the page again; if that does not help, use another browser."),
    )
