"""Protocols for everything outside the record, and the bundle of them that a flow receives.

An adapter is replaceable: each Protocol says what must be durable, what may be called twice and what
may be concurrent, and tests/ports/ holds one suite per Protocol that every adapter passes.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum
from typing import Protocol, Self

from lineproof.arriving import Arriving
from lineproof.decision.attestation import Attestation
from lineproof.decision.finding import Finding
from lineproof.decision.policy import Policy
from lineproof.errors import Malformed
from lineproof.face.challenge import Challenge
from lineproof.head_turn import AnsweredTurn
from lineproof.line.delivery import Channel
from lineproof.messages_port import Messages
from lineproof.referral import WRAPPED_KEY_BYTES, Opening, Referrals, ReviewDesk
from lineproof.terms import Iccid, LineId, LineIdentifier, OrderId, SessionId, Way
from lineproof.tile_store import TileStore

CHALLENGE_BYTES = 16
PURPOSE_BYTES = 8
INFO_LABEL = b"lineproof seal v1\0"
# Before the parts of sealed evidence: its form, and the content key, sealed to a keeper (booth/seal.py).
EVIDENCE_HEAD_BYTES = 1 + WRAPPED_KEY_BYTES
# The version of a `KeyService.mac` whose key is never replaced.
LASTING = 0


class SigningAlgorithm(Enum):
    """What a key of the vault signs with: RFC 8032, or FIPS 204."""

    ED25519 = "ed25519"
    ML_DSA_44 = "ml-dsa-44"


class SealPurpose(Enum):
    """What a sealed key is for; it opens for nothing else."""

    EXAMINE = "examine"


@dataclass(frozen=True, slots=True)
class Epoch:
    """A key of the booth, and until when what is sealed to it can be opened: then its process is gone.

    public_key: P-256, uncompressed, 65 bytes (SEC 1, 2.3.3).
    """

    public_key: bytes
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class SealTerms:
    """What a seal is bound to. Whoever opens it under other terms opens nothing.

    challenge: drawn by us for this session, 16 bytes. epoch_key: the public key that it is sealed to.
    """

    session: SessionId
    purpose: SealPurpose
    challenge: bytes
    expires_at: datetime
    epoch_key: bytes

    @classmethod
    def fresh(cls, session: SessionId, epoch: Epoch, challenge: Challenge | None = None) -> Self:
        """Set the terms of a session as long as its epoch lasts, with a challenge of its own or a turn's."""
        nonce = secrets.token_bytes(CHALLENGE_BYTES) if challenge is None else challenge.nonce
        return cls(session, SealPurpose.EXAMINE, nonce, epoch.ends_at, epoch.public_key)

    @property
    def info(self) -> bytes:
        """Give the bytes the key is bound to: the `info` of RFC 9180, 5.1. Every field has its own width."""
        purpose = self.purpose.value.encode().ljust(PURPOSE_BYTES, b"\0")
        expiry = int(self.expires_at.timestamp()).to_bytes(8, "big")
        return INFO_LABEL + self.session.bytes + purpose + self.challenge + expiry


@dataclass(frozen=True, slots=True)
class Evidence:
    """The evidence of one session as its client sealed it: nobody but the booth can open it.

    content: see `booth/seal.py`. with_capture: whether the client says that a face is in it, which the booth
    checks; a way without a face has none. turn: a head turn, whose frames follow the content; or None.
    """

    terms: SealTerms
    content: bytes
    with_capture: bool
    turn: AnsweredTurn | None = None

    @property
    def parts(self) -> bytes:
        """Give what people look at, of a head turn its still alone, without the key that a keeper opens."""
        return self.content[EVIDENCE_HEAD_BYTES:] + (self.turn.frames[0].content if self.turn else b"")


@dataclass(frozen=True, slots=True)
class Presentation:
    """What an applicant presents in one session.

    A capture is in the evidence exactly when the way is by face. attestation: an agent's, or None when nobody
    attends.
    """

    session: SessionId
    way: Way
    evidence: Evidence
    attestation: Attestation | None

    def __post_init__(self) -> None:
        """Refuse evidence that the way does not want, is not there, or is of another session."""
        if self.evidence.with_capture != (self.way is Way.FACE):
            raise Malformed(
                "A photograph of the face goes with the face way, and with no other.",
                remedy="Give one, or choose the counter.",
            )
        if self.evidence.terms.session != self.session:
            raise Malformed("The evidence was sealed for another session.", remedy="Seal it for this one.")


