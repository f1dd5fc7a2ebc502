"""Run every stage once before the first fork, so that a confined worker imports and opens nothing new.

A module, a codec or a model that is first needed inside a worker cannot be loaded there: it may open no
file. So each path is run here, those of failure too, on noise and on a zone that nobody holds.
"""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import cv2
import numpy as np
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from lineproof.booth import wire
from lineproof.booth.answer import OtherModels, Unopened, answer_bytes
from lineproof.booth.examine import Kit, check_document, check_same_person, examine
from lineproof.booth.examine_turn import examine_turn
from lineproof.booth.open_job import open_job
from lineproof.booth.page_checks import check_barcodes, check_portrait, check_print, see_page
from lineproof.booth.review import review_images, seal_review
from lineproof.booth.seal import PartKind, seal_evidence
from lineproof.decision.policy import Policy, parse_policy, shipped_policy
from lineproof.document.mrz_format import MrzFormat
from lineproof.face.challenge import draw_challenge
from lineproof.face.compare import Capture, Embedding, Portrait
from lineproof.face.liveness import check_liveness
from lineproof.face.quality import FaceMeasures
from lineproof.face.turn_record import Frame, Seen, TurnRecord, limits_for
from lineproof.imaging.decode import CAPTURE_SIDE_PX, decode
from lineproof.imaging.face import Face
from lineproof.imaging.manifest import ModelPack
from lineproof.imaging.models import DEFAULT_PACK
from lineproof.imaging.mrz_outcome import MrzReading
from lineproof.imaging.page import zone_on_page
from lineproof.imaging.portrait_face import measure_found
from lineproof.ports import Assignment, Epoch, SealTerms
from lineproof.terms import SessionId, Way

_NOBODY = SessionId(UUID(int=0))
_WIDTH, _HEIGHT = 320, 240
_PX_PER_MM = 8
# ICAO Doc 9303-4's own example: the specimen state's ANNA MARIA ERIKSSON.
_ZONE = (
    "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
    "L898902C36UTO7408122F1204159ZE184226B<<<<<10",
)


