"""Receipts: C2SP tlog-proof."""

import pytest

from lineproof.errors import Malformed, NotPermitted
from lineproof.transparency.checkpoint import Checkpoint, sign_checkpoint
from lineproof.transparency.proof import (
    Receipt,
    inclusion_proof,
    parse_receipt,
    receipt_bytes,
    verify_receipt,
)
from lineproof.transparency.tree import leaf_hash, range_of
from tests.transparency.test_note import a_signer

ORIGIN = "alice.example/log"
ALICE, MALLORY = a_signer(ORIGIN), a_signer(ORIGIN, seed=6)
ENTRIES = [b"entry %d" % number for number in range(5)]
HASH = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="


def a_receipt(index: int = 2, *, size: int = 5, origin: str = ORIGIN, extra: bytes = b"") -> Receipt:
    """Make the receipt of one entry of a small log."""
    leaves = [leaf_hash(entry) for entry in ENTRIES[:size]]

    def hash_at(level: int, number: int) -> bytes:
        return range_of(leaves[number << level : (number + 1) << level]).root()

    signed = sign_checkpoint(Checkpoint(origin, size, range_of(leaves).root()), [ALICE])
    return Receipt(index, inclusion_proof(index, size, hash_at), signed, extra)


@pytest.mark.parametrize(("index", "size"), [(0, 1), (1, 2), (2, 3), (0, 5), (2, 5), (4, 5)])
def test_receipt_proves_its_entry_and_no_other(index: int, size: int):
    receipt = parse_receipt(receipt_bytes(a_receipt(index, size=size)))
    assert receipt == a_receipt(index, size=size)
    assert verify_receipt(receipt, ENTRIES[index], [ALICE[0]], ORIGIN).size == size
    for other in (b"", ENTRIES[index] + b" ", ENTRIES[index - 1] if index else b"entry"):
        with pytest.raises(NotPermitted):
            verify_receipt(receipt, other, [ALICE[0]], ORIGIN)


def test_receipt_has_the_lines_of_the_specification():
    written = receipt_bytes(a_receipt(extra=b"more")).decode()
    assert written.startswith("c2sp.org/tlog-proof@v1\nextra bW9yZQ==\nindex 2\n")
    assert written.split("\n")[6:9] == ["", ORIGIN, "5"]
    assert written.encode().endswith(a_receipt().checkpoint)


def test_receipt_of_another_log_or_by_another_key_is_refused():
    with pytest.raises(NotPermitted):
        verify_receipt(a_receipt(), ENTRIES[2], [MALLORY[0]], ORIGIN)
    with pytest.raises(NotPermitted):
        verify_receipt(a_receipt(origin="bo.example/log"), ENTRIES[2], [ALICE[0]], ORIGIN)


def test_receipt_whose_checkpoint_is_none_is_refused():
    with pytest.raises(Malformed):
        verify_receipt(Receipt(0, (), b"", b""), b"", [ALICE[0]], ORIGIN)


def test_extra_is_carried_and_believed_by_nobody():
    receipt = parse_receipt(receipt_bytes(a_receipt(extra=b"\x00\xff anything")))
    assert receipt.extra == b"\x00\xff anything"
    verify_receipt(receipt, ENTRIES[2], [ALICE[0]], ORIGIN)


def test_no_byte_of_a_receipt_can_be_changed():
    written = receipt_bytes(a_receipt())
    for at in range(len(written)):
        for bit in (1, 4, 0x20, 0x80):
            changed = bytearray(written)
            changed[at] ^= bit
            with pytest.raises((Malformed, NotPermitted)):
                verify_receipt(parse_receipt(bytes(changed)), ENTRIES[2], [ALICE[0]], ORIGIN)


TITLE = "c2sp.org/tlog-proof@v1"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        TITLE.encode(),
        f"{TITLE}\n\nrest",
        f"{TITLE}\nindex 1\n{HASH}\n",
        f"{TITLE}\nindex 01\n\nrest",
        f"{TITLE}\nindex -1\n\nrest",
        f"{TITLE}\nindex {2**63}\n\nrest",
        f"{TITLE}\nindex {'9' * 5000}\n\nrest",
        f"{TITLE}\nindex\n\nrest",
        f"{TITLE}\nindex  1\n\nrest",
        f"{TITLE}\nINDEX 1\n\nrest",
        f"{TITLE}\nindex 1\nextra AA==\n\nrest",
        f"{TITLE}\nextra \nindex 1\n\nrest",
        f"{TITLE}\nextra A\nindex 1\n\nrest",
        f"{TITLE}\nextra AA==\nextra AA==\nindex 1\n\nrest",
        f"{TITLE}\nindex 1\n{HASH[:-4]}\n\nrest",
        f"{TITLE}\nindex 1\n{HASH[:-1]}\n\nrest",
        f"{TITLE}\nindex 1\n{HASH} \n\nrest",
        f"{TITLE}\nindex 1\n{HASH}\u2028{HASH}\n\nrest",
        f"{TITLE}\nindex 1\n" + f"{HASH}\n" * 64 + "\nrest",
        f"{TITLE}\r\nindex 1\r\n\r\nrest",
        f" {TITLE}\nindex 1\n\nrest",
        TITLE.replace("v1", "v2") + "\nindex 1\n\nrest",
        TITLE.encode() + b"\nindex \xff\n\nrest",
    ],
)
def test_what_is_no_receipt_is_refused(content: str | bytes):
    with pytest.raises(Malformed):
        parse_receipt(content if isinstance(content, bytes) else content.encode())


def test_receipt_that_cannot_be_written_is_not_made():
    for index, proof in ((-1, ()), (2**63, ()), (0, (bytes(31),)), (0, (bytes(32),) * 64)):
        with pytest.raises(ValueError):
            Receipt(index, proof, b"")
