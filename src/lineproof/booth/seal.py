"""Seal evidence for the booth, and open it there: HPKE (RFC 9180) seals a content key, that key the evidence.

HPKE base mode with DHKEM(P-256, HKDF-SHA256), HKDF-SHA256 and AES-256-GCM: P-256 is in every browser's
WebCrypto. The browser's side is portal/static/seal.js; both are tested against each other.

    sealed key   enc (65 bytes) and the encrypted content key (32 bytes and a tag of 16): 113 bytes
    evidence     version (1 byte), sealed key, parts
    part         kind (1 byte), last (1 byte: 1 for the last part), length (4 bytes, big-endian), ciphertext

A part is AES-256-GCM under the content key. Its nonce is its number from 0, 12 bytes big-endian: the key is
fresh, so no nonce comes twice. Its additional data is PART_LABEL, kind and last: parts can be neither left
out, nor added, nor put in another order. With a live challenge the document is the first part and each frame
of the camera one more: the time the page took it (4 bytes), whether it is the still (1 byte: the first is),
and its file. What is kept of it for a reviewer ends with the first frame, which says that it is not the last.
What a reviewer is shown is sealed in the same form, to the key of their browser.
"""

import secrets
from collections.abc import Sequence
from enum import IntEnum

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
)
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from lineproof.ports import SealTerms

VERSION = 1
CONTENT_KEY_BYTES = 32
SEALED_KEY_BYTES = 65 + CONTENT_KEY_BYTES + 16
PART_LABEL = b"lineproof part v1"
TAG_BYTES = 16
NONCE_BYTES = 12
HEAD_BYTES = 1 + SEALED_KEY_BYTES
PART_HEAD_BYTES = 6
FRAME_HEAD_BYTES = 5
# Of evidence that is examined whole: a document and a capture. Of what a reviewer sees: two crops and a page.
MOST_PARTS, MOST_SEEN = 2, 3