def warm(kit: Kit) -> None:
    """Run every path of an examination; raises what a broken installation would raise in a worker."""
    answer_bytes(OtherModels(_NOBODY))
    assignment = Assignment(_NOBODY, _rules_for(kit.models.pack), Way.FACE, date(2000, 1, 1))
    assignment = _warm_opening(assignment)
    noise = np.random.default_rng(0).integers(0, 255, (_HEIGHT, _WIDTH, 3), dtype=np.uint8)
    photographs = [cv2.imencode(suffix, noise)[1].tobytes() for suffix in (".png", ".webp", ".jpg")]
    for photograph in photographs:
        decode(photograph)
        # A worker that is handed half a file says so in an answer, and that path too must be loaded.
        answer_bytes(examine(wire.Job(assignment, photograph[: len(photograph) // 2], b""), kit))
    answer_bytes(examine(wire.Job(assignment, photographs[-1], photographs[0]), kit))
    _warm_turn(kit, photographs[-1])
    _warm_review(kit, photographs[-1])
    _warm_reading(kit, assignment)


def _warm_turn(kit: Kit, photograph: bytes) -> None:
    """Hold a head turn to its rules in which nobody is seen, as frames and as numbers."""
    challenge = draw_challenge(_NOBODY, entropy=bytes(32), now=datetime.now(UTC))
    frames = tuple(wire.LiveFrame(at_ms, at_ms, at_ms == 0, photograph) for at_ms in (0, 100))
    still = decode(photograph, longest_side_px=CAPTURE_SIDE_PX)
    examine_turn(frames, still, challenge, kit.models)
    marks = ((150.0, 250.0), (230.0, 250.0), (190.0, 300.0), (160.0, 340.0), (220.0, 340.0))
    seen = Seen(marks, similarity=1.0, continuity=1.0, confidence=1.0, rival=0.0)
    record = TurnRecord(
        _NOBODY,
        challenge.nonce,
        0,
        tuple(Frame(at_ms, at_ms, seen) for at_ms in range(0, challenge.ends_at_ms, 100)),
    )
    check_liveness(
        challenge,
        record,
        answered_at=challenge.issued_at + timedelta(milliseconds=challenge.ends_at_ms),
        nonce_is_spent=False,
        limits=limits_for(DEFAULT_PACK.calibration),
    )


def _warm_review(kit: Kit, photograph: bytes) -> None:
    """Make pictures for a reviewer of photographs in which there is nobody, and seal them."""
    key = generate_private_key(SECP256R1()).public_key()
    public = key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    seal_review(review_images(photograph, photograph, kit), browser_key=public, info=b"")


def _warm_opening(assignment: Assignment) -> Assignment:
    """Open evidence that nobody gave, whole and broken."""
    key = generate_private_key(SECP256R1())
    public = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    terms = SealTerms.fresh(assignment.session, Epoch(public, datetime.now(UTC) + timedelta(hours=1)))
    sealed = seal_evidence([(PartKind.DOCUMENT, b"page"), (PartKind.CAPTURE, b"face")], terms)
    assignment, terms = wire.parse_job_head(wire.job_head(assignment, terms))
    opened = open_job(wire.SealedJob(assignment, terms, sealed), key, now=datetime.now(UTC))
    assert isinstance(opened, wire.Job)
    broken = open_job(wire.SealedJob(assignment, terms, changed(sealed)), key, now=datetime.now(UTC))
    assert isinstance(broken, Unopened)
    answer_bytes(broken)
    return assignment


def changed(sealed: bytes) -> bytes:
    """Change the last byte, whatever it is: a fixed one in its place is the same once in 256 keys."""
    return sealed[:-1] + bytes([sealed[-1] ^ 1])


def _rules_for(pack: ModelPack) -> Policy:
    """Take a shipped policy, with the loaded pack for its own; what is compared here is nobody's face."""
    content = dict(shipped_policy("generic").content)
    named = {"model_pack": pack.name, "calibration": pack.calibration.version}
    return parse_policy({**content, "face": {**content["face"], **named}})


def _warm_reading(kit: Kit, assignment: Assignment) -> None:
    """Go on from a reading, which noise does not give: a page with print on it, and a face where none is."""
    zone_px = zone_on_page(MrzFormat.TD3)
    left, right = zone_px.left_mm * _PX_PER_MM, (zone_px.left_mm + zone_px.width_mm) * _PX_PER_MM
    top, bottom = zone_px.top_mm * _PX_PER_MM, (zone_px.top_mm + zone_px.height_mm) * _PX_PER_MM
    page = np.full((round(88 * _PX_PER_MM), round(125 * _PX_PER_MM), 3), 235, np.uint8)
    for at, words in enumerate(("Surname", "ERIKSSON", "12 AUG 1974", "L898902C3")):
        cv2.putText(page, words, (420, 120 + 60 * at), cv2.FONT_HERSHEY_SIMPLEX, 1.0, (20, 20, 20), 2)
    image = decode(cv2.imencode(".png", page)[1].tobytes())
    reading = MrzReading(
        format=MrzFormat.TD3,
        lines=_ZONE,
        confidences=((1.0,) * 44, (1.0,) * 44),
        repairs=(),
        agreed=True,
        corners=((left, top), (right, top), (right, bottom), (left, bottom)),
        rotation_degrees=0,
    )
    zone, _ = check_document(reading, assignment)
    assert zone is not None
    seen = see_page(image, reading, kit.models)
    _, lines = check_print(seen, zone, kit.printed)
    check_barcodes(image, zone, lines)
    check_portrait(seen, zone.format)
    eyes = ((150.0, 250.0), (230.0, 250.0))
    marks = (*eyes, (190.0, 300.0), (160.0, 340.0), (220.0, 340.0))
    face = Face(110.0, 180.0, 160.0, 210.0, marks, marks, confidence=1.0, quarter_turns=0)
    check_portrait(replace(seen, portrait=face), zone.format)
    measure_found(seen.page.pixels, face, kit.models)
    kit.networks.log_likelihoods(np.zeros((24, 64), np.uint8))
    kit.networks.told_apart([np.zeros((40, 56), np.uint8)])
    measures = FaceMeasures(*([0.0] * 11))
    embedding = Embedding(kit.models.pack.name, np.eye(1, kit.models.pack.dimensions, dtype=np.float32)[0])
    check_same_person(
        Portrait(embedding, measures), Capture(embedding, measures, rival=0.0), assignment.policy, kit
    )
