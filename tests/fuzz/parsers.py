"""Every parser of data from outside, each as one function of bytes, with what it may raise and cost.

A parser that takes more than bytes is given what can be made of bytes: lines, a table, an image. Whatever is
raised besides `refuses` is a defect, and so is a result that costs more than the bounds.
"""

import io
import json
import socket
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import numpy as np
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    derive_private_key,
)
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from numpy.typing import NDArray

from lineproof.booth import wire
from lineproof.booth.answer import OutsideSchema, answer_bytes, parse_answer
from lineproof.booth.seal import NotOpened, frame_content, open_evidence, open_parts, parse_frame
from lineproof.decision.attestation import Attestation, verify_attestation
from lineproof.decision.passkey import credential_id_of, verify_assertion, verify_creation
from lineproof.decision.policy import parse_policy
from lineproof.document.aamva import parse_aamva
from lineproof.document.barcode import parse_contents
from lineproof.document.mrz import parse_mrz
from lineproof.document.printed import ZoneFields, compare_printed
from lineproof.document.printed_line import PrintedLine
from lineproof.errors import Malformed, NotPermitted, Undecodable
from lineproof.face.challenge import draw_challenge
from lineproof.head_turn import TurnUnderWay
from lineproof.imaging.barcode import MOST_BARCODES, find_barcodes
from lineproof.imaging.decode import MAX_PIXELS, DecodedImage, decode
from lineproof.imaging.manifest import parse_manifest
from lineproof.imaging.mrz_reading import read_mrz
from lineproof.imaging.onnx_file import NotOnnx, input_shape, names_other_files
from lineproof.key_process import messages
from lineproof.line.import_csv import parse_csv
from lineproof.line.import_rows import digest_of
from lineproof.line.import_tmf import parse_tmf
from lineproof.line.imported import MOST_NAME_BYTES, ImportedRecord, RowProblem
from lineproof.ports import SealPurpose, SealTerms
from lineproof.terms import AccessId, Iccid, Msisdn, SessionId, StaffName
from tests.fakes.soft_authenticator import SoftAuthenticator
from tests.fuzz.log_parsers import LOG_PARSERS
from tests.fuzz.parser import MEBIBYTE, Parser

TODAY = date(2026, 11, 26)
SESSION = SessionId(UUID("4b3c1d4e-9f6a-4f0e-8a51-0c9d2f7b6e11"))
DIGEST = bytes(range(32))
AGENT = StaffName("agent")
IMAGE_STEP_PX = 4  # so an image has at most 1024 pixels a side


def _lines(data: bytes) -> tuple[str, ...]:
    return tuple(data.decode("utf-8", "replace").split("\n"))


def _mrz(data: bytes) -> object:
    zone = parse_mrz(_lines(data), read_on=TODAY)
    assert zone.number
    assert zone.surname
    return zone


def _aamva(data: bytes) -> object:
    contents = parse_contents([data])
    assert len(contents.cards) + contents.damaged + contents.unknown == 1
    return parse_aamva(data)


def _answer(data: bytes) -> object:
    answer = parse_answer(data, explain=True, may_wrap=True)
    assert answer_bytes(answer) == data
    return answer


