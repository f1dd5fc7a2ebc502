"""What a measurement says: rates, counts and what they were made with. Nothing in it is about one person.

No field holds a name, a photograph, an embedding or the score of a comparison, and its size does not
depend on how many photographs were measured: tests/redlines/ hold both.
"""

from dataclasses import dataclass

from lineproof.measure.differentials import GroupReport
from lineproof.measure.rates import OperatingPoint, Rates


@dataclass(frozen=True, slots=True)
class Counts:
    """How much was measured. Intended comparisons include those that failed for want of a face.

    references, probes: photographs that stand on the first and the second side of a comparison; a photograph
    may stand on both. failed_to_enrol, failed_to_acquire: how many of these show no face.
    genuine_identities: people with a completed genuine comparison.
    """

    photographs: int
    identities: int
    genuine_identities: int
    references: int
    failed_to_enrol: int
    probes: int
    failed_to_acquire: int
    genuine_intended: int
    genuine_completed: int
    impostor_intended: int
    impostor_completed: int


@dataclass(frozen=True, slots=True)
class Claim:
    """One point of the pack's calibration, and what its threshold gives on these photographs."""

    claimed_fmr: float
    measured: OperatingPoint


@dataclass(frozen=True, slots=True)
class Pack:
    """The model pack that was measured. licence: its first line. The digests are of its files."""

    name: str
    detector_sha256: str
    embedder_sha256: str
    licence: str
    calibration_version: str
    calibration_source: str


@dataclass(frozen=True, slots=True)
class Made:
    """What to know to make the same digits again."""

    protocol: str
    seed: int
    replicates: int
    code_version: str
    pairs_sha256: str
    groups_sha256: str | None


@dataclass(frozen=True, slots=True)
class FaceReport:
    """The error rates of face comparison with one model pack on one set of photographs."""

    counts: Counts
    rates: Rates
    claims: tuple[Claim, ...]
    groups: GroupReport | None
    pack: Pack
    made: Made
