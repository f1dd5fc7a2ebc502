"""Measure the frames of a head turn: from pixels to what `face.liveness` judges.

Frames come from a camera stream: upright, unmirrored, in time order. Each face is compared with the still's
and with the one before it, one pair of one session at a time; of every frame only numbers are kept. Of the
faces one sum is kept, of the still and of frames that are proven to show the same face as plainly: what
several looks have in common is the person, what each has alone is its light and its moment.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lineproof.decision.finding import Outcome
from lineproof.errors import Malformed
from lineproof.face.compare import Capture, Embedding, Portrait, compare
from lineproof.face.quality import QualityLimits, check_capture_quality
from lineproof.face.turn_record import Frame, Seen, limits_for
from lineproof.face.turning import frontal_offset, may_be_a_face
from lineproof.imaging.cutout import Image
from lineproof.imaging.embed import align, embed
from lineproof.imaging.face import Face, find_upright_faces, refine_face, refine_shape, rival_prominence
from lineproof.imaging.models import FaceModels
from lineproof.imaging.quality import measure_face

# The longest challenge at ten frames a second, and a bound on the work that one answer can ask for.
MOST_FRAMES = 200
# How many frames join the still in what is compared with the portrait, which is as many as were measured
# (docs/measurements.md), and how far apart they are, so that each is another look.
MOST_JOINED, JOINED_EVERY_MS = 2, 600


@dataclass(frozen=True, slots=True, eq=False)
class TimedImage:
    """One frame as it came: its times as in `Frame`; pixels RGB, uint8, (height, width, 3)."""

    at_ms: int
    received_ms: int
    pixels: Image


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    """The main face of one frame, measured."""

    face: Face
    capture: Capture

    @property
    def reference(self) -> Portrait:
        """Give it as what another frame of the session is compared with."""
        return Portrait(self.capture.embedding, self.capture.measures)


@dataclass(frozen=True, slots=True, eq=False)
class MeasuredTurn:
    """A whole head turn: a frame for each image, in their order, and the capture that they make together."""

    frames: tuple[Frame, ...]
    capture: Capture | None


def measure_turn(images: Sequence[TimedImage], models: FaceModels, *, still: int) -> MeasuredTurn:
    """Measure every frame, and how like the still and the frame before its face is.

    still: which of the images (from 0) is also the photograph that is compared with the portrait. About 40 ms
    for each image.
    Raises Malformed without such a still, and for more than 200 images.
    """
    if not 0 <= still < len(images):
        raise Malformed("The still is not one of the frames.")
    if len(images) > MOST_FRAMES:
        raise _too_many()
    turn = TurnMeasurement(images[still].pixels, models)
    frames = tuple(turn.measure(image) for image in images)
    return MeasuredTurn(frames, turn.capture)


class TurnMeasurement:
    """One head turn as it is measured, frame by frame as they come."""

    def __init__(self, still: Image, models: FaceModels) -> None:
        """Begin with the still. If it shows no face, no frame has one: there is nothing to compare it with.

        Raises Malformed for a model pack whose calibration does not reach as far as a head turn needs.
        """
        self._limits = limits_for(models.pack.calibration)
        self._still, self._models = still, models
        self._first = _find(still, models)
        self._before: _Found | None = None
        self._measured = self._joined = 0
        self._joined_at_ms = -JOINED_EVERY_MS
        if self._first is not None:
            self._sum = self._first.capture.embedding.values.copy()

    def measure(self, image: TimedImage) -> Frame:
        """Measure the next frame; Malformed if there were 200."""
        if self._measured >= MOST_FRAMES:
            raise _too_many()
        known = self._first is None or image.pixels is self._still
        found = self._first if known else _find(image.pixels, self._models)
        seen = None
        if self._first is not None and found is not None:
            seen = _see(found, self._first, self._before or found, self._models)
            if found is self._first:
                self._joined_at_ms = image.at_ms
            elif self._joins(image.at_ms, found, seen):
                self._sum += found.capture.embedding.values
                self._joined += 1
                self._joined_at_ms = image.at_ms
        self._before = found or self._before
        self._measured += 1
        return Frame(image.at_ms, image.received_ms, seen)

    @property
    def capture(self) -> Capture | None:
        """Give the still's face, its embedding the mean of its own and those of the frames that joined it.

        Quality and other faces in view are the still's. None if the still shows no face. It means something
        only once `face.liveness` has found that the whole session shows one face.
        """
        if self._first is None:
            return None
        still = self._first.capture
        mean = self._sum / np.linalg.norm(self._sum)
        return Capture(Embedding(still.embedding.pack, mean), still.measures, still.rival)

    def _joins(self, at_ms: int, found: _Found, seen: Seen) -> bool:
        """Tell whether a frame is another good frontal look at what is plainly the still's face, alone.

        A frame of somebody else would make the capture partly his, so what is asked is what `face.liveness`
        asks of every frontal frame, not what a comparison with a portrait asks.
        """
        quality = check_capture_quality(found.capture.measures, QualityLimits())
        return (
            self._joined < MOST_JOINED
            and at_ms - self._joined_at_ms >= JOINED_EVERY_MS
            and abs(frontal_offset(seen.landmarks)) <= self._limits.most_still_offset
            and seen.similarity >= self._limits.least_frontal_similarity
            and seen.rival < self._limits.most_rival
            and all(finding.outcome is Outcome.PASS for finding in quality)
        )


def _see(found: _Found, still: _Found, before: _Found, models: FaceModels) -> Seen:
    """Compare a face with the still's and with the one before."""
    calibration = models.pack.calibration
    to_still, to_before = (
        compare(portrait=other.reference, capture=found.capture, calibration=calibration).similarity
        for other in (still, before)
    )
    return Seen(
        landmarks=found.face.shape,
        similarity=to_still,
        continuity=to_before,
        confidence=found.face.confidence,
        rival=found.capture.rival,
    )


def _find(pixels: Image, models: FaceModels) -> _Found | None:
    """Find and measure the main face; None without one, or where its landmarks cannot be a face's."""
    faces = find_upright_faces(pixels, models)
    if not faces:
        return None
    # The shape follows the head; what places the face for the embedder is drawn towards an average face.
    face = refine_shape(pixels, refine_face(pixels, faces[0], models), models)
    if not may_be_a_face(face.shape):
        return None
    aligned = align(pixels, face, models.pack)
    measures = measure_face(aligned, face, models.pack.template)
    return _Found(face, Capture(embed(aligned, models), measures, rival=rival_prominence(faces, pixels)))


def _too_many() -> Malformed:
    return Malformed(f"A head turn has at most {MOST_FRAMES} frames.")
