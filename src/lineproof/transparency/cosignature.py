"""ML-DSA-44 signatures of checkpoints: C2SP tlog-cosignature, "ML-DSA-44 signed message".

Signature type 0x06 of a signed note is not of the note's text: it is of a structure that names who signs,
the log, and its tree. A log signs its own checkpoints so as well (C2SP tlog-checkpoint, "Signatures"). There
is no ML-DSA-44 signature of any other note.
"""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey

# "These two values MAY be zero if the cosigner doesn't make any statement as to the tree being the largest
# observed at time of signing." Our log makes none: nothing in a checkpoint of ours says when it was made.
NO_TIME = 0
MOST_NAME_BYTES = 255

_LABEL = b"subtree/v1\n\0"
_NUMBER_BYTES = 8
_SIGNATURE_BYTES = 2420
_LAST_TIME = (1 << 63) - 1


def cosigned_message(*, cosigner: str, timestamp: int, origin: str, size: int, root_hash: bytes) -> bytes:
    """Write the message that is signed for a checkpoint: `cosigned_message`, its `start` being 0.

    cosigner: the name of the key. timestamp: seconds since 1970, or NO_TIME. origin: the log's name.
    Raises ValueError for a name of no or more than 255 bytes. tlog-cosignature, "ML-DSA-44 signed message";
    RFC 8446, section 3, for how its fields are written.
    """
    start, end = 0, size
    tree = _number(start) + _number(end) + root_hash
    return _LABEL + _with_length(cosigner) + _number(timestamp) + _with_length(origin) + tree


def timestamped(signature: bytes, timestamp: int) -> bytes:
    """Write a `timestamped_signature`: what follows the key id in a signature line.

    signature: 2420 bytes, of the message with this timestamp. tlog-cosignature, "Format".
    """
    return _number(timestamp) + signature


def is_cosignature(
    signature: bytes, public_key: bytes, *, cosigner: str, origin: str, size: int, root_hash: bytes
) -> bool:
    """Tell whether a `timestamped_signature` is this key's of this checkpoint, at whatever time it states.

    public_key: 1312 bytes (FIPS 204). The context of FIPS 204 is empty. tlog-cosignature, "Format".
    """
    timestamp = int.from_bytes(signature[:_NUMBER_BYTES], "big")
    if len(signature) != _NUMBER_BYTES + _SIGNATURE_BYTES or timestamp > _LAST_TIME:
        return False
    try:
        message = cosigned_message(
            cosigner=cosigner, timestamp=timestamp, origin=origin, size=size, root_hash=root_hash
        )
        MLDSA44PublicKey.from_public_bytes(public_key).verify(signature[_NUMBER_BYTES:], message)
    except (InvalidSignature, ValueError):  # ValueError: an origin that no message can have
        return False
    return True


def _number(value: int) -> bytes:
    return value.to_bytes(_NUMBER_BYTES, "big")


def _with_length(name: str) -> bytes:
    content = name.encode()
    if not 1 <= len(content) <= MOST_NAME_BYTES:
        raise ValueError("a cosigner's and a log's name have 1 to 255 bytes")
    return bytes([len(content)]) + content