@dataclass(frozen=True, slots=True)
class Assignment:
    """What the booth needs to know to examine: the session, its rules, the way, and today's date.

    attested_digest: SHA-256 of the document image that an attestation is about, 32 bytes; None without one.
    challenge: the head turn that the evidence answers, or None. Its nonce is the seal's; whoever assigns it
    has spent it. explain: also say where the zone was seen, and how sure each character is; no flow asks.
    case_key: what the content key is wrapped to if this is to be referred: P-256, uncompressed, 65 bytes;
    None where nothing is kept.
    """

    session: SessionId
    policy: Policy
    way: Way
    today: date
    explain: bool = False
    attested_digest: bytes | None = None
    challenge: Challenge | None = None
    case_key: bytes | None = None


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

    Findings are in the order of `Check`. attested_document: the document image is the one that the assignment
    says is attested. zone: the lines of the machine readable zone as read, two of 44 or 36, or three of 30,
    or None. repaired: (line, position) of each character that the grammar or a check digit changed,
    from 0; of more than 24 the first. milliseconds: time of each stage that ran, to the nearest ten, at most
    20,000. seen: only where the assignment asks for it, and the zone was read. wrapped_key: the content key,
    wrapped to the assignment's case key, 113 bytes, exactly when there is one and these findings refer.
    """

    session: SessionId
    attested_document: bool
    findings: tuple[Finding, ...]
    zone: tuple[str, ...] | None
    repaired: tuple[tuple[int, int], ...]
    milliseconds: Mapping[Stage, int]
    seen: SeenZone | None = None
    wrapped_key: bytes | None = None


class Confinement(Enum):
    """How the workers of a booth are kept from the rest of the machine."""

    SECCOMP = "seccomp"
    LIMITS_ONLY = "limits_only"


@dataclass(frozen=True, slots=True)
class Workshop:
    """What examines: a digest over every model that is loaded, hexadecimal, and how workers are confined.

    Both stand in the log's entry of every decision.
    """

    models_digest: str
    confinement: Confinement


class Examiner(Protocol):
    """The booth as its callers see it. May be called from several threads."""

    @property
    def workshop(self) -> Workshop | None:
        """Say what examines here; None where nothing does."""
        ...

    def epoch(self) -> Epoch:
        """Give the key to seal evidence to now. Unavailable when no booth is there."""
        ...

    def examine(self, evidence: Evidence, assignment: Assignment) -> Examination:
        """Examine one session's evidence. Nothing of it is kept on either side.

        Raises Malformed when it does not open under its terms, or a photograph cannot be used as an image at
        all (its sentence names which and what to do), TooMany when it is full (saying when to come back),
        Unavailable when it is not there, died, ran out of time, compares with other models than the policy's
        thresholds are for, or when the epoch of the evidence is over: then it is asked for again, and no try
        counts.
        """
        ...

    def review(self, parts: bytes, opening: Opening) -> bytes:
        """Open a referral's photographs and seal what a reviewer sees of them to their browser's key.

        parts: see `Evidence.parts`. Gives the crops as `booth/seal.py` seals parts. NotPermitted when they do
        not open under the terms of this opening.
        Raises as `examine`.
        """
        ...


class SwitchState(Enum):
    """What a network may be told of a line. There is no word here for what a line is used for.

    OUTGOING_BARRED: it can be called, and can call for help alone (3GPP TS 22.088). EMERGENCY_ONLY: emergency
    calls, the operator and public warnings are all there is.
    """

    ON = "on"
    OUTGOING_BARRED = "outgoing_barred"
    EMERGENCY_ONLY = "emergency_only"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class NetworkOrder:
    """One order to switch a line. `order` is the idempotency key. iccid: of a mobile line's SIM."""

    order: OrderId
    line: LineId
    identifier: LineIdentifier
    iccid: Iccid | None
    state: SwitchState


class Network(Protocol):
    """The operator's network: it is told the state of a line and no more, and tells us nothing of use."""

    def switch(self, order: NetworkOrder) -> None:
        """Carry out an order, durably, before returning.

        Called at least once per order: a second call with the same order must change nothing.
        Raises Unavailable when it cannot be done now; the order stays and is sent again.
        """
        ...


