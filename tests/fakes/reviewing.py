"""Stand-ins for what opens the photographs of a referral: the desk, the store and the booth, in one process.

The desk verifies passkeys for real, by decision/passkey.py; the booth seals for real to the browser's key.
What they do not do: they write no entry, keep nothing durably, take whoever has a passkey for a reviewer of
every case, wrap no content key and check none, know no epochs, are for one thread, and look at no photograph:
what a reviewer sees is said when they are made. No number of offers is too many. Links do not end by
themselves; the clock is the machine's.
"""

import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from lineproof.decision.passkey import Passkey, credential_id_of, verify_assertion, verify_creation
from lineproof.errors import Conflict, Erased, Malformed, NotFound, NotPermitted
from lineproof.ports import Assignment, Confinement, Epoch, Evidence, Examination, Workshop
from lineproof.referral import (
    OPENING_BYTES,
    WRAPPED_KEY_BYTES,
    Opening,
    OpeningOffer,
    OpeningRequest,
    PasskeyEnrolment,
    PasskeyInvitation,
    ReviewTerms,
)
from lineproof.terms import CaseId, SessionId, StaffName

CASE = CaseId(UUID("6a1f0e52-3c77-4d0b-9d6e-2f7c54a1b901"))
GONE_CASE = CaseId(UUID("6a1f0e52-3c77-4d0b-9d6e-2f7c54a1b902"))
SESSION = SessionId(UUID("0d1c2b3a-4f5e-4a6b-8c7d-9e0f1a2b3c4d"))
KEPT = b"the photographs as they were sealed"
PORTRAIT, FACE, PAGE = 4, 5, 6
OFFERED_FOR = timedelta(minutes=2)
MOST_PASSKEY_BYTES = 448
Crops = tuple[tuple[int, bytes], ...]


@dataclass(slots=True)
class MemoryStore:
    """An `EvidenceStore` that forgets with its process."""

    contents: dict[SessionId, bytes] = field(default_factory=lambda: {SESSION: KEPT})
    reads: int = 0

    def keep(self, session: SessionId, content: bytes) -> None:
        if session in self.contents:
            raise Conflict("There are photographs of this session already.")
        self.contents[session] = content

    def read(self, session: SessionId) -> bytes:
        self.reads += 1
        if session not in self.contents:
            raise Erased("The photographs are gone.", remedy="Decide by what is on record.")
        return self.contents[session]

    def discard(self, session: SessionId) -> None:
        self.contents.pop(session, None)

    def kept(self) -> tuple[tuple[SessionId, datetime], ...]:
        return tuple((session, datetime.now(UTC)) for session in self.contents)


class NoCaseKeys:
    """`CaseKeys` of which none is asked for."""

    def make(self, session: SessionId, *, now: datetime) -> None:
        raise AssertionError

    check = settle = make


