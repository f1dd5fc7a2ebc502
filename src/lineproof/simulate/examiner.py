"""A booth without pictures: it knows what is in a photograph by its digest, and judges by the real rules.

It passes tests/ports/test_examiner.py, as the real booth does. What it cannot do is look: who is in a picture
is said when the picture is made.
"""

import hashlib
import secrets
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from lineproof.booth.answer import Unopened
from lineproof.booth.open_job import open_job
from lineproof.booth.refer import wrap_if_referred
from lineproof.booth.seal import NotOpened, open_key
from lineproof.booth.wire import SealedJob
from lineproof.decision.finding import Check, Finding, Measure, Measured, failed, indeterminate, passed
from lineproof.decision.policy import Policy
from lineproof.decision.reasons import ReasonCode
from lineproof.document.checks import check_one_document, check_read, check_zone
from lineproof.document.mrz import parse_mrz
from lineproof.document.mrz_format import MrzFormat
from lineproof.errors import Malformed, NotPermitted, Unavailable
from lineproof.ports import (
    Assignment,
    Confinement,
    Epoch,
    Evidence,
    Examination,
    Stage,
    Workshop,
)
from lineproof.referral import Opening
from lineproof.terms import SessionId, Way

SAME_PERSON = passed(Check.SAME_PERSON, Measure(Measured.SIMILARITY, 0.9))
ANOTHER_PERSON = failed(Check.SAME_PERSON, ReasonCode.FACE_NOT_MATCHED, Measure(Measured.SIMILARITY, 0.55))
PERHAPS_THE_SAME = indeterminate(
    Check.SAME_PERSON, ReasonCode.FACE_MATCH_UNSURE, Measure(Measured.SIMILARITY, 0.66)
)
_BYTES = 64


def _in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    order = list(Check)
    return tuple(sorted(findings, key=lambda finding: order.index(finding.check)))


def examination_of(
    *,
    session: SessionId,
    way: Way,
    zone: tuple[str, ...] | None,
    document: bytes,
    policy: Policy,
    today: date,
    attested_digest: bytes | None,
    instead: Collection[Finding] = (),
    without: Collection[Check] = (),
) -> Examination:
    """Build what the booth says of photographs in which all is well.

    Being photographs, they prove neither the document genuine nor the person present. instead: findings
    that take the place of those of their check. without: checks that were not carried out. zone: None when
    nothing could be read.
    """
    read = failed(Check.DOCUMENT_READ, ReasonCode.DOCUMENT_NOT_CLEAR)
    findings: list[Finding] = [read]
    if zone is not None:
        about_zone = check_zone(parse_mrz(zone, read_on=today), policy, on=today)
        findings = [
            check_read(kind=MrzFormat.TD3, least_confidence=0.95, repaired=0, agreed=True),
            check_one_document(second_zone=False),
            *about_zone,
        ]
    if way is Way.FACE:
        findings += [
            passed(Check.EVIDENCE_DISTINCT),
            passed(Check.PORTRAIT_FOUND, Measure(Measured.EYE_DISTANCE, 80)),
            passed(Check.ONE_FACE),
            passed(Check.SHARPNESS, Measure(Measured.SHARPNESS, 0.5)),
            SAME_PERSON,
            indeterminate(Check.LIVE, ReasonCode.NOT_PROVEN_LIVE),
        ]
    else:
        findings.append(indeterminate(Check.HOLDER_PRESENT, ReasonCode.HOLDER_NOT_ATTESTED))
    changed = {finding.check: finding for finding in instead}
    return Examination(
        session=session,
        attested_document=hashlib.sha256(document).digest() == attested_digest,
        findings=_in_order(changed.get(f.check, f) for f in findings if f.check not in without),
        zone=zone,
        repaired=(),
        milliseconds={Stage.READ_DOCUMENT: 1},
    )


