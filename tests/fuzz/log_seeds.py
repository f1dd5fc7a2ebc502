"""What fuzzing of the log's parsers starts from; signatures are by the key of tests/fuzz/log_parsers.py."""

import base64
from collections.abc import Iterator

from lineproof.transparency.checkpoint import Checkpoint, sign_checkpoint
from lineproof.transparency.growth import Growth
from lineproof.transparency.note import NoteKey, sign_note
from lineproof.transparency.proof import Receipt, inclusion_proof, receipt_bytes
from lineproof.transparency.tile import bundle_bytes
from lineproof.transparency.tree import leaf_hash, range_of
from tests.fuzz.log_parsers import ENTRY, LOG_KEY, LOG_SECRET, ORIGIN, SPLIT

Seeds = Iterator[tuple[str, bytes]]
SIGNER = (LOG_KEY, LOG_SECRET.sign)
ENTRIES = [b"entry 0", ENTRY, b"entry 2", b"", b"entry 4"]
LEAVES = [leaf_hash(entry) for entry in ENTRIES]


def _tree_head(size: int) -> Checkpoint:
    return Checkpoint(ORIGIN, size, range_of(LEAVES[:size]).root())


def _signed(size: int) -> bytes:
    return sign_checkpoint(_tree_head(size), [SIGNER])


def _witnessed(note: bytes) -> bytes:
    """Add the signature of somebody whom nobody knows."""
    return note + "— witness.example ".encode() + base64.b64encode(bytes(76)) + b"\n"


def _note() -> Seeds:
    note = sign_note("one line\n", [SIGNER])
    yield "good-signed", note
    yield "good-empty-lines", sign_note("one\n\nthree\n", [SIGNER])
    yield "good-witnessed", _witnessed(note)
    yield "bad-changed", note.replace(b"one", b"two")
    yield "bad-unknown-key", _witnessed(b"one line\n\n")
    yield "bad-no-signature", b"one line\n\n"


def _note_key() -> Seeds:
    yield "good-log", LOG_KEY.text.encode()
    yield "good-arabic-name", NoteKey("سجل.example", public_key=bytes(32)).text.encode()
    yield "bad-other-hash", LOG_KEY.text.replace("+d", "+e").encode()
    yield "bad-other-algorithm", LOG_KEY.text.replace("+AQ", "+Ag").encode()


def _checkpoint() -> Seeds:
    yield "good-text", _signed(5).partition(b"\n\n")[0] + b"\n"
    yield "good-signed", _signed(5)
    yield "good-empty-log", _signed(0)
    yield "bad-leading-zero", _signed(5).replace(b"\n5\n", b"\n05\n")
    yield (
        "bad-extension-line",
        sign_note(f"{ORIGIN}\n0\n{base64.b64encode(bytes(32)).decode()}\nx\n", [SIGNER]),
    )


def _receipt() -> Seeds:
    def hash_at(level: int, index: int) -> bytes:
        return range_of(LEAVES[index << level : (index + 1) << level]).root()

    for size in (2, 5):
        receipt = Receipt(1, inclusion_proof(1, size, hash_at), _witnessed(_signed(size)))
        yield f"good-of-{size}", receipt_bytes(receipt)
    proven = receipt_bytes(Receipt(1, inclusion_proof(1, 5, hash_at), _signed(5), b"extra"))
    yield "good-extra", proven
    yield "bad-index-with-zero", proven.replace(b"index 1", b"index 01")
    yield "bad-cut-short", proven.partition(b"\n\n")[0]


def _receipt_by_itself() -> Seeds:
    yield from _receipt()
    yield "bad-other-index", dict(_receipt())["good-extra"].replace(b"index 1", b"index 2")


def _bundle() -> Seeds:
    yield "good-five", bytes([4]) + bundle_bytes(ENTRIES)
    yield "good-full-of-empty-ones", bytes([255]) + bytes(512)
    yield "bad-one-too-many", bytes([5]) + bundle_bytes(ENTRIES)
    yield "bad-cut-short", bytes([0, 1, 0]) + b"entry"


def _tile_path() -> Seeds:
    for name, path in {
        "good-tile": "tile/0/x001/x234/067",
        "good-part": "tile/63/000.p/255",
        "good-bundle": "tile/entries/x001/234.p/7",
        "bad-full-as-part": "tile/0/000.p/256",
        "bad-needless-group": "tile/0/x000/001",
        "bad-above": "tile/0/../000",
    }.items():
        yield name, path.encode()


def _published() -> Seeds:
    growth = Growth(0, [], [])
    for entry in ENTRIES:
        assert not list(growth.add(entry))
    files = [content for _, content in growth.parts()]
    yield "good-five", SPLIT.join([_signed(5), *files])
    yield "good-empty", _signed(0)
    yield "bad-tile-changed", SPLIT.join([_signed(5), files[0], bytes(160)])
    yield (
        "bad-says-it-is-huge",
        SPLIT.join([_signed(5).replace(b"\n5\n", b"\n9223372036854775807\n"), bytes(512)]),
    )
    yield "bad-files-gone", _signed(5)


def _address() -> Seeds:
    yield "good-https", b"https://log.example/lineproof/"
    yield "good-port", b"http://[::1]:8470"
    yield "bad-query", b"https://log.example/?a=b"
    yield "bad-file", b"file:///log"


def _answer_of_server() -> Seeds:
    content = _signed(5)
    yield "good-length", b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(content) + content
    yield "good-until-end", b"HTTP/1.0 200 OK\r\n\r\n" + content
    yield (
        "good-chunked",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n" % len(content)
        + content
        + b"\r\n0\r\n\r\n",
    )
    yield "good-not-there", b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
    yield "good-continued", b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\nx"
    yield "bad-elsewhere", b"HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n"
    yield "bad-cut-short", b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n" + content
    yield "bad-too-large", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n" + content


LOG_SEEDS = {
    "note": _note,
    "note_key": _note_key,
    "checkpoint": _checkpoint,
    "receipt": _receipt,
    "receipt_by_itself": _receipt_by_itself,
    "bundle": _bundle,
    "tile_path": _tile_path,
    "published": _published,
    "address": _address,
    "answer_of_server": _answer_of_server,
}
