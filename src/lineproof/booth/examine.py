"""Examine one session's evidence: from pixels to findings, in a process that forgets everything.

    0. by face: the policy's thresholds are for the models that are loaded; otherwise nothing is looked at
    1. the two images are not the same one
    2. decode both within bounds; an unusable file ends it
    3. find and read the machine readable zone; check what it says; check the rest of the page against it
    4. face way: the portrait on the straightened page, the capture, one person in view, compare
    5. counter way: that the holder is present is for an agent to attest
A photograph proves neither that the document is genuine nor that the person is live: both stay indeterminate
here, and only an attestation or a better kind of evidence settles them. With a live challenge the frames of
the camera take the capture's place, and the still among them is what is compared.
"""

import hashlib
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import cv2

from lineproof.booth.answer import OtherModels, Part, Unusable
from lineproof.booth.answer_schema import (
    MILLISECONDS_STEP,
    MOST_MILLISECONDS,
    MOST_PIXELS_A_SIDE,
    MOST_REPAIRED,
)
from lineproof.booth.examine_turn import LookedAt, examine_turn, look_at
from lineproof.booth.page_checks import SeenPage, check_barcodes, check_portrait, check_print, see_page
from lineproof.booth.wire import Job
from lineproof.decision.finding import Check, Finding, Measure, Measured, failed, indeterminate, passed
from lineproof.decision.policy import Policy
from lineproof.decision.reasons import ReasonCode
from lineproof.document.checks import check_one_document, check_read, check_zone
from lineproof.document.mrz import Mrz, parse_mrz
from lineproof.errors import Malformed, Undecodable
from lineproof.face.compare import Capture, Portrait, compare
from lineproof.face.quality import DOUBTFUL_RIVAL, TWO_FACES, QualityLimits, check_capture_quality
from lineproof.imaging.decode import CAPTURE_SIDE_PX, LONGEST_SIDE_PX, DecodedImage, decode
from lineproof.imaging.embed import try_models
from lineproof.imaging.models import FaceModels, ModelPack, load
from lineproof.imaging.mrz_networks import MrzNetworks, load_mrz_networks
from lineproof.imaging.mrz_outcome import MrzReading, NotRead, Step
from lineproof.imaging.mrz_reading import read_mrz
from lineproof.imaging.pack_place import find_pack
from lineproof.imaging.portrait_face import measure_found
from lineproof.imaging.printed_text import PrintedModels, load_printed_models, printed_models_are_installed
from lineproof.ports import Assignment, Examination, SeenZone, Stage
from lineproof.terms import Way

_NOT_READ = {
    Step.ZONE_NOT_FOUND: ReasonCode.DOCUMENT_NOT_IN_VIEW,
    Step.LINE_CUT_SHORT: ReasonCode.DOCUMENT_LINE_CUT_SHORT,
    Step.CHARACTERS_NOT_CLEAR: ReasonCode.DOCUMENT_NOT_CLEAR,
}
_CHECKS_IN_ORDER = {check: number for number, check in enumerate(Check)}
_MEASURES_IN_ORDER = {what: number for number, what in enumerate(Measured)}
_DECODED_TO = {Part.DOCUMENT: LONGEST_SIDE_PX, Part.CAPTURE: CAPTURE_SIDE_PX}


@dataclass(frozen=True, slots=True)
class Kit:
    """What a worker needs loaded before it is forked. printed: None where its models are not installed."""

    models: FaceModels
    limits: QualityLimits
    networks: MrzNetworks
    printed: PrintedModels | None


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

    def rounded(self) -> dict[Stage, int]:
        """Give the times as coarsely as they may be told."""
        return {
            stage: min(round(ms / MILLISECONDS_STEP) * MILLISECONDS_STEP, MOST_MILLISECONDS)
            for stage, ms in self.milliseconds.items()
        }


def load_kit(model_pack: str | None = None, models_folder: Path | None = None) -> Kit:
    """Load all models, and run the models once; Unavailable if one is missing or not the right one.

    model_pack: its name; None is the one that comes with Lineproof. models_folder: where the operator's are.
    """
    cv2.setNumThreads(1)
    models = load(None if model_pack is None else find_pack(model_pack, models_folder))
    # What a worker would otherwise set up anew, each for itself, is set up here.
    try_models(models)
    # Models of another digest are an error here; without the package, the checks of print are not done.
    printed = load_printed_models() if printed_models_are_installed() else None
    return Kit(models, QualityLimits(), load_mrz_networks(), printed)


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
            return _unusable(assignment, part, error)
    with watch.stage(Stage.READ_DOCUMENT):  # 3
        reading = read_mrz(images[Part.DOCUMENT], kit.networks)
    zone, about_document = check_document(reading, assignment)
    findings += about_document
    seen = None
    if zone is not None and isinstance(reading, MrzReading):
        seen = _see(images[Part.DOCUMENT], reading, kit, watch)
        findings += _check_page(images[Part.DOCUMENT], seen, zone, kit, watch)
    if assignment.way is Way.FACE:  # 4
        try:
            looked = _look_at_face(job, images[Part.CAPTURE], kit, watch)
        except Undecodable as error:
            return _unusable(assignment, Part.CAPTURE, error)
        findings += _check_face(looked.capture, seen, assignment.policy, kit, watch)
        findings.append(looked.live)
    else:  # 5
        findings.append(indeterminate(Check.HOLDER_PRESENT, ReasonCode.HOLDER_NOT_ATTESTED))
    return Examination(
        session=assignment.session,
        attested_document=hashlib.sha256(job.document).digest() == assignment.attested_digest,
        findings=in_order(findings),
        zone=reading.lines if zone is not None and isinstance(reading, MrzReading) else None,
        repaired=_repaired(reading),
        milliseconds=watch.rounded(),
        seen=_seen(images[Part.DOCUMENT], reading) if assignment.explain and zone is not None else None,
    )


