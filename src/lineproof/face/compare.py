"""Compare one capture with one portrait: the only face comparison in the product.

There is no second function here and no plural: see RED-LINES.md and tests/redlines/. The values that are
compared are made by imaging and hold numbers only.
"""

from dataclasses import dataclass
from typing import NoReturn

import numpy as np
import numpy.typing as npt

from lineproof.errors import Malformed
from lineproof.face.quality import FaceMeasures

# How far from unit length a float32 embedding may be before it is not one of ours.
UNIT_LENGTH_TOLERANCE = 1e-3


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Embedding:
    """The numbers a model pack makes of one face; they mean something only beside another of the same pack.

    pack: name of the model pack that made it.
    values: float32, shape (d,), unit length; a private, read-only copy is kept.
    Raises Malformed for any other shape, for a length that is not one, and for values that are not finite.

    It has no equality, shows no number when printed and refuses to be pickled, so that it cannot slip
    into a log, a queue or a cache.
    """

    pack: str
    values: npt.NDArray[np.float32]

    def __post_init__(self) -> None:
        """Check the promise made above, and keep a copy that nobody else can change."""
        values = np.array(self.values, dtype=np.float32)
        if values.ndim != 1 or not abs(float(np.linalg.norm(values)) - 1.0) <= UNIT_LENGTH_TOLERANCE:
            raise Malformed("A face embedding is not one row of numbers of unit length.")
        values.setflags(write=False)
        object.__setattr__(self, "values", values)

    def __repr__(self) -> str:
        """Name the pack and nothing else."""
        return f"Embedding(pack={self.pack!r}, values hidden)"

    def __reduce__(self) -> NoReturn:
        """Refuse to be pickled or copied out of the process."""
        raise TypeError("An embedding does not leave the process that made it.")


@dataclass(frozen=True, slots=True)
class Portrait:
    """The face in the document: the biometric reference (ISO/IEC 2382-37)."""

    embedding: Embedding
    measures: FaceMeasures


@dataclass(frozen=True, slots=True)
class Capture:
    """The live face sample: the biometric probe (ISO/IEC 2382-37).

    rival: how prominent the next face in view is beside this one, 0 (none) to 1 (as prominent).
    """

    embedding: Embedding
    measures: FaceMeasures
    rival: float


@dataclass(frozen=True, slots=True)
class CalibrationPoint:
    """One operating point: the share of different people that reach this similarity.

    false_match_rate: over comparisons of different people, 0 to 1 (ISO/IEC 19795-1).
    similarity: on the scale of `compare`.
    """

    false_match_rate: float
    similarity: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """What a similarity of one model pack is worth, and how that is known.

    version: changes whenever the scale or a point changes; it is recorded with every decision.
    source: the data, the number of comparisons and the conditions, in one sentence.
    points: from the commonest to the rarest false match.
    """

    pack: str
    version: str
    source: str
    points: tuple[CalibrationPoint, ...]


@dataclass(frozen=True, slots=True)
class ComparisonScore:
    """How alike one capture and one portrait are (ISO/IEC 2382-37).

    similarity: in [0, 1], larger is more alike; 0.5 is what unrelated embeddings would have.
    pack, calibration_version: what the number means; a threshold for another pack is no threshold for it.
    """

    similarity: float
    pack: str
    calibration_version: str


def compare(*, portrait: Portrait, capture: Capture, calibration: Calibration) -> ComparisonScore:
    """Compare one capture with one portrait.

    This is the only face comparison in the product. It takes one reference; there is no plural.

    portrait, capture: measurements made by imaging: float32 embeddings, shape (d,), unit length,
    each with its quality.
    Returns a similarity in [0, 1], larger is more alike: (1 + cosine) / 2, the plainest scale that keeps the
    order of all scores. The calibration says what it is worth for this pack; the threshold and the false
    match rate it stands for are in the policy, not here.
    Raises Malformed if the two embeddings and the calibration are not of one model pack. A poor image is
    not an error: the caller has a Finding for it already.

    ISO/IEC 2382-37 (comparison score); ISO/IEC 19795-1 (false match rate).
    """
    reference, probe = portrait.embedding, capture.embedding
    if not reference.pack == probe.pack == calibration.pack or reference.values.shape != probe.values.shape:
        raise Malformed(
            f"Portrait ({reference.pack}), capture ({probe.pack}) and calibration ({calibration.pack}) "
            "come from different model packs.",
            remedy="Measure both images with the model pack that the policy names.",
        )
    cosine = float(np.dot(reference.values.astype(np.float64), probe.values.astype(np.float64)))
    similarity = min(1.0, max(0.0, (1.0 + cosine) / 2.0))
    return ComparisonScore(similarity, pack=calibration.pack, calibration_version=calibration.version)
