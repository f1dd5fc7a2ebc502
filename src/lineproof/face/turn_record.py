"""What a session answers to a head-turn challenge: numbers of its frames, and the bounds they are held to.

Two clocks. A page says when it took a frame; nothing makes it tell the truth. The server says when it had
that frame. So a door takes frames as they come, notes the second time itself, and shows each prompt only when
its time has come. Then whatever time a frame claims, it came within `longest_delay_ms` of it: whoever makes
frames to fit a prompt has that long to make them, and no longer.
"""

from dataclasses import dataclass

from lineproof.errors import Malformed
from lineproof.face.compare import Calibration
from lineproof.face.quality import DOUBTFUL_RIVAL
from lineproof.face.turning import Landmarks, check_landmarks
from lineproof.terms import SessionId

# Which share of different people may be as alike, as the model pack was calibrated: two faces that both look
# ahead, and two of which one is turned, where the same face is less like itself.
FRONTAL_FALSE_MATCH_RATE, TURNED_FALSE_MATCH_RATE = 1e-5, 1e-3
# A pack is calibrated on photographs years apart. Of frames that are seconds apart, in one light, more is
# asked where the pose is nearly the same: this much of the way from the pack's point to the same picture.
OF_ONE_SESSION = 0.25


@dataclass(frozen=True, slots=True)
class Seen:
    """The main face of one frame.

    landmarks: in pixels of the frame, the left of the image first; Malformed if they are not a face's.
    similarity: to the still of the session, as `compare` gives it for that pair; larger is more alike.
    continuity: the same to the last frame before this one that shows a face; 1 in the first of them.
    confidence: of the detector, 0 to 1. rival: prominence of the next face, as in `Capture`.
    Raises Malformed for a similarity, continuity or rival outside 0 to 1.
    """

    landmarks: Landmarks
    similarity: float
    continuity: float
    confidence: float
    rival: float

    def __post_init__(self) -> None:
        """Check the promise made above."""
        check_landmarks(self.landmarks)
        if not all(0 <= number <= 1 for number in (self.similarity, self.continuity, self.rival)):
            raise Malformed("What is measured of a face in a frame is not between 0 and 1.")


@dataclass(frozen=True, slots=True)
class Frame:
    """One unmirrored frame; seen is None without a face.

    at_ms: when the page says that it was taken, since the challenge was issued.
    received_ms: when the server had it, by the server's clock, since the challenge was issued.
    """

    at_ms: int
    received_ms: int
    seen: Seen | None


@dataclass(frozen=True, slots=True)
class TurnRecord:
    """What a session answered. still: which frame (from 0) is the photograph compared with the portrait."""

    session: SessionId
    nonce: bytes
    still: int
    frames: tuple[Frame, ...]


@dataclass(frozen=True, slots=True)
class LivenessLimits:
    """The bounds of the rules; angles are in parallax (see `Pose`), times in milliseconds.

    The defaults were chosen on drawn heads and on pictures that a program turned, with seeds of their own,
    and are reported on others (bench/liveness.py). They say little about people; an operator measures before
    relying on them.

    least_similarity, least_frontal_similarity: of every face, and of every face at the centre, to the still.
    least_continuity: of every face to the one before. All three are for one model pack: see `limits_for`.
    longest_delay_ms: from a frame's own time to the server's. longest_gap_ms: between frames.
    least_height_px: from the eyes to the mouth, which a turn does not change.
    most_still_offset: of the still's nose from its face's middle line, see `frontal_offset`.
    most_step, most_step_per_s: how far a face moves between two frames, in eye distances: the first is for
        what the landmarks are off by, the second for movement. most_growth: of its height, as a factor.
    least_parallax: from here on a face is turned. most_at_centre: up to here it looks ahead.
    least_turned_ms: between the first and the last turned look of a turn. What is shorter is noise.
    most_other_way: against the side that is asked for.
    most_turn, most_turn_per_s: of parallax between two frames, as for a step.
    between_from, between_to: shares of a turn's usual parallax; a look in between is seen on the way.
    most_leaps: how many turns need not be seen on the way: a slow camera misses a quick one now and then.
    least_depth, most_narrowing: of the turned looks of each turn. most_residual: of every look.
    """

    least_similarity: float
    least_frontal_similarity: float
    least_continuity: float
    longest_delay_ms: int = 3000
    longest_gap_ms: int = 400
    longest_without_face_ms: int = 700
    least_frames_per_prompt: int = 6
    least_confidence: float = 0.7
    least_height_px: float = 30.0
    most_still_offset: float = 0.15
    most_rival: float = DOUBTFUL_RIVAL
    most_step: float = 0.4
    most_step_per_s: float = 5.0
    most_growth: float = 1.35
    least_parallax: float = 0.22
    most_at_centre: float = 0.14
    least_turned_ms: int = 150
    most_other_way: float = 0.15
    least_reaction_ms: int = 150
    most_turn: float = 0.2
    most_turn_per_s: float = 3.5
    between_from: float = 0.2
    between_to: float = 0.8
    most_leaps: int = 1
    least_depth: float = 0.30
    most_narrowing: float = 0.95
    most_residual: float = 0.08


def limits_for(calibration: Calibration) -> LivenessLimits:
    """Give the limits for the scores of one model pack: what its calibration says of different people.

    Raises Malformed for a calibration whose points do not reach as far as the rates above.
    """
    frontal = _similarity_at(FRONTAL_FALSE_MATCH_RATE, calibration)
    turned = _similarity_at(TURNED_FALSE_MATCH_RATE, calibration)
    return LivenessLimits(
        least_similarity=turned,
        least_frontal_similarity=frontal + OF_ONE_SESSION * (1 - frontal),
        least_continuity=turned + OF_ONE_SESSION * (1 - turned),
    )


def _similarity_at(rate: float, calibration: Calibration) -> float:
    """Give the least similarity that no more than this share of different people reach."""
    reached = [point.similarity for point in calibration.points if point.false_match_rate <= rate]
    if not reached:
        raise Malformed(
            f"The calibration of the model pack {calibration.pack} has no false match rate down to {rate}.",
            remedy="Calibrate the pack on more people.",
        )
    return min(reached)
