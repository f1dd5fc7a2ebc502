"""The lines of a file that is brought in: read one at a time, each within bounds."""

import codecs
import hashlib
from collections.abc import Iterator
from typing import BinaryIO

from lineproof.errors import Malformed

MOST_LINE_BYTES = 65_536
_CHUNK = 1 << 20


def digest_of(*streams: BinaryIO) -> bytes:
    """Read files from end to end, and give their digest: 32 bytes, SHA-256 of their SHA-256.

    Afterwards each stands at its beginning. Raises Malformed for one that is not UTF-8, naming the line: then
    names in it would come out wrong, so none of it is read.
    """
    total = hashlib.sha256()
    for stream in streams:
        total.update(_digest(stream))
    return total.digest()


def _digest(stream: BinaryIO) -> bytes:
    stream.seek(0)
    total, line = hashlib.sha256(), 1
    decoder = codecs.getincrementaldecoder("utf-8")()
    while True:
        chunk = stream.read(_CHUNK)
        total.update(chunk)
        try:
            decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError as error:
            line += error.object[: error.start].count(b"\n")
            raise Malformed(
                f"The file is not UTF-8: line {line} has other bytes.",
                remedy='Save it as UTF-8 (a spreadsheet: "CSV UTF-8"). Nothing was read.',
            ) from None
        if not chunk:
            break
        line += chunk.count(b"\n")
    stream.seek(0)
    return total.digest()


def read_lines(stream: BinaryIO) -> Iterator[tuple[int, str | None]]:
    """Read lines without their ends, each with its number from 1.

    None for one of more than MOST_LINE_BYTES, which is passed over without being held. Malformed for one that
    is not UTF-8.
    """
    number = 0
    while line := stream.readline(MOST_LINE_BYTES + 2):
        number += 1
        whole = line.endswith(b"\n")
        bare = line.rstrip(b"\r\n")
        if len(bare) > MOST_LINE_BYTES:
            while not whole and (rest := stream.readline(_CHUNK)):
                whole = rest.endswith(b"\n")
            yield number, None
            continue
        yield number, _decoded(bare, number)


def _decoded(line: bytes, number: int) -> str:
    try:
        return line.decode("utf-8-sig" if number == 1 else "utf-8")
    except UnicodeDecodeError:
        raise Malformed(
            f"The file is not UTF-8: line {number} has other bytes.", remedy="Save it as UTF-8."
        ) from None
