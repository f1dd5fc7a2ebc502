"""Verify one receipt, without Lineproof and without a network: for whoever has to be convinced by it.

    python verify_receipt.py RECEIPT ENTRY KEY ORIGIN [OPENING]

RECEIPT  the file with the receipt, usually named .tlog-proof
ENTRY    the file with the bytes of the entry that the receipt is said to prove
KEY      the log's public key, a line such as log.example+1a2b3c4d+AVS9..., from where you trust it
ORIGIN   the log's name, as the key's owner publishes it
OPENING  the file that says what the entry is about: a salt in hexadecimal, and a record, a line each

It ends with status 0 and a sentence if the entry is in the log, with 1 and a sentence if that is not
proven. It needs Python 3.11 or newer and, for one function, signature_is_valid, the package `cryptography`.

What is proven, and how, in the order of the code below:

    1. KEY is a public key, and states its own short hash rightly.
    2. The receipt is divided: a title, the entry's number in the log, hashes, and a checkpoint.
    3. The checkpoint is divided: a text, and signatures. One is by KEY, and is a signature of the text.
    4. The text says: the log of this ORIGIN has so many entries, and they have this root hash.
    5. The root hash is computed from ENTRY, its number and the receipt's hashes, and is the same.
    6. With OPENING: the hash of its salt and record is one of the commitments in ENTRY.

So whoever holds KEY stated that ENTRY stands at this place of the log. Nobody can find another entry for
which (5) holds, unless SHA-256 is broken. What is *not* proven: when it happened, that what the entry says
is true, and that the log shows everybody the same; for that, compare its checkpoints with other people's.

Formats: C2SP tlog-proof, tlog-checkpoint and signed-note; hashing: RFC 9162 section 2.1 (as RFC 6962).
This file shares no code with the program that writes the log. Of lines that it does not know, it ignores
only signatures by other keys, and extra data, which proves nothing.
"""

import base64
import hashlib
import json
import re
import sys
from pathlib import Path

TITLE = "c2sp.org/tlog-proof@v1"
ED25519 = b"\x01"
HASH_BYTES = 32
KEY_BYTES = 32
KEY_ID_BYTES = 4
MOST_SIGNATURES = 100
ARGUMENTS = (4, 5)
NUMBER = r"(0|[1-9][0-9]{0,18})"


class NotProven(Exception):
    """The reason, in one sentence, why this receipt proves nothing."""


def verify(receipt: bytes, entry: bytes, key: str, origin: str) -> tuple[int, int]:
    """Give the number of the entry in the log and how many entries the log had; else raise NotProven."""
    name, key_id, public_key = read_key(key)  # 1
    index, proof, checkpoint = read_receipt(receipt)  # 2
    text = read_signed_text(checkpoint, name, key_id, public_key)  # 3
    size, root_hash = read_tree_head(text, origin)  # 4
    if root_of(entry, index, size, proof) != root_hash:  # 5
        raise NotProven("The hashes in the receipt do not lead from this entry to the log's root hash.")
    return index, size


def signature_is_valid(public_key: bytes, signature: bytes, message: bytes) -> bool:
    """Check an Ed25519 signature (RFC 8032): the only step that is not in Python's standard library."""
    try:
        from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 -- all of it here
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey  # noqa: PLC0415
    except ImportError:
        raise NotProven("The package `cryptography` is not installed, so nothing could be checked.") from None
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def read_key(key: str) -> tuple[str, bytes, bytes]:
    """Read NAME+HASH+BASE64: the name, the four bytes of the hash, and the 32 of the public key.

    The base64 is of one byte for the algorithm, which is 1, and of the public key. The hash is the
    beginning of SHA-256 of the name, a newline, and these 33 bytes. C2SP signed-note, "Verifier keys".
    """
    name, _, rest = key.partition("+")
    stated, _, encoded = rest.partition("+")
    algorithm_and_key = from_base64(encoded, "The key")
    key_id = hashlib.sha256(name.encode() + b"\n" + algorithm_and_key).digest()[:KEY_ID_BYTES]
    algorithm, public_key = algorithm_and_key[:1], algorithm_and_key[1:]
    if algorithm != ED25519 or len(public_key) != KEY_BYTES or stated != key_id.hex():
        raise NotProven("The key is not an Ed25519 key with the hash that it states.")
    return name, key_id, public_key


def read_receipt(receipt: bytes) -> tuple[int, list[bytes], bytes]:
    """Read the entry's number, the hashes that lead to the root, and the checkpoint.

    Lines: the title; perhaps "extra" and base64; "index" and the number; a hash in base64 each; an empty
    line. Everything after it is the checkpoint. C2SP tlog-proof, "Format".
    """
    head, empty_line, checkpoint = receipt.partition(b"\n\n")
    lines = as_text(head).split("\n")
    if not empty_line or lines.pop(0) != TITLE:
        raise NotProven("The receipt does not begin as receipts do.")
    has_extra = lines != [] and lines[0].startswith("extra ")
    if has_extra and not from_base64(lines.pop(0).removeprefix("extra "), "The receipt's extra data"):
        raise NotProven("The receipt has a line for extra data, and none in it.")
    index = re.fullmatch(f"index {NUMBER}", lines.pop(0) if lines else "")
    if index is None:
        raise NotProven("The receipt does not say which number the entry has.")
    return int(index[1]), [hash_from_base64(line) for line in lines], checkpoint


