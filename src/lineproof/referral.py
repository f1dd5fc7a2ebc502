"""What is kept of a referral until people have decided: its values, and the Protocols around it.

The client sealed the photographs under a content key that only a worker of the booth knew. Of a referral the
worker wraps that key to a key of the case; what is kept is ciphertext. A reviewer opens it by a passkey, over
the case and a key that their browser made: then a worker gives crops, sealed to that key. Whoever relays
holds ciphertext all along.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from lineproof.terms import CaseId, SessionId, StaffName

WRAPPED_KEY_BYTES = 65 + 32 + 16
OPENING_BYTES = 16
_WRAP_LABEL = b"lineproof referral v1\0"
_REVIEW_LABEL = b"lineproof review v1\0"
_OPENING_LABEL = b"lineproof opening v1\0"


def wrap_info(session: SessionId) -> bytes:
    """Give what a content key is wrapped with for its case: the `info` of RFC 9180, 5.1."""
    return _WRAP_LABEL + session.bytes


@dataclass(frozen=True, slots=True)
class CaseKey:
    """A key that a case might need: its name in the vault, and its public half, P-256, uncompressed."""

    name: str
    public_key: bytes


@dataclass(frozen=True, slots=True)
class ReviewTerms:
    """What one opening is bound to: a content key sealed under these opens only for this browser's key.

    opening: drawn for this opening, 16 bytes. browser_key: made in the reviewer's browser for it, P-256,
    uncompressed, 65 bytes. epoch_key: of the keeper whose worker opens.
    """

    session: SessionId
    opening: bytes
    browser_key: bytes
    expires_at: datetime
    epoch_key: bytes

    @property
    def info(self) -> bytes:
        """Give the `info` of both seals: of the key to the worker, of the crops to the browser."""
        expiry = int(self.expires_at.timestamp()).to_bytes(8, "big")
        return _REVIEW_LABEL + self.session.bytes + self.opening + self.browser_key + expiry


@dataclass(frozen=True, slots=True)
class Opening:
    """An opening that was allowed, and has its entry. sealed_key: the content key for a worker, 113 bytes."""

    terms: ReviewTerms
    sealed_key: bytes


@dataclass(frozen=True, slots=True)
class OpeningOffer:
    """An opening that a reviewer may answer once, until it expires, by signing its challenge."""

    case: CaseId
    opening: bytes
    expires_at: datetime

    def challenge(self, browser_key: bytes) -> bytes:
        """Give the challenge: over the case, this offer and the browser's key. 32 bytes."""
        return hashlib.sha256(_OPENING_LABEL + self.case.bytes + self.opening + browser_key).digest()


@dataclass(frozen=True, slots=True)
class OpeningRequest:
    """A reviewer's answer to an offer.

    assertion: what the browser's `PublicKeyCredential.toJSON()` gave, as JSON text (WebAuthn 3, 5.1.8).
    origin: of the page that asked, as "http://localhost:8470".
    """

    case: CaseId
    opening: bytes
    browser_key: bytes
    assertion: str
    origin: str


@dataclass(frozen=True, slots=True)
class PasskeyInvitation:
    """What a link invites to: a passkey of this reviewer, made for this challenge of 32 bytes."""

    name: StaffName
    challenge: bytes


@dataclass(frozen=True, slots=True)
class PasskeyEnrolment:
    """A reviewer's new passkey. token: of the single-use link. attestation: `toJSON()` of the credential."""

    token: str
    attestation: str
    origin: str


class CaseKeys(Protocol):
    """Keys of cases, as a procedure may use them. None of these methods opens anything."""

    def make(self, session: SessionId, *, now: datetime) -> CaseKey:
        """Make the key that a session's referral would need, durably, before returning."""
        ...

    def check(self, name: str, wrapped: bytes, *, session: SessionId) -> None:
        """Make sure that this key opens a wrapped content key; NotPermitted if it does not."""
        ...

    def settle(self, name: str) -> None:
        """Destroy a key, unless the record still keeps photographs under it. May be called twice."""
        ...


class CaseKeyVault(CaseKeys, Protocol):
    """Keys of cases as the key process has them, and the command line, which opens none."""

    def hand_over(self, name: str, wrapped: bytes, terms: ReviewTerms) -> bytes:
        """Open a wrapped content key and seal it to a worker of the booth, under these terms: 113 bytes.

        What is plain meanwhile is so in a process that ends with it. Erased if the key of the case is gone;
        NotPermitted if it does not open.
        """
        ...

    def names(self) -> tuple[str, ...]:
        """Name the keys that there are."""
        ...

    def made_at(self, name: str) -> datetime:
        """Say when a key was made."""
        ...


class EvidenceStore(Protocol):
    """Where the ciphertext of referrals lies. Safe for several threads and processes."""

    def keep(self, session: SessionId, content: bytes) -> None:
        """Keep a session's ciphertext, durably, before returning. Conflict if there is one already."""
        ...

    def read(self, session: SessionId) -> bytes:
        """Give it; Erased if it is gone."""
        ...

    def discard(self, session: SessionId) -> None:
        """Remove it, durably, before returning. May be called twice."""
        ...

    def kept(self) -> tuple[tuple[SessionId, datetime], ...]:
        """List whose there is, and since when."""
        ...


class ReviewDesk(Protocol):
    """What reviewers' pages may ask of the key process: nothing that it gives opens outside the booth."""

    def offer(self, case: CaseId) -> OpeningOffer:
        """Offer an opening. NotFound for no such case; Erased when there are no photographs of it."""
        ...

    def open(self, request: OpeningRequest) -> Opening:
        """Verify the passkey, record the opening and its entry, then open the content key for a worker.

        NotPermitted for an assertion that is not over this case, offer and key, by a reviewer's passkey, or
        for an offer that is over or was used; Erased when the photographs are gone.
        """
        ...

    def invitation(self, token: str) -> PasskeyInvitation:
        """Say for whom and for what a link's passkey is made. NotPermitted if the link enrols nothing."""
        ...

    def enrol(self, enrolment: PasskeyEnrolment) -> StaffName:
        """Enrol the passkey and give whose it is. NotPermitted if the link or the credential is not right."""
        ...


@dataclass(frozen=True, slots=True)
class Referrals:
    """What keeps the evidence of referrals."""

    keys: CaseKeys
    store: EvidenceStore