def _unusable(assignment: Assignment, part: Part, error: Undecodable) -> Unusable:
    most = MOST_PIXELS_A_SIDE
    return Unusable(
        assignment.session,
        part,
        error.problem,
        width_px=min(error.width_px, most),
        height_px=min(error.height_px, most),
    )


def _look_at_face(job: Job, image: DecodedImage, kit: Kit, watch: Stopwatch) -> LookedAt:
    """Look at the frames of a challenge, or at the one photograph there is."""
    with watch.stage(Stage.CAPTURE):
        if job.assignment.challenge is None:
            return look_at(image, kit.models)
        return examine_turn(job.frames, image, job.assignment.challenge, kit.models)


def _seen(image: DecodedImage, reading: MrzReading | NotRead) -> SeenZone | None:
    """Say where the zone is and how sure each character, for a drawing."""
    if isinstance(reading, NotRead):
        return None
    size = (image.original_width_px, image.original_height_px)
    return SeenZone(
        *size,
        corners=tuple(
            (min(max(0, round(x)), size[0]), min(max(0, round(y)), size[1])) for x, y in reading.corners
        ),
        sureness=tuple("".join(str(min(9, int(10 * each))) for each in line) for line in reading.confidences),
    )


def _repaired(reading: MrzReading | NotRead) -> tuple[tuple[int, int], ...]:
    if isinstance(reading, NotRead):
        return ()
    return tuple((repair.line, repair.position) for repair in reading.repairs[:MOST_REPAIRED])


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Put findings in the order of `Check`, each with its measures in theirs: no order says anything."""
    return tuple(
        replace(each, measures=tuple(sorted(each.measures, key=lambda m: _MEASURES_IN_ORDER[m.what])))
        for each in sorted(findings, key=lambda finding: _CHECKS_IN_ORDER[finding.check])
    )


def _check_distinct(document: bytes, capture: bytes) -> Finding:
    if document == capture:
        return failed(Check.EVIDENCE_DISTINCT, ReasonCode.SAME_IMAGE_TWICE)
    return passed(Check.EVIDENCE_DISTINCT)


def check_document(
    reading: MrzReading | NotRead, assignment: Assignment
) -> tuple[Mrz | None, tuple[Finding, ...]]:
    """Check what was read; the zone is None unless it parses."""
    if isinstance(reading, NotRead):
        return None, (failed(Check.DOCUMENT_READ, _NOT_READ[reading.step]),)
    try:
        zone = parse_mrz(reading.lines, read_on=assignment.today)
    except Malformed:
        return None, (failed(Check.DOCUMENT_READ, ReasonCode.DOCUMENT_NOT_CLEAR),)
    return zone, (
        check_read(
            kind=zone.format,
            least_confidence=reading.least_confidence,
            repaired=len(reading.repairs),
            agreed=reading.agreed,
        ),
        check_one_document(second_zone=reading.second_zone),
        *check_zone(zone, assignment.policy, on=assignment.today),
    )


def _see(image: DecodedImage, reading: MrzReading, kit: Kit, watch: Stopwatch) -> SeenPage:
    with watch.stage(Stage.PORTRAIT):
        return see_page(image, reading, kit.models)


def _check_page(
    image: DecodedImage, seen: SeenPage, zone: Mrz, kit: Kit, watch: Stopwatch
) -> Iterator[Finding]:
    with watch.stage(Stage.PRINTED_FIELDS):
        about_print, lines = check_print(seen, zone, kit.printed)
    yield from about_print
    with watch.stage(Stage.BARCODES):
        yield from check_barcodes(image, zone, lines)
    with watch.stage(Stage.PORTRAIT):
        yield from check_portrait(seen, zone.format)


def _check_face(
    capture: Capture | None, seen: SeenPage | None, policy: Policy, kit: Kit, watch: Stopwatch
) -> list[Finding]:
    """Check portrait, capture and whether they are one person's; what is missing is not compared."""
    portrait = None
    findings = []
    if seen is not None:
        with watch.stage(Stage.PORTRAIT):
            if seen.portrait is not None:
                portrait = measure_found(seen.page.pixels, seen.portrait, kit.models)
        findings.append(_check_portrait(portrait))
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