class KeyService(Protocol):
    """Keeps the keys that the record's keys are wrapped with, and those that sign and open.

    Every method may be called from several threads and several processes at once. Raises Unavailable when
    the keys cannot be reached now, Malformed for a name or version that cannot be one. A purpose or a name is
    ours, never a person's: 1 to 64 characters.

    Wrapping and index keys come in versions, numbered from 1. Which one is used is the caller's to say and to
    keep beside what it made; the record does (registry/key_versions.py).
    """

    def versions(self) -> tuple[int, ...]:
        """Name the versions that are there, ascending; a vault begins with 1."""
        ...

    def make_version(self, version: int) -> None:
        """Make the wrapping key and index keys of a version, durably, before returning.

        May be called twice: what is there stays. NotPermitted for a version that was retired.
        """
        ...

    def retire_version(self, version: int) -> None:
        """Destroy the keys of a version, durably: from then on they wrap, unwrap and index nothing.

        May be called twice, and for a version that never was.
        """
        ...

    def wrap(self, key: bytes, *, context: str, version: int) -> bytes:
        """Encrypt a 32-byte data key for `context`: 60 bytes. NotFound without that version."""
        ...

    def unwrap(self, wrapped: bytes, *, context: str, version: int) -> bytes:
        """Decrypt what `wrap` gave for the same context and version.

        NotPermitted for anything else, NotFound without that version.
        """
        ...

    def mac(self, message: bytes, *, purpose: str, version: int = LASTING) -> bytes:
        """Give HMAC-SHA-256 under a key of this purpose and version alone: 32 bytes, the same for ever.

        LASTING: of the key that no rotation replaces. NotFound without that version.
        """
        ...

    def sign(
        self, message: bytes, *, purpose: str, algorithm: SigningAlgorithm = SigningAlgorithm.ED25519
    ) -> bytes:
        """Sign with this purpose's key of this algorithm. At first use it is made, durably.

        64 bytes for Ed25519, which every vault does; 2420 for ML-DSA-44 with an empty context. Unavailable
        where this vault does not sign so.
        """
        ...

    def public_key(self, *, purpose: str, algorithm: SigningAlgorithm = SigningAlgorithm.ED25519) -> bytes:
        """Give the public key of `sign` for this purpose and algorithm, the same for ever.

        32 bytes for Ed25519, 1312 for ML-DSA-44. Unavailable where this vault does not sign so.
        """
        ...

    def make_opening_key(self, name: str) -> bytes:
        """Make a key that opens, durably, before returning its P-256 public key: 65 bytes, uncompressed.

        May be called twice: the second call gives the same key. A name is of small letters, digits, dots,
        hyphens and underscores, and begins with a letter or digit.
        """
        ...

    def opening_keys(self) -> tuple[str, ...]:
        """Name the keys that open, in order of name.

        Also those whose destruction was interrupted. Malformed where something among them is no key.
        """
        ...

    def open(self, sealed: bytes, *, name: str, info: bytes) -> bytes:
        """Open what was sealed to the key of this name with this info: HPKE base mode (RFC 9180).

        sealed: as `booth/seal.py` seals: enc, 65 bytes, then the ciphertext and its tag. DHKEM(P-256,
        HKDF-SHA256), HKDF-SHA256, AES-256-GCM. NotFound without such a key, NotPermitted for what was sealed
        otherwise or changed.
        """
        ...

    def destroy(self, name: str) -> None:
        """Destroy an opening key, durably, before returning: nothing sealed to it opens from then on.

        May be called twice, and for a key that never was. A name is not used again.
        """
        ...


@dataclass(frozen=True, slots=True)
class Services:
    """Everything outside that a flow may use; made by wiring, handed in, never looked up.

    referrals: None where nothing of a referral is kept. desk: None where no photographs can be opened.
    tiles: where the log is published; None where it is not. messages: the channels that there are; without
    one, notices stand on their holders' pages, and are printed and handed over. arriving: not examined yet.
    """

    examiner: Examiner
    network: Network
    keys: KeyService
    policy: Policy
    release: str
    referrals: Referrals | None = None
    desk: ReviewDesk | None = None
    tiles: TileStore | None = None
    messages: Mapping[Channel, Messages] = field(default_factory=dict)
    arriving: Arriving = field(default_factory=Arriving)
