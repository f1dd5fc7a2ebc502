"""Run every stage once before the first fork, so that a confined worker imports and opens nothing new.

A module, a codec or a model that is first needed inside a worker cannot be loaded there: it may open no
file. So each path is run here, those of failure too, on noise and on a zone that nobody holds.
"""

from datetime import date
from uuid import UUID

import cv2
import numpy as np

from lineproof.booth import wire
from lineproof.booth.answer import OtherModels, answer_bytes
from lineproof.booth.examine import Kit, check_document, check_same_person, examine
from lineproof.decision.policy import Policy, parse_policy, shipped_policy
from lineproof.face.compare import Capture, Embedding, Portrait
from lineproof.face.quality import FaceMeasures
from lineproof.imaging.decode import decode
from lineproof.imaging.manifest import ModelPack
from lineproof.imaging.mrz_lines import MrzReading
from lineproof.imaging.page import straighten
from lineproof.imaging.portrait import measure_portrait
from lineproof.ports import Assignment
from lineproof.terms import SessionId, Way

_NOBODY = SessionId(UUID(int=0))
_WIDTH, _HEIGHT = 320, 240
# ICAO Doc 9303-4's own example: the specimen state's ANNA MARIA ERIKSSON.
_ZONE = (
    "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
    "L898902C36UTO7408122F1204159ZE184226B<<<<<10",
)


def warm(kit: Kit) -> None:
    """Run every path of an examination; raises what a broken installation would raise in a worker."""
    answer_bytes(OtherModels(_NOBODY))
    assignment = Assignment(_NOBODY, _rules_for(kit.models.pack), Way.FACE, date(2000, 1, 1))
    assignment = wire.parse_assignment(wire.assignment_frame(assignment))
    noise = np.random.default_rng(0).integers(0, 255, (_HEIGHT, _WIDTH, 3), dtype=np.uint8)
    photographs = [cv2.imencode(suffix, noise)[1].tobytes() for suffix in (".png", ".webp", ".jpg")]
    for photograph in photographs:
        decode(photograph)
        # A worker that is handed half a file says so in an answer, and that path too must be loaded.
        answer_bytes(examine(wire.Job(assignment, photograph[: len(photograph) // 2], b""), kit))
    answer_bytes(examine(wire.Job(assignment, photographs[-1], photographs[0]), kit))
    _warm_reading(photographs[-1], kit, assignment)


def _rules_for(pack: ModelPack) -> Policy:
    """Take a shipped policy, with the loaded pack for its own; what is compared here is nobody's face."""
    content = dict(shipped_policy("generic").content)
    named = {"model_pack": pack.name, "calibration": pack.calibration.version}
    return parse_policy({**content, "face": {**content["face"], **named}})


def _warm_reading(photograph: bytes, kit: Kit, assignment: Assignment) -> None:
    """Go on from a reading, which noise does not give."""
    image = decode(photograph)
    reading = MrzReading(
        lines=_ZONE,
        confidences=((1.0,) * 44, (1.0,) * 44),
        repairs=(),
        corners=((20.0, 190.0), (300.0, 190.0), (300.0, 215.0), (20.0, 215.0)),
        rotation_degrees=0,
    )
    check_document(reading, assignment)
    measure_portrait(straighten(image, reading).pixels, kit.models)
    measures = FaceMeasures(*([0.0] * 11))
    embedding = Embedding(kit.models.pack.name, np.eye(1, kit.models.pack.dimensions, dtype=np.float32)[0])
    check_same_person(
        Portrait(embedding, measures), Capture(embedding, measures, rival=0.0), assignment.policy, kit
    )
