"""Protocols for everything outside the record, and the bundle of them that a flow receives.

An adapter is replaceable: each Protocol says what must be durable, what may be called twice and what
may be concurrent, and tests/ports/ holds one suite per Protocol that every adapter passes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum
from pathlib import Path
from typing import Protocol

from lineproof.decision.attestation import Attestation
from lineproof.decision.finding import Finding
from lineproof.decision.policy import Policy
from lineproof.errors import Malformed
from lineproof.terms import Iccid, LineId, LineIdentifier, OrderId, SessionId, Way


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where the evidence of one session lies. Paths, never bytes: only the booth opens the images.

    capture is None for a way without a face.
    """

    document: Path
    capture: Path | None


@dataclass(frozen=True, slots=True)
class Presentation:
    """What an applicant presents in one session.

    evidence.capture is there exactly when the way is by face. attestation: an agent's, or None when nobody
    attends.
    """

    session: SessionId
    way: Way
    evidence: Evidence
    attestation: Attestation | None

    def __post_init__(self) -> None:
        """Refuse a way whose evidence is not there, or evidence that the way does not want."""
        if (self.evidence.capture is not None) != (self.way is Way.FACE):
            raise Malformed(
                "A photograph of the face goes with the face way, and with no other.",
                remedy="Give one, or choose the counter.",
            )


@dataclass(frozen=True, slots=True)
class Assignment:
    """What the booth needs to know to examine: the session, its rules, the way, and today's date.

    explain: also say where the zone was seen, and how sure each character is; no flow asks for it.
    """

    session: SessionId
    policy: Policy
    way: Way
    today: date
    explain: bool = False


class Stage(Enum):
    """The stages of an examination whose time is reported."""

    DECODE = "decode"
    READ_DOCUMENT = "read_document"
    PORTRAIT = "portrait"
    PRINTED_FIELDS = "printed_fields"
    BARCODES = "barcodes"
    CAPTURE = "capture"
    COMPARE = "compare"


@dataclass(frozen=True, slots=True)
class SeenZone:
    """Where the zone was seen, for a drawing that explains a reading.

    width_px, height_px: of the photograph, upright. corners: of the block of lines, in its pixels: upper
    left, upper right, lower right, lower left as it is read. sureness: one digit per character, tenths.
    """

    width_px: int
    height_px: int
    corners: tuple[tuple[int, int], ...]
    sureness: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Examination:
    """What the booth says, and all it can say: a closed answer without free text.

    document_digest: SHA-256 of the document image examined, 32 bytes. zone: the lines of the machine
    readable zone as read, two of 44 or 36 characters or three of 30, or None. repaired: (line, position)
    of each character that the grammar changed, from 0. milliseconds: time of each stage that ran. seen: only
    where the assignment asks for it, and the zone was read.
    """

    session: SessionId
    document_digest: bytes
    findings: tuple[Finding, ...]
    zone: tuple[str, ...] | None
    repaired: tuple[tuple[int, int], ...]
    milliseconds: Mapping[Stage, int]
    seen: SeenZone | None = None


class Examiner(Protocol):
    """The booth as its callers see it. May be called from several threads."""

    def examine(self, evidence: Evidence, assignment: Assignment) -> Examination:
        """Examine one session's evidence. Nothing of it is kept on either side.

        Raises Malformed when a file cannot be used as an image at all (its sentence names the file's
        part and what to do), TooMany when it is full, Unavailable when it is not there, died, ran out of
        time, or compares with other models than the policy's thresholds are for.
        """
        ...


class SwitchState(Enum):
    """What a network may be told of a line. There is no word here for what a line is used for.

    Switching off comes with the procedures that restrict or end a line; they are not built yet.
    """

    ON = "on"


@dataclass(frozen=True, slots=True)
class NetworkOrder:
    """One order to switch a line. `order` is the idempotency key. iccid: of a mobile line's SIM."""

    order: OrderId
    line: LineId
    identifier: LineIdentifier
    iccid: Iccid | None
    state: SwitchState


class Network(Protocol):
    """The operator's network: it is told on or off and nothing else, and tells us nothing of use."""

    def switch(self, order: NetworkOrder) -> None:
        """Carry out an order, durably, before returning.

        Called at least once per order: a second call with the same order must change nothing.
        Raises Unavailable when it cannot be done now; the order stays and is sent again.
        """
        ...


class KeyService(Protocol):
    """Keeps the keys that the record's keys are wrapped with. May be called from several threads."""

    def wrap(self, key: bytes, *, context: str) -> bytes:
        """Encrypt a 32-byte data key for `context`."""
        ...

    def unwrap(self, wrapped: bytes, *, context: str) -> bytes:
        """Decrypt what `wrap` gave for the same context; NotPermitted for anything else."""
        ...

    def mac(self, message: bytes, *, purpose: str) -> bytes:
        """Give HMAC-SHA-256 under a key of this purpose alone: 32 bytes, the same for ever."""
        ...


@dataclass(frozen=True, slots=True)
class Services:
    """Everything outside that a flow may use; made by wiring, handed in, never looked up."""

    examiner: Examiner
    network: Network
    keys: KeyService
    policy: Policy
    release: str
