"""Examine one session's evidence: from pixels to findings, in a process that forgets everything.

    0. by face: the policy's thresholds are for the models that are loaded; otherwise nothing is looked at
    1. the two images are not the same one
    2. decode both within bounds; an unusable file ends it
    3. find and read the machine readable zone; check what it says
    4. face way: the portrait on the straightened page, the capture, one person in view, compare
    5. counter way: that the holder is present is for an agent to attest
A photograph proves neither that the document is genuine nor that the person is live: both stay
indeterminate here, and only an attestation or a better kind of evidence settles them.
"""

import hashlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import cv2

from lineproof.booth.answer import OtherModels, Part, Unusable
from lineproof.booth.wire import Job
from lineproof.decision.finding import Check, Finding, Measure, Measured, failed, indeterminate, passed
from lineproof.decision.policy import Policy
from lineproof.decision.reasons import ReasonCode
from lineproof.document.checks import check_read, check_zone
from lineproof.document.mrz import parse_td3
from lineproof.errors import Malformed, Undecodable
from lineproof.face.compare import Capture, Portrait, compare
from lineproof.face.quality import DOUBTFUL_RIVAL, TWO_FACES, QualityLimits, check_capture_quality
from lineproof.imaging.decode import CAPTURE_SIDE_PX, LONGEST_SIDE_PX, DecodedImage, decode
from lineproof.imaging.embed import measure_photograph, try_models
from lineproof.imaging.glyphs import load_glyphs
from lineproof.imaging.models import FaceModels, ModelPack, load
from lineproof.imaging.mrz_lines import MrzReading, NotRead, Step, read_mrz
from lineproof.imaging.pack_place import find_pack
from lineproof.imaging.page import straighten
from lineproof.imaging.portrait import measure_portrait
from lineproof.ports import Assignment, Examination, Stage
from lineproof.terms import Way

_NOT_READ = {
    Step.ZONE_NOT_FOUND: ReasonCode.DOCUMENT_NOT_IN_VIEW,
    Step.LINE_CUT_SHORT: ReasonCode.DOCUMENT_LINE_CUT_SHORT,
    Step.CHARACTERS_NOT_CLEAR: ReasonCode.DOCUMENT_NOT_CLEAR,
}
_DECODED_TO = {Part.DOCUMENT: LONGEST_SIDE_PX, Part.CAPTURE: CAPTURE_SIDE_PX}


@dataclass(frozen=True, slots=True)
class Kit:
    """What a worker needs loaded before it is forked."""

    models: FaceModels
    limits: QualityLimits


@dataclass(slots=True)
class Stopwatch:
    """Times the stages, in whole milliseconds of the wall clock."""

    milliseconds: dict[Stage, int] = field(default_factory=dict)

    @contextmanager
    def stage(self, stage: Stage) -> Iterator[None]:
        """Time one stage; a stage that runs twice is added up."""
        start = time.perf_counter()
        try:
            yield
        finally:
            spent = round((time.perf_counter() - start) * 1000)
            self.milliseconds[stage] = self.milliseconds.get(stage, 0) + spent


def load_kit(model_pack: str | None = None, models_folder: Path | None = None) -> Kit:
    """Load models and glyphs, and run the models once; Unavailable if one is missing or not the right one.

    model_pack: its name; None is the one that comes with Lineproof. models_folder: where the operator's are.
    """
    cv2.setNumThreads(1)
    load_glyphs()
    models = load(None if model_pack is None else find_pack(model_pack, models_folder))
    # What a worker would otherwise set up anew, each for itself, is set up here.
    try_models(models)
    return Kit(models, QualityLimits())


def examine(job: Job, kit: Kit) -> Examination | Unusable | OtherModels:
    """Examine one job's evidence. The images and embeddings live as long as this process, which is short."""
    assignment, watch = job.assignment, Stopwatch()
    # 0; where no faces are compared, their thresholds do not matter.
    if assignment.way is Way.FACE and not has_thresholds_for(kit.models.pack, assignment.policy):
        return OtherModels(assignment.session)
    findings: list[Finding] = []
    if job.capture is not None:
        findings.append(_check_distinct(job.document, job.capture))  # 1
    images: dict[Part, DecodedImage] = {}
    for part, content in ((Part.DOCUMENT, job.document), (Part.CAPTURE, job.capture)):
        if content is None:
            continue
        try:
            with watch.stage(Stage.DECODE):  # 2
                images[part] = decode(content, longest_side_px=_DECODED_TO[part])
        except Undecodable as error:
            return Unusable(
                assignment.session, part, error.problem, width_px=error.width_px, height_px=error.height_px
            )
    with watch.stage(Stage.READ_DOCUMENT):  # 3
        reading = read_mrz(images[Part.DOCUMENT])
    zone, about_document = check_document(reading, assignment)
    findings += about_document
    if assignment.way is Way.FACE:  # 4
        page = reading if isinstance(reading, MrzReading) else None
        findings += _check_face(images, page, assignment.policy, kit, watch)
        findings.append(indeterminate(Check.LIVE, ReasonCode.NOT_PROVEN_LIVE))
    else:  # 5
        findings.append(indeterminate(Check.HOLDER_PRESENT, ReasonCode.HOLDER_NOT_ATTESTED))
    return Examination(
        session=assignment.session,
        document_digest=hashlib.sha256(job.document).digest(),
        findings=tuple(findings),
        zone=zone,
        repaired=_repaired(reading),
        milliseconds=watch.milliseconds,
    )