@dataclass(slots=True)
class DeskOfPasskeys:
    """A `ReviewDesk` for one case. links: challenge and reviewer by the token of an enrolment link."""

    links: dict[str, tuple[bytes, StaffName]] = field(default_factory=dict)
    passkeys: dict[bytes, tuple[Passkey, StaffName]] = field(default_factory=dict)
    openings: list[tuple[StaffName, CaseId]] = field(default_factory=list)
    _offers: dict[bytes, OpeningOffer] = field(default_factory=dict)

    def link_for(self, name: str) -> str:
        """Make the token of an enrolment link, as the command would."""
        token = secrets.token_urlsafe(32)
        self.links[token] = (secrets.token_bytes(32), StaffName.parse(name))
        return token

    def offer(self, case: CaseId) -> OpeningOffer:
        if case == GONE_CASE:
            raise Erased("The photographs of this case are gone.", remedy="Decide by what is on record.")
        if case != CASE:
            raise NotFound("There is no such case.", remedy="Take its number from `lineproof cases list`.")
        offered = OpeningOffer(case, secrets.token_bytes(OPENING_BYTES), datetime.now(UTC) + OFFERED_FOR)
        self._offers[offered.opening] = offered
        return offered

    def open(self, request: OpeningRequest) -> Opening:
        _check_point(request.browser_key)
        offered = self._offers.pop(request.opening, None)
        if offered is None or offered.case != request.case or offered.expires_at <= datetime.now(UTC):
            raise NotPermitted("This opening is over, or was used.", remedy="Ask for another.")
        passkey, name = self.passkeys.get(credential_id_of(request.assertion), (None, None))
        if passkey is None or name is None:
            raise NotPermitted("No reviewer has this passkey.", remedy="Use the one you had enrolled.")
        challenge = offered.challenge(request.browser_key)
        signed = verify_assertion(request.assertion, passkey, challenge=challenge, origin=request.origin)
        self.passkeys[passkey.credential_id] = (signed, name)
        self.openings.append((name, request.case))
        terms = ReviewTerms(SESSION, request.opening, request.browser_key, offered.expires_at, b"\4" * 65)
        return Opening(terms, secrets.token_bytes(WRAPPED_KEY_BYTES))

    def invitation(self, token: str) -> PasskeyInvitation:
        challenge, name = self._link(token)
        return PasskeyInvitation(name, challenge)

    def enrol(self, enrolment: PasskeyEnrolment) -> StaffName:
        challenge, name = self._link(enrolment.token)
        passkey = verify_creation(enrolment.attestation, challenge=challenge, origin=enrolment.origin)
        if max(len(passkey.credential_id), len(passkey.public_key)) > MOST_PASSKEY_BYTES:
            raise Malformed("This passkey is too large.", remedy="Make one on another device.")
        if passkey.credential_id in self.passkeys:
            raise Conflict("This passkey is enrolled already.", remedy="Use it, or make another one.")
        del self.links[enrolment.token]
        self.passkeys[passkey.credential_id] = (passkey, name)
        return name

    def _link(self, token: str) -> tuple[bytes, StaffName]:
        if token not in self.links:
            raise NotPermitted("This link makes no passkey: it was used, or is over.", remedy="Get another.")
        return self.links[token]


def _check_point(key: bytes) -> None:
    if len(key) != 65 or not _is_point(key):
        raise Malformed("The browser's key is not one.", remedy="Load the page again.")


def _is_point(key: bytes) -> bool:
    try:
        EllipticCurvePublicKey.from_encoded_point(SECP256R1(), key)
    except ValueError:
        return False
    return True


@dataclass(slots=True)
class SealingBooth:
    """An `Examiner` that only shows: these crops, sealed to a browser's key. reviewed: for what."""

    crops: Crops
    reviewed: list[Opening] = field(default_factory=list)
    workshop: Workshop = field(default_factory=lambda: Workshop("0" * 64, Confinement.SECCOMP))

    def epoch(self) -> Epoch:
        raise AssertionError

    def examine(self, evidence: Evidence, assignment: Assignment) -> Examination:
        raise AssertionError

    def review(self, parts: bytes, opening: Opening) -> bytes:
        if parts != KEPT:
            raise Malformed("The photographs do not open.", remedy="Seal them again.")
        self.reviewed.append(opening)
        return seal_crops(self.crops, opening.terms.browser_key, opening.terms.info)


def seal_crops(crops: Crops, browser_key: bytes, info: bytes) -> bytes:
    """Seal parts as `booth/seal.py` says, written anew: the browser is held to the words, not to the code."""
    content_key = secrets.token_bytes(32)
    receiver = EllipticCurvePublicKey.from_encoded_point(SECP256R1(), browser_key)
    sealed = b"\1" + Suite(KEM.P256, KDF.HKDF_SHA256, AEAD.AES_256_GCM).encrypt(
        content_key, receiver, info=info
    )
    for number, (kind, content) in enumerate(crops):
        marks = bytes([kind, number == len(crops) - 1])
        bound = b"lineproof part v1" + marks
        ciphertext = AESGCM(content_key).encrypt(number.to_bytes(12, "big"), content, bound)
        sealed += marks + len(ciphertext).to_bytes(4, "big") + ciphertext
    return sealed
