"""Every parser of the log, on thousands of changed inputs: it refuses, or reads what it was given."""

import random
from collections.abc import Callable

import pytest

from lineproof.errors import Malformed
from lineproof.transparency.checkpoint import checkpoint_text, parse_checkpoint
from lineproof.transparency.note import NoteKey
from lineproof.transparency.proof import parse_receipt, receipt_bytes
from lineproof.transparency.tile import bundle_bytes, parse_bundle, parse_path, parse_tile, tile_bytes
from tests.transparency.test_checkpoint import EXAMPLE
from tests.transparency.test_note import EXAMPLE_KEY
from tests.transparency.test_receipt import a_receipt

ROUNDS = 3000
# What is read, written back: each input that is taken has to come out the same, byte for byte.
BACK: dict[str, tuple[bytes, Callable[[bytes], bytes]]] = {
    "path": (b"tile/1/x001/234.p/17", lambda content: parse_path(content.decode()).path.encode()),
    "bundle": (
        bundle_bytes([b"one", b"", b"three"]),
        lambda content: bundle_bytes(parse_bundle(content, count=3)),
    ),
    "tile": (bytes(96), lambda content: tile_bytes(parse_tile(content, width=3))),
    "key": (EXAMPLE_KEY.encode(), lambda content: NoteKey.parse(content.decode()).text.encode()),
    "checkpoint": (
        EXAMPLE.encode(),
        lambda content: checkpoint_text(parse_checkpoint(content.decode())).encode(),
    ),
    "receipt": (
        receipt_bytes(a_receipt(extra=b"more")),
        lambda content: receipt_bytes(parse_receipt(content)),
    ),
}
PIECES = [b"", b"\n", b"\n\n", b"0", b"/", b"x000/", b".p/", b"=", b"+", b" ", b"\x00", b"\xff", b"A" * 44]


def changed(content: bytes, chosen: random.Random) -> bytes:
    """Cut a piece out, put another in, or flip a bit, once to three times."""
    for _ in range(chosen.randint(1, 3)):
        start = chosen.randint(0, len(content))
        end = min(len(content), start + chosen.choice([0, 0, 1, 2, 5]))
        piece = chosen.choice([*PIECES, bytes([chosen.randrange(256)]), content[:start], content[end:]])
        content = content[:start] + piece[:60] + content[end:]
    return content


@pytest.mark.parametrize("name", BACK)
def test_what_is_taken_is_written_the_same(name: str):
    good, there_and_back = BACK[name]
    assert there_and_back(good) == good
    chosen = random.Random(name)
    taken = 0
    for _ in range(ROUNDS):
        content = changed(good, chosen)
        try:
            written = there_and_back(content)
        except (Malformed, UnicodeDecodeError):
            continue
        assert written == content
        taken += 1
    assert taken < ROUNDS