def read_signed_text(note: bytes, name: str, key_id: bytes, public_key: bytes) -> str:
    """Give the text of a note if the key signed it.

    The text ends with a newline; then an empty line; then signatures, a line each: a dash, the name of the
    key, and base64 of the key's hash and the signature. The last empty line counts. The signature is of
    the bytes of the text, its newline included. C2SP signed-note.
    """
    text, empty_line, signatures = as_text(note).rpartition("\n\n")
    text += "\n"
    lines = signatures.split("\n")
    if not empty_line or lines.pop() != "" or len(lines) > MOST_SIGNATURES:
        raise NotProven("The checkpoint in the receipt is not a text with signatures.")
    signed = False
    for line in lines:
        parts = re.fullmatch(r"— ([^\s+]+) ([^ ]+)", line)
        signature = from_base64(parts[2], "A signature") if parts else b""
        if parts is None or not signature[KEY_ID_BYTES:]:
            raise NotProven("A signature line of the checkpoint is not as such lines are.")
        if parts[1] != name or signature[:KEY_ID_BYTES] != key_id:
            continue  # by somebody else
        if not signature_is_valid(public_key, signature[KEY_ID_BYTES:], text.encode()):
            raise NotProven("The signature in the receipt is not the log's signature of this checkpoint.")
        signed = True
    if not signed:
        raise NotProven("The checkpoint in the receipt is not signed with this key.")
    return text


def read_tree_head(text: str, origin: str) -> tuple[int, bytes]:
    """Read the number of entries and their root hash from the three lines of a checkpoint.

    C2SP tlog-checkpoint, "Note text".
    """
    lines = re.fullmatch(f"([^\n]+)\n{NUMBER}\n([^\n]+)\n", text)
    if lines is None:
        raise NotProven("The checkpoint is not three lines: the log's name, its size and its root hash.")
    if lines[1] != origin:
        raise NotProven("The checkpoint is of another log than the one named.")
    return int(lines[2]), hash_from_base64(lines[3])


def root_of(entry: bytes, index: int, size: int, proof: list[bytes]) -> bytes:
    """Compute the root hash of a tree of `size` leaves in which `entry` is leaf `index`.

    The leaf is hashed, then joined to the hash of its sibling, that to the next sibling, up to the root.
    At each level `at` is the place of the hash found so far, and `last` that of the last one: a place
    that is odd has its sibling to the left; one that is even, to the right; an even one that is the last
    has none, and rises as it is until it has one to the left. RFC 9162, 2.1.3.2.
    """
    if index >= size:
        raise NotProven("The receipt is of an entry that the log did not have yet.")
    found = hashlib.sha256(b"\x00" + entry).digest()
    at, last = index, size - 1
    for sibling in proof:
        while at == last and at % 2 == 0 and last > 0:
            at, last = at // 2, last // 2
        if last == 0:
            raise NotProven("The receipt has too many hashes.")
        pair = sibling + found if at % 2 else found + sibling
        found = hashlib.sha256(b"\x01" + pair).digest()
        at, last = at // 2, last // 2
    if last != 0:
        raise NotProven("The receipt has too few hashes.")
    return found


def hash_from_base64(text: str) -> bytes:
    """Read a hash: 32 bytes in base64."""
    found = from_base64(text, "A hash")
    if len(found) != HASH_BYTES:
        raise NotProven("A hash in the receipt does not have 32 bytes.")
    return found


def from_base64(text: str, what: str) -> bytes:
    """Read base64 of RFC 4648, in the one form in which it is written."""
    try:
        found = base64.b64decode(text, validate=True)
    except ValueError:
        raise NotProven(f"{what} is not written in base64.") from None
    if base64.b64encode(found).decode() != text:
        raise NotProven(f"{what} is not written in base64 as it should be.")
    return found


def as_text(content: bytes) -> str:
    """Read UTF-8 without control characters other than newlines."""
    try:
        text = content.decode()
    except UnicodeDecodeError:
        raise NotProven("The receipt is not text.") from None
    if any(one < " " and one != "\n" for one in text):
        raise NotProven("The receipt has characters that no receipt has.")
    return text


def read_opening(entry: bytes, opening: bytes) -> str:
    """Give the record that an entry is about, if the entry commits to it.

    A commitment is SHA-256 of the salt and the record; the entry lists them in hexadecimal.
    """
    lines = re.fullmatch("([0-9a-f]{64})\n([^\n]+)\n", as_text(opening))
    if lines is None:
        raise NotProven("The opening is not a salt and a record, a line each.")
    salt, record = bytes.fromhex(lines[1]), lines[2]
    commitment = hashlib.sha256(salt + record.encode()).hexdigest()
    try:
        stated = json.loads(entry)["commitments"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise NotProven("The entry has no commitments.") from None
    if not isinstance(stated, list) or commitment not in stated:
        raise NotProven("The entry is in the log, but it is not about what the opening says.")
    return record


def main(arguments: list[str]) -> int:
    """Say in one sentence whether the receipt proves the entry; give the status to end with."""
    if len(arguments) not in ARGUMENTS:
        sys.stdout.write("NOT PROVEN. Say: python verify_receipt.py RECEIPT ENTRY KEY ORIGIN [OPENING]\n")
        return 1
    receipt, entry, key, origin, *opening = arguments
    try:
        body = Path(entry).read_bytes()
        index, size = verify(Path(receipt).read_bytes(), body, key, origin)
        records = [read_opening(body, Path(each).read_bytes()) for each in opening]
    except NotProven as why:
        sentence, status = f"NOT PROVEN. {why}", 1
    except (OSError, ValueError) as unreadable:  # ValueError: an argument that is no name and no text
        sentence, status = f"NOT PROVEN. What was given could not be read: {unreadable!a}", 1
    else:
        sentence = f"PROVEN. The entry is number {index}, counted from 0, of {size} in the log {origin}."
        sentence += "".join(f" It is about: {record}" for record in records)
        status = 0
    sys.stdout.write(sentence + "\n")
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
