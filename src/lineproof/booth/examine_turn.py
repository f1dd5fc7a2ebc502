"""Examine the frames of a head turn: was the challenge met, and what is compared with the portrait."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from lineproof.booth.wire import LiveFrame
from lineproof.decision.finding import Check, Finding, Outcome, indeterminate
from lineproof.decision.reasons import ReasonCode
from lineproof.errors import Malformed
from lineproof.face.challenge import Challenge
from lineproof.face.compare import Capture
from lineproof.face.liveness import check_liveness
from lineproof.face.turn_record import Frame, TurnRecord, limits_for
from lineproof.imaging.decode import CAPTURE_SIDE_PX, DecodedImage, decode
from lineproof.imaging.embed import measure_photograph
from lineproof.imaging.models import FaceModels
from lineproof.imaging.turn import TimedImage, TurnMeasurement


@dataclass(frozen=True, slots=True, eq=False)
class LookedAt:
    """The face before the camera, None without one, and whether it was found to be live."""

    capture: Capture | None
    live: Finding


def look_at(photograph: DecodedImage, models: FaceModels) -> LookedAt:
    """Measure the face of one photograph, which proves nothing live."""
    return LookedAt(
        measure_photograph(photograph, models), indeterminate(Check.LIVE, ReasonCode.NOT_PROVEN_LIVE)
    )


def examine_turn(
    frames: Sequence[LiveFrame], still: DecodedImage, challenge: Challenge, models: FaceModels
) -> LookedAt:
    """Measure each frame as it is decoded, and hold them to the rules.

    frames: one of them the still, which is given decoded. The capture joins other looks to the still's face
    only where every frame was found to show that face; otherwise it is the still's alone. With a model pack
    whose calibration does not reach as far as a head turn needs, nothing is proven.
    Raises Undecodable for a frame that is no photograph.
    """
    try:
        limits = limits_for(models.pack.calibration)
    except Malformed:  # a pack whose calibration says too little of a turned face: nothing is proven
        return look_at(still, models)
    turn = TurnMeasurement(still.pixels, models)
    measured = [_measure(turn, frame, still) for frame in frames]
    finding = check_liveness(
        challenge,
        TurnRecord(
            challenge.session,
            challenge.nonce,
            still=next(number for number, frame in enumerate(frames) if frame.is_still),
            frames=tuple(measured),
        ),
        answered_at=challenge.issued_at + timedelta(milliseconds=frames[-1].received_ms),
        nonce_is_spent=False,  # whoever assigned the challenge spent it for this one answer
        limits=limits,
    )
    met = finding.outcome is Outcome.PASS
    return LookedAt(turn.capture if met else measure_photograph(still, models), finding)


def _measure(turn: TurnMeasurement, frame: LiveFrame, still: DecodedImage) -> Frame:
    image = still if frame.is_still else decode(frame.photograph, longest_side_px=CAPTURE_SIDE_PX)
    return turn.measure(TimedImage(frame.at_ms, frame.received_ms, image.pixels))
