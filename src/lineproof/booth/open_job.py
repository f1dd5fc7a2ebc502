"""Open the sealed evidence of a job, in the worker that examines it."""

from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

from lineproof.booth.answer import Unopened
from lineproof.booth.seal import HEAD_BYTES, NotOpened, Opener, PartKind, open_evidence, parse_frame
from lineproof.booth.wire import MAX_IMAGE_BYTES, Job, LiveFrame, SealedJob
from lineproof.terms import Way

_PARTS = {
    Way.FACE: {PartKind.DOCUMENT, PartKind.CAPTURE},
    Way.COUNTER: {PartKind.DOCUMENT},
}


def open_job(sealed: SealedJob, private_key: EllipticCurvePrivateKey, *, now: datetime) -> Job | Unopened:
    """Open a job's evidence under its terms; Unopened if it does not, is too late, or holds other parts."""
    assignment, terms = sealed.assignment, sealed.terms
    if now >= terms.expires_at:
        return Unopened(assignment.session)
    try:
        if assignment.challenge is None:
            return _opened(sealed, private_key)
        return _opened_live(sealed, private_key)
    except NotOpened:
        return Unopened(assignment.session)


def _opened(sealed: SealedJob, private_key: EllipticCurvePrivateKey) -> Job:
    content_key, parts = open_evidence(sealed.evidence, private_key, sealed.terms.info)
    if parts.keys() != _PARTS[sealed.assignment.way]:
        raise NotOpened
    document, capture = parts[PartKind.DOCUMENT], parts.get(PartKind.CAPTURE)
    _refuse_size(document, *(() if capture is None else (capture,)))
    return Job(sealed.assignment, document, capture, content_key=content_key)


def _opened_live(sealed: SealedJob, private_key: EllipticCurvePrivateKey) -> Job:
    """Open a document, and the frames of a camera of which the first is the still, and no other."""
    opener = Opener(sealed.evidence[:HEAD_BYTES], private_key, sealed.terms.info)
    kind, document, last = opener.part(sealed.evidence[HEAD_BYTES:])
    if sealed.assignment.way is not Way.FACE or kind is not PartKind.DOCUMENT or last:
        raise NotOpened
    frames = []
    for received_ms, part in sealed.frames:
        kind, content, last = opener.part(part)
        if kind is not PartKind.FRAME:
            raise NotOpened
        at_ms, is_still, photograph = parse_frame(content)
        frames.append(LiveFrame(at_ms, received_ms, is_still, photograph))
    # Of a referral the first alone is kept: people must look at what was compared.
    if not last or [number for number, frame in enumerate(frames) if frame.is_still] != [0]:
        raise NotOpened
    _refuse_size(document, *(frame.photograph for frame in frames))
    return Job(sealed.assignment, document, frames[0].photograph, tuple(frames), opener.content_key)


def _refuse_size(*photographs: bytes) -> None:
    if not all(0 < len(photograph) <= MAX_IMAGE_BYTES for photograph in photographs):
        raise NotOpened