@dataclass(frozen=True, slots=True)
class _Seen:
    """What is to be seen in one photograph of a document."""

    zone: tuple[str, ...] | None
    instead: tuple[Finding, ...]
    without: frozenset[Check]


@dataclass(slots=True)
class SimulatedExaminer:
    """An `Examiner` of the photographs that it took itself."""

    workshop: Workshop = field(default_factory=lambda: Workshop("0" * 64, Confinement.SECCOMP))
    _key: EllipticCurvePrivateKey = field(default_factory=lambda: generate_private_key(SECP256R1()))
    _documents: dict[bytes, _Seen] = field(default_factory=dict)
    _faces: set[bytes] = field(default_factory=set)

    def photograph(
        self,
        zone: tuple[str, ...] | None,
        *,
        instead: Collection[Finding] = (),
        without: Collection[Check] = (),
    ) -> bytes:
        """Take a photograph of a document; each is another, even of the same document."""
        taken = secrets.token_bytes(_BYTES)
        self._documents[hashlib.sha256(taken).digest()] = _Seen(zone, tuple(instead), frozenset(without))
        return taken

    def photograph_face(self) -> bytes:
        """Take a photograph of a face. Whose it is, the photograph of the document says."""
        taken = secrets.token_bytes(_BYTES)
        self._faces.add(hashlib.sha256(taken).digest())
        return taken

    def epoch(self) -> Epoch:
        """Give the one key, which lasts for ever."""
        public = self._key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return Epoch(public, datetime(2100, 1, 1, tzinfo=UTC))

    def examine(self, evidence: Evidence, assignment: Assignment) -> Examination:
        """Examine as `ports.Examiner` says."""
        if evidence.terms.epoch_key != self.epoch().public_key or evidence.terms.expires_at <= datetime.now(
            UTC
        ):
            raise Unavailable("The key is gone.", remedy="Give the photographs again.", retry_after_s=0)
        terms = replace(evidence.terms, session=assignment.session)
        turn = () if evidence.turn is None else evidence.turn.frames
        frames = tuple((frame.received_ms, frame.content) for frame in turn)
        job = open_job(
            SealedJob(assignment, terms, evidence.content, frames), self._key, now=datetime.now(UTC)
        )
        if isinstance(job, Unopened):
            raise Malformed("The photographs do not open.", remedy="Seal them again.")
        document = job.document
        seen = self._documents.get(hashlib.sha256(document).digest())
        if seen is None:
            raise Malformed("The document file is not an image.", remedy="Take it again.")
        instead = [passed(Check.LIVE)] if job.frames else []
        instead += seen.instead
        if job.capture is not None:
            capture = job.capture
            if capture == document:
                instead.append(failed(Check.EVIDENCE_DISTINCT, ReasonCode.SAME_IMAGE_TWICE))
            elif hashlib.sha256(capture).digest() not in self._faces:
                raise Malformed("The capture file is not an image.", remedy="Take it again.")
        found = examination_of(
            session=assignment.session,
            way=assignment.way,
            zone=seen.zone,
            instead=instead,
            without=seen.without,
            document=document,
            policy=assignment.policy,
            today=assignment.today,
            attested_digest=assignment.attested_digest,
        )
        return wrap_if_referred(found, assignment, job.content_key)

    def review(self, parts: bytes, opening: Opening) -> bytes:
        """Give what was photographed, sealed to the browser, in place of crops."""
        # Only here: where nobody looks at pictures, nothing that opens pictures is loaded.
        from lineproof.booth.review import ReviewImages, opened_photographs, seal_review

        terms = opening.terms
        try:
            content_key = open_key(opening.sealed_key, self._key, terms.info)
            photographs = opened_photographs(parts, content_key)
        except NotOpened as error:
            raise NotPermitted("The photographs do not open.", remedy="Open them again.") from error
        images = ReviewImages(photographs.document, None, photographs.capture)
        return seal_review(images, browser_key=terms.browser_key, info=terms.info)
