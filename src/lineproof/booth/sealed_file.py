"""Seal photographs that lie in files, for our own clients: command line, demonstration, benchmarks.

A browser seals what its camera gave. Here the files are read and sealed in a process of its own, which is
gone afterwards: whoever asks gets ciphertext and never holds a photograph.
"""

import os
from pathlib import Path

from lineproof.booth.photograph_file import open_photograph
from lineproof.booth.seal import PartKind, seal_evidence
from lineproof.booth.wire import MAX_SEALED_BYTES, BrokenFrame, read_frame, write_frame
from lineproof.errors import Malformed, Unavailable
from lineproof.ports import Epoch, Evidence, SealTerms
from lineproof.terms import SessionId

_CHUNK = 1 << 20


def seal_files(*, document: Path, capture: Path | None, session: SessionId, epoch: Epoch) -> Evidence:
    """Seal a session's photographs to the booth's present key.

    Raises Malformed for a file that is no plain file of up to 24 MiB, or becomes shorter while it is read.
    """
    terms = SealTerms.fresh(session, epoch)
    files = [(PartKind.DOCUMENT, document, "document")]
    if capture is not None:
        files.append((PartKind.CAPTURE, capture, "capture"))
    opened: list[tuple[PartKind, int, int]] = []
    try:
        for kind, path, called in files:
            descriptor, size = open_photograph(path, called=called)
            opened.append((kind, descriptor, size))
        content = _seal_apart(opened, terms)
    finally:
        for _, descriptor, _ in opened:
            os.close(descriptor)
    if not content:
        raise Malformed("A photograph's file became shorter while it was read.", remedy="Try again.")
    return Evidence(terms, content, with_capture=capture is not None)


def _seal_apart(opened: list[tuple[PartKind, int, int]], terms: SealTerms) -> bytes:
    """Read and seal in a child; an empty frame says that a file was not whole."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            parts = [(kind, _read(descriptor, size)) for kind, descriptor, size in opened]
            whole = all(
                len(content) == size for (_, content), (_, _, size) in zip(parts, opened, strict=True)
            )
            write_frame(writer, seal_evidence(parts, terms) if whole else b"")
        finally:
            os._exit(0)
    os.close(writer)
    try:
        return read_frame(reader, MAX_SEALED_BYTES)
    except BrokenFrame as error:
        raise Unavailable("The photographs could not be sealed.", remedy="Try again.") from error
    finally:
        os.close(reader)
        os.waitpid(child, 0)


def _read(descriptor: int, size: int) -> bytes:
    content = bytearray()
    while len(content) < size and (part := os.pread(descriptor, _CHUNK, len(content))):
        content += part
    return bytes(content[:size])