_SUITE = Suite(KEM.P256, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


class PartKind(IntEnum):
    """What is in a part: what a client seals to the booth; what the booth seals to a reviewer's browser."""

    DOCUMENT = 1
    CAPTURE = 2
    FRAME = 3
    PORTRAIT = 4
    FACE = 5
    PAGE = 6


class NotOpened(Exception):
    """What was sealed for another key, under other terms, or was changed on the way. Nothing was opened."""


def seal_key(content_key: bytes, public_key: bytes, info: bytes) -> bytes:
    """Seal a key of 32 bytes: 113 bytes. public_key: P-256, uncompressed. ValueError for no point of it."""
    receiver = EllipticCurvePublicKey.from_encoded_point(SECP256R1(), public_key)
    return _SUITE.encrypt(content_key, receiver, info=info)


def open_key(sealed: bytes, private_key: EllipticCurvePrivateKey, info: bytes) -> bytes:
    """Open a sealed key; NotOpened unless it was sealed to this key with this info."""
    try:
        key = _SUITE.decrypt(sealed, private_key, info=info)
    except (InvalidTag, ValueError) as error:
        raise NotOpened from error
    if len(key) != CONTENT_KEY_BYTES:
        raise NotOpened
    return key


class Sealer:
    """Seals parts that belong together, one after another, under a fresh key.

    head: what goes before the first part.
    """

    def __init__(self, public_key: bytes, info: bytes) -> None:
        """Draw the content key and seal it to the receiver, as `seal_key` does."""
        content_key = secrets.token_bytes(CONTENT_KEY_BYTES)
        self.head = bytes([VERSION]) + seal_key(content_key, public_key, info)
        self._cipher, self._number = AESGCM(content_key), 0

    def part(self, kind: PartKind, content: bytes, *, last: bool) -> bytes:
        """Seal the next part; after the last there is none."""
        ciphertext = self._cipher.encrypt(_nonce(self._number), content, _bound_to(kind, last=last))
        self._number += 1
        return bytes([kind, last]) + len(ciphertext).to_bytes(4, "big") + ciphertext


class PartOpener:
    """Opens parts under their content key, one by one. NotOpened for what was changed, and ever after."""

    def __init__(self, content_key: bytes) -> None:
        """Take a content key that is known; NotOpened for what cannot be one."""
        if len(content_key) != CONTENT_KEY_BYTES:
            raise NotOpened
        self.content_key = content_key
        self._cipher, self._number = AESGCM(content_key), 0
        self._ended = False

    def part(self, sealed: bytes | memoryview) -> tuple[PartKind, bytes, bool]:
        """Open the next part, the whole of `sealed`: its kind, its content, whether it is the last."""
        head, ciphertext = bytes(sealed[:PART_HEAD_BYTES]), sealed[PART_HEAD_BYTES:]
        whole = len(head) == PART_HEAD_BYTES and int.from_bytes(head[2:], "big") == len(ciphertext)
        if self._ended or not whole or head[1] > 1:
            raise NotOpened
        try:
            kind, last = PartKind(head[0]), head[1] == 1
            content = self._cipher.decrypt(_nonce(self._number), ciphertext, _bound_to(kind, last=last))
        except (InvalidTag, ValueError) as error:
            self._ended = True
            raise NotOpened from error
        self._number += 1
        self._ended = last
        return kind, content, last


class Opener(PartOpener):
    """Opens the parts of one session, whose content key is in their head."""

    def __init__(self, head: bytes, private_key: EllipticCurvePrivateKey, info: bytes) -> None:
        """Open the content key; NotOpened unless it was sealed to this key with this info."""
        if len(head) != HEAD_BYTES or head[0] != VERSION:
            raise NotOpened
        super().__init__(open_key(head[1:], private_key, info))


def seal_parts_to(public_key: bytes, info: bytes, parts: Sequence[tuple[PartKind, bytes]]) -> bytes:
    """Seal parts, whole: head and parts. Key and info as `seal_key` takes them."""
    sealer = Sealer(public_key, info)
    last = len(parts) - 1
    sealed = (sealer.part(kind, content, last=number == last) for number, (kind, content) in enumerate(parts))
    return sealer.head + b"".join(sealed)


def seal_evidence(parts: Sequence[tuple[PartKind, bytes]], terms: SealTerms) -> bytes:
    """Seal photographs for an examination, whole."""
    return seal_parts_to(terms.epoch_key, terms.info, parts)


def open_evidence(
    sealed: bytes, private_key: EllipticCurvePrivateKey, info: bytes
) -> tuple[bytes, dict[PartKind, bytes]]:
    """Open evidence: its content key, and each part by its kind. NotOpened if it does not open whole."""
    opener = Opener(sealed[:HEAD_BYTES], private_key, info)
    parts: dict[PartKind, bytes] = {}
    opened, last = _opened(memoryview(sealed)[HEAD_BYTES:], opener, most=MOST_PARTS)
    for kind, content in opened:
        if kind in parts:
            raise NotOpened
        parts[kind] = content
    if not last:
        raise NotOpened
    return opener.content_key, parts


def open_parts(parts: bytes, content_key: bytes) -> list[tuple[PartKind, bytes]]:
    """Open parts whose content key came another way, in order: of evidence, or of what a reviewer is shown.

    parts: whole, or of a live challenge the document and the first frame. Which kinds may be there is for the
    caller to say. NotOpened for anything else.
    """
    opened, last = _opened(memoryview(parts), PartOpener(content_key), most=MOST_SEEN)
    if last or [kind for kind, _ in opened] == [PartKind.DOCUMENT, PartKind.FRAME]:
        return opened
    raise NotOpened


def _opened(
    sealed: memoryview, opener: PartOpener, *, most: int
) -> tuple[list[tuple[PartKind, bytes]], bool]:
    """Open all parts there are, and tell whether the final one says that it is the last."""
    parts: list[tuple[PartKind, bytes]] = []
    at, last = 0, False
    while at < len(sealed):
        end = at + PART_HEAD_BYTES + int.from_bytes(sealed[at + 2 : at + PART_HEAD_BYTES], "big")
        if last or end > len(sealed) or len(parts) == most:
            raise NotOpened
        kind, content, last = opener.part(sealed[at:end])
        parts.append((kind, content))
        at = end
    return parts, last


def is_sealed_whole(sealed: bytes) -> bool:
    """Tell whether this has the form of something sealed, from head to last part; nothing is opened."""
    at, last = HEAD_BYTES, False
    if len(sealed) < HEAD_BYTES or sealed[0] != VERSION:
        return False
    while not last and at + PART_HEAD_BYTES <= len(sealed):
        last = sealed[at + 1] == 1
        at += PART_HEAD_BYTES + int.from_bytes(sealed[at + 2 : at + PART_HEAD_BYTES], "big")
    return last and at == len(sealed)


def frame_content(at_ms: int, *, is_still: bool, photograph: bytes) -> bytes:
    """Write what a frame's part holds: when the page says it was taken, whether it is the still, the file."""
    return at_ms.to_bytes(4, "big") + bytes([is_still]) + photograph


def parse_frame(content: bytes) -> tuple[int, bool, bytes]:
    """Read what `frame_content` wrote; NotOpened for anything else."""
    if len(content) <= FRAME_HEAD_BYTES or content[4] > 1:
        raise NotOpened
    return int.from_bytes(content[:4], "big"), content[4] == 1, content[FRAME_HEAD_BYTES:]


def _nonce(number: int) -> bytes:
    return number.to_bytes(NONCE_BYTES, "big")


def _bound_to(kind: PartKind, *, last: bool) -> bytes:
    return PART_LABEL + bytes([kind, last])