def _wire(data: bytes) -> object:
    """Read a job from a socket whose sender sends this and closes, and the assignment by itself."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.sendall(data)
        ours.close()
        job = wire.read_job(theirs.fileno())
    assert len(job.parts if isinstance(job, wire.ReviewJob) else job.evidence) <= len(data)
    return job


BOOTH_KEY = derive_private_key(7, SECP256R1())


def public_of(key: EllipticCurvePrivateKey) -> bytes:
    """Give the public key as it travels."""
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


TERMS = SealTerms(
    SESSION, SealPurpose.EXAMINE, b"c" * 16, datetime(2030, 1, 1, tzinfo=UTC), public_of(BOOTH_KEY)
)


def _sealed(data: bytes) -> object:
    _, parts = open_evidence(data, BOOTH_KEY, TERMS.info)
    assert sum(map(len, parts.values())) < len(data)
    return parts


CONTENT_KEY = bytes(range(32))


def _parts(data: bytes) -> object:
    """Open what is kept of a referral: parts under a key that is known."""
    parts = open_parts(data, CONTENT_KEY)
    assert sum(len(content) for _, content in parts) < len(data)
    return parts


def _frames(data: bytes) -> object:
    """Take what came together for a head turn; what is not the last leaves room for more."""
    issued_at = datetime(2026, 7, 1, 12, tzinfo=UTC)
    turn = TurnUnderWay(draw_challenge(SESSION, entropy=bytes(32), now=issued_at), b"a document")
    answered = turn.receive(data, now=issued_at)
    if answered is not None:
        assert b"".join(frame.content for frame in answered.frames) == data
    return turn


def _frame(data: bytes) -> object:
    at_ms, is_still, photograph = parse_frame(data)
    assert frame_content(at_ms, is_still=is_still, photograph=photograph) == data
    return photograph


def _decode(data: bytes) -> object:
    image = decode(data)
    assert image.pixels.dtype == np.uint8
    assert image.pixels.ndim == 3
    assert image.original_width_px * image.original_height_px <= MAX_PIXELS
    return image


def _onnx(data: bytes) -> object:
    shape = input_shape(data, "data")
    return names_other_files(data), shape


def _policy(data: bytes) -> object:
    try:
        content: Any = json.loads(data)
    except (ValueError, RecursionError):
        raise Malformed("not JSON") from None
    if not isinstance(content, dict):
        raise Malformed("not a table")
    policy = parse_policy(content)
    assert 0 < policy.reject_below.similarity < policy.accept_from.similarity < 1
    return policy


_TERMS: tuple[Callable[[str], object], ...] = (
    Msisdn.parse,
    Iccid.parse,
    StaffName.parse,
    lambda text: AccessId.parse(*text.partition("\n")[::2]),
)


def _terms(data: bytes) -> object:
    """Read the text behind the first byte, which says as which identifier."""
    return _TERMS[data[0] % len(_TERMS) if data else 0](data[1:].decode("utf-8", "replace"))


def _attestation(data: bytes) -> object:
    """Verify a statement of which everything is chosen: key, digest, signature."""
    key, digest, signature = data[:32].ljust(32, b"\0"), data[32:64], data[64:]
    attestation = Attestation(AGENT, SESSION, digest, signature)
    return verify_attestation(attestation, public_key=key, session=SESSION, is_document=True)


PAGE = "http://localhost:8470"
AUTHENTICATOR = SoftAuthenticator(BOOTH_KEY, credential_id=b"passkey of the test")
PASSKEY = verify_creation(AUTHENTICATOR.create(DIGEST, PAGE), challenge=DIGEST, origin=PAGE)


def _passkey(data: bytes) -> object:
    """Verify that a passkey was made, and what it signed; one of the two is not what the text is."""
    text = data.decode("utf-8", "replace")
    try:
        made = verify_creation(text, challenge=DIGEST, origin=PAGE)
    except NotPermitted:
        signed = verify_assertion(text, PASSKEY, challenge=DIGEST, origin=PAGE)
        assert credential_id_of(text) == PASSKEY.credential_id
        assert signed.signature_count > 0
        return signed
    assert 1 <= len(made.credential_id) <= len(data)
    return made


def image_of(data: bytes) -> NDArray[np.uint8]:
    """Make a grey image of bytes; what follows the head repeats until the image is full.

    head: height and width in steps of IMAGE_STEP_PX, then how many times larger each pixel is drawn (the
    lowest three bits, plus one), and in the highest bit whether each byte is one pixel, or eight of black or
    white.
    """
    head, body = data[:3].ljust(3, b"\0"), np.frombuffer(data[3:] or b"\0", np.uint8)
    height, width = ((each + 1) * IMAGE_STEP_PX for each in head[:2])
    times = 1 + (head[2] & 7)
    pixels = np.unpackbits(body) * 255 if head[2] & 128 else body
    drawn = np.resize(pixels.astype(np.uint8), (-(-height // times), -(-width // times)))
    return np.kron(drawn, np.ones((times, times), np.uint8))[:height, :width]


def _barcode(data: bytes) -> object:
    image = image_of(data)
    found = find_barcodes(image)
    assert len(found) <= MOST_BARCODES
    assert all(np.isfinite(each.corners).all() for each in found)
    return parse_contents(each.content for each in found)


def _mrz_reading(data: bytes) -> object:
    grey = image_of(data)
    pixels = np.repeat(grey[:, :, None], 3, axis=2)
    height, width = grey.shape
    return read_mrz(DecodedImage(pixels, width, height, 1.0, "PNG", 100.0))


ZONE = ZoneFields("ERIKSSON", "ANNA MARIA", "L898902C3", date(1974, 8, 12), date(2012, 4, 15))


def _printed(data: bytes) -> object:
    """Compare lines as a reader may give them, the first two bytes of each saying how sure and where."""
    lines = [
        PrintedLine(
            text[2:], (ord(text[0]) % 101) / 100, (ord(text[1]) % 7) * 40.0, 30.0 * at, 300.0, 30.0 * at + 20
        )
        for at, text in enumerate(_lines(data))
        if len(text) > 2
    ]
    found = compare_printed(ZONE, lines)
    assert len({each.field for each in found}) == len(found)
    return found


def _rows_of(found: Iterable[ImportedRecord | RowProblem]) -> object:
    """Take the rows of a base: in their order, each once, and no name longer than is kept."""
    rows = list(found)
    places = [each.row for each in rows]
    assert places == sorted(set(places))
    records = [each for each in rows if isinstance(each, ImportedRecord)]
    assert all(0 < len(each.full_name.encode()) <= MOST_NAME_BYTES for each in records)
    return rows


def _import_csv(data: bytes) -> object:
    """Read a base as it is brought in: as a whole for its digest, then row by row."""
    stream = io.BytesIO(data)
    assert len(digest_of(stream)) == len(DIGEST)
    return _rows_of(parse_csv(stream, today=TODAY))


def _import_tmf(data: bytes) -> object:
    """Read products and, after a zero byte, their parties."""
    products, _, parties = data.partition(b"\0")
    streams = (io.BytesIO(products), io.BytesIO(parties))
    digest_of(*streams)
    return _rows_of(parse_tmf(*streams, today=TODAY))


PARSERS = {
    parser.name: parser
    for parser in (
        Parser("mrz", _mrz, (Malformed,)),
        Parser("aamva", _aamva, (Malformed,)),
        Parser("answer", _answer, (OutsideSchema,)),
        Parser("assignment", wire.parse_job_head, (wire.BrokenFrame, Malformed)),
        Parser("review", wire.parse_review_head, (wire.BrokenFrame,), examples=80),
        Parser("sealed", _sealed, (NotOpened,)),
        Parser("parts", _parts, (NotOpened,), examples=80),
        Parser("frame", _frame, (NotOpened,), examples=80),
        Parser("frames", _frames, (Malformed,), examples=80),
        Parser("message", messages.parse, (Malformed,), examples=80),
        Parser("wire", _wire, (wire.BrokenFrame, Malformed)),
        # Few bytes can be many pixels, up to MAX_PIXELS.
        Parser("decode", _decode, (Undecodable,), seconds=3.0, memory_bytes=400 * MEBIBYTE),
        Parser("onnx", _onnx, (NotOnnx,)),
        Parser("manifest", lambda data: parse_manifest(data, called="of-the-test"), (Malformed,)),
        Parser("policy", _policy, (Malformed,)),
        Parser("terms", _terms, (Malformed,)),
        Parser("attestation", _attestation, (NotPermitted,)),
        Parser("passkey", _passkey, (NotPermitted,), examples=80),
        Parser("barcode", _barcode, (), seconds=2.0, memory_bytes=64 * MEBIBYTE, examples=60),
        Parser("mrz_reading", _mrz_reading, (), seconds=3.0, memory_bytes=128 * MEBIBYTE, examples=8),
        Parser("import_csv", _import_csv, (Malformed,)),
        Parser("import_tmf", _import_tmf, (Malformed,)),
        Parser("printed", _printed, (), memory_bytes=32 * MEBIBYTE, examples=60),
        *LOG_PARSERS,
    )
}