def _repaired(reading: MrzReading | NotRead) -> tuple[tuple[int, int], ...]:
    if isinstance(reading, NotRead):
        return ()
    return tuple((repair.line, repair.position) for repair in reading.repairs)


def _check_distinct(document: bytes, capture: bytes) -> Finding:
    if document == capture:
        return failed(Check.EVIDENCE_DISTINCT, ReasonCode.SAME_IMAGE_TWICE)
    return passed(Check.EVIDENCE_DISTINCT)


def check_document(
    reading: MrzReading | NotRead, assignment: Assignment
) -> tuple[tuple[str, str] | None, tuple[Finding, ...]]:
    """Check what was read; the zone is None unless it parses as a passport's."""
    if isinstance(reading, NotRead):
        return None, (failed(Check.DOCUMENT_READ, _NOT_READ[reading.step]),)
    try:
        zone = parse_td3(reading.lines, read_on=assignment.today)
    except Malformed:
        reason = (
            ReasonCode.DOCUMENT_NOT_CLEAR
            if reading.lines[0].startswith("P")
            else ReasonCode.DOCUMENT_NOT_A_PASSPORT
        )
        return None, (failed(Check.DOCUMENT_READ, reason),)
    read = check_read(least_confidence=reading.least_confidence, repaired=len(reading.repairs))
    return reading.lines, (read, *check_zone(zone, assignment.policy, on=assignment.today))


def _check_face(
    images: dict[Part, DecodedImage],
    reading: MrzReading | None,
    policy: Policy,
    kit: Kit,
    watch: Stopwatch,
) -> list[Finding]:
    """Check portrait, capture and whether they are one person's; what is missing is not compared."""
    portrait = None
    findings = []
    if reading is not None:
        with watch.stage(Stage.PORTRAIT):
            page = straighten(images[Part.DOCUMENT], reading)
            portrait = measure_portrait(page.pixels, kit.models)
        findings.append(_check_portrait(portrait))
    with watch.stage(Stage.CAPTURE):
        capture = measure_photograph(images[Part.CAPTURE], kit.models)
    findings += _check_capture(capture, kit.limits)
    if portrait is not None and capture is not None:
        with watch.stage(Stage.COMPARE):
            findings.append(check_same_person(portrait, capture, policy, kit))
    return findings


def _check_portrait(portrait: Portrait | None) -> Finding:
    if portrait is None:
        return failed(Check.PORTRAIT_FOUND, ReasonCode.PORTRAIT_NOT_FOUND)
    return passed(Check.PORTRAIT_FOUND, Measure(Measured.EYE_DISTANCE, portrait.measures.eye_distance_px))


def _check_capture(capture: Capture | None, limits: QualityLimits) -> tuple[Finding, ...]:
    if capture is None:
        return (failed(Check.ONE_FACE, ReasonCode.NO_FACE),)
    rival = Measure(Measured.RIVAL_FACE, capture.rival)
    one = passed(Check.ONE_FACE, rival)
    if capture.rival >= TWO_FACES:
        one = failed(Check.ONE_FACE, ReasonCode.TWO_FACES, rival)
    elif capture.rival >= DOUBTFUL_RIVAL:
        one = indeterminate(Check.ONE_FACE, ReasonCode.TWO_FACES, rival)
    return one, *check_capture_quality(capture.measures, limits)


def has_thresholds_for(pack: ModelPack, policy: Policy) -> bool:
    """Tell whether the policy's thresholds mean something for scores of this pack."""
    return (policy.model_pack, policy.calibration_version) == (pack.name, pack.calibration.version)


def check_same_person(portrait: Portrait, capture: Capture, policy: Policy, kit: Kit) -> Finding:
    """Compare, one to one: from the upper threshold on it passes, below the lower it fails.

    Raises Malformed if the policy's thresholds are for another model pack or another calibration of it.
    """
    if not has_thresholds_for(kit.models.pack, policy):
        raise Malformed(f"The policy {policy.name} has no thresholds for this model pack.")
    score = compare(portrait=portrait, capture=capture, calibration=kit.models.pack.calibration)
    measure = Measure(Measured.SIMILARITY, score.similarity)
    if score.similarity >= policy.accept_from.similarity:
        return passed(Check.SAME_PERSON, measure)
    if score.similarity < policy.reject_below.similarity:
        return failed(Check.SAME_PERSON, ReasonCode.FACE_NOT_MATCHED, measure)
    return indeterminate(Check.SAME_PERSON, ReasonCode.FACE_MATCH_UNSURE, measure)
