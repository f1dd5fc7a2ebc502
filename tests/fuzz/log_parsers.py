"""The parsers of the log: notes, keys, checkpoints, receipts, bundles, paths, and a published log as a whole.

What is taken is written back, and has to be the same bytes. The key that signs is known: seeds are signed.
"""

import os
import socket
import threading
from unittest.mock import patch

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from lineproof.errors import Malformed, NotFound, NotPermitted, Unavailable
from lineproof.tiles.reading import verify_published
from lineproof.tiles.url import TileUrl
from lineproof.transparency import verify_receipt as by_itself
from lineproof.transparency.checkpoint import checkpoint_text, open_checkpoint, parse_checkpoint
from lineproof.transparency.note import NoteKey, open_note
from lineproof.transparency.proof import parse_receipt, receipt_bytes, verify_receipt
from lineproof.transparency.tile import bundle_bytes, parse_bundle, parse_path
from tests.fuzz.parser import Parser

ORIGIN = "log.example/lineproof"
LOG_SECRET = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
LOG_KEY = NoteKey(ORIGIN, public_key=LOG_SECRET.public_key().public_bytes_raw())
ENTRY = b"entry 1"
SPLIT = b"\0files\0"


def _note(data: bytes) -> object:
    opened = open_note(data, (LOG_KEY,))
    assert opened.signed_by == (LOG_KEY,)
    assert data.startswith(opened.text.encode() + b"\n")
    return opened


def _note_key(data: bytes) -> object:
    """Read a verifier key as a command's argument comes, whose bytes need not be text."""
    text = os.fsdecode(data)
    key = NoteKey.parse(text)
    assert key.text == text
    assert key.text.encode() == data
    return key


def _checkpoint(data: bytes) -> object:
    """Read the text alone where it is one, as what is signed by anybody is; else the signed checkpoint."""
    try:
        checkpoint = parse_checkpoint(data.decode())
    except (Malformed, UnicodeDecodeError):
        checkpoint = open_checkpoint(data, keys=(LOG_KEY,), origin=ORIGIN)
        assert checkpoint.origin == ORIGIN
    assert data.startswith(checkpoint_text(checkpoint).encode())
    return checkpoint


def _receipt(data: bytes) -> object:
    """Read and verify; what is proven here is also proven by the file that verifies by itself."""
    receipt = parse_receipt(data)
    assert receipt_bytes(receipt) == data
    try:
        checkpoint = verify_receipt(receipt, ENTRY, (LOG_KEY,), ORIGIN)
    except (Malformed, NotPermitted):
        return receipt
    assert by_itself.verify(data, ENTRY, LOG_KEY.text, ORIGIN) == (receipt.index, checkpoint.size)
    return receipt


def _receipt_by_itself(data: bytes) -> object:
    """Verify with the file that verifies by itself; what it proves is proven here too, of the same entry."""
    index, size = by_itself.verify(data, ENTRY, LOG_KEY.text, ORIGIN)
    assert parse_receipt(data).index == index < size
    assert verify_receipt(parse_receipt(data), ENTRY, (LOG_KEY,), ORIGIN).size == size
    return index


def _bundle(data: bytes) -> object:
    """Read what follows the first byte, which says of how many entries it is."""
    count = 1 + data[0] if data else 1
    entries = parse_bundle(data[1:], count=count)
    assert bundle_bytes(entries) == data[1:]
    assert len(entries) == count
    return entries


def _tile_path(data: bytes) -> object:
    place = parse_path(os.fsdecode(data))
    assert place.path.encode() == data
    return place


class _Given:
    """A published log of a checkpoint and of a few files, each read in turn, the last again and again."""

    def __init__(self, checkpoint: bytes, files: list[bytes]) -> None:
        self._checkpoint = checkpoint
        self._files = files

    def checkpoint(self) -> bytes | None:
        return self._checkpoint

    def read(self, path: str) -> bytes:
        parse_path(path)
        if not self._files:
            raise NotFound(path)
        return self._files.pop(0) if len(self._files) > 1 else self._files[0]


def _published(data: bytes) -> object:
    """Verify a published log of which everything is chosen: a checkpoint, and what is read after it."""
    checkpoint, *files = data.split(SPLIT)
    found = verify_published(_Given(checkpoint, files), keys=())
    if found.problems:
        raise NotPermitted(found.problems[0])
    assert found.checkpoint is not None
    assert found.entries == found.checkpoint.size
    return found


def _address(data: bytes) -> object:
    return TileUrl(os.fsdecode(data))


def _answer_once(listening: socket.socket, answer: bytes) -> None:
    connection, _ = listening.accept()
    with connection:
        asked = b""
        while not asked.endswith(b"\r\n\r\n"):
            asked += connection.recv(65536)
        connection.sendall(answer)


def _answer_of_server(data: bytes) -> object:
    """Read a checkpoint from a server on loopback that answers with this, and closes."""
    direct = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    with socket.create_server(("127.0.0.1", 0)) as listening:
        with patch.dict(os.environ, direct, clear=True):
            source = TileUrl(f"http://127.0.0.1:{listening.getsockname()[1]}/log")
        serving = threading.Thread(target=_answer_once, args=(listening, data), daemon=True)
        serving.start()
        try:
            content = source.checkpoint()
        finally:
            serving.join()
    assert content is None or content in data or b"chunked" in data.lower()
    return content


LOG_PARSERS = (
    Parser("note", _note, (Malformed, NotPermitted)),
    Parser("note_key", _note_key, (Malformed,)),
    Parser("checkpoint", _checkpoint, (Malformed, NotPermitted)),
    Parser("receipt", _receipt, (Malformed,)),
    Parser("receipt_by_itself", _receipt_by_itself, (by_itself.NotProven,)),
    Parser("bundle", _bundle, (Malformed,)),
    Parser("tile_path", _tile_path, (Malformed,)),
    Parser("published", _published, (NotPermitted,), examples=80),
    Parser("address", _address, (Malformed,)),
    Parser("answer_of_server", _answer_of_server, (Malformed, NotPermitted, Unavailable), examples=40),
)
