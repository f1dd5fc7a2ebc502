"""A log's signed tree head: C2SP tlog-checkpoint.

Three lines, each ended by a newline, as the text of a signed note: the origin, which is the log's name;
the number of entries; the root hash in base64. A key for Ed25519 signs this text; one for ML-DSA-44 signs
what the text says, in the form of C2SP tlog-cosignature.
"""

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass

from lineproof.errors import Malformed, NotPermitted
from lineproof.transparency.cosignature import NO_TIME, cosigned_message, is_cosignature, timestamped
from lineproof.transparency.note import (
    ML_DSA_44,
    NoteKey,
    Sign,
    exact_base64,
    is_text_signature,
    open_note,
    sign_note,
)
from lineproof.transparency.tree import HASH_BYTES

# Go's verifier counts in 64 bits with a sign, as everybody may.
MOST_ENTRIES = (1 << 63) - 1

_LINES = re.compile(r"(?P<origin>[^\n]+)\n(?P<size>0|[1-9][0-9]{0,18})\n(?P<root>[^\n]+)\n")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log says of itself: that its first `size` entries have this root hash.

    origin: the log's name, one line, not empty. size: 0 to 2**63 - 1. root_hash: 32 bytes, the Merkle
    tree hash of RFC 6962 section 2.1.
    Raises ValueError for anything else.
    """

    origin: str
    size: int
    root_hash: bytes

    def __post_init__(self) -> None:
        """Refuse what no checkpoint can say."""
        if not self.origin or any(one < " " for one in self.origin):
            raise ValueError("a log's origin is one line")
        if not 0 <= self.size <= MOST_ENTRIES:
            raise ValueError("a log has 0 to 2**63 - 1 entries")
        if len(self.root_hash) != HASH_BYTES:
            raise ValueError("a root hash has 32 bytes")


def checkpoint_text(checkpoint: Checkpoint) -> str:
    """Write the text that is signed: origin, size and root hash, a line each.

    C2SP tlog-checkpoint, "Note text".
    """
    root = base64.b64encode(checkpoint.root_hash).decode()
    return f"{checkpoint.origin}\n{checkpoint.size}\n{root}\n"


def parse_checkpoint(text: str) -> Checkpoint:
    """Read the text of a checkpoint, the signatures being taken off.

    A checkpoint has one text only: no leading zeros, no other base64. Extension lines, which the
    specification allows and recommends against, are refused: nobody audits them, and no log of ours
    writes any.
    Raises Malformed for anything else. C2SP tlog-checkpoint, "Note text".
    """
    found = _LINES.fullmatch(text)
    if found is None:
        raise Malformed("A checkpoint is three lines: origin, size and root hash.")
    try:
        return Checkpoint(found["origin"], int(found["size"]), exact_base64(found["root"]))
    except ValueError as impossible:
        raise Malformed("No log has this checkpoint.") from impossible


def sign_checkpoint(checkpoint: Checkpoint, signers: Sequence[tuple[NoteKey, Sign]]) -> bytes:
    """Write a checkpoint as a signed note.

    The caller answers for what C2SP demands: that no checkpoint is signed that is not consistent with
    every one signed before. The name of a log's key should be its origin. A signature with ML-DSA-44 states
    no time.
    Raises ValueError as sign_note does, and for ML-DSA-44 with an origin of more than 255 bytes.
    C2SP tlog-checkpoint, "Signatures".
    """
    signing = [(key, _signing(checkpoint, key, sign)) for key, sign in signers]
    return sign_note(checkpoint_text(checkpoint), signing, verify=_is_signature)


def open_checkpoint(content: bytes, *, keys: Sequence[NoteKey], origin: str) -> Checkpoint:
    """Verify a signed checkpoint of one log.

    keys: those of the log, any of which suffices; not those of witnesses. origin: the log's name.
    Raises Malformed for what is no checkpoint, NotPermitted if none of the keys signed it, if a
    signature by one of them is wrong, or if it is of another log.
    C2SP tlog-checkpoint; signed-note, "Signatures".
    """
    return open_signed(content, keys=keys, origin=origin)[0]


def open_signed(
    content: bytes, *, keys: Sequence[NoteKey], origin: str
) -> tuple[Checkpoint, tuple[NoteKey, ...]]:
    """Verify as `open_checkpoint` does; give which of the keys signed as well."""
    opened = open_note(content, keys, verify=_is_signature)
    checkpoint = parse_checkpoint(opened.text)
    if checkpoint.origin != origin:
        raise NotPermitted("This checkpoint is of another log.")
    return checkpoint, opened.signed_by


def _signing(checkpoint: Checkpoint, key: NoteKey, sign: Sign) -> Sign:
    """Give what makes the signature of a checkpoint's signature line: with ML-DSA-44 not of the text."""
    if key.algorithm != ML_DSA_44:
        return sign
    message = cosigned_message(
        cosigner=key.name,
        timestamp=NO_TIME,
        origin=checkpoint.origin,
        size=checkpoint.size,
        root_hash=checkpoint.root_hash,
    )
    return lambda _: timestamped(sign(message), NO_TIME)


def _is_signature(signature: bytes, text: str, key: NoteKey) -> bool:
    """Tell whether this is the key's signature of the checkpoint with this text."""
    if key.algorithm != ML_DSA_44:
        return is_text_signature(signature, text, key)
    try:
        said = parse_checkpoint(text)
    except Malformed:
        return False  # of what is no checkpoint there is none
    return is_cosignature(
        signature,
        key.public_key,
        cosigner=key.name,
        origin=said.origin,
        size=said.size,
        root_hash=said.root_hash,
    )
