"""Text signed by one or more keys: C2SP signed-note.

A note is its text, an empty line, and a line for each signature:

    — name base64(key id || signature)

A key is known by its name and its key id together. Whoever opens a note says which keys they trust;
what other keys signed is ignored, so that witnesses may add their lines.

A text as such is signed with Ed25519. ML-DSA-44 signs checkpoints alone, and not by their text: what verifies
them, checkpoint.py, says how.
"""

import base64
import binascii
import hashlib
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import KW_ONLY, dataclass
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from lineproof.errors import Malformed, NotPermitted
from lineproof.transparency.cosignature import MOST_NAME_BYTES

# Signature types. The second is specified by C2SP tlog-cosignature.
ED25519 = 0x01
ML_DSA_44 = 0x06
PUBLIC_KEY_BYTES = {ED25519: 32, ML_DSA_44: 1312}
KEY_ID_BYTES = 4
# The specification wants at least 16 taken, and a limit; Go's verifier has this one.
MOST_SIGNATURES = 100
SIGNATURE_PREFIX = "\N{EM DASH} "

# Takes the bytes to sign, gives the signature: 64 bytes for Ed25519, 2420 for ML-DSA-44.
Sign = Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class NoteKey:
    """One key that signs notes.

    name: not empty, without spaces and "+", of 255 bytes at most for ML-DSA-44; of a log, its origin.
    algorithm: the signature type, 1 for Ed25519 or 6 for ML-DSA-44. public_key: 32 bytes as RFC 8032 encodes
    them, or 1312 as FIPS 204 does.
    Raises ValueError for anything else. C2SP signed-note, "Format" and "Signature types"; tlog-cosignature,
    "Format".
    """

    name: str
    _: KW_ONLY
    algorithm: int = ED25519
    public_key: bytes

    def __post_init__(self) -> None:
        """Refuse a key that cannot sign a note."""
        if not _is_key_name(self.name):
            raise ValueError("a key's name is text, not empty, without space, plus and control character")
        if len(self.public_key) != PUBLIC_KEY_BYTES.get(self.algorithm):
            raise ValueError("public keys have 32 bytes for Ed25519, 1312 for ML-DSA-44, and no others sign")
        if self.algorithm == ML_DSA_44 and len(self.name.encode()) > MOST_NAME_BYTES:
            raise ValueError("the name of a key for ML-DSA-44 has 255 bytes at most")

    @property
    def key_id(self) -> bytes:
        """Give the 4 bytes that, with the name, stand for this key in a signature line.

        SHA-256(name || 0x0A || signature type || public key), its first 4 bytes. C2SP signed-note,
        "Signatures".
        """
        named = self.name.encode() + b"\n" + bytes([self.algorithm]) + self.public_key
        return hashlib.sha256(named).digest()[:KEY_ID_BYTES]

    @property
    def text(self) -> str:
        """Give the verifier key in one line: name+hash+base64, the hash being the key id in hexadecimal.

        C2SP signed-note, "Verifier keys".
        """
        encoded = base64.b64encode(bytes([self.algorithm]) + self.public_key).decode()
        return f"{self.name}+{self.key_id.hex()}+{encoded}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a verifier key: name+hash+base64.

        Raises Malformed if it is none, is not for Ed25519 or ML-DSA-44, or does not have the hash that it
        states.
        C2SP signed-note, "Verifier keys".
        """
        name, _, rest = text.partition("+")
        _, _, encoded = rest.partition("+")  # base64 may have more of them
        typed = exact_base64(encoded)
        if not typed:
            raise Malformed("This is not the verifier key of a note.")
        try:
            key = cls(name, algorithm=typed[0], public_key=typed[1:])
        except ValueError as impossible:
            raise Malformed("This is not a verifier key for Ed25519 or ML-DSA-44.") from impossible
        if key.text != text:
            raise Malformed("This verifier key does not have the hash that it states.")
        return key


# Takes a signature, the text and the key: is it this key's, of this text?
Verify = Callable[[bytes, str, NoteKey], bool]


@dataclass(frozen=True, slots=True)
class OpenedNote:
    """A note of which at least one known key signed the text.

    text: with its final newline. signed_by: the known keys that signed, in the order of their lines.
    """

    text: str
    signed_by: tuple[NoteKey, ...]


def is_text_signature(signature: bytes, text: str, key: NoteKey) -> bool:
    """Tell whether this is the key's signature of a text; a key for ML-DSA-44 has none of any.

    C2SP signed-note, "Ed25519 signatures".
    """
    if key.algorithm != ED25519:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(key.public_key).verify(signature, text.encode())
    except InvalidSignature:
        return False
    return True


def sign_note(
    text: str, signers: Sequence[tuple[NoteKey, Sign]], *, verify: Verify = is_text_signature
) -> bytes:
    """Write a note of this text, signed by each signer in turn.

    Each signature is verified before it is given out: one made by another key is our mistake, and a
    published note cannot be called back.
    Raises ValueError if the text does not end with a newline or has another control character, if there
    is no signer or one key twice, or if a signature is not by its key. C2SP signed-note, "Format".
    """
    if not text.endswith("\n") or _has_control_character(text):
        raise ValueError("a note's text ends with a newline and has no other control character")
    if not 1 <= len(signers) <= MOST_SIGNATURES or len({key for key, _ in signers}) < len(signers):
        raise ValueError("a note is signed by 1 to 100 different keys")
    signed = text.encode()
    lines = []
    for key, sign in signers:
        signature = sign(signed)
        if not verify(signature, text, key):
            raise ValueError(f"what was to sign as {key.name} does not have its key")
        lines.append(f"{SIGNATURE_PREFIX}{key.name} {base64.b64encode(key.key_id + signature).decode()}\n")
    return signed + b"\n" + "".join(lines).encode()


def open_note(content: bytes, keys: Sequence[NoteKey], *, verify: Verify = is_text_signature) -> OpenedNote:
    """Verify a note and give its text.

    keys: those that are trusted. A signature by any other key is ignored, even if it has the name or
    the key id of a known one.
    Raises Malformed for what is no note, or has more than 100 signatures; NotPermitted if no known key
    signed, or if a signature that names a known key is not its signature of this text. ValueError if
    two of the keys have the same name and key id.
    C2SP signed-note, "Format" and "Signatures".
    """
    known = {(key.name, key.key_id): key for key in keys}
    if len(known) < len(set(keys)):
        raise ValueError("two keys have the same name and key id")
    text, lines = _split(content)
    signed_by: dict[NoteKey, None] = {}
    # Every line is read before any is verified: what is no note is refused as such.
    for name, key_id, signature in [_parse_signature(line) for line in lines]:
        key = known.get((name, key_id))
        if key is None:
            continue
        if not verify(signature, text, key):
            raise NotPermitted(f"The signature by {name} is not of this text.")
        signed_by[key] = None
    if not signed_by:
        raise NotPermitted("No known key signed this note.")
    return OpenedNote(text, tuple(signed_by))


def exact_base64(text: str) -> bytes:
    """Read base64, taking the one text only that encodes these bytes.

    Raises Malformed for other characters, wrong padding and bits that are not zero where they should be.
    RFC 4648, section 4 and 3.5.
    """
    try:
        content = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as wrong:  # ValueError: characters outside ASCII
        raise Malformed("This is not base64.") from wrong
    if base64.b64encode(content).decode() != text:
        raise Malformed("This is not base64 as it is written.")
    return content


def _split(content: bytes) -> tuple[str, list[str]]:
    """Part a note at its last empty line, into its text and its signature lines."""
    try:
        note = content.decode()
    except UnicodeDecodeError as wrong:
        raise Malformed("A note is text in UTF-8.") from wrong
    at = note.rfind("\n\n")
    if at < 0 or not note.endswith("\n") or _has_control_character(note):
        raise Malformed("A note is lines of text, an empty line, and lines of signatures.")
    lines = note[at + 2 :].split("\n")[:-1]
    if not 1 <= len(lines) <= MOST_SIGNATURES:
        raise Malformed(f"A note has 1 to {MOST_SIGNATURES} signatures.")
    return note[: at + 1], lines


def _parse_signature(line: str) -> tuple[str, bytes, bytes]:
    """Read the name, the key id and the signature of a line."""
    name, _, encoded = line.removeprefix(SIGNATURE_PREFIX).partition(" ")
    if not line.startswith(SIGNATURE_PREFIX) or not _is_key_name(name):
        raise Malformed("A line of a note is not a signature.")
    content = exact_base64(encoded)
    if len(content) <= KEY_ID_BYTES:
        raise Malformed("A line of a note has no signature.")
    return name, content[:KEY_ID_BYTES], content[KEY_ID_BYTES:]


def _is_key_name(name: str) -> bool:
    """Tell whether it is not empty, can be written in UTF-8, and has no space, plus or control character."""
    return name != "" and not any(
        one.isspace() or one == "+" or one < " " or _is_surrogate(one) for one in name
    )


def _is_surrogate(one: str) -> bool:
    """Tell whether this stands for a byte that is no text, as in an argument of a command."""
    return unicodedata.category(one) == "Cs"


def _has_control_character(text: str) -> bool:
    """Tell whether there is a character below U+0020 that is not a newline."""
    return any(one < " " and one != "\n" for one in text)
